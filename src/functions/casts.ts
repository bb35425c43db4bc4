/** Which casts there are: Spark's ANSI matrix, and its older one where ANSI mode is off. */
import { AnalysisError, type QueryContext } from "../base/errors.ts";
import { isInterval, isIntegral, isNumeric, sameTypeIgnoringNullability, typeToSql, type DataType, type GeoType } from "../types/data-type.ts";
import { decimalFor } from "../types/decimal-rules.ts";
import { isString, mayMakeNull } from "./coercion.ts";

export type EvalMode = "ansi" | "try" | "legacy";

export interface CastProblem {
  readonly condition: string;
  /** The error for an expression of this text. */
  error(sqlExpr: string, places?: readonly QueryContext[] | QueryContext): AnalysisError;
}

/** What is wrong with a cast; undefined if it can be done. */
export function canCast(from: DataType, to: DataType, evalMode: EvalMode): CastProblem | undefined {
  if (evalMode === "legacy" ? canLegacyCast(from, to) : canAnsiCast(from, to)) return undefined;
  const suggestion = isNumeric(from) && to.kind === "date" ? "`DATE_FROM_UNIX_DATE`" : from.kind === "date" && isNumeric(to) ? "`UNIX_DATE`" : undefined;
  if (suggestion !== undefined) {
    return problem("CAST_WITH_FUNC_SUGGESTION", from, to, { functionNames: suggestion }, `To convert values from ${name(from)} to ${name(to)}, you can use the functions ${suggestion} instead.`);
  }
  if (evalMode === "ansi" && canLegacyCast(from, to)) {
    return problem("CAST_WITH_CONF_SUGGESTION", from, to, { config: "\"spark.sql.ansi.enabled\"", configVal: "'false'" },
      "If you have to cast, you can set \"spark.sql.ansi.enabled\" as 'false'.");
  }
  return problem("CAST_WITHOUT_SUGGESTION", from, to, {}, "");
}

const name = (type: DataType): string => `"${typeToSql(type)}"`;

function problem(sub: string, from: DataType, to: DataType, parameters: Record<string, string>, advice: string): CastProblem {
  const condition = `DATATYPE_MISMATCH.${sub}`;
  return {
    condition,
    error: (sqlExpr, places) => {
      const text = sqlExpr.startsWith("\"") ? sqlExpr : `"${sqlExpr}"`;
      return new AnalysisError({
        condition, sqlState: "42K09",
        message: `Cannot resolve ${text} due to data type mismatch: cannot cast ${name(from)} to ${name(to)}${sub === "CAST_WITHOUT_SUGGESTION" ? "." : ` with ANSI mode on. ${advice}`}`,
        messageParameters: { sqlExpr: text, srcType: name(from), targetType: name(to), ...parameters },
        queryContext: places === undefined ? [] : Array.isArray(places) ? places as readonly QueryContext[] : [places as QueryContext],
      });
    },
  };
}

const isShape = (type: DataType): type is GeoType => type.kind === "geometry" || type.kind === "geography";
const isTimestamp = (type: DataType): boolean => type.kind === "timestamp" || type.kind === "timestamp_ntz";
const isExact = (type: DataType): boolean => isIntegral(type) || type.kind === "decimal";

/** What both modes share. `inner` decides about elements and fields. */
function canBasicCast(from: DataType, to: DataType, inner: (from: DataType, to: DataType) => boolean): boolean {
  if (sameTypeIgnoringNullability(from, to) || from.kind === "void") return true;
  if (isShape(from) || isShape(to)) return isShape(from) && isShape(to) && (from.kind === to.kind ? to.srid === "any" : from.kind === "geography" && from.srid === to.srid);
  if (isString(to)) return true;
  if (from.kind === "variant") return isVariantTarget(to);
  if (to.kind === "variant") return !isInterval(from) && from.kind !== "time" && from.kind !== "map" && from.kind !== "struct" && (from.kind !== "array" || canBasicCast(from.element, to, inner));
  if (isString(from)) return to.kind !== "array" && to.kind !== "map" && to.kind !== "struct" && to.kind !== "void";
  switch (to.kind) {
    case "boolean": return isNumeric(from);
    case "timestamp": return from.kind === "date" || from.kind === "timestamp_ntz" || from.kind === "time" || isNumeric(from);
    case "timestamp_ntz": return from.kind === "date" || from.kind === "timestamp" || from.kind === "time";
    case "date": return isTimestamp(from);
    case "time": return from.kind === "time" || isTimestamp(from);
    case "day_time_interval": return from.kind === "day_time_interval" || isExact(from);
    case "year_month_interval": return from.kind === "year_month_interval" || isExact(from);
    case "tinyint": case "smallint": case "int": case "bigint": case "float": case "double": case "decimal":
      return isNumeric(from) || from.kind === "boolean" || from.kind === "timestamp" || (isExact(to) && isInterval(from) && from.kind !== "calendar_interval") || (isExact(to) && from.kind === "time");
    case "array": return from.kind === "array" && inner(from.element, to.element) && mayHoldNull(from.containsNull, from.element, to.containsNull, to.element);
    case "map": return from.kind === "map" && inner(from.key, to.key) && !mayMakeNullInside(from.key, to.key) && inner(from.value, to.value)
      && mayHoldNull(from.valueContainsNull, from.value, to.valueContainsNull, to.value);
    case "struct": return from.kind === "struct" && from.fields.length === to.fields.length
      && from.fields.every((field, i) => inner(field.type, to.fields[i]!.type) && mayHoldNull(field.nullable, field.type, to.fields[i]!.nullable, to.fields[i]!.type));
    default: return false;
  }
}
const isVariantTarget = (to: DataType): boolean => to.kind !== "calendar_interval" && !isInterval(to) && to.kind !== "time";
const mayHoldNull = (fromNullable: boolean, from: DataType, toNullable: boolean, to: DataType): boolean => toNullable || (!fromNullable && !mayMakeNull(from, to));
/** Keys: text may be read as keys in ANSI mode, since bad text fails there. */
const mayMakeNullInside = (from: DataType, to: DataType): boolean => !isString(from) && mayMakeNull(from, to);

function canAnsiCast(from: DataType, to: DataType): boolean {
  return canBasicCast(from, to, canAnsiCast);
}

function canLegacyCast(from: DataType, to: DataType): boolean {
  if (to.kind === "binary" && isIntegral(from)) return true;
  if (to.kind === "boolean" && (from.kind === "date" || from.kind === "timestamp")) return true;
  if (to.kind === "timestamp" && from.kind === "boolean") return true;
  if (isNumeric(to) && from.kind === "date") return true;
  return canBasicCast(from, to, canLegacyCast);
}

const WIDTH: Readonly<Record<string, number>> = { tinyint: 1, smallint: 2, int: 3, bigint: 4, float: 5, double: 6 };

/** Whether a cast has a value for every value, be it less exact. */
export function neverFails(from: DataType, to: DataType): boolean {
  if (from.kind === "void" || to.kind === "string" || sameTypeIgnoringNullability(from, to)) return true;
  const a = WIDTH[from.kind], b = WIDTH[to.kind];
  if (a !== undefined && b !== undefined) return b >= a;
  if (to.kind === "decimal") return isIntegral(from) && to.precision - to.scale >= decimalFor(from).precision || from.kind === "decimal" && to.scale >= from.scale && to.precision - to.scale >= from.precision - from.scale;
  return (from.kind === "date" || from.kind === "timestamp_ntz") && to.kind === "timestamp" || from.kind === "string" && to.kind === "binary";
}
