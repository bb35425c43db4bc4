/** `+` and `-` of dates, timestamps and intervals; `*`, `/` and `div` of intervals. */
import { cellAt } from "../../columns/cells.ts";
import type { Vector } from "../../columns/vector.ts";
import { KIND } from "../../kernels/expression.ts";
import { kernels } from "../../kernels/kernels.ts";
import type { Origin } from "../../plan/expressions.ts";
import type { Binding, RowKernel, VectorKernel } from "../../plan/function.ts";
import type { ResolvedExpression } from "../../plan/resolved.ts";
import { addMonthsToDays, addMonthsToLocal, addToTimestamp } from "../../types/calendar.ts";
import type { CalendarInterval, Cell } from "../../types/cell.ts";
import {
  BIGINT, CALENDAR_INTERVAL, DATE, DAY_TIME_INTERVAL, DOUBLE, INT, STRING, TIMESTAMP, YEAR_MONTH_INTERVAL, dayTimeInterval, isInterval, isIntegral, isNumeric, type DataType,
} from "../../types/data-type.ts";
import { DAY_MICROS, formatTimestamp } from "../../types/datetime-text.ts";
import { divideHalfUp, powerOfTen } from "../../types/decimal-rules.ts";
import { timeZone } from "../../types/time-zone.ts";
import { isString, tightestCommonType } from "../coercion.ts";
import { divideByZero, executionError, intervalDividedByZero, intervalOverflow, unexpectedType } from "../errors.ts";
import { rowVector } from "../row-vector.ts";
import { combinedValidity, emptyVector, maskOf } from "../vectors.ts";
import type { ArithmeticMode } from "./numeric.ts";

const DAY_ONLY = dayTimeInterval("day", "day");
const TIMESTAMPS = "(\"(TIMESTAMP OR TIMESTAMP WITHOUT TIME ZONE)\" or \"(TIMESTAMP_LTZ(P) OR TIMESTAMP_NTZ(P) WITH P IN [7, 9])\")";
const isTimestamp = (type: DataType): boolean => type.kind === "timestamp" || type.kind === "timestamp_ntz";
const isDayOnly = (type: DataType): boolean => type.kind === "day_time_interval" && type.start === "day" && type.end === "day";

/** `ansi`: whether text beside a date or a timestamp is read as one. */
interface Operation { readonly name: string; readonly args: readonly ResolvedExpression[]; readonly mode: ArithmeticMode; readonly ansi: boolean; readonly origin: Origin | undefined }

/** The binding of `+` or `-` when an operand is a date, a time or an interval; undefined if none is. */
export function datetimeBinding(operator: "+" | "-", operation: Operation): Binding | undefined {
  const { args, mode } = operation, a = args[0]!.type, b = args[1]!.type, sign = operator === "+" ? 1 : -1;
  const found = addition(operator, operation, a, b, sign) ?? (operator === "+" ? mirrored(operation, b, a) : undefined);
  if (found === undefined || mode !== "try" || found.row === undefined) return found;
  const { row, vector: _, ...rest } = found;
  return { ...rest, nullable: true, row: (cells, context) => { try { return row(cells, context); } catch { return null; } } };
}

function mirrored(operation: Operation, a: DataType, b: DataType): Binding | undefined {
  const found = addition("+", { ...operation, args: [operation.args[1]!, operation.args[0]!] }, a, b, 1);
  if (found === undefined) return undefined;
  const { row, argTypes, vector } = found;
  return {
    ...found, ...(argTypes && { argTypes: [argTypes[1]!, argTypes[0]!] }), ...(row && { row: ([x, y], context) => row([y!, x!], context) }),
    ...(vector && { vector: ([x, y], rows, length, context) => vector([y!, x!], rows, length, context) }),
  };
}

/** Months that are added or taken away: the least INTERVAL has no negative. */
function signedMonths(months: number, sign: 1 | -1): number {
  if (sign === -1 && months === -2_147_483_648) throw intervalOverflow();
  return sign * months;
}

