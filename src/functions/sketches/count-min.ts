/**
 * count_min_sketch (Cormode and Muthukrishnan, An improved data stream summary, 2005): bytes, hashes and random numbers
 * are those of Spark's CountMinSketch, so that its readers understand them.
 */
import type { AggregateFunction, FunctionEntry } from "../../plan/function.ts";
import type { Cell } from "../../types/cell.ts";
import { BINARY, BIGINT, DOUBLE } from "../../types/data-type.ts";
import { ANY_INTEGRAL, AS, oneOf } from "../coercion.ts";
import { accept, checkCount } from "../define.ts";
import { executionError } from "../errors.ts";
import { objectAggregate } from "../aggregates/objects.ts";
import { murmurBytes } from "../hash/murmur.ts";
import { constantNumber } from "./buffers.ts";

const VERSION = 1, PRIME = (1n << 31n) - 1n, GREATEST_INT = 2 ** 31 - 1;

/** The numbers of java.util.Random: a linear congruence of 48 bits. */
function javaRandom(seed: bigint): (bits: number) => number {
  const mask = (1n << 48n) - 1n;
  let state = (seed ^ 0x5deece66dn) & mask;
  return bits => {
    state = (state * 0x5deece66dn + 0xbn) & mask;
    return Number(BigInt.asIntN(32, state >> BigInt(48 - bits)));
  };
}
/** From 0 to 2^31 - 2, as nextInt(Integer.MAX_VALUE). */
function nextInt(next: (bits: number) => number): number {
  for (;;) {
    const bits = next(31), value = bits % GREATEST_INT;
    if (bits - value + (GREATEST_INT - 1) <= GREATEST_INT) return value;
  }
}

class CountMinSketch {
  readonly depth: number;
  readonly width: number;
  readonly #factors: readonly bigint[];
  total = 0n;
  readonly table: BigInt64Array;

  constructor(depth: number, width: number, seed: bigint, factors?: readonly bigint[]) {
    this.depth = depth;
    this.width = width;
    const next = javaRandom(seed);
    this.#factors = factors ?? Array.from({ length: depth }, () => BigInt(nextInt(next)));
    this.table = new BigInt64Array(depth * width);
  }

  addNumber(value: bigint): void {
    this.#factors.forEach((factor, row) => {
      let hash = BigInt.asIntN(64, factor * value);
      hash = BigInt.asIntN(64, hash + (hash >> 32n)) & PRIME;
      this.#count(row, Number(BigInt.asIntN(32, hash)) % this.width);
    });
    this.total++;
  }
  addBytes(bytes: Uint8Array): void {
    const first = murmurBytes(bytes, 0), second = murmurBytes(bytes, first);
    for (let row = 0; row < this.depth; row++) this.#count(row, Math.abs((first + Math.imul(row, second) | 0) % this.width));
    this.total++;
  }
  #count(row: number, column: number): void { this.table[row * this.width + column]!++; }

  merge(other: CountMinSketch): void {
    other.table.forEach((count, i) => { this.table[i]! += count; });
    this.total += other.total;
  }

  /** Numbers are big-endian. */
  encode(): Uint8Array {
    const { depth, width, table } = this, bytes = new Uint8Array(20 + 8 * depth + 8 * table.length), view = new DataView(bytes.buffer);
    view.setInt32(0, VERSION);
    view.setBigInt64(4, this.total);
    view.setInt32(12, depth);
    view.setInt32(16, width);
    this.#factors.forEach((factor, i) => view.setBigInt64(20 + 8 * i, factor));
    table.forEach((count, i) => view.setBigInt64(20 + 8 * (depth + i), count));
    return bytes;
  }
  static decode(bytes: Uint8Array): CountMinSketch {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), depth = view.getInt32(12), width = view.getInt32(16);
    const sketch = new CountMinSketch(depth, width, 0n, Array.from({ length: depth }, (_, i) => view.getBigInt64(20 + 8 * i)));
    sketch.total = view.getBigInt64(4);
    for (let i = 0; i < sketch.table.length; i++) sketch.table[i] = view.getBigInt64(20 + 8 * (depth + i));
    return sketch;
  }
}

const encoder = new TextEncoder();

const countMinSketch: AggregateFunction = {
  kind: "aggregate", name: "count_min_sketch", usage: "count_min_sketch(expr, eps, confidence, seed)",
  description: "A count-min sketch of the values: how often a value came is then known up to eps times the number of rows, with that confidence.",
  cases: [["length(count_min_sketch(1, 0.5D, 0.5D, 1))", "60"]],
  bind(args, _settings, origin) {
    const name = "count_min_sketch";
    checkCount(name, args.length, 4, 4, origin);
    const type = accept(name, args, 0, oneOf(ANY_INTEGRAL, AS.string, AS.binary), origin);
    const eps = constantNumber(name, args, 1, "eps", origin), confidence = constantNumber(name, args, 2, "confidence", origin), seed = constantNumber(name, args, 3, "seed", origin);
    if (!(eps > 0)) throw executionError("INVALID_PARAMETER_VALUE.DOUBLE_VALUE", "22023", `Relative error must be positive, but got ${eps}.`, { parameter: "`eps`", functionName: `\`${name}\`` });
    if (!(confidence > 0 && confidence < 1)) throw executionError("INVALID_PARAMETER_VALUE.DOUBLE_VALUE", "22023", `Confidence must be within range (0.0, 1.0), but got ${confidence}.`, { parameter: "`confidence`", functionName: `\`${name}\`` });
    const depth = Math.ceil(-Math.log1p(-confidence) / Math.LN2), width = Math.ceil(2 / eps);
    return {
      type: BINARY, nullable: false, argTypes: [type, DOUBLE, DOUBLE, BIGINT],
      implementation: objectAggregate<CountMinSketch>({
        create: () => new CountMinSketch(depth, width, BigInt(seed)),
        update(sketch, [value]) {
          if (value === null || value === undefined) return sketch;
          if (typeof value === "string") sketch.addBytes(encoder.encode(value));
          else if (value instanceof Uint8Array) sketch.addBytes(value);
          else sketch.addNumber(BigInt(value as number | bigint));
          return sketch;
        },
        merge(to, from) { to.merge(from); return to; },
        finish: (sketch): Cell => sketch.encode(), stateType: BINARY, encode: sketch => sketch.encode(), decode: cell => CountMinSketch.decode(cell as Uint8Array),
      }),
    };
  },
};

export const countMinFunctions: readonly FunctionEntry[] = [countMinSketch];
