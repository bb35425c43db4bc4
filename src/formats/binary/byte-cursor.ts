/** Reads bytes of linear memory one after the other: what decoders of records move along. 64-bit numbers come as two words. */
import { linearMemory } from "../../memory/linear-memory.ts";

/** Bytes that aren't what the schema says. */
export class MalformedBytes extends Error {}
/** One object for all, without a trace: a batch may hold thousands of such records. */
const MALFORMED = new MalformedBytes("malformed bytes");

export class ByteCursor {
  readonly #memory = linearMemory();
  readonly u8 = this.#memory.u8;
  at = 0;
  end = 0;
  /** The words of the last long that was read. */
  low = 0;
  high = 0;
  /** How deep values lie in one another; counted by those who descend. */
  depth = 0;
  /** Why the last record was malformed. */
  reason = "";

  over(from: number, length: number): void {
    this.at = from;
    this.end = from + length;
    this.depth = 0;
  }

  /** @throws MalformedBytes */
  fail(reason: string): never {
    this.reason = reason;
    throw MALFORMED;
  }

  get left(): number { return this.end - this.at; }

  byte(): number {
    if (this.at >= this.end) this.fail("it ends early");
    return this.u8[this.at++]!;
  }

  /** Where `length` bytes lie; the cursor goes behind them. */
  take(length: number): number {
    const { at } = this;
    if (length < 0 || length > this.end - at) this.fail("it ends early");
    this.at = at + length;
    return at;
  }

  /** An unsigned number of up to ten groups of seven bits, lowest first, into `low` and `high`. */
  varint(): void {
    let low = 0, high = 0, b = this.byte();
    low = b & 0x7f;
    if (b >= 0x80) {
      let shift = 7;
      for (;;) {
        b = this.byte();
        const bits = b & 0x7f;
        if (shift < 28) low |= bits << shift;
        else if (shift === 28) {
          low |= bits << 28;
          high = bits >>> 4;
        } else high |= bits << (shift - 32);
        if (b < 0x80) break;
        shift += 7;
        if (shift > 63) this.fail("a number has too many bytes");
      }
    }
    this.low = low | 0;
    this.high = high | 0;
  }

  /** A double, lowest byte first. */
  float64(): number { return this.#memory.view.getFloat64(this.take(8), true); }
  float32(): number { return this.#memory.view.getFloat32(this.take(4), true); }
  int32(): number { return this.#memory.view.getInt32(this.take(4), true); }

  /** Eight bytes, lowest first, into `low` and `high`. */
  fixed64(): void {
    const at = this.take(8), { view } = this.#memory;
    this.low = view.getInt32(at, true);
    this.high = view.getInt32(at + 4, true);
  }
}

/** The number of two words; exact up to 2^53. */
export const numberOf = (low: number, high: number): number => high * 4294967296 + (low >>> 0);
