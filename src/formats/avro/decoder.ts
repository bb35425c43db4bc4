/** Records in Avro's binary encoding to a column. One decoder reads what many schemas wrote. */
import { VectorWriter } from "../../columns/vector-writer.ts";
import type { Vector } from "../../columns/vector.ts";
import type { Arena } from "../../memory/arena.ts";
import type { DataType } from "../../types/data-type.ts";
import { ByteCursor, MalformedBytes } from "../binary/byte-cursor.ts";
import type { Step } from "./avro-bytes.ts";
import { Constants } from "../binary/constants.ts";
import { Resolver, type ResolveOptions } from "./resolve.ts";
import type { AvroSchema } from "./schema.ts";

export class AvroDecoder {
  readonly column: VectorWriter;
  readonly cursor = new ByteCursor();
  readonly #reader: AvroSchema | undefined;
  readonly #constants = new Constants();
  readonly #resolver: Resolver;
  readonly #programs = new Map<AvroSchema, Step>();

  /** @param reader what records are read as; left out: as what they were written */
  constructor(type: DataType, reader: AvroSchema | undefined, options: ResolveOptions = { byPosition: false }) {
    this.column = new VectorWriter(type);
    this.#reader = reader;
    this.#resolver = new Resolver(this.#constants, options);
  }

  /** The steps for what `written` wrote. @throws AnalysisError MILLRACE_AVRO_INCOMPATIBLE_SCHEMA, MILLRACE_INVALID_AVRO_SCHEMA */
  program(written: AvroSchema): Step {
    let step = this.#programs.get(written);
    if (step === undefined) this.#programs.set(written, step = this.#resolver.step(written, this.#reader ?? written, this.column));
    return step;
  }

  begin(arena: Arena, rows: number): void {
    this.column.begin(arena, rows);
    this.#constants.begin(arena);
  }

  /** Reads one record of linear memory as the next row. False: it is malformed, `cursor.reason` says why, and no row was written. */
  record(program: Step, from: number, length: number): boolean {
    this.cursor.over(from, length);
    return this.next(program);
  }

  /** Reads a record where the cursor stands. */
  next(program: Step): boolean {
    const { column } = this, rows = column.length;
    try {
      program(this.cursor);
      return true;
    } catch (error) {
      if (!(error instanceof MalformedBytes)) throw error;
      column.truncate(rows);
      return false;
    }
  }

  finish(): Vector { return this.column.finish(); }
}
