/** Values of records as a STRUCT: JSON is decoded where it lies, and what is malformed is told with its place. */
import type { Selection } from "../../columns/batch.ts";
import { Vector } from "../../columns/vector.ts";
import type { FormatBadRecord } from "../../formats/format-reader.ts";
import { NdjsonDecoder } from "../../formats/json/ndjson-decoder.ts";
import type { StructType } from "../../types/data-type.ts";
import type { TimeZone } from "../../types/time-zone.ts";
import type { ValueOptions } from "./options.ts";

/** What values are read by. */
export interface ValueSettings extends ValueOptions {
  readonly zone: TimeZone;
  readonly nowMicros: () => bigint;
}

/** Where the rows of a batch came from. */
export interface RecordPlaces {
  placeOf(row: number): string;
  refused(row: number, record: FormatBadRecord): void;
}

const hasNotNull = ({ fields }: StructType): boolean => fields.some(({ type, nullable }) => !nullable || (type.kind === "struct" && hasNotNull(type)));

export class ValueReader {
  readonly type: StructType;
  /** Whether a record can be bad in such a way that its row is left out, or the query ends: then all are read, whatever columns are wanted. */
  readonly canRefuse: boolean;
  readonly #decoder: NdjsonDecoder;

  constructor(settings: ValueSettings) {
    this.type = settings.schema;
    this.canRefuse = settings.mode !== "PERMISSIVE" || hasNotNull(settings.schema);
    this.#decoder = new NdjsonDecoder(settings.schema, { ...settings, isDeep: true });
  }

  /**
   * BINARY as the STRUCT, and the rows that stay, until the next call; a null, which is a tombstone, stays null.
   * @throws ExecutionError MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION in mode FAILFAST
   */
  read(values: Vector, rows: number, places: RecordPlaces): { readonly vector: Vector; readonly selection: Selection } {
    const { batch, badRecords } = this.#decoder.decodeRecords(values, rows, row => places.placeOf(row));
    for (const bad of badRecords) if (bad.outcome !== "kept") places.refused(bad.offset, bad);
    return { vector: new Vector(this.type, 0, values.valid, { children: batch.columns }), selection: batch.selection };
  }

  release(): void { this.#decoder.release(); }
}
