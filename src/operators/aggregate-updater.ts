/**
 * The heart of grouped aggregation, in batch and streaming: finds the groups of a batch's rows in a state table and
 * adds the rows to every aggregate. The operators around it decide when groups are emitted and closed.
 */
import { BATCH_ROWS, Batch, type Selection } from "../columns/batch.ts";
import { cellAt, vectorOf } from "../columns/cells.ts";
import { Vector } from "../columns/vector.ts";
import { kernels } from "../kernels/kernels.ts";
import { Arena } from "../memory/arena.ts";
import { linearMemory, type MemoryAccount } from "../memory/linear-memory.ts";
import type { Evaluator, ObjectAggregate } from "../plan/function.ts";
import type { AggregateCall } from "../plan/resolved.ts";
import { StateTable } from "../state/state-table.ts";
import type { Cell } from "../types/cell.ts";
import { BIGINT, typeToSql, type DataType } from "../types/data-type.ts";
import type { ExecutionContext } from "./context.ts";
import type { Predicate } from "./filter.ts";
import { groupFinder, type GroupFinder } from "./group-finder.ts";

/** One aggregate of a query, with what computes its arguments and its filter. */
export interface AggregateSpec {
  readonly call: Pick<AggregateCall, "binding" | "distinct"> & Partial<Pick<AggregateCall, "function" | "args">>;
  readonly args: readonly Evaluator[];
  readonly filter: Predicate | undefined;
}

export interface AggregateUpdaterOptions {
  readonly keys: readonly Evaluator[];
  readonly aggregates: readonly AggregateSpec[];
  /** The key that carries the event time, to close groups by. */
  readonly timeKey?: { readonly key: number; readonly field?: number | undefined } | undefined;
  /** In place of timeKey: bytes of state in front of those of the aggregates that the operator keeps, and what they mean; the time that closes groups lies at `time`. */
  readonly own?: { readonly bytes: number; readonly time: number; readonly schema: string } | undefined;
  /** Whether the table keeps its changes for a log. */
  readonly logged?: boolean;
  /** No group is ever removed, nor is the table restored: groups may be found in faster ways beside it. */
  readonly keepsGroups?: boolean;
  /** Bytes that the operator keeps with a group for itself, given the bytes of its state: see StateTableOptions. */
  readonly localBytes?: (stateBytes: number) => number;
  /** What else a checkpoint must agree in. */
  readonly layout?: string;
  readonly account?: MemoryAccount;
}

interface Slot {
  readonly spec: AggregateSpec;
  /** Offset of columnar state behind a row's address; of object aggregates their number. */
  readonly place: number;
  readonly object: ObjectAggregate<unknown> | undefined;
  /** Of DISTINCT: which (group, arguments) were there already. */
  readonly distinct: StateTable | undefined;
}

/** States that are merged at once. */
const ABSORBED_BYTES = 1 << 21;

export class AggregateUpdater {
  readonly table: StateTable;
  readonly keyTypes: readonly DataType[];
  readonly #keys: readonly Evaluator[];
  readonly #slots: readonly Slot[];
  readonly #finder: GroupFinder | undefined;
  /** Bytes of values on JavaScript's heap that are counted; undefined where groups come and go, and with them values. */
  #kept: number | undefined;

