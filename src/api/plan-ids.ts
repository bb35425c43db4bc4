/** Plan ids: the numbers that tie the columns of an accessor to the relation they are of. */
import type { Relation } from "../plan/relations.ts";

let last = 0;
export const nextPlanId = (): number => ++last;

/** The relation under an id of its own. */
export const withPlanId = (relation: Relation, planId: number): Relation => Object.freeze({ ...relation, planId });

/** The relation with new ids in the place of those that `other` has as well: a frame joined to itself, or to one made of it. */
export function freshPlanIds(relation: Relation, other: Relation): Relation {
  const taken = idsIn(other), mine = idsIn(relation);
  const renamed = new Map([...mine].filter(id => taken.has(id)).map(id => [id, nextPlanId()]));
  return renamed.size === 0 ? relation : rename(relation, renamed) as Relation;
}

/** Parts of a plan that hold data or foreign objects, never plan ids. */
const OPAQUE: ReadonlySet<string> = new Set(["schema", "rows", "source", "origin", "value", "type", "to", "entry", "program", "report"]);

function idsIn(node: unknown, ids = new Set<number>()): Set<number> {
  if (typeof node !== "object" || node === null) return ids;
  if (Array.isArray(node)) {
    for (const item of node) idsIn(item, ids);
    return ids;
  }
  for (const [key, value] of Object.entries(node) as [string, unknown][]) {
    if (key === "planId") { if (typeof value === "number") ids.add(value); } else if (!isOpaque(node, key)) idsIn(value, ids);
  }
  return ids;
}

function rename(node: unknown, renamed: ReadonlyMap<number, number>): unknown {
  if (typeof node !== "object" || node === null) return node;
  if (Array.isArray(node)) return node.map(item => rename(item, renamed));
  return Object.freeze(Object.fromEntries(Object.entries(node).map(([key, value]: [string, unknown]) => [
    key, key === "planId" ? renamed.get(value as number) ?? value : isOpaque(node, key) ? value : rename(value, renamed),
  ])));
}

function isOpaque(node: object, key: string): boolean {
  if (!OPAQUE.has(key)) return false;
  const kind = (node as { kind?: unknown }).kind;
  return !(key === "value" && kind === "named_argument") && !(key === "rows" && kind === "inline_table");
}
