/**
 * Batches as the text form of COPY ("File Formats, Text Format" of PostgreSQL's COPY): fields with tabs between, \N for
 * null. Text, not binary, so that the server casts: a STRING goes into uuid, jsonb, numeric or an enum. Bytes are written
 * straight from the vectors into messages of the protocol; only decimals of more than 15 digits, doubles and nested values
 * make a string on their way.
 */
import { crc32 } from "node:zlib";
import type { Batch } from "../../columns/batch.ts";
import { cellAt } from "../../columns/cells.ts";
import type { Vector } from "../../columns/vector.ts";
import { jsonText } from "../../formats/json/json-encoder.ts";
import { linearMemory } from "../../memory/linear-memory.ts";
import type { Cell } from "../../types/cell.ts";
import type { DataType } from "../../types/data-type.ts";
import { UTC } from "../../types/time-zone.ts";
import { COPY_HEADER_BYTES, frameCopyData } from "./copy.ts";
import { cellText, dateText } from "./value-text.ts";

const MESSAGE_BYTES = 64 * 1024;
/** Of a value of fixed width: the longest are timestamps. */
const MAX_FIXED_BYTES = 64;
const BACKSLASH = 0x5c, TAB = 9, LINE_FEED = 10;
/** What stands behind a backslash for bytes that can't stand as they are; 0: as it is. */
const ESCAPES = new Uint8Array(256);
for (const [byte, letter] of [[8, "b"], [9, "t"], [10, "n"], [11, "v"], [12, "f"], [13, "r"], [BACKSLASH, "\\"]] as const) ESCAPES[byte] = letter.charCodeAt(0);

export class CopyWriter {
  readonly #send: (message: Buffer) => void;
  #buffer: Buffer = Buffer.allocUnsafeSlow(MESSAGE_BYTES);
  #at = COPY_HEADER_BYTES;
  #crc = 0;
  #day = NaN;
  #dayText = "";

  /** `send` keeps the message. */
  constructor(send: (message: Buffer) => void) { this.#send = send; }

  /** CRC-32 of all bytes, once they are flushed: the same rows in the same order have the same. */
  get crc(): number { return this.#crc; }

  write(batch: Batch): void {
    const columns = batch.columns.map(column => this.#column(column)), { pointer, count } = batch.selection, { u32 } = linearMemory();
    for (let i = 0; i < count; i++) {
      const row = pointer === 0 ? i : u32[(pointer >>> 2) + i]!;
      for (let c = 0; c < columns.length; c++) {
        if (c > 0) this.#byte(TAB);
        columns[c]!(row);
      }
      this.#byte(LINE_FEED);
    }
  }

  flush(): void {
    if (this.#at === COPY_HEADER_BYTES) return;
    const message = this.#buffer.subarray(0, this.#at);
    this.#crc = crc32(message.subarray(COPY_HEADER_BYTES), this.#crc);
    this.#send(frameCopyData(message));
    this.#buffer = Buffer.allocUnsafeSlow(MESSAGE_BYTES);
    this.#at = COPY_HEADER_BYTES;
  }

  #room(bytes: number): void {
    if (this.#at + bytes <= this.#buffer.length) return;
    this.flush();
    if (bytes + COPY_HEADER_BYTES > this.#buffer.length) this.#buffer = Buffer.allocUnsafeSlow(bytes + COPY_HEADER_BYTES);
  }

  #byte(byte: number): void {
    this.#room(1);
    this.#buffer[this.#at++] = byte;
  }

  /** How a row's value of a column is written. */
  #column(vector: Vector): (row: number) => void {
    const { valid, isConstant } = vector, { u8 } = linearMemory(), write = this.#value(vector);
    return row => {
      const at = isConstant ? 0 : row;
      if (vector.type.kind === "void" || valid !== 0 && u8[valid + at] === 0) {
        this.#room(2);
        this.#buffer[this.#at++] = BACKSLASH;
        this.#buffer[this.#at++] = 0x4e;
      } else write(at);
    };
  }

  #value(vector: Vector): (at: number) => void {
    const { type, data } = vector, { u8, i8, i16, i32, u32, f32, f64, i64 } = linearMemory(), word = data >>> 2;
    /** A whole number of 64 bits, exact where a double holds it. */
    const wide = (at: number): number => i32[word + 2 * at + 1]! * 2 ** 32 + u32[word + 2 * at]!;
    switch (type.kind) {
      case "boolean": return at => this.#byte(u8[data + at] === 0 ? 0x66 : 0x74);
      case "tinyint": return at => this.#whole(i8[data + at]!);
      case "smallint": return at => this.#whole(i16[(data >>> 1) + at]!);
      case "int": return at => this.#whole(i32[word + at]!);
      case "bigint": return at => {
        const value = wide(at);
        if (Number.isSafeInteger(value)) this.#whole(value);
        else this.#ascii(i64[data / 8 + at]!.toString());
      };
      case "float": return at => this.#ascii(numberText(f32[word + at]!));
      case "double": return at => this.#ascii(numberText(f64[data / 8 + at]!));
      case "decimal": if (type.precision <= 15) return at => this.#fixed(wide(at), type.scale); break;
      case "date": return at => this.#ascii(dateText(i32[word + at]!));
      case "timestamp": case "timestamp_ntz": return at => {
        const micros = wide(at);
        if (Number.isSafeInteger(micros)) this.#moment(micros);
        else this.#ascii(cellText(type, i64[data / 8 + at]!));
      };
      case "string": case "char": case "varchar": return at => {
        const view = data + 16 * at, length = u32[view >>> 2]!, from = length <= 12 ? view + 4 : u32[(view >>> 2) + 2]!;
        this.#escaped(u8, from, length);
      };
      case "struct": case "map": case "variant": return at => this.#text(jsonText(type, cellAt(vector, at) as Exclude<Cell, null>, { zone: UTC, ignoreNullFields: false }));
      default: break;
    }
    return at => this.#text(cellText(type as DataType, cellAt(vector, at) as Exclude<Cell, null>));
  }

  #ascii(text: string): void {
    this.#room(text.length);
    for (let i = 0; i < text.length; i++) this.#buffer[this.#at + i] = text.charCodeAt(i);
    this.#at += text.length;
  }

  #text(text: string): void {
    const bytes = Buffer.from(text);
    this.#escaped(bytes, 0, bytes.length);
  }

