/**
 * Random numbers and what else differs from row to row without an argument. A batch that is run again gives the same. With a seed of its
 * own a call gives what Spark gives from that seed.
 */
import { AnalysisError } from "../../base/errors.ts";
import { XorShiftRandom } from "../../base/xor-shift-random.ts";
import type { Binding, ScalarFunction } from "../../plan/function.ts";
import type { ResolvedExpression } from "../../plan/resolved.ts";
import type { Origin } from "../../plan/expressions.ts";
import { DOUBLE, INT, STRING, isNumeric, type DataType } from "../../types/data-type.ts";
import { cellCast } from "../cast/cast-cells.ts";
import { MersenneTwister } from "../collection/mersenne-twister.ts";
import { implicitCast, ANY_INTEGRAL, AS } from "../coercion.ts";
import { constantCell } from "../constant-argument.ts";
import { accept, checkCount, custom, scalar } from "../define.ts";
import { contextOf, nonFoldable, quoted, unexpectedType, valueOutOfRange } from "../errors.ts";
import { sqlText } from "../sql-text.ts";
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

/** The seed of a call that gives none: its place in the query, so that a query that is planned again draws the same. */
function placeSeed(origin: Origin | undefined): number {
  const place = `${origin?.start ?? ""}/${origin?.stop ?? ""}/${origin?.callSite ?? ""}`;
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
        const seeded = perBatch(placeSeed(call.origin));
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
  custom({
    name: "uuid", usage: "uuid([seed])", description: "A random UUID of version 4.", cases: [["uuid(5)", "99b370cd-2be6-4419-b53a-bf23bbe7c58b"]],
    bind: (args, _settings, origin): Binding => {
      checkCount("uuid", args.length, 0, 1, origin);
      const given = args[0], invalidValue = given === undefined ? "" : quoted(sqlText(given));
      if (given !== undefined && given.type.kind !== "void" && (constantCell(given) === undefined || implicitCast(given.type, ANY_INTEGRAL) !== given.type)) {
        throw new AnalysisError({ condition: "INVALID_PARAMETER_VALUE.LONG", sqlState: "22023", message: `The value of parameter(s) \`seed\` in \`UUID\` is invalid: expects a long literal, but got ${invalidValue}.`, messageParameters: { parameter: "`seed`", functionName: "`UUID`", invalidValue }, queryContext: contextOf(origin) });
      }
      const next = drawing(args, 0, origin, seed => new MersenneTwister(seed));
      return {
        type: STRING, argTypes: args.map(arg => arg.type), deterministic: false, nullAware: true, nullable: false, row: (_args, { seed }) => {
          const random = next(seed), hex = Array.from({ length: 4 }, () => random.next().toString(16).padStart(8, "0")).join("");
          return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${"89ab"[parseInt(hex[16]!, 16) & 3]}${hex.slice(17, 20)}-${hex.slice(20)}`;
        },
      };
    },
  }),
  custom({
    name: "randstr", usage: "randstr(length[, seed])", description: "Random text of letters and digits.", cases: [["randstr(4, 3)", "nurJ"]],
    bind: (args, _settings, origin): Binding => {
      checkCount("randstr", args.length, 1, 2, origin);
      const argTypes = [accept("randstr", args, 0, AS.int, origin), ...seedTypes("randstr", args, 1, origin)];
      const given = constantCell(args[0]!), length = given === undefined ? undefined : given === null ? 0 : Number(cellCast(args[0]!.type, INT, "ansi", "UTC")(given));
      if (length === undefined) throw nonFoldable("randstr", args, 0, "length", origin);
      if (length < 0) throw valueOutOfRange("randstr", args, "length", "[0, 2147483647]", String(length), origin);
      const next = drawing(args, 1, origin, seed => new XorShiftRandom(seed));
      return {
        type: STRING, argTypes, deterministic: false, nullAware: true, nullable: false, row: (_args, { seed }) => {
          const random = next(seed);
          let text = "";
          for (let i = 0; i < length; i++) text += LETTERS[Math.abs(random.int() % 62)]!;
          return text;
        },
      };
    },
  }),
  custom({
    name: "uniform", usage: "uniform(min, max[, seed])", description: "A random number from min to max, max excluded: whole when both are whole.", cases: [["uniform(0, 1000, 3)", "257"]],
    bind: (args, settings, origin): Binding => {
      checkCount("uniform", args.length, 2, 3, origin);
      const bounds = args.slice(0, 2), seeds = seedTypes("uniform", args, 2, origin);
      bounds.forEach((arg, i) => {
        if (!isNumeric(arg.type) && arg.type.kind !== "void") throw unexpectedType("uniform", args, i, quoted("NUMERIC"), origin);
      });
      const cells = bounds.map(constantCell), unknown = cells.indexOf(undefined);
      if (unknown >= 0) throw nonFoldable("uniform", args, unknown, unknown === 0 ? "min" : "max", origin);
      const type = uniformType(bounds.map(arg => arg.type)), argTypes = [...bounds.map(arg => arg.type), ...seeds];
      if (cells.includes(null)) return { type, argTypes, nullAware: true, nullable: true, row: () => null };
      const [low, high] = cells.map((cell, i) => cellCast(bounds[i]!.type, DOUBLE, "ansi", "UTC")(cell!) as number) as [number, number];
      const cast = cellCast(DOUBLE, type, settings.ansi ? "ansi" : "legacy", settings.timeZone), next = drawing(args, 2, origin, seed => new XorShiftRandom(seed));
      return { type, argTypes, deterministic: false, nullAware: true, nullable: !settings.ansi, canRaise: true, row: (_args, { seed }) => cast(low + (high - low) * next(seed).double()) };
    },
  }),
];

const LETTERS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

/** The type of a seed that a call gives. @throws AnalysisError DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE, DATATYPE_MISMATCH.NON_FOLDABLE_INPUT */
function seedTypes(name: string, args: readonly ResolvedExpression[], index: number, origin: Origin | undefined): readonly DataType[] {
  const seed = args[index];
  if (seed === undefined) return [];
  if (seed.type.kind !== "void" && implicitCast(seed.type, ANY_INTEGRAL) !== seed.type) throw unexpectedType(name, args, index, "(\"INT\" or \"BIGINT\")", origin);
  if (constantCell(seed) === undefined) throw nonFoldable(name, args, index, "seed", origin);
  return [seed.type];
}

/** A generator of a batch: from the seed that the call gives (null: 0), or from its place in the query and the batch's own seed. */
function drawing<T>(args: readonly ResolvedExpression[], index: number, origin: Origin | undefined, make: (seed: bigint) => T): (batchSeed: number) => T {
  const given = index < args.length ? BigInt(constantCell(args[index]!) as number | bigint | null ?? 0) : undefined, place = BigInt(placeSeed(origin));
  let last: number | undefined, random: T | undefined;
  return batchSeed => {
    if (random === undefined || last !== batchSeed) {
      last = batchSeed;
      random = make(given ?? (place << 32n) + BigInt(batchSeed));
    }
    return random;
  };
}

/** The wider of two types; a decimal beside a whole number stays as it is. */
function uniformType([low, high]: readonly DataType[]): DataType {
  const at = (type: DataType): number => WIDTHS.indexOf(type.kind);
  if (low!.kind === "void" || high!.kind === "void") return DOUBLE;
  if (low!.kind === "decimal" && high!.kind === "decimal") return low!.precision - low!.scale >= high!.precision - high!.scale && low!.scale >= high!.scale ? low! : high!;
  return at(low!) >= at(high!) ? low! : high!;
}
const WIDTHS: readonly DataType["kind"][] = ["tinyint", "smallint", "int", "bigint", "decimal", "float", "double"];
