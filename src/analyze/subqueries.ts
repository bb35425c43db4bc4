/**
 * Subqueries become joins. One that uses the outer row is computed for all outer rows at once: with the outer query's
 * distinct values of what it uses joined in at its leaves (Neumann and Kemper, Unnesting Arbitrary Queries, BTW 2015), or,
 * where only its WHERE uses them, with these conditions moved into the join. One that doesn't has one row for all.
 */
import { comparisonType } from "../functions/coercion.ts";
import type { Expression, Origin, Subquery } from "../plan/expressions.ts";
import type { Attribute, ResolvedExpression, ResolvedJoin, ResolvedRelation, ResolvedSubquery } from "../plan/resolved.ts";
import { childrenOf, mapChildren, mapExpression, someExpression } from "../plan/walk.ts";
import { attributesIn, expressionsOf, inputsOf, mapExpressionsOf, mapRelation, withInputs } from "../plan/walk-relations.ts";
import { BOOLEAN } from "../types/data-type.ts";
import type { Analyzer, Env } from "./analyzer.ts";
import { coerce, filterBy, literalOf, makeAttribute, nameExpression, passThrough, projectTo } from "./build.ts";
import { callByName } from "./calls.ts";
import { dependentJoin, type Domain } from "./decorrelate.ts";
import { fail, quoteSql, quoteType } from "./errors.ts";
import type { Resolver } from "./expressions.ts";
import type { OuterScope } from "./name-lookup.ts";
import { joined } from "./joins.ts";
import { displayName } from "./names.ts";
import { OuterPlaces } from "./outer-places.ts";
import { analysed, settle } from "./scope.ts";
import { pullUp, pullUpAggregate } from "./pull-up.ts";
import { wasWritten } from "./semantic.ts";
import { anyRow, onlyRow, singleRow } from "./single-row.ts";

/** The attributes of the outer row that a subquery uses; not in here: none. */
const CORRELATED = new WeakMap<object, readonly Attribute[]>();
/** What a subquery as written shows in a name: the outer columns that it uses. */
const SHOWN = new WeakMap<object, readonly string[]>();
export const shownReferences = (subquery: Subquery): readonly string[] => SHOWN.get(subquery.plan) ?? [];
export const outerReferences = (subquery: ResolvedSubquery): readonly Attribute[] => CORRELATED.get(subquery.plan) ?? [];
export const isSubquery = (e: ResolvedExpression): e is ResolvedSubquery => e.kind === "subquery";
const isCorrelated = (e: ResolvedSubquery): boolean => CORRELATED.has(e.plan);

export function subqueryExpression(analyzer: Analyzer, subquery: Subquery, resolver: Resolver, env: Env): ResolvedExpression {
  const { form, origin } = subquery;
  const places = new OuterPlaces(), outer: OuterScope = { scope: resolver.scope, used: new Map(), routine: resolver.options.routine ?? resolver.options.outer?.routine, places, stars: resolver.options.isAlias !== undefined, groups: resolver.options.groups };
  analyzer.refuseSameNames(subquery.plan, env);
  const plan = settle(analyzer.relation(subquery.plan, { ...env, windows: undefined, outer }));
  wasWritten(plan, subquery.plan);
  if (outer.used.size > 0) {
    CORRELATED.set(plan, [...outer.used.values()]);
    SHOWN.set(subquery.plan, places.references.map(a => a.name));
  }
  if (form === "scalar" && plan.output.length !== 1) {
    throw fail("INVALID_SUBQUERY_EXPRESSION.SCALAR_SUBQUERY_RETURN_MORE_THAN_ONE_OUTPUT_COLUMN", "42823", `Invalid subquery: Scalar subquery must return only one column, but got ${plan.output.length}.`, { number: String(plan.output.length) }, origin);
  }
  places.check();
  switch (form) {
    case "exists": return Object.freeze({ kind: "subquery", form, plan, values: [], type: BOOLEAN, nullable: false, origin });
    case "scalar": return Object.freeze({ kind: "subquery", form, plan, values: [], type: plan.output[0]!.type, nullable: true, origin });
    case "in": return inSubquery(subquery, plan, resolver);
  }
}

