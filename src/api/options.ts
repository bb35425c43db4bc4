/** Options as connectors get them: text by name. */
import { durationMicros } from "../types/duration.ts";
import { badArgument } from "./api-errors.ts";

/** The text of option values. An option set to undefined is left out. */
export function optionsOf(options: object): Record<string, string> {
  const texts: Record<string, string> = {};
  for (const [key, value] of Object.entries(options) as [string, unknown][]) {
    if (value === undefined) continue;
    if (typeof value === "string" || typeof value === "number" || typeof value === "boolean" || typeof value === "bigint") texts[key] = String(value);
    else if (Array.isArray(value) || (typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype)) texts[key] = JSON.stringify(value);
    else throw badArgument(`Option '${key}' can't be a ${typeof value}.`);
  }
  return texts;
}

/** A duration of some length, in microseconds. */
export function positiveMicros(text: string): number {
  const micros = durationMicros(text);
  if (micros <= 0n) throw badArgument(`'${text}' is no time to wait.`, "give a time greater than zero");
  return Number(micros);
}
