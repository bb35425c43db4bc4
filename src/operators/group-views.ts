/**
 * Finds the groups of rows by one key of texts faster than their table does, as long as there are not too many: it remembers the groups of
 * texts that were looked up lately. The table stays what it is; no group may be removed from it.
 */
import type { Selection } from "../columns/batch.ts";
import { physicalOf, type Vector } from "../columns/vector.ts";
import { VIEW_ENTRY_BYTES } from "../kernels/group-views.ts";
import { kernels } from "../kernels/kernels.ts";
import { linearMemory, type MemoryAccount } from "../memory/linear-memory.ts";
import { GrowingBuffer } from "../state/growing-buffer.ts";
import type { StateTable } from "../state/state-table.ts";
import type { DataType } from "../types/data-type.ts";

/** Powers of two: entries at first and at most, 2 MB; so that texts seldom push each other out there are four times as many as groups. */
const FEWEST = 10, MOST = 16, SPARE = 2;
/** After a batch of which most rows were missing so many go to the table at once, twice as many each time up to this number. */
const MOST_RESTING = 63;

export class GroupViews {
  readonly #table: StateTable;
  readonly #key: number;
  readonly #entries: GrowingBuffer;
  readonly #found: GrowingBuffer;
  readonly #missing: GrowingBuffer;
  #bits = 0;
  #ofNull = 0;
  #resting = 0;
  #restsNext = 1;

  constructor(table: StateTable, account?: MemoryAccount) {
    this.#table = table;
    this.#key = table.keyOffset(0);
    this.#entries = new GrowingBuffer(account);
    this.#found = new GrowingBuffer(account);
    this.#missing = new GrowingBuffer(account);
  }

  static suits(keyTypes: readonly DataType[]): boolean { return keyTypes.length === 1 && physicalOf(keyTypes[0]!) === "view"; }

  /** As `upsert` of the table. */
  upsert(columns: readonly Vector[], rows: Selection, length: number): number { return this.#look(columns, rows, length, true); }

  /** As `find` of the table, which must not get other groups then. */
  find(columns: readonly Vector[], rows: Selection, length: number): number { return this.#look(columns, rows, length, false); }

  release(): void {
    this.#entries.release();
    this.#found.release();
    this.#missing.release();
    this.#bits = 0;
  }

  #look(columns: readonly Vector[], rows: Selection, length: number, makes: boolean): number {
    const [key] = columns as readonly [Vector], { count, pointer } = rows, table = this.#table;
    if (this.#resting > 0) {
      this.#resting--;
      return makes ? table.upsert(columns, rows, length) : table.find(columns, rows, length);
    }
    if (this.#bits === 0) this.#resize();
    const mask = key.isConstant ? 0 : -1, shift = 64 - this.#bits, out = this.#found.reserve(4 * count + 4), missing = this.#missing.reserve(8 * count + 8), missingAt = missing + 4 * count + 4;
    const left = kernels().viewsFind(key.data, key.valid, mask, pointer, count, this.#entries.pointer, shift, this.#ofNull, out, missing, missingAt);
    if (left === 0) return out;
    const lost = { pointer: missing, count: left }, addresses = makes ? table.upsert(columns, lost, length) : table.find(columns, lost, length);
    this.#ofNull = kernels().viewsKeep(key.data, key.valid, mask, missing, missingAt, left, addresses, this.#key, this.#entries.pointer, shift, this.#ofNull, out);
    if (8 * left <= count) this.#restsNext = 1;
    else if (!this.#resize() && 2 * left > count) {
      this.#resting = this.#restsNext;
      this.#restsNext = Math.min(2 * this.#restsNext + 1, MOST_RESTING);
    }
    return out;
  }

  /** As many entries as the groups ask for, if those are more than there are; what was remembered is forgotten then. */
  #resize(): boolean {
    const bits = Math.min(MOST, Math.max(FEWEST, SPARE + Math.ceil(Math.log2(this.#table.count + 1))));
    if (bits <= this.#bits) return false;
    const bytes = VIEW_ENTRY_BYTES << bits, at = this.#entries.reserve(bytes);
    linearMemory().u8.fill(0, at, at + bytes);
    this.#bits = bits;
    return true;
  }
}
