/** Whether a plan reads a stream, told without analysing it. */
import type { ReadNamedTable, Relation } from "../plan/relations.ts";
import type { Engine } from "./engine.ts";

/** Whether a source that never ends is anywhere in the plan, temporary views included. */
export function isStreaming(relation: Relation, engine: Pick<Engine, "view">): boolean {
  if (relation.kind === "read_data_source") return relation.isStreaming;
  if (relation.kind === "read_named_table") return relation.isStreaming || isStreamingView(relation, engine);
  return inputsOf(relation).some(input => isStreaming(input, engine));
}
function isStreamingView(table: ReadNamedTable, engine: Pick<Engine, "view">): boolean {
  const plan = engine.view(table.nameParts);
  return plan !== undefined && isStreaming(plan, engine);
}
function inputsOf(relation: Relation): Relation[] {
  if (relation.kind === "join" || relation.kind === "as_of_join" || relation.kind === "nearest_join" || relation.kind === "set_operation") return [relation.left, relation.right];
  const inputs = "input" in relation ? [relation.input] : relation.kind === "value_map" ? [...relation.inputs] : [];
  return relation.kind === "with_cte" ? [...inputs, ...relation.definitions.map(d => d.plan)] : inputs;
}
