/** `grouping(key)`: one bit of a grouping set's number. */
import type { Origin } from "../plan/expressions.ts";
import type { Attribute, ResolvedExpression } from "../plan/resolved.ts";
import { INT, TINYINT } from "../types/data-type.ts";
import { internalFunction, literalOf, scalarCall } from "./build.ts";

const GROUPING_BIT = internalFunction("grouping", "1 where the group has no value of the column because its set leaves it out.");

export function bitOf(id: Attribute, bit: number, origin: Origin | undefined): ResolvedExpression {
  return scalarCall(GROUPING_BIT, [id, literalOf(bit, INT)], { type: TINYINT, row: ([bits, at]) => Number((bits as bigint) >> BigInt(at as number) & 1n) }, { timeZone: "UTC", ansi: true, conf: new Map() }, origin);
}
