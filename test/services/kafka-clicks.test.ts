/** Catches the Kafka program of the public API when it no longer runs as it stands: what it reads, writes once and tells a person. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { session } from "millrace";
import { kafka } from "millrace/kafka";
import { KafkaBroker } from "./kit/kafka-broker.ts";
import { KafkaClient } from "./kit/kafka-client.ts";
import { WorkerProcess } from "./kit/worker-process.ts";

let broker: KafkaBroker, client: KafkaClient, folder: string;
before(async () => {
  broker = await KafkaBroker.start();
  client = new KafkaClient(broker.address);
  folder = mkdtempSync(join(tmpdir(), "millrace-kafka-clicks-"));
});
after(async () => {
  WorkerProcess.killAll();
  await client?.[Symbol.asyncDispose]();
  await broker?.[Symbol.asyncDispose]();
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
});

const start = (): WorkerProcess => new WorkerProcess(join(import.meta.dirname, "kafka-clicks-worker.ts"), [broker.address, folder, "clicks", "visits"]);

/** Clicks on one day, each as `user time page`; no page: it has none. */
async function click(...clicks: readonly string[]): Promise<void> {
  await client.produce(clicks.map(text => {
    const [user, time, page] = text.split(" ");
    return { topic: "clicks", key: user!, value: JSON.stringify({ user, page, at: `2026-03-04T${time}:00Z` }) };
  }));
}

/** What a reader of committed records finds, in order. */
async function visits(): Promise<string[]> {
  await using mill = session();
  const rows = await mill.read.from(kafka({ bootstrapServers: broker.address, subscribe: "visits" })).select(r => ({ value: r.value.cast("string") })).collect();
  return rows.map(({ value }) => {
    const { user, clicks, from } = JSON.parse(value!) as { user: string; clicks: number; from: string };
    return `${user} ${clicks} from ${new Date(from).toISOString().slice(11, 16)}`;
  }).sort();
}

/** Until so many visits are committed, or the program has ended. */
async function committed(worker: WorkerProcess, count: number): Promise<string[]> {
  let found = await visits();
  for (let seen = ""; found.length < count && !worker.hasEnded; found = await visits()) {
    // A batch that is done prints a line, so it is looked at again when there is one.
    seen = worker.output;
    await worker.until(() => worker.output !== seen);
  }
  return found;
}

/** Lines `batch watermark rows late` of the progress. */
const progressOf = (worker: WorkerProcess): { readonly batch: number; readonly watermark: string; readonly rows: number; readonly late: number }[] =>
  [...worker.output.matchAll(/^(\d+) (\S+Z) (\d+) (\d+)$/gm)].map(([, batch, watermark, rows, late]) => ({ batch: Number(batch), watermark: watermark!, rows: Number(rows), late: Number(late) }));
const sum = (numbers: readonly number[]): number => numbers.reduce((all, n) => all + n, 0);

/** Lines `batch user section` of what is told people, without the batch. */
const told = (worker: WorkerProcess): string[] => [...worker.output.matchAll(/^\d+ ([a-z]+) ([a-z]+)$/gm)].map(([, user, section]) => `${user} ${section}`).sort();

test("visits are in the topic once, also when the program is killed between two of them", { timeout: 180_000 }, async () => {
  await client.createTopic("clicks", 1);
  await client.createTopic("visits", 1);
  await click("ada 10:00 /books/1", "bob 10:05 /music", "ada 10:20 /books/2", "bob 10:10");
  await client.produce([{ topic: "clicks", value: "no JSON" }, { topic: "clicks", value: JSON.stringify({ page: "/nobody", at: "2026-03-04T10:01:00Z" }) }]);
  await click("eve 12:00 /music");

  const first = start();
  assert.deepEqual(await committed(first, 2), ["ada 2 from 10:00", "bob 2 from 10:05"], first.tail);
  await first.until(() => told(first).length === 5);
  assert.deepEqual(told(first), ["ada books", "ada books", "bob home", "bob music", "eve music"], first.tail);
  assert.equal(sum(progressOf(first).map(one => one.rows)), 7, first.tail);
  await first.kill();

  // Late for the watermark that the killed run left behind: it was 11:59.
  await click("ada 10:30 /books/3", "eve 12:20 /music", "ada 12:10 /games", "zoe 14:00 /books");
  const second = start();
  assert.deepEqual(await committed(second, 4), ["ada 1 from 12:10", "ada 2 from 10:00", "bob 2 from 10:05", "eve 2 from 12:00"], second.tail);
  await second.until(() => progressOf(second).some(one => one.watermark === "2026-03-04T13:59:00.000Z"));
  assert.equal(sum(progressOf(second).map(one => one.late)), 1, second.tail);
  assert.equal(sum(progressOf(second).map(one => one.rows)), 4, second.tail);
  assert.deepEqual(progressOf(second).map(one => one.batch).filter(batch => progressOf(first).some(one => one.batch === batch)), [], "a batch was run again");
  await second.kill();
});
