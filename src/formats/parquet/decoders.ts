/** Values of one page, by encoding, as arrays of raw values: numbers as they are, booleans a byte, strings and fixed bytes as views. */
import { viewText } from "../../columns/cells.ts";
import { storeText } from "../../columns/store-bytes.ts";
import { kernels } from "../../kernels/kernels.ts";
import { CONVERT } from "../../kernels/parquet.ts";
import { Arena } from "../../memory/arena.ts";
import { linearMemory } from "../../memory/linear-memory.ts";
import { convert, rawWidth, type Conversion } from "./conversions.ts";
import { ENCODING, PHYSICAL } from "./metadata.ts";
import { Malformed } from "./thrift.ts";

/** Reads values one after the other. All throw Malformed when there are no so many. */
export interface Decoder {
  /** The next `count` values of the column's width at `out`, converted. */
  read(count: number, out: number): void;
  /** Of the next `count` values, which are those of the rows from `first` on, the ones of some rows (u32, ascending), each at its row's place behind `out`; others may be written too. */
  readRows(count: number, first: number, rows: number, chosen: number, out: number): void;
  /** Passes values over. */
  skip(count: number): void;
  /** Numbers of dictionary entries (u32) in place of values; where the page has them. */
  readonly codes?: (count: number, out: number) => void;
  /** Whether some of many values cost as little as those alone. */
  readonly picks: boolean;
  release(): void;
}

/** A column's dictionary: values converted, in memory of its own; what its strings point into is for the caller to keep. */
export interface Dictionary { readonly values: number; readonly count: number }

export interface PageBytes {
  readonly physical: number;
  /** Bytes of a fixed value. */
  readonly length: number;
  readonly encoding: number;
  /** Where values begin and end. */
  readonly at: number;
  readonly end: number;
  /** Values of the page, nulls included. */
  readonly values: number;
  /** Bytes for the state of a kernel, at an address that lives as long as the page. */
  readonly state: number;
}

/** Values as the page has them. `take`: where the next ones lie, if they do so as they are wanted. */
interface RawRead { (count: number, out: number): void; readonly take?: (count: number) => number }

/** @throws Malformed for an encoding that values of the type can't have */
export function decoderFor(page: PageBytes, conversion: Conversion, dictionary: Dictionary | undefined): Decoder {
  const { encoding, physical } = page;
  if (encoding === ENCODING.plainDictionary || encoding === ENCODING.rleDictionary) return dictionaryDecoder(page, conversion.width, dictionary);
  const arena = new Arena(), scratch = new Arena(), { rawWidth: wide, width, steps } = conversion;
  const isText = conversion.isText && kernels().parquetIsAscii(page.at, page.end) === 0;
  let raw: RawRead;
  try { raw = rawReader(page, arena, physical); } catch (error) {
    arena.release();
    throw error;
  }
  const read: Decoder["read"] = isText ? (count, out) => {
    raw(count, out);
    mendTexts(out, count, arena);
  } : steps.length === 0 ? raw : (count, out) => {
    const values = scratch.allocate(count * wide);
    raw(count, values);
    const converted = convert(conversion, values, count, scratch);
    linearMemory().u8.copyWithin(out, converted, converted + count * width);
    scratch.reset();
  };
  const take = isText || steps.length > 0 ? undefined : raw.take;
  return {
    read, picks: take !== undefined,
    readRows(count, first, rows, chosen, out) {
      if (take === undefined) read(count, out + first * width);
      else kernels().parquetPickRows(width, take(count), 0, first, rows, chosen, out);
    },
    skip(count) {
      if (take !== undefined) return void take(count);
      raw(count, scratch.allocate(count * wide));
      scratch.reset();
    },
    release() {
      arena.release();
      scratch.release();
    },
  };
}

