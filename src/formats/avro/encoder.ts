/** Vectors to Avro's binary encoding: a schema and a type compiled to writers of values, one a column, by the rules of Spark's AvroSerializer. */
import { ExecutionError } from "../../base/errors.ts";
import type { Vector } from "../../columns/vector.ts";
import type { linearMemory } from "../../memory/linear-memory.ts";
import { typeToSql, type DataType, type StructType } from "../../types/data-type.ts";
import { numberOf } from "../binary/byte-cursor.ts";
import type { ByteOutput } from "../binary/byte-output.ts";
import { ValueEncoder } from "../binary/value-encoder.ts";
import { writeDecimal, zigzag32, zigzag64 } from "./avro-output.ts";
import { avroSchemaText, isNullable, nonNullBranches, type AvroField, type AvroSchema, type AvroUnion } from "./schema.ts";
import { incompatible, widenedPair } from "./sql-types.ts";

export interface EncodeOptions { readonly byPosition: boolean }
type Path = readonly string[];
const fieldText = (path: Path): string => (path.length === 0 ? "top-level record" : `field '${path.join(".")}'`);

/**
 * @param nullable whether values can be null
 * @throws AnalysisError MILLRACE_AVRO_INCOMPATIBLE_SCHEMA
 */
export function avroEncoder(type: DataType, schema: AvroSchema, options: EncodeOptions = { byPosition: false }): ValueEncoder {
  try {
    return encoder(type, schema, [], options);
  } catch (error) {
    throw incompatible(`Cannot convert SQL type ${typeToSql(type)} to Avro type ${avroSchemaText(schema)}. ${(error as { text?: string }).text ?? String(error)}`);
  }
}

/** Around a value that can be null, or must not be. */
function encoder(type: DataType, schema: AvroSchema, path: Path, options: EncodeOptions): ValueEncoder {
  if (schema.kind !== "union") return notNullEncoder(type, schema, path, options);
  const branches = nonNullBranches(schema), [only] = branches, nullAt = schema.branches.findIndex(branch => branch.kind === "null");
  if (only === undefined) return new NullEncoder();
  if (branches.length === 1) return new BranchEncoder(notNullEncoder(type, only, path, options), schema.branches.indexOf(only), nullAt);
  const wide = widenedPair(branches);
  if (wide !== undefined && wide.kind === type.kind) {
    const branch = branches.find(b => b.kind === (type.kind === "bigint" ? "long" : "double"))!;
    return new BranchEncoder(notNullEncoder(type, branch, path, options), schema.branches.indexOf(branch), nullAt);
  }
  if (type.kind !== "struct") throw unfit(type, schema, path);
  return unionEncoder(type, schema, branches, nullAt, path, options);
}

function unfit(type: DataType, schema: AvroSchema, path: Path): Error {
  return incompatible(`Cannot convert SQL ${fieldText(path)} to Avro ${fieldText(path)} because schema is incompatible (sqlType = ${typeToSql(type)}, avroType = ${avroSchemaText(schema)})`);
}

