/** Functions that take functions: transform, filter, aggregate... */
import { cellOrder } from "../../columns/compare-cells.ts";
import type { Binding, HigherOrderKernel, ScalarFunction } from "../../plan/function.ts";
import type { ResolvedExpression } from "../../plan/resolved.ts";
import type { Cell, MapCell } from "../../types/cell.ts";
import { BOOLEAN, array, map, sameTypeIgnoringNullability, type DataType } from "../../types/data-type.ts";
import { foldTypes, widerTypeWithoutStrings } from "../coercion.ts";
import { checkCount, custom } from "../define.ts";
import { executionError, mismatch, typeName, unexpectedType } from "../errors.ts";
import { keyOf, makeMap } from "../collection/keys.ts";
import { cellsEqual } from "../operators/comparison.ts";

type List = readonly Cell[];
type Typing = (args: readonly ResolvedExpression[], origin: ResolvedExpression["origin"]) => { readonly type: DataType; readonly nullable?: boolean; readonly argTypes?: readonly DataType[]; readonly kernel: HigherOrderKernel };

function higherOrder(name: string, aliases: readonly string[], usage: string, description: string, cases: ScalarFunction["cases"], counts: readonly [number, number], typing: Typing): ScalarFunction {
  return custom({
    name, aliases, usage, description, cases,
    bind: (args, _settings, origin): Binding => {
      checkCount(name, args.length, counts[0], counts[1], origin);
      const { type, nullable, argTypes, kernel } = typing(args, origin);
      return { type, ...(argTypes && { argTypes }), nullable: nullable ?? false, higherOrder: kernel, canRaise: true };
    },
  });
}

/** The type of an argument that must be an array or a map. An untyped null is refused. */
function listOf(name: string, args: readonly ResolvedExpression[], index: number, origin: ResolvedExpression["origin"]): DataType & { kind: "array" } {
  const { type } = args[index]!;
  if (type.kind !== "array") throw unexpectedType(name, args, index, "\"ARRAY\"", origin);
  return type;
}
function mapOf(name: string, args: readonly ResolvedExpression[], index: number, origin: ResolvedExpression["origin"]): DataType & { kind: "map" } {
  const { type } = args[index]!;
  if (type.kind !== "map") throw unexpectedType(name, args, index, "\"MAP\"", origin);
  return type;
}

/** A lambda in its place; a plain value stands for a function that always gives it. */
function functionAt(args: readonly ResolvedExpression[], index: number): { readonly type: DataType; readonly nullable: boolean; readonly call: (plain: List, lambdas: readonly ((...v: Cell[]) => Cell)[]) => (...v: Cell[]) => Cell } {
  const arg = args[index]!;
  if (arg.kind !== "lambda") {
    const at = args.slice(0, index).filter(a => a.kind !== "lambda").length;
    return { type: arg.type, nullable: arg.nullable, call: plain => () => plain[at]! };
  }
  const at = args.slice(0, index).filter(a => a.kind === "lambda").length;
  return { type: arg.body.type, nullable: arg.body.nullable, call: (_plain, lambdas) => lambdas[at]! };
}

function condition(name: string, args: readonly ResolvedExpression[], index: number, origin: ResolvedExpression["origin"]): ReturnType<typeof functionAt> {
  const found = functionAt(args, index);
  if (found.type.kind !== "boolean" && found.type.kind !== "void") {
    throw unexpectedType(name, args.map((a, i) => (i === index ? { ...a, type: found.type } as ResolvedExpression : a)), index, "\"BOOLEAN\"", origin);
  }
  return found;
}

const transform: Typing = (args, origin) => {
  listOf("transform", args, 0, origin);
  const f = functionAt(args, 1);
  return { type: array(f.type, f.nullable), kernel: (plain, lambdas) => { const apply = f.call(plain, lambdas); return (plain[0] as List).map((item, i) => apply(item, i)); } };
};

const filter: Typing = (args, origin) => {
  const type = listOf("filter", args, 0, origin), f = condition("filter", args, 1, origin);
  return { type, kernel: (plain, lambdas) => { const test = f.call(plain, lambdas); return (plain[0] as List).filter((item, i) => test(item, i) === true); } };
};

const exists: Typing = (args, origin) => {
  listOf("exists", args, 0, origin);
  const f = condition("exists", args, 1, origin);
  return {
    type: BOOLEAN, nullable: f.nullable, kernel: (plain, lambdas) => {
      const test = f.call(plain, lambdas);
      let sawNull = false;
      for (const item of plain[0] as List) { const result = test(item); if (result === true) return true; if (result === null) sawNull = true; }
      return sawNull ? null : false;
    },
  };
};

