/** The engine in this process: analysis, optimisation, and execution in batches or as a stream. */
import { analyze } from "../../analyze/analyzer.ts";
import { checkBatch, checkStreaming } from "../../analyze/check-streaming.ts";
import { collectDataSources } from "../../analyze/sources.ts";
import type { AnalyzerContext, Catalog, CatalogEntry } from "../../analyze/context.ts";
import { AnalysisError, ExecutionError, MillraceError } from "../../base/errors.ts";
import type { Clock } from "../../base/clock.ts";
import { askByFetch } from "../../base/http.ts";
import type { ConnectorEnvironment } from "../../connectors/environment.ts";
import { openTable } from "../../connectors/registry.ts";
import { DEFAULT_SHARED_BYTES, SharedReads } from "../../connectors/shared-reads.ts";
import type { Batch } from "../../columns/batch.ts";
import { rowsOf } from "../../columns/cells.ts";
import type { FunctionEntry } from "../../plan/function.ts";
import type { BadRecord, BatchReceiver, ReadRequest, Table } from "../../io/source.ts";
import { ExecutionContext } from "../../operators/context.ts";
import type { Operator } from "../../operators/operator.ts";
import { linearMemory } from "../../memory/linear-memory.ts";
import { optimize } from "../../optimize/optimize.ts";
import { planQuery } from "../../physical/planner.ts";
import { pumpPlan } from "../../physical/pump.ts";
import { runBatchPlan } from "../../physical/run.ts";
import { statisticsFor } from "../../physical/statistics.ts";
import type { SqlSettings } from "../../plan/function.ts";
import { ResourceMissing, Resources } from "../../plan/resources.ts";
import type { Command } from "../../plan/commands.ts";
import type { ReadDataSource, Relation } from "../../plan/relations.ts";
import { schemaOf, type ResolvedRelation } from "../../plan/resolved.ts";
import type { StatisticsOf } from "../../plan/statistics.ts";
import { parseExpression, parseStatement } from "../../sql/parser.ts";
import type { StructType } from "../../types/data-type.ts";
import { isStreaming } from "../streaming-relation.ts";
import { showText } from "../show.ts";
import type { BatchWrite, Engine, EngineContext, ExplainMode, QueryResult, Rows, Settings, SqlBindings, StoredTablePlace, StreamHandle, StreamStart } from "../engine.ts";
import { CURRENT_SCHEMA } from "../../functions/misc/misc.ts";
import { textsOf } from "./bindings.ts";
import { keptSettings, SessionCatalog } from "./catalog.ts";
import { withAnalyzed } from "./commands/analyze-table.ts";
import { cancelDeferred, settled } from "./commands/results.ts";
import { substituted } from "./commands/substitution.ts";
import { StatementRunner } from "./commands/run.ts";
import type { EngineWorld } from "./engine-world.ts";
import { explained } from "./explain.ts";
import { PlanCache, type CachedPlan } from "./plan-cache.ts";
import { recordedName, type RecordedSchemas } from "./recorded-schemas.ts";
import { ResultQueue } from "./result-queue.ts";
import { SessionFunctions } from "./session-functions.ts";
import { StreamStarter } from "./stream-starter.ts";
import { writeBatch } from "./write-batch.ts";

/** What queries that read the same files may hold for one another. */
const SHARED_READ_BYTES = "spark.millrace.sharedReadBytes";

export class LocalEngine implements Engine {
  readonly catalog = new SessionCatalog();
  readonly functions = new SessionFunctions();
  readonly world: EngineWorld;
  readonly streams: StreamStarter;
  readonly statements = new StatementRunner(this);
  readonly cached = new PlanCache({
    setting: key => this.setting(key),
    schemaFor: async (plan, entry) => {
      try {
        const resolved = await this.resolve(plan, undefined, { except: entry });
        return resolved.isStreaming ? undefined : schemaOf(resolved);
      } catch (error) {
        if (error instanceof MillraceError) return undefined;
        throw error;
      }
    },
    pump: (plan, entry, request, receiver) => this.#pump(plan, entry, request, receiver),
  });
  readonly #context: EngineContext;
  readonly #tables = new WeakMap<ReadDataSource, Table>();
  readonly #resources: Resources;
  readonly #sharedReads = new SharedReads(() => this.#sharedReadBytes);

