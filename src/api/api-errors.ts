/** Errors of wrong calls, found while a plan is built, each with the line of the user that made the call. */
import { AnalysisError, nearest } from "../base/errors.ts";
import type { Origin } from "../plan/expressions.ts";
import { quoteIdentifier } from "../types/data-type.ts";
import { callSite } from "./call-site.ts";

const place = (origin: Origin = callSite()) => [{ fragment: "", startIndex: 0, stopIndex: 0, ...(origin.callSite !== undefined && { callSite: origin.callSite }) }];

/** A name that a known schema doesn't have, with the nearest ones. */
export function unresolvedColumn(name: string, known: readonly string[]): AnalysisError {
  const close = nearest(name, known), proposed = (close.length > 0 ? close : known.slice(0, 5)).map(quoteIdentifier).join(", ");
  const without = known.length === 0;
  return new AnalysisError({
    condition: without ? "UNRESOLVED_COLUMN.WITHOUT_SUGGESTION" : "UNRESOLVED_COLUMN.WITH_SUGGESTION", sqlState: "42703",
    message: `A column, variable, or function parameter with name ${quoteIdentifier(name)} cannot be resolved.${without ? "" : ` Did you mean one of the following? [${proposed}].`}`,
    messageParameters: { objectName: quoteIdentifier(name), ...(without ? {} : { proposal: proposed }) }, queryContext: place(),
    hint: close[0] === undefined ? undefined : `did you mean '${close[0]}'?`,
  });
}

export function unresolvedField(name: string, fields: readonly string[]): AnalysisError {
  const close = nearest(name, fields)[0];
  return new AnalysisError({
    condition: "FIELD_NOT_FOUND", sqlState: "42704", message: `No such struct field ${quoteIdentifier(name)} in ${fields.map(quoteIdentifier).join(", ")}.`,
    messageParameters: { fieldName: quoteIdentifier(name), fields: fields.map(quoteIdentifier).join(", ") }, queryContext: place(),
    hint: close === undefined ? undefined : `did you mean '${close}'?`,
  });
}

export function ambiguousColumn(name: string): AnalysisError {
  const quoted = quoteIdentifier(name);
  return new AnalysisError({
    condition: "AMBIGUOUS_REFERENCE", sqlState: "42704", message: `Reference ${quoted} is ambiguous, could be: [${quoted}, ${quoted}].`,
    messageParameters: { name: quoted, referenceNames: `[${quoted}, ${quoted}]` }, queryContext: place(),
    hint: "read it from its side: select((left, right) => ({ ... }))",
  });
}

/** A value or argument that an operator can't take. */
export function badArgument(message: string, hint?: string, condition = "MILLRACE_INVALID_ARGUMENT", sqlState = "42000"): AnalysisError {
  return new AnalysisError({ condition, sqlState, message, queryContext: place(), hint });
}

/** An action of batch queries called on a stream. */
export function streamingAction(action: string, hint = "use writeStream, or iterate()"): AnalysisError {
  return new AnalysisError({
    condition: "MILLRACE_STREAMING_ACTION", sqlState: "0A000", message: `${action}() needs a query that ends. Queries with streaming sources must be executed with writeStream.start().`,
    messageParameters: { action }, queryContext: place(), hint,
  });
}

/** An action that only makes sense on a stream. */
export function batchAction(action: string): AnalysisError {
  return new AnalysisError({
    condition: "WRITE_STREAM_NOT_ALLOWED", sqlState: "42601", message: `\`${action}\` can be called only on streaming Dataset/DataFrame.`,
    messageParameters: { action }, queryContext: place(), hint: "read it with readStream, or use write",
  });
}
