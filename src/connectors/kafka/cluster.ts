/** Brokers, topics and their leaders; requests that are sent again while what stands in the way may pass. */
import { isIP } from "node:net";
import type { Connection, ConnectionPool } from "@platformatic/kafka";
import { sleep, type Clock } from "../../base/clock.ts";
import { kafkaClient, type KafkaClient } from "./client.ts";
import { BrokerError, isPassing, kafkaError } from "./errors.ts";
import { FetchConnection } from "./fetch-connection.ts";
import type { KafkaConnectionOptions } from "./options.ts";

export interface Topic { readonly name: string; readonly id: string; /** The leader's node by partition; -1: none now. */ readonly leaders: readonly number[] }
export interface TopicPartition { readonly topic: string; readonly partition: number }
interface Node { readonly host: string; readonly port: number }
/** A request of the protocol, in the client's form. */
interface Api<Args extends unknown[], Answer> { readonly async: (connection: Connection, ...args: Args) => Promise<Answer> }

const FIRST_PAUSE_MICROS = 5_000, LONGEST_PAUSE_MICROS = 1_000_000;
/** From the answer that a topic is made until all brokers know it. */
const MADE_MICROS = 500_000;
export const EARLIEST = -2n, LATEST = -1n;

export class Cluster {
  readonly client: KafkaClient;
  readonly options: KafkaConnectionOptions;
  readonly #clock: Clock;
  readonly #pool: ConnectionPool;
  #nodes = new Map<number, Node>();
  #topics = new Map<string, Topic>();
  #reached = false;
  #closed = false;
  #stopping = false;

