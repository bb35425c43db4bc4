/**
 * Errors: one vocabulary for all layers. Conditions and SQLSTATEs are Spark's where Spark has them;
 * conditions of our own begin with `MILLRACE_`.
 */

/** A place in the user's query: a fragment of SQL text (0-based, `stopIndex` is exclusive), or the line that called the operator. */
export interface QueryContext {
  readonly fragment: string;
  readonly startIndex: number;
  readonly stopIndex: number;
  readonly callSite?: string;
}

export interface ErrorDetails {
  readonly condition: string;
  readonly sqlState: string;
  /** The text without condition and hint. */
  readonly message: string;
  readonly messageParameters?: Readonly<Record<string, string>>;
  readonly queryContext?: readonly QueryContext[];
  readonly hint?: string | undefined;
  readonly cause?: unknown;
}

/** The root of all errors that Millrace throws. */
export class MillraceError extends Error {
  readonly condition: string;
  readonly sqlState: string;
  readonly messageParameters: Readonly<Record<string, string>>;
  readonly queryContext: readonly QueryContext[];
  readonly hint: string | undefined;
  /** The text without condition, place and hint. */
  readonly text: string;

  constructor(details: ErrorDetails) {
    super(render(details), details.cause === undefined ? undefined : { cause: details.cause });
    this.name = new.target.name;
    this.text = details.message;
    this.condition = details.condition;
    this.sqlState = details.sqlState;
    this.messageParameters = details.messageParameters ?? {};
    this.queryContext = details.queryContext ?? [];
    this.hint = details.hint;
  }

  toJSON(): object {
    return {
      condition: this.condition, sqlState: this.sqlState, message: this.text,
      messageParameters: this.messageParameters, queryContext: this.queryContext, hint: this.hint,
    };
  }
}

/** The query can't be understood or planned: names, types, unsupported operations. */
export class AnalysisError extends MillraceError {}
/** The SQL text can't be parsed. */
export class ParseError extends AnalysisError {}
/** A row, a batch or an I/O operation failed while the query ran. */
export class ExecutionError extends MillraceError {}
/** A checkpoint can't be used: damaged, of another query, of a newer format, or taken over. */
export class CheckpointError extends MillraceError {}
/** A streaming query ended with an error. */
export class StreamingQueryError extends MillraceError {
  readonly queryId: string;
  /** Of the run that failed. */
  readonly runId: string;
  /** The batch that failed, or would have been next. */
  readonly batchId: number;
  /** Where each source stood before that batch, as JSON. */
  readonly startOffset: string;
  constructor(details: ErrorDetails & { queryId: string; runId: string; batchId: number; startOffset: string }) {
    super(details);
    this.queryId = details.queryId;
    this.runId = details.runId;
    this.batchId = details.batchId;
    this.startOffset = details.startOffset;
  }
}

function render(details: ErrorDetails): string {
  let text = `[${details.condition}] ${details.message}`;
  if (!/SQLSTATE/.test(text)) text += ` SQLSTATE: ${details.sqlState}`;
  for (const place of details.queryContext ?? []) {
    if (place.callSite !== undefined) text += `\n  at ${place.callSite}`;
    else if (place.fragment !== "") text += `\n  == SQL (position ${place.startIndex + 1}) ==\n  ${place.fragment}`;
  }
  if (details.hint !== undefined) text += `\n  hint: ${details.hint}`;
  return text;
}

/** A part of the house that is not built. Never returned silently: it stands in docs/compatibility.md. */
export function unsupported(what: string, hint?: string): AnalysisError {
  return new AnalysisError({
    condition: "MILLRACE_UNSUPPORTED", sqlState: "0A000", message: `${what} is not supported.`,
    messageParameters: { what }, hint,
  });
}

/** The nearest of `candidates` to `name`, nearest first (Damerau-Levenshtein distance, at most a third of the length, and at most five). */
export function nearest(name: string, candidates: Iterable<string>): string[] {
  const wanted = name.toLowerCase();
  const limit = Math.max(1, Math.ceil(wanted.length / 3));
  const scored: [string, number][] = [];
  for (const candidate of candidates) {
    const distance = editDistance(wanted, candidate.toLowerCase(), limit);
    if (distance <= limit) scored.push([candidate, distance]);
  }
  return scored.sort((a, b) => a[1] - b[1] || (a[0] < b[0] ? -1 : 1)).slice(0, 5).map(entry => entry[0]);
}

/** Optimal string alignment distance, given up past `limit`. */
export function editDistance(a: string, b: string, limit = Number.MAX_SAFE_INTEGER): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let before: number[] = [], last = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let best = Math.min(row[j - 1]! + 1, last[j]! + 1, last[j - 1]! + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) best = Math.min(best, before[j - 2]! + 1);
      row.push(best);
    }
    before = last;
    last = row;
  }
  return last[b.length]!;
}
