/**
 * Catches files that a stream skips, reads twice or in another order, lines torn while they are written, bounds of a batch
 * that don't hold, and memory of what was read that a restart loses.
 */
import assert from "node:assert/strict";
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, truncateSync, unlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import { seededRandom, systemRandom } from "../../base/clock.ts";
import { nodeFiles } from "../../base/files.ts";
import { rowsOf } from "../../columns/cells.ts";
import type { Offset, StreamSource, Table } from "../../io/source.ts";
import { STRING, field, struct } from "../../types/data-type.ts";
import { Manifest } from "../../storage/manifest.ts";
import { ManualClock } from "../../testing/manual-clock.ts";
import type { ConnectorEnvironment } from "../environment.ts";
import { fileTable } from "./file-table.ts";

const START_SECONDS = 1_800_000_000;

/** A folder, and a stream over it in the hand of the test, with the memory that a checkpoint would keep. */
class World {
  readonly folder = mkdtempSync(join(tmpdir(), "millrace-stream-"));
  readonly clock = new ManualClock(START_SECONDS * 1e6);
  readonly #options: Readonly<Record<string, string>>;
  readonly #path: string;
  #table!: Table;
  source!: StreamSource;
  position: Offset = null;
  #blocks: Uint8Array[] = [];

  readonly #format: string;

  constructor(options: Readonly<Record<string, string>>, path: string, format: string) {
    this.#options = options;
    this.#format = format;
    this.#path = path;
  }

  static async open(options: Readonly<Record<string, string>> = {}, path = "", format = "text"): Promise<World> {
    const world = new World(options, path, format);
    await world.restart();
    return world;
  }

