/** Random numbers and what else differs from row to row without an argument. A batch that is run again gives the same. */
import { XorShiftRandom } from "../../base/xor-shift-random.ts";
import type { ScalarFunction } from "../../plan/function.ts";
import { BIGINT, DOUBLE, INT, STRING } from "../../types/data-type.ts";
import { ANY_INTEGRAL, AS } from "../coercion.ts";
import { scalar, type Call } from "../define.ts";
import { constantNumber } from "./rounding.ts";

/** A stream of 32-bit numbers from a seed (mixing of a counter, "splitmix"). */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    return (z ^ (z >>> 16)) >>> 0;
  };
}

/** A generator for each evaluation: it starts anew whenever the batch's seed changes. */
function perBatch(own: number): (batchSeed: number) => () => number {
  let last: number | undefined, next = generator(own);
  return batchSeed => {
    if (last !== batchSeed) {
      last = batchSeed;
      next = generator(Math.imul(own ^ batchSeed, 0x27d4eb2f) ^ (own + batchSeed));
    }
    return next;
  };
}
const unit = (next: () => number): number => (next() * 2 ** 21 + (next() >>> 11)) / 2 ** 53;

/** The seed of a call: what it says, or its place in the query, so that a query that is planned again draws the same. */
function seedOf(call: Call, index: number): number {
  if (call.args.length > index) return Number(constantNumber(call.args[index]!) ?? 0);
  const { origin } = call, place = `${origin?.start ?? ""}/${origin?.stop ?? ""}/${origin?.callSite ?? ""}`;
  let hash = 0x811c9dc5;
  for (let i = 0; i < place.length; i++) hash = Math.imul(hash ^ place.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/** With a seed of its own a call gives Spark's numbers, from the beginning in each batch. */
function random(name: string, aliases: readonly string[], description: string, draw: (next: () => number) => number, fromSeed: (random: XorShiftRandom) => () => number): ScalarFunction {
  return scalar({
    name, aliases, usage: `${name}([seed])`, description, cases: [[`${name}(5) = ${name}(5)`, "true"]], params: [ANY_INTEGRAL], optional: 1, returns: DOUBLE, deterministic: false, nullAware: true, nullable: false,
    make: call => {
      const seed = call.args.length > 0 ? BigInt(constantNumber(call.args[0]!) ?? 0) : undefined;
      if (seed === undefined) {
        const seeded = perBatch(seedOf(call, 0));
        return { row: (_args, context) => draw(seeded(context.seed)) };
      }
      let last: number | undefined, next = fromSeed(new XorShiftRandom(seed));
      return { row: (_args, context) => {
        if (last !== context.seed) {
          last = context.seed;
          next = fromSeed(new XorShiftRandom(seed));
        }
        return next();
      } };
    },
  });
}

/** Two numbers of the normal distribution at a time, by Marsaglia's polar method. */
function gaussian(random: XorShiftRandom): () => number {
  let waiting: number | undefined;
  return () => {
    if (waiting !== undefined) {
      const value = waiting;
      waiting = undefined;
      return value;
    }
    for (;;) {
      const a = 2 * random.double() - 1, b = 2 * random.double() - 1, s = a * a + b * b;
      if (s >= 1 || s === 0) continue;
      const scale = Math.sqrt(-2 * Math.log(s) / s);
      waiting = b * scale;
      return a * scale;
    }
  };
}

export const randomFunctions: readonly ScalarFunction[] = [
  random("rand", ["random"], "A random DOUBLE from 0 to 1, 1 excluded.", unit, random => () => random.double()),
  random("randn", [], "A random DOUBLE of the standard normal distribution.", next => Math.sqrt(-2 * Math.log(1 - unit(next))) * Math.cos(2 * Math.PI * unit(next)), gaussian),
  scalar({
    name: "uuid", usage: "uuid([seed])", description: "A random UUID of version 4.", cases: [], params: [ANY_INTEGRAL], optional: 1, returns: STRING, deterministic: false, nullAware: true, nullable: false,
    make: call => {
      const seeded = perBatch(seedOf(call, 0));
      return {
        row: (_args, context) => {
          const next = seeded(context.seed), hex = Array.from({ length: 4 }, () => next().toString(16).padStart(8, "0")).join("");
          return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${"89ab"[parseInt(hex[16]!, 16) & 3]}${hex.slice(17, 20)}-${hex.slice(20)}`;
        },
      };
    },
  }),
  scalar({
    name: "randstr", usage: "randstr(length[, seed])", description: "Random text of letters and digits.", cases: [], params: [AS.int, ANY_INTEGRAL], optional: 1, returns: STRING, deterministic: false, nullAware: true, nullable: false,
    make: call => {
      const seeded = perBatch(seedOf(call, 1)), letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
      return { row: ([n], context) => Array.from({ length: n as number }, () => letters[seeded(context.seed)() % letters.length]).join("") };
    },
  }),
  scalar({
    name: "uniform", usage: "uniform(min, max[, seed])", description: "A random number from min to max, max excluded: whole when both are whole.", cases: [], params: [AS.double, AS.double, ANY_INTEGRAL], optional: 1, returns: DOUBLE, deterministic: false, nullAware: true, nullable: false,
    make: call => {
      const seeded = perBatch(seedOf(call, 2));
      const whole = call.args.slice(0, 2).every(arg => arg.type.kind === "int" || arg.type.kind === "smallint" || arg.type.kind === "tinyint" || arg.type.kind === "bigint");
      const wide = whole && call.args.slice(0, 2).some(arg => arg.type.kind === "bigint");
      return {
        type: whole ? (wide ? BIGINT : INT) : DOUBLE, row: ([low, high], context) => {
          const value = (low as number) + unit(seeded(context.seed)) * ((high as number) - (low as number));
          return whole ? (wide ? BigInt(Math.floor(value)) : Math.floor(value)) : value;
        },
      };
    },
  }),
];
