/** Drops late rows, and hands them to whoever keeps them. */
import { Batch, type Selection } from "../columns/batch.ts";
import { differenceOf } from "../columns/selections.ts";
import type { Vector } from "../columns/vector.ts";
import type { ExecutionContext } from "./context.ts";
import { dropLate } from "./event-time-key.ts";

/** Late rows of one batch of columns; borrowed, as batches are. */
export interface LateBatch {
  readonly operatorId: number;
  /** Spark's name of the operator, as in progress. */
  readonly operator: string;
  /** The operator's input, its late rows selected. */
  readonly rows: Batch;
  /** The time that each was judged by: its event time, or the end of its window or session. */
  readonly time: Vector;
  readonly timeOf: "event time" | "window end" | "session end";
  readonly watermarkMicros: bigint;
}
export type LateReceiver = (late: LateBatch) => void;

/** `from` less `kept` are late. A row of overlapping windows is told once, with the latest of them. */
export function tellLate(
  context: ExecutionContext, operator: Pick<LateBatch, "operatorId" | "operator" | "timeOf">, batch: Batch, from: Selection, kept: Selection, time: Vector,
): void {
  const receiver = context.lateReceiver;
  if (receiver === undefined || kept.count === from.count || context.windowIndex > 0) return;
  const late = kept.count === 0 ? from : differenceOf(from, kept, context.arena);
  receiver({ ...operator, rows: new Batch(batch.schema, batch.columns, batch.length, late), time, watermarkMicros: context.lateWatermarkMicros! });
}

/** The rows of a batch that are not late by a column, a time or a window; the others are told. `column` -1: none is late. */
export function dropLateBy(column: number, batch: Batch, context: ExecutionContext, operator: Pick<LateBatch, "operatorId" | "operator">): Selection {
  if (column < 0) return batch.selection;
  const time = judgedTime(batch.columns[column]!), kept = dropLate(time, batch.selection, context);
  tellLate(context, { ...operator, timeOf: time === batch.columns[column] ? "event time" : "window end" }, batch, batch.selection, kept, time);
  return kept;
}

/** What a column is late by: its time, or the end of its window. */
export function judgedTime(column: Vector): Vector { return column.physical === "struct" ? column.children[1]! : column; }