const forall: Typing = (args, origin) => {
  listOf("forall", args, 0, origin);
  const f = condition("forall", args, 1, origin);
  return {
    type: BOOLEAN, nullable: f.nullable, kernel: (plain, lambdas) => {
      const test = f.call(plain, lambdas);
      let sawNull = false;
      for (const item of plain[0] as List) { const result = test(item); if (result === false) return false; if (result === null) sawNull = true; }
      return sawNull ? null : true;
    },
  };
};

const aggregate: Typing = (args, origin) => {
  listOf("aggregate", args, 0, origin);
  const zero = args[1]!.type, step = functionAt(args, 2), finish = args.length > 3 ? functionAt(args, 3) : undefined;
  if (!sameTypeIgnoringNullability(step.type, zero)) {
    throw unexpectedType("aggregate", args.map((a, i) => (i === 2 ? { ...a, type: step.type } as ResolvedExpression : a)), 2, typeName(zero), origin);
  }
  return {
    type: finish?.type ?? zero, nullable: true, kernel: (plain, lambdas) => {
      const merge = step.call(plain, lambdas);
      let state: Cell = plain[1]!;
      for (const item of plain[0] as List) state = merge(state, item);
      return finish === undefined ? state : finish.call(plain, lambdas)(state);
    },
  };
};

const arraySort: Typing = (args, origin) => {
  const type = listOf("array_sort", args, 0, origin);
  if (args.length === 1) {
    const order = cellOrder(type.element);
    return { type, kernel: plain => [...plain[0] as List].sort((a, b) => (a === null ? (b === null ? 0 : 1) : b === null ? -1 : order(a, b))) };
  }
  const f = functionAt(args, 1);
  if (f.type.kind !== "int") {
    throw mismatch("UNEXPECTED_RETURN_TYPE", "array_sort", args, `The \`lambdafunction\` requires return "INT" type, but the actual is ${typeName(f.type)} type.`, { functionName: "`lambdafunction`", expectedType: "\"INT\"", actualType: typeName(f.type) }, origin);
  }
  return {
    type, kernel: (plain, lambdas) => {
      const compare = f.call(plain, lambdas);
      return [...plain[0] as List].sort((a, b) => {
        const order = compare(a, b);
        if (order === null) throw executionError("COMPARATOR_RETURNS_NULL", "22004", "The comparator has returned a NULL for a comparison. It should return a positive integer for \"greater than\", 0 for \"equal\" and a negative integer for \"less than\".", { firstValue: String(a), secondValue: String(b) });
        return order as number;
      });
    },
  };
};

const zipWith: Typing = (args, origin) => {
  listOf("zip_with", args, 0, origin);
  listOf("zip_with", args, 1, origin);
  const f = functionAt(args, 2);
  return {
    type: array(f.type, f.nullable), kernel: (plain, lambdas) => {
      const apply = f.call(plain, lambdas), [a, b] = plain as [List, List];
      return Array.from({ length: Math.max(a.length, b.length) }, (_, i) => apply(a[i] ?? null, b[i] ?? null));
    },
  };
};

const entries = (plain: List): MapCell["entries"] => (plain[0] as MapCell).entries;

const mapZipWith: Typing = (args, origin) => {
  const a = mapOf("map_zip_with", args, 0, origin);
  const b = mapOf("map_zip_with", args, 1, origin), keyType = foldTypes([a.key, b.key], widerTypeWithoutStrings);
  if (keyType === undefined) {
    throw mismatch("MAP_ZIP_WITH_DIFF_TYPES", "map_zip_with", args, `Input to the \`map_zip_with\` should have been two "MAP"s with compatible key types, but it's [${typeName(a.key)}, ${typeName(b.key)}].`,
      { functionName: "`map_zip_with`", leftType: typeName(a.key), rightType: typeName(b.key) }, origin);
  }
  const f = functionAt(args, 2), key = keyOf(keyType), equal = cellsEqual(keyType);
  return {
    type: map(keyType, f.type, f.nullable), argTypes: [map(keyType, a.value, a.valueContainsNull), map(keyType, b.value, b.valueContainsNull), f.type], kernel: (plain, lambdas) => {
      const apply = f.call(plain, lambdas), [x, y] = plain as [MapCell, MapCell], keys = new Map([...x.entries, ...y.entries].map(([k]) => [key(k), k] as const));
      const find = (m: MapCell, k: Cell): Cell => m.entries.find(([other]) => equal(other, k))?.[1] ?? null;
      return { entries: [...keys.values()].map(k => [k, apply(k, find(x, k), find(y, k))] as const) };
    },
  };
};

