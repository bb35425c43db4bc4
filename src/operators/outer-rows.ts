/** An outer join's rows in the order of its probe side: those without a partner stand between the pairs. */
import type { Selection } from "../columns/batch.ts";
import { Vector } from "../columns/vector.ts";
import type { Arena } from "../memory/arena.ts";
import { linearMemory } from "../memory/linear-memory.ts";

/** Where a batch of the probe side stands: how many of its selected rows went out, or are known to have a partner. */
export interface OuterPosition { at: number }

export interface OuterRows {
  readonly probe: number;
  /** Any row where there is none: `present` (a byte a row) says so; 0: all are. */
  readonly build: number;
  readonly present: number;
  readonly count: number;
}

/**
 * Pairs, in the order of the probe rows, with the rows between them that have no partner. `matched`: a byte for each row of the batch,
 * set already for these pairs.
 */
export function withLoneRows(rows: Selection, position: OuterPosition, matched: number, probe: number, build: number, count: number, arena: Arena): OuterRows {
  const { u32: words, u8: bytes } = linearMemory(), selected = rows.pointer >>> 2, isAll = rows.pointer === 0, last = words[(probe >>> 2) + count - 1]!;
  let end = position.at, lone = 0;
  for (let row: number; (row = isAll ? end : words[selected + end]!) !== last; end++) if (bytes[matched + row] === 0) lone++;
  if (lone === 0) {
    position.at = end;
    return { probe, build, present: 0, count };
  }
  const all = count + lone, outProbe = arena.allocate(4 * all), outBuild = arena.allocate(4 * all), present = arena.allocateZeroed(all);
  const memory = linearMemory(), u32 = memory.u32, u8 = memory.u8;
  let { at } = position, out = 0;
  for (let i = 0; i < count; i++) {
    const row = u32[(probe >>> 2) + i]!;
    for (let other: number; (other = isAll ? at : u32[selected + at]!) !== row; at++) {
      if (u8[matched + other] !== 0) continue;
      u32[(outProbe >>> 2) + out] = other;
      u32[(outBuild >>> 2) + out++] = 0;
    }
    u32[(outProbe >>> 2) + out] = row;
    u32[(outBuild >>> 2) + out] = u32[(build >>> 2) + i]!;
    u8[present + out++] = 1;
  }
  position.at = at;
  return { probe: outProbe, build: outBuild, present, count: all };
}

/** The selected rows from a place on. */
export function rowsFrom(rows: Selection, at: number, arena: Arena): Selection {
  if (rows.pointer !== 0 || at === 0) return { pointer: rows.pointer === 0 ? 0 : rows.pointer + 4 * at, count: rows.count - at };
  const pointer = arena.allocate(4 * (rows.count - at)), { u32 } = linearMemory();
  for (let i = at; i < rows.count; i++) u32[(pointer >>> 2) + i - at] = i;
  return { pointer, count: rows.count - at };
}

/** A column in which the rows that are not present are null. */
export function absentAsNull(vector: Vector, present: number, count: number, arena: Arena): Vector {
  let valid = present;
  if (vector.valid !== 0) {
    valid = arena.allocate(count);
    const { u8 } = linearMemory();
    for (let i = 0; i < count; i++) u8[valid + i] = u8[present + i]! & u8[vector.valid + i]!;
  }
  return new Vector(vector.type, vector.data, valid, { children: vector.children, ...(vector.objects && { objects: vector.objects }) });
}
