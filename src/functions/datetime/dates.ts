/** Arithmetic and construction of dates and timestamps. */
import { kernels } from "../../kernels/kernels.ts";
import type { Vector } from "../../columns/vector.ts";
import { physicalOf } from "../../columns/vector.ts";
import { KIND } from "../../kernels/expression.ts";
import { DAY_PART } from "../../kernels/expression-moments.ts";
import { overInts } from "../number-loops.ts";
import { rowVector } from "../row-vector.ts";
import { combinedValidity, emptyVector, maskOf } from "../vectors.ts";
import { dayOf, lenient } from "./checked-fields.ts";
import { makeTimestampFunctions } from "./make-timestamp.ts";
import { instantVector, localVector } from "./zone-vectors.ts";
import type { RowKernel, ScalarFunction, VectorKernel } from "../../plan/function.ts";
import { addMonthsToDays, addMonthsToLocal, addToTimestamp, daysInMonth, isoDayOfWeek, splitDay } from "../../types/calendar.ts";
import { civil, daysFromCivil, floorDivide } from "../../types/civil.ts";
import { BIGINT, DATE, DOUBLE, INT, TIMESTAMP, TIMESTAMP_NTZ, decimal, isFractional, isIntegral, type DataType } from "../../types/data-type.ts";
import { DAY_MICROS } from "../../types/datetime-text.ts";
import { powerOfTen } from "../../types/decimal-rules.ts";
import { parseIntegral } from "../../types/number-text.ts";
import { timeZone, type TimeZone } from "../../types/time-zone.ts";
import { ANY_INTEGRAL, ANY_NUMERIC, ANY_TIMESTAMP, AS, familyName, isString, oneOf, uncast } from "../coercion.ts";
import { constantCell } from "../constant-argument.ts";
import { checkCount, custom, literalValue, scalar, type Call, type ScalarSpec } from "../define.ts";
import { unsupported } from "../../base/errors.ts";
import { datetimeOverflow, executionError, unexpectedType } from "../errors.ts";

const SMALL_INT = oneOf(AS.int, AS.smallint, AS.tinyint);

/** Start of a unit before a day; undefined for a unit that is none of days. */
function truncateDay(day: number, unit: string): number | undefined {
  const { year, month } = civil(day);
  switch (unit.toUpperCase()) {
    case "YEAR": case "YYYY": case "YY": return daysFromCivil(year, 1, 1);
    case "QUARTER": return daysFromCivil(year, month - ((month - 1) % 3), 1);
    case "MONTH": case "MM": case "MON": return daysFromCivil(year, month, 1);
    case "WEEK": return day - isoDayOfWeek(day) + 1;
    default: return undefined;
  }
}

const UNITS: Readonly<Record<string, bigint>> = { HOUR: 3_600_000_000n, MINUTE: 60_000_000n, SECOND: 1_000_000n, MILLISECOND: 1000n, MICROSECOND: 1n };
/** Start of a unit at or before a wall clock time; null for a word that is no unit. */
export function truncateLocal(local: bigint, unit: string): bigint | null {
  const upper = unit.toUpperCase(), size = UNITS[upper];
  if (size !== undefined) return floorDivide(local, size) * size;
  const { day } = splitDay(local);
  if (upper === "DAY" || upper === "DD") return BigInt(day) * DAY_MICROS;
  const start = truncateDay(day, upper);
  return start === undefined ? null : BigInt(start) * DAY_MICROS;
}

const WEEKDAYS: Readonly<Record<string, number>> = {
  MO: 1, MON: 1, MONDAY: 1, TU: 2, TUE: 2, TUESDAY: 2, WE: 3, WED: 3, WEDNESDAY: 3, TH: 4, THU: 4, THURSDAY: 4, FR: 5, FRI: 5, FRIDAY: 5, SA: 6, SAT: 6, SATURDAY: 6, SU: 7, SUN: 7, SUNDAY: 7,
};

