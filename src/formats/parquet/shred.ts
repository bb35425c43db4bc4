/** A column of a batch as what its leaves hold: levels, and the rows of the leaf's vector that have a value. */
import type { Selection } from "../../columns/batch.ts";
import type { Vector } from "../../columns/vector.ts";
import { kernels } from "../../kernels/kernels.ts";
import type { Arena } from "../../memory/arena.ts";
import type { WriteLeaf, WriteNode } from "./write-schema.ts";

export interface LeafRows {
  readonly leaf: WriteLeaf;
  readonly vector: Vector;
  /** A byte a level each; 0 where the leaf has none of them. */
  readonly reps: number;
  readonly defs: number;
  readonly levels: number;
  /** Rows (u32) of the vector's values, as many as there are. */
  readonly rows: number;
  readonly values: number;
}

/** Slots so far: rows of the vector (-1: null further out), repetition levels (0: all are 0) and definition levels. */
interface Slots { readonly rows: number; readonly reps: number; readonly defs: number; readonly count: number }

export function shredColumn(node: WriteNode, vector: Vector, { pointer, count }: Selection, arena: Arena, receive: (rows: LeafRows) => void): void {
  const rows = arena.allocate(4 * count), { u32, u8 } = arena.memory, defs = arena.allocateZeroed(count);
  if (pointer !== 0) u8.copyWithin(rows, pointer, pointer + 4 * count);
  else for (let i = 0, at = rows >>> 2; i < count; i++) u32[at + i] = i;
  shred(node, vector, { rows, reps: 0, defs, count }, arena, receive);
}

function shred(node: WriteNode, vector: Vector, given: Slots, arena: Arena, receive: (rows: LeafRows) => void): void {
  const kernel = kernels(), { leaf, children } = node;
  let slots = given;
  if (node.repetition === "optional" || vector.isConstant) {
    // Others look at these slots too.
    slots = { ...given, rows: copied(given.rows, 4 * given.count, arena), defs: copied(given.defs, given.count, arena) };
    if (vector.isConstant) arena.memory.i32.subarray(slots.rows >>> 2, (slots.rows >>> 2) + slots.count).forEach((row, i, all) => { if (row > 0) all[i] = 0; });
  }
  if (vector.type.kind === "void") arena.memory.i32.fill(-1, slots.rows >>> 2, (slots.rows >>> 2) + slots.count);
  else if (node.repetition === "optional") kernel.parquetShredNulls(slots.rows, slots.defs, slots.count, vector.valid);
  if (leaf !== undefined) {
    const rows = arena.allocate(4 * slots.count + 4), values = kernel.parquetShredRows(slots.rows, slots.count, rows);
    receive({ leaf, vector, reps: slots.reps, defs: leaf.maxDef === 0 ? 0 : slots.defs, levels: slots.count, rows, values });
    return;
  }
  if (node.annotation === undefined || node.annotation.kind === "variant") {
    for (const [i, child] of children.entries()) shred(child, vector.children[i]!, slots, arena, receive);
    return;
  }
  const group = children[0]!, count = kernel.parquetShredCount(slots.rows, slots.count, vector.data);
  const inner = { rows: arena.allocate(4 * count), reps: arena.allocate(count), defs: arena.allocate(count), count };
  kernel.parquetShredLists(slots.rows, slots.reps, slots.defs, slots.count, vector.data, repetitionOf(group), inner.rows, inner.reps, inner.defs);
  for (const [i, child] of group.children.entries()) shred(child, vector.children[i]!, inner, arena, receive);
}

/** The level at which elements of a repeated group repeat: that of its leaves, less what repeats further in. */
function repetitionOf(group: WriteNode): number {
  let node = group.children[0]!, deeper = 0;
  while (node.leaf === undefined) {
    if (node.repetition === "repeated") deeper++;
    node = node.children[0]!;
  }
  return node.leaf.maxRep - deeper;
}

function copied(from: number, bytes: number, arena: Arena): number {
  const to = arena.allocate(bytes);
  arena.memory.u8.copyWithin(to, from, from + bytes);
  return to;
}
