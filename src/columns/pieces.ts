/** Vectors cut, and put one behind the other. */
import type { Arena } from "../memory/arena.ts";
import { linearMemory } from "../memory/linear-memory.ts";
import type { Cell } from "../types/cell.ts";
import { Vector, widthOf } from "./vector.ts";

/** A vector and how many values of it count. None is constant. */
export interface Part { readonly vector: Vector; readonly length: number }

/** The values of all parts, in order. Long strings still point where those of the parts do. */
export function concatenate(parts: readonly Part[], arena: Arena): Vector {
  const [{ vector: first }] = parts as [Part];
  if (parts.length === 1) return first;
  const memory = linearMemory(), { u8, i32 } = memory, { type, physical } = first, total = parts.reduce((sum, part) => sum + part.length, 0);
  const each = (write: (vector: Vector, length: number, at: number) => void): void => {
    let at = 0;
    for (const { vector, length } of parts) {
      write(vector, length, at);
      at += length;
    }
  };
  let valid = 0;
  if (parts.some(({ vector }) => vector.valid !== 0)) {
    valid = arena.allocate(Math.max(1, total));
    each((vector, length, at) => { if (vector.valid === 0) u8.fill(1, valid + at, valid + at + length); else u8.copyWithin(valid + at, vector.valid, vector.valid + length); });
  }
  switch (physical) {
    case "struct": return new Vector(type, 0, valid, { children: first.children.map((_, k) => concatenate(parts.map(({ vector, length }) => ({ vector: vector.children[k]!, length })), arena)) });
    case "list": {
      const offsets = arena.allocate(4 * (total + 1)), inner = parts.map(({ vector: { data }, length }) => ({ from: i32[data >>> 2]!, end: i32[(data >>> 2) + length]! }));
      let base = 0, part = 0;
      each((vector, length, at) => {
        const { from, end } = inner[part++]!;
        for (let i = 0; i < length; i++) i32[(offsets >>> 2) + at + i] = base - from + i32[(vector.data >>> 2) + i]!;
        base += end - from;
      });
      i32[(offsets >>> 2) + total] = base;
      const children = first.children.map((_, k) => concatenate(parts.map(({ vector }, i) => ({ vector: rowsFrom(vector.children[k]!, inner[i]!.from), length: inner[i]!.end - inner[i]!.from })), arena));
      return new Vector(type, offsets, valid, { children });
    }
    case "object": {
      const objects: Cell[] = [];
      each((vector, length) => { for (let i = 0; i < length; i++) objects.push(vector.objects![i]!); });
      return new Vector(type, 0, valid, { objects });
    }
    default: {
      const width = widthOf(physical), data = arena.allocate(Math.max(1, width * total));
      each((vector, length, at) => u8.copyWithin(data + width * at, vector.data, vector.data + width * length));
      return new Vector(type, data, valid);
    }
  }
}

/** Rows from `from` on, as a vector that begins with them. */
export function rowsFrom(vector: Vector, from: number): Vector {
  if (from === 0) return vector;
  const { type, data, valid, physical } = vector, width = widthOf(physical);
  return new Vector(type, data === 0 ? 0 : data + width * from, valid === 0 ? 0 : valid + from, {
    children: physical === "struct" ? vector.children.map(child => rowsFrom(child, from)) : vector.children, ...(vector.objects && { objects: vector.objects.slice(from) }),
  });
}
