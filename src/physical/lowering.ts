/** What the families of plan nodes share while a plan becomes pipelines. */
import type { ExecutionContext } from "../operators/context.ts";
import type { Operator } from "../operators/operator.ts";
import type { OutputMode } from "../io/sink.ts";
import type { ResolvedRelation } from "../plan/resolved.ts";

export type PlanMode = { readonly kind: "batch" } | { readonly kind: "stream"; readonly outputMode: OutputMode };

export interface Lowering {
  readonly context: ExecutionContext;
  readonly mode: PlanMode;
  /** Builds the operators that bring `relation` to `next`. Pipelines run in the order in which this is called. */
  lower(relation: ResolvedRelation, next: Operator, depth: number): void;
  /** Puts a meter in front of an operator that hands on to `next`. */
  metered(operator: Operator, next: Operator, kind: string, title: string, detail: string): Operator;
  /** A line of the description. */
  say(depth: number, text: string): void;
  /** Runs `work` and hands back the lines that it said, to be said later with `tell`. */
  held(work: () => void): readonly string[];
  tell(lines: readonly string[]): void;
}