/** The values of a dictionary page, converted, in `arena`. @throws Malformed */
export function readDictionary(page: PageBytes, conversion: Conversion, arena: Arena): Dictionary {
  if (page.values * Math.min(4, minimalBytes(page)) > page.end - page.at) throw new Malformed("a dictionary has more values than bytes");
  const raw = rawReader({ ...page, encoding: ENCODING.plain }, arena, page.physical), values = arena.allocate(page.values * conversion.rawWidth);
  raw(page.values, values);
  if (conversion.isText && kernels().parquetIsAscii(page.at, page.end) === 0) mendTexts(values, page.values, arena);
  return { values: convert(conversion, values, page.values, arena), count: page.values };
}

/** Replaces bytes of texts that are no UTF-8 by U+FFFD; the new texts lie in `arena`. */
function mendTexts(views: number, count: number, arena: Arena): void {
  const kernel = kernels();
  if (kernel.viewsAreUtf8(views, -1, 0, 0, count) === 1) return;
  for (let view = views; view < views + 16 * count; view += 16) if (kernel.viewsAreUtf8(view, -1, 0, 0, 1) === 0) storeText(viewText(view), view, arena);
}

function minimalBytes({ physical, length }: PageBytes): number {
  return physical === PHYSICAL.fixed ? length : physical === PHYSICAL.boolean ? 0 : physical === PHYSICAL.byteArray ? 4 : rawWidth(physical);
}

function dictionaryDecoder({ at, end, state }: PageBytes, width: number, dictionary: Dictionary | undefined): Decoder {
  if (dictionary === undefined) throw new Malformed("a page needs a dictionary and there is none");
  const bits = at < end ? linearMemory().u8[at]! : 0, kernel = kernels(), scratch = new Arena();
  if (bits > 32) throw new Malformed(`numbers of dictionary entries have ${bits} bits`);
  kernel.parquetHybridStart(state, at + 1, end, bits);
  const codes = (count: number, out: number): void => {
    const largest = kernel.parquetHybrid32(state, count, out);
    if (largest < 0 || largest >= dictionary.count) throw new Malformed(largest < 0 ? "numbers of dictionary entries are cut off" : `the dictionary has no entry ${largest}`);
  };
  const withCodes = (count: number, use: (ids: number) => void): void => {
    if (count === 0) return;
    const ids = scratch.allocate(4 * count);
    codes(count, ids);
    use(ids);
    scratch.reset();
  };
  return {
    read: (count, out) => withCodes(count, ids => kernel.packValues(width, dictionary.values, ids, count, out)),
    readRows: (count, first, rows, chosen, out) => withCodes(count, ids => kernel.parquetPickRows(width, dictionary.values, ids, first, rows, chosen, out)),
    skip(count) { if (kernel.parquetHybridSkip(state, count) === 0) throw new Malformed("numbers of dictionary entries are cut off"); },
    codes: (count, out) => { if (count > 0) codes(count, out); },
    picks: true,
    release() { scratch.release(); },
  };
}

function rawReader(page: PageBytes, arena: Arena, physical: number): RawRead {
  const { encoding } = page;
  switch (physical) {
    case PHYSICAL.boolean: return encoding === ENCODING.plain ? bits(page) : encoding === ENCODING.rle ? booleanRuns(page) : wrong(encoding);
    case PHYSICAL.byteArray: return encoding === ENCODING.plain ? plainViews(page) : encoding === ENCODING.deltaLength ? lengthViews(page, arena) : encoding === ENCODING.deltaBytes ? prefixViews(page, arena) : wrong(encoding);
    case PHYSICAL.fixed: {
      if (encoding === ENCODING.deltaBytes) return prefixViews(page, arena);
      const raw = encoding === ENCODING.plain ? { from: page.at, count: Math.floor((page.end - page.at) / page.length) } : encoding === ENCODING.byteStreamSplit ? unsplit(page, page.length, arena) : wrong(encoding);
      return fixedViews(raw, page.length);
    }
  }
  const width = rawWidth(physical);
  if (encoding === ENCODING.plain) return values({ from: page.at, count: Math.floor((page.end - page.at) / width) }, width);
  if (encoding === ENCODING.deltaBinary && (physical === PHYSICAL.int32 || physical === PHYSICAL.int64)) {
    const { from, count } = delta(page.at, page.end, page.values, width, arena);
    return values({ from, count }, width);
  }
  if (encoding === ENCODING.byteStreamSplit && physical !== PHYSICAL.int96) return values(unsplit(page, width, arena), width);
  return wrong(encoding);
}

