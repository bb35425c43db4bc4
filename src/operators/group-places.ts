/**
 * Finds the groups of rows by one key of whole numbers faster than their table does, as long as the numbers lie close together: each has
 * a place, which holds the address of its group once it was looked up. The table stays what it is; no group may be removed from it.
 */
import { MillraceError } from "../base/errors.ts";
import type { Selection } from "../columns/batch.ts";
import { physicalOf, type Vector } from "../columns/vector.ts";
import { KIND } from "../kernels/expression.ts";
import { kernels } from "../kernels/kernels.ts";
import { linearMemory, type MemoryAccount } from "../memory/linear-memory.ts";
import { GrowingBuffer } from "../state/growing-buffer.ts";
import type { StateTable } from "../state/state-table.ts";
import type { DataType } from "../types/data-type.ts";

/** Places (of 4 bytes) at most: so many a row that was seen, within 64 MB; or so many a group, within 256 MB. */
const SPREAD = 256, MANY_PLACES = 2 ** 24, FILLED = 8, MOST_PLACES = 2 ** 26;
/** After a batch of which most rows have numbers without places so many go to the table at once, twice as many each time up to this number. */
const MOST_RESTING = 15;

export class GroupPlaces {
  readonly #table: StateTable;
  readonly #kind: number;
  readonly #account: MemoryAccount | undefined;
  #places: GrowingBuffer;
  readonly #found: GrowingBuffer;
  readonly #missing: GrowingBuffer;
  #base = 0n;
  #size = 0;
  #ofNull = 0;
  #rows = 0;
  #resting = 0;
  #restsNext = 1;

  constructor(table: StateTable, account?: MemoryAccount) {
    this.#table = table;
    this.#kind = KIND[physicalOf(table.keyTypes[0]!) as keyof typeof KIND];
    this.#account = account;
    this.#places = new GrowingBuffer(account);
    this.#found = new GrowingBuffer(account);
    this.#missing = new GrowingBuffer(account);
  }

  /** Whether keys of these types can have places. */
  static suits(keyTypes: readonly DataType[]): boolean {
    return keyTypes.length === 1 && ["i8", "i16", "i32", "i64"].includes(physicalOf(keyTypes[0]!));
  }

  /** As `upsert` of the table. */
  upsert(columns: readonly Vector[], rows: Selection, length: number): number {
    const [key] = columns as readonly [Vector], { count, pointer } = rows;
    this.#rows += count;
    if (this.#resting > 0) {
      this.#resting--;
      return this.#table.upsert(columns, rows, length);
    }
    const mask = key.isConstant ? 0 : -1, out = this.#found.reserve(4 * count + 4), missing = this.#missing.reserve(8 * count + 32), missingAt = missing + 4 * count + 4, kind = this.#kind;
    const left = kernels().placesFind(kind, key.data, key.valid, mask, pointer, count, this.#base, this.#size, this.#places.pointer, this.#ofNull, out, missing, missingAt);
    if (left === 0) return out;
    const addresses = this.#table.upsert(columns, { pointer: missing, count: left }, length), fits = this.#makeRoom(key, mask, missing, left);
    this.#ofNull = kernels().placesKeep(kind, key.data, key.valid, mask, missing, missingAt, left, addresses, this.#base, this.#size, this.#places.pointer, this.#ofNull, out);
    if (fits) this.#restsNext = 1;
    else if (2 * left > count) {
      this.#resting = this.#restsNext;
      this.#restsNext = Math.min(2 * this.#restsNext + 1, MOST_RESTING);
    }
    return out;
  }

  release(): void {
    this.#places.release();
    this.#found.release();
    this.#missing.release();
    this.#size = 0;
  }

  /** Makes places for the missing rows' numbers too, if they are not too many; says whether there are. */
  #makeRoom(key: Vector, mask: number, missing: number, count: number): boolean {
    const memory = linearMemory(), range = this.#missing.pointer + this.#missing.capacity - 24 & ~7;
    kernels().placesRange(this.#kind, key.data, key.valid, mask, missing, count, range);
    const least = memory.i64[range >>> 3]!, greatest = memory.i64[(range >>> 3) + 1]!, end = this.#base + BigInt(this.#size);
    if (least > greatest) return true;
    if (this.#size > 0 && least >= this.#base && greatest < end) return true;
    const from = this.#size > 0 && this.#base < least ? this.#base : least, to = this.#size > 0 && end > greatest ? end : greatest + 1n, needed = Number(to - from);
    if (needed > Math.max(Math.min(MANY_PLACES, SPREAD * this.#rows), Math.min(MOST_PLACES, FILLED * this.#table.count))) return false;
    // Where numbers rise, or fall, with the rows, there is room ahead.
    const size = Math.min(2 * needed, MOST_PLACES), base = from < this.#base && this.#size > 0 ? to - BigInt(size) : from;
    return this.#move(base, size);
  }

  /** Without memory for them there are no more places than before. */
  #move(base: bigint, size: number): boolean {
    const memory = linearMemory(), before = this.#places, places = new GrowingBuffer(this.#account);
    try {
      places.reserve(4 * size);
    } catch (error) {
      if (error instanceof MillraceError && error.condition === "MILLRACE_OUT_OF_MEMORY") return false;
      throw error;
    }
    memory.u8.fill(0, places.pointer, places.pointer + 4 * size);
    if (this.#size > 0) memory.u8.copyWithin(places.pointer + 4 * Number(this.#base - base), before.pointer, before.pointer + 4 * this.#size);
    before.release();
    this.#places = places;
    this.#base = base;
    this.#size = size;
    return true;
  }
}