  #escaped(bytes: Uint8Array, from: number, length: number): void {
    this.#room(2 * length);
    const buffer = this.#buffer;
    let at = this.#at;
    for (let i = from, end = from + length; i < end; i++) {
      const byte = bytes[i]!, escape = ESCAPES[byte]!;
      if (escape !== 0) buffer[at++] = BACKSLASH;
      buffer[at++] = escape === 0 ? byte : escape;
    }
    this.#at = at;
  }

  /** A whole number that a double holds. */
  #whole(value: number): void {
    this.#room(MAX_FIXED_BYTES);
    let rest = value;
    if (rest < 0) {
      this.#buffer[this.#at++] = 0x2d;
      rest = -rest;
    }
    if (rest >= 1e8) {
      const high = Math.floor(rest / 1e8);
      if (high >= 1e8) {
        const top = Math.floor(high / 1e8);
        this.#digits(top, digitsOf(top));
        this.#digits(high - top * 1e8, 8);
      } else this.#digits(high, digitsOf(high));
      this.#digits(rest - high * 1e8, 8);
    } else this.#digits(rest, digitsOf(rest));
  }

  /** Fewer than 2^31. */
  #digits(value: number, count: number): void {
    const buffer = this.#buffer, from = this.#at;
    let rest = value | 0;
    for (let i = from + count - 1; i >= from; i--) {
      const next = (rest / 10) | 0;
      buffer[i] = 0x30 + rest - next * 10;
      rest = next;
    }
    this.#at = from + count;
  }

  /** A decimal: a whole number, and how many of its digits stand behind the point. */
  #fixed(unscaled: number, scale: number): void {
    if (scale === 0) return this.#whole(unscaled);
    this.#room(MAX_FIXED_BYTES);
    if (unscaled < 0) this.#buffer[this.#at++] = 0x2d;
    const size = Math.abs(unscaled), unit = 10 ** scale, whole = Math.floor(size / unit);
    let rest = size - whole * unit, left = scale;
    this.#whole(whole);
    this.#buffer[this.#at++] = 0x2e;
    if (left > 8) {
      const low = 10 ** (left - 8), high = Math.floor(rest / low);
      this.#digits(high, 8);
      rest -= high * low;
      left -= 8;
    }
    this.#digits(rest, left);
  }

  /** A moment within 285 years of the epoch; the day last written is remembered. */
  #moment(micros: number): void {
    const day = Math.floor(micros / 86_400_000_000), ofDay = micros - day * 86_400_000_000, second = Math.floor(ofDay / 1_000_000), fraction = ofDay - second * 1_000_000;
    if (day !== this.#day) {
      this.#day = day;
      this.#dayText = dateText(day);
    }
    this.#ascii(this.#dayText);
    this.#room(MAX_FIXED_BYTES);
    const minute = Math.floor(second / 60), hour = Math.floor(minute / 60);
    this.#buffer[this.#at++] = 0x20;
    this.#digits(hour, 2);
    this.#buffer[this.#at++] = 0x3a;
    this.#digits(minute - hour * 60, 2);
    this.#buffer[this.#at++] = 0x3a;
    this.#digits(second - minute * 60, 2);
    if (fraction === 0) return;
    this.#buffer[this.#at++] = 0x2e;
    this.#digits(fraction, 6);
  }
}

function digitsOf(value: number): number {
  let digits = 1;
  for (let limit = 10; value >= limit; limit *= 10) digits++;
  return digits;
}

/** JavaScript's shortest text reads back as the same number; zero keeps its sign. */
const numberText = (value: number): string => (Object.is(value, -0) ? "-0" : String(value));
