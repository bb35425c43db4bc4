/** The queries of test/corpus/streaming that the reference can run, described by hand: by their SQL and the steps before it. */
import type { Scenario } from "../conformance/scenario-format.ts";
import { watermarkOf } from "./golden.ts";
import { SECOND, call, col, lit, windowOf, type Aggregate, type Expression, type JoinKind, type JoinRange, type Query } from "./query.ts";

type Sources = (name: string) => Query;
type Columns = Readonly<Record<string, string>>;

const N: Aggregate = { fn: "count" };
const of = (fn: Aggregate["fn"], column: string): Aggregate => ({ fn, arg: col(column) });
const ten = windowOf(col("ts"), 10 * SECOND);
const grouped = (keys: Readonly<Record<string, Expression>>, values: Readonly<Record<string, Aggregate>>, input = (from: Sources) => from("events")) =>
  (from: Sources): Query => ({ kind: "aggregate", input: input(from), keys, values });
const where = (input: Query, condition: Expression): Query => ({ kind: "filter", input, where: condition });
const select = (input: Query, ...names: readonly string[]): Query => ({ kind: "project", input, columns: Object.fromEntries(names.map(name => [name, col(name)])) });
const time = (text: string): Expression => ({ time: Date.parse(text) * 1000 });
const sessions = (values: Readonly<Record<string, Aggregate>>) => (from: Sources): Query => ({ kind: "sessions", input: from("events"), as: "sw", time: "ts", gap: 5 * SECOND, keys: { key: col("key") }, values });
const union = (from: Sources): Query => ({ kind: "union", inputs: [select(from("l"), "ts", "v"), select(from("r"), "ts", "v")] });
const dedup = (columns: readonly string[] | undefined, out: readonly string[], within = false) => (from: Sources): Query => select({ kind: "dedup", input: from("events"), within, ...(columns && { columns }) }, ...out);

const SIX: Columns = { lts: "l.ts", lk: "l.key", lv: "l.v", rts: "r.ts", rk: "r.key", rv: "r.v" };
const BETWEEN: JoinRange = { left: "ts", right: "ts", from: 0, to: 10 * SECOND };
type JoinMore = Partial<Omit<Extract<Query, { kind: "join" }>, "kind" | "how" | "columns">>;
const join = (how: JoinKind, columns: Columns, more: JoinMore = {}) => (from: Sources): Query =>
  ({ kind: "join", how, left: from("l"), right: from("r"), equal: [["key", "key"]], columns, ...more });
const windowed = (how: JoinKind) => (from: Sources): Query => {
  const side = (name: string): Query => ({ kind: "project", input: from(name), columns: { w: ten, key: col("key"), v: col("v") } });
  return { kind: "join", how, left: side("l"), right: side("r"), equal: [["w", "w"], ["key", "key"]], columns: { w: "l.w", key: "l.key", xv: "l.v", yv: "r.v" } };
};
const S6 = "SELECT l.ts AS lts, l.key AS lk, l.v AS lv, r.ts AS rts, r.key AS rk, r.v AS rv FROM l";
const KEY = "ON l.key = r.key", RANGE = `${KEY} AND r.ts BETWEEN l.ts AND l.ts + INTERVAL 10 SECONDS`;
const fives = grouped({ w: windowOf(col("ts"), 5 * SECOND) }, { n: N });
const joinOfWindows = (on: string) => `SELECT x.w, x.key, x.v AS xv, y.v AS yv FROM (SELECT window(ts, '10 seconds') AS w, key, v FROM l) x ${on} (SELECT window(ts, '10 seconds') AS w, key, v FROM r) y ON x.w = y.w AND x.key = y.key`;

