/**
 * Catches queries of one session over the same folder whose results, dead letters or counts depend on whether they share
 * what they read: with the same and other columns, triggers and batch sizes, a start in the middle, a restart, a failure; and memory that stays
 * behind.
 */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { bigint, schema, session, string, timestamp, type Session, type StreamingQuery } from "millrace";
import { count, lit, sum, window } from "millrace/functions";
import { linearMemory } from "../../src/memory/linear-memory.ts";

const Event = schema({ id: bigint(), name: string(), at: timestamp(), n: bigint() });
const event = (id: number): string => JSON.stringify({ id, name: `name ${id % 7} of seven`, at: new Date(Date.UTC(2024, 0, 1) + id * 100).toISOString(), n: id % 13, more: "x".repeat(id % 90) });
const events = (from: number, to: number): string => Array.from({ length: to - from }, (_, i) => `${event(from + i)}\n`).join("");
const taken = (query: StreamingQuery): number => Number(query.lastProgress?.sources[0]?.metrics["sharedRows"] ?? 0);

/** A folder, and what queries over it gave: of each query the rows of each batch, the last delivery of it. */
class Folder {
  readonly root = mkdtempSync(join(tmpdir(), "millrace-shared-"));
  readonly files = join(this.root, "events");
  readonly results = new Map<string, Map<number, string[]>>();

  constructor() { mkdirSync(this.files); }

  write(name: string, text: string): void {
    writeFileSync(join(this.root, name), text);
    renameSync(join(this.root, name), join(this.files, name)); // whole at once
  }

  rows(name: string): string[] { return [...this.results.get(name) ?? []].sort(([a], [b]) => a - b).flatMap(([, rows]) => rows); }

  start(mill: Session, name: string, kind: "windows" | "filter" | "totals" | "twice", options: Readonly<Record<string, string | number>> = {}, fails = -1): Promise<StreamingQuery> {
    const batches = this.results.get(name) ?? new Map<number, string[]>();
    this.results.set(name, batches);
    const read = mill.readStream.schema(Event).json(this.files, options);
    const frame = kind === "filter" ? read.where(r => r.n.eq(3n)).select("id", "name")
      : kind === "twice" ? read.where(r => r.n.eq(3n)).select("id", "name").union(read.where(r => r.id.lt(100n)).select(r => ({ id: r.id, name: lit("early") })))
      : kind === "totals" ? read.groupBy(r => ({ name: r.name })).agg(r => ({ c: count(), s: sum(r.n) }))
      : read.withWatermark("at", "1 second").groupBy(r => ({ window: window(r.at, "10 seconds"), name: r.name })).agg(() => ({ c: count() }));
    return frame.writeStream.queryName(name).outputMode(kind === "totals" ? "complete" : "append").foreachBatch(async (batch, batchId) => {
      if (batchId === fails) throw new Error("no more");
      batches.set(batchId, (await batch.collect()).map(row => JSON.stringify(row, (_, value: unknown) => (typeof value === "bigint" ? String(value) : value))).sort());
    }).start({ checkpointLocation: join(this.root, "checkpoints", name) });
  }

  [Symbol.dispose](): void { rmSync(this.root, { recursive: true, force: true }); }
}

const all = (queries: readonly StreamingQuery[]): Promise<unknown> => Promise.all(queries.map(query => query.processAllAvailable()));

/** The same story with and without sharing. */
async function compare(story: (mill: Session, folder: Folder) => Promise<number>): Promise<number> {
  const outcomes: unknown[] = [], shared: number[] = [], left: number[] = [];
  for (const bytes of [0, 1 << 26]) {
    using folder = new Folder();
    {
      await using mill = session({ timeZone: "UTC", conf: { "spark.millrace.sharedReadBytes": bytes } });
      shared.push(await story(mill, folder));
    }
    left.push(linearMemory().inUseBytes);
    outcomes.push([...folder.results.keys()].sort().map(name => [name, folder.rows(name).filter(row => row !== "[]")]));
  }
  assert.deepEqual(outcomes[1], outcomes[0]);
  assert.equal(left[1], left[0], "all memory is given back");
  assert.equal(shared[0], 0);
  return shared[1]!;
}

