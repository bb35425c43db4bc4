/** The session: where frames begin, what runs, and the settings. */
import type { ArrowData } from "./arrow.ts";
import type { Expression } from "../plan/expressions.ts";
import { isLibraryTable } from "../formats/arrow/library-shapes.ts";
import { BIGINT, type StructType } from "../types/data-type.ts";
import { parseSchemaDdl } from "../types/ddl.ts";
import type { ParserSettings } from "../types/token-cursor.ts";
import { badArgument } from "./api-errors.ts";
import { CatalogNode, type Catalog } from "./catalog.ts";
import { callSite } from "./call-site.ts";
import { nameParts, nodeOf } from "./column-node.ts";
import type { Expr } from "./column.ts";
import { RuntimeConf, type SparkConf } from "./conf.ts";
import type { DataFrame } from "./data-frame.ts";
import { parallelized, type Dataset, type DatasetNode } from "./dataset.ts";
import type { Engine, EngineFactory, SqlBindings, StreamStart } from "./engine.ts";
import { FrameNode, frameOver, type SessionCore } from "./frame.ts";
import { givenData, type ColumnsIn, type FoundRow, type RowsIn } from "./given-data.ts";
import { literalOf } from "./literals.ts";
import { readerOf, type Reader, type UntypedRow } from "./reader.ts";
import { structTypeOf, type Schema } from "./schema.ts";
import { rowCheckOf } from "./standard-schema.ts";
import { QueryManager, type StreamingQueries } from "./streaming-queries.ts";
import type { StreamingQuery } from "./streaming-query.ts";
import { TableCallNode, registeredEntry, type TableCall, type UserFunctions } from "./user-functions.ts";

export interface SessionOptions {
  appName?: string;
  /** The zone in which times are read and shown; by default the machine's. */
  timeZone?: string;
  /** What queries may hold in memory at most, in bytes, at most 4 GiB. The memory is the thread's: of several sessions the last query's limit holds. */
  memoryBytes?: number;
  /** Where checkpoints without a location of their own go. */
  checkpointRoot?: string;
  conf?: SparkConf;
  /** The live page, off unless asked for: on 127.0.0.1:4040, or the next free port. */
  page?: true | PageOptions;
  /** Stops the session when it aborts. */
  signal?: AbortSignal;
}

export interface PageOptions {
  port?: number;
  /** Any but a loopback address needs a token. */
  host?: string;
  /** At least 16 characters. */
  token?: string;
  /** Lets the page stop queries. */
  actions?: boolean;
}
/** A page that is served. */
export interface LivePage { readonly url: string; close(reason?: string): Promise<void> }
/** Serves the page of an engine: handed in, so that sessions without a page load none of it. */
export type PageOpener = (engine: Engine, options: PageOptions) => Promise<LivePage>;

