/** LATERAL over a generator: no join, but the generator over the left side. */
import type { Attribute, ResolvedRelation } from "../plan/resolved.ts";
import { changeAttribute, passThrough, projectTo } from "./build.ts";
import { mergeFrames, type Analysed } from "./scope.ts";
import { generate } from "./select.ts";

/** A generator beside a row is that generator over the left side: nothing is joined. */
export function lateralGenerate(left: Analysed, right: Analysed, outer: boolean): Analysed | undefined {
  const found = generatedColumns(right.plan);
  if (found === undefined || found.node.outer) return undefined;
  const generated = found.node.generated.map(a => outer ? changeAttribute(a, { nullable: true }) : a);
  const over = generate(left.plan, found.node.generator, outer, generated);
  const plan = projectTo(over, [...left.plan.output.map(passThrough), ...found.columns.map(({ expression, attribute }) => ({ expression: generated.find(a => a.id === expression.id)!, attribute: outer ? changeAttribute(attribute, { nullable: true }) : attribute }))]);
  const now = (attribute: Attribute): Attribute => plan.output.find(a => a.id === attribute.id) ?? attribute;
  const frames = new Map([...right.frames].map(([id, list]) => [id, list.map(now)] as const));
  return { plan, visible: [...left.visible, ...right.visible.map(now)], hidden: left.hidden, frames: mergeFrames(left.frames, frames) };
}

/** A generator over nothing, and what its columns are called above it. */
function generatedColumns(plan: ResolvedRelation): { readonly node: Extract<ResolvedRelation, { kind: "generate" }>; readonly columns: readonly { readonly expression: Attribute; readonly attribute: Attribute }[] } | undefined {
  if (plan.kind === "generate") return plan.input.kind === "local_rows" && plan.input.output.length === 0 && plan.input.rows.length === 1 ? { node: plan, columns: plan.generated.map(attribute => ({ expression: attribute, attribute })) } : undefined;
  if (plan.kind !== "subquery_alias" && plan.kind !== "project") return undefined;
  const inner = generatedColumns(plan.input), items = plan.kind === "project" ? plan.expressions : plan.output.map(attribute => ({ expression: attribute, attribute }));
  const columns = items.map(({ expression, attribute }) => ({ expression: expression.kind === "attribute" ? inner?.columns.find(column => column.attribute.id === expression.id)?.expression : undefined, attribute }));
  return inner !== undefined && columns.every((column): column is { expression: Attribute; attribute: Attribute } => column.expression !== undefined) ? { node: inner.node, columns } : undefined;
}
