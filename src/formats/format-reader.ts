/** What all formats that are read from bytes offer: bytes in, batches and bad records out, no I/O. */
import type { Batch } from "../columns/batch.ts";

/** PERMISSIVE keeps what is good of a bad record, DROPMALFORMED leaves it out, FAILFAST fails. */
export type ParseMode = "PERMISSIVE" | "DROPMALFORMED" | "FAILFAST";

/** A mode by its name in any case; Spark takes an unknown one for PERMISSIVE. */
export function parseModeOf(name: string | undefined): ParseMode {
  const mode = name?.toUpperCase();
  return mode === "DROPMALFORMED" || mode === "FAILFAST" ? mode : "PERMISSIVE";
}

/** Bytes of a bad record that are kept. */
export const RAW_BYTES = 64 * 1024;
/** A longer record is bad. */
export const MAX_RECORD_BYTES = 16 * 1024 * 1024;

export interface FormatBadRecord {
  /** Where the record starts, in bytes from the start of what was read. */
  readonly offset: number;
  /** Bytes of the whole record, without its line terminator. */
  readonly length: number;
  readonly column: string | undefined;
  readonly reason: string;
  /** The first 64 KiB of the record: a copy made when asked for, which must be before the reader goes on. */
  raw(): Uint8Array;
  /** kept: as a row with nulls. dropped: by mode. deadLetter: a column that may not be null would be. */
  readonly outcome: "kept" | "dropped" | "deadLetter";
}

/** The batch is valid until the reader is asked again. */
export interface DecodedBatch {
  readonly batch: Batch;
  readonly badRecords: readonly FormatBadRecord[];
}

/** Usage: fill `space()`, say how much with `filled`, take batches from `next` until there is none; after the last bytes `end` and `next` again. */
export interface FormatReader {
  /** Where the next bytes go, in linear memory. */
  space(): { readonly pointer: number; readonly length: number };
  filled(bytes: number): void;
  end(): void;
  next(): DecodedBatch | undefined;
  /** When `next` has no more: the offset of the first byte that no batch has, if reading may begin anew there. */
  readonly boundary: number | undefined;
  /** Makes ready for other bytes; offsets count from `offset` again. */
  reset(offset?: number): void;
  /** Gives all memory back. */
  release(): void;
}
