/** The FROM clause: tables, streams, files, subqueries, VALUES, table functions, joins, LATERAL VIEW. */
import { AnalysisError, unsupported } from "../base/errors.ts";
import { call, type Expression, type SortOrder } from "../plan/expressions.ts";
import { placeOf } from "../plan/place.ts";
import type { Join, JoinType, ReadDataSource, ReadNamedTable, Relation } from "../plan/relations.ts";
import { NO_TABLE_ALIAS } from "../types/keywords.ts";
import type { SqlCursor } from "./cursor.ts";
import { expression, rowValues, valueExpression } from "./expressions.ts";
import { argument, sortItem } from "./functions.ts";
import { pivot, unpivot } from "./pivots.ts";
import { identifierClauseParts } from "./primary.ts";
import { properties } from "./properties.ts";
import { query } from "./query.ts";
import { sampled } from "./samples.ts";
import { asOfJoin, nearestJoin, startsAsOf, startsNearest } from "./special-joins.ts";
import { aliased, startsExtension, startsPivot, startsUnpivot, tableAlias } from "./table-alias.ts";
import { watermarked } from "./watermarks.ts";

/** Formats whose files SQL can name: `` json.`path` ``. */
const FILE_FORMATS: ReadonlySet<string> = new Set(["json", "csv", "text", "parquet", "avro", "arrow", "orc", "xml", "binaryfile", "protobuf", "state", "statestore", "state-metadata"]);

/** Behind FROM. Commas join without a condition; as in Spark, `a, b JOIN c` joins c to what stands left of it. */
export function fromClause(cursor: SqlCursor): Relation {
  const first = cursor.position;
  let left: Relation | undefined;
  do {
    const lateral = takeLateral(cursor), right = primaryRelation(cursor);
    left = extended(cursor, first, left === undefined ? right : joined(cursor, first, left, right, "inner", lateral));
  } while (cursor.takeSymbol(","));
  return lateralViews(cursor, left);
}

/** Table and joins: what parentheses in FROM hold. */
function relation(cursor: SqlCursor): Relation {
  const first = cursor.position;
  takeLateral(cursor);
  return extended(cursor, first, primaryRelation(cursor));
}

function takeLateral(cursor: SqlCursor): boolean {
  return cursor.isWord("LATERAL") && !cursor.isWord("VIEW", 1) && (cursor.isSymbol("(", 1) || cursor.isName(1)) && cursor.takeWords("LATERAL");
}

function joined(cursor: SqlCursor, first: number, left: Relation, right: Relation, joinType: JoinType, lateral: boolean, more: Partial<Join> = {}): Join {
  return Object.freeze({ kind: "join", left, right, joinType, ...more, ...(lateral ? { lateral } : {}), origin: cursor.originFrom(first) });
}

/** Joins, PIVOT and UNPIVOT behind a relation. */
function extended(cursor: SqlCursor, first: number, input: Relation): Relation {
  let left = input;
  for (;;) {
    const head = joinHead(cursor);
    if (head !== undefined) left = join(cursor, first, left, head);
    else if (startsPivot(cursor)) left = pivot(cursor, first, left);
    else if (startsUnpivot(cursor)) left = unpivot(cursor, first, left);
    else return left;
  }
}

interface JoinHead { readonly length: number; readonly joinType: JoinType; readonly natural: boolean; readonly asOf: boolean }

/** `LEFT OUTER JOIN` and its like, if it stands here. */
export function joinHead(cursor: SqlCursor): JoinHead | undefined {
  let length = 0, joinType: JoinType = "inner";
  const natural = cursor.isWord("NATURAL");
  if (natural) length++;
  const side = cursor.isOneOf(["INNER", "CROSS", "LEFT", "RIGHT", "FULL", "SEMI", "ANTI"], length) ? cursor.peek(length++).value : undefined;
  const second = side === "LEFT" && cursor.isOneOf(["OUTER", "SEMI", "ANTI"], length) ? cursor.peek(length++).value : undefined;
  if ((side === "RIGHT" || side === "FULL") && cursor.isWord("OUTER", length)) length++;
  const asOf = !natural && (side === undefined || side === "INNER" || side === "LEFT" && second !== "SEMI" && second !== "ANTI") && startsAsOf(cursor, length);
  if (asOf) length++;
  if (!cursor.isWord("JOIN", length)) return undefined;
  switch (second === "SEMI" || second === "ANTI" ? second : side) {
    case "CROSS": joinType = "cross"; break;
    case "LEFT": joinType = "left"; break;
    case "RIGHT": joinType = "right"; break;
    case "FULL": joinType = "full"; break;
    case "SEMI": joinType = "left_semi"; break;
    case "ANTI": joinType = "left_anti"; break;
  }
  return { length: length + 1, joinType, natural, asOf };
}

