/** What columns of a file are in SQL, by the rules of Spark's ParquetToSparkSchemaConverter; lists and maps also in the forms that older writers gave them. */
import { AnalysisError } from "../../base/errors.ts";
import { BIGINT, BINARY, BOOLEAN, DATE, DOUBLE, FLOAT, INT, SMALLINT, STRING, TIMESTAMP, TIMESTAMP_NTZ, TINYINT, VARIANT, array, decimal, field, map, struct, time, type DataType, type StructType } from "../../types/data-type.ts";
import { PHYSICAL, PHYSICAL_NAMES, type Annotation, type SchemaNode } from "./metadata.ts";

/**
 * A column of a file or what lies in one. Its slots are made by levels that repeat at most to `depth` and define at least `there`;
 * of them, those with a level of `present` or more are not null.
 */
export interface FileColumn {
  readonly kind: "leaf" | "struct" | "list" | "map";
  readonly name: string;
  readonly nullable: boolean;
  readonly depth: number;
  readonly there: number;
  readonly present: number;
  /** Of lists and maps: the level from which on there is an element. */
  readonly element: number;
  /** Struct: fields. List: the element. Map: key, value. */
  readonly children: readonly FileColumn[];
  readonly node: SchemaNode;
}

export function fileColumns(root: SchemaNode): FileColumn[] {
  return root.children.map(child => childColumn(child, 0, 0));
}

/** A node in a group; what is repeated without being in a LIST or MAP is a list of what must be there. */
function childColumn(node: SchemaNode, depth: number, there: number): FileColumn {
  if (node.repetition !== "repeated") return columnOf(node, depth, there);
  const element = columnOf(node, node.maxRep, node.maxDef);
  return { kind: "list", name: node.name, nullable: false, depth, there, present: node.maxDef - 1, element: node.maxDef, children: [{ ...element, nullable: false }], node };
}

/** A node whose own repetition, if it has one, is that of the list around it. */
function columnOf(node: SchemaNode, depth: number, there: number): FileColumn {
  const shared = { name: node.name, nullable: node.repetition === "optional", depth, there, present: node.maxDef, element: 0, node };
  if (node.physical !== undefined) return { ...shared, kind: "leaf", children: [] };
  switch (node.annotation?.kind) {
    case "list": {
      const repeated = node.children[0];
      if (node.children.length !== 1 || repeated!.repetition !== "repeated") throw conversionFailure(`Invalid list type ${node.name}`);
      const isElement = repeated!.physical !== undefined || repeated!.children.length !== 1 || repeated!.name === "array" || repeated!.name === `${node.name}_tuple`;
      const context = [repeated!.maxRep, repeated!.maxDef] as const;
      const element = isElement ? { ...columnOf(repeated!, ...context), nullable: false } : childColumn(repeated!.children[0]!, ...context);
      return { ...shared, kind: "list", element: repeated!.maxDef, children: [element] };
    }
    case "map": case "mapKeyValue": {
      const entry = node.children[0];
      if (node.children.length !== 1 || entry!.repetition !== "repeated" || entry!.children.length !== 2) throw conversionFailure(`Invalid map type: ${node.name}`);
      return { ...shared, kind: "map", element: entry!.maxDef, children: entry!.children.map(child => childColumn(child, entry!.maxRep, entry!.maxDef)) };
    }
    case undefined: case "variant": return { ...shared, kind: "struct", children: node.children.map(child => childColumn(child, depth, there)) };
    default: throw new AnalysisError({
      condition: "PARQUET_TYPE_NOT_RECOGNIZED", sqlState: "42846", message: `Unrecognized Parquet type: ${node.name} (${annotationText(node.annotation!)}).`, messageParameters: { field: node.name },
    });
  }
}

/** Settings of what some types of files are in SQL. */
export interface TypeRules {
  readonly binaryAsString: boolean;
  readonly int96AsTimestamp: boolean;
  readonly nanosAsLong: boolean;
  readonly infersNtz: boolean;
}
const USUAL: TypeRules = { binaryAsString: false, int96AsTimestamp: true, nanosAsLong: false, infersNtz: true };

/** The type that a column has where nobody asks for another. @throws AnalysisError for types that SQL doesn't have */
export function typeOf(column: FileColumn, rules: TypeRules = USUAL): DataType {
  const { children } = column;
  switch (column.kind) {
    case "leaf": return leafType(column.node, rules);
    case "list": return array(typeOf(children[0]!, rules), children[0]!.nullable);
    case "map": return map(typeOf(children[0]!, rules), typeOf(children[1]!, rules), children[1]!.nullable);
    case "struct": return isVariant(column.node) ? VARIANT : structOf(children, rules);
  }
}

export function structOf(columns: readonly FileColumn[], rules: TypeRules = USUAL): StructType {
  return struct(columns.map(column => field(column.name, typeOf(column, rules), column.nullable)));
}

/** Whether a group says that it is a VARIANT. */
export const isVariant = ({ annotation, physical }: SchemaNode): boolean => physical === undefined && annotation?.kind === "variant";