  constructor(options: AggregateUpdaterOptions) {
    this.#keys = options.keys;
    this.keyTypes = options.keys.map(key => key.type);
    const objects = options.aggregates.map(({ call }) => call.binding.implementation).filter(implementation => implementation.kind === "object")
      .map(implementation => implementation as unknown as ObjectAggregate<unknown>);
    const { own } = options, ownBytes = own?.bytes ?? 0;
    const stateBytes = ownBytes + options.aggregates.reduce((sum, { call: { binding: { implementation } } }) => sum + (implementation.kind === "columnar" ? implementation.stateBytes : 0), 0);
    this.table = new StateTable({
      keyTypes: this.keyTypes, stateBytes, objects, stateSchema: [...(own === undefined ? [] : [own.schema]), ...(options.layout === undefined ? [] : [options.layout]), ...options.aggregates.map(schemaOfAggregate)].join(", "),
      timeKey: options.timeKey, ...(own && { timeState: own.time }), logged: options.logged ?? false, ...(options.account && { account: options.account }),
      ...(options.localBytes && { localBytes: options.localBytes(stateBytes) }),
    });
    this.#finder = options.keepsGroups === true ? groupFinder(this.table, options.account) : undefined;
    this.#kept = options.keepsGroups === true ? 0 : undefined;
    let offset = this.table.stateOffset + ownBytes, number = 0;
    this.#slots = options.aggregates.map(spec => {
      const { implementation } = spec.call.binding;
      const distinct = spec.call.distinct ? new StateTable({ keyTypes: [BIGINT, ...spec.args.map(arg => arg.type)], stateBytes: 8, ...(options.account && { account: options.account }) }) : undefined;
      if (implementation.kind === "object") return { spec, place: number++, object: implementation as unknown as ObjectAggregate<unknown>, distinct };
      const place = offset;
      offset += implementation.stateBytes;
      return { spec, place, object: undefined, distinct };
    });
  }

  /** Bytes of all state. */
  get bytes(): number { return this.#slots.reduce((sum, { distinct }) => sum + (distinct?.bytes ?? 0), this.table.bytes); }

  /** Adds the selected rows. `rows`: part of the batch's selection. Columns are evaluated in the context's arena. */
  update(batch: Batch, rows: Selection, context: ExecutionContext): void {
    if (rows.count === 0) return;
    this.updateAt((this.#finder ?? this.table).upsert(this.#keys.map(key => key.evaluate(batch, rows, context)), rows, batch.length), batch, rows, context);
  }

  /** As update, for rows whose groups are known: `addresses` (u32), one a row of the selection. */
  updateAt(addresses: number, batch: Batch, rows: Selection, context: ExecutionContext): void {
    for (const slot of this.#slots) this.#updateOne(slot, batch, rows, addresses, context);
  }

  /** The columns of groups: keys, then results. `addresses`: u32 each. Valid until the arena is reset or a group removed. */
  results(addresses: number, count: number, context: ExecutionContext, arena: Arena = context.arena): Vector[] {
    const evaluation = arena === context.arena ? context : { arena, settings: context.settings, batchTimeMicros: context.batchTimeMicros, seed: context.seed };
    const columns = this.table.keyVectors(addresses, count, arena);
    for (const { spec: { call: { binding } }, place, object } of this.#slots) {
      if (object === undefined) {
        const { implementation } = binding;
        if (implementation.kind === "columnar") columns.push(implementation.finish(addresses, count, place, evaluation));
        continue;
      }
      const states = this.table.objects.list(place), words = linearMemory().u32, cells: Cell[] = [];
      for (let i = 0; i < count; i++) cells.push(object.finish(states[this.table.objects.slotOf(words[(addresses >>> 2) + i]!)], evaluation));
      columns.push(vectorOf(binding.type, cells, arena));
    }
    return columns;
  }

  /**
   * Adds the states of groups to others: sessions, slices and parts of a batch that become one. `to`, `from`: `count` u32
   * addresses each, merged pair by pair in order. `source`: whose groups those at `from` are, with the same aggregates.
   * DISTINCT can't be merged.
   */
  merge(to: number, from: number, count: number, source: AggregateUpdater = this): void {
    const words = linearMemory().u32;
    for (const { spec: { call: { binding: { implementation } } }, place, object } of this.#slots) {
      if (object === undefined) {
        if (implementation.kind === "columnar") implementation.merge(to, from, count, place);
        continue;
      }
      const { objects } = this.table, states = objects.list(place), others = source.table.objects.list(place);
      for (let i = 0; i < count; i++) {
        const slot = objects.slotOf(words[(to >>> 2) + i]!);
        states[slot] = object.merge(states[slot], others[source.table.objects.slotOf(words[(from >>> 2) + i]!)]);
      }
    }
  }

  /**
   * Adds all groups of another updater of the same keys and aggregates, in the order in which they were made. States are
   * merged through empty ones, as Spark's PartialMerge does with what it restored and what is new: doubles round alike.
   */
  absorb(parts: AggregateUpdater, { arena }: ExecutionContext): void {
    const { table } = this, { objects } = table, { pointer, count } = parts.table.allAddresses(), words = linearMemory().u32, mark = arena.mark();
    const atOnce = Math.max(1, Math.min(BATCH_ROWS, Math.floor(ABSORBED_BYTES / table.rowBytes)));
    for (let first = 0; first < count; first += atOnce) {
      const rows = Math.min(atOnce, count - first), from = pointer + 4 * first, selection = { pointer: 0, count: rows };
      const groups = table.upsert(parts.table.keyVectors(from, rows, arena), selection, rows);
      const states = arena.allocateZeroed(2 * rows * table.rowBytes), merged = arena.allocate(4 * rows), added = arena.allocate(4 * rows);
      for (let i = 0; i < rows; i++) {
        words[(merged >>> 2) + i] = states + 2 * i * table.rowBytes;
        words[(added >>> 2) + i] = states + (2 * i + 1) * table.rowBytes;
      }
      this.merge(merged, groups, rows);
      this.merge(added, from, rows, parts);
      this.merge(merged, added, rows);
      kernels().aggCopyStates(groups, merged, rows, table.stateOffset, table.localOffset - table.stateOffset);
      for (const { place, object } of this.#slots) {
        if (object === undefined) continue;
        const list = objects.list(place);
        for (let i = 0; i < rows; i++) list[objects.slotOf(words[(groups >>> 2) + i]!)] = list[objects.slotOf(words[(merged >>> 2) + i]!)];
      }
      objects.removeRows(merged, rows);
      objects.removeRows(added, rows);
      arena.rewind(mark);
    }
  }

  release(): void {
    linearMemory().unreserve(this.#kept ?? 0);
    this.#kept &&= 0;
    this.#finder?.release();
    this.table.release();
    for (const { distinct } of this.#slots) distinct?.release();
  }

  #updateOne(slot: Slot, batch: Batch, rows: Selection, addresses: number, context: ExecutionContext): void {
    const { spec, place, object, distinct } = slot;
    if (spec.filter !== undefined) {
      const kept = spec.filter(new Batch(batch.schema, batch.columns, batch.length, rows), rows, context);
      if (kept.count === 0) return;
      if (kept.count < rows.count) {
        const aligned = context.arena.allocate(4 * kept.count);
        kernels().alignAddresses(rows.pointer, addresses, kept.pointer, kept.count, aligned);
        rows = kept;
        addresses = aligned;
      }
    }
    const args = spec.args.map(arg => arg.evaluate(batch, rows, context));
    if (distinct !== undefined) {
      const { arena } = context, groups = arena.allocate(8 * batch.length);
      kernels().scatterAddresses(rows.pointer, addresses, rows.count, groups);
      distinct.beginBatch();
      const seen = distinct.upsert([new Vector(BIGINT, groups, 0), ...args], rows, batch.length);
      const first = arena.allocate(4 * rows.count + 4), firstAddresses = arena.allocate(4 * rows.count + 4);
      const count = kernels().selectFirst(seen, distinct.stateOffset, rows.pointer, addresses, rows.count, first, firstAddresses);
      rows = { pointer: first, count };
      addresses = firstAddresses;
      if (count === 0) return;
    }
    const { implementation } = spec.call.binding;
    if (object !== undefined) this.#updateObjects(object, place, args, rows, addresses, context);
    else if (implementation.kind === "columnar") implementation.update(args, rows, addresses, place, context);
  }

  #updateObjects(object: ObjectAggregate<unknown>, place: number, args: readonly Vector[], { pointer, count }: Selection, addresses: number, context: ExecutionContext): void {
    const { objects } = this.table, states = objects.list(place), words = linearMemory().u32;
    if (object.keepsValues === true && this.#kept !== undefined) {
      const bytes = args.reduce((sum, arg) => sum + bytesOnHeap(arg, { pointer, count }), 0);
      linearMemory().reserve(bytes);
      this.#kept += bytes;
    }
    const cells: Cell[] = new Array<Cell>(args.length).fill(null);
    for (let i = 0; i < count; i++) {
      const row = pointer === 0 ? i : words[(pointer >>> 2) + i]!, slot = objects.slotOf(words[(addresses >>> 2) + i]!);
      for (let k = 0; k < args.length; k++) cells[k] = cellAt(args[k]!, row);
      states[slot] = object.update(states[slot], cells, context);
    }
  }
}

/** About what the values of a column take as JavaScript's. */
function bytesOnHeap(vector: Vector, { pointer, count }: Selection): number {
  if (vector.isConstant) return 8 * count;
  switch (vector.physical) {
    case "view": return 32 * count + kernels().longBytes(vector.data, -1, pointer, count);
    case "i64": case "i128": return 32 * count;
    case "list": case "struct": case "object": return 128 * count;
    default: return 8 * count;
  }
}

function schemaOfAggregate({ call: { binding, distinct }, args }: AggregateSpec): string {
  const { implementation } = binding;
  return `${distinct ? "distinct " : ""}${implementation.kind}(${args.map(arg => typeToSql(arg.type)).join(", ")}) ${typeToSql(binding.type)}${implementation.kind === "columnar" ? ` ${implementation.stateBytes}` : ""}`;
}
