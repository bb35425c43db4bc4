/**
 * Joins two streams. Rows of both sides are kept until the watermark says that no partner can come any more; a new row
 * meets the kept rows of the other side and is then kept itself, so each pair is met once. Rows of an outer side that
 * never met a partner come out beside nulls when they leave. The rules, and what the metrics count, are those of Spark's
 * StreamingSymmetricHashJoinExec.
 */
import { BATCH_ROWS, Batch, type Selection } from "../columns/batch.ts";
import { cellAt, selectedRows } from "../columns/cells.ts";
import { ByteWriter } from "../columns/row-codec.ts";
import { RowResults } from "../columns/row-results.ts";
import type { Vector } from "../columns/vector.ts";
import type { Arena } from "../memory/arena.ts";
import type { Evaluator } from "../plan/function.ts";
import { RowStore, keyText, type StoredRow } from "../state/row-store.ts";
import type { Cell } from "../types/cell.ts";
import type { DataType, StructType } from "../types/data-type.ts";
import type { ExecutionContext } from "./context.ts";
import { dropLate } from "./event-time-key.ts";
import type { Predicate } from "./filter.ts";
import { rowsWithKeys } from "./join-build.ts";
import { framesOf, joinView } from "./join-view.ts";
import type { Operator } from "./operator.ts";
import type { StateMetrics, StatefulOperator } from "./stateful.ts";
import type { StateView } from "./state-view.ts";

/** When a side's rows leave: the time of one of its keys or columns (`field` 1: the end of a window) is at or before the bound for a watermark. */
export interface JoinEviction {
  readonly from: "key" | "column";
  readonly index: number;
  readonly field: number | undefined;
  readonly bound: (watermarkMicros: bigint) => bigint;
}

export interface JoinSideParts {
  readonly schema: StructType;
  readonly keys: readonly Evaluator[];
  /** What the condition asks of this side alone. */
  readonly prefilter: Predicate | undefined;
  /** Outer: rows without a partner come out beside nulls. */
  readonly keepsUnmatched: boolean;
  /** Whether rows with a null key are of no use: they match nothing, and needn't be kept for their own sake. */
  readonly dropsNullKeys: boolean;
  /** The column with a watermark, or -1. */
  readonly lateColumn: number;
  /** Undefined: rows never leave. */
  readonly eviction: JoinEviction | undefined;
}

export interface StreamJoinColumn { readonly side: 0 | 1; readonly column: number; readonly type: DataType }

export interface StreamJoinParts {
  readonly schema: StructType;
  readonly output: readonly StreamJoinColumn[];
  /** Left, right. */
  readonly sides: readonly [JoinSideParts, JoinSideParts];
  readonly nullSafe: readonly boolean[];
  /** The rest of the condition, over these columns of both sides. */
  readonly residual: { readonly columns: readonly StreamJoinColumn[]; readonly schema: StructType; readonly predicate: Predicate } | undefined;
  /** Left semi: left rows come out at their first match. */
  readonly isSemi: boolean;
  readonly operatorId: () => number;
}

type SideIndex = 0 | 1;
/** A row of this batch, or a stored one. */
interface JoinRow { readonly cells: readonly Cell[] }
interface NewRow extends JoinRow { readonly key: string; readonly time: bigint | null; matched: boolean }

export class StreamJoin implements StatefulOperator {
  readonly leftInput: Operator;
  readonly rightInput: Operator;
  readonly fingerprint: string;
  readonly #parts: StreamJoinParts;
  readonly #context: ExecutionContext;
  readonly #next: Operator;
  readonly #stores: readonly [RowStore, RowStore];
  readonly #keyTypes: readonly DataType[];
  readonly #writer = new ByteWriter();
  /** Left rows of a semi join wait for the right side's: one that meets a partner at once needn't be kept. */
  #waiting: NewRow[] = [];
  #view: StateView | undefined;
  #finished = 0;
  #updated = 0;
  #removed = 0;
  #late = 0;

