/** WINDOW definitions, and QUALIFY: a filter over the select list's window functions. */
import type { Qualify, WithWindows } from "../plan/relations.ts";
import type { Expression } from "../plan/expressions.ts";
import { BOOLEAN } from "../types/data-type.ts";
import type { Attribute } from "../plan/resolved.ts";
import type { Analyzer, Env } from "./analyzer.ts";
import { filterBy } from "./build.ts";
import { fail } from "./errors.ts";
import type { Analysed } from "./scope.ts";
import { rewriteUnresolved, someUnresolved } from "./unresolved.ts";

export function withWindows(analyzer: Analyzer, relation: WithWindows, env: Env): Analysed {
  return analyzer.relation(relation.input, { ...env, windows: relation.pipe === true ? relation.windows : { ...env.windows, ...relation.windows } });
}

/** The name of the condition while it is a column of the select list. */
export const CONDITION = "__qualify";

/** The condition is computed as one more column of the select list, filtered by, and dropped. */
export function qualify(analyzer: Analyzer, relation: Qualify, env: Env): Analysed {
  const { input, origin } = relation;
  if (input.kind !== "project" && input.kind !== "aggregate") throw fail("MISSING_GROUP_BY", "42803", "QUALIFY must follow a select list.", {}, origin);
  const items = input.kind === "project" ? input.expressions : input.aggregates;
  if (!someUnresolved(relation.condition, e => e.kind === "window") && !items.some(item => someUnresolved(item, e => e.kind === "window"))) {
    throw fail("QUALIFY_REQUIRES_WINDOW_FUNCTION", "42903", "QUALIFY needs a window function in the select list or in its condition.", {}, origin, "use WHERE or HAVING");
  }
  // An alias of a window function can't be used beside it, so the condition takes the function itself.
  const condition = rewriteUnresolved(relation.condition, (e): Expression => {
    if (e.kind !== "unresolved_attribute" || e.nameParts.length !== 1) return e;
    const item = items.find(i => i.kind === "alias" && analyzer.same(i.names[0]!, e.nameParts[0]!));
    return item?.kind === "alias" ? item.child : e;
  });
  const withColumn = (child: Expression): Analysed => {
    const column: Expression = { kind: "alias", child, names: [CONDITION], origin };
    return analyzer.relation(input.kind === "project" ? { ...input, expressions: [...input.expressions, column] } : { ...input, aggregates: [...input.aggregates, column] }, env);
  };
  let result = withColumn(condition);
  if (result.visible.at(-1)!.type.kind !== "boolean") result = withColumn({ kind: "cast", child: condition, to: BOOLEAN, evalMode: "default", origin: condition.origin });
  const marker = result.visible.at(-1)!;
  const visible = result.visible.slice(0, -1);
  return { plan: filterBy(result.plan, marker, origin), visible, hidden: [], frames: result.frames, ...(result.below !== undefined && { below: keepFilter(result.below, marker) }) };
}

function keepFilter(below: NonNullable<Analysed["below"]>, marker: Attribute): NonNullable<Analysed["below"]> {
  return {
    ...below,
    lift: expressions => {
      const lifted = below.lift(expressions), { analysed } = lifted;
      return { expressions: lifted.expressions, analysed: { ...analysed, plan: filterBy(analysed.plan, marker), visible: analysed.visible.filter(a => a.id !== marker.id) } };
    },
  };
}

