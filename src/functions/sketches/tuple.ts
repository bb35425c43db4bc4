/** tuple_sketch_agg_double and its kin: theta sketches with a number beside each hash, DOUBLE or INT. */
import type { AggregateFunction, FunctionEntry, ScalarFunction } from "../../plan/function.ts";
import type { ResolvedExpression } from "../../plan/resolved.ts";
import type { Origin } from "../../plan/expressions.ts";
import type { Cell } from "../../types/cell.ts";
import { BIGINT, BINARY, DOUBLE, INT, STRING } from "../../types/data-type.ts";
import { AS, uncast } from "../coercion.ts";
import { constantCell } from "../constant-argument.ts";
import { accept, checkCount, scalar } from "../define.ts";
import { executionError, hinted, nonFoldable, unexpectedNull } from "../errors.ts";
import { invalidBuffer } from "./buffers.ts";
import { bytesToHash } from "./hash128.ts";
import { HASHED, checkLgNominal, sketchStates, thetaOf, trimmed } from "./theta.ts";
import { DEFAULT_LG_NOMINAL, SUMMARIES, ThetaSketch, type Summaries } from "./theta-sketch.ts";

function tupleOf(name: string, bytes: Cell): ThetaSketch {
  const sketch = ThetaSketch.decode(bytes as Uint8Array, true);
  if (sketch === undefined) throw invalidBuffer("TUPLE", name);
  return sketch;
}

function summariesNamed(name: string, mode: string): Summaries {
  const summaries = SUMMARIES[mode.toLowerCase()];
  if (summaries === undefined) throw executionError("TUPLE_INVALID_SKETCH_MODE", "22023", `Invalid call to \`${name}\`: mode '${mode}' is not supported. Valid modes are: ${Object.keys(SUMMARIES).join(", ")}.`, { function: `\`${name}\``, mode, validModes: Object.keys(SUMMARIES).join(", ") });
  return summaries;
}
const rowSummaries = (name: string, mode: Cell | undefined): Summaries => summariesNamed(name, (mode as string | undefined) ?? "sum");

function constantSummaries(name: string, args: readonly ResolvedExpression[], index: number, origin: Origin | undefined): Summaries {
  if (args.length <= index) return SUMMARIES["sum"]!;
  const mode = constantCell(args[index]!);
  if (mode === undefined) throw nonFoldable(name, args, index, "mode", origin);
  if (mode === null) throw unexpectedNull(name, args, "mode", origin);
  return hinted(name, args, origin, () => summariesNamed(name, mode as string));
}

function constantLgNominal(name: string, args: readonly ResolvedExpression[], index: number, origin: Origin | undefined): number {
  if (args.length <= index) return DEFAULT_LG_NOMINAL;
  const given = constantCell(args[index]!);
  if (given === undefined) throw nonFoldable(name, args, index, "lgNomEntries", origin);
  if (given === null) throw unexpectedNull(name, args, "lgNomEntries", origin);
  return hinted(name, args, origin, () => checkLgNominal(name, Number(given)));
}

