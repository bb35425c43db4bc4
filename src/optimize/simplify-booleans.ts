/** AND, OR, NOT, CASE and coalesce with operands that are known. */
import type { ResolvedExpression } from "../plan/resolved.ts";
import { mapExpression } from "../plan/walk.ts";
import { BOOLEAN } from "../types/data-type.ts";
import { canRaise, isDeterministic } from "./expression-facts.ts";

const literal = (value: boolean): ResolvedExpression => Object.freeze({ kind: "literal", value, type: BOOLEAN, nullable: false });
const is = (e: ResolvedExpression, value: boolean): boolean => e.kind === "literal" && e.value === value;

export function simplifyBooleans(expression: ResolvedExpression): ResolvedExpression {
  return mapExpression(expression, simplify);
}

function simplify(e: ResolvedExpression): ResolvedExpression {
  switch (e.kind) {
    case "and":
      if (is(e.left, true)) return e.right;
      if (is(e.right, true)) return e.left;
      if (is(e.left, false)) return literal(false);
      return is(e.right, false) && mayDrop(e.left) ? literal(false) : e;
    case "or":
      if (is(e.left, false)) return e.right;
      if (is(e.right, false)) return e.left;
      if (is(e.left, true)) return literal(true);
      return is(e.right, true) && mayDrop(e.left) ? literal(true) : e;
    case "scalar_call": {
      const inner = e.args[0];
      if (e.function.name === "not" && inner?.kind === "scalar_call" && inner.function.name === "not") return inner.args[0]!;
      if (e.function.name === "isnotnull" && inner !== undefined && !inner.nullable && mayDrop(inner)) return literal(true);
      if (e.function.name === "isnull" && inner !== undefined && !inner.nullable && mayDrop(inner)) return literal(false);
      return e;
    }
    case "case_when": {
      // A branch that is never taken goes; one that is always taken is the last.
      const branches: (typeof e.branches)[number][] = [];
      for (const branch of e.branches) {
        if (branch.when.kind === "literal" && branch.when.value !== true) continue;
        if (is(branch.when, true)) return branches.length === 0 ? branch.then : Object.freeze({ ...e, branches, otherwise: branch.then });
        branches.push(branch);
      }
      if (branches.length === e.branches.length) return e;
      if (branches.length > 0) return Object.freeze({ ...e, branches });
      return e.otherwise ?? Object.freeze({ kind: "literal", value: null, type: e.type, nullable: true });
    }
    case "coalesce": {
      const args = e.args.filter(arg => !(arg.kind === "literal" && arg.value === null));
      const certain = args.findIndex(arg => !arg.nullable), kept = certain < 0 ? args : args.slice(0, certain + 1);
      if (kept.length === 0) return e.args[0]!;
      if (kept.length === 1) return kept[0]!;
      return kept.length === e.args.length ? e : Object.freeze({ ...e, args: kept });
    }
    default: return e;
  }
}

const mayDrop = (e: ResolvedExpression): boolean => !canRaise(e) && isDeterministic(e);
