/** The elements at one index of all arrays of a column, where elements are stored in place: copied as they lie. */
import { cellAt } from "../../columns/cells.ts";
import { Vector, widthOf } from "../../columns/vector.ts";
import type { VectorKernel } from "../../plan/function.ts";
import type { DataType } from "../../types/data-type.ts";
import { emptyVector, rowAt } from "../vectors.ts";

/**
 * `otherwise` does what this can't: an index or an array that is the same for all rows or an index that is not.
 * `outside` gives the error for an index that an array doesn't have; undefined: null. Counting from 1, negative ones count from the end.
 */
export function itemVector(type: DataType, otherwise: VectorKernel, outside: ((index: number, size: number) => Error) | undefined, counting: "from 0" | "from 1" = "from 0"): VectorKernel {
  return (args, rows, length, context) => {
    const [list, place] = args as [Vector, Vector], wanted = place.isConstant && !list.isConstant ? cellAt(place, 0) : null, elements = list.children[0]!, width = widthOf(elements.physical);
    if (wanted === null || (counting === "from 1" && Number(wanted) === 0) || width === 0 || elements.physical === "list" || elements.isConstant) return otherwise(args, rows, length, context);
    const index = Number(wanted), { arena } = context, { u8, u16, u32 } = arena.memory, valid = arena.allocate(length), out = emptyVector(type, length, valid, context), offsets = list.data >>> 2;
    for (let i = 0; i < rows.count; i++) {
      const row = rowAt(rows, i), first = u32[offsets + row]!, size = u32[offsets + row + 1]! - first, at = counting === "from 0" ? index : index > 0 ? index - 1 : size + index, isNull = list.valid !== 0 && u8[list.valid + row] === 0;
      if (!isNull && (at < 0 || at >= size) && outside !== undefined) throw outside(index, size);
      const from = isNull || at < 0 || at >= size || (elements.valid !== 0 && u8[elements.valid + first + at] === 0) ? 0 : elements.data + width * (first + at), to = out.data + width * row;
      u8[valid + row] = from === 0 ? 0 : 1;
      switch (width) {
        case 1: u8[to] = from === 0 ? 0 : u8[from]!; break;
        case 2: u16[to >>> 1] = from === 0 ? 0 : u16[from >>> 1]!; break;
        default: for (let word = 0; word < width >>> 2; word++) u32[(to >>> 2) + word] = from === 0 ? 0 : u32[(from >>> 2) + word]!;
      }
    }
    return out;
  };
}
