/** The view of a limit's count, under the names that Spark gives it. */
import { vectorOf } from "../columns/cells.ts";
import { KEY_GROUPS } from "../kernels/table.ts";
import type { Arena } from "../memory/arena.ts";
import { BIGINT, VOID, type StructType } from "../types/data-type.ts";
import type { StateRows, StateStore, StateView } from "./state-view.ts";

export const LIMIT = "limit";

const KEY: StructType = { kind: "struct", fields: [{ name: "key", type: VOID, nullable: true }] };
const VALUE: StructType = { kind: "struct", fields: [{ name: "value", type: BIGINT, nullable: true }] };

/** `passed`: the rows that the operator let through so far; left out for a view that loads them. */
export function limitView(passed?: () => number): StateView {
  let loaded: number | undefined;
  const here = (): number | undefined => passed?.() ?? loaded;
  const row = (count: number, arena: Arena): StateRows => ({ keyGroup: 0, count: 1, keys: [vectorOf(VOID, [null], arena)], values: [vectorOf(BIGINT, [BigInt(count)], arena)] });
  const store: StateStore = {
    name: "default", key: KEY, value: VALUE,
    get count() { return here() === undefined ? 0 : 1; },
    *rows(arena, from = 0, to = KEY_GROUPS) {
      const count = here();
      if (count !== undefined && from === 0 && to > 0) yield row(count, arena);
    },
  };
  return {
    description: { kind: LIMIT }, stores: [store],
    load(block) { if (block.length > 0) loaded = decodeCount(block); },
    changes(block, _store, arena, receive) { if (block.length > 0) receive(row(decodeCount(block), arena), "update"); },
    release() { /* one number */ },
  };
}

export const openLimitView = (): StateView => limitView();

export function encodeCount(rows: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setFloat64(0, rows, true);
  return bytes;
}

export const decodeCount = (block: Uint8Array): number => new DataView(block.buffer, block.byteOffset).getFloat64(0, true);
