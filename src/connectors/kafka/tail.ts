/**
 * Follows the ends of partitions: at each leader one request waits for records behind them, on a connection of its own, and
 * brings along what comes. So a batch begins with bytes that are here already.
 */
import { sleep, type Clock } from "../../base/clock.ts";
import type { Cluster, TopicPartition } from "./cluster.ts";
import { fetchAll, type Fetched } from "./fetch.ts";
import type { KafkaSourceOptions } from "./options.ts";
import { partitionName } from "./positions.ts";

export interface Position extends TopicPartition { readonly offset: number }

/** How long a broker waits for records before it answers that there are none. */
const WAIT_MILLIS = 1000;
const PAUSE_MICROS = 100_000;

interface Came { readonly offset: number; readonly fetched: Fetched }
/** What is asked at one leader. */
interface Leader { isAsked: boolean; askedMicros: number; wanted: readonly Position[]; came: Map<string, Came>; cameMicros: number }

export class Tail {
  readonly #open: () => Promise<Cluster>;
  readonly #options: Pick<KafkaSourceOptions, "fetchBytes" | "committedOnly">;
  readonly #clock: Clock;
  readonly #wake: () => void;
  readonly #idOf: (topic: string) => string | undefined;
  readonly #leaders = new Map<number, Leader>();
  #cluster: Promise<Cluster> | undefined;
  #hasFailed = false;
  #arrival = Promise.withResolvers<void>();
  readonly #closed = new AbortController();

  /** `open` makes connections that are the tail's own; `wake` is called when something came, or something is wrong. `idOf`: the id of the topic that offsets are of. */
  constructor(open: () => Promise<Cluster>, options: Pick<KafkaSourceOptions, "fetchBytes" | "committedOnly">, clock: Clock, wake: () => void, idOf: (topic: string) => string | undefined = () => undefined) {
    this.#idOf = idOf;
    this.#open = open;
    this.#options = options;
    this.#clock = clock;
    this.#wake = wake;
  }

  /** Asks for what is behind these positions, wherever no request is under way and nothing of it has come. */
  async follow(positions: readonly Position[]): Promise<void> {
    this.#hasFailed = false;
    try {
      const cluster = await (this.#cluster ??= this.#open()), byLeader = new Map<number, Position[]>();
      for (const one of positions) {
        const node = await cluster.leaderNode(one), list = byLeader.get(node);
        if (list === undefined) byLeader.set(node, [one]); else list.push(one);
      }
      for (const [node, leader] of this.#leaders) if (!byLeader.has(node)) leader.wanted = [];
      for (const [node, wanted] of byLeader) {
        const leader = this.#leaders.get(node) ?? { isAsked: false, askedMicros: 0, wanted, came: new Map(), cameMicros: 0 };
        this.#leaders.set(node, leader);
        leader.wanted = wanted;
        if (leader.isAsked || wanted.some(one => isHere(leader.came.get(partitionName(one)), one))) continue;
        forget(leader);
        leader.askedMicros = this.#clock.monotonicMicros();
        void this.#ask(cluster, node, leader);
      }
    } catch {
      void this.#fail(positions);
    }
  }

  /**
   * The ends as far as they are known. Where nothing has come an answer is waited for, up to `waitMicros` behind the question:
   * a broker that has said nothing for longer has nothing. Undefined when that can't tell: something is wrong, or what came is
   * older than `freshMicros`, so that there may be more.
   */
  async ends(positions: readonly Position[], waitMicros: number, freshMicros: number): Promise<number[] | undefined> {
    const leaders = [...this.#leaders.values()], left = Math.max(...leaders.map(leader => leader.askedMicros)) + waitMicros - this.#clock.monotonicMicros();
    if (left > 0 && !this.#hasFailed && leaders.every(leader => leader.came.size === 0)) {
      const waited = new AbortController();
      await Promise.race([this.#arrival.promise, sleep(this.#clock, left, waited.signal)]);
      waited.abort();
    }
    if (this.#hasFailed) return undefined;
    const ends = new Map<string, number>(), oldest = this.#clock.monotonicMicros() - freshMicros;
    for (const leader of this.#leaders.values()) {
      if (leader.came.size > 0 && leader.cameMicros < oldest) return undefined;
      for (const [name, { fetched }] of leader.came) ends.set(name, this.#options.committedOnly ? fetched.lastStable : fetched.highWatermark);
    }
    return positions.map(one => Math.max(one.offset, ends.get(partitionName(one)) ?? 0));
  }

  /** The bytes behind an offset, if they are here. Whoever takes them gives them back. */
  take(one: Position): Fetched | undefined {
    const name = partitionName(one);
    for (const { came } of this.#leaders.values()) {
      const found = came.get(name);
      if (!isHere(found, one)) continue;
      came.delete(name);
      return found!.fetched;
    }
    return undefined;
  }

  /** What came counts no more: its topic is another now. */
  drop(): void { for (const leader of this.#leaders.values()) forget(leader); }

  async close(): Promise<void> {
    this.#closed.abort();
    this.drop();
    try { await (await this.#cluster)?.close(); } catch { /* it never opened */ }
  }

  async #ask(cluster: Cluster, node: number, leader: Leader): Promise<void> {
    leader.isAsked = true;
    try {
      while (!this.#closed.signal.aborted && leader.wanted.length > 0) {
        const { fetchBytes, committedOnly } = this.#options, { wanted } = leader;
        const asked = await Promise.all(wanted.map(async one => ({ ...one, topic: await cluster.topic(one.topic) })));
        // The query looks again, and finds out what became of the topic.
        if (asked.some(({ topic }) => topic.id !== (this.#idOf(topic.name) ?? topic.id))) throw new Error("a topic is another");
        const answers = await fetchAll(cluster, await cluster.fetchConnection(node), asked, { maxBytes: fetchBytes, maxWaitMillis: WAIT_MILLIS, committedOnly });
        if (answers.some(({ bytes }) => bytes.length > 0) && !this.#closed.signal.aborted) {
          for (const [i, fetched] of answers.entries()) leader.came.set(partitionName(wanted[i]!), { offset: wanted[i]!.offset, fetched });
          leader.cameMicros = this.#clock.monotonicMicros();
          leader.isAsked = false;
          return this.#arrived();
        }
        for (const answer of answers) answer.release();
        for (const [i, { code }] of answers.entries()) cluster.check(code, partitionName(wanted[i]!));
      }
      leader.isAsked = false;
    } catch {
      leader.isAsked = false;
      void this.#fail(leader.wanted);
    }
  }

  /** Leaders may have moved, there may be more partitions: what is known of them is asked for again. */
  async #fail(positions: readonly Position[]): Promise<void> {
    this.#hasFailed = true;
    try {
      const cluster = await this.#cluster;
      for (const { topic } of positions) cluster?.forget(topic);
    } catch {
      this.#cluster = undefined;
    }
    await sleep(this.#clock, PAUSE_MICROS, this.#closed.signal);
    if (!this.#closed.signal.aborted) this.#arrived();
  }

  #arrived(): void {
    this.#arrival.resolve();
    this.#arrival = Promise.withResolvers();
    this.#wake();
  }
}

const isHere = (came: Came | undefined, { offset }: Position): boolean => came !== undefined && came.offset === offset && came.fetched.bytes.length > 0;

function forget(leader: Leader): void {
  for (const { fetched } of leader.came.values()) fetched.release();
  leader.came.clear();
}
