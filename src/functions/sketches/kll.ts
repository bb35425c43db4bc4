/** kll_sketch_agg_bigint and its kin: quantiles and ranks of BIGINT, DOUBLE and FLOAT values from a sketch. */
import type { AggregateFunction, FunctionEntry } from "../../plan/function.ts";
import type { Cell } from "../../types/cell.ts";
import { BIGINT, BINARY, DOUBLE, FLOAT, INT, STRING, array, type DataType } from "../../types/data-type.ts";
import type { ResolvedExpression } from "../../plan/resolved.ts";
import type { Origin } from "../../plan/expressions.ts";
import { someExpression } from "../../plan/walk.ts";
import { formatDouble, formatFloat } from "../../types/number-text.ts";
import { AS, exactly, oneOf, type Family, uncast } from "../coercion.ts";
import { constantCell } from "../constant-argument.ts";
import { accept, checkCount, scalar, type Call } from "../define.ts";
import { executionError, hinted, nonFoldable, unexpectedNull } from "../errors.ts";
import { objectAggregate } from "../aggregates/objects.ts";
import { constantInt, invalidBuffer } from "./buffers.ts";
import { GREATEST_K, KllSketch, LEAST_K, type KllKind } from "./kll-sketch.ts";

const TYPES: Readonly<Record<KllKind, { readonly type: DataType; readonly family: Family; readonly taken: Family; readonly literal: (n: number) => string; readonly text: string }>> = {
  bigint: { type: BIGINT, family: AS.bigint, taken: oneOf(AS.tinyint, AS.int, AS.bigint, AS.smallint), literal: n => `${n}`, text: "7" },
  double: { type: DOUBLE, family: AS.double, taken: oneOf(AS.float, AS.double), literal: n => `${n}D`, text: "7.0" },
  float: { type: FLOAT, family: AS.float, taken: AS.float, literal: n => `CAST(${n} AS FLOAT)`, text: "7.0" },
};

