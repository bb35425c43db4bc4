/** Record batches as columns: keys and values are views into what was fetched, or what came of it when it was decompressed. */
import { Buffer } from "node:buffer";
import { BATCH_ROWS, Batch } from "../../columns/batch.ts";
import { VectorBuilder, constantVector, viewAt } from "../../columns/cells.ts";
import { Vector } from "../../columns/vector.ts";
import { RAW_BYTES, type FormatBadRecord } from "../../formats/format-reader.ts";
import type { BatchReceiver } from "../../io/source.ts";
import { kernels } from "../../kernels/kernels.ts";
import { Arena } from "../../memory/arena.ts";
import { linearMemory } from "../../memory/linear-memory.ts";
import type { Cell } from "../../types/cell.ts";
import { BIGINT, BINARY, INT, STRING, TIMESTAMP, struct, type StructType } from "../../types/data-type.ts";
import type { KafkaClient } from "./client.ts";
import type { TopicPartition } from "./cluster.ts";
import { badRecords, codecOf, hasAppendTime, type RecordBatch } from "./fetch.ts";
import { partitionName } from "./positions.ts";
import { HEADERS, kafkaSchema } from "./schema.ts";
import type { RecordPlaces, ValueReader } from "./values.ts";

/** Gathers the records of one partition into batches of columns, and pushes them. What is added must stay until the next flush. */
export class RecordRows implements RecordPlaces {
  readonly #client: KafkaClient;
  readonly #receiver: BatchReceiver;
  readonly #columns: readonly string[];
  readonly #schema: StructType;
  /** Undefined: values are bytes, or none is wanted and none can be bad. */
  readonly #valueReader: ValueReader | undefined;
  readonly #from: TopicPartition;
  readonly #origin: string;
  readonly #arena = new Arena();
  /** Blocks of bytes that rows point into. */
  #blocks: { readonly pointer: number; readonly bytes: number }[] = [];
  readonly #memory = linearMemory();
  readonly #state = this.#arena.allocate(12);
  readonly #keys = this.#arena.allocate(16 * BATCH_ROWS);
  readonly #keyValid = this.#arena.allocate(BATCH_ROWS);
  readonly #values = this.#arena.allocate(16 * BATCH_ROWS);
  readonly #valueValid = this.#arena.allocate(BATCH_ROWS);
  readonly #offsets = this.#arena.allocate(8 * BATCH_ROWS);
  readonly #times = this.#arena.allocate(8 * BATCH_ROWS);
  readonly #headers: number;
  /** What the rows share; made anew for each batch. */
  readonly #shared = new Arena();
  #rows = 0;
  #appended = false;
  #isFull = false;

  constructor(client: KafkaClient, from: TopicPartition, columns: readonly string[], receiver: BatchReceiver, valueReader?: ValueReader) {
    this.#client = client;
    this.#from = from;
    this.#origin = partitionName(from);
    this.#receiver = receiver;
    this.#columns = columns;
    this.#valueReader = valueReader !== undefined && (columns.includes("value") || valueReader.canRefuse) ? valueReader : undefined;
    const all = kafkaSchema(true, valueReader?.type).fields;
    this.#schema = struct(columns.map(name => all.find(one => one.name === name)!));
    this.#headers = columns.includes("headers") ? this.#arena.allocate(4 * BATCH_ROWS) : 0;
  }

