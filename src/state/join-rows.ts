/**
 * The rows that a join of streams keeps for one of its sides, in linear memory: fixed-width words, long strings behind them
 * in the same page. Rows of a key are a chain from the key's group in a state table, in the order of their ids, which count
 * arrivals. Pages hold rows of about the same time, so that what leaves together is given back together, and pages whose
 * time has not come are not looked at; the few rows left of a page move to another.
 */
import type { Selection } from "../columns/batch.ts";
import type { Vector } from "../columns/vector.ts";
import { ExecutionError } from "../base/errors.ts";
import { JoinHeader, JoinRing, JoinRow, type JoinRowsKernels } from "../kernels/join-rows.ts";
import { kernels } from "../kernels/kernels.ts";
import type { Arena } from "../memory/arena.ts";
import { linearMemory, type MemoryAccount } from "../memory/linear-memory.ts";
import type { DataType } from "../types/data-type.ts";
import { GrowingBuffer } from "./growing-buffer.ts";
import type { SideBlock } from "./join-blocks.ts";
import { JoinPages } from "./join-pages.ts";
import { KeyLayout } from "./key-layout.ts";
import { packedWords, withUnpacked } from "./packed-words.ts";
import type { Addresses } from "./state-table.ts";
import { damagedBlock } from "./block-head.ts";

/** When rows may leave: i64 by row number, `step` 0 for one value. */
export interface RowTimes { readonly data: number; readonly valid: number; readonly step: 0 | 1 }

/** Lists of a batch that took more are given back: one large batch shall not hold memory for ever. */
const KEPT_BUFFER_BYTES = 4 << 20;
const REF_BYTES = 16, SORT_BYTES = 32;

export class JoinRows {
  readonly #memory = linearMemory();
  readonly #kernels = kernels();
  readonly #layout: KeyLayout;
  readonly #account: MemoryAccount;
  readonly #header: number;
  readonly #fixedBytes: number;
  readonly #rowBytes: number;
  readonly #pages: JoinPages;
  /** Rows of this batch, and older ones that it matched. */
  readonly #added: GrowingBuffer;
  readonly #matched: GrowingBuffer;
  /** References to older rows that this batch took. */
  readonly #removedRefs: GrowingBuffer;
  readonly #listed: GrowingBuffer;
  readonly #chosen: GrowingBuffer;
  readonly #emptied: GrowingBuffer;
  readonly #buffers: readonly GrowingBuffer[];
  #addedCount = 0;
  #matchedCount = 0;
  #removedCount = 0;
  #takenCount = 0;
  #bound: bigint | undefined;
  /** A row of nulls; 0 while nobody asked for it. */
  #absent = 0;

  /** `chain`: where a group holds first and last row of this side, u32 each; `chains`: where those of both sides begin. */
  constructor(types: readonly DataType[], chain: number, chains: number, account: MemoryAccount) {
    this.#account = account;
    this.#layout = new KeyLayout(types, account, { nulls: JoinRow.nulls, isExact: true });
    this.#rowBytes = JoinRow.words + 8 * this.#layout.words;
    this.#added = new GrowingBuffer(account);
    this.#matched = new GrowingBuffer(account);
    this.#removedRefs = new GrowingBuffer(account);
    this.#listed = new GrowingBuffer(account);
    this.#chosen = new GrowingBuffer(account);
    this.#emptied = new GrowingBuffer(account);
    this.#buffers = [this.#added, this.#matched, this.#removedRefs, this.#listed, this.#chosen, this.#emptied];
    this.#fixedBytes = JoinHeader.bytes + JoinRing.bytes + this.#layout.kinds.length;
    this.#header = this.#memory.allocateZeroed(this.#fixedBytes, account);
    this.#set(JoinHeader.ring, this.#header + JoinHeader.bytes);
    this.#set(JoinHeader.kinds, this.#header + JoinHeader.bytes + JoinRing.bytes);
    this.#memory.u8.set(this.#layout.kinds, this.#get(JoinHeader.kinds));
    this.#set(JoinHeader.rowBytes, this.#rowBytes);
    this.#set(JoinHeader.words, this.#layout.words);
    this.#set(JoinHeader.hasViews, this.#layout.hasViews ? 1 : 0);
    this.#set(JoinHeader.chain, chain);
    this.#set(JoinHeader.chains, chains);
    this.#pages = new JoinPages(this.#header, this.#rowBytes, account);
  }

