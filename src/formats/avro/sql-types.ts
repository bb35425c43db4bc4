/** Types of SQL for Avro schemas and back, by the rules of Spark's SchemaConverters (https://spark.apache.org/docs/latest/sql-data-sources-avro.html). */
import { AnalysisError } from "../../base/errors.ts";
import {
  BIGINT, BINARY, BOOLEAN, DATE, DOUBLE, FLOAT, INT, STRING, TIMESTAMP, TIMESTAMP_NTZ, VOID, array, decimal, field, map, struct, typeToSql, type DataType, type StructField,
} from "../../types/data-type.ts";
import { parseDataType } from "../../types/ddl.ts";
import { avroSchemaText, nonNullBranches, type AvroField, type AvroFixed, type AvroPrimitive, type AvroSchema } from "./schema.ts";

export interface AvroTypeOptions {
  /** Members of unions are named after their types, behind `prefix`. */
  readonly stableUnionNames: boolean;
  readonly unionPrefix: string;
  /** How often a record may lie in itself; below 1 it may not. */
  readonly maxDepth: number;
}
export const DEFAULT_AVRO_TYPES: AvroTypeOptions = Object.freeze({ stableUnionNames: false, unionPrefix: "member_", maxDepth: -1 });
export const MAX_RECURSION = 15;

export interface SqlTypeOfAvro { readonly type: DataType; readonly nullable: boolean }

/** An Avro schema and a type of SQL that can't hold one another. Spark has no condition for it. */
export function incompatible(message: string): AnalysisError {
  return new AnalysisError({ condition: "MILLRACE_AVRO_INCOMPATIBLE_SCHEMA", sqlState: "42K09", message, messageParameters: {} });
}

/** @throws AnalysisError MILLRACE_AVRO_INCOMPATIBLE_SCHEMA, DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION */
export function sqlTypeOfAvro(schema: AvroSchema, options: AvroTypeOptions = DEFAULT_AVRO_TYPES): SqlTypeOfAvro {
  const found = typeOf(schema, new Map(), options);
  if (found === undefined) throw incompatible(`Nothing is left of the Avro schema ${avroSchemaText(schema)} at this depth of recursion.`);
  return found;
}

/** Undefined: dropped, as it lies in itself too often. */
function typeOf(schema: AvroSchema, above: ReadonlyMap<string, number>, options: AvroTypeOptions): SqlTypeOfAvro | undefined {
  const plain = (type: DataType): SqlTypeOfAvro => ({ type, nullable: false });
  switch (schema.kind) {
    case "null": return { type: VOID, nullable: true };
    case "boolean": return plain(BOOLEAN);
    case "int": return plain(schema.logical === "date" ? DATE : schema.sqlType === undefined ? INT : parseDataType(schema.sqlType));
    case "long": return plain(longType(schema));
    case "float": return plain(FLOAT);
    case "double": return plain(DOUBLE);
    case "string": case "enum": return plain(STRING);
    case "bytes": case "fixed": return plain(schema.logical === "decimal" ? decimalType(schema) : BINARY);
    case "record": {
      const depth = above.get(schema.fullName) ?? 0;
      if (depth > 0 && options.maxDepth <= 0) throw incompatible(`Found recursive reference in Avro schema, which can not be processed by Spark by default: ${avroSchemaText(schema)}. Try setting the option \`recursiveFieldMaxDepth\` to 1 - ${MAX_RECURSION}.`);
      if (depth > 0 && depth >= options.maxDepth) return undefined;
      const inside = new Map(above).set(schema.fullName, depth + 1);
      return plain(struct(schema.fields.flatMap(f => {
        const found = typeOf(f.schema, inside, options);
        return found === undefined ? [] : [field(f.name, found.type, found.nullable)];
      })));
    }
    case "array": {
      const element = typeOf(schema.items, above, options);
      return element && plain(array(element.type, element.nullable));
    }
    case "map": {
      const value = typeOf(schema.values, above, options);
      return value && plain(map(STRING, value.type, value.nullable));
    }
    case "union": {
      const branches = nonNullBranches(schema), found = branches.length === 0 ? { type: VOID, nullable: true } : unionType(branches, above, options);
      return found && { type: found.type, nullable: found.nullable || branches.length < schema.branches.length };
    }
  }
}

function unionType(branches: readonly AvroSchema[], above: ReadonlyMap<string, number>, options: AvroTypeOptions): SqlTypeOfAvro | undefined {
  if (branches.length === 1) return typeOf(branches[0]!, above, options);
  const wide = widenedPair(branches);
  if (wide !== undefined) return { type: wide, nullable: false };
  const names = new Set<string>(), fields: StructField[] = [];
  for (const [i, branch] of branches.entries()) {
    const found = typeOf(branch, above, options);
    if (found === undefined) continue;
    let name = `member${i}`;
    if (options.stableUnionNames) {
      const of = "name" in branch ? branch.name : branch.kind;
      name = `${options.unionPrefix}${of}`;
      if (names.has(name.toLowerCase())) throw incompatible(`Cannot generate stable identifier for Avro union type due to name conflict of type name ${of}`);
      names.add(name.toLowerCase());
    }
    fields.push(field(name, found.type));
  }
  return { type: struct(fields), nullable: false };
}

