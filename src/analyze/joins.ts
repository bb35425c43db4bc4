/** Joins: conditions, USING and NATURAL with their merged keys, LATERAL. */
import type { Origin } from "../plan/expressions.ts";
import type { Join, JoinType } from "../plan/relations.ts";
import type { Attribute, NamedExpression, ResolvedExpression, ResolvedRelation } from "../plan/resolved.ts";
import { BOOLEAN } from "../types/data-type.ts";
import type { Analyzer, Env } from "./analyzer.ts";
import { changeAttribute, coerce, nameExpression, passThrough, projectTo } from "./build.ts";
import { callByName } from "./calls.ts";
import { fail, quoteIdentifiers, quoteSql, quoteType } from "./errors.ts";
import { hasAggregate, hasGenerator, hasWindow } from "./expressions.ts";
import { hintOf } from "./hints.ts";
import { displayName } from "./names.ts";
import { besides, type Analysed, type SameName, type Scope } from "./scope.ts";
import { lateralJoin } from "./lateral-joins.ts";

export function join(analyzer: Analyzer, relation: Join, env: Env): Analysed {
  const left = analyzer.relation(relation.left, env);
  if (relation.lateral === true) return lateralJoin(analyzer, relation, left, env);
  const right = analyzer.relation(relation.right, env);
  return joinOf(analyzer, relation, left, right, env);
}

export function joinOf(analyzer: Analyzer, relation: Join, left: Analysed, right: Analysed, env: Env): Analysed {
  const { joinType, origin } = relation;
  if (relation.natural === true || relation.usingColumns !== undefined) return mergedKeys(analyzer, relation, left, right);
  let condition: ResolvedExpression | undefined;
  if (relation.condition !== undefined) {
    const resolver = analyzer.resolver(besides(left, right), env);
    condition = checkCondition(resolver.resolve(relation.condition), () => displayName(resolver, relation.condition!), relation.condition.origin);
  }
  const result = joined(left, right, joinType, condition, origin), hint = hintOf(relation, env.small);
  return hint === undefined || result.plan.kind !== "join" ? result : { ...result, plan: Object.freeze({ ...result.plan, hint }) };
}

function checkCondition(condition: ResolvedExpression, text: () => string, origin: Origin | undefined): ResolvedExpression {
  if (condition.type.kind !== "boolean") {
    throw fail("JOIN_CONDITION_IS_NOT_BOOLEAN_TYPE", "42K0E", `The join condition "${text()}" has the invalid type ${quoteType(condition.type)}, expected "BOOLEAN".`, { joinCondition: quoteSql(text()), conditionType: quoteType(condition.type) }, origin);
  }
  if (hasGenerator(condition)) throw fail("UNSUPPORTED_GENERATOR.OUTSIDE_SELECT", "42K0E", "The generator is not supported: outside the SELECT clause.", { plan: `Join ${text()}` }, origin);
  const wrong = hasAggregate(condition) ? "aggregate functions" : hasWindow(condition) ? "window functions" : undefined;
  if (wrong !== undefined) throw fail("UNSUPPORTED_EXPR_FOR_OPERATOR", "42K0E", `A join condition can't contain ${wrong}.`, { operator: "Join", invalidExprSqls: quoteSql(text()) }, origin);
  return condition;
}

/** A join whose sides' columns stand beside each other; those of a side that may be missing become nullable. */
export function joined(left: Analysed, right: Analysed, joinType: JoinType, condition: ResolvedExpression | undefined, origin: Origin | undefined): Analysed {
  const nullableLeft = joinType === "right" || joinType === "full", nullableRight = joinType === "left" || joinType === "full";
  const semi = joinType === "left_semi" || joinType === "left_anti";
  const asNullable = (list: readonly Attribute[], nullable: boolean): readonly Attribute[] => nullable ? list.map(a => a.nullable ? a : changeAttribute(a, { nullable: true })) : list;
  const leftOutput = asNullable(left.plan.output, nullableLeft), rightOutput = semi ? [] : asNullable(right.plan.output, nullableRight);
  const output = [...leftOutput, ...rightOutput];
  const plan: ResolvedRelation = Object.freeze({
    kind: "join", left: left.plan, right: right.plan, joinType, condition, output, isStreaming: left.plan.isStreaming || right.plan.isStreaming, origin,
  });
  const byId = new Map(output.map(a => [a.id, a] as const));
  const current = (list: readonly Attribute[]): readonly Attribute[] => list.map(a => byId.get(a.id) ?? a);
  const scope: Scope = semi ? left : besides(left, right);
  return { plan, visible: current(scope.visible), hidden: current(scope.hidden), frames: scope.frames };
}

