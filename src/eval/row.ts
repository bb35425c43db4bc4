/**
 * Evaluates an expression for one row at a time: for constants, the bodies of lambdas, and functions that have no vector
 * kernel. Slow and obvious; the vector path is checked against it.
 */
import { ExecutionError, MillraceError, unsupported } from "../base/errors.ts";
import type { Batch } from "../columns/batch.ts";
import { cellAt, vectorOf } from "../columns/cells.ts";
import { contextOf } from "../functions/errors.ts";
import { specialMoment, todayCast } from "../functions/cast/special-moments.ts";
import { cellCast } from "../functions/cast/cast-cells.ts";
import type { EvalContext } from "../plan/function.ts";
import type { Origin } from "../plan/expressions.ts";
import type { Attribute, ResolvedExpression, ScalarCall, UserCall } from "../plan/resolved.ts";
import { someExpression } from "../plan/walk.ts";
import type { Cell } from "../types/cell.ts";
import { calendarWindows } from "./calendar-cells.ts";
import { callOnCells } from "./user-call.ts";
import { windowStart } from "./window.ts";

export type RowEvaluator = (batch: Batch | undefined, row: number, context: EvalContext) => Cell;

/** Where the variable of a lambda lives while its body runs. */
interface Slot { value: Cell }
type Slots = ReadonlyMap<number, Slot>;

/** @throws AnalysisError MILLRACE_UNSUPPORTED for nodes that are no values of a row (aggregates, subqueries...) */
export function compileRow(expression: ResolvedExpression, input: readonly Attribute[]): RowEvaluator {
  return compile(expression, input, new Map());
}

function compile(expression: ResolvedExpression, input: readonly Attribute[], slots: Slots): RowEvaluator {
  const sub = (e: ResolvedExpression): RowEvaluator => compile(e, input, slots);
  switch (expression.kind) {
    case "attribute": {
      const index = columnIndex(expression, input);
      return (batch, row) => cellAt(batch!.columns[index]!, row);
    }
    case "literal": {
      const { value } = expression;
      return () => value;
    }
    case "lambda_variable": {
      const slot = slots.get(expression.id);
      if (slot !== undefined) return () => slot.value;
      // Where a lambda's body runs over the elements of many rows, its variables are columns.
      const column = input.findIndex(attribute => attribute.id === expression.id);
      if (column < 0) throw unsupported(`the variable ${expression.name} outside of its lambda`);
      return (batch, row) => cellAt(batch!.columns[column]!, row);
    }
    case "scalar_call": return compileCall(expression, input, slots);
    case "cast": {
      const special = specialMoment(expression);
      if (special !== undefined) return (_batch, _row, context) => special(context);
      const today = todayCast(expression);
      if (today !== undefined) { const time = sub(expression.child); return (batch, row, context) => { const cell = time(batch, row, context); return cell === null ? null : today(cell, context); }; }
      const child = sub(expression.child), cast = cellCast(expression.child.type, expression.type, expression.evalMode, expression.timeZone), { origin } = expression;
      return (batch, row, context) => {
        const cell = child(batch, row, context);
        if (cell === null) return null;
        try {
          return cast(cell);
        } catch (error) {
          throw located(error, origin);
        }
      };
    }
    case "case_when": {
      const branches = expression.branches.map(branch => ({ when: sub(branch.when), then: sub(branch.then) }));
      const otherwise = expression.otherwise === undefined ? undefined : sub(expression.otherwise);
      return (batch, row, context) => {
        for (const { when, then } of branches) if (when(batch, row, context) === true) return then(batch, row, context);
        return otherwise === undefined ? null : otherwise(batch, row, context);
      };
    }
    case "and": {
      const left = sub(expression.left), right = sub(expression.right);
      return (batch, row, context) => {
        const a = left(batch, row, context);
        if (a === false) return false;
        const b = right(batch, row, context);
        return b === false ? false : a === null || b === null ? null : true;
      };
    }
    case "or": {
      const left = sub(expression.left), right = sub(expression.right);
      return (batch, row, context) => {
        const a = left(batch, row, context);
        if (a === true) return true;
        const b = right(batch, row, context);
        return b === true ? true : a === null || b === null ? null : false;
      };
    }
    case "coalesce": {
      const args = expression.args.map(sub);
      return (batch, row, context) => {
        for (const arg of args) {
          const cell = arg(batch, row, context);
          if (cell !== null) return cell;
        }
        return null;
      };
    }
    case "field_access": {
      const child = sub(expression.child), { index } = expression;
      return (batch, row, context) => {
        const cell = child(batch, row, context);
        return cell === null ? null : (cell as readonly Cell[])[index]!;
      };
    }
    case "time_window": {
      if (expression.slideMicros !== expression.sizeMicros) throw unsupported("a sliding window as a plain value");
      const time = sub(expression.time), size = BigInt(expression.sizeMicros), shift = BigInt(expression.startMicros), { timeZone } = expression;
      const windows = timeZone === undefined ? undefined : calendarWindows({ ...expression, timeZone });
      return (batch, row, context) => {
        const cell = time(batch, row, context);
        if (cell === null) return null;
        if (windows !== undefined) {
          const { from, to } = windows.window(windows.at(cell as bigint).number);
          return [from, to];
        }
        const start = windowStart(cell as bigint, size, shift);
        return [start, start + size];
      };
    }
    case "user_call": return compileUserCall(expression, input, slots);
    case "lambda": throw unsupported("a lambda as a value");
    default: throw unsupported(`${expression.kind.replaceAll("_", " ")} where a value of one row is computed`);
  }
}