function addition(operator: "+" | "-", operation: Operation, a: DataType, b: DataType, sign: 1 | -1): Binding | undefined {
  const { name, args, origin } = operation;
  if (a.kind === "void" && isInterval(b)) return sameIntervals(b, b, sign);
  if (isInterval(a) && b.kind === "void") return sameIntervals(a, a, sign);
  if ((a.kind === b.kind) && isInterval(a)) return sameIntervals(a, b, sign);
  if (a.kind === "date") {
    if (isDayOnly(b)) return bind(DATE, [DATE, b], ([d, i]) => wrapDays((d as number) + sign * Number((i as bigint) / DAY_MICROS)));
    if (b.kind === "day_time_interval") return addMicros(TIMESTAMP, b, sign);
    if (b.kind === "year_month_interval") return bind(DATE, [DATE, b], ([d, i]) => addMonthsToDays(d as number, signedMonths(i as number, sign)), sign < 0);
    if (b.kind === "calendar_interval") return bind(DATE, [DATE, b], ([d, i]) => addCalendarToDate(d as number, i as CalendarInterval, sign), true);
  }
  if (isTimestamp(a) && b.kind === "year_month_interval") {
    const zoned = a.kind === "timestamp";
    return bind(a, [a, b], ([t, i], { settings }) => {
      const local = zoned ? timeZone(settings.timeZone).toLocal(t as bigint) : t as bigint, moved = addMonthsToLocal(local, signedMonths(i as number, sign));
      return checkMicros(zoned ? timeZone(settings.timeZone).toInstant(moved) : moved);
    }, true);
  }
  if (a.kind === "time" && b.kind === "void" && operator === "+") return bind(a, [a, DAY_TIME_INTERVAL], () => null);
  if (a.kind === "time" && b.kind === "day_time_interval") {
    return bind(a, [a, b], ([t, i]) => {
      const nanos = (t as bigint) + BigInt(sign) * (i as bigint) * 1000n;
      if (nanos < 0n || nanos >= DAY_MICROS * 1000n) throw executionError("DATETIME_OVERFLOW", "22008", "Datetime operation overflow: adding an interval leaves the day.", { operation: "add an interval to the time value" });
      return nanos;
    }, true);
  }
  if (b.kind === "day_time_interval" || b.kind === "calendar_interval") {
    const to = isTimestamp(a) ? a : isString(a) ? TIMESTAMP : undefined;
    if (to === undefined) {
      if (operator === "+" && isDatetimeSide(a)) return undefined;
      throw unexpectedType(name, args, 0, TIMESTAMPS, origin);
    }
    const moved = b.kind === "day_time_interval" ? addMicros(to, b, sign) : bind(to, [to, b], ([t, i], { settings }) => {
      const { months, days, micros } = i as CalendarInterval;
      return checkMicros(addToTimestamp(t as bigint, sign * months, sign * days, BigInt(sign) * micros, to.kind === "timestamp" ? timeZone(settings.timeZone) : undefined));
    }, true);
    // Text stays text.
    return isString(a) ? bind(STRING, [to, b], (cells, context) => formatTimestamp(moved.row!(cells, context) as bigint, timeZone(context.settings.timeZone)), true) : moved;
  }
  if (operator === "-") return difference(operation, a, b);
  if (a.kind === "date" && (operation.ansi || !isString(b))) return addDays(operation, b, 1);
  // DATE stands for INT when it is the right side of a text or another moment.
  if (!operation.ansi && (a.kind === "date" && isString(b) || isString(a) && b.kind === "date")) throw unexpectedType("date_add", a.kind === "date" ? args : [args[1]!, args[0]!], 1, "(\"INT\" or \"SMALLINT\" or \"TINYINT\")", origin);
  if (b.kind === "date" && (isString(a) || isTimestamp(a))) throw unexpectedType("date_add", [args[1]!, args[0]!], 1, "(\"INT\" or \"SMALLINT\" or \"TINYINT\")", origin);
  // TIMESTAMP + NULL: the null is taken for an interval.
  if (isTimestamp(a) && b.kind === "void") return bind(a, [a, DAY_TIME_INTERVAL], () => null);
  return undefined;
}
const isDatetimeSide = (type: DataType): boolean => type.kind === "date" || isTimestamp(type) || type.kind === "time";

