/** WITH RECURSIVE: a definition that uses itself becomes a scan of a recursion, its two sides analysed on their own. */
import { unsupported } from "../base/errors.ts";
import type { Origin } from "../plan/expressions.ts";
import { Recursion, RecursionReference } from "../plan/recursion.ts";
import type { Relation, WithCte } from "../plan/relations.ts";
import { schemaOf, type ResolvedRelation } from "../plan/resolved.ts";
import { someRelation } from "../plan/walk-relations.ts";
import { comparisonType, widerType } from "../functions/coercion.ts";
import { sameTypeIgnoringNullability } from "../types/data-type.ts";
import type { Analyzer, CteDefinition, Env } from "./analyzer.ts";
import { castOf, nameExpression, passThrough, projectTo } from "./build.ts";
import { fail, quoteType } from "./errors.ts";
import { renamed } from "./reshape.ts";
import { analysed, settle, type Analysed } from "./scope.ts";
import { isOnlyRow } from "./single-row.ts";

type Definition = WithCte["definitions"][number];

export function recursiveCte(analyzer: Analyzer, definition: Definition, env: Env): CteDefinition {
  const { name, plan, columnNames, origin } = { ...definition, plan: besideDefinitions(definition.plan), origin: definition.plan.origin };
  /** The surroundings of a part of the definition, in which its name means this. */
  const within = (itself: () => Analysed): Env =>
    ({ ...env, windows: undefined, ctes: new Map([...env.ctes, [name.toLowerCase(), { plan, columnNames: undefined, env: () => env, analysed: itself }]]) });
  if (plan.kind !== "set_operation" || plan.operation !== "union") {
    return { plan, columnNames, env: () => within(() => {
      throw invalid(origin);
    }) };
  }
  const analyse = (): Analysed => {
    let isRecursive = false;
    const first = settle(analyzer.relation(plan.left, within(() => {
      throw invalid(plan.left.origin ?? origin);
    })));
    const anchor = columnNames !== undefined && columnNames.length > 0 ? renamed(first, columnNames, origin) : first;
    // Rows of a later level may hold nulls although the first has none.
    const reference = new RecursionReference(name, { kind: "struct", fields: schemaOf(anchor).fields.map(f => ({ ...f, nullable: true })) });
    const step = settle(analyzer.relation(plan.right, within(() => {
      isRecursive = true;
      if (!plan.isAll) throw fail("UNION_NOT_SUPPORTED_IN_RECURSIVE_CTE", "42836", "The UNION operator is not yet supported within recursive common table expressions (WITH clauses that refer to themselves, directly or indirectly). Please use UNION ALL instead.", {}, origin);
      return analyzer.scan(reference, [], origin);
    })));
    if (!isRecursive) {
      const plain = settle(analyzer.relation(plan, { ...env, windows: undefined }));
      return analysed(columnNames !== undefined && columnNames.length > 0 ? renamed(plain, columnNames, origin) : plain);
    }
    if (anchor.isStreaming || step.isStreaming) throw unsupported("A stream in WITH RECURSIVE");
    if (step.output.length !== anchor.output.length) {
      const parameters = { operator: "UNION ALL", firstNumColumns: String(anchor.output.length), invalidOrdinalNum: "second", invalidNumColumns: String(step.output.length) };
      throw fail("NUM_COLUMNS_MISMATCH", "42826", `UNION ALL can only be performed on inputs with the same number of columns, but the first input has ${parameters.firstNumColumns} columns and the second input has ${parameters.invalidNumColumns} columns.`, parameters, origin);
    }
    checkPlace(step, reference, origin);
    const typed = withTypesOf(anchor, step, analyzer);
    const schema = { kind: "struct" as const, fields: schemaOf(anchor).fields.map((f, i) => ({ ...f, nullable: f.nullable || typed.output[i]!.nullable })) };
    return analyzer.scan(new Recursion({ name, schema, anchor, step: typed, reference, maxLevels: definition.maxRecursionLevel, origin }), [], origin);
  };
  return { plan, columnNames: undefined, env: () => env, analysed: analyse };
}

/** WITH in front of a UNION, as WITH in front of both of its sides. */
function besideDefinitions(plan: Relation): Relation {
  if (plan.kind !== "with_cte") return plan;
  const input = besideDefinitions(plan.input);
  return input.kind !== "set_operation" ? plan : { ...input, left: { ...plan, input: input.left }, right: { ...plan, input: input.right } };
}

