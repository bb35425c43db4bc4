/** What the page keeps of a batch, and how it is read from the batch's progress. */
import type { StreamingQueryProgress } from "./engine-view.ts";

export interface BatchFacts {
  readonly batchId: number;
  readonly startedAtMicros: number;
  readonly rowsIn: number;
  /** Null: the sink doesn't say. */
  readonly rowsOut: number | null;
  readonly lateRows: number;
  readonly deadLetters: number;
  readonly readMicros: number;
  readonly planMicros: number;
  readonly computeMicros: number;
  readonly commitMicros: number;
  readonly totalMicros: number;
  readonly watermarkMicros: number | null;
  /** Kept for the newest 100 only. */
  readonly progress: StreamingQueryProgress | null;
}

/** Read, plan, compute and commit as the charts stack them. They add up to the whole. */
export function splitDurations(progress: StreamingQueryProgress): Pick<BatchFacts, "readMicros" | "planMicros" | "computeMicros" | "commitMicros" | "totalMicros"> {
  const exact = progress.millrace?.durationMicros;
  const of = (name: string): number => exact?.[name] ?? (progress.durationMs[name] ?? 0) * 1_000;
  const readMicros = of("latestOffset") + of("getOffset") + of("getBatch"), sinkCommit = of("sinkCommit");
  const computeMicros = Math.max(0, of("addBatch") - sinkCommit), commitMicros = of("walCommit") + sinkCommit + of("commitOffsets");
  const totalMicros = Math.max(of("triggerExecution"), readMicros + computeMicros + commitMicros + of("queryPlanning"));
  return { readMicros, computeMicros, commitMicros, totalMicros, planMicros: totalMicros - readMicros - computeMicros - commitMicros };
}

/** Rows that the sources have and the query has not read: its own count, or for Kafka the distance of the offsets. Null if no source says. */
export function backlogOf(progress: StreamingQueryProgress): number | null {
  if (progress.millrace?.backlogRows !== undefined) return progress.millrace.backlogRows;
  let backlog: number | null = null;
  for (const source of progress.sources) {
    if (!source.description.startsWith("Kafka")) continue;
    const latest = source.latestOffset, end = source.endOffset;
    if (!isNested(latest) || !isNested(end)) continue;
    for (const [topic, partitions] of Object.entries(latest)) {
      for (const [partition, offset] of Object.entries(partitions)) backlog = (backlog ?? 0) + Math.max(0, offset - (end[topic]?.[partition] ?? offset));
    }
  }
  return backlog;
}

function isNested(offset: unknown): offset is Record<string, Record<string, number>> {
  return typeof offset === "object" && offset !== null && Object.values(offset).every(value => typeof value === "object" && value !== null);
}