const BY_SQL: Readonly<Record<string, (from: Sources) => Query>> = {
  // windows
  "SELECT window(ts, '10 seconds') AS w, count(*) AS n, sum(v) AS s FROM events GROUP BY window(ts, '10 seconds')": grouped({ w: ten }, { n: N, s: of("sum", "v") }),
  "SELECT window(ts, '10 seconds') AS w, count(*) AS n FROM events GROUP BY window(ts, '10 seconds')": grouped({ w: ten }, { n: N }),
  "SELECT window(ts, '10 seconds') AS w, key, count(*) AS n, max(v) AS m FROM events GROUP BY window(ts, '10 seconds'), key": grouped({ w: ten, key: col("key") }, { n: N, m: of("max", "v") }),
  "SELECT window(ts, '10 seconds') AS w, key, sum(v) AS s FROM events GROUP BY window(ts, '10 seconds'), key": grouped({ w: ten, key: col("key") }, { s: of("sum", "v") }),
  "SELECT window(ts, '10 seconds', '5 seconds') AS w, count(*) AS n FROM events GROUP BY window(ts, '10 seconds', '5 seconds')": grouped({ w: windowOf(col("ts"), 10 * SECOND, 5 * SECOND) }, { n: N }),
  "SELECT window(ts, '10 seconds', '3 seconds') AS w, count(*) AS n FROM events GROUP BY window(ts, '10 seconds', '3 seconds')": grouped({ w: windowOf(col("ts"), 10 * SECOND, 3 * SECOND) }, { n: N }),
  "SELECT window(ts, '10 seconds', '10 seconds', '3 seconds') AS w, count(*) AS n FROM events GROUP BY window(ts, '10 seconds', '10 seconds', '3 seconds')": grouped({ w: windowOf(col("ts"), 10 * SECOND, 10 * SECOND, 3 * SECOND) }, { n: N }),
  "SELECT window(ts, '1 day') AS w, count(*) AS n FROM events GROUP BY window(ts, '1 day')": grouped({ w: windowOf(col("ts"), 86_400 * SECOND) }, { n: N }),
  "SELECT window(ts, '1 day', '1 day', '5 hours') AS w, count(*) AS n FROM events GROUP BY window(ts, '1 day', '1 day', '5 hours')": grouped({ w: windowOf(col("ts"), 86_400 * SECOND, 86_400 * SECOND, 18_000 * SECOND) }, { n: N }),
  "SELECT window(ts, '1 week') AS w, count(*) AS n FROM events GROUP BY window(ts, '1 week')": grouped({ w: windowOf(col("ts"), 604_800 * SECOND) }, { n: N }),
  "SELECT window(ts, '10 seconds') AS w, sum(v) AS s FROM events GROUP BY window(ts, '10 seconds') HAVING sum(v) >= 5": from => where(grouped({ w: ten }, { s: of("sum", "v") })(from), call(">=", col("s"), lit(5))),
  "SELECT window(ts, '10 seconds') AS w, count(*) AS n FROM events WHERE v > 0 GROUP BY window(ts, '10 seconds')": grouped({ w: ten }, { n: N }, from => where(from("events"), call(">", col("v"), lit(0)))),
  "SELECT window(ts, '10 seconds') AS w, count(*) AS n FROM events WHERE ts < TIMESTAMP'2026-03-01 00:05:00' GROUP BY window(ts, '10 seconds')":
    grouped({ w: ten }, { n: N }, from => where(from("events"), call("<", col("ts"), time("2026-03-01T00:05:00Z")))),
  "SELECT window(ts, '10 seconds') AS w, count(*) AS n FROM events WHERE v > 0 AND ts < TIMESTAMP'2026-03-01 00:05:00' GROUP BY window(ts, '10 seconds')":
    grouped({ w: ten }, { n: N }, from => where(from("events"), call("and", call(">", col("v"), lit(0)), call("<", col("ts"), time("2026-03-01T00:05:00Z"))))),
  "SELECT window(ts, '10 seconds') AS w, count(*) AS n FROM events WHERE ts >= TIMESTAMP'2026-03-01 00:00:05' GROUP BY window(ts, '10 seconds')":
    grouped({ w: ten }, { n: N }, from => where(from("events"), call(">=", col("ts"), time("2026-03-01T00:00:05Z")))),
  "SELECT window(t2, '10 seconds') AS w, count(*) AS n FROM (SELECT ts AS t2, v FROM events) GROUP BY window(t2, '10 seconds')":
    grouped({ w: windowOf(col("t2"), 10 * SECOND) }, { n: N }, from => ({ kind: "project", input: from("events"), columns: { t2: col("ts"), v: col("v") } })),
  "SELECT window(ts, '10 seconds') AS w, count(*) AS n FROM (SELECT ts, v FROM l UNION ALL SELECT ts, v FROM r) GROUP BY window(ts, '10 seconds')": grouped({ w: ten }, { n: N }, union),
  // other groups
  "SELECT ts, count(*) AS n FROM events GROUP BY ts": grouped({ ts: col("ts") }, { n: N }),
  "SELECT ts, key, count(*) AS n FROM events GROUP BY ts, key": grouped({ ts: col("ts"), key: col("key") }, { n: N }),
  "SELECT key, count(*) AS n FROM events GROUP BY key": grouped({ key: col("key") }, { n: N }),
  "SELECT key, count(*) AS n, sum(v) AS s FROM events GROUP BY key": grouped({ key: col("key") }, { n: N, s: of("sum", "v") }),
  "SELECT key, max(v) AS m FROM events GROUP BY key": grouped({ key: col("key") }, { m: of("max", "v") }),
  "SELECT key, sum(v) AS s FROM events GROUP BY key HAVING sum(v) > 5": from => where(grouped({ key: col("key") }, { s: of("sum", "v") })(from), call(">", col("s"), lit(5))),
  "SELECT DISTINCT key FROM events": grouped({ key: col("key") }, {}),
  "SELECT count(*) AS n, sum(v) AS s FROM events": grouped({}, { n: N, s: of("sum", "v") }),
  "SELECT count(*) AS n, sum(v) AS s, max(key) AS k FROM events": grouped({}, { n: N, s: of("sum", "v"), k: of("max", "key") }),
  "SELECT count(v) AS n, avg(v) AS a FROM events": grouped({}, { n: of("count", "v"), a: of("avg", "v") }),
  "SELECT key, sum(v) AS s FROM (SELECT key, v FROM l UNION ALL SELECT key, 10 * v FROM r) GROUP BY key": grouped({ key: col("key") }, { s: of("sum", "v") }, from => ({
    kind: "union", inputs: [select(from("l"), "key", "v"), { kind: "project", input: from("r"), columns: { key: col("key"), v: call("*", lit(10), col("v")) } }],
  })),
  // sessions
  "SELECT session_window(ts, '5 seconds') AS sw, key, count(*) AS n, sum(v) AS s FROM events GROUP BY session_window(ts, '5 seconds'), key": sessions({ n: N, s: of("sum", "v") }),
  "SELECT session_window(ts, '5 seconds') AS sw, key, count(*) AS n FROM events GROUP BY session_window(ts, '5 seconds'), key": sessions({ n: N }),
  // two streams
  [`${S6} INNER JOIN r ${KEY}`]: join("inner", SIX),
  [`${S6} INNER JOIN r ON l.key <=> r.key`]: join("inner", SIX, { nullSafe: true }),
  [`${S6} INNER JOIN r ${KEY} AND l.v > 1 AND r.v < 5`]: join("inner", SIX, { onLeft: call(">", col("v"), lit(1)), onRight: call("<", col("v"), lit(5)) }),
  [`${S6} INNER JOIN r ${KEY} AND r.ts >= l.ts`]: join("inner", SIX, { range: { left: "ts", right: "ts", from: 0 } }),
  [`${S6} INNER JOIN r ${KEY} AND l.v < r.v AND r.ts BETWEEN l.ts - INTERVAL 5 SECONDS AND l.ts + INTERVAL 5 SECONDS`]:
    join("inner", SIX, { range: { left: "ts", right: "ts", from: -5 * SECOND, to: 5 * SECOND }, condition: call("<", col("l.v"), col("r.v")) }),
  [`${S6} INNER JOIN r ${RANGE}`]: join("inner", SIX, { range: BETWEEN }),
  [`${S6} LEFT JOIN r ${RANGE}`]: join("left", SIX, { range: BETWEEN }),
  [`${S6} RIGHT JOIN r ${RANGE}`]: join("right", SIX, { range: BETWEEN }),
  [`${S6} FULL JOIN r ${RANGE}`]: join("full", SIX, { range: BETWEEN }),
  [`${S6} LEFT JOIN r ${RANGE} AND l.v > r.v`]: join("left", SIX, { range: BETWEEN, condition: call(">", col("l.v"), col("r.v")) }),
  [`${S6} LEFT JOIN r ${RANGE} AND l.v > 5`]: join("left", SIX, { range: BETWEEN, onLeft: call(">", col("v"), lit(5)) }),
  [`SELECT l.ts AS lts, l.key AS lk, r.ts AS rts, r.key AS rk, r.v AS rv FROM l RIGHT JOIN r ${RANGE}`]: join("right", { lts: "l.ts", lk: "l.key", rts: "r.ts", rk: "r.key", rv: "r.v" }, { range: BETWEEN }),
  [`SELECT l.ts AS lts, l.key AS lk, r.ts AS rts, r.key AS rk FROM l FULL JOIN r ${RANGE}`]: join("full", { lts: "l.ts", lk: "l.key", rts: "r.ts", rk: "r.key" }, { range: BETWEEN }),
  [`SELECT l.ts AS lts, l.key AS k, l.v, r.ts AS rts, r.v AS rv FROM l JOIN r ${RANGE}`]: join("inner", { lts: "l.ts", k: "l.key", v: "l.v", rts: "r.ts", rv: "r.v" }, { range: BETWEEN }),
  [`SELECT l.ts AS lts, l.key AS k, l.v, r.ts AS rts, r.v AS rv FROM l LEFT JOIN r ${RANGE}`]: join("left", { lts: "l.ts", k: "l.key", v: "l.v", rts: "r.ts", rv: "r.v" }, { range: BETWEEN }),
  [`SELECT l.key AS k, l.v, r.v AS rv FROM l JOIN r ${RANGE}`]: join("inner", { k: "l.key", v: "l.v", rv: "r.v" }, { range: BETWEEN }),
  [`SELECT l.ts, l.key, l.v FROM l LEFT SEMI JOIN r ${RANGE}`]: join("semi", { ts: "l.ts", key: "l.key", v: "l.v" }, { range: BETWEEN }),
  [`SELECT l.ts AS lts, l.key AS k, r.ts AS rts FROM l LEFT JOIN r ${KEY} AND r.ts >= l.ts AND r.ts < l.ts + INTERVAL 10 SECONDS`]: join("left", { lts: "l.ts", k: "l.key", rts: "r.ts" }, { range: { ...BETWEEN, toOpen: true } }),
  [`SELECT l.ts AS lts, l.key AS k, r.ts AS rts FROM l LEFT JOIN r ${KEY} AND r.ts >= l.ts AND r.ts <= l.ts + INTERVAL 10 SECONDS`]: join("left", { lts: "l.ts", k: "l.key", rts: "r.ts" }, { range: BETWEEN }),
  [`SELECT l.ts AS lts, l.key AS k, r.ts AS rts, r.key AS rk FROM l RIGHT JOIN r ${KEY} AND r.ts >= l.ts AND r.ts <= l.ts + INTERVAL 10 SECONDS`]: join("right", { lts: "l.ts", k: "l.key", rts: "r.ts", rk: "r.key" }, { range: BETWEEN }),
  [`SELECT l.ts AS lts, l.key AS k, r.ts AS rts FROM l LEFT JOIN r ${KEY} AND l.ts = r.ts`]: join("left", { lts: "l.ts", k: "l.key", rts: "r.ts" }, { equal: [["key", "key"], ["ts", "ts"]] }),
  [joinOfWindows("INNER JOIN")]: windowed("inner"),
  [joinOfWindows("LEFT JOIN")]: windowed("left"),
  "SELECT l.key, l.v AS a, r.v AS b, m.v AS c FROM l JOIN r ON l.key = r.key JOIN m ON l.key = m.key": from => ({
    kind: "join", how: "inner", left: join("inner", { key: "l.key", a: "l.v", b: "r.v" })(from), right: from("m"), equal: [["key", "key"]], columns: { key: "l.key", a: "l.a", b: "l.b", c: "r.v" },
  }),
  // chains
  "SELECT window(window_time(sw), '1 minute') AS w, count(*) AS sessions, sum(n) AS rows FROM (SELECT session_window(ts, '5 seconds') AS sw, key, count(*) AS n FROM events GROUP BY session_window(ts, '5 seconds'), key) GROUP BY window(window_time(sw), '1 minute')":
    grouped({ w: windowOf({ windowTime: col("sw") }, 60 * SECOND) }, { sessions: N, rows: of("sum", "n") }, sessions({ n: N })),
  "SELECT window(w, '20 seconds') AS w2, sum(n) AS rows FROM (SELECT window(ts, '5 seconds') AS w, count(*) AS n FROM events GROUP BY window(ts, '5 seconds')) GROUP BY window(w, '20 seconds')":
    grouped({ w2: windowOf(col("w"), 20 * SECOND) }, { rows: of("sum", "n") }, fives),
  "SELECT window(window_time(w), '20 seconds') AS w2, count(*) AS groups, sum(n) AS rows FROM (SELECT window(ts, '5 seconds') AS w, count(*) AS n FROM events GROUP BY window(ts, '5 seconds')) GROUP BY window(window_time(w), '20 seconds')":
    grouped({ w2: windowOf({ windowTime: col("w") }, 20 * SECOND) }, { groups: N, rows: of("sum", "n") }, fives),
  "SELECT window(w, '10 seconds') AS w2, sum(n) AS rows FROM (SELECT window(ts, '5 seconds') AS w, key, count(*) AS n FROM events GROUP BY window(ts, '5 seconds'), key) GROUP BY window(w, '10 seconds')":
    grouped({ w2: windowOf(col("w"), 10 * SECOND) }, { rows: of("sum", "n") }, grouped({ w: windowOf(col("ts"), 5 * SECOND), key: col("key") }, { n: N })),
  "SELECT window(w2, '40 seconds') AS w3, sum(n2) AS rows FROM (SELECT window(w, '20 seconds') AS w2, sum(n) AS n2 FROM (SELECT window(ts, '5 seconds') AS w, count(*) AS n FROM events GROUP BY window(ts, '5 seconds')) GROUP BY window(w, '20 seconds')) GROUP BY window(w2, '40 seconds')":
    grouped({ w3: windowOf(col("w2"), 40 * SECOND) }, { rows: of("sum", "n2") }, grouped({ w2: windowOf(col("w"), 20 * SECOND) }, { n2: of("sum", "n") }, fives)),
  "SELECT window(lts, '10 seconds') AS w, count(*) AS n, sum(v * u) AS s FROM (SELECT l.ts AS lts, l.v, r.v AS u FROM l JOIN r ON l.key = r.key AND r.ts BETWEEN l.ts AND l.ts + INTERVAL 5 SECONDS) GROUP BY window(lts, '10 seconds')":
    grouped({ w: windowOf(col("lts"), 10 * SECOND) }, { n: N, s: { fn: "sum", arg: call("*", col("v"), col("u")) } }, join("inner", { lts: "l.ts", v: "l.v", u: "r.v" }, { range: { ...BETWEEN, to: 5 * SECOND } })),
  "SELECT x.w, x.n, y.s FROM (SELECT window(ts, '10 seconds') AS w, count(*) AS n FROM l GROUP BY window(ts, '10 seconds')) x JOIN (SELECT window(ts, '10 seconds') AS w, sum(v) AS s FROM r GROUP BY window(ts, '10 seconds')) y ON x.w = y.w": from => ({
    kind: "join", how: "inner", left: grouped({ w: ten }, { n: N }, one => one("l"))(from), right: grouped({ w: ten }, { s: of("sum", "v") }, one => one("r"))(from), equal: [["w", "w"]], columns: { w: "l.w", n: "l.n", s: "r.s" },
  }),
  "SELECT j.lts, j.key, j.lv, m.v AS mv FROM (SELECT l.ts AS lts, l.key, l.v AS lv FROM l JOIN r ON l.key = r.key AND l.ts = r.ts) j LEFT JOIN m ON j.key = m.key AND m.ts BETWEEN j.lts AND j.lts + INTERVAL 5 SECONDS": from => ({
    kind: "join", how: "left", left: join("inner", { lts: "l.ts", key: "l.key", lv: "l.v" }, { equal: [["key", "key"], ["ts", "ts"]] })(from), right: from("m"), equal: [["key", "key"]],
    range: { left: "lts", right: "ts", from: 0, to: 5 * SECOND }, columns: { lts: "l.lts", key: "l.key", lv: "l.lv", mv: "r.v" },
  }),
  // limits, and no state at all
  "SELECT key, v FROM events LIMIT 3": from => ({ kind: "limit", input: select(from("events"), "key", "v"), rows: 3 }),
  "SELECT key FROM events LIMIT 2": from => ({ kind: "limit", input: select(from("events"), "key"), rows: 2 }),
  "SELECT key, v FROM events": from => select(from("events"), "key", "v"),
  "SELECT ts, key, v FROM events WHERE v > 0": from => select(where(from("events"), call(">", col("v"), lit(0))), "ts", "key", "v"),
  "SELECT key, v FROM events WHERE v > 1 UNION ALL SELECT key, -v FROM events": from => ({
    kind: "union", inputs: [select(where(from("events"), call(">", col("v"), lit(1))), "key", "v"), { kind: "project", input: from("events"), columns: { key: col("key"), v: call("-", lit(0), col("v")) } }],
  }),
};