function inSubquery(subquery: Subquery, plan: ResolvedRelation, resolver: Resolver): ResolvedExpression {
  const { origin } = subquery, written = (subquery.values ?? []).flatMap(rowItems);
  const values = resolver.resolveAll(written);
  const sqlExpr = (): string => quoteSql(displayName(resolver, { ...subquery, values: written }));
  if (values.length !== plan.output.length) {
    const leftColumns = written.map(e => quoteSql(displayName(resolver, e))).join(", "), rightColumns = plan.output.map(a => quoteSql(a.name)).join(", ");
    throw fail("DATATYPE_MISMATCH.IN_SUBQUERY_LENGTH_MISMATCH", "42K09", `Cannot resolve ${sqlExpr()} due to data type mismatch: The number of columns in the left hand side of an IN subquery does not match the number of columns in the output of subquery.`,
      { sqlExpr: sqlExpr(), leftLength: String(values.length), rightLength: String(plan.output.length), leftColumns, rightColumns }, origin);
  }
  const types = values.map((value, i) => comparisonType(value.type, plan.output[i]!.type));
  if (types.some(type => type === undefined)) {
    const mismatched = values.flatMap((value, i) => types[i] === undefined ? [`(${value.kind === "attribute" ? [...value.qualifier, value.name].join(".") : displayName(resolver, written[i]!)}:${value.type.kind}, ${plan.output[i]!.name}:${plan.output[i]!.type.kind})`] : []).join(", ");
    throw fail("DATATYPE_MISMATCH.IN_SUBQUERY_DATA_TYPE_MISMATCH", "42K09", `Cannot resolve ${sqlExpr()} due to data type mismatch: The data type of one or more elements in the left hand side of an IN subquery is not compatible with the data type of the output of the subquery.`,
      { sqlExpr: sqlExpr(), mismatchedColumns: mismatched, leftType: values.map(v => quoteType(v.type)).join(", "), rightType: plan.output.map(a => quoteType(a.type)).join(", ") }, origin);
  }
  const typed = values.map((value, i) => coerce(value, types[i]!, resolver.settings));
  const same = plan.output.every((a, i) => coerce(a, types[i]!, resolver.settings) === a);
  const cast = same ? plan : projectTo(plan, plan.output.map((a, i) => { const e = coerce(a, types[i]!, resolver.settings); return e === a ? passThrough(a) : nameExpression(e, a.name); }));
  const correlated = CORRELATED.get(plan);
  if (correlated !== undefined) CORRELATED.set(cast, correlated);
  wasWritten(cast, subquery.plan);
  return Object.freeze({ kind: "subquery", form: "in", plan: cast, values: typed, type: BOOLEAN, nullable: typed.some(v => v.nullable) || cast.output.some(a => a.nullable), origin });
}

/** `(a, b) IN (...)`: a row's items. */
function rowItems(value: Expression): readonly Expression[] {
  if (value.kind === "unresolved_function" && value.name === "named_struct" && value.args.length % 2 === 0) return value.args.filter((_, i) => i % 2 === 1);
  if (value.kind === "unresolved_function" && value.name === "struct") return value.args.map(arg => arg.kind === "alias" ? arg.child : arg);
  return [value];
}

