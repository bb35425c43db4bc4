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
    let plan = cursor.startsClause() && cursor.takeWords("GROUP", "BY") ? aggregated(input, groupBy(cursor), expressions, undefined, origin()) : project(expressions, "SELECT");
    if (isDistinct) plan = Object.freeze({ kind: "deduplicate", input: plan, withinWatermark: false, isDistinct: true, origin: origin() });
    const windows = windowClause(cursor);
    if (windows !== undefined) plan = Object.freeze({ kind: "with_windows", windows, input: plan, pipe: true, origin: origin() });
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
    const except = cursor.list(() => cursor.names());
    return project([Object.freeze({ ...everything(), except })], "DROP");
  }
  if (cursor.takeWords("AS")) return Object.freeze({ kind: "subquery_alias", input, alias: cursor.name(), origin: origin() });
  if (cursor.isWord("WHERE") && cursor.startsClause()) {
    const filtered = where(cursor, input, true);
    if (cursor.isWord("WINDOW") && cursor.startsOrganization()) throw cursor.error(cursor.position, "NOT_ALLOWED_IN_PIPE_OPERATOR_WHERE.WINDOW_CLAUSE", "42601", "Not allowed in the pipe WHERE clause: WINDOW clause.");
    return filtered;
  }
  if (cursor.takeWords("AGGREGATE")) return aggregate(cursor, first, input);
  if (startsPivot(cursor) || startsUnpivot(cursor)) {
    const at = cursor.position, isPivot = startsPivot(cursor), plan = isPivot ? pivot(cursor, first, input) : unpivot(cursor, first, input);
    if (isPivot ? startsUnpivot(cursor) : startsPivot(cursor)) throw cursor.error(at, "NOT_ALLOWED_IN_FROM.UNPIVOT_WITH_PIVOT", "42601", "Not allowed in the FROM clause: UNPIVOT clause together with PIVOT. Consider adding parentheses.");
    return plan;
  }
  if (cursor.isWord("TABLESAMPLE")) return sampled(cursor, first, input);
  if (cursor.startsSetOperation()) {
    const { operation, isAll } = setOperator(cursor);
    return setOperation(cursor, first, operation, isAll, input, primaryQuery(cursor));
  }
  const head = joinHead(cursor);
  if (head !== undefined) return join(cursor, first, input, head);
  const plan = organized(cursor, input, true);
  if (plan === input && cursor.position === at) throw cursor.fail();
  const clauses = clausesOf(plan, input), sorting = clauses.find(clause => clause !== "LIMIT" && clause !== "OFFSET"), cutting = clauses.find(clause => clause === "LIMIT" || clause === "OFFSET");
  if (sorting !== undefined && cutting !== undefined) {
    throw cursor.error(at, "MULTIPLE_QUERY_RESULT_CLAUSES_WITH_PIPE_OPERATORS", "42000", `${sorting} and ${cutting} cannot coexist in the same SQL pipe operator using '|>'. Please separate the multiple result clauses into separate pipe operators and then retry the query again.`, { clause1: sorting, clause2: cutting });
  }
  return plan;
}

/** The clauses that were put on a relation, the last first. */
function clausesOf(plan: Relation, input: Relation): readonly string[] {
  const clauses: string[] = [];
  for (let at = plan; at !== input;) {
    switch (at.kind) {
      case "sort": clauses.push(at.isGlobal ? "ORDER BY" : "SORT BY"); break;
      case "repartition": clauses.push("DISTRIBUTE BY"); break;
      case "limit": clauses.push("LIMIT"); break;
      case "offset": clauses.push("OFFSET"); break;
      case "with_windows": break;
      default: return clauses;
    }
    at = at.input;
  }
  return clauses;
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
  const isGrouped = (): boolean => cursor.areWords("GROUP", "BY") && cursor.startsExpression(2);
  const aggregates = isGrouped() ? [] : cursor.list(() => namedExpression(cursor));
  let grouping: Grouping = { groupType: "group_by", grouping: [] };
  if (isGrouped()) {
    cursor.position += 2;
    grouping = groupBy(cursor, true);
  }
  if (grouping.groupType !== "group_by") {
    const what = grouping.groupType === "all" ? "GROUP BY ALL" : grouping.groupType === "grouping_sets" ? "GROUPING SETS" : grouping.groupType.toUpperCase();
    throw unsupportedAggregate(cursor, first, what);
  }
  const keys = grouping.grouping, plain = (key: Expression): Expression => key.kind === "alias" ? key.child : key;
  return Object.freeze({ ...aggregated(input, { groupType: "group_by", grouping: keys.map(plain) }, [...keys, ...aggregates], undefined, cursor.originFrom(first)), pipe: "AGGREGATE" });
}

const unsupportedAggregate = (cursor: SqlCursor, first: number, what: string): Error =>
  cursor.error(first, "UNSUPPORTED_FEATURE.PIPE_OPERATOR_AGGREGATE_UNSUPPORTED_CASE", "0A000", `The feature is not supported: The SQL pipe operator syntax with aggregation (using |> AGGREGATE) does not support ${what}.`, { case: what });
