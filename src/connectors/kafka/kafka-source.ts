/**
 * A stream of Kafka topics. The checkpoint holds the offsets, as Spark's JSON; no consumer group is joined. What can't be
 * told from two offsets (where new partitions begin, the topics' ids) is state of the source.
 */
import { ExecutionError } from "../../base/errors.ts";
import type { Clock } from "../../base/clock.ts";
import type { BatchReceiver, Offset, ReadLimit, ReadRequest, SourceState, Split, StreamSource } from "../../io/source.ts";
import { Cluster, EARLIEST, LATEST, type TopicPartition } from "./cluster.ts";
import { dataLoss, recreated } from "./errors.ts";
import type { Fetched } from "./fetch.ts";
import type { KafkaSourceOptions, PartitionMap } from "./options.ts";
import { LagGroup } from "./lag-group.ts";
import { PartitionReader, type KafkaSplit } from "./partition-reader.ts";
import { partitionName, partitionsIn, positionIn, positionsOf, rateLimit, resolve, subscribed, wentBack, type Positions } from "./positions.ts";
import { Tail } from "./tail.ts";
import type { ValueSettings } from "./values.ts";

/** New topics and partitions are looked for this often, and whenever there is nothing to read. */
const LOOK_MICROS = 1_000_000;
/** A batch waits so long for records that are on their way. */
const ARRIVAL_MICROS = 10_000;
/** What came longer ago doesn't tell the ends any more. */
const FRESH_MICROS = 10_000;

interface Remembered { readonly ids: Readonly<Record<string, string>>; readonly starts: Positions }

export class KafkaSource implements StreamSource {
  readonly replayable = true;
  readonly description: string;
  readonly #options: KafkaSourceOptions;
  readonly #clock: Clock;
  readonly #values: ValueSettings | undefined;
  readonly #warn: (text: string) => void;
  #cluster: Promise<Cluster> | undefined;
  /** Where a query can be woken: what comes behind the records that were read. */
  #tail: Tail | undefined;
  #lagGroup: LagGroup | undefined;
  #reader: PartitionReader | undefined;
  #partitions: readonly TopicPartition[] = [];
  #lookedMicros = Number.NEGATIVE_INFINITY;
  #ids = new Map<string, string>();
  /** Where the step that is being made begins, for partitions that the offset before it doesn't know. */
  #starts: Positions = {};
  #ends: Positions | null = null;
  #frozen: Positions | undefined;
  #consumed: Positions | null = null;
  #triggeredMicros = Number.NEGATIVE_INFINITY;
  /** How often someone began to wait for all that is there; until nothing more was found after that the brokers are asked for the ends. */
  #awaited = 0;
  #satisfied = 0;
  /** Splits of the batch that are still to be read. */
  #splitsLeft = 0;
  readonly #stopped = new AbortController();

  constructor(description: string, options: KafkaSourceOptions, values: ValueSettings | undefined, clock: Clock, warn: (text: string) => void) {
    this.description = description;
    this.#options = options;
    this.#clock = clock;
    this.#values = values;
    this.#warn = warn;
  }

  #open(): Promise<Cluster> { return (this.#cluster ??= Cluster.open(this.#options.connection, this.#clock)); }

