/** Operators on whole column lists: withColumns, renames, drop, to(schema). */
import { unsupported } from "../base/errors.ts";
import { canCast } from "../functions/casts.ts";
import type { Expression, Origin } from "../plan/expressions.ts";
import type { Drop, ToSchema, WithColumns, WithColumnsRenamed } from "../plan/relations.ts";
import type { NamedExpression, ResolvedRelation } from "../plan/resolved.ts";
import { sameType, sameTypeIgnoringNullability, typeToSql } from "../types/data-type.ts";
import type { Analyzer, Env } from "./analyzer.ts";
import { castOf, makeAttribute, nameExpression, passThrough, projectTo } from "./build.ts";
import { fail, quoteIdentifiers, quoteSql, unresolvedColumn } from "./errors.ts";
import { scopeSource } from "./name-lookup.ts";
import { analysed, proposalsFor, settle, type Analysed } from "./scope.ts";
import { project } from "./select.ts";
import { exactReference } from "./stars.ts";

export function reshape(analyzer: Analyzer, relation: WithColumns | WithColumnsRenamed | Drop | ToSchema, env: Env): Analysed {
  const input = analyzer.relation(relation.input, env);
  switch (relation.kind) {
    case "with_columns": return withColumns(analyzer, relation, input, env);
    case "with_columns_renamed": return withColumnsRenamed(analyzer, relation, input);
    case "drop": return drop(analyzer, relation, input);
    case "to_schema": return toSchema(analyzer, relation, input);
  }
}

/** The same columns under other names; a renamed column keeps its watermark. */
export function renamed(plan: ResolvedRelation, names: readonly string[], origin: Origin | undefined): ResolvedRelation {
  if (names.length !== plan.output.length) {
    throw fail("ASSIGNMENT_ARITY_MISMATCH", "42802", `The number of columns or variables assigned or aliased: ${names.length} does not match the number of source expressions: ${plan.output.length}.`, { numExpr: String(names.length), numTarget: String(plan.output.length) }, origin);
  }
  return projectTo(plan, plan.output.map((attribute, i) => nameExpression(attribute, names[i]!)), origin);
}

/** New columns behind the others; one with the name of an old one takes its place. */
function withColumns(analyzer: Analyzer, relation: WithColumns, input: Analysed, env: Env): Analysed {
  const { same } = analyzer, { aliases, origin } = relation;
  const nameOf = (i: number): string => aliases[i]!.names[0]!;
  const twice = aliases.findIndex((_, i) => aliases.findIndex((_other, j) => same(nameOf(i), nameOf(j))) !== i);
  if (twice >= 0) throw fail("COLUMN_ALREADY_EXISTS", "42711", `The column \`${nameOf(twice).toLowerCase()}\` already exists. Choose another name or rename the existing column.`, { columnName: `\`${nameOf(twice).toLowerCase()}\`` }, origin);
  if (relation.pipe === "SET") {
    const missing = aliases.find(alias => !input.visible.some(a => same(a.name, alias.names[0]!)));
    if (missing !== undefined) throw unresolvedColumn(missing.names, proposalsFor(missing.names, input), missing.origin ?? origin);
  }
  const used = new Set<number>();
  const columns: Expression[] = input.visible.map((attribute): Expression => {
    const i = aliases.findIndex(alias => same(alias.names[0]!, attribute.name));
    if (i < 0) return exactReference(attribute);
    used.add(i);
    return aliases[i]!;
  });
  aliases.forEach((alias, i) => { if (!used.has(i)) columns.push(alias); });
  const result = project(analyzer, input, columns, env, origin, relation.pipe);
  if (relation.pipe !== "SET") return result;
  // |> SET keeps the table's alias for the column.
  const visible = result.visible.map((attribute, i) => i < input.visible.length && attribute.qualifier.length === 0 ? { ...attribute, qualifier: input.visible[i]!.qualifier } : attribute);
  return { ...result, visible };
}


function withColumnsRenamed(analyzer: Analyzer, relation: WithColumnsRenamed, input: Analysed): Analysed {
  const { same } = analyzer, plan = settle(input);
  const columns = plan.output.map((attribute): NamedExpression => {
    let { name } = attribute;
    for (const [from, to] of relation.renames) if (same(name, from)) name = to;
    return name === attribute.name ? passThrough(attribute) : nameExpression(attribute, name);
  });
  if (columns.every(column => column.expression === column.attribute)) return input;
  return { ...analysed(projectTo(plan, columns, relation.origin)), frames: input.frames };
}

