/** The operators behind `|>`: each takes the relation in front of it as its input. */
import type { Alias, Expression, UnresolvedStar } from "../plan/expressions.ts";
import type { Project, Relation } from "../plan/relations.ts";
import type { SqlCursor } from "./cursor.ts";
import { expression, namedExpression } from "./expressions.ts";
import { aggregated, groupBy, type Grouping } from "./grouping.ts";
import { hinted, organized, primaryQuery, selectList, setOperation, setOperator, where, windowClause } from "./query.ts";
import { pivot, unpivot } from "./pivots.ts";
import { join, joinHead } from "./relations.ts";
import { sampled } from "./samples.ts";
import { startsPivot, startsUnpivot } from "./table-alias.ts";

/** Behind `|>`. `first`: where the whole term begins. */
export function pipeOperator(cursor: SqlCursor, first: number, input: Relation): Relation {
  const origin = () => cursor.originFrom(first);
  const at = cursor.position, everything = (): UnresolvedStar => Object.freeze({ kind: "unresolved_star", target: [], origin: cursor.originFrom(at) });
  const project = (expressions: readonly Expression[], pipe: Project["pipe"]): Relation =>
    Object.freeze<Project>({ kind: "project", input, expressions, ...(pipe === undefined ? {} : { pipe }), origin: origin() });
  if (cursor.takeWords("SELECT")) {
    const { hints, isDistinct, expressions } = selectList(cursor);
    let plan = project(expressions, "SELECT");
    if (isDistinct) plan = Object.freeze({ kind: "deduplicate", input: plan, withinWatermark: false, isDistinct: true, origin: origin() });
    const windows = windowClause(cursor);
    if (windows !== undefined) plan = Object.freeze({ kind: "with_windows", windows, input: plan, origin: origin() });
    return hinted(plan, hints);
  }
  if (cursor.takeWords("EXTEND")) {
    const added = cursor.list(() => namedExpression(cursor));
    return project([everything(), ...added], "EXTEND");
  }
  if (cursor.takeWords("SET")) {
    // Each assignment sees the ones before it.
    return cursor.list(() => assignment(cursor)).reduce<Relation>((plan, alias) => Object.freeze({ kind: "with_columns", input: plan, aliases: [alias], pipe: "SET", origin: origin() }), input);
  }
  if (cursor.takeWords("DROP")) {
    const except = cursor.list(() => [cursor.name()]);
    return project([Object.freeze({ ...everything(), except })], undefined);
  }
  if (cursor.takeWords("AS")) return Object.freeze({ kind: "subquery_alias", input, alias: cursor.name(), origin: origin() });
  if (cursor.isWord("WHERE") && cursor.startsClause()) return where(cursor, input);
  if (cursor.takeWords("AGGREGATE")) return aggregate(cursor, first, input);
  if (startsPivot(cursor)) return pivot(cursor, first, input);
  if (startsUnpivot(cursor)) return unpivot(cursor, first, input);
  if (cursor.isWord("TABLESAMPLE")) return sampled(cursor, first, input);
  if (cursor.startsSetOperation()) {
    const { operation, isAll } = setOperator(cursor);
    return setOperation(cursor, first, operation, isAll, input, primaryQuery(cursor));
  }
  const head = joinHead(cursor);
  if (head !== undefined) return join(cursor, first, input, head);
  const plan = organized(cursor, input);
  if (plan === input && cursor.position === at) throw cursor.fail();
  return plan;
}

function assignment(cursor: SqlCursor): Alias {
  const first = cursor.position, name = cursor.name();
  if (cursor.isSymbol(".")) {
    throw cursor.error(first, "UNSUPPORTED_FEATURE.OPERATOR_PIPE", "0A000", "The feature is not supported: SQL pipe operator SET with qualified names.");
  }
  cursor.expectSymbol("=");
  const child = expression(cursor);
  return Object.freeze({ kind: "alias", child, names: [name], origin: cursor.originFrom(first) });
}

/** `AGGREGATE sum(x) AS s GROUP BY k`: the keys come first in the result. */
function aggregate(cursor: SqlCursor, first: number, input: Relation): Relation {
  const isGrouped = (): boolean => cursor.areWords("GROUP", "BY");
  const aggregates = isGrouped() ? [] : cursor.list(() => namedExpression(cursor));
  let grouping: Grouping = { groupType: "group_by", grouping: [] };
  if (isGrouped()) {
    cursor.position += 2;
    grouping = groupBy(cursor, true);
  }
  const keys = grouping.grouping, plain = (key: Expression): Expression => key.kind === "alias" ? key.child : key;
  const columns = grouping.groupType === "all" ? [] : keys;
  const sets = grouping.groupingSets?.map(set => set.map(plain));
  const unnamed: Grouping = { groupType: grouping.groupType, grouping: keys.map(plain), ...(sets === undefined ? {} : { groupingSets: sets }) };
  return Object.freeze({ ...aggregated(input, unnamed, [...columns, ...aggregates], undefined, cursor.originFrom(first)), pipe: "AGGREGATE" });
}

