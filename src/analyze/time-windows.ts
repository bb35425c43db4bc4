/** `window(ts, ...)` and `session_window(ts, gap)`: durations read, times checked, the watermark carried on. */
import { MillraceError } from "../base/errors.ts";
import type { Expression, Origin, UnresolvedFunction } from "../plan/expressions.ts";
import type { ResolvedExpression, SessionWindowCall, TimeWindowCall } from "../plan/resolved.ts";
import { childrenOf, mapChildren } from "../plan/walk.ts";
import type { Cell } from "../types/cell.ts";
import { field, struct, STRING, type DataType, type StructType } from "../types/data-type.ts";
import { parseDuration } from "../types/duration.ts";
import { timeZone } from "../types/time-zone.ts";
import { coerce, internalFunction, nameExpression, passThrough, projectTo, scalarCall, watermarkOf } from "./build.ts";
import { fail, quoteSql, quoteType } from "./errors.ts";
import type { Resolver } from "./expressions.ts";
import { LEFT_OUT } from "./named-arguments.ts";
import { displayName } from "./names.ts";
import type { Analysed } from "./scope.ts";
import { semanticKey } from "./semantic.ts";
import { windowTimes } from "./window-time.ts";

const isTime = (type: DataType): boolean => type.kind === "timestamp" || type.kind === "timestamp_ntz";
const windowType = (time: DataType): StructType => struct([field("start", time), field("end", time)]);

/** Whether a type is what window() puts out. */
export const isWindowType = (type: DataType): boolean => type.kind === "struct" && type.fields.length === 2
  && type.fields[0]!.name === "start" && type.fields[1]!.name === "end" && isTime(type.fields[0]!.type) && type.fields[1]!.type.kind === type.fields[0]!.type.kind;

type WindowExpression = TimeWindowCall | SessionWindowCall;
const isWindow = (e: ResolvedExpression): e is WindowExpression => e.kind === "time_window" || e.kind === "session_window";

/** The one window that expressions of an operator speak of. @throws AnalysisError _LEGACY_ERROR_TEMP_1039 where there are two. */
export function onlyWindow(expressions: readonly ResolvedExpression[]): WindowExpression | undefined {
  let found: WindowExpression | undefined;
  const visit = (e: ResolvedExpression): void => {
    if (!isWindow(e)) return childrenOf(e).forEach(visit);
    if (found !== undefined && semanticKey(found) !== semanticKey(e)) throw manyWindows(e.origin);
    found ??= e;
  };
  expressions.forEach(visit);
  return found;
}
export const manyWindows = (origin: Origin | undefined): Error => fail("_LEGACY_ERROR_TEMP_1039", "0A000", "Multiple time/session window expressions would result in a cartesian product of rows, therefore they are currently not supported.", {}, origin);

/** WHERE and ORDER BY over a window: rows once a window, which becomes a column in front of theirs, as Spark has it. */
export function besideWindow(input: Analysed, expressions: readonly ResolvedExpression[]): { readonly input: Analysed; readonly expressions: readonly ResolvedExpression[] } {
  const window = onlyWindow(expressions);
  if (window === undefined) return { input, expressions };
  const column = nameExpression(window, window.kind === "time_window" ? "window" : "session_window"), key = semanticKey(window);
  const replace = (e: ResolvedExpression): ResolvedExpression => isWindow(e) && semanticKey(e) === key ? column.attribute : mapChildren(e, replace);
  const { visible, hidden, frames } = input;
  return { input: { plan: projectTo(input.plan, [column, ...input.plan.output.map(passThrough)]), visible: [column.attribute, ...visible], hidden, frames }, expressions: expressions.map(replace) };
}

