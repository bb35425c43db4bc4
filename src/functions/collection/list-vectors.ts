/** Functions of arrays over their offsets and elements as they lie. */
import { cellAt } from "../../columns/cells.ts";
import { Vector, widthOf } from "../../columns/vector.ts";
import { linearMemory } from "../../memory/linear-memory.ts";
import type { RowKernel, VectorKernel } from "../../plan/function.ts";
import { BOOLEAN, INT, type DataType } from "../../types/data-type.ts";
import { rowVector } from "../row-vector.ts";
import { combinedValidity, emptyVector, rowAt } from "../vectors.ts";

/** Elements of arrays and entries of maps; of null as many as `ofNull`, or null. */
export function sizeVector(row: RowKernel, ofNull: number | null): VectorKernel {
  const byRow = rowVector(INT, row, true);
  return (args, rows, length, context) => {
    const [list] = args as [Vector];
    if (list.isConstant || list.physical !== "list") return byRow(args, rows, length, context);
    const out = emptyVector(INT, length, ofNull === null ? combinedValidity([list], rows, length, context) : 0, context), { u8, u32, i32 } = linearMemory(), offsets = list.data >>> 2, to = out.data >>> 2;
    for (let i = 0; i < rows.count; i++) {
      const at = rowAt(rows, i);
      i32[to + at] = list.valid !== 0 && u8[list.valid + at] === 0 ? ofNull ?? 0 : u32[offsets + at + 1]! - u32[offsets + at]!;
    }
    return out;
  };
}

const COMPARED_AS_BYTES: ReadonlySet<DataType["kind"]> = new Set(["tinyint", "smallint", "int", "bigint", "date", "timestamp", "timestamp_ntz", "boolean", "string"]);
/** array_contains of a constant value, where equal values have equal bytes. */
export function memberVector(element: DataType, row: RowKernel): VectorKernel | undefined {
  if (!COMPARED_AS_BYTES.has(element.kind)) return undefined;
  const byRow = rowVector(BOOLEAN, row);
  return (args, rows, length, context) => {
    const [list, wanted] = args as [Vector, Vector], items = list.children[0];
    if (list.isConstant || !wanted.isConstant || items === undefined || items.isConstant || cellAt(wanted, 0) === null) return byRow(args, rows, length, context);
    const out = emptyVector(BOOLEAN, length, context.arena.allocate(length), context), { u8, u16, u32 } = linearMemory(), offsets = list.data >>> 2, width = widthOf(items.physical);
    const isSame = (a: number): boolean => {
      const b = wanted.data;
      switch (width) {
        case 1: return u8[a] === u8[b];
        case 2: return u16[a >>> 1] === u16[b >>> 1];
        case 4: return u32[a >>> 2] === u32[b >>> 2];
        case 8: return u32[a >>> 2] === u32[b >>> 2] && u32[(a >>> 2) + 1] === u32[(b >>> 2) + 1];
        default: return sameView(u8, u32, a, b);
      }
    };
    for (let i = 0; i < rows.count; i++) {
      const at = rowAt(rows, i);
      let found = 0, hasNull = list.valid !== 0 && u8[list.valid + at] === 0;
      if (!hasNull) for (let item = u32[offsets + at]!; item < u32[offsets + at + 1]! && found === 0; item++) {
        if (items.valid !== 0 && u8[items.valid + item] === 0) hasNull = true;
        else if (isSame(items.data + width * item)) found = 1;
      }
      u8[out.data + at] = found;
      u8[out.valid + at] = found === 1 || !hasNull ? 1 : 0;
    }
    return out;
  };
}

function sameView(u8: Uint8Array, u32: Uint32Array, a: number, b: number): boolean {
  const x = a >>> 2, y = b >>> 2, length = u32[x]!;
  if (length !== u32[y] || u32[x + 1] !== u32[y + 1]) return false;
  if (length <= 12) return u32[x + 2] === u32[y + 2] && u32[x + 3] === u32[y + 3];
  for (let p = u32[x + 2]!, q = u32[y + 2]!, end = p + length; p < end; p++, q++) if (u8[p] !== u8[q]) return false;
  return true;
}
