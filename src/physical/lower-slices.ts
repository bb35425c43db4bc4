/** Aggregations over overlapping windows that can be added up from slices. */
import { compileExpression, compilePredicate } from "../eval/compile.ts";
import { AssignSlices } from "../operators/assign-slices.ts";
import { eventTimeKeyOf } from "../operators/event-time-key.ts";
import type { Operator } from "../operators/operator.ts";
import { SlicedAggregate } from "../operators/sliced-aggregate.ts";
import { SlicedBatch } from "../operators/sliced-batch.ts";
import { slicesOf } from "../operators/slices.ts";
import type { OutputMode } from "../plan/output-mode.ts";
import { schemaOf, type Attribute, type ResolvedAggregate, type ResolvedExpression, type TimeWindowCall } from "../plan/resolved.ts";
import { someExpression } from "../plan/walk.ts";
import { MAX_KEY_NULLS, keyNulls } from "../state/key-layout.ts";
import { BIGINT } from "../types/data-type.ts";
import { contextBehind } from "./lower-stream-join.ts";
import type { Lowering } from "./lowering.ts";

/**
 * The key that is a window of slices; -1 where rows must be added to each of their windows: when windows hardly overlap, follow
 * a calendar, are used elsewhere than as one key, or an aggregate needs its rows in order, rounds, or has states as JavaScript values.
 */
export function slicedKey({ keys, aggregates }: ResolvedAggregate, { sizeMicros, slideMicros, timeZone }: TimeWindowCall): number {
  const key = keys.findIndex(({ expression }) => expression.kind === "time_window"), eventTime = eventTimeKeyOf(keys);
  if (sizeMicros < LEAST_OVERLAP * slideMicros || timeZone !== undefined || key < 0 || (eventTime !== undefined && eventTime.key !== key)) return -1;
  const others = keys.filter((_, i) => i !== key), hasWindow = (e: ResolvedExpression): boolean => someExpression(e, one => one.kind === "time_window");
  if (others.some(({ expression }) => hasWindow(expression)) || keyNulls(others.map(({ expression }) => expression.type)) + 1 > MAX_KEY_NULLS) return -1;
  const isMergeable = aggregates.every(({ call: { binding: { implementation }, distinct, args, filter } }) =>
    implementation.kind === "columnar" && implementation.merging === "any order" && !distinct && !args.some(hasWindow) && !(filter !== undefined && hasWindow(filter)));
  return isMergeable ? key : -1;
}

/** Puts the assignment of slices, and an aggregation that makes windows of them, below `next`. `outputMode`: undefined for a bounded input. */
export function lowerSliced(lowering: Lowering, relation: ResolvedAggregate, window: TimeWindowCall, windowKey: number, outputMode: OutputMode | undefined, next: Operator, depth: number): AssignSlices {
  const { context } = lowering, input = relation.input.output, slices = slicesOf(window), reserve = outputMode === undefined ? undefined : lowering.reserve(), keys = relation.keys.filter((_, i) => i !== windowKey);
  const slice: Attribute = { kind: "attribute", id: SLICE_ID, name: "slice", type: BIGINT, nullable: false, qualifier: [] }, size = `${window.sizeMicros / 1e6} s every ${window.slideMicros / 1e6} s`;
  lowering.say(depth, `SlicedAggregate [${relation.keys.map(key => key.attribute.name).join(", ")}] [${relation.aggregates.map(a => a.attribute.name).join(", ")}]`);
  lowering.say(depth + 1, `AssignSlices ${size}`);
  const parts = {
    schema: schemaOf(relation), keys: keys.map(key => compileExpression(key.expression, input)), windowKey, slices,
    aggregates: relation.aggregates.map(({ call }) => ({ call, args: call.args.map(arg => compileExpression(arg, input)), filter: call.filter === undefined ? undefined : compilePredicate(call.filter, input) })),
  };
  const streaming = outputMode === undefined ? undefined
    : new SlicedAggregate({ ...parts, outputMode, isWatermarked: eventTimeKeyOf(relation.keys) !== undefined, operatorId: reserve!.id }, contextBehind(lowering, relation.input), next);
  const aggregate = streaming ?? new SlicedBatch(parts, context, next);
  const metered = lowering.metered(aggregate, next, "aggregate", "Aggregate", `by ${relation.keys.map(key => key.attribute.name).join(", ")}`);
  const assign = new AssignSlices(schemaOf({ output: [...input, slice] }), compileExpression(window.time, input), slices, context, metered);
  lowering.lower(relation.input, lowering.metered(assign, metered, "window", "Assign windows", size), depth + 2);
  if (streaming !== undefined) reserve!.add(streaming);
  return assign;
}

/** Where a row is in fewer windows on average, adding it to each is faster (bench/windows.ts). */
const LEAST_OVERLAP = 1.5;
/** No attribute of an analysed plan has a negative id. */
const SLICE_ID = Number.MIN_SAFE_INTEGER;