/** The first day behind a day that is the `wanted`th of the week, from Monday, 1. */
function nextDay(day: number, wanted: number): number {
  const ahead = (wanted - isoDayOfWeek(day) + 7) % 7;
  return day + (ahead === 0 ? 7 : ahead);
}

function monthsBetween(a: bigint, b: bigint, roundOff: boolean): number {
  const x = splitDay(a), y = splitDay(b), p = civil(x.day), q = civil(y.day);
  const months = (p.year - q.year) * 12 + p.month - q.month;
  const isLast = (d: { year: number; month: number; day: number }): boolean => d.day === daysInMonth(d.year, d.month);
  if (p.day === q.day || (isLast(p) && isLast(q))) return months;
  const seconds = (p.day - q.day) * 86_400 + Number(x.micros / 1_000_000n) - Number(y.micros / 1_000_000n);
  const difference = months + seconds / 2_678_400;
  return roundOff ? Math.round(difference * 1e8) / 1e8 : difference;
}

const ADD_UNITS: Readonly<Record<string, { readonly months?: number; readonly days?: number; readonly micros?: bigint }>> = {
  YEAR: { months: 12 }, QUARTER: { months: 3 }, MONTH: { months: 1 }, WEEK: { days: 7 }, DAY: { days: 1 }, DAYOFYEAR: { days: 1 },
  HOUR: { micros: 3_600_000_000n }, MINUTE: { micros: 60_000_000n }, SECOND: { micros: 1_000_000n }, MILLISECOND: { micros: 1000n }, MICROSECOND: { micros: 1n },
};

function timestampDifference(unit: string, from: bigint, to: bigint, zone: TimeZone | undefined): bigint {
  const step = ADD_UNITS[unit];
  if (step === undefined) throw executionError("INVALID_PARAMETER_VALUE.DATETIME_UNIT", "22023", `The value of parameter(s) \`unit\` in \`timestampdiff\` is invalid: ${unit}.`, { unit });
  const a = zone === undefined ? from : zone.toLocal(from), b = zone === undefined ? to : zone.toLocal(to);
  if (step.micros !== undefined) return (b - a) / step.micros;
  if (step.days !== undefined) return (b - a) / (DAY_MICROS * BigInt(step.days));
  const x = civil(splitDay(a).day), y = civil(splitDay(b).day);
  let months = (y.year - x.year) * 12 + y.month - x.month;
  const restX = BigInt(x.day) * DAY_MICROS + splitDay(a).micros, restY = BigInt(y.day) * DAY_MICROS + splitDay(b).micros;
  if (months > 0 && restY < restX) months--;
  else if (months < 0 && restY > restX) months++;
  return BigInt(Math.trunc(months / step.months!));
}

const zoneOf = (call: Call, index: number): boolean => call.types[index]!.kind === "timestamp";

const DAY_STARTS: Readonly<Record<string, number>> = {
  YEAR: DAY_PART.yearStart, YYYY: DAY_PART.yearStart, YY: DAY_PART.yearStart, QUARTER: DAY_PART.quarterStart, MONTH: DAY_PART.monthStart, MM: DAY_PART.monthStart, MON: DAY_PART.monthStart, WEEK: DAY_PART.weekStart,
};

/** Days of one column, by a kernel. */
const daysVector = (part: number): VectorKernel => (args, rows, length, context) => {
  const [a] = args as [Vector], out = emptyVector(DATE, length, combinedValidity([a], rows, length, context), context);
  kernels().dayPart(part, a.data, maskOf(a), rows.pointer, rows.count, out.data);
  return out;
};

const monthsVector: VectorKernel = (args, rows, length, context) => {
  const [a, b] = args as [Vector, Vector], out = emptyVector(DATE, length, combinedValidity(args, rows, length, context), context);
  kernels().addMonths(a.data, maskOf(a), b.data, maskOf(b), rows.pointer, rows.count, out.data);
  return out;
};

