/**
 * Turns resolved expressions into evaluators that work a vector at a time. Only selected rows are ever computed, so what
 * guards an expression (CASE, AND, coalesce, a filter) also guards it from raising.
 */
import { unsupported } from "../base/errors.ts";
import type { Selection } from "../columns/batch.ts";
import { cellAt, constantVector } from "../columns/cells.ts";
import { Vector } from "../columns/vector.ts";
import { castVectors } from "../functions/cast/cast-vectors.ts";
import { specialMoment, todayCast } from "../functions/cast/special-moments.ts";
import { neverFails } from "../functions/casts.ts";
import { cellCast } from "../functions/cast/cast-cells.ts";
import { rowVector } from "../functions/row-vector.ts";
import { combinedValidity, rowAt } from "../functions/vectors.ts";
import { kernels } from "../kernels/kernels.ts";
import type { EvalContext, Evaluator, VectorKernel } from "../plan/function.ts";
import type { Attribute, Coalesce, FieldAccess, Logical, ResolvedCase, ResolvedCast, ResolvedExpression, ScalarCall, TimeWindowCall, UserCall } from "../plan/resolved.ts";
import { someExpression } from "../plan/walk.ts";
import type { Cell } from "../types/cell.ts";
import { BOOLEAN, TIMESTAMP, sameTypeIgnoringNullability, type DataType } from "../types/data-type.ts";
import { CalendarCells, calendarWindows } from "./calendar-cells.ts";
import { Blend } from "./blend.ts";
import { compileOverElements } from "./over-elements.ts";
import { columnIndex, compileRow, isNullByLiteral, isNullLiteral, located } from "./row.ts";
import { callOnColumns } from "./user-call.ts";
import { RowResults } from "../columns/row-results.ts";

export { compilePredicate } from "./predicate.ts";
export { windowStart } from "./window.ts";

type Evaluate = Evaluator["evaluate"];

/** @throws AnalysisError MILLRACE_UNSUPPORTED for nodes that are no values of a row (aggregates, subqueries...) */
export function compileExpression(expression: ResolvedExpression, input: readonly Attribute[]): Evaluator {
  return { type: expression.type, evaluate: compile(expression, input) };
}

function compile(expression: ResolvedExpression, input: readonly Attribute[]): Evaluate {
  switch (expression.kind) {
    case "attribute": {
      const index = columnIndex(expression, input);
      return batch => batch.columns[index]!;
    }
    case "lambda_variable": {
      const index = input.findIndex(attribute => attribute.id === expression.id);
      if (index < 0) throw unsupported(`the variable ${expression.name} outside of its lambda`);
      return batch => batch.columns[index]!;
    }
    case "literal": return compileLiteral(expression.type, expression.value);
    case "scalar_call": return compileCall(expression, input);
    case "cast": return compileCast(expression, input);
    case "case_when": return compileCase(expression, input);
    case "and": case "or": return compileLogical(expression, input);
    case "coalesce": return compileCoalesce(expression, input);
    case "field_access": return compileFieldAccess(expression, input);
    case "time_window": return compileWindow(expression, input);
    case "user_call": return compileUserCall(expression, input);
    default: throw unsupported(`${expression.kind.replaceAll("_", " ")} where a value of one row is computed`);
  }
}

/** Values that are bytes and no pointers are encoded once. */
function compileLiteral(type: DataType, value: Cell): Evaluate {
  if (value === null || !FIXED_LITERALS.has(type.kind)) return (_batch, _rows, { arena }) => constantVector(type, value, arena);
  let low: number | undefined, high = 0;
  return (_batch, _rows, { arena }) => {
    const { u32 } = arena.memory;
    if (low === undefined) {
      const vector = constantVector(type, value, arena);
      low = u32[vector.data >>> 2]!;
      high = u32[(vector.data >>> 2) + 1]!;
      return vector;
    }
    const data = arena.allocate(8);
    u32[data >>> 2] = low;
    u32[(data >>> 2) + 1] = high;
    return new Vector(type, data, 0, { isConstant: true });
  };
}
const FIXED_LITERALS: ReadonlySet<DataType["kind"]> = new Set(["boolean", "tinyint", "smallint", "int", "bigint", "float", "double", "date", "timestamp", "timestamp_ntz"]);

