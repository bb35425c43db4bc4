/** Texts by a format: format_string, format_number, to_char, to_number; and sentences. */
import { AnalysisError } from "../../base/errors.ts";
import type { Origin } from "../../plan/expressions.ts";
import type { Binding, ScalarFunction } from "../../plan/function.ts";
import type { ResolvedExpression } from "../../plan/resolved.ts";
import { cellText } from "../../types/cell-text.ts";
import { BINARY, STRING, TIMESTAMP, array, decimal, isNumeric, type DataType } from "../../types/data-type.ts";
import { decimalFor } from "../../types/decimal-rules.ts";
import { datetimePattern, patternRules } from "../../types/datetime-pattern.ts";
import { timeZone } from "../../types/time-zone.ts";
import { cellCast } from "../cast/cast-cells.ts";
import { AS, ANY_NUMERIC, isString, oneOf, uncast } from "../coercion.ts";
import { constantCell } from "../constant-argument.ts";
import { accept, checkCount, custom, literalValue, scalar } from "../define.ts";
import { contextOf, executionError, mismatch, nonFoldable } from "../errors.ts";
import { digitsOf, formatSize, groupedNumber, numberFormat, parseByFormat, patternNumber, printf, writeByFormat, type NumberFormat } from "./number-format.ts";
import type { Cell } from "../../types/cell.ts";

/** A language that the platform knows; others are read as English. */
function localeOf(language: string | undefined): string {
  try {
    return Intl.Segmenter.supportedLocalesOf(language === undefined || language === "" ? "en" : language)[0] ?? "en";
  } catch {
    return "en";
  }
}

/** Moments and intervals are shown as the numbers that stand for them: days, microseconds, months, nanoseconds of a day. */
const innerText = (type: DataType, cell: Cell): string | undefined => INNER.has(type.kind) ? String(cell) : undefined;
const INNER: ReadonlySet<string> = new Set(["date", "timestamp", "timestamp_ntz", "time", "day_time_interval", "year_month_interval"]);

/** The constant format of to_number and to_char; null where it is null. @throws AnalysisError INVALID_FORMAT.*, DATATYPE_MISMATCH.NON_FOLDABLE_INPUT */
function formatArgument(name: string, args: readonly ResolvedExpression[], origin: Origin | undefined): NumberFormat | null {
  const text = constantCell(args[1]!);
  if (text === null) return null;
  if (typeof text !== "string") throw nonFoldable(name, args, 1, "format", origin);
  const format = numberFormat(text);
  if (typeof format !== "string") return format;
  throw new AnalysisError({ condition: `INVALID_FORMAT.${format}`, sqlState: "42601", message: `The format is invalid: '${text}'. The format string requires at least one number digit, and its parts in their order: [MI|S] [$] [0|9|G|,]* [.|D] [0|9]* [PR|MI|S].`, messageParameters: { format: `'${text}'` }, queryContext: contextOf(origin) });
}

function toNumber(name: string, isTry: boolean, cases: ScalarFunction["cases"]): ScalarFunction {
  return custom({
    name, usage: `${name}(expr, fmt)`, description: "A DECIMAL of text by a format of 0, 9, `.`, `,`, $, S, MI and PR.", cases,
    bind: (args, _settings, origin): Binding => {
      checkCount(name, args.length, 2, 2, origin);
      accept(name, args, 0, AS.string, origin);
      const format = formatArgument(name, args, origin), text = constantCell(args[1]!);
      if (format === null) return { type: decimal(10, 0), argTypes: [STRING, STRING], nullable: true, row: () => null };
      const { precision, scale } = formatSize(format);
      if (precision > 38) throw new AnalysisError({ condition: "DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION", sqlState: "22003", message: `Decimal precision ${precision} exceeds max precision 38.`, messageParameters: { precision: String(precision), maxPrecision: "38" }, queryContext: contextOf(origin) });
      return {
        type: decimal(Math.min(precision, 38), scale), argTypes: [STRING, STRING], nullable: isTry, canRaise: !isTry, row: ([value]) => {
          const found = parseByFormat(value as string, format);
          if (found === null && !isTry) throw executionError("INVALID_FORMAT.MISMATCH_INPUT", "42601", `The format is invalid: '${text as string}'. The input "STRING" '${value as string}' does not match the format.`, { format: text as string, input: value as string, inputType: "\"STRING\"" });
          return found;
        },
      };
    },
  });
}

