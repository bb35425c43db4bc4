/**
 * Statistics by running moments (Welford's method, merged as Chan, Golub and LeVeque do): variance, standard deviation,
 * skewness, kurtosis, covariance, correlation and linear regression. States are doubles in linear memory. Steps are those of
 * Spark's CentralMomentAgg, Covariance and Corr, in their order, so that they round alike.
 */
import { Vector } from "../../columns/vector.ts";
import { linearMemory } from "../../memory/linear-memory.ts";
import type { AggregateFunction, ColumnarAggregate } from "../../plan/function.ts";
import { BIGINT, DOUBLE } from "../../types/data-type.ts";
import { AS } from "../coercion.ts";
import { accept, checkCount } from "../define.ts";
import { stepOf } from "./columnar.ts";

/** A state is `words` doubles from index `at` of the memory; all zero at first. */
interface Running {
  readonly words: number;
  readonly add: (f64: Float64Array, at: number, x: number, y: number) => void;
  readonly merge: (f64: Float64Array, to: number, from: number) => void;
}

/** n, mean, then sums of powers of the distance from the mean: second, third, fourth. */
const powers = (order: 2 | 3 | 4): Running => ({
  words: order + 1,
  add(f64, at, x) {
    const n = f64[at]! + 1, delta = x - f64[at + 1]!, deltaN = delta / n, m2 = f64[at + 2]! + delta * (delta - deltaN);
    f64[at] = n;
    f64[at + 1] = f64[at + 1]! + deltaN;
    f64[at + 2] = m2;
    if (order === 2) return;
    const delta2 = delta * delta, deltaN2 = deltaN * deltaN, m3 = f64[at + 3]! - 3 * deltaN * m2 + delta * (delta2 - deltaN2);
    f64[at + 3] = m3;
    if (order === 4) f64[at + 4] = f64[at + 4]! - 4 * deltaN * m3 - 6 * deltaN2 * m2 + delta * (delta * delta2 - deltaN * deltaN2);
  },
  merge(f64, to, from) {
    const n1 = f64[to]!, n2 = f64[from]!, n = n1 + n2;
    if (n === 0) return;
    const delta = f64[from + 1]! - f64[to + 1]!, deltaN = delta / n, a2 = f64[to + 2]!, b2 = f64[from + 2]!, a3 = f64[to + 3]!, b3 = f64[from + 3]!;
    f64[to] = n;
    f64[to + 1] = f64[to + 1]! + deltaN * n2;
    f64[to + 2] = a2 + b2 + delta * deltaN * n1 * n2;
    if (order === 2) return;
    f64[to + 3] = a3 + b3 + deltaN * deltaN * delta * n1 * n2 * (n1 - n2) + 3 * deltaN * (n1 * b2 - n2 * a2);
    if (order === 4) {
      f64[to + 4] = f64[to + 4]! + f64[from + 4]! + deltaN * deltaN * deltaN * delta * n1 * n2 * (n1 * n1 - n1 * n2 + n2 * n2)
        + 6 * deltaN * deltaN * (n1 * n1 * b2 + n2 * n2 * a2) + 4 * deltaN * (n1 * b3 - n2 * a3);
    }
  },
});

/** Of n, means of both, the sum of products and one or two sums of squares: `words` in all. */
const mergePairs = (words: 5 | 6): Running["merge"] => (f64, to, from) => {
  const n1 = f64[to]!, n2 = f64[from]!, n = n1 + n2;
  if (n === 0) return;
  const dx = f64[from + 1]! - f64[to + 1]!, dxN = dx / n, dy = f64[from + 2]! - f64[to + 2]!, dyN = dy / n;
  f64[to] = n;
  f64[to + 1] = f64[to + 1]! + dxN * n2;
  f64[to + 2] = f64[to + 2]! + dyN * n2;
  f64[to + 3] = f64[to + 3]! + f64[from + 3]! + dx * dyN * n1 * n2;
  f64[to + 4] = f64[to + 4]! + f64[from + 4]! + dx * dxN * n1 * n2;
  if (words === 6) f64[to + 5] = f64[to + 5]! + f64[from + 5]! + dy * dyN * n1 * n2;
};

/** n, means of x and y, sum of products of their distances, sums of squares of each. */
const PAIRS: Running = {
  words: 6,
  add(f64, at, x, y) {
    const n = f64[at]! + 1, dx = x - f64[at + 1]!, dy = y - f64[at + 2]!, meanX = f64[at + 1]! + dx / n, meanY = f64[at + 2]! + dy / n;
    f64[at] = n;
    f64[at + 1] = meanX;
    f64[at + 2] = meanY;
    f64[at + 3] = f64[at + 3]! + dx * (y - meanY);
    f64[at + 4] = f64[at + 4]! + dx * (x - meanX);
    f64[at + 5] = f64[at + 5]! + dy * (y - meanY);
  },
  merge: mergePairs(6),
};

