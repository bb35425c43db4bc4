/** Rows of a query on their way to topics: which topic and partition each goes to, and batches of them to the producer. */
import type { Batch } from "../../columns/batch.ts";
import { cellAt } from "../../columns/cells.ts";
import type { Vector } from "../../columns/vector.ts";
import { AnalysisError, ExecutionError } from "../../base/errors.ts";
import { linearMemory } from "../../memory/linear-memory.ts";
import { typeToSql, type DataType, type StructType } from "../../types/data-type.ts";
import type { Cluster, Topic } from "./cluster.ts";
import type { KafkaSinkOptions } from "./options.ts";
import { partitionOfKey } from "./partitioner.ts";
import type { Producer } from "./producer.ts";
import { RecordBuilder, type Header } from "./record-writer.ts";

/** Where the columns of a result are; undefined: it has none of the name. */
export interface SinkColumns { readonly value: number; readonly key: number | undefined; readonly topic: number | undefined; readonly partition: number | undefined; readonly headers: number | undefined }

/** Rows without a key stay with a partition for so many bytes, as with Java's producer. */
const STICKY_BYTES = 16 << 10;
/** More than this waits for the broker. */
const MAX_UNSENT_BYTES = 16 << 20;

/** @throws MILLRACE_KAFKA_SINK_SCHEMA */
export function sinkColumns(schema: StructType, topic: string | undefined): SinkColumns {
  const find = (name: string, types: string, fits: (type: DataType) => boolean): number | undefined => {
    const index = schema.fields.findIndex(field => field.name.toLowerCase() === name), field = schema.fields[index];
    if (field === undefined) return undefined;
    if (!fits(field.type)) throw badSchema(`${name} attribute type must be ${types}, not ${typeToSql(field.type)}`, name === "value" ? "to_json(struct(...)) makes a STRING of any columns" : undefined);
    return index;
  };
  const isText = ({ kind }: DataType): boolean => kind === "string" || kind === "binary";
  const columns = {
    value: find("value", "STRING or BINARY", isText), key: find("key", "STRING or BINARY", isText), topic: find("topic", "STRING", ({ kind }) => kind === "string"), partition: find("partition", "INT", ({ kind }) => kind === "int"),
    headers: find("headers", "ARRAY<STRUCT<key: STRING, value: BINARY>>", type => type.kind === "array" && type.element.kind === "struct" && type.element.fields.map(field => field.type.kind).join() === "string,binary"),
  };
  if (columns.value === undefined) throw badSchema("Required attribute 'value' not found", "select a column value of STRING or BINARY, such as to_json(struct(...))");
  if (columns.topic === undefined && topic === undefined) throw badSchema("topic option required when no 'topic' attribute is present. Use the topic option for setting a topic.", undefined);
  return { ...columns, value: columns.value, ...(topic !== undefined && { topic: undefined }) };
}

const badSchema = (message: string, hint: string | undefined): AnalysisError => new AnalysisError({ condition: "MILLRACE_KAFKA_SINK_SCHEMA", sqlState: "42K0B", message, hint });

interface Target { readonly name: string; readonly builders: (RecordBuilder | undefined)[]; readonly partitions: number; sticky: number; stickyBytes: number }

/** The rows of one batch of the query. */
export class RecordSender {
  readonly #cluster: Cluster;
  readonly #producer: Producer;
  readonly #options: KafkaSinkOptions;
  readonly #columns: SinkColumns;
  readonly #millis: number;
  readonly #batchId: number;
  readonly #targets = new Map<string, Target>();
  readonly #fixed: Target | undefined;
  readonly #sent: Promise<void>[] = [];
  readonly #memory = linearMemory();
  #failure: { readonly error: unknown } | undefined;
  #sum = 0;
  #unsentBytes = 0;
  #room = Promise.withResolvers<void>();

