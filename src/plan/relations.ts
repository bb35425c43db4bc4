/**
 * The logical plan before analysis: frozen objects with a `kind`, named and shaped as the relations of Spark Connect,
 * so that the same plan can be sent to a Spark server. `planId` names a relation for the columns of an accessor.
 */
import type { RowCheck } from "./row-check.ts";
import type { WatermarkSettings } from "./watermark-options.ts";
import type { Cell } from "../types/cell.ts";
import type { DataType, StructType } from "../types/data-type.ts";
import type { FunctionEntry } from "./function.ts";
import type { StatefulProgram } from "./stateful-program.ts";
import type { ValueProgram } from "./value-program.ts";
import type { Command } from "./commands.ts";
import type { Alias, Expression, Literal, Origin, SortOrder, WindowExpression } from "./expressions.ts";

interface Node { readonly origin?: Origin | undefined; readonly planId?: number | undefined }

/**
 * Where names of a view's query mean what they meant when the view was made: the schema that was current, and the temporary views
 * among them (as written, in lower case).
 */
export interface NameHome { readonly schema: string; readonly temporary: readonly string[] }

/**
 * A table or temporary view by name. `isStreaming`: `FROM STREAM t`. `identifier`: IDENTIFIER(expression), whose value is the name.
 * `asOf`: VERSION or TIMESTAMP AS OF. `home`: in a view's query.
 */
export interface ReadNamedTable extends Node {
  readonly kind: "read_named_table";
  readonly nameParts: readonly string[];
  readonly isStreaming: boolean;
  readonly options?: Readonly<Record<string, string>>;
  readonly identifier?: Expression;
  readonly home?: NameHome;
  readonly asOf?: { readonly what: "version" | "timestamp"; readonly value: Expression };
}

/**
 * What a table's definition says of its files. `partitions`: those that lie elsewhere than in the table's folder, by their own
 * (`p=1/q=x`). `defaults`: values that stand for a column in files that are older than the column.
 */
export interface FileLayout {
  readonly partitions: Readonly<Record<string, string>>;
  readonly defaults: readonly { readonly column: string; readonly value: Cell; readonly files: readonly string[] }[];
}

