/** Catches a batch that is written twice or not at all when its process or the broker is killed, or when two processes run the query. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { seededRandom } from "../../src/base/clock.ts";
import { KafkaBroker } from "./kit/kafka-broker.ts";
import { KafkaClient } from "./kit/kafka-client.ts";
import { KafkaTrial } from "./kit/kafka-trial.ts";
import { WorkerProcess } from "./kit/worker-process.ts";

const SEED = Number(process.env["MILLRACE_SEED"] ?? Date.now() % 1_000_000), random = seededRandom(SEED), below = (end: number): number => random.uint32() % end;
const IS_LONG = process.env["MILLRACE_LONG"] !== undefined, KILLS = Number(process.env["MILLRACE_KILLS"] ?? (IS_LONG ? 200 : 20)), BROKER_KILLS = Number(process.env["MILLRACE_BROKER_KILLS"] ?? (IS_LONG ? 20 : 3)), RACES = IS_LONG ? 20 : 4;

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

const open = (name: string): Promise<KafkaTrial> => KafkaTrial.open(name, { servers: broker.address, client, checkpoint: join(folder, name), seed: SEED });

test(`${KILLS} kills of the process lose nothing and repeat nothing`, async () => {
  const trial = await open("kills");
  let runner = trial.run();
  for (let kill = 0; kill < KILLS; kill++) {
    await trial.produce(1500);
    await runner.did(1 + below(4));
    if (runner.hasEnded) assert.fail(`the program ended: ${runner.tail}`);
    await new Promise(resolve => setTimeout(resolve, below(25)));
    await runner.kill();
    runner = trial.run();
  }
  await trial.end();
  await trial.untilWhole(`${KILLS} kills of the process`, runner);
  await runner.kill();
});

test(`a broker that is killed ${BROKER_KILLS} times and comes back loses nothing and repeats nothing`, async () => {
  const trial = await open("broker"), runner = trial.run();
  for (let kill = 0; kill < BROKER_KILLS; kill++) {
    await trial.produceAnyhow(2500);
    await runner.did(runner.batches + 1 + below(3));
    await new Promise(resolve => setTimeout(resolve, below(25)));
    await broker.stop("SIGKILL");
    await broker.resume();
  }
  await trial.end();
  await trial.recount();
  await trial.untilWhole(`${BROKER_KILLS} kills of the broker`, runner);
  await runner.kill();
});

test("of two processes that run the query only the newer one writes", async () => {
  const trial = await open("race");
  let runner = trial.run();
  for (let round = 0; round < RACES; round++) {
    await trial.produce(1500);
    await runner.did(1 + below(3));
    await new Promise(resolve => setTimeout(resolve, below(20)));
    // The older process is asleep, perhaps in the middle of a transaction, and its lease is lost: nothing but the log and the broker keeps it out.
    runner.process.kill("SIGSTOP");
    rmSync(join(folder, "race", "lease.json"), { force: true });
    const older = runner;
    runner = trial.run();
    await trial.produce(500);
    await runner.started();
    if (runner.hasEnded) assert.fail(`the newer one ended: ${runner.tail}`);
    if (below(2) === 0) await runner.did(1);
    older.process.kill("SIGCONT");
    await older.ended;
    assert.match(older.output, /MILLRACE_FENCED|MILLRACE_SINK_FENCED/, older.tail);
  }
  await trial.end();
  await trial.untilWhole(`${RACES} races`, runner);
  await runner.kill();
});
