/** One column chunk, read page by page: for so many rows its levels, and its values where it isn't null. */
import type { Selection } from "../../columns/batch.ts";
import { kernels } from "../../kernels/kernels.ts";
import { Arena } from "../../memory/arena.ts";
import { linearMemory } from "../../memory/linear-memory.ts";
import { checkPageSize, decompress } from "./codecs.ts";
import type { ChunkBytes } from "./chunk-bytes.ts";
import type { Conversion } from "./conversions.ts";
import { decoderFor, readDictionary, type Decoder, type Dictionary } from "./decoders.ts";
import { ENCODING, parsePageHeader, type ColumnChunk, type PageHeader, type SchemaNode } from "./metadata.ts";
import { Malformed, ThriftReader } from "./thrift.ts";

/** Levels of the rows that were taken; a pointer is 0 where the column has none of them. */
export interface Levels {
  readonly reps: number;
  readonly defs: number;
  readonly count: number;
  /** Levels at which there is a value. */
  readonly present: number;
}

type DataPage = Extract<PageHeader, { kind: "data" }>;
interface Page {
  readonly block: number;
  readonly blockBytes: number;
  readonly decoder: Decoder | undefined;
  readonly reps: number;
  readonly defs: number;
  /** Levels that weren't decoded yet. */
  levels: number;
  /** Values whose levels were decoded and which weren't read yet. */
  ready: number;
}

/** Bytes before a page's own, for the states of kernels: 32 each for levels of both kinds and values. */
const STATES = 96;
const HEAD_BYTES = 4096;

export class LeafReader {
  readonly #leaf: SchemaNode;
  readonly #chunk: ColumnChunk;
  readonly #bytes: ChunkBytes;
  readonly #conversion: Conversion | undefined;
  readonly #pages: Page[] = [];
  /** Pages and what else strings of the last batch point into. */
  readonly #retired: Page[] = [];
  readonly #dictionaryArena = new Arena();
  #dictionary: Dictionary | undefined;
  /** Values of pages that weren't loaded. */
  #valuesLeft: number;
  /** Of flat columns: rows that are to be passed over before the next ones. */
  #owed = 0;
  /** Of repeated columns: levels that were decoded and not taken. */
  #pending: { reps: number; defs: number; capacity: number; count: number; rows: number } | undefined;

  /** `conversion`: undefined where only levels are wanted. */
  constructor(leaf: SchemaNode, chunk: ColumnChunk, bytes: ChunkBytes, conversion: Conversion | undefined) {
    this.#leaf = leaf;
    this.#chunk = chunk;
    this.#bytes = bytes;
    this.#conversion = conversion;
    this.#valuesLeft = chunk.values;
  }

