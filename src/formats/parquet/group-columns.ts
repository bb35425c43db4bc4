/**
 * The columns of a row group, some thousand rows at a time. What a narrowing looks at is decoded first, the rest only for the rows that
 * are left. A condition on one column with a small dictionary is asked once for each of its entries, and then looked up by their numbers.
 */
import { BATCH_ROWS, type Selection } from "../../columns/batch.ts";
import { Vector } from "../../columns/vector.ts";
import { kernels } from "../../kernels/kernels.ts";
import { Arena } from "../../memory/arena.ts";
import { linearMemory } from "../../memory/linear-memory.ts";
import type { FileBytes } from "../file-format.ts";
import type { Narrowing, NarrowingStage } from "../narrowing.ts";
import { Assembler } from "./assemble.ts";
import { ChunkBytes } from "./chunk-bytes.ts";
import type { Dictionary } from "./decoders.ts";
import { LeafReader } from "./leaf-reader.ts";
import type { ColumnChunk, RowGroup } from "./metadata.ts";
import type { ReadNode, ReadPlan } from "./read-plan.ts";
import { Malformed } from "./thrift.ts";

/** Chunks that lie so near are read at once, up to so many bytes. */
const GAP_BYTES = 64 * 1024, TOGETHER_BYTES = 8 << 20;
/** Values are picked one by one where at most this share of rows is wanted; without a dictionary copying all is cheap. */
const PICKED = 0.75, PICKED_PLAIN = 0.15;
/** A dictionary is asked where it has at most this share of the rows. */
const ASKED = 0.5;

/** A column of the result in the batch under way. */
interface Column {
  readonly node: ReadNode;
  /** Leaves whose levels or values it needs. */
  readonly leaves: readonly number[];
  readonly isFlat: boolean;
  isPrepared: boolean;
  /** Rows before this batch that nobody wanted and that weren't read. */
  owed: number;
  vector: Vector | undefined;
  /** Numbers of dictionary entries, which were read in place of the values. */
  codes: number;
}

export class GroupColumns {
  readonly #file: FileBytes;
  readonly #plan: ReadPlan;
  readonly #rows: number;
  readonly #chunks: readonly ColumnChunk[];
  readonly #arena: Arena;
  readonly #kept = new Arena();
  readonly #readers: (LeafReader | undefined)[];
  readonly #assembler: Assembler;
  readonly #columns: readonly Column[];
  /** Of each stage and column with a dictionary, a byte an entry: whether the stage lets it through. */
  readonly #letThrough = new Map<NarrowingStage, number>();

