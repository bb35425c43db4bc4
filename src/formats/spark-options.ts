/** Options with the errors that Spark gives for them. */
import { AnalysisError } from "../base/errors.ts";
import { optionOf, type FormatOptions } from "./options.ts";

/** @throws AnalysisError STDS_INVALID_OPTION_VALUE.WITH_MESSAGE */
export function badOption(optionName: string, message: string): AnalysisError {
  return new AnalysisError({ condition: "STDS_INVALID_OPTION_VALUE.WITH_MESSAGE", sqlState: "42616", message: `Invalid value for source option '${optionName}': ${message}`, messageParameters: { optionName, message } });
}

export function flagOption(options: FormatOptions, name: string, absent: boolean): boolean {
  const text = optionOf(options, name)?.toLowerCase();
  if (text !== undefined && text !== "true" && text !== "false") throw badOption(name, `"${text}" is not a boolean.`);
  return text === undefined ? absent : text === "true";
}

export function wholeOption(options: FormatOptions, name: string, absent: number): number {
  const text = optionOf(options, name);
  if (text === undefined) return absent;
  if (!/^[+-]?\d{1,9}$/.test(text.trim())) throw badOption(name, `"${text}" is not a whole number.`);
  return Number(text);
}