export const formattingFunctions: readonly ScalarFunction[] = [
  custom({
    name: "format_string", aliases: ["printf"], usage: "format_string(strfmt, obj, ...)", description: "Text by a format as of printf.", cases: [["format_string('Hello World %d %s', 100, 'days')", "Hello World 100 days"], ["format_string('%5.2f|%-5s|%05d', 3.14159D, 'ab', 42)", " 3.14|ab   |00042"]],
    bind: (args, settings, origin): Binding => {
      checkCount("format_string", args.length, 1, Infinity, origin);
      accept("format_string", args, 0, AS.string, origin);
      const constant = constantCell(args[0]!);
      if (typeof constant === "string" && constant.includes("%0$")) {
        throw new AnalysisError({ condition: "INVALID_PARAMETER_VALUE.ZERO_INDEX", sqlState: "22023", message: "The value of parameter(s) `strfmt` in `format_string` is invalid: expects %1$, %2$ and so on, but got %0$.", messageParameters: { functionName: "`format_string`", parameter: "`strfmt`" }, queryContext: contextOf(origin) });
      }
      const types = args.map(arg => arg.type), zone = timeZone(settings.timeZone);
      return {
        type: STRING, argTypes: [STRING, ...types.slice(1)], nullAware: true, nullable: args[0]!.nullable, canRaise: true,
        row: ([format, ...cells]) => (format === null ? null : printf(format as string, cells.map((cell, i) => ({ type: types[i + 1]!, cell, text: cell === null ? "null" : innerText(types[i + 1]!, cell) ?? cellText(types[i + 1]!, cell, zone) })))),
      };
    },
  }),
  scalar({
    name: "format_number", usage: "format_number(expr1, expr2)", description: "A number with commas and so many digits behind the point, or by a pattern.", cases: [["format_number(12332.123456, 4)", "12,332.1235"], ["format_number(12332.123456, '##################.###')", "12332.123"]], params: [uncast(ANY_NUMERIC), uncast(oneOf(AS.int, AS.string))], returns: STRING, nullable: true, canRaise: true,
    make: call => ({ row: ([x, f]) => (typeof f === "number" ? (f < 0 ? null : groupedNumber(call.types[0]!, x!, f)) : f === "" ? groupedNumber(call.types[0]!, x!, 0) : patternNumber(call.types[0]!, x!, f as string)) }),
  }),
  toNumber("to_number", false, [["to_number('454', '999')", "454"], ["to_number('$78.12', '$99.99')", "78.12"]]), toNumber("try_to_number", true, [["try_to_number('12.345', '99.99')", "NULL"]]),
  custom({
    name: "to_char", aliases: ["to_varchar"], usage: "to_char(expr, format)", description: "Text of a number, a date, a timestamp or bytes by a format.", cases: [["to_char(454, '999')", "454"], ["to_char(78.12, '$99.99')", "$78.12"], ["to_char(DATE'2016-04-08', 'y')", "2016"], ["to_char(encode('abc', 'utf-8'), 'hex')", "616263"]],
    bind: (args, _settings, origin): Binding => {
      checkCount("to_char", args.length, 2, 2, origin);
      const { type } = args[0]!, fixed = literalValue(args[1])?.value;
      if (type.kind === "date" || type.kind === "timestamp" || type.kind === "timestamp_ntz") {
        return { type: STRING, argTypes: [TIMESTAMP, STRING], canRaise: true, row: ([t, f], { settings }) => { const zone = timeZone(settings.timeZone); return datetimePattern(f as string, "format", undefined, patternRules(settings.conf, "function")).format(zone.toLocal(t as bigint), zone, t as bigint); } };
      }
      if (type.kind === "binary") {
        const how = typeof fixed === "string" ? fixed.toLowerCase() : "";
        if (!["hex", "base64", "utf-8"].includes(how)) throw mismatch("INVALID_ARG_VALUE", "to_char", args, "The `format` value must be 'base64', 'hex' or 'utf-8'.", { inputName: "format", inputValue: `'${String(fixed)}'`, requireType: "case-insensitive \"STRING\"", validValues: "'base64', 'hex', 'utf-8'" }, origin);
        const cast = cellCast(BINARY, STRING, "ansi", "UTC");
        return { type: STRING, argTypes: [BINARY, STRING], nullable: how === "utf-8", row: ([b]) => (how === "utf-8" ? cast(b!) : how === "hex" ? Buffer.from(b as Uint8Array).toString("hex").toUpperCase() : Buffer.from(b as Uint8Array).toString("base64")) };
      }
      const number: DataType = isNumeric(type) ? (type.kind === "decimal" ? type : decimalFor(type)) : isString(type) ? decimal(38, 18) : accept("to_char", args, 0, ANY_NUMERIC, origin);
      const format = formatArgument("to_char", args, origin);
      return { type: STRING, argTypes: [number, STRING], nullable: format === null, row: ([x]) => { if (format === null) return null; const { unscaled, scale } = digitsOf(number, x!); return writeByFormat(unscaled, scale, format); } };
    },
  }),
  scalar({
    name: "sentences", usage: "sentences(str[, lang[, country]])", description: "The sentences of a text as arrays of their words.", cases: [["sentences('Hi there! Good morning.')", "[[Hi, there], [Good, morning]]"]], params: [AS.string, AS.string, AS.string], optional: 2, returns: array(array(STRING, false), false),
    row: ([text, language]) => {
      const locale = localeOf(language as string | undefined);
      return Array.from(new Intl.Segmenter(locale, { granularity: "sentence" }).segment(text as string), sentence =>
        Array.from(new Intl.Segmenter(locale, { granularity: "word" }).segment(sentence.segment)).filter(word => word.isWordLike === true).map(word => word.segment));
    },
  }),
];
