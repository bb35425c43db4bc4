/**
 * Aggregates in a subquery of HAVING whose columns are those of the query around it: they are aggregates of that query, computed there
 * with its other ones, and the subquery sees their values (Spark's ResolveAggregateFunctions and UpdateOuterReferences).
 */
import type { AggregateCall, Attribute } from "../plan/resolved.ts";
import { attributesIn } from "../plan/walk-relations.ts";
import type { NameLookup, OuterScope } from "./name-lookup.ts";
import type { Scope } from "./scope.ts";

/** What HAVING offers to its subqueries. */
export interface OuterGroups {
  /** The rows below the groups. */
  readonly rows: Scope;
  /** Computes an aggregate with the groups: its column. */
  lift(call: AggregateCall): Attribute;
}

const holds = ({ visible, hidden }: Scope, id: number): boolean => visible.some(a => a.id === id) || hidden.some(a => a.id === id);

/** An aggregate of the subquery as it is, or the column in which the query around computes it. */
export function liftedAggregate(names: NameLookup, own: Scope, outer: OuterScope | undefined, resolve: () => AggregateCall): AggregateCall | Attribute {
  if (outer?.groups === undefined) return resolve();
  const { groups, used, places } = outer, before = new Set(used.keys()), mark = places?.mark;
  const call = resolve(), columns = [...attributesIn([call])];
  // Those of both queries were refused.
  if (columns.length === 0 || !columns.every(id => holds(groups.rows, id) && !holds(own, id))) return call;
  for (const id of used.keys()) if (!before.has(id)) used.delete(id);
  if (mark !== undefined) places!.backTo(mark);
  const column = groups.lift(call);
  // Groups of the subquery's own may not use it, as they may not use an aggregate over columns from around.
  names.insideAggregate(() => names.noteOuter(column, call.origin));
  return column;
}
