/** What a program's handlers reach while they are called: state of the key at hand, timers, time. */
import { AnalysisError, ExecutionError } from "../base/errors.ts";
import type { TimeMode } from "../plan/stateful-program.ts";
import { NO_TIME } from "../state/entry-store.ts";
import { canonicalCell } from "../state/key-layout.ts";
import type { ProgramState } from "../state/program-state.ts";
import type { Cell } from "../types/cell.ts";
import { valueReader, valueToCell } from "../types/edge-values.ts";
import { Timestamp, type TimestampLike } from "../types/values.ts";

/** The call under way: handles work on its group. */
export class ProgramScope {
  readonly state: ProgramState;
  readonly timeMode: TimeMode;
  /** Address of the key's group; 0: no call is under way. */
  group = 0;
  batchTimeMicros = 0n;
  watermarkMicros = 0n;
  updated = 0;
  removed = 0;

  constructor(state: ProgramState, timeMode: TimeMode) {
    this.state = state;
    this.timeMode = timeMode;
  }

  /** The group of the call under way. */
  here(operation: string): number {
    if (this.group !== 0) return this.group;
    throw new ExecutionError({
      condition: "STATEFUL_PROCESSOR_CANNOT_PERFORM_OPERATION_WITH_INVALID_HANDLE_STATE", sqlState: "42802",
      message: `Failed to perform stateful processor operation=${operation} with invalid handle state=CLOSED.`, messageParameters: { operationType: operation, handleState: "CLOSED" },
      hint: "state belongs to the call that it was handed to: read and write it before the handler returns or yields its last row",
    });
  }
}

interface Variable { readonly name: string; readonly index: number; readonly ttlMicros: bigint | undefined }

class Handle {
  readonly scope: ProgramScope;
  readonly variable: Variable;

  constructor(scope: ProgramScope, index: number) {
    const { name, ttlMicros } = scope.state.variables[index]!;
    this.scope = scope;
    this.variable = { name, index, ttlMicros };
  }

  /** When what is written now ends. */
  get end(): bigint { return this.variable.ttlMicros === undefined ? NO_TIME : this.scope.batchTimeMicros + this.variable.ttlMicros; }
  lives(entry: number): boolean { return entry !== 0 && (this.variable.ttlMicros === undefined || this.scope.state.entries.timeOf(entry) > this.scope.batchTimeMicros); }
  first(operation: string): number { return this.scope.state.entries.first(this.scope.here(`${this.variable.name}.${operation}`), this.variable.index); }

  clear(): void { this.scope.removed += this.scope.state.clear(this.scope.here(`${this.variable.name}.clear`), this.variable.index); }

  cellOf(value: unknown, index: number): Cell {
    const { name } = this.variable, { type } = this.scope.state.variables[index]!;
    if (value === null || value === undefined) {
      throw new AnalysisError({ condition: "ILLEGAL_STATE_STORE_VALUE.NULL_VALUE", sqlState: "42601", message: `Illegal value provided to the State Store: Cannot write null values to State Store for StateName ${name}.`, messageParameters: { stateName: name }, hint: "clear() removes a value" });
    }
    return valueToCell(value, type, name);
  }
}

class ValueHandle extends Handle {
  readonly #read: (cell: Cell) => unknown;
  constructor(scope: ProgramScope, index: number) {
    super(scope, index);
    this.#read = valueReader(scope.state.variables[index]!.type);
  }

  get(): unknown {
    const { state } = this.scope, entry = this.first("get");
    return this.lives(entry) ? this.#read(state.read(entry, state.variables[this.variable.index]!.type)) : null;
  }
  exists(): boolean { return this.lives(this.first("exists")); }
  update(value: unknown): void {
    const { scope, variable: { index, name } } = this;
    scope.state.setValue(scope.here(`${name}.update`), index, this.cellOf(value, index), this.end);
    scope.updated++;
  }
}

class ListHandle extends Handle {
  readonly #read: (cell: Cell) => unknown;
  constructor(scope: ProgramScope, index: number) {
    super(scope, index);
    this.#read = valueReader(scope.state.variables[index]!.type);
  }

