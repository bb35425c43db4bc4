/** Kernels of assembly/table*.ts: the keyed state table. All arguments are pointers or counts unless said otherwise. */

import type { BatchCodecKernels } from "./batch-codec.ts";

/** Encodes one key column into key rows and folds it into the hashes. `step` 0: a constant column. `first` 1: of a new row, nothing was cleared. `nullBit`: mask within the u16 at `nullOffset` of a key row. */
export type EncodeKernel = (data: number, valid: number, step: number, selection: number, count: number, keys: number, stride: number, offset: number, nullOffset: number, nullBit: number, hashes: number, first: number) => void;
/** Copies a value of each row at `address + offset` to a column. */
export type GatherKernel = (addresses: number, count: number, offset: number, out: number) => void;

export interface TableKernels extends BatchCodecKernels {
  /** Zeroes hashes and null words of key rows under construction; `extra`: null words at `extraOffset`. */
  tableClearKeys(keys: number, stride: number, count: number, hashes: number, extraOffset: number, extra: number): void;
  readonly tableEncode8: EncodeKernel;
  readonly tableEncode16: EncodeKernel;
  readonly tableEncode32: EncodeKernel;
  readonly tableEncode64: EncodeKernel;
  readonly tableEncodeF32: EncodeKernel;
  readonly tableEncodeF64: EncodeKernel;
  /** Key rows of two columns of 8-byte values without nulls, and their hashes; stride 24. */
  tableEncodeTwo(a: number, b: number, selection: number, count: number, keys: number, hashes: number): void;
  /** Of three; stride 32. */
  tableEncodeThree(a: number, b: number, c: number, selection: number, count: number, keys: number, hashes: number): void;
  /** `view` 1: string views, hashed by content. */
  tableEncode128(data: number, valid: number, step: number, selection: number, count: number, keys: number, stride: number, offset: number, nullOffset: number, nullBit: number, hashes: number, first: number, view: number): void;
  tableEncodeNulls(valid: number, step: number, selection: number, count: number, keys: number, stride: number, nullOffset: number, nullBit: number): void;
  tableFoldWord(keys: number, stride: number, count: number, offset: number, hashes: number): void;
  tableHashKeys(table: number, keys: number, stride: number, count: number, hashes: number): void;
  /** Finds or makes groups from row `from` on; returns the rows done, fewer than `count` when memory is needed (see TableHeader.need). */
  tableUpsert(table: number, keys: number, stride: number, hashes: number, from: number, count: number, addresses: number): number;
  /** Counts groups as touched in this batch; there is room for `count` more of them. */
  tableTouch(table: number, addresses: number, count: number): void;
  /** Addresses of existing groups, 0 where there is none. */
  tableFind(table: number, keys: number, stride: number, hashes: number, count: number, addresses: number): void;
  tableAddPage(table: number, page: number): void;
  tableDropPage(table: number, page: number): void;
  tableMoveSegment(table: number, segment: number, slots: number, mask: number): void;
  tableRemove(table: number, addresses: number, count: number): void;
  tablePageRows(table: number, page: number, out: number): number;
  tableExpiredRows(table: number, page: number, limit: bigint, out: number): number;
  tableSegmentRows(table: number, segment: number, out: number): number;
  tableAgeRows(table: number, page: number): void;
  tableWriteRows(table: number, addresses: number, count: number, withState: number, out: number): number;
  tableWriteStrings(table: number, addresses: number, count: number, out: number): void;
  /** Returns -1 when the strings pass `end`. */
  tablePointStrings(table: number, rows: number, stride: number, count: number, strings: number, end: number): number;
  /** Key rows, as upsert takes them, of the first `words` key words of rows of another table. */
  tableKeysOfRows(rows: number, count: number, words: number, out: number): void;
  tableCopyState(table: number, rows: number, stride: number, count: number, addresses: number): void;
  readonly gather8: GatherKernel;
  readonly gather16: GatherKernel;
  readonly gather32: GatherKernel;
  readonly gather64: GatherKernel;
  readonly gather128: GatherKernel;
  /** Validity from a null bit; returns the number of nulls. */
  gatherNulls(addresses: number, count: number, offset: number, bit: number, out: number): number;
  andValid(a: number, aStep: number, b: number, bStep: number, count: number, out: number): void;
  /** Addresses of the rows of `kept`, an ascending part of the selection. */
  alignAddresses(selection: number, addresses: number, kept: number, keptCount: number, out: number): void;
  /** Rows whose word in `groups` at `offset` is still 0, which becomes 1; returns their number. */
  selectFirst(groups: number, offset: number, selection: number, addresses: number, count: number, outSelection: number, outAddresses: number): number;
  scatterAddresses(selection: number, addresses: number, count: number, out: number): void;
  fillAddresses(address: number, count: number, out: number): void;
}

/** Byte offsets of the table's header, as assembly/table-layout.ts has them. */
export const TableHeader = {
  directory: 0, keyWords: 4, kinds: 8, rowBytes: 12, epoch: 16, pages: 20, partial: 24, heapBlock: 28, heapNext: 32, heapEnd: 36, heapEmpty: 40,
  touched: 44, touchedCount: 48, groups: 52, need: 56, needArgument: 60, timeOffset: 64, timeNullBit: 68, hasViews: 72, emptiedPages: 76,
  hashMask: 80, timeNullOffset: 88, loggedBytes: 96, bytes: 104,
} as const;
export const TableNeed = { page: 1, heap: 2, segment: 3 } as const;
/** Byte offsets of a page's record. */
export const PageRecord = { rows: 0, capacity: 4, live: 8, free: 12, used: 16, previous: 20, next: 24, minTime: 32, bytes: 40 } as const;
/** Byte offsets of a group's row. */
export const GroupRow = { salt: 0, epoch: 4, nulls: 8, page: 10, object: 12, keys: 16 } as const;
/** Bytes at the start of a block of long strings: live bytes u32, next empty block u32. */
export const HEAP_BLOCK_HEADER = 16;
export const KEY_GROUPS = 256;

const K1 = 0x9E3779B97F4A7C15n, K2 = 0xD6E8FEB86659FD93n, K3 = 0xBF58476D1CE4E5B9n;
const u64 = (x: bigint): bigint => BigInt.asUintN(64, x);
const fold = (h: bigint, word: bigint): bigint => {
  const x = u64((h ^ word) * K1);
  return x ^ (x >> 32n);
};

/**
 * Twin of the hash kernels, for tests: the salt of a key whose words are given as u64, or as bytes for a string. The top
 * byte is the key group, so this function is part of the checkpoint format.
 */
export function saltTwin(words: readonly (bigint | Uint8Array)[], nulls = 0): number {
  let h = 0n;
  for (const word of words) h = typeof word === "bigint" ? fold(h, word) : foldBytes(h, word);
  return Number(u64((h ^ u64(BigInt(nulls) * K2)) * K3) >> 32n);
}

function foldBytes(h: bigint, bytes: Uint8Array): bigint {
  const view = new Uint8Array(Math.max(16, bytes.length));
  const words = new DataView(view.buffer);
  if (bytes.length <= 12) {
    words.setUint32(0, bytes.length, true);
    view.set(bytes, 4);
    return fold(fold(h, words.getBigUint64(0, true)), words.getBigUint64(8, true));
  }
  view.set(bytes);
  h = fold(h, BigInt(bytes.length));
  let i = 0;
  for (; i + 8 <= bytes.length; i += 8) h = fold(h, words.getBigUint64(i, true));
  return i < bytes.length ? fold(h, words.getBigUint64(bytes.length - 8, true)) : h;
}
