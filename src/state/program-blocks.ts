/**
 * A program's state as bytes. A block, of changes or of a snapshot, names the variables it holds with their types; it is a
 * list of keys and of changes to each, values in the row codec. A snapshot is a block of additions alone, so both are
 * loaded in one way.
 *
 *   u32 version, text of the schema, varint bytes of the keys, keys, then changes until the end: a byte says which, then
 *   NEXT_KEY; SET and APPEND variable [time] bytes value; CLEAR variable; PUT variable [time] bytes key bytes value;
 *   DELETE variable bytes key; EXPIRE variable time: list items that end then or earlier leave; TIMER and NO_TIMER time; READY.
 * Times are there for variables whose values live for a time.
 */
import { vectorOf, writeCellAt } from "../columns/cells.ts";
import { readCell, writeCell } from "../columns/row-codec.ts";
import { ByteReader, ByteWriter } from "../columns/byte-stream.ts";
import { CheckpointError } from "../base/errors.ts";
import { Arena } from "../memory/arena.ts";
import { linearMemory } from "../memory/linear-memory.ts";
import type { StateVariable } from "../plan/stateful-program.ts";
import type { Cell } from "../types/cell.ts";
import type { DataType } from "../types/data-type.ts";
import { damagedBlock, readVersion } from "./block-head.ts";
import { NO_TIME, type EntryStore } from "./entry-store.ts";
import { migration, parseStateSchema, type StoredVariable } from "./state-schema.ts";
import type { StateTable } from "./state-table.ts";

const VERSION = 1;
export const NEXT_KEY = 0, SET = 1, APPEND = 2, CLEAR = 3, PUT = 4, DELETE = 5, EXPIRE = 6, TIMER = 7, NO_TIMER = 8, READY = 9;
/** A block of changes is closed when it reaches this. */
const BLOCK_BYTES = 1 << 20;

/** Collects changes, key by key, and closes blocks. */
export class ProgramLog {
  readonly #table: StateTable;
  readonly #schemaText: string;
  readonly #variables: readonly StateVariable[];
  readonly #bytes = new ByteWriter();
  /** Groups that the changes are of, in their order. */
  #groups: number[] = [];
  #group = 0;
  #blocks: Uint8Array[] = [];
  readonly #blockBytes: number;

  /** Blocks are closed at `blockBytes`. */
  constructor(table: StateTable, schemaText: string, variables: readonly StateVariable[], blockBytes = BLOCK_BYTES) {
    this.#blockBytes = blockBytes;
    this.#table = table;
    this.#schemaText = schemaText;
    this.#variables = variables;
  }

  clear(): void {
    this.#blocks = [];
    this.#startBlock();
  }

