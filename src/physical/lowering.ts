/** What the families of plan nodes share while a plan becomes pipelines. */
import type { ExecutionContext } from "../operators/context.ts";
import type { Operator } from "../operators/operator.ts";
import type { StatefulOperator } from "../operators/stateful.ts";
import type { OutputMode } from "../io/sink.ts";
import type { Table } from "../io/source.ts";
import type { ResolvedRelation, Scan, Tap } from "../plan/resolved.ts";
import type { SharedPlan } from "../plan/shared-plan.ts";
import type { SharedRows } from "./lower-shared.ts";
import type { WantedKey } from "./narrowing.ts";
import type { PhysicalPlan } from "./planner.ts";
import type { Stop } from "./stop.ts";

/** `stop`: whether who takes the result has had enough. */
export type PlanMode = { readonly kind: "batch"; readonly stop?: Stop } | { readonly kind: "stream"; readonly outputMode: OutputMode };

/** The bounded side of a join with a stream: kept while what it was read from is the same. */
export interface LastingSide {
  /** What it was read from, as text. */
  version: string | undefined;
  /** Time of the batch that looked last whether it changed. */
  lookedMicros?: bigint;
  /** Gives back what was read. */
  forget(): void;
}

/** How a pipeline over a stream is read. */
export interface Reading {
  /** Another pipeline reads the same rows for the same: they are counted there. */
  readonly isRepeat?: boolean;
  /** Asked when the pipelines before it are done. False: nothing that is read could come out, so nothing is. */
  readonly isNeeded?: () => boolean;
  /** Asked before each chunk: how many more rows of this batch are worth reading. Rows behind them are passed over. */
  readonly rowsWanted?: () => number;
}

/** An operator that awaits what it began; its `finish` may have to wait for that. */
export interface Settling {
  settle(signal: AbortSignal): Promise<void>;
  /** The query is to stop: `settle` gives up with an AbortError, and the batch is run again by the next start. */
  stopping?(): void;
}

export interface Lowering {
  readonly context: ExecutionContext;
  readonly mode: PlanMode;
  /** Builds the operators that bring `relation` to `next`. Pipelines run in the order in which this is called. `keys`: rows with other values of these may be left out. */
  lower(relation: ResolvedRelation, next: Operator, depth: number, keys?: readonly WantedKey[]): void;
  /** Rows of parts of the plan that stand in it several times. */
  readonly shared: Map<SharedPlan, SharedRows>;
  /** What scans of a recursion's level before read, by the object that the scans hold. */
  readonly levels: ReadonlyMap<object, Table>;
  /** What pipelines that `work` adds fill for more than one batch of a query. */
  lasting(side: LastingSide, work: () => void): void;
  /** While `work` builds a plan: what is built over a tap is told, and gets its rows from elsewhere. */
  tapped(tap: Tap, entry: (operator: Operator) => void, work: () => void): void;
  /** Pipelines that `work` adds are held up by an operator that awaits something. */
  settling(operator: Settling, work: () => void): void;
  /** Pipelines that `work` adds to a bounded plan are left out once `stop` is met; undefined: what they give is wanted by others too, whatever is met above. */
  stopping(stop: Stop | undefined, work: () => void): void;
  /** Pipelines that `work` adds are finished once something of them was read. */
  finishing(work: () => void): void;
  /** How pipelines that `work` adds are read. */
  reading(how: Reading, work: () => void): void;
  /** Adds a pipeline behind those that are there. */
  scan(leaf: Scan, table: Table, next: Operator): void;
  /** A plan of its own, run by an operator or a table of this one. */
  plan(relation: ResolvedRelation, out: Operator, levels: ReadonlyMap<object, Table>): PhysicalPlan;
  /** A number for an operator with state, drawn when its inputs are built: from the sources down. */
  reserve(): { readonly id: () => number; add(operator: StatefulOperator): void };
  /** Puts a meter in front of an operator that hands on to `next`. */
  metered(operator: Operator, next: Operator, kind: string, title: string, detail: string): Operator;
  /** Operators that leave out rows without a time, which the progress of a stream accounts for. */
  readonly windows: { readonly timelessRows: number }[];
  /** A line of the description. */
  say(depth: number, text: string): void;
  /** Runs `work` and hands back the lines that it said, to be said later with `tell`. */
  held(work: () => void): readonly string[];
  tell(lines: readonly string[]): void;
}
