/**
 * Records in linear memory by a time that each holds, the earliest first: a binary heap of their addresses. A record
 * knows its place in the heap, so that it can leave from anywhere. Times are i64 microseconds, compared in halves.
 */
import { linearMemory, type MemoryAccount } from "../memory/linear-memory.ts";
import { GrowingBuffer } from "./growing-buffer.ts";

/** The place of a record that is in no heap. */
export const NOWHERE = 0xffff_ffff;

export class TimeHeap {
  readonly #timeOffset: number;
  readonly #placeOffset: number;
  readonly #heap: GrowingBuffer;
  readonly #memory = linearMemory();
  #count = 0;

  constructor(timeOffset: number, placeOffset: number, account: MemoryAccount) {
    this.#timeOffset = timeOffset;
    this.#placeOffset = placeOffset;
    this.#heap = new GrowingBuffer(account);
  }

  get count(): number { return this.#count; }
  /** The address of a record with the earliest time; 0 if there is none. */
  get first(): number { return this.#count === 0 ? 0 : this.#memory.u32[this.#heap.pointer >>> 2]!; }

  timeOf(record: number): bigint { return this.#memory.i64[(record + this.#timeOffset) / 8]!; }

  add(record: number): void {
    this.#heap.reserve(4 * (this.#count + 1), 4 * this.#count);
    this.#rise(record, this.#count++);
  }

  remove(record: number): void {
    const { u32 } = this.#memory, base = this.#heap.pointer >>> 2, place = u32[(record + this.#placeOffset) >>> 2]!;
    const last = u32[base + --this.#count]!;
    u32[(record + this.#placeOffset) >>> 2] = NOWHERE;
    if (last === record) {
      if (this.#count === 0) this.#heap.release();
      return;
    }
    if (place > 0 && this.#isBefore(last, u32[base + ((place - 1) >>> 1)]!)) this.#rise(last, place);
    else this.#sink(last, place);
  }

  clear(): void {
    this.#count = 0;
    this.#heap.release();
  }

  #isBefore(a: number, b: number): boolean {
    const { i32, u32 } = this.#memory, highA = i32[(a + this.#timeOffset + 4) >>> 2]!, highB = i32[(b + this.#timeOffset + 4) >>> 2]!;
    return highA < highB || highA === highB && u32[(a + this.#timeOffset) >>> 2]! < u32[(b + this.#timeOffset) >>> 2]!;
  }

  #put(record: number, place: number): void {
    const { u32 } = this.#memory;
    u32[(this.#heap.pointer >>> 2) + place] = record;
    u32[(record + this.#placeOffset) >>> 2] = place;
  }

  #rise(record: number, place: number): void {
    const { u32 } = this.#memory, base = this.#heap.pointer >>> 2;
    while (place > 0) {
      const parent = (place - 1) >>> 1, other = u32[base + parent]!;
      if (!this.#isBefore(record, other)) break;
      this.#put(other, place);
      place = parent;
    }
    this.#put(record, place);
  }

  #sink(record: number, place: number): void {
    const { u32 } = this.#memory, base = this.#heap.pointer >>> 2;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= this.#count) break;
      if (child + 1 < this.#count && this.#isBefore(u32[base + child + 1]!, u32[base + child]!)) child++;
      const other = u32[base + child]!;
      if (!this.#isBefore(other, record)) break;
      this.#put(other, place);
      place = child;
    }
    this.#put(record, place);
  }
}
