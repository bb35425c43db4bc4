/** Runs that write to PostgreSQL are killed, race with one another and lose their server; the tables must hold what an undisturbed run writes. */
import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { test } from "node:test";
import type pg from "pg";
import { seededRandom, systemClock, systemRandom } from "../../src/base/clock.ts";
import { nodeFiles } from "../../src/base/files.ts";
import { batchesOf } from "../../src/columns/row-batches.ts";
import { openSink } from "../../src/connectors/registry.ts";
import type { Sink, SinkContext } from "../../src/io/sink.ts";
import { Arena } from "../../src/memory/arena.ts";
import { BIGINT, STRING, field, struct } from "../../src/types/data-type.ts";
import { postgresOfTests } from "./kit/postgres-server.ts";

const FILES = 40, ROWS = 25, KILLS = 20;
const worker = resolve(import.meta.dirname, "postgres-worker.ts");
const shared = postgresOfTests(prepare), { folder: root, select } = shared, input = join(root, "input");
const answer = { events: [] as string[], keys: [] as string[] };

/** Files, what is to come of them, and the tables for it. */
async function prepare(client: pg.Client): Promise<void> {
  const random = seededRandom(11), counts = new Map<string, { n: number; total: number }>();
  mkdirSync(input);
  for (let file = 0; file < FILES; file++) {
    const rows = Array.from({ length: ROWS }, (_, i) => ({ id: file * ROWS + i, key: `key-${random.uint32() % 9}`, v: random.uint32() % 1000 }));
    for (const { id, key, v } of rows) {
      answer.events.push(`${id},${key},${v}`);
      const one = counts.get(key) ?? { n: 0, total: 0 };
      counts.set(key, { n: one.n + 1, total: one.total + v });
    }
    writeFileSync(join(input, `events-${String(file).padStart(3, "0")}.json`), rows.map(row => `${JSON.stringify(row)}\n`).join(""));
  }
  answer.keys = [...counts].map(([key, { n, total }]) => `${key},${n},${total}`).sort();
  await client.query("CREATE TABLE events (id bigint, key text, v bigint); CREATE TABLE keys (key text PRIMARY KEY, n bigint, total bigint)");
}

interface Run { readonly process: ChildProcess; readonly started: Promise<void>; readonly ended: Promise<{ readonly code: number | null; readonly signal: string | null; readonly err: string }> }

function start(checkpoints: string): Run {
  const child = spawn(process.execPath, ["--conditions=millrace-source", worker, input, checkpoints, shared.server.url], { stdio: ["ignore", "pipe", "pipe"] });
  const started = Promise.withResolvers<void>(), ended = Promise.withResolvers<{ code: number | null; signal: string | null; err: string }>();
  let err = "";
  child.stdout.on("data", () => started.resolve());
  child.stderr.on("data", (chunk: Buffer) => { err += chunk.toString(); });
  child.on("close", (code, signal) => {
    started.resolve();
    ended.resolve({ code, signal, err });
  });
  return { process: child, started: started.promise, ended: ended.promise };
}

async function check(): Promise<void> {
  assert.deepEqual(await select("SELECT id, key, v FROM events ORDER BY id"), answer.events);
  assert.deepEqual(await select("SELECT key, n, total FROM keys ORDER BY key COLLATE \"C\""), answer.keys);
}
const clear = (): Promise<unknown> => shared.client.query("TRUNCATE events, keys");

test(`${KILLS} kills at any moment leave the answer, once`, async () => {
  const seed = Number(process.env["MILLRACE_SEED"] ?? Date.now() % 1_000_000), random = seededRandom(seed);
  for (let killed = 0, turn = 0; killed < KILLS; turn++) {
    await clear();
    const checkpoints = join(root, `kills-${turn}`);
    for (;;) {
      const run = start(checkpoints);
      if (killed < KILLS) {
        await run.started;
        await new Promise(done => setTimeout(done, random.uint32() % 250));
        run.process.kill("SIGKILL");
      }
      const ending = await run.ended;
      if (ending.signal === "SIGKILL") {
        killed++;
        continue;
      }
      assert.equal(ending.code, 0, `seed ${seed}: ${ending.err}`);
      break;
    }
    await check();
  }
});

test("of two runners that race the tables get the answer once, and the loser says why", async () => {
  for (let race = 0; race < 2; race++) {
    await clear();
    const checkpoints = join(root, `race-${race}`), endings = await Promise.all([start(checkpoints).ended, start(checkpoints).ended]);
    const lost = endings.filter(ending => ending.code !== 0);
    for (const { err } of lost) assert.match(err, /MILLRACE_(?:FENCED|CHECKPOINT_IN_USE)/);
    if (lost.length === 2) assert.equal((await start(checkpoints).ended).code, 0);
    await check();
  }
});

test("a server that crashes in the middle costs a restart, and no row", async () => {
  await clear();
  const checkpoints = join(root, "server"), run = start(checkpoints);
  await run.started;
  await new Promise(done => setTimeout(done, 30));
  await shared.server.stop("SIGQUIT");
  const ending = await run.ended;
  if (ending.code !== 0) assert.match(ending.err, /MILLRACE_POSTGRES\.(?:LOST|ADDRESS)/);
  await shared.server.resume();
  await shared.reconnect();
  if (ending.code !== 0) assert.equal((await start(checkpoints).ended).code, 0);
  await check();
});

test("a runner that was replaced can't commit, whatever it had prepared", async () => {
  await shared.client.query("CREATE TABLE fenced (id bigint, key text)");
  const schema = struct([field("id", BIGINT), field("key", STRING)]), arena = new Arena();
  const open = async (epoch: number): Promise<Sink> => {
    const sink = await openSink("postgres", { path: undefined, options: { url: shared.server.url, table: "fenced" }, partitionBy: [] }, { clock: systemClock, random: systemRandom, files: nodeFiles, timeZone: "UTC", print: () => {}, warn: () => {}, renderTable: () => "" });
    await sink.open({ queryId: "q", queryName: null, epoch, schema, outputMode: "append", keyColumns: [], timeZone: "UTC", hasWatermark: false } satisfies SinkContext);
    return sink;
  };
  const write = async (sink: Sink, batchId: number, id: bigint): Promise<string> => {
    const batch = sink.begin!(batchId);
    for (const rows of batchesOf(schema, [[id, "a"]], arena)) batch.write(rows);
    await batch.prepare();
    return batch.digest!;
  };
  const old = await open(1);
  assert.equal(await old.lastCommitted!(undefined), null);
  await old.commit!(0, await write(old, 0, 1n));
  const late = await write(old, 1, 2n);
  const young = await open(2);
  assert.equal((await young.lastCommitted!(undefined))!.batchId, 0);
  await assert.rejects(old.commit!(1, late), { condition: "MILLRACE_FENCED" });
  await old.stop();
  await young.commit!(1, await write(young, 1, 3n));
  await assert.rejects(open(1), { condition: "MILLRACE_FENCED" });
  await young.stop();
  assert.deepEqual((await shared.client.query("SELECT id FROM fenced ORDER BY id")).rows, [{ id: "1" }, { id: "3" }]);
  arena.release();
});
