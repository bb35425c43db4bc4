/**
 * Tells quickly that a JSON record has nothing which the types found so far don't hold. It says yes only where it is sure: strict JSON, names
 * that are known, values of types that widen nothing. Any other record is for the slow inference.
 */
import type { DataType } from "../../types/data-type.ts";
import { isPlainMoment } from "../plain-moments.ts";

const NOTHING = 0, TRUTH = 1, WHOLE = 2, NUMBER = 3, TEXT = 4, MOMENT = 5, OTHER = 6, RECORD = 7, LIST = 8;
/** Characters of strings that stand for themselves, of ASCII. */
const PLAIN = Uint8Array.from({ length: 256 }, (_, c) => (c >= 0x20 && c < 0x80 && c !== 0x22 && c !== 0x5c ? 1 : 0));
const QUOTE = 0x22, BACKSLASH = 0x5c, MAX_DEPTH = 100;

/** Types found so far, as JsonFit looks at them. */
export interface JsonShape { readonly kind: number; readonly fields: readonly ShapeField[]; readonly byName: ReadonlyMap<string, number>; readonly element: JsonShape | undefined }
/** `seen`: in which record the name last came. */
interface ShapeField { readonly name: Uint8Array; readonly shape: JsonShape; seen: number }

export class JsonFit {
  readonly #root: JsonShape;
  readonly #bytes: Uint8Array;
  readonly #isUtf8: boolean;
  #at = 0;
  #end = 0;

  /** `bytes`: what records will lie in; `isUtf8`: all of it is known to be. */
  constructor(root: JsonShape, bytes: Uint8Array, isUtf8: boolean) {
    this.#root = root;
    this.#bytes = bytes;
    this.#isUtf8 = isUtf8;
  }

  /** Whether the record in [from, to) changes nothing. */
  fits(from: number, to: number): boolean {
    this.#at = from;
    this.#end = to;
    this.#space();
    return this.#at < to ? this.#bytes[this.#at] === 0x7b && this.#value(this.#root, 0) : true;
  }

  #value(shape: JsonShape, depth: number): boolean {
    const c = this.#bytes[this.#at]!, { kind } = shape;
    if (c === QUOTE) {
      const from = this.#at + 1;
      if (!this.#string()) return false;
      return kind === TEXT || this.#at === from + 1 || kind === MOMENT && isPlainMoment(this.#bytes, from, this.#at - 1);
    }
    if (c === 0x7b) return kind === RECORD ? depth < MAX_DEPTH && this.#record(shape, depth + 1) : kind === TEXT && this.#skip(depth);
    if (c === 0x5b) return kind === LIST ? depth < MAX_DEPTH && this.#list(shape.element!, depth + 1) : kind === TEXT && this.#skip(depth);
    if (c === 0x6e) return this.#word(0x75, 0x6c, 0x6c, 0);
    if (c === 0x74) return this.#word(0x72, 0x75, 0x65, 0) && (kind === TRUTH || kind === TEXT);
    if (c === 0x66) return this.#word(0x61, 0x6c, 0x73, 0x65) && (kind === TRUTH || kind === TEXT);
    const isWhole = this.#number();
    return isWhole !== undefined && (kind === TEXT || kind === NUMBER || kind === WHOLE && isWhole);
  }

