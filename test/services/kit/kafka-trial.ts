/** The query of kafka-runner.ts under trial: events go into a topic, and what each window must count is compared with what committed readers find. */
import assert from "node:assert/strict";
import { resolve } from "node:path";
import { session } from "millrace";
import { kafka } from "millrace/kafka";
import { seededRandom } from "../../../src/base/clock.ts";
import type { KafkaClient, PlainMessage } from "./kafka-client.ts";
import { WorkerProcess } from "./worker-process.ts";

const KEYS = 7, PARTITIONS = 3, FEW = 50, BEGIN = Date.parse("2026-01-01T00:00:00Z");

interface Event { readonly id: number; readonly key: string; readonly at: string }

export class KafkaTrial {
  readonly input: string;
  readonly output: string;
  readonly #name: string;
  readonly #servers: string;
  readonly #client: KafkaClient;
  readonly #seed: number;
  readonly #below: (end: number) => number;
  readonly #checkpoint: string;
  readonly #begun = performance.now();
  readonly #expected = new Map<string, number>();
  #events = 0;
  #seconds = 0;

  private constructor(name: string, servers: string, client: KafkaClient, checkpoint: string, seed: number) {
    this.#name = name;
    this.#servers = servers;
    this.#client = client;
    this.#checkpoint = checkpoint;
    this.#seed = seed;
    const random = seededRandom(seed);
    this.#below = end => random.uint32() % end;
    [this.input, this.output] = [`${name}-in`, `${name}-out`];
  }

  /** With topics of its own. */
  static async open(name: string, { servers, client, checkpoint, seed, replicas = 1 }: { readonly servers: string; readonly client: KafkaClient; readonly checkpoint: string; readonly seed: number; readonly replicas?: number }): Promise<KafkaTrial> {
    const trial = new KafkaTrial(name, servers, client, checkpoint, seed);
    await client.createTopic(trial.input, PARTITIONS, {}, replicas);
    await client.createTopic(trial.output, PARTITIONS + 1, {}, replicas);
    return trial;
  }

  /** The program, in a process of its own. */
  run(): WorkerProcess { return new WorkerProcess(resolve(import.meta.dirname, "kafka-runner.ts"), [this.#servers, this.input, this.output, this.#checkpoint]); }

  /** Events in order of time. */
  async produce(count: number): Promise<void> { await this.#client.produce(this.#next(count)); }

  /** The same while leaders move. Few at a time: what is sent again must not come when its window is closed. */
  async produceAnyhow(count: number): Promise<void> {
    for (let left = count; left > 0; left -= FEW) await this.#client.produceAnyhow(this.#next(Math.min(FEW, left)));
  }

  #next(count: number): PlainMessage[] {
    return Array.from({ length: count }, () => {
      if (this.#below(20) === 0) this.#seconds++;
      const event: Event = { id: this.#events++, key: `k${this.#below(KEYS)}`, at: new Date(BEGIN + 1000 * this.#seconds + this.#below(1000)).toISOString() };
      this.#count(event);
      return { topic: this.input, partition: this.#below(PARTITIONS), value: JSON.stringify(event) };
    });
  }

  #count({ key, at }: Event): void {
    const name = `${new Date(10_000 * Math.floor(Date.parse(at) / 10_000)).toISOString()} ${key}`;
    this.#expected.set(name, (this.#expected.get(name) ?? 0) + 1);
  }

  /** Counts what the topic holds in place of what was sent: a plain client that had no answer sends again. Nothing may be missing. */
  async recount(): Promise<void> {
    await using mill = session();
    const events = (await mill.read.from(kafka({ bootstrapServers: this.#servers, subscribe: this.input })).select(r => ({ value: r.value.cast("string") })).collect()).map(({ value }) => JSON.parse(value!) as Event).filter(({ key }) => key !== "end");
    assert.equal(new Set(events.map(({ id }) => id)).size, this.#events, "events that were acknowledged are not in the topic");
    this.#expected.clear();
    for (const event of events) this.#count(event);
  }

  /** Closes all windows: a time far behind them, in each partition. */
  async end(): Promise<void> {
    for (let i = 0; i < 2; i++) await this.#client.produceAnyhow(Array.from({ length: PARTITIONS }, (_, partition) => ({ topic: this.input, partition, value: JSON.stringify({ id: -1, key: "end", at: new Date(BEGIN + 1000 * (this.#seconds + 1000 + 100 * i)).toISOString() }) })));
  }

  /** What a reader of committed records finds; each window must be there once. */
  async #committed(): Promise<Map<string, number>> {
    await using mill = session();
    const rows = await mill.read.from(kafka({ bootstrapServers: this.#servers, subscribe: this.output })).select(r => ({ value: r.value.cast("string") })).collect(), found = new Map<string, number>();
    for (const { value } of rows) {
      const { start, key, n } = JSON.parse(value!) as { start: string; key: string; n: number };
      if (key === "end") continue;
      const name = `${new Date(start).toISOString()} ${key}`;
      assert.ok(!found.has(name), `${name} is there twice, seed ${this.#seed}`);
      found.set(name, n);
    }
    return found;
  }

  /** Waits for all windows, which must be just as they should; prints how much that was. */
  async untilWhole(what: string, runner: WorkerProcess): Promise<void> {
    const sorted = (map: ReadonlyMap<string, number>): [string, number][] => [...map].sort(([a], [b]) => (a < b ? -1 : 1));
    for (let before = -1, looks = 0; looks < 60; looks++) {
      const found = await this.#committed();
      if (found.size >= this.#expected.size) {
        assert.deepEqual(sorted(found), sorted(this.#expected), `seed ${this.#seed}`);
        const counted = [...found.values()].reduce((sum, n) => sum + n, 0);
        return console.log(`  ${what}: ${counted} events, each in one of ${found.size} windows once; ${((performance.now() - this.#begun) / 1000).toFixed(0)} s, seed ${this.#seed}`);
      }
      if (runner.hasEnded) assert.fail(`${this.#name}, seed ${this.#seed}: the program ended: ${runner.tail}`);
      if (found.size !== before) looks = 0;
      before = found.size;
      await new Promise(resolve => setTimeout(resolve, 500));
    }
    assert.fail(`${this.#name}: windows are missing, seed ${this.#seed}: ${runner.tail}`);
  }
}
