/** What the testing kit needs of an engine beyond what sessions need: scripted sources, held runs, kept results, and crashes. */
import type { Clock, Random } from "../base/clock.ts";
import type { EngineContext, Engine, Rows, StreamHandle, StreamStart } from "../api/engine.ts";
import type { CheckpointStep } from "../checkpoint/types.ts";
import type { StructType } from "../types/data-type.ts";

/** The steps of a batch, in order. A crash comes just after one, and loses all that isn't durable then. */
export type CrashPoint = "compute" | CheckpointStep | "commit" | "acknowledge";

/** The world of a test: time that only moves when told, and chance from a seed. */
export interface TestWorld { readonly clock: Clock; readonly random: Random }

/** A stream whose rows the test adds. They outlive crashes of the query, as those of a replayable source do. */
export interface ScriptedSource {
  /** Given to the plan as the source of `read_data_source`. */
  readonly source: object;
  add(rows: Rows, partition?: string): void;
}

/** A batch as the sink got it. After a crash the same one may come again. */
export interface Delivery { readonly batchId: number; readonly rows: Rows }

/** What may be different after a restart. */
export type StartChange = Partial<Pick<StreamStart, "plan" | "outputMode" | "trigger">>;

/** A streaming query that sees new rows only inside `process` and `crashAt`. */
export interface ScriptedRun {
  /** Of the present run; another one after a restart. */
  readonly handle: StreamHandle;
  readonly schema: StructType;
  /** All that the sink got, repetitions included. */
  readonly deliveries: readonly Delivery[];
  /** Runs batches, those without data included, until nothing is left to do; gives the rows of the batches since the last call, once each. */
  process(): Promise<Rows>;
  /** Lets the query see the rows that were added. */
  release(): void;
  /** Runs the next batch up to just after the point, then throws all that isn't durable away. */
  crashAt(point: CrashPoint): Promise<void>;
  /** Dies where it stands. */
  crash(): Promise<void>;
  restart(change?: StartChange): Promise<void>;
  stop(): Promise<void>;
}

export interface TestEngine extends Engine {
  /** `partitions`: their names, if the stream has several. */
  scriptedSource(schema: StructType, partitions?: readonly string[]): ScriptedSource;
  script(start: StreamStart): Promise<ScriptedRun>;
}
export type TestEngineFactory = (context: EngineContext, world: TestWorld) => TestEngine;
