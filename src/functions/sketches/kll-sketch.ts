/**
 * Quantiles by the algorithm of Karnin, Lang and Liberty (Optimal quantile approximation in streams, 2016), with the
 * levels' sizes of Apache DataSketches and its bytes. Which half of a level goes up is decided by a coin whose seed is the
 * number of values, so that the same values in the same order give the same sketch.
 */
export type KllKind = "bigint" | "double" | "float";
type Item = number | bigint;

const LEAST_LEVEL = 8, SHRINKING = 2 / 3, FAMILY = 15, EMPTY = 1, SINGLE = 4;
const DEFAULT_K = 200;
export const LEAST_K = 8, GREATEST_K = 65535;

export class KllSketch {
  readonly kind: KllKind;
  readonly k: number;
  count = 0n;
  min: Item | undefined;
  max: Item | undefined;
  /** Level h holds values that stand for 2^h each; all but the lowest are sorted. */
  #levels: Item[][] = [[]];

  constructor(kind: KllKind, k = DEFAULT_K) {
    this.kind = kind;
    this.k = k;
  }

  update(value: Item): void {
    if (Number.isNaN(value)) return;
    this.#levels[0]!.push(value);
    this.count++;
    if (this.min === undefined || value < this.min) this.min = value;
    if (this.max === undefined || value > this.max) this.max = value;
    this.#compress();
  }

