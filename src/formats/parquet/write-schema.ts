/** Columns of SQL as those of a file: what Spark's SparkToParquetSchemaConverter writes, with timestamps as INT64 of microseconds. */
import { physicalOf } from "../../columns/vector.ts";
import { EXTREMES, NARROW } from "../../kernels/parquet.ts";
import type { DataType, StructField, StructType } from "../../types/data-type.ts";
import { ENCODED } from "./variant-columns.ts";
import { PHYSICAL, type Annotation } from "./metadata.ts";

/** A node of the schema that is written. `maxRep` and `maxDef` as in SchemaNode. */
export interface WriteNode {
  readonly name: string;
  readonly repetition: "required" | "optional" | "repeated";
  readonly annotation: Annotation | undefined;
  readonly children: readonly WriteNode[];
  readonly leaf: WriteLeaf | undefined;
}

export interface WriteLeaf {
  readonly path: readonly string[];
  readonly physical: number;
  /** Bytes of a FIXED_LEN_BYTE_ARRAY. */
  readonly length: number;
  readonly annotation: Annotation | undefined;
  readonly maxRep: number;
  readonly maxDef: number;
  /** Of the values of a vector. */
  readonly width: number;
  /** How they become as wide as pages have them (NARROW); 0: they are. */
  readonly narrow: number;
  /** Bytes of a value then; 16 for views and numbers that become fixed bytes. */
  readonly rawWidth: number;
  /** How they are ordered (EXTREMES). */
  readonly extremes: number;
}

/** The nodes of the columns of a schema, and all their leaves in order. */
export function writeNodes(schema: StructType): { readonly nodes: readonly WriteNode[]; readonly leaves: readonly WriteLeaf[] } {
  const leaves: WriteLeaf[] = [];
  const nodeOf = (name: string, type: DataType, nullable: boolean, path: readonly string[], maxRep: number, maxDef: number): WriteNode => {
    const repetition = nullable || type.kind === "void" ? "optional" : "required", here = [...path, name], def = repetition === "optional" ? maxDef + 1 : maxDef;
    const group = (annotation: Annotation | undefined, children: readonly WriteNode[]): WriteNode => ({ name, repetition, annotation, children, leaf: undefined });
    const repeated = (inner: string, children: readonly WriteNode[]): WriteNode => ({ name: inner, repetition: "repeated", annotation: undefined, children, leaf: undefined });
    switch (type.kind) {
      case "variant": return group({ kind: "variant", version: 1 }, ENCODED.fields.map(one => nodeOf(one.name, one.type, one.nullable, here, maxRep, def)));
      case "struct": return group(undefined, type.fields.map((one: StructField) => nodeOf(one.name, one.type, one.nullable, here, maxRep, def)));
      case "array": return group({ kind: "list" }, [repeated("list", [nodeOf("element", type.element, type.containsNull, [...here, "list"], maxRep + 1, def + 1)])]);
      case "map": return group({ kind: "map" }, [repeated("key_value", [
        nodeOf("key", type.key, false, [...here, "key_value"], maxRep + 1, def + 1), nodeOf("value", type.value, type.valueContainsNull, [...here, "key_value"], maxRep + 1, def + 1),
      ])]);
    }
    const leaf = { ...leafOf(type), path: here, maxRep, maxDef: def };
    leaves.push(leaf);
    return { name, repetition, annotation: leaf.annotation, children: [], leaf };
  };
  return { nodes: schema.fields.map(one => nodeOf(one.name, one.type, one.nullable, [], 0, 0)), leaves };
}

function leafOf(type: DataType): Omit<WriteLeaf, "path" | "maxRep" | "maxDef"> {
  const { int32, int64, float, double, boolean, byteArray, fixed } = PHYSICAL;
  const leaf = (physical: number, width: number, rawWidth: number, extremes: number, annotation?: Annotation, narrow = 0, length = 0) => ({ physical, width, rawWidth, extremes, annotation, narrow, length });
  switch (type.kind) {
    case "void": return leaf(int32, 4, 4, EXTREMES.i32, { kind: "unknown" });
    case "boolean": return leaf(boolean, 1, 1, EXTREMES.bytes);
    case "tinyint": return leaf(int32, 1, 4, EXTREMES.i32, { kind: "integer", bits: 8, signed: true }, NARROW.i8ToInt32);
    case "smallint": return leaf(int32, 2, 4, EXTREMES.i32, { kind: "integer", bits: 16, signed: true }, NARROW.i16ToInt32);
    case "int": case "year_month_interval": return leaf(int32, 4, 4, EXTREMES.i32);
    case "date": return leaf(int32, 4, 4, EXTREMES.i32, { kind: "date" });
    case "bigint": case "day_time_interval": return leaf(int64, 8, 8, EXTREMES.i64);
    case "timestamp": case "timestamp_ntz": return leaf(int64, 8, 8, EXTREMES.i64, { kind: "timestamp", unit: "MICROS", utc: type.kind === "timestamp" });
    case "time": return leaf(int64, 8, 8, EXTREMES.i64, { kind: "time", unit: "MICROS", utc: false }, NARROW.nanosToMicros);
    case "float": return leaf(float, 4, 4, EXTREMES.f32);
    case "double": return leaf(double, 8, 8, EXTREMES.f64);
    case "binary": return leaf(byteArray, 16, 16, EXTREMES.views);
    case "decimal": {
      const { precision, scale } = type, annotation: Annotation = { kind: "decimal", precision, scale };
      if (precision <= 9) return leaf(int32, 8, 4, EXTREMES.i32, annotation, NARROW.i64ToInt32);
      if (precision <= 18) return leaf(int64, 8, 8, EXTREMES.i64, annotation);
      return leaf(fixed, 16, 16, EXTREMES.i128, annotation, 0, bytesForDigits(precision));
    }
    default:
      if (physicalOf(type) !== "view") throw new Error(`a ${type.kind} has no leaf`);
      return leaf(byteArray, 16, 16, EXTREMES.views, { kind: "string" });
  }
}

/** The fewest bytes that hold so many digits and a sign. */
function bytesForDigits(precision: number): number {
  const most = 10n ** BigInt(precision) - 1n;
  let bytes = 1;
  while (most >= 1n << BigInt(8 * bytes - 1)) bytes++;
  return bytes;
}
