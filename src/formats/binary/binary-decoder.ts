/** Records of a binary format to a column, each where the one before ended or where it is said to lie. */
import { VectorWriter } from "../../columns/vector-writer.ts";
import type { Vector } from "../../columns/vector.ts";
import type { Arena } from "../../memory/arena.ts";
import type { DataType } from "../../types/data-type.ts";
import { ByteCursor, MalformedBytes } from "./byte-cursor.ts";
import { Constants } from "./constants.ts";

export class BinaryDecoder {
  readonly column: VectorWriter;
  readonly cursor = new ByteCursor();
  protected readonly constants = new Constants();

  constructor(type: DataType) { this.column = new VectorWriter(type); }

  begin(arena: Arena, rows: number): void {
    this.column.begin(arena, rows);
    this.constants.begin(arena);
  }

  /** Reads a record where the cursor stands. False: it is malformed, `cursor.reason` says why, and no row was written. */
  next(read: (cursor: ByteCursor) => void): boolean {
    const { column } = this, rows = column.length;
    try {
      read(this.cursor);
      return true;
    } catch (error) {
      if (!(error instanceof MalformedBytes)) throw error;
      column.truncate(rows);
      return false;
    }
  }

  finish(): Vector { return this.column.finish(); }
}
