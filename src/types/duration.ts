/** Durations as people write them, `"10 seconds"`, `"1 hour 30 minutes"`: their type, and what they mean. */
import { AnalysisError } from "../base/errors.ts";

export type Unit =
  | "microsecond" | "microseconds" | "millisecond" | "milliseconds" | "second" | "seconds" | "minute" | "minutes"
  | "hour" | "hours" | "day" | "days" | "week" | "weeks" | "month" | "months";

/** An amount and a unit, any number of times. */
export type Duration = `${number} ${Unit}` | `${number} ${Unit} ${string}`;

/** Parts that have no fixed length stay apart: a month isn't a number of days. */
export interface DurationParts { readonly months: number; readonly micros: bigint }

const MICROS: Readonly<Record<string, bigint>> = {
  microsecond: 1n, millisecond: 1000n, second: 1_000_000n, minute: 60_000_000n, hour: 3_600_000_000n,
  day: 86_400_000_000n, week: 604_800_000_000n,
};

/**
 * Reads a duration, with or without the word `interval` in front, as Spark reads interval strings. A fraction is allowed
 * before seconds and finer units.
 * @throws AnalysisError INVALID_INTERVAL_FORMAT
 */
export function parseDuration(text: string): DurationParts {
  const words = text.trim().toLowerCase().replace(/^interval\s+/, "").split(/\s+/);
  if (words.length < 2 || words.length % 2 !== 0) throw invalid(text, "it is not a list of amounts and units");
  let months = 0, micros = 0n;
  for (let i = 0; i < words.length; i += 2) {
    const amount = words[i]!, unit = words[i + 1]!.replace(/s$/, "");
    const digits = /^([+-]?)(\d+)(?:\.(\d+))?$/.exec(amount);
    if (digits === null) throw invalid(text, `'${amount}' is not a number`);
    const sign = digits[1] === "-" ? -1n : 1n, whole = BigInt(digits[2]!), fraction = digits[3];
    if (unit === "month" || unit === "year") {
      if (fraction !== undefined) throw invalid(text, `a ${unit} can't have a fraction`);
      months += Number(sign * whole) * (unit === "year" ? 12 : 1);
      continue;
    }
    const size = MICROS[unit];
    if (size === undefined) throw invalid(text, `'${words[i + 1]!}' is not a unit`);
    if (fraction !== undefined && size > 1_000_000n) throw invalid(text, `'${unit}' can't have a fraction`);
    micros += sign * (whole * size + (fraction === undefined ? 0n : BigInt(fraction.slice(0, 9).padEnd(9, "0")) * size / 1_000_000_000n));
  }
  return { months, micros };
}

/** As parseDuration, for places where only a fixed length makes sense. */
export function durationMicros(text: string): bigint {
  const { months, micros } = parseDuration(text);
  if (months !== 0) throw invalid(text, "months and years have no fixed length here");
  return micros;
}

function invalid(text: string, why: string): AnalysisError {
  return new AnalysisError({
    condition: "INVALID_INTERVAL_FORMAT", sqlState: "22006", message: `Error parsing '${text}' to interval: ${why}.`,
    messageParameters: { input: text }, hint: 'write an amount and a unit, as in "10 seconds" or "1 hour 30 minutes"',
  });
}