describe("queries of a session that read the same files", () => {
  test("give what they give alone, and say what they did not read themselves", async () => {
    const shared = await compare(async (mill, folder) => {
      const queries = [await folder.start(mill, "one", "windows"), await folder.start(mill, "two", "windows"), await folder.start(mill, "three", "filter"), await folder.start(mill, "twice", "twice")];
      for (let i = 0; i < 4; i++) {
        folder.write(`f${i}`, events(5000 * i, 5000 * i + 5000));
        await all(queries);
      }
      for (const query of queries.slice(0, 3)) assert.equal(query.recentProgress.reduce((rows, progress) => rows + progress.numInputRows, 0), 20_000);
      return queries.reduce((rows, query) => rows + taken(query), 0);
    });
    assert.ok(shared >= 30_000, `${shared} rows were shared`);
  });

  test("with other batch sizes, a start in the middle, a restart and a failure", async () => {
    const shared = await compare(async (mill, folder) => {
      for (let i = 0; i < 3; i++) folder.write(`a${i}`, events(1000 * i, 1000 * i + 1000));
      const steady = await folder.start(mill, "steady", "filter", { maxFilesPerTrigger: 1 }), restarted = await folder.start(mill, "restarted", "filter", { maxFilesPerTrigger: 2 });
      const failing = await folder.start(mill, "failing", "filter", { maxFilesPerTrigger: 1 }, 4);
      await all([steady, restarted, failing]);
      await restarted.stop();
      for (let i = 3; i < 9; i++) folder.write(`a${i}`, events(1000 * i, 1000 * i + 1000));
      await assert.rejects(failing.awaitTermination());
      const again = await folder.start(mill, "restarted", "filter", { maxFilesPerTrigger: 2 }), late = await folder.start(mill, "late", "filter");
      await all([steady, again, late]);
      const mended = await folder.start(mill, "failing", "filter", { maxFilesPerTrigger: 1 });
      folder.write("last", events(9000, 9500));
      await all([steady, again, late, mended]);
      for (const name of ["restarted", "late", "failing"]) assert.deepEqual(folder.rows(name).sort(), folder.rows("steady").sort());
      return [steady, again, late, mended].reduce((rows, query) => rows + taken(query), 0);
    });
    assert.ok(shared > 0);
  });

  test("each has its dead letters", async () => {
    for (const bytes of [0, 1 << 26]) {
      using folder = new Folder();
      await using mill = session({ timeZone: "UTC", conf: { "spark.millrace.sharedReadBytes": bytes } });
      const queries = [await folder.start(mill, "one", "totals", { mode: "DROPMALFORMED" }), await folder.start(mill, "two", "totals", { mode: "DROPMALFORMED" })];
      folder.write("f", `${events(0, 100)}broken\n${events(100, 200)}{"n":"x"}\n`);
      await all(queries);
      assert.equal(Math.max(...queries.map(taken)), bytes === 0 ? 0 : 200);
      const letters = ["one", "two"].map(name => {
        const place = join(folder.root, "checkpoints", name, "dead-letters");
        return readdirSync(place).filter(file => !file.startsWith("_")).sort().flatMap(file => readFileSync(join(place, file), "utf8").trim().split("\n").map(line => (({ offset, length, reason, raw }) => ({ offset, length, reason, raw }))(JSON.parse(line) as Record<string, unknown>)));
      });
      assert.equal(letters[0]!.length, 2);
      assert.deepEqual(letters[1], letters[0]);
      await Promise.all(queries.map(query => query.stop()));
      assert.deepEqual(folder.rows("two").at(-1), folder.rows("one").at(-1));
    }
  });

  test("the bound is a number of bytes", async () => {
    using folder = new Folder();
    await using mill = session({ timeZone: "UTC", conf: { "spark.millrace.sharedReadBytes": -1 } });
    await assert.rejects(folder.start(mill, "q", "filter"), { condition: "MILLRACE_INVALID_OPTION" });
  });

  test("what is held for others gives way when memory is short", async () => {
    using folder = new Folder();
    await using mill = session({ timeZone: "UTC", memoryBytes: linearMemory().inUseBytes + (12 << 20) });
    try {
      const fast = await folder.start(mill, "fast", "filter", { maxFilesPerTrigger: 1 });
      const slow = await mill.readStream.schema(Event).json(folder.files).select("id", "n").writeStream.trigger({ processingTime: "1 hour" }).foreach(() => {}).start();
      for (let i = 0; i < 24; i++) folder.write(`f${i}`, events(0, 5000));
      await fast.processAllAvailable();
      assert.equal(fast.recentProgress.reduce((rows, progress) => rows + progress.numInputRows, 0), 120_000);
      await slow.stop();
      await fast.stop();
    } finally {
      linearMemory().setLimit(Number.POSITIVE_INFINITY);
    }
  });
});
