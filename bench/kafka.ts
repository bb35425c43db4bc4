/**
 * Kafka: messages of 200 bytes of JSON into a windowed count, beside a loop over the plain client and one over kafkajs
 * (left out unless it is installed: `npm install --no-save kafkajs`), all in messages per second of this process's CPU, in a second run. The
 * broker is a process of its own and isn't counted. Then how long it takes from producing to the result, at 20,000 a second,
 * and to a loop over the plain client.
 *
 *     npm run bench:kafka -- [--messages 400000] [--seconds 8] [--rate 20000]
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Consumer, MessagesStreamModes } from "@platformatic/kafka";
import { schema, session, string, timestamp } from "millrace";
import { count, from_json, window } from "millrace/functions";
import { kafka } from "millrace/kafka";
import { KafkaBroker } from "../test/services/kit/kafka-broker.ts";
import { KafkaClient } from "../test/services/kit/kafka-client.ts";
import { eventMillis, messageOf } from "./kafka-producer.ts";

const { values } = parseArgs({ options: { messages: { type: "string", default: "400000" }, seconds: { type: "string", default: "8" }, rate: { type: "string", default: "20000" } } });
const messages = Number(values.messages), seconds = Number(values.seconds), rate = Number(values.rate), PARTITIONS = 4, CHUNK = 2000;
/** Until the producer has started; and what is not measured, as programs are still being compiled. */
const START_MILLIS = 1000, WARM_SECONDS = 2;
const Event = schema({ key: string().notNull(), at: timestamp().notNull() });

