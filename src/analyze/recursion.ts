/** WITH RECURSIVE: refused where a definition really uses itself. */
import { unsupported } from "../base/errors.ts";
import type { WithCte } from "../plan/relations.ts";
import type { CteDefinition, Env } from "./analyzer.ts";
import { fail } from "./errors.ts";
import type { Analysed } from "./scope.ts";

export function recursiveCte(definition: WithCte["definitions"][number], env: Env): CteDefinition {
  const key = definition.name.toLowerCase();
  const itself: CteDefinition = {
    plan: definition.plan, columnNames: definition.columnNames, env: () => env,
    analysed: (): Analysed => {
      if (definition.plan.kind === "set_operation" && definition.plan.operation === "union" && !definition.plan.isAll) {
        throw fail("UNION_NOT_SUPPORTED_IN_RECURSIVE_CTE", "42836", "The UNION operator is not yet supported within recursive common table expressions (WITH clauses that refer to themselves, directly or indirectly). Please use UNION ALL instead.", {}, definition.plan.origin);
      }
      if (definition.plan.kind !== "set_operation") throw fail("INVALID_RECURSIVE_CTE", "42836", "Invalid recursive definition found. Recursive queries must contain a UNION or a UNION ALL statement with 2 children. The first child needs to be the anchor term without any recursive references.", {}, definition.plan.origin);
      throw unsupported("WITH RECURSIVE", "there is no recursion; range() and sequence() make rows");
    },
  };
  const own: Env = { ...env, windows: undefined, ctes: new Map([...env.ctes, [key, itself]]) };
  return { plan: definition.plan, columnNames: definition.columnNames, env: () => own };
}
