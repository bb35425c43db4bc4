/**
 * Calls a person's functions: values of the edge or columns in, values out. What they throw, and values that don't fit what
 * they declare, become errors that name the function, the row and its arguments.
 */
import { ExecutionError, MillraceError } from "../base/errors.ts";
import type { Selection } from "../columns/batch.ts";
import { cellAt } from "../columns/cells.ts";
import { ColumnView, arrayTypeOf } from "../columns/column-view.ts";
import { gather } from "../columns/gather.ts";
import { RowResults } from "../columns/row-results.ts";
import { Vector, physicalOf, widthOf } from "../columns/vector.ts";
import { contextOf } from "../functions/errors.ts";
import { rowAt } from "../functions/vectors.ts";
import type { EvalContext, VectorKernel } from "../plan/function.ts";
import type { Origin } from "../plan/expressions.ts";
import type { UserCall } from "../plan/resolved.ts";
import { signatureOf, type UserFunction, type UserParameter } from "../plan/user-functions.ts";
import type { Cell } from "../types/cell.ts";
import { typeToSql, type DataType } from "../types/data-type.ts";
import { cellToValue, valueReader, valueToCell } from "../types/edge-values.ts";

/** A function as its errors show it. */
interface Called { readonly name: string; readonly parameters: readonly UserParameter[]; readonly result: string; readonly origin?: Origin | undefined }

export const calledOf = ({ function: entry, origin }: UserCall): Called => ({ name: entry.name, parameters: entry.parameters, result: typeToSql(entry.type).toLowerCase(), origin });

/** FAILED_EXECUTE_UDF: of one row, or, with neither row nor arguments, of a whole batch. */
export function callFailed(called: Called, cause: unknown, place?: { readonly row?: number; readonly args?: readonly unknown[] }): ExecutionError {
  const reason = cause instanceof MillraceError ? cause.text : cause instanceof Error ? `${cause.name === "Error" ? "" : `${cause.name}: `}${cause.message}` : String(cause);
  const signature = called.parameters.map(({ type }) => typeToSql(type).toLowerCase()), row = place?.row === undefined ? undefined : String(place.row);
  const given = place?.args === undefined ? undefined : place.args.map(shown).join(", ");
  const where = `${given === undefined ? "" : ` It was called with (${given})`}${row === undefined ? "" : `${given === undefined ? " It was called" : ""} at row ${row} of its batch`}`;
  return new ExecutionError({
    condition: "FAILED_EXECUTE_UDF", sqlState: "39000", message: `User defined function (${signatureOf(called.name, signature, called.result)}) failed due to: ${reason}${/[.!?]$/.test(reason) ? "" : "."}${where}${where === "" ? "" : "."}`,
    messageParameters: { functionName: `\`${called.name}\``, signature: signature.join(", "), result: called.result, reason, ...(row !== undefined && { row }), ...(given !== undefined && { arguments: given }) },
    queryContext: contextOf(called.origin), hint: cause instanceof MillraceError ? cause.hint : undefined, cause,
  });
}