/** A filter whose condition may hold subqueries: EXISTS and IN become semi or anti joins, the others columns joined in. */
export function rewriteConditions(analyzer: Analyzer, input: ResolvedRelation, written: ResolvedExpression, origin: Origin | undefined): ResolvedRelation {
  if (!someExpression(written, isSubquery)) return filterBy(input, written, origin);
  const condition = withNotInside(written);
  let plan = input;
  const rest: ResolvedExpression[] = [];
  for (const conjunct of conjunctsOf(condition)) {
    const negated = conjunct.kind === "scalar_call" && conjunct.function.name === "not";
    const subquery = negated ? conjunct.args[0]! : conjunct;
    if (isSubquery(subquery) && (subquery.form === "in" || subquery.form === "exists" && isCorrelated(subquery))) plan = semiJoin(analyzer, plan, subquery, negated);
    else rest.push(conjunct);
  }
  if (rest.length === 0) return plan;
  const together = rest.reduce(andOf);
  if (!someExpression(together, isSubquery)) return filterBy(plan, together, origin);
  const attached = attachSubqueries(analyzer, plan, [together]);
  return projectTo(filterBy(attached.plan, attached.expressions[0]!, origin), input.output.map(passThrough));
}

export function conjunctsOf(e: ResolvedExpression): readonly ResolvedExpression[] {
  return e.kind === "and" ? [...conjunctsOf(e.left), ...conjunctsOf(e.right)] : [e];
}
export const andOf = (left: ResolvedExpression, right: ResolvedExpression): ResolvedExpression => Object.freeze({ kind: "and", left, right, type: BOOLEAN, nullable: left.nullable || right.nullable });

/** NOT taken inside AND, OR and NOT, down to the subqueries: there it says how nulls are meant. */
function withNotInside(e: ResolvedExpression): ResolvedExpression {
  if (!someExpression(e, isSubquery) || isSubquery(e)) return e;
  const inner = e.kind === "scalar_call" && e.function.name === "not" ? e.args[0]! : undefined;
  if (inner === undefined || e.kind !== "scalar_call") return mapChildren(e, withNotInside);
  if (inner.kind === "scalar_call" && inner.function.name === "not") return withNotInside(inner.args[0]!);
  if (inner.kind !== "and" && inner.kind !== "or") return mapChildren(e, withNotInside);
  const [left, right] = [inner.left, inner.right].map(side => withNotInside(Object.freeze({ ...e, args: [side], nullable: side.nullable }))) as [ResolvedExpression, ResolvedExpression];
  return Object.freeze({ ...inner, kind: inner.kind === "and" ? "or" : "and", left, right });
}

/**
 * Expressions with subqueries over a plan: the plan with their results joined in, and the expressions over that. `isThreeValued`: one value
 * IN rows that don't depend on it can be null, as it is in the condition of a join that keeps its row anyway; elsewhere it is false then, as
 * Spark has it.
 */
