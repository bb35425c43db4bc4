/** Parts of dates, timestamps and intervals: year(d), extract(FIELD FROM t), date_part. */
import type { Vector } from "../../columns/vector.ts";
import { kernels } from "../../kernels/kernels.ts";
import { localVector } from "./zone-vectors.ts";
import { DAY_PART } from "../../kernels/expression-moments.ts";
import { eachInt } from "../number-loops.ts";
import { rowVector } from "../row-vector.ts";
import { combinedValidity, emptyVector, maskOf } from "../vectors.ts";
import type { RowKernel, ScalarFunction, VectorKernel } from "../../plan/function.ts";
import type { ResolvedExpression } from "../../plan/resolved.ts";
import { dayOfYear, isoDayOfWeek, isoWeek, splitDay } from "../../types/calendar.ts";
import { civil } from "../../types/civil.ts";
import { DATE, INT, STRING, TIMESTAMP, decimal, type DataType } from "../../types/data-type.ts";
import { DAY_MICROS } from "../../types/datetime-text.ts";
import { HOUR_MICROS, MINUTE_MICROS } from "../../types/interval-text.ts";
import { timeZone } from "../../types/time-zone.ts";
import { AnalysisError } from "../../base/errors.ts";
import { ANY_TIME, ANY_TIMESTAMP, AS, implicitCast, isString, oneOf } from "../coercion.ts";
import { checkCount, custom, literalValue, scalar, type ScalarSpec } from "../define.ts";
import { contextOf, unexpectedType } from "../errors.ts";
import { sqlText } from "../sql-text.ts";

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"], DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/** A part of a day. */
const DAY_PARTS: Readonly<Record<string, (day: number) => number | string>> = {
  year: day => civil(day).year, quarter: day => Math.ceil(civil(day).month / 3), month: day => civil(day).month, day: day => civil(day).day,
  week: day => isoWeek(day).week, yearofweek: day => isoWeek(day).year, dayofweek: day => (isoDayOfWeek(day) % 7) + 1, dayofweek_iso: isoDayOfWeek,
  weekday: day => isoDayOfWeek(day) - 1, doy: dayOfYear, monthname: day => MONTHS[civil(day).month - 1]!, dayname: day => DAYS[isoDayOfWeek(day) - 1]!,
};
/** A part of the time of day, from its microseconds. */
const TIME_PARTS: Readonly<Record<string, (micros: bigint) => number>> = {
  hour: micros => Number(micros / HOUR_MICROS), minute: micros => Number((micros / MINUTE_MICROS) % 60n), second: micros => Number((micros / 1_000_000n) % 60n),
};

function dayPart(name: string, part: string, description: string, cases: ScalarSpec["cases"], aliases: readonly string[] = []): ScalarFunction {
  const find = DAY_PARTS[part]!, vector = dayVector(part);
  return scalar({ name, aliases, usage: `${name}(date)`, description, cases, params: [AS.date], returns: part.endsWith("name") ? STRING : INT, row: ([d]) => find(d as number), ...(vector && { vector }) });
}

const KERNEL_FIELDS: Readonly<Record<string, number>> = { year: 0, month: 1, day: 2, quarter: 3 };
const KERNEL_PARTS: Readonly<Record<string, readonly [part: number, plus: number]>> = { doy: [DAY_PART.dayOfYear, 0], week: [DAY_PART.week, 0], yearofweek: [DAY_PART.weekYear, 0], weekday: [DAY_PART.weekday, 0], dayofweek_iso: [DAY_PART.weekday, 1] };
/** The kernel of a part of a day; undefined for names, which are text. */
function dayVector(part: string): VectorKernel | undefined {
  const field = KERNEL_FIELDS[part], [shape, plus] = KERNEL_PARTS[part] ?? [];
  if (field === undefined && shape === undefined && part !== "dayofweek") return undefined;
  return (args, rows, length, context) => {
    const [a] = args as [Vector], out = emptyVector(INT, length, combinedValidity(args, rows, length, context), context);
    if (field !== undefined) kernels().dateField(field, a.data, maskOf(a), rows.pointer, rows.count, out.data);
    else kernels().dayPart(shape ?? DAY_PART.weekday, a.data, maskOf(a), rows.pointer, rows.count, out.data);
    if (part === "dayofweek") eachInt(out, rows, weekday => (weekday + 1) % 7 + 1);
    else if (plus === 1) eachInt(out, rows, weekday => weekday + 1);
    return out;
  };
}

