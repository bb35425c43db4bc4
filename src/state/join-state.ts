/**
 * What a join of streams keeps: the rows of both sides, found by key through one state table whose groups hold the chains
 * of both. A batch of the query is: beginBatch; for new rows of a side `groups`, then what the operator does with the rows
 * of the other side and `keep`; what leaves; `settle`; then changes() for the log.
 */
import { BATCH_ROWS, type Selection } from "../columns/batch.ts";
import type { Vector } from "../columns/vector.ts";
import { kernels } from "../kernels/kernels.ts";
import { Arena } from "../memory/arena.ts";
import type { MemoryAccount } from "../memory/linear-memory.ts";
import { typeToSql, type DataType, type StructType } from "../types/data-type.ts";
import { GrowingBuffer } from "./growing-buffer.ts";
import { readJoinBlock, writeJoinBlock, type SideBlock } from "./join-blocks.ts";
import { JoinRows } from "./join-rows.ts";
import { StateTable, type Addresses } from "./state-table.ts";

export interface JoinShape {
  readonly keyTypes: readonly DataType[];
  /** The columns of the left and the right rows. */
  readonly sides: readonly [StructType, StructType];
  /** Of each side, the column that is a key as it stands, -1 for one that is computed: it is kept behind the columns. */
  readonly keyColumns: readonly [readonly number[], readonly number[]];
  /** Bytes of each group that are the operator's, 0 at first; between batches they mean nothing. */
  readonly groupBytes?: number;
}

/** First and last row of a side's chain in a group. */
const CHAIN_BYTES = 8;

export class JoinState {
  /** Left, right. */
  readonly sides: readonly [JoinRows, JoinRows];
  readonly #account: MemoryAccount = { name: "join state", bytes: 0 };
  /** Types of keys and rows: a block with others is refused. */
  readonly fingerprint: string;
  /** Of each side, the keys that are kept behind its columns. */
  readonly computedKeys: readonly (readonly number[])[];
  /** Of each side, where the keys stand among what is kept. */
  readonly #keys: readonly (readonly number[])[];
  readonly #table: StateTable;
  readonly #empty = new GrowingBuffer(this.#account);
  /** Whether groups were looked up that may hold nothing. */
  #mayHoldNothing = false;

  constructor({ keyTypes, sides, keyColumns, groupBytes = 0 }: JoinShape) {
    this.computedKeys = keyColumns.map(columns => columns.flatMap((column, key) => column < 0 ? [key] : []));
    const stored = (side: 0 | 1) => [...sides[side].fields.map(field => field.type), ...this.computedKeys[side]!.map(key => keyTypes[key]!)];
    const text = (types: readonly DataType[]) => types.map(typeToSql).join(", ");
    this.#keys = keyColumns.map((columns, side) => columns.map((column, key) => column < 0 ? sides[side]!.fields.length + this.computedKeys[side]!.indexOf(key) : column));
    this.fingerprint = `rows | ${text(keyTypes)} | ${[0, 1].map(side => `${text(stored(side as 0 | 1))} by ${this.#keys[side]!.join(", ")}`).join(" join ")}`;
    this.#table = new StateTable({ keyTypes, stateBytes: 2 * CHAIN_BYTES + groupBytes, account: this.#account });
    const chains = this.#table.stateOffset;
    this.sides = [new JoinRows(stored(0), chains, chains, this.#account), new JoinRows(stored(1), chains + CHAIN_BYTES, chains, this.#account)];
  }

  /** Where the operator's own bytes lie in a group. */
  get groupOffset(): number { return this.#table.stateOffset + 2 * CHAIN_BYTES; }

  /** Bytes of all memory that is held. */
  get bytes(): number { return this.#account.bytes; }

  beginBatch(): void {
    this.#table.beginBatch();
    for (const side of this.sides) side.beginBatch();
    this.#mayHoldNothing = false;
  }

  /** The groups of selected rows by their keys (u32, one a selected row), new ones if need be; valid until the next call. */
  groups(keys: readonly Vector[], rows: Selection, length: number): number { return this.#table.upsert(keys, rows, length); }

  /** Not all rows whose groups were looked up have been kept, or some were taken. */
  mayHoldNothing(): void { this.#mayHoldNothing = true; }

  /** Lets groups go that have no rows left. */
  dropGroups(groups: Addresses): void { this.#table.remove(groups); }

  /** The end of a batch: groups that hold nothing go. */
  settle(): void {
    if (!this.#mayHoldNothing) return;
    const { pointer, count } = this.#table.touched(), out = this.#empty.reserve(4 * (count + 1));
    this.#table.remove({ pointer: out, count: kernels().joinEmptyGroups(pointer, count, this.#table.stateOffset, out) >>> 0 });
  }

  /** What happened since beginBatch, as blocks for load. */
  changes(): readonly Uint8Array[] {
    return this.sides.some(side => side.isChanged) ? [this.#written((side, arena) => side.changes(arena))] : [];
  }

  /** The rows whose keys are of key groups `from` to `to` - 1. */
  snapshot(fromKeyGroup: number, toKeyGroup: number): Uint8Array {
    const groups = this.#table.groupsOf(fromKeyGroup, toKeyGroup);
    return this.#written((side, arena) => side.snapshot(groups, arena));
  }

  #written(block: (side: JoinRows, arena: Arena) => SideBlock): Uint8Array {
    const arena = new Arena();
    try {
      return writeJoinBlock(this.fingerprint, this.sides.map(side => block(side, arena)));
    } finally {
      arena.release();
    }
  }

  /** The rows of one side whose keys are of a key group; valid until the next call that gives addresses. */
  rowsOf(side: 0 | 1, keyGroup: number): Addresses { return this.sides[side].rowsOf(this.#table.groupsOf(keyGroup, keyGroup + 1)); }

  /** The keys of kept rows. */
  keys(side: 0 | 1, addresses: number, count: number, arena: Arena): Vector[] {
    return this.#keys[side]!.map(key => this.sides[side].column(key, addresses, count, arena));
  }

  /** Which of some kept rows of a side a block of changes removes; nothing changes. */
  removedBy(block: Uint8Array, side: 0 | 1): (row: number) => boolean {
    return this.sides[side].removedBy(readJoinBlock(block, this.fingerprint)[side], this.#table.pointer);
  }

  /** Applies a block of changes() or snapshot() between batches. */
  load(block: Uint8Array): void { this.#load(readJoinBlock(block, this.fingerprint)); }

  /** Only the rows that a block adds: for readers of changes. */
  loadAdded(block: Uint8Array): void {
    const nothing = { bound: undefined, matched: { packed: new Uint8Array(0), count: 0 }, removed: { packed: new Uint8Array(0), count: 0 } };
    this.#load(readJoinBlock(block, this.fingerprint).map(side => ({ ...side, ...nothing })));
  }

  #load(blocks: readonly SideBlock[]): void {
    const arena = new Arena();
    try {
      for (const [i, side] of this.sides.entries()) {
        this.#table.beginBatch();
        side.loadChanges(blocks[i]!, this.#table.pointer, groups => this.dropGroups(groups));
        side.loadRows(blocks[i]!, BATCH_ROWS, (addresses, count) => {
          arena.reset();
          return this.groups(this.keys(i as 0 | 1, addresses, count, arena), { pointer: 0, count }, count);
        });
      }
      this.#table.beginBatch();
    } finally {
      arena.release();
    }
  }

  /** Gives all memory back. It can't be used again. */
  release(): void {
    for (const side of this.sides) side.release();
    this.#empty.release();
    this.#table.release();
  }
}
