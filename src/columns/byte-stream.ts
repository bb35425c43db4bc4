/** Numbers, texts and bits as bytes: what codecs of values write and read. */
import { ExecutionError } from "../base/errors.ts";
import { utf8Length, writeUtf8 } from "../base/utf8.ts";

/** A mark of byte order at the beginning belongs to the text. */
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
/** Of fewer UTF-16 units the bytes are fewer than 128. */
const SHORT_TEXT = 42;

/** Bytes under construction. */
export class ByteWriter {
  #bytes = new Uint8Array(256);
  #view = new DataView(this.#bytes.buffer);
  #buffer = Buffer.from(this.#bytes.buffer);
  length = 0;

  reserve(bytes: number): void {
    if (this.length + bytes <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.length + bytes));
    larger.set(this.#bytes.subarray(0, this.length));
    this.#bytes = larger;
    this.#view = new DataView(larger.buffer);
    this.#buffer = Buffer.from(larger.buffer);
  }
  byte(value: number): void { this.reserve(1); this.#bytes[this.length++] = value; }
  /** An unsigned number up to 2^53. */
  varint(value: number): void {
    this.reserve(10);
    while (value >= 0x80) {
      this.#bytes[this.length++] = (value % 0x80) | 0x80;
      value = Math.floor(value / 0x80);
    }
    this.#bytes[this.length++] = value;
  }
  u32(value: number): void { this.reserve(4); this.#view.setUint32(this.length, value, true); this.length += 4; }
  f32(value: number): void { this.reserve(4); this.#view.setFloat32(this.length, value, true); this.length += 4; }
  f64(value: number): void { this.reserve(8); this.#view.setFloat64(this.length, value, true); this.length += 8; }
  /** A whole number within 53 bits, small ones short. */
  signed(value: number): void { this.varint(value < 0 ? -value * 2 - 1 : value * 2); }
  /** Any 64-bit integer: the bytes of `signed` where it fits. */
  i64(value: bigint): void {
    if (value >= -0x4000_0000_0000n && value <= 0x4000_0000_0000n) return this.signed(Number(value));
    let rest = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n));
    if (rest <= 0xffff_ffff_ffffn) return this.varint(Number(rest));
    this.reserve(10);
    while (rest >= 0x80n) {
      this.#bytes[this.length++] = Number(rest & 0x7fn) | 0x80;
      rest >>= 7n;
    }
    this.#bytes[this.length++] = Number(rest);
  }
  bytes(value: Uint8Array): void { this.reserve(value.length); this.#bytes.set(value, this.length); this.length += value.length; }
  text(value: string): void {
    if (value.length < SHORT_TEXT) {
      // The length takes one byte whatever the text is.
      this.reserve(1 + 3 * value.length);
      const length = writeUtf8(value, this.#buffer, this.length + 1);
      this.#bytes[this.length] = length;
      this.length += 1 + length;
      return;
    }
    const length = utf8Length(value);
    this.varint(length);
    this.reserve(length);
    this.#buffer.write(value, this.length, length, "utf8");
    this.length += length;
  }
  bits(flags: readonly boolean[]): void {
    this.reserve((flags.length + 7) >> 3);
    for (let i = 0; i < flags.length; i += 8) {
      let bits = 0;
      for (let j = 0; j < 8 && i + j < flags.length; j++) if (flags[i + j]!) bits |= 1 << j;
      this.#bytes[this.length++] = bits;
    }
  }
  /** What was written, valid until the next write. */
  view(): Uint8Array { return this.#bytes.subarray(0, this.length); }
  /** A copy of what was written; the writer is empty again. */
  take(): Uint8Array {
    const taken = this.#bytes.slice(0, this.length);
    this.length = 0;
    return taken;
  }
}

/** Reads what a ByteWriter wrote; running past the end is an error. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  position: number;
  readonly end: number;

  constructor(bytes: Uint8Array, position = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.position = position;
    this.end = end;
  }
  #advance(bytes: number): number {
    const at = this.position;
    if (bytes > this.end - at) throw damaged();
    this.position = at + bytes;
    return at;
  }
  byte(): number { return this.#bytes[this.#advance(1)]!; }
  varint(): number {
    let value = 0, factor = 1;
    for (;;) {
      const next = this.byte();
      value += (next & 0x7f) * factor;
      if (next < 0x80) return value;
      factor *= 0x80;
      if (factor > 2 ** 49) throw damaged();
    }
  }
  u32(): number { return this.#view.getUint32(this.#advance(4), true); }
  f32(): number { return this.#view.getFloat32(this.#advance(4), true); }
  f64(): number { return this.#view.getFloat64(this.#advance(8), true); }
  signed(): number {
    const value = this.varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }
  i64(): bigint {
    let low = 0, shift = 1, count = 0;
    let next = this.byte();
    while (next >= 0x80 && count < 4) {
      low += (next & 0x7f) * shift;
      shift *= 0x80;
      count++;
      next = this.byte();
    }
    let value: bigint;
    if (next < 0x80) value = BigInt(low + next * shift);
    else {
      value = BigInt(low);
      for (let bits = BigInt(7 * count); ; bits += 7n) {
        value |= BigInt(next & 0x7f) << bits;
        if (next < 0x80) break;
        if (bits >= 63n) throw damaged();
        next = this.byte();
      }
    }
    return BigInt.asIntN(64, (value >> 1n) ^ -(value & 1n));
  }
  /** A copy. */
  bytes(length: number): Uint8Array { const at = this.#advance(length); return this.#bytes.slice(at, at + length); }
  text(): string { const length = this.varint(), at = this.#advance(length); return decoder.decode(this.#bytes.subarray(at, at + length)); }
  bits(count: number): boolean[] {
    const at = this.#advance((count + 7) >> 3);
    return Array.from({ length: count }, (_, i) => (this.#bytes[at + (i >> 3)]! & (1 << (i & 7))) !== 0);
  }
}

/** For bytes that no writer made. */
export function damaged(): ExecutionError {
  return new ExecutionError({ condition: "MILLRACE_DAMAGED_ROW", sqlState: "XX001", message: "Stored values end too early or are damaged." });
}

/** A length that the rest of the bytes can hold: a damaged one must not ask for memory. Values of no bytes are only nulls, of an eighth. */
export function readLength(reader: ByteReader): number {
  const length = reader.varint();
  if (length > (reader.end - reader.position) * 8) throw damaged();
  return length;
}

/** The shortest big-endian two's complement form. */
export function bigIntBytes(value: bigint): Uint8Array {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>= 8n) {
    bytes.unshift(Number(rest & 0xffn));
    if (rest >= -128n && rest <= 127n) return Uint8Array.from(bytes);
  }
}
export function bigIntOf(bytes: Uint8Array): bigint {
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  return BigInt.asIntN(8 * bytes.length, value);
}
