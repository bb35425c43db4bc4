/** Joins of the nearest: `a ASOF JOIN b MATCH_CONDITION (a.t >= b.t)`, and `a JOIN b EXACT NEAREST 3 BY DISTANCE abs(a.x - b.x)`. */
import type { Expression } from "../plan/expressions.ts";
import type { JoinType, Relation } from "../plan/relations.ts";
import type { SqlCursor } from "./cursor.ts";
import { expression } from "./expressions.ts";

/** Whether ASOF JOIN stands here, and not a table that is called so: MATCH_CONDITION must come behind. */
export function startsAsOf(cursor: SqlCursor, ahead: number): boolean {
  if (!cursor.isWord("ASOF", ahead) || !cursor.isWord("JOIN", ahead + 1)) return false;
  for (let at = ahead + 2; ; at++) {
    if (startsMatchCondition(cursor, at)) return true;
    if (cursor.isSymbol("(", at)) {
      const close = cursor.closingOf(at);
      if (close === undefined) return false;
      at = close - cursor.position;
      continue;
    }
    const token = cursor.peek(at);
    if (token.kind === "end" || token.kind === "operator" && token.text !== "." || cursor.isOneOf(["ON", "USING", "JOIN", "WHERE", "GROUP", "ORDER"], at)) return false;
  }
}

/** `MATCH_CONDITION (a.t >= b.t)`; with a list of names behind it the word is an alias. */
export const startsMatchCondition = (cursor: SqlCursor, ahead = 0): boolean =>
  cursor.isWord("MATCH_CONDITION", ahead) && cursor.isSymbol("(", ahead + 1) && !(cursor.isName(ahead + 2) && (cursor.isSymbol(",", ahead + 3) || cursor.isSymbol(")", ahead + 3)));

export const startsNearest = (cursor: SqlCursor, ahead = 0): boolean =>
  cursor.isOneOf(["EXACT", "APPROX"], ahead) && cursor.isWord("NEAREST", ahead + 1) && (cursor.isWord("BY", ahead + 2) || cursor.isKind("number", ahead + 2));

const OPERATORS: Readonly<Record<string, readonly [direction: "forward" | "backward", exact: boolean]>> = { ">=": ["backward", true], ">": ["backward", false], "<=": ["forward", true], "<": ["forward", false] };

/** From MATCH_CONDITION on. */
export function asOfJoin(cursor: SqlCursor, first: number, head: number, left: Relation, right: Relation, joinType: JoinType): Relation {
  cursor.expectWords("MATCH_CONDITION");
  cursor.expectSymbol("(");
  const match = expression(cursor);
  cursor.expectSymbol(")");
  let on: Expression | undefined, by: readonly string[] = [];
  if (cursor.takeWords("ON")) on = expression(cursor);
  else if (cursor.isWord("USING") && cursor.isSymbol("(", 1)) {
    cursor.position++;
    by = cursor.nameList();
  }
  if (!cursor.isOn("spark.sql.join.asofJoin.enabled")) {
    cursor.refuse(cursor.error(head, "UNSUPPORTED_FEATURE.ASOF_JOIN", "0A000", 'The feature is not supported: SQL ASOF JOIN syntax. Set "spark.sql.join.asofJoin.enabled" to true to enable it.'));
  }
  const written = match.kind === "unresolved_function" ? match.name === "not" ? "<>" : match.name.toUpperCase() : match.kind === "in_list" ? "IN" : "", found = match.kind === "unresolved_function" && match.args.length === 2 ? OPERATORS[match.name] : undefined;
  if (found === undefined || match.kind !== "unresolved_function") {
    cursor.refuse(cursor.error(head, "ASOF_JOIN_MATCH_CONDITION_INVALID_OPERATOR", "42K0E", `The MATCH_CONDITION operator must be one of >=, >, <=, <. Got: ${written}.`, { operator: written }));
    return left;
  }
  const [direction, allowExactMatches] = found;
  return Object.freeze({
    kind: "as_of_join", left, right, leftTime: match.args[0]!, rightTime: match.args[1]!, by, joinType: joinType === "left" ? "left" : "inner", direction, allowExactMatches,
    written: { ...(on !== undefined && { on }) }, origin: cursor.originFrom(first),
  });
}

const MOST = 100_000;
const NAMES: Readonly<Record<JoinType, string>> = { inner: "INNER", left: "LEFT OUTER", right: "RIGHT OUTER", full: "FULL OUTER", cross: "CROSS", left_semi: "LEFT SEMI", left_anti: "LEFT ANTI" };

/** `EXACT | APPROX NEAREST [n] BY DISTANCE | SIMILARITY x`: both look at all rows. */
export function nearestJoin(cursor: SqlCursor, first: number, head: number, left: Relation, right: Relation, joinType: JoinType): Relation {
  cursor.position += 2;
  const count = cursor.isKind("number") ? Number(cursor.integer()) : 1;
  cursor.expectWords("BY");
  const direction = cursor.takeOneOf("DISTANCE", "SIMILARITY");
  if (direction === undefined) throw cursor.fail();
  const ranking = expression(cursor);
  if (joinType !== "inner" && joinType !== "left") {
    const supported = "'INNER', 'LEFT OUTER'";
    cursor.refuse(cursor.error(head, "NEAREST_BY_JOIN.UNSUPPORTED_JOIN_TYPE", "42604", `Invalid nearest-by join. Unsupported nearest-by join type ${NAMES[joinType]}. Supported types: ${supported}.`, { joinType: NAMES[joinType], supported }));
  }
  if (count < 1 || count > MOST) {
    cursor.refuse(cursor.error(head, "NEAREST_BY_JOIN.NUM_RESULTS_OUT_OF_RANGE", "42604", `Invalid nearest-by join. The number of results ${count} must be between 1 and ${MOST}. Update the literal in \`APPROX NEAREST ${count} BY ...\` (or \`EXACT NEAREST ${count} BY ...\`) to fall within that range.`, { numResults: String(count), min: "1", max: String(MOST) }));
  }
  return Object.freeze({ kind: "nearest_join", left, right, joinType: joinType === "left" ? "left" : "inner", count, ranking, direction: direction === "DISTANCE" ? "distance" : "similarity", origin: cursor.originFrom(first) });
}
