/**
 * Passes every row on once for each row that a generator makes of it, the generated columns behind its own. Generators
 * that walk a list (explode, posexplode, inline) copy columns; others make rows of cells.
 */
import { BATCH_ROWS, Batch } from "../columns/batch.ts";
import { VectorBuilder, cellAt, vectorOf } from "../columns/cells.ts";
import { gather } from "../columns/gather.ts";
import { Vector } from "../columns/vector.ts";
import { linearMemory } from "../memory/linear-memory.ts";
import type { Evaluator } from "../plan/function.ts";
import type { Cell } from "../types/cell.ts";
import { INT, type DataType, type StructType } from "../types/data-type.ts";
import type { ExecutionContext } from "./context.ts";
import type { Operator } from "./operator.ts";

/** The rows that a generator makes of its arguments. */
export type RowGenerator = (args: readonly Cell[], context: ExecutionContext) => Iterable<readonly Cell[]>;

export interface GenerateParts {
  readonly schema: StructType;
  /** Places of the input's columns that go on. */
  readonly kept: readonly number[];
  /** Of the generated columns: which of the generator's columns they are. */
  readonly generated: readonly number[];
  readonly args: readonly Evaluator[];
  /** What the generator makes of each row. `list`: a row for each item of the one argument, a list. */
  readonly generator: { readonly kind: "list"; readonly position: boolean; readonly fields: boolean } | { readonly kind: "rows"; readonly output: StructType; readonly rows: RowGenerator };
  /** A row without generated rows goes on once, beside nulls. */
  readonly outer: boolean;
}

/** In place of an item's number: there is none. */
const NO_ITEM = -1;

export class Generate implements Operator {
  readonly #parts: GenerateParts;
  readonly #context: ExecutionContext;
  readonly #next: Operator;

  constructor(parts: GenerateParts, context: ExecutionContext, next: Operator) {
    this.#parts = parts;
    this.#context = context;
    this.#next = next;
  }

  push(batch: Batch): boolean {
    const { args, generator } = this.#parts, values = args.map(arg => arg.evaluate(batch, batch.selection, this.#context));
    return generator.kind === "list" ? this.#items(batch, values[0]!, generator.position, generator.fields) : this.#rows(batch, values, generator.output, generator.rows);
  }

  finish(): void { this.#next.finish(); }

  #items(batch: Batch, list: Vector, position: boolean, fields: boolean): boolean {
    const { arena } = this.#context, { u8: bytes, u32: words, i32: ints } = linearMemory(), { pointer, count } = batch.selection;
    const rows = arena.allocate(4 * BATCH_ROWS), items = arena.allocate(4 * BATCH_ROWS), positions = arena.allocate(4 * BATCH_ROWS), mark = arena.mark();
    let made = 0, missing = false, more = true;
    const emit = (row: number, item: number, at: number): void => {
      words[(rows >>> 2) + made] = row;
      ints[(items >>> 2) + made] = item;
      ints[(positions >>> 2) + made] = at;
      if (++made === BATCH_ROWS) flush();
    };
    const flush = (): void => {
      if (made > 0) more = this.#emit(batch, rows, made, this.#columns(list, { items, positions, made, missing, position, fields }));
      arena.rewind(mark);
      made = 0;
      missing = false;
    };
    for (let i = 0; i < count && more; i++) {
      const row = pointer === 0 ? i : words[(pointer >>> 2) + i]!, at = list.isConstant ? 0 : row;
      const isNull = list.valid !== 0 && bytes[list.valid + at] === 0;
      const from = isNull ? 0 : ints[(list.data >>> 2) + at]!, to = isNull ? 0 : ints[(list.data >>> 2) + at + 1]!;
      if (from === to && this.#parts.outer) {
        missing = true;
        emit(row, NO_ITEM, 0);
      }
      for (let item = from; item < to && more; item++) emit(row, item, item - from);
    }
    if (more) flush();
    return more;
  }

  #columns(list: Vector, { items, positions, made, missing, position, fields }: ItemRows): Vector[] {
    const { arena } = this.#context, { i32: ints, u8: bytes } = linearMemory();
    const parent = fields ? list.children[0]! : undefined, sources = parent?.children ?? list.children, validity = parent?.valid ?? 0;
    /** Column by column; value by value where an item, or the struct around a field, may be missing. */
    const built = (type: DataType, cell: (item: number, row: number) => Cell): Vector => {
      const builder = new VectorBuilder(type, arena, made);
      for (let i = 0; i < made; i++) {
        const item = ints[(items >>> 2) + i]!;
        builder.append(item === NO_ITEM || validity !== 0 && bytes[validity + item] === 0 ? null : cell(item, i));
      }
      return builder.finish();
    };
    return this.#parts.generated.map(column => {
      if (position && column === 0) return missing ? built(INT, (_item, row) => ints[(positions >>> 2) + row]!) : new Vector(INT, positions, 0);
      const source = sources[position ? column - 1 : column]!;
      return missing || validity !== 0 ? built(source.type, item => cellAt(source, item)) : gather(source, items, made, arena);
    });
  }

  #rows(batch: Batch, values: readonly Vector[], output: StructType, generator: RowGenerator): boolean {
    const { arena } = this.#context, { u32: words } = linearMemory(), { pointer, count } = batch.selection, nulls = output.fields.map(() => null);
    const rows = arena.allocate(4 * BATCH_ROWS), mark = arena.mark();
    let cells: (readonly Cell[])[] = [], more = true;
    const flush = (): void => {
      const made = cells;
      cells = [];
      if (made.length > 0) more = this.#emit(batch, rows, made.length, this.#parts.generated.map(column => vectorOf(output.fields[column]!.type, made.map(row => row[column]!), arena)));
      arena.rewind(mark);
    };
    for (let i = 0; i < count && more; i++) {
      const row = pointer === 0 ? i : words[(pointer >>> 2) + i]!;
      let some = false;
      const emit = (generated: readonly Cell[]): void => {
        some = true;
        words[(rows >>> 2) + cells.length] = row;
        if (cells.push(generated) === BATCH_ROWS) flush();
      };
      for (const generated of generator(values.map(value => cellAt(value, row)), this.#context)) {
        emit(generated);
        if (!more) return false;
      }
      if (!some && this.#parts.outer) emit(nulls);
    }
    if (more) flush();
    return more;
  }

  #emit(batch: Batch, rows: number, count: number, generated: readonly Vector[]): boolean {
    const kept = this.#parts.kept.map(column => gather(batch.columns[column]!, rows, count, this.#context.arena));
    return this.#next.push(new Batch(this.#parts.schema, [...kept, ...generated], count));
  }
}

/** Items of lists that become rows: their numbers, and their places in their lists. */
interface ItemRows { readonly items: number; readonly positions: number; readonly made: number; readonly missing: boolean; readonly position: boolean; readonly fields: boolean }