export function resolveTimeWindow(resolver: Resolver, call: UnresolvedFunction, args: readonly ResolvedExpression[]): ResolvedExpression {
  const { origin } = call;
  const durations = call.args.slice(1, 4).map((arg, i) => (arg === LEFT_OUT ? undefined : durationMicros(arg, args[i + 1]!)));
  const sizeMicros = durations[0]!, slideMicros = durations[1] ?? sizeMicros, startMicros = durations[2] ?? 0;
  const sqlExpr = quoteSql(`window(${displayName(resolver, call.args[0]!)}, ${sizeMicros}, ${slideMicros}, ${startMicros})`);
  let time = args[0]!;
  // A window of windows goes by the last instant of the inner one.
  const delay = watermarkOf(time);
  if (isWindowType(time.type)) time = instantOf(resolver, time, call);
  else if (time.type.kind === "date" || time.type.kind === "string" || time.type.kind === "void") time = coerce(time, { kind: "timestamp" }, resolver.settings);
  if (!isTime(time.type)) {
    const requiredType = '("(TIMESTAMP OR TIMESTAMP WITHOUT TIME ZONE)" or "STRUCT<start: TIMESTAMP, end: TIMESTAMP>" or "STRUCT<start: TIMESTAMP_NTZ, end: TIMESTAMP_NTZ>")';
    throw fail("DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE", "42K09", `Cannot resolve ${sqlExpr} due to data type mismatch: The first parameter requires the ${requiredType} type, however ${quoteSql(displayName(resolver, call.args[0]!))} has the type ${quoteType(time.type)}.`,
      { sqlExpr, paramIndex: "first", requiredType, inputSql: quoteSql(displayName(resolver, call.args[0]!)), inputType: quoteType(time.type) }, origin);
  }
  for (const [name, micros] of [["window_duration", sizeMicros], ["slide_duration", slideMicros]] as const) {
    if (micros > 0) continue;
    throw fail("DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE", "42K09", `Cannot resolve ${sqlExpr} due to data type mismatch: The \`${name}\` must be between (0, 9223372036854775807] (current value = ${micros}L).`,
      { sqlExpr, exprName: `\`${name}\``, valueRange: "(0, 9223372036854775807]", currentValue: `${micros}L` }, origin);
  }
  if (slideMicros > sizeMicros) throw constraint(sqlExpr, "slide_duration", slideMicros, "<=", "window_duration", sizeMicros, call);
  if (Math.abs(startMicros) >= slideMicros) throw constraint(sqlExpr, "abs(start_time)", Math.abs(startMicros), "<", "slide_duration", slideMicros, call);
  const zone = call.args[4] === undefined || call.args[4] === LEFT_OUT ? undefined : calendarZone(args[4]!, time.type, [sizeMicros, slideMicros], call);
  return Object.freeze({ kind: "time_window", time, sizeMicros, slideMicros, startMicros, ...(zone !== undefined && { timeZone: zone }), type: windowType(time.type), nullable: false, ...(delay !== undefined && { watermarkDelayMicros: delay }), origin });
}

export function resolveSessionWindow(resolver: Resolver, call: UnresolvedFunction, args: readonly ResolvedExpression[]): ResolvedExpression {
  const { origin } = call;
  let time = args[0]!, gap = args[1]!;
  const delay = watermarkOf(time);
  if (isWindowType(time.type)) time = instantOf(resolver, time, call);
  const sqlExpr = quoteSql(displayName(resolver, call));
  if (!isTime(time.type)) {
    const requiredType = '("(TIMESTAMP OR TIMESTAMP WITHOUT TIME ZONE)" or "STRUCT<start: TIMESTAMP, end: TIMESTAMP>" or "STRUCT<start: TIMESTAMP_NTZ, end: TIMESTAMP_NTZ>")';
    throw fail("DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE", "42K09", `Cannot resolve ${sqlExpr} due to data type mismatch: The first parameter requires the ${requiredType} type, however ${quoteSql(displayName(resolver, call.args[0]!))} has the type ${quoteType(time.type)}.`,
      { sqlExpr, paramIndex: "first", requiredType, inputSql: quoteSql(displayName(resolver, call.args[0]!)), inputType: quoteType(time.type) }, origin);
  }
  if (gap.type.kind === "void") gap = coerce(gap, STRING, resolver.settings);
  return Object.freeze({ kind: "session_window", time, gap, type: windowType(time.type), nullable: false, ...(delay !== undefined && { watermarkDelayMicros: delay }), origin });
}

