/** Fields of structs, items of arrays and values of maps. */
import type { Origin } from "../plan/expressions.ts";
import type { SqlSettings } from "../plan/function.ts";
import type { ResolvedExpression } from "../plan/resolved.ts";
import type { Cell } from "../types/cell.ts";
import { array, STRING } from "../types/data-type.ts";
import { internalFunction, literalOf, scalarCall } from "./build.ts";
import { callByName } from "./calls.ts";
import { ambiguousField, fail, fieldNotFound, quoteSql, quoteType } from "./errors.ts";
import type { Resolver } from "./expressions.ts";
import type { SameName } from "./scope.ts";

/** `child.field`: of a struct, of each struct in an array, or a map's value under the field's name. */
export function accessField(child: ResolvedExpression, field: string, same: SameName, settings: SqlSettings, origin: Origin | undefined): ResolvedExpression {
  const { type } = child;
  if (type.kind === "struct") {
    const index = fieldIndex(type.fields.map(f => f.name), field, same, origin), found = type.fields[index]!;
    return Object.freeze({ kind: "field_access", child, index, name: field, type: found.type, nullable: child.nullable || found.nullable, origin });
  }
  if (type.kind === "array" && type.element.kind === "struct") {
    const index = fieldIndex(type.element.fields.map(f => f.name), field, same, origin), found = type.element.fields[index]!;
    const result = array(found.type, type.containsNull || found.nullable);
    return scalarCall(ARRAY_FIELD, [child, literalOf(index, { kind: "int" })], { type: result, row: arrayField }, settings, origin);
  }
  if (type.kind === "map") return mapValue(child, literalOf(field, STRING, origin), settings, origin);
  throw fail("INVALID_EXTRACT_BASE_FIELD_TYPE", "42000", `Can't extract a value from "${describe(child)}". Need a complex type [STRUCT, ARRAY, MAP] but got ${quoteType(type)}.`,
    { base: quoteSql(describe(child)), other: quoteType(type) }, origin);
}

/** `child[item]` where the item isn't the name of a struct's field. */
export function extractItem(resolver: Resolver, child: ResolvedExpression, item: ResolvedExpression, origin: Origin | undefined, text: () => string): ResolvedExpression {
  const { type } = child;
  switch (type.kind) {
    case "struct": {
      if (item.kind === "literal" && typeof item.value === "string") return accessField(child, item.value, resolver.same, resolver.context.settings, origin);
      throw fail("INVALID_EXTRACT_FIELD_TYPE", "42000", `Field name should be a non-null string literal, but it's "${text()}".`, { extraction: quoteSql(text()) }, origin);
    }
    case "array": case "map": return callByName(resolver, ITEM, [child, item], origin);
    default: throw fail("INVALID_EXTRACT_BASE_FIELD_TYPE", "42000", `Can't extract a value from "${describe(child)}". Need a complex type [STRUCT, ARRAY, MAP] but got ${quoteType(type)}.`,
      { base: quoteSql(describe(child)), other: quoteType(type) }, origin);
  }
}

/** The function behind `a[i]` and `m[k]` in the registry. */
const ITEM = "[]";

function mapValue(child: ResolvedExpression, key: ResolvedExpression, settings: SqlSettings, origin: Origin | undefined): ResolvedExpression {
  const type = child.type.kind === "map" ? child.type.value : child.type;
  return scalarCall(MAP_VALUE, [child, key], { type, nullable: true, row: mapLookup }, settings, origin);
}

function fieldIndex(names: readonly string[], field: string, same: SameName, origin: Origin | undefined): number {
  const found = names.flatMap((name, i) => same(name, field) ? [i] : []);
  if (found.length === 0) throw fieldNotFound(field, names, origin);
  if (found.length > 1) throw ambiguousField(field, found.length, origin);
  return found[0]!;
}

const describe = (expression: ResolvedExpression): string => expression.kind === "attribute" ? expression.name : expression.kind === "literal" ? String(expression.value) : expression.kind;

function arrayField(args: readonly Cell[]): Cell {
  const index = args[1] as number;
  return (args[0] as readonly Cell[]).map(item => item === null ? null : (item as readonly Cell[])[index]!);
}
const mapLookup = (args: readonly Cell[]): Cell => (args[0] as { readonly entries: readonly (readonly [Cell, Cell])[] }).entries.find(([key]) => key === args[1])?.[1] ?? null;

const ARRAY_FIELD = internalFunction("get_array_struct_fields", "The field of each struct of an array.");
const MAP_VALUE = internalFunction("get_map_value", "The value of a map under a key, or null.");
