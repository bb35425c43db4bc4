/**
 * Catches rows of a file sink that readers see before the batch is published, twice or never; orphans that stay; a folder
 * that two queries write; and text of rows that isn't JSON or CSV.
 */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { nodeFiles } from "../../base/files.ts";
import { batchesOf } from "../../columns/row-batches.ts";
import { Arena } from "../../memory/arena.ts";
import { seededRandom } from "../../base/clock.ts";
import { ManualClock } from "../../testing/manual-clock.ts";
import type { Sink, StagedFile } from "../../io/sink.ts";
import { readManifest } from "../../storage/manifest.ts";
import type { Cell } from "../../types/cell.ts";
import { BIGINT, STRING, field, struct } from "../../types/data-type.ts";
import type { ConnectorEnvironment } from "../environment.ts";
import { openSink } from "../registry.ts";
import { manifestFiles } from "./manifest-folder.ts";

const SCHEMA = struct([field("id", BIGINT), field("s", STRING)]);
const environment: ConnectorEnvironment = { clock: new ManualClock(0), random: seededRandom(1), files: nodeFiles, timeZone: "UTC", print: () => {}, warn: () => {}, renderTable: () => "" };

class Folder {
  readonly path = mkdtempSync(join(tmpdir(), "millrace-sink-"));
  /** A sink as a run of a query has it. */
  async open(epoch: number, { queryId = "one", format = "json", options = {}, partitionBy = [] }: { queryId?: string; format?: string; options?: Readonly<Record<string, string>>; partitionBy?: readonly string[] } = {}): Promise<Sink> {
    const sink = await openSink(format, { path: this.path, options, partitionBy }, environment);
    await sink.open({ queryId, queryName: null, epoch, schema: SCHEMA, outputMode: "append", keyColumns: [], timeZone: "UTC", hasWatermark: false });
    return sink;
  }
  get data(): string[] { return readdirSync(this.path).filter(name => !name.startsWith("_")); }
  /** What a reader of the folder sees. */
  get text(): string { return manifestFiles(nodeFiles, this.path)!.map(file => readFileSync(file.path, "utf8")).join(""); }
  [Symbol.dispose](): void { rmSync(this.path, { recursive: true, force: true }); }
}

async function stage(sink: Sink, batchId: number, ...parts: (readonly (readonly Cell[])[])[]): Promise<readonly StagedFile[]> {
  const batch = sink.begin!(batchId), arena = new Arena();
  for (const rows of parts) for (const columns of batchesOf(SCHEMA, rows, arena)) batch.write(columns);
  arena.release();
  return batch.prepare();
}