  constructor(parts: StreamJoinParts, context: ExecutionContext, next: Operator) {
    this.#parts = parts;
    this.#context = context;
    this.#next = next;
    const [left, right] = parts.sides;
    this.#stores = [new RowStore(typesOf(left.schema)), new RowStore(typesOf(right.schema))];
    this.#keyTypes = left.keys.map(key => key.type);
    const text = (schema: StructType) => schema.fields.map(field => JSON.stringify(field.type)).join(", ");
    this.fingerprint = `${this.#keyTypes.map(type => JSON.stringify(type)).join(", ")} | ${text(left.schema)} join ${text(right.schema)}`;
    const port = (side: SideIndex): Operator => ({ push: batch => this.#take(side, batch), finish: () => this.finish() });
    this.leftInput = port(0);
    this.rightInput = port(1);
  }

  get operatorId(): number { return this.#parts.operatorId(); }
  get stateView(): StateView { return (this.#view ??= joinView({ keyTypes: this.#keyTypes, sides: [this.#parts.sides[0].schema, this.#parts.sides[1].schema] }, [...this.#stores])); }

  beginBatch(): void {
    for (const store of this.#stores) store.beginBatch();
    this.#finished = this.#updated = this.#removed = this.#late = 0;
    this.#waiting = [];
  }

  /** Rows come in through the two inputs. */
  push(batch: Batch): boolean { return this.leftInput.push(batch); }

  /** Called as each input ends. */
  finish(): void {
    if (++this.#finished < 2) return;
    this.#join(0, this.#waiting);
    this.#waiting = [];
    this.#evict(0);
    this.#evict(1);
    this.#next.finish();
  }

  changes(): readonly Uint8Array[] {
    return this.#stores.flatMap((store, side) => store.changes().map(bytes => framed([[side, bytes]])));
  }

  snapshot(fromKeyGroup: number, toKeyGroup: number): Uint8Array {
    return framed(this.#stores.map((store, side) => [side, store.snapshot(fromKeyGroup, toKeyGroup)] as const).filter(([, bytes]) => bytes.length > 0));
  }

  load(block: Uint8Array): void {
    for (const [side, bytes] of framesOf(block)) this.#stores[side].load(bytes);
  }

  metrics(): StateMetrics {
    const [left, right] = this.#stores;
    return {
      operatorName: "symmetricHashJoin", rowsTotal: left.count + right.count, rowsUpdated: this.#updated, rowsRemoved: this.#removed,
      rowsDroppedByWatermark: this.#late, memoryBytes: left.estimatedBytes + right.estimatedBytes, lateRows: this.#late,
    };
  }

  wantsBatch(watermarkMillis: number): boolean {
    return this.#parts.sides.some(side => side.eviction !== undefined) && this.#context.watermarkRisesTo(watermarkMillis);
  }

  release(): void { for (const store of this.#stores) store.clear(); }

  #take(side: SideIndex, batch: Batch): boolean {
    const parts = this.#parts.sides[side], context = this.#context;
    let rows = batch.selection;
    if (parts.lateColumn >= 0) {
      const column = batch.columns[parts.lateColumn]!;
      rows = dropLate(column.physical === "struct" ? column.children[1]! : column, rows, context);
      this.#late += batch.count - rows.count;
    }
    if (parts.prefilter !== undefined && rows.count > 0) {
      const passed = parts.prefilter(batch, rows, context);
      if (parts.keepsUnmatched && passed.count < rows.count) {
        const passing = new Set(selectedRows(selecting(batch, passed)));
        this.#emitAlone(side, [...selectedRows(selecting(batch, rows))].filter(row => !passing.has(row)).map(row => ({ cells: batch.columns.map(column => cellAt(column, row)) })));
      }
      rows = passed;
    }
    const keys = parts.keys.map(key => key.evaluate(batch, rows, context));
    if (parts.dropsNullKeys) rows = rowsWithKeys(this.#parts.nullSafe.map((nullSafe, i) => ({ probe: parts.keys[i]!, build: parts.keys[i]!, nullSafe })), keys, rows, context);
    if (rows.count === 0) return true;
    const { eviction } = parts;
    const arrived = Array.from(selectedRows(selecting(batch, rows)), (row): NewRow => {
      const cells = batch.columns.map(column => cellAt(column, row)), values = keys.map(key => cellAt(key, row));
      const timed = eviction === undefined ? null : (eviction.from === "key" ? values : cells)[eviction.index]!;
      const time = timed === null || eviction?.field === undefined ? timed : (timed as readonly Cell[])[eviction.field]!;
      return { cells, key: keyText(this.#keyTypes, values, this.#writer), time: time as bigint | null, matched: false };
    });
    if (this.#parts.isSemi && side === 0) for (const row of arrived) this.#waiting.push(row);
    else this.#join(side, arrived);
    return true;
  }

  #join(side: SideIndex, arrived: readonly NewRow[]): void {
    this.#meet(side, arrived);
    this.#store(side, arrived);
  }

  /** New rows and the kept rows of the other side with the same keys. */
  #meet(side: SideIndex, arrived: readonly NewRow[]): void {
    const others = this.#stores[1 - side]!;
    let mine: NewRow[] = [], theirs: StoredRow[] = [];
    const flush = () => {
      if (mine.length > 0) this.#pairs(side, mine, theirs);
      mine = [];
      theirs = [];
    };
    for (const row of arrived) {
      for (const other of others.rowsOf(row.key)) {
        mine.push(row);
        theirs.push(other);
        if (mine.length === BATCH_ROWS) flush();
      }
    }
    flush();
  }

  /** Candidates, as far as the condition holds for them. */
  #pairs(side: SideIndex, mine: readonly NewRow[], theirs: readonly StoredRow[]): void {
    const { residual, isSemi, sides } = this.#parts, { arena } = this.#context, others = this.#stores[1 - side]!, mark = arena.mark();
    let chosen: Iterable<number> = mine.keys();
    if (residual !== undefined) {
      const columns = residual.columns.map(c => columnOf(c.type, c.side === side ? mine : theirs, c.column, mine.length, arena));
      const candidates = new Batch(residual.schema, columns, mine.length);
      chosen = [...selectedRows(selecting(candidates, residual.predicate(candidates, candidates.selection, this.#context)))];
      arena.rewind(mark);
    }
    const lefts: JoinRow[] = [], rights: JoinRow[] = [];
    for (const i of chosen) {
      const row = mine[i]!, other = theirs[i]!;
      if (isSemi) {
        if (side === 0 ? !row.matched : other.isStored) lefts.push(side === 0 ? row : other);
        if (side === 1 && other.isStored) {
          others.remove(other);
          this.#removed++;
        }
      } else {
        lefts.push(side === 0 ? row : other);
        rights.push(side === 0 ? other : row);
        if (sides[1 - side]!.keepsUnmatched) others.match(other);
      }
      row.matched = true;
    }
    this.#emit(lefts, rights);
  }

  #store(side: SideIndex, arrived: readonly NewRow[]): void {
    const { isSemi, sides } = this.#parts, { keepsUnmatched } = sides[side], bound = this.#bound(side), isLast = isSemi ? side === 0 : this.#finished > 0;
    for (const row of arrived) {
      if (isSemi && side === 0 && row.matched) continue;
      // Whoever comes last has met all of this batch: what would leave at once needn't be kept, unless it comes out then.
      if (isLast && bound !== undefined && row.time !== null && row.time <= bound && !(keepsUnmatched && !row.matched)) continue;
      this.#stores[side].add(row.key, row.cells, row.time, row.matched);
      this.#updated++;
    }
  }

  #evict(side: SideIndex): void {
    const bound = this.#bound(side), store = this.#stores[side];
    if (bound === undefined) return;
    const expired = store.expired(bound);
    for (const row of expired) store.remove(row);
    this.#removed += expired.length;
    if (this.#parts.sides[side].keepsUnmatched) this.#emitAlone(side, expired.filter(row => !row.matched));
  }

  #bound(side: SideIndex): bigint | undefined {
    const { watermarkMicros } = this.#context;
    return watermarkMicros === null ? undefined : this.#parts.sides[side].eviction?.bound(watermarkMicros);
  }

  /** Rows of one side beside nulls. */
  #emitAlone(side: SideIndex, rows: readonly JoinRow[]): void {
    const nothing: readonly JoinRow[] = [];
    for (let from = 0; from < rows.length; from += BATCH_ROWS) {
      const part = rows.slice(from, from + BATCH_ROWS);
      this.#emit(side === 0 ? part : nothing, side === 0 ? nothing : part);
    }
  }

  /** Row by row, one beside the other; a side without rows is null. */
  #emit(lefts: readonly JoinRow[], rights: readonly JoinRow[]): void {
    const count = Math.max(lefts.length, rights.length);
    if (count === 0) return;
    const { schema, output } = this.#parts, { arena } = this.#context, mark = arena.mark();
    const columns = output.map(({ side, column, type }) => columnOf(type, side === 0 ? lefts : rights, column, count, arena));
    this.#next.push(new Batch(schema, columns, count));
    arena.rewind(mark);
  }
}

const selecting = (batch: Batch, rows: Selection): Batch => new Batch(batch.schema, batch.columns, batch.length, rows);
const typesOf = (schema: StructType): readonly DataType[] => schema.fields.map(field => field.type);

/** A column of rows; null where there are none. */
function columnOf(type: DataType, rows: readonly JoinRow[], column: number, count: number, arena: Arena): Vector {
  const results = new RowResults(type, count, arena);
  for (let i = 0; i < count; i++) results.set(i, rows[i]?.cells[column] ?? null);
  return results.finish();
}

/** Blocks of the two sides behind one another. */
function framed(blocks: readonly (readonly [side: number, bytes: Uint8Array])[]): Uint8Array {
  const writer = new ByteWriter();
  for (const [side, bytes] of blocks) {
    writer.byte(side);
    writer.varint(bytes.length);
    writer.bytes(bytes);
  }
  return writer.take();
}
