/** The view of the rows that a join of streams keeps: a store a side, as Spark's option joinSide shows them. */
import { BATCH_ROWS } from "../columns/batch.ts";
import { vectorOf } from "../columns/cells.ts";
import { ByteReader, readCell } from "../columns/row-codec.ts";
import { KEY_GROUPS } from "../kernels/table.ts";
import type { Arena } from "../memory/arena.ts";
import { RowStore, rowKeyGroup, type StoredRow } from "../state/row-store.ts";
import type { Cell } from "../types/cell.ts";
import type { DataType, StructType } from "../types/data-type.ts";
import { describeFields, describedFields, type StateDescription, type StateRows, type StateStore, type StateView } from "./state-view.ts";

export const JOIN = "join";
const SIDES = ["left", "right"] as const;

export interface JoinShape {
  readonly keyTypes: readonly DataType[];
  /** The columns of the left and the right rows. */
  readonly sides: readonly [StructType, StructType];
}

/** `stores`: the operator's own. */
export function joinView({ keyTypes, sides }: JoinShape, stores?: readonly [RowStore, RowStore]): StateView {
  const make = (): [RowStore, RowStore] => [new RowStore(typesOf(sides[0])), new RowStore(typesOf(sides[1]))];
  const own = stores === undefined ? make() : undefined, of = stores ?? own!;
  const key: StructType = { kind: "struct", fields: keyTypes.map((type, i) => ({ name: `field${i}`, type, nullable: true })) };
  const columns = (keyGroup: number, rows: readonly StoredRow[], value: StructType, arena: Arena): StateRows => {
    const keys = rows.map(row => keyCells(keyTypes, row.key));
    return {
      keyGroup, count: rows.length, keys: keyTypes.map((type, i) => vectorOf(type, keys.map(cells => cells[i]!), arena)),
      values: value.fields.map((field, i) => vectorOf(field.type, rows.map(row => row.cells[i]!), arena)),
    };
  };
  const tables = SIDES.map((name, side): StateStore => ({
    name, key, value: sides[side]!,
    get count() { return of[side]!.count; },
    *rows(arena, from = 0, to = KEY_GROUPS) {
      for (const [keyGroup, rows] of byKeyGroup(of[side]!.rows(), from, to)) yield columns(keyGroup, rows, sides[side]!, arena);
    },
  }));
  return {
    description: { kind: JOIN, keys: describeFields(key), left: describeFields(sides[0]), right: describeFields(sides[1]) }, stores: tables, changesNeedState: true,
    load(block) { for (const [side, bytes] of framesOf(block)) of[side].load(bytes); },
    changes(block, store, arena, receive) {
      const side = tables.indexOf(store);
      for (const [framed, bytes] of framesOf(block)) {
        if (framed !== side) continue;
        const { added, removed } = of[side].read(bytes);
        for (const [keyGroup, rows] of byKeyGroup(removed, 0, KEY_GROUPS)) receive(columns(keyGroup, rows, sides[side], arena), true);
        for (const [keyGroup, rows] of byKeyGroup(added, 0, KEY_GROUPS)) receive(columns(keyGroup, rows, sides[side], arena), false);
      }
    },
    release() { for (const store of own ?? []) store.clear(); },
  };
}

export function openJoinView(description: StateDescription): StateView {
  const [keys, left, right] = ["keys", "left", "right"].map(part => describedFields(description[part])) as [StructType, StructType, StructType];
  return joinView({ keyTypes: typesOf(keys), sides: [left, right] });
}

/** The blocks of both sides that stand behind one another in one. */
export function* framesOf(block: Uint8Array): Generator<[side: 0 | 1, bytes: Uint8Array]> {
  const reader = new ByteReader(block);
  while (reader.position < reader.end) {
    const side = reader.byte() === 0 ? 0 : 1;
    yield [side, reader.bytes(reader.varint())];
  }
}

const typesOf = (schema: StructType): readonly DataType[] => schema.fields.map(field => field.type);

function keyCells(types: readonly DataType[], key: string): Cell[] {
  const reader = new ByteReader(Buffer.from(key, "latin1"));
  return types.map(type => readCell(reader, type));
}

/** Rows in the order of their key groups, at most BATCH_ROWS at a time. */
function* byKeyGroup(rows: Iterable<StoredRow>, from: number, to: number): Generator<[keyGroup: number, rows: readonly StoredRow[]]> {
  const groups: StoredRow[][] = Array.from({ length: to - from }, () => []);
  for (const row of rows) {
    const group = rowKeyGroup(row.key);
    if (group >= from && group < to) groups[group - from]!.push(row);
  }
  for (const [i, group] of groups.entries()) for (let at = 0; at < group.length; at += BATCH_ROWS) yield [from + i, group.slice(at, at + BATCH_ROWS)];
}