/** What LIMIT says of the recursions whose rows come to it one by one: as many rows as it takes, or ALL, may be made. */
export function withoutRowLimit(plan: ResolvedRelation, isAll: boolean): ResolvedRelation {
  switch (plan.kind) {
    case "scan": return plan.table instanceof Recursion ? Object.freeze({ ...plan, table: plan.table.withoutRowLimit() }) : plan;
    case "project": case "subquery_alias": return Object.freeze({ ...plan, input: withoutRowLimit(plan.input, isAll) });
    case "limit": return plan.limit === undefined ? Object.freeze({ ...plan, input: withoutRowLimit(plan.input, isAll) }) : plan;
    case "union": return Object.freeze({ ...plan, inputs: plan.inputs.map(input => withoutRowLimit(input, isAll)) });
    case "filter": case "aggregate": case "window": return isAll ? Object.freeze({ ...plan, input: withoutRowLimit(plan.input, isAll) }) : plan;
    case "join": return isAll ? Object.freeze({ ...plan, left: withoutRowLimit(plan.left, isAll), right: withoutRowLimit(plan.right, isAll) }) : plan;
    default: return plan;
  }
}

function invalid(origin: Origin | undefined): Error {
  return fail("INVALID_RECURSIVE_CTE", "42836", "Invalid recursive definition found. Recursive queries must contain a UNION or a UNION ALL statement with 2 children. The first child needs to be the anchor term without any recursive references.", {}, origin);
}

/** A level's columns have the types of the first level's. */
function withTypesOf(anchor: ResolvedRelation, step: ResolvedRelation, analyzer: Analyzer): ResolvedRelation {
  if (step.output.every((a, i) => sameTypeIgnoringNullability(a.type, anchor.output[i]!.type))) return step;
  return projectTo(step, step.output.map((a, i) => {
    const { type } = anchor.output[i]!, wider = widerType(type, a.type) ?? comparisonType(type, a.type);
    if (wider === undefined || !sameTypeIgnoringNullability(wider, type)) {
      const left = quoteType(type), right = quoteType(a.type);
      throw fail("CANNOT_MERGE_INCOMPATIBLE_DATA_TYPE", "42825", `Failed to merge incompatible data types ${left} and ${right}.`, { left, right }, a.origin ?? anchor.origin, `cast the column ${a.name} of the recursive part to ${left}, or that of the first part to a wider type`);
    }
    return sameTypeIgnoringNullability(a.type, type) ? passThrough(a) : nameExpression(castOf(a, type, "ansi", analyzer.context.settings, true), a.name);
  }));
}

/** The level before may stand where its rows can be taken one by one: not below an aggregate, a window, a sort or the side of an outer join that may be missing. */
function checkPlace(step: ResolvedRelation, reference: RecursionReference, origin: Origin | undefined): void {
  const reads = (plan: ResolvedRelation): boolean => someRelation(plan, node => node.kind === "scan" && node.table === reference);
  const wrong = (node: ResolvedRelation): boolean => {
    switch (node.kind) {
      // DISTINCT is fine.
      case "aggregate": return !isOnlyRow(node) && (node.aggregates.length > 0 || node.output !== node.input.output) && reads(node.input);
      case "window": case "sort": return reads(node.input);
      case "join": {
        // What a subquery became is no join that somebody wrote.
        if (node.isCondition === true || node.right.kind === "project" || node.right.kind === "aggregate" || node.right.kind === "deduplicate") return false;
        return node.joinType === "full" ? reads(node.left) || reads(node.right) : node.joinType === "right" ? reads(node.left) : node.joinType !== "inner" && node.joinType !== "cross" && reads(node.right);
      }
      default: return false;
    }
  };
  if (!someRelation(step, wrong)) return;
  throw fail("INVALID_RECURSIVE_REFERENCE.PLACE", "42836", "Invalid recursive reference found inside WITH RECURSIVE clause. Recursive references cannot be used on the right side of left outer/semi/anti joins, on the left side of right outer joins, in full outer joins, in aggregates, window functions or sorts.", {}, origin, "take the aggregate of the whole recursion outside of it");
}
