/** How entries of the function library are written: what a function takes, what it gives, and its kernels. */
import type { Binding, HigherOrderKernel, RowKernel, ScalarFunction, SqlSettings, VectorKernel } from "../plan/function.ts";
import type { Origin } from "../plan/expressions.ts";
import type { ResolvedExpression } from "../plan/resolved.ts";
import type { DataType } from "../types/data-type.ts";
import { familyName, implicitCast, type Family } from "./coercion.ts";
import { unexpectedType, wrongNumberOfArguments } from "./errors.ts";

/** A call that is being typed. `types`: of the arguments after coercion. */
export interface Call {
  readonly name: string;
  readonly args: readonly ResolvedExpression[];
  readonly types: readonly DataType[];
  readonly settings: SqlSettings;
  readonly origin: Origin | undefined;
}

interface Behaviour {
  readonly nullable?: boolean;
  readonly canRaise?: boolean;
  readonly deterministic?: boolean;
  readonly nullAware?: boolean;
  readonly row?: RowKernel;
  readonly vector?: VectorKernel;
  readonly higherOrder?: HigherOrderKernel;
}

export interface ScalarSpec extends Behaviour {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly usage: string;
  readonly description: string;
  readonly cases: readonly (readonly [sql: string, result: string])[];
  readonly params: readonly Family[];
  /** How many of the last params may be left out. */
  readonly optional?: number;
  /** Further arguments, any number. */
  readonly rest?: Family;
  readonly returns: DataType | ((call: Call) => DataType);
  /** Kernels that depend on the types. What it gives goes over what the spec says. */
  readonly make?: (call: Call) => Partial<Binding>;
}

/** An entry from its spec. Arguments are coerced one by one to what their place takes. */
export function scalar(spec: ScalarSpec): ScalarFunction {
  const { name, usage, description, cases, params, rest } = spec;
  const least = params.length - (spec.optional ?? 0), most = rest === undefined ? params.length : Infinity;
  return Object.freeze({
    kind: "scalar" as const, name, usage, description, cases, ...(spec.aliases && { aliases: spec.aliases }),
    bind: (args: readonly ResolvedExpression[], settings: SqlSettings, origin: Origin | undefined): Binding => {
      checkCount(name, args.length, least, most, origin);
      const types = args.map((arg, i) => accept(name, args, i, params[i] ?? rest!, origin));
      return finishBinding(spec, { name, args, types, settings, origin });
    },
  });
}

function finishBinding(spec: Behaviour & Pick<ScalarSpec, "returns" | "make">, call: Call): Binding {
  const made = spec.make?.(call) ?? {};
  const type = made.type ?? (typeof spec.returns === "function" ? spec.returns(call) : spec.returns);
  return {
    type, argTypes: call.types,
    ...(spec.nullable !== undefined && { nullable: spec.nullable }), ...(spec.canRaise !== undefined && { canRaise: spec.canRaise }),
    ...(spec.deterministic !== undefined && { deterministic: spec.deterministic }), ...(spec.nullAware !== undefined && { nullAware: spec.nullAware }),
    ...(spec.row && { row: spec.row }), ...(spec.vector && { vector: spec.vector }), ...(spec.higherOrder && { higherOrder: spec.higherOrder }), ...made,
  };
}

/** The type that an argument is cast to. @throws AnalysisError DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE */
export function accept(name: string, args: readonly ResolvedExpression[], index: number, wanted: Family, origin: Origin | undefined): DataType {
  const arg = args[index]!;
  const type = arg.kind === "lambda" ? arg.type : implicitCast(arg.type, wanted);
  if (type === undefined) throw unexpectedType(name, args, index, familyName(wanted), origin);
  return type;
}

/** @throws AnalysisError WRONG_NUM_ARGS.WITHOUT_SUGGESTION */
export function checkCount(name: string, actual: number, least: number, most: number, origin: Origin | undefined): void {
  if (actual >= least && actual <= most) return;
  const expected = least === most ? String(least) : most === Infinity ? `> ${least - 1}` : most === least + 1 ? `[${least}, ${most}]` : `[${Array.from({ length: most - least + 1 }, (_, i) => least + i).join(", ")}]`;
  throw wrongNumberOfArguments(name, actual, expected, origin);
}

/** An entry that types its call by hand. */
export function custom(spec: Omit<ScalarFunction, "kind">): ScalarFunction {
  return Object.freeze({ kind: "scalar", ...spec });
}

/** The value of an argument that is a literal (also under casts put in by coercion); undefined if it is none. */
export function literalValue(expression: ResolvedExpression | undefined): ResolvedExpression & { kind: "literal" } | undefined {
  if (expression?.kind === "literal") return expression;
  return expression?.kind === "cast" && expression.implicit ? literalValue(expression.child) : undefined;
}