function leafType(node: SchemaNode, { binaryAsString, int96AsTimestamp, nanosAsLong, infersNtz }: TypeRules): DataType {
  const { annotation } = node, kind = annotation?.kind;
  switch (node.physical) {
    case PHYSICAL.boolean: return BOOLEAN;
    case PHYSICAL.float: return FLOAT;
    case PHYSICAL.double: return DOUBLE;
    case PHYSICAL.int96:
      if (!int96AsTimestamp) throw conversionFailure("INT96 is not supported unless it is interpreted as a timestamp: spark.sql.parquet.int96AsTimestamp is false");
      return TIMESTAMP;
    case PHYSICAL.int32:
      if (annotation === undefined || kind === "unknown") return INT;
      if (kind === "date") return DATE;
      if (annotation.kind === "decimal") return decimalType(node, annotation.precision, annotation.scale, 9);
      if (annotation.kind === "integer" && annotation.bits <= 32) return annotation.bits === 8 ? annotation.signed ? TINYINT : SMALLINT : annotation.bits === 16 ? annotation.signed ? SMALLINT : INT : annotation.signed ? INT : BIGINT;
      break;
    case PHYSICAL.int64:
      if (annotation === undefined) return BIGINT;
      if (annotation.kind === "integer" && annotation.bits === 64) return annotation.signed ? BIGINT : decimal(20, 0);
      if (annotation.kind === "decimal") return decimalType(node, annotation.precision, annotation.scale, 18);
      if (annotation.kind === "timestamp" && annotation.unit !== "NANOS") return annotation.utc || !infersNtz ? TIMESTAMP : TIMESTAMP_NTZ;
      if (annotation.kind === "timestamp" && nanosAsLong) return BIGINT;
      if (annotation.kind === "time" && annotation.unit === "MICROS" && !annotation.utc) return time(6);
      break;
    case PHYSICAL.byteArray:
      if (annotation === undefined && binaryAsString) return STRING;
      if (annotation === undefined || kind === "bson") return BINARY;
      if (kind === "string" || kind === "enum" || kind === "json") return STRING;
      if (annotation.kind === "decimal") return decimalType(node, annotation.precision, annotation.scale, 38);
      break;
    case PHYSICAL.fixed:
      if (annotation === undefined) return BINARY;
      if (annotation.kind === "decimal") return decimalType(node, annotation.precision, annotation.scale, Math.min(38, Math.floor(Math.log10(2) * (8 * node.length - 1))));
      if (kind === "interval") throw new AnalysisError({
        condition: "PARQUET_TYPE_NOT_SUPPORTED", sqlState: "42846", message: `Parquet type not yet supported: ${leafText(node)}.`, messageParameters: { parquetType: leafText(node) },
      });
  }
  throw new AnalysisError({
    condition: "PARQUET_TYPE_ILLEGAL", sqlState: "42846", message: `Illegal Parquet type: ${leafText(node)}.`, messageParameters: { parquetType: leafText(node) },
    hint: hintFor(annotation, node.name),
  });
}

function hintFor(annotation: Annotation | undefined, name: string): string | undefined {
  const type = annotation?.kind === "timestamp" ? annotation.utc ? "TIMESTAMP" : "TIMESTAMP_NTZ" : annotation?.kind === "time" ? "TIME" : annotation?.kind === "float16" ? "FLOAT" : annotation?.kind === "uuid" ? "BINARY" : undefined;
  return type === undefined ? undefined : `give a schema in which ${name} is ${type}`;
}

function decimalType(node: SchemaNode, precision: number, scale: number, most: number): DataType {
  if (!(precision >= 1 && precision <= most && scale >= 0 && scale <= precision)) throw conversionFailure(`Invalid decimal precision: ${PHYSICAL_NAMES[node.physical!]} cannot store ${precision} digits (max ${most})`);
  return decimal(precision, scale);
}

/** As Spark prints a leaf: `INT64 (TIMESTAMP(NANOS,true))`. */
export function leafText({ physical, annotation }: SchemaNode): string {
  const name = PHYSICAL_NAMES[physical!]!;
  return annotation === undefined ? name : `${name} (${annotationText(annotation)})`;
}

function annotationText(annotation: Annotation): string {
  switch (annotation.kind) {
    case "decimal": return `DECIMAL(${annotation.precision},${annotation.scale})`;
    case "integer": return `INTEGER(${annotation.bits},${annotation.signed})`;
    case "time": case "timestamp": return `${annotation.kind.toUpperCase()}(${annotation.unit},${annotation.utc})`;
    case "variant": return `VARIANT(${annotation.version})`;
    case "other": return annotation.name;
    case "mapKeyValue": return "MAP_KEY_VALUE";
    default: return annotation.kind.toUpperCase();
  }
}

function conversionFailure(what: string): AnalysisError {
  return new AnalysisError({ condition: "PARQUET_CONVERSION_FAILURE.UNSUPPORTED", sqlState: "42846", message: `${what}.`, messageParameters: { what } });
}
