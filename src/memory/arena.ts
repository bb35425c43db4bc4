/** An arena: many small allocations that are given back together, as the vectors of one batch are. */
import { linearMemory, type LinearMemory, type MemoryAccount } from "./linear-memory.ts";

const CHUNK_BYTES = 256 * 1024 - 64;

export interface ArenaMark { readonly blocks: number; readonly next: number; readonly end: number }

export class Arena {
  readonly memory: LinearMemory = linearMemory();
  readonly #account: MemoryAccount | undefined;
  readonly #blocks: { readonly pointer: number; readonly bytes: number }[] = [];
  #next = 0;
  #end = 0;

  constructor(account?: MemoryAccount) { this.#account = account; }

  /** `bytes` of undefined contents, aligned to 16, with 64 readable bytes behind; valid until reset or release. */
  allocate(bytes: number): number {
    const start = this.#next;
    const needed = (bytes + 15) & ~15;
    if (needed >= 0 && start + needed <= this.#end) {
      this.#next = start + needed;
      return start;
    }
    if (bytes > CHUNK_BYTES / 4) return this.#block(bytes);
    const block = this.#block(CHUNK_BYTES);
    this.#next = block + needed;
    this.#end = block + CHUNK_BYTES;
    return block;
  }

  allocateZeroed(bytes: number): number {
    const pointer = this.allocate(bytes);
    this.memory.u8.fill(0, pointer, pointer + bytes);
    return pointer;
  }

  /** Forgets all allocations but keeps the newest chunk for reuse. */
  reset(): void {
    const keep = this.#blocks.findLast(block => block.bytes === CHUNK_BYTES);
    for (const block of this.#blocks) if (block !== keep) this.memory.free(block.pointer, block.bytes, this.#account);
    this.#blocks.length = 0;
    this.#next = this.#end = 0;
    if (keep !== undefined) {
      this.#blocks.push(keep);
      this.#next = keep.pointer;
      this.#end = keep.pointer + CHUNK_BYTES;
    }
  }

  /** Where the arena stands, for rewind. */
  mark(): ArenaMark { return { blocks: this.#blocks.length, next: this.#next, end: this.#end }; }

  /** Forgets the allocations since a mark; those before stay. No reset may lie between. */
  rewind({ blocks, next, end }: ArenaMark): void {
    while (this.#blocks.length > blocks) {
      const block = this.#blocks.pop()!;
      this.memory.free(block.pointer, block.bytes, this.#account);
    }
    this.#next = next;
    this.#end = end;
  }

  /** Gives all memory back. The arena can be used again. */
  release(): void {
    for (const block of this.#blocks) this.memory.free(block.pointer, block.bytes, this.#account);
    this.#blocks.length = 0;
    this.#next = this.#end = 0;
  }

  #block(bytes: number): number {
    const pointer = this.memory.allocate(bytes, this.#account);
    this.#blocks.push({ pointer, bytes });
    return pointer;
  }
}