  private constructor(client: KafkaClient, options: KafkaConnectionOptions, clock: Clock) {
    this.client = client;
    this.options = options;
    this.#clock = clock;
    this.#pool = new client.ConnectionPool(options.clientId, {
      connectTimeout: Math.min(options.requestTimeoutMillis, 10_000), requestTimeout: options.requestTimeoutMillis,
      ...(options.sasl && { sasl: options.sasl as never }),
      // Where one address serves many clusters the name says which; an address is no name.
      ...(options.tls && { tls: options.tls, ...(options.tls["servername"] === undefined && options.servers.every(({ host }) => isIP(host) === 0) && { tlsServerName: true }) }),
    });
    this.#pool.on("failed", () => { /* the request that needed the connection says so */ });
  }

  static async open(options: KafkaConnectionOptions, clock: Clock): Promise<Cluster> { return new Cluster(await kafkaClient(), options, clock); }

  get servers(): string { return this.options.servers.map(({ host, port }) => `${host}:${port}`).join(","); }

  /**
   * Does something until it works. Errors that may pass are met with pauses, from 5 ms up to a second; in the beginning for
   * the connect timeout, later for the delivery timeout.
   */
  async retrying<T>(doing: string, attempt: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const begun = this.#clock.monotonicMicros(), limit = 1000 * (this.#reached ? this.options.deliveryTimeoutMillis : this.options.connectTimeoutMillis);
    for (let pause = FIRST_PAUSE_MICROS; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MICROS)) {
      signal?.throwIfAborted();
      try {
        const result = await attempt();
        this.#reached = true;
        return result;
      } catch (error) {
        signal?.throwIfAborted();
        if (this.#stopping && isPassing(error)) throw new DOMException(`${doing}: the query is to stop.`, "AbortError");
        if (this.#closed || !isPassing(error) || this.#clock.monotonicMicros() - begun + pause > limit) throw kafkaError(error, doing, this.servers);
        // A leader that doesn't answer may not lead any more.
        if (!(error instanceof BrokerError)) this.#topics.clear();
        await sleep(this.#clock, pause, signal);
      }
    }
  }

  /** Any broker: the first of those known that answers. */
  async anyConnection(): Promise<Connection> {
    const nodes = [...this.#nodes.values(), ...this.options.servers];
    let failure: unknown;
    for (const node of nodes) {
      try {
        return await this.#pool.get(node);
      } catch (error) {
        failure = error;
      }
    }
    throw failure;
  }

  async connection(node: number): Promise<Connection> {
    const broker = this.#nodes.get(node);
    if (broker === undefined) throw new BrokerError(5, "LEADER_NOT_AVAILABLE", `broker ${node}`);
    return await this.#pool.get(broker);
  }

  /** The connection over which the records of a broker are read. */
  async fetchConnection(node: number): Promise<FetchConnection> {
    const broker = this.#nodes.get(node);
    if (broker === undefined) throw new BrokerError(5, "LEADER_NOT_AVAILABLE", `broker ${node}`);
    const name = `${broker.host}:${broker.port}`, known = this.#fetching.get(name);
    if (known !== undefined) {
      const connection = await known;
      if (connection.isGood) return connection;
      connection.retire();
    }
    // Someone else may have opened another meanwhile.
    let opened = this.#fetching.get(name);
    if (opened === undefined || opened === known) {
      opened = FetchConnection.open(this.client, broker, this.options, this.#clock);
      this.#fetching.set(name, opened);
      opened.catch(() => { if (this.#fetching.get(name) === opened) this.#fetching.delete(name); });
    }
    return await opened;
  }
  readonly #fetching = new Map<string, Promise<FetchConnection>>();

  /** Makes a broker known that an answer named. */
  addNode(id: number, node: Node): void { this.#nodes.set(id, { host: node.host, port: node.port }); }

  /** An answer also when the broker put error codes into it: whoever asked looks at them. */
  async ask<Args extends unknown[], Answer>(connection: Connection, api: Api<Args, Answer>, ...args: Args): Promise<Answer> {
    try {
      return await api.async(connection, ...args);
    } catch (error) {
      const { response } = error as { response?: Answer };
      if (response === undefined) throw error;
      return response;
    }
  }

  /** Throws what a code of an answer means. */
  check(code: number, what: string): void {
    if (code !== 0) throw new BrokerError(code, this.codeName(code), what);
  }

  codeName(code: number): string {
    const names = this.client.protocolErrorsCodesById as Readonly<Record<string, string>>;
    return names[String(code)] ?? `error ${code}`;
  }

  /** Topics that exist, of those named (undefined: all). Leaders are remembered. Not retried, but a topic that is just being made is waited for. */
  async topics(names: readonly string[] | undefined): Promise<readonly Topic[]> {
    const found = await this.#look(names);
    if (names === undefined || names.every(name => this.#seen.has(name) || found.some(topic => topic.name === name))) return found;
    await sleep(this.#clock, MADE_MICROS);
    names.forEach(name => this.#seen.add(name));
    return await this.#look(names);
  }
  readonly #seen = new Set<string>();

  async #look(names: readonly string[] | undefined): Promise<readonly Topic[]> {
    const answer = await this.ask(await this.anyConnection(), this.client.metadataV12.api, (names === undefined ? null : [...names]) as string[], false, false);
    this.#nodes = new Map(answer.brokers.map(broker => [broker.nodeId, { host: broker.host, port: broker.port }]));
    const found: Topic[] = [];
    for (const topic of answer.topics) {
      if (topic.errorCode === 3 || topic.name === null || topic.name === undefined) continue;
      this.check(topic.errorCode, `topic ${topic.name}`);
      const leaders: number[] = [];
      for (const partition of topic.partitions) leaders[partition.partitionIndex] = partition.leaderId;
      const one: Topic = { name: topic.name, id: topic.topicId ?? "", leaders };
      this.#topics.set(one.name, one);
      found.push(one);
    }
    for (const name of names ?? []) if (!found.some(topic => topic.name === name)) this.#topics.delete(name);
    return found.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** A topic as it was last seen; asked for if it wasn't. @throws UNKNOWN_TOPIC_OR_PARTITION */
  async topic(name: string): Promise<Topic> {
    const known = this.#topics.get(name) ?? (await this.topics([name]))[0];
    if (known === undefined) throw new BrokerError(3, "UNKNOWN_TOPIC_OR_PARTITION", `topic ${name}`);
    return known;
  }

  /** Leaders have moved: they are asked for again. */
  forget(topic: string): void { this.#topics.delete(topic); }

  /** The connection to the broker that leads a partition. */
  async leaderOf({ topic, partition }: TopicPartition): Promise<Connection> { return await this.connection(await this.leaderNode({ topic, partition })); }

  async leaderNode({ topic, partition }: TopicPartition): Promise<number> {
    const node = (await this.topic(topic)).leaders[partition];
    if (node === undefined) throw new BrokerError(3, "UNKNOWN_TOPIC_OR_PARTITION", `${topic}-${partition}`);
    return node;
  }

  /** Offsets by time in milliseconds, or EARLIEST, or LATEST; -1 where there is none that late. In the order asked. Not retried. */
  async listOffsets(asked: readonly (TopicPartition & { readonly time: bigint })[], committedOnly: boolean): Promise<number[]> {
    const byNode = new Map<number, number[]>();
    for (const [i, one] of asked.entries()) {
      const node = await this.leaderNode(one);
      byNode.set(node, [...byNode.get(node) ?? [], i]);
    }
    const offsets: number[] = Array.from({ length: asked.length }, () => -1);
    await Promise.all([...byNode].map(async ([node, indexes]) => {
      const topics = Map.groupBy(indexes, i => asked[i]!.topic);
      const answer = await this.ask(await this.connection(node), this.client.listOffsetsV7.api, -1, committedOnly ? 1 : 0, [...topics].map(([name, members]) => ({
        name, partitions: members.map(i => ({ partitionIndex: asked[i]!.partition, currentLeaderEpoch: -1, timestamp: asked[i]!.time })),
      })) as never);
      for (const topic of answer.topics) {
        for (const partition of topic.partitions) {
          if (partition.errorCode !== 0) this.forget(topic.name);
          this.check(partition.errorCode, `offsets of ${topic.name}-${partition.partitionIndex}`);
          offsets[indexes.find(i => asked[i]!.topic === topic.name && asked[i]!.partition === partition.partitionIndex)!] = Number(partition.offset);
        }
      }
    }));
    return offsets;
  }

  /** From now on nothing is tried again: who waits for it learns what is wrong. */
  giveUp(): void { this.#closed = true; }

  /** As the query is to stop, what would be tried again ends with an AbortError. */
  stopping(): void { this.#stopping = true; }

  async close(): Promise<void> {
    this.#closed = true;
    for (const opened of this.#fetching.values()) opened.then(connection => connection.close(), () => { /* it never opened */ });
    try { await this.#pool.close(); } catch { /* what is broken is closed */ }
  }
}
