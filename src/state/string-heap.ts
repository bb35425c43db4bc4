/** Blocks for the long strings of a table's keys: filled from the front, given back when none of their bytes live, which kernels count. */
import { HEAP_BLOCK_HEADER, TableHeader } from "../kernels/table.ts";
import { linearMemory, type MemoryAccount } from "../memory/linear-memory.ts";

const FIRST_BYTES = 4096, LAST_BYTES = 64 * 1024;
/** Spare bytes that LinearMemory adds: a request this much under a power of two fills its block. */
const SLACK = 64;

export class StringHeap {
  readonly #memory = linearMemory();
  readonly #header: number;
  readonly #account: MemoryAccount;
  /** Bytes by block. */
  readonly #blocks = new Map<number, number>();
  #bytes = 0;

  /** `header`: of the table. */
  constructor(header: number, account: MemoryAccount) {
    this.#header = header;
    this.#account = account;
  }

  /** Strings go to a new block with room for one of `needed` bytes. */
  add(needed: number): void {
    const memory = this.#memory, old = this.#get(TableHeader.heapBlock);
    let block = FIRST_BYTES;
    while (block < LAST_BYTES && block < this.#bytes) block *= 2;
    while (block < needed + HEAP_BLOCK_HEADER + SLACK) block *= 2;
    const bytes = block - SLACK, pointer = memory.allocate(bytes, this.#account);
    this.#blocks.set(pointer, bytes);
    this.#bytes += bytes;
    memory.u32[pointer >>> 2] = 0;
    this.#set(TableHeader.heapBlock, pointer);
    this.#set(TableHeader.heapNext, pointer + HEAP_BLOCK_HEADER);
    this.#set(TableHeader.heapEnd, pointer + bytes);
    // All strings of the block before may have gone while it was in use.
    if (old !== 0 && memory.u32[old >>> 2] === 0) this.#free(old);
  }

  /** Gives back the blocks that kernels found empty. */
  giveBack(): void {
    let block = this.#get(TableHeader.heapEmpty);
    this.#set(TableHeader.heapEmpty, 0);
    while (block !== 0) {
      const next = this.#memory.u32[(block >>> 2) + 1]!;
      this.#free(block);
      block = next;
    }
  }

  /** Gives all blocks back; the header still speaks of them. */
  clear(): void { for (const block of [...this.#blocks.keys()]) this.#free(block); }

  #get(field: number): number { return this.#memory.u32[(this.#header + field) >>> 2]!; }
  #set(field: number, value: number): void { this.#memory.u32[(this.#header + field) >>> 2] = value; }

  #free(block: number): void {
    const bytes = this.#blocks.get(block)!;
    this.#memory.free(block, bytes, this.#account);
    this.#blocks.delete(block);
    this.#bytes -= bytes;
  }
}
