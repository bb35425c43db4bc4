/** The aggregates of a plan node, ready to be fed with its input. */
import { compileExpression, compilePredicate } from "../eval/compile.ts";
import type { AggregateSpec } from "../operators/aggregate-updater.ts";
import type { Attribute, ResolvedAggregate, ResolvedExpression } from "../plan/resolved.ts";

/** `replace`: what stands for window expressions in arguments and filters. */
export function aggregateSpecs(relation: ResolvedAggregate, input: readonly Attribute[], replace: (e: ResolvedExpression) => ResolvedExpression): AggregateSpec[] {
  return relation.aggregates.map(({ call }) => ({
    call,
    args: call.args.map(arg => compileExpression(replace(arg), input)),
    filter: call.filter === undefined ? undefined : compilePredicate(replace(call.filter), input),
  }));
}
