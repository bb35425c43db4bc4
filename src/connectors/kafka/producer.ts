/**
 * Sending record batches, idempotently, and in transactions if there is an id for them. One request in flight a partition:
 * what is sent again keeps its sequence number, so a broker stores it once.
 */
import type { Connection } from "@platformatic/kafka";
import type { Cluster } from "./cluster.ts";
import { Coordinator, GROUP, TRANSACTION } from "./coordinator.ts";
import { CODE } from "./errors.ts";
import type { Codec, RecordBuilder } from "./record-writer.ts";
import type { TransactionPlace } from "./transaction-outcome.ts";

/** Metadata of an offset of the group that has the transactional id as its name, at partition 0 of a topic. */
export interface Marker { readonly topic: string; readonly offset: number; readonly metadata: string }
interface Line { sequence: number; last: Promise<void> }

export class Producer {
  readonly #cluster: Cluster;
  readonly #transactionalId: string | null;
  readonly #timeoutMillis: number;
  readonly #codec: Codec;
  readonly #coordinators = new Map<number, Coordinator>();
  #producerId = -1n;
  #epoch = -1;
  readonly #lines = new Map<string, Line>();
  /** Partitions of the transaction that is open. */
  readonly #added = new Map<string, Promise<void>>();
  #isOpen = false;
  #place: TransactionPlace | undefined;

  constructor(cluster: Cluster, transactionalId: string | null, timeoutMillis: number, codec: Codec) {
    this.#cluster = cluster;
    this.#transactionalId = transactionalId;
    this.#timeoutMillis = timeoutMillis;
    this.#codec = codec;
  }

  /** Gets an id. With a transactional id: ends what an earlier producer left open, and shuts that producer out. */
  async begin(): Promise<void> {
    const cluster = this.#cluster, api = cluster.client.initProducerIdV4.api, id = this.#transactionalId;
    const answer = id === null
      ? await cluster.retrying("Getting a producer id", async () => {
        const given = await cluster.ask(await cluster.anyConnection(), api, null, this.#timeoutMillis, -1n, -1);
        cluster.check(given.errorCode, "producer id");
        return given;
      })
      : await this.#coordinated(TRANSACTION, id, "Opening the transactional producer", async connection => {
        const given = await cluster.ask(connection, api, id, this.#timeoutMillis, -1n, -1);
        cluster.check(given.errorCode, `transactional id ${id}`);
        return given;
      });
    this.#producerId = answer.producerId;
    this.#epoch = answer.producerEpoch;
    this.#lines.clear();
    this.#ended();
  }

