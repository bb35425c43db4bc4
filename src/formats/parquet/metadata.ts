/** What the footer of a file says. Numbers of members are those of https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift */
import { Malformed, ThriftReader, type ThriftStruct } from "./thrift.ts";

export const PHYSICAL = Object.freeze({ boolean: 0, int32: 1, int64: 2, int96: 3, float: 4, double: 5, byteArray: 6, fixed: 7 });
export const PHYSICAL_NAMES = ["BOOLEAN", "INT32", "INT64", "INT96", "FLOAT", "DOUBLE", "BINARY", "FIXED_LEN_BYTE_ARRAY"] as const;
export const ENCODING = Object.freeze({ plain: 0, plainDictionary: 2, rle: 3, bitPacked: 4, deltaBinary: 5, deltaLength: 6, deltaBytes: 7, rleDictionary: 8, byteStreamSplit: 9 });
export const CODEC = Object.freeze({ uncompressed: 0, snappy: 1, gzip: 2, lzo: 3, brotli: 4, lz4: 5, zstd: 6, lz4Raw: 7 });

export type TimeUnit = "MILLIS" | "MICROS" | "NANOS";
export type Annotation =
  | { readonly kind: "string" | "map" | "mapKeyValue" | "list" | "enum" | "date" | "json" | "bson" | "uuid" | "float16" | "interval" | "unknown" }
  | { readonly kind: "decimal"; readonly precision: number; readonly scale: number }
  | { readonly kind: "integer"; readonly bits: number; readonly signed: boolean }
  | { readonly kind: "time" | "timestamp"; readonly unit: TimeUnit; readonly utc: boolean }
  | { readonly kind: "variant"; readonly version: number }
  | { readonly kind: "other"; readonly name: string };

/** A node of a file's schema. Levels count what is optional or repeated from the root to the node, itself included. */
export interface SchemaNode {
  readonly name: string;
  readonly repetition: "required" | "optional" | "repeated";
  /** Undefined for groups. */
  readonly physical: number | undefined;
  /** Bytes of a FIXED_LEN_BYTE_ARRAY. */
  readonly length: number;
  readonly annotation: Annotation | undefined;
  readonly children: readonly SchemaNode[];
  readonly maxRep: number;
  readonly maxDef: number;
  /** Of leaves: the number of the column chunk in a row group. */
  readonly column: number;
}

export interface Statistics {
  readonly min: Uint8Array | undefined;
  readonly max: Uint8Array | undefined;
  readonly nulls: number | undefined;
  /** Written under the rules of before 2017, by which only signed numbers are ordered as they should. */
  readonly isOld: boolean;
}

export interface ColumnChunk {
  readonly physical: number;
  readonly codec: number;
  readonly values: number;
  /** Where its pages begin, and their bytes. */
  readonly offset: number;
  readonly bytes: number;
  readonly statistics: Statistics | undefined;
  readonly bloomOffset: number | undefined;
  readonly bloomBytes: number | undefined;
  readonly columnIndex: Place | undefined;
  readonly offsetIndex: Place | undefined;
  /** All data pages are encoded with a dictionary. */
  readonly isAllDictionary: boolean;
}
export interface Place { readonly offset: number; readonly bytes: number }

export interface RowGroup {
  readonly rows: number;
  readonly columns: readonly ColumnChunk[];
}

export interface FileMetadata {
  readonly schema: SchemaNode;
  readonly leaves: readonly SchemaNode[];
  readonly rows: number;
  readonly rowGroups: readonly RowGroup[];
  readonly keyValues: ReadonlyMap<string, string>;
  readonly createdBy: string;
}

const MAX_LEVEL = 250, MAX_DEPTH = 100;

/** Reads the structure of the footer. @throws Malformed */
export function parseMetadata(bytes: Uint8Array): FileMetadata {
  const file = new ThriftReader(bytes).struct();
  if (file.has(8)) throw new Malformed("the file is encrypted");
  const leaves: SchemaNode[] = [], schema = parseSchema(file.structs(2), leaves);
  const rowGroups = file.structs(4).map(group => {
    const columns = group.structs(1);
    if (columns.length !== leaves.length) throw new Malformed(`a row group has ${columns.length} columns, the schema ${leaves.length}`);
    return { rows: group.size(3), columns: columns.map((column, i) => parseChunk(column, leaves[i]!)) };
  });
  const keyValues = new Map(file.structs(5).map(pair => [pair.text(1) ?? "", pair.text(2) ?? ""]));
  return { schema, leaves, rows: file.size(3), rowGroups, keyValues, createdBy: file.text(6) ?? "" };
}

