/** Bytes that an encoder writes one after the other into linear memory. What one value takes lies in one piece. */
import type { Arena } from "../../memory/arena.ts";
import { linearMemory } from "../../memory/linear-memory.ts";

const CHUNK_BYTES = 32 * 1024;
/** A varint. */
const MOST_BYTES = 10;

export class ByteOutput {
  readonly #memory = linearMemory();
  readonly u8 = this.#memory.u8;
  #arena!: Arena;
  #start = 0;
  #end = 0;
  at = 0;

  begin(arena: Arena): void {
    this.#arena = arena;
    this.#start = this.#end = this.at = 0;
  }

  /** A new value begins where the last one ended. */
  open(): void {
    this.reserve(MOST_BYTES);
    this.#start = this.at;
  }

  /** Where the value that was opened last lies. */
  get from(): number { return this.#start; }
  get length(): number { return this.at - this.#start; }

  /** Room for so many bytes more. */
  reserve(bytes: number): void {
    if (this.at + bytes <= this.#end) return;
    const held = this.at - this.#start, size = Math.max(CHUNK_BYTES, 2 * (held + bytes)), block = this.#arena.allocate(size);
    this.u8.copyWithin(block, this.#start, this.at);
    this.#start = block;
    this.at = block + held;
    this.#end = block + size;
  }

  byte(value: number): void {
    this.reserve(1);
    this.u8[this.at++] = value;
  }

  /** An unsigned number of 32 bits in groups of seven, lowest first. */
  varint32(value: number): void {
    this.reserve(MOST_BYTES);
    let rest = value >>> 0;
    for (; rest > 0x7f; rest >>>= 7) this.u8[this.at++] = (rest & 0x7f) | 0x80;
    this.u8[this.at++] = rest;
  }

  /** An unsigned number of 64 bits as two words. */
  varint64(low: number, high: number): void {
    if (high === 0) return this.varint32(low);
    this.reserve(MOST_BYTES);
    let l = low >>> 0, h = high >>> 0;
    while (h !== 0 || l > 0x7f) {
      this.u8[this.at++] = (l & 0x7f) | 0x80;
      l = ((l >>> 7) | (h << 25)) >>> 0;
      h >>>= 7;
    }
    this.u8[this.at++] = l;
  }

  /** What follows has its length before it. Hand what this gives to `endSized`. */
  beginSized(): number {
    this.reserve(1);
    this.at++;
    return this.length;
  }

  /** Most lengths are one byte, for which there is room; for longer ones what was written makes room. */
  endSized(mark: number): void {
    const size = this.length - mark;
    if (size <= 0x7f) {
      this.u8[this.#start + mark - 1] = size;
      return;
    }
    let more = 0;
    for (let rest = size >>> 7; rest > 0; rest >>>= 7) more++;
    this.reserve(more);
    const from = this.#start + mark;
    this.u8.copyWithin(from + more, from, from + size);
    this.at = from - 1;
    this.varint32(size);
    this.at = from + more + size;
  }

  bytes(from: number, length: number): void {
    this.reserve(length);
    this.u8.copyWithin(this.at, from, from + length);
    this.at += length;
  }

  copy(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.u8.set(bytes, this.at);
    this.at += bytes.length;
  }

  float32(value: number): void {
    this.reserve(4);
    this.#memory.view.setFloat32(this.at, value, true);
    this.at += 4;
  }

  float64(value: number): void {
    this.reserve(8);
    this.#memory.view.setFloat64(this.at, value, true);
    this.at += 8;
  }

  /** Four bytes, lowest first. */
  int32(value: number): void {
    this.reserve(4);
    this.#memory.view.setInt32(this.at, value, true);
    this.at += 4;
  }
}
