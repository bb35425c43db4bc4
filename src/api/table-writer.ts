/** writeTo(): rows into tables of the session, by the names of their columns, as Spark's DataFrameWriterV2. */
import type { Command, CreateTable, Insert } from "../plan/commands.ts";
import { badArgument, streamingAction } from "./api-errors.ts";
import { callSite } from "./call-site.ts";
import { nameParts, nodeOf } from "./column-node.ts";
import type { Condition, Expr } from "./column.ts";
import type { FrameNode, SessionCore } from "./frame.ts";
import { optionsOf } from "./options.ts";
import type { ActionOptions } from "./streaming-query.ts";

type Option = string | number | boolean;
export interface DataFrameWriterV2 {
  /** The format of a new table's files: Parquet unless said otherwise. */
  using(format: string): this;
  option(key: string, value: Option): this;
  options(options: Readonly<Record<string, Option>>): this;
  tableProperty(key: string, value: string): this;
  /** Columns of a new table that become folders. */
  partitionedBy(...columns: (string | Expr<unknown>)[]): this;
  /** Makes the table. @throws AnalysisError TABLE_OR_VIEW_ALREADY_EXISTS */
  create(options?: ActionOptions): Promise<void>;
  /** Makes it in the place of one that is there. @throws AnalysisError TABLE_OR_VIEW_NOT_FOUND */
  replace(options?: ActionOptions): Promise<void>;
  createOrReplace(options?: ActionOptions): Promise<void>;
  append(options?: ActionOptions): Promise<void>;
  /** The rows take the place of those for which the condition is true: `overwrite("true")` replaces all. The others are written anew with them. */
  overwrite(condition: Condition | string, options?: ActionOptions): Promise<void>;
  /** The rows take the place of all rows of the partitions into which they come. */
  overwritePartitions(options?: ActionOptions): Promise<void>;
}

interface State {
  readonly provider?: string;
  readonly options: Readonly<Record<string, string>>;
  readonly properties: Readonly<Record<string, string>>;
  readonly partitionedBy: readonly string[];
}

export class TableWriter {
  readonly #frame: FrameNode;
  readonly #name: string;
  readonly #state: State;

  constructor(frame: FrameNode, name: string, state: State = { options: {}, properties: {}, partitionedBy: [] }) {
    this.#frame = frame;
    this.#name = name;
    this.#state = state;
    Object.freeze(this);
  }

  #with(change: Partial<State>): TableWriter { return new TableWriter(this.#frame, this.#name, { ...this.#state, ...change }); }

  using(provider: string): TableWriter { return this.#with({ provider }); }
  option(key: string, value: Option): TableWriter { return this.options({ [key]: value }); }
  options(options: object): TableWriter { return this.#with({ options: { ...this.#state.options, ...optionsOf(options) } }); }
  tableProperty(key: string, value: string): TableWriter { return this.#with({ properties: { ...this.#state.properties, [key]: value } }); }
  partitionedBy(...columns: unknown[]): TableWriter {
    return this.#with({
      partitionedBy: columns.map(column => {
        const expression = typeof column === "string" ? undefined : nodeOf(column as Expr<unknown>)?.expression;
        const name = typeof column === "string" ? column : expression?.kind === "unresolved_attribute" ? expression.nameParts.at(-1) : undefined;
        if (name === undefined) throw badArgument("partitionedBy() takes columns of the table: files are dealt out by values, not by transforms of them.", "add the value as a column");
        return name;
      }),
    });
  }

  create(options?: ActionOptions): Promise<void> { return this.#make({}, options); }
  replace(options?: ActionOptions): Promise<void> { return this.#make({ anew: "existing" }, options); }
  createOrReplace(options?: ActionOptions): Promise<void> { return this.#make({ anew: "any" }, options); }
  append(options?: ActionOptions): Promise<void> { return this.#insert({ overwrite: false }, options); }
  overwrite(condition: unknown, options?: ActionOptions): Promise<void> {
    const replaceWhere = this.#frame.condition(condition);
    const isAll = replaceWhere.kind === "literal" && replaceWhere.value === true;
    return this.#insert(isAll ? { overwrite: true } : { overwrite: true, replaceWhere, scope: "rows" }, options);
  }
  overwritePartitions(options?: ActionOptions): Promise<void> { return this.#insert({ overwrite: true, scope: "partitions" }, options); }

  #make(how: Pick<CreateTable, "anew">, options: ActionOptions = {}): Promise<void> {
    const { provider, partitionedBy, properties } = this.#state;
    return this.#run({ kind: "create_table", name: { parts: nameParts(this.#name) }, ifNotExists: false, replace: false, ...how, columns: [], ...(provider !== undefined && { provider }), options: this.#state.options, properties, partitionedBy, query: this.#frame.relation, origin: callSite() }, options);
  }

  #insert(how: Pick<Insert, "overwrite" | "replaceWhere" | "scope">, options: ActionOptions = {}): Promise<void> {
    return this.#run({ kind: "insert", name: { parts: nameParts(this.#name) }, byName: true, partition: [], ifNotExists: false, ...how, query: this.#frame.relation, origin: callSite() }, options);
  }

  async #run(command: Command, { signal }: ActionOptions): Promise<void> {
    if (this.#frame.isStreaming) throw streamingAction("writeTo", "writeStream.toTable(name)");
    signal?.throwIfAborted();
    await carryOut(this.#frame.session, command, signal);
  }
}

/** Runs a statement to its end. */
export async function carryOut({ engine }: SessionCore, command: Command, signal?: AbortSignal): Promise<void> {
  for await (const _rows of (await engine.execute(engine.command(command), { signal })).batches) { /* its result has no rows */ }
}

/** Where a stream's rows go that are to be a table: a table that is there, or one that is made now, with the columns of the query. */
export async function streamedTable(frame: FrameNode, name: string, { provider, partitionedBy, options }: { readonly provider: string | undefined; readonly partitionedBy: readonly string[]; readonly options: Readonly<Record<string, string>> }): Promise<{ readonly format: string; readonly path: string; readonly partitionBy: readonly string[]; readonly options: Readonly<Record<string, string>> }> {
  const { session } = frame, parts = nameParts(name);
  if (session.engine.storedTable(parts) === undefined) {
    const { fields } = await session.engine.analyze(frame.relation);
    await carryOut(session, {
      kind: "create_table", name: { parts }, ifNotExists: true, replace: false, columns: fields.map(({ name: column, type, comment }) => ({ name: column, type, nullable: true, ...(comment !== undefined && { comment }) })),
      ...(provider !== undefined && { provider }), options, properties: {}, partitionedBy, origin: callSite(),
    });
  }
  const table = session.engine.storedTable(parts);
  if (table === undefined) throw badArgument(`${name} is no table of files.`, "a view can't be written", "EXPECT_TABLE_NOT_VIEW.NO_ALTERNATIVE", "42809");
  if (provider !== undefined && provider.toLowerCase() !== table.provider.toLowerCase()) throw badArgument(`The input source(${provider}) is different from the table ${name}'s data source provider(${table.provider}).`, undefined, "_LEGACY_ERROR_TEMP_1219", "42K02");
  if (partitionedBy.length > 0 && partitionedBy.map(column => column.toLowerCase()).join() !== table.partitionedBy.map(column => column.toLowerCase()).join()) {
    throw badArgument(`The table ${name} has the partition columns [${table.partitionedBy.join(", ")}], and not [${partitionedBy.join(", ")}].`, "leave partitionBy() out");
  }
  return { format: table.provider, path: table.location, partitionBy: table.partitionedBy, options: table.options };
}
