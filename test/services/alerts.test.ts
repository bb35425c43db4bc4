/** Catches alerts that a real server doesn't get, gets under changing keys, or that outlive the query that sends them. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { bigint, schema, session, string, timestamp } from "millrace";
import { alerts } from "millrace/alerts";
import { seededRandom } from "../../src/base/clock.ts";
import { runThroughKills } from "./kit/kills.ts";

interface Got { readonly key: string; readonly body: { id?: number; text?: string }; readonly headers: Record<string, string | string[] | undefined> }

/** A receiver that answers as it is told, 200 when it isn't. */
async function receiver(t: TestContext): Promise<{ readonly url: string; readonly got: Got[]; readonly answers: (number | "hang up" | "redirect")[] }> {
  const got: Got[] = [], answers: (number | "hang up" | "redirect")[] = [];
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk)).on("end", () => {
      got.push({ key: String(request.headers["idempotency-key"]), body: JSON.parse(Buffer.concat(chunks).toString()) as Got["body"], headers: request.headers });
      const answer = answers.shift() ?? 200;
      if (answer === "hang up") return void request.socket.destroy();
      response.writeHead(answer === "redirect" ? 302 : answer, answer === "redirect" ? { location: "/elsewhere" } : { "retry-after": "0" }).end("ok");
    });
  });
  await new Promise<void>(resolve => server.listen(0, "127.0.0.1", resolve));
  t.after(() => { server.closeAllConnections(); server.close(); });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`, got, answers };
}

function place(t: TestContext, files: readonly (readonly object[])[]): string {
  const folder = mkdtempSync(join(tmpdir(), "millrace-alerts-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, "in"));
  files.forEach((rows, i) => writeFileSync(join(folder, "in", `${String(i).padStart(4, "0")}.json`), rows.map(row => `${JSON.stringify(row)}\n`).join("")));
  return folder;
}

test("rows of a query come to a webhook, over failures, once under each key", { timeout: 60_000 }, async t => {
  const { url, got, answers } = await receiver(t), folder = place(t, [[{ user: "ann", id: 1 }, { user: "bob", id: 2 }], [{ user: "carl", id: 3 }]]);
  answers.push("hang up", 503, 200, 200, 429);
  await using mill = session({ timeZone: "UTC" });
  const query = await mill.readStream.schema(schema({ user: string(), id: bigint().notNull() })).json(join(folder, "in"), { maxFilesPerTrigger: 1 })
    .writeStream.trigger({ availableNow: true })
    .to(alerts<{ user: string | null; id: bigint }>({ webhook: { url, headers: { authorization: "Bearer of-the-test" }, template: { text: "{{user}} did it", id: "{{id}}" } }, retry: { initial: "10 milliseconds" }, key: "user", dedupe: "1 hour", stateLocation: join(folder, "alerts") }))
    .start({ checkpointLocation: join(folder, "checkpoint") });
  await query.awaitTermination();
  const bodies = new Map(got.map(({ key, body }) => [key, body]));
  assert.equal(got.length, 6);
  assert.deepEqual([...bodies.values()], [{ text: "ann did it", id: 1 }, { text: "bob did it", id: 2 }, { text: "carl did it", id: 3 }]);
  assert.ok(got.every(({ headers }) => headers["authorization"] === "Bearer of-the-test" && headers["content-type"] === "application/json"));
});

test("a redirection is not followed, and ends the query as any other refusal", { timeout: 60_000 }, async t => {
  const { url, got, answers } = await receiver(t), folder = place(t, [[{ id: 1 }]]);
  answers.push("redirect");
  await using mill = session({ timeZone: "UTC" });
  const query = await mill.readStream.schema(schema({ id: bigint() })).json(join(folder, "in")).writeStream.to(alerts({ webhook: { url } })).start({ checkpointLocation: join(folder, "checkpoint") });
  await assert.rejects(query.awaitTermination(), /MILLRACE_ALERT_FAILED/);
  assert.equal(got.length, 1);
});

test("a query whose receiver is down can be stopped, and goes on where it was", { timeout: 60_000 }, async t => {
  const { url, got, answers } = await receiver(t), folder = place(t, [[{ id: 1 }]]);
  answers.push(500);
  await using mill = session({ timeZone: "UTC" });
  const start = () => mill.readStream.schema(schema({ id: bigint() })).json(join(folder, "in")).writeStream.to(alerts({ webhook: { url }, retry: { initial: "10 minutes", max: "10 minutes" } })).start({ checkpointLocation: join(folder, "checkpoint") });
  const query = await start();
  while (got.length === 0) await new Promise(resolve => setTimeout(resolve, 10));
  await query.stop();
  const again = await start();
  await again.processAllAvailable();
  assert.deepEqual([got.map(({ body }) => body.id), new Set(got.map(({ key }) => key)).size], [[1, 1], 1]);
});

test("an alert is over though nothing more comes: by the clock, over a restart, and by the watermark", { timeout: 60_000 }, async t => {
  const { url, got } = await receiver(t), folder = place(t, [[{ user: "ann", at: "2026-03-01T00:00:00Z" }]]);
  const webhook = { url, template: { text: "{{user}} {{$status}}" } }, texts = (): unknown[] => got.map(({ body }) => body.text);
  await using mill = session({ timeZone: "UTC" });
  const rows = () => mill.readStream.schema(schema({ user: string(), at: timestamp().notNull() })).json(join(folder, "in")).withWatermark("at", "0 seconds");
  const seen = async (count: number): Promise<void> => { while (got.length < count) await new Promise(resolve => setTimeout(resolve, 5)); };
  const byClock = () => rows().writeStream.to(alerts<{ user: string | null }>({ webhook, key: "user", recovery: { resolveAfter: "1 second" } })).start({ checkpointLocation: join(folder, "by-clock") });
  const first = await byClock();
  await seen(1);
  await first.stop();
  const again = await byClock();
  await seen(2);
  await again.stop();
  assert.deepEqual(texts(), ["ann firing", "ann resolved"]);
  const byTime = await rows().writeStream.to(alerts<{ user: string | null; at: unknown }>({ webhook, key: "user", recovery: { resolveAfter: "10 minutes", eventTime: "at" } })).start({ checkpointLocation: join(folder, "by-time") });
  await byTime.processAllAvailable();
  writeFileSync(join(folder, "in", "1.json"), JSON.stringify({ user: "bob", at: "2026-03-01T00:10:00Z" }));
  await byTime.processAllAvailable();
  assert.deepEqual(texts().slice(2), ["ann firing", "bob firing", "ann resolved"]);
  await byTime.stop();
});

const KILLS = Number(process.env["MILLRACE_KILLS"] ?? "3"), FILES = 200;

test(`${KILLS} kills: each row is alerted under one key, with one body`, { timeout: 120_000 }, async t => {
  const { url, got } = await receiver(t), folder = place(t, Array.from({ length: FILES }, (_, i) => [{ id: 2 * i }, { id: 2 * i + 1 }]));
  const seed = Number(process.env["MILLRACE_SEED"] ?? Date.now() % 1_000_000), random = seededRandom(seed);
  await runThroughKills("alerts-worker.ts", [url, folder], { kills: KILLS, effects: () => got.length, random });
  const bodies = new Map<string, number>();
  for (const { key, body } of got) assert.equal(bodies.get(key) ?? body.id, (bodies.set(key, body.id!), body.id), `seed ${seed}: ${key}`);
  assert.deepEqual([...bodies.values()].sort((a, b) => a - b), Array.from({ length: 2 * FILES }, (_, i) => i), `seed ${seed}`);
  console.log(`${got.length} requests for ${bodies.size} alerts, seed ${seed}`);
});