const CLOCK: Readonly<Record<string, readonly [unit: bigint, range: bigint]>> = { hour: [HOUR_MICROS, 24n], minute: [MINUTE_MICROS, 60n], second: [1_000_000n, 60n] };
function clockVector([unit, range]: readonly [bigint, bigint], row: RowKernel): VectorKernel {
  const byRow = rowVector(INT, row);
  return (args, rows, length, context) => {
    const [a] = args as [Vector], local = a.type.kind === "timestamp" ? localVector(a, context.settings.timeZone, rows, length, context) : a;
    if (local === undefined) return byRow(args, rows, length, context);
    const out = emptyVector(INT, length, combinedValidity([local], rows, length, context), context);
    kernels().clockField(unit, range, local.data, maskOf(local), rows.pointer, rows.count, out.data);
    return out;
  };
}

/** Microseconds of the day of a moment of a type. */
function microsOfDay(type: DataType): RowKernel {
  switch (type.kind) {
    case "time": return ([t]) => (t as bigint) / 1000n;
    case "timestamp_ntz": return ([t]) => splitDay(t as bigint).micros;
    default: return ([t], { settings }) => splitDay(timeZone(settings.timeZone).toLocal(t as bigint)).micros;
  }
}

function timePart(name: string, description: string, cases: ScalarSpec["cases"]): ScalarFunction {
  const find = TIME_PARTS[name]!;
  const ofOne = scalar({
    name, usage: `${name}(expr)`, description, cases, params: [oneOf(ANY_TIMESTAMP, ANY_TIME)], returns: INT,
    make: call => {
      const micros = microsOfDay(call.types[0]!);
      const row: RowKernel = (args, context) => find(micros(args, context) as bigint);
      return { row, ...(call.types[0]!.kind !== "time" && { vector: clockVector(CLOCK[name]!, row) }) };
    },
  });
  // Further arguments count for nothing.
  return custom({ name, usage: ofOne.usage, description, cases, bind: (args, settings, origin) => ofOne.bind(args.slice(0, 1), settings, origin) });
}

const FIELDS: Readonly<Record<string, string>> = {
  year: "year", y: "year", years: "year", yr: "year", yrs: "year", yearofweek: "yearofweek", quarter: "quarter", qtr: "quarter", month: "month", mon: "month", mons: "month", months: "month",
  week: "week", w: "week", weeks: "week", day: "day", d: "day", days: "day", dayofweek: "dayofweek", dow: "dayofweek", dayofweek_iso: "dayofweek_iso", dow_iso: "dayofweek_iso", doy: "doy",
  hour: "hour", h: "hour", hours: "hour", hr: "hour", hrs: "hour", minute: "minute", m: "minute", min: "minute", mins: "minute", minutes: "minute",
  second: "second", s: "second", sec: "second", seconds: "second", secs: "second",
};

function invalidField(field: string, source: ResolvedExpression, origin: ResolvedExpression["origin"]): AnalysisError {
  const expr = `"${sqlText(source)}"`;
  return new AnalysisError({
    condition: "INVALID_EXTRACT_FIELD", sqlState: "42601", message: `Cannot extract \`${field}\` from ${expr}.`, messageParameters: { field: `\`${field}\``, expr }, queryContext: contextOf(origin),
  });
}

interface Extraction { readonly type: DataType; readonly argType: DataType; readonly row: RowKernel; readonly vector?: VectorKernel | undefined }

function extraction(field: string, source: ResolvedExpression, origin: ResolvedExpression["origin"]): Extraction {
  const part = FIELDS[field.toLowerCase()], { type } = source;
  if (part === undefined) throw invalidField(field.toUpperCase(), source, origin);
  if (type.kind === "year_month_interval") {
    if (part !== "year" && part !== "month") throw invalidField(field.toUpperCase(), source, origin);
    return { type: part === "year" ? INT : { kind: "tinyint" }, argType: type, row: ([i]) => (part === "year" ? Math.trunc((i as number) / 12) : (i as number) % 12) + 0 };
  }
  if (type.kind === "day_time_interval") {
    switch (part) {
      case "day": return { type: INT, argType: type, row: ([i]) => Number((i as bigint) / DAY_MICROS) };
      case "hour": return { type: { kind: "tinyint" }, argType: type, row: ([i]) => Number(((i as bigint) % DAY_MICROS) / HOUR_MICROS) };
      case "minute": return { type: { kind: "tinyint" }, argType: type, row: ([i]) => Number(((i as bigint) % HOUR_MICROS) / MINUTE_MICROS) };
      case "second": return { type: decimal(8, 6), argType: type, row: ([i]) => (i as bigint) % MINUTE_MICROS };
      default: throw invalidField(field.toUpperCase(), source, origin);
    }
  }
  const isTime = part === "hour" || part === "minute" || part === "second";
  if (isTime || type.kind === "time") {
    if (!isTime) throw invalidField(field.toUpperCase(), source, origin);
    if (type.kind !== "time" && implicitCast(type, AS.timestamp) === undefined) throw unexpectedType(part, [source], 0, "\"TIMESTAMP\"", origin);
    const argType: DataType = type.kind === "timestamp_ntz" || type.kind === "time" ? type : TIMESTAMP, micros = microsOfDay(argType);
    if (part === "second") return { type: decimal(8, 6), argType, row: (args, context) => (micros(args, context) as bigint) % MINUTE_MICROS };
    const row: RowKernel = (args, context) => TIME_PARTS[part]!(micros(args, context) as bigint);
    return { type: INT, argType, row, ...(argType.kind !== "time" && { vector: clockVector(CLOCK[part]!, row) }) };
  }
  if (type.kind !== "date" && type.kind !== "timestamp" && type.kind !== "timestamp_ntz" && type.kind !== "string" && type.kind !== "void") throw unexpectedType(PART_FUNCTIONS[part] ?? part, [source], 0, "\"DATE\"", origin);
  return { type: INT, argType: DATE, row: ([d]) => DAY_PARTS[part]!(d as number), vector: dayVector(part) };
}

