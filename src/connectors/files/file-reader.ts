/** What reads one file, or a range of it, into a receiver: one class a kind of format. */
import { ExecutionError } from "../../base/errors.ts";
import { fileErrorCode, type FileHandle, type Files } from "../../base/files.ts";
import type { BatchReceiver, ReadRequest } from "../../io/source.ts";

/** Bytes [from, to) of a file; for formats by lines both at the start of a line or the end of the file. */
export interface FileRange { readonly path: string; readonly from: number; readonly to: number; readonly modifiedMicros: number; /** Of the whole file, where it is more than `to`. */ readonly bytes?: number }

export interface FileReader {
  read(range: FileRange, request: ReadRequest, receiver: BatchReceiver): Promise<void>;
  /** Gives back what reading held. */
  release(): void;
}

/** Other work of the thread comes in between this often. */
const YIELD_MILLIS = 20;

/** Between chunks: waits for room, and lets others have their turn. */
export class Breath {
  #yieldedMillis = performance.now();

  async take({ signal }: ReadRequest, receiver: BatchReceiver): Promise<void> {
    if (receiver.ready !== undefined) await receiver.ready();
    if (performance.now() - this.#yieldedMillis <= YIELD_MILLIS) return;
    await new Promise<void>(resolve => setImmediate(resolve));
    signal.throwIfAborted();
    this.#yieldedMillis = performance.now();
  }
}

/** @throws ExecutionError FAILED_READ_FILE.FILE_NOT_EXIST */
export function openToRead(files: Files, path: string): FileHandle {
  try { return files.open(path, "read"); } catch (error) {
    if (fileErrorCode(error) !== "ENOENT") throw error;
    throw new ExecutionError({
      condition: "FAILED_READ_FILE.FILE_NOT_EXIST", sqlState: "KD001", message: `Encountered error while reading file ${path}. File does not exist. It is possible the underlying files have been updated.`,
      messageParameters: { path }, hint: "files that a query has planned to read must stay until it has read them",
    });
  }
}

/** A file that has fewer bytes than when it was listed. */
export function fileChanged(path: string, expected: number, actual: number): ExecutionError {
  return new ExecutionError({
    condition: "MILLRACE_FILE_CHANGED", sqlState: "KD001", message: `The file ${path} ends at byte ${actual}; it had ${expected} bytes when it was listed.`,
    messageParameters: { path, expected: String(expected), actual: String(actual) }, hint: "files must not be cut or overwritten while a query reads them; write a new file and move it in",
  });
}

/** The same error, saying which file it is about. */
export function inFile(error: ExecutionError, path: string): ExecutionError {
  const { condition, sqlState, text, messageParameters, queryContext, hint } = error;
  return new ExecutionError({ condition, sqlState, message: text, messageParameters, queryContext, hint: hint === undefined ? `in ${path}` : `${path}: ${hint}`, cause: error });
}
