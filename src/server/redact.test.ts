// Catches a secret that leaves the process, and harmless text that is cut.
import assert from "node:assert/strict";
import test from "node:test";
import { redactJson, redactOptions, redactText } from "./redact.ts";

const secret = "wheel-of-stone";

test("secrets are replaced wherever they stand", () => {
  for (const text of [
    `postgres://writer:${secret}@db/plant`, `https://x.example/hook?token=${secret}&a=1`, `PlainLoginModule required username='u' password='${secret}';`, `{"password":"${secret}"}`,
    `Authorization: Bearer ${secret}`, `aws_secret_access_key=${secret}`, `AccountKey=${secret};EndpointSuffix=core`, `redis://:${secret}@cache:6379`, `amqps://u:a:${secret}@mq`,
    `{"key":"-----BEGIN PRIVATE KEY-----\n${secret}\n-----END PRIVATE KEY-----"}`,
  ]) assert.ok(!redactText(text).includes(secret), redactText(text));
});

test("options named like secrets lose their value, others keep it", () => {
  const options = redactOptions({ "kafka.sasl.jaas.config": "anything", apiKey: secret, path: "/data/in", url: `mqtt://u:${secret}@broker`, "kafka.bootstrap.servers": "kafka:9092", "ssl.keystore.location": "x", tls: secret });
  assert.deepEqual(options, { "kafka.sasl.jaas.config": "***", apiKey: "***", path: "/data/in", url: "mqtt://u:***@broker", "kafka.bootstrap.servers": "kafka:9092", "ssl.keystore.location": "***", tls: "***" });
});

test("nested values are redacted, plain text stays", () => {
  assert.deepEqual(redactJson({ a: [{ password: secret, n: 1, text: "SELECT token_count FROM t WHERE x = 3" }] }), { a: [{ password: "***", n: 1, text: "SELECT token_count FROM t WHERE x = 3" }] });
  for (const text of ["SELECT a, b FROM STREAM t WHERE ts > '2026-11-21'", "telemetry-6 @ 88,120,447,201", "http://127.0.0.1:4040/queries/a"]) assert.equal(redactText(text), text);
});