  /** The receiver wants no more. */
  get isFull(): boolean { return this.#isFull; }

  /** Takes the records with offsets in [low, high). @throws MILLRACE_KAFKA_RECORDS */
  add(batch: RecordBatch, low: number, high: number): void {
    const appended = hasAppendTime(batch), origin = this.#origin;
    if (appended !== this.#appended) this.flush();
    this.#appended = appended;
    const bytes = this.#plain(batch, origin), pointer = this.#place(bytes), state = this.#state >>> 2, { u32 } = this.#memory;
    u32[state] = pointer;
    u32[state + 1] = pointer + bytes.length;
    u32[state + 2] = batch.count;
    while (u32[state + 2]! > 0 && !this.#isFull) {
      const rows = kernels().kafkaRecords(
        this.#state, BigInt(batch.firstOffset), appended ? batch.maxTime : batch.baseTime, appended ? 1 : 0, BigInt(low), BigInt(high), this.#rows, BATCH_ROWS,
        this.#keys, this.#keyValid, this.#values, this.#valueValid, this.#offsets, this.#times, this.#headers,
      );
      if (rows < 0) throw badRecords(origin, batch.firstOffset, "a record passes the end of its batch");
      this.#rows = rows;
      if (rows === BATCH_ROWS) this.#push();
    }
    if (this.#rows === 0) this.#free();
  }

  /** Pushes what is there. */
  flush(): void {
    if (this.#rows > 0) this.#push();
    this.#free();
  }

  release(): void {
    this.#free();
    this.#shared.release();
    this.#arena.release();
  }

  #push(): void {
    const values = new Vector(BINARY, this.#values, this.#valueValid), { vector, selection } = this.#valueReader?.read(values, this.#rows, this) ?? { vector: values };
    if (selection?.count !== 0) this.#isFull = !this.#receiver.push(new Batch(this.#schema, this.#columns.map(name => (name === "value" ? vector : this.#column(name))), this.#rows, selection));
    this.#rows = 0;
    this.#shared.reset();
    // The newest block may have records left.
    while (this.#blocks.length > 1) {
      const { pointer, bytes } = this.#blocks.shift()!;
      this.#memory.free(pointer, bytes);
    }
  }

  /** What an error says of where a row is. */
  placeOf(row: number): string { return `offset ${this.#offsetAt(row)} of ${this.#origin}`; }

  refused(row: number, { length, reason, column, raw }: FormatBadRecord): void {
    const { u8 } = this.#memory, isKeyed = u8[this.#keyValid + row] !== 0, { pointer, length: bytes } = viewAt(new Vector(BINARY, this.#keys, 0), row);
    this.#receiver.badRecord({
      origin: this.#origin, offset: this.#offsetAt(row), length, reason, raw: raw(), ...(column !== undefined && { column }), ...(isKeyed && { key: u8.slice(pointer, pointer + Math.min(bytes, RAW_BYTES)) }),
    });
  }

  #offsetAt(row: number): number { return Number(this.#memory.i64[this.#offsets / 8 + row]!); }

  #free(): void {
    for (const { pointer, bytes } of this.#blocks) this.#memory.free(pointer, bytes);
    this.#blocks = [];
  }

  #column(name: string): Vector {
    switch (name) {
      case "key": return new Vector(BINARY, this.#keys, this.#keyValid);
      case "topic": return constantVector(STRING, this.#from.topic, this.#shared);
      case "partition": return constantVector(INT, this.#from.partition, this.#shared);
      case "offset": return new Vector(BIGINT, this.#offsets, 0);
      case "timestamp": return new Vector(TIMESTAMP, this.#times, 0);
      case "timestampType": return constantVector(INT, this.#appended ? 1 : 0, this.#shared);
      case "headers": {
        const builder = new VectorBuilder(HEADERS, this.#shared, this.#rows);
        for (let row = 0; row < this.#rows; row++) builder.append(headersAt(this.#memory.bytes, this.#memory.u32[(this.#headers >>> 2) + row]!));
        return builder.finish();
      }
      default: throw new Error(`Kafka has no column ${name}`);
    }
  }

  /** Where the bytes lie in linear memory: where they came from the socket, or in a block of their own. */
  #place(bytes: Uint8Array): number {
    if (bytes.buffer === this.#memory.memory.buffer) return bytes.byteOffset;
    const pointer = this.#memory.allocate(bytes.length);
    this.#memory.u8.set(bytes, pointer);
    this.#blocks.push({ pointer, bytes: bytes.length });
    return pointer;
  }

  #plain(batch: RecordBatch, origin: string): Uint8Array {
    const codec = codecOf(batch);
    if (codec === 0) return batch.records;
    const algorithm = this.#client.compressionsAlgorithmsByBitmask[codec];
    if (algorithm === undefined) throw badRecords(origin, batch.firstOffset, `codec ${codec} is not known`);
    try {
      return algorithm.decompressSync(batch.records);
    } catch (error) {
      throw badRecords(origin, batch.firstOffset, `they can't be decompressed (${error instanceof Error ? error.message : String(error)})`);
    }
  }
}

/** The headers of a record as cells; null if it has none, as in Spark. */
function headersAt(bytes: Buffer, from: number): Cell {
  let at = from;
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++]!;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
    }
  };
  const part = (): Uint8Array | null => {
    const length = varint();
    return length < 0 ? null : Uint8Array.from(bytes.subarray(at, at += length));
  };
  const count = varint();
  if (count <= 0) return null;
  return Array.from({ length: count }, () => [new TextDecoder().decode(part() ?? new Uint8Array(0)), part()]);
}