export function attachSubqueries(analyzer: Analyzer, input: ResolvedRelation, expressions: readonly ResolvedExpression[], isThreeValued = false): { readonly plan: ResolvedRelation; readonly expressions: readonly ResolvedExpression[] } {
  let plan = input;
  const beside = (one: ResolvedRelation, origin: Origin | undefined): ResolvedExpression => {
    plan = joined(analysed(plan), analysed(one), "inner", undefined, origin).plan;
    return one.output[0]!;
  };
  const call = (name: string, args: readonly ResolvedExpression[], origin: Origin | undefined): ResolvedExpression => callByName(analyzer.resolver(analysed(plan), analyzer.rootEnv), name, args, origin);
  const hasNulls = (e: ResolvedSubquery): ResolvedExpression => beside(anyRow(analyzer, filterBy(e.plan, call("isnull", [e.plan.output[0]!], e.origin), e.origin)), e.origin);
  const rewrite = (e: ResolvedExpression): ResolvedExpression => {
    if (!isThreeValued || !isSubquery(e) || !isSingleIn(e) || !e.nullable) return rewriteTwoValued(e);
    const found = rewriteTwoValued(e), any = beside(anyRow(analyzer, e.plan), e.origin);
    const isUnknown: ResolvedExpression = Object.freeze({ kind: "or", left: hasNulls(e), right: andOf(any, call("isnull", [e.values[0]!], e.origin)), type: BOOLEAN, nullable: false });
    return Object.freeze({ kind: "case_when", branches: [{ when: found, then: literalOf(true, BOOLEAN) }, { when: isUnknown, then: literalOf(null, BOOLEAN) }], otherwise: literalOf(false, BOOLEAN), type: BOOLEAN, nullable: true, origin: e.origin });
  };
  const rewriteTwoValued = (e: ResolvedExpression): ResolvedExpression => {
    const negated = e.kind === "scalar_call" && e.function.name === "not" ? e.args[0] : undefined;
    if (!isThreeValued && negated !== undefined && isSubquery(negated) && isSingleIn(negated) && !isNullLiteral(negated.values[0]!) && negated.nullable) {
      // A null on either side makes NOT IN other than true, unless there are no rows.
      const found = rewrite(negated), any = beside(anyRow(analyzer, negated.plan), e.origin), nulls = hasNulls(negated);
      const decided: ResolvedExpression = Object.freeze({ kind: "or", left: call("isnotnull", [negated.values[0]!], e.origin), right: call("not", [any], e.origin), type: BOOLEAN, nullable: false });
      return andOf(andOf(call("not", [found], e.origin), call("not", [nulls], e.origin)), decided);
    }
    if (negated !== undefined && isSubquery(negated) && negated.form === "in" && !isSingleIn(negated) && negated.nullable) {
      const { plan: marked, conditions } = notIn(analyzer, plan, negated);
      plan = asValue(joined(analysed(plan), analysed(marked), "left", conditions.reduce(andOf), e.origin).plan);
      return callByName(analyzer.resolver(analysed(plan), analyzer.rootEnv), "isnull", [plan.output.find(a => a.id === marked.output.at(-1)!.id)!], e.origin);
    }
    if (!isSubquery(e)) return mapChildren(e, rewrite);
    if (isSingleIn(e) && isNullLiteral(e.values[0]!)) {
      return Object.freeze({ kind: "case_when", branches: [{ when: beside(anyRow(analyzer, e.plan), e.origin), then: literalOf(null, BOOLEAN) }], otherwise: literalOf(false, BOOLEAN), type: BOOLEAN, nullable: true, origin: e.origin });
    }
    if (!isCorrelated(e) && e.form !== "in") {
      const one = e.form === "scalar" ? onlyRow(analyzer, e.plan) : anyRow(analyzer, e.plan);
      plan = joined(analysed(plan), analysed(one), "inner", undefined, e.origin).plan;
      return one.output[0]!;
    }
    const used = outerReferences(e), grouped = e.form === "scalar" ? pullUpAggregate(e.plan, id => used.some(a => a.id === id)) : undefined;
    if (grouped !== undefined) {
      plan = asValue(joined(analysed(plan), analysed(grouped.plan), "left", grouped.conditions.reduce(andOf), e.origin).plan);
      const output = plan.output;
      return mapExpression(grouped.value, x => {
        const found = x.kind === "attribute" ? output.find(a => a.id === x.id) : undefined;
        if (found === undefined) return x;
        return grouped.counts.some(a => a.id === found.id) ? Object.freeze({ kind: "coalesce", args: [found, literalOf(0n, found.type)], type: found.type, nullable: false }) : found;
      });
    }
    const { plan: inner, domain } = used.length === 0 ? { plan: e.plan, domain: NO_DOMAIN } : dependentJoin(analyzer, plan, e.plan, used);
    if (e.form === "scalar") {
      const one = singleRow(analyzer, inner, domain.columns.map(c => c.inner), inner.output.find(a => a.id === e.plan.output[0]!.id)!);
      plan = asValue(backJoin(analyzer, plan, one.plan, "left", domain, []));
      return one.whenMissing(plan.output.find(a => a.id === one.value.id)!);
    }
    const marker = makeAttribute("exists", BOOLEAN, false);
    const columns = [...domain.columns.map(c => c.inner), ...(e.form === "in" ? e.plan.output : [])];
    const distinct: ResolvedRelation = { kind: "deduplicate", input: projectTo(inner, columns.map(passThrough)), keys: columns, withinWatermark: false, output: columns, isStreaming: inner.isStreaming };
    const marked = projectTo(distinct, [...columns.map(passThrough), { expression: literalOf(true, BOOLEAN), attribute: marker }]);
    plan = asValue(backJoin(analyzer, plan, marked, "left", domain, e.form === "in" ? e.values.map((value, i) => [value, e.plan.output[i]!] as const) : []));
    const resolver = analyzer.resolver(analysed(plan), analyzer.rootEnv);
    return callByName(resolver, "isnotnull", [plan.output.find(a => a.id === marker.id)!], e.origin);
  };
  const rewritten = expressions.map(e => rewrite(withNotInside(e)));
  return { plan, expressions: rewritten };
}

