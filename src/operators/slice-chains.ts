/**
 * The slices of each key in the order of time: what says which windows a key has, and adds slices up to windows. Chains are
 * made of words that the rows of a state table have for their operator; the keys' own rows are in a second table that no
 * checkpoint has. A window that follows another is not added up anew: slices have sums up to a flip, and from it on, so that
 * two of these make a window and each slice is added to few (the two stacks of Tangwongsan, Hirzel, Schneider and Wu,
 * General incremental sliding-window aggregation, 2015).
 */
import { BATCH_ROWS } from "../columns/batch.ts";
import { kernels } from "../kernels/kernels.ts";
import { SLICE_KEY, SLICE_KEY_BYTES, SLICE_LOCAL_BYTES, SliceHeader } from "../kernels/slices.ts";
import { linearMemory } from "../memory/linear-memory.ts";
import { GrowingBuffer } from "../state/growing-buffer.ts";
import { StateTable, type Addresses } from "../state/state-table.ts";
import type { DataType } from "../types/data-type.ts";
import { ALL_WINDOWS, NO_WINDOW, type Slices } from "./slices.ts";

/** Windows of up to so many slices are added up slice by slice. */
const FEW_SLICES = 8;
const PAIRS = 16384;
/** Room for windows that are added up at once. */
const RESULT_BYTES = 1 << 22;

const isDirect = (slices: Slices): boolean => slices.span <= FEW_SLICES;

/** Bytes that a slice's row needs beside states of `stateBytes`. */
export function sliceLocalBytes(slices: Slices, stateBytes: number): number { return SLICE_LOCAL_BYTES + (isDirect(slices) ? 0 : 2 * stateBytes); }

export interface Planned {
  /** Of the keys to go through. */
  readonly keys: Addresses;
  /** Windows up to this one are left out. */
  readonly closed: bigint;
  /** So are those behind this one. */
  readonly limit: bigint;
  /** Only windows that hold slices which `touch` was given last. */
  readonly ofBatch: boolean;
  /** Slices that no window behind `limit` holds are unchained and removed. Sums of earlier batches are of use: windows rise from batch to batch. */
  readonly expires: boolean;
}

export class SliceChains {
  /** A row a key, without slices' numbers. */
  readonly keys: StateTable;
  readonly #slices: StateTable;
  readonly #memory = linearMemory();
  readonly #kernels = kernels();
  readonly #header: number;
  readonly #span: number;
  readonly #unlinked = new GrowingBuffer();
  readonly #listed = new GrowingBuffer();
  readonly #results = new GrowingBuffer();
  readonly #addresses = new GrowingBuffer();
  readonly #pairs = new GrowingBuffer();
  readonly #expired = new GrowingBuffer();
  readonly #emptied = new GrowingBuffer();
  #epoch = 0;

  /** `slices`: a table whose last key is the number of a slice, with local bytes for the chains; `keyTypes`: the others. */
  constructor(slices: StateTable, keyTypes: readonly DataType[], spec: Slices) {
    this.keys = new StateTable({ keyTypes, stateBytes: SLICE_KEY_BYTES });
    this.#slices = slices;
    this.#span = spec.span;
    const { stateOffset, localOffset } = slices;
    this.#header = this.#memory.allocateZeroed(SliceHeader.bytes);
    this.#set(SliceHeader.index, slices.keyOffset(keyTypes.length));
    this.#set(SliceHeader.local, localOffset);
    this.#set(SliceHeader.state, stateOffset);
    this.#set(SliceHeader.stateBytes, localOffset - stateOffset);
    this.#set(SliceHeader.keptBytes, localOffset);
    this.#set(SliceHeader.keyState, this.keys.stateOffset);
    this.#set(SliceHeader.shift, spec.shift);
    this.#set(SliceHeader.direct, isDirect(spec) ? 1 : 0);
    this.#setLong(SliceHeader.span, BigInt(spec.span));
    this.#setLong(SliceHeader.slide, BigInt(spec.slideMicros));
    this.#setLong(SliceHeader.origin, BigInt(spec.originMicros));
  }

  /** Bytes of all memory that the chains hold, but for what lies in the slices' rows. */
  get bytes(): number { return this.keys.bytes; }

