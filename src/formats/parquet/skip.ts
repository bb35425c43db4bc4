/** Which row groups can't have a row that meets the filters: by statistics of their columns, and Bloom filters where a file has them. */
import { Buffer } from "node:buffer";
import type { Cell } from "../../types/cell.ts";
import type { DataType } from "../../types/data-type.ts";
import type { FileBytes } from "../file-format.ts";
import type { FileFilter, FilterOperator } from "../file-filter.ts";
import { BloomFilter } from "./bloom.ts";
import { conversionFor } from "./conversions.ts";
import { PHYSICAL, type ColumnChunk, type FileMetadata, type RowGroup, type SchemaNode } from "./metadata.ts";

/** The row groups that may have rows. */
export async function wantedGroups({ schema, rowGroups }: FileMetadata, filters: readonly FileFilter[], file: FileBytes): Promise<ReadonlySet<RowGroup>> {
  const wanted = new Set(rowGroups);
  if (filters.length === 0) return wanted;
  for (const group of rowGroups) {
    if (!filters.every(filter => mayMeet(filter, schema, group))) wanted.delete(group);
    else for (const filter of filters) if (!await bloomMayMeet(filter, schema, group, file)) { wanted.delete(group); break; }
  }
  return wanted;
}

/** A column of the file: undefined if it has none, null if statistics can't be asked about it. */
function leafOf(schema: SchemaNode, name: string): SchemaNode | undefined | null {
  const found = schema.children.filter(node => node.name.toLowerCase() === name.toLowerCase());
  if (found.length === 0) return undefined;
  return found.length > 1 || found[0]!.physical === undefined || found[0]!.maxRep > 0 ? null : found[0]!;
}

function mayMeet(filter: FileFilter, schema: SchemaNode, group: RowGroup): boolean {
  if ("left" in filter) {
    const left = mayMeet(filter.left, schema, group);
    return filter.kind === "and" ? left && mayMeet(filter.right, schema, group) : left || mayMeet(filter.right, schema, group);
  }
  const leaf = leafOf(schema, filter.column);
  if (leaf === null) return true;
  const chunk = leaf && group.columns[leaf.column]!, nulls = chunk === undefined ? group.rows : leaf!.maxDef === 0 ? 0 : chunk.statistics?.nulls;
  if (!("values" in filter || "value" in filter || "prefix" in filter)) return filter.kind === "null" ? nulls !== 0 : nulls !== group.rows;
  if (filter.kind === "compare" && filter.value === null) return filter.operator !== "<=>" || nulls !== 0;
  if (nulls === group.rows) return false;
  if (chunk === undefined) return true;
  const bounds = boundsOf(leaf!, chunk, filter.type);
  if (bounds === undefined) return true;
  switch (filter.kind) {
    case "compare": return within(filter.operator, filter.value, bounds);
    case "in": return filter.values.some(value => within("=", value, bounds));
    case "starts with": {
      const prefix = Buffer.from(filter.prefix), min = bounds.min as Uint8Array, max = bounds.max as Uint8Array;
      return Buffer.compare(max.subarray(0, prefix.length), prefix) >= 0 && Buffer.compare(min.subarray(0, prefix.length), prefix) <= 0;
    }
  }
}

type Bound = number | bigint | Uint8Array;
interface Bounds { readonly min: Bound; readonly max: Bound; readonly hasNaN: boolean }

function within(operator: FilterOperator, value: Cell, { min, max, hasNaN }: Bounds): boolean {
  const wanted = typeof value === "string" ? Buffer.from(value) : typeof value === "boolean" ? Number(value) : value as Bound;
  if (wanted !== wanted) return true;
  switch (operator) {
    case "=": case "<=>": return compare(min, wanted) <= 0 && compare(max, wanted) >= 0;
    case "<": return compare(min, wanted) < 0;
    case "<=": return compare(min, wanted) <= 0;
    // NaN is above all, and statistics are silent about it.
    case ">": return hasNaN || compare(max, wanted) > 0;
    case ">=": return hasNaN || compare(max, wanted) >= 0;
  }
}

function compare(a: Bound, b: Bound): number {
  if (a instanceof Uint8Array) return Buffer.compare(a, b as Uint8Array);
  return a < (b as number | bigint) ? -1 : a > (b as number | bigint) ? 1 : 0;
}

/** The least and greatest value as ones of the table's type; undefined where the file doesn't say or its order is another. */
function boundsOf(leaf: SchemaNode, chunk: ColumnChunk, type: DataType): Bounds | undefined {
  const { statistics } = chunk;
  if (statistics?.min === undefined || statistics.max === undefined || conversionFor(leaf, type) === undefined) return undefined;
  const min = boundOf(leaf, statistics.min, type, statistics.isOld), max = boundOf(leaf, statistics.max, type, statistics.isOld);
  if (min === undefined || max === undefined || min !== min || max !== max) return undefined;
  return { min, max, hasNaN: leaf.physical === PHYSICAL.float || leaf.physical === PHYSICAL.double };
}

