/**
 * A column that is filled from the text of values, as COPY and logical replication give it. Common types go from bytes to
 * linear memory without a string or an object between; the others by way of a cell.
 */
import { VectorBuilder, writeView } from "../../columns/cells.ts";
import { Vector, physicalOf, widthOf } from "../../columns/vector.ts";
import type { Arena } from "../../memory/arena.ts";
import { linearMemory } from "../../memory/linear-memory.ts";
import type { DataType } from "../../types/data-type.ts";
import { daysFromCivil } from "../../types/civil.ts";
import { cellOf, noValue } from "./text-cells.ts";

/** As many digits as a double keeps exactly. */
const EXACT_DIGITS = 15;
/** Puts the value of a row where it belongs, if the text has the common form; otherwise says that it did not. */
type Read = (bytes: Buffer, from: number, to: number, row: number) => boolean;
const DASH = 0x2d, ZERO = 0x30, POINT = 0x2e;

export class TextColumn {
  readonly name: string;
  readonly type: DataType;
  readonly #arena: Arena;
  readonly #data: number;
  readonly #valid: number;
  /** Of types that have no fast reader. */
  readonly #builder: VectorBuilder | undefined;
  readonly #read: Read | undefined;
  #nulls = 0;
  #rows = 0;

  /** For `capacity` rows, in an arena that is not reset before `finish`'s vector is done with. */
  constructor(name: string, type: DataType, arena: Arena, capacity: number) {
    this.name = name;
    this.type = type;
    this.#arena = arena;
    this.#read = this.#reader();
    this.#builder = this.#read === undefined ? new VectorBuilder(type, arena, capacity) : undefined;
    this.#data = this.#read === undefined ? 0 : arena.allocateZeroed(widthOf(physicalOf(type)) * capacity);
    this.#valid = this.#read === undefined ? 0 : arena.allocate(capacity);
  }

