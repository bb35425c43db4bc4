/** What the testing kit needs of the engine beyond what sessions need: scripted sources, held triggers, and crashes. */
import type { Clock, Random } from "../base/clock.ts";
import type { EngineContext, Engine, StreamHandle, StreamStart, Rows } from "../api/engine.ts";
import type { StructType } from "../types/data-type.ts";

/** The steps of a batch, in order. A crash comes just after one, and loses all that isn't durable then. */
export type CrashPoint = "compute" | "stage" | "syncFiles" | "append" | "sync" | "check" | "release" | "commit" | "acknowledge" | "appendDone";

/** The world of a test: time that only moves when told, and chance from a seed. */
export interface TestWorld { readonly clock: Clock; readonly random: Random }

/** A stream whose rows the test adds. They outlive crashes of the query, as those of a replayable source do. */
export interface ScriptedSource {
  /** Given to the plan as the source of `read_data_source`. */
  readonly source: object;
  add(rows: Rows): void;
}

/** A streaming query that runs only inside `process` and `crashAt`. */
export interface ScriptedRun {
  readonly handle: StreamHandle;
  readonly schema: StructType;
  /** Runs batches, those without data included, until nothing is left to do; gives the rows of the batches since the last call, once each. */
  process(): Promise<Rows>;
  /** Runs the next batch up to just after the point, then throws all that isn't durable away. */
  crashAt(point: CrashPoint): Promise<void>;
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export interface TestEngine extends Engine {
  scriptedSource(schema: StructType): ScriptedSource;
  run(start: StreamStart): Promise<ScriptedRun>;
}
export type TestEngineFactory = (context: EngineContext, world: TestWorld) => TestEngine;
