/**
 * The keyed state table: groups by key, each a row at an address that stays while the group lives, so that aggregates
 * work on addresses. Keys are found through a directory of 256 segments, one a key group, which grow one at a time.
 * Rows lie in pages that are given back when empty; long strings of keys lie in blocks with counted live bytes.
 *
 * A batch of the query is: beginBatch, upsert for each batch of columns, then what the operator does with touched(),
 * expired() and remove(), then changes() for the log.
 */
import type { Selection } from "../columns/batch.ts";
import type { Vector } from "../columns/vector.ts";
import { kernels } from "../kernels/kernels.ts";
import { GroupRow, KEY_GROUPS, TableHeader, TableNeed } from "../kernels/table.ts";
import type { Arena } from "../memory/arena.ts";
import { linearMemory, type MemoryAccount } from "../memory/linear-memory.ts";
import type { DataType } from "../types/data-type.ts";
import { FlatRows } from "./flat-rows.ts";
import { GrowingBuffer } from "./growing-buffer.ts";
import { KeyLayout, type EncodedKeys } from "./key-layout.ts";
import { ObjectStates } from "./object-states.ts";
import { StringHeap } from "./string-heap.ts";
import { fingerprintOf, readBlock, writeBlock } from "./table-blocks.ts";
import type { StateTableOptions } from "./state-table-options.ts";
import { TableDirectory } from "./table-directory.ts";
import { TableHead } from "./table-head.ts";
import { TablePages } from "./table-pages.ts";

/** Addresses of groups: u32 each, valid until the next call that gives addresses, or removes. */
export interface Addresses { readonly pointer: number; readonly count: number }

const LAST_EPOCH = 0xffff_ffff;

export class StateTable {
  readonly keyTypes: readonly DataType[];
  /** Bytes from a group's address to its state. */
  readonly stateOffset: number;
  readonly rowBytes: number;
  /** Bytes from a group's address to its local part. */
  readonly localOffset: number;
  /** Type of keys and state: a block with another is refused. */
  readonly fingerprint: string;
  readonly objects: ObjectStates;
  readonly #memory = linearMemory();
  readonly #kernels = kernels();
  readonly #layout: KeyLayout;
  readonly #account: MemoryAccount;
  readonly #head: TableHead;
  /** Its address. */
  readonly #header: number;
  readonly #directory: TableDirectory;
  readonly #pages: TablePages;
  readonly #heap: StringHeap;
  readonly #flat: FlatRows;
  readonly #touched: GrowingBuffer;
  readonly #found: GrowingBuffer;
  readonly #listed: GrowingBuffer;
  readonly #hasTime: boolean;
  readonly #logged: boolean;
  /** Blocks of changes that beginBatch found not yet taken. */
  #pending: Uint8Array[] = [];
  /** Flat keys of removed groups. */
  #removed: { readonly rows: Uint8Array; readonly strings: Uint8Array; readonly count: number }[] = [];
  #taken = false;

  constructor(options: StateTableOptions) {
    this.keyTypes = options.keyTypes;
    this.#account = options.account ?? { name: "state", bytes: 0 };
    this.#layout = new KeyLayout(options.keyTypes, this.#account);
    this.stateOffset = GroupRow.keys + 8 * this.#layout.words;
    this.localOffset = this.stateOffset + options.stateBytes;
    this.rowBytes = this.localOffset + (options.localBytes ?? 0);
    this.fingerprint = fingerprintOf(options);
    this.#logged = options.logged ?? false;
    this.objects = new ObjectStates(options.objects ?? []);
    this.#touched = new GrowingBuffer(this.#account);
    this.#found = new GrowingBuffer(this.#account);
    this.#listed = new GrowingBuffer(this.#account);
    this.#directory = new TableDirectory(this.#account);
    this.#head = new TableHead({ layout: this.#layout, directory: this.#directory.pointer, rowBytes: this.rowBytes, loggedBytes: this.localOffset, hashMask: options.hashMask }, this.#account);
    this.#header = this.#head.pointer;
    this.#pages = new TablePages(this.#header, this.rowBytes, this.#account);
    this.#heap = new StringHeap(this.#header, this.#account);
    this.#flat = new FlatRows(this.#header, this.#layout.stride, this.localOffset - GroupRow.keys + 8);
    this.#hasTime = options.timeKey !== undefined || options.timeState !== undefined;
    this.#initialise();
    // New rows hold 0 there, which is the lower bound that their page gets: it is read, and settled, at the next expiry.
    if (options.timeState !== undefined) this.#head.set(TableHeader.timeOffset, this.stateOffset + options.timeState);
    if (options.timeKey !== undefined) this.#head.setTime(this.#layout.timeOffset(options.timeKey.key, options.timeKey.field));
  }

