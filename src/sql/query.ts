/** Queries: WITH, SELECT and its clauses, set operations, and ORDER BY, LIMIT and the rest behind them. Pipes are in pipes.ts. */
import { unsupported } from "../base/errors.ts";
import { literal, type Expression, type Literal, type Origin, type WindowExpression } from "../plan/expressions.ts";
import type { Hint, Project, Relation, SetOperation, WithCte } from "../plan/relations.ts";
import { INT } from "../types/data-type.ts";
import { expression, namedExpression } from "./expressions.ts";
import type { SqlCursor } from "./cursor.ts";
import { sortItem, windowSpec } from "./functions.ts";
import { aggregated, type Grouping, groupBy } from "./grouping.ts";
import { pipeOperator } from "./pipes.ts";
import { primary } from "./primary.ts";
import { fromClause, inlineTable, lateralViews, tableName } from "./relations.ts";

/** A whole query, its WITH and ORDER BY included. Costs more of the stack than an expression in parentheses does. */
export function query(cursor: SqlCursor): Relation {
  return cursor.deeper(() => {
    if (!(cursor.isWord("WITH") && cursor.startsQuery())) return organized(cursor, term(cursor, 1));
    const first = cursor.position++;
    const recursive = cursor.isWord("RECURSIVE") && cursor.isName(1) ? cursor.takeWords("RECURSIVE") : false;
    const definitions = cursor.list(() => commonTable(cursor));
    const names = definitions.map(({ name }) => name.toLowerCase()), twice = names.filter((name, i) => names.indexOf(name) !== i);
    if (twice.length > 0) {
      const duplicateNames = [...new Set(twice)].map(name => `\`${name}\``).join(", ");
      cursor.refuse(cursor.error(first, "DUPLICATED_CTE_NAMES", "42602", `CTE definition can't have duplicate names: ${duplicateNames}.`, { duplicateNames }));
    }
    const input = organized(cursor, term(cursor, 1));
    return Object.freeze({ kind: "with_cte", definitions, recursive, input, origin: cursor.originFrom(first) });
  }, 5);
}

/** `t [(a, b)] AS (query)`. */
export function commonTable(cursor: SqlCursor): WithCte["definitions"][number] {
  const name = cursor.name();
  const columnNames = cursor.isSymbol("(") && !cursor.startsQuery() ? cursor.nameList() : undefined;
  const maxRecursionLevel = cursor.takeWords("MAX", "RECURSION", "LEVEL") ? Number(cursor.integer()) : undefined;
  cursor.takeWords("AS");
  cursor.expectSymbol("(");
  const plan = query(cursor);
  cursor.expectSymbol(")");
  return Object.freeze({ name, plan, ...(columnNames === undefined ? {} : { columnNames }), ...(maxRecursionLevel === undefined ? {} : { maxRecursionLevel }) });
}

const POWERS: Readonly<Record<string, number>> = { UNION: 2, EXCEPT: 2, MINUS: 2, INTERSECT: 3 };

/** Selects and what joins them: INTERSECT before UNION and EXCEPT, pipes last. */
function term(cursor: SqlCursor, least: number): Relation {
  const first = cursor.position;
  let left = primaryQuery(cursor);
  for (;;) {
    if (least <= 1 && cursor.takeSymbol("|>")) left = pipeOperator(cursor, first, left);
    else if (cursor.startsSetOperation() && POWERS[cursor.peek().value]! >= least) {
      const { operation, isAll } = setOperator(cursor);
      if (operation === "union" && isAll) {
        left = unionChain(cursor, first, left);
        continue;
      }
      const right = term(cursor, (operation === "intersect" ? 3 : 2) + 1);
      left = setOperation(cursor, first, operation, isAll, left, right);
    } else return left;
  }
}

/** How many branches of UNION ALL are nested as they stand; more make a balanced tree, which means the same. */
const LONG = 64;

