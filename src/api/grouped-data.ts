/** A frame grouped by keys, on its way to aggregates. */
import { alias, call, literal, type Expression, type Origin } from "../plan/expressions.ts";
import type { ProgramApi, StatefulProgram } from "../plan/stateful-program.ts";
import { BIGINT, INT, type DataType as SqlType, type StructType } from "../types/data-type.ts";
import { entriesOf, named, type KnownColumn, type Selected as Entry } from "./accessor.ts";
import { badArgument, streamingAction } from "./api-errors.ts";
import { callSite } from "./call-site.ts";
import { nodeOf } from "./column-node.ts";
import type { Merge, Named, Selection, type } from "./column.ts";
import type { ByColumns, DataFrame, Global, Selected, Sides } from "./data-frame.ts";
import { frameOver, type FrameNode } from "./frame.ts";
import type { Avg, Sum } from "./functions/aggregates.ts";
import { DatasetNode, type Dataset } from "./dataset.ts";
import { literalOf } from "./literals.ts";
import type { UntypedRow } from "./reader.ts";
import type { DataType, Schema, ValueOf } from "./schema.ts";
import type { FlatMapGroupsOptions, Given, GroupState, MapGroupsOptions, StateSpec, StatefulProcessor } from "./state-types.ts";
import { declaredOutput, groupStateProgram, processorProgram } from "./stateful-program.ts";

declare const keys: unique symbol;
declare const row: unique symbol;
declare const sides: unique symbol;
interface Grouped<out Keys, out Row, out S extends Sides> { readonly [keys]: Keys; readonly [row]: Row; readonly [sides]: S }
type Any = Grouped<unknown, unknown, Sides>;
type K<G extends Any> = G[typeof keys];

interface GroupOps {
  /** The keys, and these aggregates of each group. */
  agg<G extends Any, const A extends readonly (Named<string, unknown> | ByColumns<G[typeof sides], Selection>)[]>(this: G, ...aggregates: A): DataFrame<Merge<K<G>, Selected<G[typeof row], A>>>;
  count<G extends Any>(this: G): DataFrame<Merge<K<G>, { count: bigint }>>;
  sum<G extends Any, const N extends keyof G[typeof row] & string>(this: G, ...names: N[]): DataFrame<Merge<K<G>, { [P in N as `sum(${P})`]: Sum<G[typeof row][P]> }>>;
  avg<G extends Any, const N extends keyof G[typeof row] & string>(this: G, ...names: N[]): DataFrame<Merge<K<G>, { [P in N as `avg(${P})`]: Avg<G[typeof row][P]> }>>;
  min<G extends Any, const N extends keyof G[typeof row] & string>(this: G, ...names: N[]): DataFrame<Merge<K<G>, { [P in N as `min(${P})`]: G[typeof row][P] }>>;
  max<G extends Any, const N extends keyof G[typeof row] & string>(this: G, ...names: N[]): DataFrame<Merge<K<G>, { [P in N as `max(${P})`]: G[typeof row][P] }>>;
  /** Calls a program with state of its own for each key. Without `output` it gives values of any kind, of a query that ends. */
  transformWithState<G extends Any, St extends StateSpec, O>(this: G, processor: StatefulProcessor<K<G>, G[typeof row], St, Given<NoInfer<O>>> & { readonly output: Schema<O> }): DataFrame<O>;
  transformWithState<G extends Any, St extends StateSpec, O>(this: G, processor: StatefulProcessor<K<G>, G[typeof row], St, O>): Dataset<O>;
  /** As transformWithState with one value and one timeout a key. Called again without rows when the timeout has passed. */
  flatMapGroupsWithState<G extends Any, D extends DataType<unknown>, O>(this: G, options: FlatMapGroupsOptions<D, O>, call: (key: K<G>, rows: Iterable<G[typeof row]>, state: GroupState<Exclude<ValueOf<D>, null>>) => Iterable<Given<NoInfer<O>>>): DataFrame<O>;
  /** As flatMapGroupsWithState, with one row a call. A query with it is written in update mode. */
  mapGroupsWithState<G extends Any, D extends DataType<unknown>, O>(this: G, options: MapGroupsOptions<D, O>, call: (key: K<G>, rows: Iterable<G[typeof row]>, state: GroupState<Exclude<ValueOf<D>, null>>) => Given<NoInfer<O>>): DataFrame<O>;
  /** A column for each of these values of a column; null where a group has no row with the value. */
  pivot<G extends Any, const N extends keyof G[typeof row] & string, const V extends readonly (string | number | bigint | boolean)[]>(this: G, column: N, values: V): PivotedData<K<G>, G[typeof row], G[typeof sides], V[number]>;
  /** The same for all values that the column has, in order: they are read at once. At most 10,000, unless `spark.sql.pivotMaxValues` says otherwise. */
  pivot<G extends Any, const N extends keyof G[typeof row] & string>(this: G, column: N): Promise<FoundPivot<G[typeof row], G[typeof sides]>>;
}
export interface GroupedData<out Keys, out Row, out S extends Sides> extends Grouped<Keys, Row, S>, GroupOps {}

