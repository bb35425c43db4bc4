/**
 * Some functions learn from the values of a batch what they need from outside: the schema that a record names by its id. It is
 * fetched where the batch enters the plan: such a batch is kept, and goes on when all is there. Those behind it wait, in order.
 */
import type { Batch } from "../columns/batch.ts";
import { KeptBatch } from "../columns/kept-batch.ts";
import { compileExpression } from "../eval/compile.ts";
import { Arena } from "../memory/arena.ts";
import type { ExecutionContext } from "../operators/context.ts";
import type { Operator } from "../operators/operator.ts";
import type { Settling } from "./lowering.ts";
import type { Binding, Evaluator } from "../plan/function.ts";
import type { Attribute, ResolvedExpression, ResolvedRelation } from "../plan/resolved.ts";
import { attributesIn, expressionsOf, inputsOf } from "../plan/walk-relations.ts";
import { mapExpression, someExpression } from "../plan/walk.ts";

/** What to ask of each batch of a leaf. */
export interface Probe { readonly argument: Evaluator; readonly prefetch: NonNullable<Binding["prefetch"]> }
/** By the output of the leaf: a scan that is told of a filter is another node with the same output. */
export type Probes = ReadonlyMap<readonly Attribute[], readonly Probe[]>;

/** The probes of the leaves of a plan: for each function that prefetches, where its argument is made of columns of a leaf alone. */
export function probesOf(plan: ResolvedRelation): Probes {
  const found = new Map<readonly Attribute[], Probe[]>();
  const visit = (node: ResolvedRelation): void => {
    for (const expression of expressionsOf(node)) someExpression(expression, e => {
      if (e.kind === "scalar_call" && e.binding.prefetch !== undefined) for (const input of inputsOf(node)) trace(input, e.args[0]!, e.binding.prefetch, found);
      return false;
    });
    for (const input of inputsOf(node)) visit(input);
  };
  visit(plan);
  return found;
}

/** Brings an expression over the output of a node down to the leaves that it is made of. */
function trace(node: ResolvedRelation, argument: ResolvedExpression, prefetch: Probe["prefetch"], found: Map<readonly Attribute[], Probe[]>): void {
  const own = new Set(node.output.map(a => a.id));
  if (![...attributesIn([argument])].every(id => own.has(id)) || !isRepeatable(argument)) return;
  switch (node.kind) {
    case "scan": case "local_rows": case "range":
      found.set(node.output, [...found.get(node.output) ?? [], { argument: compileExpression(argument, node.output), prefetch }]);
      return;
    case "project": return trace(node.input, substituted(argument, node.expressions.map(e => [e.attribute, e.expression])), prefetch, found);
    case "union":
      for (const input of node.inputs) trace(input, substituted(argument, node.output.map((a, i) => [a, input.output[i]!])), prefetch, found);
      return;
    default: for (const input of inputsOf(node)) trace(input, argument, prefetch, found);
  }
}

function substituted(expression: ResolvedExpression, by: readonly (readonly [Attribute, ResolvedExpression])[]): ResolvedExpression {
  const map = new Map(by.map(([attribute, made]) => [attribute.id, made]));
  return mapExpression(expression, e => (e.kind === "attribute" ? map.get(e.id) ?? e : e));
}

const isRepeatable = (expression: ResolvedExpression): boolean =>
  !someExpression(expression, e => e.kind === "user_call" || e.kind === "subquery" || e.kind === "aggregate_call" || e.kind === "window_call" || (e.kind === "scalar_call" && e.binding.deterministic === false));

/** Where batches of a leaf enter its pipeline. */
export class Entrance implements Operator, Settling {
  readonly #next: Operator;
  readonly #context: ExecutionContext;
  readonly #probes: readonly Probe[];
  readonly #scratch: Arena;
  #held: KeptBatch[] = [];
  #wantsMore = true;
  #ended = false;

  constructor(next: Operator, probes: readonly Probe[], context: ExecutionContext) {
    this.#next = next;
    this.#probes = probes;
    this.#context = context;
    this.#scratch = context.hold(new Arena());
  }

  push(batch: Batch): boolean {
    if (this.#held.length === 0 && this.#missing(batch).length === 0) return (this.#wantsMore = this.#next.push(batch));
    this.#held.push(this.#context.hold(new KeptBatch(batch, this.#scratch)));
    this.#scratch.reset();
    return this.#wantsMore;
  }

  /** Fetches what is missing and lets the batches go on that wait. */
  async settle(signal: AbortSignal): Promise<void> {
    while (this.#held.length > 0) {
      const kept = this.#held[0]!;
      if (this.#wantsMore && !this.#ended) {
        for (const fetch of this.#missing(kept.batch)) await fetch();
        signal.throwIfAborted();
        this.#wantsMore = this.#next.push(kept.batch);
        this.#context.arena.reset();
      }
      this.#held.shift();
      this.#context.drop(kept);
    }
    this.#ended = false;
  }

  /** All that was pushed has settled, but what is not wanted any more. */
  finish(): void {
    this.#ended = true;
    this.#next.finish();
    this.#wantsMore = true;
  }

  #missing(batch: Batch): (() => Promise<void>)[] {
    const missing: (() => Promise<void>)[] = [];
    for (const { argument, prefetch } of this.#probes) {
      try {
        const fetch = prefetch(argument.evaluate(batch, batch.selection, this.#context), batch.selection);
        if (fetch !== undefined) missing.push(fetch);
      } catch { /* a value that fails here is perhaps never asked for; if it is, it fails there */ }
    }
    return missing;
  }
}
