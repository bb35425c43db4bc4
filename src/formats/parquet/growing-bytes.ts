/** Bytes in linear memory to which more are added. */
import { linearMemory } from "../../memory/linear-memory.ts";

export class GrowingBytes {
  readonly #memory = linearMemory();
  #capacity = 0;
  pointer = 0;
  length = 0;

  /** Where `bytes` more may be written; they count when `length` says so. */
  room(bytes: number): number {
    if (this.length + bytes > this.#capacity) {
      const capacity = Math.max(4096, 2 * this.#capacity, this.length + bytes), pointer = this.#memory.allocate(capacity);
      this.#memory.u8.copyWithin(pointer, this.pointer, this.pointer + this.length);
      this.#free();
      this.pointer = pointer;
      this.#capacity = capacity;
    }
    return this.pointer + this.length;
  }

  append(from: number, bytes: number): void {
    const at = this.room(bytes);
    this.#memory.u8.copyWithin(at, from, from + bytes);
    this.length += bytes;
  }

  release(): void {
    this.#free();
    this.pointer = this.length = this.#capacity = 0;
  }

  #free(): void {
    if (this.#capacity > 0) this.#memory.free(this.pointer, this.#capacity);
  }
}
