/** Lists of whole numbers in linear memory, for tests of kernels. */
import type { Arena } from "../../src/memory/arena.ts";
import { linearMemory } from "../../src/memory/linear-memory.ts";

const memory = linearMemory();

/** `count` words from `pointer` on. */
export const listed = (pointer: number, count: number): number[] => Array.from({ length: count }, (_, i) => memory.u32[(pointer >>> 2) + i]!);

export function words(arena: Arena, values: readonly number[]): number {
  const pointer = arena.allocate(4 * values.length + 4);
  values.forEach((value, i) => { memory.u32[(pointer >>> 2) + i] = value; });
  return pointer;
}

export function longs(arena: Arena, values: readonly bigint[]): number {
  const pointer = arena.allocate(8 * values.length + 8);
  values.forEach((value, i) => { memory.i64[pointer / 8 + i] = value; });
  return pointer;
}
