/**
 * Streaming scenarios by chance, in the format of test/corpus/streaming: windows, sessions, joins, deduplication, unions and chains
 * of them over rows with nulls, equal times, late rows and far jumps, cut into batches, with restarts and lost commits between.
 */
import type { Random } from "../../../src/base/clock.ts";
import type { Scenario, ScenarioOp, ScenarioRow, ScenarioStep } from "../../conformance/scenario-format.ts";

const SCHEMA = "ts TIMESTAMP, key STRING, v INT", START = Date.UTC(2026, 2, 1), SEGMENTS = ["5 seconds", "10 seconds", "7 seconds", "1 minute"];
const DELAYS = ["0 seconds", "500 milliseconds", "1 second", "5 seconds", "10 seconds", "1 minute"], AGGREGATES = ["count(*)", "count(v)", "sum(v)", "avg(v)", "min(v)", "max(v)", "max(ts)", "min(key)", "count_if(v > 2)", "sum(v) FILTER (WHERE v % 2 = 0)", "bit_xor(v)", "max_by(key, v)", "max(struct(v, key))", "every(v > 0)"];

interface Body { readonly sql: string; readonly ops?: readonly ScenarioOp[]; readonly mode?: Scenario["outputMode"]; readonly static?: boolean }

export class ScenarioGenerator {
  readonly #random: Random;
  constructor(random: Random) { this.#random = random; }

  below(end: number): number { return this.#random.uint32() % end; }
  chance(oneIn: number): boolean { return this.below(oneIn) === 0; }
  of<T>(list: readonly T[]): T { return list[this.below(list.length)]!; }

  scenario(name: string): Scenario {
    const bodies = [this.#aggregate, this.#aggregate, this.#session, this.#dedup, this.#dedup, this.#join, this.#join, this.#join, this.#join, this.#chain, this.#chain, this.#chain, this.#plain], body = this.of(bodies).call(this);
    const text = body.sql + JSON.stringify(body.ops ?? []), names = ["events", "l", "r"].filter(one => new RegExp(`\\b(FROM|JOIN) ${one}\\b|"input":"${one}"`).test(text));
    const conf: Record<string, string> = {};
    if (this.chance(4)) conf["spark.sql.shuffle.partitions"] = this.of(["2", "3"]);
    if (this.chance(5)) conf["spark.sql.streaming.noDataMicroBatches.enabled"] = "false";
    if (names.length > 1 && this.chance(3)) conf["spark.sql.streaming.multipleWatermarkPolicy"] = "max";
    if (this.chance(12)) conf["spark.sql.streaming.stateStore.providerClass"] = "org.apache.spark.sql.execution.streaming.state.RocksDBStateStoreProvider";
    return {
      name, ...{ about: "A query made by chance." },
      sources: Object.fromEntries(names.map(one => [one, { schema: SCHEMA, ...this.chance(12) ? {} : { watermark: { column: "ts", delay: this.of(DELAYS) } } }])),
      ...body.static === true || text.includes("dim") ? { static: { dim: { schema: "key STRING, label STRING", rows: [["a", "A"], ["b", "B"], ["b", "B2"], [null, "N"]].slice(0, 2 + this.below(3)) } } } : {},
      ...body.ops === undefined ? {} : { ops: body.ops }, query: { sql: body.sql }, outputMode: body.mode ?? this.of(["append", "append", "append", "update", "complete"] as const),
      ...Object.keys(conf).length === 0 ? {} : { conf }, steps: this.steps(names),
    };
  }

  // Data

  steps(names: readonly string[]): ScenarioStep[] {
    const steps: ScenarioStep[] = [], far = this.chance(8) ? 86_400_000 : 120_000;
    for (let batch = 0, at = 0, end = 3 + this.below(4); batch < end; batch++) {
      const add: Record<string, ScenarioRow[]> = {};
      for (const name of names) if (names.length === 1 || !this.chance(5)) add[name] = this.rows(at);
      if (Object.keys(add).length > 0) steps.push({ add });
      steps.push({ process: true });
      at += this.chance(10) ? far : this.below(4) * 5000;
      if (this.chance(6)) steps.push({ restart: true, ...this.chance(2) ? { loseLastCommit: true } : {} });
    }
    return steps;
  }

  rows(at: number): ScenarioRow[] {
    return Array.from({ length: this.chance(12) ? 0 : 1 + this.below(4) }, () => [this.chance(18) ? null : this.#time(at), this.chance(9) ? null : this.of(["a", "a", "b", "c"]), this.chance(14) ? null : this.below(6)]);
  }

  #time(at: number): string {
    let millis = at + (this.below(7) - 3) * 5000 + (this.chance(3) ? this.below(5) * 1000 : 0);
    if (this.chance(8)) millis += this.of([-1, 1, 999]);
    const text = new Date(START + millis).toISOString();
    return this.chance(12) ? text.replace("Z", `${this.of(["001", "500", "999"])}Z`) : text.replace(".000Z", "Z");
  }

  // Queries

  #window(column = "ts"): string {
    const size = this.of(SEGMENTS);
    return this.of([`window(${column}, '${size}')`, `window(${column}, '${size}')`, `window(${column}, '10 seconds', '5 seconds')`, `window(${column}, '10 seconds', '3 seconds')`, `window(${column}, '${size}', '${size}', '2 seconds')`, `window(${column}, '10 seconds', '5 seconds', '1 second')`]);
  }

  #aggregates(): string { return Array.from({ length: 1 + this.below(3) }, (_, i) => `${this.of(AGGREGATES)} AS a${i}`).join(", "); }

  #filter(): string { return this.chance(3) ? ` WHERE ${this.of(["v > 1", "key IS NOT NULL", "v % 2 = 0 OR key = 'a'", "ts >= TIMESTAMP'2026-03-01 00:00:03'", "v < 4 AND ts < TIMESTAMP'2026-03-01 00:00:40'", "key IN (SELECT key FROM dim)", "v IS NULL OR v <> 3"])}` : ""; }

  #rowsOf(): string {
    if (this.chance(6)) return `(SELECT * FROM l${this.#filter()} UNION ALL SELECT * FROM r)`;
    if (this.chance(8)) return "(SELECT e.ts, d.label AS key, e.v FROM events e LEFT JOIN dim d ON e.key = d.key)";
    return "events";
  }

  #aggregate(): Body {
    const key = this.of(["key", "v % 2", "key", "ts", "date_trunc('MINUTE', ts)"]), window = this.#window(), groups = this.of([[window], [window, key], [window, key], [window, "key", "v % 2"], ["ts"], ["ts", "key"], [key], []]);
    const having = this.chance(5) ? ` HAVING ${this.of(["count(*) > 1", "sum(v) > 3", "max(v) IS NOT NULL"])}` : "", by = groups.length === 0 ? "" : ` GROUP BY ${this.chance(12) && groups.length > 1 ? `ROLLUP(${groups.join(", ")})` : groups.join(", ")}`;
    return { sql: `SELECT ${[...groups.map((one, i) => `${one} AS g${i}`), this.#aggregates()].join(", ")} FROM ${this.#rowsOf()}${this.#filter()}${by}${having}` };
  }

  #gap(): string { return `session_window(ts, ${this.of(["'5 seconds'", "'5 seconds'", "'10 seconds'", "CASE WHEN key = 'a' THEN '3 seconds' ELSE '8 seconds' END", "CASE WHEN v > 2 THEN '3 seconds' WHEN v = 2 THEN '0 seconds' ELSE '12 seconds' END"])})`; }

  #session(): Body {
    const gap = this.#gap(), keys = this.of([["key"], ["key"], ["key", "v % 2"]]), having = this.chance(6) ? " HAVING count(*) > 1" : "";
    return { sql: `SELECT ${gap} AS sw, ${keys.map((one, i) => `${one} AS g${i}`).join(", ")}, ${this.#aggregates()} FROM ${this.#rowsOf()}${this.#filter()} GROUP BY ${gap}, ${keys.join(", ")}${having}`, mode: this.of(["append", "append", "append", "complete"] as const) };
  }