function addDays({ args, origin }: Operation, b: DataType, sign: 1 | -1): Binding {
  if (b.kind === "void") return sign === 1 ? bind(TIMESTAMP, [TIMESTAMP, DAY_TIME_INTERVAL], () => null) : bind(DAY_ONLY, [DATE, DATE], () => null);
  if (b.kind !== "int" && b.kind !== "smallint" && b.kind !== "tinyint") throw unexpectedType(sign === 1 ? "date_add" : "date_sub", args, 1, "(\"INT\" or \"SMALLINT\" or \"TINYINT\")", origin);
  return bind(DATE, [DATE, INT], ([d, n]) => wrapDays((d as number) + sign * (n as number)));
}

function difference(operation: Operation, a: DataType, b: DataType): Binding | undefined {
  const { name, args, origin } = operation;
  if (isTimestamp(a) || isTimestamp(b)) {
    const other = isTimestamp(a) ? b : a;
    if (!operation.ansi && isString(other)) throw unexpectedType(name, args, isTimestamp(a) ? 1 : 0, TIMESTAMPS, origin);
    if (other.kind !== "date" && other.kind !== "void" && !isString(other) && !isTimestamp(other)) throw unexpectedType(name, args, isTimestamp(a) ? 1 : 0, TIMESTAMPS, origin);
    const type = a.kind === b.kind ? a : isTimestamp(a) && isTimestamp(b) ? TIMESTAMP : other.kind === "date" || isString(other) || other.kind === "void" ? (isTimestamp(a) ? a : b) : TIMESTAMP;
    // What the clocks show: a day with a change of the clocks is a day.
    return bind(DAY_TIME_INTERVAL, [type, type], type.kind === "timestamp"
      ? ([x, y], { settings }) => { const zone = timeZone(settings.timeZone); return checkMicros(zone.toLocal(x as bigint) - zone.toLocal(y as bigint)); }
      : ([x, y]) => checkMicros((x as bigint) - (y as bigint)), true);
  }
  const isTimeLike = (type: DataType): boolean => type.kind === "time" || type.kind === "void" || isString(type);
  if ((a.kind === "time" || b.kind === "time") && isTimeLike(a) && isTimeLike(b)) return bind(dayTimeInterval("hour", "second"), [a.kind === "time" ? a : b, b.kind === "time" ? b : a], ([x, y]) => ((x as bigint) - (y as bigint)) / 1000n);
  if (b.kind === "date") {
    if (a.kind !== "date" && a.kind !== "void" && !isString(a)) throw unexpectedType(name, args, 0, "\"DATE\"", origin);
    return bind(DAY_ONLY, [DATE, DATE], ([x, y]) => BigInt((x as number) - (y as number)) * DAY_MICROS);
  }
  if (a.kind === "date" && b.kind === "void") return bind(DAY_ONLY, [DATE, DATE], () => null);
  if (a.kind === "date" && isString(b) && operation.ansi) return bind(DAY_ONLY, [DATE, DATE], ([x, y]) => BigInt((x as number) - (y as number)) * DAY_MICROS);
  return a.kind === "date" ? addDays(operation, b, -1) : undefined;
}

const bind = (type: DataType, argTypes: readonly DataType[], row: RowKernel, canRaise = false): Binding => ({ type, argTypes, row, canRaise });

const addMicros = (type: DataType, interval: DataType, sign: 1 | -1): Binding => {
  const whole = interval.kind === "day_time_interval";
  const row: RowKernel = ([t, i], { settings }) => {
    // Whole days are days of the clock, the rest is absolute time.
    const micros = BigInt(sign) * (i as bigint), days = whole ? micros / DAY_MICROS : 0n;
    return checkMicros(addToTimestamp(t as bigint, 0, Number(days), micros - days * DAY_MICROS, type.kind === "timestamp" ? timeZone(settings.timeZone) : undefined));
  };
  return { ...bind(type, [type, interval], row, true), vector: addMicrosVectors(type, sign, row) };
};

