/** Broadcast hints: which side of a join its writer knows to be small. Other hints say nothing to this engine and are passed over. */
import type { Hint, Join, Relation } from "../plan/relations.ts";

const BROADCAST = new Set(["broadcast", "broadcastjoin", "mapjoin"]);

/** The relations, in lower case, that a hint above a query calls small. */
export function hintedNames(hint: Hint): readonly string[] {
  if (!BROADCAST.has(hint.name.toLowerCase())) return [];
  return hint.parameters.flatMap(p => p.kind === "unresolved_attribute" ? [p.nameParts[p.nameParts.length - 1]!.toLowerCase()] : p.kind === "literal" && typeof p.value === "string" ? [p.value.toLowerCase()] : []);
}

/** `small`: what hints around the join name. */
export function hintOf(join: Join, small: ReadonlySet<string>): "broadcast_left" | "broadcast_right" | undefined {
  return isSmall(join.right, small) ? "broadcast_right" : isSmall(join.left, small) ? "broadcast_left" : undefined;
}

function isSmall(side: Relation, small: ReadonlySet<string>): boolean {
  switch (side.kind) {
    case "hint": return side.parameters.length === 0 && BROADCAST.has(side.name.toLowerCase()) || isSmall(side.input, small);
    case "subquery_alias": return small.has(side.alias.toLowerCase()) || side.input.kind === "hint" && isSmall(side.input, small);
    case "read_named_table": return small.has(side.nameParts[side.nameParts.length - 1]!.toLowerCase());
    default: return false;
  }
}
