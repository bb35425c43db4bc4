/** The engine in this process: analysis, optimisation, and execution in batches or as a stream. */
import { analyze } from "../../analyze/analyzer.ts";
import { checkBatch, checkStreaming } from "../../analyze/check-streaming.ts";
import { collectDataSources } from "../../analyze/sources.ts";
import type { AnalyzerContext } from "../../analyze/context.ts";
import { AnalysisError, ExecutionError, MillraceError } from "../../base/errors.ts";
import type { Clock, Random } from "../../base/clock.ts";
import type { Files } from "../../base/files.ts";
import { askByFetch, type AskHttp } from "../../base/http.ts";
import type { CheckpointStep } from "../../checkpoint/types.ts";
import type { ConnectorEnvironment } from "../../connectors/environment.ts";
import { openTable } from "../../connectors/registry.ts";
import { DEFAULT_SHARED_BYTES, SharedReads } from "../../connectors/shared-reads.ts";
import type { FunctionEntry } from "../../plan/function.ts";
import type { BadRecord, Table } from "../../io/source.ts";
import { ExecutionContext } from "../../operators/context.ts";
import { linearMemory } from "../../memory/linear-memory.ts";
import { optimize } from "../../optimize/optimize.ts";
import { planToText, relationToText } from "../../optimize/plan-text.ts";
import { planQuery } from "../../physical/planner.ts";
import { runBatchPlan } from "../../physical/run.ts";
import { statisticsFor } from "../../physical/statistics.ts";
import type { SqlSettings } from "../../plan/function.ts";
import { ResourceMissing, Resources } from "../../plan/resources.ts";
import type { Command, ReadDataSource, Relation, Statement } from "../../plan/relations.ts";
import { schemaOf, type ResolvedRelation } from "../../plan/resolved.ts";
import type { StatisticsOf } from "../../plan/statistics.ts";
import { parseExpression, parseStatement } from "../../sql/parser.ts";
import { STRING, BOOLEAN, field, struct, typeToSql, type StructType } from "../../types/data-type.ts";
import { showText } from "../show.ts";
import type { BatchWrite, Engine, EngineContext, ExplainMode, QueryResult, Rows, SqlBindings, StreamHandle, StreamStart } from "../engine.ts";
import { bindParameters } from "./bindings.ts";
import { SessionCatalog } from "./catalog.ts";
import { recordedName, type RecordedSchemas } from "./recorded-schemas.ts";
import { ResultQueue } from "./result-queue.ts";
import { SessionFunctions } from "./session-functions.ts";
import { StreamStarter } from "./stream-starter.ts";
import { writeBatch } from "./write-batch.ts";

/** The world around an engine; a test hands in its own. */
export interface EngineWorld {
  readonly clock: Clock;
  readonly random: Random;
  readonly files: Files;
  /** Left out: the network. */
  readonly http?: AskHttp;
  readonly print: (text: string) => void;
  readonly warn: (text: string) => void;
  /** Called after each step of the commit protocol; may throw to end a run as a kill would. */
  readonly onStep?: (queryName: string | null, step: CheckpointStep | "compute" | "commit" | "acknowledge", batchId: number) => void;
}

/** What queries that read the same files may hold for one another. */
const SHARED_READ_BYTES = "spark.millrace.sharedReadBytes";

/** A plan whose rows are only known after analysis: EXPLAIN, DESCRIBE. */
class DeferredTable {
  readonly schema: StructType;
  readonly rows: () => Promise<Rows>;
  constructor(schema: StructType, rows: () => Promise<Rows>) {
    this.schema = schema;
    this.rows = rows;
  }
}

export class LocalEngine implements Engine {
  readonly catalog = new SessionCatalog();
  readonly functions = new SessionFunctions();
  readonly world: EngineWorld;
  readonly streams: StreamStarter;
  readonly #context: EngineContext;
  readonly #tables = new WeakMap<ReadDataSource, Table>();
  readonly #resources: Resources;
  readonly #sharedReads = new SharedReads(() => this.#sharedReadBytes);

