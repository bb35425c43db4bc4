/** Hands the rows that an operator drops as late to whoever keeps them. */
import { Batch, type Selection } from "../columns/batch.ts";
import { differenceOf } from "../columns/selections.ts";
import type { Vector } from "../columns/vector.ts";
import type { ExecutionContext } from "./context.ts";

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