function parseSchema(elements: readonly ThriftStruct[], leaves: SchemaNode[]): SchemaNode {
  let next = 0;
  const parse = (maxRep: number, maxDef: number, depth: number): SchemaNode => {
    const element = elements[next++];
    if (element === undefined) throw new Malformed("the schema is cut off");
    if (depth > MAX_DEPTH) throw new Malformed("the schema is too deep");
    const isRoot = depth === 0, repetition = isRoot ? "required" : (["required", "optional", "repeated"] as const)[element.number(3) ?? 0];
    if (repetition === undefined) throw new Malformed(`there is no repetition ${element.number(3)}`);
    if (repetition !== "required") maxDef++;
    if (repetition === "repeated") maxRep++;
    if (maxDef > MAX_LEVEL) throw new Malformed("the schema has too many levels");
    const count = element.number(5) ?? 0, physical = isRoot || count > 0 ? undefined : element.number(1);
    const shared = { name: element.text(4) ?? "", repetition, length: element.number(2) ?? 0, annotation: annotationOf(element), maxRep, maxDef };
    if (physical === undefined) {
      const children: SchemaNode[] = [];
      for (let i = 0; i < count; i++) children.push(parse(maxRep, maxDef, depth + 1));
      return { ...shared, physical, children, column: -1 };
    }
    if (PHYSICAL_NAMES[physical] === undefined) throw new Malformed(`there is no physical type ${physical}`);
    if (physical === PHYSICAL.fixed && !(shared.length > 0 && shared.length < 2 ** 24)) throw new Malformed(`a fixed length of ${shared.length} bytes`);
    const leaf: SchemaNode = { ...shared, physical, children: [], column: leaves.length };
    leaves.push(leaf);
    return leaf;
  };
  const root = parse(0, 0, 0);
  if (next !== elements.length) throw new Malformed("the schema has nodes behind its end");
  return root;
}

function annotationOf(element: ThriftStruct): Annotation | undefined {
  const logical = element.struct(10);
  if (logical !== undefined) {
    const id = logical.members.findIndex(member => member !== undefined), body = id < 0 ? undefined : logical.struct(id);
    switch (id) {
      case -1: break;
      case 1: return { kind: "string" };
      case 2: return { kind: "map" };
      case 3: return { kind: "list" };
      case 4: return { kind: "enum" };
      case 5: return { kind: "decimal", scale: body!.number(1) ?? 0, precision: body!.needed(2) };
      case 6: return { kind: "date" };
      case 7: case 8: return { kind: id === 7 ? "time" : "timestamp", utc: body!.boolean(1) ?? false, unit: unitOf(body!.struct(2)) };
      case 10: return { kind: "integer", bits: body!.needed(1), signed: body!.boolean(2) ?? true };
      case 11: return { kind: "unknown" };
      case 12: return { kind: "json" };
      case 13: return { kind: "bson" };
      case 14: return { kind: "uuid" };
      case 15: return { kind: "float16" };
      case 16: return { kind: "variant", version: body!.number(1) ?? 1 };
      default: return { kind: "other", name: id === 17 ? "GEOMETRY" : id === 18 ? "GEOGRAPHY" : `logical type ${id}` };
    }
  }
  const converted = element.number(6);
  switch (converted) {
    case undefined: return undefined;
    case 0: return { kind: "string" };
    case 1: return { kind: "map" };
    case 2: return { kind: "mapKeyValue" };
    case 3: return { kind: "list" };
    case 4: return { kind: "enum" };
    case 5: return { kind: "decimal", scale: element.number(7) ?? 0, precision: element.needed(8) };
    case 6: return { kind: "date" };
    case 7: case 8: return { kind: "time", utc: true, unit: converted === 7 ? "MILLIS" : "MICROS" };
    case 9: case 10: return { kind: "timestamp", utc: true, unit: converted === 9 ? "MILLIS" : "MICROS" };
    case 11: case 12: case 13: case 14: return { kind: "integer", bits: 8 << (converted - 11), signed: false };
    case 15: case 16: case 17: case 18: return { kind: "integer", bits: 8 << (converted - 15), signed: true };
    case 19: return { kind: "json" };
    case 20: return { kind: "bson" };
    case 21: return { kind: "interval" };
    default: throw new Malformed(`there is no converted type ${converted}`);
  }
}