/** Columns that aren't there are no error. */
function drop(analyzer: Analyzer, relation: Drop, input: Analysed): Analysed {
  const { same } = analyzer, resolve = scopeSource(input, same);
  const dropped = new Set<number>();
  for (const column of relation.columns) {
    if (column.kind !== "unresolved_attribute") throw unsupported("drop() of an expression", "give a column or its name");
    const { planId } = column;
    const frame = planId === undefined ? undefined : input.frames.get(planId);
    const scope = frame === undefined ? resolve : scopeSource({ visible: frame.filter(a => input.visible.some(v => v.id === a.id)), hidden: [], frames: input.frames }, same);
    const found = scope(column.nameParts, column.origin, false);
    if (found?.expression.kind === "attribute" && found.used === column.nameParts.length) dropped.add(found.expression.id);
  }
  const kept = input.visible.filter(attribute => !dropped.has(attribute.id) && !relation.columnNames.some(name => same(name, attribute.name)));
  if (kept.length === input.visible.length) return input;
  return { plan: projectTo(input.plan, kept.map(passThrough), relation.origin), visible: kept, hidden: [], frames: input.frames };
}

/** `to(schema)`: columns by name, in the schema's order, cast to its types. `as(schema)` (checkOnly): they must be so already. */
function toSchema(analyzer: Analyzer, relation: ToSchema, input: Analysed): Analysed {
  const { same } = analyzer, { origin, schema } = relation, plan = settle(input);
  if (relation.checkOnly === true) {
    checkDeclared(plan, relation);
    return input;
  }
  const columns = schema.fields.map((wanted): NamedExpression => {
    const found = plan.output.filter(attribute => same(attribute.name, wanted.name));
    const attribute = found[0];
    if (found.length > 1) throw fail("AMBIGUOUS_COLUMN_OR_FIELD", "42702", `Column or field \`${wanted.name}\` is ambiguous and has ${found.length} matches.`, { name: `\`${wanted.name}\``, n: String(found.length) }, origin);
    if (attribute === undefined) {
      if (wanted.nullable) return { expression: Object.freeze({ kind: "literal", value: null, type: wanted.type, nullable: true, origin }), attribute: makeAttribute(wanted.name, wanted.type, true) };
      throw unresolvedColumn([wanted.name], plan.output.map(a => [a.name]), origin);
    }
    if (attribute.nullable && !wanted.nullable) {
      throw fail("NULLABLE_COLUMN_OR_FIELD", "42000", `Column or field \`${wanted.name}\` is nullable while it's required to be non-nullable.`, { name: `\`${wanted.name}\`` }, origin, "make the column NOT NULL at its source, or declare it nullable");
    }
    if (sameType(attribute.type, wanted.type)) return attribute.name === wanted.name ? passThrough(attribute) : nameExpression(attribute, wanted.name);
    if (canCast(attribute.type, wanted.type, "ansi") !== undefined) {
      throw fail("INVALID_COLUMN_OR_FIELD_DATA_TYPE", "42000", `Column or field \`${wanted.name}\` is of type "${typeToSql(attribute.type)}" while it's required to be "${typeToSql(wanted.type)}".`, { name: `\`${wanted.name}\``, type: quoteSql(typeToSql(attribute.type)), expectedType: quoteSql(typeToSql(wanted.type)) }, origin);
    }
    return nameExpression(castOf(attribute, wanted.type, "ansi", analyzer.context.settings, false, origin), wanted.name);
  });
  return { ...analysed(projectTo(plan, columns, origin)), frames: input.frames };
}

/** The plan's columns must be the declared ones, in order, by name and type; a nullable column can't be declared NOT NULL. */
function checkDeclared(plan: ResolvedRelation, { schema, origin }: ToSchema): void {
  const wrong = (what: string): Error => fail("MILLRACE_DECLARED_SCHEMA_MISMATCH", "42804", what, { declared: schema.fields.map(f => f.name).join(", "), actual: plan.output.map(a => a.name).join(", ") }, origin, "use .to(schema) to cast and reorder");
  for (const field of schema.fields) {
    const found = plan.output.find(attribute => attribute.name === field.name);
    if (found === undefined) throw wrong(`${field.name} is declared, but the query has no such column; it has ${quoteIdentifiers(plan.output.map(a => a.name))}.`);
    if (!sameTypeIgnoringNullability(found.type, field.type) || found.nullable && !field.nullable) {
      throw wrong(`${field.name} is declared ${typeToSql(field.type)}${field.nullable ? "" : " NOT NULL"}; the query gives ${typeToSql(found.type)}${found.nullable ? "" : " NOT NULL"}.`);
    }
  }
  const extra = plan.output.find(attribute => !schema.fields.some(field => field.name === attribute.name));
  if (extra !== undefined) throw wrong(`The query gives ${extra.name}, which isn't declared.`);
}

