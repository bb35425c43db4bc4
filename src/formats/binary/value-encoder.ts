/** What encoders of records are made of: one a column. */
import type { Vector } from "../../columns/vector.ts";
import { linearMemory } from "../../memory/linear-memory.ts";
import type { ByteOutput } from "./byte-output.ts";

/** Writes the values of one column. `bind` gives it the column of a batch. */
export abstract class ValueEncoder {
  protected readonly memory = linearMemory();
  protected vector!: Vector;
  protected data = 0;

  bind(vector: Vector): void {
    this.vector = vector;
    this.data = vector.data;
  }

  /** The row of the value: of a constant it is always the first. */
  protected at(row: number): number { return this.vector.isConstant ? 0 : row; }
  isNull(row: number): boolean {
    const { vector } = this;
    return vector.type.kind === "void" || (vector.valid !== 0 && this.memory.u8[vector.valid + this.at(row)] === 0);
  }
  /** The value of a row, which isn't null (but for encoders of nullable schemas). */
  abstract write(row: number, out: ByteOutput): void;
}