function notNullEncoder(type: DataType, schema: AvroSchema, path: Path, options: EncodeOptions): ValueEncoder {
  switch (schema.kind) {
    case "null": if (type.kind === "void") return new NullEncoder(); break;
    case "boolean": if (type.kind === "boolean") return new ScalarEncoder((out, { u8 }, data, row) => out.byte(u8[data + row]!)); break;
    case "int":
      switch (type.kind) {
        case "tinyint": return new ScalarEncoder((out, { i8 }, data, row) => zigzag32(out, i8[data + row]!));
        case "smallint": return new ScalarEncoder((out, { i16 }, data, row) => zigzag32(out, i16[(data >>> 1) + row]!));
        case "int": case "date": case "year_month_interval": return new ScalarEncoder((out, { i32 }, data, row) => zigzag32(out, i32[(data >>> 2) + row]!));
      }
      break;
    case "long": {
      const long = (): ValueEncoder => new ScalarEncoder((out, { i32 }, data, row) => zigzag64(out, i32[(data >>> 2) + 2 * row]!, i32[(data >>> 2) + 2 * row + 1]!));
      const micros = type.kind === "timestamp" ? "timestamp-micros" : "local-timestamp-micros", millis = type.kind === "timestamp" ? "timestamp-millis" : "local-timestamp-millis";
      switch (type.kind) {
        case "bigint": case "day_time_interval": return long();
        case "timestamp": case "timestamp_ntz":
          if (schema.logical === micros) return long();
          if (schema.logical !== undefined && schema.logical !== millis) throw incompatible(`Cannot convert SQL ${fieldText(path)} to Avro ${fieldText(path)} because SQL type ${typeToSql(type)} cannot be converted to Avro logical type ${schema.logical}`);
          return new ScalarEncoder((out, { i32, i64 }, data, row) => {
            const at = (data >>> 2) + 2 * row, micros = numberOf(i32[at]!, i32[at + 1]!);
            const millis = Number.isSafeInteger(micros) ? Math.floor(micros / 1000) : Number((i64[at >>> 1]! - 999n * BigInt(micros < 0)) / 1000n);
            zigzag64(out, millis | 0, Math.floor(millis / 4294967296));
          });
      }
      break;
    }
    case "float": if (type.kind === "float") return new ScalarEncoder((out, { f32 }, data, row) => out.float32(f32[(data >>> 2) + row]!)); break;
    case "double": if (type.kind === "double") return new ScalarEncoder((out, { f64 }, data, row) => out.float64(f64[(data >>> 3) + row]!)); break;
    case "string": if (type.kind === "string" || type.kind === "char" || type.kind === "varchar") return new BytesEncoder(undefined, path); break;
    case "enum": if (type.kind === "string") return new EnumEncoder(schema.symbols, path); break;
    case "bytes": case "fixed": {
      const size = schema.kind === "fixed" ? schema.size : undefined;
      if (type.kind === "binary") return new BytesEncoder(size, path);
      if (type.kind === "decimal" && schema.logical === "decimal" && schema.precision === type.precision && schema.scale === type.scale) {
        const isWide = type.precision > 18;
        return new ScalarEncoder((out, { i32 }, data, row) => writeDecimal(out, i32, (data >>> 2) + (isWide ? 4 : 2) * row, isWide, size));
      }
      break;
    }
    case "array": if (type.kind === "array") return new ArrayEncoder(encoder(type.element, schema.items, [...path, "element"], options), [...path, "element"], schema.items); break;
    case "map": if (type.kind === "map" && type.key.kind === "string") return new MapEncoder(new BytesEncoder(undefined, path), encoder(type.value, schema.values, [...path, "value"], options), [...path, "value"], schema.values); break;
    case "record": if (type.kind === "struct") return recordEncoder(type, schema.fields, path, options); break;
    case "union": return encoder(type, schema, path, options);
  }
  throw unfit(type, schema, path);
}

function recordEncoder(type: StructType, fields: readonly AvroField[], path: Path, options: EncodeOptions): ValueEncoder {
  const found = new Map<AvroField, number>();
  type.fields.forEach((column, i) => {
    const same = options.byPosition ? fields.slice(i, i + 1) : fields.filter(f => f.name.toLowerCase() === column.name.toLowerCase());
    if (same.length === 0) throw incompatible(options.byPosition ? `Cannot find field at position ${i} of ${fieldText(path)} from Avro schema (using positional matching)` : `Cannot find ${fieldText([...path, column.name])} in Avro schema`);
    const match = same.find(f => f.name === column.name) ?? same[0]!;
    if (same.length > 1 && match.name !== column.name) throw incompatible(`Searching for '${column.name}' in Avro schema at ${fieldText(path)} gave ${same.length} matches. Candidates: [${same.map(f => f.name).join(", ")}]`);
    found.set(match, i);
  });
  const extra = fields.find(f => !found.has(f) && !isNullable(f.schema));
  if (extra !== undefined) throw incompatible(options.byPosition
    ? `Found field '${extra.name}' at position ${fields.indexOf(extra)} of ${fieldText(path)} from Avro schema but there is no match in the SQL schema at ${fieldText(path)} (using positional matching)`
    : `Found ${fieldText([...path, extra.name])} in Avro schema but there is no match in the SQL schema`);
  return new RecordEncoder(fields.map(f => {
    const place = found.get(f);
    if (place !== undefined) return { field: f, place, encoder: encoder(type.fields[place]!.type, f.schema, [...path, f.name], options), nullable: isNullable(f.schema) };
    const nullAt = f.schema.kind === "union" ? f.schema.branches.findIndex(branch => branch.kind === "null") : -1;
    return { field: f, place: -1, encoder: nullAt < 0 ? new NullEncoder() : new BranchEncoder(new NullEncoder(), -1, nullAt), nullable: true };
  }));
}

