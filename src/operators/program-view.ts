/**
 * The view of a program's state: a store a variable, and one of timers. Values that are no structs stand in a field
 * `value`, as in Spark; those that live for a time beside `ttlExpirationMs`. A list gives a row an item, a map a row an
 * entry; `whole` gives a row a key.
 */
import { BATCH_ROWS } from "../columns/batch.ts";
import { VectorBuilder, cellAt } from "../columns/cells.ts";
import { encodeCell } from "../columns/row-codec.ts";
import type { Vector } from "../columns/vector.ts";
import { KEY_GROUPS } from "../kernels/table.ts";
import { Arena } from "../memory/arena.ts";
import { linearMemory } from "../memory/linear-memory.ts";
import type { StateVariable } from "../plan/stateful-program.ts";
import { NO_TIME } from "../state/entry-store.ts";
import { ProgramState } from "../state/program-state.ts";
import { parseStateSchema, stateSchemaText } from "../state/state-schema.ts";
import type { Cell } from "../types/cell.ts";
import { BIGINT, type DataType, type StructType } from "../types/data-type.ts";
import { describeFields, describedFields, type StateChange, type StateDescription, type StateLayout, type StateRows, type StateStore, type StateView } from "./state-view.ts";

export const PROGRAM = "program";
/** The store of timers. */
export const TIMERS = "$timers";

export interface ProgramShape {
  /** Of the grouping columns. */
  readonly key: StructType;
  readonly timeMode: string;
  readonly variables: readonly StateVariable[];
  /** flatMapGroupsWithState or its kin: one variable. */
  readonly isGroupState: boolean;
}

/** A row: an entry of a group, or 0 for one that is of the group alone. */
interface Item { readonly keyGroup: number; readonly group: number; readonly entry: number }

/** What a store shows. */
interface Shown {
  readonly name: string;
  readonly layout: StateLayout;
  readonly key: StructType;
  readonly value: StructType;
  count(state: ProgramState): number;
  /** The rows of a group. */
  items(state: ProgramState, group: number): Iterable<number>;
  /** The cells behind the grouping columns: of the rest of the key, then of the value. */
  cells(state: ProgramState, item: Item): readonly Cell[];
}

/** `own`: the operator's state. */
export function programView(shape: ProgramShape, own?: ProgramState): StateView {
  const make = (): ProgramState => new ProgramState({ keyTypes: shape.key.fields.map(field => field.type), variables: shape.variables, timeMode: shape.timeMode, logged: false });
  let made: ProgramState | undefined;
  const state = (): ProgramState => own ?? (made ??= make());
  const shown = shownOf(shape);
  const stores = shown.map(({ flat, whole }) => storeOf(flat, shape.key, state, whole && storeOf(whole, shape.key, state)));
  return {
    description: { kind: PROGRAM, keys: describeFields(shape.key), schema: stateSchemaText(shape.timeMode, shape.variables), isGroupState: shape.isGroupState },
    stores, changesNeedState: true,
    load(block) { state().load(block); },
    changes(block, store, arena, receive) {
      const before = make(), after = make(), { flat } = shown[stores.indexOf(store)]!;
      try {
        const bytes = state().entriesBefore(block);
        for (const one of [before, after]) if (bytes.length > 0) one.load(bytes);
        after.load(block);
        tellChanges(flat, shape.key, before, after, arena, receive);
      } finally {
        before.release();
        after.release();
      }
    },
    release() {
      made?.release();
      made = undefined;
    },
  };
}

export function openProgramView(description: StateDescription): StateView {
  const { timeMode, variables } = parseStateSchema(description["schema"] as string)!;
  return programView({
    key: describedFields(description["keys"]), timeMode, isGroupState: description["isGroupState"] === true,
    // How long a value lives is not kept: its entries say when they end.
    variables: variables.map(({ hasTtl, ...variable }) => ({ ...variable, ...(hasTtl && { ttlMicros: 0n }) })),
  });
}

function storeOf(shown: Shown, keys: StructType, state: () => ProgramState, whole?: StateStore): StateStore {
  return {
    ...(whole !== undefined && { whole }), name: shown.name, layout: shown.layout, key: shown.key, value: shown.value,
    get count() { return shown.count(state()); },
    rows: (arena, from = 0, to = KEY_GROUPS) => rowsOf(state(), shown, keys, arena, from, to),
  };
}

