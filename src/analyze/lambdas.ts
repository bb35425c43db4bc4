/** Arguments of a call with lambdas among them: the lambdas' variables get their types from the other arguments. */
import type { Expression, Lambda, Origin } from "../plan/expressions.ts";
import type { ResolvedExpression, ResolvedLambda, ResolvedLambdaVariable } from "../plan/resolved.ts";
import { INT, sameTypeIgnoringNullability, type DataType } from "../types/data-type.ts";
import { castOf, coerce, freshId } from "./build.ts";
import { fail } from "./errors.ts";
import { hasAggregate, type Resolver } from "./expressions.ts";
import { widerTypeWithoutStrings } from "../functions/coercion.ts";

interface VariableType { readonly type: DataType; readonly nullable: boolean }
/** The variables that a lambda in place `index` may take, given the arguments before it; undefined: no lambda belongs there. */
type VariablesOf = (args: readonly ResolvedExpression[], index: number) => readonly VariableType[] | undefined;

const index: VariableType = { type: INT, nullable: false };
const element = (arg: ResolvedExpression | undefined): VariableType | undefined =>
  arg?.type.kind === "array" ? { type: arg.type.element, nullable: arg.type.containsNull } : undefined;
const entry = (arg: ResolvedExpression | undefined): readonly VariableType[] | undefined =>
  arg?.type.kind === "map" ? [{ type: arg.type.key, nullable: false }, { type: arg.type.value, nullable: arg.type.valueContainsNull }] : undefined;

const overElement: VariablesOf = (args, i) => {
  const of = element(args[0]);
  return of === undefined || i !== 1 ? undefined : [of];
};
const overElementAndIndex: VariablesOf = (args, i) => {
  const of = element(args[0]);
  return of === undefined || i !== 1 ? undefined : [of, index];
};
const overEntry: VariablesOf = (args, i) => i === 1 ? entry(args[0]) : undefined;
const fold: VariablesOf = (args, i) => {
  const of = element(args[0]), zero = args[1];
  if (of === undefined || zero === undefined) return undefined;
  const state: VariableType = { type: zero.type, nullable: true };
  return i === 2 ? [state, of] : i === 3 ? [state] : undefined;
};

/** Functions that take lambdas. */
const HIGHER_ORDER: Readonly<Record<string, VariablesOf>> = {
  transform: overElementAndIndex, filter: overElementAndIndex, exists: overElement, any: overElement, forall: overElement, all: overElement,
  array_sort: (args, i) => { const of = element(args[0]); return of === undefined || i !== 1 ? undefined : [of, of]; },
  aggregate: fold, reduce: fold,
  zip_with: (args, i) => {
    const left = element(args[0]), right = element(args[1]);
    return i !== 2 || left === undefined || right === undefined ? undefined : [{ ...left, nullable: true }, { ...right, nullable: true }];
  },
  map_filter: overEntry, transform_keys: overEntry, transform_values: overEntry,
  map_zip_with: (args, i) => {
    const left = entry(args[0]), right = entry(args[1]);
    return i !== 2 || left === undefined || right === undefined ? undefined : [{ ...left[0]!, type: widerTypeWithoutStrings(left[0]!.type, right[0]!.type) ?? left[0]!.type }, { ...left[1]!, nullable: true }, { ...right[1]!, nullable: true }];
  },
};

