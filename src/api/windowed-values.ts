/** Functions over values whose state lives on from batch to batch: they become columns of declared types, and the plan's own windows and programs. */
import { durationMicros } from "../types/duration.ts";
import { badArgument } from "./api-errors.ts";
import { nodeOf } from "./column-node.ts";
import type { Expr } from "./column.ts";
import type { DatasetNode, KeyedWindowsBy, StateTypes, WindowedBy } from "./dataset.ts";
import { rowsOf } from "./dataset.ts";
import { GroupNode, keyOf, type GroupingKey } from "./grouped-data.ts";
import type { FrameNode } from "./frame.ts";
import { count } from "./functions/aggregates.ts";
import { col, window } from "./functions/general.ts";
import { mapValues } from "../operators/values/narrow.ts";
import { schema, structTypeOf, timestamp, type DataType, type Fields, type Schema } from "./schema.ts";
import { valueState } from "./state-types.ts";
import { udaf } from "./user-functions.ts";

type Call = (...values: never[]) => unknown;
const rowsTo = (frame: FrameNode, operator: string, f: (row: never) => unknown): DatasetNode => rowsOf(frame, mapValues(operator, f as Call));

function timed(values: DatasetNode, by: WindowedBy<unknown>, operator: string, fields: Fields, row: (value: unknown) => object): FrameNode {
  if (typeof by?.at !== "function" || typeof by.window !== "string") throw badArgument(`${operator}() needs to know when a value was, and how long a window is.`, `${operator}({ at: value => value.ts, window: "1 minute", ... })`);
  durationMicros(by.delay ?? "0 seconds");
  const type = structTypeOf(schema({ at: timestamp().notNull(), ...fields }) as Schema<unknown>);
  return values.map(((value: unknown) => ({ at: by.at(value), ...row(value) })) as Call).rows(type).withWatermark("at", by.delay ?? "0 seconds");
}

const windowOf = ({ window: size, slide }: WindowedBy<unknown>): Expr<unknown> => slide === undefined ? window(col("at", timestamp()), size) : window(col("at", timestamp()), size, slide);

export function countedWindows(values: DatasetNode, by: WindowedBy<unknown>): DatasetNode {
  const grouped = new GroupNode(timed(values, by, "countByWindow", {}, () => ({})), [keyFrom(windowOf(by), "window")]);
  return rowsTo(grouped.agg(() => ({ count: count() })) as FrameNode, "countByWindow", (row: { window: unknown; count: bigint }) => row);
}

export function reducedWindows(values: DatasetNode, by: KeyedWindowsBy<unknown, DataType<unknown>, DataType<unknown>>, f: Call): DatasetNode {
  if (typeof by?.key !== "function" || typeof by.value !== "function" || by.keyType === undefined || by.valueType === undefined) throw badArgument("reduceByKeyAndWindow() needs key, value, keyType and valueType.", "{ at: v => v.ts, window: \"1 minute\", key: v => v.user, keyType: string(), value: v => v.n, valueType: bigint() }");
  const frame = timed(values, by, "reduceByKeyAndWindow", { key: by.keyType, value: by.valueType }, value => ({ key: by.key(value), value: by.value(value) }));
  const combine = f as (a: unknown, b: unknown) => unknown, join = (a: unknown, b: unknown): unknown => a === null ? b : b === null ? a : combine(a, b);
  const reduced = udaf<readonly [DataType<unknown>], DataType<unknown>, DataType<unknown>>({
    name: f.name === "" ? "reduce" : f.name, args: [by.valueType], state: by.valueType, returns: by.valueType, zero: () => null as never, reduce: join as never, merge: join as never, finish: state => state,
  });
  const grouped = new GroupNode(frame, [keyFrom(windowOf(by), "window"), keyFrom(col("key", by.keyType) as Expr<unknown>, "key")]);
  return rowsTo(grouped.agg(() => ({ value: reduced(col("value", by.valueType) as Expr<unknown>) })) as FrameNode, "reduceByKeyAndWindow", (row: object) => row);
}

export function stateByKey(values: DatasetNode, types: StateTypes<DataType<unknown>, DataType<unknown>, DataType<unknown>>, f: Call): DatasetNode {
  if (types?.keyType === undefined || types.valueType === undefined || types.stateType === undefined) throw badArgument("updateStateByKey() needs the types of key, value and state.", "updateStateByKey({ keyType: string(), valueType: bigint(), stateType: bigint() }, (values, state) => ...)");
  const { keyType, valueType, stateType, name } = types, update = f as (values: readonly unknown[], state: unknown) => unknown;
  const pairs = values.map((([key, value]: readonly [unknown, unknown]) => ({ key, value })) as Call).rows(structTypeOf(schema({ key: keyType, value: valueType }) as Schema<unknown>));
  const grouped = new GroupNode(pairs, [keyFrom(col("key", keyType) as Expr<unknown>, "key")]);
  const output = schema({ key: keyType, state: stateType.notNull() }) as Schema<unknown>;
  const frame = grouped.transformWithState({
    ...(name !== undefined && { name }), output, state: { state: valueState(stateType) },
    *handleInputRows({ key }: { key: unknown }, rows: Iterable<{ value: unknown }>, { state }: { state: { state: { get(): unknown; update(value: unknown): void; clear(): void } } }) {
      const next = update(Array.from(rows, row => row.value), state.state.get());
      if (next === null || next === undefined) return state.state.clear();
      state.state.update(next);
      yield { key, state: next };
    },
  });
  return rowsTo(frame as FrameNode, "updateStateByKey", (row: { key: unknown; state: unknown }) => [row.key, row.state]);
}

const keyFrom = (expression: Expr<unknown>, name: string): GroupingKey => { const { expression: by, type } = nodeOf(expression)!; return keyOf({ name, expression: by, type }); };
