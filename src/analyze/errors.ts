/** The analyser's errors under Spark's conditions, each with the place it is about and, where one helps, a hint. */
import { AnalysisError, editDistance, MillraceError, nearest } from "../base/errors.ts";
import type { Origin } from "../plan/expressions.ts";
import { placeOf } from "../plan/place.ts";
import { quoteIdentifier, typeToSql, type DataType } from "../types/data-type.ts";

/** What the documentation links of messages begin with. */
export const DOC_ROOT = "https://spark.apache.org/docs/latest";

/** What is only looked for when the whole plan stands: any other error comes before it, wherever it is written. */
const LATE = /^(?:DATATYPE_MISMATCH\.|UNRESOLVED_COLUMN\.|CAST_)/;

/** Works on all items in order; of several errors the first of those that come early is thrown, else the first. */
export function eachOf<T, R>(items: readonly T[], work: (item: T, index: number) => R): R[] {
  let late: MillraceError | undefined;
  const results: R[] = [];
  items.forEach((item, i) => {
    try {
      results.push(work(item, i));
    } catch (error) {
      if (!(error instanceof MillraceError) || !LATE.test(error.condition)) throw error;
      late ??= error;
    }
  });
  if (late !== undefined) throw late;
  return results;
}

/** `sqlState`, `message` and so on in one line a call. */
export function fail(condition: string, sqlState: string, message: string, parameters: Readonly<Record<string, string>> = {}, origin?: Origin, hint?: string): AnalysisError {
  return new AnalysisError({ condition, sqlState, message, messageParameters: parameters, queryContext: placeOf(origin), hint });
}

/** `a`.`b`: a name in parts, each in backticks. */
export const quoteParts = (parts: readonly string[]): string => parts.map(quoteIdentifier).join(".");
/** A SQL text or a type as messages quote it. */
export const quoteSql = (text: string): string => `"${text}"`;
export const quoteType = (type: DataType): string => quoteSql(typeToSql(type));

/** A name nobody knows; `known` are the names that could have been meant. */
export function unresolvedColumn(parts: readonly string[], known: readonly (readonly string[])[], origin: Origin | undefined): AnalysisError {
  const objectName = quoteParts(parts);
  if (known.length === 0) {
    return fail("UNRESOLVED_COLUMN.WITHOUT_SUGGESTION", "42703", `A column, variable, or function parameter with name ${objectName} cannot be resolved.`, { objectName }, origin);
  }
  const wanted = parts.join(".").toLowerCase();
  const last = parts[parts.length - 1]!;
  const scored = known.map((name, i) => ({ name, i, distance: Math.min(editDistance(wanted, name.join(".").toLowerCase()), editDistance(last.toLowerCase(), name[name.length - 1]!.toLowerCase())) }));
  scored.sort((a, b) => a.distance - b.distance || a.i - b.i);
  const proposal = scored.slice(0, 5).map(entry => quoteParts(entry.name)).join(", ");
  const close = nearest(last, known.map(name => name[name.length - 1]!))[0];
  return fail("UNRESOLVED_COLUMN.WITH_SUGGESTION", "42703",
    `A column, variable, or function parameter with name ${objectName} cannot be resolved. Did you mean one of the following? [${proposal}].`,
    { objectName, proposal }, origin, close === undefined ? undefined : `did you mean ${quoteIdentifier(close)}?`);
}

export function ambiguous(parts: readonly string[], candidates: readonly (readonly string[])[], origin: Origin | undefined): AnalysisError {
  const name = quoteParts(parts), referenceNames = `[${candidates.map(quoteParts).join(", ")}]`;
  return fail("AMBIGUOUS_REFERENCE", "42704", `Reference ${name} is ambiguous, could be: ${referenceNames}.`, { name, referenceNames }, origin,
    "give the relations aliases and write the alias in front, or choose columns by side: select((left, right) => ...)");
}

export function fieldNotFound(field: string, fields: readonly string[], origin: Origin | undefined): AnalysisError {
  const list = fields.map(quoteIdentifier).join(", "), close = nearest(field, fields)[0];
  return fail("FIELD_NOT_FOUND", "42704", `No such struct field ${quoteIdentifier(field)} in ${list}.`, { fieldName: quoteIdentifier(field), fields: list }, origin,
    close === undefined ? undefined : `did you mean ${quoteIdentifier(close)}?`);
}

export function unresolvedRoutine(parts: readonly string[], known: Iterable<string>, origin: Origin | undefined): AnalysisError {
  const routineName = quoteParts(parts), close = nearest(parts[parts.length - 1]!, known)[0];
  return fail("UNRESOLVED_ROUTINE", "42883", `Cannot resolve routine ${routineName} on search path ${SEARCH_PATH}.`, { routineName, searchPath: SEARCH_PATH }, origin,
    close === undefined ? undefined : `did you mean ${close}()?`);
}

/** Sources that are no files, so that a path says nothing. */
const NO_FILES: ReadonlySet<string> = new Set(["jdbc", "hive", "rate", "socket", "console", "kafka", "noop"]);

export function tableNotFound(parts: readonly string[], known: Iterable<string>, origin: Origin | undefined): AnalysisError {
  const [dataSourceType] = parts;
  if (parts.length === 2 && NO_FILES.has(dataSourceType!.toLowerCase())) return fail("UNSUPPORTED_DATASOURCE_FOR_DIRECT_QUERY", "0A000", `Unsupported data source type for direct query on files: ${dataSourceType}`, { dataSourceType: dataSourceType! }, origin, "read it with OPTIONS: CREATE TEMP VIEW v USING ...");
  const relationName = quoteParts(parts), close = nearest(parts[parts.length - 1]!, known)[0];
  return fail("TABLE_OR_VIEW_NOT_FOUND", "42P01",
    `The table or view ${relationName} cannot be found. Verify the spelling and correctness of the schema and catalog.`,
    { relationName, searchPath: SEARCH_PATH }, origin, close === undefined ? "register a frame under this name with createOrReplaceTempView" : `did you mean ${quoteIdentifier(close)}?`);
}

export const SEARCH_PATH = "[`system`.`builtin`, `system`.`session`, `spark_catalog`.`default`]";

const ORDINALS = ["zeroth", "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh", "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth"];
/** 1 is `first`. */
export const ordinal = (n: number): string => ORDINALS[n] ?? `${n}${n % 10 === 1 && n % 100 !== 11 ? "st" : n % 10 === 2 && n % 100 !== 12 ? "nd" : n % 10 === 3 && n % 100 !== 13 ? "rd" : "th"}`;
/** `a`, `b`: a list of names. */
export const quoteIdentifiers = (names: readonly string[]): string => names.map(quoteIdentifier).join(", ");

export function ambiguousField(field: string, count: number, origin: Origin | undefined): AnalysisError {
  return fail("AMBIGUOUS_REFERENCE_TO_FIELDS", "42000", `Ambiguous reference to the field ${quoteIdentifier(field)}. It appears ${count} times in the schema.`, { field: quoteIdentifier(field), count: String(count) }, origin);
}
