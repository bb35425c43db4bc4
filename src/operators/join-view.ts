/** The view of the rows that a join of streams keeps: a store a side, as Spark's option joinSide shows them. */
import { BATCH_ROWS } from "../columns/batch.ts";
import { KEY_GROUPS } from "../kernels/table.ts";
import type { Arena } from "../memory/arena.ts";
import { linearMemory } from "../memory/linear-memory.ts";
import { JoinState, type JoinShape } from "../state/join-state.ts";
import type { Addresses } from "../state/state-table.ts";
import type { StructType } from "../types/data-type.ts";
import { describeFields, describedFields, type StateDescription, type StateRows, type StateStore, type StateView } from "./state-view.ts";

export const JOIN = "join";
const SIDES = ["left", "right"] as const;
type Side = 0 | 1;

/** `state`: the operator's own. */
export function joinView(shape: JoinShape, state?: JoinState): StateView {
  const { keyTypes, sides, keyColumns } = shape;
  let own: JoinState | undefined;
  const all = () => state ?? (own ??= new JoinState(shape));
  const key: StructType = { kind: "struct", fields: keyTypes.map((type, i) => ({ name: `field${i}`, type, nullable: true })) };
  const tables = SIDES.map((name, i): StateStore => {
    const side = i as Side;
    return {
      name, key, value: sides[side],
      get count() { return all().sides[side].count; },
      rows: (arena, from = 0, to = KEY_GROUPS) => rowsOf(all(), side, sides[side], arena, from, to),
    };
  });
  return {
    description: { kind: JOIN, keys: describeFields(key), left: describeFields(sides[0]), right: describeFields(sides[1]), leftKeys: keyColumns[0], rightKeys: keyColumns[1] },
    stores: tables, changesNeedState: true,
    load(block) { all().load(block); },
    changes(block, store, arena, receive) {
      const side = tables.indexOf(store) as Side, added = new JoinState(shape);
      try {
        for (const rows of rowsOf(all(), side, sides[side], arena, 0, KEY_GROUPS, all().removedBy(block, side))) receive(rows, "delete");
        added.loadAdded(block);
        for (const rows of rowsOf(added, side, sides[side], arena, 0, KEY_GROUPS)) receive(rows, "update");
      } finally {
        added.release();
      }
    },
    release() {
      own?.release();
      own = undefined;
    },
  };
}

export function openJoinView(description: StateDescription): StateView {
  const [keys, left, right] = ["keys", "left", "right"].map(part => describedFields(description[part])) as [StructType, StructType, StructType];
  return joinView({ keyTypes: keys.fields.map(field => field.type), sides: [left, right], keyColumns: [description["leftKeys"] as number[], description["rightKeys"] as number[]] });
}

/** The rows of a side by key group, or some of them. */
function* rowsOf(state: JoinState, side: Side, { fields }: StructType, arena: Arena, from: number, to: number, only?: (row: number) => boolean): Generator<StateRows> {
  for (let keyGroup = from; keyGroup < to; keyGroup++) {
    const { pointer, count } = chosen(state.rowsOf(side, keyGroup), only);
    for (let at = 0; at < count; at += BATCH_ROWS) {
      const some = Math.min(BATCH_ROWS, count - at), addresses = pointer + 4 * at;
      yield {
        keyGroup, count: some, keys: state.keys(side, addresses, some, arena),
        values: fields.map((_, column) => state.sides[side].column(column, addresses, some, arena)),
      };
    }
  }
}

function chosen({ pointer, count }: Addresses, only: ((row: number) => boolean) | undefined): Addresses {
  if (only === undefined) return { pointer, count };
  const words = linearMemory().u32, first = pointer >>> 2;
  let kept = 0;
  for (let i = 0; i < count; i++) if (only(words[first + i]!)) words[first + kept++] = words[first + i]!;
  return { pointer, count: kept };
}
