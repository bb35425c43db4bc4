/** Vectors as Arrow's files and streams: a record batch for each batch of rows. */
import type { Batch } from "../../columns/batch.ts";
import type { StructType } from "../../types/data-type.ts";
import type { FileWriter, FileWriting, FormatContext } from "../file-format.ts";
import { invalidOption, optionOf } from "../options.ts";
import { writeSchema } from "./arrow-schema.ts";
import { BatchBody, rowsOf } from "./batch-body.ts";
import type { BufferCodec } from "./compression.ts";
import { FlatBuilder } from "./flatbuffer.ts";

const MAGIC = Buffer.from("ARROW1\0\0"), END = Buffer.from([0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]);
/** Version 5 of the metadata. */
const VERSION = 4, SCHEMA = 1, BATCH = 3;

/** @throws AnalysisError MILLRACE_UNSUPPORTED for VARIANT, MILLRACE_INVALID_OPTION */
export function arrowWriting(schema: StructType, { options }: FormatContext): FileWriting {
  const codec = optionOf(options, "compression")?.toLowerCase() ?? "none", form = optionOf(options, "form")?.toLowerCase() ?? "file";
  if (!["none", "uncompressed", "lz4", "zstd"].includes(codec)) throw invalidOption("compression", codec, "none, lz4 or zstd");
  if (form !== "file" && form !== "stream") throw invalidOption("form", form, "file or stream");
  writeSchema(new FlatBuilder(), schema);
  return { ending: form === "file" ? ".arrow" : ".arrows", open: () => new ArrowWriter(schema, codec === "uncompressed" ? "none" : codec as BufferCodec, form === "file") };
}

export class ArrowWriter implements FileWriter {
  readonly heldBytes = 0;
  readonly #schema: StructType;
  readonly #codec: BufferCodec;
  readonly #isFile: boolean;
  readonly #blocks: (readonly [offset: number, metadataBytes: number, bodyBytes: number])[] = [];
  #offset = 0;

  constructor(schema: StructType, codec: BufferCodec, isFile: boolean) {
    this.#schema = schema;
    this.#codec = codec;
    this.#isFile = isFile;
  }

  open(): readonly Uint8Array[] {
    const builder = new FlatBuilder(), message = this.#message(builder, SCHEMA, writeSchema(builder, this.#schema), 0), chunks = this.#isFile ? [MAGIC, message] : [message];
    this.#offset = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    return chunks;
  }

  write({ columns, selection, count }: Batch): readonly Uint8Array[] {
    if (count === 0) return [];
    const body = new BatchBody(this.#codec), rows = rowsOf(selection);
    for (const column of columns) body.add(column, rows);
    const builder = new FlatBuilder(), nodes = builder.longs(body.nodes), buffers = builder.longs(body.places);
    const compression = this.#codec === "none" ? undefined : builder.table([["byte", this.#codec === "zstd" ? 1 : 0], ["byte", 0]]);
    const batch = builder.table([["long", count], ["offset", nodes], ["offset", buffers], compression === undefined ? undefined : ["offset", compression]]);
    const message = this.#message(builder, BATCH, batch, body.bytes);
    this.#blocks.push([this.#offset, message.length, body.bytes]);
    this.#offset += message.length + body.bytes;
    return [message, ...body.chunks];
  }

  finish(): readonly Uint8Array[] {
    if (!this.#isFile) return [END];
    const builder = new FlatBuilder(), schema = writeSchema(builder, this.#schema), batches = builder.longs(this.#blocks), none = builder.longs([]);
    const footer = builder.finish(builder.table([["short", VERSION], ["offset", schema], ["offset", none], ["offset", batches]])), length = Buffer.alloc(4);
    length.writeInt32LE(footer.length);
    return [END, footer, length, MAGIC.subarray(0, 6)];
  }

  abort(): void { /* nothing is held */ }

  /** A message without its body: a multiple of eight bytes. */
  #message(builder: FlatBuilder, kind: number, header: number, bodyBytes: number): Uint8Array {
    const metadata = builder.finish(builder.table([["short", VERSION], ["byte", kind], ["offset", header], ["long", bodyBytes]])), head = Buffer.alloc(8);
    head.writeUInt32LE(0xffffffff, 0);
    head.writeInt32LE(metadata.length, 4);
    return Buffer.concat([head, metadata]);
  }
}
