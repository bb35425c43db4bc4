/**
 * What a SQL function is to the rest of the house: a name, a rule that types a call, and a kernel. Entries live in
 * src/functions, one a function, a small family a file.
 */
import type { Batch, Selection } from "../columns/batch.ts";
import type { Vector } from "../columns/vector.ts";
import type { Arena } from "../memory/arena.ts";
import type { Cell } from "../types/cell.ts";
import type { DataType } from "../types/data-type.ts";
import type { Origin } from "./expressions.ts";
import type { ResolvedExpression } from "./resolved.ts";
import type { Resources } from "./resources.ts";
import type { UserFunction, UserTable } from "./user-functions.ts";

/** Settings that typing or evaluating an expression may depend on. */
export interface SqlSettings {
  /** Session time zone, an IANA name or `+hh:mm`. */
  readonly timeZone: string;
  readonly ansi: boolean;
  /** Spark configuration by name, lower-level switches. */
  readonly conf: { get(key: string): string | undefined };
  /** What functions fetch from outside while they are typed. */
  readonly resources?: Resources;
}

/** What one evaluation shares: memory for results, and the values that are fixed for a batch. */
export interface EvalContext {
  readonly arena: Arena;
  readonly settings: SqlSettings;
  /** `current_timestamp()`: one value for the whole batch, microseconds since the epoch. */
  readonly batchTimeMicros: bigint;
  /** Seed of `rand()` and its kin: fixed by the plan of the batch, so that a batch run again gives the same. */
  readonly seed: number;
  /** Of a streaming query: its id, and the number of the batch. Null elsewhere. */
  readonly queryId?: string | null;
  readonly batchId?: bigint | null;
}

/** A vector kernel. Only rows of `rows` need (and may) be computed; other rows of the result are undefined. `length`: rows in the batch. */
export type VectorKernel = (args: readonly Vector[], rows: Selection, length: number, context: EvalContext) => Vector;
/** A row kernel, for rare functions. Not called for rows with a null argument unless the binding says `nullAware`. */
export type RowKernel = (args: readonly Cell[], context: EvalContext) => Cell;

/** The kernel of a function that takes lambdas: these come as functions of cells, in the order of the call; `args` are the other arguments. */
export type HigherOrderKernel = (args: readonly Cell[], lambdas: readonly ((...values: Cell[]) => Cell)[], context: EvalContext) => Cell;

/** A call with its types settled. */
export interface Binding {
  readonly type: DataType;
  /** Whether the result can be null although no argument is; defaults to false. */
  readonly nullable?: boolean;
  /** The types that the arguments are cast to, one an argument; left out: as they are. */
  readonly argTypes?: readonly DataType[];
  /** Whether evaluation can fail for some values (then it runs only over active rows and is never moved past its guard). */
  readonly canRaise?: boolean;
  /** False for rand, uuid and the like. */
  readonly deterministic?: boolean;
  /** The kernel sees nulls itself; otherwise a null argument gives null. Also: nullable is then what `nullable` says alone. */
  readonly nullAware?: boolean;
  readonly vector?: VectorKernel;
  /** As `vector`, of a first argument that is BINARY and has not been cast to STRING yet; the other arguments are constant and not given. */
  readonly vectorOfBytes?: VectorKernel;
  readonly row?: RowKernel;
  /** Instead of this binding where the first argument is BINARY cast to STRING, which may be no UTF-8: it is given the bytes themselves. */
  readonly ofBytes?: Binding;
  /**
   * What evaluation will need from outside, told by the values of the first argument: fetched before rows that hold them are
   * evaluated. Undefined: all is here.
   */
  readonly prefetch?: (argument: Vector, rows: Selection) => (() => Promise<void>) | undefined;
  /** Instead of `row` where arguments are lambdas. */
  readonly higherOrder?: HigherOrderKernel;
}

/** Documentation and self-test of one function: `cases` are run by the test of the function library. */
export interface FunctionDocs {
  readonly name: string;
  readonly aliases?: readonly string[];
  /** For the generated docs and DESCRIBE FUNCTION: `substring(str, pos[, len])`. */
  readonly usage: string;
  readonly description: string;
  /** SQL expression and the result as text (as `CAST(... AS STRING)` prints it; `NULL`; or an error condition). */
  readonly cases: readonly (readonly [sql: string, result: string])[];
}

