/** A person's program with state of its own for each key, as the plan holds it: transformWithState and its older kin. */
import type { OutputMode } from "./output-mode.ts";
import type { DataType, StructType } from "../types/data-type.ts";

export type TimeMode = "None" | "ProcessingTime" | "EventTime";
export type ProgramApi = "transformWithState" | "flatMapGroupsWithState" | "mapGroupsWithState";

/** A declared state. `ttlMicros`: how long a value, an item of a list or an entry of a map lives after it was written. */
export interface StateVariable {
  readonly name: string;
  readonly kind: "value" | "list" | "map";
  /** Of maps. */
  readonly keyType?: DataType;
  readonly type: DataType;
  readonly ttlMicros?: bigint;
}

/** What is called. Keys and rows are plain objects of edge values; results are iterables of such objects. */
export interface ProgramHandlers {
  init?(context: unknown): unknown;
  /** transformWithState: the third argument is the StateContext; the others: the GroupState. */
  rows(key: unknown, rows: Iterable<unknown>, context: unknown): unknown;
  timer?(key: unknown, at: unknown, context: unknown): unknown;
  initial?(key: unknown, row: unknown, context: unknown): unknown;
  close?(): unknown;
}

export interface StatefulProgram {
  readonly api: ProgramApi;
  readonly name: string | undefined;
  readonly timeMode: TimeMode;
  /** flatMapGroupsWithState says itself what its rows mean. */
  readonly outputMode: OutputMode | undefined;
  /** For GroupState: one value named `state`. */
  readonly variables: readonly StateVariable[];
  readonly output: StructType;
  /** A TIMESTAMP column of the output that carries the watermark on. */
  readonly eventTimeColumn: string | undefined;
  readonly handlers: ProgramHandlers;
}