/** The kernel of date_trunc by a unit that is constant: windows of what the clocks show, and back to the instants. */
function truncateVector(call: Call, row: RowKernel): VectorKernel | undefined {
  const unit = literalValue(call.args[0])?.value;
  if (typeof unit !== "string") return undefined;
  const word = unit.toUpperCase(), size = UNITS[word], start = DAY_STARTS[word], isDay = word === "DAY" || word === "DD", byRow = rowVector(TIMESTAMP, row), zoneId = call.settings.timeZone;
  if (size === undefined && start === undefined && !isDay) return undefined;
  return (args, rows, length, context) => {
    const t = args[1]!, local = t.isConstant ? undefined : localVector(t, zoneId, rows, length, context);
    if (local === undefined) return byRow(args, rows, length, context);
    const out = emptyVector(TIMESTAMP_NTZ, length, combinedValidity([local], rows, length, context), context), kernel = kernels();
    if (start !== undefined) kernel.truncateMoments(start, local.data, maskOf(local), rows.pointer, rows.count, out.data);
    else kernel.assignWindows(local.data, rows.pointer, rows.count, size ?? DAY_MICROS, size ?? DAY_MICROS, 0n, out.data, context.arena.allocate(8 * length));
    if (size === undefined) return instantVector(out, zoneId, rows, length, context) ?? byRow(args, rows, length, context);
    // Within the day the offset stays that of the instant, so that an hour told twice stays itself.
    if (local.data !== t.data) {
      kernel.arithmetic(KIND.i64, 0, out.data, -1, t.data, -1, 0, rows.pointer, rows.count, out.data);
      kernel.arithmetic(KIND.i64, 1, out.data, -1, local.data, -1, 0, rows.pointer, rows.count, out.data);
    }
    return out.retyped(TIMESTAMP);
  };
}

/** Whole numbers of a unit as instants; a number too large goes to the rows, which say so. */
function scaledVector(type: DataType, factor: bigint, row: RowKernel): VectorKernel | undefined {
  if (!isIntegral(type)) return undefined;
  const kind = KIND[physicalOf(type) as keyof typeof KIND], byRow = rowVector(TIMESTAMP, row);
  return (args, rows, length, context) => {
    const [a] = args as [Vector], valid = combinedValidity(args, rows, length, context), out = emptyVector(TIMESTAMP, length, valid, context);
    return kernels().scaleWhole(kind, factor, a.data, maskOf(a), valid, rows.pointer, rows.count, out.data) < 0 ? out : byRow(args, rows, length, context);
  };
}

/** A change of clocks by a zone that is constant. */
function zoned(call: Call, change: typeof localVector, row: RowKernel): { readonly row: RowKernel; readonly vector?: VectorKernel } {
  const zoneId = literalValue(call.args[1])?.value, byRow = rowVector(TIMESTAMP, row);
  if (typeof zoneId !== "string") return { row };
  return { row, vector: (args, rows, length, context) => (args[0]!.isConstant ? undefined : change(args[0]!, zoneId, rows, length, context)?.retyped(TIMESTAMP)) ?? byRow(args, rows, length, context) };
}

const counted = (divisor: bigint): VectorKernel => (args, rows, length, context) => {
  const [a] = args as [Vector];
  if (divisor === 1n) return a.retyped(BIGINT);
  const out = emptyVector(BIGINT, length, combinedValidity(args, rows, length, context), context);
  kernels().floorDivide(a.data, maskOf(a), divisor, rows.pointer, rows.count, out.data);
  return out;
};