export function columnIndex(attribute: Attribute, input: readonly Attribute[]): number {
  const index = input.findIndex(other => other.id === attribute.id);
  if (index < 0) throw unsupported(`the column ${attribute.name} of another relation`);
  return index;
}

function compileCall(call: ScalarCall, input: readonly Attribute[], slots: Slots): RowEvaluator {
  const { binding, origin } = call;
  if (binding.higherOrder !== undefined) return compileHigherOrder(call, input, slots);
  const args = call.args.map(arg => compile(arg, input, slots)), { row: kernel, vector, nullAware } = binding;
  const types = call.args.map(arg => arg.type);
  if (nullAware !== true && isNullByLiteral(call)) return () => null;
  return (batch, row, context) => {
    const cells: Cell[] = new Array<Cell>(args.length);
    for (let i = 0; i < args.length; i++) {
      const cell = args[i]!(batch, row, context);
      if (cell === null && nullAware !== true) return null;
      cells[i] = cell;
    }
    try {
      if (kernel !== undefined) return kernel(cells, context);
      if (vector === undefined) throw unsupported(`${call.function.name} row by row`);
      return cellAt(vector(types.map((type, i) => vectorOf(type, [cells[i]!], context.arena)), { pointer: 0, count: 1 }, 1, context), 0);
    } catch (error) {
      throw located(error, origin);
    }
  };
}

/** Whether a call of constants has a null that is written: what needs all its arguments has no value then, and asks for none of the others. Over rows it goes from left to right. */
export const isNullByLiteral = (call: ScalarCall): boolean => call.args.some(isNullLiteral) && !someExpression(call, e => e.kind === "attribute" || e.kind === "lambda_variable");
export const isNullLiteral = (expression: ResolvedExpression): boolean => expression.kind === "cast" ? isNullLiteral(expression.child) : expression.kind === "literal" && expression.value === null;

function compileHigherOrder(call: ScalarCall, input: readonly Attribute[], outer: Slots): RowEvaluator {
  const { binding, origin } = call, kernel = binding.higherOrder!;
  const plain = call.args.filter(arg => arg.kind !== "lambda").map(arg => compile(arg, input, outer));
  const lambdas = call.args.filter(arg => arg.kind === "lambda").map(lambda => {
    const own = lambda.params.map((): Slot => ({ value: null }));
    const body = compile(lambda.body, input, new Map([...outer, ...lambda.params.map((param, i) => [param.id, own[i]!] as const)]));
    return { own, body };
  });
  return (batch, row, context) => {
    const cells: Cell[] = [];
    for (const arg of plain) {
      const cell = arg(batch, row, context);
      if (cell === null && binding.nullAware !== true) return null;
      cells.push(cell);
    }
    const functions = lambdas.map(({ own, body }) => (...values: Cell[]): Cell => {
      for (let i = 0; i < own.length; i++) own[i]!.value = values[i] ?? null;
      return body(batch, row, context);
    });
    try {
      return kernel(cells, functions, context);
    } catch (error) {
      throw located(error, origin);
    }
  };
}

function compileUserCall(call: UserCall, input: readonly Attribute[], slots: Slots): RowEvaluator {
  const args = call.args.map(arg => compile(arg, input, slots));
  return (batch, row, context) => callOnCells(call, args.map(arg => arg(batch, row, context)), row, context);
}

/** The error with the place of the expression, if it has none yet. */
export function located(error: unknown, origin: Origin | undefined): unknown {
  if (error instanceof RangeError) return located(new ExecutionError({ condition: "MILLRACE_VALUE_TOO_LARGE", sqlState: "54000", message: `A value is too large: ${error.message}.`, cause: error }), origin);
  if (!(error instanceof MillraceError) || error.queryContext.length > 0 || origin === undefined) return error;
  const queryContext = contextOf(origin);
  if (queryContext.length === 0) return error;
  const Same = error.constructor as new (details: ConstructorParameters<typeof MillraceError>[0]) => MillraceError;
  return new Same({
    condition: error.condition, sqlState: error.sqlState, message: error.text, messageParameters: error.messageParameters, queryContext, hint: error.hint, cause: error.cause,
  });
}
