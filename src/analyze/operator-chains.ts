/**
 * Long chains of operators, `a + b - c ...`: one call of all operands, so that no pass goes down as many levels as there are terms. Each
 * step is resolved as an operator of two values and worked out after the one before it, as if they were nested.
 */
import { Batch, type Selection } from "../columns/batch.ts";
import { constantVector } from "../columns/cells.ts";
import { physicalOf, Vector, widthOf, type Physical } from "../columns/vector.ts";
import { compileExpression } from "../eval/compile.ts";
import { compileRow, type RowEvaluator } from "../eval/row.ts";
import { Arena } from "../memory/arena.ts";
import type { Origin, UnresolvedFunction } from "../plan/expressions.ts";
import type { Binding, EvalContext, Evaluator } from "../plan/function.ts";
import type { Attribute, ResolvedExpression } from "../plan/resolved.ts";
import { someExpression } from "../plan/walk.ts";
import type { Cell } from "../types/cell.ts";
import { struct } from "../types/data-type.ts";
import { internalFunction, makeAttribute } from "./build.ts";
import { callByName } from "./calls.ts";
import type { Resolver } from "./expressions.ts";

/** What is done with the value so far and the next operand; of a literal, the literal is in the expression. */
class Step {
  readonly expression: ResolvedExpression;
  readonly #input: readonly Attribute[];
  #evaluator: Evaluator | undefined;
  #row: RowEvaluator | undefined;

  constructor(expression: ResolvedExpression, input: readonly Attribute[]) {
    this.expression = expression;
    this.#input = input;
  }

  vector(value: Vector, operand: Vector, rows: Selection, length: number, context: EvalContext): Vector {
    this.#evaluator ??= compileExpression(this.expression, this.#input);
    return this.#evaluator.evaluate(new Batch(NO_SCHEMA, [value, operand], length), rows, context);
  }

  cell(value: Cell, operand: Cell, context: EvalContext): Cell {
    this.#row ??= compileRow(this.expression, this.#input);
    const [left, right] = this.#input;
    return this.#row(new Batch(NO_SCHEMA, [constantVector(left!.type, value, context.arena), constantVector(right!.type, operand, context.arena)], 1), 0, context);
  }
}

const NO_SCHEMA = struct([]);

export function resolveOperators(resolver: Resolver, call: UnresolvedFunction, operators: readonly string[]): ResolvedExpression {
  const [first, second, ...rest] = resolver.resolveAll(call.args), steps: Step[] = [];
  const placed = (operand: number): Origin | undefined => call.origin === undefined ? undefined : { ...call.origin, ...(call.args[operand]!.origin?.stop !== undefined && { stop: call.args[operand]!.origin!.stop! }) };
  const head = callByName(resolver, operators[0]!, [first!, second!], placed(1));
  let last = head;
  rest.forEach((operand, i) => {
    const left = makeAttribute("left", last.type, last.nullable), right = makeAttribute("right", operand.type, operand.nullable);
    last = callByName(resolver, operators[i + 1]!, [left, operand.kind === "literal" ? operand : right], placed(i + 2));
    steps.push(new Step(last, [left, right]));
  });
  const { type, nullable } = last, fails = steps.some(({ expression }) => someExpression(expression, canFail));
  const binding: Binding = {
    type, nullable, nullAware: true, canRaise: fails,
    vector: (vectors, rows, length, context) => foldVectors(steps, vectors, rows, length, context),
    row: (cells, context) => steps.reduce<Cell>((value, step, i) => step.cell(value, cells[i + 1]!, context), cells[0]!),
  };
  return Object.freeze({ kind: "scalar_call", function: internalFunction(`chain ${operators.join("")}`, "operators between several values"), args: [head, ...rest], binding, type, nullable, origin: call.origin });
}

const canFail = (e: ResolvedExpression): boolean => e.kind === "scalar_call" ? e.binding.canRaise === true : e.kind === "cast" && e.evalMode === "ansi";

/** After so many steps the value so far is copied, and what lies behind it is given back. */
const STRIDE = 64;

/** Values between steps may be thousands, and share parts with those before them. */
function foldVectors(steps: readonly Step[], vectors: readonly Vector[], rows: Selection, length: number, context: EvalContext): Vector {
  const scratch = new Arena(), inner: EvalContext = steps.every(({ expression }) => isFixed(physicalOf(expression.type))) ? { ...context, arena: scratch } : context;
  let kept = new Arena(), spare = new Arena(), value = vectors[0]!;
  try {
    for (const [i, step] of steps.entries()) {
      const isLast = i === steps.length - 1;
      value = step.vector(value, vectors[i + 1]!, rows, length, isLast ? context : inner);
      if (!isLast && i % STRIDE !== STRIDE - 1) continue;
      const copy = copied(value, length, isLast ? context.arena : spare);
      if (copy === undefined) continue;
      value = copy;
      scratch.reset();
      kept.reset();
      [kept, spare] = [spare, kept];
    }
    return value;
  } finally {
    for (const arena of [scratch, kept, spare]) arena.release();
  }
}

const isFixed = (physical: Physical): boolean => physical !== "view" && physical !== "list" && physical !== "struct" && physical !== "object";

/** A vector of values of fixed width with bytes of its own; undefined for others, whose parts lie anywhere. */
function copied(vector: Vector, length: number, arena: Arena): Vector | undefined {
  const { type, physical, isConstant, data, valid } = vector, count = isConstant ? 1 : length, { u8 } = arena.memory;
  if (!isFixed(physical)) return undefined;
  const bytesAt = (from: number, bytes: number): number => {
    const to = arena.allocate(bytes);
    u8.copyWithin(to, from, from + bytes);
    return to;
  };
  return new Vector(type, bytesAt(data, widthOf(physical) * count), valid === 0 ? 0 : bytesAt(valid, count), { isConstant });
}
