/** One leaf of a row group that is written: values go to pages, by a dictionary as long as it is worth it. */
import { kernels } from "../../kernels/kernels.ts";
import { Arena } from "../../memory/arena.ts";
import { linearMemory } from "../../memory/linear-memory.ts";
import type { BloomBuilder } from "./bloom-writer.ts";
import type { Codec } from "./compress.ts";
import { DictionaryWriter } from "./dictionary-writer.ts";
import { Extremes } from "./extremes.ts";
import { GrowingBytes } from "./growing-bytes.ts";
import { ENCODING, PHYSICAL } from "./metadata.ts";
import type { LeafRows } from "./shred.ts";
import { ThriftWriter } from "./thrift-writer.ts";
import type { WriteLeaf } from "./write-schema.ts";

export interface PageLimits {
  /** Bytes of a page before compression, and of a dictionary. */
  readonly pageBytes: number;
  readonly dictionaryBytes: number;
  readonly pageRows: number;
  readonly hasDictionary: boolean;
  /** Makes the Bloom filter of a leaf, where it is to have one. */
  readonly bloomOf?: (leaf: WriteLeaf) => BloomBuilder | undefined;
}

/** A chunk that is whole. */
export interface WrittenChunk {
  readonly leaf: WriteLeaf;
  readonly pages: readonly Uint8Array[];
  /** Of `pages` before the first data page. */
  readonly dictionaryBytes: number;
  readonly bytes: number;
  readonly uncompressedBytes: number;
  readonly values: number;
  readonly nulls: number;
  readonly extremes: { readonly min: Uint8Array; readonly max: Uint8Array } | undefined;
  readonly encodings: readonly number[];
  /** Data pages by encoding. */
  readonly pageCounts: ReadonlyMap<number, number>;
  /** The Bloom filter as it is written, and where. */
  readonly bloom: { readonly bytes: Uint8Array; offset: number } | undefined;
}

export class LeafWriter {
  readonly #leaf: WriteLeaf;
  readonly #codec: Codec;
  readonly #limits: PageLimits;
  readonly #reps = new GrowingBytes();
  readonly #defs = new GrowingBytes();
  /** Of the page: numbers of entries (u32) while there is a dictionary, else plain values. */
  readonly #values = new GrowingBytes();
  readonly #arena = new Arena();
  readonly #pages: Uint8Array[] = [];
  readonly #pageCounts = new Map<number, number>();
  readonly #extremes: Extremes;
  readonly #bloom: BloomBuilder | undefined;
  #dictionary: DictionaryWriter | undefined;
  #dictionaryPage: Uint8Array | undefined;
  #hasTriedDictionary = false;
  /** Of the page: levels, values, rows, and bytes that its values would take without a dictionary. */
  #pageLevels = 0;
  #pageValues = 0;
  #pageRows = 0;
  #plainBytes = 0;
  #bytes = 0;
  #uncompressedBytes = 0;
  #levels = 0;
  #nulls = 0;

  constructor(leaf: WriteLeaf, codec: Codec, limits: PageLimits) {
    this.#leaf = leaf;
    this.#codec = codec;
    this.#limits = limits;
    this.#extremes = new Extremes(leaf);
    this.#bloom = limits.bloomOf?.(leaf);
    if (limits.hasDictionary && leaf.physical !== PHYSICAL.boolean) this.#dictionary = new DictionaryWriter(leaf.physical === PHYSICAL.byteArray ? 0 : leaf.rawWidth, limits.dictionaryBytes);
  }