  #dedupOf(input: string, as: string): ScenarioOp {
    const columns = this.of([["key"], ["key", "ts"], ["ts"], ["key", "v"], undefined, ["v"]]);
    return { op: this.of(["dropDuplicates", "dropDuplicatesWithinWatermark"]), input, ...columns === undefined ? {} : { columns }, as };
  }

  #dedup(): Body {
    const ops: ScenarioOp[] = [], from = this.#rowsOf();
    let input = "events";
    if (from !== "events" || this.chance(3)) ops.push({ op: "sql", sql: this.chance(4) ? `SELECT ${this.#window()} AS ts, key, v FROM ${from}${this.#filter()}` : `SELECT * FROM ${from}${this.#filter()}`, as: input = "e" });
    ops.push(this.#dedupOf(input, "d"));
    const window = this.#window();
    return { ops, sql: this.of(["SELECT ts, key FROM d", "SELECT ts, key, v FROM d", "SELECT * FROM d WHERE v > 1", `SELECT ${window} AS w, count(*) AS n, sum(v) AS s FROM d GROUP BY ${window}`, `SELECT key, ${this.#aggregates()} FROM d GROUP BY key`]) };
  }

  #condition(): string {
    const length = `INTERVAL ${this.of(["5", "10", "3", "0.5", "20"])} SECONDS`, low = this.of(["r.ts >= l.ts", "r.ts > l.ts", `r.ts >= l.ts - ${length}`, `l.ts < r.ts + ${length}`, `l.ts - ${length} <= r.ts`, `r.ts - l.ts >= INTERVAL 0 SECONDS`]), high = this.of([`r.ts <= l.ts + ${length}`, `r.ts < l.ts + ${length}`, `l.ts >= r.ts - ${length}`, `r.ts - ${length} < l.ts`]);
    const parts = this.of([["l.key = r.key"], ["l.key = r.key"], ["l.key = r.key", "l.v = r.v"], ["l.key <=> r.key"], ["l.v + 1 = r.v"], ["l.ts = r.ts"], ["l.key = r.key", "l.ts = r.ts"]]).slice();
    if (!parts.join().includes("ts = ") && !this.chance(8)) parts.push(...this.of([[low, high], [low, high], [low, high], [low], [high], [`r.ts BETWEEN l.ts AND l.ts + ${length}`]]));
    if (this.chance(5)) parts.push(this.of(["l.v > 1", "r.v > 1", "l.v <= r.v", "l.key <> 'c'", "(l.v > 2 OR r.v > 2)", "r.key IS NOT NULL"]));
    return parts.join(" AND ");
  }

  /** Two streams, or what a step made of them, joined. */
  #joined(columns: string, left = "l", right = "r"): string {
    const kind = this.of(["JOIN", "JOIN", "LEFT JOIN", "LEFT JOIN", "RIGHT JOIN", "RIGHT JOIN", "FULL JOIN", "FULL JOIN", "LEFT SEMI JOIN"]);
    return `SELECT ${kind === "LEFT SEMI JOIN" ? columns.replaceAll(/, r\.\w+( AS \w+)?/g, "") : columns} FROM ${left === "l" ? "l" : `${left} l`} ${kind} ${right === "r" ? "r" : `${right} r`} ON ${this.#condition()}`;
  }

  #join(): Body {
    const where = this.chance(5) ? ` WHERE ${this.of(["l.v > 1", "l.key IS NOT NULL", "l.ts > TIMESTAMP'2026-03-01 00:00:02'", "l.v % 2 = 1"])}` : "";
    return { sql: this.#joined("l.ts AS lts, l.key AS lk, l.v AS lv, r.ts AS rts, r.key AS rk, r.v AS rv") + where, mode: this.of(["append", "append", "append", "append", "append", "update"] as const) };
  }

  #chain(): Body {
    const inner = this.#window(), mode = this.of(["append", "append", "append", "append", "update"] as const), gap = this.#gap();
    const grouped = `SELECT ${inner} AS w, key, count(*) AS n, sum(v) AS v FROM events${this.#filter()} GROUP BY ${inner}, key`;
    const outer = this.#window(this.of(["w", "window_time(w)"]));
    switch (this.below(11)) {
      case 0: return { sql: `SELECT ${outer} AS w2, count(*) AS c, sum(n) AS n FROM (${grouped}) GROUP BY ${outer}`, mode };
      case 1: {
        const later = this.#window("window_time(sw)");
        return { sql: `SELECT ${later} AS w, count(*) AS c, sum(n) AS n FROM (SELECT ${gap} AS sw, key, count(*) AS n FROM events GROUP BY ${gap}, key) GROUP BY ${later}`, mode };
      }
      case 2: {
        const later = this.#window("lts");
        return { sql: `SELECT ${later} AS w, count(*) AS n, sum(v) AS s FROM (${this.#joined("l.ts AS lts, l.v, r.v AS u")}) GROUP BY ${later}`, mode };
      }
      case 3: {
        const later = this.#window("rts");
        return { sql: `SELECT ${later} AS w, count(*) AS n, sum(u) AS s FROM (${this.#joined("l.v, r.ts AS rts, r.v AS u")}) GROUP BY ${later}`, mode };
      }
      case 4: return { ops: [this.#dedupOf("l", "d")], sql: this.#joined("l.ts AS lts, l.key AS lk, r.ts AS rts, r.v AS rv", "d"), mode };
      case 5: return { ops: [{ op: "sql", sql: this.#joined("l.ts AS ts, l.key AS key, l.v AS v"), as: "j" }, this.#dedupOf("j", "d")], sql: "SELECT * FROM d", mode };
      case 6: return { sql: `SELECT x.w, x.n, y.s FROM (SELECT window(ts, '10 seconds') AS w, count(*) AS n FROM l GROUP BY window(ts, '10 seconds')) x ${this.of(["JOIN", "LEFT JOIN", "FULL JOIN"])} (SELECT window(ts, '10 seconds') AS w, sum(v) AS s FROM r GROUP BY window(ts, '10 seconds')) y ON x.w = y.w`, mode };
      case 7: return { ops: [{ op: "sql", sql: grouped, as: "g" }, { op: this.of(["dropDuplicates", "dropDuplicatesWithinWatermark"]), input: "g", columns: this.of([["w"], ["w", "n"], ["key"], ["n"]]), as: "d" }], sql: "SELECT * FROM d", mode };
      case 8: {
        const third = `window(ts, '10 seconds')`;
        return { ops: [{ op: "sql", sql: this.#joined("l.ts AS ts, l.key AS key, l.v AS v"), as: "j" }, { op: "sql", sql: `SELECT * FROM j JOIN dim USING (key)`, as: "k" }], sql: `SELECT ${third} AS w, label, count(*) AS n FROM k GROUP BY ${third}, label`, mode };
      }
      case 9: return { ops: [this.#dedupOf("events", "d")], sql: `SELECT ${gap} AS sw, key, count(*) AS n FROM d GROUP BY ${gap}, key`, mode: "append" };
      default: return { ops: [{ op: "sql", sql: this.#joined("l.ts AS ts, l.key AS key, l.v AS v"), as: "j" }], sql: `SELECT l.ts, l.key, l.v, r.ts AS ets, r.v AS ev FROM j l ${this.of(["JOIN", "LEFT JOIN"])} events r ON ${this.#condition()}`, mode };
    }
  }

  #plain(): Body {
    return this.of<Body>([
      { sql: `SELECT key, v FROM events${this.#filter()} LIMIT ${this.below(5)}` }, { sql: `SELECT e.key, e.v, d.label FROM events e ${this.of(["JOIN", "LEFT JOIN", "LEFT SEMI JOIN", "FULL JOIN"])} dim d ON e.key = d.key`.replace(/, d\.label(.*SEMI)/, "$1") }, { sql: `SELECT * FROM events${this.#filter()} UNION ALL SELECT * FROM l` },
      { sql: `SELECT DISTINCT ${this.of(["key", "ts", "key, ts", "v"])} FROM events` }, { sql: `SELECT key, sum(v) AS s FROM (SELECT * FROM events LIMIT 4) GROUP BY key`, mode: this.of(["update", "complete"] as const) }, { sql: "SELECT key, sum(v) AS s FROM events GROUP BY key ORDER BY s DESC, key LIMIT 2", mode: "complete" },
    ]);
  }
}
