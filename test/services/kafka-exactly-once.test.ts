/** Catches a batch that is written twice or not at all when its process or the broker is killed, or when two processes run the query. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, before, test } from "node:test";
import { seededRandom } from "../../src/base/clock.ts";
import { session } from "millrace";
import { kafka } from "millrace/kafka";
import { KafkaBroker } from "./kit/kafka-broker.ts";
import { KafkaClient } from "./kit/kafka-client.ts";
import { WorkerProcess } from "./kit/worker-process.ts";

const SEED = Number(process.env["MILLRACE_SEED"] ?? Date.now() % 1_000_000), random = seededRandom(SEED), below = (end: number): number => random.uint32() % end;
const IS_LONG = process.env["MILLRACE_LONG"] !== undefined, KILLS = Number(process.env["MILLRACE_KILLS"] ?? (IS_LONG ? 200 : 20)), BROKER_KILLS = Number(process.env["MILLRACE_BROKER_KILLS"] ?? (IS_LONG ? 20 : 3)), RACES = IS_LONG ? 20 : 4;
const KEYS = 7, BEGIN = Date.parse("2026-01-01T00:00:00Z");

let broker: KafkaBroker, client: KafkaClient, folder: string;
before(async () => {
  broker = await KafkaBroker.start();
  client = new KafkaClient(broker.address);
  folder = mkdtempSync(join(tmpdir(), "millrace-kafka-exactly-once-"));
});
after(async () => {
  WorkerProcess.killAll();
  await client?.[Symbol.asyncDispose]();
  await broker?.[Symbol.asyncDispose]();
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
});

/** The program, in a process of its own. */
const start = (input: string, output: string, checkpoint: string): WorkerProcess =>
  new WorkerProcess(resolve(import.meta.dirname, "kit/kafka-runner.ts"), [broker.address, input, output, checkpoint]);

