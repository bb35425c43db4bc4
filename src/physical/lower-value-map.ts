/** Functions over values: those that follow one another become one operator. */
import type { Operator } from "../operators/operator.ts";
import { ValueMap } from "../operators/value-map.ts";
import { schemaOf, type ResolvedRelation, type ResolvedValueMap } from "../plan/resolved.ts";
import type { ValueProgram } from "../plan/value-program.ts";
import type { Lowering } from "./lowering.ts";

export function lowerValueMap(lowering: Lowering, relation: ResolvedValueMap, next: Operator, depth: number): void {
  const programs: ValueProgram[] = [relation.program];
  let first = relation, below = depth;
  const say = (program: ValueProgram): void => lowering.say(below++, `${program.operator[0]!.toUpperCase()}${program.operator.slice(1)}${program.detail === "" ? "" : ` ${program.detail}`}`);
  say(relation.program);
  for (let before = chained(first); before !== undefined; before = chained(first)) {
    programs.unshift(before.program);
    say(before.program);
    first = before;
  }
  const inputs = first.inputs.map((input, i) => first.readsValues[i] === true ? undefined : schemaOf(input));
  const operator = new ValueMap({ programs, inputs, schema: relation.schema }, lowering.context, next);
  const lower = (): void => first.inputs.forEach((input, i) => lowering.lower(input, lowering.metered(operator.input(i), next, "values", programs.map(p => p.operator).join(", "), programs.map(p => p.detail).filter(detail => detail !== "").join(", ")), below));
  lowering.finishing(() => operator.isAsync ? lowering.settling(operator, lower) : lower());
}

/** The one node below whose values go straight into this one. */
function chained({ inputs, readsValues }: ResolvedValueMap): ResolvedValueMap | undefined {
  const input: ResolvedRelation | undefined = inputs.length === 1 && readsValues[0] === true ? inputs[0] : undefined;
  return input?.kind === "value_map" && input.schema === undefined ? input : undefined;
}
