/**
 * JSON text to cells, value by value, by the rules of Spark 4.3's JacksonParser: slow and plain. It decides what the
 * kernel leaves open (rare forms, wrong types, nested columns, lines that are arrays) and is what the kernel is
 * compared with.
 */
import type { Cell } from "../../types/cell.ts";
import type { DataType, StructField } from "../../types/data-type.ts";
import type { TimeZone } from "../../types/time-zone.ts";
import { NDJSON_ERRORS } from "../../kernels/ndjson.ts";
import { scalarToCell, type Token } from "./json-scalars.ts";

/** What conversions need from outside. */
export interface JsonContext {
  readonly zone: TimeZone;
  /** Only for text such as `"12:30"`, which means today. */
  readonly nowMicros: () => bigint;
}

/**
 * The text is not JSON from here on: nothing of the record is kept. `code` as in the kernel. Thrown, and always caught by
 * the reader's caller; no Error, as the stack that one takes costs more than reading the record.
 */
export class JsonSyntaxError {
  readonly code: number;
  readonly at: number;
  constructor(code: number, at: number) {
    this.code = code;
    this.at = at;
  }
  get message(): string { return NDJSON_ERRORS[this.code]!; }
}

/** A JSON value that its column can't hold. `partial`: what Spark keeps of an object or array some parts of which are good. */
export class JsonValueError {
  readonly message: string;
  readonly at: number;
  readonly partial: Cell;
  constructor(message: string, at: number, partial: Cell = null) {
    this.message = message;
    this.at = at;
    this.partial = partial;
  }
}

export interface RecordError { readonly at: number; readonly reason: string; readonly column: string | undefined }
/** The rows of a record: mostly one, none of a blank line, any number of an array. With an error they are what Spark keeps. */
export interface JsonRecord { readonly rows: readonly Cell[][]; readonly error: RecordError | undefined }

const SYNTAX = 1, UTF8 = 2, ESCAPE = 3, CONTROL = 4, DEPTH = 5, NAME_LENGTH = 6, NUMBER_LENGTH = 7;
const MAX_DEPTH = 1000, MAX_NAME_LENGTH = 50_000, MAX_NUMBER_LENGTH = 1000;
const NON_NUMERIC = ["NaN", "Infinity", "-Infinity", "+Infinity", "-INF", "+INF"];

export class JsonReader {
  readonly bytes: Buffer;
  readonly end: number;
  readonly context: JsonContext;
  at: number;
  #depth = 0;

  constructor(bytes: Buffer, from: number, to: number, context: JsonContext) {
    this.bytes = bytes;
    this.at = from;
    this.end = to;
    this.context = context;
  }

  /** Reads one record: an object, or an array of objects. What follows it is ignored. */
  record(fields: readonly StructField[]): JsonRecord {
    const rows: Cell[][] = [], { error, isSyntax } = this.checkRecord(fields, row => rows.push(row));
    return { rows: isSyntax ? [fields.map(() => null)] : rows, error };
  }