/** Behind the first UNION ALL: all that go on with another. */
function unionChain(cursor: SqlCursor, first: number, head: Relation): Relation {
  const branches = [head];
  let left = head;
  for (;;) {
    const branch = term(cursor, POWERS["UNION"]! + 1);
    branches.push(branch);
    if (branches.length <= LONG) left = setOperation(cursor, first, "union", true, left, branch);
    if (!(cursor.isWord("UNION") && cursor.isWord("ALL", 1) && cursor.startsSetOperation())) break;
    cursor.position += 2;
  }
  if (branches.length <= LONG) return left;
  const build = (low: number, high: number): Relation => {
    if (low === high) return branches[low]!;
    const middle = low + ((high - low) >> 1);
    return setOperation(cursor, first, "union", true, build(low, middle), build(middle + 1, high));
  };
  return build(0, branches.length - 1);
}

export function setOperator(cursor: SqlCursor): { readonly operation: SetOperation["operation"]; readonly isAll: boolean } {
  const word = cursor.next().value, quantifier = cursor.takeOneOf("ALL", "DISTINCT");
  return { operation: word === "UNION" ? "union" : word === "INTERSECT" ? "intersect" : "except", isAll: quantifier === "ALL" };
}

export function setOperation(cursor: SqlCursor, first: number, operation: SetOperation["operation"], isAll: boolean, left: Relation, right: Relation): Relation {
  return Object.freeze({ kind: "set_operation", left, right, operation, isAll, byName: false, allowMissingColumns: false, origin: cursor.originFrom(first) });
}

/** SELECT, FROM ..., VALUES, TABLE t, or a query in parentheses. */
export function primaryQuery(cursor: SqlCursor): Relation {
  const first = cursor.position;
  if (cursor.isSymbol("(")) {
    cursor.position++;
    const plan = query(cursor);
    cursor.expectSymbol(")");
    return plan;
  }
  const word = cursor.peek().kind === "word" ? cursor.peek().value : "";
  switch (word) {
    case "SELECT": return select(cursor, first, undefined);
    case "FROM": {
      cursor.position++;
      const input = fromClause(cursor);
      if (!cursor.isWord("SELECT")) return input;
      // Each of several selects has the clauses behind it; their rows are put together.
      let plan = selectOver(cursor, input);
      while (cursor.isWord("SELECT")) plan = setOperation(cursor, first, "union", true, plan, selectOver(cursor, input));
      return plan;
    }
    case "VALUES": return inlineTable(cursor);
    case "TABLE": cursor.position++; return tableName(cursor);
    case "MAP": case "REDUCE": throw unsupported(`The script transformation ${word}`);
    default: throw cursor.fail();
  }
}

/** SELECT and all clauses behind it, over a FROM clause that stood in front. */
export function selectOver(cursor: SqlCursor, input: Relation): Relation {
  if (!cursor.isWord("SELECT")) throw cursor.fail();
  return organized(cursor, select(cursor, cursor.position, input));
}

/** From SELECT on; `input` is the FROM clause that stood in front of it. */
function select(cursor: SqlCursor, first: number, input: Relation | undefined): Relation {
  cursor.position++;
  if (cursor.isWord("TRANSFORM") && cursor.isSymbol("(", 1) && cursor.closingOf(1) !== undefined && cursor.tokens[cursor.closingOf(1)! + 1]?.value === "USING") {
    throw unsupported("The script transformation TRANSFORM");
  }
  const { hints, isDistinct, expressions } = selectList(cursor);
  const from = input ?? (cursor.isWord("FROM") && cursor.startsClause() ? takeFrom(cursor) : Object.freeze({ kind: "one_row" as const, origin: cursor.originFrom(first) }));
  let source = lateralViews(cursor, from);
  source = where(cursor, source);
  let grouping: Grouping | undefined, having: Expression | undefined;
  if (cursor.startsClause() && cursor.takeWords("GROUP", "BY")) grouping = groupBy(cursor);
  if (cursor.startsClause() && cursor.takeWords("HAVING")) having = expression(cursor);
  let plan: Relation = grouping === undefined && having === undefined
    ? Object.freeze<Project>({ kind: "project", input: source, expressions, origin: cursor.originFrom(first) })
    : aggregated(source, grouping ?? { groupType: "group_by", grouping: [] }, expressions, having, cursor.originFrom(first));
  let windows = windowClause(cursor);
  if (cursor.startsClause() && cursor.takeWords("QUALIFY")) {
    plan = Object.freeze({ kind: "qualify", input: plan, condition: expression(cursor), origin: cursor.originFrom(first) });
    windows ??= windowClause(cursor);
  }
  if (isDistinct) plan = Object.freeze({ kind: "deduplicate", input: plan, withinWatermark: false, isDistinct: true, origin: cursor.originFrom(first) });
  if (windows !== undefined) plan = Object.freeze({ kind: "with_windows", windows, input: plan, origin: cursor.originFrom(first) });
  return hinted(plan, hints);
}

