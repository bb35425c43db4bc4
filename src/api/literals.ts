/** Values in expressions: what SQL literal a JavaScript value is, alone or beside a column of a known type. */
import { isIntegral, BIGINT, BINARY, BOOLEAN, DATE, DAY_TIME_INTERVAL, DOUBLE, INT, STRING, TIMESTAMP, TIMESTAMP_NTZ, VOID, YEAR_MONTH_INTERVAL, decimal, time, type DataType } from "../types/data-type.ts";
import { literal, type Literal, type Origin } from "../plan/expressions.ts";
import { DayTimeInterval, Decimal, LocalDate, LocalTime, Timestamp, TimestampNtz, YearMonthInterval } from "../types/values.ts";
import { badArgument } from "./api-errors.ts";

const MAX_INT = 2_147_483_647, MIN_INT = -2_147_483_648;

/**
 * The literal of a value. A bare number takes the kind of what it stands beside, so that the result's type never depends
 * on the number's value; alone it is INT, BIGINT or DOUBLE by the digits it has.
 * @param beside the type of the other side, if it is known
 */
export function literalOf(value: unknown, origin: Origin | undefined, beside?: DataType): Literal {
  if (value === null || value === undefined) return literal(null, VOID, origin);
  switch (typeof value) {
    case "number": return numberLiteral(value, origin, beside);
    case "bigint":
      if (BigInt.asIntN(64, value) !== value) return decimalLiteral(Decimal.of(value, 0), origin);
      return literal(value, BIGINT, origin);
    case "string": return literal(value.toWellFormed(), STRING, origin);
    case "boolean": return literal(value, BOOLEAN, origin);
    case "object": break;
    default: throw badArgument(`A ${typeof value} can't be a SQL value.`, typeof value === "function" ? "a callback belongs to the operator itself: where(r => ...)" : undefined);
  }
  if (Timestamp.is(value)) return literal(value.epochMicros, TIMESTAMP, origin);
  if (value instanceof Date) return literal(Timestamp.from(value).epochMicros, TIMESTAMP, origin);
  if ("epochNanoseconds" in value && typeof value.epochNanoseconds === "bigint") return literal(Timestamp.from({ epochNanoseconds: value.epochNanoseconds }).epochMicros, TIMESTAMP, origin);
  if (TimestampNtz.is(value)) return literal(value.epochMicros, TIMESTAMP_NTZ, origin);
  if (LocalDate.is(value)) return literal(value.epochDay, DATE, origin);
  if (LocalTime.is(value)) return literal(BigInt(value.microsOfDay) * 1000n, time(), origin);
  if (Decimal.is(value)) return decimalLiteral(value, origin);
  if (DayTimeInterval.is(value)) return literal(value.micros, DAY_TIME_INTERVAL, origin);
  if (YearMonthInterval.is(value)) return literal(value.months, YEAR_MONTH_INTERVAL, origin);
  if (value instanceof Uint8Array) return literal(value, BINARY, origin);
  if ("then" in value) throw badArgument("A promise can't be a SQL value.", "an await is missing");
  throw badArgument(`A ${value.constructor?.name ?? "object"} can't be a SQL value.`, "make one with array(), map() or struct()");
}

function numberLiteral(value: number, origin: Origin | undefined, beside: DataType | undefined): Literal {
  const fitsInt = Number.isInteger(value) && value >= MIN_INT && value <= MAX_INT && !Object.is(value, -0);
  if (beside?.kind === "double" || beside?.kind === "float") return literal(value, DOUBLE, origin);
  if (beside?.kind === "decimal" && Number.isFinite(value)) return decimalLiteral(Decimal.from(value), origin);
  if (beside?.kind === "bigint" && Number.isSafeInteger(value)) return literal(BigInt(value), BIGINT, origin);
  if (fitsInt) return literal(value, INT, origin);
  if (beside !== undefined && isIntegral(beside)) {
    const expected = beside.kind === "bigint" ? "BIGINT" : "INT", written = Number.isInteger(value) && expected === "INT" ? `${value}n` : Number.isInteger(value) ? "..., as a bigint" : String(value);
    throw badArgument(`${value} is not ${expected === "INT" ? "an INT" : "a BIGINT"}, which is what the number stands beside.`, `cast the column or write lit(${written})`, "MILLRACE_LITERAL_DOES_NOT_FIT", "22003");
  }
  if (Number.isInteger(value) && Number.isSafeInteger(value) && !Object.is(value, -0)) return literal(BigInt(value), BIGINT, origin);
  return literal(value, DOUBLE, origin);
}

function decimalLiteral(value: Decimal, origin: Origin | undefined): Literal {
  const exact = value.scale < 0 ? value.withScale(0) : value, precision = Math.max(exact.precision, 1);
  if (precision > 38) throw badArgument(`${exact.toString()} has more than 38 digits.`, undefined, "NUMERIC_VALUE_OUT_OF_RANGE", "22003");
  return literal(exact.unscaled, decimal(precision, exact.scale), origin);
}

/** The literal of a number that says which type it is: `lit(5, "bigint")`. */
export function typedNumber(value: number, type: string, origin: Origin): { value: Literal; castTo: DataType | undefined; type: DataType } {
  switch (type) {
    case "double": return { value: literal(value, DOUBLE, origin), castTo: undefined, type: DOUBLE };
    case "bigint": return { value: numberLiteral(value, origin, BIGINT), castTo: undefined, type: BIGINT };
    case "int": return { value: numberLiteral(value, origin, INT), castTo: undefined, type: INT };
    case "float": { const to: DataType = { kind: "float" }; return { value: literal(value, DOUBLE, origin), castTo: to, type: to }; }
    case "smallint": case "tinyint": { const to: DataType = { kind: type }; return { value: numberLiteral(value, origin, INT), castTo: to, type: to }; }
    default: throw badArgument(`lit(number, type): '${type}' is not a type of numbers.`, '"int", "bigint" or "double"');
  }
}
