/** Options of Spark's CSV reader, read and checked once. Names are in any case; what has no meaning here is refused. */
import { AnalysisError, unsupported } from "../../base/errors.ts";
import type { DatetimePattern } from "../../types/datetime-pattern.ts";
import type { TimeZone } from "../../types/time-zone.ts";
import type { DecimalSeparators } from "../json/json-scalars.ts";
import { parseModeOf, type ParseMode } from "../format-reader.ts";
import { fallsBack, momentPattern, momentPatternText } from "../moment-options.ts";
import { booleanOption, decimalSeparatorsOption, invalidOption, optionOf, samplingRatioOption, zoneOption, type FormatOptions } from "../options.ts";

export const QUOTE_HANDLINGS = ["STOP_AT_DELIMITER", "STOP_AT_CLOSING_QUOTE", "BACK_TO_DELIMITER", "SKIP_VALUE", "RAISE_ERROR"] as const;
export type QuoteHandling = typeof QUOTE_HANDLINGS[number];

/** How a record is cut into fields. Characters are bytes (0 to 255) as JavaScript characters, those beyond ASCII as their UTF-8 bytes. */
export interface CsvSyntax {
  readonly separator: string;
  /** "\0": none, as in Spark. */
  readonly quote: string;
  readonly escape: string;
  /** What stands before an escape that is meant as it is. */
  readonly escapeEscape: string;
  /** Undefined: there are no comments. */
  readonly comment: string | undefined;
  readonly ignoreLeading: boolean;
  readonly ignoreTrailing: boolean;
  /** Undefined: LF, CR or both. */
  readonly lineSeparator: string | undefined;
  readonly multiLine: boolean;
  readonly handling: QuoteHandling;
  /** What a field without anything, and what "" means. */
  readonly nullValue: string;
  readonly emptyValue: string;
  readonly maxColumns: number;
  /** -1: no limit. */
  readonly maxChars: number;
}

export interface CsvOptions {
  readonly syntax: CsvSyntax;
  readonly header: boolean;
  readonly inferSchema: boolean;
  readonly samplingRatio: number;
  readonly enforceSchema: boolean;
  readonly preferDate: boolean;
  readonly mode: ParseMode;
  readonly corruptColumn: string;
  readonly values: CsvValueOptions;
}

/** How text of a field becomes a value. */
export interface CsvValueOptions {
  readonly nullValue: string;
  readonly nanValue: string;
  readonly positiveInf: string;
  readonly negativeInf: string;
  readonly dateFormat: DatetimePattern | undefined;
  /** As it was given. */
  readonly datePattern: string | undefined;
  readonly timestampFormat: DatetimePattern | undefined;
  readonly timestampNtzFormat: DatetimePattern | undefined;
  /** Text that a given pattern doesn't fit is tried by the rules of casts. */
  readonly fallsBack: boolean | undefined;
  readonly preferDate: boolean;
  readonly zone: TimeZone;
  /** Groups of digits and the point of decimals; undefined: as in the United States. */
  readonly decimalSeparators: DecimalSeparators | undefined;
  readonly nowMicros: () => bigint;
}

/** @throws AnalysisError OPTION_VALUE_EXCEEDS_ONE_CHARACTER, INVALID_DELIMITER_VALUE.*, INVALID_LINE_SEPARATOR.*, MILLRACE_INVALID_OPTION */
export function csvOptions(options: FormatOptions, sessionZone: string, nowMicros: () => bigint): CsvOptions {
  const nullValue = optionOf(options, "nullValue") ?? "", preferDate = booleanOption(options, "preferDate", true);
  return {
    syntax: csvSyntax(options), preferDate,
    header: booleanOption(options, "header", false), inferSchema: booleanOption(options, "inferSchema", false), samplingRatio: samplingRatioOption(options), enforceSchema: booleanOption(options, "enforceSchema", true),
    mode: parseModeOf(optionOf(options, "mode")), corruptColumn: optionOf(options, "columnNameOfCorruptRecord") ?? "_corrupt_record",
    values: {
      nullValue, preferDate, nowMicros, zone: zoneOption(options, sessionZone),
      nanValue: optionOf(options, "nanValue") ?? "NaN", positiveInf: optionOf(options, "positiveInf") ?? "Inf", negativeInf: optionOf(options, "negativeInf") ?? "-Inf",
      dateFormat: momentPattern(options, "dateFormat", "parse"), datePattern: momentPatternText(options, "dateFormat"), timestampFormat: momentPattern(options, "timestampFormat", "parse"),
      timestampNtzFormat: momentPattern(options, "timestampNTZFormat", "parse"), fallsBack: fallsBack(options),
      decimalSeparators: decimalSeparatorsOption(options),
    },
  };
}