/**
 * For NOT IN of several values, or of values that depend on the row: the distinct values of the outer rows that are among the
 * subquery's or, for a null on either side, may be; with a mark as the last column. Conditions join them to the rows.
 */
function notIn(analyzer: Analyzer, outer: ResolvedRelation, e: ResolvedSubquery): { readonly plan: ResolvedRelation; readonly conditions: readonly ResolvedExpression[] } {
  const used = outerReferences(e), { plan: inner, domain } = used.length === 0 ? { plan: e.plan, domain: NO_DOMAIN } : dependentJoin(analyzer, outer, e.plan, used);
  const wanted: readonly ResolvedExpression[] = [...e.values, ...domain.columns.map(c => c.outer)];
  const named = wanted.map(value => ({ expression: value, attribute: makeAttribute("value", value.type, value.nullable) })), columns = named.map(n => n.attribute);
  const distinctValues: ResolvedRelation = Object.freeze({ kind: "deduplicate", input: projectTo(outer, named), keys: columns, withinWatermark: false, output: columns, isStreaming: outer.isStreaming });
  const call = (name: string, args: readonly ResolvedExpression[]): ResolvedExpression => callByName(analyzer.resolver(analysed(outer), analyzer.rootEnv), name, args, e.origin);
  const found = [
    ...e.values.map((_, i): ResolvedExpression => {
      const same = call("=", [columns[i]!, inner.output.find(a => a.id === e.plan.output[i]!.id)!]);
      return Object.freeze({ kind: "or", left: same, right: call("isnull", [same]), type: BOOLEAN, nullable: same.nullable });
    }),
    ...domain.columns.map((c, i) => call("<=>", [columns[e.values.length + i]!, c.inner])),
  ];
  const among = joined(analysed(distinctValues), analysed(inner), "left_semi", found.reduce(andOf), e.origin).plan;
  const plan = projectTo(among, [...columns.map(passThrough), { expression: literalOf(true, BOOLEAN), attribute: makeAttribute("found", BOOLEAN, false) }]);
  return { plan, conditions: wanted.map((value, i) => call("<=>", [value, columns[i]!])) };
}

/** One value IN rows that don't depend on it. */
const isSingleIn = (e: ResolvedSubquery): boolean => e.form === "in" && e.values.length === 1 && !isCorrelated(e);
const isNullLiteral = (e: ResolvedExpression): boolean => e.kind === "literal" ? e.value === null : e.kind === "cast" && isNullLiteral(e.child);

function semiJoin(analyzer: Analyzer, plan: ResolvedRelation, subquery: ResolvedSubquery, negated: boolean): ResolvedRelation {
  const used = outerReferences(subquery), pulled = pullUp(subquery.plan, id => used.some(a => a.id === id));
  if (pulled !== undefined && !(negated && subquery.form === "in")) {
    const equal = subquery.values.map((value, i) => callByName(analyzer.resolver(analysed(plan), analyzer.rootEnv), "=", [value, subquery.plan.output[i]!], undefined));
    return asCondition(joined(analysed(plan), analysed(pulled.plan), negated ? "left_anti" : "left_semi", [...pulled.conditions, ...equal].reduce(andOf), subquery.origin).plan);
  }
  const { plan: inner, domain } = used.length === 0 ? { plan: subquery.plan, domain: NO_DOMAIN } : dependentJoin(analyzer, plan, subquery.plan, used);
  const pairs = subquery.form === "in" ? subquery.values.map((value, i) => [value, subquery.plan.output[i]!] as const) : [];
  return asCondition(backJoin(analyzer, plan, inner, negated ? "left_anti" : "left_semi", domain, pairs, negated));
}

