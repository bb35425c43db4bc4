/**
 * Joins the rows of one side, the probe side, with those of the other, the build side, which is read and kept first.
 * Equal keys find their partners in a table; without keys every pair of rows is a candidate. What else the condition
 * asks is evaluated over the candidates alone, some thousand at a time. Over a stream the build side is the bounded
 * side, read anew for a batch of the query when it may have changed.
 */
import { BATCH_ROWS, Batch, type Selection } from "../columns/batch.ts";
import { constantVector } from "../columns/cells.ts";
import { gather } from "../columns/gather.ts";
import { listedAt } from "../columns/selections.ts";
import { Vector } from "../columns/vector.ts";
import { kernels } from "../kernels/kernels.ts";
import { linearMemory } from "../memory/linear-memory.ts";
import type { DataType, StructType } from "../types/data-type.ts";
import type { ExecutionContext } from "./context.ts";
import type { Predicate } from "./filter.ts";
import { JoinBuild, rowsWithKeys, type JoinKey } from "./join-build.ts";
import type { Operator } from "./operator.ts";
import { absentAsNull, rowsFrom, withLoneRows, type OuterPosition } from "./outer-rows.ts";

/** A column of one side: of the probe side by place in its batches, of the build side by place among the kept columns. */
export interface JoinColumn { readonly side: "probe" | "build"; readonly column: number; readonly type: DataType }

export interface HashJoinParts {
  readonly schema: StructType;
  readonly output: readonly JoinColumn[];
  readonly keys: readonly JoinKey[];
  /** The rest of the condition, over these columns. */
  readonly residual: { readonly columns: readonly JoinColumn[]; readonly schema: StructType; readonly predicate: Predicate } | undefined;
  /** Columns of the build side that are kept, by place in its batches. */
  readonly buildColumns: readonly { readonly column: number; readonly type: DataType }[];
  /**
   * pairs: a row for each match. semi, anti: probe rows with a match, or without. null_aware_anti: NOT IN, of one key:
   * as anti, but a null on either side leaves it open whether there is a match.
   */
  readonly kind: "pairs" | "semi" | "anti" | "null_aware_anti";
  /** Of semi and anti: the rows that come out are the kept ones, once all of the other side was seen. */
  readonly emitsBuild?: boolean;
  /** Outer joins: rows without a match come out beside nulls. */
  readonly keepProbe: boolean;
  readonly keepBuild: boolean;
}

export class HashJoin implements Operator {
  /** Takes the rows of the build side; it must be finished before the first row of the probe side comes. */
  readonly buildInput: Operator;
  readonly #parts: HashJoinParts;
  readonly #context: ExecutionContext;
  readonly #next: Operator;
  #build: JoinBuild | undefined;
  /** Whether the build side stays for the next batch of the query, until `forget`. */
  keepsBuild = false;
  /** Of each kept build row, a byte: whether it found a partner. Kept for outer joins. */
  #matched: Uint8Array | undefined;

  constructor(parts: HashJoinParts, context: ExecutionContext, next: Operator) {
    this.#parts = parts;
    this.#context = context;
    this.#next = next;
    this.buildInput = {
      push: batch => {
        this.#built.add(batch, context);
        return !this.knowsEnough;
      },
      finish: () => {
        this.#built.seal(context);
        if (parts.keepBuild || parts.emitsBuild) this.#matched = new Uint8Array(this.#built.kept);
      },
    };
  }

