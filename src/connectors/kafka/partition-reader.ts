/** Reads ranges of partitions, one behind the other; while one is decoded the next bytes are on their way. */
import type { BatchReceiver, ReadRequest } from "../../io/source.ts";
import type { Cluster, TopicPartition } from "./cluster.ts";
import { CODE, dataLoss, recreated } from "./errors.ts";
import { AbortedFilter, fetchRecords, isControl, offsetBehind, recordBatches, type Fetched } from "./fetch.ts";
import type { KafkaSourceOptions } from "./options.ts";
import { partitionName } from "./positions.ts";
import { RecordRows } from "./records.ts";
import { ValueReader, type ValueSettings } from "./values.ts";

/** Records with offsets in [from, to) of one partition. */
export interface KafkaSplit extends TopicPartition { readonly from: number; readonly to: number }

const RECREATED = recreated("").condition;
const MAX_WAIT_MILLIS = 500;
/** Other ranges of a batch that are fetched ahead. */
const AHEAD = 3;
/** So many answers without a record, though the range isn't over and nobody throttles: compaction has taken the rest. */
const EMPTY_ANSWERS = 3;

export class PartitionReader {
  readonly #cluster: Cluster;
  readonly #options: KafkaSourceOptions;
  readonly #warn: (text: string) => void;
  readonly #idOf: (topic: string) => string | undefined;
  /** Ranges to come, and the first answers that are under way. */
  #planned: readonly KafkaSplit[] = [];
  readonly #ahead = new Map<string, Promise<Fetched>>();
  readonly #valueSettings: ValueSettings | undefined;
  #values: ValueReader | undefined;
  #isReading = false;
  #isClosed = false;

  /** `values`: what values are read by; undefined: they stay bytes. `idOf`: the id of the topic that offsets are of; undefined: any of the name. */
  constructor(cluster: Cluster, options: KafkaSourceOptions, values: ValueSettings | undefined, warn: (text: string) => void, idOf: (topic: string) => string | undefined = () => undefined) {
    this.#valueSettings = values;
    this.#idOf = idOf;
    this.#cluster = cluster;
    this.#options = options;
    this.#warn = warn;
  }

