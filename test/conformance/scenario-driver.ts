/**
 * Drives a query through the steps of a scenario, as test/corpus/streaming/README.md says; also so that it is killed and
 * started again on the way, which must not show.
 */
import { isDeepStrictEqual } from "node:util";
import type { Rows, StreamHandle, StreamStart } from "../../src/api/engine.ts";
import { callbackSink } from "../../src/connectors/callback/callback-sink.ts";
import type { MemoryTable } from "../../src/connectors/memory/memory-source.ts";
import type { Relation } from "../../src/plan/relations.ts";
import type { ResolvedRelation } from "../../src/plan/resolved.ts";
import type { StreamingQueryProgress } from "../../src/stream/progress.ts";
import type { StreamExecution } from "../../src/stream/stream-execution.ts";
import type { CrashPoint } from "../../src/testing/hooks.ts";
import { ManualClock } from "../../src/testing/manual-clock.ts";
import { SimulatedDisk } from "../../src/testing/simulated-files.ts";
import { SimulatedCrash } from "../../src/testing/simulated-process.ts";
import type { StructType } from "../../src/types/data-type.ts";
import { decode, encode } from "./cells.ts";
import { compareError } from "./scenario-compare.ts";
import type { ActualBatch, Scenario, ScenarioRow, ScenarioStep } from "./scenario-format.ts";
import { createOpViews, createSources } from "./scenario-ops.ts";
import { describe } from "./sql-cases.ts";
import { conformanceSession, type ConformanceSession } from "./world.ts";

export interface DriverOptions {
  /** After each step the query is killed, the disk loses what was not synced, and the query starts again. */
  readonly killAfterSteps?: boolean;
  /** Every batch dies just after this step of the protocol. */
  readonly crashAt?: CrashPoint;
  /** So often; once unless given. A second time strikes what recovers from the first. */
  readonly crashesPerBatch?: number;
  /** Rows that a source gives at once. */
  readonly batchRows?: number;
}

export class ScenarioDriver {
  /** What was reported. A batch that comes again after a restart of the scenario is there twice, after a kill of the options once. */
  readonly batches: ActualBatch[] = [];
  schema: StructType | undefined;
  /** Of the first run, optimised. */
  plan!: ResolvedRelation;
  watermarkOperators = 0;
  /** Kills of the options. */
  kills = 0;
  readonly #scenario: Scenario;
  readonly #options: DriverOptions;
  readonly #clock: ManualClock | undefined;
  readonly #disk = new SimulatedDisk();
  readonly #world: ConformanceSession;
  readonly #waiting = new Map<string, ScenarioRow[]>();
  /** Crashes by batch. */
  readonly #crashed = new Map<number, number>();
  /** Reported before a kill of the options: they may come again, the same. */
  readonly #known = new Map<number, readonly ScenarioRow[]>();
  #tables = new Map<string, MemoryTable>();
  #handle: StreamHandle | undefined;
  #delivered: { batchId: number; rows: Rows }[] = [];
  #sql: string;
  #crashing = false;
  #different: string | undefined;

  constructor(scenario: Scenario, options: DriverOptions = {}) {
    this.#scenario = scenario;
    this.#options = options;
    this.#sql = scenario.query.sql;
    this.#clock = scenario.trigger === undefined ? undefined : new ManualClock(Date.parse(scenario.trigger.clockStart) * 1000);
    this.#world = conformanceSession(scenario.conf ?? {}, { disk: this.#disk, ...(this.#clock && { clock: this.#clock }), onStep: (step, batchId) => this.#passed(step, batchId) });
  }