function compileCall(call: ScalarCall, input: readonly Attribute[]): Evaluate {
  const { binding, origin, type } = call;
  if (binding.higherOrder !== undefined) return compileOverElements(call, input, compile, () => rowWise(call, input), canRaise) ?? rowWise(call, input);
  const args = call.args.map(arg => compile(arg, input)), { vector, row: kernel } = binding, nullAware = binding.nullAware ?? false;
  const decides = nullAware ? -1 : call.args.findIndex(isNullLiteral);
  // Among constants the null decides; over rows what stands in front of it is asked first, and may fail.
  if (decides >= 0 && (isNullByLiteral(call) || !call.args.slice(0, decides).some(canRaise))) return (_batch, _rows, { arena }) => constantVector(type, null, arena);
  const foldable = binding.deterministic !== false && args.length > 0 && kernel !== undefined;
  if (vector === undefined && kernel === undefined) throw unsupported(`the function ${call.function.name}`);
  const over = vector ?? rowVector(type, kernel!, nullAware);
  // What may fail is not asked for rows whose result a null has decided.
  const guards = call.args.map((arg, i) => !nullAware && arg.nullable && call.args.slice(i + 1).some(canRaise));
  const whole: Evaluate = (batch, all, context) => {
    let rows = all;
    const vectors = args.map((arg, i) => {
      const vector = arg(batch, rows, context);
      if (guards[i]! && rows.count > 0) rows = selectNotNull(vector, rows, context);
      return vector;
    });
    if (rows.count === 0 && all.count > 0) return constantVector(type, null, context.arena);
    if (rows.count < all.count) return withNulls(computed(vectors, rows, batch.length, context), rows, batch.length, context);
    return computed(vectors, rows, batch.length, context);
  };
  const computed: VectorKernel = (vectors, rows, length, context) => {
    if (rows.count === 0) return new RowResults(type, length, context.arena).finish();
    try {
      if (foldable && vectors.every(v => v.isConstant)) {
        const cells = vectors.map(v => cellAt(v, 0));
        return constantVector(type, !nullAware && cells.includes(null) ? null : kernel(cells, context), context.arena);
      }
      return over(vectors, rows, length, context);
    } catch (error) {
      throw located(error, origin);
    }
  };
  const [first] = call.args, { vectorOfBytes } = binding;
  if (vectorOfBytes === undefined || first?.kind !== "cast" || first.type.kind !== "string" || first.child.type.kind !== "binary") return whole;
  const bytesOf = compile(first.child, input);
  return (batch, rows, context) => {
    const bytes = bytesOf(batch, rows, context);
    return bytes.isConstant || rows.count === 0 ? whole(batch, rows, context) : vectorOfBytes([bytes], rows, batch.length, context);
  };
}

/** A vector that was computed for some rows, null in the others. */
function withNulls(vector: Vector, rows: Selection, length: number, context: EvalContext): Vector {
  if (vector.isConstant) {
    const result = new RowResults(vector.type, length, context.arena), cell = cellAt(vector, 0);
    for (let i = 0; i < rows.count; i++) result.set(rowAt(rows, i), cell);
    return result.finish();
  }
  const valid = context.arena.allocateZeroed(length), { u8 } = context.arena.memory;
  for (let i = 0; i < rows.count; i++) { const row = rowAt(rows, i); u8[valid + row] = vector.valid === 0 ? 1 : u8[vector.valid + row]!; }
  return vector.withValid(valid);
}

/** The whole expression row by row. */
function rowWise(expression: ResolvedExpression, input: readonly Attribute[]): Evaluate {
  const evaluate = compileRow(expression, input), { type } = expression;
  return (batch, rows, context) => {
    const results = new RowResults(type, batch.length, context.arena);
    for (let i = 0; i < rows.count; i++) {
      const row = rowAt(rows, i);
      results.set(row, evaluate(batch, row, context));
    }
    return results.finish();
  };
}

function compileUserCall(call: UserCall, input: readonly Attribute[]): Evaluate {
  const args = call.args.map(arg => compile(arg, input)), kernel = callOnColumns(call);
  return (batch, rows, context) => kernel(args.map(arg => arg(batch, rows, context)), rows, batch.length, context);
}

