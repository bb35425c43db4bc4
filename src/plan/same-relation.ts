/** Whether two relations read and compute the same, up to the numbers of their attributes. */
import type { Attribute, ResolvedRelation } from "./resolved.ts";

/** Where things come from and what they are called is no matter; a binding follows from function and arguments. */
const BESIDE: ReadonlySet<string> = new Set(["origin", "qualifier", "binding", "planId"]);

/** The attributes of `right` by those of `left`, as ids, if both are the same; else undefined. */
export function sameRelation(left: ResolvedRelation, right: ResolvedRelation): ReadonlyMap<number, number> | undefined {
  const ids = new Map<number, number>(), taken = new Set<number>();
  const pair = (a: number, b: number): boolean => {
    const known = ids.get(a);
    if (known !== undefined || taken.has(b)) return known === b;
    ids.set(a, b);
    taken.add(b);
    return true;
  };
  const same = (a: unknown, b: unknown): boolean => {
    if (a === b && !isPlain(a)) return true;
    if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((item, i) => same(item, b[i]));
    if (!isPlain(a) || !isPlain(b)) return false;
    if (isAttribute(a) && isAttribute(b) && !pair(a.id, b.id)) return false;
    const skipped = (key: string): boolean => BESIDE.has(key) || (key === "id" && isAttribute(a));
    const keys = Object.keys(a).filter(key => !skipped(key));
    return keys.length === Object.keys(b).filter(key => !skipped(key)).length && keys.every(key => same((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]));
  };
  return same(left, right) ? ids : undefined;
}

/** A node of a plan, not a table or another object with a life of its own. */
const isPlain = (value: unknown): value is object => typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
const isAttribute = (node: object): node is Attribute => (node as { kind?: unknown }).kind === "attribute";
