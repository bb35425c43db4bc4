/**
 * The plan after analysis: every name is an attribute with an id, every call has its types and its kernel, every
 * relation knows its output. Frozen objects with a `kind`; the optimiser rewrites them, the planner runs them.
 */
import type { WatermarkOptions } from "./watermark-options.ts";
import type { Cell } from "../types/cell.ts";
import type { DataType, StructType } from "../types/data-type.ts";
import type { AsOfDirection, JoinType } from "./relations.ts";
import type { AggregateBinding, AggregateFunction, Binding, ScalarFunction, SpecialFunction } from "./function.ts";
import type { StatefulProgram } from "./stateful-program.ts";
import type { ValueProgram } from "./value-program.ts";
import type { UserFunction } from "./user-functions.ts";
import type { Origin } from "./expressions.ts";

/** A column of a relation's output. `id` is unique in a session; a renaming makes a new one. */
export interface Attribute {
  readonly kind: "attribute";
  readonly id: number;
  readonly name: string;
  readonly type: DataType;
  readonly nullable: boolean;
  /** Names that may stand in front: alias of the relation, or catalog parts. */
  readonly qualifier: readonly string[];
  /** Set when the column carries a watermark: the delay, in microseconds, and months counted as 31 days. */
  readonly watermarkDelayMicros?: number;
  /** What the table's definition says of the column. */
  readonly comment?: string | undefined;
  /** The name is the text of an expression without an alias. */
  readonly isAutoNamed?: true;
  /** What a table's column was declared as, if with lengths: CHAR and VARCHAR are texts to expressions. */
  readonly declared?: DataType;
  readonly origin?: Origin | undefined;
}
export interface ResolvedLiteral { readonly kind: "literal"; readonly value: Cell; readonly type: DataType; readonly nullable: boolean; readonly origin?: Origin | undefined }
export interface ScalarCall {
  readonly kind: "scalar_call";
  readonly function: ScalarFunction;
  readonly args: readonly ResolvedExpression[];
  readonly binding: Binding;
  readonly type: DataType;
  readonly nullable: boolean;
  readonly origin?: Origin | undefined;
  /** Nobody wrote it: a join of streams implies it. */
  readonly isImplied?: boolean;
}
/** `evalMode` ansi: fails on bad values; try: null instead; legacy: Spark's non-ANSI cast. */
export interface ResolvedCast {
  readonly kind: "cast";
  readonly child: ResolvedExpression;
  readonly type: DataType;
  readonly nullable: boolean;
  readonly evalMode: "ansi" | "try" | "legacy";
  /** Session time zone at analysis. */
  readonly timeZone: string;
  /** Put in by coercion, not written by the user (then it doesn't show in names). */
  readonly implicit: boolean;
  readonly origin?: Origin | undefined;
}
/** CASE, if, and what is guarded like them. Later branches run only over rows that earlier ones left. */
export interface ResolvedCase {
  readonly kind: "case_when";
  readonly branches: readonly { readonly when: ResolvedExpression; readonly then: ResolvedExpression }[];
  readonly otherwise: ResolvedExpression | undefined;
  readonly type: DataType;
  readonly nullable: boolean;
  readonly origin?: Origin | undefined;
}
/** Three-valued AND and OR: the right side runs only over rows that the left side didn't decide. */
export interface Logical { readonly kind: "and" | "or"; readonly left: ResolvedExpression; readonly right: ResolvedExpression; readonly type: DataType; readonly nullable: boolean; readonly origin?: Origin | undefined }
/** The first argument that isn't null; later ones run only over rows that are still null. */
export interface Coalesce { readonly kind: "coalesce"; readonly args: readonly ResolvedExpression[]; readonly type: DataType; readonly nullable: boolean; readonly origin?: Origin | undefined }
export interface FieldAccess { readonly kind: "field_access"; readonly child: ResolvedExpression; readonly index: number; readonly name: string; readonly type: DataType; readonly nullable: boolean; readonly origin?: Origin | undefined }
/** A lambda's variable; bound by evaluation of the higher-order function that owns it. */
export interface ResolvedLambdaVariable { readonly kind: "lambda_variable"; readonly id: number; readonly name: string; readonly type: DataType; readonly nullable: boolean; readonly origin?: Origin | undefined }
export interface ResolvedLambda { readonly kind: "lambda"; readonly params: readonly ResolvedLambdaVariable[]; readonly body: ResolvedExpression; readonly type: DataType; readonly nullable: boolean; readonly origin?: Origin | undefined }
/** Only in `Aggregate.aggregates`, and under windows. */
export interface AggregateCall {
  readonly kind: "aggregate_call";
  readonly function: AggregateFunction;
  readonly args: readonly ResolvedExpression[];
  readonly binding: AggregateBinding;
  readonly distinct: boolean;
  readonly filter: ResolvedExpression | undefined;
  readonly type: DataType;
  readonly nullable: boolean;
  readonly origin?: Origin | undefined;
}
/**
 * The window(s) an event time falls into: start and end as TIME_WINDOW. With slide < size a row is in several windows
 * (the planner expands). Counted from the epoch plus `startMicros`. Null times are in no window. With a `timeZone` windows are
 * whole days, counted as its clocks do.
 */