/** A sum of 64-bit numbers where no clock is changed on the way: without a zone, in one that never changes it, or for less than a day. */
function addMicrosVectors(type: DataType, sign: 1 | -1, row: RowKernel): VectorKernel {
  const slow = rowVector(type, row);
  return (args, rows, length, context) => {
    const [t, i] = args as [Vector, Vector], step = i.isConstant ? cellAt(i, 0) as bigint | null : DAY_MICROS;
    const isAbsolute = type.kind !== "timestamp" || step !== null && step < DAY_MICROS && step > -DAY_MICROS || timeZone(context.settings.timeZone).isFixed;
    if (!isAbsolute) return slow(args, rows, length, context);
    const valid = combinedValidity(args, rows, length, context), out = emptyVector(type, length, valid, context);
    const failed = kernels().arithmetic(KIND.i64, sign === 1 ? 0 : 1, t.data, maskOf(t), i.data, maskOf(i), valid, rows.pointer, rows.count, out.data);
    return failed >= 0 ? slow(args, rows, length, context) : out;
  };
}

/** Dates wrap past their range, without an error. */
const wrapDays = (days: number): number => days | 0;

function addCalendarToDate(days: number, { months, days: more, micros }: CalendarInterval, sign: 1 | -1): number {
  if (micros !== 0n) throw executionError("INVALID_INTERVAL_WITH_MICROSECONDS_ADDITION", "22006", "Cannot add an interval to a date because its microseconds part is not 0. Convert the input to TIMESTAMP if you want to add an interval with a time part.");
  return wrapDays(addMonthsToDays(days, sign * months) + sign * more);
}

function checkMicros(micros: bigint): bigint {
  if (BigInt.asIntN(64, micros) !== micros) throw executionError("DATETIME_OVERFLOW", "22008", "Datetime operation overflow: long overflow.", { operation: "long overflow" });
  return micros;
}

const int32 = (value: number, mode: "add" | "subtract"): number => {
  if (value > 2_147_483_647 || value < -2_147_483_648) throw intervalOverflow(mode === "add" ? "try_add" : "try_subtract");
  return value;
};
export const int64 = (value: bigint, functionName?: string): bigint => {
  if (BigInt.asIntN(64, value) !== value) throw intervalOverflow(functionName);
  return value;
};

function sameIntervals(a: DataType, b: DataType, sign: 1 | -1): Binding {
  const type = tightestCommonType(a, b)!, mode = sign === 1 ? "add" : "subtract";
  if (type.kind === "year_month_interval") return bind(type, [type, type], ([x, y]) => int32((x as number) + sign * (y as number), mode), true);
  if (type.kind === "day_time_interval") return bind(type, [type, type], ([x, y]) => int64((x as bigint) + BigInt(sign) * (y as bigint), `try_${mode}`), true);
  return bind(CALENDAR_INTERVAL, [CALENDAR_INTERVAL, CALENDAR_INTERVAL], ([x, y]) => {
    const p = x as CalendarInterval, q = y as CalendarInterval;
    return { months: int32(p.months + sign * q.months, mode), days: int32(p.days + sign * q.days, mode), micros: int64(p.micros + BigInt(sign) * q.micros, `try_${mode}`) };
  }, true);
}

/** The binding of `*`, `/`, `div` when an operand is an interval; undefined if none is. */
export function intervalScaling(operator: "*" | "/" | "div", operation: Operation): Binding | undefined {
  const { args, mode, name, origin } = operation;
  let at = 0;
  if (!isInterval(args[0]!.type)) {
    if (operator !== "*" || !isInterval(args[1]!.type)) return undefined;
    at = 1;
  }
  const interval = args[at]!.type, factor = args[1 - at]!.type;
  if (operator === "div") return intervalDiv(operation, interval, factor);
  if (!isNumeric(factor) && !isString(factor) && factor.kind !== "void") throw unexpectedType(name, at === 0 ? args : [args[1]!, args[0]!], 1, "\"NUMERIC\"", origin);
  const number = isNumeric(factor) ? interval.kind === "calendar_interval" ? DOUBLE : factor : DOUBLE;
  const type = interval.kind === "year_month_interval" ? YEAR_MONTH_INTERVAL : interval.kind === "day_time_interval" ? DAY_TIME_INTERVAL : interval;
  const scale = operator === "*" ? multiply(type, number) : divide(type, number);
  let row: RowKernel = ([x, y]) => scale((at === 0 ? x : y)!, (at === 0 ? y : x)!);
  if (mode === "try") { const strict = row; row = (cells, context) => { try { return strict(cells, context); } catch { return null; } }; }
  return { ...bind(type, at === 0 ? [interval, number] : [number, interval], row, true), nullable: mode === "try" || interval.kind === "calendar_interval" };
}