export interface SelectList { readonly hints: readonly HintHead[]; readonly isDistinct: boolean; readonly expressions: readonly Expression[] }

/** Hints, DISTINCT and the expressions behind SELECT. */
export function selectList(cursor: SqlCursor): SelectList {
  const hints: HintHead[] = [];
  while (cursor.isSymbol("/*+")) hints.push(...hint(cursor));
  const quantifier = cursor.isOneOf(["ALL", "DISTINCT"]) && cursor.startsExpression(1) ? cursor.next().value : undefined;
  return { hints, isDistinct: quantifier === "DISTINCT", expressions: cursor.list(() => namedExpression(cursor)) };
}

function takeFrom(cursor: SqlCursor): Relation {
  cursor.position++;
  return fromClause(cursor);
}

export function where(cursor: SqlCursor, input: Relation, pipe = false): Relation {
  const first = cursor.position;
  if (!(cursor.isWord("WHERE") && cursor.startsClause())) return input;
  cursor.position++;
  return Object.freeze({ kind: "filter", input, condition: expression(cursor), ...(pipe ? { pipe } : {}), origin: cursor.originFrom(first) });
}

/** `WINDOW w AS (...), ...`. */
export function windowClause(cursor: SqlCursor): Readonly<Record<string, WindowExpression>> | undefined {
  if (!(cursor.isWord("WINDOW") && cursor.startsOrganization())) return undefined;
  cursor.position++;
  // A name may be __proto__: no object with a prototype.
  const windows: Record<string, WindowExpression> = Object.create(null);
  const first = cursor.position;
  for (const [name, window] of cursor.list(() => namedWindow(cursor))) {
    if (Object.hasOwn(windows, name)) cursor.refuse(cursor.error(first, "INVALID_SQL_SYNTAX.REPETITIVE_WINDOW_DEFINITION", "42000", `Invalid SQL syntax: The definition of window \`${name}\` is repetitive.`, { windowName: `\`${name}\`` }));
    windows[name] = window;
  }
  return Object.freeze(windows);
}

function namedWindow(cursor: SqlCursor): readonly [string, WindowExpression] {
  const first = cursor.position, name = cursor.name();
  cursor.expectWords("AS");
  const spec = cursor.isSymbol("(") ? windowSpec(cursor) : { partitionBy: [], orderBy: [], windowName: cursor.name() };
  const origin = cursor.originFrom(first);
  return [name, Object.freeze({ kind: "window", function: nothing(origin), ...spec, origin })];
}

/** A window definition has no function: this stands in its place. */
function nothing(origin: Origin): Literal { return literal(null, INT, origin); }

export interface HintHead { readonly name: string; readonly parameters: readonly Expression[]; readonly origin: Origin }

