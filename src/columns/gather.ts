/** Rows of a vector picked by number, in any order and as often as wanted: joins, generators. */
import { kernels } from "../kernels/kernels.ts";
import type { Arena } from "../memory/arena.ts";
import { linearMemory } from "../memory/linear-memory.ts";
import type { Cell } from "../types/cell.ts";
import { Vector, widthOf } from "./vector.ts";

/**
 * The values of `count` rows whose numbers (u32) lie at `rows`; 0: rows 0 to count - 1. Long strings still point where
 * those of `vector` do. A constant stays one.
 */
export function gather(vector: Vector, rows: number, count: number, arena: Arena): Vector {
  if (vector.isConstant || rows === 0) return vector;
  const kernel = kernels(), { type, data } = vector;
  let valid = 0;
  if (vector.valid !== 0) kernel.packValues(1, vector.valid, rows, count, valid = arena.allocate(count));
  switch (vector.physical) {
    case "struct": return new Vector(type, 0, valid, { children: vector.children.map(child => gather(child, rows, count, arena)) });
    case "list": {
      const lengths = arena.allocate(4 * count), total = kernel.listLengths(data, vector.valid, rows, count, lengths);
      const inner = arena.allocate(4 * total + 4), offsets = arena.allocate(4 * (count + 1));
      kernel.listRows(data, rows, count, lengths, inner);
      kernel.listOffsets(lengths, count, offsets);
      return new Vector(type, offsets, valid, { children: vector.children.map(child => gather(child, inner, total, arena)) });
    }
    case "object": {
      const memory = linearMemory(), objects: Cell[] = [];
      for (let i = 0; i < count; i++) objects.push(vector.objects![memory.u32[(rows >>> 2) + i]!]!);
      return new Vector(type, 0, valid, { objects });
    }
    default: {
      const width = widthOf(vector.physical), out = arena.allocate(width * count);
      kernel.packValues(width, data, rows, count, out);
      return new Vector(type, out, valid);
    }
  }
}