  get count(): number { return this.#get(JoinHeader.count); }
  get chain(): number { return this.#get(JoinHeader.chain); }
  /** Of the last `remove`: how many rows had come in this batch. */
  get newRemoved(): number { return this.#get(JoinHeader.newRemoved); }

  beginBatch(): void {
    this.#addedCount = this.#matchedCount = this.#removedCount = this.#takenCount = 0;
    this.#bound = undefined;
    for (const buffer of this.#buffers) buffer.releaseAbove(KEPT_BUFFER_BYTES);
    this.#pages.moveSparse();
    this.#memory.u64[(this.#header + JoinHeader.firstId) / 8] = this.#nextId;
  }

  /** Copies selected rows into the chains of their groups (u32, one a selected row). `times` undefined: they never leave. `matched`: a byte a row, or 0. */
  keep(columns: readonly Vector[], rows: Selection, length: number, groups: number, times: RowTimes | undefined, matched: number): void {
    const { keys, count } = this.#layout.encode(columns, rows, length), { data, valid, step } = times ?? { data: 0, valid: 0, step: 0 };
    const out = this.#added.reserve(4 * (this.#addedCount + count), 4 * this.#addedCount) + 4 * this.#addedCount;
    this.#pages.filling(from => this.#kernels.joinKeep(this.#header, keys, this.#layout.stride, groups, data, valid, step, rows.pointer, matched, from, count, out));
    this.#addedCount += count;
  }

  /** A column of kept rows. Its strings point to where they are kept. */
  column(column: number, addresses: number, count: number, arena: Arena): Vector { return this.#layout.decodeColumn(column, addresses, count, arena); }

  /** Notes that rows have found a partner. */
  match(addresses: number, count: number): void {
    const at = this.#matched.reserve(4 * (this.#matchedCount + count), 4 * this.#matchedCount) + 4 * this.#matchedCount;
    this.#matchedCount += this.#kernels.joinMatch(this.#header, addresses, count, at) >>> 0;
  }

  /** Those of the rows that were not taken before, each once. They stay until removeTaken. */
  take(addresses: number, count: number): Addresses {
    const at = this.#listed.reserve(4 * (this.#takenCount + count), 4 * this.#takenCount) + 4 * this.#takenCount, taken = this.#kernels.joinTake(addresses, count, at) >>> 0;
    this.#takenCount += taken;
    return { pointer: at, count: taken };
  }
  /** Lets taken rows go; returns their number. */
  removeTaken(): number {
    const count = this.#takenCount, pointer = this.#listed.pointer, memory = this.#memory;
    if (count === 0) return 0;
    const old = this.#chosen.reserve(4 * count), oldCount = this.#kernels.joinMatch(this.#header, pointer, count, old) >>> 0;
    const refs = this.#removedRefs.reserve(REF_BYTES * (this.#removedCount + oldCount), REF_BYTES * this.#removedCount) + REF_BYTES * this.#removedCount;
    const pointers = memory.allocate(4 * oldCount);
    this.#kernels.joinWriteRefs(old, oldCount, refs, pointers);
    memory.free(pointers, 4 * oldCount);
    this.#removedCount += oldCount;
    this.#takenCount = 0;
    this.#remove(pointer, count);
    return count;
  }

  /** Rows whose time is not after `bound`; valid until the next call that gives addresses. */
  expired(bound: bigint): Addresses {
    return this.#upTo(bound, this.#kernels.joinExpired);
  }
  /** Rows whose time is not after `bound`, but for the latest of each group, and of one time the last; `offset`: 4 bytes of a group, which are 0. */
  superseded(bound: bigint, offset: number): Addresses {
    const { pointer, count } = this.#upTo(bound, this.#kernels.joinUpTo), out = this.#chosen.reserve(4 * (count + 1));
    return { pointer: out, count: this.#kernels.asofSuperseded(pointer, count, offset, out) >>> 0 };
  }
  #upTo(bound: bigint, kernel: JoinRowsKernels["joinExpired"]): Addresses {
    const { numbers, rows } = this.#pages.upTo(bound);
    if (rows === 0) return { pointer: 0, count: 0 };
    const pointer = this.#listed.reserve(4 * (rows + 1));
    let count = 0;
    for (const number of numbers) count += kernel(this.#header, number, bound, pointer + 4 * count) >>> 0;
    return { pointer, count };
  }
  /** Stands for a row that is not there: all its columns are null. */
  get absent(): number {
    if (this.#absent === 0) {
      this.#absent = this.#memory.allocateZeroed(this.#rowBytes, this.#account);
      this.#layout.writeNulls(this.#absent);
    }
    return this.#absent;
  }
  /** Those that found no partner, in the order of arrival. */
  unmatched({ pointer, count }: Addresses): Addresses {
    const out = this.#chosen.reserve(4 * (count + 1)), rows = this.#kernels.joinUnmatched(pointer, count, out) >>> 0;
    this.#sort(out, rows, [JoinRow.id, JoinRow.id + 4]);
    return { pointer: out, count: rows };
  }
  /** Lets all expired rows go. Returns the groups that have no rows of either side left. */
  removeExpired({ pointer, count }: Addresses, bound: bigint): Addresses {
    this.#bound = bound;
    return this.#remove(pointer, count);
  }

  #remove(pointer: number, count: number): Addresses {
    const emptied = this.#emptied.reserve(4 * (count + 1)), groups = this.#kernels.joinRemove(this.#header, pointer, count, emptied) >>> 0;
    if (this.newRemoved > 0) this.#addedCount = this.#kernels.joinKept(this.#added.pointer, this.#addedCount) >>> 0;
    if (this.#matchedCount > 0) this.#matchedCount = this.#kernels.joinKept(this.#matched.pointer, this.#matchedCount) >>> 0;
    this.#pages.giveBack();
    return { pointer: emptied, count: groups };
  }

  /** Whether anything happened since beginBatch. */
  get isChanged(): boolean {
    return this.#nextId !== this.#memory.u64[(this.#header + JoinHeader.firstId) / 8] || this.#matchedCount + this.#removedCount > 0 || this.#bound !== undefined;
  }

  /** What happened since beginBatch; its bytes lie in the arena. */
  changes(arena: Arena): SideBlock {
    const { pointer } = this.#matched, count = this.#matchedCount, memory = this.#memory;
    const refs = memory.allocate(REF_BYTES * count), pointers = memory.allocate(4 * count);
    this.#kernels.joinWriteRefs(pointer, count, refs, pointers);
    const matched = this.#flatRefs(refs, count, arena);
    memory.free(refs, REF_BYTES * count);
    memory.free(pointers, 4 * count);
    return {
      nextId: this.#nextId, bound: this.#bound, matched, removed: this.#flatRefs(this.#removedRefs.pointer, this.#removedCount, arena),
      ...this.#flatRows({ pointer: this.#added.pointer, count: this.#addedCount }, arena),
    };
  }

  /** The rows of groups, in no order that means anything. */
  rowsOf({ pointer, count }: Addresses): Addresses {
    const out = this.#listed.reserve(4 * (this.count + 1));
    return { pointer: out, count: this.#kernels.joinRowsOfGroups(pointer, count, this.chain, out) >>> 0 };
  }

  /** All rows of groups, in the order of arrival. */
  snapshot(groups: Addresses, arena: Arena): SideBlock {
    const rows = this.rowsOf(groups);
    this.#sort(rows.pointer, rows.count, [JoinRow.id, JoinRow.id + 4]);
    return { nextId: this.#nextId, bound: undefined, matched: NO_REFS, removed: NO_REFS, ...this.#flatRows(rows, arena) };
  }

  /** Whether a block removes a row that is here. */
  removedBy({ removed, bound }: SideBlock, table: number): (row: number) => boolean {
    const { u32, i64 } = this.#memory, taken = new Set<number>();
    this.#withRefs(removed, table, (rows, count) => { for (let i = 0; i < count; i++) taken.add(u32[(rows >>> 2) + i]!); });
    return row => taken.has(row) || bound !== undefined && i64[(row + JoinRow.time) / 8]! <= bound;
  }

  /** What a block says of rows that are here, between batches. `dropGroups` takes groups that have no rows left. */
  loadChanges(block: SideBlock, table: number, dropGroups: (groups: Addresses) => void): void {
    const { matched, removed, bound } = block, memory = this.#memory;
    this.#withRefs(matched, table, (rows, count) => this.#kernels.joinSetMatched(rows, count));
    this.#withRefs(removed, table, (rows, count) => dropGroups(this.#remove(rows, count)));
    if (bound !== undefined) {
      const expired = this.expired(bound);
      if (expired.count > 0) dropGroups(this.#remove(expired.pointer, expired.count));
    }
    if (block.nextId > this.#nextId) memory.u64[(this.#header + JoinHeader.nextId) / 8] = block.nextId;
  }

  /** The rows of a block, some at a time. `groupsOf` gives the groups for addresses that `column` takes. */
  loadRows({ rows, strings, rowCount }: SideBlock, chunk: number, groupsOf: (addresses: number, count: number) => number): void {
    const memory = this.#memory, stride = this.#rowBytes - JoinRow.id, area = memory.allocate(strings.length);
    this.#layout.expectNulls();
    try {
      memory.u8.set(strings, area);
      withUnpacked(rows, (rowCount * stride) >>> 3, flat => {
        if (this.#kernels.joinReadRows(this.#header, flat, stride, rowCount, area, area + strings.length) !== strings.length) throw damagedBlock();
        const addresses = memory.allocate(4 * chunk);
        try {
          for (let from = 0; from < rowCount; from += chunk) {
            const count = Math.min(chunk, rowCount - from), first = flat + from * stride;
            // Where a row would begin whose flat part this is.
            for (let i = 0; i < count; i++) memory.u32[(addresses >>> 2) + i] = first + i * stride - JoinRow.id;
            const groups = groupsOf(addresses, count);
            this.#pages.filling(done => this.#kernels.joinLoad(this.#header, first, stride, groups, done, count));
          }
        } finally {
          memory.free(addresses, 4 * chunk);
        }
      });
    } finally {
      memory.free(area, strings.length);
    }
  }

  /** Gives all memory back. It can't be used again. */
  release(): void {
    this.#pages.release();
    for (const buffer of this.#buffers) buffer.release();
    this.#layout.release();
    if (this.#absent !== 0) this.#memory.free(this.#absent, this.#rowBytes, this.#account);
    this.#absent = 0;
    this.#memory.free(this.#header, this.#fixedBytes, this.#account);
  }

  get #nextId(): bigint { return this.#memory.u64[(this.#header + JoinHeader.nextId) / 8]!; }
  #get(field: number): number { return this.#memory.u32[(this.#header + field) >>> 2]!; }
  #set(field: number, value: number): void { this.#memory.u32[(this.#header + field) >>> 2] = value; }

  #sort(pointers: number, count: number, offsets: readonly number[]): void {
    const scratch = this.#memory.allocate(SORT_BYTES * count);
    for (const offset of offsets) this.#kernels.sortByWord(pointers, count, offset, scratch);
    this.#memory.free(scratch, SORT_BYTES * count);
  }

  /** References in the order of salt and id: the same whatever the order in which they came. */
  #flatRefs(refs: number, count: number, arena: Arena): SideBlock["matched"] {
    if (count === 0) return NO_REFS;
    const memory = this.#memory, pointers = memory.allocate(4 * count), out = memory.allocate(REF_BYTES * count);
    for (let i = 0; i < count; i++) memory.u32[(pointers >>> 2) + i] = refs + REF_BYTES * i;
    this.#sort(pointers, count, [8, 12, 0]);
    this.#kernels.joinFlatRefs(pointers, count, out);
    const packed = packedWords(out, 2 * count, arena);
    memory.free(pointers, 4 * count);
    memory.free(out, REF_BYTES * count);
    return { packed, count };
  }

  #withRefs({ packed, count }: SideBlock["matched"], table: number, use: (rows: number, count: number) => void): void {
    if (count === 0) return;
    withUnpacked(packed, 2 * count, refs => {
      const rows = this.#listed.reserve(4 * (count + 1));
      if (this.#kernels.joinFindRefs(this.#header, table, refs, count, rows) >>> 0 !== count) throw damagedRows();
      use(rows, count);
    });
  }

  #flatRows({ pointer, count }: Addresses, arena: Arena): Pick<SideBlock, "rows" | "strings" | "rowCount"> {
    if (count === 0) return { rows: NO_BYTES, strings: NO_BYTES, rowCount: 0 };
    const memory = this.#memory, bytes = count * (this.#rowBytes - JoinRow.id), flat = memory.allocate(bytes);
    const stringBytes = this.#kernels.joinWriteRows(this.#header, pointer, count, flat) >>> 0, rows = packedWords(flat, bytes >>> 3, arena);
    memory.free(flat, bytes);
    const strings = arena.allocate(stringBytes);
    if (stringBytes > 0) this.#kernels.joinWriteStrings(this.#header, pointer, count, strings);
    return { rows, strings: memory.u8.subarray(strings, strings + stringBytes), rowCount: count };
  }
}

const NO_BYTES = new Uint8Array(0);
const NO_REFS: SideBlock["matched"] = { packed: NO_BYTES, count: 0 };

/** For rows that a block speaks of and that are not here. */
function damagedRows(): ExecutionError {
  return new ExecutionError({ condition: "MILLRACE_DAMAGED_ROW", sqlState: "XX001", message: "The stored rows of a join do not fit together.", hint: "restore the checkpoint's folder from a copy, or start with a new checkpoint location" });
}

