/** DISTINCT and dropDuplicates. */
import { Deduplicate } from "../operators/deduplicate.ts";
import { eventTimeKeyOf } from "../operators/event-time-key.ts";
import type { Operator } from "../operators/operator.ts";
import { StreamingDeduplicate } from "../operators/streaming-deduplicate.ts";
import { placeIn, schemaOf, type ResolvedDeduplicate } from "../plan/resolved.ts";
import { contextBehind } from "./lower-stream-join.ts";
import type { Lowering } from "./lowering.ts";

export function lowerDeduplicate(lowering: Lowering, relation: ResolvedDeduplicate, next: Operator, depth: number): void {
  lowering.say(depth, `Deduplicate [${relation.keys.map(key => key.name).join(", ")}]`);
  const input = relation.input.output, keys = relation.keys.map(key => placeIn(input, key));
  if (lowering.mode.kind === "batch" || !relation.isStreaming) return lowering.lower(relation.input, new Deduplicate(schemaOf(relation), keys, lowering.context, next), depth + 1);
  const reserve = lowering.reserve(), lateColumn = input.findIndex(a => a.watermarkDelayMicros !== undefined);
  const operator = new StreamingDeduplicate({ schema: schemaOf(relation), keys, operatorId: reserve.id, outputMode: lowering.mode.outputMode,
    eventTime: eventTimeKeyOf(relation.keys.map(attribute => ({ expression: attribute, attribute }))), lateColumn, withinMicros: relation.withinWatermark ? input[lateColumn]?.watermarkDelayMicros : undefined }, contextBehind(lowering, relation.input), next);
  lowering.lower(relation.input, lowering.metered(operator, next, "deduplicate", "Drop duplicates", `by ${relation.keys.map(key => key.name).join(", ")}`), depth + 1);
  reserve.add(operator);
}