  /** `secondsAgo`: how long the file was left alone when the clock stands as it does. */
  write(name: string, text: string | Uint8Array, secondsAgo = 10): void {
    const path = join(this.folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    this.touch(name, secondsAgo);
  }
  append(name: string, text: string, secondsAgo = 0): void {
    appendFileSync(join(this.folder, name), text);
    this.touch(name, secondsAgo);
  }
  touch(name: string, secondsAgo: number): void { utimesSync(join(this.folder, name), START_SECONDS, this.clock.nowMicros() / 1e6 - secondsAgo); }

  /** A new source, as after a restart: it knows what the checkpoint keeps. */
  async restart(): Promise<void> {
    await this.source?.stop();
    const environment: ConnectorEnvironment = { clock: this.clock, random: seededRandom(1), files: nodeFiles, timeZone: "UTC", print: () => {}, warn: () => {}, renderTable: () => "" };
    this.#table = await fileTable({ kind: "read_data_source", format: this.#format, schema: struct([field("value", STRING)]), options: this.#options, paths: [join(this.folder, this.#path)], isStreaming: true }, environment);
    this.source = this.#table.stream!({ queryId: "q", sourceIndex: 0 });
    for (const block of this.#blocks) this.source.state!.load(block);
  }

  /** Plans the next batch and keeps what the checkpoint would; undefined when nothing is there. */
  async plan(): Promise<{ readonly from: Offset; readonly to: Offset } | undefined> {
    await this.clock.advance(300_000); // a folder is not listed more often
    const from = this.position, to = await this.source.latest(from, this.#table.readLimit!);
    if (JSON.stringify(to) === JSON.stringify(from)) return undefined;
    this.#blocks.push(this.source.state!.changes(from, to));
    this.position = to;
    return { from, to };
  }

  async read(range: { readonly from: Offset; readonly to: Offset }): Promise<string[]> {
    const values: string[] = [];
    for (const split of await this.source.plan(range.from, range.to)) {
      await this.source.read(split, { columns: ["value"], signal: new AbortController().signal }, {
        push: batch => { values.push(...rowsOf(batch).map(([value]) => String(value))); return true; }, badRecord: record => { throw new Error(record.reason); },
      });
    }
    return values;
  }

  /** The lines of the next batch. */
  async next(): Promise<string[] | undefined> {
    const range = await this.plan();
    if (range === undefined) return undefined;
    const lines = await this.read(range);
    this.source.committed(range.to);
    return lines;
  }
  async all(): Promise<(string[])[]> {
    const batches: string[][] = [];
    for (let lines = await this.next(); lines !== undefined; lines = await this.next()) batches.push(lines);
    return batches;
  }

  /** In place of all changes. */
  snapshot(): void { this.#blocks = [this.source.state!.snapshot(this.position)]; }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.source.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

describe("a folder as a stream", () => {
  test("files come in the order of their modification, then of their names", async () => {
    await using world = await World.open({ maxFilesPerTrigger: "1", recursiveFileLookup: "true" });
    world.write("b", "b\n", 20);
    world.write("c", "c\n", 30);
    world.write("sub/a", "a\n", 20);
    world.write("_hidden", "no\n", 40);
    world.write(".hidden", "no\n", 40);
    assert.deepEqual(await world.all(), [["c"], ["b"], ["a"]]);
    world.write("a", "later\n", 50);
    assert.deepEqual(await world.all(), [["later"]], "a file that comes later is read though it is older");
  });

  test("latestFirst turns the order around", async () => {
    await using world = await World.open({ latestFirst: "true", maxFilesPerTrigger: "2" });
    for (const [name, ago] of [["a", 30], ["b", 20], ["c", 10]] as const) world.write(name, `${name}\n`, ago);
    assert.deepEqual(await world.all(), [["c", "b"], ["a"]]);
  });

  test("a batch has as many files as maxFilesPerTrigger says", async () => {
    await using world = await World.open({ maxFilesPerTrigger: "3" });
    for (let i = 0; i < 8; i++) world.write(`f${i}`, `${i}\n`, 30 - i);
    assert.deepEqual(await world.all(), [["0", "1", "2"], ["3", "4", "5"], ["6", "7"]]);
  });

  test("and as many bytes as maxBytesPerTrigger says, but at least one file", async () => {
    await using world = await World.open({ maxBytesPerTrigger: "10" });
    for (const [i, bytes] of [3, 6, 2, 40, 4, 6].entries()) world.write(`f${i}`, `${"x".repeat(bytes - 2)}${i}\n`, 30 - i);
    assert.deepEqual((await world.all()).map(lines => lines.map(line => Number(line.at(-1)))), [[0, 1], [2], [3], [4, 5]]);
  });

  test("of a file that is being written only whole lines are taken, and the rest when it is there", async () => {
    await using world = await World.open();
    world.write("log", "one\ntw", 0);
    assert.deepEqual(await world.next(), ["one"]);
    assert.equal(await world.next(), undefined);
    world.append("log", "o\nthree\n");
    assert.deepEqual(await world.next(), ["two", "three"]);
    world.append("log", "fo");
    world.append("log", "ur");
    assert.equal(await world.next(), undefined, "no line is whole");
    await world.clock.advance(2_000_000);
    assert.deepEqual(await world.next(), ["four"], "nobody writes any more: the last line counts");
    world.append("log", "\nfive\n");
    assert.deepEqual(await world.next(), ["", "five"]);
  });

  test("a last line of JSON without its newline is taken when the object is whole, whoever waits", async () => {
    await using world = await World.open({}, "", "json");
    world.write("log", '{"value":"one"}\n{"value":"two"', 0);
    assert.deepEqual(await world.next(), ["one"]);
    world.touch("log", 30);
    assert.equal(await world.next(), undefined, "its writer may have a buffer");
    world.append("log", "}");
    assert.deepEqual(await world.next(), ["two"]);
    world.append("log", '\n{"value":"th');
    await world.source.freeze!(world.position);
    assert.deepEqual(await world.all(), [[]], "nor is it torn for a run that ends with what is there");
    await world.restart();
    world.append("log", 'ree"}');
    assert.deepEqual(await world.all(), [["three"]]);
    world.append("log", '\n{"value":"four"', 3600);
    assert.deepEqual(await world.next(), ["null"], "after a minute it is what it is: a bad record");
  });

  test("a long line is not torn either", async () => {
    await using world = await World.open();
    const long = "x".repeat(200_000);
    world.write("log", `one\n${long}`, 0);
    assert.deepEqual(await world.next(), ["one"]);
    world.append("log", `${long}\n`);
    assert.deepEqual(await world.next(), [long + long]);
  });

  test("a file that was read long ago and grows is read on", async () => {
    await using world = await World.open();
    world.write("log", "one\n", 3600);
    assert.deepEqual(await world.next(), ["one"]);
    await world.clock.advance(3_600_000_000);
    world.append("log", "two\n", 5);
    assert.deepEqual(await world.next(), ["two"]);
    assert.equal(await world.next(), undefined);
  });

  for (const how of ["changes", "snapshot"] as const) {
    test(`a restart from ${how} knows what was read`, async () => {
      await using world = await World.open({ maxFilesPerTrigger: "1" });
      world.write("a", "a\n", 30);
      world.write("b", "b\n", 20);
      assert.deepEqual(await world.next(), ["a"]);
      if (how === "snapshot") world.snapshot();
      await world.restart();
      world.append("a", "more of a\n", 2);
      assert.deepEqual(await world.all(), [["b"], ["more of a"]]);
      if (how === "snapshot") world.snapshot();
      await world.restart();
      assert.deepEqual(await world.all(), []);
    });
  }

  test("a batch that was planned before a restart has the same bytes after it", async () => {
    await using world = await World.open();
    world.write("a", "a\n", 30);
    const range = (await world.plan())!;
    world.append("a", "later\n", 5);
    world.write("0", "first\n", 40);
    await world.restart();
    assert.deepEqual(await world.read(range), ["a"]);
    assert.deepEqual(await world.all(), [["first", "later"]]);
  });

  test("a planned file that is gone, or shorter, is an error and no silence", async () => {
    await using world = await World.open();
    world.write("a", "aaaa\n", 30);
    world.write("b", "bbbb\n", 20);
    const range = (await world.plan())!;
    truncateSync(join(world.folder, "b"), 2);
    await assert.rejects(world.read(range), { condition: "MILLRACE_FILE_CHANGED" });
    unlinkSync(join(world.folder, "a"));
    await assert.rejects(world.read(range), { condition: "FAILED_READ_FILE.FILE_NOT_EXIST" });
  });

  test("a folder that was listed a moment ago is listed again for whoever waits for all of it", async () => {
    await using world = await World.open();
    assert.equal(await world.next(), undefined);
    world.write("a", "a\n");
    assert.equal(await world.source.latest(null, {}), null, "not yet: listing takes time where there are many files");
    world.source.refresh!();
    assert.deepEqual(await world.source.latest(null, {}), { logOffset: 0 });
  });

  test("a folder that isn't there yet is waited for; a pattern and a filter of names choose files", async () => {
    await using later = await World.open({}, "later");
    assert.equal(await later.next(), undefined);
    later.write("later/a", "a\n");
    assert.deepEqual(await later.next(), ["a"]);
    await using glob = await World.open({ pathGlobFilter: "*.log" }, "day=*/{x,y}");
    for (const name of ["day=1/x/a.log", "day=2/y/b.log", "day=2/z/c.log", "day=2/y/d.txt", "other/x/e.log"]) glob.write(name, `${name}\n`);
    assert.deepEqual(await glob.next(), ["day=1/x/a.log", "day=2/y/b.log"]);
  });

  test("what comes behind the moment of freeze() is for the next run", async () => {
    await using world = await World.open({ maxFilesPerTrigger: "1" });
    world.write("a", "a", 0);
    world.write("b", "b\n", 20);
    await world.source.freeze!(world.position);
    world.write("c", "c\n", 30);
    assert.deepEqual(await world.all(), [["b"], ["a"]], "an unfinished last line counts: nobody waits for its end");
    await world.restart();
    assert.deepEqual(await world.all(), [["c"]]);
  });

  test("of a folder with a manifest only published files are read, in the order of their batches", async () => {
    await using world = await World.open({ maxFilesPerTrigger: "1" });
    const manifest = new Manifest(nodeFiles, world.folder, "the query", systemRandom);
    const publish = (batchId: number): void => {
      const path = `part-${batchId}-1-${systemRandom.uuid()}.txt`;
      world.write(path, `batch ${batchId}\n`, 1000 - batchId);
      manifest.publish(batchId, 1, [{ path, bytes: statSync(join(world.folder, path)).size, rows: 1, crc32c: 0 }]);
    };
    for (let i = 0; i < 11; i++) publish(i);
    world.write(`part-11-1-${systemRandom.uuid()}.txt`, "staged, never published\n");
    assert.deepEqual(await world.all(), Array.from({ length: 11 }, (_, i) => [`batch ${i}`]));
    publish(11);
    await world.restart();
    assert.deepEqual(await world.all(), [["batch 11"]]);
    publish(12);
    assert.deepEqual(await world.all(), [["batch 12"]]);
  });

  test("however files grow and come, and wherever the stream is restarted, each line is read once", async () => {
    const seed = Number(process.env["MILLRACE_SEED"] ?? "1"), random = seededRandom(seed), below = (end: number): number => random.uint32() % end;
    await using world = await World.open({ maxFilesPerTrigger: "2", maxBytesPerTrigger: "300" });
    const written: string[] = [], read: string[] = [], unfinished = new Map<string, string>();
    for (let step = 0; step < 300; step++) {
      const name = `f${below(6)}`, half = unfinished.get(name) ?? "", text = `${name} ${step} ${"x".repeat(below(80))}`;
      switch (below(6)) {
        case 0: case 1: case 2: {
          const cut = below(text.length + 1);
          world.append(name, half === "" ? text.slice(0, cut) : `${half}\n`);
          if (half !== "") unfinished.delete(name);
          else {
            written.push(text);
            if (cut < text.length) unfinished.set(name, text.slice(cut));
            else world.append(name, "\n");
          }
          break;
        }
        case 3: {
          // Written elsewhere and moved in: whole at once.
          writeFileSync(join(world.folder, `.${step}`), `${step} moved\n`);
          renameSync(join(world.folder, `.${step}`), join(world.folder, `moved-${step}`));
          world.touch(`moved-${step}`, below(5));
          written.push(`${step} moved`);
          break;
        }
        case 4:
          for (const name of unfinished.keys()) world.touch(name, 0); // they are being written
          read.push(...await world.next() ?? []);
          break;
        default:
          if (below(3) === 0) world.snapshot();
          await world.restart();
      }
    }
    for (const [name, half] of unfinished) world.append(name, `${half}\n`);
    for (const lines of await world.all()) read.push(...lines);
    assert.deepEqual(read.toSorted(), written.toSorted(), `seed ${seed}`);
    // Within a file lines keep their order.
    for (let i = 0; i < 6; i++) assert.deepEqual(read.filter(line => line.startsWith(`f${i} `)), written.filter(line => line.startsWith(`f${i} `)));
  });

  test("a compressed file is read once, as a whole, when nobody writes to it any more", async () => {
    await using world = await World.open();
    world.write("a.gz", gzipSync("x\ny\n"), 0);
    world.write("b", "plain\n", 5);
    assert.deepEqual(await world.next(), ["plain"]);
    await world.clock.advance(1_000_000);
    assert.deepEqual(await world.all(), [["x", "y"]]);
    world.write("a.gz", Buffer.concat([gzipSync("x\ny\n"), gzipSync("z\n")]), 10);
    assert.deepEqual(await world.all(), [], "as in Spark: what was read is not read again, whatever becomes of it");
    await world.restart();
    assert.deepEqual(await world.all(), []);
  });

  test("files are removed or archived when their rows are delivered, and not when there is more in them", async () => {
    await using world = await World.open({ cleanSource: "delete" });
    world.write("a", "1\n");
    world.write("b", "2\nunfinished", 0);
    const range = (await world.plan())!;
    assert.deepEqual(await world.read(range), ["1", "2"]);
    assert.equal(existsSync(join(world.folder, "a")), true, "nothing is removed before it is delivered");
    world.source.committed(range.to);
    assert.deepEqual([existsSync(join(world.folder, "a")), existsSync(join(world.folder, "b"))], [false, true]);
    world.append("b", "\n");
    assert.deepEqual(await world.all(), [["unfinished"]]);
    assert.equal(existsSync(join(world.folder, "b")), false);

    const archive = mkdtempSync(join(tmpdir(), "millrace-archive-"));
    await using other = await World.open({ cleanSource: "archive", sourceArchiveDir: archive });
    other.write("c", "3\n");
    assert.deepEqual(await other.all(), [["3"]]);
    assert.equal(existsSync(join(other.folder, "c")), false);
    assert.equal(readFileSync(join(archive, other.folder, "c"), "utf8"), "3\n");
    rmSync(archive, { recursive: true });
    await assert.rejects(World.open({ cleanSource: "archive" }), { condition: "MILLRACE_INVALID_OPTION" });
  });

  test("files much older than the newest are left out and forgotten, if a greatest age is given", async () => {
    await using world = await World.open({ maxFileAge: "1 hour" });
    world.write("new", "1\n", 10);
    world.write("old", "2\n", 2 * 3600);
    assert.deepEqual(await world.all(), [["2", "1"]], "the first batch takes all");
    world.write("late", "3\n", 3 * 3600);
    assert.deepEqual(await world.all(), []);
    assert.doesNotMatch(Buffer.from(world.source.state!.snapshot(world.position)).toString(), /old/);
    await world.restart();
    world.write("next", "4\n", 5);
    assert.deepEqual(await world.all(), [["4"]]);
  });
});
