/** What the testing kit needs of an engine beyond what sessions need: scripted sources, kept results, and crashes. */
import type { Clock, Random } from "../base/clock.ts";
import type { EngineContext, Engine, Rows } from "../api/engine.ts";
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
  add(rows: Rows): void;
}

/** A sink that keeps what it got, by batch. It stands outside the process: a crash doesn't touch it. */
export interface ScriptedSink {
  readonly sink: object;
  readonly batches: readonly { readonly batchId: number; readonly rows: Rows }[];
}

export interface TestEngine extends Engine {
  scriptedSource(schema: StructType): ScriptedSource;
  scriptedSink(): ScriptedSink;
  /** Lets queries see the rows that were added. */
  release(): void;
  /** Where the checkpoint of a query of the test lies; on a disk that crashes. */
  checkpointPath(queryName: string): string;
  /** The process dies just after this step of the query's next batch. Settles when it has. */
  crashAt(queryName: string, point: CrashPoint): Promise<void>;
  /** A new process over what the dead one left on the disk. */
  restart(): void;
}
export type TestEngineFactory = (context: EngineContext, world: TestWorld) => TestEngine;