const asValue = (plan: ResolvedRelation): ResolvedRelation => plan.kind === "join" ? Object.freeze({ ...plan, isValue: true }) : plan;
const asCondition = (plan: ResolvedRelation): ResolvedRelation => plan.kind === "join" ? Object.freeze({ ...plan, isCondition: true }) : plan;

/** Joins a subquery's rows to the outer rows that they were computed for. `nullAware`: NOT IN is not true beside a null. */
function backJoin(analyzer: Analyzer, outer: ResolvedRelation, inner: ResolvedRelation, joinType: "left" | "left_semi" | "left_anti", domain: Domain, pairs: readonly (readonly [ResolvedExpression, ResolvedExpression])[], nullAware = false): ResolvedRelation {
  const resolver = analyzer.resolver(analysed(outer), analyzer.rootEnv);
  const same = domain.columns.map(({ outer: o, inner: i }) => callByName(resolver, "<=>", [o, i], undefined));
  const equal = pairs.map(([value, column]): ResolvedExpression => {
    const equals = callByName(resolver, "=", [value, column], undefined);
    if (!nullAware || !(value.nullable || column.nullable)) return equals;
    return Object.freeze({ kind: "or", left: equals, right: callByName(resolver, "isnull", [equals], undefined), type: BOOLEAN, nullable: false });
  });
  const all = [...same, ...equal];
  const condition = all.length === 0 ? undefined : all.reduce(andOf);
  return joined(analysed(outer), analysed(inner), joinType, condition, undefined).plan;
}

const NO_DOMAIN: Domain = { columns: [] };

/** @throws AnalysisError UNSUPPORTED_SUBQUERY_EXPRESSION_CATEGORY.* where Spark has none either */
function refuseHere(node: ResolvedRelation, subquery: ResolvedSubquery): void {
  if (subquery.form === "scalar" && isCorrelated(subquery) && (node.kind === "sort" || node.kind === "generate" || node.kind === "join")) {
    throw fail("UNSUPPORTED_SUBQUERY_EXPRESSION_CATEGORY.UNSUPPORTED_CORRELATED_SCALAR_SUBQUERY", "0A000", "Unsupported subquery expression: Correlated scalar subqueries can only be used in filters, aggregations, projections, and UPDATE/MERGE/DELETE commands.", { treeNode: node.kind }, subquery.origin, "compute it in the select list of a query below");
  }
  if (subquery.form !== "scalar" && (node.kind === "sort" || node.kind === "generate")) {
    throw fail("UNSUPPORTED_SUBQUERY_EXPRESSION_CATEGORY.UNSUPPORTED_IN_EXISTS_SUBQUERY", "0A000", "Unsupported subquery expression: IN/EXISTS predicate subqueries can only be used in filters, joins, aggregations, window functions, projections, and UPDATE/MERGE/DELETE commands.", { treeNode: node.kind }, subquery.origin, "compute it in the select list of a query below");
  }
}

/** Subqueries in other places than WHERE and the select list: their values are joined in below the operator. */
export function joinRemaining(analyzer: Analyzer, plan: ResolvedRelation): ResolvedRelation {
  return mapRelation(plan, node => {
    const expressions = expressionsOf(node);
    if (!expressions.some(e => someExpression(e, isSubquery))) return node;
    for (const e of expressions) someExpression(e, x => {
      if (isSubquery(x)) refuseHere(node, x);
      return false;
    });
    if (node.kind === "join") return joinWithSubqueries(analyzer, node);
    const below = inputsOf(node)[0];
    if (below === undefined) return node;
    const attached = attachSubqueries(analyzer, below, expressions), rewritten = new Map(expressions.map((e, i) => [e, attached.expressions[i]!] as const));
    const changed = mapExpressionsOf(withInputs(node, [attached.plan, ...inputsOf(node).slice(1)]), e => rewritten.get(e) ?? e);
    const output = changed.kind === "sort" ? attached.plan.output : changed.output;
    return projectTo(Object.freeze({ ...changed, output }), node.output.map(passThrough));
  });
}