export const lambdaFunctions: readonly ScalarFunction[] = [
  higherOrder("transform", [], "transform(expr, func)", "The function's value for each element, and if it takes two, its place from 0.", [["transform(array(1, 2, 3), x -> x + 1)", "[2, 3, 4]"], ["transform(array(1, 2, 3), (x, i) -> x + i)", "[1, 3, 5]"]], [2, 2], transform),
  higherOrder("filter", [], "filter(expr, func)", "The elements for which the function is true.", [["filter(array(1, 2, 3), x -> x % 2 = 1)", "[1, 3]"]], [2, 2], filter),
  higherOrder("exists", [], "exists(expr, pred)", "Whether the function is true for an element.", [["exists(array(1, 2, 3), x -> x % 2 = 0)", "true"]], [2, 2], exists),
  higherOrder("forall", [], "forall(expr, pred)", "Whether the function is true for all elements.", [["forall(array(2, 4, 8), x -> x % 2 = 0)", "true"]], [2, 2], forall),
  higherOrder("aggregate", ["reduce"], "aggregate(expr, start, merge[, finish])", "Folds the elements into one value.", [["aggregate(array(1, 2, 3), 0, (acc, x) -> acc + x)", "6"], ["aggregate(array(1, 2, 3), 0, (acc, x) -> acc + x, acc -> acc * 10)", "60"]], [3, 4], aggregate),
  higherOrder("array_sort", [], "array_sort(expr[, func])", "The array in order, nulls last, or by a comparing function.", [["array_sort(array('b', 'd', NULL, 'c', 'a'))", "[a, b, c, d, null]"]], [1, 2], arraySort),
  higherOrder("zip_with", [], "zip_with(left, right, func)", "The function's value for the elements at each place.", [["zip_with(array(1, 2), array(3, 4), (x, y) -> x + y)", "[4, 6]"]], [3, 3], zipWith),
  higherOrder("map_filter", [], "map_filter(expr, func)", "The entries for which the function is true.", [["map_filter(map(1, 0, 2, 2, 3, -1), (k, v) -> k > v)", "{1 -> 0, 3 -> -1}"]], [2, 2], (args, origin) => {
    const type = mapOf("map_filter", args, 0, origin), f = condition("map_filter", args, 1, origin);
    return { type, kernel: (plain, lambdas) => { const test = f.call(plain, lambdas); return { entries: entries(plain).filter(([k, v]) => test(k, v) === true) }; } };
  }),
  higherOrder("transform_keys", [], "transform_keys(expr, func)", "The entries under other keys.", [["transform_keys(map_from_arrays(array(1, 2), array(1, 2)), (k, v) -> k + 1)", "{2 -> 1, 3 -> 2}"]], [2, 2], (args, origin) => {
    const type = mapOf("transform_keys", args, 0, origin), f = functionAt(args, 1);
    if (holdsMap(f.type)) throw mismatch("INVALID_MAP_KEY_TYPE", "transform_keys", args, `The key of map cannot be/contain ${typeName(f.type)}.`, { keyType: typeName(f.type) }, origin);
    return { type: map(f.type, type.value, type.valueContainsNull), kernel: (plain, lambdas, { settings }) => { const apply = f.call(plain, lambdas); return makeMap(f.type, entries(plain).map(([k, v]) => [apply(k, v), v] as const), settings.conf); } };
  }),
  higherOrder("transform_values", [], "transform_values(expr, func)", "The keys with other values.", [["transform_values(map_from_arrays(array(1, 2), array(1, 2)), (k, v) -> v + 1)", "{1 -> 2, 2 -> 3}"]], [2, 2], (args, origin) => {
    const type = mapOf("transform_values", args, 0, origin), f = functionAt(args, 1);
    return { type: map(type.key, f.type, f.nullable), kernel: (plain, lambdas) => { const apply = f.call(plain, lambdas); return { entries: entries(plain).map(([k, v]) => [k, apply(k, v)] as const) }; } };
  }),
  higherOrder("map_zip_with", [], "map_zip_with(map1, map2, func)", "The function's value for each key of either map.", [["map_zip_with(map(1, 'a', 2, 'b'), map(1, 'x', 2, 'y'), (k, v1, v2) -> concat(v1, v2))", "{1 -> ax, 2 -> by}"]], [3, 3], mapZipWith),
];

const holdsMap = (type: DataType): boolean => type.kind === "map" || type.kind === "array" && holdsMap(type.element) || type.kind === "struct" && type.fields.some(field => holdsMap(field.type));
