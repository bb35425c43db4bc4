/** Random scenarios over two streams, as values of fast-check so that what fails shrinks to a small case. */
import fc from "fast-check";
import type { CrashPoint } from "../../src/testing/hooks.ts";
import type { Scenario, ScenarioRow, ScenarioStep } from "../conformance/scenario-format.ts";
import { SECOND, call, col, lit, windowOf, type Aggregate, type Expression, type JoinKind, type JoinRange, type OutputMode, type Query } from "./query.ts";
import { reads, toSql } from "./sql.ts";

export interface RandomScenario {
  readonly query: Query;
  readonly scenario: Scenario;
  readonly killAfterSteps: boolean;
  /** Only where a restart inside a batch doesn't show: with one watermark, or the greatest of several. */
  readonly crashAt: CrashPoint | undefined;
  readonly batchRows: number | undefined;
}

const SCHEMA = "ts TIMESTAMP, key STRING, v INT", START = Date.parse("2026-03-01T00:00:00Z");

interface Shape { readonly query: Query; readonly modes: readonly OutputMode[] }
type Delays = { readonly l: number | undefined; readonly r: number | undefined };

const seconds = (...of: readonly number[]) => fc.constantFrom(...of.map(one => one * SECOND));
const source = (name: "l" | "r", delays: Delays): Query => ({ kind: "source", name, ...(delays[name] !== undefined && { watermark: { column: "ts", delay: delays[name] } }) });
const AGGREGATES: readonly Aggregate[] = [{ fn: "count" }, { fn: "count", arg: col("v") }, { fn: "sum", arg: col("v") }, { fn: "min", arg: col("v") }, { fn: "max", arg: col("v") }, { fn: "avg", arg: col("v") }, { fn: "max", arg: col("key") }, { fn: "sum", arg: call("*", col("v"), lit(3)) }];
const values = fc.subarray([...AGGREGATES], { minLength: 1, maxLength: 3 }).map(all => Object.fromEntries(all.map((one, i) => [`a${i}`, one])));
const counts: Readonly<Record<string, Aggregate>> = { n: { fn: "count" } };

const FILTERS: readonly Expression[] = [
  call(">", col("v"), lit(0)), call("=", col("key"), lit("a")), call("is not null", col("v")), call("<", col("ts"), { time: (START + 60_000) * 1000 }),
  call("and", call("<=", col("v"), lit(2)), call("is not null", col("ts"))), call("or", call("is null", col("key")), call("<", col("v"), lit(3))), call("not", call("<=>", col("key"), lit(null))),
];

/** A stream, perhaps filtered; both united in some cases. */
const stream = (delays: Delays): fc.Arbitrary<Query> => fc.oneof(
  { weight: 4, arbitrary: fc.constant(source("l", delays)) },
  { weight: 2, arbitrary: fc.constantFrom(...FILTERS).map((where): Query => ({ kind: "filter", input: source("l", delays), where })) },
  { weight: 1, arbitrary: fc.constantFrom(...FILTERS).map((where): Query => ({ kind: "union", inputs: [source("l", delays), { kind: "filter", input: source("r", delays), where }] })) },
);

const window: fc.Arbitrary<Expression> = fc.oneof(
  fc.record({ size: seconds(5, 10, 20), start: seconds(0, 0, 3, -4) }).map(({ size, start }) => windowOf(col("ts"), size, size, start)),
  fc.constantFrom([10, 5, 0], [10, 3, 0], [20, 10, 7], [7, 2, -1]).map(([size, slide, start]) => windowOf(col("ts"), size! * SECOND, slide! * SECOND, start! * SECOND)),
);
const otherKeys = fc.constantFrom<Readonly<Record<string, Expression>>>({}, {}, { key: col("key") }, { k: call("*", col("v"), lit(0)), key: col("key") });

const windowed = (delays: Delays): fc.Arbitrary<Shape> => fc.tuple(stream(delays), fc.oneof(window, fc.constant(col("ts"))), otherKeys, values)
  .map(([input, time, keys, all]): Shape => ({ query: { kind: "aggregate", input, keys: { w: time, ...keys }, values: all }, modes: delays.l === undefined ? ["update", "complete"] : ["append", "append", "update", "complete"] }));

const keyed = (delays: Delays): fc.Arbitrary<Shape> => fc.tuple(stream(delays), otherKeys, values)
  .map(([input, keys, all]): Shape => ({ query: { kind: "aggregate", input, keys, values: all }, modes: ["update", "complete"] }));

const sessions = (delays: Delays, input: fc.Arbitrary<Query>): fc.Arbitrary<Query> => fc.tuple(input, seconds(2, 5, 12), values)
  .map(([input, gap, all]): Query => ({ kind: "sessions", input, as: "sw", time: "ts", gap, keys: { key: col("key") }, values: all }));

