/** The columns that are wanted of Arrow's batches, as batches of the engine. */
import { ExecutionError } from "../../base/errors.ts";
import { BATCH_ROWS, Batch } from "../../columns/batch.ts";
import { rowsFrom } from "../../columns/pieces.ts";
import { Vector } from "../../columns/vector.ts";
import type { Arena } from "../../memory/arena.ts";
import { sameTypeIgnoringNullability, typeToSql, type DataType, type StructType } from "../../types/data-type.ts";
import { sqlTypeOfArrow, type ArrowField } from "./arrow-schema.ts";
import { RecordBatchReader, type BatchParts, type Dictionaries } from "./record-batch.ts";

export class ColumnPicker {
  readonly #fields: readonly ArrowField[];
  readonly #wanted: StructType;
  /** Where each wanted column lies among the fields; -1: it isn't there. */
  readonly #places: readonly number[];

  /** @throws ExecutionError MILLRACE_ARROW_TYPE_MISMATCH where a column has another type than is wanted */
  constructor(path: string, fields: readonly ArrowField[], wanted: StructType) {
    this.#fields = fields;
    this.#wanted = wanted;
    const names = fields.map(one => one.name.toLowerCase());
    this.#places = wanted.fields.map(one => Math.max(fields.findIndex(other => other.name === one.name), names.indexOf(one.name.toLowerCase())));
    for (const [i, one] of wanted.fields.entries()) {
      const found = this.#places[i]! < 0 ? undefined : sqlTypeOfArrow(fields[this.#places[i]!]!);
      if (found !== undefined && !sameTypeIgnoringNullability(found, one.type)) throw new ExecutionError({
        condition: "MILLRACE_ARROW_TYPE_MISMATCH", sqlState: "42K09", message: `The column \`${one.name}\` of ${path} is ${typeToSql(found)} and can't be read as ${typeToSql(one.type)}.`,
        messageParameters: { column: one.name, expected: typeToSql(one.type), actual: typeToSql(found) }, hint: "read it as it is, and cast it",
      });
    }
  }

  isWanted(field: number): boolean { return this.#places.includes(field); }

  /** The rows of a batch, which lie in the arena and where its parts do. */
  *batches(parts: BatchParts, dictionaries: Dictionaries, arena: Arena, signal: AbortSignal): Generator<Batch> {
    const reader = new RecordBatchReader(parts, dictionaries, arena), { rows } = reader;
    const read = this.#fields.map((one, i) => reader.column(one, this.isWanted(i)));
    const columns = this.#wanted.fields.map(({ type }, i) => (this.#places[i]! < 0 ? nulls(type, rows, arena) : read[this.#places[i]!]!.retyped(type)));
    for (let from = 0; from < rows; from += BATCH_ROWS) {
      signal.throwIfAborted();
      yield new Batch(this.#wanted, columns.map(column => rowsFrom(column, from)), Math.min(BATCH_ROWS, rows - from));
    }
  }
}

/** A column that the data lacks. */
function nulls(type: DataType, rows: number, arena: Arena): Vector {
  const inner = type.kind === "struct" ? type.fields.map(one => one.type) : type.kind === "array" ? [type.element] : type.kind === "map" ? [type.key, type.value] : [];
  const objects = type.kind === "variant" || type.kind === "calendar_interval" ? { objects: new Array(rows).fill(null) as null[] } : {};
  return new Vector(type, arena.allocateZeroed(16 * (rows + 1)), arena.allocateZeroed(Math.max(1, rows)), { children: inner.map(one => nulls(one, rows, arena)), ...objects });
}
