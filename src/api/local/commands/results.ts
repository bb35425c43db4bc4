/** What statements give back: nothing, rows, or a relation that is known later. */
import type { Relation } from "../../../plan/relations.ts";
import type { Cell } from "../../../types/cell.ts";
import { struct, type StructField, type StructType } from "../../../types/data-type.ts";

export const NOTHING: Relation = Object.freeze({ kind: "local_relation", schema: struct([]), rows: [] });

export const rowsOf = (fields: readonly StructField[], rows: readonly (readonly Cell[])[]): Relation => ({ kind: "local_relation", schema: struct(fields), rows });

/** A relation that must be worked out first: EXPLAIN, DESCRIBE, what a statement that reads or writes gives. */
export class Deferred {
  readonly settle: () => Promise<Relation>;
  /** Ends what goes on, if it can be ended. */
  readonly cancel: ((reason: unknown) => void) | undefined;
  constructor(settle: () => Promise<Relation>, cancel?: (reason: unknown) => void) {
    this.settle = settle;
    this.cancel = cancel;
  }
}

const NO_SCHEMA: StructType = struct([]);

export function deferred(settle: () => Promise<Relation>, cancel?: (reason: unknown) => void): Relation {
  return { kind: "read_data_source", format: "deferred", options: {}, paths: [], isStreaming: false, schema: NO_SCHEMA, source: new Deferred(settle, cancel) };
}

/** Ends what a plan still waits for. */
export function cancelDeferred(plan: Relation, reason: unknown): void {
  for (const { source } of deferredIn(plan).values()) source.cancel?.(reason);
}

type DeferredRelation = Relation & { readonly source: Deferred };

function deferredIn(plan: Relation): Map<object, DeferredRelation> {
  const found = new Map<object, DeferredRelation>();
  const look = (node: unknown): void => {
    if (typeof node !== "object" || node === null) return;
    if (Array.isArray(node)) return node.forEach(look);
    if (node instanceof Deferred || Object.getPrototypeOf(node) !== Object.prototype) return;
    const known = node as { readonly kind?: unknown; readonly source?: unknown };
    if (known.kind === "local_relation" || known.kind === "literal") return;
    if (known.kind === "read_data_source") {
      if (known.source instanceof Deferred) found.set(node, node as DeferredRelation);
      return;
    }
    for (const [key, value] of Object.entries(node)) if (key !== "origin") look(value);
  };
  look(plan);
  return found;
}

/** A plan with all that is deferred in it in place. */
export async function settled(plan: Relation): Promise<Relation> {
  const waiting = deferredIn(plan), found = new Map<object, Relation>();
  if (waiting.size === 0) return plan;
  for (const [node, { source }] of waiting) found.set(node, await source.settle());
  const replace = (node: unknown): unknown => {
    if (typeof node !== "object" || node === null) return node;
    if (Array.isArray(node)) return node.map(replace);
    const other = found.get(node);
    if (other !== undefined) return other;
    if (Object.getPrototypeOf(node) !== Object.prototype) return node;
    const known = node as { readonly kind?: unknown };
    if (known.kind === "local_relation" || known.kind === "literal" || known.kind === "read_data_source") return node;
    return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, key === "origin" ? value : replace(value)]));
  };
  return replace(plan) as Relation;
}
