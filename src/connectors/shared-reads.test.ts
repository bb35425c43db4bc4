/**
 * Catches rows, dead letters and ranges that differ when queries take from one another what they read, pieces that are kept
 * for nobody or beyond the bound, and memory that is not given back.
 */
import assert from "node:assert/strict";
import { appendFileSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { seededRandom, type Random } from "../base/clock.ts";
import { nodeFiles } from "../base/files.ts";
import { MillraceError } from "../base/errors.ts";
import { rowsOf } from "../columns/cells.ts";
import type { BadRecord, Offset, StreamSource, Table } from "../io/source.ts";
import { linearMemory } from "../memory/linear-memory.ts";
import { BIGINT, DOUBLE, STRING, array, field, struct, type StructType } from "../types/data-type.ts";
import { ManualClock } from "../testing/manual-clock.ts";
import { fileTable } from "./files/file-table.ts";
import { SharedReads } from "./shared-reads.ts";

const SCHEMA = struct([field("a", BIGINT), field("b", STRING), field("c", DOUBLE), field("d", array(BIGINT)), field("_corrupt_record", STRING)]);
const TEXT = struct([field("value", STRING)]);
const START_SECONDS = 1_800_000_000;

class World {
  readonly folder = mkdtempSync(join(tmpdir(), "millrace-shared-"));
  readonly clock = new ManualClock(START_SECONDS * 1e6);
  readonly shared: SharedReads;
  readonly readers = new Set<Reader>();
  #seconds = 0;

  constructor(limit = 1 << 26) { this.shared = new SharedReads(() => limit); }

  write(name: string, text: string): void {
    writeFileSync(join(this.folder, name), text);
    this.#touch(name);
  }
  append(name: string, text: string): void {
    appendFileSync(join(this.folder, name), text);
    this.#touch(name);
  }
  /** Each write has its time, and nothing is so young that it is waited for. */
  #touch(name: string): void {
    this.#touched.set(name, START_SECONDS - 100_000 + this.#seconds++);
    this.touch(name, this.touchedAt(name));
  }
  readonly #touched = new Map<string, number>();
  touchedAt(name: string): number { return this.#touched.get(name)!; }
  touch(name: string, seconds: number): void { utimesSync(join(this.folder, name), START_SECONDS, seconds); }

  async reader(columns: readonly string[], options: Readonly<Record<string, string>> = {}, format = "json"): Promise<Reader> {
    const reader = new Reader(this, columns, options, format);
    await reader.restart();
    this.readers.add(reader);
    return reader;
  }

  [Symbol.dispose](): void {
    for (const reader of this.readers) reader.stop();
    rmSync(this.folder, { recursive: true, force: true });
    assert.deepEqual([this.shared.bytes, this.shared.account.bytes, linearMemory().reclaimers.size], [0, 0, 0]);
  }
}

interface Delivered { readonly rows: readonly string[]; readonly bad: readonly string[]; readonly error: string | undefined }

/** A source that shares, and beside it one that reads the same by itself. */
class Reader {
  readonly #world: World;
  readonly #columns: readonly string[];
  readonly #options: Readonly<Record<string, string>>;
  readonly #format: string;
  #tables: Table[] = [];
  #sources: StreamSource[] = [];
  #blocks: Uint8Array[] = [];
  #position: Offset = null;

  constructor(world: World, columns: readonly string[], options: Readonly<Record<string, string>>, format: string) {
    this.#world = world;
    this.#columns = columns;
    this.#options = options;
    this.#format = format;
  }

  get metrics(): Readonly<Record<string, string>> { return this.#sources[0]!.metrics!(); }
  get sharedRows(): number { return Number(this.metrics["sharedRows"] ?? 0); }

  /** As after a restart from a checkpoint. */
  async restart(): Promise<void> {
    this.stop();
    const { clock, folder, shared } = this.#world;
    const schema: StructType = this.#format === "text" ? TEXT : SCHEMA;
    for (const own of [false, true]) {
      const table = await fileTable(
        { kind: "read_data_source", format: this.#format, schema, options: this.#options, paths: [folder], isStreaming: true },
        { clock, random: seededRandom(1), files: nodeFiles, timeZone: "UTC", print: () => {}, warn: () => {}, renderTable: () => "", ...(!own && { sharedReads: shared }) },
      );
      const source = table.stream!({ queryId: "q", sourceIndex: 0, columns: this.#columns });
      for (const block of this.#blocks) source.state!.load(block);
      this.#tables.push(table);
      this.#sources.push(source);
    }
  }

  stop(): void {
    for (const source of this.#sources) void source.stop();
    this.#sources = [];
    this.#tables = [];
  }

  /** The next batch; undefined when there is none. `pause`: between two chunks, so that readers come between one another. */
  async next(pause: () => Promise<void> = async () => {}, isAborted = false): Promise<Delivered | undefined> {
    const [table] = this.#tables, from = this.#position, [to, ownTo] = [await this.#sources[0]!.latest(from, table!.readLimit!), await this.#sources[1]!.latest(from, table!.readLimit!)];
    assert.deepEqual(to, ownTo);
    if (JSON.stringify(to) === JSON.stringify(from)) return undefined;
    const block = this.#sources[0]!.state!.changes(from, to);
    assert.deepEqual(block, this.#sources[1]!.state!.changes(from, to));
    const sources = this.#sources, [delivered, own] = [await this.#read(sources[0]!, from, to, pause, isAborted), await this.#read(sources[1]!, from, to, async () => {}, false)];
    if (isAborted) {
      // The batch is to be read again, as after a crash in it: its plan is known and its rows are not.
      this.#blocks.push(block);
      await this.restart();
      return await this.#compare(await this.#read(this.#sources[0]!, from, to, pause, false), own, to);
    }
    this.#blocks.push(block);
    return await this.#compare(delivered, own, to);
  }

  async #compare(delivered: Delivered, own: Delivered, to: Offset): Promise<Delivered> {
    assert.deepEqual(delivered, own);
    this.#position = to;
    for (const source of this.#sources) await source.committed(to);
    return delivered;
  }

  async #read(source: StreamSource, from: Offset, to: Offset, pause: () => Promise<void>, isAborted: boolean): Promise<Delivered> {
    const rows: string[] = [], bad: string[] = [];
    let error: string | undefined, pieces = 0;
    try {
      for (const split of await source.plan(from, to)) {
        await source.read(split, { columns: this.#columns, signal: new AbortController().signal }, {
          push: batch => { for (const row of rowsOf(batch)) rows.push(JSON.stringify(row, (_, cell: unknown) => (typeof cell === "bigint" ? `${cell}n` : cell))); return true; },
          badRecord: ({ raw, ...record }: BadRecord) => { bad.push(JSON.stringify({ ...record, raw: Buffer.from(raw).toString("latin1") })); },
          ready: async () => {
            if (isAborted && pieces++ > 0) throw new Error("stopped in the middle");
            await pause();
          },
        });
      }
    } catch (caught) {
      if (!(caught instanceof MillraceError) && !isAborted) throw caught;
      error = (caught as Error).message;
    }
    return { rows: error === undefined ? rows : [], bad: error === undefined ? bad : [], error };
  }

  async all(): Promise<readonly string[]> {
    const rows: string[] = [];
    await this.#world.clock.advance(300_000); // a folder is not listed more often
    for (let batch = await this.next(); batch !== undefined; batch = await this.next()) rows.push(...batch.rows);
    return rows;
  }
}

const line = (i: number, more = ""): string => `{"a":${i},"b":"row number ${i} of the file","c":${i / 4},"d":[${i % 3},2]${more}}\n`;
const lines = (from: number, to: number): string => Array.from({ length: to - from }, (_, i) => line(from + i)).join("");

describe("several queries over the same files", () => {
  test("the second takes what the first has read, and then it is gone", async () => {
    using world = new World();
    const first = await world.reader(["a", "b"]), second = await world.reader(["a", "b"]);
    world.write("f1", lines(0, 30_000)); // several chunks
    world.write("f2", lines(0, 10));
    assert.equal((await first.all()).length, 30_010);
    assert.ok(world.shared.bytes > 0);
    assert.equal((await second.all()).length, 30_010);
    assert.deepEqual([first.sharedRows, second.sharedRows, world.shared.bytes], [0, 30_010, 0]);
    assert.equal(Number(second.metrics["sharedBytes"]), Buffer.byteLength(lines(0, 30_000) + lines(0, 10)));
  });

  test("a query alone keeps nothing, nor do queries of other schemas, options or zones", async () => {
    using world = new World();
    world.write("f", lines(0, 100));
    const one = await world.reader(["a"]), other = await world.reader(["a"], { mode: "DROPMALFORMED" });
    await one.all();
    assert.equal(world.shared.bytes, 0);
    await other.all();
    assert.deepEqual([one.metrics, world.shared.bytes, other.sharedRows], [{ numFilesOutstanding: "0", numBytesOutstanding: "0" }, 0, 0]);
  });

  test("columns of all are read at once; what a batch takes may differ", async () => {
    using world = new World();
    const narrow = await world.reader(["c"], { maxFilesPerTrigger: "1" }), wide = await world.reader(["b", "a"], { maxFilesPerTrigger: "3" }), none = await world.reader([], { latestFirst: "true" });
    for (let i = 0; i < 5; i++) world.write(`f${i}`, lines(100 * i, 100 * i + 100));
    for (const reader of [narrow, wide, none]) assert.equal((await reader.all()).length, 500);
    assert.deepEqual([narrow.sharedRows, wide.sharedRows, none.sharedRows, world.shared.bytes], [0, 500, 500, 0]);
  });

  test("a bad record is for those who want the same columns", async () => {
    using world = new World();
    const same = [await world.reader(["a", "_corrupt_record"]), await world.reader(["_corrupt_record", "a"])], other = await world.reader(["c"]);
    world.write("f", lines(0, 10) + '{"a":1,"c":"no number"}\n{"a":"x"}\nnot json\n');
    const [rows, again] = [await same[0]!.all(), await same[1]!.all()];
    assert.equal(rows.length, 13);
    assert.equal(again.length, 13);
    assert.equal((await other.all()).length, 13);
    assert.deepEqual([same[0]!.sharedRows, other.sharedRows], [0, 0]);
    // With the same columns alone it is shared.
    other.stop();
    world.write("g", '{"a":"x"}\n');
    for (const reader of same) await reader.all();
    assert.equal(same[1]!.sharedRows, 1);
  });

  test("a record that is bad for the one and good for the other", async () => {
    using world = new World();
    const [wide, narrow] = [await world.reader(["a", "c"], { mode: "DROPMALFORMED" }), await world.reader(["a"], { mode: "DROPMALFORMED" })];
    world.write("f", `${line(1)}{"a":2,"c":"no number"}\n`);
    assert.deepEqual([(await wide.all()).length, (await narrow.all()).length], [1, 2]);
  });

  test("dead letters are given to each", async () => {
    using world = new World();
    const readers = [await world.reader(["a"], { mode: "DROPMALFORMED" }), await world.reader(["a"], { mode: "DROPMALFORMED" })];
    world.write("f", `${line(1)}nonsense\n${line(2)}{"a":"x"}\n`);
    const [first, second] = [await readers[0]!.next(), await readers[1]!.next()];
    assert.deepEqual([first!.rows.length, first!.bad.length, second], [2, 2, first]);
    assert.equal(readers[1]!.sharedRows, 2);
  });

  test("mode FAILFAST fails for each, for columns that it reads", async () => {
    using world = new World();
    const [a, c, both] = [await world.reader(["a"], { mode: "FAILFAST" }), await world.reader(["c"], { mode: "FAILFAST" }), await world.reader(["c", "a"], { mode: "FAILFAST" })];
    world.write("f", `${line(1)}{"a":2,"c":"no number"}\n`);
    assert.deepEqual([(await a.next())!.rows.length, (await c.next())!.error?.includes("MALFORMED"), (await both.next())!.error?.includes("MALFORMED")], [2, true, true]);
  });

  test("for a slow query no more is kept than the bound, and nothing that it has no use for", async () => {
    using world = new World(300_000);
    const fast = await world.reader(["a", "b"], { maxFilesPerTrigger: "1" }), slow = await world.reader(["a", "b"], { maxFilesPerTrigger: "1" });
    for (let i = 0; i < 20; i++) world.write(`f${String(i).padStart(2, "0")}`, lines(0, 1000));
    for (let i = 0; i < 20; i++) {
      await fast.next();
      assert.ok(world.shared.bytes <= 300_000 && world.shared.account.bytes <= 300_000 + 2 ** 19, `${world.shared.bytes} bytes`);
    }
    // The first piece was forced out; from then on nothing was kept that would have forced out the next.
    await slow.next();
    await slow.next();
    assert.equal(slow.sharedRows, 1000);
    assert.equal((await slow.all()).length, 18_000);
    assert.ok(slow.sharedRows > 0 && slow.sharedRows < 10_000, `${slow.sharedRows} rows were shared`);
    assert.equal(world.shared.bytes, 0);
    // It has come near again.
    const before = slow.sharedRows;
    world.write("next", lines(0, 100));
    await fast.all();
    await slow.all();
    assert.equal(slow.sharedRows, before + 100);
  });

  test("a query that stops gives up what was kept for it", async () => {
    using world = new World();
    const [one, two, three] = [await world.reader(["a"]), await world.reader(["a"]), await world.reader(["a"])];
    world.write("f", lines(0, 1000));
    await one.all();
    await two.all();
    assert.ok(world.shared.bytes > 0);
    three.stop();
    assert.equal(world.shared.bytes, 0);
  });

  test("memory that is wanted elsewhere is given back", async () => {
    using world = new World();
    const memory = linearMemory(), one = await world.reader(["a", "b"]), two = await world.reader(["a", "b"]);
    world.write("f", lines(0, 5000));
    await one.all();
    const kept = world.shared.bytes;
    assert.ok(kept > 0);
    try {
      memory.setLimit(memory.inUseBytes + 128);
      memory.free(memory.allocate(100_000), 100_000);
      assert.equal(world.shared.bytes, 0);
    } finally {
      memory.setLimit(Number.POSITIVE_INFINITY);
    }
    assert.equal((await two.all()).length, 5000);
    assert.equal(two.sharedRows, 0);
  });

  test("without memory to read for others each reads by itself", async () => {
    using world = new World();
    const memory = linearMemory(), narrow = await world.reader(["a"]);
    world.write("f1", lines(0, 10));
    await narrow.all();
    const wide = await world.reader(["a", "b", "c"]);
    for (const name of ["f2", "f3", "f4"]) world.write(name, lines(0, 3000));
    try {
      memory.setLimit(memory.inUseBytes + 200_000);
      assert.equal((await narrow.all()).length, 9000);
    } finally {
      memory.setLimit(Number.POSITIVE_INFINITY);
    }
    assert.equal((await wide.all()).length, 9010);
    assert.equal(wide.sharedRows, 0);
  });

  test("a file that was written over is another, and a line that had no end may go on", async () => {
    using world = new World();
    const [one, two] = [await world.reader(["a"]), await world.reader(["a"])];
    world.write("over", '{"a":1}\n');
    world.write("open", '{"a":1}');
    await one.all();
    world.write("over", '{"a":2}\n');
    appendFileSync(join(world.folder, "open"), ' {"a":3}\n');
    world.touch("open", world.touchedAt("open"));
    assert.deepEqual([await two.all(), two.sharedRows], [['["1n"]', '["2n"]'], 0]);
    assert.equal(world.shared.bytes, 0);
  });

  test("files that grow, and lines without an end", async () => {
    using world = new World();
    const [one, two] = [await world.reader(["a"]), await world.reader(["a"])];
    world.write("log", lines(0, 10) + '{"a":10}');
    assert.equal((await one.all()).length, 11);
    world.append("log", "\n" + lines(11, 20));
    assert.equal((await one.all()).length, 9);
    assert.equal((await two.all()).length, 20, "one range of another version");
    world.append("log", lines(20, 30));
    assert.deepEqual([(await two.all()).length, (await one.all()).length, one.sharedRows, world.shared.bytes], [10, 10, 10, 0]);
  });
});

/** A line of any kind, mostly good. */
function anyLine({ uint32 }: Random, i: number, badOneIn: number): string {
  if (uint32() % badOneIn !== 0) return line(i, uint32() % 5 === 0 ? `,"x":"${"x".repeat(uint32() % 400)}"` : "");
  return [
    "not json\n", `{"a":"text","b":"${i}"}\n`, `{"a":${i},"c":"none"}\n`, "\r\n", `[{"a":${i}},{"a":"${i}"},{"c":2}]\n`, `{"b":"${"y".repeat(3000)}"}\n`, `{"a":1,"a":2,"d":[1,"x"]}\r\n`, `{"b":"\\u00e9 \\"${i}"}\r`,
  ][uint32() % 8]!;
}

test("random queries over random files get what they would get alone", { timeout: 120_000 }, async () => {
  let taken = 0;
  for (let seed = 1; seed <= 6; seed++) {
    const random = seededRandom(seed), { uint32 } = random, pick = <T>(values: readonly T[]): T => values[uint32() % values.length]!;
    const inUse = linearMemory().inUseBytes;
    {
      using world = new World(pick([1 << 26, 400_000, 50_000]));
      const isText = seed % 5 === 0, mode = pick(["PERMISSIVE", "PERMISSIVE", "DROPMALFORMED", "FAILFAST"]), names = SCHEMA.fields.map(one => one.name), badOneIn = pick([100_000_000, 3000, 20]);
      const sameColumns = uint32() % 2 === 0, all = names.filter(() => uint32() % 2 === 0);
      const add = async () => world.reader(isText ? ["value"] : sameColumns ? all : names.filter(() => uint32() % 2 === 0), {
        mode, maxRecordBytes: "2000", ...(uint32() % 2 === 0 && { maxFilesPerTrigger: String(1 + uint32() % 3) }), ...(uint32() % 4 === 0 && { latestFirst: "true" }),
      }, isText ? "text" : "json");
      for (let i = 0; i < 2 + seed % 2; i++) await add();
      for (let step = 0; step < 10; step++) {
        for (let i = uint32() % 3; i > 0; i--) {
          const rows = pick([3, 100, 8000]), name = `f${uint32() % 6}`, text = Array.from({ length: rows }, (_, row) => anyLine(random, row, badOneIn)).join("");
          world.append(name, uint32() % 4 === 0 ? text.slice(0, -1) : text);
        }
        await world.clock.advance(300_000);
        if (uint32() % 6 === 0) await add();
        const reading = [...world.readers].filter(() => uint32() % 4 !== 0);
        await Promise.all(reading.map(async reader => {
          if (uint32() % 8 === 0) await reader.restart();
          await reader.next(async () => { for (let i = uint32() % 3; i > 0; i--) await new Promise<void>(resolve => setImmediate(resolve)); }, uint32() % 8 === 0);
        }));
        assert.ok(world.shared.bytes <= 1 << 26);
      }
      for (const reader of world.readers) await reader.all();
      assert.equal(world.shared.bytes, 0, "all have read all");
      for (const reader of world.readers) taken += reader.sharedRows;
    }
    assert.equal(linearMemory().inUseBytes, inUse, `seed ${seed}`);
  }
  assert.ok(taken > 10_000, `only ${taken} rows were shared`);
});
