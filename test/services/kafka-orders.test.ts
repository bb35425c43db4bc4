/** Catches orders that the example loses or counts twice when its process ends between two batches. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { session } from "millrace";
import { kafka } from "millrace/kafka";
import { orders } from "../../examples/kafka-orders/data.ts";
import { TOPICS, startTakings } from "../../examples/kafka-orders/main.ts";
import { KafkaBroker } from "./kit/kafka-broker.ts";
import { KafkaClient } from "./kit/kafka-client.ts";

test("what each shop takes is that of a look at all orders afterwards", async () => {
  const folder = mkdtempSync(join(tmpdir(), "millrace-kafka-orders-"));
  await using broker = await KafkaBroker.start();
  await using client = new KafkaClient(broker.address);
  try {
    for (const topic of TOPICS) await client.createTopic(topic, 3);
    const expected = new Map<string, { orders: number; cents: number }>();
    for (const part of orders(1000, 250)) {
      await client.produce(part.map(order => ({ topic: "orders", key: order.shop, value: JSON.stringify(order) })));
      for (const { shop, cents, at } of part) {
        const name = `${shop} ${new Date(10_000 * Math.floor(Date.parse(at) / 10_000)).toISOString()}`, total = expected.get(name) ?? { orders: 0, cents: 0 };
        expected.set(name, { orders: total.orders + 1, cents: total.cents + cents });
      }
      // A session of its own for each part, as if the program was started again.
      await using mill = session({ timeZone: "UTC" });
      const query = await startTakings(mill, broker.address, join(folder, "checkpoint"));
      await query.processAllAvailable();
      await query.stop();
    }
    // The window of the last two orders stays open.
    const open = [...expected.keys()].sort((a, b) => (a.slice(-24) < b.slice(-24) ? -1 : 1)).at(-1)!;
    expected.delete(open);
    await using mill = session({ timeZone: "UTC" });
    const look = () => mill.read.from(kafka({ bootstrapServers: broker.address, subscribe: "takings" })).select(r => ({ value: r.value.cast("string") })).collect();
    let rows = await look();
    for (let tries = 0; rows.length < expected.size && tries < 50; tries++) {
      await new Promise(resolve => setTimeout(resolve, 100));
      rows = await look();
    }
    const found = rows.map(({ value }) => JSON.parse(value!) as { shop: string; from: string; orders: number; cents: number });
    assert.deepEqual(found.map(one => [`${one.shop} ${new Date(one.from).toISOString()}`, { orders: one.orders, cents: one.cents }] as const).sort(([a], [b]) => (a < b ? -1 : 1)), [...expected].sort(([a], [b]) => (a < b ? -1 : 1)));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("the program runs to its end with a broker of its own, and prints rows", () => {
  const folder = mkdtempSync(join(tmpdir(), "millrace-kafka-orders-"));
  try {
    const { status, stdout, stderr } = spawnSync(process.execPath, ["--conditions=millrace-source", resolve(import.meta.dirname, "../../examples/kafka-orders/main.ts")], { cwd: folder, encoding: "utf8", env: { ...process.env, KAFKA: undefined }, timeout: 120_000 });
    assert.equal(status, 0, stderr);
    assert.ok(stdout.trim().split("\n").length > 20 && stdout.includes('{"shop":"Cork","from":"2026-03-04T12:00:00.000Z"'), stdout);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
