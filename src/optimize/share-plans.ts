/**
 * Groupings that stand in a plan more than once, up to the ids of their columns, are run once (as Spark's ReuseExchange does it with what
 * it shuffles): a CTE that is named twice, a view compared with its own maximum. Only groupings, because their results are small beside
 * what they read; and only if nothing in them depends on chance, on the moment, or on how often it is run.
 */
import { SharedPlan } from "../plan/shared-plan.ts";
import type { Attribute, ResolvedExpression, ResolvedRelation, Scan } from "../plan/resolved.ts";
import { expressionsOf, inputsOf, someRelation, withInputs } from "../plan/walk-relations.ts";
import { someExpression } from "../plan/walk.ts";
import { allOf, conjuncts, isDeterministic } from "./expression-facts.ts";

/** A grouping, without the conditions `lifted` on its keys, which are asked of its rows as well as below it. */
interface Core { readonly plan: ResolvedRelation; readonly lifted: readonly ResolvedExpression[] }
interface Group { readonly first: ResolvedRelation; count: number; shared?: SharedPlan }

export function sharePlans(plan: ResolvedRelation): ResolvedRelation {
  if (plan.isStreaming) return plan;
  const groups: Group[] = [], found = new Map<ResolvedRelation, { readonly core: Core; readonly group: Group }>();
  const visit = (node: ResolvedRelation): void => {
    if (node.kind === "aggregate" || node.kind === "deduplicate") {
      const core = coreOf(node), group = groups.find(({ first }) => samePlans(first, core.plan));
      if (group !== undefined) {
        group.count++;
        found.set(node, { core, group });
        return;
      }
      if (isRepeatable(node)) {
        const own: Group = { first: core.plan, count: 1 };
        groups.push(own);
        found.set(node, { core, group: own });
      }
    }
    for (const input of inputsOf(node)) visit(input);
  };
  visit(plan);
  if (groups.every(({ count }) => count === 1)) return plan;
  let number = 0;
  const within = (node: ResolvedRelation): ResolvedRelation => withInputs(node, inputsOf(node).map(replaced));
  const replaced = (node: ResolvedRelation): ResolvedRelation => {
    const { core, group } = found.get(node) ?? {};
    if (core === undefined || group === undefined || group.count === 1) return within(node);
    const table = (group.shared ??= new SharedPlan(within(group.first), ++number, group.count));
    const scan: Scan = Object.freeze({ kind: "scan", table, description: table.description, pushedFilters: [], output: node.output, isStreaming: false }), condition = allOf(core.lifted);
    return condition === undefined ? scan : Object.freeze({ kind: "filter", input: scan, condition, output: node.output, isStreaming: false });
  };
  return replaced(plan);
}

/** What joins above infer of their keys (that they aren't null) would make of one grouping two: as conditions on keys they can also stand above it. */
function coreOf(node: ResolvedRelation): Core {
  if (node.kind !== "aggregate" || node.input.kind !== "filter") return { plan: node, lifted: [] };
  const { input, keys } = node, below = input.input, keyOf = (one: ResolvedExpression): Attribute | undefined => {
    const arg = one.kind === "scalar_call" && one.function.name === "isnotnull" ? one.args[0] : undefined;
    return arg?.kind === "attribute" ? keys.find(({ expression }) => expression.kind === "attribute" && expression.id === arg.id)?.attribute : undefined;
  };
  const all = conjuncts(input.condition), lifted = all.flatMap(one => {
    const key = keyOf(one);
    return key === undefined ? [] : [Object.freeze({ ...one, args: [key] }) as ResolvedExpression];
  });
  if (lifted.length === 0) return { plan: node, lifted };
  const condition = allOf(all.filter(one => keyOf(one) === undefined)), kept = (filters: readonly ResolvedExpression[]): readonly ResolvedExpression[] => filters.filter(one => keyOf(one) === undefined);
  const lower = below.kind === "scan" ? Object.freeze({ ...below, pushedFilters: kept(below.pushedFilters) }) : below;
  return { plan: Object.freeze({ ...node, input: condition === undefined ? lower : Object.freeze({ ...input, input: lower, condition }) }), lifted };
}

const SIMPLE: ReadonlySet<ResolvedRelation["kind"]> = new Set(["scan", "local_rows", "range", "project", "filter", "aggregate", "expand", "join", "union", "set_operation", "sort", "limit", "deduplicate", "window", "subquery_alias"]);

/** Whether it reads a table, and gives the same each time, with nobody knowing how often it was run. */
function isRepeatable(plan: ResolvedRelation): boolean {
  const isPlain = !someRelation(plan, node => !SIMPLE.has(node.kind) || node.isStreaming || expressionsOf(node).some(e =>
    !isDeterministic(e) || someExpression(e, one => one.kind === "user_call" || one.kind === "subquery" || one.kind === "aggregate_call" && one.function.isUser === true || one.kind === "scalar_call" && one.binding.prefetch !== undefined)));
  return isPlain && someRelation(plan, node => node.kind === "scan") && !someRelation(plan, node => node.kind === "scan" && typeof (node.table as { readonly batch?: unknown }).batch !== "function");
}

const BESIDE: ReadonlySet<string> = new Set(["origin", "qualifier", "planId"]);

/** Whether two plans do the same to the same tables; columns may have other ids. */
export function samePlans(a: ResolvedRelation, b: ResolvedRelation): boolean {
  const ids = new Map<number, number>(), back = new Map<number, number>(), pairs: [unknown, unknown][] = [[a, b]];
  const sameId = (x: number, y: number): boolean => {
    if (!ids.has(x) && !back.has(y)) {
      ids.set(x, y);
      back.set(y, x);
    }
    return ids.get(x) === y && back.get(y) === x;
  };
  for (let pair = pairs.pop(); pair !== undefined; pair = pairs.pop()) {
    const [x, y] = pair;
    if (typeof x !== "object" || typeof y !== "object" || x === null || y === null) {
      if (!Object.is(x, y)) return false;
      continue;
    }
    const left = x as Record<string, unknown>, right = y as Record<string, unknown>, hasId = left["kind"] === "attribute" || left["kind"] === "lambda_variable";
    if (hasId) {
      if (right["kind"] !== left["kind"] || !sameId(left["id"] as number, right["id"] as number)) return false;
    }
    if (Object.getPrototypeOf(x) !== Object.getPrototypeOf(y) || !isPlain(x) && x !== y) return false;
    if (!isPlain(x)) continue;
    const names = namesOf(left);
    if (names.length !== namesOf(right).length) return false;
    for (const name of names) {
      if (hasId && name === "id") continue;
      // Tables and functions are the same if they are one; a binding follows from the function and its arguments.
      if (name === "table" || name === "function" ? left[name] !== right[name] : name === "binding" && (isOwn(left[name]) || isOwn(right[name]))) return false;
      if (name !== "table" && name !== "function" && name !== "binding") pairs.push([left[name], right[name]]);
    }
  }
  return true;
}

const namesOf = (node: Record<string, unknown>): string[] => Object.keys(node).filter(key => !BESIDE.has(key) && node[key] !== undefined);
const isPlain = (value: object): boolean => Array.isArray(value) || value instanceof Uint8Array || Object.getPrototypeOf(value) === Object.prototype || Object.getPrototypeOf(value) === null;
const isOwn = (binding: unknown): boolean => (binding as { readonly deterministic?: boolean } | undefined)?.deterministic === false;
