/** Writing Avro files: blocks of some kilobytes, each behind its number of rows and before the marker of the file. */
import { createHash } from "node:crypto";
import { AnalysisError } from "../../base/errors.ts";
import type { Batch } from "../../columns/batch.ts";
import { Vector } from "../../columns/vector.ts";
import { Arena } from "../../memory/arena.ts";
import { linearMemory } from "../../memory/linear-memory.ts";
import { asNullable, typeToSql, type DataType, type StructType } from "../../types/data-type.ts";
import { ByteOutput } from "../binary/byte-output.ts";
import type { ValueEncoder } from "../binary/value-encoder.ts";
import type { FileWriter, FileWriting, FormatContext } from "../file-format.ts";
import { optionOf } from "../options.ts";
import { flagOption } from "../spark-options.ts";
import { AVRO_MAGIC, SYNC_BYTES } from "./avro-file.ts";
import { givenSchema } from "./avro-options.ts";
import { blockCodec, type BlockCodec } from "./codecs.ts";
import { avroEncoder } from "./encoder.ts";
import { avroSchemaText } from "./schema.ts";
import { avroSchemaOfType } from "./sql-types.ts";

/** Where blocks end: the interval of Avro's own writer. */
const BLOCK_BYTES = 64_000;

/** @throws AnalysisError UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE, MILLRACE_AVRO_INCOMPATIBLE_SCHEMA, CODEC_SHORT_NAME_NOT_FOUND */
export function avroWriting(schema: StructType, { options }: FormatContext): FileWriting {
  checkAvroTypes(schema);
  const codec = blockCodec(optionOf(options, "compression") ?? "snappy"), byPosition = flagOption(options, "positionalFieldMatching", false);
  const written = givenSchema(options) ?? avroSchemaOfType(asNullable(schema), false, optionOf(options, "recordName") ?? "topLevelRecord", optionOf(options, "recordNamespace") ?? "");
  const text = avroSchemaText(written);
  avroEncoder(schema, written, { byPosition }); // what can't be written is refused before a file is made
  return { ending: ".avro", open: () => new AvroWriter(avroEncoder(schema, written, { byPosition }), schema, text, codec) };
}

/** @throws AnalysisError UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE */
export function checkAvroTypes(schema: StructType): void {
  const wrong = (type: DataType): boolean => {
    switch (type.kind) {
      case "struct": return type.fields.some(f => wrong(f.type));
      case "array": return wrong(type.element);
      case "map": return wrong(type.key) || wrong(type.value);
      default: return type.kind === "variant" || type.kind === "time" || type.kind === "calendar_interval";
    }
  };
  for (const { name, type } of schema.fields) if (wrong(type)) throw new AnalysisError({
    condition: "UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE", sqlState: "0A000", message: `The Avro datasource doesn't support the column \`${name}\` of the type "${typeToSql(type)}".`,
    messageParameters: { format: "Avro", columnName: `\`${name}\``, columnType: `"${typeToSql(type)}"` },
  });
}

class AvroWriter implements FileWriter {
  readonly #encoder: ValueEncoder;
  readonly #schema: StructType;
  readonly #text: string;
  readonly #codec: BlockCodec;
  readonly #arena = new Arena();
  readonly #out = new ByteOutput();
  /** The marker: the same for the same schema, so that the same rows are the same bytes. */
  readonly #sync: Uint8Array;
  #rows = 0;

  constructor(encoder: ValueEncoder, schema: StructType, text: string, codec: BlockCodec) {
    this.#encoder = encoder;
    this.#schema = schema;
    this.#text = text;
    this.#codec = codec;
    this.#sync = createHash("sha256").update(`${codec.name}\n${text}`).digest().subarray(0, SYNC_BYTES);
    this.#begin();
  }

  get heldBytes(): number { return this.#out.length; }

  open(): readonly Uint8Array[] {
    const entry = (key: string, value: string): Uint8Array[] => [key, value].flatMap(text => [varint(2 * Buffer.byteLength(text)), Buffer.from(text)]);
    return [Buffer.concat([AVRO_MAGIC, varint(4), ...entry("avro.codec", this.#codec.name), ...entry("avro.schema", this.#text), Uint8Array.of(0), this.#sync])];
  }

  write({ columns, selection, count }: Batch): readonly Uint8Array[] {
    const chunks: Uint8Array[] = [], { u32 } = linearMemory();
    this.#encoder.bind(new Vector(this.#schema, 0, 0, { children: columns }));
    for (let i = 0; i < count; i++) {
      this.#encoder.write(selection.pointer === 0 ? i : u32[(selection.pointer >>> 2) + i]!, this.#out);
      this.#rows++;
      if (this.#out.length >= BLOCK_BYTES) chunks.push(...this.#endBlock());
    }
    return chunks;
  }

  finish(): readonly Uint8Array[] {
    const chunks = this.#rows > 0 ? this.#endBlock() : [];
    this.#arena.release();
    return chunks;
  }

  abort(): void { this.#arena.release(); }

  #begin(): void {
    this.#arena.reset();
    this.#out.begin(this.#arena);
    this.#out.open();
    this.#rows = 0;
  }

  #endBlock(): Uint8Array[] {
    const data = this.#codec.compress(this.#out.from, this.#out.length), head = Buffer.concat([varint(2 * this.#rows), varint(2 * data.length)]);
    this.#begin();
    return [head, data, this.#sync];
  }
}

/** A number that isn't negative, in groups of seven bits. */
function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  return Uint8Array.from([...bytes, rest]);
}