const dedup = (delays: Delays): fc.Arbitrary<Query> => fc.tuple(stream(delays), fc.constantFrom(["key"], ["key", "ts"], ["v"], undefined), fc.boolean())
  .map(([input, columns, within]): Query => ({ kind: "dedup", input, within: within && delays.l !== undefined, ...(columns && { columns }) }));

const range: fc.Arbitrary<JoinRange> = fc.record({ from: seconds(-10, -3, 0, 2), length: seconds(0, 4, 10), fromOpen: fc.boolean(), toOpen: fc.boolean() })
  .map(({ from, length, fromOpen, toOpen }): JoinRange => ({ left: "ts", right: "ts", from, to: from + length, fromOpen, toOpen }));
const SIX = { lts: "l.ts", lk: "l.key", lv: "l.v", rts: "r.ts", rk: "r.key", rv: "r.v" };

const join = (delays: Delays): fc.Arbitrary<Shape> => {
  const bounded = delays.l !== undefined && delays.r !== undefined;
  const kinds: readonly JoinKind[] = bounded ? ["inner", "left", "right", "full", "semi"] : ["inner"];
  return fc.record({
    how: fc.constantFrom(...kinds), form: fc.constantFrom("range", "range", "time", "window", ...(bounded ? [] : ["key"] as const)), range,
    condition: fc.option(fc.constant(call("<", col("l.v"), col("r.v"))), { nil: undefined, freq: 4 }), one: fc.constantFrom("none", "none", "onLeft", "onRight"), oneSided: fc.constantFrom(call(">", col("v"), lit(1)), call("<", col("v"), lit(2))),
  }).map(({ how, form, range, condition, one, oneSided }): Shape => {
    const side = (name: "l" | "r"): Query => form === "window" ? { kind: "project", input: source(name, delays), columns: { w: windowOf(col("ts"), 10 * SECOND), key: col("key"), v: col("v") } } : source(name, delays);
    const all = form === "window" ? { lw: "l.w", lk: "l.key", lv: "l.v", rw: "r.w", rk: "r.key", rv: "r.v" } : SIX;
    return {
      query: {
        kind: "join", how, left: side("l"), right: side("r"), equal: form === "window" ? [["w", "w"], ["key", "key"]] : form === "time" ? [["key", "key"], ["ts", "ts"]] : [["key", "key"]],
        ...(form === "range" && { range }), ...(condition && { condition }), ...(one !== "none" && { [one]: oneSided }),
        columns: how === "semi" ? Object.fromEntries(Object.entries(all).filter(([, from]) => from.startsWith("l."))) : all,
      },
      modes: how === "inner" ? ["append", "append", "update"] : ["append"],
    };
  });
};

/** Several operators with state, one behind the other. */
const chain = (delays: Delays): fc.Arbitrary<Query> => {
  const over = (input: fc.Arbitrary<Query>, time: Expression, all: Readonly<Record<string, Aggregate>>) => fc.tuple(input, fc.constantFrom([10, 10], [20, 20], [20, 10], [15, 15])).map(([input, [size, slide]]): Query =>
    ({ kind: "aggregate", input, keys: { w2: windowOf(time, size! * SECOND, slide! * SECOND) }, values: all }));
  const small: fc.Arbitrary<Query> = fc.constantFrom({}, { key: col("key") }).map((keys): Query => ({ kind: "aggregate", input: source("l", delays), keys: { w: windowOf(col("ts"), 5 * SECOND), ...keys }, values: counts }));
  const sum: Readonly<Record<string, Aggregate>> = { rows: { fn: "sum", arg: col("n") }, groups: { fn: "count" } };
  const joined = fc.tuple(range, fc.constantFrom<JoinKind>("inner", "inner", "left")).map(([range, how]): Query => ({ kind: "join", how, left: source("l", delays), right: source("r", delays), equal: [["key", "key"]], range, columns: { ts: "l.ts", key: "l.key", n: "r.v" } }));
  const sides = fc.constantFrom<JoinKind>("inner", "left").map((how): Query => {
    const side = (name: "l" | "r"): Query => ({ kind: "aggregate", input: source(name, delays), keys: { w: windowOf(col("ts"), 10 * SECOND) }, values: counts });
    return { kind: "join", how, left: side("l"), right: side("r"), equal: [["w", "w"]], columns: { w: "l.w", n: "l.n", m: "r.n" } };
  });
  return fc.oneof(
    over(small, col("w"), sum), over(small, { windowTime: col("w") }, sum), over(over(small, col("w"), { n: { fn: "sum", arg: col("n") } }), col("w2"), { n: { fn: "sum", arg: col("n") } }),
    over(sessions(delays, fc.constant(source("l", delays))), { windowTime: col("sw") }, { sessions: { fn: "count" } }),
    over(fc.constantFrom<readonly string[]>(["key", "ts"], ["key"]).map((columns): Query => ({ kind: "dedup", input: source("l", delays), columns })), col("ts"), counts),
    over(joined, col("ts"), sum), sides,
    joined.map((left): Query => ({ kind: "join", how: "inner", left, right: { kind: "filter", input: source("l", delays), where: call(">", col("v"), lit(1)) }, equal: [["key", "key"], ["ts", "ts"]], columns: { ts: "l.ts", key: "l.key", n: "l.n", v: "r.v" } })),
    joined.map((input): Query => ({ kind: "dedup", input, columns: ["key", "ts"] })),
  );
};

