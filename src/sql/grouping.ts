/** GROUP BY: plain keys, ALL, ROLLUP, CUBE, GROUPING SETS, and mixtures of them, which become one list of grouping sets. */
import type { Expression, Origin } from "../plan/expressions.ts";
import type { Aggregate } from "../plan/relations.ts";
import type { Relation } from "../plan/relations.ts";
import { sameNode } from "../plan/same.ts";
import type { SqlCursor } from "./cursor.ts";
import { expression, namedExpression } from "./expressions.ts";

export type Grouping = Pick<Aggregate, "groupType" | "grouping" | "groupingSets">;

/** A CUBE of 12 keys; more sets would be more plan than any machine can run. */
const MAX_SETS = 4096;

type Item =
  | { readonly kind: "keys"; readonly key: Expression }
  | { readonly kind: "rollup" | "cube" | "sets"; readonly sets: readonly (readonly Expression[])[] };

/** Behind GROUP BY. `named`: keys may have aliases, as those of a pipe's AGGREGATE may. */
export function groupBy(cursor: SqlCursor, named = false): Grouping {
  const first = cursor.position;
  const items = cursor.list<Item>(() => analytics(cursor) ?? { kind: "keys", key: named ? namedExpression(cursor) : expression(cursor) });
  const keys = items.flatMap(item => item.kind === "keys" ? [item.key] : []);
  if (keys.length === items.length) {
    if (cursor.isWord("WITH") && cursor.isOneOf(["ROLLUP", "CUBE"], 1)) {
      cursor.position++;
      return { groupType: cursor.next().value === "ROLLUP" ? "rollup" : "cube", grouping: keys };
    }
    if (cursor.areWords("GROUPING", "SETS") && cursor.isSymbol("(", 2)) {
      cursor.position += 2;
      return { groupType: "grouping_sets", grouping: keys, groupingSets: setList(cursor, () => [keySet(cursor)]) };
    }
    const only = keys[0]!;
    const isAll = keys.length === 1 && only.kind === "unresolved_attribute" && only.nameParts.length === 1 && cursor.tokens[first]!.value === "ALL" && cursor.tokens[first]!.kind === "word";
    return { groupType: isAll ? "all" : "group_by", grouping: keys };
  }
  const single = items.length === 1 ? items[0]! : undefined;
  if (single !== undefined && (single.kind === "rollup" || single.kind === "cube") && single.sets.every(set => set.length === 1)) {
    return { groupType: single.kind, grouping: single.sets.map(set => set[0]!) };
  }
  const sets = items.reduce<readonly (readonly Expression[])[]>((before, item) => {
    const own = item.kind === "keys" ? [[item.key]] : spread(cursor, first, item);
    if (before.length * own.length > MAX_SETS) throw tooMany(cursor, first);
    return before.flatMap(left => own.map(right => [...left, ...right]));
  }, [[]]);
  return { groupType: "grouping_sets", grouping: distinct(sets.flat()), groupingSets: sets };
}

function spread(cursor: SqlCursor, first: number, item: Extract<Item, { readonly sets: unknown }>): readonly (readonly Expression[])[] {
  const { kind, sets } = item;
  switch (kind) {
    case "sets": return sets;
    case "rollup": return Array.from({ length: sets.length + 1 }, (_, i) => sets.slice(0, sets.length - i).flat());
    case "cube":
      if (2 ** sets.length > MAX_SETS) throw tooMany(cursor, first);
      return Array.from({ length: 2 ** sets.length }, (_, mask) => sets.filter((_, i) => (mask & (1 << i)) === 0).flat());
  }
}

function tooMany(cursor: SqlCursor, first: number): Error {
  return cursor.error(first, "GROUPING_SIZE_LIMIT_EXCEEDED", "54000", `Grouping sets size cannot be greater than ${MAX_SETS}.`, { maxSize: String(MAX_SETS) });
}

function distinct(keys: readonly Expression[]): Expression[] {
  const result: Expression[] = [];
  for (const key of keys) if (!result.some(other => sameNode(other, key))) result.push(key);
  return result;
}

/** ROLLUP (...), CUBE (...), GROUPING SETS (...), if one stands here. */
function analytics(cursor: SqlCursor): Item | undefined {
  if (cursor.isOneOf(["ROLLUP", "CUBE"]) && cursor.isSymbol("(", 1)) {
    const kind = cursor.next().value === "ROLLUP" ? "rollup" : "cube";
    const at = cursor.position - 1, sets = setList(cursor, () => [keySet(cursor)]);
    if (sets.some(set => set.length === 0)) throw cursor.error(at, "_LEGACY_ERROR_TEMP_0051", "42000", `Empty set in ${kind.toUpperCase()} grouping sets is not supported.`, { element: kind.toUpperCase() });
    return { kind, sets };
  }
  if (!(cursor.areWords("GROUPING", "SETS") && cursor.isSymbol("(", 2))) return undefined;
  const first = cursor.position;
  cursor.position += 2;
  return {
    kind: "sets",
    sets: cursor.deeper(() => setList(cursor, () => {
      const inner = analytics(cursor);
      return inner === undefined ? [keySet(cursor)] : inner.kind === "keys" ? [[inner.key]] : spread(cursor, first, inner);
    })),
  };
}

function setList(cursor: SqlCursor, element: () => readonly (readonly Expression[])[]): readonly (readonly Expression[])[] {
  cursor.expectSymbol("(");
  const sets = cursor.list(element).flat();
  cursor.expectSymbol(")");
  return sets;
}

/** `(a, b)`, `()`, or one expression. */
function keySet(cursor: SqlCursor): Expression[] {
  const close = cursor.isSymbol("(") ? cursor.closingOf(0) : undefined;
  const behind = close === undefined ? undefined : cursor.tokens[close + 1];
  if (behind?.text !== "," && behind?.text !== ")") return [expression(cursor)];
  cursor.position++;
  const keys = cursor.isSymbol(")") ? [] : cursor.list(() => expression(cursor));
  cursor.expectSymbol(")");
  return keys;
}

export function aggregated(input: Relation, grouping: Grouping, aggregates: readonly Expression[], having: Expression | undefined, origin: Origin): Aggregate {
  return Object.freeze({ kind: "aggregate", input, ...grouping, aggregates, ...(having === undefined ? {} : { having }), origin });
}
