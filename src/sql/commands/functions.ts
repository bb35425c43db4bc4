/** CREATE FUNCTION and DROP FUNCTION: functions made of SQL. */
import type { Command, RoutineParameter } from "../../plan/commands.ts";
import type { Expression } from "../../plan/expressions.ts";
import type { Relation } from "../../plan/relations.ts";
import { struct, type DataType, type StructType } from "../../types/data-type.ts";
import { dataType } from "../../types/ddl.ts";
import type { SqlCursor } from "../cursor.ts";
import { expression } from "../expressions.ts";
import { query } from "../query.ts";
import { checkTemporaryName, knownName, textFrom } from "./names.ts";

/** `CREATE [OR REPLACE] [TEMPORARY] FUNCTION f(x INT DEFAULT 1) RETURNS INT RETURN x + 1`; undefined if another object is created. */
export function createFunction(cursor: SqlCursor, first: number): Command | undefined {
  cursor.position = first + 1;
  const replace = cursor.takeWords("OR", "REPLACE"), temporary = cursor.takeOneOf("TEMPORARY", "TEMP") !== undefined;
  if (!cursor.takeWords("FUNCTION")) return undefined;
  const ifNotExists = cursor.takeWords("IF", "NOT", "EXISTS"), name = knownName(cursor);
  if (cursor.takeWords("AS")) {
    const className = cursor.string();
    if (cursor.takeWords("USING")) cursor.list(() => { cursor.name(); cursor.string(); });
    return Object.freeze({ kind: "create_java_function", name, className, origin: cursor.originFrom(first) });
  }
  cursor.expectSymbol("(");
  const parameters = cursor.isSymbol(")") ? [] : cursor.list(() => parameter(cursor));
  cursor.expectSymbol(")");
  let returns: DataType | undefined, table: StructType | "inferred" | undefined;
  if (cursor.takeWords("RETURNS")) {
    if (cursor.takeWords("TABLE")) table = cursor.takeSymbol("(") ? tableColumns(cursor) : "inferred";
    else returns = dataType(cursor);
  }
  let comment: string | undefined, deterministic: boolean | undefined, dataAccess: string | undefined;
  for (;;) {
    if (cursor.takeWords("LANGUAGE")) cursor.name();
    else if (cursor.takeWords("COMMENT")) comment = cursor.string();
    else if (cursor.takeWords("DETERMINISTIC")) deterministic = true;
    else if (cursor.takeWords("NOT", "DETERMINISTIC")) deterministic = false;
    else if (cursor.takeWords("CONTAINS", "SQL")) dataAccess = "CONTAINS SQL";
    else if (cursor.takeWords("READS", "SQL", "DATA")) dataAccess = "READS SQL DATA";
    else if (cursor.takeWords("SQL", "SECURITY")) { if (cursor.takeOneOf("DEFINER", "INVOKER") === undefined) throw cursor.fail(); }
    else break;
  }
  cursor.expectWords("RETURN");
  const at = cursor.position;
  const body: { readonly expression: Expression } | { readonly query: Relation } = cursor.startsQuery() && !cursor.isSymbol("(") ? { query: query(cursor) } : bodyOf(expression(cursor), table !== undefined);
  const bodySql = textFrom(cursor, at);
  checkDefinition(cursor, first, { name, replace, ifNotExists, temporary, parameters, table, body });
  return Object.freeze({
    kind: "create_function", name, temporary, replace, ifNotExists, parameters, body, bodySql, origin: cursor.originFrom(first),
    ...(returns !== undefined && { returns }), ...(table !== undefined && { table }), ...(comment !== undefined && { comment }),
    ...(deterministic !== undefined && { deterministic }), ...(dataAccess !== undefined && { dataAccess }),
  });
}

/** A query in parentheses is the rows of a table function and the value of another. */
function bodyOf(value: Expression, isTable: boolean): { readonly expression: Expression } | { readonly query: Relation } {
  return isTable && value.kind === "subquery" && value.form === "scalar" ? { query: value.plan } : { expression: value };
}

function parameter(cursor: SqlCursor): RoutineParameter & { readonly notNull?: string } {
  const at = cursor.position, name = cursor.name(), type = dataType(cursor);
  let otherwise: Expression | undefined, otherwiseSql: string | undefined, comment: string | undefined, notNull: string | undefined;
  for (;;) {
    if (cursor.takeWords("NOT", "NULL")) notNull = textFrom(cursor, at);
    else if (cursor.takeWords("DEFAULT")) {
      const from = cursor.position;
      otherwise = expression(cursor);
      otherwiseSql = textFrom(cursor, from);
    } else if (cursor.takeWords("COMMENT")) comment = cursor.string();
    else if (cursor.isWord("GENERATED")) throw cursor.error(at, "INVALID_SQL_SYNTAX.CREATE_FUNC_WITH_GENERATED_COLUMNS_AS_PARAMETERS", "42000", "Invalid SQL syntax: CREATE FUNCTION with generated columns as parameters is not allowed.");
    else if (cursor.isOneOf(["UNIQUE", "CHECK", "PRIMARY", "REFERENCES", "CONSTRAINT"])) throw cursor.error(at, "INVALID_SQL_SYNTAX.CREATE_FUNC_WITH_COLUMN_CONSTRAINTS", "42000", "Invalid SQL syntax: CREATE FUNCTION with constraints on parameters is not allowed.");
    else break;
  }
  return { name, type, ...(otherwise !== undefined && { otherwise, otherwiseSql: otherwiseSql! }), ...(comment !== undefined && { comment }), ...(notNull !== undefined && { notNull }) };
}