/** What rollup() and cube() give: keys are null in the rows of subtotals. */
export interface RolledUpData<out Keys, out Row, out S extends Sides> extends Grouped<Keys, Row, S>, RollupOps {}
interface RollupOps {
  agg<G extends Any, P extends Selection>(this: G, build: ByColumns<G[typeof sides], P>): DataFrame<Merge<K<G>, Global<P>>>;
  count<G extends Any>(this: G): DataFrame<Merge<K<G>, { count: bigint }>>;
}

/** Columns by values that were read: their names are known when the query is. */
export interface FoundPivot<in out Row, in out S extends Sides> {
  agg<const A extends readonly (Named<string, unknown> | ByColumns<S, Selection>)[]>(...aggregates: A): DataFrame<UntypedRow>;
  count(): DataFrame<UntypedRow>;
  sum(...names: (keyof Row & string)[]): DataFrame<UntypedRow>;
  avg(...names: (keyof Row & string)[]): DataFrame<UntypedRow>;
  min(...names: (keyof Row & string)[]): DataFrame<UntypedRow>;
  max(...names: (keyof Row & string)[]): DataFrame<UntypedRow>;
}

declare const values: unique symbol;
export interface PivotedData<out Keys, out Row, out S extends Sides, out V> extends Grouped<Keys, Row, S>, PivotOps { readonly [values]: V }
type IsOne<T, All = T> = [T] extends [never] ? false : T extends unknown ? [All] extends [T] ? true : false : never;
type Text<V> = V extends string | number | bigint | boolean ? `${V}` : never;
/** With one aggregate its columns have the values' names, with several `value_name`. */
type Pivoted<V, P extends Selection> = IsOne<keyof P> extends true
  ? { [X in Text<V>]: P[keyof P][typeof type] | null }
  : { [X in `${Text<V>}_${keyof P & string}`]: X extends `${Text<V>}_${infer N extends keyof P & string}` ? P[N][typeof type] | null : never };
interface PivotOps {
  agg<G extends Any & { readonly [values]: unknown }, P extends Selection>(this: G, build: ByColumns<G[typeof sides], P>): DataFrame<Merge<K<G>, Pivoted<G[typeof values], P>>>;
}

/** A grouping key: what is grouped by, and how it stands in the result. */
export interface GroupingKey { readonly by: Expression; readonly output: Expression; readonly column: KnownColumn | undefined }

export function keyOf({ name, expression, type }: Entry): GroupingKey {
  const by = expression.kind === "alias" ? expression.child : expression;
  const outputName = name ?? (expression.kind === "alias" ? expression.names[0] : undefined);
  const keeps = by.kind === "unresolved_attribute" && by.nameParts.at(-1) === outputName;
  return { by, output: outputName === undefined || keeps ? by : alias(by, outputName, by.origin), column: outputName === undefined ? undefined : { name: outputName, type } };
}

type GroupType = "group_by" | "rollup" | "cube" | "grouping_sets";

export class GroupNode {
  readonly #frame: FrameNode;
  readonly #keys: readonly GroupingKey[];
  readonly #groupType: GroupType;
  readonly #pivot: { readonly column: string; readonly values: readonly Expression[] } | undefined;

  readonly #sets: readonly (readonly Expression[])[] | undefined;

  constructor(frame: FrameNode, keys: readonly GroupingKey[], groupType: GroupType = "group_by", pivot?: { readonly column: string; readonly values: readonly Expression[] }, sets?: readonly (readonly Expression[])[]) {
    this.#frame = frame;
    this.#keys = keys;
    this.#groupType = groupType;
    this.#pivot = pivot;
    this.#sets = sets;
    Object.freeze(this);
  }