  merge(other: KllSketch): void {
    other.#levels.forEach((items, level) => {
      const mine = (this.#levels[level] ??= []);
      for (const item of items) mine.push(item);
      if (level > 0) mine.sort(ascending);
    });
    this.count += other.count;
    if (other.min !== undefined && (this.min === undefined || other.min < this.min)) this.min = other.min;
    if (other.max !== undefined && (this.max === undefined || other.max > this.max)) this.max = other.max;
    this.#compress();
  }

  /** The value at a share of the ranks from 0 to 1, itself among those counted. Undefined for an empty sketch. */
  quantile(rank: number): Item | undefined {
    const wanted = Math.max(1, Math.ceil(rank * Number(this.count)));
    let below = 0;
    for (const [item, weight] of this.#sorted()) {
      below += weight;
      if (below >= wanted) return item;
    }
    return this.max;
  }

  /** The share of the values that are at most this one. */
  rank(value: Item): number {
    let below = 0;
    for (const [item, weight] of this.#sorted()) if (item <= value) below += weight;
    return this.count === 0n ? NaN : below / Number(this.count);
  }

  get retained(): number { return this.#levels.reduce((sum, level) => sum + level.length, 0); }
  get levels(): number { return this.#levels.length; }

  encode(): Uint8Array {
    const width = this.kind === "float" ? 4 : 8, { count, k } = this, isFull = count > 1n, levels = this.#levels.length;
    const header = count === 0n ? 8 : count === 1n ? 8 + width : 20 + 4 * levels + 2 * width, bytes = new Uint8Array(header + (isFull ? width * this.retained : 0)), view = new DataView(bytes.buffer);
    bytes.set([isFull ? 5 : 2, count === 1n ? 2 : 1, FAMILY, count === 0n ? EMPTY : count === 1n ? SINGLE : 0, 0, 0, LEAST_LEVEL, 0]);
    view.setUint16(4, k, true);
    if (count === 1n) this.#put(view, 8, this.min!);
    if (!isFull) return bytes;
    view.setBigInt64(8, count, true);
    view.setUint16(16, k, true);
    bytes[18] = levels;
    let place = this.capacity - this.retained, at = header;
    this.#levels.forEach((items, level) => {
      view.setUint32(20 + 4 * level, place, true);
      place += items.length;
      for (const item of items) {
        this.#put(view, at, item);
        at += width;
      }
    });
    this.#put(view, 20 + 4 * levels, this.min!);
    this.#put(view, 20 + 4 * levels + width, this.max!);
    return bytes;
  }

  /** Undefined for what is no such sketch. */
  static decode(bytes: Uint8Array, kind: KllKind): KllSketch | undefined {
    if (bytes.length < 8 || bytes[2] !== FAMILY) return undefined;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), width = kind === "float" ? 4 : 8, k = view.getUint16(4, true);
    if (k < LEAST_K) return undefined;
    const sketch = new KllSketch(kind, k);
    if ((bytes[3]! & EMPTY) !== 0) return sketch;
    if ((bytes[3]! & SINGLE) !== 0) {
      if (bytes.length < 8 + width) return undefined;
      sketch.update(sketch.#get(view, 8));
      return sketch;
    }
    if (bytes.length < 20) return undefined;
    const levels = bytes[18]!, header = 20 + 4 * levels + 2 * width;
    if (levels === 0 || bytes.length < header) return undefined;
    const places = Array.from({ length: levels }, (_, level) => view.getUint32(20 + 4 * level, true)), first = places[0]!;
    sketch.#levels = Array.from({ length: levels }, () => []);
    places.push(sketch.capacity);
    // Bytes don't say of which type the values are: those of wider ones can be read as narrower ones.
    if (bytes.length < header + width * (sketch.capacity - first) || places.some((place, i) => i > 0 && place < places[i - 1]!)) return undefined;
    sketch.count = view.getBigInt64(8, true);
    sketch.min = sketch.#get(view, 20 + 4 * levels);
    sketch.max = sketch.#get(view, 20 + 4 * levels + width);
    sketch.#levels = Array.from({ length: levels }, (_, level) => Array.from({ length: places[level + 1]! - places[level]! }, (_, i) => sketch.#get(view, header + width * (places[level]! - first + i))));
    return sketch.#levels.reduce((sum, level, h) => sum + BigInt(level.length) * (1n << BigInt(h)), 0n) === sketch.count ? sketch : undefined;
  }

  #put(view: DataView, at: number, item: Item): void {
    if (this.kind === "bigint") view.setBigInt64(at, item as bigint, true);
    else if (this.kind === "double") view.setFloat64(at, item as number, true);
    else view.setFloat32(at, item as number, true);
  }
  #get(view: DataView, at: number): Item {
    return this.kind === "bigint" ? view.getBigInt64(at, true) : this.kind === "double" ? view.getFloat64(at, true) : view.getFloat32(at, true);
  }

  /** Lower levels may hold fewer: the highest k values, each below it two thirds of that. */
  #levelCapacity(level: number): number { return Math.max(LEAST_LEVEL, Math.ceil(this.k * SHRINKING ** (this.#levels.length - 1 - level))); }
  /** How many values there is room for in all levels. */
  get capacity(): number { return this.#levels.reduce((sum, _, level) => sum + this.#levelCapacity(level), 0); }

  #compress(): void {
    while (this.retained > this.capacity) {
      const level = this.#levels.findIndex((items, h) => items.length >= this.#levelCapacity(h)), items = this.#levels[level]!;
      if (level === 0) items.sort(ascending);
      // Of an odd number one stays.
      const kept = items.length % 2 === 1 ? [items.shift()!] : [], above = (this.#levels[level + 1] ??= []);
      for (let i = this.#coin(level); i < items.length; i += 2) above.push(items[i]!);
      above.sort(ascending);
      this.#levels[level] = kept;
    }
  }

  #coin(level: number): 0 | 1 {
    let mixed = Math.imul(Number(this.count & 0xffff_ffffn) ^ (level * 0x9e3779b9), 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    return ((mixed ^ (mixed >>> 16)) & 1) as 0 | 1;
  }

  #sorted(): (readonly [item: Item, weight: number])[] {
    return this.#levels.flatMap((items, level) => items.map(item => [item, 2 ** level] as const)).sort(([a], [b]) => ascending(a, b));
  }
}

const ascending = (a: Item, b: Item): number => (a < b ? -1 : a > b ? 1 : 0);