/** The names of both sides, each as often as the side has it that has it less often. */
function sharedNames(left: Scope, right: Scope, same: SameName): readonly string[] {
  const rest = right.visible.map(a => a.name);
  return left.visible.map(a => a.name).filter(name => {
    const at = rest.findIndex(other => same(name, other));
    if (at >= 0) rest.splice(at, 1);
    return at >= 0;
  });
}

/** USING and NATURAL: equal keys become one column in front; each side's own key is found by its qualifier. */
function mergedKeys(analyzer: Analyzer, relation: Join, left: Analysed, right: Analysed): Analysed {
  const { same } = analyzer, { origin, joinType } = relation;
  const names = relation.usingColumns ?? sharedNames(left, right, same);
  const keyOf = (side: Analysed, name: string, which: string): Attribute => {
    // Of several columns of the name the first is meant.
    const found = side.visible.find(a => same(a.name, name));
    if (found !== undefined) return found;
    const suggestion = quoteIdentifiers(side.visible.map(a => a.name).toSorted());
    throw fail("UNRESOLVED_USING_COLUMN_FOR_JOIN", "42703", `USING column \`${name}\` cannot be resolved on the ${which} side of the join. The ${which}-side columns: [${suggestion}].`, { colName: `\`${name}\``, side: which, suggestion }, origin);
  };
  const keys = names.map(name => [keyOf(left, name, "left"), keyOf(right, name, "right")] as const);
  const resolver = analyzer.resolver(besides(left, right), analyzer.rootEnv);
  const condition = keys.map(([l, r]) => callByName(resolver, "=", [l, r], origin)).reduce<ResolvedExpression | undefined>((all, equal) =>
    all === undefined ? equal : Object.freeze({ kind: "and", left: all, right: equal, type: BOOLEAN, nullable: all.nullable || equal.nullable, origin }), undefined);
  const both = joined(left, right, joinType, condition, origin);
  if (joinType === "left_semi" || joinType === "left_anti") {
    const front = keys.map(([l]) => both.visible.find(a => a.id === l.id)!);
    return { ...both, visible: [...front, ...both.visible.filter(a => !front.includes(a))] };
  }
  const now = (attribute: Attribute): Attribute => both.plan.output.find(a => a.id === attribute.id)!;
  const merged: NamedExpression[] = keys.map(([l, r]) => {
    if (joinType === "right") return passThrough(now(r));
    if (joinType !== "full") return passThrough(now(l));
    const type = resolver.common([l, r]) ?? l.type;
    const args = [now(l), now(r)].map(a => coerce(a, type, resolver.settings));
    return nameExpression(Object.freeze({ kind: "coalesce", args, type, nullable: true, origin }), l.name);
  });
  const keyIds = new Set(keys.flatMap(([l, r]) => [l.id, r.id]));
  const rest = both.visible.filter(a => !keyIds.has(a.id));
  // What was merged away stays reachable as left.key and right.key.
  const hiddenKeys = keys.flatMap(([l, r]) => joinType === "full" ? [now(l), now(r)] : joinType === "right" ? [now(l)] : [now(r)]);
  const visible = [...merged.map(m => m.attribute), ...rest], hidden = [...both.hidden, ...hiddenKeys];
  const needed = [...merged, ...rest.map(passThrough), ...hidden.filter(h => !visible.some(v => v.id === h.id)).map(passThrough)];
  const plan = projectTo(both.plan, needed, origin);
  return { plan, visible, hidden, frames: both.frames };
}

