/** Catches rows that are lost or doubled when the leaders of partitions move between brokers while a query reads and writes. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { seededRandom } from "../../src/base/clock.ts";
import { KafkaCluster } from "./kit/kafka-broker.ts";
import { KafkaClient } from "./kit/kafka-client.ts";
import { KafkaTrial } from "./kit/kafka-trial.ts";
import { WorkerProcess } from "./kit/worker-process.ts";

const SEED = Number(process.env["MILLRACE_SEED"] ?? Date.now() % 1_000_000), random = seededRandom(SEED), below = (end: number): number => random.uint32() % end;
const MOVES = process.env["MILLRACE_LONG"] === undefined ? 4 : 20;

let cluster: KafkaCluster, client: KafkaClient, folder: string;
before(async () => {
  cluster = await KafkaCluster.start(3, { "min.insync.replicas": "2", "transaction.state.log.min.isr": "2", "leader.imbalance.check.interval.seconds": "1", "auto.leader.rebalance.enable": "true" });
  client = new KafkaClient(cluster.addresses);
  folder = mkdtempSync(join(tmpdir(), "millrace-kafka-cluster-"));
});
after(async () => {
  WorkerProcess.killAll();
  await client?.[Symbol.asyncDispose]();
  await cluster?.[Symbol.asyncDispose]();
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
});

/** Leaders of the partitions of a topic. */
async function leaders(topic: string): Promise<readonly number[]> {
  const { topics } = await client.admin.metadata({ topics: [topic], forceUpdate: true });
  return topics.get(topic)!.partitions.map(({ leader }) => leader);
}

test(`leaders that move ${MOVES} times, with brokers that are stopped and killed, lose nothing and repeat nothing`, async () => {
  const trial = await KafkaTrial.open("moves", { servers: cluster.addresses, client, checkpoint: join(folder, "moves"), seed: SEED, replicas: 3 }), runner = trial.run(), led = new Set<string>();
  assert.ok(new Set([...await leaders(trial.input), ...await leaders(trial.output)]).size > 1, "one broker leads everything");
  for (let move = 0; move < MOVES; move++) {
    led.add((await leaders(trial.input)).join());
    await trial.produceAnyhow(1500);
    await runner.did(runner.batches + 1);
    const broker = cluster.brokers[move % cluster.brokers.length]!;
    await broker.stop(below(2) === 0 ? "SIGKILL" : "SIGTERM");
    led.add((await leaders(trial.input)).join());
    await trial.produceAnyhow(500);
    await runner.did(runner.batches + 2);
    await broker.resume();
  }
  assert.ok(led.size > 1, `the leaders never moved: ${[...led].join(" ")}`);
  await trial.end();
  await trial.recount();
  await trial.untilWhole(`${MOVES} moves, leaders ${[...led].join(" ")}`, runner);
  await runner.kill();
});