/** Of pairs y, x: n, means of x and y, sum of products of their distances, sum of squares of x. As Spark has it for lines: the covariance begins with x, and the squares are those of var_pop. */
const LINE: Running = {
  words: 5,
  add(f64, at, y, x) {
    const n = f64[at]! + 1, dx = x - f64[at + 1]!, dxN = dx / n, dy = y - f64[at + 2]!, meanY = f64[at + 2]! + dy / n;
    f64[at] = n;
    f64[at + 1] = f64[at + 1]! + dxN;
    f64[at + 2] = meanY;
    f64[at + 3] = f64[at + 3]! + dx * (y - meanY);
    f64[at + 4] = f64[at + 4]! + dx * (dx - dxN);
  },
  merge: mergePairs(5),
};

/** n and the sum. */
const SUMS: Running = {
  words: 2,
  add(f64, at, x) {
    f64[at] = f64[at]! + 1;
    f64[at + 1] = f64[at + 1]! + x;
  },
  merge(f64, to, from) {
    f64[to] = f64[to]! + f64[from]!;
    f64[to + 1] = f64[to + 1]! + f64[from + 1]!;
  },
};

/** The same of the second argument. */
const ofSecond = (states: Running): Running => ({ ...states, add: (f64, at, x, y) => states.add(f64, at, y, x) });

/** Rows with a null argument don't count. `result` undefined: null. */
function running({ words, add, merge }: Running, result: (f64: Float64Array, at: number) => number | undefined): ColumnarAggregate {
  return {
    kind: "columnar", stateBytes: 8 * words, merging: "rounds",
    update(args, { pointer, count }, addresses, offset) {
      const { f64, u32, u8 } = linearMemory(), x = args[0]!, y = args[1] ?? x, stepX = stepOf(x), stepY = stepOf(y);
      for (let i = 0; i < count; i++) {
        const row = pointer === 0 ? i : u32[(pointer >>> 2) + i]!;
        if ((x.valid !== 0 && u8[x.valid + row * stepX] === 0) || (y.valid !== 0 && u8[y.valid + row * stepY] === 0)) continue;
        add(f64, (u32[(addresses >>> 2) + i]! + offset) / 8, f64[x.data / 8 + row * stepX]!, f64[y.data / 8 + row * stepY]!);
      }
    },
    merge(to, from, count, offset) {
      const { f64, u32 } = linearMemory();
      for (let i = 0; i < count; i++) merge(f64, (u32[(to >>> 2) + i]! + offset) / 8, (u32[(from >>> 2) + i]! + offset) / 8);
    },
    finish(addresses, count, offset, { arena }) {
      const { f64, u32, u8 } = linearMemory(), data = arena.allocate(8 * count), valid = arena.allocate(count);
      let nulls = 0;
      for (let i = 0; i < count; i++) {
        const at = (u32[(addresses >>> 2) + i]! + offset) / 8, value = f64[at] === 0 ? undefined : result(f64, at);
        f64[data / 8 + i] = value ?? 0;
        u8[valid + i] = value === undefined ? 0 : 1;
        if (value === undefined) nulls++;
      }
      return new Vector(DOUBLE, data, nulls === 0 ? 0 : valid);
    },
  };
}

function entry(name: string, aliases: readonly string[], args: 1 | 2, what: string, example: string, result: string, implementation: ColumnarAggregate): AggregateFunction {
  return {
    kind: "aggregate", name, aliases, usage: `${name}(${args === 1 ? "expr" : name.startsWith("regr") ? "y, x" : "x, y"})`, description: what, cases: [[example, result]],
    bind(given, _settings, origin) {
      checkCount(name, given.length, args, args, origin);
      return { type: DOUBLE, nullable: true, argTypes: given.map((_, i) => accept(name, given, i, AS.double, origin)), implementation };
    },
  };
}

const one = (name: string, aliases: readonly string[], order: 2 | 3 | 4, what: string, result: (n: number, m2: number, m3: number, m4: number) => number | undefined): AggregateFunction =>
  entry(name, aliases, 1, what, `${name}(NULL)`, "NULL", running(powers(order), (f64, at) => result(f64[at]!, f64[at + 2]!, order > 2 ? f64[at + 3]! : 0, order > 3 ? f64[at + 4]! : 0)));

