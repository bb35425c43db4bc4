/** Selections beside one another. */
import type { Arena } from "../memory/arena.ts";
import { linearMemory } from "../memory/linear-memory.ts";
import type { Selection } from "./batch.ts";

/** Rows of `all` that are not in `part`; both ascending. */
export function differenceOf(all: Selection, part: Selection, arena: Arena): Selection {
  const words = linearMemory().u32, pointer = arena.allocate(4 * all.count + 4);
  const at = (selection: Selection, i: number) => (selection.pointer === 0 ? i : words[(selection.pointer >>> 2) + i]!);
  let count = 0;
  for (let i = 0, k = 0; i < all.count; i++) {
    const row = at(all, i);
    if (k < part.count && at(part, k) === row) k++;
    else words[(pointer >>> 2) + count++] = row;
  }
  return { pointer, count };
}
