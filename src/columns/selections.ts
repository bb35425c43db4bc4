/** Selections beside one another. */
import type { Arena } from "../memory/arena.ts";
import { kernels } from "../kernels/kernels.ts";
import { linearMemory } from "../memory/linear-memory.ts";
import type { Selection } from "./batch.ts";

/** Rows of `all` that are not in `part`; both ascending. */
export function differenceOf(all: Selection, part: Selection, arena: Arena): Selection {
  const words = linearMemory().u32, pointer = arena.allocate(4 * all.count + 4);
  let taken = 0, count = 0;
  for (let i = 0; i < all.count; i++) {
    const row = all.pointer === 0 ? i : words[(all.pointer >>> 2) + i]!;
    const next = taken < part.count ? (part.pointer === 0 ? taken : words[(part.pointer >>> 2) + taken]!) : -1;
    if (row === next) taken++;
    else words[(pointer >>> 2) + count++] = row;
  }
  return { pointer, count };
}

/** Of a list (u32), what stands at some places. */
export function listedAt(list: number, places: Selection, arena: Arena): number {
  const out = arena.allocate(4 * places.count);
  kernels().packValues(4, list, places.pointer, places.count, out);
  return out;
}
