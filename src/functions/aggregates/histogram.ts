/** histogram_numeric: Ben-Haim and Tom-Tov's streaming histogram, in which the two bins that are nearest become one when there are too many. */
import type { AggregateFunction } from "../../plan/function.ts";
import { BIGINT, DOUBLE, INT, array, field, isNumeric, struct, type DataType } from "../../types/data-type.ts";
import { checkCount } from "../define.ts";
import { mismatch, nonFoldable, unexpectedType } from "../errors.ts";
import { objectAggregate } from "./objects.ts";
import { literalNumber, numberAs } from "./percentiles.ts";

/** `random`: the state of the generator that chooses among pairs of bins that are equally near. */
interface Histogram { bins: [x: number, y: number][]; random: bigint }

/** The generator of Hive's histogram, which is that of java.util.Random with this seed. */
const MASK = (1n << 48n) - 1n, FACTOR = 0x5deece66dn, FIRST = (31183n ^ FACTOR) & MASK;

function draw(state: Histogram): number {
  const next = (bits: number): number => {
    state.random = (state.random * FACTOR + 0xbn) & MASK;
    return Number(state.random >> BigInt(48 - bits));
  };
  return (next(26) * 2 ** 27 + next(27)) * 2 ** -53;
}

function trim(state: Histogram, most: number): void {
  const { bins } = state;
  while (bins.length > most) {
    let nearest = 0, least = bins[1]![0] - bins[0]![0], ties = 1;
    for (let i = 1; i + 1 < bins.length; i++) {
      const distance = bins[i + 1]![0] - bins[i]![0];
      if (distance < least) [nearest, least, ties] = [i, distance, 1];
      else if (distance === least && draw(state) <= 1 / ++ties) nearest = i;
    }
    const [a, b] = [bins[nearest]!, bins[nearest + 1]!], sum = a[1] + b[1];
    bins.splice(nearest, 2, [a[0] * (a[1] / sum) + b[0] / sum * b[1], sum]);
  }
}

function put({ bins }: Histogram, x: number): void {
  let at = bins.findIndex(bin => bin[0] >= x);
  if (at < 0) at = bins.length;
  if (bins[at]?.[0] === x) bins[at]![1]++;
  else bins.splice(at, 0, [x, 1]);
}

const isTime = (type: DataType): boolean => ["date", "timestamp", "timestamp_ntz", "year_month_interval", "day_time_interval"].includes(type.kind);

export const histogram: AggregateFunction = {
  kind: "aggregate", name: "histogram_numeric", usage: "histogram_numeric(expr, bins)", description: "Bins of the values: the middle of each and how many it holds.", cases: [],
  bind(args, _settings, origin) {
    checkCount("histogram_numeric", args.length, 2, 2, origin);
    const given = args[0]!.type, from = given.kind === "string" || given.kind === "void" ? DOUBLE : given, most = literalNumber(args[1]!);
    if (!isNumeric(from) && !isTime(from)) throw unexpectedType("histogram_numeric", args, 0, "(\"NUMERIC\" or \"DATE\" or \"TIMESTAMP\" or \"TIMESTAMP_NTZ\" or \"INTERVAL YEAR TO MONTH\" or \"INTERVAL DAY TO SECOND\")", origin);
    if (most === undefined) throw nonFoldable("histogram_numeric", args, 1, "nb", origin);
    if (!(most >= 2)) throw mismatch("VALUE_OUT_OF_RANGE", "histogram_numeric", args, `The \`nb\` must be between [2, 2147483647] (current value = ${most}).`, { exprName: "histogram_numeric", valueRange: "[2, 2147483647]", currentValue: String(most) }, origin);
    const scale = from.kind === "decimal" ? 10 ** from.scale : 1;
    return {
      type: array(struct([field("x", from), field("y", DOUBLE)])), nullable: true, argTypes: [from, INT],
      implementation: objectAggregate<Histogram>({
        merging: "rounds",
        create: () => ({ bins: [], random: FIRST }),
        update(state, [value]) {
          if (value === null || value === undefined) return state;
          put(state, Number(value) / scale);
          trim(state, most);
          return state;
        },
        merge(to, other) {
          to.bins = to.bins.length === 0 ? other.bins.map(([x, y]) => [x, y]) : [...to.bins, ...other.bins.map(([x, y]): [number, number] => [x, y])].sort((a, b) => a[0] - b[0]);
          trim(to, most);
          return to;
        },
        finish: state => (state.bins.length === 0 ? null : state.bins.map(([x, y]) => [numberAs(from, x), y])),
        stateType: struct([field("bins", array(struct([field("x", DOUBLE), field("y", DOUBLE)]))), field("random", BIGINT)]),
        encode: state => [state.bins, state.random],
        decode: cell => {
          const [bins, random] = cell as unknown as readonly [[number, number][], bigint];
          return { bins: bins.map(([x, y]) => [x, y]), random };
        },
      }),
    };
  },
};
