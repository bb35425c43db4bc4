/** Types of SQL for messages, by the rules of Spark's SchemaConverters (https://spark.apache.org/docs/latest/sql-data-sources-protobuf.html). */
import {
  BIGINT, BINARY, BOOLEAN, DAY_TIME_INTERVAL, DOUBLE, FLOAT, INT, STRING, TIMESTAMP, array, decimal, field, map, struct, type DataType, type StructField, type StructType,
} from "../../types/data-type.ts";
import { descriptorError, type ProtoField, type ProtoMessage } from "./descriptor.ts";

export interface ProtoTypeOptions {
  readonly maxDepth: number;
  readonly enumsAsInts: boolean;
  readonly upcastUnsigned: boolean;
  readonly unwrapPrimitives: boolean;
  readonly retainEmpty: boolean;
}
export const DUMMY_FIELD = "__dummy_field_in_empty_struct";
const MAX_DEPTH = 10;
const DUMMY: StructType = struct([field(DUMMY_FIELD, STRING)]);

/** Messages around one value: by its kind. */
const WRAPPERS: ReadonlySet<string> = new Set(["Bool", "Int32", "UInt32", "Int64", "UInt64", "String", "Bytes", "Float", "Double"].map(name => `google.protobuf.${name}Value`));
export const isWrapper = (message: ProtoMessage): boolean => WRAPPERS.has(message.fullName);

/** A message of seconds and nanos: what counts is its name and its fields. */
export function timeKind({ name, fields }: ProtoMessage): "timestamp" | "duration" | undefined {
  if (fields.length !== 2 || fields[0]!.name !== "seconds" || fields[1]!.name !== "nanos") return undefined;
  return name === "Timestamp" ? "timestamp" : name === "Duration" ? "duration" : undefined;
}

/** @throws AnalysisError RECURSIVE_PROTOBUF_SCHEMA */
export function sqlTypeOfMessage(message: ProtoMessage, options: ProtoTypeOptions): StructType {
  const fields = message.fields.flatMap(f => fieldOf(f, new Map([[message.fullName, 1]]), options));
  return fields.length === 0 && options.retainEmpty ? DUMMY : struct(fields);
}

/** No field: dropped, as nothing is left of it. */
function fieldOf(from: ProtoField, above: ReadonlyMap<string, number>, options: ProtoTypeOptions): StructField[] {
  const type = typeOf(from, above, options);
  if (type === undefined) return [];
  if (type.kind === "map" && from.message?.isMapEntry === true) return [field(from.name, type)];
  // A zero in a wrapper that is unwrapped is null.
  const mayBeNull = from.message !== undefined && isWrapper(from.message) && options.unwrapPrimitives;
  return [from.isRepeated ? field(from.name, array(type, mayBeNull)) : field(from.name, type, !from.isRequired)];
}

function typeOf(from: ProtoField, above: ReadonlyMap<string, number>, options: ProtoTypeOptions): DataType | undefined {
  switch (from.type) {
    case "int32": case "sint32": case "sfixed32": case "fixed32": return INT;
    case "uint32": return options.upcastUnsigned ? BIGINT : INT;
    case "int64": case "sint64": case "sfixed64": case "fixed64": return BIGINT;
    case "uint64": return options.upcastUnsigned ? decimal(20, 0) : BIGINT;
    case "float": return FLOAT;
    case "double": return DOUBLE;
    case "bool": return BOOLEAN;
    case "string": return STRING;
    case "bytes": return BINARY;
    case "enum": return options.enumsAsInts ? INT : STRING;
    case "message": case "group": return messageType(from, from.message!, above, options);
  }
}

function messageType(from: ProtoField, message: ProtoMessage, above: ReadonlyMap<string, number>, options: ProtoTypeOptions): DataType | undefined {
  const time = timeKind(message);
  if (time !== undefined) return time === "timestamp" ? TIMESTAMP : DAY_TIME_INTERVAL;
  if (options.unwrapPrimitives && isWrapper(message)) return typeOf(message.fields[0]!, above, options);
  if (from.isRepeated && message.isMapEntry) {
    const key = message.fields.find(f => f.name === "key"), value = message.fields.find(f => f.name === "value");
    const keyType = key && typeOf(key, above, options), valueType = value && typeOf(value, above, options);
    return keyType && valueType && map(keyType, valueType, options.unwrapPrimitives && value.message !== undefined && isWrapper(value.message));
  }
  const depth = above.get(message.fullName) ?? 0, { maxDepth } = options;
  if (depth > 0 && (maxDepth <= 0 || maxDepth > MAX_DEPTH)) throw descriptorError("RECURSIVE_PROTOBUF_SCHEMA", "42K0G",
    `Found recursive reference in Protobuf schema, which can not be processed by Spark by default: ${from.fullName}. try setting the option \`recursive.fields.max.depth\` 1 to ${MAX_DEPTH}. Going beyond ${MAX_DEPTH} levels of recursion is not allowed.`, { fieldDescriptor: from.fullName });
  if (depth > 0 && depth >= maxDepth) return undefined;
  const inside = new Map(above).set(message.fullName, depth + 1), fields = message.fields.flatMap(f => fieldOf(f, inside, options));
  return fields.length > 0 ? struct(fields) : options.retainEmpty ? DUMMY : undefined;
}
