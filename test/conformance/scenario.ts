/** Streaming scenarios: drives a query step by step and compares every micro-batch with what Spark's gave. */
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { MillraceError } from "../../src/base/errors.ts";
import type { Rows, StreamHandle, StreamStart } from "../../src/api/engine.ts";
import { LocalEngine } from "../../src/api/local/local-engine.ts";
import { callbackSink } from "../../src/connectors/callback/callback-sink.ts";
import { MemoryTable } from "../../src/connectors/memory/memory-source.ts";
import type { Relation } from "../../src/plan/relations.ts";
import { parseSchemaDdl } from "../../src/sql/parser.ts";
import type { StreamingQueryProgress } from "../../src/stream/progress.ts";
import { ManualClock } from "../../src/testing/manual-clock.ts";
import { SimulatedDisk } from "../../src/testing/simulated-files.ts";
import type { StructType } from "../../src/types/data-type.ts";
import { bareSchema, decode, encode, sameRows } from "./cells.ts";
import type { Outcome } from "./main.ts";
import { describe } from "./sql-cases.ts";
import { conformanceSession, type ConformanceSession } from "./world.ts";

type Row = readonly unknown[];
interface Step {
  readonly add?: Readonly<Record<string, readonly Row[]>>;
  readonly process?: boolean;
  readonly restart?: boolean;
  readonly conf?: Readonly<Record<string, string>>;
  readonly sql?: string;
  readonly loseLastCommit?: boolean;
  readonly advanceClock?: number;
}
interface Op { readonly op?: string; readonly as: string; readonly [key: string]: unknown }
export interface Scenario {
  readonly name: string;
  readonly sources: Readonly<Record<string, { readonly schema: string; readonly watermark?: { readonly column: string; readonly delay: string } }>>;
  readonly static?: Readonly<Record<string, { readonly schema: string; readonly rows: readonly Row[] }>>;
  readonly ops?: readonly Op[];
  readonly query: { readonly sql: string };
  readonly outputMode: "append" | "update" | "complete";
  readonly ordered?: boolean;
  readonly conf?: Readonly<Record<string, string>>;
  readonly trigger?: { readonly processingTime: string; readonly clockStart: string };
  readonly steps: readonly Step[];
  readonly resultSchema?: string;
  readonly expect?: readonly ExpectedBatch[];
  readonly error?: { readonly class: string | null; readonly when: "start" | "run" };
}
interface ExpectedBatch {
  readonly batchId: number;
  readonly rows: readonly Row[];
  readonly watermark: string | null;
  readonly numInputRows: number;
  readonly state?: readonly Readonly<Record<string, unknown>>[];
  readonly eventTime?: Readonly<Record<string, string>>;
  readonly timestamp?: string;
}
interface ActualBatch { readonly progress: StreamingQueryProgress; readonly rows: readonly Row[] }

const TIMEOUT_MILLIS = 20_000;

export async function runScenario(path: string): Promise<Outcome> {
  const scenario = JSON.parse(readFileSync(path, "utf8")) as Scenario, id = scenario.name ?? basename(path, ".json");
  const run = new ScenarioRun(scenario);
  try {
    const problem = await Promise.race([run.run(), new Promise<string>(resolve => setTimeout(() => resolve("timeout"), TIMEOUT_MILLIS).unref())]);
    return problem === undefined ? { id, passed: true } : { id, passed: false, detail: { expected: scenario.expect, error: scenario.error, actual: run.batches.map(summary), problem } };
  } catch (error) {
    return { id, passed: false, detail: { expected: scenario.expect, actual: run.batches.map(summary), problem: describe(error) } };
  } finally {
    await run.close();
  }
}

class ScenarioRun {
  readonly batches: ActualBatch[] = [];
  readonly #scenario: Scenario;
  readonly #clock: ManualClock | undefined;
  readonly #disk = new SimulatedDisk();
  readonly #world: ConformanceSession;
  readonly #tables = new Map<string, MemoryTable>();
  readonly #waiting = new Map<string, Row[]>();
  #handle: StreamHandle | undefined;
  #delivered: { batchId: number; rows: Rows }[] = [];
  #schema: StructType | undefined;
  #sql: string;

  constructor(scenario: Scenario) {
    this.#scenario = scenario;
    this.#sql = scenario.query.sql;
    this.#clock = scenario.trigger === undefined ? undefined : new ManualClock(clockStartMicros(scenario.trigger.clockStart));
    this.#world = conformanceSession(scenario.conf ?? {}, { disk: this.#disk, ...(this.#clock && { clock: this.#clock }) });
  }