function shown(value: unknown): string {
  const text = typeof value === "string" ? `'${value}'` : typeof value === "bigint" ? `${value}n` : typeof value === "object" && value !== null ? Object.getPrototypeOf(value) === Object.prototype || Array.isArray(value) ? json(value) : String(value) : String(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
const json = (value: unknown): string => JSON.stringify(value, (_key, item: unknown) => typeof item === "bigint" ? `${item}n` : item) ?? String(value);

/** The cell of what a function gave. @throws for what isn't of the type, for null where none is declared, for promises */
export function resultCell(value: unknown, type: DataType, nullable: boolean): Cell {
  if (typeof value === "object" && value !== null && "then" in value && typeof value.then === "function") {
    throw new ExecutionError({ condition: "MILLRACE_ASYNC_FUNCTION", sqlState: "42804", message: "it gave a promise, and functions of columns are synchronous", hint: "use mapAsync(), which awaits what a function of rows gives" });
  }
  const cell = valueToCell(value, type, "the result");
  if (cell === null && !nullable) throw new ExecutionError({ condition: "MILLRACE_NULL_RESULT", sqlState: "22004", message: `it gave null, and its result is declared ${typeToSql(type)} NOT NULL` });
  return cell;
}

/** The result for one row, its arguments as cells. */
export function callOnCells(call: UserCall, cells: readonly Cell[], row: number, context: EvalContext): Cell {
  const { parameters, body, type, nullable } = call.function;
  if (cells.some((cell, i) => cell === null && !parameters[i]!.nullable)) return null;
  const values = cells.map((cell, i) => cellToValue(cell, parameters[i]!.type));
  try {
    if (body.kind === "row") return resultCell(body.call(...values), type, nullable);
    const vectors = cells.map((cell, i) => singleVector(parameters[i]!.type, cell, context));
    return cellAt(callOnColumns(call)(vectors, { pointer: 0, count: 1 }, 1, context), 0);
  } catch (error) {
    throw error instanceof ExecutionError && error.condition === "FAILED_EXECUTE_UDF" ? error : callFailed(calledOf(call), error, { row, args: values });
  }
}

function singleVector(type: DataType, cell: Cell, { arena }: EvalContext): Vector {
  const results = new RowResults(type, 1, arena);
  results.set(0, cell);
  return results.finish();
}

/** The call over columns of its arguments. */
export function callOnColumns(call: UserCall): VectorKernel {
  return call.function.body.kind === "row" ? rowByRow(call) : byBatch(call);
}

function rowByRow(call: UserCall): VectorKernel {
  const { parameters, body, type, nullable } = call.function, readers = parameters.map(parameter => valueReader(parameter.type));
  const isStrict = parameters.map(parameter => !parameter.nullable);
  return (vectors, rows, length, { arena }) => {
    const results = new RowResults(type, length, arena);
    const constants = vectors.map((vector, i) => vector.isConstant && rows.count > 0 ? { value: readers[i]!(cellAt(vector, 0)) } : undefined);
    next: for (let i = 0; i < rows.count; i++) {
      const row = rowAt(rows, i), values: unknown[] = new Array<unknown>(vectors.length);
      for (let a = 0; a < vectors.length; a++) {
        const value = constants[a] === undefined ? readers[a]!(cellAt(vectors[a]!, row)) : constants[a]!.value;
        if (value === null && isStrict[a]!) {
          results.set(row, null);
          continue next;
        }
        values[a] = value;
      }
      let cell: Cell;
      try {
        cell = resultCell(body.kind === "row" ? body.call(...values) : undefined, type, nullable);
      } catch (error) {
        throw callFailed(calledOf(call), error, { row, args: values });
      }
      results.set(row, cell);
    }
    return results.finish();
  };
}

/** Rows without a null where none is declared are laid side by side for the function; its results go back to their places. */
function byBatch(call: UserCall): VectorKernel {
  const { parameters, body } = call.function;
  if (body.kind !== "batch") throw new TypeError("a function of rows");
  return (vectors, rows, length, context) => {
    const { arena } = context, strict = vectors.filter((vector, i) => !parameters[i]!.nullable && vector.valid !== 0);
    const asked = strict.length === 0 ? rows : withoutNulls(strict, rows, context);
    const views = vectors.map(vector => new ColumnView(gather(vector, asked.pointer, asked.count, arena), asked.count));
    const results = new Scattered(call.function, rows, asked, length, context);
    if (asked.count === 0) return results.finish();
    let given: unknown;
    try {
      given = body.call(views, asked.count);
    } catch (error) {
      throw callFailed(calledOf(call), error);
    }
    results.take(given, call);
    return results.finish();
  };
}

function withoutNulls(vectors: readonly Vector[], rows: Selection, { arena }: EvalContext): Selection {
  const { memory } = arena, pointer = arena.allocate(4 * rows.count + 4);
  let count = 0;
  for (let i = 0; i < rows.count; i++) {
    const row = rowAt(rows, i);
    if (vectors.every(({ valid, isConstant }) => memory.u8[valid + (isConstant ? 0 : row)] !== 0)) memory.u32[(pointer >>> 2) + count++] = row;
  }
  return { pointer, count };
}

/** Results of a batch on their way to the rows that asked for them. */
class Scattered {
  readonly #entry: UserFunction;
  readonly #rows: Selection;
  readonly #asked: Selection;
  readonly #length: number;
  readonly #context: EvalContext;
  #vector: Vector | undefined;

  constructor(entry: UserFunction, rows: Selection, asked: Selection, length: number, context: EvalContext) {
    this.#entry = entry;
    this.#rows = rows;
    this.#asked = asked;
    this.#length = length;
    this.#context = context;
  }

  /** A typed array of the column's storage, alone or as `values` with `validity`; or any iterable of values. */
  take(given: unknown, call: UserCall): void {
    const { type } = this.#entry, ArrayType = arrayTypeOf(physicalOf(type)), whole = given as { readonly values?: unknown; readonly validity?: unknown } | null;
    const fail = (what: string): ExecutionError => callFailed(calledOf(call), new Error(what));
    const values = ArrayType !== undefined && typeof whole === "object" && whole !== null && whole.values instanceof ArrayType ? whole.values : ArrayType !== undefined && given instanceof ArrayType ? given : undefined;
    if (values !== undefined) {
      const validity = values === given ? null : whole!.validity ?? null;
      if (validity !== null && !(validity instanceof Uint8Array && validity.length === values.length)) throw fail("`validity` is a Uint8Array as long as `values`, 0 for null");
      this.#checkCount(values.length, fail);
      if (validity !== null && !this.#entry.nullable && validity.includes(0)) throw fail(`it gave null, and its result is declared ${typeToSql(type)} NOT NULL`);
      this.#copy(values, validity as Uint8Array | null);
      return;
    }
    if (typeof given !== "object" || given === null || !(Symbol.iterator in given)) {
      const wanted = ArrayType === undefined ? "an array" : `an array or a ${ArrayType.name}`;
      throw fail(typeof given === "object" && given !== null && "then" in given ? "it gave a promise, and functions of columns are synchronous" : `it gave ${given === null ? "null" : `a ${typeof given}`}, and a function of a batch gives ${wanted} of ${this.#asked.count} values`);
    }
    const list = Array.from(given as Iterable<unknown>);
    this.#checkCount(list.length, fail);
    const results = new RowResults(type, this.#length, this.#context.arena), strictRows = this.#asked === this.#rows ? undefined : new Set<number>();
    if (strictRows !== undefined) for (let i = 0; i < this.#asked.count; i++) strictRows.add(rowAt(this.#asked, i));
    let next = 0;
    for (let i = 0; i < this.#rows.count; i++) {
      const row = rowAt(this.#rows, i);
      if (strictRows !== undefined && !strictRows.has(row)) {
        results.set(row, null);
        continue;
      }
      try {
        results.set(row, resultCell(list[next++], type, this.#entry.nullable));
      } catch (error) {
        throw callFailed(calledOf(call), error, { row });
      }
    }
    this.#vector = results.finish();
  }

  #checkCount(count: number, fail: (what: string) => ExecutionError): void {
    if (count !== this.#asked.count) throw fail(`it gave ${count} values for a batch of ${this.#asked.count} rows`);
  }

  #copy(values: ArrayLike<number | bigint>, validity: Uint8Array | null): void {
    const { arena } = this.#context, { memory } = arena, physical = physicalOf(this.#entry.type), width = widthOf(physical), { count } = this.#asked;
    const data = arena.allocateZeroed(this.#length * width), all = (physical === "u8" ? memory.u8 : physical === "i8" ? memory.i8 : physical === "i16" ? memory.i16 : physical === "i32" ? memory.i32 : physical === "i64" ? memory.i64 : physical === "f32" ? memory.f32 : memory.f64) as Float64Array;
    const from = data / width, isDense = this.#asked.pointer === 0;
    if (isDense) all.set(values as ArrayLike<number>, from);
    else for (let i = 0; i < count; i++) all[from + rowAt(this.#asked, i)] = values[i] as number;
    if (this.#entry.type.kind === "boolean") for (let i = 0; i < count; i++) { const at = data + rowAt(this.#asked, i); memory.u8[at] = memory.u8[at] === 0 ? 0 : 1; }
    let valid = 0;
    if (validity !== null || this.#asked !== this.#rows) {
      valid = arena.allocateZeroed(this.#length);
      for (let i = 0; i < count; i++) memory.u8[valid + rowAt(this.#asked, i)] = validity === null || validity[i] !== 0 ? 1 : 0;
    }
    this.#vector = new Vector(this.#entry.type, data, valid);
  }

  /** Without results every row is null. */
  finish(): Vector {
    if (this.#vector !== undefined) return this.#vector;
    const results = new RowResults(this.#entry.type, this.#length, this.#context.arena);
    for (let i = 0; i < this.#rows.count; i++) results.set(rowAt(this.#rows, i), null);
    return results.finish();
  }
}