function unixCount(name: string, divisor: bigint, description: string, cases: ScalarSpec["cases"]): ScalarFunction {
  return scalar({ name, usage: `${name}(timestamp)`, description, cases, params: [uncast(ANY_TIMESTAMP)], returns: BIGINT, row: ([t]) => floorDivide(t as bigint, divisor), vector: counted(divisor) });
}
function fromCount(name: string, factor: bigint, unit: string, cases: ScalarSpec["cases"]): ScalarFunction {
  const row: RowKernel = ([n]) => {
    const micros = BigInt(n as number | bigint) * factor;
    if (BigInt.asIntN(64, micros) !== micros) throw datetimeOverflow(`create a TIMESTAMP from ${String(n)}L ${unit} since the epoch`);
    return micros;
  };
  return scalar({
    name, usage: `${name}(${unit})`, description: `The instant so many ${unit} after the epoch.`, cases, params: [ANY_INTEGRAL], returns: TIMESTAMP, canRaise: true, row,
    make: call => { const vector = scaledVector(call.types[0]!, factor, row); return vector === undefined ? {} : { vector }; },
  });
}

/** Outside ANSI mode text is a number of days only where it is constant, and must be a whole one. */
function withTextDays(entry: ScalarFunction): ScalarFunction {
  return custom({
    ...entry, bind: (args, settings, origin) => {
      const days = args[1];
      if (!settings.ansi && args.length === 2 && days !== undefined && isString(days.type)) {
        const text = constantCell(days);
        if (text === undefined) throw unexpectedType(entry.name, args, 1, familyName(SMALL_INT), origin);
        if (text !== null && parseIntegral(text as string) === null) throw executionError("SECOND_FUNCTION_ARGUMENT_NOT_INTEGER", "22023", `The second argument of ${entry.name} function needs to be an integer.`, { functionName: entry.name });
      }
      return entry.bind(args, settings, origin);
    },
  });
}

