/**
 * Runs a person's functions over values: rows become values at the edge, go through a chain of programs, and leave as values
 * or, by a schema, as rows. A batch of a stream is one run. A program that awaits something holds the end back until it is
 * settled.
 */
import { BATCH_ROWS, Batch } from "../columns/batch.ts";
import { cellAt, selectedRows } from "../columns/cells.ts";
import { RowResults } from "../columns/row-results.ts";
import { Vector } from "../columns/vector.ts";
import type { ValueEnvironment, ValueProgram, ValueRun } from "../plan/value-program.ts";
import type { Cell, VariantCell } from "../types/cell.ts";
import { VARIANT, field, struct, type StructType } from "../types/data-type.ts";
import { rowWriter } from "../types/edge-values.ts";
import type { ExecutionContext } from "./context.ts";
import type { Operator } from "./operator.ts";
import { ObjectReader } from "./program-rows.ts";
import { functionFailed } from "./values/errors.ts";

/** How many values an operator may hold unless the session says otherwise. */
const MAX_HELD = 10_000_000;
export const MAX_HELD_SETTING = "spark.millrace.functional.maxHeldValues";

export interface ValueMapParts {
  /** From the input to the output. */
  readonly programs: readonly ValueProgram[];
  /** The columns of each input; undefined for one of values. */
  readonly inputs: readonly (StructType | undefined)[];
  /** Undefined: values leave as they are. */
  readonly schema: StructType | undefined;
}

export class ValueMap {
  readonly #parts: ValueMapParts;
  readonly #context: ExecutionContext;
  readonly #output: ValueOutput;
  #runs: readonly ValueRun[] | undefined;
  #finished = 0;
  /** All inputs have ended, and what a program awaits has not. */
  #isHeldBack = false;
  #isStopping = false;

  constructor(parts: ValueMapParts, context: ExecutionContext, next: Operator) {
    this.#parts = parts;
    this.#context = context;
    this.#output = new ValueOutput(parts.schema, parts.programs.at(-1)!.operator, context, next);
  }

  get isAsync(): boolean { return this.#parts.programs.some(program => program.isAsync === true); }

  /** Where the rows of an input go. */
  input(index: number): Operator {
    const schema = this.#parts.inputs[index], reader = schema === undefined ? undefined : new ObjectReader(schema);
    return {
      push: batch => {
        const run = this.#open()[0]!, column = batch.columns[0]!, rows = reader?.over(batch.columns);
        for (const row of selectedRows(batch)) if (!run.push(rows === undefined ? (cellAt(column, row) as VariantCell).variant : rows.read(row), index)) return false;
        return this.#output.passOn();
      },
      finish: () => {
        if (++this.#finished < this.#parts.inputs.length) return;
        this.#finished = 0;
        if (this.isAsync) this.#isHeldBack = true;
        else this.#end();
      },
    };
  }

  async settle(signal: AbortSignal): Promise<void> {
    for (const run of this.#isHeldBack ? this.#open() : this.#runs ?? []) {
      await run.settle?.(signal);
      if (this.#isHeldBack) run.finish();
    }
    if (!this.#isHeldBack) return;
    this.#isHeldBack = false;
    this.#runs = undefined;
    this.#output.finish();
  }

  stopping(): void {
    this.#isStopping = true;
    for (const run of this.#runs ?? []) run.abandon?.();
  }

  #open(): readonly ValueRun[] {
    if (this.#runs !== undefined) return this.#runs;
    const environment: ValueEnvironment = { maxHeld: Number(this.#context.settings.conf.get(MAX_HELD_SETTING) ?? MAX_HELD) }, runs: ValueRun[] = [];
    let emit = (value: unknown): boolean => this.#output.add(value);
    this.#output.begin();
    for (const program of this.#parts.programs.toReversed()) {
      const run = program.open(emit, environment);
      runs.unshift(run);
      emit = value => run.push(value, 0);
      if (this.#isStopping) run.abandon?.();
    }
    return this.#runs = runs;
  }

  #end(): void {
    for (const run of this.#open()) run.finish();
    this.#runs = undefined;
    this.#output.finish();
  }
}

const VALUES = struct([field("value", VARIANT, false)]);

/** The first values leave together when there are so many, and then twice as many each time, up to a batch: who wants a few needn't wait for thousands. */
const FIRST = 64;

/** Values on their way out, as columns. */
class ValueOutput {
  readonly #schema: StructType | undefined;
  readonly #operator: string;
  readonly #context: ExecutionContext;
  readonly #next: Operator;
  readonly #write: ((row: object) => Cell[]) | undefined;
  #values: Cell[] = [];
  #rows: Cell[][] = [];
  #count = 0;
  #isWanted = true;
  #due = FIRST;

  constructor(schema: StructType | undefined, operator: string, context: ExecutionContext, next: Operator) {
    this.#schema = schema;
    this.#operator = operator;
    this.#context = context;
    this.#next = next;
    this.#write = schema === undefined ? undefined : rowWriter(schema);
  }

  begin(): void {
    this.#count = 0;
    this.#isWanted = true;
    this.#due = FIRST;
  }

  /** False: no more are wanted. */
  add(value: unknown): boolean {
    if (!this.#isWanted) return false;
    this.#count++;
    if (this.#write === undefined) {
      if (this.#values.push({ variant: value }) >= this.#due) this.#flush();
    } else if (this.#rows.push(this.#row(value)) >= this.#due) this.#flush();
    return this.#isWanted;
  }

  /** Behind a batch of the input, what the beginning of the output has. False: no more are wanted. */
  passOn(): boolean {
    if (this.#isWanted && this.#due < BATCH_ROWS) this.#flush();
    return this.#isWanted;
  }

  #row(value: unknown): Cell[] {
    try {
      if (typeof value !== "object" || value === null) throw new TypeError(`a row is an object with the columns ${this.#schema!.fields.map(f => f.name).join(", ")}; this is ${value === null ? "null" : `a ${typeof value}`}`);
      return this.#write!(value);
    } catch (error) {
      throw functionFailed(this.#operator, error, value, this.#count);
    }
  }

  #flush(): void {
    const { arena } = this.#context, mark = arena.mark(), values = this.#values, rows = this.#rows;
    if (values.length + rows.length === 0) return;
    this.#due = Math.min(BATCH_ROWS, 2 * this.#due);
    this.#values = [];
    this.#rows = [];
    if (this.#schema === undefined) this.#isWanted = this.#next.push(new Batch(VALUES, [new Vector(VARIANT, 0, 0, { objects: values })], values.length));
    else {
      const columns = this.#schema.fields.map(({ type }, i) => {
        const results = new RowResults(type, rows.length, arena);
        for (let row = 0; row < rows.length; row++) results.set(row, rows[row]![i]!);
        return results.finish();
      });
      this.#isWanted = this.#next.push(new Batch(this.#schema, columns, rows.length));
    }
    arena.rewind(mark);
  }

  finish(): void {
    if (this.#isWanted) this.#flush();
    this.#values = [];
    this.#rows = [];
    this.#next.finish();
  }
}
