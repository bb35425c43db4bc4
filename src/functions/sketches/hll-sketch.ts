/**
 * HyperLogLog as Apache DataSketches has it: few values are kept as coupons, which makes their count exact; more go to
 * registers of eight bits. While values come one by one the estimate is the historical inverse probability of Ting
 * (Streamed approximate counting of distinct elements, 2014); behind a union it is Ertl's (2017), where DataSketches
 * takes measured tables: both keep the promised error. Bytes are those of the library's compact form.
 */
import { harmonicMean } from "../aggregates/distinct-count.ts";
import { hash128 } from "./hash128.ts";

const ADDRESS_BITS = 26, ADDRESS_MASK = (1 << ADDRESS_BITS) - 1, MAX_LIST = 8;
const FAMILY = 7, SERIAL_VERSION = 1, EMPTY = 4, COMPACT = 8, OUT_OF_ORDER = 16;
const LIST = 0, SET = 1, HLL = 2, TARGET_HLL8 = 2 << 2;

export const LEAST_LG_K = 4, GREATEST_LG_K = 21, DEFAULT_LG_K = 12;

export class HllSketch {
  readonly lgK: number;
  /** Until there are registers. Each is a slot's address in 26 bits and the value for it above them. */
  #coupons = new Set<number>();
  #registers: Uint8Array | undefined;
  /** Sums of 2^-register: of registers below 32, and of those above, so that both are exact. */
  #low = 0;
  #high = 0;
  #accumulated = 0;
  #isMerged = false;

  constructor(lgK: number) { this.lgK = lgK; }

  update(bytes: Uint8Array): void {
    const [first, second] = hash128(bytes), leading = second === 0n ? 64 : 64 - second.toString(2).length;
    this.#add((((Math.min(leading, 62) + 1) << ADDRESS_BITS) | Number(first & BigInt(ADDRESS_MASK))) >>> 0);
  }

  get estimate(): number {
    if (this.#registers === undefined) return this.#coupons.size;
    if (!this.#isMerged) return this.#accumulated;
    const counts = new Uint32Array(65), k = 2 ** this.lgK;
    for (const register of this.#registers) counts[register]!++;
    return harmonicMean(counts, k, 63);
  }

  /** Adds what another has seen; its lgK must not be smaller than ours. */
  merge(other: HllSketch): void {
    if (other.#registers === undefined) {
      for (const coupon of other.#coupons) this.#add(coupon);
      return;
    }
    if (this.#registers === undefined) this.#toRegisters();
    const mask = 2 ** this.lgK - 1;
    other.#registers.forEach((value, slot) => { if (value > this.#registers![slot & mask]!) this.#raise(slot & mask, value); });
    this.#isMerged = true;
  }

  /** The same with fewer slots. */
  folded(lgK: number): HllSketch {
    const smaller = new HllSketch(lgK);
    smaller.merge(this);
    return smaller;
  }

  encode(): Uint8Array {
    const { lgK } = this, coupons = [...this.#coupons].sort((a, b) => a - b), registers = this.#registers;
    if (registers === undefined) {
      const isList = coupons.length < MAX_LIST, header = isList ? 8 : 12, bytes = new Uint8Array(header + 4 * coupons.length), view = new DataView(bytes.buffer);
      bytes.set([isList ? 2 : 3, SERIAL_VERSION, FAMILY, lgK, isList ? 3 : Math.max(5, Math.ceil(Math.log2(coupons.length * 4 / 3))), COMPACT | (coupons.length === 0 ? EMPTY : 0), isList ? coupons.length : 0, (isList ? LIST : SET) | TARGET_HLL8]);
      if (!isList) view.setUint32(8, coupons.length, true);
      coupons.forEach((coupon, i) => view.setUint32(header + 4 * i, coupon, true));
      return bytes;
    }
    const bytes = new Uint8Array(40 + registers.length), view = new DataView(bytes.buffer);
    bytes.set([10, SERIAL_VERSION, FAMILY, lgK, 0, COMPACT | (this.#isMerged ? OUT_OF_ORDER : 0), 0, HLL | TARGET_HLL8]);
    view.setFloat64(8, this.#accumulated, true);
    view.setFloat64(16, this.#low, true);
    view.setFloat64(24, this.#high, true);
    view.setUint32(32, registers.reduce((zeros, register) => zeros + (register === 0 ? 1 : 0), 0), true);
    bytes.set(registers, 40);
    return bytes;
  }

  /** Undefined for what is no sketch, or one of another target than HLL_8. */
  static decode(bytes: Uint8Array): HllSketch | undefined {
    if (bytes.length < 8 || bytes[1] !== SERIAL_VERSION || bytes[2] !== FAMILY) return undefined;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), lgK = bytes[3]!, mode = bytes[7]! & 3;
    if (lgK < LEAST_LG_K || lgK > GREATEST_LG_K || mode > HLL) return undefined;
    const sketch = new HllSketch(lgK);
    if (mode === HLL) {
      const k = 2 ** lgK;
      if (bytes[7]! >> 2 !== 2 || bytes.length < 40 + k) return undefined;
      sketch.#registers = bytes.slice(40, 40 + k);
      sketch.#accumulated = view.getFloat64(8, true);
      sketch.#low = view.getFloat64(16, true);
      sketch.#high = view.getFloat64(24, true);
      sketch.#isMerged = (bytes[5]! & OUT_OF_ORDER) !== 0;
      return sketch.#registers.some(register => register > 63) ? undefined : sketch;
    }
    // A form that is not compact has empty places among the coupons.
    const header = mode === LIST ? 8 : 12;
    if (bytes.length < header) return undefined;
    for (let at = header; at + 4 <= bytes.length; at += 4) {
      const coupon = view.getUint32(at, true);
      if (coupon !== 0) sketch.#coupons.add(coupon);
    }
    return sketch;
  }

  #add(coupon: number): void {
    if (this.#registers !== undefined) return this.#raise(coupon & (2 ** this.lgK - 1), coupon >>> ADDRESS_BITS);
    this.#coupons.add(coupon);
    const limit = this.lgK < 8 ? MAX_LIST - 1 : 3 * 2 ** (this.lgK - 3) / 4;
    if (this.#coupons.size > limit) this.#toRegisters();
  }

  #toRegisters(): void {
    const count = this.#coupons.size;
    this.#registers = new Uint8Array(2 ** this.lgK);
    this.#low = 2 ** this.lgK;
    for (const coupon of this.#coupons) this.#raise(coupon & (2 ** this.lgK - 1), coupon >>> ADDRESS_BITS);
    this.#accumulated = count;
    this.#coupons.clear();
  }

  #raise(slot: number, value: number): void {
    const registers = this.#registers!, before = registers[slot]!;
    if (value <= before) return;
    this.#accumulated += registers.length / (this.#low + this.#high);
    if (before < 32) this.#low -= 2 ** -before; else this.#high -= 2 ** -before;
    if (value < 32) this.#low += 2 ** -value; else this.#high += 2 ** -value;
    registers[slot] = value;
  }
}