/** `window_time(w)`: the last instant of a window, by which it takes part in other windows. */
export function windowTime(resolver: Resolver, call: UnresolvedFunction, window: ResolvedExpression): ResolvedExpression {
  if (window.type.kind === "struct" && isWindowType(window.type)) return instantOf(resolver, window, call);
  const sqlExpr = quoteSql(displayName(resolver, call)), inputSql = quoteSql(displayName(resolver, call.args[0]!));
  throw fail("DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE", "42K09", `Cannot resolve ${sqlExpr} due to data type mismatch: The first parameter requires the "STRUCT" type, however ${inputSql} has the type ${quoteType(window.type)}.`,
    { sqlExpr, paramIndex: "first", requiredType: quoteSql("STRUCT"), inputSql, inputType: quoteType(window.type) }, call.origin);
}

function instantOf(resolver: Resolver, window: ResolvedExpression, call: UnresolvedFunction): ResolvedExpression {
  const type = (window.type as StructType).fields[1]!.type;
  return scalarCall(WINDOW_TIME, [window], { type, nullable: true, vector: windowTimes, row: ([cell]) => ((cell as readonly Cell[])[1] as bigint) - 1n }, resolver.settings, call.origin);
}

const WINDOW_TIME = internalFunction("window_time", "The last microsecond of a window, for windows of windows.");

/** @throws AnalysisError for what is no zone, and for windows that days of a calendar can't make */
function calendarZone(zone: ResolvedExpression, time: DataType, lengths: readonly number[], call: UnresolvedFunction): string {
  const { origin } = call;
  if (zone.kind !== "literal" || typeof zone.value !== "string") throw fail("MILLRACE_WINDOW_TIME_ZONE", "42K09", "The timeZone of window() must be text that is there when the query is written.", {}, origin, "write a name, as in timeZone => 'Europe/Paris'");
  if (time.kind !== "timestamp") throw fail("MILLRACE_WINDOW_TIME_ZONE", "42K09", `The timeZone of window() needs a TIMESTAMP; a ${quoteType(time)} has no zone to count days in.`, { inputType: quoteType(time) }, origin, "leave timeZone out: days of times without a zone are those of their own calendar");
  const odd = lengths.find(micros => micros % DAY_MICROS !== 0);
  if (odd !== undefined) throw fail("MILLRACE_WINDOW_NOT_DAYS", "42K09", `Windows in a time zone are whole days; ${odd / 1e6} seconds are not.`, { length: String(odd) }, origin, "use days or weeks, or leave timeZone out: windows are then counted from 1970-01-01 00:00:00 UTC");
  timeZone(zone.value);
  return zone.value;
}
const DAY_MICROS = 86_400_000_000;

function constraint(sqlExpr: string, left: string, leftValue: number, sign: string, right: string, rightValue: number, call: UnresolvedFunction): Error {
  return fail("DATATYPE_MISMATCH.PARAMETER_CONSTRAINT_VIOLATION", "42K09", `Cannot resolve ${sqlExpr} due to data type mismatch: The \`${left}\`(${leftValue}L) must be ${sign} the \`${right}\`(${rightValue}L).`,
    { sqlExpr, leftExprName: `\`${left}\``, leftExprValue: `${leftValue}L`, constraint: sign, rightExprName: `\`${right}\``, rightExprValue: `${rightValue}L` }, call.origin);
}

/** A duration given as text, or as a number of microseconds. */
function durationMicros(source: Expression, value: ResolvedExpression): number {
  if (value.kind === "literal" && (typeof value.value === "bigint" || typeof value.value === "number") && (value.type.kind === "int" || value.type.kind === "bigint")) return Number(value.value);
  if (value.kind !== "literal" || typeof value.value !== "string") {
    throw fail("_LEGACY_ERROR_TEMP_1207", "42K09", "The duration and time inputs to window must be an integer, long or string literal.", {}, source.origin);
  }
  const text = value.value;
  try {
    const { months, micros } = parseDuration(text);
    if (months === 0) return Number(micros);
  } catch (error) {
    if (!(error instanceof MillraceError)) throw error;
    throw fail("CANNOT_PARSE_INTERVAL", "22006", `Unable to parse '${text}'. Please ensure that the value provided is in a valid format for defining an interval.`, { intervalString: `'${text}'` }, source.origin, 'write an amount and a unit, as in "10 seconds"');
  }
  throw fail("_LEGACY_ERROR_TEMP_3231", "22006", `Intervals greater than a month is not supported (${text}).`, { interval: text }, source.origin);
}
