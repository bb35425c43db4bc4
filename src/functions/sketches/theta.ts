/** theta_sketch_agg and its kin: how many different values there are, in sketches that also intersect and subtract. */
import type { AggregateFunction, FunctionEntry, ScalarFunction } from "../../plan/function.ts";
import type { ResolvedExpression } from "../../plan/resolved.ts";
import type { Origin } from "../../plan/expressions.ts";
import type { Cell } from "../../types/cell.ts";
import { BIGINT, BINARY, INT, array, type DataType } from "../../types/data-type.ts";
import { AS, exactly, oneOf, uncast } from "../coercion.ts";
import { accept, checkCount, scalar } from "../define.ts";
import { executionError } from "../errors.ts";
import { objectAggregate } from "../aggregates/objects.ts";
import { constantInt, invalidBuffer, notConstant, sketchBinding } from "./buffers.ts";
import { bytesToHash } from "./hash128.ts";
import { DEFAULT_LG_NOMINAL, GREATEST_LG_NOMINAL, LEAST_LG_NOMINAL, ThetaSketch } from "./theta-sketch.ts";

/** What theta and tuple sketches hash. */
export const HASHED = oneOf(exactly(array(INT)), exactly(array(BIGINT)), AS.binary, AS.double, AS.float, AS.int, AS.bigint, AS.string);

export function thetaOf(name: string, bytes: Cell): ThetaSketch {
  const sketch = ThetaSketch.decode(bytes as Uint8Array, false);
  if (sketch === undefined) throw invalidBuffer("THETA", name);
  return sketch;
}

export function checkLgNominal(name: string, value: number): number {
  if (value >= LEAST_LG_NOMINAL && value <= GREATEST_LG_NOMINAL) return value;
  throw executionError("SKETCH_INVALID_LG_NOM_ENTRIES", "22003", `Invalid call to \`${name}\`; the \`lgNomEntries\` value must be between ${LEAST_LG_NOMINAL} and ${GREATEST_LG_NOMINAL}, inclusive: ${value}.`,
    { function: `\`${name}\``, min: String(LEAST_LG_NOMINAL), max: String(GREATEST_LG_NOMINAL), value: String(value) });
}

function constantLgNominal(name: string, args: readonly ResolvedExpression[], index: number, origin: Origin | undefined): number {
  if (args.length <= index) return DEFAULT_LG_NOMINAL;
  const given = constantInt(name, args, index, origin);
  if (given === undefined) throw notConstant("THETA_LG_NOM_ENTRIES_MUST_BE_CONSTANT", name, "lgNomEntries", origin);
  return checkLgNominal(name, given);
}

/** States of an aggregation are sketches; null is an intersection of nothing yet. */
export function sketchStates(isTuple: boolean, finish: (sketch: ThetaSketch) => ThetaSketch, rest: {
  readonly update: (state: { sketch: ThetaSketch | undefined }, args: readonly Cell[]) => void;
  readonly merge: (to: ThetaSketch, from: ThetaSketch) => void;
}) {
  return objectAggregate<{ sketch: ThetaSketch | undefined }>({
    create: () => ({ sketch: undefined }),
    update(state, args) { rest.update(state, args); return state; },
    merge(to, from) {
      if (to.sketch === undefined) to.sketch = from.sketch;
      else if (from.sketch !== undefined) rest.merge(to.sketch, from.sketch);
      return to;
    },
    finish: ({ sketch }) => finish(sketch ?? new ThetaSketch()).encode(isTuple),
    stateType: BINARY, encode: ({ sketch }) => sketch?.encode(isTuple) ?? null, decode: cell => ({ sketch: cell === null ? undefined : ThetaSketch.decode(cell as Uint8Array, isTuple)! }),
  });
}

export function trimmed(sketch: ThetaSketch, lgNominal: number): ThetaSketch {
  sketch.trim(lgNominal);
  return sketch;
}

