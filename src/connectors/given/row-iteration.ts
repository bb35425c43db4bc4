/** Rows that a program gives one after the other: iterables, async iterables, Node streams of objects, or a function that makes one. */
import { ExecutionError } from "../../base/errors.ts";

export type RowIterable = Iterable<object> | AsyncIterable<object>;
/** `taken`: how many rows a stream has had already; 0 where it begins. */
export type RowGiver = RowIterable | ((taken: number) => RowIterable);

export type RowIterator = Iterator<object> | AsyncIterator<object>;

export const isIterable = (value: unknown): value is RowIterable => typeof value === "object" && value !== null && (Symbol.asyncIterator in value || Symbol.iterator in value);

/** @throws ExecutionError MILLRACE_NO_ROWS where what a function gives is no iterable */
export function iteratorOf(given: RowGiver, taken: number): RowIterator {
  const rows: unknown = typeof given === "function" ? given(taken) : given;
  if (!isIterable(rows)) throw new ExecutionError({ condition: "MILLRACE_NO_ROWS", sqlState: "22023", message: "The function gave no rows: an iterable, an async iterable or a stream of objects is expected.", messageParameters: {} });
  return Symbol.asyncIterator in rows ? rows[Symbol.asyncIterator]() : rows[Symbol.iterator]();
}

/** What a program's iterable threw. */
export const failedRows = (cause: unknown): ExecutionError => new ExecutionError({
  condition: "MILLRACE_ROWS_FAILED", sqlState: "38000", message: `The iterable that gives rows failed: ${cause instanceof Error ? cause.message : String(cause)}`, messageParameters: {}, cause,
});

/** @throws ExecutionError MILLRACE_NO_ROWS for a value that is no object */
export function checkedRow(row: unknown): object {
  if (typeof row === "object" && row !== null && !ArrayBuffer.isView(row)) return row;
  throw new ExecutionError({
    condition: "MILLRACE_NO_ROWS", sqlState: "22023", message: `A row is an object; the iterable gave ${row === null ? "null" : ArrayBuffer.isView(row) ? "bytes" : `a ${typeof row}`}.`, messageParameters: {},
    hint: ArrayBuffer.isView(row) || typeof row === "string" ? "a Node stream has to be in object mode" : undefined,
  });
}