  constructor(context: EngineContext, world: EngineWorld) {
    this.#context = context;
    this.world = world;
    context.settings.tellTo?.(world.warn);
    this.#resources = new Resources({ files: world.files, clock: world.clock, random: world.random, http: world.http ?? askByFetch });
    this.streams = new StreamStarter(this);
  }

  get clock(): Clock { return this.world.clock; }
  newSeed(): bigint { return BigInt(this.world.random.uint32()); }
  get checkpointRoot(): string | undefined { return this.#context.checkpointRoot; }

  get settings(): Settings { return this.#context.settings; }
  /** The settings as they are now: what a view or a function is made under. */
  snapshot(): SqlSettings { return { ...this.sqlSettings, conf: keptSettings(this.#context.settings.entries?.() ?? [], this.catalog) }; }

  /** A setting of the session. */
  setting(key: string): string | undefined { return this.#context.settings.get(key); }

  get sqlSettings(): SqlSettings {
    const { settings } = this.#context;
    return {
      timeZone: settings.get("spark.sql.session.timeZone") ?? Intl.DateTimeFormat().resolvedOptions().timeZone,
      ansi: (settings.get("spark.sql.ansi.enabled") ?? "true").toLowerCase() !== "false",
      conf: { get: key => key === CURRENT_SCHEMA ? this.catalog.currentSchema : settings.get(key) }, resources: this.#resources,
    };
  }

  get environment(): ConnectorEnvironment {
    const { clock, random, files, print, warn } = this.world, { timeZone } = this.sqlSettings;
    return { clock, random, files, timeZone, setting: name => this.setting(name), print, warn, sharedReads: this.#sharedReads, renderTable: (schema, rows, options) => showText(schema, rows, { ...options, timeZone }) };
  }

  get #sharedReadBytes(): number {
    const text = this.setting(SHARED_READ_BYTES), bytes = Number(text ?? DEFAULT_SHARED_BYTES);
    if (Number.isSafeInteger(bytes) && bytes >= 0) return bytes;
    throw new AnalysisError({
      condition: "MILLRACE_INVALID_OPTION", sqlState: "22023", message: `Invalid value '${text}' for '${SHARED_READ_BYTES}', must be a number of bytes.`,
      messageParameters: { option: SHARED_READ_BYTES, value: text! }, hint: "0 turns sharing off",
    });
  }

  async analyze(plan: Relation): Promise<StructType> {
    await this.statements.ready;
    return schemaOf(await this.resolve(plan));
  }

  async semantics(plan: Relation): Promise<string> {
    await this.statements.ready;
    return (await import("../../plan/semantics.ts")).semanticsOf(await this.resolve(plan));
  }

  /** Opens the sources that a plan names, then analyses it. `recorded`: schemas that an earlier run of the query inferred. */
  async resolve(written: Relation, recorded?: RecordedSchemas, env: { readonly views?: readonly string[]; readonly holdsTimes?: boolean; readonly except?: CachedPlan } = {}): Promise<ResolvedRelation> {
    if (this.#context.memoryBytes !== undefined) linearMemory().setLimit(this.#context.memoryBytes);
    const plan = await this.#withCached(await settled(written), recorded, env.except), context = this.analyzerContext(await this.openSources(plan, recorded));
    return await this.withResources(() => analyze(plan, context, env));
  }

  /** What is cached stands in for parts of a plan; a stream reads its sources itself. */
  async #withCached(plan: Relation, recorded: RecordedSchemas | undefined, except: CachedPlan | undefined): Promise<Relation> {
    if (this.cached.isEmpty || recorded !== undefined || isStreaming(plan, this)) return plan;
    if (except === undefined) await this.cached.prepare();
    return this.cached.apply(plan, except);
  }

  async #pump(plan: Relation, entry: CachedPlan, request: ReadRequest, receiver: BatchReceiver): Promise<void> {
    const resolved = await this.resolve(plan, undefined, { except: entry }), settings = this.sqlSettings, context = new ExecutionContext(settings);
    context.batchTimeMicros = BigInt(Math.round(this.clock.nowMicros()));
    context.seed = this.world.random.uint32();
    try {
      const optimized = optimize(resolved, settings, await this.#statisticsOf(resolved));
      await pumpPlan(optimized, context, request, receiver);
    } finally {
      context.release();
    }
  }

  /** Does what needs resources, again each time that one was missing and has been fetched. */
  async withResources<T>(work: () => T): Promise<T> {
    for (;;) {
      try {
        const result = work();
        this.#resources.letPass();
        return result;
      } catch (error) {
        if (!(error instanceof ResourceMissing)) throw error;
        await this.#resources.fetch(error);
      }
    }
  }

  /** Opens what isn't open of a plan's sources. Gives those that were opened with recorded schemas. */
  async openSources(plan: Relation, recorded?: RecordedSchemas): Promise<ReadonlyMap<ReadDataSource, Table>> {
    const own = new Map<ReadDataSource, Table>();
    for (const read of this.sourcesOf(plan)) {
      const name = recorded === undefined ? undefined : recordedName(read), schema = name === undefined ? undefined : recorded!.get(name);
      if (schema !== undefined) own.set(read, await openTable({ ...read, schema }, this.environment));
      else if (!this.#tables.has(read)) this.#tables.set(read, await openTable(read, this.environment));
    }
    return own;
  }

  sourcesOf(plan: Relation): readonly ReadDataSource[] { return collectDataSources(plan, this.analyzerContext().catalog); }
  /** Whether a plan can be analysed at once. */
  isOpened(plan: Relation): boolean { return this.sourcesOf(plan).every(read => this.#tables.has(read)); }
  /** Analyses a plan at once; undefined if something must be opened or fetched first. `views`: names that it must not come back to. */
  resolveNow(plan: Relation, env: { readonly views?: readonly string[]; readonly holdsTimes?: boolean }): ResolvedRelation | undefined {
    if (!this.isOpened(plan)) return undefined;
    try {
      return analyze(plan, this.analyzerContext(), env);
    } catch (error) {
      if (error instanceof ResourceMissing) return undefined;
      throw error;
    }
  }

  /** What the plan's tables know of themselves, and what ANALYZE TABLE found. */
  async #statisticsOf(resolved: ResolvedRelation, always = false): Promise<StatisticsOf> {
    return withAnalyzed(await statisticsFor(resolved, always), this.catalog, read => this.#tables.get(read));
  }

  /** All rows of a bounded query. */
  async collect(plan: Relation, signal?: AbortSignal): Promise<{ readonly schema: StructType; readonly rows: Rows }> {
    const { schema, batches } = await this.executeNow(plan, { signal }), rows: Rows[number][] = [];
    for await (const part of batches) rows.push(...part);
    return { schema, rows };
  }

  /** The sources of a plan that was resolved, as they were opened without recorded schemas. */
  openedTables(plan: Relation): (readonly [ReadDataSource, Table])[] {
    return collectDataSources(plan, this.catalog).flatMap(read => {
      const table = this.#tables.get(read);
      return table === undefined ? [] : [[read, table] as const];
    });
  }

  async execute(plan: Relation, options: { readonly signal: AbortSignal | undefined }): Promise<QueryResult> {
    await this.#ready(plan, options.signal);
    return await this.executeNow(plan, options);
  }

  /** Waits for the statements so far. Who cancels what waits for a script cancels the script. */
  async #ready(plan: Relation, signal: AbortSignal | undefined): Promise<void> {
    const cancel = (): void => cancelDeferred(plan, signal?.reason);
    signal?.addEventListener("abort", cancel, { once: true });
    if (signal?.aborted === true) cancel();
    try {
      await this.statements.ready;
    } finally {
      signal?.removeEventListener("abort", cancel);
    }
  }

  /** The same inside a statement: waits for no other. */
  async executeNow(plan: Relation, { signal }: { readonly signal: AbortSignal | undefined }): Promise<QueryResult> {
    const resolved = await this.resolve(plan);
    checkBatch(resolved);
    return this.run(resolved, signal, await this.#statisticsOf(resolved));
  }

  /** A bounded plan that is ready to run, once: its batches are lent to `target`. */
  async prepareBatch(plan: Relation): Promise<{ readonly schema: StructType; run(target: Operator, signal: AbortSignal | undefined): Promise<void> }> {
    const resolved = await this.resolve(plan);
    checkBatch(resolved);
    const statistics = await this.#statisticsOf(resolved);
    return {
      schema: schemaOf(resolved),
      run: async (target, signal = new AbortController().signal) => {
        try {
          signal.throwIfAborted();
          await this.#planned(resolved, target, statistics)(signal);
        } catch (error) {
          throw signal.aborted ? cancelled(signal.reason) : error;
        }
      },
    };
  }

  /** Runs a bounded plan in the background; rows come as they are ready. */
  run(resolved: ResolvedRelation, signal: AbortSignal | undefined, statistics?: StatisticsOf): QueryResult {
    return { schema: schemaOf(resolved), batches: this.#taken(resolved, signal, statistics, rowsOf) };
  }

  async arrow(plan: Relation, { signal, compression }: { readonly signal: AbortSignal | undefined; readonly compression: "none" | "lz4" | "zstd" }): Promise<AsyncIterable<Uint8Array>> {
    await this.statements.ready;
    const { ArrowWriter } = await import("../../formats/arrow/arrow-writer.ts"), resolved = await this.resolve(plan);
    checkBatch(resolved);
    const writer = new ArrowWriter(schemaOf(resolved), compression, false), begin = writer.open(), parts = this.#taken(resolved, signal, await statisticsFor(resolved), batch => Buffer.concat(writer.write(batch)));
    return (async function* () {
      yield Buffer.concat(begin);
      yield* parts;
      yield Buffer.concat(writer.finish());
    })();
  }

  /** Runs a bounded plan in the background, when it is asked for the first batch; gives what `take` makes of batches. */
  #taken<T>(resolved: ResolvedRelation, signal: AbortSignal | undefined, statistics: StatisticsOf | undefined, take: (batch: Batch) => T): AsyncIterable<T> {
    const queue = new ResultQueue(take), abort = new AbortController(), runPlan = this.#planned(resolved, queue, statistics);
    const onAbort = () => abort.abort(signal?.reason);
    if (signal?.aborted === true) onAbort();
    signal?.addEventListener("abort", onAbort, { once: true });
    const execute = async () => {
      try {
        await runPlan(abort.signal, () => queue.room());
        queue.end();
      } catch (error) {
        queue.end(abort.signal.aborted && signal?.aborted === true ? cancelled(signal.reason) : error);
      } finally {
        signal?.removeEventListener("abort", onAbort);
      }
    };
    let started: Promise<void> | undefined;
    return { [Symbol.asyncIterator]: () => { started ??= execute(); return queue.read(() => abort.abort()); } };
  }

  /** The pipelines of a bounded plan, to be run once. */
  #planned(resolved: ResolvedRelation, target: Operator, statistics: StatisticsOf | undefined): (signal: AbortSignal, ready?: () => Promise<void>) => Promise<void> {
    const { clock, random } = this.world, settings = this.sqlSettings, context = new ExecutionContext(settings);
    context.batchTimeMicros = BigInt(Math.round(clock.nowMicros()));
    context.seed = random.uint32();
    const physical = planQuery(optimize(resolved, settings, statistics), target, context, { kind: "batch" });
    return async (signal, ready) => {
      let bad = 0;
      try {
        await runBatchPlan(physical, context, signal, (record: BadRecord) => {
          if (bad++ === 0) this.world.warn(`A malformed record was left out: ${record.reason} (${record.origin} at ${record.offset}).`);
        }, ready);
        if (bad > 1) this.world.warn(`${bad} malformed records were left out in all.`);
      } finally {
        context.release();
      }
    };
  }

  async explain(plan: Relation, mode: ExplainMode): Promise<string> {
    await this.statements.ready;
    return await this.explainNow(plan, mode);
  }

  async explainNow(plan: Relation, mode: ExplainMode): Promise<string> {
    const resolved = await this.resolve(plan), statistics = await this.#statisticsOf(resolved, mode === "cost" || mode === "analyze"), context = new ExecutionContext(this.sqlSettings);
    context.batchTimeMicros = BigInt(Math.round(this.clock.nowMicros()));
    return await explained({ written: plan, resolved, optimized: optimize(resolved, this.sqlSettings, statistics), statistics, context }, mode);
  }

  async write(write: BatchWrite, options: { readonly signal: AbortSignal | undefined }): Promise<void> {
    await this.statements.ready;
    await writeBatch(this, write, options.signal);
  }

  async start(start: StreamStart): Promise<StreamHandle> {
    await this.statements.ready;
    return await this.streams.start(start);
  }

  sql(text: string, bindings: SqlBindings): Relation { return this.statements.statement(parseStatement(substituted(text, this.sqlSettings), { ...this.sqlSettings, texts: textsOf(bindings) }), bindings); }

  command(command: Command): Relation { return this.statements.statement(command, { named: {}, positional: [], views: [] }); }
  storedTable(nameParts: readonly string[]): StoredTablePlace | undefined { return this.catalog.table(nameParts); }
  cache(plan: Relation, level: string): void { this.cached.add(plan, level); }
  uncache(plan: Relation): boolean { return this.cached.remove(plan); }
  cacheLevel(plan: Relation): string | undefined { return this.cached.find(plan)?.level; }
  clearCache(): void { this.cached.clear(); }
  registerFunction(name: string, entry: FunctionEntry): void { this.functions.register(name, entry); }
  createView(nameParts: readonly string[], plan: Relation, replace: boolean): void { this.catalog.create(nameParts, plan, replace); }
  dropView(nameParts: readonly string[]): boolean { return this.catalog.drop(nameParts); }
  view(nameParts: readonly string[]): Relation | undefined { return this.catalog.view(nameParts)?.plan; }
  async stop(): Promise<void> {
    this.statements.cancelScripts("the session is stopped");
    await this.statements.ready;
    await this.streams.stopAll();
    this.cached.clear();
  }

  /** Analyses and checks a streaming plan; optimised. */
  async resolveStream(plan: Relation, outputMode: StreamStart["outputMode"], recorded?: RecordedSchemas): Promise<ResolvedRelation> {
    const resolved = await this.resolve(plan, recorded);
    if (!resolved.isStreaming) throw new AnalysisError({
      condition: "WRITE_STREAM_NOT_ALLOWED", sqlState: "42601", message: "`writeStream` can be called only on streaming Dataset/DataFrame.", hint: "use write, or read the input with readStream",
    });
    checkStreaming(resolved, outputMode, this.sqlSettings);
    return resolved;
  }

  /** A view whose plan is cached, or holds what is. */
  #cachedEntry(entry: CatalogEntry | undefined): CatalogEntry | undefined {
    if (entry?.kind !== "view" || isStreaming(entry.plan, this)) return entry;
    const plan = this.cached.apply(entry.plan);
    return plan === entry.plan ? entry : { ...entry, plan };
  }

  /** What the analyser is handed. `own`: sources that were opened for this plan alone. */
  analyzerContext(own: ReadonlyMap<ReadDataSource, Table> = new Map()): AnalyzerContext {
    const { catalog } = this, cached: Catalog = this.cached.isEmpty ? catalog : { lookupTable: (name, streaming, home) => this.#cachedEntry(catalog.lookupTable(name, streaming, home)), names: () => catalog.names(), lookupRoutine: name => catalog.lookupRoutine(name) };
    return {
      settings: this.sqlSettings, catalog: cached, parseExpression: sql => parseExpression(sql, this.sqlSettings), lookupFunction: this.functions.lookup, functionNames: this.functions.names,
      lookupVariable: parts => catalog.lookupVariable(parts), lookupRoutine: parts => catalog.lookupRoutine(parts),
      resolveDataSource: read => {
        const table = own.get(read) ?? this.#tables.get(read);
        if (table === undefined) throw new Error(`the source ${read.format} was not opened before analysis`);
        return table;
      },
    };
  }
}

function cancelled(reason: unknown): MillraceError {
  return new ExecutionError({ condition: "OPERATION_CANCELED", sqlState: "HY008", message: "Operation has been canceled.", cause: reason });
}