function compileCast(cast: ResolvedCast, input: readonly Attribute[]): Evaluate {
  const child = compile(cast.child, input), { type, origin } = cast, from = cast.child.type;
  const special = specialMoment(cast);
  if (special !== undefined) return (_batch, _rows, context) => constantVector(type, special(context), context.arena);
  if (sameTypeIgnoringNullability(from, type)) return (batch, rows, context) => child(batch, rows, context).retyped(type);
  const today = todayCast(cast);
  if (today !== undefined) { const kernel = rowVector(type, ([cell], context) => today(cell!, context)); return (batch, rows, context) => kernel([child(batch, rows, context)], rows, batch.length, context); }
  const fast = castVectors(from, type, cast.evalMode, cast.timeZone), slow = cellCast(from, type, cast.evalMode, cast.timeZone);
  const over = fast ?? rowVector(type, args => slow(args[0]!));
  return (batch, rows, context) => {
    const vector = child(batch, rows, context);
    try {
      if (vector.isConstant) {
        const cell = cellAt(vector, 0);
        // A constant that can't be cast only fails where a row asks for it.
        return constantVector(type, cell === null || rows.count === 0 ? null : slow(cell), context.arena);
      }
      return over([vector], rows, batch.length, context);
    } catch (error) {
      throw located(error, origin);
    }
  };
}

function compileCase(expression: ResolvedCase, input: readonly Attribute[]): Evaluate {
  const branches = expression.branches.map(branch => ({ when: compile(branch.when, input), then: compile(branch.then, input) }));
  const otherwise = expression.otherwise === undefined ? undefined : compile(expression.otherwise, input), { type } = expression;
  return (batch, rows, context) => {
    const result = new Blend(type, batch.length, context);
    let left = rows;
    for (const { when, then } of branches) {
      if (left.count === 0) break;
      const condition = when(batch, left, context), chosen = selectTrue(condition, left, context);
      if (chosen.count > 0) result.put(then(batch, chosen, context), chosen);
      if (chosen.count > 0) left = selectNotTrue(condition, left, context);
    }
    if (left.count > 0) {
      if (otherwise === undefined) result.putNull(left);
      else result.put(otherwise(batch, left, context), left);
    }
    return result.finish();
  };
}

function compileCoalesce(expression: Coalesce, input: readonly Attribute[]): Evaluate {
  const args = expression.args.map(arg => compile(arg, input)), { type } = expression;
  return (batch, rows, context) => {
    const first = args[0]!(batch, rows, context);
    if (first.valid === 0 && first.type.kind !== "void") return first.retyped(type);
    const result = new Blend(type, batch.length, context);
    let left = rows, vector = first;
    for (let i = 0; left.count > 0; vector = args[i]!(batch, left, context)) {
      const there = selectNotNull(vector, left, context);
      if (there.count > 0) result.put(vector, there);
      const missing = there.count === left.count ? { pointer: 0, count: 0 } : selectNull(vector, left, context);
      left = missing;
      if (++i === args.length) break;
      if (left.count === 0) break;
    }
    if (left.count > 0) result.putNull(left);
    return result.finish();
  };
}

function compileLogical(expression: Logical, input: readonly Attribute[]): Evaluate {
  const left = compile(expression.left, input), right = compile(expression.right, input), isAnd = expression.kind === "and";
  return (batch, rows, context) => {
    const { arena } = context, kernel = kernels(), a = left(batch, rows, context);
    const open = arena.allocate(4 * rows.count + 4);
    // Rows that the left side leaves open: not false for AND, not true for OR.
    const undecided = { pointer: open, count: kernel.selectUndecided(isAnd ? 1 : 0, a.data, a.valid, a.isConstant ? 0 : -1, rows.pointer, rows.count, open) };
    const data = arena.allocate(batch.length), valid = arena.allocate(batch.length);
    arena.memory.u8.fill(isAnd ? 0 : 1, data, data + batch.length);
    arena.memory.u8.fill(1, valid, valid + batch.length);
    if (undecided.count > 0) {
      const b = right(batch, undecided, context);
      kernel.combineLogical(isAnd ? 1 : 0, a.valid, a.isConstant ? 0 : -1, b.data, b.valid, b.isConstant ? 0 : -1, undecided.pointer, undecided.count, data, valid);
      if (a.valid === 0 && b.valid === 0) return new Vector(BOOLEAN, data, 0);
    } else return new Vector(BOOLEAN, data, 0);
    return new Vector(BOOLEAN, data, valid);
  };
}

