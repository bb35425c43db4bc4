/** Vectors from levels and values: what Dremel's paper calls record assembly, a column at a time. */
import { Vector, physicalOf, widthOf } from "../../columns/vector.ts";
import { kernels } from "../../kernels/kernels.ts";
import type { Arena } from "../../memory/arena.ts";
import type { DataType } from "../../types/data-type.ts";
import type { LeafReader, Levels } from "./leaf-reader.ts";
import type { ReadNode } from "./read-plan.ts";
import { Malformed } from "./thrift.ts";
import { restoredVariants } from "./variant-columns.ts";

interface Built { readonly vector: Vector; readonly slots: number }

export class Assembler {
  readonly #readers: readonly (LeafReader | undefined)[];
  readonly #arena: Arena;
  #levels: (Levels | undefined)[] = [];
  #rows = 0;

  /** `readers`: of leaves, by their places in the plan; those that a column needs must be there when it is asked for. */
  constructor(readers: readonly (LeafReader | undefined)[], arena: Arena) {
    this.#readers = readers;
    this.#arena = arena;
  }

  /** Turns to the next rows. */
  begin(rows: number): void {
    this.#rows = rows;
    this.#levels = [];
  }

  /** A column of these rows, which its readers have prepared; once. @throws Malformed */
  column(node: ReadNode, rows: number): Vector { return this.#sized(node, rows); }

  /** Levels of a leaf for these rows, which its reader has prepared. */
  levels(leaf: number): Levels { return (this.#levels[leaf] ??= this.#readers[leaf]!.take(this.#rows, this.#arena)); }

  /** The vector of a node that must have so many slots. */
  #sized(node: ReadNode, slots: number): Vector {
    if (node.kind === "missing") return nulls(node.type, slots, this.#arena);
    const built = this.#build(node);
    if (built.slots !== slots) throw new Malformed(`the column ${node.column.name} has ${built.slots} values where there are ${slots}`);
    return built.vector;
  }

  #build(node: Exclude<ReadNode, { kind: "missing" }>): Built {
    const arena = this.#arena, levels = this.levels(node.levels), { column, type } = node;
    if (node.kind === "leaf") {
      const { slots, valid } = this.#validity(node, levels), values = this.#readers[node.levels]!.values(levels.present, arena), { width } = node.conversion;
      if (valid === 0) {
        if (levels.present !== slots) throw new Malformed(`the column ${column.name} has ${levels.present} values where there are ${slots}`);
        return { vector: new Vector(type, values, 0), slots };
      }
      const data = arena.allocate(slots * width);
      kernels().parquetSpread(width, values, valid, slots, data);
      return { vector: new Vector(type, data, valid), slots };
    }
    if (node.kind === "variant") {
      const { vector, slots } = this.#build(node.children[0] as Exclude<ReadNode, { kind: "missing" }>);
      return { vector: restoredVariants(vector, slots, arena), slots };
    }
    if (node.kind === "struct") {
      const { slots, valid } = this.#validity(node, levels);
      return { vector: new Vector(type, 0, valid, { children: node.children.map(child => this.#sized(child, slots)) }), slots };
    }
    const { reps, defs, count } = levels, valid = arena.allocate(count), offsets = arena.allocate(4 * (count + 1)), sums = arena.allocate(8), { u32 } = arena.memory;
    const slots = kernels().parquetLists(reps, defs, count, column.depth, column.there, column.present, column.element, valid, offsets, sums);
    const children = node.children.map(child => this.#sized(child, u32[(sums >>> 2) + 1]!));
    return { vector: new Vector(type, offsets, u32[sums >>> 2] === slots ? 0 : valid, { children }), slots };
  }

  /** Slots of a leaf or struct, and a byte for each that says if it is not null; 0 if all are not. */
  #validity({ column }: Exclude<ReadNode, { kind: "missing" }>, { reps, defs, count, present }: Levels): { readonly slots: number; readonly valid: number } {
    const { depth, there } = column, isLeaf = column.kind === "leaf", arena = this.#arena;
    if (column.present === 0 || (isLeaf && depth === 0 && present === count)) return { slots: this.#rows, valid: 0 };
    if (isLeaf && depth === 0 && column.present === 1) return { slots: count, valid: defs };
    const valid = arena.allocate(count), met = arena.allocate(4), slots = kernels().parquetValidity(reps, defs, count, depth, there, column.present, valid, met);
    return { slots, valid: arena.memory.u32[met >>> 2] === slots ? 0 : valid };
  }
}

/** So many nulls. */
function nulls(type: DataType, slots: number, arena: Arena): Vector {
  const physical = physicalOf(type), width = widthOf(physical), valid = arena.allocateZeroed(slots);
  const children = type.kind === "struct" ? type.fields.map(one => nulls(one.type, slots, arena)) : type.kind === "array" ? [nulls(type.element, 0, arena)] : type.kind === "map" ? [nulls(type.key, 0, arena), nulls(type.value, 0, arena)] : [];
  return new Vector(type, width === 0 ? 0 : arena.allocateZeroed(width * (slots + 1)), valid, { children, ...(physical === "object" && { objects: new Array<null>(slots).fill(null) }) });
}