function functionsOf(kind: "double" | "integer"): readonly FunctionEntry[] {
  const one = kind === "double" ? "1D" : "1", sketched = `tuple_sketch_agg_${kind}`;
  const sketch = (key: number): string => `${sketched}(${key}, ${one})`, estimate = (sql: string): string => `tuple_sketch_estimate_${kind}(${sql})`;

  const sketchAgg: AggregateFunction = {
    kind: "aggregate", name: sketched, usage: `${sketched}(key, summary[, lgNomEntries[, mode]])`,
    description: "A tuple sketch: the hashes of keys, each with the sum of its summaries, or what mode says: sum, min, max, alwaysone.", cases: [[estimate(sketch(7)), "1.0"]],
    bind(args, _settings, origin) {
      checkCount(sketched, args.length, 2, 4, origin);
      const type = accept(sketched, args, 0, HASHED, origin), lgNominal = constantLgNominal(sketched, args, 2, origin), summaries = constantSummaries(sketched, args, 3, origin);
      return {
        type: BINARY, nullable: false, argTypes: [type, accept(sketched, args, 1, kind === "double" ? AS.double : AS.int, origin), INT, STRING].slice(0, args.length),
        implementation: sketchStates(true, made => trimmed(made, lgNominal), {
          update(state, [key, value]) {
            const bytes = bytesToHash(type, key ?? null);
            state.sketch ??= new ThetaSketch();
            if (bytes !== undefined && value !== null) state.sketch.update(bytes, lgNominal, value as number, summaries);
          },
          merge: (to, from) => to.unite(from, lgNominal, summaries),
        }),
      };
    },
  };

  const combining = (operation: "union" | "intersection"): AggregateFunction => {
    const name = `tuple_${operation}_agg_${kind}`, isUnion = operation === "union", most = isUnion ? 3 : 2;
    return {
      kind: "aggregate", name, usage: isUnion ? `${name}(expr[, lgNomEntries[, mode]])` : `${name}(expr[, mode])`, description: `The ${operation} of tuple sketches.`, cases: [[estimate(`${name}(${sketch(7)})`), "1.0"]],
      bind(args, _settings, origin) {
        checkCount(name, args.length, 1, most, origin);
        const lgNominal = isUnion ? constantLgNominal(name, args, 1, origin) : DEFAULT_LG_NOMINAL, summaries = constantSummaries(name, args, most - 1, origin);
        const combine = (to: ThetaSketch, from: ThetaSketch): void => { if (isUnion) to.unite(from, lgNominal, summaries); else to.intersect(from, summaries); };
        return {
          type: BINARY, nullable: false, argTypes: [accept(name, args, 0, AS.binary, origin), ...(isUnion ? [INT, STRING] : [STRING])].slice(0, args.length),
          implementation: sketchStates(true, made => made, {
            update(state, [bytes]) {
              if (bytes === null || bytes === undefined) return;
              const found = tupleOf(name, bytes);
              if (state.sketch === undefined) state.sketch = isUnion ? trimmed(found, lgNominal) : found;
              else combine(state.sketch, found);
            },
            merge: combine,
          }),
        };
      },
    };
  };

  /** `withTheta`: the second is a theta sketch, whose hashes have the neutral summary. */
  const pair = (operation: "union" | "intersection" | "difference", withTheta: boolean): ScalarFunction => {
    const name = `tuple_${operation}${withTheta ? "_theta" : ""}_${kind}`, options = operation === "union" ? [AS.int, AS.string] : operation === "intersection" ? [AS.string] : [];
    const names = operation === "union" ? "[, lgNomEntries[, mode]]" : operation === "intersection" ? "[, mode]" : "";
    return scalar({
      name, usage: `${name}(first, second${names})`, description: `The ${operation} of ${withTheta ? "a tuple sketch and a theta sketch" : "two tuple sketches"}.`,
      cases: [[estimate(`${name}(${sketch(1)}, ${withTheta ? "theta_sketch_agg(1)" : sketch(1)})`), operation === "difference" ? "0.0" : "1.0"]],
      params: [uncast(AS.binary), uncast(AS.binary), ...options], optional: options.length, returns: BINARY, canRaise: true,
      row: ([first, second, ...rest]) => {
        const made = tupleOf(name, first!), summaries = operation === "difference" ? SUMMARIES["sum"]! : rowSummaries(name, rest.at(operation === "union" ? 1 : 0));
        const other = withTheta ? thetaOf(name, second!) : tupleOf(name, second!);
        if (withTheta) for (const hash of other.entries.keys()) other.entries.set(hash, summaries.neutral);
        if (operation === "union") made.unite(other, checkLgNominal(name, (rest[0] as number | undefined) ?? DEFAULT_LG_NOMINAL), summaries);
        else if (operation === "intersection") made.intersect(other, summaries);
        else made.subtract(other);
        return made.encode(true);
      },
    });
  };

  return [
    sketchAgg, combining("union"), combining("intersection"),
    pair("union", false), pair("intersection", false), pair("difference", false), pair("union", true), pair("intersection", true), pair("difference", true),
    scalar({
      name: `tuple_sketch_estimate_${kind}`, usage: `tuple_sketch_estimate_${kind}(sketch)`, description: "How many different keys a tuple sketch has seen, nearly.", cases: [[estimate(sketch(1)), "1.0"]],
      params: [uncast(AS.binary)], returns: DOUBLE, canRaise: true, row: ([bytes]) => tupleOf(`tuple_sketch_estimate_${kind}`, bytes!).estimate,
    }),
    scalar({
      name: `tuple_sketch_theta_${kind}`, usage: `tuple_sketch_theta_${kind}(sketch)`, description: "The share of all hashes that a tuple sketch keeps.", cases: [[`tuple_sketch_theta_${kind}(${sketch(1)})`, "1.0"]],
      params: [uncast(AS.binary)], returns: DOUBLE, canRaise: true, row: ([bytes]) => tupleOf(`tuple_sketch_theta_${kind}`, bytes!).fraction,
    }),
    scalar({
      name: `tuple_sketch_summary_${kind}`, usage: `tuple_sketch_summary_${kind}(sketch[, mode])`, description: "The summaries of a tuple sketch made one, by mode: sum, min, max, alwaysone.", cases: [[`tuple_sketch_summary_${kind}(${sketch(1)})`, kind === "double" ? "1.0" : "1"]],
      params: [uncast(AS.binary), AS.string], optional: 1, returns: kind === "double" ? DOUBLE : BIGINT, canRaise: true,
      row: ([bytes, mode]) => {
        const name = `tuple_sketch_summary_${kind}`, { of, first } = rowSummaries(name, mode), values = [...tupleOf(name, bytes!).entries].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value);
        const total = values.length === 0 ? 0 : values.slice(1).reduce(of, first(values[0]!));
        return kind === "double" ? total : BigInt(Math.trunc(total));
      },
    }),
  ];
}

export const tupleFunctions: readonly FunctionEntry[] = [...functionsOf("double"), ...functionsOf("integer")];
