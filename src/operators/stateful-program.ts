/**
 * Runs a person's program over groups: transformWithState, flatMapGroupsWithState, mapGroupsWithState. A batch's rows are
 * held until its end; then each key is called once with all of its rows, in the order in which keys first came, then what
 * is due by the clock or the watermark is called, earliest first. Rows come in a key's order of arrival. Late rows are
 * dropped in front where the program goes by event time. What counts as due, and what the metrics count, is as in Spark's
 * TransformWithStateExec and FlatMapGroupsWithStateExec.
 */
import type { Batch } from "../columns/batch.ts";
import { ColumnStore } from "../columns/column-store.ts";
import { ExecutionError, MillraceError } from "../base/errors.ts";
import { Arena } from "../memory/arena.ts";
import { linearMemory } from "../memory/linear-memory.ts";
import type { StatefulProgram } from "../plan/stateful-program.ts";
import { GrowingBuffer } from "../state/growing-buffer.ts";
import { ProgramState } from "../state/program-state.ts";
import type { StructType } from "../types/data-type.ts";
import { Timestamp } from "../types/values.ts";
import type { ExecutionContext } from "./context.ts";
import { GroupState } from "./group-state.ts";
import { dropLateBy } from "./late-rows.ts";
import type { Operator } from "./operator.ts";
import { KeyRows, ObjectOutput, ObjectReader, notAwaited } from "./program-rows.ts";
import { ProgramScope, stateContext } from "./program-scope.ts";
import { programView } from "./program-view.ts";
import type { StateView } from "./state-view.ts";
import type { StateMetrics, StatefulOperator } from "./stateful.ts";

export interface StatefulProgramParts {
  readonly program: StatefulProgram;
  /** Of the keys, under the names that handlers see. */
  readonly keySchema: StructType;
  /** Where the keys stand among the input's columns. */
  readonly keys: readonly number[];
  /** The columns that rows show: the first of the input. */
  readonly rowSchema: StructType;
  /** The input column with a watermark, or -1. */
  readonly lateColumn: number;
  /** Undefined: no initial state. */
  readonly initial: { readonly schema: StructType; readonly keys: readonly number[] } | undefined;
  readonly operatorId: () => number;
  /** A batch query: no timeouts, and all event-time timers are due at its end. */
  readonly isBatch: boolean;
}

const ALWAYS = 2n ** 63n - 2n;
const KEYS_AT_ONCE = 1024;

export class StatefulProgramOperator implements StatefulOperator {
  readonly #parts: StatefulProgramParts;
  readonly #context: ExecutionContext;
  readonly #next: Operator;
  readonly #state: ProgramState;
  readonly #scope: ProgramScope;
  readonly #handed: object;
  readonly #group: GroupState | undefined;
  readonly #output: ObjectOutput;
  readonly #keyReader: ObjectReader;
  readonly #rowReader: ObjectReader;
  /** Of the output, the column that must be behind the watermark, or -1. */
  readonly #outputTime: number;
  readonly #arena = new Arena();
  /** This batch's rows, and the address of the group of each. */
  #rows: ColumnStore | undefined;
  readonly #addresses = new GrowingBuffer();
  #view: StateView | undefined;
  #hasBegun = false;
  #late = 0;
  #kept = 0;

  constructor(parts: StatefulProgramParts, context: ExecutionContext, next: Operator) {
    this.#parts = parts;
    this.#context = context;
    this.#next = next;
    const { program, keySchema, rowSchema } = parts;
    this.#state = new ProgramState({ keyTypes: keySchema.fields.map(field => field.type), variables: program.variables, timeMode: program.timeMode, logged: !parts.isBatch });
    this.#scope = new ProgramScope(this.#state, program.timeMode);
    this.#group = program.api === "transformWithState" ? undefined : new GroupState(this.#scope, program.api);
    this.#handed = this.#group ?? stateContext(this.#scope);
    this.#output = new ObjectOutput(program.output, context, next);
    this.#outputTime = program.output.fields.findIndex(field => field.name === program.eventTimeColumn);
    this.#keyReader = new ObjectReader(keySchema);
    this.#rowReader = new ObjectReader(rowSchema);
    if (parts.isBatch) {
      context.hold({ release: () => this.release() });
      this.beginBatch();
    }
  }