  null(): void {
    if (this.#builder !== undefined) this.#builder.append(null);
    else linearMemory().u8[this.#valid + this.#rows++] = 0;
    this.#nulls++;
  }

  /** @throws MILLRACE_POSTGRES.VALUE */
  text(bytes: Buffer, from: number, to: number): void {
    if (this.#builder !== undefined) return this.#builder.append(cellOf(bytes.toString("utf8", from, to), this.type, this.name));
    const row = this.#rows++;
    linearMemory().u8[this.#valid + row] = 1;
    if (!this.#read!(bytes, from, to, row)) this.#slowly(bytes.toString("utf8", from, to), row);
  }

  /** Of a type of 64 bits: a whole number that a double holds. */
  whole(value: number): void {
    const row = this.#rows++;
    linearMemory().u8[this.#valid + row] = 1;
    this.#wide(row, value);
  }

  /** Rows so far, with one that was begun. */
  get rows(): number { return this.#builder?.length ?? this.#rows; }

  /** Nulls up to so many rows: the rest of a row that could not be read. */
  padTo(rows: number): void { while (this.rows < rows) this.null(); }

  finish(): Vector { return this.#builder?.finish() ?? new Vector(this.type, this.#data, this.#nulls === 0 ? 0 : this.#valid); }

  #reader(): Read | undefined {
    const { type } = this, { u8, i16, i32, f32, f64, bytes: memory } = linearMemory();
    switch (type.kind) {
      case "boolean": return (bytes, from, _to, row) => {
        u8[this.#data + row] = bytes[from] === 0x74 ? 1 : 0;
        return true;
      };
      case "smallint": return (bytes, from, to, row) => {
        i16[(this.#data >>> 1) + row] = wholeOf(bytes, from, to);
        return true;
      };
      case "int": return (bytes, from, to, row) => {
        i32[(this.#data >>> 2) + row] = wholeOf(bytes, from, to);
        return true;
      };
      case "bigint": return (bytes, from, to, row) => to - from <= EXACT_DIGITS && this.#wide(row, wholeOf(bytes, from, to));
      case "float": return (bytes, from, to, row) => {
        f32[(this.#data >>> 2) + row] = Number(bytes.toString("latin1", from, to));
        return true;
      };
      case "double": return (bytes, from, to, row) => {
        f64[this.#data / 8 + row] = Number(bytes.toString("latin1", from, to));
        return true;
      };
      case "decimal": {
        const { precision, scale } = type;
        if (precision > 18) return undefined;
        return (bytes, from, to, row) => {
          if (to - from > EXACT_DIGITS) return false;
          let value = 0, digits = -1, at = bytes[from] === DASH ? from + 1 : from;
          for (; at < to; at++) {
            const byte = bytes[at]!;
            if (byte === POINT) digits = 0;
            else if (byte < ZERO || byte > ZERO + 9) return false;
            else {
              value = value * 10 + byte - ZERO;
              if (digits >= 0) digits++;
            }
          }
          const missing = scale - Math.max(0, digits);
          if (missing < 0) return false;
          value *= 10 ** missing;
          return value < 10 ** Math.min(EXACT_DIGITS, precision) && this.#wide(row, bytes[from] === DASH ? -value : value);
        };
      }
      case "date": return (bytes, from, to, row) => {
        if (to - from !== 10 || bytes[from + 4] !== DASH) return false;
        i32[(this.#data >>> 2) + row] = this.#dayOf(bytes, from);
        return true;
      };
      case "timestamp": case "timestamp_ntz": {
        // PostgreSQL gives instants in the zone of the session, which is UTC: +00.
        const zone = type.kind === "timestamp" ? 3 : 0;
        return (bytes, from, to, row) => {
          const end = to - zone;
          if (end < from + 19 || bytes[from + 4] !== DASH || bytes[end - 1]! > ZERO + 9 || zone === 3 && bytes[end] !== 0x2b) return false;
          const seconds = two(bytes, from + 11) * 3600 + two(bytes, from + 14) * 60 + two(bytes, from + 17);
          let fraction = 0, unit = 100_000;
          for (let at = from + 20; at < end; at++, unit /= 10) fraction += (bytes[at]! - ZERO) * unit;
          return this.#wide(row, this.#dayOf(bytes, from) * 86_400_000_000 + seconds * 1_000_000 + fraction);
        };
      }
      case "string": return (bytes, from, to, row) => {
        const length = to - from, view = this.#data + 16 * row;
        if (length <= 12) {
          memory.writeUInt32LE(length, view);
          for (let i = 0; i < length; i++) u8[view + 4 + i] = bytes[from + i]!;
          return true;
        }
        const heap = this.#arena.allocate(length);
        bytes.copy(memory, heap, from, to);
        writeView(view, heap, length);
        return true;
      };
      default: return undefined;
    }
  }

  #slowly(text: string, row: number): void {
    const cell = cellOf(text, this.type, this.name), { i32, i64 } = linearMemory();
    if (typeof cell === "bigint") i64[this.#data / 8 + row] = cell;
    else if (typeof cell === "number") i32[(this.#data >>> 2) + row] = cell;
    else throw noValue(text, this.type, this.name);
  }

  /** A whole number as 64 bits, if a double holds it exactly. */
  #wide(row: number, value: number): boolean {
    if (!Number.isSafeInteger(value)) return false;
    const { i32 } = linearMemory(), at = (this.#data >>> 2) + 2 * row;
    i32[at] = value | 0;
    i32[at + 1] = Math.floor(value / 2 ** 32);
    return true;
  }

  #dateKey = -1;
  #days = 0;
  /** Days since the epoch of `yyyy-mm-dd`; the last one is remembered. */
  #dayOf(bytes: Buffer, from: number): number {
    const key = (two(bytes, from) * 100 + two(bytes, from + 2)) * 10_000 + two(bytes, from + 5) * 100 + two(bytes, from + 8);
    if (key !== this.#dateKey) {
      this.#dateKey = key;
      this.#days = daysFromCivil(Math.floor(key / 10_000), Math.floor(key / 100) % 100, key % 100);
    }
    return this.#days;
  }
}

const two = (bytes: Buffer, at: number): number => (bytes[at]! - ZERO) * 10 + bytes[at + 1]! - ZERO;

function wholeOf(bytes: Buffer, from: number, to: number): number {
  let value = 0;
  for (let at = bytes[from] === DASH ? from + 1 : from; at < to; at++) value = value * 10 + bytes[at]! - ZERO;
  return bytes[from] === DASH ? -value : value;
}
