/**
 * from_json by the decoder of JSON lines: the texts of a batch become lines of one buffer. For structs of values that are
 * stored in place; whatever isn't one object on one line goes value by value.
 */
import { BATCH_ROWS } from "../../columns/batch.ts";
import { Vector, widthOf } from "../../columns/vector.ts";
import { NdjsonDecoder } from "../../formats/json/ndjson-decoder.ts";
import { kernels } from "../../kernels/kernels.ts";
import type { Arena } from "../../memory/arena.ts";
import type { VectorKernel } from "../../plan/function.ts";
import type { DataType, StructType } from "../../types/data-type.ts";
import type { TimeZone } from "../../types/time-zone.ts";
import { combinedValidity, maskOf } from "../vectors.ts";

/** Decoders give their memory back when the expression that has them is gone. */
const released = new FinalizationRegistry<NdjsonDecoder>(decoder => decoder.release());

const isFlat = (type: DataType): boolean => {
  switch (type.kind) {
    case "struct": return type.fields.length > 0 && type.fields.every(f => isFlat(f.type));
    case "boolean": case "tinyint": case "smallint": case "int": case "bigint": case "float": case "double": case "date": case "timestamp": case "timestamp_ntz": case "string": return true;
    case "decimal": return type.precision <= 18;
    default: return false;
  }
};

/** The kernel for a schema; undefined if its values aren't all stored in place. `byRow`: what decides where the kernel can't. */
export function jsonVectors(schema: StructType, corruptColumn: string, zone: TimeZone, byRow: VectorKernel): VectorKernel | undefined {
  if (!isFlat(schema) || schema.fields.some(f => f.name === corruptColumn)) return undefined;
  let decoder: NdjsonDecoder | undefined, nowMicros = 0n;
  const kernel: VectorKernel = (args, rows, length, context) => {
    const [text] = args as [Vector], { arena } = context, native = kernels();
    if (text.isConstant || length > BATCH_ROWS || rows.count < 8) return byRow(args, rows, length, context);
    const room = native.totalBytes(text.data, maskOf(text), rows.pointer, rows.count) + 3 * length, input = arena.allocate(room + 64);
    const bytes = native.jsonLines(text.data, maskOf(text), text.valid, rows.pointer, rows.count, length, input);
    if (bytes < 0) return byRow(args, rows, length, context);
    if (decoder === undefined) {
      decoder = new NdjsonDecoder(schema, { mode: "PERMISSIVE", corruptColumn, zone, nowMicros: () => nowMicros });
      released.register(kernel, decoder);
    }
    nowMicros = context.batchTimeMicros;
    const decoded = decoder.decode(input, input + bytes, 0);
    if (decoded.batch.length !== length || decoded.consumedBytes !== bytes) {
      decoder.reset();
      return byRow(args, rows, length, context);
    }
    const valid = combinedValidity(args, rows, length, context);
    return new Vector(schema, 0, valid, { children: decoded.batch.columns.map((column, i) => copied(column.retyped(schema.fields[i]!.type), length, input, input + bytes, arena)) });
  };
  return kernel;
}

/** The decoder uses its buffers again; text stays where it is only in the input, [low, high). */
function copied(vector: Vector, length: number, low: number, high: number, arena: Arena): Vector {
  const { u8 } = arena.memory, width = widthOf(vector.physical);
  const copy = (from: number, bytes: number): number => {
    if (from === 0) return 0;
    const to = arena.allocate(bytes);
    u8.copyWithin(to, from, from + bytes);
    return to;
  };
  const data = copy(vector.data, width * length);
  if (vector.physical === "view") {
    const native = kernels(), outside = native.bytesOutside(data, length, low, high);
    if (outside > 0) native.moveOutside(data, length, low, high, arena.allocate(outside));
  }
  return new Vector(vector.type, data, copy(vector.valid, length), { children: vector.children.map(child => copied(child, length, low, high, arena)) });
}