/** A source by format, options and paths; `` json.`path` `` in SQL. */
export interface ReadDataSource extends Node {
  readonly kind: "read_data_source";
  readonly format: string;
  readonly schema?: StructType;
  readonly options: Readonly<Record<string, string>>;
  readonly paths: readonly string[];
  readonly isStreaming: boolean;
  /** A source given as a value (`from(kafka({...}))`, a memory stream): taken as it is. */
  readonly source?: object;
  /** Judges the rows; `schema` is then what it takes. */
  readonly check?: RowCheck;
  readonly layout?: FileLayout;
}
export interface LocalRelation extends Node { readonly kind: "local_relation"; readonly schema: StructType; readonly rows: readonly (readonly Cell[])[] }
/** `VALUES (1, 'a'), ...`: expressions, typed at analysis. */
export interface InlineTable extends Node { readonly kind: "inline_table"; readonly rows: readonly (readonly Expression[])[]; readonly names?: readonly string[] }
/** `SELECT 1` without FROM. */
export interface OneRow extends Node { readonly kind: "one_row" }
export interface Range extends Node { readonly kind: "range"; readonly start: bigint; readonly end: bigint; readonly step: bigint }
/** `pipe`: the operator behind `|>` that it was written as: names of hidden columns go through it. */
export interface Project extends Node { readonly kind: "project"; readonly input: Relation; readonly expressions: readonly Expression[]; readonly pipe?: "SELECT" | "EXTEND" | "DROP" | "SET" }
export interface Filter extends Node { readonly kind: "filter"; readonly input: Relation; readonly condition: Expression; readonly pipe?: boolean }
export type JoinType = "inner" | "cross" | "left" | "right" | "full" | "left_semi" | "left_anti";
export interface Join extends Node {
  readonly kind: "join";
  readonly left: Relation;
  readonly right: Relation;
  readonly joinType: JoinType;
  readonly condition?: Expression;
  readonly usingColumns?: readonly string[];
  readonly natural?: boolean;
  readonly lateral?: boolean;
}
export type AsOfDirection = "backward" | "forward" | "nearest";
/** Each left row beside at most one right row: of those that are equal in `by`, the one that is nearest in time in a direction. */
export interface AsOfJoin extends Node {
  readonly kind: "as_of_join";
  readonly left: Relation;
  readonly right: Relation;
  readonly leftTime: Expression;
  readonly rightTime: Expression;
  /** Columns of both sides. */
  readonly by: readonly string[];
  readonly joinType: "inner" | "left";
  readonly direction: AsOfDirection;
  /** How far the times may lie apart. */
  readonly tolerance?: Expression;
  readonly allowExactMatches: boolean;
  /** Of SQL: the sides of the times are where their columns are, and rows are equal where a condition says so. */
  readonly written?: { readonly on?: Expression };
}
/** Each left row beside the `count` right rows for which an expression is least ("distance") or greatest ("similarity"). */
export interface NearestJoin extends Node {
  readonly kind: "nearest_join";
  readonly left: Relation;
  readonly right: Relation;
  readonly joinType: "inner" | "left";
  readonly count: number;
  readonly ranking: Expression;
  readonly direction: "distance" | "similarity";
}
export interface SetOperation extends Node {
  readonly kind: "set_operation";
  readonly left: Relation;
  readonly right: Relation;
  readonly operation: "union" | "intersect" | "except";
  readonly isAll: boolean;
  readonly byName: boolean;
  readonly allowMissingColumns: boolean;
}
export interface Sort extends Node { readonly kind: "sort"; readonly input: Relation; readonly order: readonly SortOrder[]; readonly isGlobal: boolean; readonly all?: boolean; readonly pipe?: boolean }
export interface Limit extends Node { readonly kind: "limit"; readonly input: Relation; readonly limit: Expression; /** LIMIT ALL; `limit` is more rows than there are. */ readonly isAll?: true }
export interface Offset extends Node { readonly kind: "offset"; readonly input: Relation; readonly offset: Expression }
export interface Tail extends Node { readonly kind: "tail"; readonly input: Relation; readonly limit: Expression }
export interface Aggregate extends Node {
  readonly kind: "aggregate";
  readonly input: Relation;
  readonly groupType: "group_by" | "rollup" | "cube" | "grouping_sets" | "all";
  readonly grouping: readonly Expression[];
  readonly groupingSets?: readonly (readonly Expression[])[];
  /** The result columns, keys included (as in SQL; the DataFrame API puts the keys in front). */
  readonly aggregates: readonly Expression[];
  /** SQL's HAVING: may use aggregates and names of the select list. */
  readonly having?: Expression;
  /** Written as `|> AGGREGATE`: each result column behind the keys must hold an aggregate function. */
  readonly pipe?: "AGGREGATE";
}
/** SELECT DISTINCT, dropDuplicates. Without columns: all. */
export interface Deduplicate extends Node { readonly kind: "deduplicate"; readonly input: Relation; readonly columnNames?: readonly string[]; readonly withinWatermark: boolean; /** SELECT DISTINCT: groups by all columns, which over a stream is an aggregation. */ readonly isDistinct?: true }
/** Spark's name for a subquery in FROM that has no alias: it hides the names of the tables inside, and qualifies nothing. */
export const AUTO_ALIAS = "__auto_generated_subquery_name";
export interface SubqueryAlias extends Node { readonly kind: "subquery_alias"; readonly input: Relation; readonly alias: string; readonly columnNames?: readonly string[] }
export interface ToDF extends Node { readonly kind: "to_df"; readonly input: Relation; readonly columnNames: readonly string[] }
export interface WithColumns extends Node { readonly kind: "with_columns"; readonly input: Relation; readonly aliases: readonly Alias[]; /** `|> SET`: the columns must be there. */ readonly pipe?: "SET" }
export interface WithColumnsRenamed extends Node { readonly kind: "with_columns_renamed"; readonly input: Relation; readonly renames: readonly (readonly [from: string, to: string])[] }
export interface Drop extends Node { readonly kind: "drop"; readonly input: Relation; readonly columns: readonly Expression[]; readonly columnNames: readonly string[] }
export interface ToSchema extends Node { readonly kind: "to_schema"; readonly input: Relation; readonly schema: StructType; /** Only check (as), don't cast (to). */ readonly checkOnly?: boolean }
export interface WithWatermark extends Node { readonly kind: "with_watermark"; readonly input: Relation; readonly eventTime: Expression; /** Spark's interval text: `10 seconds`. */ readonly delayThreshold: string; readonly settings?: WatermarkSettings }
export interface Sample extends Node { readonly kind: "sample"; readonly input: Relation; readonly lowerBound: number; readonly upperBound: number; readonly withReplacement: boolean; readonly seed?: bigint }
export interface Hint extends Node { readonly kind: "hint"; readonly input: Relation; readonly name: string; readonly parameters: readonly Expression[] }
export interface Repartition extends Node { readonly kind: "repartition"; readonly input: Relation; readonly numPartitions?: number; readonly expressions: readonly Expression[]; readonly shuffle: boolean; readonly pipe?: boolean }
export interface Pivot extends Node {
  readonly kind: "pivot";
  readonly input: Relation;
  readonly grouping?: readonly Expression[];
  readonly columns: readonly Expression[];
  readonly values: readonly Expression[];
  readonly aggregates: readonly Expression[];
}
export interface Unpivot extends Node {
  readonly kind: "unpivot";
  readonly input: Relation;
  readonly ids?: readonly Expression[];
  readonly values: readonly { readonly columns: readonly Expression[]; readonly alias?: string }[];
  readonly variableName: string;
  readonly valueNames: readonly string[];
  readonly includeNulls: boolean;
}
/** LATERAL VIEW and the generator part of FROM. */
export interface LateralView extends Node { readonly kind: "lateral_view"; readonly input: Relation; readonly generator: Expression; readonly outer: boolean; readonly tableAlias: string; readonly columnNames: readonly string[] }
export interface TableFunction extends Node { readonly kind: "table_function"; readonly name: string; readonly args: readonly Expression[]; /** A person's own that was not found by its name. */ readonly entry?: FunctionEntry }
/** A table function that is called for each partition of a table, whose rows in order are its argument at place `at`; `args` are the others. */
export interface PartitionedCall extends Node { readonly kind: "partitioned_call"; readonly name: string; readonly entry?: FunctionEntry; readonly at: number; readonly args: readonly Expression[]; readonly input: Relation; readonly partitionBy: readonly Expression[]; readonly orderBy: readonly SortOrder[] }
/** WITH: definitions visible in `input`. */
export interface WithCte extends Node { readonly kind: "with_cte"; readonly definitions: readonly { readonly name: string; readonly columnNames?: readonly string[]; readonly plan: Relation; readonly maxRecursionLevel?: number }[]; readonly recursive: boolean; readonly input: Relation }
/** WINDOW w AS (...) definitions visible in `input`'s select list; `pipe`: in that of one `|>` operator only. */
export interface WithWindows extends Node { readonly kind: "with_windows"; readonly pipe?: boolean; readonly windows: Readonly<Record<string, WindowExpression>>; readonly input: Relation }
/** Filter over window functions (QUALIFY). */
export interface Qualify extends Node { readonly kind: "qualify"; readonly input: Relation; readonly condition: Expression }
/**
 * Groups rows by `grouping` and calls a person's program for each group: Spark Connect's GroupMap with a
 * TransformWithStateInfo. `initialState`: rows, grouped by `initialGrouping`, that the program begins with.
 */