  /** As record, but rows go to `put`; with `isSyntax` they don't count and the record is one row of nulls. */
  checkRecord(fields: readonly StructField[], put: (row: Cell[]) => void): { readonly error: RecordError | undefined; readonly isSyntax: boolean } {
    const start = this.at;
    let error: RecordError | undefined;
    const note = (found: RecordError): void => { error ??= found; };
    try {
      this.#recordStart();
      if (this.at >= this.end) return { error, isSyntax: false };
      if (this.#byte() !== 0x5b) put(this.element(fields, note));
      else for (let more = this.openArray(); more; more = this.moreElements()) put(this.element(fields, note));
      return { error, isSyntax: false };
    } catch (caught) {
      if (!(caught instanceof JsonSyntaxError)) throw caught;
      return { error: { at: Math.max(start, caught.at), reason: caught.message, column: undefined }, isSyntax: true };
    }
  }

  /** Goes into a record that is an array; false if it is empty. */
  openArray(): boolean {
    this.#recordStart();
    this.#enter();
    return !this.#closes(0x5d);
  }

  /** After an element: goes to the next, if there is one. */
  moreElements(): boolean { return !this.#after(0x5d); }

  /** An object of a record; what is good of it when not all is, and then the error goes to `note`. */
  element(fields: readonly StructField[], note: (error: RecordError) => void = () => {}): Cell[] {
    if (this.#byte() !== 0x7b) throw this.#error(SYNTAX);
    try {
      return this.#object(fields);
    } catch (caught) {
      if (!(caught instanceof JsonValueError)) throw caught;
      note({ at: caught.at, reason: caught.message, column: (caught as ColumnError).column });
      return caught.partial as Cell[];
    }
  }

  #recordStart(): void {
    if (this.#byte() === 0xef && this.bytes[this.at + 1] === 0xbb && this.bytes[this.at + 2] === 0xbf) this.at += 3;
    this.#space();
  }

  /** Reads one value as a type. */
  value(type: DataType): Cell {
    const c = this.#byte(), at = this.at;
    if (c === 0x6e && this.#word("null")) return null;
    switch (type.kind) {
      case "struct":
        if (c === 0x7b) return this.#object(type.fields);
        break;
      case "array":
        if (c === 0x5b) return this.#array(type.element);
        break;
      case "map":
        if (c === 0x7b) return this.#map(type.value);
        break;
      case "string": case "char": case "varchar":
        if (c === 0x22 || c === 0x27) return this.#string();
        this.skip();
        return wellFormed(this.bytes.toString("utf8", at, this.at));
      default:
        if (c !== 0x7b && c !== 0x5b) {
          const token = this.#token();
          const cell = scalarToCell(token, type, this.context);
          if (cell === undefined) throw new JsonValueError(`${describe(token)} is not a ${type.kind.toUpperCase()}`, at);
          return cell;
        }
    }
    this.skip();
    throw new JsonValueError(`${shorten(this.bytes.toString("utf8", at, this.at))} is not a ${type.kind.toUpperCase()}`, at);
  }

  /** Goes to the first byte of a record; false if it is blank. */
  startRecord(): boolean {
    this.#recordStart();
    return this.at < this.end;
  }

  /** Reads a value of any kind; `member` and `element` read what is in it, if it is an object or array. */
  walk(member: (name: string) => void, element: () => void): "object" | "array" | Token {
    const c = this.#byte();
    if (c === 0x7b) { this.#members(member); return "object"; }
    if (c === 0x5b) { this.#elements(element); return "array"; }
    return this.#token();
  }

  /** Passes over a value of any kind. */
  skip(): void {
    const c = this.#byte();
    if (c === 0x7b) this.#members(() => this.skip());
    else if (c === 0x5b) this.#elements(() => this.skip());
    else this.#token();
  }

  #object(fields: readonly StructField[]): Cell[] {
    const cells: Cell[] = fields.map(() => null);
    let error: JsonValueError | undefined, column: string | undefined;
    const positions = positionsOf(fields);
    this.#members(name => {
      const index = positions.get(name) ?? -1;
      if (index < 0) { this.skip(); return; }
      try {
        cells[index] = this.value(fields[index]!.type);
      } catch (caught) {
        if (!(caught instanceof JsonValueError)) throw caught;
        if (caught.partial !== null) cells[index] = caught.partial;
        if (error === undefined) { error = caught; column = name; }
      }
    });
    if (error !== undefined) throw new ColumnError(error.message, error.at, cells, column);
    return cells;
  }

  /** An element that isn't of its type spoils the array; one that is good in parts doesn't. */
  #array(element: DataType): Cell {
    const items: Cell[] = [];
    this.#collect(add => this.#elements(() => add(() => this.value(element), cell => items.push(cell))), items);
    return items;
  }

  #map(type: DataType): Cell {
    const entries: [Cell, Cell][] = [];
    const cell = { entries };
    this.#collect(add => this.#members(name => add(() => this.value(type), value => entries.push([name, value]))), cell);
    return cell;
  }

  #collect(read: (add: (get: () => Cell, put: (cell: Cell) => void) => void) => void, whole: Cell): void {
    let partial: JsonValueError | undefined, lost: JsonValueError | undefined;
    read((get, put) => {
      try { put(get()); } catch (caught) {
        if (!(caught instanceof JsonValueError)) throw caught;
        if (caught.partial === null) lost ??= caught;
        else { partial ??= caught; put(caught.partial); }
      }
    });
    if (lost !== undefined) throw lost;
    if (partial !== undefined) throw new JsonValueError(partial.message, partial.at, whole);
  }

