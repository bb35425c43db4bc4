/** Catches a changed program that goes on with state it misreads, or is refused state that it could have read. */
import assert from "node:assert/strict";
import test from "node:test";
import { bigint, double, int, listState, mapState, schema, string, struct, valueState, type StateContext, type StateSpec } from "millrace";
import { testSession } from "millrace/testing";
import { frameNode } from "../../src/api/frame.ts";
import type { TestEngine } from "../../src/testing/hooks.ts";
import { rowReader, rowToCells } from "../../src/types/edge-values.ts";
import { structTypeOf } from "../../src/api/schema.ts";

const Event = schema({ key: string().notNull(), v: int().notNull() }), Told = schema({ key: string().notNull(), told: string().notNull() });
type Handler = (state: never, v: number) => string;

/** A stream whose program can be another after each restart. */
function world() {
  const mill = testSession(), engine = frameNode(mill.range(1), "test").session.engine as TestEngine, { source, add } = engine.scriptedSource(structTypeOf(Event));
  const plan = (state: StateSpec, handle: Handler, timeMode: "None" | "ProcessingTime" = "None") => {
    const stream = frameNode(mill.readStream.schema(Event).json("unused"), "test"), relation = { kind: "read_data_source" as const, format: "memory", schema: structTypeOf(Event), options: {}, paths: [], isStreaming: true, source };
    const frame = new (stream.constructor as new (...args: unknown[]) => typeof stream)(stream.session, relation, [{ columns: structTypeOf(Event).fields, planId: undefined }]);
    return frameNode((frame.groupBy("key") as unknown as { transformWithState(p: object): unknown }).transformWithState({
      state, timeMode, output: Told,
      *handleInputRows({ key }: { key: string }, rows: Iterable<{ v: number }>, context: StateContext<StateSpec>) { for (const { v } of rows) yield { key, told: handle(context.state as never, v) }; },
    }), "test").relation;
  };
  return { mill, engine, plan, add: (key: string, v: number) => add([rowToCells({ key, v }, structTypeOf(Event))]) };
}

test("a program goes on with wider types, new fields and new variables", async () => {
  const { mill, engine, plan, add } = world();
  await using _ = mill;
  const run = await engine.script({
    plan: plan({ s: valueState(struct({ n: int() })), l: listState(int()), m: mapState(string(), int()) }, (state: { s: { get(): { n: number } | null; update(s: object): void }; l: { append(v: number): void }; m: { set(k: string, v: number): void } }, v) => {
      state.s.update({ n: (state.s.get()?.n ?? 0) + v });
      state.l.append(v);
      state.m.set(`k${v}`, v);
      return String(state.s.get()!.n);
    }),
    target: { kind: "format", format: "memory" }, outputMode: "update", trigger: undefined, queryName: null, partitionBy: [], checkpointLocation: undefined, options: {}, signal: undefined,
  });
  const told = async () => (await run.process()).map(rowReader(structTypeOf(Told))).map(row => row["told"]);
  add("a", 1);
  add("b", 5);
  assert.deepEqual(await told(), ["1", "5"]);
  const wider = { m: mapState(string(), double()), extra: valueState(bigint()), l: listState(bigint()), s: valueState(struct({ last: string(), n: bigint() })) };
  const handle = (state: { s: { get(): { n: bigint; last: string | null } | null; update(s: object): void }; l: { get(): Iterable<bigint>; append(v: bigint): void }; m: { entries(): Iterable<[string, number]> }; extra: { get(): bigint | null; update(v: bigint): void } }, v: number) => {
    const before = state.s.get();
    state.s.update({ n: (before?.n ?? 0n) + BigInt(v), last: `v${v}` });
    state.extra.update((state.extra.get() ?? 0n) + 1n);
    state.l.append(BigInt(v) + 2n ** 40n);
    return `${state.s.get()!.n} after ${before?.last} ${[...state.l.get()]} ${[...state.m.entries()]} ${state.extra.get()}`;
  };
  await run.restart({ plan: plan(wider, handle) });
  add("a", 2);
  assert.deepEqual(await told(), ["3 after null 1,1099511627778 k1,1 1"]);
  await run.crash();
  await run.restart({ plan: plan(wider, handle) });
  add("a", 3);
  add("b", 1);
  assert.deepEqual(await told(), ["6 after v2 1,1099511627778,1099511627779 k1,1 2", "6 after null 5,1099511627777 k5,5 1"]);
  // The state is of the new schema now: back is narrower.
  const { extra: _extra, ...without } = wider;
  await assert.rejects(run.restart({ plan: plan(without, () => "") }), /MILLRACE_STATE_SCHEMA_CHANGED.*'extra' is not declared any more.*clear\(\)/s);
  await assert.rejects(run.restart({ plan: plan({ ...wider, l: listState(int()) }, () => "") }), /STATE_STORE_INVALID_VALUE_SCHEMA_EVOLUTION.*l is BIGINT and INT now/s);
  await assert.rejects(run.restart({ plan: plan({ ...wider, extra: listState(bigint()) }, () => "") }), /STATE_STORE_INVALID_VARIABLE_TYPE_CHANGE/);
  await assert.rejects(run.restart({ plan: plan(wider, () => "", "ProcessingTime") }), /STATE_STORE_INVALID_CONFIG_AFTER_RESTART.*set timeMode to None/s);
  await run.restart({ plan: plan(wider, handle) });
  add("b", 0);
  assert.match(String((await told())[0]), /^6 after v1/);
});