/** Resolves a call's arguments, lambdas after the others. */
export function bindLambdas(resolver: Resolver, name: string, args: readonly Expression[], origin: Origin | undefined): readonly ResolvedExpression[] {
  if (!args.some(arg => arg.kind === "lambda")) return resolver.resolveAll(args);
  const variables = Object.hasOwn(HIGHER_ORDER, name) ? HIGHER_ORDER[name] : undefined;
  if (variables === undefined) {
    throw fail("INVALID_LAMBDA_FUNCTION_CALL.NON_HIGHER_ORDER_FUNCTION", "42K0D", `Invalid lambda function call. A lambda function should only be used in a higher order function. However, its class is ${name}, which is not a higher order function.`, { class: name }, origin);
  }
  const resolved: ResolvedExpression[] = [];
  for (const [i, arg] of args.entries()) {
    if (arg.kind !== "lambda") {
      resolved.push(resolver.resolve(arg));
      continue;
    }
    const types = variables(resolved, i);
    // Without a type for its variables the lambda can't be resolved; the function's own rule says what is wrong with the arguments.
    const lambda = bindLambda(resolver, arg, types ?? arg.params.map(() => ({ type: { kind: "void" }, nullable: true })), name, types !== undefined);
    resolved.push((name === "aggregate" || name === "reduce") && i === 2 ? returning(resolver, lambda, resolved[1]!.type) : lambda);
  }
  return resolved;
}

function bindLambda(resolver: Resolver, lambda: Lambda, types: readonly VariableType[], name: string, known: boolean): ResolvedLambda {
  const { params, origin } = lambda;
  const twice = params.find((param, i) => params.findIndex(other => resolver.same(other, param)) !== i);
  if (twice !== undefined) {
    throw fail("INVALID_LAMBDA_FUNCTION_CALL.DUPLICATE_ARG_NAMES", "42K0D", "Invalid lambda function call. The lambda function has duplicate arguments. Please, consider to rename the argument names or set caseSensitive to true.",
      { args: params.map(p => `\`${p}\``).join(", "), caseSensitiveConfig: '"spark.sql.caseSensitive"' }, origin);
  }
  const optional = name === "transform" || name === "filter";
  if (known && params.length !== types.length && !(optional && params.length === 1)) {
    throw fail("INVALID_LAMBDA_FUNCTION_CALL.NUM_ARGS_MISMATCH", "42K0D", `Invalid lambda function call. A higher order function expects ${types.length} arguments, but got ${params.length}.`,
      { expectedNumArgs: String(types.length), actualNumArgs: String(params.length) }, origin);
  }
  const variables = params.map((param, i): ResolvedLambdaVariable => Object.freeze({ kind: "lambda_variable", id: freshId(), name: param, type: types[i]!.type, nullable: types[i]!.nullable, origin }));
  const body = resolver.names.withLambda(variables, () => resolver.resolve(lambda.body));
  if (hasAggregate(body)) throw fail("INVALID_LAMBDA_FUNCTION_CALL.AGGREGATE", "42K0D", "Invalid lambda function call. A lambda can't hold an aggregate function.", {}, origin, "use aggregate(array, start, (acc, x) -> ...)");
  return Object.freeze({ kind: "lambda", params: variables, body, type: body.type, nullable: body.nullable, origin });
}

/** A fold's step gives the type of its start value, whatever its fields are called. */
function returning(resolver: Resolver, lambda: ResolvedLambda, type: DataType): ResolvedLambda {
  if (sameTypeIgnoringNullability(lambda.type, type)) return lambda;
  const isRenamed = sameTypeIgnoringNullability(withoutNames(lambda.type), withoutNames(type));
  if (!isRenamed && lambda.type.kind !== "void") return lambda;
  const body = isRenamed ? castOf(lambda.body, type, "ansi", resolver.settings, true) : coerce(lambda.body, type, resolver.settings);
  return Object.freeze({ ...lambda, body, type: body.type, nullable: body.nullable });
}

/** A type whose structs name their fields by their places. */
function withoutNames(type: DataType): DataType {
  switch (type.kind) {
    case "array": return { ...type, element: withoutNames(type.element) };
    case "map": return { ...type, key: withoutNames(type.key), value: withoutNames(type.value) };
    case "struct": return { ...type, fields: type.fields.map((f, i) => ({ ...f, name: `_${i}`, type: withoutNames(f.type) })) };
    default: return type;
  }
}