  /** Chains those of the rows that are not chained yet; returns how many windows of keys came with them. `closed`: the last that doesn't count. */
  link(rows: Addresses, closed: bigint, limit = ALL_WINDOWS): number {
    this.#range(closed, limit);
    const unlinked = this.#unlinked.reserve(4 * rows.count + 4), count = this.#kernels.sliceUnlinked(this.#header, rows.pointer, rows.count, unlinked);
    this.#inOrder(unlinked, count);
    let windows = 0;
    for (let from = 0; from < count; from += BATCH_ROWS) {
      const part = Math.min(BATCH_ROWS, count - from), at = unlinked + 4 * from;
      windows += this.#kernels.sliceLink(this.#header, at, this.keys.upsertKeysOf(at, part), part);
    }
    return windows;
  }

  /** Takes note of the slices of a batch, all of them chained. Returns their keys, and how many windows of keys hold them. */
  touch(rows: Addresses, closed: bigint): { readonly keys: Addresses; readonly windows: number } {
    this.#range(closed, ALL_WINDOWS);
    this.#set(SliceHeader.epoch, this.#epoch = this.#epoch % 0xffff_ffff + 1);
    const ordered = this.#unlinked.reserve(4 * rows.count + 4), keys = this.#listed.reserve(4 * rows.count + 8);
    this.#memory.u8.copyWithin(ordered, rows.pointer, rows.pointer + 4 * rows.count);
    this.#inOrder(ordered, rows.count);
    const windows = this.#kernels.sliceTouch(this.#header, ordered, rows.count, keys + 4, keys);
    return { keys: { pointer: keys + 4, count: this.#memory.u32[keys >>> 2]! }, windows };
  }

  /** Keys with windows up to `limit`. */
  due(limit: bigint): Addresses {
    const all = this.keys.allAddresses(), out = this.#listed.reserve(4 * all.count + 4);
    this.#range(NO_WINDOW, limit);
    return { pointer: out, count: this.#kernels.sliceDue(this.#header, all.pointer, all.count, out) };
  }

  /**
   * Adds up windows. `merge` is given pairs of rows of the slices' table, or rows like them, to merge in order; `take` then rows
   * whose last key is the start of a window in microseconds: by key, and for each by time.
   */
  plan({ keys, closed, limit, ofBatch, expires }: Planned, merge: (to: number, from: number, count: number) => void, take: (rows: number, count: number) => void): void {
    const most = 2 * Math.min(this.#span, this.#slices.count) + 4, capacity = PAIRS + 4 * most, pairs = this.#pairs.reserve(8 * capacity);
    this.#range(closed, limit);
    this.#through(keys);
    this.#set(SliceHeader.touched, ofBatch ? 1 : 0);
    this.#set(SliceHeader.forget, expires ? 0 : 1);
    const rows = Math.max(1, Math.min(BATCH_ROWS, Math.floor(RESULT_BYTES / this.#slices.localOffset))), addresses = this.#addresses.reserve(4 * rows);
    this.#set(SliceHeader.results, this.#results.reserve(rows * this.#slices.localOffset));
    this.#set(SliceHeader.addresses, addresses);
    this.#set(SliceHeader.resultCapacity, rows);
    this.#set(SliceHeader.to, pairs);
    this.#set(SliceHeader.from, pairs + 4 * capacity);
    this.#set(SliceHeader.pairCapacity, capacity);
    this.#set(SliceHeader.pairsAWindow, most);
    this.#expiring(expires ? keys.count : undefined);
    for (let isDone = 0; isDone === 0;) {
      this.#set(SliceHeader.resultCount, 0);
      this.#set(SliceHeader.pairCount, 0);
      isDone = this.#kernels.slicePlan(this.#header);
      merge(pairs, pairs + 4 * capacity, this.#get(SliceHeader.pairCount));
      const count = this.#get(SliceHeader.resultCount);
      if (count > 0) take(addresses, count);
    }
    if (expires) this.#removeExpired();
  }

  /** Unchains and removes slices that no window behind `limit` holds. Returns how many windows of keys ended behind `closed`. */
  expire(keys: Addresses, closed: bigint, limit: bigint): number {
    if (keys.count === 0) return 0;
    this.#range(closed, limit);
    this.#through(keys);
    this.#expiring(keys.count);
    const windows = this.#kernels.sliceExpire(this.#header);
    this.#removeExpired();
    return windows;
  }

  /** Keys by window behind `closed`. Reads all slices. */
  windowCounts(closed: bigint): Map<number, number> {
    const { u32, i64 } = this.#memory, number = this.#get(SliceHeader.index), shift = this.#get(SliceHeader.shift), changes = new Map<number, number>();
    const { pointer, count } = this.keys.allAddresses(), note = (window: number, by: number) => { changes.set(window, (changes.get(window) ?? 0) + by); };
    for (let i = 0; i < count; i++) {
      let done = Number(closed);
      for (let row = u32[(u32[(pointer >>> 2) + i]! + this.keys.stateOffset) >>> 2]!; row !== 0; row = u32[(row + this.#slices.localOffset) >>> 2]!) {
        const slice = Number(i64[(row + number) / 8]!), first = Math.max(done + 1, Math.floor((slice - this.#span + 2 ** shift) / 2 ** shift)), last = Math.floor(slice / 2 ** shift);
        if (last < first) continue;
        note(first, 1);
        note(last + 1, -1);
        done = last;
      }
    }
    const windows = new Map<number, number>();
    let keys = 0, at = 0;
    for (const [window, by] of [...changes].sort((a, b) => a[0] - b[0])) {
      for (; keys > 0 && at < window; at++) windows.set(at, keys);
      keys += by;
      at = window;
    }
    return windows;
  }

  /** Forgets all chains; the slices' rows that live are as new ones. */
  clear(): void {
    const { pointer, count } = this.#slices.allAddresses(), { u32 } = this.#memory;
    for (let i = 0; i < count; i++) u32[(u32[(pointer >>> 2) + i]! + this.#slices.localOffset + SLICE_KEY) >>> 2] = 0;
    this.keys.clear();
  }

  release(): void {
    this.keys.release();
    this.#memory.free(this.#header, SliceHeader.bytes);
    for (const buffer of [this.#unlinked, this.#listed, this.#results, this.#addresses, this.#pairs, this.#expired, this.#emptied]) buffer.release();
  }

  #get(field: number): number { return this.#memory.u32[(this.#header + field) >>> 2]!; }
  #set(field: number, value: number): void { this.#memory.u32[(this.#header + field) >>> 2] = value; }
  #setLong(field: number, value: bigint): void { this.#memory.i64[(this.#header + field) / 8] = value; }

  #range(closed: bigint, limit: bigint): void {
    this.#setLong(SliceHeader.closed, closed);
    this.#setLong(SliceHeader.limit, limit);
  }

  #through({ pointer, count }: Addresses): void {
    this.#set(SliceHeader.keys, pointer);
    this.#set(SliceHeader.keyCount, count);
    this.#set(SliceHeader.keyAt, 0);
    this.#set(SliceHeader.cover, 0);
  }

  /** Room for the lists of what expires, of so many keys at most; undefined: nothing does. */
  #expiring(keys: number | undefined): void {
    this.#set(SliceHeader.expired, keys === undefined ? 0 : this.#expired.reserve(4 * this.#slices.count + 4));
    this.#set(SliceHeader.emptied, keys === undefined ? 0 : this.#emptied.reserve(4 * keys + 4));
    this.#set(SliceHeader.expiredCount, 0);
    this.#set(SliceHeader.emptiedCount, 0);
  }
  #removeExpired(): void {
    this.#slices.remove({ pointer: this.#get(SliceHeader.expired), count: this.#get(SliceHeader.expiredCount) });
    this.keys.remove({ pointer: this.#get(SliceHeader.emptied), count: this.#get(SliceHeader.emptiedCount) });
  }

  /** Sorts slices by time, nearly, unless they are: chains are made from their ends. */
  #inOrder(rows: number, count: number): void {
    if (this.#kernels.sliceDisorder(this.#header, rows, count) === 0) return;
    const bytes = 32 * count, scratch = this.#memory.allocate(bytes);
    this.#kernels.sortByWord(rows, count, this.#get(SliceHeader.index), scratch);
    this.#memory.free(scratch, bytes);
  }
}