  #members(member: (name: string) => void): void {
    this.#enter();
    if (this.#closes(0x7d)) return;
    while (true) {
      const c = this.#byte(), at = this.at;
      if (c !== 0x22 && c !== 0x27) throw this.#error(SYNTAX);
      const name = this.#string(true);
      if (name.length > MAX_NAME_LENGTH / 3 && Buffer.byteLength(name) > MAX_NAME_LENGTH) throw new JsonSyntaxError(NAME_LENGTH, at + 1);
      this.#space();
      if (this.#byte() !== 0x3a) throw this.#error(SYNTAX);
      this.at++;
      this.#space();
      member(name);
      if (this.#after(0x7d)) return;
    }
  }

  #elements(element: () => void): void {
    this.#enter();
    if (this.#closes(0x5d)) return;
    while (true) {
      element();
      if (this.#after(0x5d)) return;
    }
  }

  #enter(): void {
    if (++this.#depth > MAX_DEPTH) throw this.#error(DEPTH);
    this.at++;
    this.#space();
  }

  #closes(bracket: number): boolean {
    if (this.#byte() !== bracket) return false;
    this.at++;
    this.#depth--;
    return true;
  }

  #after(bracket: number): boolean {
    this.#space();
    if (this.#closes(bracket)) return true;
    if (this.#byte() !== 0x2c) throw this.#error(SYNTAX);
    this.at++;
    this.#space();
    return false;
  }

  #token(): Token {
    const c = this.#byte(), at = this.at;
    if (c === 0x22 || c === 0x27) return { kind: "string", text: this.#string() };
    const number = c === 0x2d || (c >= 48 && c <= 57) ? this.#number() : undefined;
    if (number !== undefined) return number;
    for (const word of ["true", "false", "null"] as const) if (this.#word(word)) return { kind: word, text: word };
    for (const word of NON_NUMERIC) if (this.#word(word)) return { kind: "fraction", text: word };
    throw new JsonSyntaxError(SYNTAX, at);
  }

  #number(): Token | undefined {
    let p = this.at + (this.#byte() === 0x2d ? 1 : 0);
    const start = this.at;
    const digits = (): number => {
      const from = p;
      while (p < this.end && this.bytes[p]! >= 48 && this.bytes[p]! <= 57) p++;
      return p - from;
    };
    const first = this.bytes[p];
    let count = digits();
    if (count === 0) return undefined;
    if (count > 1 && first === 48) throw new JsonSyntaxError(SYNTAX, start);
    let kind: "whole" | "fraction" = "whole";
    const need = (): void => {
      const more = digits();
      if (more === 0) throw new JsonSyntaxError(SYNTAX, start);
      count += more;
      kind = "fraction";
    };
    if (p < this.end && this.bytes[p] === 0x2e) { p++; need(); }
    if (p < this.end && (this.bytes[p]! | 32) === 0x65) {
      p++;
      if (p < this.end && (this.bytes[p] === 0x2b || this.bytes[p] === 0x2d)) p++;
      need();
    }
    if (count > MAX_NUMBER_LENGTH) throw new JsonSyntaxError(NUMBER_LENGTH, start);
    this.at = p;
    return { kind, text: this.#ascii(start, p) };
  }

  #word(word: string): boolean {
    if (this.at + word.length > this.end) return false;
    for (let i = 0; i < word.length; i++) if (this.bytes[this.at + i] !== word.charCodeAt(i)) return false;
    this.at += word.length;
    return true;
  }

  /** Text between quotes. Lone surrogates become question marks, as in Spark; in a name they are refused. */
  #string(isName = false): string {
    const { bytes, end } = this, start = this.at, quote = bytes[start]!;
    let p = start + 1, isPlain = true;
    for (; p < end && bytes[p] !== quote; p++) {
      const c = bytes[p]!;
      if (c < 0x20) throw new JsonSyntaxError(CONTROL, p);
      if (c === 0x5c) { this.#checkEscape(p); p++; isPlain = false; }
      else if (c >= 0x80) isPlain = false;
    }
    if (p >= end) throw new JsonSyntaxError(CONTROL, end);
    this.at = p + 1;
    if (isPlain) return this.#ascii(start + 1, p);
    const text = this.#units(start + 1, p);
    if (text.isWellFormed()) return text;
    if (isName) throw new JsonSyntaxError(UTF8, start + 1);
    return wellFormed(text);
  }

  #checkEscape(p: number): void {
    const c = p + 1 < this.end ? String.fromCharCode(this.bytes[p + 1]!) : "";
    if (c === "u" ? !/^[0-9a-fA-F]{4}$/.test(this.#ascii(p + 2, Math.min(this.end, p + 6))) : c === "" || !`"\\/bfnrt'`.includes(c)) {
      throw new JsonSyntaxError(ESCAPE, p);
    }
  }

  /** UTF-16 units as Jackson makes them: bytes must look like UTF-8, but overlong forms and code points beyond the last are let through. */
  #units(from: number, to: number): string {
    const { bytes } = this;
    let text = "", p = from;
    const rest = (lead: number, count: number): number => {
      let value = lead;
      for (let i = 1; i <= count; i++) {
        if (p + i >= to || (bytes[p + i]! & 0xc0) !== 0x80) throw new JsonSyntaxError(UTF8, p);
        value = (value << 6) | (bytes[p + i]! & 0x3f);
      }
      p += count + 1;
      return value;
    };
    while (p < to) {
      const c = bytes[p]!;
      if (c === 0x5c) {
        const escaped = String.fromCharCode(bytes[p + 1]!);
        if (escaped === "u") text += String.fromCharCode(parseInt(this.#ascii(p + 2, p + 6), 16));
        else text += ESCAPES[escaped] ?? escaped;
        p += escaped === "u" ? 6 : 2;
      } else if (c < 0x80) { text += String.fromCharCode(c); p++; }
      else if ((c & 0xe0) === 0xc0) text += String.fromCharCode(rest(c & 0x1f, 1));
      else if ((c & 0xf0) === 0xe0) {
        const at = p, unit = rest(c & 0x0f, 2);
        if (unit >= 0xd800 && unit < 0xe000) throw new JsonSyntaxError(UTF8, at);
        text += String.fromCharCode(unit);
      } else if ((c & 0xf8) === 0xf0) {
        const value = rest(c & 0x07, 3) - 0x10000;
        text += String.fromCharCode(0xd800 | (value >> 10), 0xdc00 | (value & 0x3ff));
      } else throw new JsonSyntaxError(UTF8, p);
    }
    return text;
  }

  /** Short text is made here: a call into the buffer's decoder costs more. */
  #ascii(from: number, to: number): string {
    if (to - from > 16) return this.bytes.toString("latin1", from, to);
    let text = "";
    for (let p = from; p < to; p++) text += String.fromCharCode(this.bytes[p]!);
    return text;
  }
  #byte(): number { return this.at < this.end ? this.bytes[this.at]! : -1; }
  #space(): void {
    for (let c = this.#byte(); c === 32 || c === 9 || c === 10 || c === 13; c = this.#byte()) this.at++;
  }
  #error(code: number): JsonSyntaxError { return new JsonSyntaxError(code, this.at); }
}

const known = new WeakMap<readonly StructField[], Map<string, number>>();
/** Fields by name; of one name the first. */
function positionsOf(fields: readonly StructField[]): Map<string, number> {
  let positions = known.get(fields);
  if (positions === undefined) {
    positions = new Map();
    for (const [i, { name }] of fields.entries()) if (!positions.has(name)) positions.set(name, i);
    known.set(fields, positions);
  }
  return positions;
}

const ESCAPES: Readonly<Record<string, string>> = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };

class ColumnError extends JsonValueError {
  readonly column: string | undefined;
  constructor(message: string, at: number, partial: Cell, column: string | undefined) {
    super(message, at, partial);
    this.column = column;
  }
}

/** Java's getBytes(UTF_8) puts a question mark for a surrogate that has no partner. */
function wellFormed(text: string): string {
  return text.isWellFormed() ? text : text.replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, "?");
}

const shorten = (text: string): string => text.length > 60 ? `${text.slice(0, 57)}...` : text;
const describe = (token: Token): string => shorten(token.kind === "string" ? JSON.stringify(token.text) : token.text);
