/** A look into the state of a running query, between two batches: by key, by range, a bounded number of rows at a time. */
import { AnalysisError, nearest } from "../base/errors.ts";
import { cellAt, vectorOf } from "../columns/cells.ts";
import { cellOrder, nullsFirst } from "../columns/compare-cells.ts";
import type { Vector } from "../columns/vector.ts";
import { Arena } from "../memory/arena.ts";
import type { StateRows, StateStore } from "../operators/state-view.ts";
import type { StatefulOperator } from "../operators/stateful.ts";
import { Pause } from "../physical/run.ts";
import type { Cell } from "../types/cell.ts";
import type { DataType, StructField, StructType } from "../types/data-type.ts";
import { looseCell, valueToCell } from "../types/edge-values.ts";

export interface StateRequest {
  /** Its number in the plan, from the sources down; 0 unless said otherwise. */
  readonly operator?: number | undefined;
  /** `default` unless said otherwise; of a join `left` or `right`, of a program a variable. */
  readonly store?: string | undefined;
  /** Fields of the key by name, some or all; or the value of a key of one field. */
  readonly key?: unknown;
  /** Only rows whose time (the start of a window, a time in the key, or else the first field of the key) is `from` or later, and before `to`. */
  readonly from?: unknown;
  readonly to?: unknown;
  /** At most so many rows, 1 to 10,000; 100 unless said otherwise. */
  readonly limit?: number | undefined;
  /** `next` of the page before. */
  readonly after?: string | undefined;
}

export interface StatePage {
  /** The batch after which the state is so; -1: none yet. */
  readonly batchId: number;
  readonly operator: number;
  readonly operatorName: string;
  readonly store: string;
  readonly key: StructType;
  readonly value: StructType;
  /** Rows of the whole store. */
  readonly rowsTotal: number;
  readonly rows: readonly { readonly key: readonly Cell[]; readonly value: readonly Cell[]; readonly partition: number }[];
  /** There may be more: ask with it as `after`. Rows that come, change or go in between may be missed or come twice. */
  readonly next: string | undefined;
}

/** Rows looked at in one turn, and how long at most once there were some: no batch waits longer. */
const LOOKS = 250_000, FEW_LOOKS = 16_384, TURN_MILLIS = 50;
const MAX_LIMIT = 10_000, DEFAULT_LIMIT = 100;

/** @throws AnalysisError MILLRACE_NO_SUCH_STATE, MILLRACE_STATE_UNREADABLE, and what is wrong with the values given */
export async function readLiveState(operators: readonly StatefulOperator[], batchId: number, request: StateRequest, signal: AbortSignal): Promise<StatePage> {
  const { operator, store } = storeOf(operators, request), limit = limitOf(request.limit), arena = new Arena(), rows: StatePage["rows"][number][] = [];
  const take = (found: StateRows, i: number): void => {
    rows.push({ key: found.keys.map(column => cellAt(column, i)), value: found.values.map(column => cellAt(column, i)), partition: found.keyGroup });
  };
  let next: string | undefined;
  try {
    const key = keyOf(request.key, store.key);
    if (key !== undefined && !key.includes(undefined) && store.find !== undefined) {
      const found = store.find(store.key.fields.map((field, i) => vectorOf(field.type, [key[i]!], arena)), arena);
      const passes = testOf(store, undefined, request, found);
      for (let i = 0; i < found.count; i++) if (passes(i)) take(found, i);
    } else next = await scan(store, key, request, limit, arena, signal, take, () => rows.length);
  } finally { arena.release(); }
  return {
    batchId, operator: operator.operatorId, operatorName: operator.metrics().operatorName, store: store.name, key: store.key, value: store.value, rowsTotal: store.count, rows, next,
  };
}

/** Goes through the store until there are enough rows or it has looked at many. Returns where to go on. */
async function scan(
  store: StateStore, key: readonly (Cell | undefined)[] | undefined, request: StateRequest, limit: number, arena: Arena, signal: AbortSignal,
  take: (found: StateRows, i: number) => void, taken: () => number,
): Promise<string | undefined> {
  const start = placeOf(request.after), pause = new Pause(signal), begun = performance.now();
  let { keyGroup } = start, index = 0, looked = 0;
  for (const found of store.rows(arena, keyGroup)) {
    if (found.keyGroup !== keyGroup) index = 0;
    keyGroup = found.keyGroup;
    const passes = testOf(store, key, request, found);
    for (let i = 0; i < found.count; i++, index++) {
      if (keyGroup === start.keyGroup && index < start.index) continue;
      if (taken() >= limit || looked >= LOOKS) return `${keyGroup}.${index}`;
      looked++;
      if (passes(i)) take(found, i);
    }
    arena.reset();
    if (looked >= FEW_LOOKS && performance.now() - begun > TURN_MILLIS) return `${keyGroup}.${index}`;
    if (pause.due) await pause.now();
  }
  return undefined;
}