function intervalDiv({ args, name, origin }: Operation, a: DataType, b: DataType): Binding | undefined {
  if (a.kind !== b.kind && b.kind !== "void") return undefined;
  if (a.kind === "calendar_interval") throw unexpectedType(name, args, 0, "\"BIGINT\"", origin);
  return { ...bind(BIGINT, [a, b.kind === "void" ? a : b], ([x, y]) => {
    const divisor = BigInt(y as number | bigint);
    if (divisor === 0n) throw divideByZero();
    return BigInt(x as number | bigint) / divisor;
  }, true), nullable: true };
}

type Scale = (interval: Cell, factor: Cell) => Cell;
const halfUp = (value: number): number => { if (!Number.isFinite(value)) throw intervalOverflow(); return value < 0 ? -Math.floor(-value + 0.5) : Math.floor(value + 0.5); };

function multiply(type: DataType, factor: DataType): Scale {
  if (type.kind === "calendar_interval") return (i, n) => scaleCalendar(i as CalendarInterval, n as number);
  const exact = isIntegral(factor) || factor.kind === "decimal", scale = factor.kind === "decimal" ? powerOfTen(factor.scale) : 1n;
  const product = (i: Cell, n: Cell): bigint => exact ? divideHalfUp(BigInt(i as number | bigint) * BigInt(n as number | bigint), scale) : BigInt(halfUp(Number(i as number | bigint) * (n as number)));
  return type.kind === "year_month_interval" ? (i, n) => months(product(i, n)) : (i, n) => int64(product(i, n));
}

function divide(type: DataType, divisor: DataType): Scale {
  if (type.kind === "calendar_interval") return (i, n) => { if (n === 0) throw intervalDividedByZero(); return scaleCalendar(i as CalendarInterval, 1 / (n as number)); };
  const exact = isIntegral(divisor) || divisor.kind === "decimal", scale = divisor.kind === "decimal" ? powerOfTen(divisor.scale) : 1n;
  const quotient = (i: Cell, n: Cell): bigint => {
    if (exact) {
      const by = BigInt(n as number | bigint);
      if (by === 0n) throw intervalDividedByZero();
      return divideHalfUp(BigInt(i as number | bigint) * scale, by);
    }
    if (n === 0) throw intervalDividedByZero();
    return BigInt(halfUp(Number(i as number | bigint) / (n as number)));
  };
  // Only the least interval has no quotient by -1.
  const suggested = isIntegral(divisor) ? "try_divide" : undefined;
  return type.kind === "year_month_interval" ? (i, n) => months(quotient(i, n), suggested) : (i, n) => int64(quotient(i, n), suggested);
}

const months = (value: bigint, functionName?: string): number => {
  if (BigInt.asIntN(32, value) !== value) throw intervalOverflow(functionName);
  return Number(value);
};

/** Fractions of months become days of which a month has 31 and microseconds. */
function scaleCalendar({ months: m, days: d, micros }: CalendarInterval, by: number): CalendarInterval {
  const wholeMonths = Math.trunc(m * by), daysExact = d * by + 31 * (m * by - wholeMonths), wholeDays = Math.trunc(daysExact);
  return { months: wholeMonths, days: wholeDays, micros: BigInt(Math.round(Number(micros) * by + Number(DAY_MICROS) * (daysExact - wholeDays))) };
}