function hint(cursor: SqlCursor): HintHead[] {
  cursor.position++;
  const hints: HintHead[] = [];
  do {
    const first = cursor.position, name = cursor.name({ plain: true });
    let parameters: Expression[] = [];
    if (cursor.takeSymbol("(")) {
      parameters = cursor.list(() => primary(cursor));
      cursor.expectSymbol(")");
    }
    hints.push({ name, parameters, origin: cursor.originFrom(first) });
    cursor.takeSymbol(",");
  } while (!cursor.takeSymbol("*/"));
  return hints;
}

export function hinted(plan: Relation, hints: readonly HintHead[]): Relation {
  return hints.reduceRight<Relation>((input, { name, parameters, origin }) => Object.freeze<Hint>({ kind: "hint", input, name, parameters, origin }), plan);
}

/** ORDER BY, CLUSTER BY, DISTRIBUTE BY, SORT BY, WINDOW, LIMIT and OFFSET over a query. */
export function organized(cursor: SqlCursor, input: Relation, pipe = false): Relation {
  const first = cursor.position;
  const clause = (word: string): boolean => cursor.startsOrganization() && cursor.takeWords(word, "BY");
  let plan = input;
  const order = clause("ORDER") ? cursor.list(() => sortItem(cursor)) : undefined;
  const cluster = clause("CLUSTER") ? cursor.list(() => expression(cursor)) : undefined;
  const distribute = clause("DISTRIBUTE") ? cursor.list(() => expression(cursor)) : undefined;
  const sort = clause("SORT") ? cursor.list(() => sortItem(cursor)) : undefined;
  if ((order !== undefined && (cluster ?? distribute ?? sort) !== undefined) || (cluster !== undefined && (distribute ?? sort) !== undefined)) {
    cursor.refuse(cursor.error(first, "UNSUPPORTED_FEATURE.COMBINATION_QUERY_RESULT_CLAUSES", "0A000", "The feature is not supported: Combination of ORDER BY/SORT BY/DISTRIBUTE BY/CLUSTER BY."));
  }
  const origin = (): Origin => cursor.originFrom(first);
  const partition = cluster ?? distribute;
  if (partition !== undefined) plan = Object.freeze({ kind: "repartition", input: plan, expressions: partition, shuffle: true, ...(pipe ? { pipe } : {}), origin: origin() });
  const local = sort ?? cluster?.map(child => Object.freeze({ kind: "sort_order" as const, child, direction: "asc" as const, nulls: "first" as const, origin: child.origin }));
  if (local !== undefined) plan = Object.freeze({ kind: "sort", input: plan, order: local, isGlobal: false, ...(pipe ? { pipe } : {}), origin: origin() });
  if (order !== undefined) {
    const only = order[0]!.child;
    const isAll = order.length === 1 && only.kind === "unresolved_attribute" && only.nameParts.length === 1 && only.nameParts[0]!.toUpperCase() === "ALL" && cursor.sql[only.origin!.start!] !== "`";
    plan = Object.freeze({ kind: "sort", input: plan, order, isGlobal: true, ...(pipe ? { pipe } : {}), origin: origin(), ...(isAll ? { all: true } : {}) });
  }
  const windows = windowClause(cursor);
  if (windows !== undefined) plan = Object.freeze({ kind: "with_windows", windows, input: plan, origin: origin() });
  let limit: Expression | undefined, isAll = false;
  const limitFirst = cursor.position;
  if (cursor.startsOrganization() && cursor.takeWords("LIMIT")) limit = (isAll = cursor.takeWords("ALL")) ? literal(MOST_ROWS, INT, cursor.originFrom(limitFirst)) : expression(cursor);
  if (cursor.startsOrganization() && cursor.takeWords("OFFSET")) plan = Object.freeze({ kind: "offset", input: plan, offset: expression(cursor), origin: cursor.originFrom(limitFirst) });
  if (limit !== undefined) plan = Object.freeze({ kind: "limit", input: plan, limit, ...(isAll && { isAll }), origin: cursor.originFrom(limitFirst) });
  return plan;
}
const MOST_ROWS = 2 ** 31 - 1;
