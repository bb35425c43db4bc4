/** Vector kernels around decoders and encoders of records: one record a row. */
import type { VectorWriter } from "../../columns/vector-writer.ts";
import { writeView } from "../../columns/cells.ts";
import { Vector } from "../../columns/vector.ts";
import type { ValueEncoder } from "../../formats/binary/value-encoder.ts";
import { ByteOutput } from "../../formats/binary/byte-output.ts";
import { linearMemory } from "../../memory/linear-memory.ts";
import type { Arena } from "../../memory/arena.ts";
import type { Binding, VectorKernel } from "../../plan/function.ts";
import { BINARY } from "../../types/data-type.ts";
import { isNullConstant, rowAt } from "../vectors.ts";

/** Records that are decoded to one column. */
export interface Records {
  readonly column: VectorWriter;
  begin(arena: Arena, rows: number): void;
  /** Decodes a record of linear memory as the next row. False: it is malformed, and no row was written. */
  record(from: number, length: number): boolean;
  /** Why the last one was malformed. */
  readonly reason: string;
  readonly prefetch?: NonNullable<Binding["prefetch"]>;
}

/** @param malformed writes the row of a malformed record, or throws */
export function decodeVectors(records: Records, malformed: (reason: string, column: VectorWriter) => void): VectorKernel {
  const { column } = records, { u8, u32 } = linearMemory();
  return ([vector], rows, length, { arena }) => {
    const { data, valid, isConstant } = vector!;
    records.begin(arena, isConstant ? 1 : length);
    const decode = (row: number): void => {
      if (vector!.type.kind === "void" || (valid !== 0 && u8[valid + row] === 0)) return column.null();
      const at = data + 16 * row, bytes = u32[at >>> 2]!;
      if (!records.record(bytes <= 12 ? at + 4 : u32[(at >>> 2) + 2]!, bytes)) malformed(records.reason, column);
    };
    if (isConstant) {
      if (rows.count > 0) decode(0);
      else column.null();
      const one = column.finish();
      return new Vector(one.type, one.data, one.valid, { isConstant: true, children: one.children, ...(one.objects && { objects: one.objects }) });
    }
    for (let i = 0; i < rows.count; i++) {
      const row = rowAt(rows, i);
      while (column.length < row) column.null();
      decode(row);
    }
    while (column.length < length) column.null();
    return column.finish();
  };
}

/**
 * A null has no encoding: its row is null.
 * @param id of a registered schema, which then stands before each value
 */
export function encodeVectors(encoder: ValueEncoder, id: number | undefined): VectorKernel {
  const prefix = id === undefined ? undefined : Uint8Array.of(0, id >>> 24, id >>> 16, id >>> 8, id), out = new ByteOutput();
  return ([value], rows, length, { arena }) => {
    const { u8 } = arena.memory, vector = value!, count = vector.isConstant ? 1 : length, data = arena.allocateZeroed(16 * count), valid = arena.allocate(count);
    out.begin(arena);
    encoder.bind(vector);
    let nulls = false;
    const encode = (row: number): void => {
      const isNull = isNullConstant(vector) || (vector.valid !== 0 && u8[vector.valid + row] === 0) || vector.type.kind === "void";
      u8[valid + row] = isNull ? 0 : 1;
      nulls ||= isNull;
      if (isNull) return;
      out.open();
      if (prefix !== undefined) out.copy(prefix);
      encoder.write(row, out);
      writeView(data + 16 * row, out.from, out.length);
    };
    if (vector.isConstant) {
      if (rows.count > 0) encode(0);
      return new Vector(BINARY, data, nulls ? valid : 0, { isConstant: true });
    }
    for (let i = 0; i < rows.count; i++) encode(rowAt(rows, i));
    return new Vector(BINARY, data, nulls ? valid : 0);
  };
}
