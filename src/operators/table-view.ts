/** The view of a state table: keys as they are, values as the operator reads them out of its rows. */
import { BATCH_ROWS, type Selection } from "../columns/batch.ts";
import { gather } from "../columns/gather.ts";
import type { Vector } from "../columns/vector.ts";
import { KEY_GROUPS, GroupRow } from "../kernels/table.ts";
import type { Arena } from "../memory/arena.ts";
import { linearMemory } from "../memory/linear-memory.ts";
import type { StateTable } from "../state/state-table.ts";
import type { StructType } from "../types/data-type.ts";
import type { StateChange, StateDescription, StateRows, StateStore, StateView } from "./state-view.ts";

/** A table, and what its rows mean. */
export interface ReadableTable {
  readonly table: StateTable;
  /** The columns of the value of groups. */
  values(addresses: number, count: number, arena: Arena): readonly Vector[];
  release(): void;
}

/** How keys are shown where that isn't how they are stored. */
export interface KeyForm {
  shown(keys: readonly Vector[], count: number, arena: Arena): readonly Vector[];
  stored(keys: readonly Vector[], arena: Arena): readonly Vector[];
}

export interface TableViewParts {
  readonly description: StateDescription;
  readonly key: StructType;
  readonly value: StructType;
  /** The operator's own table; left out for a view that loads blocks by itself. */
  readonly of?: ReadableTable;
  /** An empty table of the same schema. */
  readonly make: () => ReadableTable;
  readonly keyForm?: KeyForm | undefined;
}

export class TableView implements StateView {
  readonly description: StateDescription;
  readonly stores: readonly StateStore[];
  readonly #parts: TableViewParts;
  #own: ReadableTable | undefined;

  constructor(parts: TableViewParts) {
    this.#parts = parts;
    this.description = parts.description;
    const view = this, { key, value, keyForm } = parts;
    this.stores = [{
      name: "default", key, value,
      get count() { return view.#table.table.count; },
      rows: function* (arena, from = 0, to = KEY_GROUPS) { for (const rows of rowsOf(view.#table, arena, from, to)) yield shown(rows, keyForm, arena); },
      find: (keys, arena) => shown(found(this.#table, keyForm?.stored(keys, arena) ?? keys, arena), keyForm, arena),
    }];
  }

  load(block: Uint8Array): void { this.#table.table.load(block); }

  changes(block: Uint8Array, _store: StateStore, arena: Arena, receive: (rows: StateRows, change: StateChange) => void): void {
    const { keyForm } = this.#parts, updated = this.#parts.make(), removed = this.#parts.make();
    try {
      updated.table.load(block);
      removed.table.loadRemoved(block);
      for (const rows of rowsOf(removed, arena, 0, KEY_GROUPS)) {
        const gone = without(rows, updated.table, arena);
        if (gone.count > 0) receive(shown(gone, keyForm, arena), "delete");
      }
      for (const rows of rowsOf(updated, arena, 0, KEY_GROUPS)) receive(shown(rows, keyForm, arena), "update");
    } finally {
      updated.release();
      removed.release();
    }
  }

  release(): void {
    this.#own?.release();
    this.#own = undefined;
  }

  get #table(): ReadableTable { return this.#parts.of ?? (this.#own ??= this.#parts.make()); }
}

function shown(rows: StateRows, keyForm: KeyForm | undefined, arena: Arena): StateRows {
  return keyForm === undefined || rows.count === 0 ? rows : { ...rows, keys: keyForm.shown(rows.keys, rows.count, arena) };
}

function* rowsOf(readable: ReadableTable, arena: Arena, fromKeyGroup: number, toKeyGroup: number): Generator<StateRows> {
  const { table } = readable;
  for (let keyGroup = fromKeyGroup; keyGroup < toKeyGroup; keyGroup++) {
    const { pointer, count } = table.groupsOf(keyGroup, keyGroup + 1);
    for (let from = 0; from < count; from += BATCH_ROWS) yield read(readable, keyGroup, pointer + 4 * from, Math.min(BATCH_ROWS, count - from), arena);
  }
}

function read(readable: ReadableTable, keyGroup: number, addresses: number, count: number, arena: Arena): StateRows {
  return { keyGroup, count, keys: readable.table.keyVectors(addresses, count, arena), values: readable.values(addresses, count, arena) };
}

const ONE_ROW: Selection = { pointer: 0, count: 1 };

function found(readable: ReadableTable, keys: readonly Vector[], arena: Arena): StateRows {
  const words = linearMemory().u32, out = readable.table.find(keys, ONE_ROW, 1), address = words[out >>> 2]!;
  return address === 0 ? { keyGroup: 0, count: 0, keys: [], values: [] } : read(readable, words[(address + GroupRow.salt) >>> 2]! >>> 24, out, 1, arena);
}

/** The rows whose key a table does not have. */
function without(rows: StateRows, table: StateTable, arena: Arena): StateRows {
  const words = linearMemory().u32, addresses = table.find(rows.keys, { pointer: 0, count: rows.count }, rows.count) >>> 2;
  const left: number[] = [];
  for (let i = 0; i < rows.count; i++) if (words[addresses + i] === 0) left.push(i);
  if (left.length === rows.count) return { ...rows, values: [] };
  const selection = arena.allocate(4 * left.length + 4);
  left.forEach((row, i) => { words[(selection >>> 2) + i] = row; });
  return { ...rows, count: left.length, keys: rows.keys.map(column => gather(column, selection, left.length, arena)), values: [] };
}
