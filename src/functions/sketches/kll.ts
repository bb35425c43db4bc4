/** kll_sketch_agg_bigint and its kin: quantiles and ranks of BIGINT, DOUBLE and FLOAT values from a sketch. */
import type { AggregateFunction, FunctionEntry } from "../../plan/function.ts";
import type { Cell } from "../../types/cell.ts";
import { BIGINT, BINARY, DOUBLE, FLOAT, INT, STRING, array, type DataType } from "../../types/data-type.ts";
import { AS, exactly, oneOf, type Family, uncast } from "../coercion.ts";
import { accept, checkCount, scalar } from "../define.ts";
import { executionError } from "../errors.ts";
import { objectAggregate } from "../aggregates/objects.ts";
import { constantNumber, invalidBuffer } from "./buffers.ts";
import { DEFAULT_K, GREATEST_K, KllSketch, LEAST_K, type KllKind } from "./kll-sketch.ts";

const TYPES: Readonly<Record<KllKind, { readonly type: DataType; readonly family: Family; readonly literal: (n: number) => string; readonly text: string }>> = {
  bigint: { type: BIGINT, family: AS.bigint, literal: n => `${n}`, text: "7" },
  double: { type: DOUBLE, family: AS.double, literal: n => `${n}D`, text: "7.0" },
  float: { type: FLOAT, family: AS.float, literal: n => `CAST(${n} AS FLOAT)`, text: "7.0" },
};