describe("the sink of files", () => {
  test("a batch is there when it is published, however often that is asked", async () => {
    using folder = new Folder();
    const sink = await folder.open(1);
    assert.deepEqual([sink.sinkClass, sink.guarantee, sink.outputModes], ["staged", "exactly once", ["append"]]);
    const files = await stage(sink, 0, [[1n, "a"]], [[2n, null], [3n, 'with "quotes"\n']]);
    assert.deepEqual(files.map(file => [file.rows, file.bytes]), [[3, readFileSync(join(folder.path, files[0]!.path)).length]]);
    assert.equal(folder.text, "");
    await sink.publish!(0, files);
    await sink.publish!(0, files);
    assert.equal(folder.text, '{"id":1,"s":"a"}\n{"id":2}\n{"id":3,"s":"with \\"quotes\\"\\n"}\n');
    await sink.publish!(1, await stage(sink, 1));
    assert.deepEqual(readManifest(nodeFiles, folder.path).map(entry => entry.files.length), [1, 0], "a batch without rows has an entry, and no file");
    await sink.stop();
  });

  test("csv has one header a file, and quotes as Spark does", async () => {
    using folder = new Folder();
    const sink = await folder.open(1, { format: "csv", options: { header: "true" } });
    await sink.publish!(0, await stage(sink, 0, [[1n, "a,b"]], [[null, 'say "x"']]));
    assert.equal(folder.text, 'id,s\n1,"a,b"\n,"say \\"x\\""\n');
  });

  test("what a run staged and never published is not read, and removed behind the first batch of the next", async () => {
    using folder = new Folder();
    const first = await folder.open(1);
    await first.publish!(0, await stage(first, 0, [[1n, "a"]]));
    const pending = await stage(first, 1, [[2n, "decided, not published"]]);
    await stage(first, 2, [[3n, "not decided"]]);
    assert.equal(folder.data.length, 3);
    const second = await folder.open(2);
    assert.equal(folder.data.length, 3, "nothing is removed before it is known what was decided");
    await second.publish!(1, pending);
    assert.equal(folder.data.length, 2);
    await second.publish!(2, await stage(second, 2, [[4n, "again"]]));
    assert.deepEqual(folder.text.split("\n").map(line => line.replace(/.*"s":/, "")), ['"a"}', '"decided, not published"}', '"again"}', ""]);
  });

  test("partitions: a file a folder, and what was not published in them is removed too", async () => {
    using folder = new Folder();
    const first = await folder.open(1, { partitionBy: ["s"] });
    await first.publish!(0, await stage(first, 0, [[1n, "a"], [2n, "b/c"], [3n, "a"]]));
    assert.deepEqual(readManifest(nodeFiles, folder.path)[0]!.files.map(file => [file.path.slice(0, file.path.lastIndexOf("/")), file.rows]), [["s=a", 2], ["s=b%2Fc", 1]]);
    assert.equal(folder.text, '{"id":1}\n{"id":3}\n{"id":2}\n');
    await stage(first, 1, [[4n, "a"], [5n, "new"]]);
    const second = await folder.open(2, { partitionBy: ["s"] });
    await second.publish!(1, await stage(second, 1, [[4n, "a"]]));
    assert.deepEqual([readdirSync(join(folder.path, "s=a")).length, readdirSync(join(folder.path, "s=new")).length], [2, 0]);
    const third = await folder.open(3, { partitionBy: ["s"], options: { compression: "gzip" } });
    const batch = third.begin!(2), arena = new Arena();
    for (const columns of batchesOf(SCHEMA, [[6n, "a"], [7n, "z"]], arena)) batch.write(columns);
    arena.release();
    await batch.abort();
    assert.deepEqual([readdirSync(join(folder.path, "s=a")).length, readdirSync(join(folder.path, "s=z")).length], [2, 0]);
  });

  test("a batch that failed leaves no file", async () => {
    using folder = new Folder();
    const sink = await folder.open(1), batch = sink.begin!(0), arena = new Arena();
    for (const columns of batchesOf(SCHEMA, [[1n, "a"]], arena)) batch.write(columns);
    arena.release();
    await batch.abort();
    assert.deepEqual(folder.data, []);
  });

  test("a second query in the folder is refused, before it writes; and another list for a published batch", async () => {
    using folder = new Folder();
    const sink = await folder.open(1);
    await sink.publish!(0, await stage(sink, 0, [[1n, "a"]]));
    await assert.rejects(folder.open(1, { queryId: "two" }), { condition: "MILLRACE_SINK_CONFLICT" });
    const other = await stage(sink, 0, [[9n, "other"]]);
    await assert.rejects(sink.publish!(0, other), { condition: "MILLRACE_SINK_CONFLICT" });
    assert.equal(folder.text, '{"id":1,"s":"a"}\n');
  });

  test("a query that comes to a new folder at a later batch is read from there on", async () => {
    using folder = new Folder();
    const sink = await folder.open(3);
    await sink.publish!(7, await stage(sink, 7, [[7n, "a"]]));
    await sink.publish!(8, await stage(sink, 8, [[8n, "b"]]));
    assert.equal(folder.text, '{"id":7,"s":"a"}\n{"id":8,"s":"b"}\n');
    const again = await folder.open(4);
    await again.publish!(9, await stage(again, 9, [[9n, "c"]]));
    assert.deepEqual(readManifest(nodeFiles, folder.path).map(entry => entry.batchId), [7, 8, 9]);
    assert.equal(folder.data.length, 3);
  });

  test("what can't be written is refused before anything is", async () => {
    using folder = new Folder();
    await assert.rejects(openSink("json", { path: undefined, options: {}, partitionBy: [] }, environment), { condition: "MILLRACE_INVALID_OPTION" });
    await assert.rejects(openSink("json", { path: folder.path, options: { compression: "rar" }, partitionBy: [] }, environment), { condition: "CODEC_NOT_AVAILABLE.WITH_AVAILABLE_CODECS_SUGGESTION" });
    await assert.rejects(folder.open(1, { partitionBy: ["nope"] }), { condition: "COLUMN_NOT_FOUND" });
    await assert.rejects(openSink("jsn", { path: folder.path, options: {}, partitionBy: [] }, environment), { condition: "DATA_SOURCE_NOT_FOUND", hint: "did you mean json?" });
    assert.equal(existsSync(join(folder.path, "_millrace")), false);
  });
});
