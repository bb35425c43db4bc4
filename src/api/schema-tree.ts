/** The text of printSchema(): the columns as a tree, as Spark prints it. */
import type { DataType, StructType } from "../types/data-type.ts";

export const schemaTree = (schema: StructType): string => `root\n${fieldLines(schema, " |").join("")}`;

function fieldLines(type: StructType, prefix: string): string[] {
  return type.fields.flatMap(field => [`${prefix}-- ${field.name}: ${typeName(field.type)} (nullable = ${field.nullable})\n`, ...inner(field.type, `${prefix}    |`)]);
}

function inner(type: DataType, prefix: string): string[] {
  switch (type.kind) {
    case "struct": return fieldLines(type, prefix);
    case "array": return [`${prefix}-- element: ${typeName(type.element)} (containsNull = ${type.containsNull})\n`, ...inner(type.element, `${prefix}    |`)];
    case "map": return [
      `${prefix}-- key: ${typeName(type.key)}\n`, ...inner(type.key, `${prefix}    |`),
      `${prefix}-- value: ${typeName(type.value)} (valueContainsNull = ${type.valueContainsNull})\n`, ...inner(type.value, `${prefix}    |`),
    ];
    default: return [];
  }
}

/** Names of types in such trees are those of Spark's classes, not of SQL. */
function typeName(type: DataType): string {
  switch (type.kind) {
    case "tinyint": return "byte";
    case "smallint": return "short";
    case "int": return "integer";
    case "bigint": return "long";
    case "decimal": return `decimal(${type.precision},${type.scale})`;
    case "char": case "varchar": return `${type.kind}(${type.length})`;
    case "time": return `time(${type.precision})`;
    case "day_time_interval": case "year_month_interval": return `interval ${type.start}${type.start === type.end ? "" : ` to ${type.end}`}`;
    case "calendar_interval": return "interval";
    default: return type.kind;
  }
}
