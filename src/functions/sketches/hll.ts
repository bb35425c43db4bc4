/** hll_sketch_agg and its kin: how many different values there are, in a few kilobytes that can be stored and united. */
import type { AggregateFunction, FunctionEntry } from "../../plan/function.ts";
import type { Cell } from "../../types/cell.ts";
import { BIGINT, BINARY } from "../../types/data-type.ts";
import { AS, oneOf, uncast } from "../coercion.ts";
import { accept, checkCount, literalValue, scalar } from "../define.ts";
import { executionError } from "../errors.ts";
import { objectAggregate } from "../aggregates/objects.ts";
import { constantInt, invalidBuffer, notConstant, sketchBinding } from "./buffers.ts";
import { bytesToHash } from "./hash128.ts";
import { DEFAULT_LG_K, GREATEST_LG_K, HllSketch, LEAST_LG_K } from "./hll-sketch.ts";

function sketchOf(name: string, bytes: Cell): HllSketch {
  const sketch = HllSketch.decode(bytes as Uint8Array);
  if (sketch === undefined) throw invalidBuffer("HLL", name);
  return sketch;
}

const differentSizes = (name: string, left: number, right: number) => executionError("HLL_UNION_DIFFERENT_LG_K", "22000",
  `Sketches have different \`lgConfigK\` values: ${left} and ${right}. Set the \`allowDifferentLgConfigK\` parameter to true to call \`${name}\` with different \`lgConfigK\` values.`, { left: String(left), right: String(right), function: `\`${name}\`` });

/** Both, with the slots of the smaller. */
function united(name: string, left: HllSketch, right: HllSketch, mayDiffer: boolean): HllSketch {
  if (left.lgK !== right.lgK && !mayDiffer) throw differentSizes(name, left.lgK, right.lgK);
  const union = left.folded(Math.min(left.lgK, right.lgK));
  union.merge(right);
  return union;
}

const hllSketchAgg: AggregateFunction = {
  kind: "aggregate", name: "hll_sketch_agg", usage: "hll_sketch_agg(expr[, lgConfigK])",
  description: "A HyperLogLog sketch of the values: lgConfigK, 12 if not given, is the logarithm of its number of registers. The standard error is about 1.04 over the root of that number.",
  cases: [["hll_sketch_estimate(hll_sketch_agg(7))", "1"]],
  bind(args, _settings, origin) {
    const name = "hll_sketch_agg";
    return sketchBinding(name, args, origin, oneOf(AS.int, AS.bigint, AS.string, AS.binary), type => {
      const lgK = args.length === 2 ? constantInt(name, args, 1, origin) : DEFAULT_LG_K;
      if (lgK === undefined) throw notConstant("HLL_K_MUST_BE_CONSTANT", name, "K", origin);
      if (!(lgK >= LEAST_LG_K && lgK <= GREATEST_LG_K)) throw executionError("HLL_INVALID_LG_K", "22546", `Invalid call to \`${name}\`; the \`lgConfigK\` value must be between ${LEAST_LG_K} and ${GREATEST_LG_K}, inclusive: ${lgK}.`, { function: `\`${name}\``, min: String(LEAST_LG_K), max: String(GREATEST_LG_K), value: String(lgK) });
      return objectAggregate<HllSketch>({
        create: () => new HllSketch(lgK),
        update(sketch, [value]) {
          const bytes = bytesToHash(type, value ?? null);
          if (bytes !== undefined) sketch.update(bytes);
          return sketch;
        },
        merge(to, from) { to.merge(from); return to; },
        finish: sketch => sketch.encode(),
        stateType: BINARY, encode: sketch => sketch.encode(), decode: cell => HllSketch.decode(cell as Uint8Array)!,
      });
    });
  },
};

interface Union { sketch: HllSketch | undefined; mayDiffer: boolean }

const hllUnionAgg: AggregateFunction = {
  kind: "aggregate", name: "hll_union_agg", usage: "hll_union_agg(expr[, allowDifferentLgConfigK])",
  description: "The union of HyperLogLog sketches.", cases: [["hll_sketch_estimate(hll_union_agg(hll_sketch_agg(7)))", "1"]],
  bind(args, _settings, origin) {
    const name = "hll_union_agg";
    checkCount(name, args.length, 1, 2, origin);
    const mayDiffer = args.length === 2 && literalValue(args[1])?.value === true;
    return {
      type: BINARY, nullable: false, argTypes: [accept(name, args, 0, uncast(AS.binary), origin), ...(args.length === 2 ? [accept(name, args, 1, uncast(AS.boolean), origin)] : [])],
      implementation: objectAggregate<Union>({
        create: () => ({ sketch: undefined, mayDiffer }),
        update(state, [bytes]) {
          if (bytes === null || bytes === undefined) return state;
          const sketch = sketchOf(name, bytes);
          state.sketch = state.sketch === undefined ? sketch : united(name, state.sketch, sketch, mayDiffer);
          return state;
        },
        merge(to, from) {
          if (from.sketch !== undefined) to.sketch = to.sketch === undefined ? from.sketch : united(name, to.sketch, from.sketch, mayDiffer);
          return to;
        },
        finish: ({ sketch }) => (sketch ?? new HllSketch(DEFAULT_LG_K)).encode(),
        stateType: BINARY, encode: ({ sketch }) => sketch?.encode() ?? null,
        decode: cell => ({ sketch: cell === null ? undefined : HllSketch.decode(cell as Uint8Array)!, mayDiffer }),
      }),
    };
  },
};

export const hllFunctions: readonly FunctionEntry[] = [
  hllSketchAgg, hllUnionAgg,
  scalar({
    name: "hll_sketch_estimate", usage: "hll_sketch_estimate(sketch)", description: "How many different values a HyperLogLog sketch has seen, nearly.",
    cases: [["hll_sketch_estimate(hll_sketch_agg('a'))", "1"], ["hll_sketch_estimate(X'00')", "HLL_INVALID_INPUT_SKETCH_BUFFER"]],
    params: [uncast(AS.binary)], returns: BIGINT, canRaise: true, row: ([bytes]) => BigInt(Math.round(sketchOf("hll_sketch_estimate", bytes!).estimate)),
  }),
  scalar({
    name: "hll_union", usage: "hll_union(first, second[, allowDifferentLgConfigK])", description: "The union of two HyperLogLog sketches.",
    cases: [["hll_sketch_estimate(hll_union(hll_sketch_agg(1), hll_sketch_agg(2)))", "2"]],
    params: [uncast(AS.binary), uncast(AS.binary), uncast(AS.boolean)], optional: 1, returns: BINARY, canRaise: true,
    row: ([first, second, mayDiffer]) => united("hll_union", sketchOf("hll_union", first!), sketchOf("hll_union", second!), mayDiffer === true).encode(),
  }),
];
