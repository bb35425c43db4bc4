/** What options of alerts are checked by. They nest, so a name stands behind those it is in: `mail.from`. */
import { AnalysisError, nearest } from "../../base/errors.ts";
import { durationMicros } from "../../types/duration.ts";

export type Given = Readonly<Record<string, unknown>>;

export function objectOf(value: unknown, name: string): Given {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw invalid(name, "an object");
  return value as Given;
}

/** An object that has only these options. */
export function partOf(value: unknown, name: string, names: readonly string[]): Given {
  const given = objectOf(value, name);
  checkNames(given, names, `${name}.`);
  return given;
}

export function checkNames(given: Given, names: readonly string[], prefix: string): void {
  const wrong = Object.keys(given).find(name => !names.includes(name));
  if (wrong === undefined) return;
  const [suggestion] = nearest(wrong, names);
  throw new AnalysisError({
    condition: "MILLRACE_INVALID_OPTION", sqlState: "22023", message: `Alerts have no option '${prefix}${wrong}'.`, messageParameters: { option: prefix + wrong },
    hint: suggestion === undefined ? `they have ${names.map(name => prefix + name).join(", ")}` : `did you mean ${prefix}${suggestion}?`,
  });
}

export function micros(value: unknown, name: string): number {
  const found = typeof value === "string" ? Number(durationMicros(value)) : 0;
  if (found <= 0) throw invalid(name, "a time greater than zero, as '10 minutes'");
  return found;
}

export function whole(value: unknown, name: string): number {
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 1) throw invalid(name, "a positive whole number");
  return value;
}

export function optionalText(value: unknown, name: string, expected = "a text"): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== "string" || value === "") throw invalid(name, expected);
  return value;
}

export const invalid = (option: string, expected: string): AnalysisError => new AnalysisError({
  condition: "MILLRACE_INVALID_OPTION", sqlState: "22023", message: `The option ${option} of alerts must be ${expected}.`, messageParameters: { option },
});
