/**
 * Columns of VARIANT in Parquet: groups of metadata and a value, of which what has the same form in many rows may lie in typed columns beside it
 * (shredding): https://parquet.apache.org/docs/file-format/types/variantshredding/
 */
import { VectorBuilder, cellAt } from "../../columns/cells.ts";
import { Vector } from "../../columns/vector.ts";
import type { Arena } from "../../memory/arena.ts";
import type { Cell, VariantCell } from "../../types/cell.ts";
import { BINARY, VARIANT, array, field, map, struct, type DataType, type StructType } from "../../types/data-type.ts";
import { cellToVariant, isObject, variantObject } from "../../types/variant.ts";
import { MalformedVariant, decodeVariant, variantNames } from "../variant/decode.ts";
import { encodeVariant } from "../variant/encode.ts";
import { Malformed } from "./thrift.ts";

/** The group that a VARIANT is written as. */
export const ENCODED: StructType = struct([field("metadata", BINARY, false), field("value", BINARY, false)]);

const ABSENT = Symbol("absent");

/** VARIANTs of their groups' vector. @throws Malformed */
export function restoredVariants(groups: Vector, slots: number, arena: Arena): Vector {
  const builder = new VectorBuilder(VARIANT, arena, slots), type = groups.type as StructType, at = type.fields.findIndex(one => one.name === "metadata"), { u8 } = arena.memory;
  let metadata: Uint8Array = new Uint8Array(0), names: readonly string[] = [];
  if (at < 0) throw new Malformed("a VARIANT has no metadata");
  try {
    for (let row = 0; row < slots; row++) {
      if (groups.valid !== 0 && u8[groups.valid + row] === 0) { builder.append(null); continue; }
      const cells = cellAt(groups, row) as readonly Cell[], bytes = cells[at] as Uint8Array | null;
      if (bytes === null) throw new Malformed("a VARIANT has no metadata");
      if (row === 0 || Buffer.compare(metadata, bytes) !== 0) {
        metadata = bytes;
        names = variantNames(bytes);
      }
      const value = restored(type, cells, names);
      builder.append({ variant: value === ABSENT ? null : value });
    }
  } catch (error) {
    throw error instanceof MalformedVariant ? new Malformed(error.message) : error;
  }
  return builder.finish();
}

/** What a group of `value` and `typed_value` means; ABSENT where neither is there. */
function restored({ fields }: StructType, cells: readonly Cell[], names: readonly string[]): unknown {
  const value = cellOf("value") as Uint8Array | null, typed = cellOf("typed_value"), type = fields.find(one => one.name === "typed_value")?.type;
  function cellOf(name: string): Cell {
    const at = fields.findIndex(one => one.name === name);
    return at < 0 ? null : cells[at]!;
  }
  const rest = value === null ? ABSENT : decodeVariant(value, names);
  if (typed === null || type === undefined) return rest;
  switch (type.kind) {
    case "struct": {
      const entries: [string, unknown][] = [];
      type.fields.forEach((one, i) => {
        const cell = (typed as readonly Cell[])[i]!, found = cell === null || one.type.kind !== "struct" ? ABSENT : restored(one.type, cell as readonly Cell[], names);
        if (found !== ABSENT) entries.push([one.name, found]);
      });
      if (rest !== ABSENT && !isObject(rest)) throw new MalformedVariant("a VARIANT is an object and something else");
      return variantObject([...entries, ...(rest === ABSENT ? [] : Object.entries(rest as object))]);
    }
    case "array": {
      const { element } = type;
      return (typed as readonly Cell[]).map(cell => {
        const found = cell === null || element.kind !== "struct" ? ABSENT : restored(element, cell as readonly Cell[], names);
        return found === ABSENT ? null : found;
      });
    }
    default: return cellToVariant(type, typed);
  }
}

/** The type in which each VARIANT is the group that is written. */
export function withEncoded(type: DataType): DataType {
  switch (type.kind) {
    case "variant": return ENCODED;
    case "struct": return struct(type.fields.map(one => ({ ...one, type: withEncoded(one.type) })));
    case "array": return array(withEncoded(type.element), type.containsNull);
    case "map": return map(type.key, withEncoded(type.value), type.valueContainsNull);
    default: return type;
  }
}

export function hasVariant(type: DataType): boolean {
  switch (type.kind) {
    case "struct": return type.fields.some(one => hasVariant(one.type));
    case "array": return hasVariant(type.element);
    case "map": return hasVariant(type.value);
    default: return type.kind === "variant";
  }
}

/** A vector of so many rows with its VARIANTs as groups; other parts are as they were. */
export function encodedVariants(vector: Vector, length: number, arena: Arena): Vector {
  const { type, isConstant, valid, data, children } = vector, rows = isConstant ? 1 : length, { u8, u32 } = arena.memory;
  if (!hasVariant(type)) return vector;
  if (type.kind === "variant") {
    const metadata = new VectorBuilder(BINARY, arena, rows), value = new VectorBuilder(BINARY, arena, rows), present = arena.allocate(rows);
    for (let row = 0; row < rows; row++) {
      const cell = cellAt(vector, row) as VariantCell | null, encoded = encodeVariant(cell === null ? null : cell.variant);
      u8[present + row] = cell === null ? 0 : 1;
      metadata.append(encoded.metadata);
      value.append(encoded.value);
    }
    return new Vector(ENCODED, 0, present, { isConstant, children: [metadata.finish(), value.finish()] });
  }
  const inner = type.kind === "struct" ? rows : u32[(data >>> 2) + rows]!;
  return new Vector(withEncoded(type), data, valid, { isConstant, children: children.map(child => encodedVariants(child, inner, arena)) });
}