export interface Session extends AsyncDisposable {
  readonly read: Reader<UntypedRow, never>;
  readonly readStream: Reader<UntypedRow, never>;
  /**
   * Rows, or columns by their names. Arrays are read at once; async iterables, Node streams of objects and functions that make an iterable
   * when a query runs, and only functions more than once. docs/formats/arrow.md shows all that it takes.
   */
  createDataFrame<R>(data: RowsIn<R> | ColumnsIn<R>, schema: Schema<R>): DataFrame<R>;
  /** The same with types found in the values: a number is DOUBLE, and all may be null. Tables of apache-arrow and flechette and Arrow's bytes have theirs with them. */
  createDataFrame<const G extends object>(data: G): DataFrame<FoundRow<G>>;
  /** The rows of Arrow data: a table of apache-arrow or flechette, or the bytes of a file or stream, of a database's driver or a Node stream, whole or in pieces. */
  fromArrow(data: ArrowData): Promise<DataFrame<UntypedRow>>;
  /** Values of any kind as a dataset. */
  parallelize<T>(values: Iterable<T>): Dataset<T>;
  /** Whole numbers from 0, or `start`, up to but without `end`. */
  range(end: number | bigint): DataFrame<{ id: bigint }>;
  range(start: number | bigint, end: number | bigint, step?: number | bigint): DataFrame<{ id: bigint }>;
  table(name: string): DataFrame<UntypedRow>;
  /** The rows of a function made by udtf(): `table(words(lit("to be")))`. */
  table<R>(call: TableCall<R>): DataFrame<R>;
  readonly udf: UserFunctions;
  readonly catalog: Catalog;
  /** A statement; `:name` and `?` in it are bound to `args`. As a tagged template: frames become views, other values parameters. */
  sql(text: string, args?: Readonly<Record<string, unknown>> | readonly unknown[]): DataFrame<UntypedRow>;
  sql(text: TemplateStringsArray, ...values: unknown[]): DataFrame<UntypedRow>;
  /** The same with a declared row, which is checked against the plan: ``sql(Top)`SELECT ...` ``. */
  sql<R>(schema: Schema<R>): (text: TemplateStringsArray, ...values: unknown[]) => DataFrame<R>;
  readonly streams: StreamingQueries;
  readonly conf: Pick<RuntimeConf, "get" | "set" | "unset" | "getAll">;
  /** The live page once it is served; null if the session has none. */
  livePage(): Promise<{ readonly url: string } | null>;
  /** Stops all queries and lets go of everything. `await using` does the same. */
  stop(): Promise<void>;
}

export class SessionNode implements SessionCore {
  readonly engine: Engine;
  readonly conf: RuntimeConf;
  readonly #queries: QueryManager;
  readonly #page: Promise<LivePage> | undefined;
  #isStopped = false;

  constructor(options: SessionOptions, makeEngine: EngineFactory, openPage?: PageOpener) {
    this.conf = new RuntimeConf({
      ...(options.appName !== undefined && { "spark.app.name": options.appName }),
      ...(options.timeZone !== undefined && { "spark.sql.session.timeZone": options.timeZone }), ...options.conf,
    });
    this.engine = makeEngine({
      settings: this.conf.settings, memoryBytes: options.memoryBytes,
      checkpointRoot: options.checkpointRoot ?? this.conf.get("spark.sql.streaming.checkpointLocation"),
    });
    this.#queries = new QueryManager(this.engine);
    if (options.page !== undefined && openPage !== undefined) {
      this.#page = openPage(this.engine, options.page === true ? {} : options.page);
      this.#page.catch(() => undefined); // told by livePage()
    }
    options.signal?.addEventListener("abort", () => void this.stop(), { once: true });
  }

  get timeZone(): string { return this.conf.get("spark.sql.session.timeZone") ?? "UTC"; }
  get parserSettings(): ParserSettings { return { timeZone: this.timeZone, conf: this.conf.settings }; }
  get read(): Reader<UntypedRow, never> { return readerOf(this, false); }
  get readStream(): Reader<UntypedRow, never> { return readerOf(this, true); }

  createDataFrame(data: unknown, schema?: Schema<unknown>): FrameNode {
    const { relation, fields } = schema === undefined ? givenData(data, undefined) : givenData(data, structTypeOf(schema), rowCheckOf(schema));
    return frameOver(this, relation, fields);
  }

  async fromArrow(data: ArrowData): Promise<FrameNode> {
    const origin = callSite(), { bytesOf } = await import("./arrow.ts"), { arrowDataTable } = await import("../connectors/arrow/arrow-table.ts"), source = await arrowDataTable(isLibraryTable(data) ? data : await bytesOf(data));
    return frameOver(this, { kind: "read_data_source", format: "arrow", source, options: {}, paths: [], isStreaming: false, origin }, source.schema.fields);
  }

  parallelize(values: Iterable<unknown>): DatasetNode { return parallelized(this, values); }

