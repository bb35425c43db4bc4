/** Progress as one line for people. */
import type { StreamingQueryProgress } from "./progress.ts";

/**
 * `1,204 rows/s, batch 3.1 ms, watermark 2026-03-01 14:31:35, late 12, state 4,239 rows 0.94 MB`. Late rows and the rate
 * are those of this batch unless given: sums over a run are the caller's to keep.
 */
export function progressLine(progress: StreamingQueryProgress, over: { readonly rowsPerSecond?: number; readonly lateRows?: number } = {}): string {
  const count = (value: number) => Math.round(value).toLocaleString("en-US");
  const sum = (pick: (operator: StreamingQueryProgress["stateOperators"][number]) => number) => progress.stateOperators.reduce((total, operator) => total + pick(operator), 0);
  const parts = [`${count(over.rowsPerSecond ?? progress.inputRowsPerSecond)} rows/s`, `batch ${(progress.millrace.durationMicros.triggerExecution / 1000).toFixed(1)} ms`];
  if (progress.eventTime.watermark !== undefined) parts.push(`watermark ${progress.eventTime.watermark.replace("T", " ").slice(0, 19)}`, `late ${count(over.lateRows ?? progress.millrace.lateRows)}`);
  if (progress.stateOperators.length > 0) parts.push(`state ${count(sum(operator => operator.numRowsTotal))} rows ${(sum(operator => operator.memoryUsedBytes) / 1e6).toFixed(2)} MB`);
  if (progress.millrace.deadLetters > 0) parts.push(`dead letters ${count(progress.millrace.deadLetters)}`);
  return parts.join(", ");
}