  constructor(context: EngineContext, world: EngineWorld) {
    this.#context = context;
    this.world = world;
    this.#resources = new Resources({ files: world.files, clock: world.clock, random: world.random, http: world.http ?? askByFetch });
    this.streams = new StreamStarter(this);
  }

  get clock(): Clock { return this.world.clock; }
  get checkpointRoot(): string | undefined { return this.#context.checkpointRoot; }

  /** A setting of the session. */
  setting(key: string): string | undefined { return this.#context.settings.get(key); }

  get sqlSettings(): SqlSettings {
    const { settings } = this.#context;
    return {
      timeZone: settings.get("spark.sql.session.timeZone") ?? Intl.DateTimeFormat().resolvedOptions().timeZone,
      ansi: (settings.get("spark.sql.ansi.enabled") ?? "true").toLowerCase() !== "false",
      conf: settings, resources: this.#resources,
    };
  }

  get environment(): ConnectorEnvironment {
    const { clock, random, files, print, warn } = this.world, { timeZone } = this.sqlSettings;
    return { clock, random, files, timeZone, print, warn, sharedReads: this.#sharedReads, renderTable: (schema, rows, options) => showText(schema, rows, { ...options, timeZone }) };
  }

  get #sharedReadBytes(): number {
    const text = this.setting(SHARED_READ_BYTES), bytes = Number(text ?? DEFAULT_SHARED_BYTES);
    if (Number.isSafeInteger(bytes) && bytes >= 0) return bytes;
    throw new AnalysisError({
      condition: "MILLRACE_INVALID_OPTION", sqlState: "22023", message: `Invalid value '${text}' for '${SHARED_READ_BYTES}', must be a number of bytes.`,
      messageParameters: { option: SHARED_READ_BYTES, value: text! }, hint: "0 turns sharing off",
    });
  }

  async analyze(plan: Relation): Promise<StructType> { return schemaOf(await this.resolve(plan)); }

  /** Opens the sources that a plan names, then analyses it. `recorded`: schemas that an earlier run of the query inferred. */
  async resolve(plan: Relation, recorded?: RecordedSchemas): Promise<ResolvedRelation> {
    if (this.#context.memoryBytes !== undefined) linearMemory().setLimit(this.#context.memoryBytes);
    const own = new Map<ReadDataSource, Table>();
    for (const read of collectDataSources(plan, this.catalog)) {
      const name = recorded === undefined ? undefined : recordedName(read), schema = name === undefined ? undefined : recorded!.get(name);
      if (schema !== undefined) own.set(read, await openTable({ ...read, schema }, this.environment));
      else if (!this.#tables.has(read) && !(read.source instanceof DeferredTable)) this.#tables.set(read, await openTable(read, this.environment));
    }
    const settled = await this.#settleDeferred(plan), context = this.#analyzerContext(own);
    for (;;) {
      try {
        const resolved = analyze(settled, context);
        this.#resources.letPass();
        return resolved;
      } catch (error) {
        if (!(error instanceof ResourceMissing)) throw error;
        await this.#resources.fetch(error);
      }
    }
  }

  /** The sources of a plan that was resolved, as they were opened without recorded schemas. */
  openedTables(plan: Relation): (readonly [ReadDataSource, Table])[] {
    return collectDataSources(plan, this.catalog).flatMap(read => {
      const table = this.#tables.get(read);
      return table === undefined ? [] : [[read, table] as const];
    });
  }

  async execute(plan: Relation, { signal }: { readonly signal: AbortSignal | undefined }): Promise<QueryResult> {
    const resolved = await this.resolve(plan);
    checkBatch(resolved);
    return this.run(resolved, signal, await statisticsFor(resolved));
  }

  /** Runs a bounded plan in the background; rows come as they are ready. */
  run(resolved: ResolvedRelation, signal: AbortSignal | undefined, statistics?: StatisticsOf): QueryResult {
    const { clock, random } = this.world, settings = this.sqlSettings;
    const context = new ExecutionContext(settings), queue = new ResultQueue(), abort = new AbortController();
    context.batchTimeMicros = BigInt(Math.round(clock.nowMicros()));
    context.seed = random.uint32();
    const optimized = optimize(resolved, settings, statistics);
    const physical = planQuery(optimized, queue, context, { kind: "batch" });
    const onAbort = () => abort.abort(signal?.reason);
    if (signal?.aborted === true) onAbort();
    signal?.addEventListener("abort", onAbort, { once: true });
    let bad = 0;
    const execute = async () => {
      try {
        await runBatchPlan(physical, context, abort.signal, (record: BadRecord) => {
          if (bad++ === 0) this.world.warn(`A malformed record was left out: ${record.reason} (${record.origin}, byte ${record.offset}).`);
        }, () => queue.room());
        if (bad > 1) this.world.warn(`${bad} malformed records were left out in all.`);
        queue.end();
      } catch (error) {
        queue.end(abort.signal.aborted && signal?.aborted === true ? cancelled(signal.reason) : error);
      } finally {
        signal?.removeEventListener("abort", onAbort);
        context.release();
      }
    };
    let started: Promise<void> | undefined;
    const schema = schemaOf(resolved);
    return { schema, batches: { [Symbol.asyncIterator]: () => { started ??= execute(); return queue.read(() => abort.abort()); } } };
  }

  async explain(plan: Relation, mode: ExplainMode): Promise<string> {
    const resolved = await this.resolve(plan), optimized = optimize(resolved, this.sqlSettings, await statisticsFor(resolved));
    const physical = planQuery(optimized, new ResultQueue(), new ExecutionContext(this.sqlSettings), resolved.isStreaming ? { kind: "stream", outputMode: "append" } : { kind: "batch" });
    const text = `== Physical Plan ==\n${physical.description.join("\n")}\n`;
    if (mode === "simple" || mode === "formatted") return text;
    return `== Parsed Logical Plan ==\n${relationToText(plan)}\n\n== Analyzed Logical Plan ==\n${resolved.output.map(a => `${a.name}: ${typeToSql(a.type).toLowerCase()}`).join(", ")}\n${planToText(resolved)}\n\n== Optimized Logical Plan ==\n${planToText(optimized)}\n\n${text}`;
  }

  write(write: BatchWrite, options: { readonly signal: AbortSignal | undefined }): Promise<void> { return writeBatch(this, write, options.signal); }

  start(start: StreamStart): Promise<StreamHandle> { return this.streams.start(start); }

  sql(text: string, bindings: SqlBindings): Relation {
    return this.#statement(parseStatement(text, this.sqlSettings), bindings);
  }

  registerFunction(name: string, entry: FunctionEntry): void { this.functions.register(name, entry); }
  createView(nameParts: readonly string[], plan: Relation, replace: boolean): void { this.catalog.create(nameParts, plan, replace); }
  dropView(nameParts: readonly string[]): boolean { return this.catalog.drop(nameParts); }
  view(nameParts: readonly string[]): Relation | undefined { return this.catalog.view(nameParts)?.plan; }
  stop(): Promise<void> { return this.streams.stopAll(); }

  /** Analyses and checks a streaming plan; optimised. */
  async resolveStream(plan: Relation, outputMode: StreamStart["outputMode"], recorded?: RecordedSchemas): Promise<ResolvedRelation> {
    const resolved = await this.resolve(plan, recorded);
    if (!resolved.isStreaming) throw new AnalysisError({
      condition: "WRITE_STREAM_NOT_ALLOWED", sqlState: "42601", message: "`writeStream` can be called only on streaming Dataset/DataFrame.", hint: "use write, or read the input with readStream",
    });
    checkStreaming(resolved, outputMode, this.sqlSettings);
    return resolved;
  }

  #analyzerContext(own: ReadonlyMap<ReadDataSource, Table>): AnalyzerContext {
    return {
      settings: this.sqlSettings, catalog: this.catalog, parseExpression: sql => parseExpression(sql, this.sqlSettings), lookupFunction: this.functions.lookup, functionNames: this.functions.names,
      resolveDataSource: read => {
        const table = own.get(read) ?? this.#tables.get(read);
        if (table === undefined) throw new Error(`the source ${read.format} was not opened before analysis`);
        return table;
      },
    };
  }

  #statement(statement: Statement, bindings: SqlBindings): Relation {
    if (statement.kind === "query") {
      const plan = bindParameters(statement.plan, bindings);
      return bindings.views.length === 0 ? plan : { kind: "with_cte", definitions: bindings.views.map(({ name, plan }) => ({ name, plan })), recursive: false, input: plan };
    }
    return this.#command(statement, bindings);
  }

  #command(command: Command, bindings: SqlBindings): Relation {
    switch (command.kind) {
      case "create_view": {
        if (command.ifNotExists === true && this.catalog.view(command.nameParts) !== undefined) return NOTHING;
        this.catalog.create(command.nameParts, bindParameters(command.plan, bindings), command.replace, command.columnNames);
        return NOTHING;
      }
      case "drop_view":
        if (!this.catalog.drop(command.nameParts) && !command.ifExists) throw new AnalysisError({
          condition: "TABLE_OR_VIEW_NOT_FOUND", sqlState: "42P01", message: `The table or view ${command.nameParts.map(part => `\`${part}\``).join(".")} cannot be found.`,
          messageParameters: { relationName: command.nameParts.map(part => `\`${part}\``).join(".") }, hint: "write DROP VIEW IF EXISTS",
        });
        return NOTHING;
      case "set":
        if (command.key !== undefined && command.value !== undefined) this.#context.settings.set?.(command.key, command.value);
        return { kind: "local_relation", schema: struct([field("key", STRING, false), field("value", STRING, false)]), rows: command.key === undefined ? [] : [[command.key, this.setting(command.key) ?? "<undefined>"]] };
      case "explain": return deferred(struct([field("plan", STRING)]), async () => [[await this.explain(this.#statement(command.statement, bindings), command.mode)]]);
      case "describe_query": return deferred(struct([field("col_name", STRING, false), field("data_type", STRING, false), field("comment", STRING)]), async () =>
        (await this.analyze(bindParameters(command.plan, bindings))).fields.map(f => [f.name, typeToSql(f.type).toLowerCase(), f.comment ?? null]));
      case "describe_function": return deferred(struct([field("function_desc", STRING, false)]), async () => describeFunction(command.name, this.functions.lookup(command.name)));
      case "show_views": case "show_tables": return deferred(struct([field("namespace", STRING, false), field("viewName", STRING, false), field("isTemporary", BOOLEAN, false)]), async () =>
        this.catalog.views().map(view => ["", view.name, true]));
      case "show_functions": return deferred(struct([field("function", STRING, false)]), async () => [...this.functions.names()].sort().map(name => [name]));
    }
  }

  async #settleDeferred(plan: Relation): Promise<Relation> {
    if (plan.kind !== "read_data_source" || !(plan.source instanceof DeferredTable)) return plan;
    return { kind: "local_relation", schema: plan.source.schema, rows: await plan.source.rows() };
  }
}

function describeFunction(name: string, entry: FunctionEntry | undefined): Rows {
  if (entry === undefined) return [[`Function: ${name} not found.`]];
  return [[`Function: ${entry.name}`], [`Usage: ${entry.usage} - ${entry.description}`]];
}

const NOTHING: Relation = Object.freeze({ kind: "local_relation", schema: struct([]), rows: [] });

function deferred(schema: StructType, rows: () => Promise<Rows>): Relation {
  return { kind: "read_data_source", format: "deferred", options: {}, paths: [], isStreaming: false, schema, source: new DeferredTable(schema, rows) };
}

function cancelled(reason: unknown): MillraceError {
  return new ExecutionError({ condition: "OPERATION_CANCELED", sqlState: "HY008", message: "Operation has been canceled.", cause: reason });
}