/** A join's condition: each subquery becomes a column of the side whose rows it is about. */
function joinWithSubqueries(analyzer: Analyzer, node: ResolvedJoin): ResolvedRelation {
  let condition = node.condition!;
  const sides = [node.left, node.right], isInner = node.joinType === "inner" || node.joinType === "cross";
  const wanted = new Map<ResolvedExpression, number>();
  const visit = (e: ResolvedExpression): void => {
    // NOT IN is decided as a whole.
    const subquery = e.kind === "scalar_call" && e.function.name === "not" && isSubquery(e.args[0]!) ? e.args[0] : e;
    if (!isSubquery(subquery)) return childrenOf(e).forEach(visit);
    const used = new Set([...attributesIn(subquery.values), ...outerReferences(subquery).map(a => a.id)]), of = sides.map(side => side.output.some(a => used.has(a.id)));
    if (of[0]! && of[1]!) {
      throw fail("UNSUPPORTED_SUBQUERY_EXPRESSION_CATEGORY.UNSUPPORTED_CORRELATED_EXPRESSION_IN_JOIN_CONDITION", "0A000", "Unsupported subquery expression: Correlated subqueries in the join predicate cannot reference both join inputs.", { subqueryExpression: subquery.form }, subquery.origin, "join without it and filter behind the join");
    }
    wanted.set(e, of[1]! ? 1 : 0);
  };
  visit(condition);
  for (const side of [0, 1]) {
    // What an inner join asks of one side's rows alone is a filter of them.
    const alone = isInner ? conjunctsOf(condition).filter(e => wanted.get(e) === side) : [];
    if (alone.length > 0) {
      sides[side] = rewriteConditions(analyzer, sides[side]!, alone.reduce(andOf), node.origin);
      condition = conjunctsOf(condition).filter(e => !alone.includes(e)).reduce(andOf, literalOf(true, BOOLEAN));
      alone.forEach(e => wanted.delete(e));
    }
    const own = [...wanted.keys()].filter(e => wanted.get(e) === side);
    if (own.length === 0) continue;
    const attached = attachSubqueries(analyzer, sides[side]!, own, node.joinType === "full" || side === 0 && (node.joinType === "left" || node.joinType === "left_anti") || side === 1 && node.joinType === "right");
    sides[side] = attached.plan;
    const values = new Map(own.map((e, i) => [e, attached.expressions[i]!]));
    const replace = (e: ResolvedExpression): ResolvedExpression => values.get(e) ?? mapChildren(e, replace);
    condition = replace(condition);
  }
  const both = joined(analysed(sides[0]!), analysed(sides[1]!), node.joinType === "cross" ? "inner" : node.joinType, condition, node.origin).plan;
  return projectTo(both.kind === "join" && node.hint !== undefined ? Object.freeze({ ...both, hint: node.hint }) : both, node.output.map(a => passThrough(both.output.find(o => o.id === a.id)!)));
}

/** The same subquery over other attributes of the row around it. */
export function overOther(subquery: ResolvedSubquery, other: (attribute: Attribute) => Attribute): ResolvedSubquery {
  const used = outerReferences(subquery), changed = new Map(used.map(a => [a.id, other(a)] as const));
  if (used.every(a => changed.get(a.id) === a)) return subquery;
  const replace = (e: ResolvedExpression): ResolvedExpression => mapExpression(e, x => x.kind === "attribute" ? changed.get(x.id) ?? x : x);
  const plan = mapRelation(subquery.plan, node => mapExpressionsOf(node, replace));
  CORRELATED.set(plan, [...new Set(changed.values())]);
  return Object.freeze({ ...subquery, plan });
}
