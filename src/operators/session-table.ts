/**
 * The table of open sessions: a group a session, under its keys and the time of the row that it began with. That time lies
 * in the session as long as it lives, so no two sessions of a key share it. The state is where the session begins and ends,
 * then what its aggregates know.
 */
import { Vector } from "../columns/vector.ts";
import { kernels } from "../kernels/kernels.ts";
import type { Arena } from "../memory/arena.ts";
import type { Evaluator } from "../plan/function.ts";
import type { StructType } from "../types/data-type.ts";
import { AggregateUpdater, type AggregateSpec } from "./aggregate-updater.ts";
import type { ExecutionContext } from "./context.ts";

const BOUNDS_BYTES = 16, END = 8;

/** `keys`: without the session. `start`: of a row's own session. */
export function sessionTable(keys: readonly Evaluator[], start: Evaluator, aggregates: readonly AggregateSpec[], logged: boolean): AggregateUpdater {
  return new AggregateUpdater({ keys: [...keys, start], aggregates, logged, own: { bytes: BOUNDS_BYTES, time: END, schema: "session" } });
}

/** The columns of sessions: keys (the last is the time of the first row), the session as a window, results. */
export function sessionColumns(updater: AggregateUpdater, type: StructType, addresses: number, count: number, context: ExecutionContext, arena: Arena): { readonly keys: readonly Vector[]; readonly session: Vector; readonly results: readonly Vector[] } {
  const columns = updater.results(addresses, count, context, arena), keys = updater.keyTypes.length;
  const bounds = [0, END].map((at, i) => {
    const data = arena.allocate(8 * count);
    kernels().gather64(addresses, count, updater.table.stateOffset + at, data);
    return new Vector(type.fields[i]!.type, data, 0);
  });
  return { keys: columns.slice(0, keys), session: new Vector(type, 0, 0, { children: bounds }), results: columns.slice(keys) };
}
