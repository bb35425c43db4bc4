/** Catches rows that were acknowledged and are lost or doubled, requests that should be refused, and rows that differ from what was sent. */
import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { request as httpRequest, type ClientRequest } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { bigint, boolean, date, decimal, double, schema, session, string, timestamp, type StreamingQuery } from "millrace";
import { httpIngest, signatureOf, type HttpIngestOptions } from "millrace/http";
import { seededRandom } from "../../src/base/clock.ts";
import { freePort } from "./kit/service.ts";

const Row = schema({ id: bigint().notNull(), text: string(), v: double() });
const NDJSON = { "content-type": "application/x-ndjson" };

interface Answer { readonly status: number; readonly headers: Record<string, string | string[] | undefined>; readonly body: { rows?: number; record?: number; duplicate?: boolean; bad?: number; error?: { condition: string; message: string; messageParameters: Record<string, string> } } }

function send(port: number, body: string | Buffer, { path = "/rows", headers = NDJSON, method = "POST" }: { path?: string; headers?: Record<string, string>; method?: string } = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({ host: "127.0.0.1", port, path, method, headers: { ...headers, "content-length": String(Buffer.byteLength(body)) }, agent: false }, response => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk)).on("error", reject)
        .on("end", () => resolve({ status: response.statusCode!, headers: response.headers, body: JSON.parse(Buffer.concat(chunks).toString()) as Answer["body"] }));
    });
    request.on("error", reject);
    request.end(body);
  });
}