  /** Begins a change; what it is about follows. */
  change(group: number, kind: number): void {
    if (group !== this.#group) {
      if (this.#bytes.length >= this.#blockBytes) this.close();
      this.#group = group;
      this.#groups.push(group);
      this.#bytes.byte(NEXT_KEY);
    }
    this.#bytes.byte(kind);
  }
  ready(): void { this.#bytes.byte(READY); }
  variable(variable: number): void { this.#bytes.varint(variable); }
  time(time: bigint): void { this.#bytes.i64(time); }
  value(bytes: Uint8Array): void {
    this.#bytes.varint(bytes.length);
    this.#bytes.bytes(bytes);
  }
  /** A variable with when its value ends, if it does, behind. */
  variableUntil(variable: number, time: bigint): void {
    this.#bytes.varint(variable);
    if (this.#variables[variable]!.ttlMicros !== undefined) this.#bytes.i64(time);
  }

  /** Ends the block: its groups must be there still. */
  close(): void {
    if (this.#bytes.length === 0) return;
    const block = new ByteWriter(), keys = new ByteWriter(), { u32 } = linearMemory(), arena = new Arena(), groups = this.#groups;
    const list = arena.allocate(4 * groups.length + 4);
    groups.forEach((group, i) => { u32[(list >>> 2) + i] = group; });
    const vectors = this.#table.keyVectors(list, groups.length, arena);
    for (let i = 0; i < groups.length; i++) for (const vector of vectors) writeCellAt(keys, vector, i);
    arena.release();
    block.u32(VERSION);
    block.text(this.#schemaText);
    block.varint(keys.length);
    block.bytes(keys.view());
    block.bytes(this.#bytes.view());
    this.#blocks.push(block.take());
    this.#startBlock();
  }

  get blocks(): readonly Uint8Array[] { return this.#blocks; }

  #startBlock(): void {
    this.#bytes.length = 0;
    this.#groups = [];
    this.#group = 0;
  }
}

/** What a block is applied to. */
export interface BlockTarget {
  readonly table: StateTable;
  readonly entries: EntryStore;
  readonly variables: readonly StateVariable[];
  readonly schemaText: string;
  isReady: boolean;
  setTimer(group: number, time: bigint): void;
  deleteTimer(group: number, time: bigint): void;
}

/** Reads a block up to its changes; groups that it is about are made where there are none. */
export function openBlock(block: Uint8Array, table: StateTable): { readonly reader: ByteReader; readonly text: string; readonly stored: readonly StoredVariable[]; readonly groups: readonly number[] } {
  const reader = readVersion(block, VERSION);
  const text = reader.text(), stored = (parseStateSchema(text) ?? fail()).variables;
  return { reader, text, stored, groups: groupsOf(new ByteReader(reader.bytes(reader.varint())), table) };
}

/** Applies a block; gives the groups that it is about. Values of narrower types become those of the target. */
export function applyBlock(block: Uint8Array, target: BlockTarget): readonly number[] {
  const { entries, variables } = target, { reader, text, stored, groups } = openBlock(block, target.table);
  const places = stored.map(variable => {
    const place = variables.findIndex(other => other.name === variable.name), twin = variables[place];
    if (twin === undefined || twin.kind !== variable.kind) throw new CheckpointError({ condition: "MILLRACE_STATE_SCHEMA_CHANGED", sqlState: "42K07", message: `The state in the checkpoint has the variable '${variable.name}'; the query has it not, or of another kind.`, messageParameters: { stored: text, provided: target.schemaText }, hint: "declare it as it was, or start with a new checkpoint location" });
    return { place, stored: variable, type: twin.type, convert: migration(variable.type, twin.type), keepsTime: twin.ttlMicros !== undefined };
  });
  const variableAt = () => places[reader.varint()] ?? fail(), bytes = (): Uint8Array => reader.bytes(reader.varint());
  const untilOf = ({ stored: { hasTtl }, keepsTime }: typeof places[number]): bigint => {
    const time = hasTtl ? reader.i64() : NO_TIME;
    return keepsTime ? time : NO_TIME;
  };
  const valueOf = ({ stored: old, type, convert }: typeof places[number]): Uint8Array => convert === undefined ? bytes() : encoded(type, convert(readCell(new ByteReader(bytes()), old.type)));
  let group = 0, next = 0;
  while (reader.position < reader.end) {
    const change = reader.byte();
    if (change === NEXT_KEY) { group = groups[next++] ?? fail(); continue; }
    if (change === READY) { target.isReady = true; continue; }
    if (group === 0) fail();
    switch (change) {
      case SET: case APPEND: {
        const variable = variableAt(), until = untilOf(variable), value = valueOf(variable), entry = change === SET ? entries.first(group, variable.place) : 0;
        if (entry === 0) entries.append(group, variable.place, value, until);
        else entries.replace(entry, value, until);
        break;
      }
      case CLEAR: entries.clear(group, variableAt().place); break;
      case PUT: {
        const variable = variableAt(), until = untilOf(variable), key = bytes(), value = valueOf(variable), entry = entries.find(group, variable.place, key);
        if (entry === 0) entries.insert(group, variable.place, key, value, until);
        else entries.replace(entry, value, until);
        break;
      }
      case DELETE: {
        const entry = entries.find(group, variableAt().place, bytes());
        if (entry !== 0) entries.remove(entry);
        break;
      }
      case EXPIRE: {
        const { place } = variableAt(), until = reader.i64();
        for (let entry = entries.first(group, place); entry !== 0;) {
          const after = entries.next(entry);
          if (entries.timeOf(entry) <= until) entries.remove(entry);
          entry = after;
        }
        break;
      }
      case TIMER: target.setTimer(group, reader.i64()); break;
      case NO_TIMER: target.deleteTimer(group, reader.i64()); break;
      default: fail();
    }
  }
  return groups;
}

/** The groups of a block's keys, made where there are none. Without key columns there is one group. */
function groupsOf(reader: ByteReader, table: StateTable): readonly number[] {
  const { keyTypes } = table, columns: Cell[][] = keyTypes.map(() => []), arena = new Arena();
  let count = keyTypes.length === 0 ? 1 : 0;
  for (; reader.position < reader.end; count++) keyTypes.forEach((type, i) => columns[i]!.push(readCell(reader, type)));
  if (count === 0) return [];
  const vectors = keyTypes.map((type, i) => vectorOf(type, columns[i]!, arena)), at = table.upsert(vectors, { pointer: 0, count }, count) >>> 2;
  const groups = Array.from(linearMemory().u32.subarray(at, at + count));
  arena.release();
  return groups;
}

const scratch = new ByteWriter();
function encoded(type: DataType, cell: Cell): Uint8Array {
  scratch.length = 0;
  writeCell(scratch, type, cell);
  return scratch.view();
}

const fail = (): never => { throw damagedBlock(); };
