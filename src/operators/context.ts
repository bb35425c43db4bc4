/** What all operators of a running query share: memory for intermediate results, and what is fixed for one batch of the query. */
import { Arena } from "../memory/arena.ts";
import type { EvalContext, SqlSettings } from "../plan/function.ts";

export class ExecutionContext implements EvalContext {
  /** Results of expressions; emptied by the runtime after each batch of columns that it pushed. */
  readonly arena = new Arena();
  readonly settings: SqlSettings;
  batchTimeMicros = 0n;
  seed = 0;
  /** Rows up to here are late: the watermark of the batch before. Null without a watermark. */
  lateWatermarkMicros: bigint | null = null;
  /** Groups up to here are closed: the watermark of this batch. */
  watermarkMicros: bigint | null = null;
  /** While overlapping windows are passed on: which window of a row, 0 for the latest. A late row is counted once, at 0. */
  windowIndex = 0;

  constructor(settings: SqlSettings) { this.settings = settings; }
}