export interface TimeWindowCall {
  readonly kind: "time_window";
  readonly time: ResolvedExpression;
  readonly sizeMicros: number;
  readonly slideMicros: number;
  readonly startMicros: number;
  readonly timeZone?: string | undefined;
  readonly type: DataType;
  readonly nullable: boolean;
  readonly watermarkDelayMicros?: number;
  readonly origin?: Origin | undefined;
}
export interface SessionWindowCall { readonly kind: "session_window"; readonly time: ResolvedExpression; readonly gap: ResolvedExpression; readonly type: DataType; readonly nullable: boolean; readonly watermarkDelayMicros?: number; readonly origin?: Origin | undefined }
export interface GeneratorCall { readonly kind: "generator_call"; readonly function: SpecialFunction; readonly args: readonly ResolvedExpression[]; readonly output: StructType; readonly type: DataType; readonly nullable: boolean; readonly origin?: Origin | undefined }
export interface WindowCall {
  readonly kind: "window_call";
  readonly function: SpecialFunction | AggregateCall;
  readonly args: readonly ResolvedExpression[];
  readonly partitionBy: readonly ResolvedExpression[];
  readonly orderBy: readonly ResolvedSortOrder[];
  readonly frame: ResolvedFrame;
  readonly ignoreNulls: boolean;
  readonly type: DataType;
  readonly nullable: boolean;
  readonly origin?: Origin | undefined;
}
export type ResolvedBound = { readonly at: "unbounded" | "current" } | { readonly at: "offset"; readonly offset: ResolvedExpression };
export interface ResolvedFrame { readonly unit: "rows" | "range"; readonly lower: ResolvedBound; readonly upper: ResolvedBound }
/** A scalar subquery, EXISTS or IN whose plan doesn't depend on the outer row (others are turned into joins). */
export interface ResolvedSubquery { readonly kind: "subquery"; readonly form: "scalar" | "exists" | "in"; readonly plan: ResolvedRelation; readonly values: readonly ResolvedExpression[]; readonly type: DataType; readonly nullable: boolean; readonly origin?: Origin | undefined }
/** A person's own function in JavaScript. */
export interface UserCall { readonly kind: "user_call"; readonly function: UserFunction; readonly args: readonly ResolvedExpression[]; readonly type: DataType; readonly nullable: boolean; readonly origin?: Origin | undefined }

export type ResolvedExpression =
  | Attribute | ResolvedLiteral | ScalarCall | ResolvedCast | ResolvedCase | Logical | Coalesce | FieldAccess | ResolvedLambdaVariable
  | ResolvedLambda | AggregateCall | TimeWindowCall | SessionWindowCall | GeneratorCall | WindowCall | ResolvedSubquery | UserCall;

/** An expression with the attribute that it makes. */
export interface NamedExpression { readonly expression: ResolvedExpression; readonly attribute: Attribute }
export interface ResolvedSortOrder { readonly expression: ResolvedExpression; readonly direction: "asc" | "desc"; readonly nulls: "first" | "last" }

