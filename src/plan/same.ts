/** Whether two plans or expressions say the same: where they came from doesn't count. */

/**
 * Deep equality of nodes, all but `origin`; and `binding`, which follows from a function and its arguments, unless each call of it has
 * something of its own, as rand() has. Goes by a list, not by recursion.
 */
export function sameNode(a: unknown, b: unknown): boolean {
  const pairs: [unknown, unknown][] = [[a, b]];
  for (let pair = pairs.pop(); pair !== undefined; pair = pairs.pop()) {
    const [x, y] = pair;
    if (Object.is(x, y)) continue;
    if (typeof x !== "object" || typeof y !== "object" || x === null || y === null) return false;
    if (Array.isArray(x) !== Array.isArray(y)) return false;
    const left = x as Record<string, unknown>, right = y as Record<string, unknown>;
    const keys = (node: Record<string, unknown>): string[] => Object.keys(node).filter(key => key !== "origin" && node[key] !== undefined && (key !== "binding" || isOwn(node[key])));
    const names = keys(left);
    if (names.length !== keys(right).length) return false;
    for (const name of names) pairs.push([left[name], right[name]]);
  }
  return true;
}

const isOwn = (binding: unknown): boolean => (binding as { readonly deterministic?: boolean }).deterministic === false;
