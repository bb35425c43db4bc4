/** Functions that don't exist are told before anything else is: Spark looks for all of them first. */
import { MillraceError } from "../base/errors.ts";
import type { UnresolvedFunction } from "../plan/expressions.ts";
import type { Relation } from "../plan/relations.ts";
import { isUnknownFunction } from "./calls.ts";
import type { AnalyzerContext } from "./context.ts";
import { unresolvedRoutine } from "./errors.ts";

/** Analyses; an error gives way to that of a function in the same plan that nobody knows. */
export function unknownFunctionsFirst<T>(relation: Relation, context: AnalyzerContext, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof MillraceError) || error.condition === "UNRESOLVED_ROUTINE") throw error;
    const unknown = unknownCall(relation, context);
    throw unknown === undefined ? error : unresolvedRoutine([unknown.name], context.functionNames?.() ?? [], unknown.origin);
  }
}

function unknownCall(node: unknown, context: AnalyzerContext): UnresolvedFunction | undefined {
  if (typeof node !== "object" || node === null || ArrayBuffer.isView(node)) return undefined;
  if (Array.isArray(node)) return first(node, context);
  const { kind } = node as { readonly kind?: unknown };
  if (kind === "literal" || kind === "local_relation") return undefined;
  // Inputs stand before what uses them, arguments before their function.
  const inside = first(Object.entries(node).filter(([key]) => key !== "origin" && key !== "source" && key !== "entry").sort(([a], [b]) => Number(b === "input") - Number(a === "input")).map(([, value]) => value as unknown), context);
  return inside ?? (kind === "unresolved_function" && isUnknownFunction(context, node as UnresolvedFunction) ? node as UnresolvedFunction : undefined);
}

function first(nodes: readonly unknown[], context: AnalyzerContext): UnresolvedFunction | undefined {
  for (const node of nodes) {
    const found = unknownCall(node, context);
    if (found !== undefined) return found;
  }
  return undefined;
}
