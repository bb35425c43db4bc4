/**
 * Rows as records of topics. Transactional: each batch is one transaction that also holds the batch's number, so that
 * readers of committed records see each row once. Otherwise what was decided is sent again after a crash: at least once.
 */
import { AnalysisError } from "../../base/errors.ts";
import type { Clock } from "../../base/clock.ts";
import type { Batch } from "../../columns/batch.ts";
import type { BatchTarget, LedgerEntry, OutputMode, Sink, SinkBatch, SinkContext } from "../../io/sink.ts";
import type { StructType } from "../../types/data-type.ts";
import type { ConnectorEnvironment } from "../environment.ts";
import { Cluster, type Topic } from "./cluster.ts";
import { sinkOptions, type KafkaSinkOptions } from "./options.ts";
import { Producer } from "./producer.ts";
import { RecordSender, sinkColumns, topicNotFound, type SinkColumns } from "./record-sender.ts";
import { outcomeOf, placeFromText, placeToText } from "./transaction-outcome.ts";

const MODES: readonly OutputMode[] = ["append", "update", "complete"];

export function kafkaSink({ options }: { readonly options: Readonly<Record<string, string>> }, { clock, files, random }: ConnectorEnvironment): Sink {
  const parsed = sinkOptions(options, files), output = new Output(parsed, clock);
  const batch: BatchTarget = { saveModes: ["append", "error"], write: (schema, batches) => output.writeAll(schema, batches, parsed.transactional ? `millrace-${random.uuid()}` : null) };
  return parsed.transactional ? new TransactionalKafkaSink(output, batch) : new PlainKafkaSink(output, batch);
}

/** What both have: brokers, columns, topics. */
class Output {
  readonly options: KafkaSinkOptions;
  readonly clock: Clock;
  cluster!: Cluster;
  producer!: Producer;
  #columns!: SinkColumns;
  #topics: readonly Topic[] = [];
  #isOpen = false;

  constructor(options: KafkaSinkOptions, clock: Clock) {
    this.options = options;
    this.clock = clock;
  }

  get description(): string { return `KafkaSink[${this.options.topic ?? ""}]`; }