export interface GroupMap extends Node {
  readonly kind: "group_map";
  readonly input: Relation;
  readonly grouping: readonly Expression[];
  readonly program: StatefulProgram;
  readonly initialState?: Relation;
  readonly initialGrouping?: readonly Expression[];
}
/** na.fill: the values for all columns that they are meant for (`columns`: among these), or for a column of their own. */
export interface NaFill extends Node { readonly kind: "na_fill"; readonly input: Relation; readonly values: readonly { readonly column?: string; readonly value: Literal }[]; readonly columns?: readonly string[] }
/** na.drop: rows with fewer values than `minNonNulls` (all, without it) in these columns. */
export interface NaDrop extends Node { readonly kind: "na_drop"; readonly input: Relation; readonly columns?: readonly string[]; readonly minNonNulls?: number }
export interface NaReplace extends Node { readonly kind: "na_replace"; readonly input: Relation; readonly replacements: readonly (readonly [from: Literal, to: Literal])[]; readonly columns?: readonly string[] }
/** describe() and summary(). */
export interface StatSummary extends Node { readonly kind: "stat_summary"; readonly input: Relation; readonly statistics: readonly string[]; readonly columns?: readonly string[] }
/** observe(): rows go through as they are, and aggregates over them are told when they have. `report`: of a query that ends; a stream's progress has them. */
export interface CollectMetrics extends Node { readonly kind: "collect_metrics"; readonly input: Relation; readonly name: string; readonly metrics: readonly Expression[]; readonly report?: (metrics: Readonly<Record<string, unknown>>) => void }
/** A person's functions over the values of its inputs. `readsValues`: which inputs are values already; rows of the others become plain objects. */
export interface ValueMap extends Node {
  readonly kind: "value_map";
  readonly inputs: readonly Relation[];
  readonly readsValues: readonly boolean[];
  readonly program: ValueProgram;
  /** The columns of what comes out; undefined: values, in one VARIANT column that holds them as they are. */
  readonly output?: StructType;
}

export type Relation =
  | ReadNamedTable | ReadDataSource | LocalRelation | InlineTable | OneRow | Range | Project | Filter | Join | AsOfJoin | NearestJoin | SetOperation | Sort
  | Limit | Offset | Tail | Aggregate | Deduplicate | SubqueryAlias | ToDF | WithColumns | WithColumnsRenamed | Drop | ToSchema
  | WithWatermark | Sample | Hint | Repartition | Pivot | Unpivot | LateralView | TableFunction | PartitionedCall | WithCte | WithWindows | Qualify | GroupMap | ValueMap
  | CollectMetrics | NaFill | NaDrop | NaReplace | StatSummary;

/** What one SQL statement can be. A query is a relation; the rest are commands. */
export type Statement = { readonly kind: "query"; readonly plan: Relation } | Command;

export type { Command } from "./commands.ts";
export type { DataType };
