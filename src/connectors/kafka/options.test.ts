/** Catches options of Kafka that are read wrongly, and secrets that an error repeats. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { nodeFiles } from "../../base/files.ts";
import { sinkOptions, sourceOptions, type KafkaConnectionOptions } from "./options.ts";
import { rateLimit } from "./positions.ts";

const SECRET = "wheel-of-stone";
const source = (options: Readonly<Record<string, string>>, isStreaming = true) => sourceOptions({ bootstrapServers: "a:1", subscribe: "t", ...options }, isStreaming, nodeFiles);
const connection = (options: Readonly<Record<string, string>>): KafkaConnectionOptions => source(options).connection;

test("servers, in the ways in which they are written", () => {
  const servers = (text: string) => connection({ bootstrapServers: text }).servers;
  assert.deepEqual(servers("a, b:1 ,[::1]:2"), [{ host: "a", port: 9092 }, { host: "b", port: 1 }, { host: "::1", port: 2 }]);
  assert.deepEqual(servers('["a:3"]'), [{ host: "a", port: 3 }]);
  assert.throws(() => servers("http://a:1"), { condition: "MILLRACE_INVALID_OPTION" });
  assert.deepEqual(sourceOptions({ "KAFKA.bootstrap.SERVERS": "c:4", Subscribe: "t" }, true, nodeFiles).connection.servers, [{ host: "c", port: 4 }]);
});

test("credentials, by an object, by names and by a JAAS line", () => {
  const expected = { mechanism: "PLAIN", username: "u", password: SECRET };
  assert.deepEqual(connection({ sasl: JSON.stringify(expected) }).sasl, expected);
  assert.deepEqual(connection({ "kafka.sasl.mechanism": "plain", "kafka.sasl.username": "u", "kafka.sasl.password": SECRET }).sasl, expected);
  assert.deepEqual(connection({ "kafka.sasl.jaas.config": `org.apache.kafka.common.security.plain.PlainLoginModule required username="u" password="wheel\\-of-stone";` }).sasl, expected);
  assert.equal(connection({ sasl: JSON.stringify(expected), "kafka.security.protocol": "PLAINTEXT" }).sasl, undefined);
});

test("TLS, by an object and by PEM", () => {
  assert.equal(connection({}).tls, undefined);
  assert.deepEqual(connection({ tls: "true" }).tls, {});
  assert.deepEqual(connection({ "kafka.security.protocol": "SSL" }).tls, {});
  assert.deepEqual(connection({ tls: '{"ca":"x"}' }).tls, { ca: "x" });
  assert.deepEqual(connection({ "kafka.ssl.truststore.certificates": "c", "kafka.ssl.keystore.key": "k", "kafka.ssl.keystore.certificate.chain": "h", "kafka.ssl.key.password": SECRET }).tls, { ca: "c", cert: "h", key: "k", passphrase: SECRET });
  assert.throws(() => connection({ "kafka.ssl.keystore.type": "JKS" }), /must be PEM/);
});

test("no error repeats a secret", () => {
  for (const options of [{ sasl: `{"password":"${SECRET}"` }, { sasl: `{"password":"${SECRET}"}` }, { sasl: `{"mechanism":"GSSAPI","password":"${SECRET}"}` }, { tls: `{"key":"${SECRET}"` }, { "kafka.sasl.password": SECRET }, { "kafka.sasl.jaas.config": `password="${SECRET}"` }]) {
    assert.throws(() => source(options as Readonly<Record<string, string>>), (error: unknown) => !JSON.stringify(error).includes(SECRET) && !String(error).includes(SECRET));
  }
});

test("what can't be meant is refused", () => {
  for (const [options, isStreaming] of [
    [{ startingOffsets: "sometime" }, true], [{ startingOffsets: '{"t":{"0":-3}}' }, true], [{ startingOffsets: '{"t":{"x":1}}' }, true], [{ endingOffsets: "latest" }, true], [{ maxOffsetsPerTrigger: "5" }, false],
    [{ startingOffsets: "latest" }, false], [{ endingOffsets: "earliest" }, false], [{ endingOffsets: '{"t":{"0":-2}}' }, false], [{ maxOffsetsPerTrigger: "0" }, true], [{ maxOffsetsPerTrigger: "" }, true],
    [{ minOffsetsPerTrigger: "9", maxOffsetsPerTrigger: "8" }, true], [{ failOnDataLoss: "perhaps" }, true], [{ "kafka.isolation.level": "read_some" }, true], [{ "kafka.key.deserializer": "x" }, true],
  ] as const) assert.throws(() => source(options, isStreaming), { condition: "MILLRACE_INVALID_OPTION" }, JSON.stringify(options));
  assert.throws(() => sinkOptions({ bootstrapServers: "a", topic: "t", "kafka.acks": "1" }, nodeFiles), { condition: "MILLRACE_INVALID_OPTION" });
  assert.equal(sinkOptions({ bootstrapServers: "a", transactional: "true", markerTopic: "m" }, nodeFiles).markerTopic, "m");
});

test("a batch's records are shared out by what there is, and none starves", () => {
  const partitions = [0, 1, 2, 3].map(partition => ({ topic: "t", partition }));
  assert.deepEqual(rateLimit(100, partitions, [0, 10, 0, 5], [900, 110, 1, 5]), [89, 19, 1, 5]);
  assert.deepEqual(rateLimit(1000, partitions, [0, 10, 0, 5], [500, 110, 1, 5]), [500, 110, 1, 5]);
});