function* itemsOf(state: ProgramState, shown: Shown, from: number, to: number): Generator<Item> {
  const { u32 } = linearMemory();
  for (let keyGroup = from; keyGroup < to; keyGroup++) {
    const { pointer, count } = state.table.groupsOf(keyGroup, keyGroup + 1), groups = Array.from(u32.subarray(pointer >>> 2, (pointer >>> 2) + count));
    for (const group of groups) for (const entry of shown.items(state, group)) yield { keyGroup, group, entry };
  }
}

function* rowsOf(state: ProgramState, shown: Shown, keys: StructType, arena: Arena, from: number, to: number): Generator<StateRows> {
  for (const items of inBatches(itemsOf(state, shown, from, to))) yield read(state, shown, keys, items, arena);
}

/** Of one key group each. */
function* inBatches(items: Iterable<Item>): Generator<readonly Item[]> {
  let batch: Item[] = [];
  for (const item of items) {
    if (batch.length === BATCH_ROWS || batch.length > 0 && batch[0]!.keyGroup !== item.keyGroup) {
      yield batch;
      batch = [];
    }
    batch.push(item);
  }
  if (batch.length > 0) yield batch;
}

function read(state: ProgramState, shown: Shown, keys: StructType, items: readonly Item[], arena: Arena): StateRows {
  const { u32 } = linearMemory(), addresses = arena.allocate(4 * items.length + 4), more = shown.key.fields.slice(keys.fields.length);
  items.forEach((item, i) => { u32[(addresses >>> 2) + i] = item.group; });
  const builders = [...more, ...shown.value.fields].map(field => new VectorBuilder(field.type, arena, items.length));
  for (const item of items) shown.cells(state, item).forEach((cell, i) => builders[i]!.append(cell));
  const columns = builders.map((builder): Vector => builder.finish());
  return {
    keyGroup: items[0]!.keyGroup, count: items.length, values: columns.slice(more.length),
    keys: [...state.table.keyVectors(addresses, items.length, arena), ...columns.slice(0, more.length)],
  };
}

// ---- what is shown

function shownOf({ isGroupState, timeMode, key: keys, variables }: ProgramShape): readonly { readonly flat: Shown; readonly whole?: Shown }[] {
  if (isGroupState) return [{ flat: groupState(keys, variables[0]!.type) }];
  return [...variables.map((variable, number) => shownVariable(keys, variable, number)), ...(timeMode === "None" ? [] : [{ flat: timers(keys, variables.length) }])];
}

const one = (name: string, type: DataType): StructType => ({ kind: "struct", fields: [{ name, type, nullable: true }] });
const asStruct = (type: DataType): StructType => (type.kind === "struct" ? type : one("value", type));
const inStruct = (type: DataType, cell: Cell): readonly Cell[] => (type.kind === "struct" ? cell as readonly Cell[] : [cell]);
const millis = (micros: bigint): bigint | null => (micros === NO_TIME ? null : micros / 1000n);

function* chain(state: ProgramState, group: number, variable: number): Generator<number> {
  for (let entry = state.entries.first(group, variable); entry !== 0; entry = state.entries.next(entry)) yield entry;
}

function shownVariable(keys: StructType, { name, kind, type, keyType, ttlMicros }: StateVariable, number: number): { readonly flat: Shown; readonly whole?: Shown } {
  const plain = asStruct(type), hasTtl = ttlMicros !== undefined;
  const value: StructType = hasTtl ? { kind: "struct", fields: [{ name: "value", type: plain, nullable: true }, { name: "ttlExpirationMs", type: BIGINT, nullable: true }] } : plain;
  const valueCells = (state: ProgramState, entry: number): readonly Cell[] => {
    const cells = inStruct(type, state.read(entry, type));
    return hasTtl ? [cells, millis(state.entries.timeOf(entry))] : cells;
  };
  const entries = { name, count: (state: ProgramState) => state.entries.counts[number]!, items: (state: ProgramState, group: number) => chain(state, group, number) };
  const groups = {
    name, key: keys, count: (state: ProgramState) => state.entries.groups[number]!,
    items: (state: ProgramState, group: number) => (state.entries.first(group, number) === 0 ? [] : [0]),
  };
  if (kind === "value") return { flat: { ...entries, layout: "value", key: keys, value, cells: (state, { entry }) => valueCells(state, entry) } };
  if (kind === "list") return {
    flat: { ...entries, layout: "list", key: keys, value, cells: (state, { entry }) => valueCells(state, entry) },
    whole: { ...groups, layout: "whole", value: one("list_value", { kind: "array", element: value, containsNull: true }), cells: (state, { group }) => [Array.from(chain(state, group, number), entry => valueCells(state, entry))] },
  };
  const userKey = asStruct(keyType!), userKeyCells = (state: ProgramState, entry: number) => inStruct(keyType!, state.readKey(entry, keyType!));
  return {
    flat: {
      ...entries, layout: "map", key: { kind: "struct", fields: [...keys.fields, { name: "user_map_key", type: userKey, nullable: true }] }, value,
      cells: (state, { entry }) => [userKeyCells(state, entry), ...valueCells(state, entry)],
    },
    whole: {
      ...groups, layout: "whole", value: one("map_value", { kind: "map", key: userKey, value, valueContainsNull: true }),
      cells: (state, { group }) => [{ entries: Array.from(chain(state, group, number), entry => [userKeyCells(state, entry), valueCells(state, entry)] as const) }],
    },
  };
}

