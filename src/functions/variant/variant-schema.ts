/** The schema of VARIANT values, as schema_of_variant shows it: objects by their keys, arrays by what fits all their items. */
import { decimal, typeToSql, VOID } from "../../types/data-type.ts";
import { decimalFor, widerDecimal } from "../../types/decimal-rules.ts";
import { Decimal } from "../../types/values.ts";
import { isObject } from "../../types/variant.ts";
import { scalarOf } from "../cast/cast-variant.ts";

/** `sql`: a type without parts. As JSON it is what an aggregate keeps. */
export type VariantSchema =
  | { readonly kind: "void" } | { readonly kind: "variant" } | { readonly kind: "scalar"; readonly sql: string }
  | { readonly kind: "decimal"; readonly precision: number; readonly scale: number }
  | { readonly kind: "array"; readonly element: VariantSchema }
  | { readonly kind: "object"; readonly fields: readonly (readonly [name: string, schema: VariantSchema])[] };

export function schemaOfVariant(value: unknown): VariantSchema {
  if (value === null || value === undefined) return { kind: "void" };
  if (Array.isArray(value)) return { kind: "array", element: (value as readonly unknown[]).map(schemaOfVariant).reduce(mergeSchemas, { kind: "void" }) };
  if (isObject(value)) return { kind: "object", fields: Object.entries(value).map(([name, item]) => [name, schemaOfVariant(item)] as const) };
  if (Decimal.is(value)) return { kind: "decimal", precision: value.precision, scale: value.scale };
  return { kind: "scalar", sql: typeToSql(scalarOf(value)?.type ?? VOID) };
}

/** The schema that fits two values: numbers widen, objects have the keys of both, all else is VARIANT. */
export function mergeSchemas(a: VariantSchema, b: VariantSchema): VariantSchema {
  if (b.kind === "void") return a;
  if (a.kind === "void") return b;
  if (a.kind === "array" && b.kind === "array") return { kind: "array", element: mergeSchemas(a.element, b.element) };
  if (a.kind === "object" && b.kind === "object") {
    const fields = new Map(a.fields);
    for (const [name, schema] of b.fields) fields.set(name, mergeSchemas(fields.get(name) ?? { kind: "void" }, schema));
    return { kind: "object", fields: [...fields].sort(([x], [y]) => x < y ? -1 : 1) };
  }
  if (a.kind === "scalar" && b.kind === "scalar" && a.sql === b.sql) return a;
  if (!isNumber(a) || !isNumber(b)) return { kind: "variant" };
  if (schemaText(a) === "DOUBLE" || schemaText(b) === "DOUBLE") return { kind: "scalar", sql: "DOUBLE" };
  const { precision, scale } = widerDecimal(decimalOf(a), decimalOf(b));
  return { kind: "decimal", precision, scale };
}

const isNumber = (schema: VariantSchema): boolean => schema.kind === "decimal" || schema.kind === "scalar" && (schema.sql === "BIGINT" || schema.sql === "DOUBLE");
const decimalOf = (schema: VariantSchema): ReturnType<typeof decimal> => schema.kind === "decimal" ? decimal(schema.precision, schema.scale) : decimalFor({ kind: "bigint" });

export function schemaText(schema: VariantSchema): string {
  switch (schema.kind) {
    case "void": return "VOID";
    case "variant": return "VARIANT";
    case "scalar": return schema.sql;
    case "decimal": return typeToSql(decimal(schema.precision, schema.scale));
    case "array": return `ARRAY<${schemaText(schema.element)}>`;
    case "object": return `OBJECT<${schema.fields.map(([name, field]) => `${name}: ${schemaText(field)}`).join(", ")}>`;
  }
}
