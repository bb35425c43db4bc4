/** Catches encrypted connections to a real broker that don't work, that believe anybody, or that don't say what is wrong. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { session } from "millrace";
import { kafka, kafkaSink, type KafkaConnection, type KafkaOptions } from "millrace/kafka";
import { Authority } from "./kit/certificates.ts";
import { textOfError } from "./kit/contract-line.ts";
import { KafkaBroker, USERS } from "./kit/kafka-broker.ts";
import { KafkaClient } from "./kit/kafka-client.ts";

const authority = new Authority("millrace test authority"), server = authority.vouchFor("broker", ["DNS:localhost"]), me = authority.vouchFor("me");
const sasl = { mechanism: "SCRAM-SHA-256", username: "scram", password: USERS.scram } as const;
let broker: KafkaBroker, client: KafkaClient, folder: string;
before(async () => {
  // The listener without credentials asks for a certificate of its clients.
  broker = await KafkaBroker.start({
    "listener.name.tls.ssl.client.auth": "required", "ssl.truststore.type": "PEM", "ssl.truststore.certificates": authority.certificate.trim().replaceAll("\n", "\\n"),
  }, { sasl: true, tls: { key: server.key, certificates: server.certificate + authority.certificate } });
  client = new KafkaClient(broker.address);
  folder = mkdtempSync(join(tmpdir(), "millrace-kafka-tls-"));
  await client.createTopic("in", 2);
  await client.produceMany("in", 3000, { partition: 0 });
  await client.produceMany("in", 10, { partition: 1 });
});
after(async () => {
  await client?.[Symbol.asyncDispose]();
  await broker?.[Symbol.asyncDispose]();
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
});

test("a stream reads and writes over TLS, with a certificate of its own or with credentials", async () => {
  await using mill = session();
  const ways: Record<string, KafkaConnection> = {
    certificate: { bootstrapServers: broker.tlsAddress, tls: { ca: authority.certificate, cert: me.certificate, key: me.key } },
    credentials: { bootstrapServers: broker.saslTlsAddress, tls: { ca: authority.certificate }, sasl },
  };
  for (const [name, connection] of Object.entries(ways)) {
    await client.createTopic(`out-${name}`, 2);
    const query = await mill.readStream.from(kafka({ ...connection, subscribe: "in", startingOffsets: "earliest", maxOffsetsPerTrigger: 700 })).select("value")
      .writeStream.to(kafkaSink({ ...connection, topic: `out-${name}`, transactional: true })).start({ checkpointLocation: join(folder, name) });
    await query.processAllAvailable();
    await query.stop();
    const out = mill.read.from(kafka({ ...connection, subscribe: `out-${name}` }));
    let count = 0;
    for (let tries = 0; tries < 50 && count < 3010; tries++) count = await out.count();
    assert.equal(count, 3010, name);
    assert.equal((await out.select("value").distinct().collect()).length, 3000);
  }
});

test("by Spark's names, with the authority in a file", async () => {
  await using mill = session();
  const path = join(folder, "authority.pem");
  writeFileSync(path, authority.certificate);
  const count = await mill.read.format("kafka").options({
    "kafka.bootstrap.servers": broker.saslTlsAddress, subscribe: "in", "kafka.security.protocol": "SASL_SSL", "kafka.ssl.truststore.type": "PEM", "kafka.ssl.truststore.location": path,
    "kafka.sasl.mechanism": "PLAIN", "kafka.sasl.jaas.config": `org.apache.kafka.common.security.plain.PlainLoginModule required username="plain" password="${USERS.plain}";`,
  }).load().count();
  assert.equal(count, 3010);
});

test("who is not believed is named at once, with the reason; a broker that only hangs up is named when the time is over", async () => {
  const failure = async (options: Omit<KafkaOptions, "subscribe">, millis: number): Promise<string> => {
    await using mill = session();
    return textOfError(await mill.read.from(kafka({ ...options, subscribe: "in", "kafka.connect.timeout.ms": millis })).count().then(() => assert.fail("it worked"), (thrown: unknown) => thrown));
  };
  const stranger = new Authority("a stranger"), unknown = stranger.vouchFor("me"), ca = authority.certificate, LONG = 3_600_000;
  assert.match(await failure({ bootstrapServers: broker.saslTlsAddress, tls: { ca: stranger.certificate }, sasl }, LONG), /MILLRACE_KAFKA_TLS[^]*certificate/);
  assert.match(await failure({ bootstrapServers: broker.saslTlsAddress, tls: true, sasl }, LONG), /MILLRACE_KAFKA_TLS[^]*certificate/);
  assert.match(await failure({ bootstrapServers: broker.saslTlsAddress.replace("localhost", "127.0.0.1"), tls: { ca }, sasl }, LONG), /MILLRACE_KAFKA_TLS[^]*127\.0\.0\.1/);
  assert.match(await failure({ bootstrapServers: broker.tlsAddress, tls: { ca, cert: unknown.certificate, key: me.key } }, LONG), /MILLRACE_KAFKA_TLS[^]*key values mismatch/);
  assert.match(await failure({ bootstrapServers: broker.address, tls: { ca } }, 300), /MILLRACE_KAFKA_TLS/);
  assert.match(await failure({ bootstrapServers: broker.tlsAddress, tls: { ca } }, 300), /MILLRACE_KAFKA_CONNECTION[^]*certificate of the client/);
  assert.match(await failure({ bootstrapServers: broker.tlsAddress, tls: { ca, cert: unknown.certificate, key: unknown.key } }, 300), /MILLRACE_KAFKA_CONNECTION[^]*certificate of the client/);
  assert.match(await failure({ bootstrapServers: broker.saslTlsAddress, sasl }, 300), /MILLRACE_KAFKA_CONNECTION[^]*TLS/);
  const wrong = await failure({ bootstrapServers: broker.saslTlsAddress, tls: { ca }, sasl: { ...sasl, password: "not-the-password" } }, LONG);
  assert.match(wrong, /MILLRACE_KAFKA_AUTHENTICATION/);
  assert.ok(!wrong.includes("not-the-password"));
});