export function join(cursor: SqlCursor, first: number, left: Relation, { length, joinType, natural, asOf }: JoinHead): Relation {
  const head = cursor.position;
  cursor.position += length;
  const lateral = takeLateral(cursor), right = primaryRelation(cursor);
  if (asOf) return asOfJoin(cursor, first, head, left, right, joinType);
  if (!natural && !lateral && startsNearest(cursor)) return nearestJoin(cursor, first, head, left, right, joinType);
  if (natural) return joined(cursor, first, left, right, joinType, lateral, { natural });
  if (cursor.takeWords("ON")) return joined(cursor, first, left, right, joinType, lateral, { condition: expression(cursor) });
  if (cursor.isWord("USING") && cursor.isSymbol("(", 1)) {
    cursor.position++;
    return joined(cursor, first, left, right, joinType, lateral, { usingColumns: cursor.nameList() });
  }
  return joined(cursor, first, left, right, joinType, lateral);
}

function primaryRelation(cursor: SqlCursor): Relation {
  return cursor.deeper(() => primaryHere(cursor), 2);
}

function primaryHere(cursor: SqlCursor): Relation {
  const first = cursor.position;
  if (cursor.isSymbol("(")) {
    const isQuery = cursor.startsQuery();
    cursor.position++;
    const inner = isQuery ? query(cursor) : relation(cursor);
    cursor.expectSymbol(")");
    const plan = watermarked(cursor, first, sampled(cursor, first, inner));
    return aliased(cursor, first, plan, isQuery);
  }
  if (cursor.isWord("VALUES") && cursor.startsQuery()) return inlineTable(cursor);
  if (startsStream(cursor)) {
    cursor.position++;
    const isEnclosed = cursor.takeSymbol("("), table = tableName(cursor, true, isEnclosed);
    return aliased(cursor, first, watermarked(cursor, first, table), false);
  }
  const close = cursor.isWord("IDENTIFIER") ? cursor.closingOf(1) : undefined;
  if (close !== undefined && cursor.identifierClause() === 0) {
    if (cursor.isSymbol("(", close + 1 - cursor.position)) {
      const name = identifierClauseParts(cursor);
      if ("kind" in name) throw unsupported("A table function whose name is computed", "write the name");
      return tableFunction(cursor, first, name);
    }
  } else {
    let ahead = cursor.nameLength();
    while (ahead > 0 && cursor.isSymbol(".", ahead) && cursor.nameLength(ahead + 1) > 0) ahead += 1 + cursor.nameLength(ahead + 1);
    if (ahead > 0 && cursor.isSymbol("(", ahead)) return tableFunction(cursor, first, cursor.names());
  }
  const table = tableName(cursor);
  return aliased(cursor, first, watermarked(cursor, first, sampled(cursor, first, table)), false);
}

function startsStream(cursor: SqlCursor): boolean {
  if (!cursor.isWord("STREAM")) return false;
  if (cursor.isSymbol("(", 1)) {
    const close = cursor.closingOf(1);
    return cursor.isName(2) && close !== undefined && cursor.tokens.slice(cursor.position + 2, close).every((token, i) => i % 2 === 0 ? token.kind === "word" || token.kind === "quoted" : token.text === ".");
  }
  if (!cursor.isName(1) || cursor.isWord("AS", 1) || startsExtension(cursor, 1)) return false;
  return cursor.isKind("quoted", 1) || (!cursor.startsClause(1) && !NO_TABLE_ALIAS.has(cursor.peek(1).value));
}