  /** Where some records of the transaction that is open are stored; undefined if it has none, or the brokers did not say. */
  get place(): TransactionPlace | undefined { return this.#place; }

  /** Settles when the batch is stored. Batches of a partition go out in the order of the calls. */
  send(topic: string, partition: number, builder: RecordBuilder): Promise<void> {
    const name = `${topic} ${partition}`, line = this.#lines.get(name) ?? { sequence: 0, last: Promise.resolve() };
    this.#lines.set(name, line);
    return (line.last = line.last.then(async () => {
      if (this.#transactionalId !== null) await this.#add(name, topic, partition);
      const bytes = builder.seal(this.#cluster.client, this.#codec, { producerId: this.#producerId, epoch: this.#epoch, sequence: line.sequence, isTransactional: this.#transactionalId !== null });
      const offset = await this.#produce(topic, partition, bytes);
      if (offset >= 0) this.#place ??= { topic, partition, offset, producerId: this.#producerId };
      line.sequence = (line.sequence + builder.count) % 2 ** 31;
    }));
  }

  /** The offset of the first record; -1 if it is not known. */
  async #produce(topic: string, partition: number, bytes: Buffer): Promise<number> {
    const cluster = this.#cluster, { client } = cluster;
    const api = client.createAPI<unknown[], { readonly code: number; readonly offset: number }>(0, 9, () => client.Writer.create()
      .appendString(this.#transactionalId).appendInt16(-1).appendInt32(cluster.options.requestTimeoutMillis)
      .appendArray([topic], (topics, name) => { topics.appendString(name).appendArray([partition], (partitions, index) => { partitions.appendInt32(index).appendUnsignedVarInt(bytes.length + 1).append(bytes); }); })
      .appendTaggedFields(), (_id, _key, _version, reader) => {
      let code = 0, offset = -1;
      reader.readArray(topics => {
        topics.readString();
        topics.readArray(partitions => {
          partitions.readInt32();
          code = partitions.readInt16();
          offset = Number(partitions.readInt64());
          partitions.skip(16);
          partitions.readArray(errors => { errors.readInt32(); errors.readNullableString(); });
          partitions.readNullableString();
        });
      });
      return { code, offset };
    });
    return await cluster.retrying(`Writing to ${topic}-${partition}`, async () => {
      const { code, offset } = await api.async(await cluster.leaderOf({ topic, partition }));
      if (code === CODE.duplicateSequence) return -1;
      if (code === 0) return offset;
      cluster.forget(topic);
      cluster.check(code, `writing to ${topic}-${partition}`);
      return -1;
    });
  }

  /** Makes a partition part of the transaction. */
  #add(name: string, topic: string, partition: number): Promise<void> {
    const id = this.#transactionalId!;
    let adding = this.#added.get(name);
    if (adding === undefined) {
      this.#isOpen = true;
      this.#added.set(name, adding = this.#coordinated(TRANSACTION, id, "Opening a transaction", async connection => {
        const cluster = this.#cluster;
        const answer = await cluster.ask(connection, cluster.client.addPartitionsToTxnV3.api, [{ transactionalId: id, producerId: this.#producerId, producerEpoch: this.#epoch, verifyOnly: false, topics: [{ name: topic, partitions: [partition] }] }]);
        for (const result of answer.resultsByTransaction) for (const one of result.topicResults) for (const { partitionErrorCode } of one.resultsByPartition) cluster.check(partitionErrorCode, `transaction of ${topic}-${partition}`);
      }));
    }
    return adding;
  }

  /** Commits what was sent, together with the marker, if there is one. */
  async commit(marker?: Marker): Promise<void> {
    if (marker !== undefined) await this.#mark(marker);
    if (this.#isOpen) await this.#end(true);
  }

  async #mark({ topic: markerTopic, offset, metadata }: Marker): Promise<void> {
    const cluster = this.#cluster, { client } = cluster, id = this.#transactionalId!;
    this.#isOpen = true;
    await this.#coordinated(TRANSACTION, id, "Adding the marker", async connection => {
      const { errorCode } = await cluster.ask(connection, client.addOffsetsToTxnV3.api, id, this.#producerId, this.#epoch, id);
      cluster.check(errorCode, "transaction of the marker");
    });
    await this.#coordinated(GROUP, id, "Writing the marker", async connection => {
      const answer = await cluster.ask(connection, client.txnOffsetCommitV3.api, id, id, this.#producerId, this.#epoch, -1, "", null, [{
        name: markerTopic, partitions: [{ partitionIndex: 0, committedOffset: BigInt(offset), committedLeaderEpoch: -1, committedMetadata: metadata }],
      }]);
      for (const topic of answer.topics) for (const { errorCode } of topic.partitions) cluster.check(errorCode, `marker at ${markerTopic}-0`);
    });
  }

  async abort(): Promise<void> { if (this.#isOpen) await this.#end(false); }

  /** Sent again after an answer that was lost: with the same producer the coordinator says the same once more. */
  async #end(isCommit: boolean): Promise<void> {
    const id = this.#transactionalId!, cluster = this.#cluster;
    await this.#coordinated(TRANSACTION, id, isCommit ? "Committing a transaction" : "Aborting a transaction", async connection => {
      const { errorCode } = await cluster.ask(connection, cluster.client.endTxnV3.api, id, this.#producerId, this.#epoch, isCommit);
      cluster.check(errorCode, `transaction ${id}`);
    });
    this.#ended();
  }

  #ended(): void {
    this.#isOpen = false;
    this.#added.clear();
    this.#place = undefined;
  }

  /**
   * The marker's text; null if there is none. Waits until no transaction is being ended; with `orUndecided` it doesn't, and
   * says undefined.
   */
  async marker(markerTopic: string, orUndecided: true): Promise<string | null | undefined>;
  async marker(markerTopic: string, orUndecided?: false): Promise<string | null>;
  async marker(markerTopic: string, orUndecided = false): Promise<string | null | undefined> {
    const cluster = this.#cluster, id = this.#transactionalId!;
    return await this.#coordinated(GROUP, id, "Reading the marker", async connection => {
      const answer = await cluster.ask(connection, cluster.client.offsetFetchV8.api, [{ groupId: id, topics: [{ name: markerTopic, partitionIndexes: [0] }] }] as never, true);
      for (const group of answer.groups) {
        cluster.check(group.errorCode, `group ${id}`);
        for (const topic of group.topics) {
          for (const { errorCode, committedOffset, metadata } of topic.partitions) {
            if (orUndecided && errorCode === CODE.unstableOffsetCommit) return undefined;
            cluster.check(errorCode, `marker at ${markerTopic}-0`);
            if (committedOffset >= 0n) return metadata ?? null;
          }
        }
      }
      return null;
    });
  }

  #coordinated<T>(keyType: number, key: string, doing: string, attempt: (connection: Connection) => Promise<T>): Promise<T> {
    let coordinator = this.#coordinators.get(keyType);
    if (coordinator === undefined) this.#coordinators.set(keyType, coordinator = new Coordinator(this.#cluster, keyType, key));
    return coordinator.asking(doing, attempt);
  }
}