function functionsOf(kind: KllKind): readonly FunctionEntry[] {
  const { type, family, taken, literal, text } = TYPES[kind], sketched = `kll_sketch_agg_${kind}`, example = `${sketched}(${literal(7)})`;
  const sketchOf = (name: string, bytes: Cell): KllSketch => {
    const sketch = KllSketch.decode(bytes as Uint8Array, kind);
    if (sketch === undefined) throw invalidBuffer("KLL", name);
    return sketch;
  };
  const checkK = (name: string, k: number): number => {
    if (k >= LEAST_K && k <= GREATEST_K) return k;
    throw executionError("KLL_SKETCH_K_OUT_OF_RANGE", "22003", `For function \`${name}\`, the k parameter must be between ${LEAST_K} and ${GREATEST_K} (inclusive), but got ${k}.`, { functionName: `\`${name}\``, k: String(k) });
  };
  /** `k` undefined: that of the first sketch that is merged. */
  const states = (k: number | undefined, update: (sketch: KllSketch, value: Cell) => KllSketch) => objectAggregate<KllSketch>({
    create: () => new KllSketch(kind, k),
    update: (sketch, [value]) => (value !== null && value !== undefined ? update(sketch, value) : sketch),
    merge: (to, from) => merged(to, from, k),
    finish: sketch => sketch.encode(), stateType: BINARY, encode: sketch => sketch.encode(), decode: cell => KllSketch.decode(cell as Uint8Array, kind)!,
  });
  const merged = (to: KllSketch, from: KllSketch, k: number | undefined): KllSketch => {
    const sketch = k === undefined && to.count === 0n ? new KllSketch(kind, from.k) : to;
    sketch.merge(from);
    return sketch;
  };
  const constantK = (name: string, args: readonly ResolvedExpression[], origin: Origin | undefined): number => {
    const k = constantInt(name, args, 1, origin);
    if (k === undefined) throw nonFoldable(name, args, 1, "k", origin);
    if (constantCell(args[1]!) === null) throw unexpectedNull(name, args, "k", origin);
    return hinted(name, args, origin, () => checkK(name, k));
  };
  const aggregate = (name: string, description: string, argument: Family, argumentType: DataType, add: (k: number | undefined) => (sketch: KllSketch, value: Cell) => KllSketch, sql: string): AggregateFunction => ({
    kind: "aggregate", name, usage: `${name}(expr[, k])`, description, cases: [[`kll_sketch_get_n_${kind}(${name}(${sql}))`, "1"]],
    bind(args, _settings, origin) {
      checkCount(name, args.length, 1, 2, origin);
      accept(name, args, 0, uncast(argument), origin);
      const k = args.length === 2 ? constantK(name, args, origin) : undefined;
      return { type: BINARY, nullable: false, argTypes: [argumentType, ...(args.length === 2 ? [INT] : [])], implementation: states(k, add(k)) };
    },
  });
  /** What is asked for stands in the query. */
  const constantOnly = (call: Call, input: string): Record<string, never> => {
    if (someExpression(call.args[1]!, e => e.kind === "attribute" || e.kind === "lambda_variable" || e.kind === "aggregate_call")) throw nonFoldable(call.name, call.args, 1, input, call.origin);
    return {};
  };
  const many = (call: { readonly types: readonly DataType[] }): boolean => call.types[1]!.kind === "array";
  const quantile = `kll_sketch_get_quantile_${kind}`, rank = `kll_sketch_get_rank_${kind}`;
  const quantileOf = (sketch: KllSketch, share: number): Cell => {
    if (!(share >= 0 && share <= 1)) throw executionError("KLL_SKETCH_INVALID_QUANTILE_RANGE", "22003", `For function \`${quantile}\`, the quantile value must be between 0.0 and 1.0 (inclusive), but got ${share}.`, { functionName: `\`${quantile}\``, quantile: String(share) });
    const found = sketch.quantile(share);
    if (found === undefined) throw invalidBuffer("KLL", quantile);
    return found;
  };
  return [
    aggregate(sketched, "A KLL sketch of the values: k, 200 if not given, sets its size; ranks are then off by about 1.3 %.", taken, type, () => (sketch, value) => { sketch.update(value as number | bigint); return sketch; }, literal(7)),
    aggregate(`kll_merge_agg_${kind}`, "KLL sketches made one.", AS.binary, BINARY, k => (sketch, value) => merged(sketch, sketchOf(`kll_merge_agg_${kind}`, value), k), example),
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
        return typeof shares === "number" ? quantileOf(sketch, shares) : (shares as readonly (number | null)[]).map(share => quantileOf(sketch, share ?? 0));
      }, make: call => constantOnly(call, "rank"),
    }),
    scalar({
      name: rank, usage: `${rank}(sketch, value)`, description: "The share of the values that are at most this one, or each of an array.", cases: [[`${rank}(${example}, ${literal(7)})`, "1.0"]],
      params: [AS.binary, oneOf(family, exactly(array(type)))], returns: call => (many(call) ? array(DOUBLE, false) : DOUBLE), canRaise: true,
      row: ([bytes, values]) => {
        const sketch = sketchOf(rank, bytes!);
        return Array.isArray(values) ? values.map(value => sketch.rank((value ?? (kind === "bigint" ? 0n : 0)) as number | bigint)) : sketch.rank(values as number | bigint);
      }, make: call => constantOnly(call, "quantile"),
    }),
    scalar({
      name: `kll_sketch_to_string_${kind}`, usage: `kll_sketch_to_string_${kind}(sketch)`, description: "What a KLL sketch holds, for people.", cases: [[`length(kll_sketch_to_string_${kind}(${example})) > 0`, "true"]],
      params: [AS.binary], returns: STRING, canRaise: true,
      row: ([bytes]) => summary(sketchOf(`kll_sketch_to_string_${kind}`, bytes!)),
    }),
  ];
}

/** The summary of the DataSketches library. */
function summary(sketch: KllSketch): string {
  const { kind, k, count, levels, retained, capacity } = sketch, width = kind === "float" ? 4 : 8;
  const item = (value: number | bigint | undefined): string => value === undefined ? "NaN" : typeof value === "bigint" ? String(value) : kind === "float" ? formatFloat(value) : formatDouble(value);
  const lines: readonly (readonly [string, string | number | bigint | boolean])[] = [
    ["K", k], ["Dynamic min K", k], ["M", 8], ["N", count], ["Epsilon", `${(100 * 2.296 / k ** 0.9723).toFixed(3)}%`], ["Epsilon PMF", `${(100 * 2.446 / k ** 0.9433).toFixed(3)}%`],
    ["Empty", count === 0n], ["Estimation Mode", levels > 1], ["Levels", levels], ["Level 0 Sorted", false], ["Capacity Items", capacity], ["Retained Items", retained], ["Free Space", capacity - retained],
    ["ReadOnly", false], ["Updatable Storage Bytes", 20 + 4 * (levels + 1) + width * (capacity + 2)], ["Compact Storage Bytes", sketch.encode().length], ["Min Item", item(sketch.min)], ["Max Item", item(sketch.max)],
  ];
  return `\n### KllKll${{ bigint: "Longs", double: "Doubles", float: "Floats" }[kind]}Sketch Summary:\n${lines.map(([name, value]) => `   ${name.padEnd(23)}: ${value}\n`).join("")}### End sketch summary\n`;
}

export const kllFunctions: readonly FunctionEntry[] = (["bigint", "double", "float"] as const).flatMap(functionsOf);
