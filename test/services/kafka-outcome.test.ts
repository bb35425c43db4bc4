/**
 * Catches a sink that takes a committed batch for a lost one, or the reverse, where the group of the marker doesn't know:
 * a broker that crashes can leave the marker undecided. Here that is made by a marker that no transaction knows of.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { session } from "millrace";
import { nodeFiles } from "../../src/base/files.ts";
import { seededRandom, systemClock, systemRandom } from "../../src/base/clock.ts";
import { batchesOf } from "../../src/columns/row-batches.ts";
import { Cluster } from "../../src/connectors/kafka/cluster.ts";
import { CODE } from "../../src/connectors/kafka/errors.ts";
import { sinkOptions } from "../../src/connectors/kafka/options.ts";
import { outcomeOf, placeFromText, type TransactionPlace } from "../../src/connectors/kafka/transaction-outcome.ts";
import { openSink } from "../../src/connectors/registry.ts";
import type { LedgerEntry, Sink, SinkContext } from "../../src/io/sink.ts";
import { Arena } from "../../src/memory/arena.ts";
import { STRING, field, struct } from "../../src/types/data-type.ts";
import { pause } from "./kit/contract-line.ts";
import { KafkaBroker } from "./kit/kafka-broker.ts";
import { KafkaClient } from "./kit/kafka-client.ts";

const SCHEMA = struct([field("value", STRING)]), SEED = Number(process.env["MILLRACE_SEED"] ?? Date.now() % 1_000_000);
const CRASHES = process.env["MILLRACE_LONG"] === undefined ? 2 : 30;
let lax: KafkaBroker, client: KafkaClient, arena: Arena, epoch = 0;
before(async () => {
  // It takes markers that no transaction knows of.
  lax = await KafkaBroker.start({ "transaction.partition.verification.enable": "false" });
  client = new KafkaClient(lax.address);
  arena = new Arena();
});
after(async () => {
  arena?.release();
  await client?.[Symbol.asyncDispose]();
  await lax?.[Symbol.asyncDispose]();
});

async function open(topic: string, broker = lax): Promise<Sink> {
  const options = { "kafka.bootstrap.servers": broker.address, topic, transactional: "true" };
  const sink = await openSink("kafka", { path: undefined, options, partitionBy: [] }, { clock: systemClock, random: systemRandom, files: nodeFiles, timeZone: "UTC", print: () => {}, warn: () => {}, renderTable: () => "" });
  await sink.open({ queryId: topic, queryName: null, epoch: ++epoch, schema: SCHEMA, outputMode: "append", keyColumns: [], timeZone: "UTC", hasWatermark: false } satisfies SinkContext);
  return sink;
}

/** What the log has of a batch before its commit. */
async function prepare(sink: Sink, batchId: number, ...values: string[]): Promise<LedgerEntry> {
  const batch = sink.begin!(batchId);
  for (const rows of batchesOf(SCHEMA, values.map(value => [value]), arena)) batch.write(rows);
  await batch.prepare();
  return { batchId, digest: batch.digest! };
}

async function withCluster<T>(work: (cluster: Cluster) => Promise<T>, broker = lax): Promise<T> {
  const cluster = await Cluster.open(sinkOptions({ "kafka.bootstrap.servers": broker.address, topic: "any" }, nodeFiles).connection, systemClock);
  try { return await work(cluster); } finally { await cluster.close(); }
}

const placeOf = ({ digest }: LedgerEntry): TransactionPlace => placeFromText(digest.split("@")[1]!)!;

/** The group of a query gets a marker that no end follows. */
async function makeUndecided(topic: string, logged: LedgerEntry): Promise<void> {
  const { producerId } = placeOf(logged);
  await withCluster(async cluster => {
    const [node] = (await cluster.topics([topic]))[0]!.leaders, id = `millrace-${topic}`;
    const answer = await cluster.ask(await cluster.connection(node!), cluster.client.txnOffsetCommitV3.api, id, id, producerId, 0, -1, "", null, [
      { name: topic, partitions: [{ partitionIndex: 0, committedOffset: BigInt(logged.batchId), committedLeaderEpoch: -1, committedMetadata: JSON.stringify(logged) }] },
    ]);
    assert.deepEqual(answer.topics.flatMap(one => one.partitions.map(({ errorCode }) => errorCode)), [0]);
  });
}

/** Without a transaction. */
async function overwriteMarker(topic: string, entry: LedgerEntry): Promise<void> {
  await withCluster(async cluster => {
    const [node] = (await cluster.topics([topic]))[0]!.leaders, { api } = cluster.client.offsetCommitV8;
    const answer = await cluster.ask(await cluster.connection(node!), api, `millrace-${topic}`, -1, "", null, [{ name: topic, partitions: [{ partitionIndex: 0, committedOffset: BigInt(entry.batchId), committedLeaderEpoch: -1, committedMetadata: JSON.stringify(entry) }] }] as never);
    assert.deepEqual(answer.topics.flatMap(one => one.partitions.map(({ errorCode }) => errorCode)), [0]);
  });
}

/** What readers of committed records find. */
async function committedValues(topic: string, broker: KafkaBroker): Promise<string[]> {
  await using mill = session({ timeZone: "UTC" });
  return (await mill.read.format("kafka").options({ "kafka.bootstrap.servers": broker.address, subscribe: topic } as never).load().selectExpr("CAST(value AS STRING) AS value").collect()).map(row => String(row["value"]));
}

