/** The object behind TestSession. */
import { seededRandom } from "../base/clock.ts";
import { SessionNode, type SessionOptions } from "../api/session.ts";
import { badArgument } from "../api/api-errors.ts";
import type { Rows } from "../api/engine.ts";
import { frameNode, frameOver, type FrameNode } from "../api/frame.ts";
import { structTypeOf, type Schema } from "../api/schema.ts";
import { RunningQuery, type StreamingQuery } from "../api/streaming-query.ts";
import type { OutputMode } from "../api/writer.ts";
import { durationMicros } from "../types/duration.ts";
import { rowReader, rowToCells, type EdgeRow } from "../types/edge-values.ts";
import { Timestamp, type TimestampLike } from "../types/values.ts";
import type { CrashPoint, ScriptedRun, TestEngine, TestEngineFactory } from "./hooks.ts";
import { ManualClock } from "./manual-clock.ts";

export class TestSessionNode extends SessionNode {
  readonly #clock: ManualClock;
  readonly #testEngine: TestEngine;

  constructor({ now = "2000-01-01T00:00:00Z", seed = 1, ...options }: SessionOptions & { now?: TimestampLike; seed?: number }, makeEngine: TestEngineFactory) {
    const clock = new ManualClock(Number(Timestamp.from(now).epochMicros));
    const made: TestEngine[] = [];
    super({ timeZone: "UTC", ...options }, context => {
      made.push(makeEngine(context, { clock, random: seededRandom(seed) }));
      return made[0]!;
    });
    this.#clock = clock;
    this.#testEngine = made[0]!;
  }

  get clock(): { now(): Timestamp; advance(by: string): Promise<void> } {
    const clock = this.#clock;
    return { now: () => Timestamp.ofMicros(BigInt(clock.nowMicros())), advance: by => clock.advance(Number(durationMicros(by))) };
  }

  memoryStream(schema: Schema<unknown>, { partitions }: { partitions?: readonly string[] } = {}): { df: FrameNode; add(...rows: object[]): void; addTo(partition: string, ...rows: object[]): void } {
    const type = structTypeOf(schema), { source, add } = this.#testEngine.scriptedSource(type, partitions);
    const df = frameOver(this, { kind: "read_data_source", format: "memory", schema: type, options: {}, paths: [], isStreaming: true, source }, type.fields);
    const cells = (rows: readonly object[]): Rows => rows.map(row => rowToCells(row, type));
    return {
      df, add: (...rows) => add(cells(rows), partitions?.[0]),
      addTo(partition, ...rows) {
        if (partitions?.includes(partition) !== true) throw badArgument(`The stream has no partition '${partition}'.`, partitions === undefined ? "make it with memoryStream(schema, { partitions: [...] })" : `it has ${partitions.join(", ")}`);
        add(cells(rows), partition);
      },
    };
  }

  async run(df: unknown, { outputMode = "append" }: { outputMode?: OutputMode } = {}): Promise<TestRun> {
    const frame = frameNode(df, "run");
    const run = await this.#testEngine.script({
      plan: frame.relation, target: { kind: "format", format: "memory" }, outputMode, trigger: undefined, queryName: null,
      partitionBy: [], checkpointLocation: undefined, options: {}, signal: undefined,
    });
    return new TestRun(run, this.#clock);
  }
}

class TestRun {
  readonly #run: ScriptedRun;
  readonly #clock: ManualClock;

  constructor(run: ScriptedRun, clock: ManualClock) {
    this.#run = run;
    this.#clock = clock;
  }

  get query(): StreamingQuery { return new RunningQuery(this.#run.handle, this.#clock); }
  async process(): Promise<readonly EdgeRow[]> { return (await this.#run.process()).map(rowReader(this.#run.schema)); }
  crashAt(point: CrashPoint): Promise<void> { return this.#run.crashAt(point); }
  restart(): Promise<void> { return this.#run.restart(); }
  stop(): Promise<void> { return this.#run.stop(); }
  [Symbol.asyncDispose](): Promise<void> { return this.stop(); }
}
