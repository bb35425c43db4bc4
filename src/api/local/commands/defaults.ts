/** Defaults of columns: what may be one. */
import { coerce } from "../../../analyze/build.ts";
import { fail, quoteSql } from "../../../analyze/errors.ts";
import { hasAggregate, hasGenerator, hasWindow } from "../../../analyze/expressions.ts";
import { MillraceError } from "../../../base/errors.ts";
import { evaluateConstant } from "../../../eval/constant.ts";
import { isDeterministic } from "../../../optimize/expression-facts.ts";
import type { Expression } from "../../../plan/expressions.ts";
import type { ResolvedExpression } from "../../../plan/resolved.ts";
import { isDatetime, isNumeric, sameTypeIgnoringNullability, typeToSql, type DataType } from "../../../types/data-type.ts";
import type { LocalEngine } from "../local-engine.ts";
import { constantResolver } from "./names.ts";

/** Formats whose tables have defaults. */
const PROVIDERS: ReadonlySet<string> = new Set(["csv", "json", "orc", "parquet", "avro"]);

/** Functions whose values are no default: those of the clock are one, as it is when a row is written. */
const CHANCE: ReadonlySet<string> = new Set(["rand", "randn", "random", "uuid", "shuffle", "randstr", "uniform", "monotonically_increasing_id", "spark_partition_id"]);

function callsOf(node: unknown): string[] {
  if (typeof node !== "object" || node === null) return [];
  const { kind, name } = node as { readonly kind?: unknown; readonly name?: unknown };
  return [...kind === "unresolved_function" && typeof name === "string" ? [name.toLowerCase()] : [], ...Object.entries(node).flatMap(([key, value]) => key === "origin" ? [] : callsOf(value))];
}

/** @throws AnalysisError INVALID_DEFAULT_VALUE, DEFAULT_UNSUPPORTED */
export function checkDefault(engine: LocalEngine, statement: string, provider: string, column: { readonly name: string; readonly type: DataType }, expression: Expression, sql: string): void {
  if (!PROVIDERS.has(provider)) throw fail("DEFAULT_UNSUPPORTED", "42623", `Failed to execute ${statement} command because DEFAULT values are not supported for target data source with table provider: "${provider}".`, { statementType: statement, dataSource: provider });
  const colName = `\`${column.name}\``, wrong = (sub: string, text: string, parameters: Readonly<Record<string, string>> = {}): MillraceError =>
    fail(`INVALID_DEFAULT_VALUE.${sub}`, "42623", `Failed to execute ${statement} command because the destination column or variable ${colName} has a DEFAULT value ${sql}, which ${text}`, { statement, colName, defaultValue: sql, ...parameters });
  const hasSubquery = (node: unknown): boolean => typeof node === "object" && node !== null && ((node as { kind?: unknown }).kind === "subquery" || Object.entries(node).some(([key, value]) => key !== "origin" && hasSubquery(value)));
  if (hasSubquery(expression)) throw wrong("SUBQUERY_EXPRESSION", "contains subquery expressions.");
  let resolved: ResolvedExpression;
  try {
    resolved = constantResolver(engine).resolve(expression);
  } catch (error) {
    throw error instanceof MillraceError && error.condition.startsWith("UNRESOLVED_COLUMN") ? wrong("NOT_CONSTANT", "is not a constant expression whose equivalent value is known at query planning time.") : error;
  }
  if (hasAggregate(resolved) || hasWindow(resolved) || hasGenerator(resolved)) throw wrong("NOT_CONSTANT", "is not a constant expression whose equivalent value is known at query planning time.");
  if (!fits(engine, resolved, column.type)) {
    const expectedType = quoteSql(typeToSql(column.type)), actualType = quoteSql(typeToSql(resolved.type));
    throw wrong("DATA_TYPE", `requires ${expectedType} type, but the statement provided a value of incompatible ${actualType} type.`, { expectedType, actualType });
  }
  if (!isDeterministic(resolved) && callsOf(expression).some(name => CHANCE.has(name))) throw wrong("NON_DETERMINISTIC", "contains a non-deterministic expression.");
}

/** Whether a type holds all values of another, or this one of a literal. */
function fits(engine: LocalEngine, resolved: ResolvedExpression, to: DataType): boolean {
  const { type } = resolved;
  if (type.kind === "void" || sameTypeIgnoringNullability(type, to)) return true;
  if (isText(to)) return type.kind !== "array" && type.kind !== "map" && type.kind !== "struct" && type.kind !== "binary" && type.kind !== "variant";
  if (isDatetime(type) && isDatetime(to)) return type.kind === "date";
  if (isNumeric(type) && isNumeric(to)) return widens(type, to) || resolved.kind === "literal" && castSucceeds(engine, resolved, to);
  if (isText(type) && isDatetime(to)) return resolved.kind === "literal" && castSucceeds(engine, resolved, to);
  return type.kind === to.kind && type.kind !== "decimal";
}

const isText = ({ kind }: DataType): boolean => kind === "string" || kind === "char" || kind === "varchar";
const WIDTHS: Readonly<Record<string, number>> = { tinyint: 1, smallint: 2, int: 3, bigint: 4, float: 5, double: 6 };
const DIGITS: Readonly<Record<string, number>> = { tinyint: 3, smallint: 5, int: 10, bigint: 20 };

function widens(from: DataType, to: DataType): boolean {
  if (to.kind === "decimal") {
    const [precision, scale] = from.kind === "decimal" ? [from.precision, from.scale] : [DIGITS[from.kind] ?? Infinity, 0];
    return precision - scale <= to.precision - to.scale && scale <= to.scale;
  }
  return from.kind !== "decimal" && (WIDTHS[from.kind] ?? Infinity) <= (WIDTHS[to.kind] ?? 0);
}

function castSucceeds(engine: LocalEngine, resolved: ResolvedExpression, to: DataType): boolean {
  try {
    return evaluateConstant(coerce(resolved, to, engine.sqlSettings), engine.sqlSettings) !== null;
  } catch {
    return false;
  }
}
