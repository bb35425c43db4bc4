/** What a join implies: a row whose key is null has no partner. */
import { lookupFunction } from "../functions/registry.ts";
import type { Attribute, ResolvedExpression, ResolvedJoin } from "../plan/resolved.ts";
import { BOOLEAN } from "../types/data-type.ts";
import { isOver, references } from "./expression-facts.ts";

export interface KeyFilters { readonly left: readonly ResolvedExpression[]; readonly right: readonly ResolvedExpression[] }

const EQUALITIES = new Set(["=", "=="]), COMPARISONS = new Set(["<", "<=", ">", ">="]);

/**
 * `key IS NOT NULL` for the nullable columns that the conditions say are equal. Between streams also for those that are
 * compared, as a row that is kept in vain costs more than a filter.
 */
export function keyFilters(join: ResolvedJoin, conditions: readonly ResolvedExpression[]): KeyFilters {
  const left: ResolvedExpression[] = [], right: ResolvedExpression[] = [], areStreams = join.left.isStreaming && join.right.isStreaming;
  for (const c of conditions) {
    if (c.kind !== "scalar_call" || !EQUALITIES.has(c.function.name) && !(areStreams && COMPARISONS.has(c.function.name))) continue;
    for (const key of c.args.flatMap(areStreams ? termsOf : side => plainColumn(side) ?? [])) {
      if (!key.nullable) continue;
      const list = isOver(key, join.left.output) ? left : isOver(key, join.right.output) ? right : undefined;
      const filter = isNotNull(key, areStreams);
      if (filter !== undefined && list?.some(other => references([other]).has(key.id)) === false) list.push(filter);
    }
  }
  return { left, right };
}

/** The column itself, or under a cast that keeps null apart from values. */
function plainColumn(e: ResolvedExpression): Attribute | undefined {
  if (e.kind === "attribute") return e;
  return e.kind === "cast" && e.implicit && e.evalMode !== "try" ? plainColumn(e.child) : undefined;
}

/** The columns of a sum or difference: a null among them makes it null. */
function termsOf(e: ResolvedExpression): readonly Attribute[] {
  if (e.kind === "scalar_call" && (e.function.name === "+" || e.function.name === "-")) return e.args.flatMap(termsOf);
  const column = plainColumn(e);
  return column === undefined ? [] : [column];
}

function isNotNull(key: Attribute, isImplied: boolean): ResolvedExpression | undefined {
  const entry = lookupFunction("isnotnull");
  if (entry?.kind !== "scalar") return undefined;
  const binding = entry.bind([key], { timeZone: "UTC", ansi: true, conf: new Map() }, undefined);
  return Object.freeze({ kind: "scalar_call", function: entry, args: [key], binding, type: BOOLEAN, nullable: false, ...(isImplied && { isImplied }) });
}
