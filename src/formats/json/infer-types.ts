/** Types of JSON values that come together in one column, by the rules of Spark 4.3's JsonInferSchema. VOID: nothing but nulls was seen. */
import { DOUBLE, STRING, array, decimal, field, struct, type DataType, type StructField, type StructType } from "../../types/data-type.ts";

export const byName = (a: { readonly name: string }, b: { readonly name: string }): number => a.name < b.name ? -1 : a.name > b.name ? 1 : 0;

/** The type that holds values of both. Fields of structs are sorted by name, in what is given and in the result. */
export function widest(a: DataType, b: DataType): DataType {
  const tight = tightest(a, b);
  if (tight !== undefined) return tight;
  if (a.kind === "struct" && b.kind === "struct") return struct(mergedFields(a.fields, b.fields));
  if (a.kind === "array" && b.kind === "array") return array(widest(a.element, b.element));
  if (a.kind === "double" && b.kind === "decimal" || a.kind === "decimal" && b.kind === "double") return DOUBLE;
  if (a.kind === "decimal" && b.kind === "decimal") return widerDecimal(a, b);
  if (a.kind === "decimal" && b.kind === "bigint") return widerDecimal(a, decimal(20, 0));
  if (a.kind === "bigint" && b.kind === "decimal") return widerDecimal(decimal(20, 0), b);
  return STRING;
}

/** The type of both where nothing is lost; names of structs with as many fields may differ in case, and are as first written. */
function tightest(a: DataType, b: DataType): DataType | undefined {
  if (a.kind === "void") return b;
  if (b.kind === "void") return a;
  if (a.kind === "struct" && b.kind === "struct") return tightestStruct(a, b);
  if (a.kind === "array" && b.kind === "array") {
    const element = tightest(a.element, b.element);
    return element && array(element);
  }
  if (a.kind === "decimal" && b.kind === "decimal") return a.precision === b.precision && a.scale === b.scale ? a : undefined;
  if (a.kind === b.kind) return a;
  if (a.kind === "decimal" && b.kind === "bigint") return a.precision - a.scale >= 20 ? a : undefined;
  if (a.kind === "bigint" && b.kind === "decimal") return b.precision - b.scale >= 20 ? b : undefined;
  return a.kind === "bigint" && b.kind === "double" || a.kind === "double" && b.kind === "bigint" ? DOUBLE : undefined;
}

function tightestStruct(a: StructType, b: StructType): StructType | undefined {
  if (a.fields.length !== b.fields.length) return undefined;
  const fields: StructField[] = [];
  for (const [i, { name, type }] of a.fields.entries()) {
    const other = b.fields[i]!, both = name === other.name || name.toLowerCase() === other.name.toLowerCase() ? tightest(type, other.type) : undefined;
    if (both === undefined) return undefined;
    fields.push(field(name, both));
  }
  return struct(fields);
}

/** Sorted lists in one; a name that comes twice in one record stays so, and is refused at the end. */
function mergedFields(a: readonly StructField[], b: readonly StructField[]): StructField[] {
  const fields: StructField[] = [];
  let i = 0, j = 0;
  while (i < a.length && j < b.length) {
    const left = a[i]!, right = b[j]!, order = byName(left, right);
    fields.push(order === 0 ? field(left.name, widest(left.type, right.type)) : order < 0 ? left : right);
    if (order <= 0) i++;
    if (order >= 0) j++;
  }
  return [...fields, ...a.slice(i), ...b.slice(j)];
}

function widerDecimal(a: { precision: number; scale: number }, b: { precision: number; scale: number }): DataType {
  const scale = Math.max(a.scale, b.scale), whole = Math.max(a.precision - a.scale, b.precision - b.scale);
  return whole + scale > 38 ? DOUBLE : decimal(whole + scale, scale);
}

/** The type of a column: STRING where only nulls were seen, or nothing with `dropsNulls`. Structs without fields are left out, arrays of them too, and fields without a name. */
export function finished(type: DataType, dropsNulls: boolean): DataType | undefined {
  switch (type.kind) {
    case "void": return dropsNulls ? undefined : STRING;
    case "struct": {
      const fields = type.fields.flatMap(one => {
        const done = one.name === "" ? undefined : finished(one.type, dropsNulls);
        return done === undefined ? [] : [field(one.name, done)];
      });
      return fields.length === 0 ? undefined : struct(fields);
    }
    case "array": {
      const element = finished(type.element, dropsNulls);
      return element && array(element);
    }
    default: return type;
  }
}