function tableColumns(cursor: SqlCursor): StructType {
  const fields = cursor.list(() => {
    const name = cursor.name(), type = dataType(cursor), nullable = !cursor.takeWords("NOT", "NULL");
    return cursor.takeWords("COMMENT") ? { name, type, nullable, comment: cursor.string() } : { name, type, nullable };
  });
  cursor.expectSymbol(")");
  return struct(fields);
}

interface Definition {
  readonly name: readonly string[];
  readonly replace: boolean;
  readonly ifNotExists: boolean;
  readonly temporary: boolean;
  readonly parameters: readonly (RoutineParameter & { readonly notNull?: string })[];
  readonly table: StructType | "inferred" | undefined;
  readonly body: object;
}

function checkDefinition(cursor: SqlCursor, first: number, { name, replace, ifNotExists, temporary, parameters, table, body }: Definition): void {
  const last = name.at(-1)!, invalid = (condition: string, text: string, parameters: Readonly<Record<string, string>> = {}): Error =>
    cursor.error(first, `USER_DEFINED_FUNCTIONS.${condition}`, "42601", `User defined function is invalid: ${text}`, parameters);
  if (replace && ifNotExists) throw cursor.error(first, "INVALID_SQL_SYNTAX.CREATE_ROUTINE_WITH_IF_NOT_EXISTS_AND_REPLACE", "42000", "Invalid SQL syntax: Cannot create a routine with both IF NOT EXISTS and REPLACE specified.");
  if (temporary && ifNotExists) throw cursor.error(first, "INVALID_SQL_SYNTAX.CREATE_TEMP_FUNC_WITH_IF_NOT_EXISTS", "42000", "Invalid SQL syntax: CREATE TEMPORARY FUNCTION with IF NOT EXISTS is not allowed.");
  if (temporary) checkTemporaryName(cursor, first, "FUNCTION", name);
  const notNull = parameters.find(p => p.notNull !== undefined);
  if (notNull !== undefined) throw invalid("NOT_NULL_ON_FUNCTION_PARAMETERS", `Cannot specify NOT NULL on function parameters: ${notNull.notNull!}`, { input: notNull.notNull! });
  const names = parameters.map(p => p.name.toLowerCase()), twice = names.find((n, i) => names.indexOf(n) !== i);
  if (twice !== undefined) {
    throw cursor.error(first, "DUPLICATE_ROUTINE_PARAMETER_NAMES", "42734", `Found duplicate name(s) in the parameter list of the user-defined routine ${last}: \`${twice}\`.`, { routineName: last, names: `\`${twice}\`` });
  }
  const columns = table === undefined || table === "inferred" ? [] : table.fields, required = columns.find(column => !column.nullable);
  if (required !== undefined) throw invalid("NOT_NULL_ON_FUNCTION_PARAMETERS", `Cannot specify NOT NULL on function parameters: ${required.name}`, { input: required.name });
  const columnNames = columns.map(column => column.name.toLowerCase()), double = columnNames.find((n, i) => columnNames.indexOf(n) !== i);
  if (double !== undefined) {
    throw cursor.error(first, "DUPLICATE_ROUTINE_RETURNS_COLUMNS", "42711", `Found duplicate column(s) in the RETURNS clause column list of the user-defined routine ${last}: \`${double}\`.`, { routineName: last, columns: `\`${double}\`` });
  }
  const asked = parameters.find(p => p.otherwise !== undefined && holdsSubquery(p.otherwise));
  if (asked !== undefined) throw invalid("NOT_A_VALID_DEFAULT_EXPRESSION", `The DEFAULT expression of \`${last}\`.\`${asked.name}\` is not supported because it contains a subquery.`, { functionName: `\`${last}\``, parameterName: `\`${asked.name}\`` });
  const gap = parameters.findIndex((p, i) => p.otherwise !== undefined && parameters[i + 1] !== undefined && parameters[i + 1]!.otherwise === undefined);
  if (gap >= 0) {
    const parameterName = `\`${parameters[gap]!.name}\``, nextParameterName = `\`${parameters[gap + 1]!.name}\``;
    throw invalid("NOT_A_VALID_DEFAULT_PARAMETER_POSITION", `In routine \`${last}\` parameter ${parameterName} with DEFAULT must not be followed by parameter ${nextParameterName} without DEFAULT.`, { functionName: `\`${last}\``, parameterName, nextParameterName });
  }
  if (table !== undefined && !("query" in body)) throw invalid("SQL_TABLE_UDF_BODY_MUST_BE_A_QUERY", `SQL table function ${last} body must be a query.`, { name: last });
}

function holdsSubquery(node: unknown): boolean {
  if (Array.isArray(node)) return node.some(holdsSubquery);
  if (typeof node !== "object" || node === null) return false;
  return (node as { readonly kind?: unknown }).kind === "subquery" || Object.entries(node).some(([key, value]) => key !== "origin" && holdsSubquery(value));
}

/** `DROP [TEMPORARY] FUNCTION [IF EXISTS] f`. */
export function dropFunction(cursor: SqlCursor, first: number): Command | undefined {
  cursor.position = first + 1;
  const temporary = cursor.takeOneOf("TEMPORARY", "TEMP") !== undefined;
  if (!cursor.takeWords("FUNCTION")) return undefined;
  const ifExists = cursor.takeWords("IF", "EXISTS"), name = knownName(cursor);
  if (temporary) checkTemporaryName(cursor, first, "FUNCTION", name);
  return Object.freeze({ kind: "drop_function", name, temporary, ifExists, origin: cursor.originFrom(first) });
}