/** Steps before the query, and the query over their view `d`. */
const BY_STEPS: Readonly<Record<string, (from: Sources) => Query>> = {
  "dropDuplicates key,ts; SELECT window(ts, '10 seconds') AS w, count(*) AS n FROM d GROUP BY window(ts, '10 seconds')": grouped({ w: ten }, { n: N }, dedup(["key", "ts"], ["ts", "key", "v"])),
  "dropDuplicates key,ts; SELECT ts, key, v FROM d": dedup(["key", "ts"], ["ts", "key", "v"]),
  "dropDuplicates key,ts; SELECT ts, key FROM d": dedup(["key", "ts"], ["ts", "key"]),
  "dropDuplicates key; SELECT ts, key, v FROM d": dedup(["key"], ["ts", "key", "v"]),
  "dropDuplicates key; SELECT key, v FROM d": dedup(["key"], ["key", "v"]),
  "dropDuplicates key; SELECT count(*) AS n, sum(v) AS s FROM d": grouped({}, { n: N, s: of("sum", "v") }, dedup(["key"], ["key", "v"])),
  "dropDuplicates *; SELECT * FROM d": dedup(undefined, ["ts", "key", "v"]),
  "dropDuplicatesWithinWatermark key; SELECT ts, key, v FROM d": dedup(["key"], ["ts", "key", "v"], true),
  "dropDuplicatesWithinWatermark *; SELECT ts, key, v FROM d": dedup(undefined, ["ts", "key", "v"], true),
};

/** The description of a scenario's query; undefined if there is none, or if the scenario does what the reference doesn't know. */
export function describedQuery(scenario: Scenario): Query | undefined {
  if (scenario.error !== undefined || scenario.trigger !== undefined || scenario.static !== undefined) return undefined;
  if (scenario.steps.some(step => step.loseLastCommit === true || step.sql !== undefined || step.conf !== undefined)) return undefined;
  const from = (name: string): Query => ({ kind: "source", name, ...(scenario.sources[name]!.watermark && { watermark: watermarkOf(scenario, name)! }) });
  const { ops = [], query: { sql } } = scenario, text = sql.replace(/\s+/g, " ").trim();
  if (ops.length === 0) return BY_SQL[text]?.(from);
  const [op] = ops;
  return ops.length > 1 || op!["input"] !== "events" ? undefined : BY_STEPS[`${op!.op} ${(op!["columns"] as string[] | undefined)?.join(",") ?? "*"}; ${text}`]?.(from);
}
