/** `*`, `t.*`, `s.*` over a struct, and `* EXCEPT (...)` written out as columns. */
import type { Expression, Origin, UnresolvedStar } from "../plan/expressions.ts";
import type { Attribute } from "../plan/resolved.ts";
import type { StructType } from "../types/data-type.ts";
import { fail, quoteIdentifiers, quoteParts, unresolvedColumn } from "./errors.ts";
import type { Resolver } from "./expressions.ts";
import { findAttribute, proposalsFor, underQualifier, type Scope } from "./scope.ts";

/** The expressions with each star replaced by what it stands for. */
export function expandStars(resolver: Resolver, expressions: readonly Expression[]): readonly Expression[] {
  if (!expressions.some(e => e.kind === "unresolved_star")) return expressions;
  return expressions.flatMap(e => e.kind === "unresolved_star" ? expandStar(resolver, e) : [e]);
}

/** One column that a star gave: refers to its attribute directly, whatever else has the name. */
const EXACT = new WeakMap<Expression, Attribute>();
export const exactAttribute = (expression: Expression): Attribute | undefined => EXACT.get(expression);

/** An expression that means this attribute, whatever else has its name. */
export function exactReference(attribute: Attribute, origin?: Origin): Expression {
  const expression: Expression = Object.freeze({ kind: "unresolved_attribute", nameParts: [attribute.name], origin });
  EXACT.set(expression, attribute);
  return expression;
}

/** A field that `s.*` gave, and what it is called. */
const FIELD_NAMES = new WeakMap<Expression, string>();
export const starredField = (expression: Expression): string | undefined => FIELD_NAMES.get(expression);

function fieldReference(attribute: Attribute, path: readonly string[], origin: Origin | undefined): Expression {
  const literal = (name: string): Expression => ({ kind: "literal", value: name, type: { kind: "string" } });
  return path.reduce<Expression>((child, name) => {
    const field: Expression = Object.freeze({ kind: "extract_value", child, extraction: literal(name), origin });
    FIELD_NAMES.set(field, name);
    return field;
  }, exactReference(attribute, origin));
}

function expandStar(resolver: Resolver, star: UnresolvedStar): readonly Expression[] {
  const outer = resolver.options.outer, found = starOf(resolver, star, resolver.scope) ?? (outer?.stars === true ? starOf(resolver, star, outer.scope) : undefined);
  if (found !== undefined) return found;
  const targetString = quoteParts(star.target), columns = quoteIdentifiers(resolver.scope.visible.map(a => a.name));
  throw fail("CANNOT_RESOLVE_STAR_EXPAND", "42704", `Cannot resolve ${targetString}.* given input columns ${columns}. Please check that the specified table or struct exists and is accessible in the input columns.`, { targetString, columns }, star.origin);
}

/** What a star stands for in a scope; undefined when nothing there has its name. */
function starOf(resolver: Resolver, star: UnresolvedStar, scope: Scope): readonly Expression[] | undefined {
  const { same } = resolver, { target, origin } = star;
  if (star.planId !== undefined) {
    const frame = scope.frames.get(star.planId);
    const here = frame?.flatMap(a => scope.visible.filter(v => v.id === a.id));
    if (here !== undefined && here.length > 0) return here.map(attribute => exactReference(attribute, origin));
  }
  if (target.length === 0) {
    return without(resolver, scope.visible, star);
  }
  const all = [...scope.visible, ...scope.hidden];
  const qualified = underQualifier(target, scope.visible, same);
  // A key that USING merged is hidden, but belongs to its side's star.
  const hidden = underQualifier(target, scope.hidden, same).filter(attribute => attribute.name !== "_metadata");
  if (qualified.length > 0 || hidden.length > 0) return without(resolver, [...hidden, ...qualified], star);
  const match = findAttribute(target, all, same, origin);
  if (match !== undefined) {
    let type = match.attribute.type;
    const path: string[] = [];
    for (const part of target.slice(match.used)) {
      const inner: StructType["fields"][number] | undefined = type.kind === "struct" ? type.fields.find(f => same(f.name, part)) : undefined;
      if (inner === undefined) break;
      path.push(inner.name);
      type = inner.type;
    }
    if (type.kind === "struct" && path.length === target.length - match.used) return fieldsWithout(resolver, match.attribute, path, type, star);
    if (path.length === target.length - match.used) throw fail("_LEGACY_ERROR_TEMP_1050", "42704", `Can only star expand struct data types. Attribute: \`${target.join(".")}\`.`, { attributes: `[${target.join(", ")}]` }, origin);
  }
  return undefined;
}

