/** Catches a replay that lets rows out before their time, loses its place over a restart, or stands still at a row without a time. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { nodeFiles } from "../../base/files.ts";
import { rowsOf } from "../../columns/cells.ts";
import type { Offset, StreamSource } from "../../io/source.ts";
import { seededRandom } from "../../base/clock.ts";
import { ManualClock } from "../../testing/manual-clock.ts";
import { BIGINT, STRING, field, struct } from "../../types/data-type.ts";
import type { ConnectorEnvironment } from "../environment.ts";
import { replayTable } from "./replay-source.ts";

const SCHEMA = struct([field("id", BIGINT), field("arrival", STRING)]);
const arrival = (second: number): string => new Date(Date.UTC(2001, 0, 1, 0, 0, second)).toISOString();

class Replay {
  readonly folder = mkdtempSync(join(tmpdir(), "millrace-replay-"));
  /** The world's clock; far from the times in the file. */
  readonly clock = new ManualClock(1_800_000_000_000_000);
  position: Offset = null;
  source!: StreamSource;
  readonly #options: Readonly<Record<string, string>>;

  constructor(lines: string, options: Readonly<Record<string, string>> = {}) {
    writeFileSync(join(this.folder, "in.ndjson"), lines);
    this.#options = options;
  }

  async open(): Promise<this> {
    await this.source?.stop();
    const environment: ConnectorEnvironment = { clock: this.clock, random: seededRandom(1), files: nodeFiles, timeZone: "UTC", print: () => {}, warn: () => {}, renderTable: () => "" };
    const table = await replayTable({ kind: "read_data_source", format: "replay", schema: SCHEMA, options: { path: join(this.folder, "in.ndjson"), arrivalColumn: "arrival", ...this.#options }, paths: [], isStreaming: true }, environment);
    assert.equal(table.replayable, true);
    this.source = table.stream!({ queryId: "q", sourceIndex: 0 });
    return this;
  }

  async next(maxRows?: number): Promise<bigint[]> {
    const from = this.position, to = await this.source.latest(from, maxRows === undefined ? {} : { maxRows });
    if (JSON.stringify(from) === JSON.stringify(to)) return [];
    this.position = to;
    return this.read(from, to);
  }
  async read(from: Offset, to: Offset): Promise<bigint[]> {
    const ids: bigint[] = [];
    for (const split of await this.source.plan(from, to)) {
      await this.source.read(split, { columns: ["id"], signal: new AbortController().signal }, { push: batch => { ids.push(...rowsOf(batch).map(([id]) => id as bigint)); return true; }, badRecord: record => { throw new Error(record.reason); } });
    }
    return ids;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.source.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
const line = (id: number, second: number | undefined): string => `${JSON.stringify({ id, ...(second !== undefined && { arrival: arrival(second) }) })}\n`;

test("rows come when their time has come, so many times as fast", async () => {
  await using replay = await new Replay([0, 0, 5, 60, 61].map((second, id) => line(id, second)).join(""), { speed: "10" }).open();
  assert.deepEqual(await replay.next(), [0n, 1n]);
  await replay.clock.advance(499_999);
  assert.deepEqual(await replay.next(), []);
  await replay.clock.advance(1);
  assert.deepEqual(await replay.next(), [2n]);
  await replay.clock.advance(100_000_000);
  assert.equal(replay.source.ended, false);
  assert.deepEqual(await replay.next(1), [3n]);
  assert.deepEqual(await replay.next(1), [4n]);
  assert.deepEqual([await replay.next(), replay.source.ended], [[], true]);
});

test("after a restart it goes on where the last batch ended, and time goes on from there", async () => {
  await using replay = await new Replay([0, 1, 2, 3].map((second, id) => line(id, second)).join("")).open();
  assert.deepEqual(await replay.next(), [0n]);
  await replay.clock.advance(1_000_000);
  const from = replay.position;
  assert.deepEqual(await replay.next(), [1n]);
  await replay.clock.advance(3_600_000_000); // it was not running
  await replay.open();
  assert.deepEqual(await replay.read(from, replay.position), [1n], "a planned range has the same rows");
  assert.deepEqual(await replay.next(), []);
  await replay.clock.advance(1_000_000);
  assert.deepEqual(await replay.next(), [2n]);
  await replay.clock.advance(1_000_000);
  assert.deepEqual(await replay.next(), [3n]);
});

test("rows without a time come with the one before, also in front of all and over a restart; a last line needs no newline", async () => {
  await using replay = await new Replay(line(0, undefined) + line(1, 7) + line(2, undefined) + line(3, 8) + line(4, undefined).trimEnd()).open();
  assert.deepEqual(await replay.next(1), [0n]);
  await replay.open();
  assert.deepEqual(await replay.next(2), [1n, 2n]);
  await replay.open();
  assert.deepEqual(await replay.next(), [], "its clock starts here");
  await replay.clock.advance(500_000);
  assert.deepEqual(await replay.next(), []);
  await replay.clock.advance(500_000);
  assert.deepEqual(await replay.next(), [3n, 4n]);
  assert.equal(replay.source.ended, true);
});

test("a large file is read ahead a part at a time, and each row once", async () => {
  const count = 30_000;
  await using replay = await new Replay(Array.from({ length: count }, (_, id) => line(id, Math.floor(id / 1000))).join("")).open();
  const ids: bigint[] = [];
  for (let second = 0; second < 30; second++) {
    ids.push(...await replay.next());
    if (second % 7 === 3) ids.push(...await (await replay.open()).next());
    await replay.clock.advance(1_000_000);
  }
  ids.push(...await replay.next());
  assert.deepEqual(ids, Array.from({ length: count }, (_, id) => BigInt(id)));
});

test("a run that takes what is there now takes what is due now", async () => {
  await using replay = await new Replay([0, 0, 1].map((second, id) => line(id, second)).join("")).open();
  await replay.source.freeze!(null);
  await replay.clock.advance(5_000_000);
  assert.deepEqual([await replay.next(), await replay.next()], [[0n, 1n], []]);
});

test("options that say nothing are refused", async () => {
  await assert.rejects(new Replay("", { speed: "0" }).open(), { condition: "MILLRACE_INVALID_OPTION" });
  await assert.rejects(new Replay("", { speed: "fast" }).open(), { condition: "MILLRACE_INVALID_OPTION" });
});
