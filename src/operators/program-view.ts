/** The view of a program's state: a store a variable, and one of timers, with the columns that Spark's reader shows. */
import { vectorOf } from "../columns/cells.ts";
import { unsupported } from "../base/errors.ts";
import { KEY_GROUPS } from "../kernels/table.ts";
import type { Arena } from "../memory/arena.ts";
import { linearMemory } from "../memory/linear-memory.ts";
import type { StateVariable } from "../plan/stateful-program.ts";
import { NO_TIME } from "../state/entry-store.ts";
import { ProgramState } from "../state/program-state.ts";
import { parseStateSchema, stateSchemaText } from "../state/state-schema.ts";
import type { Cell } from "../types/cell.ts";
import { BIGINT, field, struct, type StructType } from "../types/data-type.ts";
import { describeFields, describedFields, type StateDescription, type StateRows, type StateStore, type StateView } from "./state-view.ts";

export const PROGRAM = "program";
const TIMERS = "$timers";
const ROWS = 1024;

interface Shape { readonly key: StructType; readonly timeMode: string; readonly variables: readonly StateVariable[]; readonly isGroupState: boolean }

/** `state`: the operator's own; left out for a view that loads blocks by itself. */
export function programView(shape: Shape, state?: ProgramState): StateView {
  const { key, timeMode, variables, isGroupState } = shape;
  let own: ProgramState | undefined;
  const all = () => state ?? (own ??= new ProgramState({ keyTypes: key.fields.map(f => f.type), variables, timeMode, logged: false }));
  const stores = variables.map((variable, index): StateStore => {
    const value = valueOf(variable);
    return {
      name: isGroupState ? "default" : variable.name, key, value,
      get count() { return all().entries.counts[index]!; },
      rows: (arena, from = 0, to = KEY_GROUPS) => rowsOf(all(), index, value, arena, from, to, entry => cellsOf(all(), variable, entry)),
    };
  });
  const timer = struct([field("expiration_timestamp_ms", BIGINT)]);
  const timers: StateStore = {
    name: TIMERS, key, value: timer,
    get count() { return all().timers.count; },
    rows: (arena, from = 0, to = KEY_GROUPS) => rowsOf(all(), variables.length, timer, arena, from, to, entry => [all().entries.timeOf(entry) / 1000n]),
  };
  return {
    description: { kind: PROGRAM, keys: describeFields(key), schema: stateSchemaText(timeMode, variables), isGroupState },
    stores: [...stores, timers],
    load(block) { all().load(block); },
    changes() { throw unsupported("readChangeFeed of a program's state", "read the state after two batches, with batchId, and compare"); },
    release() {
      own?.release();
      own = undefined;
    },
  };
}

export function openProgramView(description: StateDescription): StateView {
  const { timeMode, variables } = parseStateSchema(description["schema"] as string)!;
  return programView({
    key: describedFields(description["keys"]), timeMode, isGroupState: description["isGroupState"] === true,
    variables: variables.map(({ hasTtl, ...variable }) => ({ ...variable, ...(hasTtl && { ttlMicros: 1n }) })),
  });
}

function valueOf({ kind, keyType, type, ttlMicros }: StateVariable): StructType {
  const fields = kind === "map" ? [field("user_map_key", keyType!), field("user_map_value", type)] : kind === "list" ? [field("list_element", type)] : [field("value", type)];
  return struct([...fields, ...(ttlMicros === undefined ? [] : [field("ttlExpirationMs", BIGINT)])]);
}

function cellsOf(state: ProgramState, { kind, keyType, type, ttlMicros }: StateVariable, entry: number): Cell[] {
  const ends = state.entries.timeOf(entry);
  return [...(kind === "map" ? [state.readKey(entry, keyType!)] : []), state.read(entry, type), ...(ttlMicros === undefined ? [] : [ends === NO_TIME ? null : ends / 1000n])];
}

/** A row an entry, by key group. */
function* rowsOf(state: ProgramState, variable: number, value: StructType, arena: Arena, from: number, to: number, cells: (entry: number) => Cell[]): Generator<StateRows> {
  const { entries, table } = state, { u32 } = linearMemory();
  for (let keyGroup = from; keyGroup < to; keyGroup++) {
    const found = table.groupsOf(keyGroup, keyGroup + 1), groups = Array.from(u32.subarray(found.pointer >>> 2, (found.pointer >>> 2) + found.count));
    let keys: number[] = [], rows: Cell[][] = [];
    const flush = (): StateRows => {
      const list = arena.allocate(4 * keys.length);
      keys.forEach((group, i) => { u32[(list >>> 2) + i] = group; });
      const result = { keyGroup, count: keys.length, keys: table.keyVectors(list, keys.length, arena), values: value.fields.map(({ type }, i) => vectorOf(type, rows.map(row => row[i]!), arena)) };
      keys = [];
      rows = [];
      return result;
    };
    for (const group of groups) {
      for (let entry = entries.first(group, variable); entry !== 0; entry = entries.next(entry)) {
        keys.push(group);
        rows.push(cells(entry));
        if (keys.length === ROWS) yield flush();
      }
    }
    if (keys.length > 0) yield flush();
  }
}
