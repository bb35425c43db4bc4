/**
 * The state of a program: its groups, their entries and timers, and the log of what a batch changed. A block, of changes
 * or of a snapshot, names the variables it holds with their types; it is a list of keys and of changes to each, values in
 * the row codec. A snapshot is a block of additions alone, so both are loaded in one way.
 *
 *   u32 version, text of the schema, varint bytes of the keys, keys, then changes until the end: a byte says which, then
 *   NEXT_KEY; SET and APPEND variable [time] bytes value; CLEAR variable; PUT variable [time] bytes key bytes value;
 *   DELETE variable bytes key; EXPIRE variable time: list items that end then or earlier leave; TIMER and NO_TIMER time; READY.
 * Times are there for variables whose values live for a time.
 */
import { vectorOf, writeCellAt } from "../columns/cells.ts";
import { ByteReader, ByteWriter, readCell, writeCell } from "../columns/row-codec.ts";
import { CheckpointError } from "../base/errors.ts";
import { Arena } from "../memory/arena.ts";
import { linearMemory, type MemoryAccount } from "../memory/linear-memory.ts";
import type { StateVariable } from "../plan/stateful-program.ts";
import type { Cell } from "../types/cell.ts";
import type { DataType } from "../types/data-type.ts";
import { EntryStore, NO_TIME } from "./entry-store.ts";
import { GrowingBuffer } from "./growing-buffer.ts";
import { inHashOrder } from "./hash-order.ts";
import { migration, parseStateSchema, stateSchemaText } from "./state-schema.ts";
import { StateTable } from "./state-table.ts";
import { damagedBlock } from "./table-blocks.ts";
import type { TimeHeap } from "./time-heap.ts";

const VERSION = 1;
const NEXT_KEY = 0, SET = 1, APPEND = 2, CLEAR = 3, PUT = 4, DELETE = 5, EXPIRE = 6, TIMER = 7, NO_TIMER = 8, READY = 9;
/** A block of changes is closed when it reaches this. */
const BLOCK_BYTES = 1 << 20;
const NOTHING = new Uint8Array(0);
/** In front of a group's chains: a word for whoever works on a batch. */
const CHAINS = 8;

export class ProgramState {
  readonly table: StateTable;
  readonly entries: EntryStore;
  readonly variables: readonly StateVariable[];
  readonly schemaText: string;
  readonly timers: TimeHeap;
  /** Whether initial state was taken in: said once, kept in the checkpoint. */
  isReady = false;
  readonly #timerVariable: number;
  readonly #ttl: TimeHeap;
  readonly #account: MemoryAccount = { name: "state", bytes: 0 };
  readonly #arena: Arena;
  readonly #logged: boolean;
  readonly #log = new ByteWriter();
  /** Groups that the log is about, in its order. */
  #changed: number[] = [];
  #loggedGroup = 0;
  #blocks: Uint8Array[] = [];
  readonly #scratch = new ByteWriter();
  readonly #reader = new ByteReader(linearMemory().u8);