  /** A sum over the records that doesn't depend on their order. */
  get digest(): string { return this.#sum.toString(16); }

  /** Behind `finish`: there was no record. */
  get isEmpty(): boolean { return this.#sent.length === 0; }

  constructor(cluster: Cluster, producer: Producer, options: KafkaSinkOptions, columns: SinkColumns, topics: readonly Topic[], batchId: number, millis: number) {
    this.#cluster = cluster;
    this.#producer = producer;
    this.#options = options;
    this.#columns = columns;
    this.#millis = millis;
    this.#batchId = batchId;
    for (const topic of topics) this.#targets.set(topic.name, { name: topic.name, builders: [], partitions: topic.leaders.length, sticky: batchId % topic.leaders.length, stickyBytes: 0 });
    this.#fixed = options.topic === undefined ? undefined : this.#targets.get(options.topic);
  }

  /** Encodes the rows; full batches are sent. @throws what an earlier one failed of */
  write(batch: Batch): void {
    if (this.#failure !== undefined) throw this.#failure.error;
    const { pointer, count } = batch.selection, { u32, u8, i32 } = this.#memory, columns = batch.columns, at = this.#columns;
    const value = columns[at.value]!, key = at.key === undefined ? undefined : columns[at.key]!, topic = at.topic === undefined ? undefined : columns[at.topic]!;
    const partition = at.partition === undefined ? undefined : columns[at.partition]!, headers = at.headers === undefined ? undefined : columns[at.headers]!;
    for (let i = 0; i < count; i++) {
      const row = pointer === 0 ? i : u32[(pointer >>> 2) + i]!;
      const target = this.#fixed ?? this.#targetOf(topic!, row), keyView = key === undefined ? 0 : viewAt(key, row, u8);
      const chosen = partition === undefined || isNull(partition, row, u8) ? -1 : i32[(partition.data >>> 2) + (partition.isConstant ? 0 : row)]!;
      this.#append(target, chosen, keyView, viewAt(value, row, u8), headers === undefined ? undefined : headersOf(headers, row));
    }
  }

  #append(target: Target, chosen: number, key: number, value: number, headers: readonly Header[] | undefined): void {
    let partition = chosen;
    if (chosen >= target.partitions || chosen < -1) throw new ExecutionError({
      condition: "MILLRACE_KAFKA_PARTITION", sqlState: "22003", message: `Topic ${target.name} has ${target.partitions} partitions; a row asks for ${chosen}.`, messageParameters: { topic: target.name, partition: String(chosen) },
    });
    if (chosen === -1 && key !== 0) {
      const length = this.#memory.u32[key >>> 2]!, from = length <= 12 ? key + 4 : this.#memory.u32[(key >>> 2) + 2]!;
      partition = partitionOfKey(this.#memory.u8, from, from + length, target.partitions);
    } else if (chosen === -1) {
      if (target.stickyBytes >= STICKY_BYTES) {
        target.sticky = (target.sticky + 1) % target.partitions;
        target.stickyBytes = 0;
      }
      partition = target.sticky;
    }
    let builder = target.builders[partition];
    if (builder === undefined) target.builders[partition] = builder = new RecordBuilder(this.#millis);
    const before = builder.size;
    this.#sum = (this.#sum + builder.append(key, value, headers)) % Number.MAX_SAFE_INTEGER;
    if (chosen === -1 && key === 0) target.stickyBytes += builder.size - before;
    if (builder.size >= this.#options.batchBytes) this.#send(target, partition);
  }

  #send(target: Target, partition: number): void {
    const builder = target.builders[partition]!;
    target.builders[partition] = undefined;
    const sent = this.#producer.send(target.name, partition, builder), bytes = builder.size;
    this.#unsentBytes += bytes;
    const done = (): void => {
      this.#unsentBytes -= bytes;
      this.#room.resolve();
      this.#room = Promise.withResolvers();
    };
    sent.then(done, (error: unknown) => {
      this.#failure ??= { error };
      done();
    });
    this.#sent.push(sent);
  }

  /** Settles when not too much is under way. */
  async ready(): Promise<void> { while (this.#unsentBytes > MAX_UNSENT_BYTES && this.#failure === undefined) await this.#room.promise; }

  /** Sends the rest; settles when all is stored. */
  async finish(): Promise<void> {
    for (const target of this.#targets.values()) target.builders.forEach((builder, partition) => { if (builder !== undefined) this.#send(target, partition); });
    await this.settled();
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /** Nothing is under way any more. */
  async settled(): Promise<void> { await Promise.allSettled(this.#sent); }

  #targetOf(topic: Vector, row: number): Target {
    const name = cellAt(topic, row) as string | null;
    if (name === null) throw new ExecutionError({ condition: "MILLRACE_KAFKA_SINK_SCHEMA", sqlState: "22004", message: "null topic present in the data. Use the topic option for setting a default topic." });
    const target = this.#targets.get(name);
    if (target === undefined) throw topicNotFound(name, this.#cluster.servers, this.#batchId);
    return target;
  }
}

export function topicNotFound(name: string, servers: string, batchId?: number): ExecutionError {
  return new ExecutionError({
    condition: "MILLRACE_KAFKA_TOPIC_NOT_FOUND", sqlState: "42P01", message: `There is no topic ${name} at ${servers}.`, messageParameters: { topics: name, ...(batchId !== undefined && { batchId: String(batchId) }) },
    hint: "create it first: nothing is created by itself",
  });
}

const isNull = (vector: Vector, row: number, u8: Uint8Array): boolean => vector.valid !== 0 && u8[vector.valid + (vector.isConstant ? 0 : row)] === 0;
/** The address of a view; 0 for null. */
const viewAt = (vector: Vector, row: number, u8: Uint8Array): number => (isNull(vector, row, u8) ? 0 : vector.data + (vector.isConstant ? 0 : 16 * row));

function headersOf(vector: Vector, row: number): Header[] | undefined {
  const cells = cellAt(vector, row) as readonly (readonly [string | null, Uint8Array | null] | null)[] | null;
  return cells?.flatMap(cell => (cell === null ? [] : [{ key: cell[0] ?? "", value: cell[1] }]));
}