function unionEncoder(type: StructType, union: AvroUnion, branches: readonly AvroSchema[], nullAt: number, path: Path, options: EncodeOptions): ValueEncoder {
  const names = branches.map((_, i) => `member${i}`), given = type.fields.map(f => f.name);
  if (options.byPosition ? names.length !== given.length : names.join() !== given.join()) {
    throw incompatible(`Generic Avro union at ${fieldText(path)} does not match the SQL schema at ${fieldText(path)}. It expected the ${options.byPosition ? `${names.length} members but got ${given.length}` : `following members (${names.join(", ")}) but got (${given.join(", ")})`}`);
  }
  return new UnionEncoder(branches.map((branch, i) => ({ index: union.branches.indexOf(branch), encoder: encoder(type.fields[i]!.type, branch, [...path, names[i]!], options) })), nullAt);
}

type Memory = ReturnType<typeof linearMemory>;

class ScalarEncoder extends ValueEncoder {
  readonly #write: (out: ByteOutput, memory: Memory, data: number, row: number) => void;
  constructor(write: (out: ByteOutput, memory: Memory, data: number, row: number) => void) { super(); this.#write = write; }
  write(row: number, out: ByteOutput): void { this.#write(out, this.memory, this.data, this.at(row)); }
}

class NullEncoder extends ValueEncoder {
  override isNull(): boolean { return true; }
  write(): void { /* null takes no byte */ }
}

class BytesEncoder extends ValueEncoder {
  readonly #size: number | undefined;
  readonly #path: Path;
  constructor(size: number | undefined, path: Path) { super(); this.#size = size; this.#path = path; }
  write(row: number, out: ByteOutput): void {
    const { u32 } = this.memory, view = this.data + 16 * this.at(row), length = u32[view >>> 2]!;
    if (this.#size === undefined) zigzag32(out, length);
    else if (length !== this.#size) throw failed(`${this.#path.length === 0 ? "The value" : `The ${fieldText(this.#path)}`}: ${bytesText(length)} of binary data cannot be written into FIXED type with size of ${bytesText(this.#size)}`);
    out.bytes(length <= 12 ? view + 4 : u32[(view >>> 2) + 2]!, length);
  }
}
const bytesText = (count: number): string => `${count} ${count > 1 ? "bytes" : "byte"}`;
const failed = (message: string): ExecutionError => new ExecutionError({ condition: "MILLRACE_AVRO_CANNOT_WRITE", sqlState: "22023", message: `${message}.`, messageParameters: {} });

class EnumEncoder extends ValueEncoder {
  readonly #symbols: readonly string[];
  readonly #index: ReadonlyMap<string, number>;
  readonly #path: Path;
  constructor(symbols: readonly string[], path: Path) {
    super();
    this.#symbols = symbols;
    this.#path = path;
    this.#index = new Map(symbols.map((symbol, i) => [Buffer.from(symbol).toString("latin1"), i]));
  }
  write(row: number, out: ByteOutput): void {
    const { u32, bytes } = this.memory, view = this.data + 16 * this.at(row), length = u32[view >>> 2]!, from = length <= 12 ? view + 4 : u32[(view >>> 2) + 2]!;
    const index = this.#index.get(bytes.toString("latin1", from, from + length));
    if (index === undefined) throw failed(`${this.#path.length === 0 ? "The value" : `The ${fieldText(this.#path)}`}: "${bytes.toString("utf8", from, from + length)}" cannot be written since it's not defined in enum ${this.#symbols.map(s => `"${s}"`).join(", ")}`);
    zigzag32(out, index);
  }
}

/** A union of null and one type. */
class BranchEncoder extends ValueEncoder {
  readonly #inner: ValueEncoder;
  readonly #index: number;
  readonly #nullAt: number;
  constructor(inner: ValueEncoder, index: number, nullAt: number) { super(); this.#inner = inner; this.#index = index; this.#nullAt = nullAt; }
  override bind(vector: Vector): void { super.bind(vector); this.#inner.bind(vector); }
  write(row: number, out: ByteOutput): void {
    if (this.#inner.isNull(row) && this.#nullAt >= 0) return zigzag32(out, this.#nullAt);
    zigzag32(out, this.#index);
    this.#inner.write(row, out);
  }
}

/** A struct of which one field is given. */
class UnionEncoder extends ValueEncoder {
  readonly #branches: readonly { readonly index: number; readonly encoder: ValueEncoder }[];
  readonly #nullAt: number;
  constructor(branches: readonly { readonly index: number; readonly encoder: ValueEncoder }[], nullAt: number) { super(); this.#branches = branches; this.#nullAt = nullAt; }
  override bind(vector: Vector): void {
    super.bind(vector);
    this.#branches.forEach(({ encoder }, i) => encoder.bind(vector.children[i]!));
  }
  write(row: number, out: ByteOutput): void {
    const at = this.at(row), branch = this.isNull(row) ? undefined : this.#branches.find(({ encoder }) => !encoder.isNull(at));
    if (branch === undefined) {
      if (this.#nullAt < 0) throw failed("A union has no member that is given, and can't be null");
      return zigzag32(out, this.#nullAt);
    }
    zigzag32(out, branch.index);
    branch.encoder.write(at, out);
  }
}

interface RecordField { readonly field: AvroField; readonly place: number; readonly encoder: ValueEncoder; readonly nullable: boolean }
class RecordEncoder extends ValueEncoder {
  readonly #fields: readonly RecordField[];
  constructor(fields: readonly RecordField[]) { super(); this.#fields = fields; }
  override bind(vector: Vector): void {
    super.bind(vector);
    for (const { encoder, place } of this.#fields) encoder.bind(place < 0 ? vector : vector.children[place]!);
  }
  write(row: number, out: ByteOutput): void {
    const at = this.at(row);
    for (const { field, encoder, nullable } of this.#fields) {
      if (!nullable && encoder.isNull(at)) throw nullRefused(field);
      encoder.write(at, out);
    }
  }
}

function nullRefused({ name, schema }: AvroField): ExecutionError {
  const dataType = avroSchemaText(schema);
  return new ExecutionError({
    condition: "AVRO_CANNOT_WRITE_NULL_FIELD", sqlState: "22004",
    message: `Cannot write null value for field \`${name}\` defined as non-null Avro data type ${dataType}.\nTo allow null value for this field, specify its avro schema as a union type with "null" using \`avroSchema\` option.`,
    messageParameters: { name: `\`${name}\``, dataType },
  });
}

class ArrayEncoder extends ValueEncoder {
  readonly #element: ValueEncoder;
  readonly #field: AvroField;
  readonly #nullable: boolean;
  constructor(element: ValueEncoder, path: Path, schema: AvroSchema) { super(); this.#element = element; this.#field = { name: path.join("."), schema, aliases: [] }; this.#nullable = isNullable(schema); }
  override bind(vector: Vector): void { super.bind(vector); this.#element.bind(vector.children[0]!); }
  write(row: number, out: ByteOutput): void {
    const { i32 } = this.memory, at = (this.data >>> 2) + this.at(row), from = i32[at]!, to = i32[at + 1]!;
    if (to > from) zigzag32(out, to - from);
    for (let i = from; i < to; i++) {
      if (!this.#nullable && this.#element.isNull(i)) throw nullRefused(this.#field);
      this.#element.write(i, out);
    }
    out.byte(0);
  }
}

class MapEncoder extends ValueEncoder {
  readonly #key: ValueEncoder;
  readonly #value: ValueEncoder;
  readonly #field: AvroField;
  readonly #nullable: boolean;
  constructor(key: ValueEncoder, value: ValueEncoder, path: Path, schema: AvroSchema) { super(); this.#key = key; this.#value = value; this.#field = { name: path.join("."), schema, aliases: [] }; this.#nullable = isNullable(schema); }
  override bind(vector: Vector): void {
    super.bind(vector);
    this.#key.bind(vector.children[0]!);
    this.#value.bind(vector.children[1]!);
  }
  write(row: number, out: ByteOutput): void {
    const { i32 } = this.memory, at = (this.data >>> 2) + this.at(row), from = i32[at]!, to = i32[at + 1]!;
    if (to > from) zigzag32(out, to - from);
    for (let i = from; i < to; i++) {
      this.#key.write(i, out);
      if (!this.#nullable && this.#value.isNull(i)) throw nullRefused(this.#field);
      this.#value.write(i, out);
    }
    out.byte(0);
  }
}
