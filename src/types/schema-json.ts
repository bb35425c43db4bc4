/** Schemas as the JSON that Spark writes them in: `df.schema.json()`, and into the files and logs that keep a schema. */
import { parseDataType } from "./ddl.ts";
import {
  BIGINT, BINARY, BOOLEAN, CALENDAR_INTERVAL, DATE, DOUBLE, FLOAT, INT, SMALLINT, STRING, TIMESTAMP, TIMESTAMP_NTZ, TINYINT, VARIANT, VOID,
  array, decimal, field, map, struct, time, typeToSql, type DataType, type StructType,
} from "./data-type.ts";

const NAMES: Readonly<Record<string, DataType>> = {
  string: STRING, integer: INT, long: BIGINT, short: SMALLINT, byte: TINYINT, float: FLOAT, double: DOUBLE, boolean: BOOLEAN, binary: BINARY,
  date: DATE, timestamp: TIMESTAMP, timestamp_ltz: TIMESTAMP, timestamp_ntz: TIMESTAMP_NTZ, void: VOID, null: VOID, variant: VARIANT, interval: CALENDAR_INTERVAL, decimal: decimal(10, 0),
};
const NAME_OF: Readonly<Record<string, string>> = { tinyint: "byte", smallint: "short", int: "integer", bigint: "long", calendar_interval: "interval" };

export function schemaToJson(schema: StructType): string { return JSON.stringify(jsonOf(schema)); }

/** Undefined for text that is no schema of types that there are. */
export function schemaFromJson(text: string): StructType | undefined {
  try {
    const type = typeFrom(JSON.parse(text));
    return type.kind === "struct" ? type : undefined;
  } catch {
    return undefined;
  }
}

function jsonOf(type: DataType): unknown {
  switch (type.kind) {
    case "struct": return { type: "struct", fields: type.fields.map(({ name, type: inner, nullable, comment }) => ({ name, type: jsonOf(inner), nullable, metadata: comment === undefined ? {} : { comment } })) };
    case "array": return { type: "array", elementType: jsonOf(type.element), containsNull: type.containsNull };
    case "map": return { type: "map", keyType: jsonOf(type.key), valueType: jsonOf(type.value), valueContainsNull: type.valueContainsNull };
    case "string": return "string";
    default: return NAME_OF[type.kind] ?? typeToSql(type).toLowerCase();
  }
}

function typeFrom(json: unknown): DataType {
  if (typeof json === "string") {
    if (Object.hasOwn(NAMES, json)) return NAMES[json]!;
    const precision = /^time\(([0-6])\)$/.exec(json);
    return precision === null ? parseDataType(json) : time(Number(precision[1]));
  }
  if (typeof json !== "object" || json === null) throw new TypeError("no type");
  const { type, fields, elementType, containsNull, keyType, valueType, valueContainsNull } = json as Record<string, unknown>;
  switch (type) {
    case "struct":
      return struct((fields as { name: unknown; type: unknown; nullable: unknown; metadata?: { comment?: unknown } }[]).map(one => {
        if (typeof one.name !== "string") throw new TypeError("a field has no name");
        const made = field(one.name, typeFrom(one.type), one.nullable !== false), comment = one.metadata?.comment;
        return typeof comment === "string" ? Object.freeze({ ...made, comment }) : made;
      }));
    case "array": return array(typeFrom(elementType), containsNull !== false);
    case "map": return map(typeFrom(keyType), typeFrom(valueType), valueContainsNull !== false);
    default: throw new TypeError(`no type ${String(type)}`);
  }
}
