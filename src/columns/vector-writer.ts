/**
 * Writes a column value by value as a decoder meets them: no cell between bytes and vector. A writer lasts; each batch
 * begins it anew in an arena. Rows can be taken back, for a record that turns out to be malformed in its middle.
 */
import { ExecutionError } from "../base/errors.ts";
import { kernels } from "../kernels/kernels.ts";
import type { Arena } from "../memory/arena.ts";
import { linearMemory } from "../memory/linear-memory.ts";
import type { Cell } from "../types/cell.ts";
import { isBytes, type DataType } from "../types/data-type.ts";
import { viewText, writeView } from "./cells.ts";
import { storeText } from "./store-bytes.ts";
import { Vector, physicalOf, widthOf, type Physical } from "./vector.ts";

/** Values in one column of one batch, elements of arrays too. */
const MAX_VALUES = 1 << 28;

export class VectorWriter {
  readonly type: DataType;
  readonly physical: Physical;
  /** A struct's fields; an array's elements; a map's keys and values. */
  readonly children: readonly VectorWriter[];
  readonly #memory = linearMemory();
  readonly #width: number;
  #arena!: Arena;
  #capacity = 0;
  #hasNulls = false;
  #objects: Cell[] | undefined;
  /** Pointers to values and validity, both for `capacity` rows. */
  data = 0;
  valid = 0;
  length = 0;

  constructor(type: DataType) {
    this.type = type;
    this.physical = physicalOf(type);
    this.#width = widthOf(this.physical);
    const inner = type.kind === "struct" ? type.fields.map(f => f.type) : type.kind === "array" ? [type.element] : type.kind === "map" ? [type.key, type.value] : [];
    this.children = inner.map(child => new VectorWriter(child));
  }