  /** Loads pages until `rows` rows can be taken; undefined when they are there. What was taken before is gone. @throws Malformed */
  prepare(rows: number): Promise<void> | undefined {
    while (this.#retired.length > 0) this.#free(this.#retired.pop()!);
    if (this.#leaf.maxRep > 0) return this.#prepareRepeated(rows);
    this.#passOwed();
    return this.#owed > 0 || this.#there() < rows ? this.#prepareFlat(rows) : undefined;
  }

  async #prepareFlat(rows: number): Promise<void> {
    while (this.#owed > 0) {
      await this.#load();
      this.#passOwed();
    }
    for (let missing = rows - this.#there(); missing > 0;) missing -= (await this.#load())!.levels;
  }

  #there(): number {
    let there = 0;
    for (const page of this.#pages) there += page.levels;
    return there;
  }

  /** The next rows of a flat column are not wanted: pages that hold no others are not even decompressed. */
  pass(rows: number): void { this.#owed += rows; }

  /** Passes rows over, as far as pages are loaded. */
  #passOwed(): void {
    for (const page of this.#pages) {
      if (this.#owed === 0) return;
      const { maxDef } = this.#leaf, count = Math.min(this.#owed, page.levels);
      let met = count;
      if (maxDef > 0 && count > 0) {
        const memory = linearMemory(), scratch = memory.allocate(count);
        try { met = this.#defs(page, count, scratch); } finally { memory.free(scratch, count); }
      }
      if (met > 0) page.decoder?.skip(met);
      page.levels -= count;
      this.#owed -= count;
    }
    this.#retireRead();
  }

  async #prepareRepeated(rows: number): Promise<void> {
    // A row ends where the next one begins, or with the chunk.
    for (;;) {
      this.#decodePending(rows + 1);
      if (this.#pending !== undefined && this.#pending.rows > rows) return;
      if (this.#valuesLeft === 0) {
        if ((this.#pending?.rows ?? 0) < rows) throw new Malformed(`the column ${this.#leaf.name} has too few rows`);
        return;
      }
      await this.#load();
    }
  }

  /** The levels of the next rows, which were prepared; in `arena`. */
  take(rows: number, arena: Arena): Levels {
    const { maxDef, maxRep } = this.#leaf;
    if (maxRep > 0) return this.#takePending(rows, arena);
    const defs = maxDef === 0 ? 0 : arena.allocate(rows);
    let present = 0;
    for (let done = 0, i = 0; done < rows; i++) {
      const page = this.#pages[i]!, count = Math.min(rows - done, page.levels);
      const met = maxDef === 0 ? count : this.#defs(page, count, defs + done);
      page.levels -= count;
      page.ready += met;
      present += met;
      done += count;
    }
    return { reps: 0, defs, count: rows, present };
  }

  /** The next `count` values, converted, in `arena`; as many as `take` said. */
  values(count: number, arena: Arena): number {
    const { width } = this.#conversion!, out = arena.allocate(count * width);
    this.#read(count, ({ decoder }, done, part) => decoder!.read(part, out + done * width));
    return out;
  }

  /** Of the next `count` values, which have no nulls between them, those of some rows, each at its row's place; in `arena`. */
  valuesOf({ pointer: rows, count: chosen }: Selection, count: number, arena: Arena): number {
    const { width } = this.#conversion!, out = arena.allocate(count * width), words = linearMemory().u32;
    let from = 0;
    this.#read(count, ({ decoder }, done, part) => {
      let to = from;
      if (done + part === count) to = chosen;
      else while (to < chosen && words[(rows >>> 2) + to]! < done + part) to++;
      if (to === from) decoder!.skip(part);
      else decoder!.readRows(part, done, rows + 4 * from, to - from, out);
      from = to;
    });
    return out;
  }

  /** Whether the next values can be picked one by one. */
  get picks(): boolean { return this.#pages.every(({ decoder }) => decoder!.picks); }

  /** What the codes of all loaded pages stand for; undefined if one has none. */
  get dictionary(): Dictionary | undefined { return this.#pages.every(({ decoder }) => decoder?.codes !== undefined) ? this.#dictionary : undefined; }

  /** In place of the next `count` values the numbers of their entries in the dictionary (u32), in `arena`. */
  codes(count: number, arena: Arena): number {
    const out = arena.allocate(4 * count);
    this.#read(count, ({ decoder }, done, part) => decoder!.codes!(part, out + 4 * done));
    return out;
  }

  #read(count: number, read: (page: Page, done: number, part: number) => void): void {
    this.#retireRead();
    for (let done = 0; done < count; this.#retireRead()) {
      const page = this.#pages[0]!, part = Math.min(count - done, page.ready);
      read(page, done, part);
      page.ready -= part;
      done += part;
    }
  }

  /** Passes values over that nobody wants. */
  forget(): void {
    for (const page of this.#pages) page.ready = 0;
    this.#retireRead();
  }

  release(): void {
    for (const page of [...this.#retired.splice(0), ...this.#pages.splice(0)]) this.#free(page);
    this.#dictionaryArena.release();
    this.#bytes.release();
    if (this.#pending !== undefined) this.#freePending(this.#pending);
    this.#pending = undefined;
  }

  /** Pages of which all was read are kept until the next batch. */
  #retireRead(): void {
    while (this.#pages.length > 0 && this.#pages[0]!.levels === 0 && this.#pages[0]!.ready === 0) this.#retired.push(this.#pages.shift()!);
  }

  #free({ block, blockBytes, decoder }: Page): void {
    decoder?.release();
    linearMemory().free(block, blockBytes);
  }

  #defs(page: Page, count: number, out: number): number {
    const met = kernels().parquetHybrid8(page.defs, count, this.#leaf.maxDef, out);
    if (met < 0) throw new Malformed("definition levels are cut off");
    return met;
  }

  /** Decodes levels of loaded pages until there are so many rows. */
  #decodePending(rows: number): void {
    for (const page of this.#pages) {
      while (page.levels > 0) {
        const pending = this.#pending;
        if (pending !== undefined && pending.rows >= rows) return;
        const count = Math.min(page.levels, 4096), { reps, defs, count: at } = this.#room(count);
        if (kernels().parquetHybrid8(page.reps, count, 0, reps + at) < 0) throw new Malformed("repetition levels are cut off");
        const met = this.#defs(page, count, defs + at);
        this.#pending!.rows += kernels().parquetCountLevels(reps + at, count, 0);
        this.#pending!.count += count;
        page.levels -= count;
        page.ready += met;
      }
    }
  }

  #room(more: number): { readonly reps: number; readonly defs: number; readonly count: number } {
    const memory = linearMemory(), before = this.#pending;
    if (before !== undefined && before.count + more <= before.capacity) return before;
    const capacity = Math.max(8192, 2 * (before?.count ?? 0) + more), pending = { reps: memory.allocate(capacity), defs: memory.allocate(capacity), capacity, count: before?.count ?? 0, rows: before?.rows ?? 0 };
    if (before !== undefined) {
      memory.u8.copyWithin(pending.reps, before.reps, before.reps + before.count);
      memory.u8.copyWithin(pending.defs, before.defs, before.defs + before.count);
      this.#freePending(before);
    }
    return this.#pending = pending;
  }

  #freePending({ reps, defs, capacity }: { readonly reps: number; readonly defs: number; readonly capacity: number }): void {
    linearMemory().free(reps, capacity);
    linearMemory().free(defs, capacity);
  }

  #takePending(rows: number, arena: Arena): Levels {
    const memory = linearMemory(), pending = this.#pending;
    if (pending === undefined || rows === 0) return { reps: 0, defs: 0, count: 0, present: 0 };
    const count = kernels().parquetRowStart(pending.reps, pending.count, rows), reps = arena.allocate(count), defs = arena.allocate(count), left = pending.count - count;
    if (pending.count > 0 && memory.u8[pending.reps] !== 0) throw new Malformed("a page begins inside a row that no page began");
    memory.u8.copyWithin(reps, pending.reps, pending.reps + count);
    memory.u8.copyWithin(defs, pending.defs, pending.defs + count);
    memory.u8.copyWithin(pending.reps, pending.reps + count, pending.reps + count + left);
    memory.u8.copyWithin(pending.defs, pending.defs + count, pending.defs + count + left);
    pending.count = left;
    pending.rows -= rows;
    return { reps, defs, count, present: kernels().parquetCountLevels(defs, count, this.#leaf.maxDef) };
  }

  /** Loads the next data page, and the dictionary before it; undefined: all rows of the page were to be passed over. */
  async #load(): Promise<Page | undefined> {
    for (;;) {
      if (this.#valuesLeft === 0) throw new Malformed(`the column ${this.#leaf.name} has fewer values than rows`);
      const header = await this.#header();
      if (header.bytes > this.#bytes.left) throw new Malformed("a page is cut off");
      if (header.kind === "data" && header.values > this.#valuesLeft) throw new Malformed("pages have more values than their column");
      if (header.kind === "data" && header.values <= this.#owed) {
        this.#bytes.skip(header.bytes);
        this.#valuesLeft -= header.values;
        this.#owed -= header.values;
        return undefined;
      }
      const bytes = await this.#peek(header.bytes);
      this.#bytes.skip(header.bytes);
      if (header.kind === "other") continue;
      if (header.kind === "dictionary") {
        this.#loadDictionary(header, bytes);
        continue;
      }
      this.#valuesLeft -= header.values;
      const page = this.#dataPage(header, bytes);
      this.#pages.push(page);
      return page;
    }
  }

  async #peek(length: number): Promise<Uint8Array> {
    const bytes = this.#bytes.peek(length);
    if (bytes !== undefined) return bytes;
    await this.#bytes.fill(length);
    return this.#bytes.peek(length)!;
  }

  async #header(): Promise<PageHeader> {
    for (let size = HEAD_BYTES;; size *= 8) {
      const bytes = await this.#peek(size), reader = new ThriftReader(bytes);
      if (bytes.length === 0) throw new Malformed("pages end before their column does");
      try {
        const header = parsePageHeader(reader);
        this.#bytes.skip(reader.at);
        return header;
      } catch (error) {
        if (!(error instanceof Malformed) || bytes.length < size || reader.at <= bytes.length) throw error;
      }
    }
  }

  #loadDictionary(header: Extract<PageHeader, { kind: "dictionary" }>, bytes: Uint8Array): void {
    if (this.#dictionary !== undefined) throw new Malformed("a column has two dictionaries");
    if (header.encoding !== ENCODING.plain && header.encoding !== ENCODING.plainDictionary) throw new Malformed(`a dictionary has encoding ${header.encoding}`);
    if (this.#conversion === undefined) return;
    const { physical, codec } = this.#chunk;
    checkPageSize(codec, bytes.length, header.size);
    const at = this.#dictionaryArena.allocate(header.size), state = this.#dictionaryArena.allocate(32);
    decompress(codec, bytes, header.size, at);
    this.#dictionary = readDictionary({ physical, length: this.#leaf.length, encoding: ENCODING.plain, at, end: at + header.size, values: header.values, state }, this.#conversion, this.#dictionaryArena);
  }

  #dataPage(header: DataPage, bytes: Uint8Array): Page {
    const { codec, physical } = this.#chunk, { maxRep, maxDef, length } = this.#leaf, memory = linearMemory();
    const uncompressed = header.levels === undefined ? 0 : header.levels.repBytes + header.levels.defBytes;
    const used = header.isCompressed ? codec : 0;
    checkPageSize(used, bytes.length - uncompressed, header.size - uncompressed);
    const blockBytes = STATES + header.size, block = memory.allocate(blockBytes), from = block + STATES, end = from + header.size;
    try {
      memory.u8.set(bytes.subarray(0, uncompressed), from);
      // Without values there may be nothing to decompress, not even an empty block.
      if (header.size > uncompressed) decompress(used, bytes.subarray(uncompressed), header.size - uncompressed, from + uncompressed);
      let at = from;
      const levels = (max: number, state: number, given: number | undefined, isPacked: boolean): void => {
        if (max === 0) return void (at += given ?? 0);
        if (isPacked) throw new Malformed("levels are packed as before 2013, which isn't supported");
        if (given === undefined) {
          if (end - at < 4) throw new Malformed("levels are cut off");
          given = memory.view.getUint32(at, true);
          at += 4;
        }
        if (given > end - at) throw new Malformed("levels are longer than their page");
        kernels().parquetHybridStart(state, at, at + given, 32 - Math.clz32(max));
        at += given;
      };
      levels(maxRep, block, header.levels?.repBytes, header.packedReps);
      levels(maxDef, block + 32, header.levels?.defBytes, header.packedDefs);
      const decoder = this.#conversion === undefined ? undefined
        : decoderFor({ physical, length, encoding: header.encoding, at, end, values: header.values, state: block + 64 }, this.#conversion, this.#dictionary);
      return { block, blockBytes, decoder, reps: block, defs: block + 32, levels: header.values, ready: 0 };
    } catch (error) {
      memory.free(block, blockBytes);
      throw error;
    }
  }
}
