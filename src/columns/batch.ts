/**
 * A Batch: some rows as columns. A batch that is handed on is borrowed: it and all it points to is valid only until the
 * receiver returns; whoever keeps rows copies them (row-codec, state, sort buffers).
 */
import type { StructType } from "../types/data-type.ts";
import type { Vector } from "./vector.ts";

/** Rows that count, as a pointer to ascending u32 row numbers; pointer 0: rows 0 to count - 1. */
export interface Selection { readonly pointer: number; readonly count: number }

export class Batch {
  readonly schema: StructType;
  readonly columns: readonly Vector[];
  /** Rows in the vectors. */
  readonly length: number;
  /** Rows that count. */
  readonly selection: Selection;

  constructor(schema: StructType, columns: readonly Vector[], length: number, selection: Selection = { pointer: 0, count: length }) {
    this.schema = schema;
    this.columns = columns;
    this.length = length;
    this.selection = selection;
  }

  get count(): number { return this.selection.count; }
}

/** The capacity of a batch that sources make. Kernel speed is flat from 64 to 16K rows; this keeps a batch of ten columns in the second-level cache. */
export const BATCH_ROWS = 4096;
