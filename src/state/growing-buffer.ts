/** A buffer in linear memory that grows when more is asked for, and shrinks only when told. */
import { linearMemory, type MemoryAccount } from "../memory/linear-memory.ts";

export class GrowingBuffer {
  readonly #account: MemoryAccount | undefined;
  #bytes = 0;
  pointer = 0;

  constructor(account?: MemoryAccount) { this.#account = account; }

  /** How much there is room for: what was asked for, or more. */
  get capacity(): number { return this.#bytes; }

  /** Room for `bytes`, of which the first `keep` stay as they are. Earlier pointers are no longer valid. */
  reserve(bytes: number, keep = 0): number {
    if (bytes <= this.#bytes) return this.pointer;
    const memory = linearMemory(), size = memory.blockSize(Math.max(bytes, 960)) - 64;
    const larger = memory.allocate(size, this.#account);
    if (keep > 0) memory.u8.copyWithin(larger, this.pointer, this.pointer + keep);
    this.release();
    this.pointer = larger;
    this.#bytes = size;
    return larger;
  }

  /** Gives the memory back if there is more of it than `bytes`. */
  releaseAbove(bytes: number): void { if (this.#bytes > bytes) this.release(); }

  release(): void {
    if (this.#bytes > 0) linearMemory().free(this.pointer, this.#bytes, this.#account);
    this.pointer = 0;
    this.#bytes = 0;
  }
}