/** The marker as the group has it now; undefined if it is undecided. */
const stableMarker = (topic: string, broker = lax): Promise<string | null | undefined> => withCluster(cluster => cluster.retrying("Reading a marker", async () => {
  const leader = (await cluster.topics([topic]))[0]!.leaders[0]!;
  const answer = await cluster.ask(await cluster.connection(leader), cluster.client.offsetFetchV8.api, [{ groupId: `millrace-${topic}`, topics: [{ name: topic, partitionIndexes: [0] }] }] as never, true);
  cluster.check(answer.groups[0]!.errorCode, topic);
  const { errorCode, metadata } = answer.groups[0]!.topics[0]!.partitions[0]!;
  return errorCode === CODE.unstableOffsetCommit ? undefined : metadata ?? null;
}), broker);

test("an undecided marker: what stands behind the records says whether the batch was committed", async () => {
  for (const isCommitted of [true, false]) {
    const topic = `undecided-${isCommitted}`;
    await client.createTopic(topic, 2);
    const first = await open(topic);
    assert.equal(await first.lastCommitted!(undefined), null);
    await first.commit!(0, (await prepare(first, 0, "a")).digest);
    const logged = await prepare(first, 1, "b", "c");
    if (isCommitted) await first.commit!(1, logged.digest);
    await first.stop();
    await makeUndecided(topic, logged);

    const next = await open(topic);
    assert.equal(await stableMarker(topic), undefined, "the test made no undecided marker");
    assert.deepEqual(await next.lastCommitted!(logged), isCommitted ? logged : { batchId: 0, digest: "" });
    // The next commit ends what was undecided, and is found again.
    const batchId = isCommitted ? 2 : 1, after = await prepare(next, batchId, "d");
    await next.commit!(batchId, after.digest);
    await next.stop();
    const last = await open(topic);
    assert.equal((await last.lastCommitted!(after))!.batchId, batchId);
    await last.stop();
  }
});

test("an older marker than the log's last batch is not believed where the records say that it was committed", async () => {
  const topic = "reverted";
  await client.createTopic(topic);
  const first = await open(topic);
  await first.commit!(0, (await prepare(first, 0, "a")).digest);
  const logged = await prepare(first, 1, "b");
  await first.commit!(1, logged.digest);
  await first.stop();
  // As a lost end of the marker followed by an aborted transaction leaves it.
  await overwriteMarker(topic, { batchId: 0, digest: "0" });
  const next = await open(topic);
  assert.equal(JSON.parse((await stableMarker(topic))!).batchId, 0);
  assert.deepEqual(await next.lastCommitted!(logged), logged);
  await next.stop();
});

test("a batch without records, records that are gone, a topic that was made anew", async () => {
  const topic = "gone";
  await client.createTopic(topic);
  const first = await open(topic);
  await first.commit!(0, (await prepare(first, 0, "a")).digest);
  const empty = await prepare(first, 1);
  assert.equal(empty.digest, "0@");
  await first.commit!(1, empty.digest);
  const second = await prepare(first, 2, "c");
  await first.commit!(2, second.digest);
  await first.stop();
  await withCluster(async cluster => {
    assert.equal(await outcomeOf(cluster, placeOf(second)), "committed");
    assert.equal(await outcomeOf(cluster, { ...placeOf(second), producerId: placeOf(second).producerId + 1n }), undefined, "another's records");
    assert.equal(await outcomeOf(cluster, { ...placeOf(second), partition: 1 }), undefined);
    assert.equal(await outcomeOf(cluster, { ...placeOf(second), topic: "never-there" }), undefined);
    await client.admin.deleteRecords({ topics: [{ name: topic, partitions: [{ partition: 0, offset: BigInt(placeOf(second).offset + 1) }] }] });
    assert.equal(await outcomeOf(cluster, placeOf(second)), undefined, "records that were deleted");
  });
  // The marker is believed then.
  const next = await open(topic);
  assert.equal((await next.lastCommitted!(second))!.batchId, 2);
  await next.stop();
});

test(`a broker that is killed in the middle of ${CRASHES} commits: the next start knows each time what readers find`, async t => {
  const topic = "crashes", random = seededRandom(SEED), committed: string[] = [];
  await using broker = await KafkaBroker.start();
  await using own = new KafkaClient(broker.address);
  await own.createTopic(topic, 3);
  let batchId = 0, undecided = 0;
  for (let crash = 0; crash < CRASHES; crash++) {
    let logged: LedgerEntry | undefined, values: string[] = [];
    const sink = await open(topic, broker);
    const work = (async () => {
      for (;;) {
        values = Array.from({ length: 1 + random.uint32() % 5 }, (_, i) => `${batchId}.${i}.${crash}`);
        const entry = await prepare(sink, batchId, ...values);
        logged = entry; // as the log has it now
        await sink.commit!(batchId, entry.digest);
        committed.push(...values);
        values = [];
        batchId++;
      }
    })();
    const failed = work.catch((error: unknown) => error);
    // Somewhere in one of the next commits, and also in the first of a new producer.
    for (const from = batchId, until = from + random.uint32() % 8; batchId < until || logged === undefined;) await pause(1);
    await pause(random.uint32() % 12);
    await broker.stop("SIGKILL");
    sink.stopping?.();
    await failed;
    await sink.stop();
    await broker.resume();
    const next = await open(topic, broker);
    const last = await next.lastCommitted!(logged);
    await next.stop();
    if (await stableMarker(topic, broker) === undefined) undecided++;
    if (logged !== undefined && logged.batchId === batchId && last!.batchId === batchId) {
      committed.push(...values);
      batchId++;
    } else assert.equal(last?.batchId ?? -1, batchId - 1, `seed ${SEED}, crash ${crash}`);
    assert.deepEqual((await committedValues(topic, broker)).toSorted(), committed.toSorted(), `seed ${SEED}, crash ${crash}`);
  }
  t.diagnostic(`${batchId} commits, ${undecided} markers of ${CRASHES} undecided, seed ${SEED}`);
});
