/**
 * Theta and tuple sketches as Apache DataSketches has them (Dasgupta, Lang, Rhodes and Thaler, A framework for estimating
 * stream expression cardinalities, 2016): the hashes below a threshold, which sinks as more come. A tuple sketch keeps a
 * number beside each hash. Unions, intersections and differences are those of the hashes under the smaller threshold.
 */
import { SEED_HASH, hash128 } from "./hash128.ts";

/** Hashes are 63 bits; without a threshold all are below this. */
const GREATEST = (1n << 63n) - 1n;
const SERIAL_VERSION = 3, COMPACT_FAMILY = 3, TUPLE_FAMILY = 9, READ_ONLY = 2, EMPTY = 4, COMPACT = 8, ORDERED = 16, SINGLE = 32;

export const LEAST_LG_NOMINAL = 4, GREATEST_LG_NOMINAL = 26, DEFAULT_LG_NOMINAL = 12;

/** How two numbers of one hash become one, and what a hash without a number counts as. */
export interface Summaries { readonly of: (a: number, b: number) => number; readonly first: (value: number) => number; readonly neutral: number }
export const SUMMARIES: Readonly<Record<string, Summaries>> = {
  sum: { of: (a, b) => a + b, first: value => value, neutral: 0 },
  min: { of: (a, b) => Math.min(a, b), first: value => value, neutral: Infinity },
  max: { of: (a, b) => Math.max(a, b), first: value => value, neutral: -Infinity },
  alwaysone: { of: () => 1, first: () => 1, neutral: 1 },
};

export class ThetaSketch {
  theta = GREATEST;
  /** Hashes below theta with their summaries; 0 where the sketch has none. */
  entries = new Map<bigint, number>();

  get isEstimating(): boolean { return this.theta < GREATEST; }
  /** The share of all hashes that is below the threshold. */
  get fraction(): number { return this.isEstimating ? Number(this.theta) / 2 ** 63 : 1; }
  get estimate(): number { return this.entries.size / this.fraction; }

  update(bytes: Uint8Array, lgNominal: number, value = 0, summaries?: Summaries): void {
    const hash = hash128(bytes)[0] >> 1n;
    if (hash === 0n || hash >= this.theta) return;
    const before = this.entries.get(hash);
    this.entries.set(hash, summaries === undefined ? 0 : before === undefined ? summaries.first(value) : summaries.of(before, value));
    if (this.entries.size > Math.floor(15 * 2 ** (lgNominal + 1) / 16)) this.trim(lgNominal);
  }

  /** At most 2^lgNominal hashes: the least. */
  trim(lgNominal: number): void {
    const nominal = 2 ** lgNominal;
    if (this.entries.size <= nominal) return;
    const sorted = BigInt64Array.from(this.entries.keys()).sort();
    this.theta = sorted[nominal]!;
    for (let i = nominal; i < sorted.length; i++) this.entries.delete(sorted[i]!);
  }

  copy(): ThetaSketch {
    const copy = new ThetaSketch();
    copy.theta = this.theta;
    copy.entries = new Map(this.entries);
    return copy;
  }

  /** Takes in another's hashes. */
  unite(other: ThetaSketch, lgNominal: number, summaries?: Summaries): void {
    this.#lower(other.theta);
    for (const [hash, value] of other.entries) {
      if (hash >= this.theta) continue;
      const before = this.entries.get(hash);
      this.entries.set(hash, before === undefined || summaries === undefined ? value : summaries.of(before, value));
    }
    this.trim(lgNominal);
  }

  /** Keeps what the other has too. */
  intersect(other: ThetaSketch, summaries?: Summaries): void {
    this.#lower(other.theta);
    for (const [hash, value] of this.entries) {
      const there = other.entries.get(hash);
      if (there === undefined) this.entries.delete(hash);
      else if (summaries !== undefined) this.entries.set(hash, summaries.of(value, there));
    }
  }

  /** Keeps what the other doesn't have. */
  subtract(other: ThetaSketch): void {
    this.#lower(other.theta);
    for (const hash of other.entries.keys()) this.entries.delete(hash);
  }

  #lower(theta: bigint): void {
    if (theta >= this.theta) return;
    this.theta = theta;
    for (const hash of this.entries.keys()) if (hash >= theta) this.entries.delete(hash);
  }

  /** The compact, ordered form; that of a tuple sketch has a double behind each hash. */
  encode(isTuple: boolean): Uint8Array {
    const hashes = BigInt64Array.from(this.entries.keys()).sort(), { length } = hashes, isEmpty = length === 0 && !this.isEstimating;
    const isSingle = !isTuple && length === 1 && !this.isEstimating, longs = isSingle || isEmpty ? 1 : this.isEstimating ? 3 : 2, width = isTuple ? 16 : 8;
    const bytes = new Uint8Array(8 * longs + width * length), view = new DataView(bytes.buffer);
    bytes.set([longs, SERIAL_VERSION, isTuple ? TUPLE_FAMILY : COMPACT_FAMILY, 0, 0, READ_ONLY | COMPACT | ORDERED | (isEmpty ? EMPTY : 0) | (isSingle ? SINGLE : 0)]);
    view.setUint16(6, SEED_HASH, true);
    if (longs > 1) {
      view.setUint32(8, length, true);
      view.setFloat32(12, 1, true);
    }
    if (longs > 2) view.setBigInt64(16, this.theta, true);
    hashes.forEach((hash, i) => {
      view.setBigInt64(8 * longs + width * i, hash, true);
      if (isTuple) view.setFloat64(8 * longs + width * i + 8, this.entries.get(hash)!, true);
    });
    return bytes;
  }

  /** Undefined for what is no such sketch. */
  static decode(bytes: Uint8Array, isTuple: boolean): ThetaSketch | undefined {
    if (bytes.length < 8 || bytes[1] !== SERIAL_VERSION || bytes[2] !== (isTuple ? TUPLE_FAMILY : COMPACT_FAMILY)) return undefined;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), longs = bytes[0]! & 63, width = isTuple ? 16 : 8, sketch = new ThetaSketch();
    if (longs < 1 || longs > 3 || (bytes[5]! & COMPACT) === 0 || view.getUint16(6, true) !== SEED_HASH || bytes.length < 8 * longs) return undefined;
    const count = (bytes[5]! & EMPTY) !== 0 ? 0 : longs === 1 ? (bytes.length - 8) / width : view.getUint32(8, true);
    if (longs === 3) sketch.theta = view.getBigInt64(16, true);
    if (!Number.isInteger(count) || bytes.length < 8 * longs + width * count || sketch.theta <= 0n) return undefined;
    for (let i = 0; i < count; i++) {
      const at = 8 * longs + width * i, hash = view.getBigInt64(at, true);
      if (hash <= 0n || hash >= sketch.theta) return undefined;
      sketch.entries.set(hash, isTuple ? view.getFloat64(at + 8, true) : 0);
    }
    return sketch;
  }
}
