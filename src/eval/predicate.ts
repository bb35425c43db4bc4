/** Conditions as selections: the rows for which an expression is true. AND narrows step by step; a comparison of columns or constants writes the selection at once. */
import type { Batch, Selection } from "../columns/batch.ts";
import { COMPARISONS, comparisonKind } from "../functions/operators/compare-kernels.ts";
import { maskOf } from "../functions/vectors.ts";
import { kernels } from "../kernels/kernels.ts";
import type { EvalContext, Evaluator } from "../plan/function.ts";
import type { Attribute, ResolvedExpression, ScalarCall } from "../plan/resolved.ts";
import { compileExpression, selectNotNull, selectNull, selectTrue } from "./compile.ts";

export type PredicateEvaluator = (batch: Batch, rows: Selection, context: EvalContext) => Selection;

export function compilePredicate(expression: ResolvedExpression, input: readonly Attribute[]): PredicateEvaluator {
  if (expression.kind === "and") {
    const left = compilePredicate(expression.left, input), right = compilePredicate(expression.right, input);
    return (batch, rows, context) => {
      const some = left(batch, rows, context);
      return some.count === 0 ? some : right(batch, some, context);
    };
  }
  if (expression.kind === "scalar_call") {
    const fused = comparison(expression, input) ?? nullTest(expression, input);
    if (fused !== undefined) return fused;
  }
  const condition = compileExpression(expression, input);
  return (batch, rows, context) => (rows.count === 0 ? rows : selectTrue(condition.evaluate(batch, rows, context), rows, context));
}

function comparison(call: ScalarCall, input: readonly Attribute[]): PredicateEvaluator | undefined {
  const operation = COMPARISONS[call.function.name];
  if (operation === undefined || call.args.length !== 2) return undefined;
  const kind = comparisonKind(call.args[0]!.type);
  if (kind === undefined || comparisonKind(call.args[1]!.type) !== kind) return undefined;
  const [left, right] = call.args.map(arg => compileExpression(arg, input)) as [Evaluator, Evaluator];
  return (batch, rows, context) => {
    if (rows.count === 0) return rows;
    const a = left.evaluate(batch, rows, context), b = right.evaluate(batch, rows, context), pointer = context.arena.allocate(4 * rows.count + 4);
    return { pointer, count: kernels().selectCompare(kind, operation, a.data, maskOf(a), a.valid, b.data, maskOf(b), b.valid, rows.pointer, rows.count, pointer) };
  };
}

function nullTest(call: ScalarCall, input: readonly Attribute[]): PredicateEvaluator | undefined {
  const { name } = call.function;
  if (name !== "isnull" && name !== "isnotnull") return undefined;
  const value = compileExpression(call.args[0]!, input), select = name === "isnull" ? selectNull : selectNotNull;
  return (batch, rows, context) => (rows.count === 0 ? rows : select(value.evaluate(batch, rows, context), rows, context));
}