  /** Bytes that are held: pages, and about what the open page will take. */
  get heldBytes(): number { return this.#bytes + this.#values.length + this.#defs.length + this.#reps.length; }

  append(given: LeafRows, rows: number): void {
    const { vector, reps, defs, levels, values: count } = given, { maxRep, maxDef, rawWidth, width, narrow } = this.#leaf, arena = this.#arena, kernel = kernels();
    if (maxRep > 0) this.#reps.append(reps, levels);
    if (maxDef > 0) this.#defs.append(defs, levels);
    let raw = arena.allocate(count * Math.max(width, rawWidth));
    kernel.packValues(width, vector.data, given.rows, count, raw);
    if (narrow !== 0) {
      const from = raw;
      kernel.parquetNarrow(narrow, from, count, raw = arena.allocate(count * rawWidth));
    }
    this.#extremes.add(raw, count, arena);
    this.#bloom?.add(raw, count, arena);
    const plainBytes = this.#plainSize(raw, count);
    this.#pageLevels += levels;
    this.#levels += levels;
    this.#nulls += levels - count;
    this.#pageRows += rows;
    this.#plainBytes += plainBytes;
    if (this.#dictionary === undefined) this.#appendPlain(raw, count, plainBytes);
    else {
      const ids = this.#values.room(4 * count), done = this.#dictionary.intern(raw, count, ids);
      this.#values.length += 4 * done;
      this.#pageValues += done;
      if (done < count) {
        // What came so far keeps its dictionary; this batch's page goes on without one.
        this.#leaveDictionary();
        this.#appendPlain(raw + done * rawWidth, count - done, this.#plainSize(raw + done * rawWidth, count - done));
      }
    }
    arena.reset();
    if (this.#plainBytes >= this.#limits.pageBytes || this.#pageRows >= this.#limits.pageRows || this.#pageLevels >= 16 * this.#limits.pageRows) this.#endPage();
  }

  finish(): WrittenChunk {
    if (this.#pageLevels > 0) this.#endPage();
    if (this.#dictionary !== undefined) this.#endDictionary();
    const dictionary = this.#dictionaryPage, pages = dictionary === undefined ? this.#pages : [dictionary, ...this.#pages];
    const encodings = [...new Set([...this.#pageCounts.keys(), ENCODING.rle, ...(dictionary === undefined ? [] : [ENCODING.plain])])];
    const chunk = {
      leaf: this.#leaf, pages, dictionaryBytes: dictionary?.length ?? 0, bytes: this.#bytes, uncompressedBytes: this.#uncompressedBytes,
      values: this.#levels, nulls: this.#nulls, extremes: this.#extremes.bytes(), encodings, pageCounts: this.#pageCounts,
      bloom: this.#bloom && { bytes: this.#bloom.finish(), offset: 0 },
    };
    this.release();
    return chunk;
  }

  release(): void {
    for (const bytes of [this.#reps, this.#defs, this.#values]) bytes.release();
    this.#arena.release();
    this.#dictionary?.release();
    this.#dictionary = undefined;
  }

  #plainSize(raw: number, count: number): number {
    const { physical, rawWidth, length } = this.#leaf;
    return physical === PHYSICAL.byteArray ? kernels().parquetPlainBytes(raw, count) : physical === PHYSICAL.fixed ? count * length : physical === PHYSICAL.boolean ? Math.ceil(count / 8) : count * rawWidth;
  }

  #appendPlain(raw: number, count: number, bytes: number): void {
    const { physical, length } = this.#leaf, kernel = kernels(), values = this.#values;
    if (physical === PHYSICAL.boolean) {
      values.length = this.#pageValues + 7 >>> 3;
      values.room(bytes + 1);
      kernel.parquetPackBits(raw, count, values.pointer + (this.#pageValues >>> 3), this.#pageValues & 7);
      values.length = this.#pageValues + count + 7 >>> 3;
    } else {
      const at = values.room(bytes);
      if (physical === PHYSICAL.byteArray) kernel.parquetPlainStrings(raw, count, at);
      else if (physical === PHYSICAL.fixed) kernel.parquetFixed(raw, count, length, at);
      else linearMemory().u8.copyWithin(at, raw, raw + bytes);
      values.length += bytes;
    }
    this.#pageValues += count;
  }

  /** The dictionary is full or isn't worth it: numbers of the open page become values, and pages before keep it. */
  #leaveDictionary(): void {
    const dictionary = this.#dictionary!, count = this.#pageValues, values = this.#values, ids = this.#arena.allocate(4 * count), { rawWidth } = this.#leaf;
    linearMemory().u8.copyWithin(ids, values.pointer, values.pointer + 4 * count);
    values.length = 0;
    this.#pageValues = 0;
    const raw = this.#arena.allocate(count * rawWidth);
    kernels().packValues(rawWidth, dictionary.entries, ids, count, raw);
    this.#appendPlain(raw, count, this.#plainSize(raw, count));
    this.#endDictionary();
  }

  /** Writes the dictionary's page if a data page needs it. */
  #endDictionary(): void {
    const dictionary = this.#dictionary!;
    if (this.#pageCounts.has(ENCODING.rleDictionary)) {
      const { count, entries } = dictionary, page = new GrowingBytes(), { physical, length, rawWidth } = this.#leaf, bytes = this.#plainSize(entries, count), at = page.room(bytes);
      if (physical === PHYSICAL.byteArray) kernels().parquetPlainStrings(entries, count, at);
      else if (physical === PHYSICAL.fixed) kernels().parquetFixed(entries, count, length, at);
      else linearMemory().u8.copyWithin(at, entries, entries + count * rawWidth);
      this.#dictionaryPage = this.#page(page.pointer, bytes, head => head.i32(1, 2), head => head.struct(7, () => head.i32(1, count).i32(2, ENCODING.plain)));
      page.release();
    }
    dictionary.release();
    this.#dictionary = undefined;
  }

  #endPage(): void {
    const kernel = kernels(), { maxRep, maxDef } = this.#leaf, count = this.#pageValues, levels = this.#pageLevels;
    if (this.#dictionary !== undefined && !this.#hasTriedDictionary) {
      this.#hasTriedDictionary = true;
      const bits = bitsFor(this.#dictionary.count), packed = count * bits / 8 + this.#plainSize(this.#dictionary.entries, this.#dictionary.count);
      if (packed >= this.#plainBytes) this.#leaveDictionary();
    }
    const page = new GrowingBytes(), { view } = linearMemory();
    for (const [max, given] of [[maxRep, this.#reps], [maxDef, this.#defs]] as const) {
      if (max === 0) continue;
      const at = page.room(4 + 16 + 2 * levels), end = kernel.parquetPackHybrid(given.pointer, levels, 1, 32 - Math.clz32(max), at + 4);
      view.setUint32(at, end - at - 4, true);
      page.length += end - at;
      given.length = 0;
    }
    let encoding: number = ENCODING.plain;
    if (this.#dictionary === undefined) page.append(this.#values.pointer, this.#values.length);
    else {
      encoding = ENCODING.rleDictionary;
      const bits = bitsFor(this.#dictionary.count), at = page.room(48 + 5 * count);
      linearMemory().u8[at] = bits;
      page.length += kernel.parquetPackHybrid(this.#values.pointer, count, 4, bits, at + 1) - at;
    }
    this.#pages.push(this.#page(page.pointer, page.length, head => head.i32(1, 0), head => head.struct(5, () => head.i32(1, levels).i32(2, encoding).i32(3, ENCODING.rle).i32(4, ENCODING.rle))));
    this.#pageCounts.set(encoding, (this.#pageCounts.get(encoding) ?? 0) + 1);
    page.release();
    this.#values.length = this.#pageLevels = this.#pageValues = this.#pageRows = this.#plainBytes = 0;
  }

  #page(from: number, bytes: number, kind: (head: ThriftWriter) => void, body: (head: ThriftWriter) => void): Uint8Array {
    const page = this.#codec.compress(from, bytes, compressed => {
      const head = ThriftWriter.bytesOf(writer => {
        kind(writer);
        writer.i32(2, bytes).i32(3, compressed);
        body(writer);
      });
      this.#uncompressedBytes += head.length + bytes;
      return head;
    });
    this.#bytes += page.length;
    return page;
  }
}

/** Bits that the number of any of `count` entries takes. */
const bitsFor = (count: number): number => count <= 1 ? 0 : 32 - Math.clz32(count - 1);
