/** Puts values in place of `:name` and `?` in a parsed plan. A value is an expression, never text. */
import { AnalysisError } from "../../base/errors.ts";
import type { Expression, Parameter } from "../../plan/expressions.ts";
import type { Relation } from "../../plan/relations.ts";
import type { SqlBindings } from "../engine.ts";

export function bindParameters(plan: Relation, bindings: SqlBindings): Relation {
  return rewrite(plan, bindings) as Relation;
}

function rewrite(node: unknown, bindings: SqlBindings): unknown {
  if (Array.isArray(node)) {
    const list = node.map(item => rewrite(item, bindings));
    return list.some((item, i) => item !== node[i]) ? list : node;
  }
  if (typeof node !== "object" || node === null || Object.getPrototypeOf(node) !== Object.prototype) return node;
  if ("kind" in node && node.kind === "parameter") return valueOf(node as Parameter, bindings);
  let changed: Record<string, unknown> | undefined;
  for (const [key, value] of Object.entries(node)) {
    // Types, places, functions and what a connector gave hold no parameters.
    if (key === "origin" || key === "source" || key === "entry" || key === "program" || key === "type" || key === "schema" || key === "rows" && "schema" in node) continue;
    const next = rewrite(value, bindings);
    if (next !== value) (changed ??= { ...node })[key] = next;
  }
  return changed === undefined ? node : Object.freeze(changed);
}

function valueOf(parameter: Parameter, { named, positional }: SqlBindings): Expression {
  const value = typeof parameter.name === "number" ? positional[parameter.name] : named[parameter.name];
  if (value !== undefined) return value;
  const name = typeof parameter.name === "number" ? `_${parameter.origin?.start ?? parameter.name}` : parameter.name;
  throw new AnalysisError({
    condition: "UNBOUND_SQL_PARAMETER", sqlState: "42P02", message: `Found the unbound parameter: ${name}. Please, fix \`args\` and provide a mapping of the parameter to either a SQL literal or collection constructor functions such as \`map()\`, \`array()\`, \`struct()\`.`,
    messageParameters: { name }, hint: "give a value for it as the second argument of sql()",
  });
}

/** Values of names that are texts, as the parser asks for them. */
export const textsOf = ({ named }: SqlBindings): ((name: string) => string | undefined) => name => textOf(named[name]);

/** The value of a parameter, if it is a text. */
export const textOf = (value: Expression | undefined): string | undefined => value?.kind === "literal" && typeof value.value === "string" && value.type.kind === "string" ? value.value : undefined;