async function started(t: TestContext, options: Partial<HttpIngestOptions<unknown>> = {}) {
  const folder = mkdtempSync(join(tmpdir(), "millrace-http-")), port = await freePort(), mill = session({ timeZone: "UTC" }), rows: { id: bigint; text: string | null; v: number | null }[] = [];
  const start = (): Promise<StreamingQuery> => mill.readStream.from(httpIngest({ port, path: "/rows", schema: Row, spool: join(folder, "spool"), ...options }))
    .writeStream.foreach(row => { rows.push(row as (typeof rows)[number]); }).start({ checkpointLocation: join(folder, "checkpoint") });
  const query = await start();
  await query.processAllAvailable();
  t.after(async () => {
    await mill.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  return { port, rows, query, start, mill, folder };
}

test("lines, an array and one row come as they were sent; the answer says how many", async t => {
  const { port, rows, query } = await started(t);
  const lines = await send(port, '{"id":9007199254740993,"text":"ä\\n","v":0.1}\n\n{"id":2}');
  assert.deepEqual([lines.status, lines.body], [200, { rows: 2, record: 0, duplicate: false }]);
  assert.equal((await send(port, '[\n  {"id":3,"text":"[\\"]"},\r\n  {"id":4}\n]\n', { headers: { "content-type": "application/json; charset=utf-8" } })).body.rows, 2);
  assert.equal((await send(port, '{"id":\n5}', { headers: { "content-type": "application/json" } })).body.rows, 1);
  assert.deepEqual([(await send(port, "")).status, (await send(port, "\n")).body.rows], [200, 0]);
  await query.processAllAvailable();
  assert.deepEqual(rows, [
    { id: 9007199254740993n, text: "ä\n", v: 0.1 }, { id: 2n, text: null, v: null }, { id: 3n, text: '["]', v: null }, { id: 4n, text: null, v: null }, { id: 5n, text: null, v: null },
  ]);
});

test("CSV comes as it was sent, with a header or without; what is no row refuses its request, or is a dead letter", async t => {
  const Full = schema({ id: bigint().notNull(), text: string(), v: double(), at: timestamp(), day: date(), price: decimal(20, 4), ok: boolean() });
  const folder = mkdtempSync(join(tmpdir(), "millrace-http-")), port = await freePort(), mill = session({ timeZone: "UTC" }), rows: unknown[][] = [];
  t.after(async () => { await mill.stop(); rmSync(folder, { recursive: true, force: true }); });
  const query = await mill.readStream.from(httpIngest({ port, path: "/rows", schema: Full, spool: join(folder, "spool") })).writeStream.foreach(row => { rows.push(Object.values(row).map(value => (value === null ? null : String(value)))); }).start({ checkpointLocation: join(folder, "checkpoint") });
  await listening(port);
  const csv = (body: string | Buffer, type = "text/csv", more: Record<string, string> = {}): Promise<Answer> => send(port, body, { headers: { "content-type": type, ...more } });
  assert.deepEqual((await csv('9007199254740993,"a ""q""\nline, ü",NaN,2026-03-01T10:00:00.123456Z,2026-03-01,1234567890123456.7891,true\r\n2,,,,,,\r\n')).body, { rows: 2, record: 0, duplicate: false });
  assert.equal((await csv(gzipSync("id,text,v,at,day,price,ok\n3,x,1.5,,,,false\n"), "text/csv; charset=utf-8; header=present", { "content-encoding": "gzip" })).body.rows, 1);
  const bad = await csv("4,ok,,,,,\r\nfive,bad,,,,,\n");
  assert.deepEqual([bad.status, bad.body.error?.condition, bad.body.error?.messageParameters["line"]], [400, "MILLRACE_BAD_ROW", "2"]);
  assert.equal((await csv(",no id,,,,,\n")).status, 400);
  assert.equal((await csv("text,id\nx,1\n", "text/csv; header=present")).status, 400);
  await query.processAllAvailable();
  assert.deepEqual(rows, [
    ["9007199254740993", 'a "q"\nline, ü', "NaN", "2026-03-01T10:00:00.123456Z", "2026-03-01", "1234567890123456.7891", "true"], ["2", null, null, null, null, null, null], ["3", "x", "1.5", null, null, null, "false"],
  ]);
  const letters = await started(t, { badRow: "deadLetter" });
  assert.deepEqual((await send(letters.port, 'six,bad,\n7,good,1\n{"id":8},"x\ny",\n', { headers: { "content-type": "text/csv" } })).body, { rows: 3, record: 0, duplicate: false, bad: 2 });
  await letters.query.processAllAvailable();
  assert.deepEqual([letters.rows.map(row => row.id), letters.query.recentProgress.reduce((sum, progress) => sum + progress.millrace.deadLetters, 0)], [[7n], 2]);
});

test("a row that does not fit refuses its request, and the answer names the line", async t => {
  const { port, rows, query } = await started(t);
  const refused = await send(port, '{"id":1}\n{"id":2}\n{"id":"x"}\n{"id":4}\n');
  assert.equal(refused.status, 400);
  assert.deepEqual([refused.body.error!.condition, refused.body.error!.messageParameters["line"], refused.body.error!.messageParameters["column"]], ["MILLRACE_BAD_ROW", "3", "id"]);
  assert.equal((await send(port, '{"text":"no id"}\n')).status, 400);
  assert.equal((await send(port, "{not json\n")).status, 400);
  assert.equal((await send(port, Buffer.from([0x7b, 0x22, 0xff, 0xfe]))).status, 400);
  await send(port, '{"id":7}');
  await query.processAllAvailable();
  assert.deepEqual(rows.map(row => row.id), [7n]);
});

test("as dead letters, rows that do not fit leave the others in", async t => {
  const { port, rows, query } = await started(t, { badRow: "deadLetter" });
  assert.deepEqual((await send(port, '{"id":1}\n{"id":"x"}\n{"id":3}\n')).body, { rows: 3, record: 0, duplicate: false, bad: 1 });
  await query.processAllAvailable();
  assert.deepEqual(rows.map(row => row.id), [1n, 3n]);
  assert.equal(query.recentProgress.reduce((sum, progress) => sum + progress.millrace.deadLetters, 0), 1);
});

test("who has no token, comes from a page, under a foreign name, or sends something else is refused", async t => {
  const token = "a-token-of-more-than-16", { port, rows, query } = await started(t, { token, maxBodyBytes: 100 });
  const authorized = { ...NDJSON, authorization: `Bearer ${token}` }, row = '{"id":1}';
  const wrong: [number, string, Promise<Answer>][] = [
    [401, "MILLRACE_TOKEN_REQUIRED", send(port, row)],
    [401, "MILLRACE_TOKEN_WRONG", send(port, row, { headers: { ...authorized, authorization: "Bearer a-token-of-more-than-17" } })],
    [403, "MILLRACE_FOREIGN_ORIGIN", send(port, row, { headers: { ...authorized, origin: "https://example.org" } })],
    [403, "MILLRACE_UNKNOWN_HOST", send(port, row, { headers: { ...authorized, host: "example.org" } })],
    [404, "MILLRACE_NOT_FOUND", send(port, row, { headers: authorized, path: "/other" })],
    [405, "MILLRACE_METHOD_NOT_ALLOWED", send(port, row, { headers: authorized, method: "PUT" })],
    [413, "MILLRACE_BODY_TOO_LARGE", send(port, `{"id":1,"text":"${"x".repeat(100)}"}`, { headers: authorized })],
    [415, "MILLRACE_UNSUPPORTED_TYPE", send(port, row, { headers: { ...authorized, "content-type": "text/html" } })],
    [415, "MILLRACE_UNSUPPORTED_ENCODING", send(port, row, { headers: { ...authorized, "content-encoding": "compress" } })],
    [400, "MILLRACE_BAD_ENCODING", send(port, row, { headers: { ...authorized, "content-encoding": "gzip" } })],
    [400, "MILLRACE_BAD_KEY", send(port, row, { headers: { ...authorized, "idempotency-key": "k".repeat(201) } })],
  ];
  for (const [status, condition, answer] of wrong) {
    const { status: actual, body } = await answer;
    assert.deepEqual([actual, body.error?.condition], [status, condition]);
  }
  assert.equal((await send(port, row, { headers: authorized })).status, 200);
  await query.processAllAvailable();
  assert.equal(rows.length, 1);
});

const PACKERS: readonly [string, (body: string) => Buffer][] = [["gzip", gzipSync], ["deflate", deflateSync], ["deflate", deflateRawSync], ["br", brotliCompressSync], ["zstd", zstdCompressSync], ["identity", Buffer.from], ["GZIP", body => Buffer.concat([gzipSync(body.slice(0, 5)), gzipSync(body.slice(5))])]];

test("packed bodies are taken, up to their size unpacked; those that are cut or larger are refused", async t => {
  const hmacSecret = "a secret for signatures", { port, rows, query } = await started(t, { hmacSecret, maxBodyBytes: 1000 });
  const sent = (body: Buffer, encoding: string): Promise<Answer> => send(port, body, { headers: { ...NDJSON, "content-encoding": encoding, "x-millrace-signature": signatureOf(body, hmacSecret, Math.floor(Date.now() / 1000)) } });
  for (const [i, [encoding, pack]] of PACKERS.entries()) {
    const whole = pack(`{"id":${i},"text":"${"ä".repeat(200)}"}\n`), answer = await sent(whole, encoding);
    assert.deepEqual([answer.status, answer.body.rows], [200, 1], `${encoding}: ${JSON.stringify(answer.body)}`);
    if (encoding === "identity") continue;
    const cut = await sent(whole.subarray(0, -3), encoding), bomb = await sent(pack(`{"id":1,"text":"${"x".repeat(100_000)}"}`), encoding);
    assert.deepEqual([cut.status, cut.body.error?.condition, bomb.status, bomb.body.error?.condition], [400, "MILLRACE_BAD_ENCODING", 413, "MILLRACE_BODY_TOO_LARGE"], encoding);
  }
  assert.equal((await sent(Buffer.from("x"), "gzip, br")).headers["accept-encoding"], "gzip, deflate, br, zstd");
  assert.equal((await sent(Buffer.alloc(0), "gzip")).status, 200);
  await query.processAllAvailable();
  assert.deepEqual(rows.map(row => Number(row.id)), PACKERS.map((_, i) => i));
});

test("a body whose length nobody announced is cut off at the bound; too many at once are told to wait", async t => {
  const { port, rows, query } = await started(t, { maxBodyBytes: 40 << 20, maxSpoolBytes: 1 << 20 });
  const open = (body: Buffer): { readonly request: ClientRequest; readonly answer: Promise<[number, string | undefined]> } => {
    const request = httpRequest({ host: "127.0.0.1", port, path: "/rows", method: "POST", headers: NDJSON, agent: false });
    const answer = new Promise<[number, string | undefined]>((resolve, reject) => request.on("error", reject).on("response", response => resolve([response.statusCode!, response.resume().headers["retry-after"]])));
    request.write(body);
    return { request, answer };
  };
  const first = open(Buffer.alloc(39 << 20, "\n"));
  // It has come when the next one of its size is one too many.
  const second = open(Buffer.alloc(39 << 20, "\n"));
  assert.deepEqual(await Promise.race([first.answer, second.answer]), [429, "1"]);
  const waiting = await Promise.race([first.answer.then(() => second), second.answer.then(() => first)]);
  waiting.request.write(Buffer.alloc(2 << 20, "\n"));
  assert.equal((await waiting.answer)[0], 413);
  for (const { request } of [first, second]) request.on("error", () => { /* it is done with */ }).destroy();
  assert.equal((await send(port, '{"id":1}')).status, 200);
  await query.processAllAvailable();
  assert.equal(rows.length, 1);
});

test("a signature fits its body and its time, and a copy of a signed request adds nothing", async t => {
  const hmacSecret = "a secret for signatures", { port, rows, query } = await started(t, { hmacSecret }), now = Math.floor(Date.now() / 1000), body = '{"id":1}\n';
  const signed = (text: string, secret = hmacSecret, seconds = now) => ({ ...NDJSON, "x-millrace-signature": signatureOf(text, secret, seconds) });
  const conditions = [];
  for (const headers of [NDJSON, signed(body, "another secret for it"), signed("other body"), signed(body, hmacSecret, now - 301), signed(body, hmacSecret, now + 310)]) {
    const answer = await send(port, body, { headers });
    conditions.push([answer.status, answer.body.error!.condition]);
  }
  assert.deepEqual(conditions, [
    [401, "MILLRACE_SIGNATURE_REQUIRED"], [401, "MILLRACE_SIGNATURE_WRONG"], [401, "MILLRACE_SIGNATURE_WRONG"], [401, "MILLRACE_SIGNATURE_EXPIRED"], [401, "MILLRACE_SIGNATURE_EXPIRED"],
  ]);
  assert.equal((await send(port, body, { headers: signed(body) })).body.duplicate, false);
  assert.equal((await send(port, body, { headers: signed(body) })).body.duplicate, true);
  assert.equal((await send(port, body, { headers: { ...signed(body), "idempotency-key": "of whoever copied it" } })).status, 401);
  const keyed = { ...NDJSON, "idempotency-key": "k", "x-millrace-signature": signatureOf(body, hmacSecret, now, "k") };
  assert.deepEqual([(await send(port, body, { headers: keyed })).body.duplicate, (await send(port, body, { headers: keyed })).body.duplicate], [false, true]);
  assert.equal((await send(port, body, { headers: { ...keyed, "idempotency-key": "l" } })).status, 401);
  await query.processAllAvailable();
  assert.equal(rows.length, 2);
});

test("a request is taken once under its key; another body under the key is refused", async t => {
  const { port, rows, query } = await started(t), headers = { ...NDJSON, "idempotency-key": "k1" };
  const answers = await Promise.all([1, 2, 3].map(() => send(port, '{"id":1}', { headers })));
  assert.deepEqual(answers.map(answer => [answer.status, answer.body.duplicate]).sort(), [[200, false], [200, true], [200, true]]);
  assert.equal((await send(port, '{"id":2}', { headers })).status, 422);
  await query.processAllAvailable();
  assert.equal(rows.length, 1);
});

test("senders are told to wait while the query does not keep up, and taken again when it does", async t => {
  const folder = mkdtempSync(join(tmpdir(), "millrace-http-")), port = await freePort(), mill = session({ timeZone: "UTC" });
  t.after(async () => { await mill.stop(); rmSync(folder, { recursive: true, force: true }); });
  const gate = Promise.withResolvers<void>(), ids: bigint[] = [];
  const query = await mill.readStream.from(httpIngest({ port, path: "/rows", schema: Row, spool: join(folder, "spool"), maxSpoolBytes: 1000 }))
    .writeStream.foreachBatch(async batch => { await gate.promise; ids.push(...(await batch.collect()).map(row => row.id)); }).start({ checkpointLocation: join(folder, "checkpoint") });
  await listening(port);
  const taken: bigint[] = [];
  let answer: Answer | undefined;
  for (let id = 0n; answer?.status !== 429; id++) {
    answer = await send(port, `{"id":${id},"text":"${"x".repeat(80)}"}`);
    if (answer.status === 200) taken.push(id);
    assert.ok(taken.length < 100);
  }
  assert.deepEqual([answer.body.error!.condition, answer.headers["retry-after"]], ["MILLRACE_SPOOL_FULL", "1"]);
  gate.resolve();
  await query.processAllAvailable();
  assert.equal((await send(port, '{"id":1000}')).status, 200);
  await query.processAllAvailable();
  assert.deepEqual(ids, [...taken, 1000n]);
});

test("two sources share a port, each with its path; a path is one source's", async t => {
  const { port, rows, query, mill, folder } = await started(t), others: unknown[] = [];
  const source = (path: string, spool: string) => mill.readStream.from(httpIngest({ port, path, schema: Row, spool: join(folder, spool) })).writeStream.foreach(row => { others.push(row); });
  const other = await source("/other", "spool2").start();
  await other.processAllAvailable();
  await Promise.all([send(port, '{"id":1}'), send(port, '{"id":2}', { path: "/other" })]);
  await Promise.all([query.processAllAvailable(), other.processAllAvailable()]);
  assert.deepEqual([rows.length, others.length], [1, 1]);
  const third = await source("/other", "spool3").start();
  await assert.rejects(third.processAllAvailable(), /MILLRACE_ROUTE_TAKEN/);
  await other.stop();
  assert.equal((await send(port, '{"id":3}', { path: "/other" })).status, 404);
});

test("what was taken and not read is read by the next run; the port is free between", async t => {
  const { port, rows, query, start } = await started(t);
  await send(port, '{"id":1}');
  await query.processAllAvailable();
  await query.stop();
  await assert.rejects(send(port, '{"id":2}'), /ECONNREFUSED/);
  const again = await start();
  await listening(port);
  await send(port, '{"id":3}');
  await again.processAllAvailable();
  assert.deepEqual(rows.map(row => row.id), [1n, 3n]);
});

test("a checkpoint with another spool is refused", async t => {
  const { port, query, mill, folder } = await started(t);
  await send(port, '{"id":1}');
  await query.processAllAvailable();
  await query.stop();
  const other = await mill.readStream.from(httpIngest({ port, path: "/rows", schema: Row, spool: join(folder, "other") })).writeStream.foreach(() => {}).start({ checkpointLocation: join(folder, "checkpoint") });
  await assert.rejects(other.awaitTermination(), /MILLRACE_SPOOL_BEHIND/);
});

test("without a port, a spool, or a token on an open address nothing starts", async () => {
  const mill = session(), wrong = (options: object) => mill.readStream.from(httpIngest({ port: 8080, path: "/x", schema: Row, spool: "spool", ...options }));
  const refused = (options: object, condition: string) => assert.rejects(wrong(options).writeStream.format("noop").start(), error => (error as { condition?: string }).condition === condition);
  await Promise.all([
    refused({ host: "0.0.0.0" }, "MILLRACE_INGEST_TOKEN_REQUIRED"), refused({ port: 70000 }, "MILLRACE_INVALID_OPTION"), refused({ spool: "" }, "MILLRACE_INVALID_OPTION"),
    refused({ token: "short" }, "MILLRACE_INVALID_OPTION"), refused({ path: "clicks" }, "MILLRACE_INVALID_OPTION"), refused({ badRow: "keep" }, "MILLRACE_INVALID_OPTION"),
  ]);
});

async function listening(port: number): Promise<void> {
  for (;;) {
    try { await send(port, "{}", { path: "/nothing" }); return; } catch { await new Promise(resolve => setTimeout(resolve, 20)); }
  }
}

const KILLS = Number(process.env["MILLRACE_KILLS"] ?? "5");

test(`${KILLS} kills: every acknowledged row is in the answer once, and with keys every row is`, { timeout: 120_000 }, async t => {
  const folder = mkdtempSync(join(tmpdir(), "millrace-http-")), port = await freePort(), seed = Number(process.env["MILLRACE_SEED"] ?? Date.now() % 1_000_000), random = seededRandom(seed);
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const start = (...more: string[]): ChildProcess => spawn(process.execPath, ["--conditions=millrace-source", join(import.meta.dirname, "http-worker.ts"), String(port), folder, ...more], { stdio: ["ignore", "ignore", "inherit"] });
  const pause = (millis: number) => new Promise(resolve => setTimeout(resolve, millis));
  let next = 0, isOver = false, worker = start();
  t.after(() => worker.kill("SIGKILL"));
  /** Rows by what became of their request: those with a key are sent until they are taken, the others once. */
  const withKey: number[] = [], acknowledged: number[] = [], unknown: number[] = [];

  async function sender(keyed: boolean): Promise<void> {
    while (!isOver) {
      const ids = Array.from({ length: 1 + random.uint32() % 5 }, () => next++), body = ids.map(id => `{"id":${id},"text":"row ${id}"}\n`).join("");
      const headers = keyed ? { ...NDJSON, "idempotency-key": `key ${ids[0]}` } : NDJSON;
      for (;;) {
        const answer = await send(port, body, { headers }).catch((error: NodeJS.ErrnoException) => error);
        if (!(answer instanceof Error)) {
          assert.equal(answer.status, 200, JSON.stringify(answer.body));
          (keyed ? withKey : acknowledged).push(...ids);
          break;
        }
        await pause(10);
        if (!keyed && answer.code !== "ECONNREFUSED") {
          unknown.push(...ids);
          break;
        }
      }
    }
  }

  const senders = [true, true, false, false].map(sender);
  for (let kills = 0; kills < KILLS; kills++) {
    await listening(port);
    await pause(random.uint32() % 300);
    const ended = new Promise(resolve => worker.once("exit", resolve));
    worker.kill("SIGKILL");
    await ended;
    worker = start();
  }
  await listening(port);
  isOver = true;
  await Promise.all(senders);
  const killed = new Promise(resolve => worker.once("exit", resolve));
  worker.kill("SIGKILL");
  await killed;
  worker = start("drain");
  assert.equal(await new Promise(resolve => worker.once("exit", resolve)), 0);

  await using mill = session({ timeZone: "UTC" });
  const rows = await mill.read.schema(schema({ id: bigint().notNull(), text: string() })).json(join(folder, "out")).collect(), where = `seed ${seed}`;
  const times = new Map<number, number>();
  for (const { id, text } of rows) {
    assert.equal(text, `row ${id}`);
    times.set(Number(id), (times.get(Number(id)) ?? 0) + 1);
  }
  assert.ok(withKey.length > 20 && acknowledged.length > 20, `${where}: ${withKey.length}, ${acknowledged.length}`);
  assert.deepEqual([...withKey, ...acknowledged].filter(id => times.get(id) !== 1), [], `${where}: rows that are not there once`);
  assert.deepEqual(unknown.filter(id => (times.get(id) ?? 0) > 1), [], where);
  console.log(`${withKey.length} rows with keys, ${acknowledged.length} without, ${unknown.length} of unknown fate, seed ${seed}`);
});
