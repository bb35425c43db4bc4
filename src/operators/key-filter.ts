/**
 * The keys of a join's build side, for those who read the other side: a row whose key is not among them has no partner, so where such
 * rows are left out anyway it need not be read further. A set of bits where keys lie close together, which is exact, or else a Bloom
 * filter. It stops asking when it turns out that nearly all rows have a partner.
 */
import type { Selection } from "../columns/batch.ts";
import { ColumnStore } from "../columns/column-store.ts";
import { physicalOf, type Vector } from "../columns/vector.ts";
import { KIND } from "../kernels/expression.ts";
import { kernels } from "../kernels/kernels.ts";
import { linearMemory, type MemoryAccount } from "../memory/linear-memory.ts";
import type { EvalContext } from "../plan/function.ts";
import { GrowingBuffer } from "../state/growing-buffer.ts";
import type { DataType } from "../types/data-type.ts";

/** Bits: at most so many, and so many a key; where there are few in all it doesn't matter. */
const MOST_BITS = 2 ** 27, BITS_A_KEY = 256, FEW_BITS = 2 ** 20;
/** Words of a Bloom filter: one for four keys, at most so many. */
const MOST_WORDS = 2 ** 20, KEYS_A_WORD = 4;
/** After so many rows a filter that let through more than this share of them is not asked any more. */
const TRIED_ROWS = 50_000, USELESS = 0.85;

export class KeyFilter {
  readonly #kind: number;
  readonly #account: MemoryAccount;
  /** Keys until all are there, where they are not given at once. */
  #waiting: ColumnStore | undefined;
  readonly #set: GrowingBuffer;
  #bits: { readonly base: bigint; readonly size: number } | undefined;
  #lastWord = 0;
  #isReady = false;
  #tried = 0;
  #met = 0;
  readonly #type: DataType;

  /** Whether keys of a type can be filtered. */
  static takes(type: DataType): boolean { return ["i8", "i16", "i32", "i64"].includes(physicalOf(type)); }

  constructor(type: DataType, account: MemoryAccount) {
    this.#type = type;
    this.#kind = KIND[physicalOf(type) as keyof typeof KIND];
    this.#account = account;
    this.#set = new GrowingBuffer(account);
  }

  /** Keys of some rows. */
  add(keys: Vector, rows: Selection): void {
    this.#waiting ??= new ColumnStore([this.#type], this.#account);
    this.#waiting.append([keys], rows);
  }

  /** All keys are there: those that were added, or `keys`, the first `count` of a column. */
  seal({ arena }: EvalContext, keys?: Vector, count = 0): void {
    const waiting = this.#waiting, kernel = kernels(), memory = linearMemory();
    this.#waiting = undefined;
    this.#tried = this.#met = 0;
    if (waiting !== undefined) {
      [keys] = waiting.vectors();
      count = waiting.length;
    }
    if (keys === undefined) { // no rows
      this.#bits = { base: 0n, size: 1 };
      memory.u8.fill(0, this.#set.reserve(8), this.#set.reserve(8) + 8);
      this.#isReady = true;
      return;
    }
    const mark = arena.mark(), range = arena.allocate(16);
    kernel.denseRange(this.#kind, keys.data, keys.valid, count, range);
    const base = memory.i64[range >>> 3]!, size = Math.max(1, Number(memory.i64[(range >>> 3) + 1]! - base) + 1);
    arena.rewind(mark);
    this.#bits = undefined;
    this.#isReady = true;
    if (size <= Math.max(FEW_BITS, Math.min(MOST_BITS, BITS_A_KEY * count))) {
      const bytes = (size + 7 >>> 3) + 8, at = this.#set.reserve(bytes);
      memory.u8.fill(0, at, at + bytes);
      kernel.keyBitsSet(this.#kind, keys.data, keys.valid, count, base, at);
      this.#bits = { base, size };
    } else {
      let words = 1024;
      while (words * KEYS_A_WORD < count) words *= 2;
      if (words > MOST_WORDS) this.#isReady = false;
      else {
        const at = this.#set.reserve(8 * words);
        memory.u8.fill(0, at, at + 8 * words);
        kernel.keyBloomSet(this.#kind, keys.data, keys.valid, count, words - 1, at);
        this.#lastWord = words - 1;
      }
    }
    waiting?.release();
  }

  /** Whether asking is worth it. */
  get isWorthIt(): boolean { return this.#isReady && (this.#tried < TRIED_ROWS || this.#met <= USELESS * this.#tried); }

  /** Rows whose key may be there. */
  select({ data, valid, isConstant }: Vector, { pointer, count }: Selection, { arena }: EvalContext): Selection {
    const out = arena.allocate(4 * count + 4), mask = isConstant ? 0 : -1, kernel = kernels(), bits = this.#bits;
    const met = bits === undefined ? kernel.keyBloomSelect(this.#kind, data, valid, mask, pointer, count, this.#lastWord, this.#set.pointer, out)
      : kernel.keyBitsSelect(this.#kind, data, valid, mask, pointer, count, bits.base, bits.size, this.#set.pointer, out);
    this.#tried += count;
    this.#met += met;
    return { pointer: out, count: met };
  }

  release(): void {
    this.#isReady = false;
    this.#waiting?.release();
    this.#waiting = undefined;
    this.#set.release();
  }
}