  get operatorId(): number { return this.#parts.operatorId(); }
  get fingerprint(): string { return `${JSON.stringify(this.#state.table.keyTypes)} | ${this.#state.schemaText}`; }

  beginBatch(): void {
    this.#state.beginBatch();
    this.#scope.updated = this.#scope.removed = this.#late = this.#kept = 0;
  }

  get #name(): string { return this.#group === undefined ? "transformWithStateInPySparkExec" : "applyInPandasWithState"; }

  push(batch: Batch): boolean {
    const { lateColumn, keys, rowSchema } = this.#parts;
    const rows = dropLateBy(lateColumn, batch, this.#context, { operatorId: this.operatorId, operator: this.#name });
    this.#late += batch.count - rows.count;
    if (rows.count === 0) return true;
    this.#rows ??= this.#context.hold(new ColumnStore(rowSchema.fields.map(field => field.type)));
    const at = this.#rows.length, found = this.#state.table.upsert(keys.map(key => batch.columns[key]!), rows, batch.length);
    const pointer = this.#addresses.reserve(4 * (at + rows.count), 4 * at);
    linearMemory().u8.copyWithin(pointer + 4 * at, found, found + 4 * rows.count);
    this.#rows.append(batch.columns.slice(0, rowSchema.fields.length), rows);
    this.#kept += rows.count;
    return true;
  }

  /** Takes the rows of the initial state, before any other rows of the first batch. */
  readonly initialInput: Operator = { push: batch => this.#takeInitial(batch), finish: () => {} };

  finish(): void {
    const { program, initial, isBatch } = this.#parts, context = this.#context;
    this.#beginCalls();
    this.#callKeys();
    if (!isBatch) this.#callDue(this.#dueLimit());
    else if (program.api === "transformWithState" && program.timeMode !== "None") this.#callDue(program.timeMode === "EventTime" ? ALWAYS : context.batchTimeMicros);
    this.#output.flush();
    this.#scope.removed += this.#state.expire(context.batchTimeMicros);
    if (initial !== undefined) this.#state.setReady();
    this.#state.endBatch();
    this.#next.finish();
  }

  changes(): readonly Uint8Array[] { return this.#state.changes(); }
  snapshot(fromKeyGroup: number, toKeyGroup: number): Uint8Array { return this.#state.snapshot(fromKeyGroup, toKeyGroup); }
  load(block: Uint8Array): void { this.#state.load(block); }

  metrics(): StateMetrics {
    const { variables, entries, table } = this.#state;
    return {
      operatorName: this.#name,
      // As Spark counts: a list is one, however many its items.
      rowsTotal: this.#group !== undefined ? table.count : variables.reduce((sum, { kind }, i) => sum + (kind === "list" ? entries.groups : entries.counts)[i]!, 0),
      rowsUpdated: this.#scope.updated, rowsRemoved: this.#scope.removed, rowsDroppedByWatermark: this.#late, memoryBytes: this.#state.bytes, lateRows: this.#late, keptRows: this.#kept,
    };
  }

  get stateView(): StateView {
    const { program: { timeMode, variables }, keySchema: key } = this.#parts;
    return (this.#view ??= programView({ key, timeMode, variables, isGroupState: this.#group !== undefined }, this.#state));
  }

  wantsBatch(watermarkMillis: number): boolean { return this.#parts.program.timeMode === "EventTime" && this.#context.watermarkRisesTo(watermarkMillis); }

  dueMicros(): number | undefined {
    if (this.#parts.program.timeMode !== "ProcessingTime") return undefined;
    const next = this.#state.nextTimer;
    if (next === undefined) return Number.POSITIVE_INFINITY;
    // The time of a batch is in milliseconds; a timeout is due once it has passed.
    const millis = (next + 999n) / 1000n + (this.#group === undefined ? 0n : 1n);
    return Number(millis) * 1000;
  }

  release(): void {
    const hadBegun = this.#hasBegun;
    this.#hasBegun = false;
    this.#dropRows();
    this.#state.release();
    this.#addresses.release();
    this.#arena.release();
    if (hadBegun) this.#guarded("close", undefined, () => this.#parts.program.handlers.close?.());
  }

  #beginCalls(): void {
    const scope = this.#scope, context = this.#context;
    scope.batchTimeMicros = context.batchTimeMicros;
    scope.watermarkMicros = context.watermarkMicros ?? 0n;
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    const { handlers } = this.#parts.program;
    this.#guarded("init", undefined, () => { if (isPromise(handlers.init?.(this.#handed))) throw notAwaited("returned"); });
  }

  /** What is due has a time up to here. */
  #dueLimit(): bigint {
    const { program } = this.#parts, { watermarkMicros, batchTimeMicros } = this.#context;
    const reached = program.timeMode === "EventTime" ? watermarkMicros ?? -ALWAYS : program.timeMode === "ProcessingTime" ? batchTimeMicros : -ALWAYS;
    return this.#group === undefined ? reached : reached - 1n;
  }

  /** Calls each key that has rows, once. */
  #callKeys(): void {
    const rows = this.#rows;
    if (rows === undefined || rows.length === 0) return;
    const { table, markOffset } = this.#state, { u32 } = linearMemory(), touched = table.touched(), from = touched.pointer >>> 2, arena = this.#arena;
    // Rows by key: each group says its number, rows are counted by it and then dealt out.
    for (let i = 0; i < touched.count; i++) u32[(u32[from + i]! + markOffset) >>> 2] = i;
    const starts = new Uint32Array(touched.count + 1), addresses = this.#addresses.pointer >>> 2, order = new GrowingBuffer(), groups = Uint32Array.from(u32.subarray(from, from + touched.count));
    try {
      const dealt = order.reserve(4 * rows.length) >>> 2;
      for (let row = 0; row < rows.length; row++) starts[u32[(u32[addresses + row]! + markOffset) >>> 2]! + 1]!++;
      for (let i = 1; i <= touched.count; i++) starts[i]! += starts[i - 1]!;
      const next = starts.slice();
      for (let row = 0; row < rows.length; row++) u32[dealt + next[u32[(u32[addresses + row]! + markOffset) >>> 2]!]!++] = row;
      this.#rowReader.over(rows.vectors());
      for (let key = 0; key < touched.count; key += KEYS_AT_ONCE) {
        const many = Math.min(KEYS_AT_ONCE, touched.count - key);
        this.#keyReader.over(table.keyVectors(touched.pointer + 4 * key, many, arena));
        for (let i = 0; i < many; i++) {
          const first = starts[key + i]!, count = starts[key + i + 1]! - first;
          if (count > 0) this.#callRows(groups[key + i]!, this.#keyReader.read(i), new KeyRows(this.#rowReader, 4 * (dealt + first), count));
        }
        arena.reset();
      }
    } finally {
      order.release();
      this.#dropRows();
    }
  }

  #callRows(group: number, key: unknown, rows: KeyRows): void {
    const { handlers, api } = this.#parts.program;
    this.#scope.group = group;
    this.#group?.begin(false);
    // As #guarded, without a function made for each key.
    try {
      this.#emit(handlers.rows(key, rows, this.#handed));
      this.#group?.end();
    } catch (error) {
      throw this.#failure(error, api === "transformWithState" ? "handleInputRows" : api, key, rows);
    }
    rows.end();
    this.#scope.group = 0;
  }

  /** Calls for timers, or for keys whose timeout has passed. */
  #callDue(limit: bigint): void {
    const { handlers, api } = this.#parts.program, state = this.#state, scope = this.#scope;
    if (state.nextTimer === undefined || state.nextTimer > limit) return;
    const arena = this.#arena, { u32 } = linearMemory();
    for (const { group, time } of state.dueTimers(limit)) {
      // An earlier call for the same key may have deleted it.
      if (!state.hasTimer(group, time)) continue;
      const pointer = arena.allocate(4);
      u32[pointer >>> 2] = group;
      const key = this.#keyReader.over(state.table.keyVectors(pointer, 1, arena)).read(0);
      arena.reset();
      scope.group = group;
      if (this.#group === undefined) {
        if (handlers.timer !== undefined) this.#guarded("handleExpiredTimer", key, () => this.#emit(handlers.timer!(key, Timestamp.ofMicros(time), this.#handed)));
        state.deleteTimer(group, time);
      } else {
        this.#group.begin(true);
        this.#guarded(api, key, () => {
          this.#emit(handlers.rows(key, [], this.#handed));
          this.#group!.end();
        });
      }
      scope.group = 0;
    }
  }

  #takeInitial(batch: Batch): boolean {
    const { initial, program: { handlers } } = this.#parts, state = this.#state;
    if (state.isReady || initial === undefined) return false;
    if (batch.count === 0) return true;
    this.#beginCalls();
    const found = state.table.upsert(initial.keys.map(key => batch.columns[key]!), batch.selection, batch.length), { u32 } = linearMemory();
    const groups = Uint32Array.from(u32.subarray(found >>> 2, (found >>> 2) + batch.count)), { pointer } = batch.selection, keyColumns = initial.keys.map(key => batch.columns[key]!);
    const rows = new ObjectReader(initial.schema).over(batch.columns), keys = this.#keyReader.over(keyColumns);
    for (let i = 0; i < batch.count; i++) {
      const row = pointer === 0 ? i : u32[(pointer >>> 2) + i]!, key = keys.read(row);
      this.#scope.group = groups[i]!;
      this.#guarded("handleInitialState", key, () => { if (isPromise(handlers.initial?.(key, rows.read(row), this.#handed))) throw notAwaited("returned"); });
      this.#scope.group = 0;
    }
    return true;
  }

  #emit(result: unknown): void {
    if (result === undefined || result === null) return;
    if (isPromise(result)) throw notAwaited("returned");
    if (this.#parts.program.api === "mapGroupsWithState") return this.#add(result);
    if (typeof result !== "object" || !(Symbol.iterator in result)) {
      if (typeof result === "object" && Symbol.asyncIterator in result) throw notAwaited("returned");
      throw new ExecutionError({ condition: "MILLRACE_NOT_ITERABLE", sqlState: "42804", message: `A handler gives an iterable of rows, such as a generator or an array; this one returned a ${typeof result}.`, hint: "write it as a generator: *handleInputRows(...) { yield row }" });
    }
    if (Array.isArray(result)) for (let i = 0; i < result.length; i++) this.#add(result[i]);
    else for (const row of result as Iterable<unknown>) this.#add(row);
  }

  #add(row: unknown): void {
    const cells = this.#output.add(row), { watermarkMicros } = this.#context;
    if (this.#outputTime < 0 || watermarkMicros === null) return;
    const time = cells[this.#outputTime] as bigint | null;
    if (time === null || time > watermarkMicros) return;
    const emittedRowEventTime = Timestamp.ofMicros(time).toString(), currentWatermark = Timestamp.ofMicros(watermarkMicros).toString();
    throw new ExecutionError({
      condition: "EMITTING_ROWS_OLDER_THAN_WATERMARK_NOT_ALLOWED", sqlState: "42815",
      message: `Previous node emitted a row with eventTime=${emittedRowEventTime} which is older than current_watermark_value=${currentWatermark}. This can lead to correctness issues in the stateful operators downstream in the execution pipeline. Please correct the operator logic to emit rows after current global watermark value.`,
      messageParameters: { emittedRowEventTime, currentWatermark },
    });
  }

  /** Runs a person's function. */
  #guarded(name: string, key: unknown, call: () => void): void {
    try {
      call();
    } catch (error) {
      throw this.#failure(error, name, key, undefined);
    }
  }

  /** What a person's function threw, with the program, the function, the key and the row it was at. */
  #failure(error: unknown, name: string, key: unknown, rows: KeyRows | undefined): unknown {
    this.#scope.group = 0;
    if (this.#output.isPushing) return error;
    const { api, name: given } = this.#parts.program, reason = error instanceof MillraceError ? error.text : error instanceof Error ? error.message : String(error);
    const where = [given === undefined ? api : `${api} '${given}'`, ...(key === undefined ? [] : [`key ${textOf(key)}`]), ...(rows === undefined ? [] : [rows.position === 0 ? `before the first of ${rows.count} rows` : `at row ${rows.position} of ${rows.count}`])].join(", ");
    const ours = error instanceof MillraceError ? error : undefined;
    return new ExecutionError({
      condition: ours?.condition ?? (this.#group === undefined ? "TRANSFORM_WITH_STATE_USER_FUNCTION_ERROR" : "FLATMAPGROUPSWITHSTATE_USER_FUNCTION_ERROR"), sqlState: ours?.sqlState ?? "39000",
      message: ours === undefined ? `An error occurred in the user defined function ${name} (${where}). Reason: ${reason}` : `${reason} (${name} of ${where})`,
      messageParameters: ours === undefined ? { reason, function: name } : ours.messageParameters, hint: ours?.hint, cause: error,
    });
  }

  #dropRows(): void {
    this.#context.drop(this.#rows);
    this.#rows = undefined;
  }
}

const isPromise = (value: unknown): boolean => typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
const textOf = (value: unknown): string => JSON.stringify(value, (_name, item: unknown) => typeof item === "bigint" ? String(item) : item instanceof Map ? Object.fromEntries(item) : item);