const shapes = (delays: Delays): fc.Arbitrary<Shape> => {
  const append = (of: fc.Arbitrary<Query>): fc.Arbitrary<Shape> => of.map(query => ({ query, modes: ["append"] }));
  const unbounded = [windowed(delays), keyed(delays), append(dedup(delays)), join(delays), fc.nat(6).map((rows): Shape => ({ query: { kind: "limit", input: source("l", delays), rows: rows + 1 }, modes: ["append"] }))];
  if (delays.l === undefined || delays.r === undefined) return fc.oneof(...unbounded);
  const session = fc.tuple(sessions(delays, stream(delays))).map(([query]): Shape => ({ query, modes: ["append", "append", "complete"] }));
  return fc.oneof(...unbounded.slice(0, 3), join(delays), join(delays), session, session, append(chain(delays)), append(chain(delays)));
};

/** Rows whose times move on from step to step, with some that come late and some without a time. */
const row = (step: number): fc.Arbitrary<ScenarioRow> => fc.record({
  at: fc.oneof({ weight: 8, arbitrary: fc.integer({ min: -8_000, max: 14_000 }).map(millis => Math.round(millis / 500) * 500_000) }, { weight: 1, arbitrary: fc.integer({ min: -30_000_000, max: 40_000_000 }) }, { weight: 1, arbitrary: fc.constant(undefined) }),
  key: fc.constantFrom("a", "b", "a", null), v: fc.constantFrom(0, 1, 2, 3, 2, null),
}).map(({ at, key, v }) => [at === undefined ? null : timeText((START + 60_000 + step * 7_000) * 1000 + at), key, v]);

function timeText(micros: number): string {
  const millis = Math.floor(micros / 1000);
  return new Date(millis).toISOString().replace("Z", `${String(micros - millis * 1000).padStart(3, "0")}Z`);
}

const step = (i: number): fc.Arbitrary<readonly ScenarioStep[]> => fc.tuple(
  fc.option(fc.array(row(i), { maxLength: 5 }), { nil: undefined, freq: 6 }), fc.option(fc.array(row(i), { maxLength: 5 }), { nil: undefined, freq: 3 }), fc.boolean(),
).map(([l, r, restart]) => [
  { add: { ...(l && { l }), ...(r && { r }) } }, { process: true }, ...(restart && i % 3 === 1 ? [{ restart: true }] : []),
]);

export const randomScenario: fc.Arbitrary<RandomScenario> = fc.constantFrom<Delays>(
  { l: 0, r: 0 }, { l: 5 * SECOND, r: 5 * SECOND }, { l: 5 * SECOND, r: 10 * SECOND }, { l: 2 * SECOND, r: 5 * SECOND }, { l: undefined, r: undefined },
).chain(delays => fc.record({
  shape: shapes(delays), mode: fc.nat(11), steps: fc.tuple(...Array.from({ length: 7 }, (_, i) => step(i))).chain(all => fc.nat(6).map(cut => all.slice(0, cut + 1).flat())),
  policy: fc.constantFrom("min", "min", "max"), noData: fc.constantFrom("true", "true", "false"), killAfterSteps: fc.nat(7).map(n => n === 7),
  crash: fc.option(fc.constantFrom<CrashPoint>("compute", "append", "sync", "check", "commit", "acknowledge"), { nil: undefined, freq: 1 }), batchRows: fc.constantFrom(undefined, 1, 2),
}).map(({ shape: { query, modes }, mode, steps, policy, noData, killAfterSteps, crash, batchRows }): RandomScenario => {
  const names = (["l", "r"] as const).filter(name => reads(query, name));
  const sources = Object.fromEntries(names.map(name => [name, { schema: SCHEMA, ...(delays[name] !== undefined && { watermark: { column: "ts", delay: `${delays[name] / SECOND} seconds` } }) }]));
  const only = steps.map(one => (one.add === undefined ? one : { add: Object.fromEntries(Object.entries(one.add).filter(([name]) => names.includes(name as "l"))) }));
  const crashAt = !killAfterSteps && (names.length === 1 || policy === "max" || delays.l === undefined) ? crash : undefined;
  return {
    query, killAfterSteps, crashAt, batchRows,
    scenario: {
      name: "random", sources, ...toSql(query), outputMode: modes[mode % modes.length]!, steps: only,
      conf: { "spark.sql.streaming.multipleWatermarkPolicy": policy, "spark.sql.streaming.noDataMicroBatches.enabled": noData },
    },
  };
}));