/** Unions of two numbers that are one type of SQL. */
export function widenedPair(branches: readonly AvroSchema[]): DataType | undefined {
  const kinds = branches.map(branch => branch.kind).toSorted().join();
  return kinds === "int,long" ? BIGINT : kinds === "double,float" ? DOUBLE : undefined;
}

function longType({ logical, sqlType, precision, scale }: AvroPrimitive): DataType {
  switch (logical) {
    case "custom-decimal": return checkedDecimal(precision!, scale!);
    case "timestamp-millis": case "timestamp-micros": return TIMESTAMP;
    case "local-timestamp-millis": case "local-timestamp-micros": return TIMESTAMP_NTZ;
    case "timestamp-nanos": case "local-timestamp-nanos": throw new AnalysisError({
      condition: "FEATURE_NOT_ENABLED", sqlState: "56038", message: "The feature Nanosecond-precision timestamp types is not enabled.", hint: "give avroSchema with a long that has no logical type: its values are then nanoseconds",
      messageParameters: { featureName: "Nanosecond-precision timestamp types", configKey: "spark.sql.timestampNanosTypes.enabled", configValue: "true" },
    });
    default: return sqlType === undefined ? BIGINT : parseDataType(sqlType);
  }
}

const decimalType = ({ precision, scale }: AvroPrimitive | AvroFixed): DataType => checkedDecimal(precision!, scale!);

function checkedDecimal(precision: number, scale: number): DataType {
  if (precision <= 38) return decimal(precision, scale);
  throw new AnalysisError({ condition: "DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION", sqlState: "22003", message: `Decimal precision ${precision} exceeds max precision 38.`, messageParameters: { precision: String(precision), maxPrecision: "38" } });
}

/** The Avro schema that Spark writes a type with. @throws AnalysisError MILLRACE_AVRO_INCOMPATIBLE_SCHEMA */
export function avroSchemaOfType(type: DataType, nullable: boolean, recordName = "topLevelRecord", namespace = ""): AvroSchema {
  const schema = notNull(type, recordName, namespace);
  return nullable && type.kind !== "void" ? { kind: "union", branches: [schema, { kind: "null" }] } : schema;
}

function notNull(type: DataType, recordName: string, namespace: string): AvroSchema {
  switch (type.kind) {
    case "void": return { kind: "null" };
    case "boolean": return { kind: "boolean" };
    case "tinyint": case "smallint": case "int": return { kind: "int" };
    case "bigint": return { kind: "long" };
    case "float": return { kind: "float" };
    case "double": return { kind: "double" };
    case "string": case "char": case "varchar": return { kind: "string" };
    case "binary": return { kind: "bytes" };
    case "date": return { kind: "int", logical: "date" };
    case "timestamp": return { kind: "long", logical: "timestamp-micros" };
    case "timestamp_ntz": return { kind: "long", logical: "local-timestamp-micros" };
    case "decimal": {
      const inside = namespace === "" ? recordName : `${namespace}.${recordName}`;
      return { kind: "fixed", name: "fixed", namespace: inside, fullName: `${inside}.fixed`, aliases: [], size: bytesOfDigits(type.precision), logical: "decimal", precision: type.precision, scale: type.scale };
    }
    case "array": return { kind: "array", items: avroSchemaOfType(type.element, type.containsNull, recordName, namespace) };
    case "map":
      if (type.key.kind !== "string") throw incompatible(`Unexpected type ${typeToSql(type)}: keys of Avro's maps are strings.`);
      return { kind: "map", values: avroSchemaOfType(type.value, type.valueContainsNull, recordName, namespace) };
    case "struct": {
      const fullName = namespace === "" ? recordName : `${namespace}.${recordName}`;
      const fields: AvroField[] = type.fields.map(f => ({ name: avroName(f.name), schema: avroSchemaOfType(f.type, f.nullable, avroName(f.name), fullName), aliases: [] }));
      return { kind: "record", name: recordName, namespace, fullName, aliases: [], fields };
    }
    case "year_month_interval": return { kind: "int", sqlType: typeToSql(type).toLowerCase() };
    case "day_time_interval": return { kind: "long", sqlType: typeToSql(type).toLowerCase() };
    default: throw incompatible(`Unexpected type ${typeToSql(type)}.`);
  }
}

function avroName(name: string): string {
  if (/^[\p{L}_][\p{L}\p{Nd}_]*$/u.test(name)) return name;
  throw incompatible(`The name ${JSON.stringify(name)} can't stand in an Avro schema: it may have letters, digits and _ only.`);
}

/** Bytes that hold any number of so many decimal digits, with its sign. */
export function bytesOfDigits(precision: number): number {
  let bytes = 1;
  while (2n ** BigInt(8 * bytes - 1) < 10n ** BigInt(precision)) bytes++;
  return bytes;
}