function unitOf(unit: ThriftStruct | undefined): TimeUnit {
  const name = ([undefined, "MILLIS", "MICROS", "NANOS"] as const)[unit?.members.findIndex(member => member !== undefined) ?? 0];
  if (name === undefined) throw new Malformed("a time has no unit");
  return name;
}

function parseChunk(column: ThriftStruct, leaf: SchemaNode): ColumnChunk {
  const data = column.struct(3);
  if (data === undefined || column.has(8)) throw new Malformed(`the column ${leaf.name} is encrypted`);
  if (column.has(1) && column.bytes(1)!.length > 0) throw new Malformed(`the column ${leaf.name} lies in another file`);
  const physical = data.needed(1);
  if (physical !== leaf.physical) throw new Malformed(`the column ${leaf.name} has another type than the schema says`);
  const dataOffset = data.size(9), dictionaryOffset = data.number(11);
  // Some writers say 0 where there is no dictionary.
  const offset = dictionaryOffset !== undefined && dictionaryOffset >= 4 && dictionaryOffset < dataOffset ? dictionaryOffset : dataOffset;
  const stats = data.struct(12), isNew = stats?.has(5) === true || stats?.has(6) === true;
  const pages = data.structs(13).filter(one => one.number(1) === 0 || one.number(1) === 3);
  return {
    physical, codec: data.needed(4), values: data.size(5), offset, bytes: data.size(7),
    statistics: stats && { min: stats.bytes(isNew ? 6 : 2), max: stats.bytes(isNew ? 5 : 1), nulls: stats.number(3), isOld: !isNew },
    bloomOffset: data.number(14), bloomBytes: data.number(15),
    columnIndex: placeOf(column, 6), offsetIndex: placeOf(column, 4),
    isAllDictionary: pages.length > 0 && pages.every(page => page.number(2) === ENCODING.plainDictionary || page.number(2) === ENCODING.rleDictionary),
  };
}

function placeOf(column: ThriftStruct, id: number): Place | undefined {
  const offset = column.number(id), bytes = column.number(id + 1);
  return offset === undefined || bytes === undefined || offset < 0 || bytes <= 0 ? undefined : { offset, bytes };
}

export type PageHeader =
  | { readonly kind: "dictionary"; readonly bytes: number; readonly size: number; readonly values: number; readonly encoding: number }
  | { readonly kind: "data"; readonly bytes: number; readonly size: number; readonly values: number; readonly encoding: number; readonly levels: PageLevels | undefined; readonly isCompressed: boolean; readonly packedDefs: boolean; readonly packedReps: boolean }
  | { readonly kind: "other"; readonly bytes: number; readonly size: number };
/** Of version 2: bytes of the levels, which lie uncompressed before the values. */
export interface PageLevels { readonly repBytes: number; readonly defBytes: number; readonly rows: number }

/** Reads the head of a page; `bytes` of it follow, which become `size` when they are decompressed. @throws Malformed */
export function parsePageHeader(reader: ThriftReader): PageHeader {
  const page = reader.struct(), size = page.size(2), bytes = page.size(3), kind = page.needed(1);
  if (kind === 2) {
    const body = bodyOf(page, 7);
    return { kind: "dictionary", bytes, size, values: body.size(1), encoding: body.needed(2) };
  }
  if (kind === 0) {
    const body = bodyOf(page, 5);
    return { kind: "data", bytes, size, values: body.size(1), encoding: body.needed(2), levels: undefined, isCompressed: true, packedDefs: body.number(3) === ENCODING.bitPacked, packedReps: body.number(4) === ENCODING.bitPacked };
  }
  if (kind === 3) {
    const body = bodyOf(page, 8), levels = { rows: body.size(3), defBytes: body.size(5), repBytes: body.size(6) };
    if (levels.defBytes + levels.repBytes > Math.min(bytes, size)) throw new Malformed("levels are longer than their page");
    return { kind: "data", bytes, size, values: body.size(1), encoding: body.needed(4), levels, isCompressed: body.boolean(7) ?? true, packedDefs: false, packedReps: false };
  }
  return { kind: "other", bytes, size };
}

function bodyOf(page: ThriftStruct, id: number): ThriftStruct {
  const body = page.struct(id);
  if (body === undefined) throw new Malformed("a page has no head of its kind");
  return body;
}
