/**
 * JSON text to cells, value by value, by the rules of Spark 4.3's JacksonParser: slow and plain. It decides what the
 * kernel leaves open (rare forms, wrong types, nested columns, lines that are arrays) and is what the kernel is
 * compared with.
 */
import type { Cell } from "../../types/cell.ts";
import { VARIANT, type DataType, type StructField } from "../../types/data-type.ts";
import { JsonLexer, JsonSyntaxError, STANDARD_JSON, wellFormed, type JsonSyntax } from "./json-lexer.ts";
import { keyToCell, scalarToCell, type JsonForms, type Token } from "./json-scalars.ts";
import { variantOf } from "./json-variant.ts";

/** What conversions need from outside. */
export interface JsonContext extends JsonForms {
  /** STANDARD_JSON if left out. */
  readonly syntax?: JsonSyntax;
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

export class JsonReader extends JsonLexer {
  readonly context: JsonContext;

  constructor(bytes: Buffer, from: number, to: number, context: JsonContext) {
    super(bytes, from, to, context.syntax ?? STANDARD_JSON);
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
      this.startRecord();
      if (this.at >= this.end) return { error, isSyntax: false };
      if (this.byte() !== 0x5b) put(this.element(fields, note));
      else for (let more = this.openArray(); more; more = this.moreElements()) put(this.element(fields, note));
      return { error, isSyntax: false };
    } catch (caught) {
      if (!(caught instanceof JsonSyntaxError)) throw caught;
      return { error: { at: Math.max(start, caught.at), reason: caught.message, column: undefined }, isSyntax: true };
    }
  }

  /** A record of any kind as the one value of a row: what the option `singleVariantColumn` asks for. */
  whole(): JsonRecord {
    const start = this.at;
    try {
      if (!this.startRecord()) return { rows: [], error: undefined };
      const first = this.byte(), value = this.value(VARIANT), next = this.byte();
      // a number must end where it ends
      if ((first === 0x2d || first >= 48 && first <= 57) && ![-1, 32, 9, 10, 13].includes(next)) throw this.error();
      return { rows: [[value]], error: undefined };
    } catch (caught) {
      if (!(caught instanceof JsonSyntaxError) && !(caught instanceof JsonValueError)) throw caught;
      return { rows: [[null]], error: { at: Math.max(start, caught.at), reason: caught.message, column: undefined } };
    }
  }

  /** Goes into a record that is an array; false if it is empty. */
  openArray(): boolean {
    this.startRecord();
    this.enter();
    return !this.closes(0x5d);
  }

  /** After an element: goes to the next, if there is one. */
  moreElements(): boolean { return !this.after(0x5d); }

  /** An object of a record; what is good of it when not all is, and then the error goes to `note`. */
  element(fields: readonly StructField[], note: (error: RecordError) => void = () => {}): Cell[] {
    if (this.byte() !== 0x7b) throw this.error();
    try {
      return this.#object(fields);
    } catch (caught) {
      if (!(caught instanceof JsonValueError)) throw caught;
      note({ at: caught.at, reason: caught.message, column: (caught as ColumnError).column });
      return caught.partial as Cell[];
    }
  }

  /** Reads one value as a type. */
  value(type: DataType): Cell {
    if (type.kind === "variant") return variantOf(this);
    const c = this.byte(), at = this.at;
    if (c === 0x6e && this.word("null")) return null;
    switch (type.kind) {
      case "struct":
        if (c === 0x7b) return this.#object(type.fields);
        break;
      case "array":
        if (c === 0x5b) return this.#array(type.element);
        break;
      case "map":
        if (c === 0x7b) return this.#map(type.key, type.value);
        break;
      case "string": case "char": case "varchar":
        if (this.opensString(c)) return this.string();
        this.skip();
        return wellFormed(this.bytes.toString("utf8", at, this.at));
      default:
        if (c !== 0x7b && c !== 0x5b) {
          const token = this.token();
          const cell = scalarToCell(token, type, this.context);
          if (cell === undefined) throw new JsonValueError(`${describe(token)} is not a ${type.kind.toUpperCase()}`, at);
          return cell;
        }
    }
    this.skip();
    throw new JsonValueError(`${shorten(this.bytes.toString("utf8", at, this.at))} is not a ${type.kind.toUpperCase()}`, at);
  }

  #object(fields: readonly StructField[]): Cell[] {
    const cells: Cell[] = fields.map(() => null);
    let error: JsonValueError | undefined, column: string | undefined;
    const positions = positionsOf(fields);
    this.members(name => {
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
    this.#collect(add => this.elements(() => add(() => this.value(element), cell => items.push(cell))), items);
    return items;
  }

  #map(keyType: DataType, type: DataType): Cell {
    const entries: [Cell, Cell][] = [];
    const cell = { entries };
    this.#collect(add => this.members(name => {
      const at = this.at, key = keyToCell(name, keyType, this.context);
      add(() => {
        const value = this.value(type);
        if (key === undefined) throw new JsonValueError(`the key ${shorten(JSON.stringify(name))} is not a ${keyType.kind.toUpperCase()}`, at);
        return value;
      }, value => entries.push([key!, value]));
    }), cell);
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

class ColumnError extends JsonValueError {
  readonly column: string | undefined;
  constructor(message: string, at: number, partial: Cell, column: string | undefined) {
    super(message, at, partial);
    this.column = column;
  }
}

const shorten = (text: string): string => text.length > 60 ? `${text.slice(0, 57)}...` : text;
const describe = (token: Token): string => shorten(token.kind === "string" ? JSON.stringify(token.text) : token.text);