  constructor(options: { readonly keyTypes: readonly DataType[]; readonly variables: readonly StateVariable[]; readonly timeMode: string; readonly logged: boolean }) {
    const { keyTypes, variables } = options;
    this.variables = variables;
    this.schemaText = stateSchemaText(options.timeMode, variables);
    this.#timerVariable = variables.length;
    this.#logged = options.logged;
    this.#arena = new Arena();
    this.table = new StateTable({ keyTypes, stateBytes: CHAINS + 8 * (variables.length + 1), account: this.#account });
    this.#ttl = EntryStore.heap(this.#account);
    this.timers = EntryStore.heap(this.#account);
    this.entries = new EntryStore(this.table.stateOffset + CHAINS, [...variables.map(() => this.#ttl), this.timers], this.#account);
  }

  get bytes(): number { return this.#account.bytes; }
  /** Where in a group's row there is a u32 that anyone may use during a batch, in bytes. */
  get markOffset(): number { return this.table.stateOffset; }

  beginBatch(): void {
    this.#blocks = [];
    this.#log.length = 0;
    this.#changed = [];
    this.#loggedGroup = 0;
    this.table.beginBatch();
  }

  // ---- values, items, entries; times are when they end, NO_TIME: never

  /** The value of a variable, null if there is none. */
  read(entry: number, type: DataType): Cell {
    this.#reader.position = this.entries.valueAt(entry);
    return readCell(this.#reader, type);
  }

  readKey(entry: number, type: DataType): Cell {
    this.#reader.position = this.entries.keyAt(entry);
    return readCell(this.#reader, type);
  }

  setValue(group: number, variable: number, cell: Cell, time: bigint): void {
    const value = this.#encode(this.variables[variable]!.type, cell), entry = this.entries.first(group, variable);
    if (entry === 0) this.entries.append(group, variable, value, time);
    else this.entries.replace(entry, value, time);
    this.#isWritten(group, variable);
  }

  append(group: number, variable: number, cell: Cell, time: bigint): void {
    const value = this.#encode(this.variables[variable]!.type, cell);
    this.entries.append(group, variable, value, time);
    this.#logValue(APPEND, group, variable, value, time);
  }

  /** Removes all of a variable; returns the number of entries. */
  clear(group: number, variable: number): number {
    const removed = this.entries.clear(group, variable);
    if (removed > 0 && this.variables[variable]!.kind === "value") this.#isWritten(group, variable);
    else if (removed > 0 && this.#logs(group, CLEAR)) this.#log.varint(variable);
    return removed;
  }

  /** A value of the group was written: the log gets what it is in the end, however often it is written. */
  #isWritten(group: number, variable: number): void {
    if (group !== this.#writtenGroup) this.#logWritten();
    this.#writtenGroup = group;
    if (!this.#written.includes(variable)) this.#written.push(variable);
  }
  #writtenGroup = 0;
  readonly #written: number[] = [];

  #logWritten(): void {
    const group = this.#writtenGroup;
    for (const variable of this.#written) {
      const entry = this.entries.first(group, variable);
      if (entry !== 0) this.#logValue(SET, group, variable, this.entries.value(entry), this.entries.timeOf(entry));
      else if (this.#logs(group, CLEAR)) this.#log.varint(variable);
    }
    this.#written.length = 0;
  }

  /** The entry of a map's key; 0 if there is none. `key` is canonical. */
  findKey(group: number, variable: number, key: Cell): number { return this.entries.find(group, variable, this.#encode(this.variables[variable]!.keyType!, key)); }

  put(group: number, variable: number, key: Cell, cell: Cell, time: bigint): void {
    const { keyType, type } = this.variables[variable]!, keyBytes = this.#encode(keyType!, key).slice();
    const entry = this.entries.find(group, variable, keyBytes), value = this.#encode(type, cell);
    if (entry === 0) this.entries.insert(group, variable, keyBytes, value, time);
    else this.entries.replace(entry, value, time);
    if (!this.#logs(group, PUT)) return;
    this.#log.varint(variable);
    this.#logTime(variable, time);
    this.#logBytes(keyBytes);
    this.#logBytes(value);
  }

  /** Removes a map's entry. */
  delete(entry: number): void {
    const variable = this.entries.variableOf(entry);
    if (this.#logs(this.entries.groupOf(entry), DELETE)) {
      this.#log.varint(variable);
      this.#logBytes(this.entries.key(entry));
    }
    this.entries.remove(entry);
  }

  // ---- timers

  hasTimer(group: number, time: bigint): boolean { return this.#findTimer(group, time) !== 0; }
  setTimer(group: number, time: bigint): void {
    if (this.#findTimer(group, time) !== 0) return;
    this.entries.insert(group, this.#timerVariable, this.#timeKey(time), NOTHING, time);
    if (this.#logs(group, TIMER)) this.#log.i64(time);
  }
  deleteTimer(group: number, time: bigint): void {
    const entry = this.#findTimer(group, time);
    if (entry === 0) return;
    this.entries.remove(entry);
    if (this.#logs(group, NO_TIMER)) this.#log.i64(time);
  }
  /** Earliest first. */
  timersOf(group: number): bigint[] {
    const times: bigint[] = [];
    for (let entry = this.entries.first(group, this.#timerVariable); entry !== 0; entry = this.entries.next(entry)) times.push(this.entries.timeOf(entry));
    return times.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  }
  /** The earliest time of any timer. */
  get nextTimer(): bigint | undefined { return this.timers.count === 0 ? undefined : this.timers.timeOf(this.timers.first); }

  /** Timers at or before a time, earliest first; those of one time in the order of their keys' hashes. They stay. */
  dueTimers(limit: bigint): readonly { readonly group: number; readonly time: bigint }[] {
    const { u32 } = linearMemory(), entries: number[] = [];
    while (this.timers.count > 0 && this.timers.timeOf(this.timers.first) <= limit) {
      entries.push(this.timers.first);
      this.timers.remove(this.timers.first);
    }
    for (const entry of entries) this.timers.add(entry);
    const groups = [...new Set(entries.map(entry => this.entries.groupOf(entry)))], places = new Map<number, number>(), ordered = new GrowingBuffer(), list = ordered.reserve(4 * groups.length + 4);
    groups.forEach((group, i) => { u32[(list >>> 2) + i] = group; });
    inHashOrder(this.table, { pointer: list, count: groups.length }, this.#arena);
    for (let i = 0; i < groups.length; i++) places.set(u32[(list >>> 2) + i]!, i);
    ordered.release();
    const due = entries.map(entry => ({ group: this.entries.groupOf(entry), time: this.entries.timeOf(entry) }));
    return due.sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : places.get(a.group)! - places.get(b.group)!));
  }

  /** Removes what has lived its time at `now`; returns the number of entries. */
  expire(now: bigint): number {
    const ended = new Map<number, Set<number>>();
    let removed = 0;
    while (this.#ttl.count > 0 && this.#ttl.timeOf(this.#ttl.first) <= now) {
      const entry = this.#ttl.first, variable = this.entries.variableOf(entry), group = this.entries.groupOf(entry);
      removed++;
      switch (this.variables[variable]!.kind) {
        case "value": this.clear(group, variable); break;
        case "map": this.delete(entry); break;
        case "list": {
          this.entries.remove(entry);
          const known = ended.get(group);
          if (known === undefined) ended.set(group, new Set([variable])); else known.add(variable);
        }
      }
    }
    for (const [group, variables] of ended) for (const variable of variables) {
      if (!this.#logs(group, EXPIRE)) continue;
      this.#log.varint(variable);
      this.#log.i64(now);
    }
    return removed;
  }

  /** Notes that initial state was taken in. */
  setReady(): void {
    if (this.isReady) return;
    this.isReady = true;
    if (this.#logged) this.#log.byte(READY);
  }

  /** Removes groups without entries among those that the batch touched. Ends the batch. */
  endBatch(): void {
    this.#closeBlock();
    const { pointer, count } = this.table.touched(), { u32 } = linearMemory();
    for (let i = 0; i < count; i++) if (this.entries.isEmpty(u32[(pointer >>> 2) + i]!)) this.#emptied.add(u32[(pointer >>> 2) + i]!);
    this.#dropEmptied();
  }
  /** Groups that something was removed from: perhaps nothing is left. */
  readonly #emptied = new Set<number>();

  changes(): readonly Uint8Array[] { return this.#blocks; }

  /** All of some key groups. */
  snapshot(fromKeyGroup: number, toKeyGroup: number): Uint8Array {
    const found = this.table.groupsOf(fromKeyGroup, toKeyGroup);
    inHashOrder(this.table, found, this.#arena);
    const { u32 } = linearMemory(), groups: number[] = [], log = new ByteWriter();
    for (let i = 0; i < found.count; i++) {
      const group = u32[(found.pointer >>> 2) + i]!;
      if (this.entries.isEmpty(group)) continue;
      groups.push(group);
      log.byte(NEXT_KEY);
      this.#writeGroup(log, group);
    }
    if (this.isReady && fromKeyGroup === 0) log.byte(READY);
    return log.length === 0 ? NOTHING : this.#block(groups, log);
  }

  /** Applies a block between batches. */
  load(block: Uint8Array): void {
    const { reader, text, stored, groups } = this.#open(block);
    const places = stored.variables.map(variable => {
      const place = this.variables.findIndex(other => other.name === variable.name), twin = this.variables[place];
      if (twin === undefined || twin.kind !== variable.kind) throw new CheckpointError({ condition: "MILLRACE_STATE_SCHEMA_CHANGED", sqlState: "42K07", message: `The state in the checkpoint has the variable '${variable.name}'; the query has it not, or of another kind.`, messageParameters: { stored: text, provided: this.schemaText } });
      return { place, stored: variable, convert: migration(variable.type, twin.type), keepsTime: twin.ttlMicros !== undefined };
    });
    let group = 0, next = 0;
    const variableAt = () => places[reader.varint()] ?? fail(), time = (hasTtl: boolean, keep: boolean): bigint => {
      const read = hasTtl ? reader.i64() : NO_TIME;
      return keep ? read : NO_TIME;
    };
    const bytes = (): Uint8Array => reader.bytes(reader.varint());
    const valueOf = ({ place, stored: { type }, convert }: typeof places[number]): Uint8Array => {
      const raw = bytes();
      return convert === undefined ? raw : this.#encode(this.variables[place]!.type, convert(readCell(new ByteReader(raw), type)));
    };
    while (reader.position < reader.end) {
      const change = reader.byte();
      if (change === NEXT_KEY) { group = groups[next++] ?? fail(); continue; }
      if (change === READY) { this.isReady = true; continue; }
      if (group === 0) fail();
      switch (change) {
        case SET: case APPEND: {
          const variable = variableAt(), until = time(variable.stored.hasTtl, variable.keepsTime), value = valueOf(variable), entry = change === SET ? this.entries.first(group, variable.place) : 0;
          if (entry === 0) this.entries.append(group, variable.place, value, until);
          else this.entries.replace(entry, value, until);
          break;
        }
        case CLEAR: this.entries.clear(group, variableAt().place); break;
        case PUT: {
          const variable = variableAt(), until = time(variable.stored.hasTtl, variable.keepsTime), key = bytes(), value = valueOf(variable), entry = this.entries.find(group, variable.place, key);
          if (entry === 0) this.entries.insert(group, variable.place, key, value, until);
          else this.entries.replace(entry, value, until);
          break;
        }
        case DELETE: {
          const entry = this.entries.find(group, variableAt().place, bytes());
          if (entry !== 0) this.entries.remove(entry);
          break;
        }
        case EXPIRE: {
          const { place } = variableAt(), until = reader.i64();
          for (let entry = this.entries.first(group, place); entry !== 0;) {
            const after = this.entries.next(entry);
            if (this.entries.timeOf(entry) <= until) this.entries.remove(entry);
            entry = after;
          }
          break;
        }
        case TIMER: {
          const at = reader.i64();
          if (this.#findTimer(group, at) === 0) this.entries.insert(group, this.#timerVariable, this.#timeKey(at), NOTHING, at);
          break;
        }
        case NO_TIMER: {
          const entry = this.#findTimer(group, reader.i64());
          if (entry !== 0) this.entries.remove(entry);
          break;
        }
        default: fail();
      }
    }
    for (const one of groups) if (one !== 0) this.#emptied.add(one);
    this.#dropEmptied();
  }

  /** What the groups that a block of changes is about hold now, as a block; empty if that is nothing. */
  entriesBefore(block: Uint8Array): Uint8Array {
    const all = this.#open(block).groups, groups = [...new Set(all)].filter(group => !this.entries.isEmpty(group)), log = new ByteWriter();
    for (const group of groups) {
      log.byte(NEXT_KEY);
      this.#writeGroup(log, group);
    }
    const bytes = log.length === 0 ? NOTHING : this.#block(groups, log);
    for (const group of all) this.#emptied.add(group);
    this.#dropEmptied();
    return bytes;
  }

  /** Reads a block up to its changes; groups that it is about are made where there are none. */
  #open(block: Uint8Array): { readonly reader: ByteReader; readonly text: string; readonly stored: NonNullable<ReturnType<typeof parseStateSchema>>; readonly groups: number[] } {
    const reader = new ByteReader(block), version = reader.u32();
    if (version !== VERSION) throw new CheckpointError({ condition: "MILLRACE_STATE_FORMAT_TOO_NEW", sqlState: "55000", message: `State of format ${version} can't be read by this version, which knows format ${VERSION}.`, messageParameters: { version: String(version) } });
    const text = reader.text(), stored = parseStateSchema(text);
    if (stored === undefined) throw damagedBlock();
    return { reader, text, stored, groups: this.#loadKeys(new ByteReader(reader.bytes(reader.varint()))) };
  }

  release(): void {
    this.entries.release();
    this.table.release();
    this.#arena.release();
  }

  #dropEmptied(): void {
    const { u32 } = linearMemory(), gone = [...this.#emptied].filter(group => this.entries.isEmpty(group));
    this.#emptied.clear();
    if (gone.length === 0) return;
    const list = this.#arena.allocate(4 * gone.length);
    gone.forEach((group, i) => { u32[(list >>> 2) + i] = group; });
    this.table.remove({ pointer: list, count: gone.length });
    this.#arena.reset();
  }

  /** The groups of a block's keys, made where there are none. */
  #loadKeys(reader: ByteReader): number[] {
    const { keyTypes } = this.table, columns: Cell[][] = keyTypes.map(() => []);
    let count = 0;
    for (; reader.position < reader.end || keyTypes.length === 0 && count === 0; count++) keyTypes.forEach((type, i) => columns[i]!.push(readCell(reader, type)));
    if (count === 0) return [];
    const vectors = keyTypes.map((type, i) => vectorOf(type, columns[i]!, this.#arena)), at = this.table.upsert(vectors, { pointer: 0, count }, count) >>> 2;
    const groups = Array.from(linearMemory().u32.subarray(at, at + count));
    this.#arena.reset();
    return groups;
  }

  #findTimer(group: number, time: bigint): number { return this.entries.find(group, this.#timerVariable, this.#timeKey(time)); }
  #timeKey(time: bigint): Uint8Array {
    TIME_VIEW.setBigInt64(0, time, true);
    return TIME_BYTES;
  }

  #encode(type: DataType, cell: Cell): Uint8Array {
    this.#scratch.length = 0;
    writeCell(this.#scratch, type, cell);
    return this.#scratch.view();
  }

  /** Begins a change in the log; false when none is kept. */
  #logs(group: number, change: number): boolean {
    if (change === CLEAR || change === DELETE || change === EXPIRE || change === NO_TIMER) this.#emptied.add(group);
    if (!this.#logged) return false;
    if (group !== this.#loggedGroup) {
      if (this.#log.length >= BLOCK_BYTES) this.#pushBlock();
      this.#loggedGroup = group;
      this.#changed.push(group);
      this.#log.byte(NEXT_KEY);
    }
    this.#log.byte(change);
    return true;
  }
  #logBytes(bytes: Uint8Array): void {
    this.#log.varint(bytes.length);
    this.#log.bytes(bytes);
  }
  #logTime(variable: number, time: bigint): void { if (this.variables[variable]!.ttlMicros !== undefined) this.#log.i64(time); }
  #logValue(change: number, group: number, variable: number, value: Uint8Array, time: bigint): void {
    if (!this.#logs(group, change)) return;
    this.#log.varint(variable);
    this.#logTime(variable, time);
    this.#logBytes(value);
  }

  #closeBlock(): void {
    this.#logWritten();
    if (this.#log.length > 0) this.#pushBlock();
  }

  #pushBlock(): void {
    this.#blocks.push(this.#block(this.#changed, this.#log));
    this.#log.length = 0;
    this.#changed = [];
    this.#loggedGroup = 0;
  }

  #block(groups: readonly number[], log: ByteWriter): Uint8Array {
    const writer = new ByteWriter(), keys = new ByteWriter(), { u32 } = linearMemory();
    const list = this.#arena.allocate(4 * groups.length + 4);
    groups.forEach((group, i) => { u32[(list >>> 2) + i] = group; });
    const vectors = this.table.keyVectors(list, groups.length, this.#arena);
    for (let i = 0; i < groups.length; i++) for (const vector of vectors) writeCellAt(keys, vector, i);
    this.#arena.reset();
    writer.u32(VERSION);
    writer.text(this.schemaText);
    writer.varint(keys.length);
    writer.bytes(keys.view());
    writer.bytes(log.view());
    return writer.take();
  }

  #writeGroup(log: ByteWriter, group: number): void {
    const { entries } = this, bytes = (value: Uint8Array): void => { log.varint(value.length); log.bytes(value); };
    this.variables.forEach(({ kind, ttlMicros }, variable) => {
      for (let entry = entries.first(group, variable); entry !== 0; entry = entries.next(entry)) {
        log.byte(kind === "value" ? SET : kind === "list" ? APPEND : PUT);
        log.varint(variable);
        if (ttlMicros !== undefined) log.i64(entries.timeOf(entry));
        if (kind === "map") bytes(entries.key(entry));
        bytes(entries.value(entry));
      }
    });
    for (const time of this.timersOf(group)) {
      log.byte(TIMER);
      log.i64(time);
    }
  }
}

const TIME_BYTES = new Uint8Array(8), TIME_VIEW = new DataView(TIME_BYTES.buffer);
const fail = (): never => { throw damagedBlock(); };