/** `words`: n, means of both, sum of products, sums of squares of both. */
interface Pair { readonly n: number; readonly xy: number; readonly xx: number; readonly yy: number }
const two = (name: string, what: string, result: (pair: Pair) => number | undefined): AggregateFunction =>
  entry(name, [], 2, what, `${name}(NULL, 1)`, "NULL", running(PAIRS, (f64, at) => result({ n: f64[at]!, xy: f64[at + 3]!, xx: f64[at + 4]!, yy: f64[at + 5]! })));
/** Of one of two arguments y, x, over rows where both are not null. */
const half = (name: string, what: string, states: Running, result: (f64: Float64Array, at: number) => number): AggregateFunction => entry(name, [], 2, what, `${name}(NULL, 1)`, "NULL", running(states, result));
const line = (name: string, what: string, result: (f64: Float64Array, at: number, slope: number) => number): AggregateFunction =>
  entry(name, [], 2, what, `${name}(NULL, 1)`, "NULL", running(LINE, (f64, at) => f64[at + 4] === 0 ? undefined : result(f64, at, f64[at + 3]! / f64[at + 4]!)));

const correlation = ({ n, xy, xx, yy }: Pair): number | undefined => (n < 2 || xx === 0 || yy === 0 ? undefined : xy / Math.sqrt(xx * yy));

const regrCount: AggregateFunction = {
  kind: "aggregate", name: "regr_count", usage: "regr_count(y, x)", description: "The number of rows where both are not null.", cases: [["regr_count(1, 2)", "1"], ["regr_count(1, NULL)", "0"]],
  bind(given, _settings, origin) {
    checkCount("regr_count", given.length, 2, 2, origin);
    const counts = running(PAIRS, (f64, at) => f64[at]!);
    return {
      type: BIGINT, nullable: false, argTypes: given.map((_, i) => accept("regr_count", given, i, AS.double, origin)),
      implementation: {
        ...counts,
        finish(addresses, count, offset, { arena }) {
          const { f64, i64, u32 } = linearMemory(), data = arena.allocate(8 * count);
          for (let i = 0; i < count; i++) i64[data / 8 + i] = BigInt(f64[(u32[(addresses >>> 2) + i]! + offset) / 8]!);
          return new Vector(BIGINT, data, 0);
        },
      },
    };
  },
};

export const momentFunctions: AggregateFunction[] = [
  one("stddev_samp", ["stddev", "std"], 2, "The standard deviation of a sample; null of fewer than two values.", (n, m2) => (n < 2 ? undefined : Math.sqrt(m2 / (n - 1)))),
  one("stddev_pop", [], 2, "The standard deviation of a population.", (n, m2) => Math.sqrt(m2 / n)),
  one("var_samp", ["variance"], 2, "The variance of a sample; null of fewer than two values.", (n, m2) => (n < 2 ? undefined : m2 / (n - 1))),
  one("var_pop", [], 2, "The variance of a population.", (n, m2) => m2 / n),
  one("skewness", [], 3, "The skewness of a population; null where all values are the same.", (n, m2, m3) => (m2 === 0 ? undefined : Math.sqrt(n) * m3 / Math.sqrt(m2 * m2 * m2))),
  one("kurtosis", [], 4, "The excess kurtosis of a population; null where all values are the same.", (n, m2, _m3, m4) => (m2 === 0 ? undefined : n * m4 / (m2 * m2) - 3)),
  two("corr", "Pearson's correlation; null of fewer than two pairs.", correlation),
  two("covar_pop", "The covariance of a population of pairs.", ({ n, xy }) => xy / n),
  two("covar_samp", "The covariance of a sample of pairs; null of fewer than two.", ({ n, xy }) => (n < 2 ? undefined : xy / (n - 1))),
  regrCount,
  half("regr_avgx", "The mean of x over rows where both are not null.", ofSecond(SUMS), (f64, at) => f64[at + 1]! / f64[at]!),
  half("regr_avgy", "The mean of y over rows where both are not null.", SUMS, (f64, at) => f64[at + 1]! / f64[at]!),
  line("regr_slope", "The slope of the line that fits best.", (_f64, _at, slope) => slope),
  line("regr_intercept", "Where the line that fits best meets x = 0.", (f64, at, slope) => f64[at + 2]! - slope * f64[at + 1]!),
  // Of the arguments y, x: the first is its `x`.
  two("regr_r2", "The square of the correlation; 1 where all y are the same, null where all x are.", pair => (pair.yy === 0 ? undefined : pair.xx === 0 ? 1 : (correlation(pair) ?? 0) ** 2)),
  half("regr_sxx", "The sum of squares of x around its mean.", ofSecond(powers(2)), (f64, at) => f64[at + 2]!),
  two("regr_sxy", "The sum of products of x and y around their means.", ({ xy }) => xy),
  half("regr_syy", "The sum of squares of y around its mean.", powers(2), (f64, at) => f64[at + 2]!),
];