  /** Starts a batch; what was written before is forgotten. `capacity`: rows to expect. */
  begin(arena: Arena, capacity = 64): void {
    this.#arena = arena;
    this.#capacity = Math.max(1, capacity);
    this.length = 0;
    this.#hasNulls = false;
    this.#objects = this.physical === "object" ? [] : undefined;
    this.data = this.#width === 0 ? 0 : arena.allocate((this.#capacity + 1) * this.#width);
    this.valid = arena.allocate(this.#capacity);
    if (this.physical === "list") this.#memory.i32[this.data >>> 2] = 0;
    for (const child of this.children) child.begin(arena, this.physical === "struct" ? capacity : 64);
  }

  /** Where long strings of this batch may be kept. */
  get arena(): Arena { return this.#arena; }

  null(): void {
    const row = this.#next(), { u8 } = this.#memory, width = this.#width;
    u8[this.valid + row] = 0;
    this.#hasNulls = true;
    if (this.physical === "struct") for (const child of this.children) child.null();
    else if (this.physical === "list") this.#memory.i32[(this.data >>> 2) + row + 1] = this.children[0]!.length;
    else if (this.physical === "object") this.#objects!.push(null);
    else u8.fill(0, this.data + row * width, this.data + (row + 1) * width);
  }

  /** BOOLEAN (0 or 1), TINYINT, SMALLINT, INT, DATE and months. */
  int(value: number): void {
    const row = this.#next(), memory = this.#memory;
    memory.u8[this.valid + row] = 1;
    switch (this.physical) {
      case "u8": case "i8": memory.u8[this.data + row] = value; break;
      case "i16": memory.i16[(this.data >>> 1) + row] = value; break;
      default: memory.i32[(this.data >>> 2) + row] = value;
    }
  }

  /** FLOAT and DOUBLE. */
  real(value: number): void {
    const row = this.#next(), memory = this.#memory;
    memory.u8[this.valid + row] = 1;
    if (this.physical === "f64") memory.f64[(this.data >>> 3) + row] = value;
    else memory.f32[(this.data >>> 2) + row] = value;
  }

  /** 64 bits as two words. */
  long(low: number, high: number): void {
    const row = this.#next(), { u8, i32 } = this.#memory, at = (this.data >>> 2) + 2 * row;
    u8[this.valid + row] = 1;
    i32[at] = low;
    i32[at + 1] = high;
  }

  /** 128 bits as four words, lowest first. */
  wide(a: number, b: number, c: number, d: number): void {
    const row = this.#next(), { u8, i32 } = this.#memory, at = (this.data >>> 2) + 4 * row;
    u8[this.valid + row] = 1;
    i32[at] = a;
    i32[at + 1] = b;
    i32[at + 2] = c;
    i32[at + 3] = d;
  }

  /** STRING and BINARY: bytes in linear memory, which must stay as long as the vector is used. */
  bytes(from: number, length: number): void {
    const row = this.#next();
    this.#memory.u8[this.valid + row] = 1;
    writeView(this.data + 16 * row, from, length);
  }

  text(value: string): void {
    const row = this.#next();
    this.#memory.u8[this.valid + row] = 1;
    storeText(value, this.data + 16 * row, this.#arena);
  }

  /** A value of a rare type. */
  object(value: Cell): void {
    const row = this.#next();
    this.#memory.u8[this.valid + row] = 1;
    this.#objects!.push(value);
  }

  /** A struct, array or map whose fields or elements were written to the children. */
  close(): void {
    const row = this.#next();
    this.#memory.u8[this.valid + row] = 1;
    if (this.physical === "list") this.#memory.i32[(this.data >>> 2) + row + 1] = this.children[0]!.length;
  }

  /** Values of elements that belong to no closed list yet: where the list that is being written begins. */
  get openFrom(): number { return this.#memory.i32[(this.data >>> 2) + this.length]!; }

  /** Takes rows back until there are `length`, and what was written to children beyond them. */
  truncate(length: number): void {
    this.length = length;
    if (this.#objects !== undefined) this.#objects.length = length;
    if (this.physical === "struct") for (const child of this.children) child.truncate(length);
    else if (this.physical === "list") for (const child of this.children) child.truncate(this.openFrom);
  }

  /** Whether two rows of STRING or BINARY are the same. */
  equal(a: number, b: number): boolean {
    const { u8 } = this.#memory, length = this.#lengthAt(a);
    if (length !== this.#lengthAt(b)) return false;
    const x = this.#bytesAt(a), y = this.#bytesAt(b);
    for (let i = 0; i < length; i++) if (u8[x + i] !== u8[y + i]) return false;
    return true;
  }

  /** A row of STRING or BINARY with a sign for each byte. */
  latin1(row: number): string {
    const from = this.#bytesAt(row);
    return this.#memory.bytes.toString("latin1", from, from + this.#lengthAt(row));
  }

  #lengthAt(row: number): number { return this.#memory.u32[(this.data >>> 2) + 4 * row]!; }
  #bytesAt(row: number): number { return this.#lengthAt(row) <= 12 ? this.data + 16 * row + 4 : this.#memory.u32[(this.data >>> 2) + 4 * row + 2]!; }

  /** The vector of what was written. */
  finish(): Vector {
    if (this.physical === "view" && !isBytes(this.type)) this.#repairText();
    return new Vector(this.type, this.data, this.#hasNulls ? this.valid : 0, { children: this.children.map(child => child.finish()), ...(this.#objects && { objects: this.#objects }) });
  }

  /** Text is UTF-8: what isn't gets U+FFFD. */
  #repairText(): void {
    if (this.length === 0 || kernels().viewsAreUtf8(this.data, -1, this.#hasNulls ? this.valid : 0, 0, this.length) === 1) return;
    for (let row = 0; row < this.length; row++) storeText(viewText(this.data + 16 * row), this.data + 16 * row, this.#arena);
  }

  #next(): number {
    if (this.length === this.#capacity) this.#grow();
    return this.length++;
  }

  #grow(): void {
    const capacity = this.#capacity * 2, memory = this.#memory, width = this.#width;
    if (capacity > MAX_VALUES) throw new ExecutionError({ condition: "MILLRACE_VECTOR_TOO_LARGE", sqlState: "54000", message: "A column of one batch has too many values." });
    if (width !== 0) {
      const data = this.#arena.allocate((capacity + 1) * width);
      memory.u8.copyWithin(data, this.data, this.data + (this.length + 1) * width);
      this.data = data;
    }
    const valid = this.#arena.allocate(capacity);
    memory.u8.copyWithin(valid, this.valid, this.valid + this.length);
    this.valid = valid;
    this.#capacity = capacity;
  }
}