  async close(): Promise<void> { await this.#world.session.stop().catch(() => undefined); }

  /** What is wrong, or undefined. */
  async run(): Promise<string | undefined> {
    const { error } = this.#scenario;
    try {
      this.#sources();
      await this.#start();
    } catch (caught) {
      return error?.when === "start" ? sameError(error.class, caught) : `start: ${describe(caught)}`;
    }
    if (error?.when === "start") return "should have been refused at the start";
    try {
      for (const step of this.#scenario.steps) await this.#step(step);
    } catch (caught) {
      return error?.when === "run" ? sameError(error.class, caught) ?? this.#compare() : `run: ${describe(caught)}`;
    }
    if (error?.when === "run") return "should have failed while it ran";
    return this.#compare();
  }

  #sources(): void {
    const { engine, session } = this.#world;
    for (const [name, { schema, watermark }] of Object.entries(this.#scenario.sources)) {
      const table = new MemoryTable(name, parseSchemaDdl(schema));
      this.#tables.set(name, table);
      let plan: Relation = { kind: "read_data_source", format: "memory", schema: table.schema, options: {}, paths: [], isStreaming: true, source: table };
      if (watermark !== undefined) plan = watermarked(plan, watermark.column, watermark.delay);
      engine.createView([name], plan, true);
    }
    for (const [name, { schema, rows }] of Object.entries(this.#scenario.static ?? {})) {
      const type = parseSchemaDdl(schema);
      engine.createView([name], { kind: "local_relation", schema: type, rows: rows.map(row => row.map((value, i) => decode(value, type.fields[i]!.type))) }, true);
    }
    void session;
  }

  #plan(): Relation {
    const { engine } = this.#world;
    for (const op of this.#scenario.ops ?? []) {
      const input: Relation = { kind: "read_named_table", nameParts: [(op["input"] as string | undefined) ?? "input"], isStreaming: false };
      engine.createView([op.as], this.#op(op, input), true);
    }
    return engine.sql(this.#sql, { named: {}, positional: [], views: [] });
  }

  #op(op: Op, input: Relation): Relation {
    const kind = op.op ?? ["sql", "withWatermark", "dropDuplicates", "dropDuplicatesWithinWatermark", "statefulProgram"].find(name => name in op);
    switch (kind) {
      case "sql": return this.#world.engine.sql(op["sql"] as string, { named: {}, positional: [], views: [] });
      case "withWatermark": return watermarked(input, op["column"] as string, op["delay"] as string);
      case "dropDuplicates": case "dropDuplicatesWithinWatermark": {
        const columns = op["columns"] as string[] | undefined;
        return { kind: "deduplicate", input, withinWatermark: kind === "dropDuplicatesWithinWatermark", ...(columns && { columnNames: columns }) };
      }
      default: throw new Error(`the step ${kind} is not supported`);
    }
  }

  async #start(): Promise<void> {
    const { engine } = this.#world, { trigger, outputMode } = this.#scenario;
    const sink = callbackSink("ScenarioSink", async (batchId, rows) => { this.#delivered.push({ batchId, rows }); });
    const start: StreamStart = {
      plan: this.#plan(), target: { kind: "sink", sink }, outputMode, queryName: null, partitionBy: [], checkpointLocation: "/checkpoint", options: {}, signal: undefined,
      trigger: trigger === undefined ? undefined : { processingTime: trigger.processingTime as "1 second" },
    };
    // What is delivered again while the query starts is reported before the handle is there.
    this.#delivered = [];
    this.#handle = await engine.start(start);
    this.#schema = engine.streams.queries.at(-1)!.execution.schema;
    for (const progress of this.#handle.recentProgress) this.#took(progress);
    this.#handle.observe({ progress: progress => this.#took(progress) });
    if (trigger === undefined) await this.#handle.processAllAvailable();
    else await settle();
  }

  #took(progress: StreamingQueryProgress): void {
    const delivered = this.#delivered.find(one => one.batchId === progress.batchId);
    const schema = this.#schema ?? { kind: "struct", fields: [] };
    this.#delivered = this.#delivered.filter(one => one !== delivered);
    this.batches.push({ progress, rows: (delivered?.rows ?? []).map(row => row.map((cell, i) => encode(cell, schema.fields[i]!.type))) });
  }

  async #step(step: Step): Promise<void> {
    const handle = this.#handle!;
    for (const [name, rows] of Object.entries(step.add ?? {})) this.#waiting.set(name, [...this.#waiting.get(name) ?? [], ...rows]);
    if (step.process === true) {
      this.#release();
      await handle.processAllAvailable();
    }
    if (step.advanceClock !== undefined) {
      this.#release();
      await this.#clock!.jump(step.advanceClock * 1000);
      await settle();
      if (handle.exception !== null) throw handle.exception;
    }
    if (step.restart === true) await this.#restart(step);
  }

  async #restart(step: Step): Promise<void> {
    const { engine, session } = this.#world;
    // A crash between the sink's commit and the record that says so.
    if (step.loseLastCommit === true) await engine.streams.queries.at(-1)!.execution.kill();
    else await this.#handle!.stop(false);
    for (const [key, value] of Object.entries(step.conf ?? {})) session.conf.set(key as `spark.${string}`, value);
    this.#sql = step.sql ?? this.#sql;
    await this.#start();
  }

  #release(): void {
    for (const [name, rows] of this.#waiting) {
      const table = this.#tables.get(name)!;
      table.add(rows.map(row => row.map((value, i) => decode(value, table.schema.fields[i]!.type))));
    }
    this.#waiting.clear();
  }

  #compare(): string | undefined {
    const { expect = [], resultSchema, ordered } = this.#scenario;
    if (resultSchema !== undefined && this.#schema !== undefined && bareSchema(parseSchemaDdl(resultSchema)) !== bareSchema(this.#schema)) return `schema: ${bareSchema(this.#schema)} is not ${bareSchema(parseSchemaDdl(resultSchema))}`;
    if (expect.length !== this.batches.length) return `${this.batches.length} batches, not ${expect.length}`;
    for (const [i, batch] of expect.entries()) {
      const { progress, rows } = this.batches[i]!, where = `entry ${i} (batch ${batch.batchId})`;
      if (progress.batchId !== batch.batchId) return `${where}: has id ${progress.batchId}`;
      if (!sameRows(batch.rows, rows, this.#schema!, ordered === true)) return `${where}: rows`;
      if ((progress.eventTime.watermark ?? null) !== batch.watermark) return `${where}: watermark ${progress.eventTime.watermark ?? null}, not ${batch.watermark}`;
      if (progress.numInputRows !== batch.numInputRows) return `${where}: ${progress.numInputRows} input rows, not ${batch.numInputRows}`;
      const time = JSON.stringify(sorted(progress.eventTime)), wantedTime = JSON.stringify(sorted(batch.eventTime ?? {}));
      if (time !== wantedTime) return `${where}: event time ${time}, not ${wantedTime}`;
      const state = JSON.stringify(progress.stateOperators.map(one => ({
        operator: one.operatorName, numRowsTotal: one.numRowsTotal, numRowsUpdated: one.numRowsUpdated, numRowsRemoved: one.numRowsRemoved, numRowsDroppedByWatermark: one.numRowsDroppedByWatermark,
      })));
      const wantedState = JSON.stringify((batch.state ?? []).map(one => ({
        operator: one["operator"], numRowsTotal: one["numRowsTotal"], numRowsUpdated: one["numRowsUpdated"], numRowsRemoved: one["numRowsRemoved"], numRowsDroppedByWatermark: one["numRowsDroppedByWatermark"],
      })));
      if (state !== wantedState) return `${where}: state ${state}, not ${wantedState}`;
      if (batch.timestamp !== undefined && progress.timestamp !== batch.timestamp) return `${where}: timestamp ${progress.timestamp}, not ${batch.timestamp}`;
    }
    return undefined;
  }
}

function watermarked(input: Relation, column: string, delay: string): Relation {
  return { kind: "with_watermark", input, eventTime: { kind: "unresolved_attribute", nameParts: [column] }, delayThreshold: delay };
}

function sameError(expected: string | null, caught: unknown): string | undefined {
  if (caught instanceof MillraceError && caught.condition === "MILLRACE_UNSUPPORTED") return `unsupported: ${caught.text}`;
  if (expected === null || /^_LEGACY_ERROR_TEMP_/.test(expected)) return undefined;
  return caught instanceof MillraceError && caught.condition === expected ? undefined : `error ${describe(caught)}, not ${expected}`;
}

const sorted = (record: Readonly<Record<string, string | undefined>>) => Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined).sort(([a], [b]) => (a < b ? -1 : 1)));

function clockStartMicros(text: string | number): number {
  return typeof text === "number" ? text * 1000 : Date.parse(text) * 1000;
}

/** Lets everything that is due run. */
async function settle(): Promise<void> { for (let i = 0; i < 20; i++) await new Promise<void>(resolve => setImmediate(resolve)); }

function summary({ progress, rows }: ActualBatch): object {
  return { batchId: progress.batchId, rows, watermark: progress.eventTime.watermark ?? null, numInputRows: progress.numInputRows, state: progress.stateOperators.map(one => ({ operator: one.operatorName, numRowsTotal: one.numRowsTotal, numRowsUpdated: one.numRowsUpdated, numRowsRemoved: one.numRowsRemoved, numRowsDroppedByWatermark: one.numRowsDroppedByWatermark })), eventTime: progress.eventTime };
}
