/** The object behind TestSession. */
import { ExecutionError } from "../base/errors.ts";
import { seededRandom } from "../base/clock.ts";
import { SessionNode, type SessionOptions } from "../api/session.ts";
import type { StreamStart } from "../api/engine.ts";
import { frameNode, frameOver, type FrameNode } from "../api/frame.ts";
import { structTypeOf, type Schema } from "../api/schema.ts";
import type { StreamingQuery } from "../api/streaming-query.ts";
import type { OutputMode } from "../api/writer.ts";
import { durationMicros } from "../types/duration.ts";
import { rowReader, rowToCells, type EdgeRow } from "../types/edge-values.ts";
import { Timestamp, type TimestampLike } from "../types/values.ts";
import type { CrashPoint, ScriptedSink, TestEngine, TestEngineFactory } from "./hooks.ts";
import { ManualClock } from "./manual-clock.ts";

export class TestSessionNode extends SessionNode {
  readonly #clock: ManualClock;
  readonly #testEngine: TestEngine;
  #runs = 0;

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

  memoryStream(schema: Schema<unknown>): { df: FrameNode; add(...rows: object[]): void } {
    const type = structTypeOf(schema), { source, add } = this.#testEngine.scriptedSource(type);
    const df = frameOver(this, { kind: "read_data_source", format: "memory", schema: type, options: {}, paths: [], isStreaming: true, source }, type.fields);
    return { df, add: (...rows) => add(rows.map(row => rowToCells(row, type))) };
  }

  async run(df: unknown, { outputMode = "append" }: { outputMode?: OutputMode } = {}): Promise<TestRun> {
    const frame = frameNode(df, "run"), engine = this.#testEngine, queryName = `run-${++this.#runs}`, output = engine.scriptedSink();
    const start: StreamStart = {
      plan: frame.relation, target: { kind: "sink", sink: output.sink }, outputMode, trigger: undefined, queryName,
      partitionBy: [], checkpointLocation: engine.checkpointPath(queryName), options: {}, signal: undefined,
    };
    const read = rowReader(await engine.analyze(frame.relation));
    const run = new TestRun(engine, output, read, queryName, () => this.startQuery(start));
    await run.restart();
    return run;
  }
}

class TestRun {
  readonly #engine: TestEngine;
  readonly #output: ScriptedSink;
  readonly #read: ReturnType<typeof rowReader>;
  readonly #name: string;
  readonly #start: () => Promise<StreamingQuery>;
  #query: StreamingQuery | undefined;
  /** The last batch whose rows were handed out. */
  #seen = -1;

  constructor(engine: TestEngine, output: ScriptedSink, read: ReturnType<typeof rowReader>, name: string, start: () => Promise<StreamingQuery>) {
    this.#engine = engine;
    this.#output = output;
    this.#read = read;
    this.#name = name;
    this.#start = start;
  }

  get query(): StreamingQuery {
    if (this.#query === undefined) throw notRunning("the query isn't running");
    return this.#query;
  }

  async process(): Promise<readonly EdgeRow[]> {
    const query = this.query;
    if (!query.isActive) throw query.exception() ?? notRunning("the query has crashed or was stopped");
    this.#engine.release();
    await query.processAllAvailable();
    const fresh = this.#output.batches.filter(batch => batch.batchId > this.#seen);
    this.#seen = fresh.at(-1)?.batchId ?? this.#seen;
    return fresh.flatMap(batch => batch.rows).map(this.#read);
  }

  async crashAt(point: CrashPoint): Promise<void> {
    const { query } = this;
    if (!query.isActive) throw notRunning("the query has crashed or was stopped");
    const crashed = this.#engine.crashAt(this.#name, point).then(() => true);
    this.#engine.release();
    const finished = query.processAllAvailable().then(() => false);
    finished.catch(() => undefined);
    if (!await Promise.race([crashed, finished])) throw notRunning(`no batch came to the step '${point}'`, "add rows before; a step that the sink has no use for is never made");
    await query.awaitTermination().catch(() => undefined);
  }

  async restart(): Promise<void> {
    if (this.#query?.isActive === true) await this.#query.stop();
    this.#engine.restart();
    this.#query = await this.#start();
  }

  async stop(): Promise<void> { await this.#query?.stop(); }
  [Symbol.asyncDispose](): Promise<void> { return this.stop(); }
}

function notRunning(why: string, hint = "call restart()"): ExecutionError {
  return new ExecutionError({ condition: "MILLRACE_TEST_RUN", sqlState: "55000", message: `Nothing to run: ${why}.`, hint });
}
