/** from_json by the decoder of JSON lines, over the texts of a batch where they lie; what isn't one object goes value by value. */
import { BATCH_ROWS, type Selection } from "../../columns/batch.ts";
import { Vector, widthOf } from "../../columns/vector.ts";
import { NdjsonDecoder, isKernelSyntax } from "../../formats/json/ndjson-decoder.ts";
import type { JsonReading } from "../../formats/json/json-options.ts";
import type { Arena } from "../../memory/arena.ts";
import type { VectorKernel } from "../../plan/function.ts";
import type { DataType, StructType } from "../../types/data-type.ts";
import { rowAt } from "../vectors.ts";

/** Decoders give their memory back when the expression that has them is gone. */
const released = new FinalizationRegistry<NdjsonDecoder>(decoder => decoder.release());
/** Fewer rows go value by value. */
const FEW_ROWS = 8;

/** Whether the decoder knows the type. */
export function isDecodable(type: DataType): boolean {
  switch (type.kind) {
    case "struct": return type.fields.length > 0 && type.fields.every(f => isDecodable(f.type));
    case "array": return isDecodable(type.element);
    case "map": return type.key.kind === "string" && isDecodable(type.value);
    case "boolean": case "tinyint": case "smallint": case "int": case "bigint": case "float": case "double": case "decimal": case "date": case "timestamp": case "timestamp_ntz": case "string": return true;
    default: return false;
  }
}

const isInPlace = (vector: Vector): boolean => vector.physical === "struct" ? vector.children.every(isInPlace) : vector.physical !== "list" && vector.physical !== "object";

/** The kernels for a schema, over texts and over bytes that are to be texts; undefined if some type isn't known. `byRow`, of the same argument: what decides where the decoder can't. `begin` is told the time of each batch. */
export function jsonVectors(schema: StructType, { context: forms, corruptColumn }: JsonReading, byRow: { readonly ofText: VectorKernel; readonly ofBytes: VectorKernel }, begin: (batchTimeMicros: bigint) => void): { readonly ofText: VectorKernel; readonly ofBytes: VectorKernel } | undefined {
  if (!isKernelSyntax(forms) || !isDecodable(schema) || schema.fields.some(f => f.name === corruptColumn)) return undefined;
  let decoder: NdjsonDecoder | undefined;
  const kernelOf = (isBytes: boolean, slow: VectorKernel): VectorKernel => (args, rows, length, context) => {
    const [text] = args as [Vector], { arena } = context;
    if (text.isConstant || length > BATCH_ROWS || rows.count < FEW_ROWS) return slow(args, rows, length, context);
    if (decoder === undefined) {
      decoder = new NdjsonDecoder(schema, { ...forms, mode: "PERMISSIVE", corruptColumn });
      released.register(both, decoder);
    }
    begin(context.batchTimeMicros);
    const { columns, left } = decoder.decodeTexts(text, rows, length, isBytes, arena);
    const own = columns.map((column, i) => copied(column.retyped(schema.fields[i]!.type), length, arena));
    const decoded = new Vector(schema, 0, text.valid, { children: own });
    if (left.count === 0) return decoded;
    return own.every(isInPlace) ? replaced(decoded, slow(args, left, length, context), left, length, arena) : slow(args, rows, length, context);
  };
  const both = { ofText: kernelOf(false, byRow.ofText), ofBytes: kernelOf(true, byRow.ofBytes) };
  return both;
}

/** The decoder uses its buffers again; what isn't stored in place was made in the arena. */
function copied(vector: Vector, length: number, arena: Arena): Vector {
  if (vector.physical === "list" || vector.physical === "object") return vector;
  const copy = (from: number, bytes: number): number => {
    if (from === 0) return 0;
    const to = arena.allocate(bytes);
    arena.memory.u8.copyWithin(to, from, from + bytes);
    return to;
  };
  return new Vector(vector.type, copy(vector.data, widthOf(vector.physical) * length), copy(vector.valid, length), { children: vector.children.map(child => copied(child, length, arena)) });
}

/** A vector with some rows of another one of the same type, whose values are stored in place. */
function replaced(vector: Vector, by: Vector, rows: Selection, length: number, arena: Arena): Vector {
  const { u8 } = arena.memory, width = widthOf(vector.physical), valid = arena.allocate(length);
  if (vector.valid === 0) u8.fill(1, valid, valid + length);
  else u8.copyWithin(valid, vector.valid, vector.valid + length);
  for (let i = 0; i < rows.count; i++) {
    const row = rowAt(rows, i);
    u8[valid + row] = by.valid === 0 ? 1 : u8[by.valid + row]!;
    if (width > 0) u8.copyWithin(vector.data + width * row, by.data + width * row, by.data + width * (row + 1));
  }
  return new Vector(vector.type, vector.data, valid, { children: vector.children.map((child, i) => replaced(child, by.children[i]!, rows, length, arena)) });
}
