/**
 * Catches state of programs that is not what a plain program over plain objects would have kept: random operations on
 * values, lists, maps and timers, with values that end, late rows, and kills at random points.
 */
import assert from "node:assert/strict";
import test from "node:test";
import { bigint, int, listState, mapState, schema, string, timestamp, valueState, Timestamp, type ListState, type MapState, type ValueState } from "millrace";
import { testSession, type CrashPoint } from "millrace/testing";
import { seededRandom } from "../../src/base/clock.ts";

const LONG = process.env["MILLRACE_LONG"] === "1";
const SEED = Number(process.env["MILLRACE_SEED"] ?? (LONG ? Date.now() % 1_000_000 : 1)), CASES = LONG ? 400 : 25;
const CRASHES: readonly CrashPoint[] = ["compute", "append", "sync", "check", "commit", "acknowledge", "appendDone"];
const START = Date.parse("2026-03-01T00:00:00Z"), DELAY = 5_000, TTL = 20_000;

const Event = schema({ at: timestamp().notNull(), key: string(), op: int().notNull(), a: int().notNull() });
const Told = schema({ key: string(), told: string().notNull() });
interface Step { readonly at: Timestamp; readonly key: string | null; readonly op: number; readonly a: number }
interface State { readonly n: ValueState<bigint>; readonly list: ListState<bigint>; readonly map: MapState<number, string> }
interface Timers { register(at: Timestamp): void; delete(at: Timestamp): void; list(): Iterable<Timestamp> }

/** What both do for a row. */
function apply({ n, list, map }: State, timers: Timers, { op, a, at }: Step): void {
  switch (op) {
    case 0: case 1: return n.update((n.get() ?? 0n) + BigInt(a));
    case 2: return n.clear();
    case 3: case 4: return list.append(BigInt(a));
    case 5: return list.put([BigInt(a), BigInt(-a)]);
    case 6: return list.clear();
    case 7: case 8: return map.set(a % 7, `${a}`.repeat(a % 4));
    case 9: return map.delete(a % 7);
    case 10: return map.clear();
    case 11: case 12: return timers.register(at.plus(`${a} seconds`));
    case 13: { for (const time of timers.list()) timers.delete(time); return; }
    default: { const first = [...timers.list()][0]; if (first !== undefined) timers.delete(first); }
  }
}
const tell = ({ n, list, map }: State, timers: Timers): string => [n.exists() ? n.get() : "none", [...list.get()].join(","), [...map.entries()].map(([k, v]) => `${k}=${v}${map.has(k)}`).join(","), [...timers.list()].join(",")].join(" / ");

class Plain {
  now = 0;
  watermark = 0;
  late = 0;
  greatest = Number.NEGATIVE_INFINITY;
  readonly keys = new Map<string | null, { n?: { v: bigint; end: number }; list: { v: bigint; end: number }[]; map: Map<number, { v: string; end: number }>; timers: Set<number> }>();

  handles(key: string | null): { state: State; timers: Timers } {
    let kept = this.keys.get(key);
    if (kept === undefined) this.keys.set(key, (kept = { list: [], map: new Map(), timers: new Set() }));
    const own = kept, end = () => this.now + TTL, lives = (x: { end: number } | undefined) => x !== undefined && x.end > this.now;
    return {
      state: {
        n: { get: () => (lives(own.n) ? own.n!.v : null), exists: () => lives(own.n), update: v => { own.n = { v, end: end() }; }, clear: () => { delete own.n; } },
        list: { get: () => own.list.filter(lives).map(x => x.v), exists: () => own.list.some(lives), append: v => { own.list.push({ v, end: Infinity }); }, put: values => { own.list = values.map(v => ({ v, end: Infinity })); }, clear: () => { own.list = []; } },
        map: {
          get: k => (lives(own.map.get(k)) ? own.map.get(k)!.v : null), has: k => lives(own.map.get(k)), set: (k, v) => { own.map.set(k, { v, end: end() }); }, delete: k => { own.map.delete(k); }, clear: () => own.map.clear(),
          entries: () => [...own.map].filter(([, x]) => lives(x)).map(([k, x]) => [k, x.v]), keys: () => [], values: () => [], exists: () => [...own.map.values()].some(lives),
        },
      },
      timers: { register: at => { own.timers.add(at.valueOf()); }, delete: at => { own.timers.delete(at.valueOf()); }, list: () => [...own.timers].sort((a, b) => a - b).map(ms => Timestamp.from(new Date(ms))) },
    };
  }

