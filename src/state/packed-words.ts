/** Words of linear memory as bytes without their zero bytes, and back: how state stands in blocks of the log. */
import { kernels } from "../kernels/kernels.ts";
import type { Arena } from "../memory/arena.ts";
import { linearMemory } from "../memory/linear-memory.ts";
import { damagedBlock } from "./block-head.ts";

/** `count` u64 words, packed; the bytes lie in the arena. */
export function packedWords(words: number, count: number, arena: Arena): Uint8Array {
  const bytes = 8 * count, packed = arena.allocate(bytes + (bytes >>> 4) + 16);
  return linearMemory().u8.subarray(packed, packed + (kernels().packWords(words, count, packed) >>> 0));
}

/** Lends the words of packedWords a place in linear memory. */
export function withUnpacked(bytes: Uint8Array, count: number, use: (words: number) => void): void {
  if (count === 0) return;
  const memory = linearMemory(), packed = memory.allocate(bytes.length), words = memory.allocate(8 * count);
  try {
    memory.u8.set(bytes, packed);
    if (kernels().unpackWords(packed, packed + bytes.length, count, words) === 0) throw damagedBlock();
    use(words);
  } finally {
    memory.free(packed, bytes.length);
    memory.free(words, 8 * count);
  }
}
