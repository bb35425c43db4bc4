/**
 * Memory for the segments of a table's directory. They come in powers of two, which blocks with spare bytes would hold
 * badly, so many of one size share a chunk; a chunk goes back when its last segment has.
 */
import { linearMemory, type MemoryAccount } from "../memory/linear-memory.ts";

interface Chunk { readonly pointer: number; readonly bytes: number; live: number; readonly free: number[] }

export class SegmentPool {
  readonly #account: MemoryAccount;
  readonly #chunks = new Map<number, Chunk[]>();
  readonly #owner = new Map<number, Chunk>();

  constructor(account: MemoryAccount) { this.#account = account; }

  /** A zeroed segment of `bytes`, a power of two. */
  allocate(bytes: number): number {
    let chunks = this.#chunks.get(bytes);
    if (chunks === undefined) this.#chunks.set(bytes, (chunks = []));
    let chunk = chunks.findLast(other => other.free.length > 0);
    if (chunk === undefined) {
      const size = bytes * 16 - 64, pointer = linearMemory().allocate(size, this.#account);
      chunk = { pointer, bytes: size, live: 0, free: [] };
      for (let at = pointer + bytes * (Math.floor(size / bytes) - 1); at >= pointer; at -= bytes) chunk.free.push(at);
      chunks.push(chunk);
    }
    const segment = chunk.free.pop()!;
    chunk.live++;
    this.#owner.set(segment, chunk);
    linearMemory().u8.fill(0, segment, segment + bytes);
    return segment;
  }

  free(segment: number, bytes: number): void {
    const chunk = this.#owner.get(segment)!;
    this.#owner.delete(segment);
    chunk.free.push(segment);
    if (--chunk.live > 0) return;
    const chunks = this.#chunks.get(bytes)!;
    chunks.splice(chunks.indexOf(chunk), 1);
    linearMemory().free(chunk.pointer, chunk.bytes, this.#account);
  }

  release(): void {
    for (const chunks of this.#chunks.values()) for (const chunk of chunks) linearMemory().free(chunk.pointer, chunk.bytes, this.#account);
    this.#chunks.clear();
    this.#owner.clear();
  }
}