  /** The items as they are now: what is written while they are looked at doesn't show. */
  get(): Iterable<unknown> {
    const { state } = this.scope, { type } = state.variables[this.variable.index]!, items: unknown[] = [];
    for (let entry = this.first("get"); entry !== 0; entry = state.entries.next(entry)) if (this.lives(entry)) items.push(this.#read(state.read(entry, type)));
    return items;
  }
  exists(): boolean {
    const { entries } = this.scope.state;
    for (let entry = this.first("exists"); entry !== 0; entry = entries.next(entry)) if (this.lives(entry)) return true;
    return false;
  }
  append(value: unknown): void {
    const { scope, variable: { index, name } } = this;
    scope.state.append(scope.here(`${name}.append`), index, this.cellOf(value, index), this.end);
    scope.updated++;
  }
  put(values: readonly unknown[]): void {
    const { scope, variable: { index, name } } = this, group = scope.here(`${name}.put`), cells = values.map(value => this.cellOf(value, index));
    if (cells.length === 0) {
      throw new AnalysisError({ condition: "ILLEGAL_STATE_STORE_VALUE.EMPTY_LIST_VALUE", sqlState: "42601", message: `Illegal value provided to the State Store: Cannot write empty list values to State Store for StateName ${name}.`, messageParameters: { stateName: name }, hint: "clear() removes the list" });
    }
    scope.state.clear(group, index);
    for (const cell of cells) scope.state.append(group, index, cell, this.end);
    // As Spark counts it: the items of the last list that was put.
    scope.updated = cells.length;
  }
}

class MapHandle extends Handle {
  readonly #read: (cell: Cell) => unknown;
  readonly #readKey: (cell: Cell) => unknown;
  constructor(scope: ProgramScope, index: number) {
    super(scope, index);
    const { type, keyType } = scope.state.variables[index]!;
    this.#read = valueReader(type);
    this.#readKey = valueReader(keyType!);
  }

  #key(key: unknown): Cell {
    const { name, index } = this.variable, { keyType } = this.scope.state.variables[index]!;
    if (key === null || key === undefined) throw new AnalysisError({ condition: "ILLEGAL_STATE_STORE_VALUE.NULL_VALUE", sqlState: "42601", message: `Illegal value provided to the State Store: Cannot write null values to State Store for StateName ${name}.`, messageParameters: { stateName: name }, hint: "keys of a map are never null" });
    return canonicalCell(keyType!, valueToCell(key, keyType!, `${name} (key)`));
  }
  #find(key: unknown, operation: string): number { return this.scope.state.findKey(this.scope.here(`${this.variable.name}.${operation}`), this.variable.index, this.#key(key)); }

  get(key: unknown): unknown {
    const { state } = this.scope, entry = this.#find(key, "get");
    return this.lives(entry) ? this.#read(state.read(entry, state.variables[this.variable.index]!.type)) : null;
  }
  has(key: unknown): boolean { return this.lives(this.#find(key, "has")); }
  exists(): boolean { return !this.entries().next().done; }
  set(key: unknown, value: unknown): void {
    const { scope, variable: { index, name } } = this;
    scope.state.put(scope.here(`${name}.set`), index, this.#key(key), this.cellOf(value, index), this.end);
    scope.updated++;
  }
  delete(key: unknown): void {
    const entry = this.#find(key, "delete");
    if (entry === 0) return;
    this.scope.state.delete(entry);
    this.scope.removed++;
  }
  /** In the order in which the keys were first set; those there at the call. */
  entries(): IterableIterator<[unknown, unknown]> {
    const { state } = this.scope, { type, keyType } = state.variables[this.variable.index]!, found: [unknown, unknown][] = [];
    for (let entry = this.first("entries"); entry !== 0; entry = state.entries.next(entry)) {
      if (this.lives(entry)) found.push([this.#readKey(state.readKey(entry, keyType!)), this.#read(state.read(entry, type))]);
    }
    return found[Symbol.iterator]();
  }
  *keys(): Generator<unknown> { for (const [key] of this.entries()) yield key; }
  *values(): Generator<unknown> { for (const [, value] of this.entries()) yield value; }
}

class Timers {
  readonly #scope: ProgramScope;
  constructor(scope: ProgramScope) { this.#scope = scope; }

  #here(operation: string): number {
    const { timeMode } = this.#scope;
    if (timeMode !== "None") return this.#scope.here(`timers.${operation}`);
    throw new ExecutionError({
      condition: "STATEFUL_PROCESSOR_CANNOT_PERFORM_OPERATION_WITH_INVALID_TIME_MODE", sqlState: "42802", message: `Failed to perform stateful processor operation=timers.${operation} with invalid timeMode=None.`,
      messageParameters: { operationType: `timers.${operation}`, timeMode }, hint: 'say timeMode: "EventTime" or timeMode: "ProcessingTime"',
    });
  }

  register(at: TimestampLike): void { this.#scope.state.setTimer(this.#here("register"), Timestamp.from(at).epochMicros); }
  delete(at: TimestampLike): void { this.#scope.state.deleteTimer(this.#here("delete"), Timestamp.from(at).epochMicros); }
  list(): Iterable<Timestamp> { return this.#scope.state.timersOf(this.#here("list")).map(micros => Timestamp.ofMicros(micros)); }
}

/** The third argument of the handlers of transformWithState: one object for all calls. */
export function stateContext(scope: ProgramScope): object {
  const state = Object.fromEntries(scope.state.variables.map(({ name, kind }, index) =>
    [name, kind === "value" ? new ValueHandle(scope, index) : kind === "list" ? new ListHandle(scope, index) : new MapHandle(scope, index)]));
  return Object.freeze({
    state: Object.freeze(state), timers: Object.freeze(new Timers(scope)),
    time: Object.freeze({ processingTime: () => Timestamp.ofMicros(scope.batchTimeMicros), watermark: () => Timestamp.ofMicros(scope.watermarkMicros) }),
  });
}