function functionsOf(kind: KllKind): readonly FunctionEntry[] {
  const { type, family, literal, text } = TYPES[kind], sketched = `kll_sketch_agg_${kind}`, example = `${sketched}(${literal(7)})`;
  const sketchOf = (name: string, bytes: Cell): KllSketch => {
    const sketch = KllSketch.decode(bytes as Uint8Array, kind);
    if (sketch === undefined) throw invalidBuffer("KLL", name);
    return sketch;
  };
  const checkK = (name: string, k: number): number => {
    if (k >= LEAST_K && k <= GREATEST_K) return k;
    throw executionError("KLL_SKETCH_K_OUT_OF_RANGE", "22003", `For function \`${name}\`, the k parameter must be between ${LEAST_K} and ${GREATEST_K} (inclusive), but got ${k}.`, { functionName: `\`${name}\``, k: String(k) });
  };
  const states = (k: number, update: (sketch: KllSketch, value: Cell) => void) => objectAggregate<KllSketch>({
    create: () => new KllSketch(kind, k),
    update(sketch, [value]) {
      if (value !== null && value !== undefined) update(sketch, value);
      return sketch;
    },
    merge(to, from) { to.merge(from); return to; },
    finish: sketch => sketch.encode(), stateType: BINARY, encode: sketch => sketch.encode(), decode: cell => KllSketch.decode(cell as Uint8Array, kind)!,
  });
  const aggregate = (name: string, description: string, argument: Family, add: (sketch: KllSketch, value: Cell) => void, sql: string): AggregateFunction => ({
    kind: "aggregate", name, usage: `${name}(expr[, k])`, description, cases: [[`kll_sketch_get_n_${kind}(${name}(${sql}))`, "1"]],
    bind(args, _settings, origin) {
      checkCount(name, args.length, 1, 2, origin);
      const k = args.length === 2 ? checkK(name, constantNumber(name, args, 1, "k", origin)) : DEFAULT_K;
      return { type: BINARY, nullable: false, argTypes: [accept(name, args, 0, argument, origin), ...(args.length === 2 ? [INT] : [])], implementation: states(k, add) };
    },
  });
  const many = (call: { readonly types: readonly DataType[] }): boolean => call.types[1]!.kind === "array";
  const quantile = `kll_sketch_get_quantile_${kind}`, rank = `kll_sketch_get_rank_${kind}`;
  const quantileOf = (sketch: KllSketch, share: number): Cell => {
    if (!(share >= 0 && share <= 1)) throw executionError("KLL_SKETCH_INVALID_QUANTILE_RANGE", "22003", `For function \`${quantile}\`, the quantile value must be between 0.0 and 1.0 (inclusive), but got ${share}.`, { functionName: `\`${quantile}\``, quantile: String(share) });
    const found = sketch.quantile(share);
    if (found === undefined) throw invalidBuffer("KLL", quantile);
    return found;
  };
  return [
    aggregate(sketched, "A KLL sketch of the values: k, 200 if not given, sets its size; ranks are then off by about 1.3 %.", family, (sketch, value) => sketch.update(value as number | bigint), literal(7)),
    aggregate(`kll_merge_agg_${kind}`, "KLL sketches made one.", uncast(AS.binary), (sketch, value) => sketch.merge(sketchOf(`kll_merge_agg_${kind}`, value)), example),
    scalar({
      name: `kll_sketch_merge_${kind}`, usage: `kll_sketch_merge_${kind}(first, second)`, description: "Two KLL sketches made one.", cases: [[`kll_sketch_get_n_${kind}(kll_sketch_merge_${kind}(${example}, ${example}))`, "2"]],
      params: [AS.binary, AS.binary], returns: BINARY, canRaise: true,
      row: ([first, second]) => {
        const sketch = sketchOf(`kll_sketch_merge_${kind}`, first!);
        sketch.merge(sketchOf(`kll_sketch_merge_${kind}`, second!));
        return sketch.encode();
      },
    }),
    scalar({
      name: `kll_sketch_get_n_${kind}`, usage: `kll_sketch_get_n_${kind}(sketch)`, description: "How many values a KLL sketch has seen.", cases: [[`kll_sketch_get_n_${kind}(${example})`, "1"]],
      params: [AS.binary], returns: BIGINT, canRaise: true, row: ([bytes]) => sketchOf(`kll_sketch_get_n_${kind}`, bytes!).count,
    }),
    scalar({
      name: quantile, usage: `${quantile}(sketch, rank)`, description: "The value at a rank from 0 to 1, or at each rank of an array.", cases: [[`${quantile}(${example}, 0.5)`, text]],
      params: [AS.binary, oneOf(AS.double, exactly(array(DOUBLE)))], returns: call => (many(call) ? array(type, false) : type), canRaise: true,
      row: ([bytes, shares]) => {
        const sketch = sketchOf(quantile, bytes!);
        return typeof shares === "number" ? quantileOf(sketch, shares) : (shares as readonly number[]).map(share => quantileOf(sketch, share));
      },
    }),
    scalar({
      name: rank, usage: `${rank}(sketch, value)`, description: "The share of the values that are at most this one, or each of an array.", cases: [[`${rank}(${example}, ${literal(7)})`, "1.0"]],
      params: [AS.binary, oneOf(family, exactly(array(type)))], returns: call => (many(call) ? array(DOUBLE, false) : DOUBLE), canRaise: true,
      row: ([bytes, values]) => {
        const sketch = sketchOf(rank, bytes!);
        return Array.isArray(values) ? values.map(value => sketch.rank(value as number | bigint)) : sketch.rank(values as number | bigint);
      },
    }),
    scalar({
      name: `kll_sketch_to_string_${kind}`, usage: `kll_sketch_to_string_${kind}(sketch)`, description: "What a KLL sketch holds, for people.", cases: [[`length(kll_sketch_to_string_${kind}(${example})) > 0`, "true"]],
      params: [AS.binary], returns: STRING, canRaise: true,
      row: ([bytes]) => {
        const { k, count, min, max, levels, retained } = sketchOf(`kll_sketch_to_string_${kind}`, bytes!);
        return `KLL sketch of ${kind.toUpperCase()}: k ${k}, n ${count}, ${retained} values kept in ${levels} levels, from ${min ?? "none"} to ${max ?? "none"}`;
      },
    }),
  ];
}

export const kllFunctions: readonly FunctionEntry[] = (["bigint", "double", "float"] as const).flatMap(functionsOf);
