/** A resolved expression as SQL text, as messages and generated column names show it: casts put in by coercion don't show. */
import type { ResolvedExpression } from "../plan/resolved.ts";
import { cellText } from "../types/cell-text.ts";
import type { Cell } from "../types/cell.ts";
import { quoteIfNeeded, typeToSql, type DataType } from "../types/data-type.ts";
import { UTC, findTimeZone } from "../types/time-zone.ts";

const INFIX = new Set(["+", "-", "*", "/", "%", "div", "=", "==", "<=>", "<>", "!=", "<", ">", "<=", ">=", "&", "|", "^", "<<", ">>", ">>>", "||"]);

export function sqlText(expression: ResolvedExpression): string {
  switch (expression.kind) {
    case "attribute": return quoteIfNeeded(expression.name);
    case "lambda_variable": return `namedlambdavariable()`;
    case "literal": return literalSql(expression.type, expression.value);
    case "scalar_call": return callSql(expression.function.name, expression.args.map(sqlText));
    case "aggregate_call": {
      const text = `${expression.function.name}(${expression.distinct ? "DISTINCT " : ""}${expression.args.map(sqlText).join(", ")})`;
      return expression.filter === undefined ? text : `${text} FILTER (WHERE ${sqlText(expression.filter)})`;
    }
    case "cast": return expression.implicit ? sqlText(expression.child) : `${expression.evalMode === "try" ? "TRY_CAST" : "CAST"}(${sqlText(expression.child)} AS ${typeToSql(expression.type)})`;
    case "case_when": {
      const branches = expression.branches.map(branch => ` WHEN ${sqlText(branch.when)} THEN ${sqlText(branch.then)}`).join("");
      return `CASE${branches}${expression.otherwise === undefined ? "" : ` ELSE ${sqlText(expression.otherwise)}`} END`;
    }
    case "and": return `(${sqlText(expression.left)} AND ${sqlText(expression.right)})`;
    case "or": return `(${sqlText(expression.left)} OR ${sqlText(expression.right)})`;
    case "coalesce": return `coalesce(${expression.args.map(sqlText).join(", ")})`;
    case "field_access": return `${sqlText(expression.child)}.${quoteIfNeeded(expression.name)}`;
    case "lambda": return `lambdafunction(${[expression.body, ...expression.params].map(sqlText).join(", ")})`;
    case "time_window": return `window(${sqlText(expression.time)})`;
    case "session_window": return `session_window(${sqlText(expression.time)}, ${sqlText(expression.gap)})`;
    case "generator_call": return callSql(expression.function.name, expression.args.map(sqlText));
    case "window_call": return `${expression.function.kind === "aggregate_call" ? sqlText(expression.function) : callSql(expression.function.name, expression.args.map(sqlText))} OVER (...)`;
    case "subquery": return expression.form === "scalar" ? "scalarsubquery()" : `${expression.form}(...)`;
    case "user_call": return callSql(expression.function.name, expression.args.map(sqlText));
  }
}

export function callSql(name: string, args: readonly string[]): string {
  if (INFIX.has(name) && args.length === 2) return name === "||" ? `concat(${args.join(", ")})` : `(${args[0]} ${name === "==" ? "=" : name} ${args[1]})`;
  switch (name) {
    case "negative": return `(- ${args[0]})`;
    case "positive": return `(+ ${args[0]})`;
    case "~": return `~${args[0]}`;
    case "not": case "!": return `(NOT ${args[0]})`;
    case "isnull": return `(${args[0]} IS NULL)`;
    case "isnotnull": return `(${args[0]} IS NOT NULL)`;
    case "like": return args.length === 2 ? `${args[0]} LIKE ${args[1]}` : `like(${args.join(", ")})`;
    case "ilike": return args.length === 2 ? `${args[0]} ILIKE ${args[1]}` : `ilike(${args.join(", ")})`;
    case "in": return `(${args[0]} IN (${args.slice(1).join(", ")}))`;
    case "get_item": return `${args[0]}[${args[1]}]`;
    default: return `${name}(${args.join(", ")})`;
  }
}

/** A literal without quotes around text, as Spark prints expressions for people. */
export function literalSql(type: DataType, cell: Cell): string {
  if (cell === null) return "NULL";
  switch (type.kind) {
    case "binary": return `X'${Buffer.from(cell as Uint8Array).toString("hex").toUpperCase()}'`;
    case "date": case "timestamp": case "timestamp_ntz": case "time": return `${type.kind.toUpperCase()} '${cellText(type, cell, UTC)}'`;
    default: return cellText(type, cell, UTC);
  }
}

/** A value as error messages quote it: text in quotes, BIGINT with an L, dates with their type in front. */
export function valueSql(type: DataType, cell: Cell, zoneId = "UTC"): string {
  if (cell === null) return "NULL";
  const zone = findTimeZone(zoneId) ?? UTC;
  switch (type.kind) {
    case "string": case "char": case "varchar": return `'${(cell as string).replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
    case "tinyint": return `${cell as number}Y`;
    case "smallint": return `${cell as number}S`;
    case "bigint": return `${cell as bigint}L`;
    case "float": return cellText(type, cell, zone);
    case "double": return Number.isFinite(cell as number) ? `${cellText(type, cell, zone)}D` : cellText(type, cell, zone);
    case "decimal": return `${cellText(type, cell, zone)}BD`;
    case "timestamp": return `TIMESTAMP '${cellText(type, cell, zone)}'`;
    default: return literalSql(type, cell);
  }
}