interface Relation { readonly output: readonly Attribute[]; readonly isStreaming: boolean; readonly origin?: Origin | undefined }

/** Rows from a source. `table` is what the catalog or the reader found: src/io knows its interface. */
export interface Scan extends Relation {
  readonly kind: "scan";
  readonly table: object;
  readonly description: string;
  /** Conjuncts the optimiser offers to the source; the filter above stays unless the source takes them. */
  readonly pushedFilters: readonly ResolvedExpression[];
}
export interface LocalRows extends Relation { readonly kind: "local_rows"; readonly rows: readonly (readonly Cell[])[] }
export interface ResolvedRange extends Relation { readonly kind: "range"; readonly start: bigint; readonly end: bigint; readonly step: bigint }
export interface ResolvedProject extends Relation { readonly kind: "project"; readonly input: ResolvedRelation; readonly expressions: readonly NamedExpression[] }
export interface ResolvedFilter extends Relation { readonly kind: "filter"; readonly input: ResolvedRelation; readonly condition: ResolvedExpression }
/**
 * Groups rows by `keys`. The output is the keys' attributes, then the aggregates'; a project above computes the select
 * list from them. No keys: one group, also over no rows (unless `groupingSets` made an Expand below).
 */
export interface ResolvedAggregate extends Relation { readonly kind: "aggregate"; readonly input: ResolvedRelation; readonly keys: readonly NamedExpression[]; readonly aggregates: readonly { readonly call: AggregateCall; readonly attribute: Attribute }[] }
/** Every row once a projection: grouping sets, sliding windows. */
export interface Expand extends Relation { readonly kind: "expand"; readonly input: ResolvedRelation; readonly projections: readonly (readonly ResolvedExpression[])[] }
export interface ResolvedJoin extends Relation { readonly kind: "join"; readonly left: ResolvedRelation; readonly right: ResolvedRelation; readonly joinType: JoinType; readonly condition: ResolvedExpression | undefined; readonly hint?: "broadcast_left" | "broadcast_right"; /** It was written as a condition: IN or EXISTS. */ readonly isCondition?: boolean; /** It was written as a value, a subquery: the rows of its left side keep their order. */ readonly isValue?: boolean; /** What it was before an implied condition made it smaller: it implies no more than that would. */ readonly impliesAs?: JoinType }
/**
 * Keys are pairs of expressions of one type, the left side's first. Both times are of one type, whose values are i64 or double:
 * TIMESTAMP, TIMESTAMP_NTZ, BIGINT, DECIMAL of up to 18 digits, DOUBLE. `tolerance`: a value of that type, microseconds for times.
 */
