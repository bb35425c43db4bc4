/** Records of Avro for kernels: plain ones, and those that name their schema by an id. */
import { ExecutionError } from "../../base/errors.ts";
import type { Selection } from "../../columns/batch.ts";
import type { VectorWriter } from "../../columns/vector-writer.ts";
import type { Vector } from "../../columns/vector.ts";
import type { Step } from "../../formats/avro/avro-bytes.ts";
import type { AvroDecoder } from "../../formats/avro/decoder.ts";
import { linearMemory } from "../../memory/linear-memory.ts";
import { executionError } from "../errors.ts";
import type { Records } from "../records/record-vectors.ts";
import { rowAt } from "../vectors.ts";
import { WIRE_PREFIX_BYTES, type SchemaRegistry } from "./schema-registry.ts";

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

/** A malformed record is an error, or a struct of nulls, or null. */
export function malformedAvro(failFast: boolean): (reason: string, column: VectorWriter) => void {
  return (reason, column) => {
    if (failFast) throw executionError("MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION", "22023",
      `Malformed records are detected in record parsing: ${reason}. Parse Mode: FAILFAST. To process malformed records as null result, try setting the option 'mode' as 'PERMISSIVE'.`, { badRecord: reason, failFastMode: "FAILFAST" });
    if (column.physical !== "struct") return column.null();
    for (const child of column.children) child.null();
    column.close();
  };
}