function compileFieldAccess(expression: FieldAccess, input: readonly Attribute[]): Evaluate {
  const child = compile(expression.child, input), { index, type } = expression;
  return (batch, rows, context) => {
    const parent = child(batch, rows, context), found = parent.children[index]!;
    const field = parent.isConstant ? new Vector(type, found.data, found.valid, { isConstant: true, children: found.children, ...(found.objects && { objects: found.objects }) }) : found;
    if (parent.valid === 0) return field.type === type ? field : field.retyped(type);
    if (parent.isConstant) return cellAt(parent, 0) === null ? constantVector(type, null, context.arena) : field;
    return field.withValid(combinedValidity([parent, field], rows, batch.length, context)).retyped(type);
  };
}

function compileWindow(expression: TimeWindowCall, input: readonly Attribute[]): Evaluate {
  if (expression.slideMicros !== expression.sizeMicros) throw unsupported("a sliding window as a plain value");
  const time = compile(expression.time, input), size = BigInt(expression.sizeMicros), shift = BigInt(expression.startMicros), { type } = expression;
  const single = compileRow(expression, input), { timeZone } = expression;
  const cells = timeZone === undefined ? undefined : new CalendarCells(calendarWindows({ ...expression, timeZone }), 0);
  return (batch, rows, context) => {
    const vector = time(batch, rows, context);
    if (vector.isConstant) return constantVector(type, rows.count === 0 ? null : single(batch, rowAt(rows, 0), context), context.arena);
    const { arena } = context, starts = arena.allocate(8 * batch.length), ends = arena.allocate(8 * batch.length);
    if (cells !== undefined) cells.assign(vector.data, rows, starts, ends, arena);
    else kernels().assignWindows(vector.data, rows.pointer, rows.count, size, size, shift, starts, ends);
    return new Vector(type, 0, vector.valid, { children: [new Vector(TIMESTAMP, starts, vector.valid), new Vector(TIMESTAMP, ends, vector.valid)] });
  };
}

const mask = (vector: Vector): number => (vector.isConstant ? 0 : -1);

/** Rows where a condition is true. */
export function selectTrue(condition: Vector, rows: Selection, { arena }: EvalContext): Selection {
  if (condition.type.kind === "void") return { pointer: 0, count: 0 };
  const pointer = arena.allocate(4 * rows.count + 4);
  return { pointer, count: kernels().selectTrue(condition.data, condition.valid, mask(condition), rows.pointer, rows.count, pointer) };
}
function selectNotTrue(condition: Vector, rows: Selection, { arena }: EvalContext): Selection {
  const pointer = arena.allocate(4 * rows.count + 4);
  return { pointer, count: kernels().selectNotTrue(condition.data, condition.valid, mask(condition), rows.pointer, rows.count, pointer) };
}
/** Rows where a value is not null. */
export function selectNotNull(vector: Vector, rows: Selection, { arena }: EvalContext): Selection {
  if (vector.type.kind === "void") return { pointer: 0, count: 0 };
  if (vector.valid === 0) return rows;
  const pointer = arena.allocate(4 * rows.count + 4);
  return { pointer, count: kernels().selectByValidity(vector.valid, mask(vector), 1, rows.pointer, rows.count, pointer) };
}
/** Rows where a value is null. */
export function selectNull(vector: Vector, rows: Selection, { arena }: EvalContext): Selection {
  if (vector.type.kind === "void") return rows;
  if (vector.valid === 0) return { pointer: 0, count: 0 };
  const pointer = arena.allocate(4 * rows.count + 4);
  return { pointer, count: kernels().selectByValidity(vector.valid, mask(vector), 0, rows.pointer, rows.count, pointer) };
}

/** Whether evaluating may fail for some values: then it must not be moved past what guards it. */
export function canRaise(expression: ResolvedExpression): boolean {
  return someExpression(expression, e => (e.kind === "scalar_call" && e.binding.canRaise === true) || (e.kind === "cast" && e.evalMode === "ansi" && !neverFails(e.child.type, e.type)) || e.kind === "user_call");
}