export function csvSyntax(options: FormatOptions): CsvSyntax {
  const quote = oneCharacter(options, "quote", "\""), escape = oneCharacter(options, "escape", "\\"), given = optionOf(options, "charToEscapeQuoteEscaping");
  const comment = optionOf(options, "comment"), handling = (optionOf(options, "unescapedQuoteHandling") ?? "STOP_AT_DELIMITER").toUpperCase() as QuoteHandling;
  if (!QUOTE_HANDLINGS.includes(handling)) throw invalidOption("unescapedQuoteHandling", handling, `one of ${QUOTE_HANDLINGS.join(", ")}`);
  const separator = separatorOf(optionOf(options, "sep") ?? optionOf(options, "delimiter") ?? ",");
  return {
    separator: bytesAsText(separator), quote, escape, handling,
    // Where an escape is not the quote itself, it is escaped by itself.
    escapeEscape: given === undefined || given === "" ? (quote === escape ? "\0" : escape) : oneCharacter(options, "charToEscapeQuoteEscaping", ""),
    comment: comment?.length === 1 ? oneCharacter(options, "comment", "") : undefined,
    ignoreLeading: booleanOption(options, "ignoreLeadingWhiteSpace", false), ignoreTrailing: booleanOption(options, "ignoreTrailingWhiteSpace", false),
    lineSeparator: lineSeparator(options), multiLine: booleanOption(options, "multiLine", false),
    nullValue: bytesAsText(optionOf(options, "nullValue") ?? ""), emptyValue: bytesAsText(optionOf(options, "emptyValue") ?? ""),
    maxColumns: wholeNumber(options, "maxColumns", 20480), maxChars: wholeNumber(options, "maxCharsPerColumn", -1),
  };
}

/** Text as its UTF-8 bytes, each a character. */
export const bytesAsText = (text: string): string => Buffer.from(text, "utf8").toString("latin1");
/** The reverse. */
export const textOfBytes = (bytes: string): string => Buffer.from(bytes, "latin1").toString("utf8");

function oneCharacter(options: FormatOptions, name: string, absent: string): string {
  const text = optionOf(options, name) ?? absent;
  if (text.length > 1) throw new AnalysisError({
    condition: "OPTION_VALUE_EXCEEDS_ONE_CHARACTER", sqlState: "22023", message: `The value of ${name} cannot be more than one character, but got ${text}.`, messageParameters: { option: name, value: text },
  });
  if (text > "\u007f") throw unsupported(`The option ${name}=${JSON.stringify(text)} of csv, a character beyond ASCII`);
  return text === "" ? "\0" : text;
}

const ESCAPED: Readonly<Record<string, string>> = { t: "\t", r: "\r", b: "\b", f: "\f", "\"": "\"", "'": "'", "\\": "\\", u0000: "\0" };

/** The separator with its escapes read, as Spark's CSVExprUtils.toDelimiterStr does. */
export function separatorOf(text: string): string {
  const refuse = (sub: string, message: string, messageParameters: Readonly<Record<string, string>> = {}): AnalysisError => new AnalysisError({ condition: `INVALID_DELIMITER_VALUE.${sub}`, sqlState: "42602", message: `Invalid value for delimiter. ${message}`, messageParameters });
  if (text === "") throw refuse("EMPTY_STRING", "Delimiter cannot be empty string.");
  let separator = "";
  for (let rest = text; rest !== "";) {
    if (rest[0] !== "\\") { separator += rest[0]; rest = rest.slice(1); continue; }
    if (rest.length === 1) throw refuse("SINGLE_BACKSLASH", "Single backslash is prohibited. It has special meaning as beginning of an escape sequence. To get the backslash character, pass a string with two backslashes as the delimiter.");
    const name = rest.startsWith("\\u0000") ? "u0000" : rest[1]!, character = ESCAPED[name];
    if (character === undefined) throw refuse("UNSUPPORTED_SPECIAL_CHARACTER", `Unsupported special character for delimiter: ${rest.slice(0, 2)}.`, { str: rest.slice(0, 2) });
    separator += character;
    rest = rest.slice(1 + name.length);
  }
  return separator;
}

function lineSeparator(options: FormatOptions): string | undefined {
  const text = optionOf(options, "lineSep");
  if (text === undefined) return undefined;
  if (text === "" || text.length > 2) throw new AnalysisError({
    condition: `INVALID_LINE_SEPARATOR.${text === "" ? "EMPTY" : "TOO_LONG"}`, sqlState: "22023",
    message: `Invalid line separator configuration. ${text === "" ? "The 'lineSep' option cannot be an empty string." : `The 'lineSep' option can contain at most 2 characters, but got ${text.length} characters.`}`,
    messageParameters: text === "" ? {} : { length: String(text.length) },
  });
  return bytesAsText(text);
}

function wholeNumber(options: FormatOptions, name: string, absent: number): number {
  const text = optionOf(options, name);
  if (text === undefined) return absent;
  if (!/^[+-]?\d+$/.test(text)) throw invalidOption(name, text, "a whole number");
  return Number(text);
}