/** The functions of parts that are called otherwise. */
const PART_FUNCTIONS: Readonly<Record<string, string>> = { doy: "dayofyear", week: "weekofyear" };

function extractFunction(name: string, usage: string, aliases: readonly string[], cases: ScalarSpec["cases"]): ScalarFunction {
  return custom({
    name, aliases, usage, description: "A part of a date, a timestamp or an interval: YEAR, QUARTER, MONTH, WEEK, DAY, DAYOFWEEK, DOY, HOUR, MINUTE, SECOND, YEAROFWEEK.", cases,
    bind: (args, _settings, origin) => {
      checkCount(name, args.length, 2, 2, origin);
      const field = literalValue(args[0]);
      if (field === undefined || field.value !== null && !isString(field.type)) {
        throw new AnalysisError({
          condition: "NON_FOLDABLE_ARGUMENT", sqlState: "42K08", message: `The function \`${name}\` requires the parameter \`field\` to be a constant STRING.`,
          messageParameters: { funcName: `\`${name}\``, paramName: "`field`", paramType: "\"STRING\"" }, queryContext: contextOf(origin),
        });
      }
      if (field.value === null) return { type: { kind: "double" }, argTypes: args.map(arg => arg.type), row: () => null, nullable: true };
      const { type, argType, row, vector } = extraction(String(field.value), args[1]!, origin);
      return { type, argTypes: [STRING, argType], row: ([, value], context) => row([value!], context), ...(vector && { vector: ([, source], rows, length, context) => vector([source!], rows, length, context) }) };
    },
  });
}

export const fieldFunctions: readonly ScalarFunction[] = [
  dayPart("year", "year", "The year.", [["year('2016-07-30')", "2016"]]),
  dayPart("quarter", "quarter", "The quarter, 1 to 4.", [["quarter('2016-08-31')", "3"]]),
  dayPart("month", "month", "The month, 1 to 12.", [["month('2016-07-30')", "7"]]),
  dayPart("day", "day", "The day of the month.", [["day('2009-07-30')", "30"]], ["dayofmonth"]),
  dayPart("dayofweek", "dayofweek", "The day of the week: 1 is Sunday.", [["dayofweek('2009-07-30')", "5"]]),
  dayPart("weekday", "weekday", "The day of the week: 0 is Monday.", [["weekday('2009-07-30')", "3"]]),
  dayPart("dayofyear", "doy", "The day of the year.", [["dayofyear('2016-04-09')", "100"]]),
  dayPart("weekofyear", "week", "The ISO week of the year.", [["weekofyear('2008-02-20')", "8"], ["weekofyear('2021-01-01')", "53"]]),
  dayPart("dayname", "dayname", "The name of the day in three letters.", [["dayname('2008-02-20')", "Wed"]]),
  dayPart("monthname", "monthname", "The name of the month in three letters.", [["monthname('2008-02-20')", "Feb"]]),
  timePart("hour", "The hour, 0 to 23.", [["hour('2018-02-14 12:58:59')", "12"]]),
  timePart("minute", "The minute.", [["minute('2018-02-14 12:58:59')", "58"]]),
  timePart("second", "The whole second.", [["second('2018-02-14 12:58:59')", "59"]]),
  extractFunction("extract", "extract(field FROM source)", [], [["extract(YEAR FROM TIMESTAMP'2019-08-12 01:00:00.123456')", "2019"], ["extract(SECOND FROM TIMESTAMP'2019-08-12 01:00:01.5')", "1.500000"]]),
  extractFunction("date_part", "date_part(field, source)", ["datepart"], [["date_part('doy', DATE'2019-08-12')", "224"]]),
];