  /** `arena`: for the vectors of one batch. */
  constructor(file: FileBytes, plan: ReadPlan, group: RowGroup, chunks: readonly ColumnChunk[], arena: Arena) {
    this.#file = file;
    this.#plan = plan;
    this.#rows = group.rows;
    this.#chunks = chunks;
    this.#arena = arena;
    this.#readers = plan.leaves.map(() => undefined);
    this.#assembler = new Assembler(this.#readers, arena);
    this.#columns = plan.columns.map(node => ({
      node, leaves: leavesOf(node), isFlat: node.kind === "leaf" && node.column.node.maxRep === 0 && node.column.depth === 0, isPrepared: false, owed: 0, vector: undefined, codes: 0,
    }));
  }

  /** The next rows, as far as they meet the narrowing, whose stages name columns by place; undefined if none does. @throws Malformed */
  async next(rows: number, narrowing: Narrowing | undefined, placeOf: (name: string) => number): Promise<{ readonly vectors: readonly Vector[]; readonly selection: Selection } | undefined> {
    let selection: Selection = { pointer: 0, count: rows };
    this.#assembler.begin(rows);
    for (const column of this.#columns) {
      column.vector = undefined;
      column.isPrepared = false;
      column.codes = 0;
    }
    for (const stage of narrowing?.stages ?? NONE) {
      const columns = stage.columns.map(name => this.#columns[placeOf(name)]!);
      await this.#prepare(columns, rows);
      selection = this.#byEntries(stage, columns, rows, selection) ?? stage.select(columns.map(column => this.#vectorOf(column, rows, selection)), rows, selection);
      if (selection.count > 0) continue;
      for (const column of this.#columns) if (!column.isPrepared) await this.#passed(column, rows);
      return undefined;
    }
    await this.#prepare(this.#columns, rows);
    const vectors = this.#columns.map(column => this.#vectorOf(column, rows, selection));
    this.#plan.leaves.forEach(({ conversion }, i) => { if (conversion === undefined) this.#readers[i]!.forget(); });
    return { vectors, selection };
  }

  release(): void {
    for (const reader of this.#readers) reader?.release();
    this.#kept.release();
  }

  async #prepare(columns: readonly Column[], rows: number): Promise<void> {
    const missing = columns.flatMap(({ leaves }) => leaves.filter(leaf => this.#readers[leaf] === undefined));
    if (missing.length > 0) await this.#open([...new Set(missing)]);
    for (const column of columns) {
      if (column.isPrepared) continue;
      column.isPrepared = true;
      if (column.owed > 0) this.#readers[column.leaves[0]!]!.pass(column.owed);
      column.owed = 0;
      for (const leaf of column.leaves) {
        const loading = this.#readers[leaf]!.prepare(rows);
        if (loading !== undefined) await loading;
      }
    }
  }

  /** No row of the batch is wanted. */
  async #passed(column: Column, rows: number): Promise<void> {
    if (column.isFlat) column.owed += rows;
    if (column.isFlat || column.leaves.length === 0) return;
    await this.#prepare([column], rows);
    this.#vectorOf(column, rows, { pointer: 0, count: rows });
    for (const leaf of column.leaves) if (this.#plan.leaves[leaf]!.conversion === undefined) this.#readers[leaf]!.forget();
  }

  #vectorOf(column: Column, rows: number, selection: Selection): Vector {
    return (column.vector ??= column.isFlat ? this.#flat(column, rows, selection) : this.#assembler.column(column.node, rows));
  }

  #flat(column: Column, rows: number, selection: Selection): Vector {
    const node = column.node as Extract<ReadNode, { kind: "leaf" }>, reader = this.#readers[node.levels]!, { width } = node.conversion, arena = this.#arena;
    if (column.codes !== 0) {
      const { values } = reader.dictionary!, out = arena.allocate(rows * width);
      if (selection.count > PICKED * rows) kernels().packValues(width, values, column.codes, rows, out);
      else kernels().parquetPickRows(width, values, column.codes, 0, selection.pointer, selection.count, out);
      return new Vector(node.type, out, 0);
    }
    const { present } = this.#assembler.levels(node.levels);
    if (present < rows || !reader.picks || selection.count > (reader.dictionary === undefined ? PICKED_PLAIN : PICKED) * rows) return this.#assembler.column(node, rows);
    return new Vector(node.type, reader.valuesOf(selection, rows, arena), 0);
  }

  /** What a stage lets through by the numbers of dictionary entries; undefined where it must be asked about the values. */
  #byEntries(stage: NarrowingStage, [column, more]: readonly Column[], rows: number, selection: Selection): Selection | undefined {
    if (column === undefined || more !== undefined || !column.isFlat || column.vector !== undefined) return undefined;
    const node = column.node as Extract<ReadNode, { kind: "leaf" }>, reader = this.#readers[node.levels]!, { dictionary } = reader;
    if (dictionary === undefined || dictionary.count > ASKED * this.#rows || this.#assembler.levels(node.levels).present < rows) return undefined;
    const letThrough = this.#letThrough.get(stage) ?? this.#ask(stage, node, dictionary);
    if (column.codes === 0) column.codes = reader.codes(rows, this.#arena);
    const pointer = this.#arena.allocate(4 * selection.count);
    return { pointer, count: kernels().parquetSelectCodes(letThrough, column.codes, selection.pointer, selection.count, pointer) };
  }

  #ask(stage: NarrowingStage, { type, conversion: { width } }: Extract<ReadNode, { kind: "leaf" }>, { values, count }: Dictionary): number {
    const bytes = this.#kept.allocateZeroed(count);
    for (let from = 0; from < count; from += BATCH_ROWS) {
      const rows = Math.min(count - from, BATCH_ROWS), { pointer, count: met } = stage.select([new Vector(type, values + from * width, 0)], rows, { pointer: 0, count: rows });
      kernels().fillRows(1, pointer, met, bytes + from);
    }
    this.#letThrough.set(stage, bytes);
    return bytes;
  }

  async #open(leaves: readonly number[]): Promise<void> {
    const pieces = await this.#readTogether(leaves);
    leaves.forEach((leaf, i) => {
      const { column, conversion } = this.#plan.leaves[leaf]!, chunk = this.#chunks[leaf]!, { node } = column;
      if (node.maxRep === 0 && chunk.values !== this.#rows) throw new Malformed(`the column ${node.name} has ${chunk.values} values in ${this.#rows} rows`);
      const reader = new LeafReader(node, chunk, new ChunkBytes(this.#file, chunk.offset, chunk.bytes, pieces[i]), conversion);
      this.#readers[leaf] = reader;
    });
  }

  /** Chunks that are small and near each other, by one read each such run; undefined for those that are read alone. */
  async #readTogether(leaves: readonly number[]): Promise<(Uint8Array | undefined)[]> {
    const chunks = leaves.map(leaf => this.#chunks[leaf]!), pieces = new Array<Uint8Array | undefined>(chunks.length).fill(undefined), { size } = this.#file;
    const order = [...chunks.keys()].filter(i => chunks[i]!.offset + chunks[i]!.bytes <= size).sort((a, b) => chunks[a]!.offset - chunks[b]!.offset);
    if (order.reduce((sum, i) => sum + chunks[i]!.bytes, 0) > TOGETHER_BYTES) return pieces;
    for (let first = 0, next = 0; first < order.length; first = next) {
      const from = chunks[order[first]!]!.offset;
      let to = from;
      for (next = first; next < order.length; next++) {
        const { offset, bytes } = chunks[order[next]!]!;
        if (offset > to + GAP_BYTES) break;
        to = Math.max(to, offset + bytes);
      }
      const at = this.#kept.allocate(to - from), bytes = await this.#file.read(from, to - from, linearMemory().u8.subarray(at, at + to - from));
      for (const i of order.slice(first, next)) pieces[i] = bytes.subarray(chunks[i]!.offset - from, chunks[i]!.offset - from + chunks[i]!.bytes);
    }
    return pieces;
  }
}

const NONE: readonly NarrowingStage[] = [];

function leavesOf(node: ReadNode): readonly number[] {
  if (node.kind === "missing") return [];
  return [...new Set([node.levels, ...(node.kind === "leaf" ? [] : node.children.flatMap(leavesOf))])];
}

