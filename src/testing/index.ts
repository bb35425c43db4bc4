/** The testing kit, `millrace/testing`: a session whose clock, chance and disk belong to the test, and scripted streams. */
import type { DataFrame } from "../api/data-frame.ts";
import type { RowIn, Schema } from "../api/schema.ts";
import type { Session, SessionOptions } from "../api/session.ts";
import type { StreamingQuery } from "../api/streaming-query.ts";
import type { OutputMode } from "../api/writer.ts";
import type { Duration } from "../types/duration.ts";
import type { Timestamp, TimestampLike } from "../types/values.ts";
import { localTestEngine } from "./local-test-engine.ts";
import { TestSessionNode } from "./test-session.ts";

export type { CrashPoint } from "./hooks.ts";
import type { CrashPoint } from "./hooks.ts";

/** A stream that a test writes. */
export interface MemoryStream<R> {
  readonly df: DataFrame<R>;
  /** Rows for the next batch; nullable columns may be left out. */
  add(...rows: RowIn<R>[]): void;
  /** The same for one of its partitions. */
  addTo(partition: string, ...rows: RowIn<R>[]): void;
}

/** A streaming query in a test's hand: nothing runs until it is told to. */
export interface TestQuery<R> extends AsyncDisposable {
  readonly query: StreamingQuery;
  /** Runs batches until nothing is left to do, and gives the rows that came out since the last call. */
  process(): Promise<readonly R[]>;
  /** Runs on, and loses everything that isn't durable just after this point of the next batch. */
  crashAt(point: CrashPoint): Promise<void>;
  /** Starts again from the checkpoint. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export interface TestSession extends Session {
  /** `partitions`: names of parts that arrive apart, as those of a topic; `add` then writes to the first. */
  memoryStream<R>(schema: Schema<R>, options?: { partitions?: readonly string[] }): MemoryStream<R>;
  run<R>(df: DataFrame<R>, options?: { outputMode?: OutputMode }): Promise<TestQuery<R>>;
  readonly clock: {
    now(): Timestamp;
    /** Moves time on; what was waiting for it happens. */
    advance(by: Duration): Promise<void>;
  };
}

export interface TestSessionOptions extends SessionOptions {
  /** The time at the start; by default 2000-01-01T00:00:00Z. */
  now?: TimestampLike;
  /** What chance grows from: the same seed gives the same run. */
  seed?: number;
}

/** A session for a test. Its zone is UTC unless another is given. */
export const testSession = (options: TestSessionOptions = {}): TestSession => new TestSessionNode(options, localTestEngine) as unknown as TestSession;
