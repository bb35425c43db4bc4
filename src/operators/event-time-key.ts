/** Which grouping key carries the event time, so that state can be closed by the watermark. */
import type { NamedExpression } from "../plan/resolved.ts";

/** `field` 1: the end of a window; undefined: the column itself. */
export interface EventTimeKey { readonly key: number; readonly field: number | undefined }

/** The first key with a watermark, as Spark takes it: a window over event time, or the event time itself. */
export function eventTimeKeyOf(keys: readonly NamedExpression[]): EventTimeKey | undefined {
  const key = keys.findIndex(({ expression, attribute }) =>
    (expression.kind === "time_window" || expression.kind === "attribute" ? expression.watermarkDelayMicros : attribute.watermarkDelayMicros) !== undefined);
  if (key < 0) return undefined;
  return { key, field: keys[key]!.attribute.type.kind === "struct" ? 1 : undefined };
}