export const dateFunctions: readonly ScalarFunction[] = [
  withTextDays(scalar({ name: "date_add", usage: "date_add(start_date, num_days)", description: "The day so many days later.", cases: [["date_add('2016-07-30', 1)", "2016-07-31"]], aliases: ["dateadd"], params: [AS.date, SMALL_INT], returns: DATE, row: ([d, n]) => ((d as number) + (n as number)) | 0, make: call => (call.types[1]!.kind === "int" ? { vector: overInts((d, n) => d + n, DATE) } : {}) })),
  withTextDays(scalar({ name: "date_sub", usage: "date_sub(start_date, num_days)", description: "The day so many days before.", cases: [["date_sub('2016-07-30', 1)", "2016-07-29"]], params: [AS.date, SMALL_INT], returns: DATE, row: ([d, n]) => ((d as number) - (n as number)) | 0, make: call => (call.types[1]!.kind === "int" ? { vector: overInts((d, n) => d - n, DATE) } : {}) })),
  scalar({ name: "datediff", aliases: ["date_diff"], usage: "datediff(endDate, startDate)", description: "Days from the second date to the first.", cases: [["datediff('2009-07-31', '2009-07-30')", "1"]], params: [AS.date, AS.date], returns: INT, row: ([a, b]) => ((a as number) - (b as number)) | 0, vector: overInts((a, b) => a - b) }),
  scalar({ name: "add_months", usage: "add_months(start_date, num_months)", description: "The day so many months later; at most the month's last.", cases: [["add_months('2016-08-31', 1)", "2016-09-30"]], params: [AS.date, AS.int], returns: DATE, row: ([d, n]) => addMonthsToDays(d as number, n as number) | 0, vector: monthsVector }),
  scalar({
    name: "months_between", usage: "months_between(timestamp1, timestamp2[, roundOff])", description: "Months from the second to the first, 31 days a month; rounded to 8 digits.", cases: [["months_between('1997-02-28 10:30:00', '1996-10-30')", "3.94959677"]],
    params: [AS.timestamp, AS.timestamp, AS.boolean], optional: 1, returns: DOUBLE,
    row: ([a, b, roundOff], { settings }) => { const zone = timeZone(settings.timeZone); return monthsBetween(zone.toLocal(a as bigint), zone.toLocal(b as bigint), roundOff !== false); },
  }),
  scalar({ name: "last_day", usage: "last_day(date)", description: "The last day of the month.", cases: [["last_day('2009-01-12')", "2009-01-31"]], params: [AS.date], returns: DATE, row: ([d]) => { const { year, month } = civil(d as number); return daysFromCivil(year, month, daysInMonth(year, month)); }, vector: daysVector(DAY_PART.lastDay) }),
  scalar({
    name: "next_day", usage: "next_day(start_date, day_of_week)", description: "The first day of that name after a date.", cases: [["next_day('2015-01-14', 'TU')", "2015-01-20"]], params: [AS.date, AS.string], returns: DATE, canRaise: true,
    row: ([d, name], { settings }) => {
      const wanted = WEEKDAYS[(name as string).trim().toUpperCase()];
      if (wanted === undefined) {
        if (!settings.ansi) return null;
        throw executionError("ILLEGAL_DAY_OF_WEEK", "22009", `Illegal input for day of week: ${name as string}.`, { string: name as string });
      }
      return nextDay(d as number, wanted);
    },
    make: call => {
      const name = literalValue(call.args[1])?.value, wanted = typeof name === "string" ? WEEKDAYS[name.trim().toUpperCase()] : undefined;
      return wanted === undefined ? {} : { vector: overInts(d => nextDay(d, wanted), DATE) };
    },
  }),
  scalar({
    name: "trunc", usage: "trunc(date, fmt)", description: "The first day of the year, quarter, month or week.", cases: [["trunc('2019-08-04', 'week')", "2019-07-29"], ["trunc('2009-02-12', 'MM')", "2009-02-01"]], params: [AS.date, AS.string], returns: DATE, nullable: true,
    row: ([d, unit]) => truncateDay(d as number, unit as string) ?? null,
    make: call => { const unit = literalValue(call.args[1])?.value, part = typeof unit === "string" ? DAY_STARTS[unit.toUpperCase()] : undefined; return part === undefined ? {} : { vector: daysVector(part) }; },
  }),
  scalar({
    name: "date_trunc", usage: "date_trunc(fmt, ts)", description: "The start of the unit that a timestamp is in.", cases: [["date_trunc('YEAR', '2015-03-05T09:32:05.359')", "2015-01-01 00:00:00"], ["date_trunc('HOUR', '2015-03-05T09:32:05.359')", "2015-03-05 09:00:00"]],
    params: [AS.string, AS.timestamp], returns: TIMESTAMP, nullable: true,
    make: call => {
      const row: RowKernel = ([unit, t], { settings }) => {
        const size = UNITS[(unit as string).toUpperCase()], zone = timeZone(settings.timeZone), local = zone.toLocal(t as bigint);
        // Within the day the offset stays that of the instant, so that an hour told twice stays itself.
        if (size !== undefined) return (t as bigint) - (local - truncateLocal(local, unit as string)!);
        const start = truncateLocal(local, unit as string);
        return start === null ? null : zone.toInstant(start);
      };
      const vector = truncateVector(call, row);
      return { row, ...(vector && { vector }) };
    },
  }),
  scalar({
    name: "make_date", usage: "make_date(year, month, day)", description: "A date of its parts.", cases: [["make_date(2013, 7, 15)", "2013-07-15"], ["make_date(2023, 2, 29)", "DATETIME_FIELD_OUT_OF_BOUNDS.WITHOUT_SUGGESTION"]], params: [AS.int, AS.int, AS.int], returns: DATE, canRaise: true,
    make: call => ({ nullable: !call.settings.ansi, row: lenient(([y, m, d]) => dayOf(y as number, m as number, d as number), false) }),
  }),
  ...makeTimestampFunctions,
  unixCount("unix_seconds", 1_000_000n, "Whole seconds since the epoch.", [["unix_seconds(TIMESTAMP'1970-01-01 00:00:01Z')", "1"]]),
  unixCount("unix_millis", 1000n, "Whole milliseconds since the epoch.", [["unix_millis(TIMESTAMP'1970-01-01 00:00:01Z')", "1000"]]),
  unixCount("unix_micros", 1n, "Microseconds since the epoch.", [["unix_micros(TIMESTAMP'1970-01-01 00:00:01Z')", "1000000"]]),
  custom({
    name: "unix_nanos", usage: "unix_nanos(timestamp)", description: "Nanoseconds since the epoch of a timestamp of 7 to 9 digits; no other is taken.", cases: [["unix_nanos(NULL)", "NULL"]],
    bind: (args, _settings, origin) => {
      checkCount("unix_nanos", args.length, 1, 1, origin);
      if (args[0]!.type.kind !== "void") throw unexpectedType("unix_nanos", args, 0, "\"(TIMESTAMP_LTZ(P) OR TIMESTAMP_NTZ(P) WITH P IN [7, 9])\"", origin);
      return { type: decimal(21, 0), nullable: true, row: () => null };
    },
  }),
  custom({
    name: "timestamp_nanos", usage: "timestamp_nanos(nanoseconds)", description: "The instant so many nanoseconds after the epoch: TIMESTAMP of nine digits, which is not built.", cases: [["timestamp_nanos('x')", "DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE"]],
    bind: (args, _settings, origin) => {
      checkCount("timestamp_nanos", args.length, 1, 1, origin);
      const { kind } = args[0]!.type;
      if (kind !== "void" && kind !== "decimal" && !isIntegral(args[0]!.type)) throw unexpectedType("timestamp_nanos", args, 0, "(\"INTEGRAL\" or \"DECIMAL\")", origin);
      throw unsupported("TIMESTAMP of nanoseconds");
    },
  }),
  scalar({ name: "unix_date", usage: "unix_date(date)", description: "Days since 1970-01-01.", cases: [["unix_date(DATE'1970-01-02')", "1"]], params: [uncast(AS.date)], returns: INT, row: ([d]) => d!, vector: ([d]) => d!.retyped(INT) }),
  scalar({ name: "date_from_unix_date", usage: "date_from_unix_date(days)", description: "The date so many days after 1970-01-01.", cases: [["date_from_unix_date(1)", "1970-01-02"]], params: [AS.int], returns: DATE, row: ([d]) => d!, vector: ([d]) => d!.retyped(DATE) }),
  scalar({
    name: "timestamp_seconds", usage: "timestamp_seconds(seconds)", description: "The instant so many seconds after the epoch.", cases: [["timestamp_seconds(1230219000)", "2008-12-25 15:30:00"], ["timestamp_seconds(1.5)", "1970-01-01 00:00:01.5"]], params: [uncast(ANY_NUMERIC)], returns: TIMESTAMP, canRaise: true,
    make: call => {
      const type = call.types[0]!;
      if (isFractional(type)) return {
        nullable: true, row: ([s]) => {
          const micros = (s as number) * 1e6;
          return !Number.isFinite(s as number) ? null : micros >= 2 ** 63 ? 2n ** 63n - 1n : micros <= -(2 ** 63) ? -(2n ** 63n) : BigInt(Math.trunc(micros));
        },
      };
      const scale = type.kind === "decimal" ? type.scale : 0;
      const row: RowKernel = ([s]) => {
        const value = BigInt(s as number | bigint), micros = scale <= 6 ? value * powerOfTen(6 - scale) : value / powerOfTen(scale - 6);
        if (scale > 6 && value % powerOfTen(scale - 6) !== 0n) throw executionError("MILLRACE_ROUNDING_NECESSARY", "22003", "A timestamp has no more than six digits behind its seconds.");
        if (BigInt.asIntN(64, micros) !== micros) throw datetimeOverflow(`create a TIMESTAMP from ${String(s)}${isIntegral(type) ? "L" : ""} seconds since the epoch`);
        return micros;
      };
      const vector = scaledVector(type, 1_000_000n, row);
      return { row, ...(vector && { vector }) };
    },
  }),
  fromCount("timestamp_millis", 1000n, "milliseconds", [["timestamp_millis(1230219000123)", "2008-12-25 15:30:00.123"]]),
  fromCount("timestamp_micros", 1n, "microseconds", [["timestamp_micros(1230219000123123)", "2008-12-25 15:30:00.123123"]]),
  scalar({ name: "from_utc_timestamp", usage: "from_utc_timestamp(timestamp, timezone)", description: "Reads a timestamp as UTC and gives what the zone's clocks show then.", cases: [["from_utc_timestamp('2016-08-31', 'Asia/Seoul')", "2016-08-31 09:00:00"]], params: [AS.timestamp, AS.string], returns: TIMESTAMP, canRaise: true, make: call => zoned(call, localVector, ([t, z]) => timeZone(z as string).toLocal(t as bigint)) }),
  scalar({ name: "to_utc_timestamp", usage: "to_utc_timestamp(timestamp, timezone)", description: "Reads a timestamp as the zone's clock and gives it in UTC.", cases: [["to_utc_timestamp('2016-08-31', 'Asia/Seoul')", "2016-08-30 15:00:00"]], params: [AS.timestamp, AS.string], returns: TIMESTAMP, canRaise: true, make: call => zoned(call, instantVector, ([t, z]) => timeZone(z as string).toInstant(t as bigint)) }),
  scalar({
    name: "convert_timezone", usage: "convert_timezone([sourceTz, ]targetTz, sourceTs)", description: "The clock of one zone as that of another.", cases: [["convert_timezone('Europe/Brussels', 'America/Los_Angeles', TIMESTAMP_NTZ'2021-12-06 00:00:00')", "2021-12-05 15:00:00"]],
    params: [AS.string, oneOf(AS.string, AS.timestampNtz), AS.timestampNtz], optional: 1, returns: TIMESTAMP_NTZ, canRaise: true,
    make: call => ({
      argTypes: call.args.length === 2 ? [call.types[0]!, TIMESTAMP_NTZ] : [call.types[0]!, { kind: "string" }, TIMESTAMP_NTZ],
      row: (args, { settings }) => (args.length === 2 ? timeZone(args[0] as string).toLocal(timeZone(settings.timeZone).toInstant(args[1] as bigint)) : timeZone(args[1] as string).toLocal(timeZone(args[0] as string).toInstant(args[2] as bigint))),
    }),
  }),
  scalar({
    name: "timestampadd", usage: "timestampadd(unit, quantity, ts)", description: "A moment so many units later.", cases: [["timestampadd(HOUR, 8, TIMESTAMP_NTZ'2022-02-11 20:30:00')", "2022-02-12 04:30:00"]],
    params: [AS.string, AS.bigint, oneOf(AS.timestamp, AS.timestampNtz)], returns: call => call.types[2]!, canRaise: true,
    make: call => ({
      row: ([unit, n, t], { settings }) => {
        const { months = 0, days = 0, micros = 0n } = ADD_UNITS[(unit as string).toUpperCase()] ?? {}, amount = n as bigint;
        const zone = zoneOf(call, 2) ? timeZone(settings.timeZone) : undefined;
        const result = months !== 0 && days === 0 && zone === undefined ? addMonthsToLocal(t as bigint, Number(amount) * months) : addToTimestamp(t as bigint, Number(amount) * months, Number(amount) * days, amount * micros, zone);
        if (BigInt.asIntN(64, result) !== result) throw datetimeOverflow(`add ${String(amount)}L ${String(unit)} to a timestamp`);
        return result;
      },
    }),
  }),
  scalar({
    name: "timestampdiff", usage: "timestampdiff(unit, startTs, endTs)", description: "Whole units from one moment to another.", cases: [["timestampdiff(MONTH, TIMESTAMP'2021-02-28 12:00:00', TIMESTAMP'2021-03-28 12:00:00')", "1"]],
    params: [AS.string, AS.timestamp, AS.timestamp], returns: BIGINT, canRaise: true,
    row: ([unit, a, b], { settings }) => timestampDifference((unit as string).toUpperCase(), a as bigint, b as bigint, timeZone(settings.timeZone)),
  }),
];