function wrong(encoding: number): never { throw new Malformed(`values of this type have no encoding ${encoding}`); }
function cutOff(): never { throw new Malformed("the values of a page are cut off"); }

interface Raw { readonly from: number; readonly count: number }

function values({ from, count: there }: Raw, width: number): RawRead {
  const { u8 } = linearMemory();
  const take = (count: number): number => {
    if (count > there) cutOff();
    there -= count;
    return (from += count * width) - count * width;
  };
  return Object.assign((count: number, out: number) => {
    const at = take(count);
    u8.copyWithin(out, at, at + count * width);
  }, { take });
}

function fixedViews({ from, count: there }: Raw, length: number): RawRead {
  return (count, out) => {
    if (count > there) cutOff();
    kernels().parquetConvert(CONVERT.bytesToViews, from, count, length, out);
    from += count * length;
    there -= count;
  };
}

function bits({ at, end }: PageBytes): RawRead {
  let done = 0;
  return (count, out) => {
    if (done + count > 8 * (end - at)) cutOff();
    kernels().parquetBits(at + (done >>> 3), done & 7, count, out);
    done += count;
  };
}

function booleanRuns({ at, end, state }: PageBytes): RawRead {
  const { view } = linearMemory(), bytes = end - at < 4 ? -1 : view.getUint32(at, true);
  if (bytes < 0 || bytes > end - at - 4) cutOff();
  kernels().parquetHybridStart(state, at + 4, at + 4 + bytes, 1);
  return (count, out) => {
    if (kernels().parquetHybrid8(state, count, 1, out) < 0) cutOff();
  };
}

function plainViews({ at, end }: PageBytes): RawRead {
  return (count, out) => {
    if (count > 0 && (at = kernels().parquetPlainViews(at, end, count, out)) === 0) cutOff();
  };
}

/** All values of a run of deltas and where it ends. Nulls are not in it, so that it may have fewer values than the page. */
function delta(at: number, end: number, most: number, width: number, arena: Arena): Raw & { readonly next: number } {
  const kernel = kernels(), count = kernel.parquetDeltaCount(at, end);
  // Differences of no bits take no bytes but the head of their block: what is there can still be a great number.
  if (count < 0 || count > most) throw new Malformed("a run of differences has another number of values than its page");
  const from = arena.allocate(count * width + width), next = kernel.parquetDelta(at, end, count, width, from);
  if (next === 0) throw new Malformed("a run of differences is malformed");
  return { from, count, next };
}

function lengthViews(page: PageBytes, arena: Arena): RawRead {
  const { end } = page, { from, count: total, next } = delta(page.at, end, page.values, 4, arena);
  let at = next, lengths = from, there = total;
  return (count, out) => {
    if (count === 0) return;
    if (count > there || (at = kernels().parquetLengthViews(lengths, at, end, count, out)) === 0) cutOff();
    lengths += 4 * count;
    there -= count;
  };
}

function prefixViews(page: PageBytes, arena: Arena): RawRead {
  const { end } = page, kernel = kernels(), prefixes = delta(page.at, end, page.values, 4, arena), suffixes = delta(prefixes.next, end, page.values, 4, arena);
  const { count } = prefixes, bytes = suffixes.count === count ? kernel.parquetPrefixBytes(prefixes.from, suffixes.from, count) : -1;
  if (bytes < 0 || bytes > 2 ** 31) throw new Malformed("prefixes of strings are malformed");
  const heap = arena.allocate(bytes), views = arena.allocate(16 * count);
  if (count > 0 && kernel.parquetPrefixViews(prefixes.from, suffixes.from, suffixes.next, end, count, heap, views) === 0) cutOff();
  return values({ from: views, count }, 16);
}

function unsplit({ at, end }: PageBytes, width: number, arena: Arena): Raw {
  const count = Math.floor((end - at) / width), from = arena.allocate(count * width);
  kernels().parquetUnsplit(at, count, width, from);
  return { from, count };
}