/** A table or a file by name, with its options. */
export function tableName(cursor: SqlCursor, isStreaming = false, isEnclosed = false): Relation {
  const first = cursor.position;
  const isIdentifier = cursor.isWord("IDENTIFIER") && cursor.isSymbol("(", 1) && cursor.identifierClause() === 0;
  const named: readonly string[] | Expression = isIdentifier ? identifierClauseParts(cursor) : cursor.names();
  const nameParts = "kind" in named ? [] : named, identifier = "kind" in named ? named : undefined;
  const isQuoted = cursor.tokens[cursor.position - 1]!.kind === "quoted";
  if (isEnclosed) cursor.expectSymbol(")");
  const asOf = timeTravel(cursor);
  const options = cursor.isWord("WITH") && cursor.isSymbol("(", 1) ? takeOptions(cursor) : undefined;
  const origin = cursor.originFrom(first), [format] = nameParts;
  if (nameParts.length === 2 && isQuoted && FILE_FORMATS.has(format!.toLowerCase())) {
    if (nameParts[1] === "") throw new AnalysisError({ condition: "INVALID_EMPTY_LOCATION", sqlState: "42K05", message: "The location name cannot be empty string, but `` was given.", messageParameters: { location: "" }, queryContext: placeOf(origin) });
    return Object.freeze<ReadDataSource>({ kind: "read_data_source", format: format!.toLowerCase(), options: options ?? {}, paths: [nameParts[1]!], isStreaming, origin });
  }
  return Object.freeze({ kind: "read_named_table", nameParts, isStreaming, ...(options === undefined ? {} : { options }), ...(identifier !== undefined && { identifier }), ...(asOf !== undefined && { asOf }), origin });
}

/** `[FOR] VERSION AS OF 1`, `[FOR] TIMESTAMP AS OF '2024-01-01'`. */
function timeTravel(cursor: SqlCursor): ReadNamedTable["asOf"] {
  const skip = cursor.isWord("FOR") ? 1 : 0;
  if (!(cursor.isOneOf(["VERSION", "SYSTEM_VERSION", "TIMESTAMP", "SYSTEM_TIME"], skip) && cursor.isWord("AS", skip + 1) && cursor.isWord("OF", skip + 2))) return undefined;
  const what = cursor.peek(skip).value.endsWith("VERSION") ? "version" : "timestamp";
  cursor.position += skip + 3;
  return { what, value: valueExpression(cursor) };
}

function takeOptions(cursor: SqlCursor): Readonly<Record<string, string>> {
  cursor.position++;
  return properties(cursor);
}

interface TableArgument { readonly input: Relation; readonly partitionBy: readonly Expression[]; readonly orderBy: readonly SortOrder[] }

/** `TABLE(t)`, `TABLE t` or `TABLE(SELECT ...)`, with `PARTITION BY ...` or `WITH SINGLE PARTITION`, and `ORDER BY ...`. */
function tableArgument(cursor: SqlCursor): TableArgument | undefined {
  if (!cursor.isWord("TABLE") || !(cursor.isSymbol("(", 1) || cursor.isName(1))) return undefined;
  cursor.position++;
  const isInside = cursor.takeSymbol("("), isQuery = isInside && ["SELECT", "WITH", "VALUES", "FROM", "TABLE", "("].some(word => cursor.isWord(word) || cursor.isSymbol(word));
  const first = cursor.position, input: Relation = isQuery ? query(cursor) : Object.freeze({ kind: "read_named_table", nameParts: cursor.names(), isStreaming: false, origin: cursor.originFrom(first) });
  if (isInside) cursor.expectSymbol(")");
  // Columns in parentheses are several, and not a row of them.
  const items = <T>(item: () => T): readonly T[] => {
    if (!cursor.takeSymbol("(")) return [item()];
    const list = cursor.list(item);
    cursor.expectSymbol(")");
    return list;
  };
  const partitionBy = cursor.takeWords("WITH", "SINGLE", "PARTITION") ? [] : cursor.takeWords("PARTITION", "BY") || cursor.takeWords("DISTRIBUTE", "BY") ? items(() => expression(cursor)) : [];
  return { input, partitionBy, orderBy: cursor.takeWords("ORDER", "BY") || cursor.takeWords("SORT", "BY") ? items(() => sortItem(cursor)) : [] };
}