function timers(keys: StructType, variable: number): Shown {
  return {
    name: TIMERS, layout: "timers", key: keys, value: one("expiration_timestamp_ms", BIGINT), count: state => state.entries.counts[variable]!,
    items: (state, group) => chain(state, group, variable), cells: (state, { entry }) => [millis(state.entries.timeOf(entry))],
  };
}

/** flatMapGroupsWithState and its kin: one value and one timeout a key, as Spark keeps them. */
function groupState(keys: StructType, type: DataType): Shown {
  const value: StructType = { kind: "struct", fields: [{ name: "groupState", type: asStruct(type), nullable: true }, { name: "timeoutTimestamp", type: BIGINT, nullable: true }] };
  return {
    name: "default", layout: "value", key: keys, value, count: state => state.table.count, items: () => [0],
    cells(state, { group }) {
      const entry = state.entries.first(group, 0), timer = state.entries.first(group, 1);
      return [entry === 0 ? null : inStruct(type, state.read(entry, type)), timer === 0 ? -1n : millis(state.entries.timeOf(timer))];
    },
  };
}

// ---- changes

/** The rows that are in one state and not, or otherwise, in another. A list that only grew tells what came; another is told anew. */
function tellChanges(shown: Shown, keys: StructType, before: ProgramState, after: ProgramState, arena: Arena, receive: (rows: StateRows, change: StateChange) => void): void {
  const old = textsOf(before, shown, keys), now = textsOf(after, shown, keys), gone: Item[] = [], updated: Item[] = [], appended: Item[] = [];
  for (const [key, { items, values }] of old) if (!now.has(key) || shown.layout === "list" && !startsWith(now.get(key)!.values, values)) gone.push(items[0]!);
  for (const [key, { items, values }] of now) {
    const known = old.get(key)?.values;
    if (shown.layout === "list" && known !== undefined && startsWith(values, known)) appended.push(...items.slice(known.length));
    else if (known === undefined || known[0] !== values[0] || shown.layout === "list") updated.push(...items);
  }
  const tell = (state: ProgramState, items: readonly Item[], change: StateChange): void => { for (const batch of inBatches(items)) receive(read(state, shown, keys, batch, arena), change); };
  tell(before, gone, "delete");
  tell(after, updated, "update");
  tell(after, appended, "append");
}

const startsWith = (list: readonly string[], start: readonly string[]): boolean => start.every((item, i) => list[i] === item);

/** The rows of a state by the text of their key; of a list all items of a key. */
function textsOf(state: ProgramState, shown: Shown, keys: StructType): ReadonlyMap<string, { readonly items: Item[]; readonly values: string[] }> {
  const found = new Map<string, { items: Item[]; values: string[] }>(), arena = new Arena(), more = shown.key.fields.length - keys.fields.length;
  const text = (type: DataType, cell: Cell): string => Buffer.from(encodeCell(type, cell)).toString("latin1");
  try {
    for (const items of inBatches(itemsOf(state, shown, 0, KEY_GROUPS))) {
      const rows = read(state, shown, keys, items, arena);
      items.forEach((item, i) => {
        const cells = rows.keys.map(column => cellAt(column, i)), timer = shown.layout === "timers" ? text(BIGINT, cellAt(rows.values[0]!, i)) : "";
        const key = text(more === 0 ? keys : shown.key, cells) + timer, value = text(shown.value, rows.values.map(column => cellAt(column, i))), known = found.get(key);
        if (known === undefined) found.set(key, { items: [item], values: [value] });
        else {
          known.items.push(item);
          known.values.push(value);
        }
      });
      arena.reset();
    }
  } finally { arena.release(); }
  return found;
}