export interface ScalarFunction extends FunctionDocs {
  readonly kind: "scalar";
  /** Of a call that gives a STRUCT and costs: the arguments of one that gives only these fields of it, which are then the same; undefined where the others may matter to them. */
  readonly onlyFields?: (args: readonly ResolvedExpression[], fields: readonly number[]) => readonly ResolvedExpression[] | undefined;
  /** Types a call, or throws AnalysisError (wrong number or types of arguments). Arguments are resolved; literals can be looked at. */
  readonly bind: (args: readonly ResolvedExpression[], settings: SqlSettings, origin: Origin | undefined) => Binding;
}

/**
 * When merged states of parts of the rows give exactly what one state of all rows gives. "any order": always, also when
 * parts come in another order than their rows. "in order": when they come in the order of their rows. "rounds": it depends on
 * where the parts end, as sums of doubles do.
 */
export type Merging = "any order" | "in order" | "rounds";

/** State of an aggregate in linear memory, part of a group's row: kernels work on the rows' addresses. */
export interface ColumnarAggregate {
  readonly kind: "columnar";
  /** Bytes of state a group, a multiple of 8, zero at first. */
  readonly stateBytes: number;
  /**
   * Adds rows to groups. `addresses`: u32 address of the group's state row for each selected row, in the order of the
   * selection; the state of this aggregate lies at address + `offset`.
   */
  readonly update: (args: readonly Vector[], rows: Selection, addresses: number, offset: number, context: EvalContext) => void;
  readonly merging: Merging;
  /**
   * Adds the state of rows at `from` to those at `to`: `count` u32 addresses each, `offset` as for update. Pair by pair in
   * order, so that a pair may use what one before it made. A state of zeroes is one of no rows.
   */
  readonly merge: (to: number, from: number, count: number, offset: number) => void;
  /** The results for `count` groups whose row addresses lie at `addresses`. */
  readonly finish: (addresses: number, count: number, offset: number, context: EvalContext) => Vector;
}
/** State of an aggregate as a JavaScript value a group: rare aggregates. */
export interface ObjectAggregate<S = unknown> {
  readonly kind: "object";
  readonly create: () => S;
  /** Changes `state` or returns a new one. Null arguments are given too. */
  readonly update: (state: S, args: readonly Cell[], context: EvalContext) => S;
  readonly merging: Merging;
  /** Changes `to` or returns a new state; `from` stays what it is, and may share no part that changes. */
  readonly merge: (to: S, from: S) => S;
  readonly finish: (state: S, context: EvalContext) => Cell;
  /** Whether the state keeps each value that it is given, so that memory is counted by rows. */
  readonly keepsValues?: boolean;
  /** State as a cell of `stateType`, for checkpoints. */
  readonly stateType: DataType;
  readonly encode: (state: S) => Cell;
  readonly decode: (cell: Cell) => S;
}

export interface AggregateBinding {
  readonly type: DataType;
  readonly nullable: boolean;
  readonly argTypes?: readonly DataType[];
  readonly canRaise?: boolean;
  readonly deterministic?: boolean;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the state's type is the entry's own secret
  readonly implementation: ColumnarAggregate | ObjectAggregate<never>;
}

export interface AggregateFunction extends FunctionDocs {
  readonly kind: "aggregate";
  /** A person's own: one of several under a name. */
  readonly isUser?: true;
  readonly bind: (args: readonly ResolvedExpression[], settings: SqlSettings, origin: Origin | undefined) => AggregateBinding;
}

/** Functions that only the analyser or the planner can carry out: window(), explode(), row_number()... */
export interface SpecialFunction extends FunctionDocs {
  readonly kind: "special" | "generator" | "window";
  /** Of a generator in JavaScript. */
  readonly user?: UserTable;
}

export type FunctionEntry = ScalarFunction | AggregateFunction | SpecialFunction | UserFunction;

/** Evaluates one resolved expression over batches. */
export interface Evaluator {
  readonly type: DataType;
  /** The value for each row of `rows`; other rows are undefined. */
  evaluate(batch: Batch, rows: Selection, context: EvalContext): Vector;
}
