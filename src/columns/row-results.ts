/** Collects results that are computed value by value into a vector; rows that are skipped are undefined. */
import { VectorBuilder } from "./cells.ts";
import { storeBytes, storeText } from "./store-bytes.ts";
import { Vector, physicalOf, widthOf, type Physical } from "./vector.ts";
import type { Arena } from "../memory/arena.ts";
import type { Cell } from "../types/cell.ts";
import type { DataType } from "../types/data-type.ts";

export class RowResults {
  readonly #type: DataType;
  readonly #arena: Arena;
  readonly #length: number;
  readonly #physical: Physical;
  readonly #data: number;
  #valid = 0;
  /** For types that are not stored in place; rows come in ascending order, gaps are filled with nulls. */
  readonly #builder: VectorBuilder | undefined;

  constructor(type: DataType, length: number, arena: Arena) {
    this.#type = type;
    this.#arena = arena;
    this.#length = length;
    this.#physical = physicalOf(type);
    const inPlace = this.#physical !== "list" && this.#physical !== "struct" && this.#physical !== "object";
    this.#data = inPlace ? arena.allocate(length * widthOf(this.#physical)) : 0;
    this.#builder = inPlace ? undefined : new VectorBuilder(type, arena, length);
  }

  /** Rows must come in ascending order. */
  set(row: number, cell: Cell): void {
    if (this.#builder !== undefined) {
      while (this.#builder.length < row) this.#builder.append(null);
      this.#builder.append(cell);
      return;
    }
    if (cell === null || this.#type.kind === "void") {
      this.#setNull(row);
      return;
    }
    const { memory } = this.#arena, data = this.#data;
    switch (this.#physical) {
      case "u8": memory.u8[data + row] = cell === true ? 1 : 0; break;
      case "i8": memory.i8[data + row] = cell as number; break;
      case "i16": memory.i16[(data >>> 1) + row] = cell as number; break;
      case "i32": memory.i32[(data >>> 2) + row] = cell as number; break;
      case "i64": memory.i64[data / 8 + row] = cell as bigint; break;
      case "f32": memory.f32[(data >>> 2) + row] = cell as number; break;
      case "f64": memory.f64[data / 8 + row] = cell as number; break;
      case "i128":
        memory.u64[data / 8 + 2 * row] = BigInt.asUintN(64, cell as bigint);
        memory.i64[data / 8 + 2 * row + 1] = BigInt.asIntN(64, (cell as bigint) >> 64n);
        break;
      default:
        if (typeof cell === "string") storeText(cell, data + 16 * row, this.#arena);
        else storeBytes(cell as Uint8Array, data + 16 * row, this.#arena);
    }
  }

  #setNull(row: number): void {
    const { memory } = this.#arena;
    if (this.#valid === 0) {
      this.#valid = this.#arena.allocate(this.#length);
      memory.u8.fill(1, this.#valid, this.#valid + this.#length);
    }
    memory.u8[this.#valid + row] = 0;
    // What lies under a null must still be harmless to read: an empty view, a zero.
    const width = widthOf(this.#physical);
    memory.u8.fill(0, this.#data + row * width, this.#data + (row + 1) * width);
  }

  finish(): Vector {
    if (this.#builder === undefined) return new Vector(this.#type, this.#data, this.#valid);
    while (this.#builder.length < this.#length) this.#builder.append(null);
    return this.#builder.finish();
  }
}
