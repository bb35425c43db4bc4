/** `a BETWEEN b AND c`: two comparisons; what is drawn by chance is drawn once for both. */
import type { UnresolvedFunction } from "../plan/expressions.ts";
import type { ResolvedExpression } from "../plan/resolved.ts";
import { BOOLEAN, sameTypeIgnoringNullability } from "../types/data-type.ts";
import { internalFunction, scalarCall } from "./build.ts";
import { callByName } from "./calls.ts";
import { isDeterministic, type Resolver } from "./expressions.ts";

const BETWEEN = internalFunction("between", "Whether a value lies between two others, both of them included.");

export function betweenOf(resolver: Resolver, { origin }: UnresolvedFunction, [value, low, high]: readonly ResolvedExpression[]): ResolvedExpression {
  const above = callByName(resolver, ">=", [value!, low!], origin), below = callByName(resolver, "<=", [value!, high!], origin);
  if (!isDeterministic(value!) && above.kind === "scalar_call" && below.kind === "scalar_call" && sameTypeIgnoringNullability(above.args[0]!.type, below.args[0]!.type)) {
    const isAbove = above.binding.row, isBelow = below.binding.row;
    if (isAbove !== undefined && isBelow !== undefined) return scalarCall(BETWEEN, [above.args[0]!, above.args[1]!, below.args[1]!], {
      type: BOOLEAN, nullAware: true, nullable: above.nullable || below.nullable, row: ([a, b, c], context) => {
        const over = a === null || b === null ? null : isAbove([a!, b!], context), under = a === null || c === null ? null : isBelow([a!, c!], context);
        return over === false || under === false ? false : over === null || under === null ? null : true;
      },
    }, resolver.settings, origin);
  }
  return Object.freeze({ kind: "and", left: above, right: below, type: BOOLEAN, nullable: above.nullable || below.nullable, origin });
}