const scratch = mkdtempSync(join(tmpdir(), "millrace-bench-kafka-"));
await using broker = await KafkaBroker.start();
await using client = new KafkaClient(broker.address);
try {
  await client.createTopic("events", PARTITIONS);
  for (let from = 0; from < messages; from += CHUNK) {
    await client.produce(Array.from({ length: Math.min(CHUNK, messages - from) }, (_, i) => ({ topic: "events", partition: (from / CHUNK) % PARTITIONS, value: messageOf(from + i, eventMillis(from + i)) })));
  }
  await throughput("millrace, checkpoint on disk", ours);
  await throughput("@platformatic/kafka and JSON.parse", plainClient);
  await throughput("kafkajs and JSON.parse", kafkajs);
  console.log(`${rate.toLocaleString("en")} a second, from when they were due to be produced:`);
  await latency();
  await plainLatency();
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

async function throughput(name: string, run: () => Promise<number | undefined>): Promise<void> {
  if (await run() === undefined) return console.log(`${name.padEnd(40)} not installed`);
  const cpu = process.cpuUsage(), begun = performance.now(), counted = await run();
  const { user, system } = process.cpuUsage(cpu), cpuSeconds = (user + system) / 1e6;
  if (counted !== messages) throw new Error(`${name} counted ${counted} of ${messages}`);
  console.log(`${name.padEnd(40)} ${Math.round(messages / cpuSeconds).toLocaleString("en").padStart(12)} messages per CPU-second, ${((performance.now() - begun) / 1000).toFixed(2)} s`);
}

async function ours(): Promise<number> {
  await using mill = session({ timeZone: "UTC" });
  let counted = 0;
  const query = await mill.readStream.from(kafka({ bootstrapServers: broker.address, subscribe: "events", startingOffsets: "earliest", maxOffsetsPerTrigger: 100_000 }))
    .select(r => ({ event: from_json(r.value.cast("string"), Event) }))
    .groupBy(r => ({ window: window(r.event.at, "10 seconds"), key: r.event.key })).agg(() => ({ n: count() }))
    .writeStream.outputMode("update").trigger({ availableNow: true }).format("noop").start({ checkpointLocation: mkdtempSync(join(scratch, "throughput-")) });
  for await (const progress of query.progress()) counted += progress.numInputRows;
  await query.awaitTermination();
  return counted;
}

/** What a program without an engine does: a Map of counts. */
function counter(): (value: Buffer) => number {
  const counts = new Map<string, number>();
  let counted = 0;
  return value => {
    const { at, key } = JSON.parse(value.toString()) as { at: string; key: string }, name = `${Math.floor(Date.parse(at) / 10_000)} ${key}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
    return ++counted;
  };
}

async function plainClient(): Promise<number> {
  const consumer = new Consumer({ clientId: "bench", groupId: `bench-plain-${Date.now()}`, bootstrapBrokers: [broker.address] }), take = counter();
  const stream = await consumer.consume({ topics: ["events"], mode: MessagesStreamModes.EARLIEST, maxWaitTime: 100 });
  let counted = 0;
  for await (const message of stream) if ((counted = take(message.value)) === messages) break;
  await consumer.close(true);
  return counted;
}

interface KafkaJs { Kafka: new (options: object) => { consumer(options: object): { connect(): Promise<void>; subscribe(options: object): Promise<void>; run(options: object): Promise<void>; disconnect(): Promise<void> } } }

async function kafkajs(): Promise<number | undefined> {
  let peer: KafkaJs;
  try { peer = await import("kafkajs" as string) as KafkaJs; } catch { return undefined; }
  const consumer = new peer.Kafka({ clientId: "bench", brokers: [broker.address], logLevel: 0 }).consumer({ groupId: `bench-kafkajs-${Date.now()}` }), take = counter(), { promise, resolve } = Promise.withResolvers<number>();
  await consumer.connect();
  await consumer.subscribe({ topics: ["events"], fromBeginning: true });
  await consumer.run({ eachBatchAutoResolve: true, eachBatch: async ({ batch }: { batch: { messages: { value: Buffer }[] } }) => { for (const { value } of batch.messages) if (take(value) === messages) resolve(messages); } });
  const counted = await promise;
  await consumer.disconnect();
  return counted;
}

/** Produces in a process of its own, from a moment of this process's clock on; `took`: this process's share of a CPU meanwhile, in percent. */
async function produceLive(topic: string, begin: number): Promise<{ readonly took: number }> {
  const cpu = process.cpuUsage(), file = join(import.meta.dirname, "kafka-producer.ts");
  const producer = spawn(process.execPath, ["--conditions=millrace-source", file, broker.address, topic, String(rate * seconds), String(rate), String(performance.timeOrigin + begin)], { stdio: "inherit" });
  const [code] = await once(producer, "exit") as [number | null];
  if (code !== 0) throw new Error(`the producer ended with ${code}`);
  const { user, system } = process.cpuUsage(cpu);
  return { took: Math.round((user + system) / 10 / (performance.now() - begin)) };
}

function report(name: string, latencies: readonly number[], { took }: { readonly took: number }): void {
  const sorted = latencies.toSorted((a, b) => a - b), at = (part: number): string => `${(sorted[Math.floor(part * (sorted.length - 1))] ?? Number.NaN).toFixed(1)} ms`;
  console.log(`${name.padEnd(40)} p50 ${at(0.5)}, p99 ${at(0.99)}, greatest ${at(1)} (${sorted.length.toLocaleString("en")} messages; ${took} % of a CPU)`);
}

/** Each message's way, from the moment it was due to be produced to the acknowledgement of the batch that counted it. */
async function latency(): Promise<void> {
  await client.createTopic("live", 1);
  await using mill = session({ timeZone: "UTC" });
  const latencies: number[] = [], begin = performance.now() + START_MILLIS;
  mill.streams.addListener({
    onQueryProgress({ progress }) {
      const now = performance.now(), [source] = progress.sources, to = endOf(source!.endOffset);
      for (let i = Math.max(endOf(source!.startOffset), WARM_SECONDS * rate); i < to; i++) latencies.push(now - begin - i * 1000 / rate);
    },
  });
  const query = await mill.readStream.from(kafka({ bootstrapServers: broker.address, subscribe: "live", startingOffsets: "earliest" }))
    .select(r => ({ event: from_json(r.value.cast("string"), Event) }))
    .groupBy(r => ({ window: window(r.event.at, "10 seconds"), key: r.event.key })).agg(() => ({ n: count() }))
    .writeStream.outputMode("update").format("memory").queryName("live").start({ checkpointLocation: join(scratch, "latency") });
  const produced = await produceLive("live", begin);
  await query.processAllAvailable();
  await query.stop();
  report("millrace, counted and durable", latencies, produced);
}

/** The same way to a loop over the plain client, which keeps nothing: what the machine, the producer and the broker take. */
async function plainLatency(): Promise<void> {
  await client.createTopic("live-plain", 1);
  const consumer = new Consumer({ clientId: "bench", groupId: `bench-live-${Date.now()}`, bootstrapBrokers: [broker.address] }), take = counter(), latencies: number[] = [];
  const stream = await consumer.consume({ topics: ["live-plain"], mode: MessagesStreamModes.EARLIEST, maxWaitTime: 100 }), begin = performance.now() + START_MILLIS, produced = produceLive("live-plain", begin);
  for await (const message of stream) {
    const i = Number(message.offset);
    take(message.value);
    if (i >= WARM_SECONDS * rate) latencies.push(performance.now() - begin - i * 1000 / rate);
    if (i === rate * seconds - 1) break;
  }
  await consumer.close(true);
  report("@platformatic/kafka and JSON.parse", latencies, await produced);
}

function endOf(offset: unknown): number { return (offset as { live?: { 0?: number } } | null)?.live?.[0] ?? 0; }
