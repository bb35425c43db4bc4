/** make_timestamp and its kin: of year, month, day, hour, minute, seconds with fraction and a zone, or of a date, a time and a zone. */
import type { Binding, EvalContext, ScalarFunction } from "../../plan/function.ts";
import type { Cell } from "../../types/cell.ts";
import { TIMESTAMP, TIMESTAMP_NTZ, decimal, type DataType } from "../../types/data-type.ts";
import { DAY_MICROS } from "../../types/datetime-text.ts";
import { timeZone, type TimeZone } from "../../types/time-zone.ts";
import { ANY_TIME, AS, exactly, uncast } from "../coercion.ts";
import { custom, scalar, type ScalarSpec } from "../define.ts";
import { executionError, wrongNumberOfArguments } from "../errors.ts";
import { dayOf, lenient, outOfBounds } from "./checked-fields.ts";

const SECONDS_TYPE = decimal(16, 6);

/** Arguments of the form of a date. */
type OfDate = readonly [least: number, most: number];

function makeTimestamp(name: string, result: DataType, isTry: boolean, dateArgs: OfDate, description: string, cases: ScalarSpec["cases"]): ScalarFunction {
  const isNtz = result.kind === "timestamp_ntz", ofParts = makeTimestampOfParts(name, result, isTry), [least, most] = dateArgs;
  const ofDate = scalar({
    name, usage: ofParts.usage, description, cases: [], params: [uncast(AS.date), uncast(ANY_TIME), uncast(AS.string)], optional: 2, returns: result, nullable: isNtz, canRaise: true,
    row: ([date, time, zoneId], { settings }) => {
      const local = BigInt(date as number) * DAY_MICROS + ((time as bigint | undefined) ?? 0n) / 1000n;
      return isNtz ? local : timeZone((zoneId as string | undefined) ?? settings.timeZone).toInstant(local);
    },
  });
  const asDefault = name === "make_timestamp" || name === "try_make_timestamp" ? makeTimestampOfParts(name, TIMESTAMP_NTZ, isTry) : undefined;
  return custom({
    name, usage: ofParts.usage, description, cases,
    bind: (args, settings, origin): Binding => {
      const { length } = args;
      if (length >= least && length <= most) return ofDate.bind(args, settings, origin);
      if (length < 6 || length > 7) throw wrongNumberOfArguments(name, length, least === 1 ? "[1, 2, 3, 6, 7]" : "[2, 6]", origin);
      return (asDefault !== undefined && length === 6 && settings.conf.get("spark.sql.timestampType") === "TIMESTAMP_NTZ" ? asDefault : ofParts).bind(args, settings, origin);
    },
  });
}

function makeTimestampOfParts(name: string, result: DataType, isTry: boolean): ScalarFunction {
  const isNtz = result.kind === "timestamp_ntz";
  const made = (cells: readonly Cell[], context: EvalContext, zone: TimeZone | undefined): Cell => lenient(([year, month, day, hour, minute, second]) => {
    const micros = second as bigint, whole = micros / 1_000_000n;
    if (micros < 0n || micros > 60_000_000n) {
      if (whole === 60n) throw executionError("INVALID_FRACTION_OF_SECOND", "22023", "Valid range for seconds is [0, 60] (inclusive).", { secAndMicros: String(Number(micros) / 1e6) });
      throw outOfBounds(`Invalid value for SecondOfMinute (valid values 0 - 59): ${whole}`);
    }
    if ((hour as number) < 0 || (hour as number) > 23) throw outOfBounds(`Invalid value for HourOfDay (valid values 0 - 23): ${hour as number}`);
    if ((minute as number) < 0 || (minute as number) > 59) throw outOfBounds(`Invalid value for MinuteOfHour (valid values 0 - 59): ${minute as number}`);
    const local = BigInt(dayOf(year as number, month as number, day as number)) * DAY_MICROS + BigInt((hour as number) * 60 + (minute as number)) * 60_000_000n + micros;
    return zone === undefined ? local : zone.toInstant(local);
  }, isTry)(cells, context);
  return scalar({
    name, usage: `${name}(year, month, day, hour, min, sec${isNtz ? "" : "[, timezone]"})`, description: "", cases: [], canRaise: !isTry, returns: result,
    params: [AS.int, AS.int, AS.int, AS.int, AS.int, exactly(SECONDS_TYPE), ...(isNtz ? [] : [AS.string])], optional: isNtz ? 0 : 1,
    make: call => ({
      nullable: isTry || !call.settings.ansi,
      // A zone that there isn't is an error also for the forms that try.
      row: (cells, context) => made(cells, context, isNtz ? undefined : timeZone((cells[6] as string | undefined) ?? context.settings.timeZone)),
    }),
  });
}

export const makeTimestampFunctions: readonly ScalarFunction[] = [
  makeTimestamp("make_timestamp", TIMESTAMP, false, [1, 3], "A timestamp of its parts, or of a date, a time and a zone.", [["make_timestamp(2014, 12, 28, 6, 30, 45.887)", "2014-12-28 06:30:45.887"], ["make_timestamp(DATE'2014-12-28')", "2014-12-28 00:00:00"]]),
  makeTimestamp("make_timestamp_ltz", TIMESTAMP, false, [2, 3], "A timestamp of its parts, or of a date, a time and a zone.", []),
  makeTimestamp("make_timestamp_ntz", TIMESTAMP_NTZ, false, [2, 2], "A timestamp without zone of its parts, or of a date and a time.", [["make_timestamp_ntz(2014, 12, 28, 6, 30, 45.887)", "2014-12-28 06:30:45.887"]]),
  makeTimestamp("try_make_timestamp", TIMESTAMP, true, [1, 3], "A timestamp of its parts, or null.", [["try_make_timestamp(2024, 2, 30, 1, 2, 3)", "NULL"]]),
  makeTimestamp("try_make_timestamp_ltz", TIMESTAMP, true, [2, 3], "A timestamp of its parts, or null.", []),
  makeTimestamp("try_make_timestamp_ntz", TIMESTAMP_NTZ, true, [2, 2], "A timestamp without zone of its parts, or null.", []),
];