/** `range(10) AS t(id)`, `explode(array(1, 2))`. */
function tableFunction(cursor: SqlCursor, first: number, nameParts: readonly string[]): Relation {
  const name = nameParts.join(".");
  cursor.expectSymbol("(");
  const tables: (TableArgument & { readonly at: number })[] = [], args: Expression[] = [];
  if (!cursor.isSymbol(")")) cursor.list(() => {
    const table = tableArgument(cursor);
    if (table === undefined) args.push(argument(cursor));
    else tables.push({ ...table, at: tables.length + args.length });
  });
  cursor.expectSymbol(")");
  const origin = cursor.originFrom(first);
  if (tables.length > 1) throw new AnalysisError({ condition: "TABLE_VALUED_FUNCTION_TOO_MANY_TABLE_ARGUMENTS", sqlState: "54023", message: `There are too many table arguments for table-valued function. It allows one table argument, but got: ${tables.length}. If you want to allow it, please set "spark.sql.allowMultipleTableArguments.enabled" to "true".`, messageParameters: { num: String(tables.length) }, queryContext: placeOf(origin) });
  const table: Relation = Object.freeze(tables[0] === undefined ? { kind: "table_function", name, args, origin } : { kind: "partitioned_call", name, args, ...tables[0], origin });
  return aliased(cursor, first, watermarked(cursor, first, table), false);
}

/** `VALUES (1, 'a'), (2, 'b') AS t(n, s)`: a row in parentheses has a column for each item, anything else is one column. */
export function inlineTable(cursor: SqlCursor): Relation {
  const first = cursor.position++;
  const rows = cursor.list(() => {
    const value = expression(cursor);
    return value.kind === "unresolved_function" && value.name.toLowerCase() === "struct" ? value.args.map(arg => arg.kind === "alias" ? arg.child : arg) : isRow(cursor, value) ? rowValues(value) : [value];
  });
  const origin = cursor.originFrom(first), alias = tableAlias(cursor);
  if (alias === undefined) return Object.freeze({ kind: "inline_table", rows, origin });
  const input: Relation = Object.freeze(alias.columnNames === undefined ? { kind: "inline_table", rows, origin } : { kind: "inline_table", rows, names: alias.columnNames, origin });
  return Object.freeze({ kind: "subquery_alias", input, alias: alias.name, origin: cursor.originFrom(first) });
}

/** Whether a named_struct was written as a row, `(1, 2)`, and not as a call. */
function isRow(cursor: SqlCursor, value: Expression): boolean {
  return value.kind === "unresolved_function" && value.name === "named_struct" && cursor.sql[value.origin!.start!] === "(";
}

/** `LATERAL VIEW [OUTER] explode(xs) t AS x`, any number of times. */
export function lateralViews(cursor: SqlCursor, input: Relation): Relation {
  let plan = input;
  while (cursor.areWords("LATERAL", "VIEW")) {
    const first = cursor.position;
    cursor.position += 2;
    const outer = cursor.isWord("OUTER") && cursor.isName(1) && cursor.takeWords("OUTER");
    const at = cursor.position, name = cursor.names().join(".");
    cursor.expectSymbol("(");
    const args = cursor.isSymbol(")") ? [] : cursor.list(() => expression(cursor));
    cursor.expectSymbol(")");
    const generator = call(name, args, cursor.originFrom(at)), tableAlias = cursor.name();
    const isNamed = cursor.takeWords("AS") || (cursor.isName() && !cursor.startsClause() && !cursor.areWords("LATERAL", "VIEW") && joinHead(cursor) === undefined);
    const columnNames = isNamed ? cursor.list(() => cursor.name()) : [];
    plan = Object.freeze({ kind: "lateral_view", input: plan, generator, outer, tableAlias, columnNames, origin: cursor.originFrom(first) });
  }
  return plan;
}
