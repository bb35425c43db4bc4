/** Vector kernels around decoders and encoders of records: one record a row. */
import { ExecutionError } from "../../base/errors.ts";
import type { Selection } from "../../columns/batch.ts";
import type { VectorWriter } from "../../columns/vector-writer.ts";
import { writeView } from "../../columns/cells.ts";
import { Vector } from "../../columns/vector.ts";
import type { Step } from "../../formats/avro/avro-bytes.ts";
import type { AvroDecoder } from "../../formats/avro/decoder.ts";
import type { ValueEncoder } from "../../formats/avro/encoder.ts";
import { ByteOutput } from "../../formats/binary/byte-output.ts";
import { linearMemory } from "../../memory/linear-memory.ts";
import type { Arena } from "../../memory/arena.ts";
import type { Binding, VectorKernel } from "../../plan/function.ts";
import { BINARY } from "../../types/data-type.ts";
import { executionError } from "../errors.ts";
import { isNullConstant, rowAt } from "../vectors.ts";
import { WIRE_PREFIX_BYTES, type SchemaRegistry } from "./schema-registry.ts";

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

export function plainRecords(decoder: AvroDecoder, program: Step): Records {
  return {
    column: decoder.column, begin: (arena, rows) => decoder.begin(arena, rows), record: (from, length) => decoder.record(program, from, length),
    get reason() { return decoder.cursor.reason; },
  };
}

/** Records behind a zero byte and the id of their schema. */
export function framedRecords(decoder: AvroDecoder, registry: SchemaRegistry): Records {
  const { u8, view } = linearMemory(), programs = new Map<number, Step>();
  let reason = "", lastId = -1, last: Step | undefined;
  const programOf = (id: number): Step | undefined => {
    let program = programs.get(id);
    if (program !== undefined) return program;
    const schema = registry.schemaOf(id);
    if (schema === undefined) {
      registry.fetch([id]).catch(() => {}); // the next run will find it, or say why not
      throw new ExecutionError({
        condition: "MILLRACE_SCHEMA_NOT_FETCHED", sqlState: "58030", message: `The schema ${id} was not fetched before a record of it is decoded.`, messageParameters: { id: String(id) },
        hint: "call the function on a column of the source itself, before rows are joined or grouped",
      });
    }
    if (schema === null) return undefined;
    programs.set(id, program = decoder.program(schema));
    return program;
  };
  return {
    column: decoder.column, begin: (arena, rows) => decoder.begin(arena, rows),
    record(from, length) {
      if (length < WIRE_PREFIX_BYTES || u8[from] !== 0) {
        reason = "it doesn't begin with a zero byte and the id of a schema";
        return false;
      }
      const id = view.getInt32(from + 1);
      if (id !== lastId || last === undefined) {
        last = programOf(id);
        lastId = id;
      }
      if (last === undefined) {
        reason = `the schema registry has no schema ${id} of Avro`;
        return false;
      }
      if (decoder.record(last, from + WIRE_PREFIX_BYTES, length - WIRE_PREFIX_BYTES)) return true;
      reason = decoder.cursor.reason;
      return false;
    },
    get reason() { return reason; },
    prefetch(vector, rows) {
      const missing = new Set<number>();
      eachView(vector, rows, (from, length) => {
        if (length < WIRE_PREFIX_BYTES || u8[from] !== 0) return;
        const id = view.getInt32(from + 1);
        if (registry.schemaOf(id) === undefined) missing.add(id);
      });
      return missing.size === 0 ? undefined : () => registry.fetch(missing);
    },
  };
}

/** The bytes of each row that isn't null. */
function eachView(vector: Vector, rows: Selection, visit: (from: number, length: number) => void): void {
  const { u8, u32 } = linearMemory(), { data, valid, isConstant } = vector;
  for (let i = 0; i < rows.count; i++) {
    const row = isConstant ? 0 : rowAt(rows, i);
    if (vector.type.kind === "void" || (valid !== 0 && u8[valid + row] === 0)) continue;
    const at = data + 16 * row, length = u32[at >>> 2]!;
    visit(length <= 12 ? at + 4 : u32[(at >>> 2) + 2]!, length);
    if (isConstant) return;
  }
}

/** @param failFast a malformed record is an error; otherwise it is a struct of nulls, or null */
export function decodeVectors(records: Records, failFast: boolean): VectorKernel {
  const { column } = records, { u8, u32 } = linearMemory();
  const malformed = (): void => {
    if (failFast) throw executionError("MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION", "22023",
      `Malformed records are detected in record parsing: ${records.reason}. Parse Mode: FAILFAST. To process malformed records as null result, try setting the option 'mode' as 'PERMISSIVE'.`, { badRecord: records.reason, failFastMode: "FAILFAST" });
    if (column.physical !== "struct") return column.null();
    for (const child of column.children) child.null();
    column.close();
  };
  return ([vector], rows, length, { arena }) => {
    const { data, valid, isConstant } = vector!;
    records.begin(arena, isConstant ? 1 : length);
    const decode = (row: number): void => {
      if (vector!.type.kind === "void" || (valid !== 0 && u8[valid + row] === 0)) return column.null();
      const at = data + 16 * row, bytes = u32[at >>> 2]!;
      if (!records.record(bytes <= 12 ? at + 4 : u32[(at >>> 2) + 2]!, bytes)) malformed();
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
