/**
 * Calls that read a STRUCT from something, as from_json does from text: an operator makes each once, and only with the fields
 * that are used. As Spark's OptimizeCsvJsonExprs and its elimination of common subexpressions.
 */
import { freshId } from "../analyze/build.ts";
import { bindCall } from "../functions/bind.ts";
import type { SqlSettings } from "../plan/function.ts";
import type { Attribute, FieldAccess, NamedExpression, ResolvedExpression, ResolvedRelation, ScalarCall } from "../plan/resolved.ts";
import { sameNode } from "../plan/same.ts";
import { mapChildren, mapExpression, someExpression } from "../plan/walk.ts";
import { expressionsOf, inputsOf, mapExpressionsOf, mapRelation } from "../plan/walk-relations.ts";
import { canRaise, isDeterministic } from "./expression-facts.ts";

/** Whether it is a call that could make fewer fields: it costs, and is not to be made more often than asked for. */
export const isReading = (e: ResolvedExpression): e is ScalarCall => e.kind === "scalar_call" && e.function.onlyFields !== undefined;

/** A projection or grouping in which a call stands more than once gets it from a projection below. */
export function shareCalls(plan: ResolvedRelation): ResolvedRelation {
  if (plan.kind !== "project" && plan.kind !== "aggregate") return plan;
  const found: { readonly call: ScalarCall; count: number; readonly attribute: Attribute }[] = [];
  const find = (e: ResolvedExpression): { count: number; readonly attribute: Attribute } | undefined => isReading(e) ? found.find(one => sameNode(one.call, e)) : undefined;
  for (const expression of expressionsOf(plan)) someExpression(expression, e => {
    const known = find(e);
    if (known !== undefined) known.count++;
    else if (isReading(e) && !canRaise(e) && isDeterministic(e) && !someExpression(e, x => x.kind === "lambda_variable")) {
      found.push({ call: e, count: 1, attribute: Object.freeze({ kind: "attribute", id: freshId(), name: e.function.name, type: e.type, nullable: e.nullable, qualifier: [] }) });
    }
    return false;
  });
  const shared = found.filter(one => one.count > 1);
  if (shared.length === 0) return plan;
  const { input } = plan;
  const expressions: NamedExpression[] = [...input.output.map(attribute => ({ expression: attribute, attribute })), ...shared.map(({ call, attribute }) => ({ expression: call, attribute }))];
  const below: ResolvedRelation = Object.freeze({ kind: "project", input, expressions, output: expressions.map(e => e.attribute), isStreaming: input.isStreaming, origin: plan.origin });
  const replace = (e: ResolvedExpression): ResolvedExpression => shared.find(one => isReading(e) && sameNode(one.call, e))?.attribute ?? mapChildren(e, replace);
  return Object.freeze({ ...mapExpressionsOf(plan, replace) as typeof plan, input: below });
}

interface Narrowed { readonly call: ScalarCall; readonly fields: readonly number[] }

/** Calls make only the fields that are used above. */
export function narrowCalls(plan: ResolvedRelation, settings: SqlSettings): ResolvedRelation {
  const direct = mapRelation(plan, node => mapExpressionsOf(node, e => mapExpression(e, x => x.kind === "field_access" && isReading(x.child) ? accessOf(x, x.child, settings) : x)));
  const narrowed = narrowable(direct, settings);
  if (narrowed.size === 0) return direct;
  const retyped = (a: Attribute): Attribute => {
    const to = narrowed.get(a.id)?.call.type;
    return to === undefined ? a : Object.freeze({ ...a, type: to });
  };
  const rewrite = (e: ResolvedExpression): ResolvedExpression => {
    if (e.kind === "attribute") return retyped(e);
    const fields = e.kind === "field_access" && e.child.kind === "attribute" ? narrowed.get(e.child.id)?.fields : undefined, other = mapChildren(e, rewrite);
    return fields === undefined ? other : Object.freeze({ ...other as FieldAccess, index: fields.indexOf((e as FieldAccess).index) });
  };
  return mapRelation(direct, node => {
    if (!node.output.some(a => narrowed.has(a.id)) && !inputsOf(node).some(input => input.output.some(a => narrowed.has(a.id)))) return node;
    const output = node.output.map(retyped), over = mapExpressionsOf(node, rewrite);
    if (over.kind !== "project") return Object.freeze({ ...over, output });
    const expressions = over.expressions.map(({ expression, attribute }) => ({ expression: isReading(expression) ? narrowed.get(attribute.id)?.call ?? expression : expression, attribute: retyped(attribute) }));
    return Object.freeze({ ...over, expressions, output });
  });
}

function accessOf(access: FieldAccess, call: ScalarCall, settings: SqlSettings): ResolvedExpression {
  const only = onlyFields(call, [access.index], settings);
  return only === undefined ? access : Object.freeze({ ...access, child: only, index: 0 });
}

/** The call with these fields alone; undefined where that is all of them, or the others may matter. */
function onlyFields(call: ScalarCall, fields: readonly number[], settings: SqlSettings): ScalarCall | undefined {
  if (call.type.kind !== "struct" || call.type.fields.length <= fields.length) return undefined;
  const args = call.function.onlyFields!(call.args, fields);
  return args === undefined ? undefined : bindCall(call.function.name, args, settings, call.origin);
}

/** Columns that are such a call and of which only fields are used, by id. */
function narrowable(plan: ResolvedRelation, settings: SqlSettings): Map<number, Narrowed> {
  const calls = new Map<number, ScalarCall>(), uses = new Map<number, Set<number>>(), whole = new Set<number>(plan.output.map(a => a.id));
  const look = (e: ResolvedExpression): void => {
    if (e.kind === "field_access" && e.child.kind === "attribute") {
      const fields = uses.get(e.child.id);
      if (fields === undefined) uses.set(e.child.id, new Set([e.index])); else fields.add(e.index);
    } else if (e.kind === "attribute") whole.add(e.id);
    else mapChildren(e, child => { look(child); return child; });
  };
  const visit = (node: ResolvedRelation): void => {
    if (node.kind === "project") {
      for (const { expression, attribute } of node.expressions) {
        if (isReading(expression)) calls.set(attribute.id, expression);
        // A column that is only passed on is not used.
        if (expression.kind !== "attribute" || expression.id !== attribute.id) look(expression);
      }
    } else expressionsOf(node).forEach(look);
    // Here columns count by their places, or all that there are.
    if (node.kind === "union" || node.kind === "set_operation" || node.kind === "group_map" || node.kind === "value_map") for (const input of inputsOf(node)) for (const a of input.output) whole.add(a.id);
    inputsOf(node).forEach(visit);
  };
  visit(plan);
  const narrowed = new Map<number, Narrowed>();
  for (const [id, call] of calls) {
    const used = uses.get(id);
    if (whole.has(id) || used === undefined) continue;
    const fields = [...used].sort((a, b) => a - b), only = onlyFields(call, fields, settings);
    if (only !== undefined) narrowed.set(id, { call: only, fields });
  }
  return narrowed;
}
