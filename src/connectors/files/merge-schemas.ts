/** One schema for files of several, by the rules of Spark's StructType.merge. */
import { AnalysisError } from "../../base/errors.ts";
import { array, decimal, field, map, struct, typeToSql, type DataType, type StructType } from "../../types/data-type.ts";

/** The columns of both, those of the first in front; names are compared without regard to case. @throws AnalysisError CANNOT_MERGE_SCHEMAS */
export function mergeSchemas(left: StructType, right: StructType): StructType {
  const merged = mergedType(left, right);
  if (merged === undefined) throw new AnalysisError({
    condition: "CANNOT_MERGE_SCHEMAS", sqlState: "42KD9", message: `Failed merging schemas:\nInitial schema:\n"${typeToSql(left)}"\nSchema that cannot be merged with the initial schema:\n"${typeToSql(right)}".`,
    messageParameters: { left: `"${typeToSql(left)}"`, right: `"${typeToSql(right)}"` }, hint: "give a schema, or leave out the files of the other kind",
  });
  return merged as StructType;
}

function mergedType(a: DataType, b: DataType): DataType | undefined {
  if (a.kind === "struct" && b.kind === "struct") {
    const fields = [];
    for (const one of a.fields) {
      const other = b.fields.find(f => f.name.toLowerCase() === one.name.toLowerCase()), type = other === undefined ? one.type : mergedType(one.type, other.type);
      if (type === undefined) return undefined;
      fields.push(field(one.name, type, one.nullable || other?.nullable === true));
    }
    return struct([...fields, ...b.fields.filter(one => !a.fields.some(f => f.name.toLowerCase() === one.name.toLowerCase()))]);
  }
  if (a.kind === "array" && b.kind === "array") {
    const element = mergedType(a.element, b.element);
    return element && array(element, a.containsNull || b.containsNull);
  }
  if (a.kind === "map" && b.kind === "map") {
    const key = mergedType(a.key, b.key), value = mergedType(a.value, b.value);
    return key && value && map(key, value, a.valueContainsNull || b.valueContainsNull);
  }
  if (a.kind === "decimal" && b.kind === "decimal") return a.scale === b.scale ? decimal(Math.max(a.precision, b.precision), a.scale) : undefined;
  if (a.kind === "void" || b.kind === "void") return a.kind === "void" ? b : a;
  return typeToSql(a) === typeToSql(b) ? a : undefined;
}
