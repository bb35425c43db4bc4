/** What may be put into a column of another type: Spark's ANSI store assignment (Cast.canANSIStoreAssign). */
import { fitting, holdsLengths } from "../../../functions/string/char-lengths.ts";
import type { Expression } from "../../../plan/expressions.ts";
import { isDatetime, isNumeric, sameTypeIgnoringNullability, typeToSql, type DataType } from "../../../types/data-type.ts";

/** A value as a column takes it: fitted to the lengths of CHAR and VARCHAR. */
export const stored = (value: Expression, type: DataType): Expression =>
  holdsLengths(type) ? Object.freeze({ kind: "unresolved_function", name: "char_varchar_write", args: [value], entry: fitting(type) }) : value;

export interface Problem { readonly condition: string; readonly text: string; readonly parameters: Readonly<Record<string, string>> }

/** Why a value can't be assigned, or undefined. `name`: of the column, or of the field in it. */
export function storeAssignable(from: DataType, to: DataType, name: string): Problem | undefined {
  if (from.kind === "array" && to.kind === "array") return storeAssignable(from.element, to.element, `${name}\`.\`element`);
  if (from.kind === "map" && to.kind === "map") return storeAssignable(from.key, to.key, `${name}\`.\`key`) ?? storeAssignable(from.value, to.value, `${name}\`.\`value`);
  if (from.kind === "struct" && to.kind === "struct") {
    if (from.fields.length !== to.fields.length) return unsafe(from, to, name);
    for (const [i, field] of from.fields.entries()) {
      const problem = storeAssignable(field.type, to.fields[i]!.type, `${name}\`.\`${to.fields[i]!.name}`);
      if (problem !== undefined) return problem;
    }
    return undefined;
  }
  return isAssignable(from, to) ? undefined : unsafe(from, to, name);
}

function isAssignable(from: DataType, to: DataType): boolean {
  if (from.kind === "void" || sameTypeIgnoringNullability(from, to)) return true;
  if (isNumeric(from) && isNumeric(to)) return true;
  if (isString(to)) return from.kind !== "array" && from.kind !== "map" && from.kind !== "struct" && from.kind !== "variant";
  if (isDatetime(from) && isDatetime(to) || from.kind === "time" && to.kind === "time") return true;
  return from.kind === to.kind && (from.kind === "day_time_interval" || from.kind === "year_month_interval");
}

const isString = (type: DataType): boolean => type.kind === "string" || type.kind === "char" || type.kind === "varchar";

function unsafe(from: DataType, to: DataType, name: string): Problem {
  const colName = `\`${name}\``, srcType = `"${typeToSql(from)}"`, targetType = `"${typeToSql(to)}"`;
  return { condition: "CANNOT_SAFELY_CAST", text: `Cannot safely cast ${colName} ${srcType} to ${targetType}`, parameters: { colName, srcType, targetType } };
}