  async latest(from: Offset, limit: ReadLimit): Promise<Offset> {
    const cluster = await this.#open(), before = from as Positions | null, { signal } = this.#stopped, awaited = this.#awaited, { lagGroup } = this.#options;
    if (lagGroup !== undefined && before !== null) (this.#lagGroup ??= new LagGroup(lagGroup, cluster, signal, this.#warn)).commit(before);
    return await cluster.retrying("Looking for new records", async () => {
      await this.#look(cluster, before);
      const begins = await this.#begins(cluster, before), partitions = this.#partitions, { committedOnly, failOnDataLoss } = this.#options;
      let ends = (awaited !== this.#satisfied || before === null ? undefined : await this.#endsOfTail(begins)) ?? await cluster.listOffsets(partitions.map(one => ({ ...one, time: LATEST })), committedOnly);
      this.#ends = positionsOf(partitions, ends);
      if (this.#frozen !== undefined) ends = partitions.map((one, i) => positionIn(this.#frozen, one) ?? begins[i]!);
      ends = ends.map((end, i) => {
        if (end >= begins[i]!) return end;
        // What a transaction still holds back was there before only if the log was cut.
        if (this.#frozen === undefined && failOnDataLoss) throw wentBack(partitions[i]!, begins[i]!, end);
        return begins[i]!;
      });
      const total = ends.reduce((sum, end, i) => sum + end - begins[i]!, 0), { minOffsets, maxDelayMicros } = this.#options, now = this.#clock.monotonicMicros();
      if (minOffsets !== undefined && total < minOffsets && this.#frozen === undefined && before !== null && now - this.#triggeredMicros < maxDelayMicros) {
        this.#satisfied = awaited;
        await this.#follow(ends);
        return from;
      }
      const tos = limit.maxRows === undefined ? ends : rateLimit(limit.maxRows, partitions, begins, ends);
      // A topic that was made anew can end where the old one did: a step that begins elsewhere must not look like none.
      const anew = before === null ? -1 : partitions.findIndex((one, i) => begins[i]! < tos[i]! && positionIn(before, one) === tos[i]!);
      const to = positionsOf(partitions, tos.map((end, i) => (i === anew ? end - 1 : end)));
      if (before !== null && JSON.stringify(before) === JSON.stringify(to)) {
        this.#satisfied = awaited;
        await this.#follow(begins);
        return from;
      }
      this.#triggeredMicros = now;
      return to;
    }, signal);
  }

  /** Which partitions there are. @throws MILLRACE_KAFKA_TOPIC_NOT_FOUND, KAFKA_DATA_LOSS */
  async #look(cluster: Cluster, before: Positions | null): Promise<void> {
    const now = this.#clock.monotonicMicros(), { subscription, failOnDataLoss } = this.#options;
    if (now - this.#lookedMicros < LOOK_MICROS) return;
    const ids = new Map<string, string>();
    const found = await subscribed(cluster, subscription, ids);
    const wanted = subscription.kind === "topics" ? subscription.topics : subscription.kind === "assign" ? Object.keys(subscription.partitions) : [];
    const missing = wanted.filter(topic => !ids.has(topic) && before?.[topic] === undefined);
    if (missing.length > 0) throw new ExecutionError({
      condition: "MILLRACE_KAFKA_TOPIC_NOT_FOUND", sqlState: "42P01", message: `There is no topic ${missing.join(", ")} at ${cluster.servers}.`, messageParameters: { topics: missing.join(",") },
      hint: "create it first; with subscribePattern topics may come later",
    });
    const gone = partitionsIn(before).filter(one => !found.some(other => other.topic === one.topic && other.partition === one.partition));
    if (gone.length > 0) {
      if (failOnDataLoss) throw dataLoss("PARTITIONS_DELETED", `Partitions ${gone.map(partitionName).join(", ")} have been deleted.`);
      this.#warn(`Partitions ${gone.map(partitionName).join(", ")} have been deleted; the query goes on without them.`);
    }
    for (const [topic, id] of ids) {
      const known = this.#ids.get(topic);
      if (known === undefined || known === id) continue;
      if (failOnDataLoss) throw recreated(topic);
      this.#warn(`Topic ${topic} was deleted and created again; the query reads it from its beginning.`);
      this.#recreated.add(topic);
      this.#tail?.drop();
    }
    this.#ids = ids;
    this.#partitions = found;
    this.#lookedMicros = now;
  }
  /** Topics that begin anew with the next step. */
  readonly #recreated = new Set<string>();

  /** Where the step after `before` begins in each partition. */
  async #begins(cluster: Cluster, before: Positions | null): Promise<number[]> {
    const partitions = this.#partitions, { starting, committedOnly, failOnDataLoss } = this.#options;
    if (before === null) {
      const starts = await resolve(cluster, starting, partitions, "starting", this.#options);
      this.#starts = positionsOf(partitions, starts);
      return starts;
    }
    const fresh = partitions.filter(one => positionIn(before, one) === undefined || this.#recreated.has(one.topic));
    if (fresh.length === 0) this.#starts = {};
    else {
      const earliest = await cluster.listOffsets(fresh.map(one => ({ ...one, time: EARLIEST })), committedOnly);
      fresh.forEach((one, i) => {
        if (earliest[i]! > 0 && failOnDataLoss) throw dataLoss("ADDED_PARTITION_DOES_NOT_START_FROM_OFFSET_ZERO", `Added partition ${partitionName(one)} starts from ${earliest[i]!} instead of 0.`);
      });
      this.#starts = positionsOf(fresh, earliest);
    }
    return partitions.map(one => positionIn(this.#starts, one) ?? positionIn(before, one)!);
  }

  async available(): Promise<Offset> { return this.#ends; }

  async freeze(): Promise<void> {
    const cluster = await this.#open();
    this.#frozen = await cluster.retrying("Looking for the end", async () => {
      const partitions = await subscribed(cluster, this.#options.subscription, new Map());
      return positionsOf(partitions, await cluster.listOffsets(partitions.map(one => ({ ...one, time: LATEST })), this.#options.committedOnly));
    }, this.#stopped.signal);
  }

  async plan(from: Offset, to: Offset): Promise<readonly Split[]> {
    const splits: KafkaSplit[] = [];
    for (const one of partitionsIn(to as Positions)) {
      const end = positionIn(to as Positions, one)!, begin = positionIn(this.#starts, one) ?? positionIn(from as Positions | null, one);
      if (begin === undefined) throw new Error(`where ${partitionName(one)} begins is not known`);
      if (begin < end) splits.push({ ...one, from: begin, to: end });
    }
    this.#reader ??= new PartitionReader(await this.#open(), this.#options, this.#values, this.#warn, topic => this.#ids.get(topic));
    const here = new Map<KafkaSplit, Fetched>();
    for (const split of splits) {
      const fetched = this.#tail?.take({ ...split, offset: split.from });
      if (fetched !== undefined) here.set(split, fetched);
    }
    this.#reader.plan(splits, here);
    this.#splitsLeft = splits.length;
    this.#consumed = to as Positions;
    this.#recreated.clear();
    return splits;
  }

  async read(split: Split, request: ReadRequest, receiver: BatchReceiver): Promise<void> {
    await this.#reader!.read(split as KafkaSplit, request, receiver);
    // While the batch is made durable the next records come.
    if (--this.#splitsLeft === 0 && this.#partitions.every(one => positionIn(this.#consumed, one) !== undefined)) await this.#follow(this.#partitions.map(one => positionIn(this.#consumed, one)!));
  }

  partitionOf(split: Split): string { return partitionName(split as KafkaSplit); }
  partitions(): readonly string[] { return this.#partitions.map(partitionName); }
  committed(): void { /* the log of the query holds the truth */ }
  refresh(): void {
    this.#lookedMicros = Number.NEGATIVE_INFINITY;
    this.#awaited++;
  }

  backlogRows(from: Offset, to: Offset): number {
    return partitionsIn(to as Positions | null).reduce((sum, one) => sum + Math.max(0, positionIn(to as Positions, one)! - (positionIn(from as Positions | null, one) ?? positionIn(this.#starts, one) ?? 0)), 0);
  }

  /** How far what was read is behind the ends, by partition: Spark's figures. */
  metrics(): Readonly<Record<string, string>> {
    const behind = partitionsIn(this.#consumed).map(one => Math.max(0, (positionIn(this.#ends, one) ?? 0) - positionIn(this.#consumed, one)!));
    if (behind.length === 0) return {};
    const average = behind.reduce((a, b) => a + b, 0) / behind.length;
    return { avgOffsetsBehindLatest: Number.isInteger(average) ? `${average}.0` : String(average), maxOffsetsBehindLatest: String(Math.max(...behind)), minOffsetsBehindLatest: String(Math.min(...behind)) };
  }

  readonly state: SourceState = {
    changes: () => this.#remember(this.#starts),
    snapshot: () => this.#remember({}),
    load: block => {
      const { ids, starts } = JSON.parse(new TextDecoder().decode(block)) as Remembered;
      this.#ids = new Map(Object.entries(ids));
      this.#starts = starts;
    },
  };

  #remember(starts: PartitionMap<number>): Uint8Array {
    return new TextEncoder().encode(JSON.stringify({ ids: Object.fromEntries([...this.#ids].sort(([a], [b]) => (a < b ? -1 : 1))), starts } satisfies Remembered));
  }

  onData(wake: () => void): void { this.#tail = new Tail(() => Cluster.open(this.#options.connection, this.#clock), this.#options, this.#clock, wake, topic => this.#ids.get(topic)); }

  async #follow(offsets: readonly number[]): Promise<void> {
    if (this.#frozen === undefined && !this.#stopped.signal.aborted) await this.#tail?.follow(this.#partitions.map((one, i) => ({ ...one, offset: offsets[i]! })));
  }

  /** What came behind `begins` tells the ends without another request. */
  async #endsOfTail(begins: readonly number[]): Promise<number[] | undefined> {
    if (this.#tail === undefined || this.#frozen !== undefined) return undefined;
    await this.#follow(begins);
    return await this.#tail.ends(this.#partitions.map((one, i) => ({ ...one, offset: begins[i]! })), ARRIVAL_MICROS, FRESH_MICROS);
  }

  stopping(): void { void this.#cluster?.then(cluster => cluster.stopping(), () => { /* it never opened */ }); }

  async stop(): Promise<void> {
    this.stopping();
    await this.#lagGroup?.settled();
    this.#stopped.abort();
    this.#reader?.close();
    await Promise.all([this.#tail?.close(), this.#cluster?.then(cluster => cluster.close(), () => { /* it never opened */ })]);
  }
}