  get #built(): JoinBuild {
    const { keys, buildColumns, kind, residual, keepBuild, emitsBuild } = this.#parts;
    return (this.#build ??= this.#context.hold(new JoinBuild({
      keys, columns: buildColumns, keepsRows: kind === "pairs" || emitsBuild === true || residual !== undefined, keepsUnmatchable: keepBuild || emitsBuild === true && kind === "anti",
    })));
  }

  /** Of the build side: one row is enough to know that there are rows. */
  get knowsEnough(): boolean {
    const { keys, kind, emitsBuild, residual } = this.#parts;
    return keys.length === 0 && kind !== "pairs" && emitsBuild !== true && residual === undefined && this.#build !== undefined && this.#build.rows > 0;
  }

  /** Known when the build side is finished: no row of the other side has a partner, and only those with one would come out. NOT IN a list with a null is never true. */
  get letsNothingThrough(): boolean {
    const { kind, keepProbe, emitsBuild } = this.#parts, build = this.#build;
    if (build === undefined || !build.isSealed) return false;
    if (kind === "null_aware_anti") return build.hasNullKey;
    if (emitsBuild === true) return build.kept === 0;
    return build.rows === 0 && !keepProbe && (kind === "pairs" || kind === "semi");
  }

  push(batch: Batch): boolean {
    const { kind, keepProbe, keepBuild, residual } = this.#parts, build = this.#built;
    if (this.#parts.emitsBuild) return build.kept > 0 && this.#markBuild(batch);
    if (build.rows === 0 && !keepProbe) return kind !== "pairs" && kind !== "semi" && this.#next.push(this.#probeRows(batch, batch.selection));
    if (kind === "null_aware_anti" && build.hasNullKey) return false;
    if (kind === "pairs" && residual === undefined && !keepBuild && build.rows === 1 && this.#parts.keys.length === 0) return this.#next.push(this.#besideOne(batch));
    const { arena } = this.#context, matched = keepProbe || kind !== "pairs" ? arena.allocateZeroed(batch.length) : 0;
    const values = this.#parts.keys.map(key => key.probe.evaluate(batch, batch.selection, this.#context));
    const rows = rowsWithKeys(this.#parts.keys, values, batch.selection, this.#context);
    const outer: OuterPosition | undefined = kind === "pairs" && keepProbe ? { at: 0 } : undefined;
    const more = this.#match(batch, values, rows, matched, outer);
    if (!more || matched === 0) return more;
    const rest = outer === undefined ? batch.selection : rowsFrom(batch.selection, outer.at, arena);
    const candidates = kind === "null_aware_anti" ? rows : rest, pointer = arena.allocate(4 * candidates.count + 4);
    const chosen = { pointer, count: kernels().selectByValidity(matched, -1, kind === "semi" ? 1 : 0, candidates.pointer, candidates.count, pointer) };
    return chosen.count === 0 || this.#next.push(this.#probeRows(batch, chosen));
  }

  /** Rows of the kept side that have a match are marked, and nothing goes on. */
  #markBuild(batch: Batch): boolean {
    const values = this.#parts.keys.map(key => key.probe.evaluate(batch, batch.selection, this.#context));
    return this.#match(batch, values, rowsWithKeys(this.#parts.keys, values, batch.selection, this.#context), 0);
  }

  finish(): void {
    if (this.#matched !== undefined) this.#ofBuild(this.#matched, this.#parts.emitsBuild === true && this.#parts.kind === "semi" ? 1 : 0);
    this.#matched = undefined;
    if (!this.keepsBuild) this.forget();
    this.#next.finish();
  }

  /** Gives the build side back. */
  forget(): void {
    this.#context.drop(this.#build);
    this.#build = undefined;
  }

  /** Finds the matches of rows: pairs go on, `matched` is set for rows that have one. */
  #match(batch: Batch, values: readonly Vector[], rows: Selection, matched: number, outer?: OuterPosition): boolean {
    if (rows.count === 0) return true;
    const { kind, residual, keys } = this.#parts, build = this.#built, kernel = kernels(), { arena } = this.#context;
    if (build.isUnique && rows.count <= BATCH_ROWS) {
      const probeRows = arena.allocate(4 * rows.count + 4), buildRows = arena.allocate(4 * rows.count + 4), count = build.pairsOnce(values, rows, batch.length, probeRows, buildRows);
      return count === 0 || this.#pairs(batch, probeRows, buildRows, count, matched, outer);
    }
    const addresses = keys.length === 0 ? 0 : build.find(values, rows, batch.length);
    if (residual === undefined && kind !== "pairs" && !this.#parts.emitsBuild) {
      if (addresses !== 0) kernel.joinMarkFound(addresses, rows.pointer, rows.count, matched);
      else if (build.rows > 0) linearMemory().u8.fill(1, matched, matched + batch.length);
      return true;
    }
    const cursor = arena.allocateZeroed(8), probeRows = arena.allocate(4 * BATCH_ROWS), buildRows = arena.allocate(4 * BATCH_ROWS), mark = arena.mark();
    for (;;) {
      const count = build.pairs(addresses, rows, cursor, probeRows, buildRows, BATCH_ROWS);
      if (count === 0) return true;
      const more = this.#pairs(batch, probeRows, buildRows, count, matched, outer);
      arena.rewind(mark);
      if (!more) return false;
    }
  }

  /** Candidates, as far as the condition holds for them. */
  #pairs(batch: Batch, probeRows: number, buildRows: number, count: number, matched: number, outer: OuterPosition | undefined): boolean {
    const { kind, residual, schema, output } = this.#parts, { arena } = this.#context, kernel = kernels();
    if (residual !== undefined) {
      const candidates = new Batch(residual.schema, this.#gather(residual.columns, batch, probeRows, buildRows, count), count);
      const kept = residual.predicate(candidates, candidates.selection, this.#context);
      if (kept.count === 0) return true;
      if (kept.count < count) {
        probeRows = listedAt(probeRows, kept, arena);
        buildRows = listedAt(buildRows, kept, arena);
        count = kept.count;
      }
    }
    if (matched !== 0) kernel.joinMarkRows(probeRows, count, matched);
    if (this.#matched !== undefined) {
      const words = linearMemory().u32, at = buildRows >>> 2;
      for (let i = 0; i < count; i++) this.#matched[words[at + i]!] = 1;
    }
    if (outer !== undefined) return this.#pushOuter(batch, probeRows, buildRows, count, matched, outer);
    return kind !== "pairs" || this.#next.push(new Batch(schema, this.#gather(output, batch, probeRows, buildRows, count), count));
  }

  /** Pairs of an outer join: the probe rows that have no partner go out between them. */
  #pushOuter(batch: Batch, probeRows: number, buildRows: number, count: number, matched: number, outer: OuterPosition): boolean {
    const { schema, output } = this.#parts, { arena } = this.#context;
    const rows = withLoneRows(batch.selection, outer, matched, probeRows, buildRows, count, arena);
    for (let from = 0, more = true; more && from < rows.count; from += BATCH_ROWS) {
      const some = Math.min(BATCH_ROWS, rows.count - from), columns = this.#gather(output, batch, rows.probe + 4 * from, rows.build + 4 * from, some);
      const vectors = rows.present === 0 ? columns : columns.map((vector, i) => output[i]!.side === "probe" ? vector : absentAsNull(vector, rows.present + from, some, arena));
      more = this.#next.push(new Batch(schema, vectors, some));
      if (!more) return false;
    }
    return true;
  }

  #gather(columns: readonly JoinColumn[], batch: Batch, probeRows: number, buildRows: number, count: number): Vector[] {
    const { arena } = this.#context, { vectors } = this.#built;
    // Ascending, and as many as there are: all rows, once each.
    const isWhole = count === batch.length && this.#built.isUnique;
    return columns.map(({ side, column }) => side === "probe" ? isWhole ? batch.columns[column]! : gather(batch.columns[column]!, probeRows, count, arena) : gather(vectors[column]!, buildRows, count, arena));
  }

  /** Probe rows alone; where the other side has columns they are null. */
  #probeRows(batch: Batch, rows: Selection): Batch {
    const { arena } = this.#context;
    return new Batch(this.#parts.schema, this.#parts.output.map(({ side, column, type }) => side === "probe" ? batch.columns[column]! : constantVector(type, null, arena)), batch.length, rows);
  }

  /** Every row beside the only row of the build side: nothing is copied. */
  #besideOne(batch: Batch): Batch {
    const { vectors } = this.#built;
    const columns = this.#parts.output.map(({ side, column }) => {
      if (side === "probe") return batch.columns[column]!;
      const { type, data, valid, children, objects } = vectors[column]!;
      return new Vector(type, data, valid, { isConstant: true, children, ...(objects && { objects }) });
    });
    return new Batch(this.#parts.schema, columns, batch.length, batch.selection);
  }

  /** Build rows that found a partner, or that found none: beside nulls where the other side has columns. */
  #ofBuild(matched: Uint8Array, wanted: 0 | 1): void {
    const { schema, output } = this.#parts, { vectors } = this.#built, { arena } = this.#context, words = linearMemory().u32, mark = arena.mark();
    for (let row = 0, more = true; more && row < matched.length;) {
      const rows = arena.allocate(4 * BATCH_ROWS);
      let count = 0;
      for (; row < matched.length && count < BATCH_ROWS; row++) if (matched[row] === wanted) words[(rows >>> 2) + count++] = row;
      const columns = output.map(({ side, column, type }) => side === "build" ? gather(vectors[column]!, rows, count, arena) : constantVector(type, null, arena));
      if (count > 0) more = this.#next.push(new Batch(schema, columns, count));
      arena.rewind(mark);
    }
  }
}
