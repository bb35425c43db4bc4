/** Functions of TIME. */
import type { RowKernel, ScalarFunction } from "../../plan/function.ts";
import { BIGINT, decimal, time } from "../../types/data-type.ts";
import { parseTime } from "../../types/datetime-text.ts";
import { datetimePattern } from "../../types/datetime-pattern.ts";
import { splitDay } from "../../types/calendar.ts";
import { powerOfTen } from "../../types/decimal-rules.ts";
import { ANY_INTEGRAL, ANY_NUMERIC, ANY_TIME, AS, exactly } from "../coercion.ts";
import { scalar, type ScalarSpec } from "../define.ts";
import { executionError } from "../errors.ts";

const TIME = time(6), DAY_NANOS = 86_400_000_000_000n;
const UNITS: Readonly<Record<string, bigint>> = { HOUR: 3_600_000_000_000n, MINUTE: 60_000_000_000n, SECOND: 1_000_000_000n, MILLISECOND: 1_000_000n, MICROSECOND: 1000n };
const outOfBounds = (message: string): Error => executionError("DATETIME_FIELD_OUT_OF_BOUNDS.WITHOUT_SUGGESTION", "22023", `${message}.`, { rangeMessage: message });
const inDay = (nanos: bigint): bigint => { if (nanos < 0n || nanos >= DAY_NANOS) throw outOfBounds(`Invalid value for NanoOfDay (valid values 0 - 86399999999999): ${nanos}`); return nanos; };
/** Nanoseconds of seconds that may be no whole number. */
const nanosOf = (seconds: number): bigint => {
  if (!Number.isFinite(seconds)) throw outOfBounds("Cannot convert NaN or Infinite value to TIME.");
  const nanos = Math.trunc(seconds * 1e9);
  return Math.abs(nanos) < 2 ** 62 ? BigInt(nanos) : nanos > 0 ? 2n ** 63n - 1n : -(2n ** 63n);
};
const wholeNanos = (dividend: bigint, divisor: bigint): bigint => {
  if (dividend % divisor !== 0n) throw outOfBounds("Overflow in TIME conversion.");
  return dividend / divisor;
};
const unitOf = (name: string, functionName: string): bigint => {
  const unit = UNITS[name.toUpperCase()];
  if (unit === undefined) throw executionError("INVALID_PARAMETER_VALUE.TIME_UNIT", "22023", `The value of parameter(s) \`unit\` in \`${functionName}\` is invalid: expects one of the units HOUR, MINUTE, SECOND, MILLISECOND, MICROSECOND, but got '${name}'.`, { functionName: `\`${functionName}\``, invalidValue: `'${name}'`, parameter: "`unit`" });
  return unit;
};

function toTime(name: string, isTry: boolean, cases: ScalarSpec["cases"]): ScalarFunction {
  const row: RowKernel = ([text, pattern]) => {
    const nanos = pattern === undefined ? parseTime(text as string) : (() => { const found = datetimePattern(pattern as string, "parse").parse(text as string); return found === null ? null : splitDay(found.localMicros).micros * 1000n; })();
    if (nanos === null && !isTry) throw executionError("CANNOT_PARSE_TIME", "22010", `The input string '${text as string}' cannot be parsed to a TIME value because it does not match the datetime format.`, { input: `'${text as string}'`, format: `'${String(pattern ?? "HH:mm:ss.SSSSSS")}'` });
    return nanos;
  };
  return scalar({ name, usage: `${name}(str[, format])`, description: "Text as TIME.", cases, params: [AS.string, AS.string], optional: 1, returns: TIME, nullable: isTry, canRaise: !isTry, row });
}
const fromCount = (name: string, factor: bigint): ScalarFunction => scalar({ name, usage: `${name}(n)`, description: "The time so long after midnight.", cases: [[`CAST(${name}(0) AS STRING)`, "00:00:00"]], params: [ANY_INTEGRAL], returns: TIME, canRaise: true, row: ([n]) => inDay(BigInt(n as number | bigint) * factor) });
const toCount = (name: string, divisor: bigint): ScalarFunction => scalar({ name, usage: `${name}(time)`, description: "How long after midnight a time is.", cases: [], params: [ANY_TIME], returns: BIGINT, row: ([t]) => (t as bigint) / divisor });

export const timeFunctions: readonly ScalarFunction[] = [
  scalar({
    name: "make_time", usage: "make_time(hour, minute, second)", description: "A time of its parts.", cases: [["make_time(6, 30, 45.887)", "06:30:45.887"]], params: [AS.int, AS.int, exactly(decimal(16, 6))], returns: TIME, canRaise: true,
    row: ([h, m, s]) => {
      if ((h as number) < 0 || (h as number) > 23) throw outOfBounds(`Invalid value for HourOfDay (valid values 0 - 23): ${h as number}`);
      if ((m as number) < 0 || (m as number) > 59) throw outOfBounds(`Invalid value for MinuteOfHour (valid values 0 - 59): ${m as number}`);
      if ((s as bigint) < 0n || (s as bigint) >= 60_000_000n) throw outOfBounds(`Invalid value for SecondOfMinute (valid values 0 - 59): ${(s as bigint) / 1_000_000n}`);
      return BigInt((h as number) * 60 + (m as number)) * UNITS["MINUTE"]! + (s as bigint) * 1000n;
    },
  }),
  toTime("to_time", false, [["to_time('00:12:00')", "00:12:00"], ["to_time('12.10.05', 'HH.mm.ss')", "12:10:05"]]), toTime("try_to_time", true, [["try_to_time('zz')", "NULL"]]),
  scalar({ name: "time_trunc", usage: "time_trunc(unit, time)", description: "The start of the unit that a time is in.", cases: [["time_trunc('HOUR', make_time(9, 32, 5.359))", "09:00:00"]], params: [AS.string, ANY_TIME], returns: call => call.types[1]!, canRaise: true, row: ([unit, t]) => { const size = unitOf(unit as string, "time_trunc"); return (t as bigint) - (t as bigint) % size; } }),
  scalar({ name: "time_diff", usage: "time_diff(unit, start, end)", description: "Whole units from one time to another.", cases: [["time_diff('HOUR', make_time(20, 30, 29), make_time(21, 30, 28))", "0"]], params: [AS.string, ANY_TIME, ANY_TIME], returns: BIGINT, canRaise: true, row: ([unit, a, b]) => ((b as bigint) - (a as bigint)) / unitOf(unit as string, "time_diff") }),
  scalar({
    name: "time_from_seconds", usage: "time_from_seconds(seconds)", description: "The time so many seconds after midnight.", cases: [["time_from_seconds(3661.5)", "01:01:01.5"]], params: [ANY_NUMERIC], returns: TIME, canRaise: true,
    make: call => {
      const type = call.types[0]!, scale = type.kind === "decimal" ? type.scale : 0;
      return { row: ([s]) => inDay(type.kind === "double" || type.kind === "float" ? nanosOf(s as number) : wholeNanos(BigInt(s as number | bigint) * powerOfTen(9), powerOfTen(scale))) };
    },
  }),
  fromCount("time_from_millis", 1_000_000n), fromCount("time_from_micros", 1000n),
  scalar({ name: "time_to_seconds", usage: "time_to_seconds(time)", description: "Seconds after midnight.", cases: [], params: [ANY_TIME], returns: decimal(14, 6), row: ([t]) => (t as bigint) / 1000n }),
  toCount("time_to_millis", 1_000_000n), toCount("time_to_micros", 1000n),
];
