/**
 * Conditions in the simple form that statistics of files can be asked about. They are a help, never the decision: the query evaluates its
 * conditions again, so what can't be said here is left out, and a row that a filter leaves out must be one for which it is not true.
 */
import type { ResolvedExpression } from "../plan/resolved.ts";
import type { Cell } from "../types/cell.ts";
import { isIntegral, type DataType } from "../types/data-type.ts";

/** Comparisons by SQL's rules: null for a null; NaN equals NaN and is above all other numbers, -0.0 equals 0.0; text by its UTF-8 bytes. */
export type FilterOperator = "=" | "<=>" | "<" | "<=" | ">" | ">=";

export type FileFilter =
  /** `value` is of the column's type in the table, and null only behind `<=>`. */
  | { readonly kind: "compare"; readonly column: string; readonly type: DataType; readonly operator: FilterOperator; readonly value: Cell }
  /** Without nulls among the values. */
  | { readonly kind: "in"; readonly column: string; readonly type: DataType; readonly values: readonly Cell[] }
  | { readonly kind: "null" | "not null"; readonly column: string; readonly type: DataType }
  | { readonly kind: "starts with"; readonly column: string; readonly type: DataType; readonly prefix: string }
  | { readonly kind: "and" | "or"; readonly left: FileFilter; readonly right: FileFilter };

/** What conditions say in this form; conjuncts that can't be said are left out. `columns`: those that filters may be about. */
export function fileFilters(conditions: readonly ResolvedExpression[], columns: (name: string) => boolean): FileFilter[] {
  return conditions.flatMap(condition => filterOf(condition, columns) ?? []);
}

/** The columns that a filter is about. */
export function filterColumns(filter: FileFilter): string[] {
  return "left" in filter ? [...filterColumns(filter.left), ...filterColumns(filter.right)] : [filter.column];
}

const TURNED: Readonly<Record<string, FilterOperator>> = { "=": "=", "==": "=", "<=>": "<=>", "<": ">", "<=": ">=", ">": "<", ">=": "<=" };

function filterOf(condition: ResolvedExpression, columns: (name: string) => boolean): FileFilter | undefined {
  if (condition.kind === "and" || condition.kind === "or") {
    const left = filterOf(condition.left, columns), right = filterOf(condition.right, columns);
    if (left !== undefined && right !== undefined) return { kind: condition.kind, left, right };
    return condition.kind === "and" ? left ?? right : undefined;
  }
  if (condition.kind === "attribute") return condition.type.kind === "boolean" && columns(condition.name) ? { kind: "compare", column: condition.name, type: condition.type, operator: "=", value: true } : undefined;
  if (condition.kind !== "scalar_call") return undefined;
  const { function: { name }, args: [first, second, ...more] } = condition;
  if (first === undefined) return undefined;
  if (name === "not" && second === undefined) return first.kind === "attribute" && columns(first.name) ? { kind: "compare", column: first.name, type: first.type, operator: "=", value: false } : undefined;
  if ((name === "isnull" || name === "isnotnull") && second === undefined) {
    return first.kind === "attribute" && columns(first.name) ? { kind: name === "isnull" ? "null" : "not null", column: first.name, type: first.type } : undefined;
  }
  if (second === undefined) return undefined;
  if (name === "in") {
    const column = columnOf(first, columns);
    if (column === undefined) return undefined;
    const values: Cell[] = [];
    for (const one of [second, ...more]) {
      const value = valueOf(one, column.type);
      if (value === undefined) return undefined;
      if (value !== null) values.push(value);
    }
    return { kind: "in", column: column.name, type: column.type, values };
  }
  if (more.length > 0) return undefined;
  if (name === "startswith") return first.kind === "attribute" && columns(first.name) && isPlainText(first.type) && second.kind === "literal" && typeof second.value === "string" ? { kind: "starts with", column: first.name, type: first.type, prefix: second.value } : undefined;
  if (!Object.hasOwn(TURNED, name)) return undefined;
  const turned = columnOf(first, columns) === undefined, column = columnOf(turned ? second : first, columns);
  if (column === undefined) return undefined;
  const value = valueOf(turned ? first : second, column.type), operator = turned ? TURNED[name]! : name === "==" ? "=" : name as FilterOperator;
  return value === undefined || value === null && operator !== "<=>" ? undefined : { kind: "compare", column: column.name, type: column.type, operator, value };
}

/** A column, also under a cast that changes no value. */
function columnOf(expression: ResolvedExpression, columns: (name: string) => boolean): { readonly name: string; readonly type: DataType } | undefined {
  if (expression.kind === "attribute") return columns(expression.name) && isComparable(expression.type) ? expression : undefined;
  if (expression.kind !== "cast" || expression.child.kind !== "attribute") return undefined;
  const { child: { type: from }, type: to } = expression;
  const isExact = isIntegral(from) && (isIntegral(to) && bitsOf(from) < bitsOf(to) || to.kind === "decimal" && to.scale === 0 && to.precision >= 19);
  const isWider = from.kind === "decimal" && to.kind === "decimal" && to.scale >= from.scale && to.precision - to.scale >= from.precision - from.scale;
  return isExact || isWider ? columnOf(expression.child, columns) : undefined;
}

const isPlainText = (type: DataType): boolean => type.kind === "string" && type.collation === undefined;
const isComparable = (type: DataType): boolean => !["struct", "array", "map", "variant", "calendar_interval", "char", "varchar", "void"].includes(type.kind) && (type.kind !== "string" || isPlainText(type));
const bitsOf = (type: DataType): number => ({ tinyint: 8, smallint: 16, int: 32, bigint: 64 })[type.kind as "int"];

/** A literal as a value of the column's type; undefined if it is none. */
function valueOf(expression: ResolvedExpression, type: DataType): Cell | undefined {
  if (expression.kind !== "literal") return undefined;
  const { value, type: from } = expression;
  if (value === null) return null;
  if (isIntegral(type)) {
    if (!isIntegral(from) && !(from.kind === "decimal" && from.scale === 0)) return undefined;
    const whole = BigInt(value as number | bigint), bits = bitsOf(type);
    if (BigInt.asIntN(bits, whole) !== whole) return undefined;
    return bits === 64 ? whole : Number(whole);
  }
  if (type.kind === "decimal") {
    if (from.kind !== "decimal") return undefined;
    const unscaled = value as bigint;
    if (from.scale <= type.scale) return unscaled * 10n ** BigInt(type.scale - from.scale);
    const unit = 10n ** BigInt(from.scale - type.scale);
    return unscaled % unit === 0n ? unscaled / unit : undefined;
  }
  return from.kind === type.kind ? value : undefined;
}
