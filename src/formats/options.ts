/** Options of formats: text by names without regard to case, as Spark takes them. */
import { AnalysisError, unsupported } from "../base/errors.ts";
import { findTimeZone, type TimeZone } from "../types/time-zone.ts";

export type FormatOptions = Readonly<Record<string, string>>;

/** The value of an option in any case of its name. */
export function optionOf(options: FormatOptions, name: string): string | undefined {
  const wanted = name.toLowerCase();
  for (const [key, value] of Object.entries(options)) if (key.toLowerCase() === wanted) return value;
  return undefined;
}

/** @throws AnalysisError for anything but true or false in any case */
export function booleanOption(options: FormatOptions, name: string, absent: boolean): boolean {
  const text = optionOf(options, name)?.toLowerCase();
  if (text === undefined) return absent;
  if (text === "true" || text === "false") return text === "true";
  throw invalidOption(name, text, "a boolean");
}

/** @throws AnalysisError for anything but a positive whole number */
export function positiveOption(options: FormatOptions, name: string, absent: number): number {
  const text = optionOf(options, name);
  if (text === undefined) return absent;
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw invalidOption(name, text, "a positive whole number");
  return value;
}

export function zoneOption(options: FormatOptions, sessionZone: string): TimeZone {
  const name = optionOf(options, "timeZone") ?? sessionZone, zone = findTimeZone(name);
  if (zone === undefined) throw invalidOption("timeZone", name, "a time zone");
  return zone;
}

/** The part of the data that inference looks at. @throws AnalysisError for anything but a number above 0 */
export function samplingRatioOption(options: FormatOptions): number {
  const text = optionOf(options, "samplingRatio"), value = Number(text ?? 1);
  if (!(value > 0)) throw invalidOption("samplingRatio", text!, "greater than 0");
  return value;
}

/** How the country of the option `locale` groups digits and writes the point; undefined: as in the United States. */
export function decimalSeparatorsOption(options: FormatOptions): { readonly group: string; readonly point: string; readonly minus: string; readonly exponent: string } | undefined {
  const locale = optionOf(options, "locale");
  if (locale === undefined || /^en[-_]us$/i.test(locale)) return undefined;
  const tag = locale.replaceAll("_", "-");
  let parts: Intl.NumberFormatPart[];
  try { parts = [...new Intl.NumberFormat(tag, { useGrouping: true }).formatToParts(-1234567.5), ...new Intl.NumberFormat(tag, { notation: "scientific" }).formatToParts(1e9)]; } catch { throw invalidOption("locale", locale, "a language tag such as de-DE"); }
  const sign = (type: string, absent: string): string => parts.find(part => part.type === type)?.value ?? absent;
  return { group: sign("group", ","), point: sign("decimal", "."), minus: sign("minusSign", "-"), exponent: sign("exponentSeparator", "E") };
}

/** Refuses options that would change the result and aren't built; `same` lists the values that don't change it. */
export function refuseOptions(format: string, options: FormatOptions, same: Readonly<Record<string, readonly string[]>>): void {
  for (const [name, values] of Object.entries(same)) {
    const value = optionOf(options, name);
    if (value !== undefined && !values.includes(value.toLowerCase())) throw unsupported(`The option ${name}=${JSON.stringify(value)} of ${format}`);
  }
}

/** Refuses an option that isn't built. */
export function unsupportedOption(format: string, options: FormatOptions, name: string): void {
  if (optionOf(options, name) !== undefined) throw unsupported(`The option ${name} of ${format}`);
}

export function invalidOption(name: string, value: string, expected: string): AnalysisError {
  return new AnalysisError({
    condition: "MILLRACE_INVALID_OPTION", sqlState: "22023", message: `Invalid value '${value}' for option '${name}', must be ${expected}.`,
    messageParameters: { option: name, value },
  });
}
