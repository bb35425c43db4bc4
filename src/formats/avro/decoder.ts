/** Records in Avro's binary encoding to a column. One decoder reads what many schemas wrote. */
import type { DataType } from "../../types/data-type.ts";
import { BinaryDecoder } from "../binary/binary-decoder.ts";
import type { Step } from "./avro-bytes.ts";
import { Resolver, type ResolveOptions } from "./resolve.ts";
import type { AvroSchema } from "./schema.ts";

export class AvroDecoder extends BinaryDecoder {
  readonly #reader: AvroSchema | undefined;
  readonly #resolver: Resolver;
  readonly #programs = new Map<AvroSchema, Step>();

  /** @param reader what records are read as; left out: as what they were written */
  constructor(type: DataType, reader: AvroSchema | undefined, options: ResolveOptions = { byPosition: false }) {
    super(type);
    this.#reader = reader;
    this.#resolver = new Resolver(this.constants, options);
  }

  /** The steps for what `written` wrote. @throws AnalysisError MILLRACE_AVRO_INCOMPATIBLE_SCHEMA, MILLRACE_INVALID_AVRO_SCHEMA */
  program(written: AvroSchema): Step {
    let step = this.#programs.get(written);
    if (step === undefined) this.#programs.set(written, step = this.#resolver.step(written, this.#reader ?? written, this.column));
    return step;
  }

  /** Reads one record of linear memory as the next row. False: it is malformed, `cursor.reason` says why, and no row was written. */
  record(program: Step, from: number, length: number): boolean {
    this.cursor.over(from, length);
    return this.next(program);
  }
}
