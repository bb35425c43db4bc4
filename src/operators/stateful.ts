/** Operators that keep state between batches of a query: what the runtime needs of them for metrics and checkpoints. */
import type { Operator } from "./operator.ts";
import type { StateView } from "./state-view.ts";

/** Figures of the last batch, as Spark's StateOperatorProgress counts them; what is ours has its own names. */
export interface StateMetrics {
  readonly operatorName: string;
  readonly rowsTotal: number;
  readonly rowsUpdated: number;
  readonly rowsRemoved: number;
  /** Counted as Spark does: groups after pre-aggregation. */
  readonly rowsDroppedByWatermark: number;
  readonly memoryBytes: number;
  /** Rows that were late, before any aggregation. */
  readonly lateRows: number;
  /** Rows of this batch that went into the state, a row of several windows once. Left out where that isn't counted. */
  readonly keptRows?: number;
}

export interface WindowCount { readonly endMicros: number; readonly groups: number }

export interface StatefulOperator extends Operator {
  /** Number of the operator in the plan, from the sources down; its place in a checkpoint. */
  readonly operatorId: number;
  /** Key and state types: a checkpoint whose fingerprint differs is refused. */
  readonly fingerprint: string;
  beginBatch(): void;
  /** What changed since beginBatch, for the log. */
  changes(): readonly Uint8Array[];
  /** The whole state of some key groups. */
  snapshot(fromKeyGroup: number, toKeyGroup: number): Uint8Array;
  load(block: Uint8Array): void;
  metrics(): StateMetrics;
  /** The state as tables, between batches. */
  readonly stateView?: StateView;
  /** Whether a batch without rows has something to do once the watermark rises to this. */
  wantsBatch(watermarkMillis: number): boolean;
  /**
   * Of operators that go by the clock: the moment, in microseconds, from which a batch without rows has something to do;
   * infinite while nothing waits. Undefined for the others.
   */
  dueMicros?(): number | undefined;
  /** Groups by their time window, oldest first; at most `limit` windows. Reads all state. Left out by operators without windows. */
  windowCounts?(limit: number): readonly WindowCount[];
  /** Gives all memory back. */
  release(): void;
}
