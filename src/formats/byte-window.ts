/** Bytes of a stream that were read and not used yet, in one block of linear memory that grows if a record needs it. */
import { linearMemory, type MemoryAccount } from "../memory/linear-memory.ts";
import { CHUNK_BYTES } from "./line-framer.ts";

export class ByteWindow {
  readonly #memory = linearMemory();
  readonly #chunkBytes: number;
  readonly #account: MemoryAccount | undefined;
  #base: number;
  #capacity: number;
  /** What is held is [head, tail). */
  head: number;
  tail: number;
  /** Of `head` in the input. */
  offset = 0;
  ended = false;

  constructor(chunkBytes = CHUNK_BYTES, account?: MemoryAccount) {
    this.#chunkBytes = this.#capacity = chunkBytes;
    this.#account = account;
    this.#base = this.head = this.tail = this.#memory.allocate(this.#capacity, account);
  }

  reset(offset: number): void {
    this.head = this.tail = this.#base;
    this.offset = offset;
    this.ended = false;
  }

  release(): void { this.#memory.free(this.#base, this.#capacity, this.#account); }

  /** Room for the next bytes; places in the window are no longer valid. */
  space(): { pointer: number; length: number } {
    const held = this.tail - this.head;
    if (this.#capacity - held < this.#chunkBytes / 2) {
      const capacity = this.#capacity * 2, base = this.#memory.allocate(capacity, this.#account);
      this.#memory.u8.copyWithin(base, this.head, this.tail);
      this.#memory.free(this.#base, this.#capacity, this.#account);
      this.#base = base;
      this.#capacity = capacity;
    } else if (this.head !== this.#base) this.#memory.u8.copyWithin(this.#base, this.head, this.tail);
    this.head = this.#base;
    this.tail = this.#base + held;
    return { pointer: this.tail, length: this.#base + this.#capacity - this.tail };
  }

  filled(bytes: number): void { this.tail += bytes; }
  end(): void { this.ended = true; }

  /** The bytes before `at` are used. */
  use(at: number): void {
    this.offset += at - this.head;
    this.head = at;
  }
}