  async open({ schema }: Pick<SinkContext, "schema">, transactionalId: string | null): Promise<void> {
    const { topic, markerTopic, connection, transactionTimeoutMillis, compression } = this.options;
    this.#columns = sinkColumns(schema, topic);
    await this.close();
    this.cluster = await Cluster.open(connection, this.clock);
    this.#isOpen = true;
    await this.look();
    for (const name of [topic, markerTopic]) if (name !== undefined && !this.#topics.some(one => one.name === name)) throw topicNotFound(name, this.cluster.servers);
    this.producer = new Producer(this.cluster, transactionalId, transactionTimeoutMillis, compression);
    await this.producer.begin();
  }

  /** The rows of a query that ends: in one transaction, if there is an id for it. */
  async writeAll(schema: StructType, batches: AsyncIterable<Batch>, transactionalId: string | null): Promise<void> {
    try {
      await this.open({ schema }, transactionalId);
      const sender = this.sender(0);
      try {
        for await (const batch of batches) {
          sender.write(batch);
          await sender.ready();
        }
        await sender.finish();
        if (transactionalId !== null) await this.producer.commit();
      } catch (error) {
        this.cluster.giveUp(); // what failed is not tried again
        await sender.settled();
        // A transaction that can't be aborted now is aborted by the broker in time.
        if (transactionalId !== null) try { await this.producer.abort(); } catch { /* as said */ }
        throw error;
      }
    } finally {
      await this.close();
    }
  }

  /** Topics and their partitions as they are now. */
  async look(): Promise<void> {
    const { topic, markerTopic } = this.options, names = topic === undefined ? undefined : [...new Set([topic, markerTopic ?? topic])];
    this.#topics = await this.cluster.retrying("Looking for topics", () => this.cluster.topics(names));
  }

  sender(batchId: number): RecordSender { return new RecordSender(this.cluster, this.producer, this.options, this.#columns, this.#topics, batchId, Math.floor(this.clock.nowMicros() / 1000)); }

  stopping(): void { if (this.#isOpen) this.cluster.stopping(); }

  async close(): Promise<void> {
    if (this.#isOpen) await this.cluster.close();
    this.#isOpen = false;
  }
}

interface Marker extends LedgerEntry { readonly epoch: number }

/** Between the sum over a batch's records and where one of them is stored; nothing is behind it if there are no records. */
const AT = "@";

/**
 * Ledger class of docs/protocol.md: the marker is the metadata of a group offset, committed in the transaction of the rows.
 * A broker that crashes can leave a marker undecided for ever, or take an older one for the last. So a batch's digest, which is
 * in the log before the transaction is committed, also says where one of its records is: what stands behind that decides.
 */
class TransactionalKafkaSink implements Sink {
  readonly description: string;
  readonly sinkClass = "ledger";
  readonly guarantee = "exactly once";
  readonly outputModes = MODES;
  readonly batch: BatchTarget;
  readonly #output: Output;
  #epoch = 0;

  constructor(output: Output, batch: BatchTarget) {
    this.#output = output;
    this.batch = batch;
    this.description = output.description;
  }

  async open(context: SinkContext): Promise<void> {
    if (this.#output.options.markerTopic === undefined) throw new AnalysisError({
      condition: "MILLRACE_INVALID_OPTION", sqlState: "22023", message: "A transactional Kafka sink without the option 'topic' needs 'markerTopic'.", messageParameters: { option: "markerTopic" },
      hint: "markerTopic is a topic that stays: the number of the last batch is kept as a group offset of its partition 0",
    });
    this.#epoch = context.epoch;
    await this.#output.open(context, `millrace-${context.queryId}`);
  }

  begin(batchId: number): SinkBatch {
    const output = this.#output, sender = output.sender(batchId);
    return {
      write: batch => sender.write(batch),
      ready: () => sender.ready(),
      get digest() {
        const { place } = output.producer;
        return sender.isEmpty ? `${sender.digest}${AT}` : place === undefined ? sender.digest : `${sender.digest}${AT}${placeToText(place)}`;
      },
      prepare: async () => {
        await sender.finish();
        return [];
      },
      abort: async () => {
        output.cluster.giveUp(); // a query that is to stop doesn't wait for a broker that is away
        await sender.settled();
        // The query fails of something else; an open transaction is ended by the next producer, or by the broker in time.
        try { await output.producer.abort(); } catch { /* as said */ }
      },
    };
  }

  async commit(batchId: number, digest: string): Promise<void> {
    const { producer, options } = this.#output;
    await producer.commit({ topic: options.markerTopic!, offset: batchId, metadata: JSON.stringify({ batchId, epoch: this.#epoch, digest } satisfies Marker) });
  }

  async lastCommitted(logged: LedgerEntry | undefined): Promise<LedgerEntry | null> {
    const { producer, options, cluster } = this.#output, text = await producer.marker(options.markerTopic!, true);
    const entry = typeof text === "string" ? JSON.parse(text) as Marker : text;
    if (logged === undefined || (entry && entry.batchId >= logged.batchId)) return entry === undefined ? await this.#decided() : entry;
    const [, told] = logged.digest.split(AT), place = told === undefined ? undefined : placeFromText(told);
    // Nothing can be missing or there twice of a batch without records.
    if (told === "" && entry === undefined) return logged;
    const outcome = place === undefined ? undefined : await outcomeOf(cluster, place);
    if (outcome === undefined) return entry === undefined ? await this.#decided() : entry;
    return outcome === "committed" ? logged : { batchId: logged.batchId - 1, digest: "" };
  }

  /** The marker, when it is decided. */
  async #decided(): Promise<Marker | null> {
    const text = await this.#output.producer.marker(this.#output.options.markerTopic!);
    return text === null ? null : JSON.parse(text) as Marker;
  }

  stopping(): void { this.#output.stopping(); }
  stop(): Promise<void> { return this.#output.close(); }
}

/** Outbox class: the rows are in the log, or made again. */
class PlainKafkaSink implements Sink {
  readonly description: string;
  readonly sinkClass = "outbox";
  readonly guarantee = "at least once";
  readonly outputModes = MODES;
  readonly batch: BatchTarget;
  readonly #output: Output;

  constructor(output: Output, batch: BatchTarget) {
    this.#output = output;
    this.batch = batch;
    this.description = output.description;
  }

  open(context: SinkContext): Promise<void> { return this.#output.open(context, null); }

  async deliver(batchId: number, batches: readonly Batch[]): Promise<void> {
    if (batches.length === 0) return;
    const sender = this.#output.sender(batchId);
    try {
      for (const batch of batches) {
        sender.write(batch);
        await sender.ready();
      }
    } finally {
      await sender.settled();
    }
    await sender.finish();
  }

  stopping(): void { this.#output.stopping(); }
  stop(): Promise<void> { return this.#output.close(); }
}
