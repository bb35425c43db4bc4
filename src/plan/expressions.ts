/**
 * Expressions as SQL, the DataFrame API and the functional API build them, before analysis: frozen objects with a
 * `kind`, named as in Spark Connect. Resolved expressions are in resolved.ts.
 */
import type { Cell } from "../types/cell.ts";
import type { DataType } from "../types/data-type.ts";
import type { FunctionEntry } from "./function.ts";

/** Where an expression came from: a span of the SQL text, or the user's line. */
export interface Origin {
  /** The whole SQL text; `start` and `stop` are offsets into it, stop exclusive. */
  readonly sql?: string;
  readonly start?: number;
  readonly stop?: number;
  readonly callSite?: string;
}

interface Node { readonly origin?: Origin | undefined }

export interface Literal extends Node { readonly kind: "literal"; readonly value: Cell; readonly type: DataType }
/** `nameParts`: `a.b.c` split and unquoted. `planId`: the frame a column accessor belongs to. */
export interface UnresolvedAttribute extends Node { readonly kind: "unresolved_attribute"; readonly nameParts: readonly string[]; readonly planId?: number; /** Of the query around this one, and not of this one. */ readonly isOuter?: true; /** Written as IDENTIFIER(...). */ readonly isClause?: true }
export interface UnresolvedStar extends Node {
  readonly kind: "unresolved_star";
  /** `t.*`: ["t"]; empty for `*`. */
  readonly target: readonly string[];
  readonly planId?: number;
  /** `* EXCEPT (a, b)`. */
  readonly except?: readonly (readonly string[])[];
}
/**
 * A function by name; operators too, under Spark's function names: `+ - * / %` and `div`, `= <=> < <= > >=`, `and or not`,
 * `& | ^ ~ << >> >>>`, `like ilike rlike` (an escape as third argument), `between`, `isnull`, `isnotnull`. One argument:
 * the signs `+` and `-`. Others of SQL's words: `a <> b` is `not(=)`, `a || b` concat, `IS [NOT] TRUE` and
 * `IS [NOT] DISTINCT FROM` `<=>`, `a:b.c` variant_get, `(a, b)` named_struct, `x COLLATE c` collate, `LIKE ANY` of texts `like any`, else an `or` of likes.
 */
export interface UnresolvedFunction extends Node {
  readonly kind: "unresolved_function";
  readonly name: string;
  readonly args: readonly Expression[];
  readonly distinct?: boolean;
  /** `FILTER (WHERE ...)` of an aggregate. */
  readonly filter?: Expression;
  /** True: `IGNORE NULLS`; false: `RESPECT NULLS` was written. */
  readonly ignoreNulls?: boolean;
  /** `WITHIN GROUP (ORDER BY ...)`. */
  readonly withinGroup?: readonly SortOrder[];
  /** The function itself, where it is a person's own that was not found by its name. */
  readonly entry?: FunctionEntry;
  /** Of a long chain `a + b - c ...`, which is one node: the operators between the arguments, applied from the left. */
  readonly operators?: readonly string[];
  /** Of a path into a VARIANT, `v:a.b`: the last name in it, which names the column. */
  readonly pathName?: string;
}
export interface NamedArgument extends Node { readonly kind: "named_argument"; readonly name: string; readonly value: Expression }
export interface Alias extends Node {
  readonly kind: "alias";
  readonly child: Expression;
  /** Several names only over a generator or a multi-column struct. */
  readonly names: readonly string[];
}
export interface Cast extends Node { readonly kind: "cast"; readonly child: Expression; readonly to: DataType; readonly evalMode: "default" | "try" | "ansi" }
export interface CaseWhen extends Node {
  readonly kind: "case_when";
  readonly branches: readonly { readonly when: Expression; readonly then: Expression }[];
  readonly otherwise?: Expression;
}
export interface InList extends Node { readonly kind: "in_list"; readonly child: Expression; readonly values: readonly Expression[] }
/** A struct with a field put in or in place of another, or (without `value`) left out. `path`: `a.b` is the field b of the struct a. */
export interface UpdateFields extends Node { readonly kind: "update_fields"; readonly child: Expression; readonly path: readonly string[]; readonly value?: Expression }
/** `a[b]` and `a.b` over what isn't a name. */
export interface ExtractValue extends Node { readonly kind: "extract_value"; readonly child: Expression; readonly extraction: Expression }
export interface SortOrder extends Node {
  readonly kind: "sort_order";
  readonly child: Expression;
  readonly direction: "asc" | "desc";
  /** Spark's default: nulls first ascending, last descending. */
  readonly nulls: "first" | "last";
}
export interface WindowExpression extends Node {
  readonly kind: "window";
  readonly function: Expression;
  readonly partitionBy: readonly Expression[];
  readonly orderBy: readonly SortOrder[];
  readonly frame?: WindowFrame;
  /** `OVER w`: a named window of the query. */
  readonly windowName?: string;
}
export type FrameBound = "unbounded_preceding" | "current_row" | "unbounded_following" | { readonly preceding: Expression } | { readonly following: Expression };
export interface WindowFrame { readonly unit: "rows" | "range"; readonly lower: FrameBound; readonly upper: FrameBound }
export interface Lambda extends Node { readonly kind: "lambda"; readonly params: readonly string[]; readonly body: Expression }
/** `SELECT transform(xs, x -> x + 1)`: x inside. */
export interface LambdaVariable extends Node { readonly kind: "lambda_variable"; readonly name: string }
export interface Subquery extends Node {
  readonly kind: "subquery";
  readonly form: "scalar" | "exists" | "in";
  readonly plan: import("./relations.ts").Relation;
  /** The left side of IN. */
  readonly values?: readonly Expression[];
  /** Columns of the row around it that it uses, for its name. */
  readonly outer?: readonly string[];
}
/** SQL text to be parsed where it stands: `expr("a + 1")`. */
export interface ExpressionString extends Node { readonly kind: "expression_string"; readonly sql: string }
/** `:name` or `?` (then its position). */
export interface Parameter extends Node { readonly kind: "parameter"; readonly name: string | number }
export type Expression =
  | Literal | UnresolvedAttribute | UnresolvedStar | UnresolvedFunction | NamedArgument | Alias | Cast | CaseWhen | InList
  | ExtractValue | UpdateFields | SortOrder | WindowExpression | Lambda | LambdaVariable | Subquery | ExpressionString | Parameter;

export const literal = (value: Cell, type: DataType, origin?: Origin): Literal => Object.freeze({ kind: "literal", value, type, origin });
export const attribute = (nameParts: readonly string[], planId?: number, origin?: Origin): UnresolvedAttribute =>
  Object.freeze(planId === undefined ? { kind: "unresolved_attribute", nameParts, origin } : { kind: "unresolved_attribute", nameParts, planId, origin });
export const call = (name: string, args: readonly Expression[], origin?: Origin): UnresolvedFunction =>
  Object.freeze({ kind: "unresolved_function", name, args, origin });
export const alias = (child: Expression, name: string, origin?: Origin): Alias => Object.freeze({ kind: "alias", child, names: [name], origin });

/** `CAST(child AS to)` as ANSI has it. */
export const castTo = (child: Expression, to: DataType): Expression => Object.freeze({ kind: "cast", child, to, evalMode: "ansi" });