  /** Of its header, for kernels. */
  get pointer(): number { return this.#header; }
  /** Groups that live. */
  get count(): number { return this.#head.get(TableHeader.groups); }
  /** Bytes of all memory that the table holds. */
  get bytes(): number { return this.#account.bytes + this.objects.estimatedBytes; }

  /** Starts a batch of the query: touched() is empty again. */
  beginBatch(): void {
    if (this.#logged && !this.#taken) {
      const block = this.#block();
      if (block !== undefined) this.#pending.push(block);
    }
    this.#taken = false;
    this.#removed = [];
    this.#head.set(TableHeader.touchedCount, 0);
    const epoch = this.#head.get(TableHeader.epoch);
    if (epoch === LAST_EPOCH) this.#pages.forEach(number => this.#kernels.tableAgeRows(this.#header, number));
    this.#head.set(TableHeader.epoch, epoch === LAST_EPOCH ? 2 : epoch + 1);
  }

  /**
   * Finds or makes the groups of selected rows. Returns a pointer to their addresses (u32), in the order of the
   * selection, valid until the next upsert; `length`: rows in the columns. All columns have the same rows.
   */
  upsert(columns: readonly Vector[], rows: Selection, length: number): number {
    if (this.#logged && this.#taken) throw new Error("upsert after changes(): beginBatch comes first");
    if (columns.length === 0) {
      const { keys, hashes } = this.#layout.encode(columns, { pointer: 0, count: 1 }, 1);
      const one = this.#upsertKeys(keys, hashes, 1, this.#layout.stride);
      const address = this.#memory.u32[one >>> 2]!, out = this.#found.reserve(4 * rows.count);
      this.#kernels.fillAddresses(address, rows.count, out);
      return out;
    }
    const { keys, hashes, count } = this.#layout.encode(columns, rows, length);
    return this.#upsertKeys(keys, hashes, count, this.#layout.stride);
  }

  /** As upsert, for groups that exist; 0 where there is none. */
  find(columns: readonly Vector[], rows: Selection, length: number): number {
    const { keys, hashes, count }: EncodedKeys = this.#layout.encode(columns, rows, length);
    const out = this.#found.reserve(4 * count);
    this.#kernels.tableFind(this.#header, keys, this.#layout.stride, hashes, count, out);
    return out;
  }

  /**
   * As upsert, for the groups whose keys are the first keys of rows of another table, which has one key more, of one word.
   * Neither may have more than MAX_KEY_NULLS columns and fields.
   */
  upsertKeysOf(rows: number, count: number): number {
    const { stride, words } = this.#layout, memory = this.#memory, keys = memory.allocate(count * stride), hashes = memory.allocate(8 * count);
    try {
      this.#layout.expectNulls();
      this.#kernels.tableKeysOfRows(rows, count, words, keys);
      this.#kernels.tableHashKeys(this.#header, keys, stride, count, hashes);
      return this.#upsertKeys(keys, hashes, count, stride);
    } finally {
      memory.free(keys, count * stride);
      memory.free(hashes, 8 * count);
    }
  }

  /** Counts groups as touched whose state was changed without an upsert; each may be given several times. */
  touch(addresses: number, count: number): void {
    if (this.#logged && this.#taken) throw new Error("touch after changes(): beginBatch comes first");
    const touched = this.#head.get(TableHeader.touchedCount);
    this.#head.set(TableHeader.touched, this.#touched.reserve(4 * (touched + count + 1), 4 * touched));
    this.#kernels.tableTouch(this.#header, addresses, count);
  }

  /** Groups that upsert or touch gave in this batch and that were not removed since, each once, in the order of the first touch. */
  touched(): Addresses { return { pointer: this.#touched.pointer, count: this.#head.get(TableHeader.touchedCount) }; }

  /**
   * Of what the last upsert touched only these are touched, each once: the others were found and stay as they are, so
   * they don't go into the log. `before`: touched().count before that upsert.
   */
  touchOnly(before: number, addresses: number, count: number): void {
    this.#memory.u8.copyWithin(this.#touched.pointer + 4 * before, addresses, addresses + 4 * count);
    this.#head.set(TableHeader.touchedCount, before + count);
  }

  /** All groups: in the order they were made, as long as none was removed and the table was not restored. */
  allAddresses(): Addresses {
    const out = this.#listed.reserve(4 * (this.count + 1));
    let count = 0;
    this.#pages.forEach(number => { count += this.#kernels.tablePageRows(this.#header, number, out + 4 * count); });
    return { pointer: out, count };
  }

  /** Groups whose time is not null and at most `limitMicros`. Pages that hold none are not read. */
  expired(limitMicros: bigint): Addresses {
    if (!this.#hasTime) throw new Error("the table has no time key");
    const { numbers, rows } = this.#pages.upTo(limitMicros);
    if (rows === 0) return { pointer: 0, count: 0 };
    const out = this.#listed.reserve(4 * (rows + 1));
    let count = 0;
    for (const number of numbers) count += this.#kernels.tableExpiredRows(this.#header, number, limitMicros, out + 4 * count);
    return { pointer: out, count };
  }

  /** A lower bound of all groups' times; undefined when none has a time. */
  minTimeMicros(): bigint | undefined { return this.#pages.minTime(); }

  /** Removes groups; their addresses, and what keyVectors gave for them, are no longer valid. */
  remove({ pointer, count }: Addresses): void {
    if (count === 0) return;
    if (this.#logged) {
      if (this.#taken) throw new Error("remove after changes(): beginBatch comes first");
      this.#removed.push({ ...this.#flat.write(pointer, count, false), count });
    }
    this.#removeRows(pointer, count);
    if (count >= KEY_GROUPS) this.#directory.shrink(this.#header);
  }

  #removeRows(pointer: number, count: number): void {
    this.objects.removeRows(pointer, count);
    this.#kernels.tableRemove(this.#header, pointer, count);
    if (this.#head.get(TableHeader.emptiedPages) > 0) this.#pages.giveBack();
    this.#heap.giveBack();
  }

  /** Where a key of one word lies in a group's row. */
  keyOffset(key: number): number { return this.#layout.timeOffset(key).offset; }

  /** The key columns of groups. Strings point into the table. */
  keyVectors(addresses: number, count: number, arena: Arena): Vector[] { return this.#layout.decode(addresses, count, arena); }

  /**
   * What upsert touched and remove removed since beginBatch (and before, if it was not taken then), as blocks for load.
   * Ends the batch for a logged table.
   */
  changes(): Uint8Array[] {
    if (!this.#logged) throw new Error("the table keeps no changes");
    const block = this.#taken ? undefined : this.#block();
    const blocks = block === undefined ? this.#pending : [...this.#pending, block];
    this.#taken = true;
    this.#pending = [];
    this.#removed = [];
    return blocks;
  }

  /** All groups of key groups `from` to `to` - 1, one key group behind another. */
  groupsOf(fromKeyGroup: number, toKeyGroup: number): Addresses {
    let rows = 0;
    for (let group = fromKeyGroup; group < toKeyGroup; group++) rows += this.#directory.groupsIn(group);
    const out = this.#listed.reserve(4 * (rows + 1));
    let count = 0;
    for (let group = fromKeyGroup; group < toKeyGroup; group++) count += this.#kernels.tableSegmentRows(this.#header, group, out + 4 * count);
    return { pointer: out, count };
  }

  /** What `groupsOf` gives, as bytes. */
  snapshot(fromKeyGroup = 0, toKeyGroup = KEY_GROUPS): Uint8Array {
    const { pointer: out, count } = this.groupsOf(fromKeyGroup, toKeyGroup);
    return writeBlock({
      fingerprint: this.fingerprint, fromKeyGroup, toKeyGroup, removed: [],
      upserted: { ...this.#flat.write(out, count, true), count }, objects: this.objects.encodeRows(out, count),
    });
  }

  /** Applies a block of changes() or snapshot() between batches. Throws `MILLRACE_STATE_SCHEMA_CHANGED` for a block of another schema. */
  load(block: Uint8Array): void {
    const { stride } = this.#layout, { rowStride } = this.#flat;
    const content = readBlock(block, this.fingerprint);
    this.#layout.expectNulls();
    for (const { rows, strings, count } of content.removed) {
      this.#flat.lend(rows, strings, stride, count, (at, hashes) => {
        const out = this.#found.reserve(4 * count);
        this.#kernels.tableFind(this.#header, at, stride, hashes, count, out);
        const words = this.#memory.u32, first = out >>> 2;
        let kept = 0;
        for (let i = 0; i < count; i++) if (words[first + i] !== 0) words[first + kept++] = words[first + i]!;
        if (kept > 0) this.#removeRows(out, kept);
      });
    }
    const { rows, strings, count } = content.upserted;
    const epoch = this.#head.get(TableHeader.epoch), touched = this.#head.get(TableHeader.touchedCount);
    this.#head.set(TableHeader.epoch, 1);
    this.#flat.lend(rows, strings, rowStride, count, (at, hashes) => {
      const out = this.#upsertKeys(at, hashes, count, rowStride);
      this.#kernels.tableCopyState(this.#header, at, rowStride, count, out);
      this.objects.decodeRows(content.objects, out, count);
    });
    this.#head.set(TableHeader.epoch, epoch);
    this.#head.set(TableHeader.touchedCount, touched);
  }

  /** Of a block of changes only the keys that it removes, as groups without state: for readers of changes. */
  loadRemoved(block: Uint8Array): void {
    const { stride } = this.#layout;
    this.#layout.expectNulls();
    for (const { rows, strings, count } of readBlock(block, this.fingerprint).removed) {
      this.#flat.lend(rows, strings, stride, count, (at, hashes) => { this.#upsertKeys(at, hashes, count, stride); });
    }
    this.#head.set(TableHeader.touchedCount, 0);
  }

  /** Removes all groups at once and gives their memory back; changes of this batch are forgotten. */
  clear(): void {
    this.#freeAll();
    this.#pending = [];
    this.#removed = [];
    this.#initialise();
  }

  /** Gives all memory back. The table can't be used again. */
  release(): void {
    this.#freeAll();
    this.#head.release();
    this.#directory.release();
  }

  #initialise(): void {
    this.#head.initialise();
    this.#directory.initialise();
    this.#taken = false;
  }

  #freeAll(): void {
    this.#pages.clear();
    this.#heap.clear();
    this.#directory.clear();
    this.#touched.release();
    this.#found.release();
    this.#listed.release();
    this.objects.clear();
    this.#layout.release();
  }

  #upsertKeys(keys: number, hashes: number, count: number, stride: number): number {
    const out = this.#found.reserve(4 * count), touched = this.#head.get(TableHeader.touchedCount);
    this.#head.set(TableHeader.touched, this.#touched.reserve(4 * (touched + count + 1), 4 * touched));
    let done = 0;
    for (;;) {
      done = this.#kernels.tableUpsert(this.#header, keys, stride, hashes, done, count, out) >>> 0;
      switch (this.#head.get(TableHeader.need)) {
        case TableNeed.page: this.#pages.add(); break;
        case TableNeed.heap: this.#heap.add(this.#head.get(TableHeader.needArgument)); break;
        case TableNeed.segment: this.#directory.resize(this.#header, this.#head.get(TableHeader.needArgument), 2); break;
        default: return out;
      }
    }
  }

  /** The changes since beginBatch, if any. */
  #block(): Uint8Array | undefined {
    const { pointer, count } = this.touched();
    if (count === 0 && this.#removed.length === 0) return undefined;
    return writeBlock({
      fingerprint: this.fingerprint, fromKeyGroup: 0, toKeyGroup: KEY_GROUPS, removed: this.#removed,
      upserted: { ...this.#flat.write(pointer, count, true), count }, objects: this.objects.encodeRows(pointer, count),
    });
  }
}

