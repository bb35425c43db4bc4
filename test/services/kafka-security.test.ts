/** Catches credentials that don't work or come to light, and failures of a broker that don't say what is wrong. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { MillraceError, session } from "millrace";
import { kafka, kafkaSink, type KafkaOptions } from "millrace/kafka";
import { KafkaBroker, USERS } from "./kit/kafka-broker.ts";
import { KafkaClient } from "./kit/kafka-client.ts";

let broker: KafkaBroker, client: KafkaClient, folder: string;
before(async () => {
  broker = await KafkaBroker.start({}, { sasl: true });
  client = new KafkaClient(broker.address);
  folder = mkdtempSync(join(tmpdir(), "millrace-kafka-security-"));
  await client.createTopic("secured", 1);
  await client.produceMany("secured", 10);
});
after(async () => {
  await client?.[Symbol.asyncDispose]();
  await broker?.[Symbol.asyncDispose]();
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
});

/** What is thrown, all of it: text, causes, parameters. */
async function failure(options: KafkaOptions): Promise<{ readonly error: MillraceError; readonly text: string }> {
  await using mill = session();
  try {
    await mill.read.from(kafka(options)).count();
  } catch (error) {
    assert.ok(error instanceof MillraceError, String(error));
    const texts: string[] = [];
    for (let one: unknown = error; one !== undefined; one = one instanceof Error ? one.cause : undefined) texts.push(String(one), JSON.stringify(one));
    return { error, text: texts.join("\n") };
  }
  return assert.fail("it worked");
}

test("PLAIN and SCRAM, by an object, by Kafka's options and by a JAAS line", async () => {
  await using mill = session();
  const count = (options: Omit<KafkaOptions, "bootstrapServers">): Promise<number> => mill.read.from(kafka({ bootstrapServers: broker.saslAddress, subscribe: "secured", ...options })).count();
  assert.equal(await count({ sasl: { mechanism: "PLAIN", username: "plain", password: USERS.plain } }), 10);
  assert.equal(await count({ sasl: { mechanism: "SCRAM-SHA-256", username: "scram", password: USERS.scram } }), 10);
  const byName = (options: Readonly<Record<string, string>>): Promise<number> => mill.read.format("kafka").options({ "kafka.bootstrap.servers": broker.saslAddress, subscribe: "secured", "kafka.security.protocol": "SASL_PLAINTEXT", ...options }).load().count();
  assert.equal(await byName({ "kafka.sasl.mechanism": "SCRAM-SHA-256", "kafka.sasl.username": "scram", "kafka.sasl.password": USERS.scram }), 10);
  assert.equal(await byName({ "kafka.sasl.mechanism": "PLAIN", "kafka.sasl.jaas.config": `org.apache.kafka.common.security.plain.PlainLoginModule required username="plain" password="${USERS.plain}";` }), 10);
});

test("a wrong password is said to be one, at once, and not repeated", async () => {
  for (const [mechanism, username] of [["PLAIN", "plain"], ["SCRAM-SHA-256", "scram"]] as const) {
    const { error, text } = await failure({ bootstrapServers: broker.saslAddress, subscribe: "secured", sasl: { mechanism, username, password: "a-wrong-password" }, "kafka.connect.timeout.ms": 3_600_000 });
    assert.equal(error.condition, "MILLRACE_KAFKA_AUTHENTICATION");
    assert.ok(!text.includes("a-wrong-password"), text);
  }
});

test("an address where nobody answers, or where it is not Kafka that does", async () => {
  const deaf = createServer(socket => { socket.on("error", () => {}); }), { promise, resolve } = Promise.withResolvers<void>();
  deaf.listen(0, "127.0.0.1", resolve);
  await promise;
  for (const address of ["127.0.0.1:1", `127.0.0.1:${(deaf.address() as AddressInfo).port}`]) {
    const { error } = await failure({ bootstrapServers: address, subscribe: "secured", "kafka.connect.timeout.ms": 300, "kafka.request.timeout.ms": 1000 });
    assert.equal(error.condition, "MILLRACE_KAFKA_CONNECTION");
    assert.match(error.message, new RegExp(address));
  }
  deaf.close();
});

test("a topic that is not there, and options that are wrong", async () => {
  const at = { bootstrapServers: broker.address };
  assert.equal((await failure({ ...at, subscribe: "nowhere" })).error.condition, "MILLRACE_KAFKA_TOPIC_NOT_FOUND");
  await using mill = session();
  const options = (given: Readonly<Record<string, string>>): Promise<number> => mill.read.format("kafka").options({ "kafka.bootstrap.servers": broker.address, subscribe: "secured", ...given }).load().count();
  await assert.rejects(options({ startingOfsets: "earliest" }), /did you mean startingOffsets/);
  await assert.rejects(options({ "kafka.group.id": "g" }), /no consumer group is joined/);
  await assert.rejects(options({ assign: "{\"secured\":[0]}" }), /Only one of the options/);
  await assert.rejects(options({ startingOffsets: "latest" }), { condition: "MILLRACE_INVALID_OPTION" });
  await assert.rejects(mill.read.format("kafka").option("subscribe", "secured").load().count(), /kafka.bootstrap.servers/);
  const rows = mill.readStream.from(kafka({ ...at, subscribe: "secured" }));
  await assert.rejects(rows.select("key").writeStream.to(kafkaSink({ ...at, topic: "secured" }) as never).start(), { condition: "MILLRACE_KAFKA_SINK_SCHEMA" });
  await assert.rejects(rows.select("value").writeStream.to(kafkaSink({ ...at, topic: "nowhere" })).start(), { condition: "MILLRACE_KAFKA_TOPIC_NOT_FOUND" });
  await assert.rejects(rows.select("value").writeStream.to(kafkaSink({ ...at, transactional: true })).start(), /markerTopic/);
});

test("a password is not in the checkpoint, the progress, the plan or the page", async () => {
  await client.createTopic("secured-out", 1);
  await using mill = session({ page: { port: 0 } });
  const sasl = { mechanism: "PLAIN", username: "plain", password: USERS.plain } as const, checkpointLocation = join(folder, "checkpoint");
  const query = await mill.readStream.from(kafka({ bootstrapServers: broker.saslAddress, subscribe: "secured", startingOffsets: "earliest", sasl })).select("value")
    .writeStream.queryName("secured").to(kafkaSink({ bootstrapServers: broker.saslAddress, topic: "secured-out", transactional: true, sasl })).start({ checkpointLocation });
  await query.processAllAvailable();
  const page = (await mill.livePage())!.url, seen: string[] = [JSON.stringify(query.recentProgress), String(query.status.message)];
  for (const path of ["/api/queries", `/api/queries/${query.id}`, `/api/queries/${query.id}/plan`, `/api/queries/${query.id}/progress`, "/metrics"]) seen.push(await (await fetch(new URL(path, page))).text());
  await query.stop();
  for (const entry of readdirSync(checkpointLocation, { recursive: true, withFileTypes: true })) if (entry.isFile()) seen.push(readFileSync(join(entry.parentPath, entry.name), "latin1"));
  assert.equal(query.lastProgress?.sources[0]?.description, "KafkaV2[Subscribe[secured]]");
  for (const text of seen) assert.ok(!text.includes(USERS.plain), text.slice(0, 500));
});
