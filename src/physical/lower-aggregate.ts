/** Aggregations: grouped by windows of time, by sessions, over a stream or over bounded input. */
import { compileExpression } from "../eval/compile.ts";
import { eventTimeKeyOf } from "../operators/event-time-key.ts";
import { HashAggregate } from "../operators/hash-aggregate.ts";
import type { Operator } from "../operators/operator.ts";
import { StreamingAggregate } from "../operators/streaming-aggregate.ts";
import { schemaOf, type Attribute, type ResolvedAggregate, type ResolvedExpression } from "../plan/resolved.ts";
import { aggregateSpecs } from "./aggregate-specs.ts";
import { lowerSessions, lowerStreamingSessions, sessionIn } from "./lower-sessions.ts";
import { lowerSliced, slicedKey } from "./lower-slices.ts";
import { contextBehind } from "./lower-stream-join.ts";
import { lowerTimeWindow, timeWindowIn } from "./lower-time-window.ts";
import type { Lowering } from "./lowering.ts";
import type { WantedKey } from "./narrowing.ts";
import { NO_WATERMARK, refusing } from "./refusing.ts";

/** `wanted`: among the input's columns, keys that joins further up have partners for. */
export function lowerAggregate(lowering: Lowering, relation: ResolvedAggregate, next: Operator, depth: number, wanted: readonly WantedKey[] = []): void {
  const keys = relation.keys.map(key => key.expression), streaming = lowering.mode.kind === "stream" && relation.isStreaming;
  const session = sessionIn(keys);
  if (streaming && session !== undefined) return lowerStreamingSessions(lowering, relation, session, next, depth);
  const window = session === undefined ? timeWindowIn(keys) : undefined;
  const sliced = window === undefined ? -1 : slicedKey(relation, window);
  if (sliced >= 0) {
    lowering.windows.push(lowerSliced(lowering, relation, window!, sliced, lowering.mode.kind === "stream" && streaming ? lowering.mode.outputMode : undefined, next, depth));
    return;
  }
  lowering.say(depth, `${streaming ? "StreamingAggregate" : "HashAggregate"} [${relation.keys.map(key => key.attribute.name).join(", ")}] [${relation.aggregates.map(a => a.attribute.name).join(", ")}]`);
  const reserve = streaming ? lowering.reserve() : undefined;
  const build = (input: readonly Attribute[], replace: (e: ResolvedExpression) => ResolvedExpression): Operator => {
    const parts = {
      schema: schemaOf(relation),
      keys: relation.keys.map(key => compileExpression(replace(key.expression), input)),
      aggregates: aggregateSpecs(relation, input, replace),
    };
    if (lowering.mode.kind === "batch" || reserve === undefined) return new HashAggregate(parts, lowering.context, next);
    return new StreamingAggregate({ ...parts, operatorId: reserve.id, outputMode: lowering.mode.outputMode, eventTime: eventTimeKeyOf(relation.keys) }, contextBehind(lowering, relation.input), next);
  };
  // What groups by itself (GROUP BY) is refused before the start; EXCEPT and the like only become a grouping later.
  const neverEnds = lowering.mode.kind === "stream" && streaming && lowering.mode.outputMode === "append" && !relation.keys.some(key => key.attribute.watermarkDelayMicros !== undefined);
  const track = (operator: Operator) => {
    if (reserve !== undefined) built = operator as StreamingAggregate;
    return lowering.metered(neverEnds ? refusing(operator, NO_WATERMARK) : operator, next, "aggregate", "Aggregate", relation.keys.length === 0 ? "all rows" : `by ${relation.keys.map(key => key.attribute.name).join(", ")}`);
  };
  let built: StreamingAggregate | undefined;
  if (window !== undefined) lowerTimeWindow(lowering, relation.input, window, depth + 1, (input, replace) => track(build(input, replace)));
  else if (session !== undefined) lowerSessions(lowering, relation.input, session, keys, depth + 1, (input, replace) => track(build(input, replace)));
  else lowering.lower(relation.input, track(build(relation.input.output, e => e)), depth + 1, wanted);
  if (reserve !== undefined && built !== undefined) reserve.add(built);
}
