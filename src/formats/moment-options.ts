/** Options that are patterns of dates and times. `spark.sql.legacy.timeParserPolicy` stands among the options, put there from the session's settings. */
import { TIME_PARSER_POLICY, datetimePattern, patternRules, type DatetimePattern } from "../types/datetime-pattern.ts";
import { booleanOption, optionOf, type FormatOptions } from "./options.ts";

type MomentOption = "dateFormat" | "timestampFormat" | "timestampNTZFormat" | "timeFormat";

/** What formats wrote and read before Spark 3, where no option says otherwise. */
const OLDER: Readonly<Partial<Record<MomentOption, string>>> = { dateFormat: "yyyy-MM-dd", timestampFormat: "yyyy-MM-dd'T'HH:mm:ss.SSSXXX" };

/** The text of a pattern, or undefined where moments have the forms of casts. */
export function momentPatternText(options: FormatOptions, name: MomentOption): string | undefined {
  return optionOf(options, name) ?? (isOlder(options) ? OLDER[name] : undefined);
}

/** @throws AnalysisError INVALID_DATETIME_PATTERN.*, INCONSISTENT_BEHAVIOR_CROSS_VERSION.DATETIME_PATTERN_RECOGNITION */
export function momentPattern(options: FormatOptions, name: MomentOption, use: "parse" | "format"): DatetimePattern | undefined {
  const text = momentPatternText(options, name);
  return text === undefined ? undefined : datetimePattern(text, use, optionOf(options, "locale"), name in OLDER ? rulesOf(options) : "corrected");
}

/** Whether text that a pattern doesn't fit is read as a cast reads it; undefined: as the format does without a pattern. */
export function fallsBack(options: FormatOptions): boolean | undefined {
  if (optionOf(options, "enableDateTimeParsingFallback") !== undefined) return booleanOption(options, "enableDateTimeParsingFallback", false);
  return isOlder(options) ? true : undefined;
}

const rulesOf = (options: FormatOptions) => patternRules({ get: name => optionOf(options, name) }, "option");
const isOlder = (options: FormatOptions): boolean => optionOf(options, TIME_PARSER_POLICY) !== undefined && rulesOf(options) === "lenient";