/** The fields of `s.*`, those that EXCEPT names left out. */
function fieldsWithout(resolver: Resolver, attribute: Attribute, path: readonly string[], type: StructType, { except = [], origin }: UnresolvedStar): readonly Expression[] {
  checkOverlap(resolver, except, origin);
  const { same } = resolver, unknown = except.find(parts => !type.fields.some(f => same(f.name, parts[0]!)));
  if (unknown !== undefined) throw unresolvedColumn(unknown, type.fields.map(f => [f.name]), origin);
  return type.fields.flatMap((f): readonly Expression[] => {
    const inside = except.filter(parts => same(parts[0]!, f.name)).map(parts => parts.slice(1)), at = [...path, f.name];
    if (inside.some(parts => parts.length === 0)) return [];
    if (inside.length === 0) return [fieldReference(attribute, at, origin)];
    return [{ kind: "alias", names: [f.name], child: structWithout(resolver, attribute, at, f.type as StructType, inside, origin) } satisfies Expression];
  });
}

function checkOverlap({ same }: Resolver, except: readonly (readonly string[])[], origin: Origin | undefined): void {
  const overlap = except.some((parts, i) => except.some((other, j) => i !== j && other.length <= parts.length && other.every((part, at) => same(part, parts[at]!))));
  if (!overlap) return;
  const columns = except.map(quoteParts).join(", ");
  throw fail("EXCEPT_OVERLAPPING_COLUMNS", "42702", `Columns in an EXCEPT list must be distinct and non-overlapping, but got (${columns}).`, { columns }, origin);
}

function without(resolver: Resolver, attributes: readonly Attribute[], star: UnresolvedStar): readonly Expression[] {
  const { except, origin } = star;
  if (except === undefined) return attributes.map(attribute => exactReference(attribute, origin));
  const { same } = resolver;
  checkOverlap(resolver, except, origin);
  const dropped = new Map<Attribute, readonly string[][]>();
  for (const parts of except) {
    const match = findAttribute(parts, attributes, same, origin);
    if (match === undefined) throw unresolvedColumn(parts, proposalsFor(parts, resolver.scope), origin);
    dropped.set(match.attribute, [...(dropped.get(match.attribute) ?? []), parts.slice(match.used)]);
  }
  return attributes.flatMap(attribute => {
    const paths = dropped.get(attribute);
    if (paths === undefined) return [exactReference(attribute, origin)];
    if (paths.some(path => path.length === 0)) return [];
    return [{ kind: "alias", names: [attribute.name], child: structWithout(resolver, attribute, [], attribute.type as StructType, paths, origin) } satisfies Expression];
  });
}

/** The struct rebuilt from the fields that stay. */
function structWithout(resolver: Resolver, attribute: Attribute, at: readonly string[], type: StructType, paths: readonly (readonly string[])[], origin: Origin | undefined): Expression {
  const { same } = resolver;
  for (const path of paths) {
    if (type.kind !== "struct" || !type.fields.some(f => same(f.name, path[0]!))) throw unresolvedColumn([...at, ...path], proposalsFor(path, resolver.scope), origin);
  }
  const args = type.fields.flatMap((f): Expression[] => {
    const inside = paths.filter(path => same(path[0]!, f.name)).map(path => path.slice(1));
    if (inside.some(path => path.length === 0)) return [];
    const name: Expression = { kind: "literal", value: f.name, type: { kind: "string" } };
    return [name, inside.length === 0 ? fieldReference(attribute, [...at, f.name], origin) : structWithout(resolver, attribute, [...at, f.name], f.type as StructType, inside, origin)];
  });
  return { kind: "unresolved_function", name: "named_struct", args, origin };
}