function boundOf({ physical, annotation, length }: SchemaNode, bytes: Uint8Array, type: DataType, isOld: boolean): Bound | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length), is = (length: number): boolean => bytes.length === length;
  switch (physical) {
    case PHYSICAL.boolean: return is(1) && type.kind === "boolean" ? bytes[0] : undefined;
    case PHYSICAL.float: return is(4) ? view.getFloat32(0, true) : undefined;
    case PHYSICAL.double: return is(8) ? view.getFloat64(0, true) : undefined;
    case PHYSICAL.int32: case PHYSICAL.int64: {
      if (!is(physical === PHYSICAL.int32 ? 4 : 8) || (annotation?.kind === "integer" && !annotation.signed)) return undefined;
      return wholeBound(physical === PHYSICAL.int32 ? BigInt(view.getInt32(0, true)) : view.getBigInt64(0, true), annotation, type);
    }
    case PHYSICAL.byteArray: case PHYSICAL.fixed:
      if (isOld || annotation?.kind === "decimal" && (bytes.length === 0 || physical === PHYSICAL.fixed && !is(length))) return undefined;
      if (annotation?.kind === "decimal") return wholeBound(BigInt.asIntN(8 * bytes.length, BigInt(`0x${Buffer.from(bytes).toString("hex")}`)), annotation, type);
      return type.kind === "string" || type.kind === "binary" ? bytes : undefined;
    default: return undefined;
  }
}

function wholeBound(value: bigint, annotation: SchemaNode["annotation"], type: DataType): Bound | undefined {
  switch (type.kind) {
    case "tinyint": case "smallint": case "int": case "date": return Number(value);
    case "bigint": case "day_time_interval": return value;
    case "year_month_interval": return Number(value);
    case "timestamp": case "timestamp_ntz": return annotation?.kind !== "timestamp" ? undefined : annotation.unit === "MICROS" ? value : annotation.unit === "MILLIS" ? value * 1000n : undefined;
    case "time": return annotation?.kind === "time" && annotation.unit === "MICROS" ? value * 1000n : undefined;
    case "decimal": return value * 10n ** BigInt(type.scale - (annotation?.kind === "decimal" ? annotation.scale : 0));
    default: return undefined;
  }
}

async function bloomMayMeet(filter: FileFilter, schema: SchemaNode, group: RowGroup, file: FileBytes): Promise<boolean> {
  if ("left" in filter) {
    const left = await bloomMayMeet(filter.left, schema, group, file);
    return filter.kind === "and" ? left && await bloomMayMeet(filter.right, schema, group, file) : left || await bloomMayMeet(filter.right, schema, group, file);
  }
  if (filter.kind !== "in" && !(filter.kind === "compare" && (filter.operator === "=" || filter.operator === "<=>"))) return true;
  const values = filter.kind === "in" ? filter.values : [filter.value], leaf = leafOf(schema, filter.column);
  if (leaf === undefined || leaf === null || values.includes(null)) return true;
  const chunk = group.columns[leaf.column]!;
  if (chunk.bloomOffset === undefined) return true;
  const encoded = values.map(value => plainBytes(leaf, value, filter.type));
  if (encoded.includes(undefined)) return true;
  const bloom = await BloomFilter.read(file, chunk.bloomOffset, chunk.bloomBytes);
  return bloom === undefined || encoded.some(bytes => bloom.mayHave(bytes!));
}

/** A value as pages have it, where that is the same for all equal values. */
function plainBytes({ physical, annotation }: SchemaNode, value: Cell, type: DataType): Uint8Array | undefined {
  if (physical === PHYSICAL.byteArray && annotation?.kind !== "decimal") return type.kind === "string" ? Buffer.from(value as string) : type.kind === "binary" ? value as Uint8Array : undefined;
  if (annotation !== undefined && annotation.kind !== "date" && !(annotation.kind === "integer" && annotation.signed)) return undefined;
  const isWhole = type.kind === "tinyint" || type.kind === "smallint" || type.kind === "int" || type.kind === "bigint" || type.kind === "date", bytes = Buffer.alloc(8);
  if (!isWhole || physical !== PHYSICAL.int32 && physical !== PHYSICAL.int64) return undefined;
  const number = BigInt(value as number | bigint), size = physical === PHYSICAL.int32 ? 4 : 8;
  if (BigInt.asIntN(8 * size, number) !== number) return undefined;
  bytes.writeBigInt64LE(number);
  return bytes.subarray(0, size);
}
