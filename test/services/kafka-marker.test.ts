/** Catches a sink that can't start any more because a broker holds an offset of a transaction that nobody will end. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { systemClock } from "../../src/base/clock.ts";
import { Cluster } from "../../src/connectors/kafka/cluster.ts";
import { Coordinator, GROUP, TRANSACTION } from "../../src/connectors/kafka/coordinator.ts";
import { BrokerError, CODE } from "../../src/connectors/kafka/errors.ts";
import { Producer } from "../../src/connectors/kafka/producer.ts";
import { KafkaBroker } from "./kit/kafka-broker.ts";
import { KafkaClient } from "./kit/kafka-client.ts";

const ID = "an-id", TOPIC = "rows";
let broker: KafkaBroker, client: KafkaClient;
before(async () => {
  // Takes an offset for a transaction that its coordinator does not know of, which is what a crash between the two leaves.
  broker = await KafkaBroker.start({ "transaction.partition.verification.enable": "false" });
  client = new KafkaClient(broker.address);
  await client.createTopic(TOPIC, 1);
});
after(async () => {
  await client?.[Symbol.asyncDispose]();
  await broker?.[Symbol.asyncDispose]();
});

async function open(): Promise<{ readonly cluster: Cluster; readonly producer: Producer }> {
  const [host, port] = broker.address.split(":") as [string, string];
  const cluster = await Cluster.open({ servers: [{ host, port: Number(port) }], connectTimeoutMillis: 10_000, requestTimeoutMillis: 10_000, deliveryTimeoutMillis: 10_000, clientId: "marker" } as never, systemClock);
  return { cluster, producer: new Producer(cluster, ID, 60_000, "none") };
}

/** What is known of the marker: its text, or the broker's code. */
async function stored(cluster: Cluster): Promise<string | number> {
  return await new Coordinator(cluster, GROUP, ID).asking("Reading", async connection => {
    const answer = await cluster.ask(connection, cluster.client.offsetFetchV8.api, [{ groupId: ID, topics: [{ name: TOPIC, partitionIndexes: [0] }] }] as never, true);
    const { errorCode, metadata } = answer.groups[0]!.topics[0]!.partitions[0]!;
    return errorCode === 0 ? metadata ?? "" : errorCode;
  });
}

/** Writes a marker into the group and into no transaction. */
async function leaveUndecided(cluster: Cluster, offset: number): Promise<void> {
  // An id is the producer's own: its next epoch is what the same transactional id is given now.
  const given = await new Coordinator(cluster, TRANSACTION, ID).asking("Beginning", async connection => {
    const answer = await cluster.ask(connection, cluster.client.initProducerIdV4.api, ID, 60_000, -1n, -1);
    if (answer.errorCode !== 0) throw new BrokerError(answer.errorCode, "begin", ID);
    return answer;
  });
  await new Coordinator(cluster, GROUP, ID).asking("Leaving a marker", async connection => {
    await cluster.ask(connection, cluster.client.txnOffsetCommitV3.api, ID, ID, given.producerId, given.producerEpoch, -1, "", null, [{
      name: TOPIC, partitions: [{ partitionIndex: 0, committedOffset: BigInt(offset), committedLeaderEpoch: -1, committedMetadata: "never decided" }],
    }]);
  });
}

test("a marker left undecided by a crash is passed over, and the next commit takes its place", async () => {
  const first = await open();
  await first.producer.begin();
  assert.equal(await first.producer.marker(TOPIC), null);
  await first.producer.commit({ topic: TOPIC, offset: 7, metadata: "batch 7" });
  await leaveUndecided(first.cluster, 8);
  assert.equal(await stored(first.cluster), CODE.unstableOffsetCommit);
  await first.cluster.close();

  const second = await open();
  await second.producer.begin();
  assert.equal(await second.producer.marker(TOPIC), "batch 7");
  assert.equal(await stored(second.cluster), "batch 7");
  await second.producer.commit({ topic: TOPIC, offset: 8, metadata: "batch 8" });
  assert.equal(await second.producer.marker(TOPIC), "batch 8");
  await second.cluster.close();
});