/** Events in order of time; what each window of ten seconds must count is noted. */
class Events {
  readonly expected = new Map<string, number>();
  readonly #topic: string;
  #seconds = 0;
  constructor(topic: string) { this.#topic = topic; }

  async produce(count: number): Promise<void> {
    const messages = Array.from({ length: count }, () => {
      if (below(20) === 0) this.#seconds++;
      const key = `k${below(KEYS)}`, at = new Date(BEGIN + 1000 * this.#seconds + below(1000)), window = new Date(BEGIN + 10_000 * Math.floor(this.#seconds / 10)).toISOString(), name = `${window} ${key}`;
      this.expected.set(name, (this.expected.get(name) ?? 0) + 1);
      return { topic: this.#topic, partition: below(3), value: JSON.stringify({ key, at: at.toISOString() }) };
    });
    await client.produce(messages);
  }

  /** Closes all windows: a time far behind them, in each partition. */
  async end(): Promise<void> {
    for (let i = 0; i < 2; i++) await client.produce([0, 1, 2].map(partition => ({ topic: this.#topic, partition, value: JSON.stringify({ key: "end", at: new Date(BEGIN + 1000 * (this.#seconds + 1000 + 100 * i)).toISOString() }) })));
  }
}

/** What a reader of committed records finds; each window must be there once. */
async function committed(topic: string): Promise<Map<string, number>> {
  await using mill = session();
  const rows = await mill.read.from(kafka({ bootstrapServers: broker.address, subscribe: topic })).select(r => ({ value: r.value.cast("string") })).collect(), found = new Map<string, number>();
  for (const { value } of rows) {
    const { start, key, n } = JSON.parse(value!) as { start: string; key: string; n: number };
    if (key === "end") continue;
    const name = `${new Date(start).toISOString()} ${key}`;
    assert.ok(!found.has(name), `${name} is there twice, seed ${SEED}`);
    found.set(name, n);
  }
  return found;
}

async function untilWhole(what: string, begun: number, topic: string, events: Events, runner: () => WorkerProcess): Promise<void> {
  const sorted = (map: ReadonlyMap<string, number>): [string, number][] => [...map].sort(([a], [b]) => (a < b ? -1 : 1));
  for (let before = -1, looks = 0; looks < 60; looks++) {
    const found = await committed(topic);
    if (found.size >= events.expected.size) {
      assert.deepEqual(sorted(found), sorted(events.expected), `seed ${SEED}`);
      const counted = [...found.values()].reduce((sum, n) => sum + n, 0);
      return console.log(`  ${what}: ${counted} events, each in one of ${found.size} windows once; ${((performance.now() - begun) / 1000).toFixed(0)} s, seed ${SEED}`);
    }
    if (runner().hasEnded) assert.fail(`the program ended: ${runner().tail}`);
    if (found.size !== before) looks = 0;
    before = found.size;
    await new Promise(resolve => setTimeout(resolve, 500));
  }
  assert.fail(`windows are missing, seed ${SEED}: ${runner().tail}`);
}

test(`${KILLS} kills of the process lose nothing and repeat nothing`, async () => {
  const begun = performance.now();
  await client.createTopic("in", 3);
  await client.createTopic("out", 4);
  const events = new Events("in"), checkpoint = join(folder, "kills");
  let runner = start("in", "out", checkpoint);
  for (let kill = 0; kill < KILLS; kill++) {
    await events.produce(1500);
    await runner.did(1 + below(4));
    if (runner.hasEnded) assert.fail(`the program ended: ${runner.tail}`);
    await new Promise(resolve => setTimeout(resolve, below(25)));
    await runner.kill();
    runner = start("in", "out", checkpoint);
  }
  await events.end();
  await untilWhole(`${KILLS} kills of the process`, begun, "out", events, () => runner);
  await runner.kill();
});

test(`a broker that is killed ${BROKER_KILLS} times and comes back loses nothing and repeats nothing`, async () => {
  const begun = performance.now();
  await client.createTopic("in-broker", 3);
  await client.createTopic("out-broker", 4);
  const events = new Events("in-broker"), runner = start("in-broker", "out-broker", join(folder, "broker"));
  for (let kill = 0; kill < BROKER_KILLS; kill++) {
    await events.produce(2500);
    await runner.did(runner.batches + 1 + below(3));
    await new Promise(resolve => setTimeout(resolve, below(25)));
    await broker.stop("SIGKILL");
    await broker.resume();
  }
  await events.end();
  await untilWhole(`${BROKER_KILLS} kills of the broker`, begun, "out-broker", events, () => runner);
  await runner.kill();
});

test("of two processes that run the query only the newer one writes", async () => {
  const begun = performance.now();
  await client.createTopic("in-race", 3);
  await client.createTopic("out-race", 4);
  const events = new Events("in-race"), checkpoint = join(folder, "race");
  let runner = start("in-race", "out-race", checkpoint);
  for (let round = 0; round < RACES; round++) {
    await events.produce(1500);
    await runner.did(1 + below(3));
    await new Promise(resolve => setTimeout(resolve, below(20)));
    // The older process is asleep, perhaps in the middle of a transaction, and its lease is lost: nothing but the log and the broker keeps it out.
    runner.process.kill("SIGSTOP");
    rmSync(join(checkpoint, "lease.json"), { force: true });
    const older = runner;
    runner = start("in-race", "out-race", checkpoint);
    await events.produce(500);
    await runner.started();
    if (runner.hasEnded) assert.fail(`the newer one ended: ${runner.tail}`);
    if (below(2) === 0) await runner.did(1);
    older.process.kill("SIGCONT");
    await older.ended;
    assert.match(older.output, /MILLRACE_FENCED|MILLRACE_SINK_FENCED/, older.tail);
  }
  await events.end();
  await untilWhole(`${RACES} races`, begun, "out-race", events, () => runner);
  await runner.kill();
});