/** Whether a row of a batch is asked for. */
function testOf(store: StateStore, key: readonly (Cell | undefined)[] | undefined, { from, to }: StateRequest, rows: StateRows): (row: number) => boolean {
  const tests: ((row: number) => boolean)[] = [];
  key?.forEach((wanted, i) => {
    if (wanted === undefined) return;
    const column = rows.keys[i]!, order = nullsFirst(cellOrder(store.key.fields[i]!.type));
    tests.push(row => order(cellAt(column, row), wanted) === 0);
  });
  if ((from !== undefined || to !== undefined) && rows.count > 0) {
    const { type, of } = rangeOf(store.key), column = of(rows.keys), order = nullsFirst(cellOrder(type));
    const low = from === undefined ? undefined : given(from, type, "from"), high = to === undefined ? undefined : given(to, type, "to");
    tests.push(row => {
      const cell = cellAt(column, row);
      return cell !== null && (low === undefined || order(cell, low) >= 0) && (high === undefined || order(cell, high) < 0);
    });
  }
  return row => tests.every(test => test(row));
}

const isTime = ({ kind }: DataType): boolean => kind === "timestamp" || kind === "timestamp_ntz";

/** What from and to are about. */
function rangeOf({ fields }: StructType): { readonly type: DataType; readonly of: (keys: readonly Vector[]) => Vector } {
  const window = fields.findIndex(({ type }) => type.kind === "struct" && type.fields.length === 2 && type.fields[0]!.name === "start" && isTime(type.fields[0]!.type));
  if (window >= 0) return { type: (fields[window]!.type as StructType).fields[0]!.type, of: keys => keys[window]!.children[0]! };
  const time = fields.findIndex(({ type }) => isTime(type)), at = time < 0 ? 0 : time;
  if (fields.length === 0) throw wrong("from", "the state has no key, so it has no ranges");
  return { type: fields[at]!.type, of: keys => keys[at]! };
}

/** The cells of the key; undefined where a field isn't given. */
function keyOf(key: unknown, { fields }: StructType): readonly (Cell | undefined)[] | undefined {
  if (key === undefined) return undefined;
  const isObject = typeof key === "object" && key !== null && Object.getPrototypeOf(key) === Object.prototype;
  if (!isObject || (fields.length === 1 && fields[0]!.type.kind === "struct" && !Object.hasOwn(key, fields[0]!.name))) {
    if (fields.length !== 1) throw wrong("key", `the key has the fields ${namesOf(fields)}: give them by name`);
    return [given(key, fields[0]!.type, fields[0]!.name)];
  }
  for (const name of Object.keys(key)) {
    if (fields.some(field => field.name === name)) continue;
    const [near] = nearest(name, fields.map(field => field.name));
    throw wrong("key", `there is no field ${name} among ${namesOf(fields)}${near === undefined ? "" : `; did you mean ${near}?`}`);
  }
  return fields.map(({ name, type }) => (Object.hasOwn(key, name) ? given((key as Record<string, unknown>)[name], type, name) : undefined));
}

const given = (value: unknown, type: DataType, name: string): Cell => looseCell(value, type) ?? valueToCell(value, type, name);
const namesOf = (fields: readonly StructField[]): string => fields.map(field => field.name).join(", ");

function storeOf(operators: readonly StatefulOperator[], { operator: wanted = 0, store: name }: StateRequest): { readonly operator: StatefulOperator; readonly store: StateStore } {
  const operator = operators.find(({ operatorId }) => operatorId === wanted);
  if (operator === undefined) throw noState(operators.length === 0 ? "the query has no operator with state" : `there is no operator ${wanted}; those with state are ${operators.map(each => `${each.operatorId} (${each.metrics().operatorName})`).join(", ")}`);
  const stores = operator.stateView?.stores;
  if (stores === undefined) throw new AnalysisError({ condition: "MILLRACE_STATE_UNREADABLE", sqlState: "0A000", message: `The state of operator ${wanted} (${operator.metrics().operatorName}) can't be read as rows.` });
  const store = stores.find(each => each.name === (name ?? "default")) ?? (name === undefined && stores.length === 1 ? stores[0] : undefined);
  if (store === undefined) throw noState(`operator ${wanted} (${operator.metrics().operatorName}) has the stores ${stores.map(each => each.name).join(", ")}`);
  return { operator, store };
}

function limitOf(limit = DEFAULT_LIMIT): number {
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT) throw wrong("limit", `it is a whole number from 1 to ${MAX_LIMIT}`);
  return limit;
}

function placeOf(after: string | undefined): { readonly keyGroup: number; readonly index: number } {
  if (after === undefined) return { keyGroup: 0, index: 0 };
  const [, keyGroup, index] = /^(\d{1,3})\.(\d{1,15})$/.exec(after) ?? [];
  if (keyGroup === undefined) throw wrong("after", "it is `next` of the page before");
  return { keyGroup: Number(keyGroup), index: Number(index) };
}

function wrong(option: string, message: string): AnalysisError {
  return new AnalysisError({ condition: "MILLRACE_INVALID_OPTION", sqlState: "22023", message: `A read of state can't take this ${option}: ${message}.`, messageParameters: { option } });
}

function noState(reason: string): AnalysisError {
  return new AnalysisError({ condition: "MILLRACE_NO_SUCH_STATE", sqlState: "42704", message: `There is no such state: ${reason}.`, messageParameters: { reason } });
}