  #record(shape: JsonShape, depth: number): boolean {
    const bytes = this.#bytes, { fields } = shape, object = ++objects;
    let expected = 0;
    this.#at++;
    this.#space();
    if (bytes[this.#at] === 0x7d) { this.#at++; return true; }
    while (this.#at < this.#end) {
      if (bytes[this.#at] !== QUOTE) return false;
      const from = this.#at + 1;
      if (!this.#string()) return false;
      const to = this.#at - 1;
      let found = expected < fields.length && isSame(bytes, from, to, fields[expected]!.name) ? expected : -1;
      if (found < 0) {
        for (let p = from; p < to; p++) if (bytes[p] === BACKSLASH) return false;
        found = shape.byName.get(latin1(bytes, from, to)) ?? -1;
        if (found < 0) return false;
      }
      const one = fields[found]!;
      if (one.seen === object) return false;
      one.seen = object;
      expected = found + 1;
      this.#space();
      if (bytes[this.#at] !== 0x3a || this.#at >= this.#end) return false;
      this.#at++;
      this.#space();
      if (this.#at >= this.#end || !this.#value(one.shape, depth)) return false;
      this.#space();
      const c = this.#at < this.#end ? bytes[this.#at] : -1;
      this.#at++;
      if (c === 0x7d) return true;
      if (c !== 0x2c) return false;
      this.#space();
    }
    return false;
  }

  #list(element: JsonShape, depth: number): boolean {
    const bytes = this.#bytes;
    this.#at++;
    this.#space();
    if (bytes[this.#at] === 0x5d) { this.#at++; return true; }
    while (this.#at < this.#end) {
      if (!this.#value(element, depth)) return false;
      this.#space();
      const c = this.#at < this.#end ? bytes[this.#at] : -1;
      this.#at++;
      if (c === 0x5d) return true;
      if (c !== 0x2c) return false;
      this.#space();
    }
    return false;
  }

  /** Passes over an object or array in a column that is text already. */
  #skip(depth: number): boolean {
    const bytes = this.#bytes, isObject = bytes[this.#at] === 0x7b, close = isObject ? 0x7d : 0x5d;
    if (depth >= MAX_DEPTH) return false;
    this.#at++;
    this.#space();
    if (bytes[this.#at] === close) { this.#at++; return true; }
    while (this.#at < this.#end) {
      if (isObject) {
        if (bytes[this.#at] !== QUOTE || !this.#string()) return false;
        this.#space();
        if (bytes[this.#at] !== 0x3a || this.#at >= this.#end) return false;
        this.#at++;
        this.#space();
      }
      if (this.#at >= this.#end || !this.#value(ANY, depth + 1)) return false;
      this.#space();
      const c = this.#at < this.#end ? bytes[this.#at] : -1;
      this.#at++;
      if (c === close) return true;
      if (c !== 0x2c) return false;
      this.#space();
    }
    return false;
  }

  #string(): boolean {
    const bytes = this.#bytes, end = this.#end;
    for (let p = this.#at + 1; p < end; p++) {
      const c = bytes[p]!;
      if (PLAIN[c] === 1) continue;
      if (c === QUOTE) { this.#at = p + 1; return true; }
      if (c === BACKSLASH) {
        const escaped = p + 1 < end ? bytes[++p]! : 0;
        if (escaped !== QUOTE && escaped !== BACKSLASH && escaped !== 0x2f && escaped !== 0x6e && escaped !== 0x74 && escaped !== 0x72 && escaped !== 0x62 && escaped !== 0x66) return false;
      } else if (c < 0x20 || c >= 0x80 && !this.#isUtf8) return false;
    }
    return false;
  }

  /** Whether a number is whole and of 64 bits; undefined if it is none, or that isn't plain. */
  #number(): boolean | undefined {
    const bytes = this.#bytes, start = this.#at, end = this.#end;
    let p = bytes[start] === 0x2d ? start + 1 : start;
    const first = p;
    while (p < end && bytes[p]! >= 48 && bytes[p]! <= 57) p++;
    const digits = p - first;
    if (digits === 0 || digits > 18 || digits > 1 && bytes[first] === 48) return undefined;
    let isWhole = true;
    if (p < end && bytes[p] === 0x2e) {
      const from = ++p;
      while (p < end && bytes[p]! >= 48 && bytes[p]! <= 57) p++;
      if (p === from || p - from > 300) return undefined;
      isWhole = false;
    }
    if (p < end && (bytes[p]! | 32) === 0x65) return undefined;
    this.#at = p;
    return isWhole;
  }

  #word(second: number, third: number, fourth: number, fifth: number): boolean {
    const bytes = this.#bytes, at = this.#at, length = fifth === 0 ? 4 : 5;
    if (at + length > this.#end || bytes[at + 1] !== second || bytes[at + 2] !== third || bytes[at + 3] !== fourth || fifth !== 0 && bytes[at + 4] !== fifth) return false;
    this.#at = at + length;
    return true;
  }

  #space(): void {
    const bytes = this.#bytes;
    while (this.#at < this.#end) {
      const c = bytes[this.#at]!;
      if (c !== 32 && c !== 9 && c !== 10 && c !== 13) return;
      this.#at++;
    }
  }
}

/** Objects that were read, by all: so that no object takes a mark for its own. */
let objects = 0;

/** `momentsArePlain`: TIMESTAMP is found by the forms of casts. */
export function jsonShape(type: DataType, momentsArePlain: boolean): JsonShape {
  const plain = (kind: number): JsonShape => ({ kind, fields: [], byName: new Map(), element: undefined });
  switch (type.kind) {
    case "void": return plain(NOTHING);
    case "boolean": return plain(TRUTH);
    case "bigint": return plain(WHOLE);
    case "double": return plain(NUMBER);
    case "string": return ANY;
    case "timestamp": return plain(momentsArePlain ? MOMENT : OTHER);
    case "array": return { ...plain(LIST), element: jsonShape(type.element, momentsArePlain) };
    case "struct": {
      const fields = type.fields.map(one => ({ name: new Uint8Array(Buffer.from(one.name)), shape: jsonShape(one.type, momentsArePlain), seen: 0 }));
      return { kind: RECORD, fields, byName: new Map(fields.map(({ name }, i) => [latin1(name, 0, name.length), i])), element: undefined };
    }
    default: return plain(OTHER);
  }
}

const ANY: JsonShape = { kind: TEXT, fields: [], byName: new Map(), element: undefined };

function isSame(bytes: Uint8Array, from: number, to: number, name: Uint8Array): boolean {
  const { length } = name;
  if (to - from !== length) return false;
  for (let i = 0; i < length; i++) if (bytes[from + i] !== name[i]) return false;
  return true;
}

function latin1(bytes: Uint8Array, from: number, to: number): string {
  let text = "";
  for (let p = from; p < to; p++) text += String.fromCharCode(bytes[p]!);
  return text;
}
