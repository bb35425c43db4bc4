/**
 * Patterns of dates and times, as java.time writes them and Spark restricts them: `yyyy-MM-dd HH:mm:ss[.SSS][XXX]`.
 * Names of months and days are English, or those of a locale. `spark.sql.legacy.timeParserPolicy` brings back the patterns from before Spark 3.
 */
import { dateNames, type DateNames } from "./date-names.ts";
import { badPattern, checkLetters, crossVersion, parsePattern, readOtherwise, type Part } from "./datetime-parts.ts";
import { clockOf, printerOf, usesEra } from "./datetime-print.ts";
import { readerOf } from "./datetime-read.ts";
import { isSimplePattern, simplePattern } from "./simple-pattern.ts";
import type { TimeZone } from "./time-zone.ts";

/** A pattern that formats and parses. */
export interface DatetimePattern {
  /** Text of a wall clock; `zone` and `epochMicros` for the fields of the zone. */
  format(localMicros: bigint, zone: TimeZone, epochMicros: bigint): string;
  /** What a text means; null if the pattern doesn't fit it or it is no moment. `nowMicros`: what years of two digits are near to, in patterns from before Spark 3. */
  parse(text: string, nowMicros?: bigint): ParsedMoment | null;
  /** The same for kernels, if each field has a fixed number of digits and none comes twice. */
  readonly fixed: FixedPattern | undefined;
}
/** Pairs of bytes: a letter (y four digits, M d H m s two, S as many as the second byte says), or 0 and an ASCII character. `width`: bytes of a text. */
export interface FixedPattern { readonly steps: Uint8Array; readonly width: number; readonly letters: string }
export interface ParsedMoment { readonly localMicros: bigint; readonly zone: TimeZone | undefined }

/**
 * Whose patterns they are. `legacy`: those from before Spark 3, strict as in functions or `lenient` as in options of formats. `exception`: of
 * today, but a text that only the old ones read is an error. `ntz`: of today, and wrong ones aren't compared with the old.
 */
export type PatternRules = "corrected" | "exception" | "legacy" | "lenient" | "ntz";

export const TIME_PARSER_POLICY = "spark.sql.legacy.timeParserPolicy";

/** The rules by that setting. */
export function patternRules(conf: { get(key: string): string | undefined }, where: "function" | "option"): PatternRules {
  const policy = conf.get(TIME_PARSER_POLICY)?.toUpperCase();
  return policy === "LEGACY" ? where === "function" ? "legacy" : "lenient" : policy === "EXCEPTION" ? "exception" : "corrected";
}

const cache = new Map<string, DatetimePattern>();

/** @throws AnalysisError INVALID_DATETIME_PATTERN.*, INCONSISTENT_BEHAVIOR_CROSS_VERSION.* */
export function datetimePattern(pattern: string, use: "format" | "parse", locale?: string, rules: PatternRules = "corrected"): DatetimePattern {
  const key = `${use} ${locale ?? ""} ${rules} ${pattern}`;
  let found = cache.get(key);
  if (found === undefined) {
    found = rules === "legacy" || rules === "lenient" ? oldPattern(pattern, rules === "lenient", locale) : newPattern(pattern, use, locale, rules);
    if (cache.size > 500) cache.clear();
    cache.set(key, found);
  }
  return found;
}

function oldPattern(pattern: string, lenient: boolean, locale: string | undefined): DatetimePattern {
  if (!isSimplePattern(pattern)) throw badPattern("WITH_SUGGESTION", pattern);
  return simplePattern(pattern, lenient, locale);
}

function newPattern(pattern: string, use: "format" | "parse", locale: string | undefined, rules: PatternRules): DatetimePattern {
  const parts = recognized(pattern, use, dateNames(locale), rules), hasEra = usesEra(parts), print = printerOf(parts, hasEra), read = readerOf(parts, hasEra);
  const old = rules === "exception" && isSimplePattern(pattern) ? simplePattern(pattern, false, locale) : undefined;
  return {
    format: (local, zone, epoch) => print(clockOf(local, zone, epoch)), fixed: old === undefined ? fixedOf(parts) : undefined,
    parse: old === undefined ? read : (text, now) => {
      const found = read(text);
      if (found === null && old.parse(text, now) !== null) throw readOtherwise(text);
      return found;
    },
  };
}

/** The parts of a pattern. One that is wrong today and was right before Spark 3 fails by another name. */
function recognized(pattern: string, use: "format" | "parse", names: DateNames, rules: PatternRules): readonly Part[] {
  try {
    checkLetters(pattern, use);
    return parsePattern(pattern, use, names);
  } catch (error) {
    if (!isSimplePattern(pattern)) throw error;
    throw rules === "ntz" ? badPattern("WITH_SUGGESTION", pattern) : crossVersion("DATETIME_PATTERN_RECOGNITION", pattern);
  }
}

const FIXED_DIGITS: Readonly<Record<string, number>> = { y: 4, M: 2, d: 2, H: 2, m: 2, s: 2 };
function fixedOf(parts: readonly Part[]): FixedPattern | undefined {
  const steps: number[] = [];
  let width = 0, letters = "";
  for (const part of parts) {
    if (part.kind === "optional") return undefined;
    if (part.kind === "text") {
      for (const c of part.text) {
        if (c > "\x7f") return undefined;
        steps.push(0, c.charCodeAt(0));
        width++;
      }
      continue;
    }
    const { letter, count } = part, isFixed = letter === "S" ? count <= 6 : FIXED_DIGITS[letter] === count;
    if (!isFixed || letters.includes(letter)) return undefined;
    letters += letter;
    steps.push(letter.charCodeAt(0), count);
    width += count;
  }
  return { steps: Uint8Array.from(steps), width, letters };
}