  /** A batch of rows, then one without if the watermark rose. */
  process(rows: readonly Step[]): string[] {
    const out = this.#batch(rows);
    const next = Math.max(this.watermark, this.greatest - DELAY);
    if (next > this.watermark) {
      this.watermark = next;
      out.push(...this.#batch([]));
    }
    return out;
  }

  #batch(rows: readonly Step[]): string[] {
    const out: string[] = [], called = new Map<string | null, Step[]>();
    for (const row of rows) {
      this.greatest = Math.max(this.greatest, row.at.valueOf());
      if (row.at.valueOf() <= this.watermark) this.late++;
      else called.set(row.key, [...called.get(row.key) ?? [], row]);
    }
    for (const [key, own] of called) {
      const { state, timers } = this.handles(key);
      for (const row of own) apply(state, timers, row);
      out.push(`${key}: ${tell(state, timers)}`);
    }
    const due = [...this.keys].flatMap(([key, { timers }]) => [...timers].filter(ms => ms <= this.watermark).map(ms => ({ key, ms }))).sort((a, b) => a.ms - b.ms);
    for (const { key, ms } of due) {
      const { state, timers } = this.handles(key);
      out.push(`${key} at ${ms}: ${tell(state, timers)}`);
      state.list.append(BigInt(ms - START));
      timers.delete(Timestamp.from(new Date(ms)));
    }
    for (const kept of this.keys.values()) {
      if (kept.n !== undefined && kept.n.end <= this.now) delete kept.n;
      for (const [k, x] of kept.map) if (x.end <= this.now) kept.map.delete(k);
    }
    return out;
  }

  get total(): number { return [...this.keys.values()].reduce((sum, { n, list, map }) => sum + (n === undefined ? 0 : 1) + (list.length > 0 ? 1 : 0) + map.size, 0); }
}

for (let seed = SEED; seed < SEED + CASES; seed++) {
  test(`a program keeps what plain objects would, seed ${seed}`, async () => {
    const random = seededRandom(seed), below = (n: number) => random.uint32() % n, plain = new Plain();
    await using mill = testSession({ now: new Date(START), seed });
    const input = mill.memoryStream(Event);
    await using run = await mill.run(input.df.withWatermark("at", "5 seconds").groupBy("key").transformWithState({
      timeMode: "EventTime", output: Told,
      state: { n: valueState(bigint(), { ttl: "20 seconds" }), list: listState(bigint()), map: mapState(int(), string(), { ttl: "20 seconds" }) },
      *handleInputRows({ key }, rows, { state, timers }) {
        for (const row of rows) apply(state, timers, row);
        yield { key, told: `${key}: ${tell(state, timers)}` };
      },
      *handleExpiredTimer({ key }, at, { state, timers }) {
        yield { key, told: `${key} at ${at.valueOf()}: ${tell(state, timers)}` };
        state.list.append(BigInt(at.valueOf() - START));
      },
    }), { outputMode: "update" });
    let time = START, told = 0;
    for (let batch = 0; batch < 12; batch++) {
      const rows: Step[] = Array.from({ length: 1 + below(30) }, () => ({
        at: Timestamp.from(new Date(time + below(12_000) - (below(8) === 0 ? 10_000 : 0))), key: below(7) === 0 ? null : `key-${below(5)}`.repeat(1 + below(2) * 3), op: below(15), a: 1 + below(20),
      }));
      input.add(...rows);
      if (below(3) === 0) {
        await run.crashAt(CRASHES[below(CRASHES.length)]!);
        await run.restart();
      }
      plain.now = START + batch * 3_000;
      const got = (await run.process()).map(row => row.told);
      // A batch that crashed may have gone on without rows only at the restart: its rows come out all the same.
      assert.deepEqual(got.toSorted(), plain.process(rows).toSorted(), `batch ${batch}`);
      const state = run.query.lastProgress!.stateOperators[0]!;
      assert.equal(state.numRowsTotal, plain.total, `batch ${batch}: rows of state`);
      told += got.length;
      await mill.clock.advance("3 seconds");
      time += 4_000;
    }
    assert.ok(told > 20 && plain.late > 0, `${told} told, ${plain.late} late: too little happened`);
  });
}
