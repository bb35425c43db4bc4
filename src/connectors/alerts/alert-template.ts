/**
 * What is sent of a row. A template is a JSON value whose texts may hold `{{column}}` and what an alert knows beside its
 * row: `{{$batchId}}`, `{{$row}}`, `{{$suppressed}}`, `{{$status}}`, `{{$startedAt}}`, `{{$resolvedAt}}`, `{{$alerts}}`. A text that
 * is only one placeholder becomes the value itself, with its type; within a longer text values stand as text, NULL as nothing.
 */
import { AnalysisError, nearest } from "../../base/errors.ts";
import { stringify } from "../../types/values.ts";

export type Template = null | boolean | number | string | readonly Template[] | { readonly [name: string]: Template };
/** The values of columns, and of the names with `$`. */
export type AlertValues = Readonly<Record<string, unknown>>;

const OWN = ["$batchId", "$row", "$suppressed", "$status", "$startedAt", "$resolvedAt", "$alerts"], PLACEHOLDER = /\{\{\s*([^{}]+?)\s*\}\}/g;

/** @throws AnalysisError UNRESOLVED_COLUMN.WITH_SUGGESTION for a name that the rows don't have */
export function compileTemplate(template: Template, columns: readonly string[]): (values: AlertValues) => unknown {
  if (typeof template === "string") return compileLeaf(template, columns);
  if (template === null || typeof template !== "object") return () => template;
  if (Array.isArray(template)) {
    const items = (template as readonly Template[]).map(item => compileTemplate(item, columns));
    return values => items.map(item => item(values));
  }
  const fields = Object.entries(template).map(([name, value]) => [name, compileTemplate(value, columns)] as const);
  return values => Object.fromEntries(fields.map(([name, value]) => [name, value(values)]));
}

function compileLeaf(text: string, columns: readonly string[]): (values: AlertValues) => unknown {
  const [first, ...more] = namesIn(text, columns);
  if (first === undefined) return () => text;
  if (more.length === 0 && text.trim().replace(PLACEHOLDER, "") === "") return values => values[first];
  return compileText(text, columns);
}

/** A template that is one text. `show` says how values stand in it. */
export function compileText(text: string, columns: readonly string[], show: (value: unknown) => string = textOf): (values: AlertValues) => string {
  const names = namesIn(text, columns), between = text.split(PLACEHOLDER).filter((_, i) => i % 2 === 0);
  return values => between.reduce((made, part, i) => made + (i === 0 ? "" : show(values[names[i - 1]!])) + part, "");
}

const namesIn = (text: string, columns: readonly string[]): string[] => [...text.matchAll(PLACEHOLDER)].map(([, name]) => known(name!, columns));

/** A value within a text. */
export function textOf(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "string") return value;
  const text = stringify(value);
  return text.startsWith('"') ? JSON.parse(text) as string : text;
}

export function known(name: string, columns: readonly string[]): string {
  const found = columns.find(column => column === name) ?? columns.find(column => column.toLowerCase() === name.toLowerCase()) ?? OWN.find(own => own === name);
  if (found !== undefined) return found;
  const suggestions = nearest(name, [...columns, ...OWN]);
  throw new AnalysisError({
    condition: "UNRESOLVED_COLUMN.WITH_SUGGESTION", sqlState: "42703", message: `A column with name \`${name}\` cannot be resolved. Did you mean one of the following? [${(suggestions.length > 0 ? suggestions : columns).map(column => `\`${column}\``).join(", ")}].`,
    messageParameters: { objectName: `\`${name}\``, proposal: suggestions.map(column => `\`${column}\``).join(", ") }, hint: "an alert can only say what a column of the query holds",
  });
}
