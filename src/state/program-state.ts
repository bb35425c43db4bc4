/**
 * The state of a program: its groups, their entries and timers, and the log of what a batch changed. How it is written
 * stands in program-blocks.ts.
 */
import { readCell, writeCell } from "../columns/row-codec.ts";
import { ByteReader, ByteWriter } from "../columns/byte-stream.ts";
import { Arena } from "../memory/arena.ts";
import { linearMemory, type MemoryAccount } from "../memory/linear-memory.ts";
import type { StateVariable } from "../plan/stateful-program.ts";
import type { Cell } from "../types/cell.ts";
import type { DataType } from "../types/data-type.ts";
import { EntryStore } from "./entry-store.ts";
import { GrowingBuffer } from "./growing-buffer.ts";
import { inHashOrder } from "./hash-order.ts";
import { APPEND, CLEAR, DELETE, EXPIRE, NO_TIMER, ProgramLog, PUT, SET, TIMER, applyBlock, openBlock } from "./program-blocks.ts";
import { stateSchemaText } from "./state-schema.ts";
import { StateTable } from "./state-table.ts";
import type { TimeHeap } from "./time-heap.ts";

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
  readonly #log: ProgramLog;
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
    this.#log = new ProgramLog(this.table, this.schemaText, variables);
    this.#ttl = EntryStore.heap(this.#account);
    this.timers = EntryStore.heap(this.#account);
    this.entries = new EntryStore(this.table.stateOffset + CHAINS, [...variables.map(() => this.#ttl), this.timers], this.#account);
  }

  get bytes(): number { return this.#account.bytes; }
  /** Where in a group's row there is a u32 that anyone may use during a batch, in bytes. */
  get markOffset(): number { return this.table.stateOffset; }

  beginBatch(): void {
    this.#log.clear();
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
    else if (removed > 0 && this.#logs(group, CLEAR)) this.#log.variable(variable);
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
      else if (this.#logs(group, CLEAR)) this.#log.variable(variable);
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
    this.#log.variableUntil(variable, time);
    this.#log.value(keyBytes);
    this.#log.value(value);
  }

  /** Removes a map's entry. */
  delete(entry: number): void {
    const variable = this.entries.variableOf(entry);
    if (this.#logs(this.entries.groupOf(entry), DELETE)) {
      this.#log.variable(variable);
      this.#log.value(this.entries.key(entry));
    }
    this.entries.remove(entry);
  }

  // ---- timers

  hasTimer(group: number, time: bigint): boolean { return this.#findTimer(group, time) !== 0; }
  setTimer(group: number, time: bigint): void {
    if (this.#findTimer(group, time) !== 0) return;
    this.entries.insert(group, this.#timerVariable, this.#timeKey(time), NOTHING, time);
    if (this.#logs(group, TIMER)) this.#log.time(time);
  }
  deleteTimer(group: number, time: bigint): void {
    const entry = this.#findTimer(group, time);
    if (entry === 0) return;
    this.entries.remove(entry);
    if (this.#logs(group, NO_TIMER)) this.#log.time(time);
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
      this.#log.variable(variable);
      this.#log.time(now);
    }
    return removed;
  }

  /** Notes that initial state was taken in. */
  setReady(): void {
    if (this.isReady) return;
    this.isReady = true;
    if (this.#logged) this.#log.ready();
  }

  /** Removes groups without entries among those that the batch touched. Ends the batch. */
  endBatch(): void {
    this.#logWritten();
    this.#log.close();
    const { pointer, count } = this.table.touched(), { u32 } = linearMemory();
    for (let i = 0; i < count; i++) if (this.entries.isEmpty(u32[(pointer >>> 2) + i]!)) this.#emptied.add(u32[(pointer >>> 2) + i]!);
    this.#dropEmptied();
  }
  /** Groups that something was removed from: perhaps nothing is left. */
  readonly #emptied = new Set<number>();

  changes(): readonly Uint8Array[] { return this.#log.blocks; }

  /** All of some key groups. */
  snapshot(fromKeyGroup: number, toKeyGroup: number): Uint8Array {
    const found = this.table.groupsOf(fromKeyGroup, toKeyGroup);
    inHashOrder(this.table, found, this.#arena);
    const groups = Array.from(linearMemory().u32.subarray(found.pointer >>> 2, (found.pointer >>> 2) + found.count));
    return this.#blockOf(groups, this.isReady && fromKeyGroup === 0);
  }

  /** Applies a block between batches. */
  load(block: Uint8Array): void {
    this.#isLoading = true;
    try { this.#forgetEmpty(applyBlock(block, this)); } finally { this.#isLoading = false; }
  }
  #isLoading = false;

  /** What the groups that a block of changes is about hold now, as a block; empty if that is nothing. */
  entriesBefore(block: Uint8Array): Uint8Array {
    const { groups } = openBlock(block, this.table), bytes = this.#blockOf([...new Set(groups)], false);
    this.#forgetEmpty(groups);
    return bytes;
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

  /** Drops those groups that hold nothing. */
  #forgetEmpty(groups: readonly number[]): void {
    for (const group of groups) this.#emptied.add(group);
    this.#dropEmptied();
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
    if (!this.#logged || this.#isLoading) return false;
    this.#log.change(group, change);
    return true;
  }
  #logValue(change: number, group: number, variable: number, value: Uint8Array, time: bigint): void {
    if (!this.#logs(group, change)) return;
    this.#log.variableUntil(variable, time);
    this.#log.value(value);
  }

  /** All that groups hold, as one block; empty if that is nothing. */
  #blockOf(groups: readonly number[], isReady: boolean): Uint8Array {
    const log = new ProgramLog(this.table, this.schemaText, this.variables, Number.POSITIVE_INFINITY), { entries } = this;
    for (const group of groups) {
      this.variables.forEach(({ kind }, variable) => {
        for (let entry = entries.first(group, variable); entry !== 0; entry = entries.next(entry)) {
          log.change(group, kind === "value" ? SET : kind === "list" ? APPEND : PUT);
          log.variableUntil(variable, entries.timeOf(entry));
          if (kind === "map") log.value(entries.key(entry));
          log.value(entries.value(entry));
        }
      });
      for (const time of this.timersOf(group)) {
        log.change(group, TIMER);
        log.time(time);
      }
    }
    if (isReady) log.ready();
    log.close();
    return log.blocks[0] ?? NOTHING;
  }
}

const TIME_BYTES = new Uint8Array(8), TIME_VIEW = new DataView(TIME_BYTES.buffer);