  /** The query as it runs now. */
  get execution(): StreamExecution { return this.#world.engine.streams.queries.at(-1)!.execution; }

  async close(): Promise<void> { await this.#world.session.stop().catch(() => undefined); }

  /** What is wrong with how the run went, or undefined; its batches are for the caller to compare. */
  async run(): Promise<string | undefined> {
    const { error } = this.#scenario;
    try {
      this.#tables = createSources(this.#world.engine, this.#scenario);
      for (const table of this.#tables.values()) table.batchRows = this.#options.batchRows;
      await this.#start();
    } catch (caught) {
      return error?.when === "start" ? compareError(error.class, caught) : `start: ${describe(caught)}`;
    }
    if (error?.when === "start") return "should have been refused at the start";
    try {
      for (const step of this.#scenario.steps) await this.#step(step);
    } catch (caught) {
      return error?.when === "run" ? compareError(error.class, caught) : `run: ${describe(caught)}`;
    }
    if (error?.when === "run") return "should have failed while it ran";
    return this.#different;
  }

  #plan(): Relation {
    const { engine } = this.#world;
    createOpViews(this.#world, this.#scenario);
    return engine.sql(this.#sql, { named: {}, positional: [], views: [] });
  }

  async #start(): Promise<void> {
    const { trigger, outputMode } = this.#scenario;
    const sink = callbackSink("ScenarioSink", async (batchId, rows) => { this.#delivered.push({ batchId, rows }); });
    const start: StreamStart = {
      plan: this.#plan(), target: { kind: "sink", sink }, outputMode, queryName: null, partitionBy: [], checkpointLocation: "/checkpoint", options: {}, signal: undefined,
      trigger: trigger === undefined ? undefined : { processingTime: trigger.processingTime as "1 second" },
    };
    this.#handle = await this.#untilStarted(start);
    this.schema = this.execution.schema;
    this.plan ??= this.execution.options.plan;
    this.watermarkOperators = this.execution.watermarks.length;
    for (const progress of this.#handle.recentProgress) this.#took(progress);
    this.#handle.observe({ progress: progress => this.#took(progress) });
    await this.#settle(() => (trigger === undefined ? this.#handle!.processAllAvailable() : turns()));
  }

  async #untilStarted(start: StreamStart): Promise<StreamHandle> {
    for (;;) {
      // What is delivered again while the query starts is reported before the handle is there.
      this.#delivered = [];
      this.#crashing = false;
      try {
        return await this.#world.engine.start(start);
      } catch (error) {
        if (!this.#crashing) throw error;
        this.#losePower();
      }
    }
  }

  #took(progress: StreamingQueryProgress): void {
    const delivered = this.#delivered.find(one => one.batchId === progress.batchId), schema = this.schema!;
    this.#delivered = this.#delivered.filter(one => one !== delivered);
    const rows = (delivered?.rows ?? []).map(row => row.map((cell, i) => encode(cell, schema.fields[i]!.type))), known = this.#known.get(progress.batchId);
    if (known === undefined) this.batches.push({ progress, rows });
    else if (!isDeepStrictEqual(known, rows)) this.#different ??= `batch ${progress.batchId} came again with other rows`;
  }

  async #step(step: ScenarioStep): Promise<void> {
    for (const [name, rows] of Object.entries(step.add ?? {})) this.#waiting.set(name, [...this.#waiting.get(name) ?? [], ...rows]);
    if (step.process === true) {
      this.#release();
      await this.#settle(() => this.#handle!.processAllAvailable());
    }
    if (step.advanceClock !== undefined) {
      this.#release();
      await this.#clock!.jump(step.advanceClock * 1000);
      await turns();
      if (this.#handle!.exception !== null) throw this.#handle!.exception;
    }
    if (step.restart === true) await this.#restart(step);
    if (this.#options.killAfterSteps === true) await this.#killAndStart();
  }

  async #restart(step: ScenarioStep): Promise<void> {
    // A crash between the sink's commit and the record that says so.
    if (step.loseLastCommit === true) await this.execution.kill();
    else await this.#handle!.stop(false);
    for (const [key, value] of Object.entries(step.conf ?? {})) this.#world.session.conf.set(key as `spark.${string}`, value);
    this.#sql = step.sql ?? this.#sql;
    this.#known.clear();
    await this.#start();
  }

  #release(): void {
    for (const [name, rows] of this.#waiting) {
      const table = this.#tables.get(name)!;
      table.add(rows.map(row => row.map((value, i) => decode(value, table.schema.fields[i]!.type))));
    }
    this.#waiting.clear();
  }

  // ---- kills of the options

  /** Called after each step of the protocol. */
  #passed(step: CrashPoint, batchId: number): void {
    const { crashAt, crashesPerBatch = 1 } = this.#options, before = this.#crashed.get(batchId) ?? 0;
    if (step !== crashAt || before >= crashesPerBatch) return;
    this.#crashed.set(batchId, before + 1);
    this.#crashing = true;
    throw new SimulatedCrash(`${step} of batch ${batchId}`);
  }

  /** Does the work, over again from the last durable record if it is struck. */
  async #settle(work: () => Promise<void>): Promise<void> {
    try {
      await work();
      if (this.#options.crashAt === "appendDone" && !this.#crashing) await this.execution.checkpoint!.idle();
    } catch (error) {
      if (!this.#crashing) throw error;
    }
    if (this.#crashing) await this.#killAndStart();
  }

  async #killAndStart(): Promise<void> {
    await this.execution.kill();
    this.#losePower();
    await this.#start();
  }

  #losePower(): void {
    this.#disk.losePower("lost");
    this.kills++;
    for (const { progress, rows } of this.batches) this.#known.set(progress.batchId, rows);
  }
}

/** Lets everything that is due run. */
async function turns(): Promise<void> { for (let i = 0; i < 20; i++) await new Promise<void>(resolve => setImmediate(resolve)); }
