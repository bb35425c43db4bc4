/** Names that are values: IDENTIFIER(expression), in queries and in commands. */
import { isOn } from "../../../analyze/context.ts";
import { fail } from "../../../analyze/errors.ts";
import { Resolver } from "../../../analyze/expressions.ts";
import { displayName } from "../../../analyze/names.ts";
import { evaluateConstant, isConstant } from "../../../eval/constant.ts";
import type { NameReference } from "../../../plan/commands.ts";
import type { Expression, UnresolvedFunction } from "../../../plan/expressions.ts";
import type { Relation } from "../../../plan/relations.ts";
import type { ResolvedExpression } from "../../../plan/resolved.ts";
import { identifierNames } from "../../../sql/primary.ts";
import { typeToSql } from "../../../types/data-type.ts";
import { checkNamespace } from "../catalog.ts";
import type { LocalEngine } from "../local-engine.ts";

/** A resolver that knows no column, only variables. */
export const constantResolver = (engine: LocalEngine): Resolver => new Resolver(engine.analyzerContext(), { visible: [], hidden: [], frames: new Map() });

/** The parts of a name that a command is about. */
export function partsOf(engine: LocalEngine, name: NameReference): readonly string[] {
  return name.identifier === undefined ? name.parts : identifierParts(engine, name.identifier);
}

/** The parts of a table's or view's name. @throws AnalysisError REQUIRES_SINGLE_PART_NAMESPACE */
export function relationParts(engine: LocalEngine, name: NameReference): readonly string[] {
  const parts = partsOf(engine, name);
  checkNamespace(parts);
  return parts;
}

/** A name as the catalogue keeps it: in lower case, unless case counts. */
export const storedName = ({ sqlSettings }: LocalEngine, name: string): string => isOn(sqlSettings, "spark.sql.caseSensitive", false) ? name : name.toLowerCase();

function identifierParts(engine: LocalEngine, expression: Expression): readonly string[] {
  const resolver = constantResolver(engine), { origin } = expression;
  const wrong = (kind: string, text: string): Error => {
    const expr = displayName(resolver, expression);
    return fail(`NOT_A_CONSTANT_STRING.${kind}`, "42601", `The expression ${expr} used for the routine or clause IDENTIFIER must be a constant STRING which is NOT NULL. ${text}`, { name: "IDENTIFIER", expr }, origin);
  };
  let value: ResolvedExpression;
  try {
    value = resolver.resolve(expression);
  } catch (error) {
    if ((error as { readonly condition?: string }).condition?.startsWith("UNRESOLVED_COLUMN") !== true && (error as { readonly condition?: string }).condition !== "MILLRACE_UNSUPPORTED") throw error;
    throw wrong("NOT_CONSTANT", "To be considered constant the expression must not depend on any columns, contain a subquery, or invoke a non deterministic function such as rand().");
  }
  if (!isConstant(value)) throw wrong("NOT_CONSTANT", "To be considered constant the expression must not depend on any columns, contain a subquery, or invoke a non deterministic function such as rand().");
  if (value.type.kind !== "string") throw wrong("WRONG_TYPE", `The data type of the expression is ${typeToSql(value.type).toLowerCase()}.`);
  const text = evaluateConstant(value, resolver.settings);
  if (text === null) throw wrong("NULL", "The expression evaluates to NULL.");
  return identifierNames(text as string, engine.sqlSettings, error => error);
}

/** A plan with the names that are values in place. */
export function withNames(engine: LocalEngine, plan: Relation): Relation {
  const replace = (node: unknown): unknown => {
    if (Array.isArray(node)) {
      const list = node.map(replace);
      return list.some((item, i) => item !== node[i]) ? list : node;
    }
    if (typeof node !== "object" || node === null || Object.getPrototypeOf(node) !== Object.prototype) return node;
    const known = node as { readonly kind?: unknown; readonly identifier?: Expression };
    if (known.kind === "local_relation" || known.kind === "literal" || known.kind === "read_data_source") return node;
    if (known.kind === "read_named_table" && known.identifier !== undefined) {
      const { identifier, ...rest } = node as Extract<Relation, { kind: "read_named_table" }>;
      return Object.freeze({ ...rest, nameParts: identifierParts(engine, identifier!) });
    }
    let changed: Record<string, unknown> | undefined;
    for (const [key, value] of Object.entries(node)) {
      if (key === "origin" || key === "type" || key === "schema") continue;
      const next = replace(value);
      if (next !== value) (changed ??= { ...node })[key] = next;
    }
    const result = changed ?? node;
    return known.kind === "unresolved_function" ? named(engine, result as UnresolvedFunction) : result;
  };
  return replace(plan) as Relation;
}

function named(engine: LocalEngine, call: UnresolvedFunction): Expression {
  if (call.name === "identifier" && call.args.length === 1) return Object.freeze({ kind: "unresolved_attribute", nameParts: identifierParts(engine, call.args[0]!), isClause: true, origin: call.origin });
  if (call.name === "identifier_call") return Object.freeze({ ...call, name: identifierParts(engine, call.args[0]!).join("."), args: call.args.slice(1) });
  return call;
}

/** Spark's pattern of SHOW ... LIKE: `*` is any text, `|` stands between patterns; case does not count. */
export function matches(name: string, pattern: string | undefined): boolean {
  return pattern === undefined || pattern.split("|").some(one => new RegExp(`^${one.trim().replace(/[.+?^${}()[\]\\]/g, "\\$&").replaceAll("*", ".*")}$`, "is").test(name));
}

