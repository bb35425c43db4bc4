/** Sums and means of arrays of FLOAT, element by element. */
import type { AggregateFunction } from "../../plan/function.ts";
import type { Cell } from "../../types/cell.ts";
import { BIGINT, DOUBLE, FLOAT, array, field, struct } from "../../types/data-type.ts";
import { exactly, uncast } from "../coercion.ts";
import { accept, checkCount } from "../define.ts";
import { executionError } from "../errors.ts";
import { objectAggregate } from "./objects.ts";


interface State { totals: number[] | undefined; count: number }
const STATE = struct([field("totals", array(DOUBLE, false)), field("count", BIGINT)]);

function add(name: string, state: State, values: readonly number[], count: number): void {
  if (state.totals !== undefined && state.totals.length !== values.length) throw executionError("VECTOR_DIMENSION_MISMATCH", "22000", `Vectors passed to \`${name}\` must have the same dimension, but got ${state.totals.length} and ${values.length}.`, { functionName: `\`${name}\``, leftDim: String(state.totals.length), rightDim: String(values.length) });
  state.totals = state.totals === undefined ? [...values] : state.totals.map((total, i) => total + values[i]!);
  state.count += count;
}

function total(name: string, what: string, of: (total: number, count: number) => number): AggregateFunction {
  return {
    kind: "aggregate", name, usage: `${name}(vector)`, description: `The ${what} of vectors, element by element; those with a null element don't count.`, cases: [[`${name}(array(1F, 2F))`, "[1.0, 2.0]"]],
    bind(args, _settings, origin) {
      checkCount(name, args.length, 1, 1, origin);
      const type = accept(name, args, 0, uncast(exactly(array(FLOAT))), origin);
      return {
        type: array(FLOAT, true), nullable: true, argTypes: [type], canRaise: true,
        implementation: objectAggregate<State>({
          merging: "rounds",
          create: () => ({ totals: undefined, count: 0 }),
          update(state, [vector]) {
            if (vector !== null && vector !== undefined && !(vector as readonly Cell[]).includes(null)) add(name, state, vector as readonly number[], 1);
            return state;
          },
          merge(to, from) {
            if (from.totals !== undefined) add(name, to, from.totals, from.count);
            return to;
          },
          finish: ({ totals, count }) => totals?.map(value => Math.fround(of(value, count))) ?? null,
          stateType: STATE, encode: ({ totals, count }) => [totals ?? null, BigInt(count)],
          decode(cell) {
            const [totals, count] = cell as unknown as readonly [number[] | null, bigint];
            return { totals: totals ?? undefined, count: Number(count) };
          },
        }),
      };
    },
  };
}

export const vectorAggregates: readonly AggregateFunction[] = [total("vector_sum", "sum", value => value), total("vector_avg", "mean", (value, count) => value / count)];
