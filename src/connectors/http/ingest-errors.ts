/** Answers of an ingest route that are errors: an HTTP status and the error as JSON. */
import { ExecutionError, MillraceError } from "../../base/errors.ts";

export type IngestStatus = 400 | 401 | 403 | 404 | 405 | 411 | 413 | 415 | 422 | 429 | 500 | 503;

export class IngestError extends ExecutionError {
  readonly status: IngestStatus;
  constructor(status: IngestStatus, condition: string, message: string, options: { readonly hint?: string; readonly messageParameters?: Readonly<Record<string, string>> } = {}) {
    super({ condition, sqlState: "08000", message, ...options });
    this.status = status;
  }
}

const STATUS: Readonly<Record<string, IngestStatus>> = {
  MILLRACE_SPOOL_FULL: 429, MILLRACE_SPOOL_UNAVAILABLE: 503, MILLRACE_SPOOL_TAKEN_OVER: 503, MILLRACE_KEY_REUSED: 422,
};

export const statusOf = (error: unknown): IngestStatus => (error instanceof IngestError ? error.status : error instanceof MillraceError ? STATUS[error.condition] ?? 500 : 500);

/** What a client gets to know: of an error that isn't ours, nothing but that there was one. */
export function errorBody(error: unknown): { readonly error: object } {
  return { error: error instanceof MillraceError ? error.toJSON() : { condition: "MILLRACE_INTERNAL", sqlState: "XX000", message: "The request could not be taken.", messageParameters: {}, queryContext: [] } };
}