const thetaSketchAgg: AggregateFunction = {
  kind: "aggregate", name: "theta_sketch_agg", usage: "theta_sketch_agg(expr[, lgNomEntries])",
  description: "A theta sketch of the values: 2^lgNomEntries hashes are kept, 4096 if not given. The standard error is about 1 over the root of that number.",
  cases: [["theta_sketch_estimate(theta_sketch_agg(7))", "1"]],
  bind(args, _settings, origin) {
    const name = "theta_sketch_agg";
    return sketchBinding(name, args, origin, HASHED, type => {
      const lgNominal = constantLgNominal(name, args, 1, origin);
      return sketchStates(false, sketch => trimmed(sketch, lgNominal), {
        update(state, [value]) {
          const bytes = bytesToHash(type, value ?? null);
          state.sketch ??= new ThetaSketch();
          if (bytes !== undefined) state.sketch.update(bytes, lgNominal);
        },
        merge: (to, from) => to.unite(from, lgNominal),
      });
    });
  },
};

function combining(name: string, isUnion: boolean, what: string): AggregateFunction {
  return {
    kind: "aggregate", name, usage: isUnion ? `${name}(expr[, lgNomEntries])` : `${name}(expr)`, description: `The ${what} of theta sketches.`, cases: [[`theta_sketch_estimate(${name}(theta_sketch_agg(7)))`, "1"]],
    bind(args, _settings, origin) {
      checkCount(name, args.length, 1, isUnion ? 2 : 1, origin);
      const lgNominal = constantLgNominal(name, args, 1, origin), combine = (to: ThetaSketch, from: ThetaSketch): void => { if (isUnion) to.unite(from, lgNominal); else to.intersect(from); };
      const argTypes: DataType[] = [accept(name, args, 0, uncast(AS.binary), origin), ...(args.length === 2 ? [INT] : [])];
      return {
        type: BINARY, nullable: false, argTypes,
        implementation: sketchStates(false, sketch => sketch, {
          update(state, [bytes]) {
            if (bytes === null || bytes === undefined) return;
            const sketch = thetaOf(name, bytes);
            if (state.sketch === undefined) state.sketch = isUnion ? trimmed(sketch, lgNominal) : sketch;
            else combine(state.sketch, sketch);
          },
          merge: combine,
        }),
      };
    },
  };
}

function pair(name: string, what: string, example: string, result: string, combine: (to: ThetaSketch, from: ThetaSketch, lgNominal: number) => void, takesSize: boolean): ScalarFunction {
  return scalar({
    name, usage: takesSize ? `${name}(first, second[, lgNomEntries])` : `${name}(first, second)`, description: `The ${what} of two theta sketches.`,
    cases: [[`theta_sketch_estimate(${name}(theta_sketch_agg(1), theta_sketch_agg(${example})))`, result]],
    params: [uncast(AS.binary), uncast(AS.binary), ...(takesSize ? [uncast(AS.int)] : [])], ...(takesSize && { optional: 1 }), returns: BINARY, canRaise: true,
    row: ([first, second, size]) => {
      const sketch = thetaOf(name, first!);
      combine(sketch, thetaOf(name, second!), checkLgNominal(name, (size as number | undefined) ?? DEFAULT_LG_NOMINAL));
      return sketch.encode(false);
    },
  });
}

export const thetaFunctions: readonly FunctionEntry[] = [
  thetaSketchAgg, combining("theta_union_agg", true, "union"), combining("theta_intersection_agg", false, "intersection"),
  pair("theta_union", "union", "2", "2", (to, from, lgNominal) => to.unite(from, lgNominal), true),
  pair("theta_intersection", "intersection", "1", "1", (to, from) => to.intersect(from), false),
  pair("theta_difference", "difference", "2", "1", (to, from) => to.subtract(from), false),
  scalar({
    name: "theta_sketch_estimate", usage: "theta_sketch_estimate(sketch)", description: "How many different values a theta sketch has seen, nearly.",
    cases: [["theta_sketch_estimate(theta_sketch_agg('a'))", "1"]],
    params: [uncast(AS.binary)], returns: BIGINT, canRaise: true, row: ([bytes]) => BigInt(Math.round(thetaOf("theta_sketch_estimate", bytes!).estimate)),
  }),
];
