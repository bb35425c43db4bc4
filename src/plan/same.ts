/** Whether two plans or expressions say the same: where they came from doesn't count. */

const ORIGIN: ReadonlySet<string> = new Set(["origin"]), ORIGIN_AND_PLAN: ReadonlySet<string> = new Set(["origin", "planId"]);
/** Without arguments each call is one of its own. */
const CHANCE: ReadonlySet<string> = new Set(["rand", "random", "randn", "uuid", "shuffle"]);

/** Whether two relations as written are the same, up to their places and the numbers by which columns find them. */
export const samePlan = (a: object, b: object): boolean => a === b || sameNode(a, b, ORIGIN_AND_PLAN);

/**
 * Deep equality of nodes, all but `origin`; and `binding`, which follows from a function and its arguments, unless each call of it has
 * something of its own, as rand() has. Goes by a list, not by recursion.
 */
export function sameNode(a: unknown, b: unknown, beside: ReadonlySet<string> = ORIGIN): boolean {
  const pairs: [unknown, unknown][] = [[a, b]];
  for (let pair = pairs.pop(); pair !== undefined; pair = pairs.pop()) {
    const [x, y] = pair;
    if (Object.is(x, y)) continue;
    if (typeof x !== "object" || typeof y !== "object" || x === null || y === null) return false;
    if (Array.isArray(x) !== Array.isArray(y)) return false;
    if ((x as { readonly kind?: unknown }).kind === "unresolved_function" && CHANCE.has((x as { readonly name: string }).name)) return false;
    const left = x as Record<string, unknown>, right = y as Record<string, unknown>;
    const keys = (node: Record<string, unknown>): string[] => Object.keys(node).filter(key => !beside.has(key) && node[key] !== undefined && (key !== "binding" || isOwn(node[key])));
    const names = keys(left);
    if (names.length !== keys(right).length) return false;
    for (const name of names) pairs.push([left[name], right[name]]);
  }
  return true;
}

const isOwn = (binding: unknown): boolean => (binding as { readonly deterministic?: boolean }).deterministic === false;