  /** The ranges that will be read, in this order, and what of their beginnings is here already. */
  plan(splits: readonly KafkaSplit[], here: ReadonlyMap<KafkaSplit, Fetched> = new Map()): void {
    this.#planned = splits;
    for (const answer of this.#ahead.values()) discard(answer);
    this.#ahead.clear();
    for (const [split, fetched] of here) this.#ahead.set(splitName(split), Promise.resolve(fetched));
  }

  /** Gives back what was fetched ahead, and what values are decoded with when nothing is read any more. */
  close(): void {
    this.plan([]);
    this.#isClosed = true;
    this.#releaseValues();
  }

  #releaseValues(): void {
    if (!this.#isClosed || this.#isReading) return;
    this.#values?.release();
    this.#values = undefined;
  }

  async read(split: KafkaSplit, { columns, signal }: ReadRequest, receiver: BatchReceiver): Promise<void> {
    if (this.#valueSettings !== undefined) this.#values ??= new ValueReader(this.#valueSettings);
    this.#isReading = true;
    const { from, to } = split, origin = partitionName(split), rows = new RecordRows(this.#cluster.client, split, columns, receiver, this.#values);
    this.#lookAhead(split);
    let fetched: Fetched | undefined, following: Promise<Fetched> | undefined;
    try {
      fetched = await this.#first(split, signal);
      for (let next = from, empty = 0; next < to;) {
        if (fetched.code === CODE.offsetOutOfRange) {
          fetched.release();
          next = await this.#skipLost(split, next);
          if (next >= to) break;
          fetched = await this.#fetch(split, next, signal);
          continue;
        }
        const filter = this.#options.committedOnly ? new AbortedFilter(fetched.aborted) : undefined, before = next;
        next = offsetBehind(fetched.bytes, before, to);
        empty = next > before || fetched.throttled || (this.#options.committedOnly ? fetched.lastStable : fetched.highWatermark) < to ? 0 : empty + 1;
        if (empty === EMPTY_ANSWERS) break;
        if (next < to) {
          following = this.#fetch(split, next, signal);
          following.catch(() => { /* awaited below, unless the rows end in an error before */ });
        }
        // Each is decoded when it has just been checked, while it is near.
        for (const batch of recordBatches(fetched.bytes, origin, this.#options.checkCrcs)) {
          if (filter === undefined ? !isControl(batch) : filter.takes(batch)) rows.add(batch, before, to);
          if (rows.isFull || batch.lastOffset + 1 >= to) break;
        }
        if (rows.isFull) break;
        rows.flush();
        fetched.release();
        await receiver.ready?.();
        if (following !== undefined) fetched = await following;
        following = undefined;
      }
    } catch (error) {
      if (this.#options.failOnDataLoss || (error as { condition?: string }).condition !== RECREATED) throw error;
      this.#warn(`Records of ${origin} from offset ${from} to ${to - 1} went with their topic, which was deleted and created again. The query goes on without them, as failOnDataLoss is false.`);
    } finally {
      rows.release();
      fetched?.release();
      if (following !== undefined) discard(following);
      this.#isReading = false;
      this.#releaseValues();
    }
  }

  #lookAhead(split: KafkaSplit): void {
    const at = this.#planned.findIndex(one => sameSplit(one, split));
    for (const one of at < 0 ? [] : this.#planned.slice(at + 1, at + 1 + AHEAD)) {
      const name = splitName(one);
      if (this.#ahead.has(name)) continue;
      const answer = this.#once(one, one.from);
      answer.catch(() => { /* asked for again when its turn comes */ });
      this.#ahead.set(name, answer);
    }
  }

  async #first(split: KafkaSplit, signal: AbortSignal): Promise<Fetched> {
    const name = splitName(split), ahead = this.#ahead.get(name);
    this.#ahead.delete(name);
    if (ahead !== undefined) try { return await ahead; } catch { /* again, with patience */ }
    return await this.#fetch(split, split.from, signal);
  }

  #fetch(split: KafkaSplit, offset: number, signal: AbortSignal): Promise<Fetched> {
    return this.#cluster.retrying(`Reading ${partitionName(split)}`, () => this.#once(split, offset), signal);
  }

  async #once(split: KafkaSplit, offset: number): Promise<Fetched> {
    const cluster = this.#cluster, { fetchBytes, committedOnly } = this.#options, connection = await cluster.fetchConnection(await cluster.leaderNode(split)), topic = await cluster.topic(split.topic), id = this.#idOf(split.topic);
    if (id !== undefined && topic.id !== id) throw recreated(split.topic);
    return await fetchRecords(cluster, connection, { topic, partition: split.partition, offset }, { maxBytes: fetchBytes, maxWaitMillis: MAX_WAIT_MILLIS, committedOnly });
  }

  /** The first offset that is still there. @throws KAFKA_DATA_LOSS unless the query is to go on */
  async #skipLost(split: KafkaSplit, offset: number): Promise<number> {
    const { failOnDataLoss, committedOnly } = this.#options, cluster = this.#cluster;
    const [earliest] = await cluster.retrying(`Reading ${partitionName(split)}`, () => cluster.listOffsets([{ ...split, time: -2n }], committedOnly));
    const what = `Offsets ${offset} to ${Math.min(split.to, earliest! > offset ? earliest! : split.to) - 1} of ${partitionName(split)} are gone.`;
    if (failOnDataLoss) throw dataLoss("COULD_NOT_READ_OFFSET_RANGE", what);
    this.#warn(`${what} The query goes on without them, as failOnDataLoss is false.`);
    return earliest! > offset ? earliest! : split.to;
  }
}

/** Gives back an answer that nobody waits for any more. */
function discard(answer: Promise<Fetched>): void { answer.then(fetched => fetched.release(), () => { /* there is nothing to give back */ }); }

const splitName = ({ topic, partition, from }: KafkaSplit): string => `${topic} ${partition} ${from}`;
const sameSplit = (a: KafkaSplit, b: KafkaSplit): boolean => splitName(a) === splitName(b);