export interface ResolvedAsOfJoin extends Relation {
  readonly kind: "as_of_join";
  readonly left: ResolvedRelation;
  readonly right: ResolvedRelation;
  readonly joinType: "inner" | "left";
  readonly keys: readonly { readonly left: ResolvedExpression; readonly right: ResolvedExpression }[];
  readonly leftTime: ResolvedExpression;
  readonly rightTime: ResolvedExpression;
  readonly direction: AsOfDirection;
  readonly tolerance: bigint | number | undefined;
  readonly allowExactMatches: boolean;
}
export interface ResolvedUnion extends Relation { readonly kind: "union"; readonly inputs: readonly ResolvedRelation[] }
export interface ResolvedSetOperation extends Relation { readonly kind: "set_operation"; readonly operation: "intersect" | "except"; readonly isAll: boolean; readonly left: ResolvedRelation; readonly right: ResolvedRelation }
export interface ResolvedSort extends Relation { readonly kind: "sort"; readonly input: ResolvedRelation; readonly order: readonly ResolvedSortOrder[]; readonly isGlobal: boolean }
/** `limit` and `offset` are settled numbers; undefined limit: only the offset. */
export interface ResolvedLimit extends Relation { readonly kind: "limit"; readonly input: ResolvedRelation; readonly limit: number | undefined; readonly offset: number }
/** Keeps the first row of each key. */
export interface ResolvedDeduplicate extends Relation { readonly kind: "deduplicate"; readonly input: ResolvedRelation; readonly keys: readonly Attribute[]; readonly withinWatermark: boolean }
/** Marks `eventTime`; its attribute in the output carries watermarkDelayMicros. `id` names the operator in a checkpoint. */
export interface EventTimeWatermark extends Relation { readonly kind: "event_time_watermark"; readonly input: ResolvedRelation; readonly eventTime: Attribute; readonly delayMicros: number; readonly options: WatermarkOptions }
export interface Generate extends Relation { readonly kind: "generate"; readonly input: ResolvedRelation; readonly generator: GeneratorCall; readonly outer: boolean; readonly generated: readonly Attribute[] }
export interface ResolvedWindow extends Relation { readonly kind: "window"; readonly input: ResolvedRelation; readonly windows: readonly { readonly call: WindowCall; readonly attribute: Attribute }[]; /** Rows behind these places of their partition are asked for by nobody, and need not come out. */ readonly groupLimit?: GroupLimit }
export interface GroupLimit { readonly rank: "row_number" | "rank" | "dense_rank"; readonly limit: number }
export interface ResolvedSample extends Relation { readonly kind: "sample"; readonly input: ResolvedRelation; readonly lowerBound: number; readonly upperBound: number; readonly withReplacement: boolean; readonly seed: bigint }
/** A relation under an alias: kept for names in explain; transparent to execution. */
export interface ResolvedAlias extends Relation { readonly kind: "subquery_alias"; readonly input: ResolvedRelation; readonly alias: string }
/**
 * A program with state over groups. The first `rowColumns` columns of the input are what its rows show; keys, and those of
 * the initial state, are columns of their inputs. Names of keys are those that the program sees.
 */
export interface ResolvedGroupMap extends Relation {
  readonly kind: "group_map";
  readonly input: ResolvedRelation;
  readonly keys: readonly Attribute[];
  readonly rowColumns: number;
  readonly program: StatefulProgram;
  readonly initial: { readonly input: ResolvedRelation; readonly keys: readonly Attribute[]; readonly rowColumns: number } | undefined;
}
/** `metrics` is a plan over a Tap, which gets the rows that go by. */
export interface ResolvedCollectMetrics extends Relation { readonly kind: "collect_metrics"; readonly input: ResolvedRelation; readonly name: string; readonly metrics: ResolvedRelation; readonly report: ((metrics: Readonly<Record<string, unknown>>) => void) | undefined }
/** Stands in a scan for rows that another operator hands over. */
export class Tap { readonly name = "observed rows"; }
/** A person's functions over values: the output is the columns of `schema`, or one VARIANT of values as they are. */
export interface ResolvedValueMap extends Relation { readonly kind: "value_map"; readonly inputs: readonly ResolvedRelation[]; readonly readsValues: readonly boolean[]; readonly program: ValueProgram; readonly schema: StructType | undefined }

export type ResolvedRelation =
  | Scan | LocalRows | ResolvedRange | ResolvedProject | ResolvedFilter | ResolvedAggregate | Expand | ResolvedJoin | ResolvedAsOfJoin | ResolvedUnion
  | ResolvedSetOperation | ResolvedSort | ResolvedLimit | ResolvedDeduplicate | EventTimeWatermark | Generate | ResolvedWindow
  | ResolvedSample | ResolvedAlias | ResolvedGroupMap | ResolvedValueMap | ResolvedCollectMetrics;

/** Where an attribute stands in an output; -1: nowhere. */
export function placeIn(output: readonly Attribute[], { id }: { readonly id: number }): number {
  return output.findIndex(attribute => attribute.id === id);
}

/** The schema of a relation's output. */
export function schemaOf(relation: { readonly output: readonly Attribute[] }): StructType {
  return { kind: "struct", fields: relation.output.map(({ name, type, nullable, comment }) => ({ name, type, nullable, ...(comment !== undefined && { comment }) })) };
}
