/** Vectors as Arrow's files and streams: a record batch for each batch of rows. */
import type { Batch, Selection } from "../../columns/batch.ts";
import type { Vector } from "../../columns/vector.ts";
import { linearMemory } from "../../memory/linear-memory.ts";
import type { CalendarInterval } from "../../types/cell.ts";
import type { StructType } from "../../types/data-type.ts";
import type { FileWriter, FileWriting, FormatContext } from "../file-format.ts";
import { invalidOption, optionOf } from "../options.ts";
import { writeSchema } from "./arrow-schema.ts";
import { compressBuffer, type BufferCodec } from "./compression.ts";
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
    const body = new Body(this.#codec), rows = numbersOf(selection);
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

function numbersOf({ pointer, count }: Selection): Uint32Array {
  return pointer === 0 ? Uint32Array.from({ length: count }, (_, i) => i) : linearMemory().u32.slice(pointer >>> 2, (pointer >>> 2) + count);
}

/** The buffers of a batch, one behind the other, each at a multiple of eight. */
class Body {
  readonly nodes: (readonly number[])[] = [];
  readonly places: (readonly number[])[] = [];
  readonly chunks: Uint8Array[] = [];
  readonly #codec: BufferCodec;
  readonly #memory = linearMemory();
  bytes = 0;

  constructor(codec: BufferCodec) { this.#codec = codec; }

  #buffer(raw: Uint8Array): void {
    const bytes = compressBuffer(this.#codec, raw), pad = (8 - (bytes.length % 8)) % 8;
    this.places.push([this.bytes, bytes.length]);
    this.chunks.push(bytes);
    if (pad > 0) this.chunks.push(new Uint8Array(pad));
    this.bytes += bytes.length + pad;
  }

  /** The rows of a vector, whose numbers `rows` are. */
  add(vector: Vector, rows: Uint32Array): void {
    const { u8, i32, u32 } = this.#memory, { data, isConstant, type } = vector, count = rows.length, at = (i: number): number => (isConstant ? 0 : rows[i]!);
    if (type.kind === "void") {
      this.nodes.push([count, count]);
      return;
    }
    const bits = new Uint8Array(Math.ceil(count / 8));
    let nulls = 0;
    const isNull = (i: number): boolean => vector.valid !== 0 && u8[vector.valid + at(i)] === 0;
    for (let i = 0; i < count; i++) {
      if (isNull(i)) nulls++;
      else bits[i >> 3]! |= 1 << (i & 7);
    }
    this.nodes.push([count, nulls]);
    this.#buffer(nulls === 0 ? new Uint8Array(0) : bits);
    const fixed = (width: number): void => {
      const out = new Uint8Array(width * count);
      for (let i = 0; i < count; i++) out.set(u8.subarray(data + width * at(i), data + width * at(i) + width), width * i);
      this.#buffer(out);
    };
    switch (type.kind) {
      case "boolean": {
        const values = new Uint8Array(bits.length);
        for (let i = 0; i < count; i++) if (u8[data + at(i)] !== 0) values[i >> 3]! |= 1 << (i & 7);
        return this.#buffer(values);
      }
      case "tinyint": return fixed(1);
      case "smallint": return fixed(2);
      case "int": case "date": case "float": case "year_month_interval": return fixed(4);
      case "bigint": case "double": case "timestamp": case "timestamp_ntz": case "day_time_interval": case "time": return fixed(8);
      case "decimal": {
        if (type.precision > 18) return fixed(16);
        const out = new Int32Array(4 * count);
        for (let i = 0; i < count; i++) {
          const from = (data >>> 2) + 2 * at(i), high = i32[from + 1]!;
          out[4 * i] = i32[from]!;
          out[4 * i + 1] = high;
          out[4 * i + 2] = out[4 * i + 3] = high >> 31;
        }
        return this.#buffer(new Uint8Array(out.buffer));
      }
      case "string": case "char": case "varchar": case "binary": {
        const offsets = new Int32Array(count + 1);
        let total = 0;
        for (let i = 0; i < count; i++) offsets[i + 1] = total += isNull(i) ? 0 : u32[(data + 16 * at(i)) >>> 2]!;
        const out = new Uint8Array(total);
        for (let i = 0; i < count; i++) {
          if (isNull(i)) continue;
          const view = data + 16 * at(i), length = u32[view >>> 2]!, from = length <= 12 ? view + 4 : u32[(view >>> 2) + 2]!;
          out.set(u8.subarray(from, from + length), offsets[i]);
        }
        this.#buffer(new Uint8Array(offsets.buffer));
        return this.#buffer(out);
      }
      case "struct": {
        const inner = isConstant ? new Uint32Array(count) : rows;
        for (const child of vector.children) this.add(child, inner);
        return;
      }
      case "array": case "map": {
        const offsets = new Int32Array(count + 1), inner: number[] = [];
        for (let i = 0; i < count; i++) {
          if (!isNull(i)) for (let k = i32[(data >>> 2) + at(i)]!; k < i32[(data >>> 2) + at(i) + 1]!; k++) inner.push(k);
          offsets[i + 1] = inner.length;
        }
        this.#buffer(new Uint8Array(offsets.buffer));
        const numbers = Uint32Array.from(inner);
        if (type.kind === "map") {
          // Entries are structs that aren't null.
          this.nodes.push([numbers.length, 0]);
          this.#buffer(new Uint8Array(0));
        }
        for (const child of vector.children) this.add(child, numbers);
        return;
      }
      case "calendar_interval": {
        const out = Buffer.alloc(16 * count);
        for (let i = 0; i < count; i++) {
          if (isNull(i)) continue;
          const { months, days, micros } = vector.objects![at(i)] as CalendarInterval;
          out.writeInt32LE(months, 16 * i);
          out.writeInt32LE(days, 16 * i + 4);
          out.writeBigInt64LE(BigInt.asIntN(64, micros * 1000n), 16 * i + 8);
        }
        return this.#buffer(out);
      }
      case "variant": throw new Error("VARIANT was refused before");
    }
  }
}