  agg(...aggregates: unknown[]): unknown {
    const entries = aggregates.flatMap(given => {
      if (typeof given === "function") return entriesOf(this.#frame.call(given), "agg");
      const node = nodeOf(given);
      if (node === undefined) throw badArgument("agg() takes a callback or named aggregates.", 'agg(r => ({ n: count() })), or agg(count().as("n"))');
      return [{ name: node.name, expression: node.expression, type: node.type }];
    });
    return this.#aggregate(entries);
  }

  count(): unknown {
    const origin = callSite();
    return this.#aggregate([{ name: "count", expression: call("count", [literal(1, INT, origin)], origin), type: BIGINT }]);
  }
  sum(...names: string[]): unknown { return this.#each("sum", names, () => undefined); }
  avg(...names: string[]): unknown { return this.#each("avg", names, () => undefined); }
  min(...names: string[]): unknown { return this.#each("min", names, type => type); }
  max(...names: string[]): unknown { return this.#each("max", names, type => type); }

  pivot(column: string, values?: readonly unknown[]): GroupNode | Promise<GroupNode> {
    if (values === undefined) return this.#pivotFound(column);
    if (!Array.isArray(values) || values.length === 0) throw badArgument("pivot() takes a column and the values that become columns.", 'pivot("quarter", [1, 2, 3, 4])');
    const { type } = this.#frame.column(column), origin = callSite();
    return new GroupNode(this.#frame, this.#keys, this.#groupType, { column, values: values.map(value => literalOf(value, origin, type)) });
  }

  /** All values that the column has, in order. */
  async #pivotFound(column: string): Promise<GroupNode> {
    const { engine } = this.#frame.session, most = Number(this.#frame.session.parserSettings.conf?.get("spark.sql.pivotMaxValues") ?? 10_000), values: Expression[] = [], origin = callSite();
    if (this.#frame.isStreaming) throw streamingAction("pivot", "give the values: pivot(column, values)");
    const { schema, batches } = await engine.execute(this.#frame.select(column).distinct().orderBy(column).limit(most + 1).relation, { signal: undefined });
    for await (const rows of batches) for (const [cell] of rows) values.push(literal(cell!, schema.fields[0]!.type, origin));
    if (values.length > most) throw badArgument(`The pivot column ${column} has more than ${most} distinct values, this could indicate an error. If this was intended, set spark.sql.pivotMaxValues to at least the number of distinct values of the pivot column.`, "pivot(column, values) takes the values that are wanted", "_LEGACY_ERROR_TEMP_1324", "42000");
    return new GroupNode(this.#frame, this.#keys, this.#groupType, { column, values });
  }

  transformWithState(processor: unknown): unknown {
    const output = declaredOutput(processor), origin = callSite(), initial = (processor as { readonly initialState?: unknown } | null)?.initialState;
    if (initial !== undefined && !(initial instanceof GroupNode)) throw badArgument("`initialState` is a grouped frame.", 'initialState: users.groupBy("user")');
    const over = (columns: StructType | undefined): FrameNode => this.#program(processorProgram(processor, columns), origin, initial);
    return output === undefined ? new DatasetNode(over(undefined), over) : over(output);
  }
  flatMapGroupsWithState(options: unknown, call: unknown): unknown { return this.#grouped("flatMapGroupsWithState", options, call); }
  mapGroupsWithState(options: unknown, call: unknown): unknown { return this.#grouped("mapGroupsWithState", options, call); }

  #grouped(api: ProgramApi, options: unknown, call: unknown): FrameNode { return this.#program(groupStateProgram(api, options, call), callSite()); }

  #program(program: StatefulProgram, origin: Origin, initial?: GroupNode): FrameNode {
    if (this.#groupType !== "group_by" || this.#pivot !== undefined) throw badArgument(`${program.api}() works on groups of groupBy().`);
    return frameOver(this.#frame.session, {
      kind: "group_map", input: this.#frame.relation, grouping: this.#keys.map(key => key.output), program, origin,
      ...(initial !== undefined && { initialState: initial.#frame.relation, initialGrouping: initial.#keys.map(key => key.output) }),
    }, program.output.fields);
  }

  #each(name: string, columns: readonly string[], typeOf: (type: SqlType | undefined) => SqlType | undefined): unknown {
    const origin = callSite();
    return this.#aggregate(columns.map(column => {
      const { expression, type } = this.#frame.column(column);
      return { name: `${name}(${column})`, expression: call(name, [expression], origin), type: typeOf(type) };
    }));
  }

  #aggregate(entries: readonly Entry[]): unknown {
    const aggregates = entries.map(named);
    const known = [...this.#keys.map(key => key.column), ...entries.map(entry => entry.name === undefined ? undefined : { name: entry.name, type: entry.type })];
    const columns = known.every(column => column !== undefined) ? known : undefined, origin = callSite();
    if (this.#pivot !== undefined) {
      const { column, values } = this.#pivot, { expression } = this.#frame.column(column);
      return frameOver(this.#frame.session, {
        kind: "pivot", input: this.#frame.relation, grouping: this.#keys.map(key => key.output), columns: [expression],
        values, aggregates, origin,
      });
    }
    return frameOver(this.#frame.session, {
      kind: "aggregate", input: this.#frame.relation, groupType: this.#groupType, grouping: this.#keys.map(key => key.by), ...(this.#sets !== undefined && { groupingSets: this.#sets }),
      aggregates: [...this.#keys.map(key => key.output), ...aggregates], origin,
    }, columns);
  }
}