  range(first: number | bigint, end?: number | bigint, step: number | bigint = 1n): FrameNode {
    const [start, stop] = end === undefined ? [0n, BigInt(first)] : [BigInt(first), BigInt(end)];
    if (BigInt(step) === 0n) throw badArgument("range() needs a step other than 0.");
    return frameOver(this, { kind: "range", start, end: stop, step: BigInt(step), origin: callSite() }, [{ name: "id", type: BIGINT }]);
  }

  table(name: string | TableCallNode): FrameNode {
    if (name instanceof TableCallNode) return frameOver(this, name.relation, name.entry.user!.output.fields);
    return frameOver(this, { kind: "read_named_table", nameParts: nameParts(name), isStreaming: false, origin: callSite() });
  }

  get catalog(): Catalog { return new CatalogNode(this); }

  get udf(): UserFunctions {
    return { register: (name, f) => { this.engine.registerFunction(name, registeredEntry(name, f)); return f; } };
  }

  sql(text: unknown, ...values: unknown[]): unknown {
    if (typeof text === "string") return this.#statement(text, bindArgs(values[0]));
    if (isTemplate(text)) return this.#template(text, values);
    const type = structTypeOf(text as Schema<unknown>);
    return (template: TemplateStringsArray, ...inner: unknown[]) => {
      if (!isTemplate(template)) throw badArgument("sql(schema) is followed by a template.", "sql(Top)`SELECT ...`, or sql(text).as(Top)");
      return this.#template(template, inner).as(text as Schema<typeof type>);
    };
  }

  #template(parts: TemplateStringsArray, values: readonly unknown[]): FrameNode {
    const named: Record<string, Expression> = {}, views: { name: string; plan: FrameNode["relation"] }[] = [];
    let text = parts[0]!;
    values.forEach((value, i) => {
      if (value instanceof FrameNode) {
        const name = `_frame_${i}`;
        views.push({ name, plan: value.relation });
        text += name;
      } else {
        const name = `_value_${i}`;
        named[name] = argument(value);
        text += `:${name}`;
      }
      text += parts[i + 1]!;
    });
    return this.#statement(text, { named, positional: [], views });
  }

  #statement(text: string, bindings: SqlBindings): FrameNode { return frameOver(this, this.engine.sql(text, bindings)); }

  parseSchema(ddl: string): StructType { return parseSchemaDdl(ddl, this.parserSettings); }

  async startQuery(start: StreamStart): Promise<StreamingQuery> {
    if (this.#isStopped) throw badArgument("The session is stopped.");
    return await this.#queries.start(start);
  }

  get streams(): StreamingQueries { return this.#queries.face; }

  async livePage(): Promise<LivePage | null> { return await this.#page ?? null; }

  async stop(): Promise<void> {
    if (this.#isStopped) return;
    this.#isStopped = true;
    try {
      await this.#queries.stopAll();
    } finally {
      await this.engine.stop();
      await (await this.#page?.catch(() => undefined))?.close();
    }
  }
  [Symbol.asyncDispose](): Promise<void> { return this.stop(); }
}

const isTemplate = (value: unknown): value is TemplateStringsArray => Array.isArray(value) && "raw" in value;

function bindArgs(args: unknown): SqlBindings {
  if (args === undefined) return { named: {}, positional: [], views: [] };
  if (Array.isArray(args)) return { named: {}, positional: args.map(argument), views: [] };
  return { named: Object.fromEntries(Object.entries(args as object).map(([name, value]) => [name, argument(value)])), positional: [], views: [] };
}

/** A value or column bound into SQL text. */
function argument(value: unknown): Expression {
  return nodeOf(value as Expr<unknown>)?.expression ?? literalOf(value, callSite());
}

/** A session over an engine. */
export const createSession = (options: SessionOptions, makeEngine: EngineFactory, openPage?: PageOpener): Session =>
  new SessionNode(options, makeEngine, openPage) as unknown as Session;

export type { Listener, StreamingQueries } from "./streaming-queries.ts";
