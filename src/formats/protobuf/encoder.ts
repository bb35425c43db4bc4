/** Structs to Protobuf's wire format, by the rules of Spark's ProtobufSerializer; fields in the order of their numbers. */
import { ExecutionError } from "../../base/errors.ts";
import type { Vector } from "../../columns/vector.ts";
import { linearMemory } from "../../memory/linear-memory.ts";
import { typeToSql, type DataType, type StructType } from "../../types/data-type.ts";
import type { ByteOutput } from "../binary/byte-output.ts";
import { ValueEncoder } from "../binary/value-encoder.ts";
import { descriptorError, type ProtoField, type ProtoMessage } from "./descriptor.ts";
import { DUMMY_FIELD, isWrapper, timeKind } from "./sql-types.ts";
import { WIRE, wireTypeOf } from "./wire.ts";

type Path = readonly string[];
const pathText = (path: Path): string => (path.length === 0 ? "top-level record" : `field '${path.join(".")}'`);
type Memory = ReturnType<typeof linearMemory>;
/** Writes the value of a row without its tag. `zero`: whether the value is the default of its type. */
interface Scalar { readonly write: (out: ByteOutput, memory: Memory, data: number, row: number) => void; readonly isZero: (memory: Memory, data: number, row: number) => boolean }

/** @throws AnalysisError UNABLE_TO_CONVERT_TO_PROTOBUF_MESSAGE_TYPE and what it comes from */
export function protoEncoder(type: StructType, message: ProtoMessage): ValueEncoder { return new MessageEncoder(type, message, []); }

/** A message without the length before it. */
class MessageEncoder extends ValueEncoder {
  readonly #fields: readonly { readonly place: number; readonly encoder: FieldEncoder }[];

  constructor(type: StructType, message: ProtoMessage, path: Path) {
    super();
    const fields: { readonly place: number; readonly field: ProtoField; readonly encoder: FieldEncoder }[] = [];
    type.fields.forEach((column, place) => {
      if (column.name === DUMMY_FIELD && message.fields.length === 0) return;
      const same = message.fields.filter(f => f.name.toLowerCase() === column.name.toLowerCase()), field = same.find(f => f.name === column.name) ?? same[0], at = [...path, column.name];
      if (field === undefined) throw descriptorError("NO_SQL_TYPE_IN_PROTOBUF_SCHEMA", "42S22", `Cannot find ${pathText(at)} in Protobuf schema.`, { catalystFieldPath: pathText(at) });
      if (same.length > 1 && field.name !== column.name) throw descriptorError("PROTOBUF_FIELD_MISSING", "42K0G", `Searching for ${column.name} in Protobuf schema at ${pathText(path)} gave ${same.length} matches. Candidates: [${same.map(f => f.name).join(", ")}].`,
        { field: column.name, protobufSchema: pathText(path), matchSize: String(same.length), matches: `[${same.map(f => f.name).join(", ")}]` });
      fields.push({ place, field, encoder: new FieldEncoder(field, column.type, at) });
    });
    const missing = message.fields.find(f => f.isRequired && !fields.some(one => one.field === f));
    if (missing !== undefined) throw descriptorError("PROTOBUF_FIELD_MISSING_IN_SQL_SCHEMA", "42K0G", `Found ${pathText([...path, missing.name])} in Protobuf schema but there is no match in the SQL schema.`, { field: pathText([...path, missing.name]) });
    this.#fields = fields.sort((a, b) => a.field.number - b.field.number);
  }

  override bind(vector: Vector): void {
    super.bind(vector);
    for (const { place, encoder } of this.#fields) encoder.bind(vector.children[place]!);
  }

  write(row: number, out: ByteOutput): void {
    const at = this.at(row);
    for (const { encoder } of this.#fields) encoder.writeField(at, out);
  }
}

/** A field with its tag: nothing where it is null. */
class FieldEncoder {
  readonly #field: ProtoField;
  readonly #path: Path;
  readonly #tag: number;
  readonly #type: DataType;
  readonly #value: Value;
  #list: Vector | undefined;

  constructor(field: ProtoField, type: DataType, path: Path) {
    this.#field = field;
    this.#path = path;
    this.#type = type;
    if (field.isRepeated && field.message?.isMapEntry === true) {
      if (type.kind !== "map") throw unfit(type, field, path);
      this.#value = new Value(field, type, path, new EntryEncoder(type, field.message, path));
    } else if (field.isRepeated) {
      if (type.kind !== "array") throw unfit(type, field, path);
      this.#value = new Value(field, type.element, [...path, "element"]);
    } else this.#value = new Value(field, type, path);
    this.#tag = ((field.number << 3) | (field.isRepeated && field.isPacked ? WIRE.bytes : wireTypeOf(field.type))) >>> 0;
  }

  bind(vector: Vector): void {
    if (!this.#field.isRepeated) return this.#value.bind(vector);
    this.#list = vector;
    if (this.#type.kind === "map") this.#value.bindEntries(vector);
    else this.#value.bind(vector.children[0]!);
  }

  writeField(row: number, out: ByteOutput): void {
    const value = this.#value, field = this.#field, list = this.#list;
    if (list === undefined) {
      if (value.isNull(row)) {
        // A required field can't be left out.
        if (field.isRequired && field.message === undefined) {
          out.varint32(this.#tag);
          value.writeDefault(out);
        }
      } else if (field.hasPresence || !value.isZero(row)) {
        out.varint32(this.#tag);
        value.write(row, out);
      }
      return;
    }
    const { u8, i32 } = linearMemory(), at = list.isConstant ? 0 : row;
    if (list.type.kind === "void" || (list.valid !== 0 && u8[list.valid + at] === 0)) return;
    const from = i32[(list.data >>> 2) + at]!, to = i32[(list.data >>> 2) + at + 1]!;
    if (from === to) return;
    for (let i = from; i < to; i++) if (value.isNull(i) && !value.isWrapped) throw new ExecutionError({ condition: "MILLRACE_PROTOBUF_CANNOT_WRITE", sqlState: "22004", message: `An element of ${pathText(this.#path)} is null, which a repeated field of Protobuf can't be.`, messageParameters: { path: pathText(this.#path) } });
    if (field.isPacked) {
      out.varint32(this.#tag);
      const mark = out.beginSized();
      for (let i = from; i < to; i++) value.write(i, out);
      return out.endSized(mark);
    }
    for (let i = from; i < to; i++) {
      out.varint32(this.#tag);
      // A null is an empty wrapper.
      if (value.isNull(i)) out.byte(0);
      else value.write(i, out);
    }
  }
}

/** A value of a field as the wire has it: with its length, where it has one. */
class Value {
  readonly #field: ProtoField;
  readonly #scalar: Scalar | undefined;
  readonly #body: ValueEncoder | undefined;
  readonly #memory = linearMemory();
  #vector: Vector | undefined;

  constructor(field: ProtoField, type: DataType, path: Path, body?: ValueEncoder) {
    this.#field = field;
    this.#body = body ?? bodyOf(field, type, path);
    this.#scalar = this.#body === undefined ? type.kind === "void" ? { write: () => {}, isZero: () => true } : scalarOf(field, type, path) : undefined;
  }

  bind(vector: Vector): void {
    this.#vector = vector;
    this.#body?.bind(vector);
  }

  /** Entries of a map are rows of its keys and values. */
  bindEntries(map: Vector): void {
    this.#vector = undefined;
    this.#body!.bind(map);
  }

  #at(row: number): number { return this.#vector!.isConstant ? 0 : row; }
  isNull(row: number): boolean {
    const vector = this.#vector;
    return vector !== undefined && (vector.type.kind === "void" || (vector.valid !== 0 && this.#memory.u8[vector.valid + this.#at(row)] === 0));
  }
  get isWrapped(): boolean { return this.#body instanceof WrapperEncoder; }
  isZero(row: number): boolean { return this.#scalar !== undefined && this.#scalar.isZero(this.#memory, this.#vector!.data, this.#at(row)); }

  write(row: number, out: ByteOutput): void {
    if (this.#scalar !== undefined) return this.#scalar.write(out, this.#memory, this.#vector!.data, this.#at(row));
    if (this.#field.type === "group") {
      this.#body!.write(row, out);
      return out.varint32(((this.#field.number << 3) | WIRE.groupEnd) >>> 0);
    }
    const mark = out.beginSized();
    this.#body!.write(row, out);
    out.endSized(mark);
  }

  /** The zero of the type, or the first value of an enum. */
  writeDefault(out: ByteOutput): void {
    switch (wireTypeOf(this.#field.type)) {
      case WIRE.fixed64: return out.float64(0);
      case WIRE.fixed32: return out.int32(0);
      case WIRE.varint: return out.varint64(this.#field.enumeration?.first ?? 0, (this.#field.enumeration?.first ?? 0) >> 31);
      default: return out.byte(0);
    }
  }
}

/** Key and value of an entry, with their tags. */
class EntryEncoder extends ValueEncoder {
  readonly #key: Value;
  readonly #value: Value;
  readonly #tags: readonly [number, number];

  constructor(type: DataType & { readonly kind: "map" }, entry: ProtoMessage, path: Path) {
    super();
    const key = entry.fields.find(f => f.name === "key")!, value = entry.fields.find(f => f.name === "value")!;
    this.#key = new Value(key, type.key, [...path, "key"]);
    this.#value = new Value(value, type.value, [...path, "value"]);
    this.#tags = [(key.number << 3) | wireTypeOf(key.type), (value.number << 3) | wireTypeOf(value.type)];
  }

  override bind(vector: Vector): void {
    super.bind(vector);
    this.#key.bind(vector.children[0]!);
    this.#value.bind(vector.children[1]!);
  }
  override isNull(): boolean { return false; }
  write(row: number, out: ByteOutput): void {
    out.varint32(this.#tags[0]);
    this.#key.write(row, out);
    // A value that is null is left out, which is read as the default.
    if (this.#value.isNull(row)) return;
    out.varint32(this.#tags[1]);
    this.#value.write(row, out);
  }
}

/** Microseconds as seconds and nanos. */
class TimeEncoder extends ValueEncoder {
  readonly #floor: boolean;
  constructor(floor: boolean) { super(); this.#floor = floor; }
  write(row: number, out: ByteOutput): void {
    const { i64 } = this.memory, micros = i64[this.data / 8 + this.at(row)]!;
    let seconds = micros / 1_000_000n, rest = Number(micros % 1_000_000n);
    if (this.#floor && rest < 0) {
      seconds -= 1n;
      rest += 1_000_000;
    }
    if (seconds !== 0n) {
      out.varint32((1 << 3) | WIRE.varint);
      out.varint64(Number(BigInt.asIntN(32, seconds)), Number(seconds >> 32n));
    }
    if (rest !== 0) {
      const nanos = rest * 1000;
      out.varint32((2 << 3) | WIRE.varint);
      out.varint64(nanos | 0, nanos >> 31);
    }
  }
}

/** A message around one value. */
class WrapperEncoder extends ValueEncoder {
  readonly #inner: Value;
  readonly #tag: number;
  constructor(inner: ProtoField, type: DataType, path: Path) {
    super();
    this.#inner = new Value(inner, type, path);
    this.#tag = ((inner.number << 3) | wireTypeOf(inner.type)) >>> 0;
  }
  override bind(vector: Vector): void { super.bind(vector); this.#inner.bind(vector); }
  write(row: number, out: ByteOutput): void {
    if (this.#inner.isZero(row)) return;
    out.varint32(this.#tag);
    this.#inner.write(row, out);
  }
}

function bodyOf(field: ProtoField, type: DataType, path: Path): ValueEncoder | undefined {
  const { message } = field;
  if (message === undefined || type.kind === "void") return undefined;
  const time = timeKind(message);
  if (time === "timestamp" && type.kind === "timestamp") return new TimeEncoder(true);
  if (time === "duration" && type.kind === "day_time_interval") return new TimeEncoder(false);
  if (type.kind === "struct") return new MessageEncoder(type, message, path);
  if (isWrapper(message)) return new WrapperEncoder(message.fields[0]!, type, path);
  throw unfit(type, field, path);
}

function unfit(type: DataType, field: ProtoField, path: Path): Error {
  const sqlColumn = pathText(path), protobufType = field.type.toUpperCase(), sqlType = `"${typeToSql(type)}"`;
  return descriptorError("CANNOT_CONVERT_SQL_TYPE_TO_PROTOBUF_FIELD_TYPE", "42846", `Cannot convert SQL ${sqlColumn} to Protobuf ${sqlColumn} because schema is incompatible (protobufType = ${protobufType}, sqlType = ${sqlType}).`, { sqlColumn, protobufColumn: sqlColumn, protobufType, sqlType });
}

function scalarOf(field: ProtoField, type: DataType, path: Path): Scalar {
  const int = (get: (memory: Memory, data: number, row: number) => number): Scalar => ({
    isZero: (memory, data, row) => get(memory, data, row) === 0,
    write: field.type === "sint32" ? (out, memory, data, row) => { const v = get(memory, data, row); out.varint32((v << 1) ^ (v >> 31)); }
      : field.type === "fixed32" || field.type === "sfixed32" ? (out, memory, data, row) => out.int32(get(memory, data, row))
      : field.type === "uint32" ? (out, memory, data, row) => out.varint32(get(memory, data, row))
      : (out, memory, data, row) => { const v = get(memory, data, row); out.varint64(v, v >> 31); },
  });
  /** Words at so many a row. */
  const long = (words: number): Scalar => ({
    isZero: ({ i32 }, data, row) => (i32[(data >>> 2) + words * row]! | i32[(data >>> 2) + words * row + 1]!) === 0,
    write: (out, { i32 }, data, row) => {
      const low = i32[(data >>> 2) + words * row]!, high = i32[(data >>> 2) + words * row + 1]!, sign = high >> 31;
      if (field.type === "sint64") return out.varint64((low << 1) ^ sign, ((high << 1) | (low >>> 31)) ^ sign);
      if (field.type === "fixed64" || field.type === "sfixed64") {
        out.int32(low);
        return out.int32(high);
      }
      out.varint64(low, high);
    },
  });
  switch (field.type) {
    case "bool": if (type.kind === "boolean") return int(({ u8 }, data, row) => u8[data + row]!); break;
    case "int32": case "sint32": case "uint32": case "fixed32": case "sfixed32":
      switch (type.kind) {
        case "tinyint": return int(({ i8 }, data, row) => i8[data + row]!);
        case "smallint": return int(({ i16 }, data, row) => i16[(data >>> 1) + row]!);
        case "int": case "date": case "year_month_interval": return int(({ i32 }, data, row) => i32[(data >>> 2) + row]!);
        case "bigint": if (field.type === "uint32") return int(({ i32 }, data, row) => i32[(data >>> 2) + 2 * row]!); break;
      }
      break;
    case "int64": case "sint64": case "uint64": case "fixed64": case "sfixed64":
      if (type.kind === "bigint" || type.kind === "day_time_interval") return long(2);
      if (type.kind === "decimal" && field.type === "uint64" && type.precision === 20 && type.scale === 0) return long(4);
      break;
    case "float": if (type.kind === "float") return { isZero: ({ u32 }, data, row) => u32[(data >>> 2) + row] === 0, write: (out, { f32 }, data, row) => out.float32(f32[(data >>> 2) + row]!) }; break;
    case "double": if (type.kind === "double") return { isZero: ({ u64 }, data, row) => u64[data / 8 + row] === 0n, write: (out, { f64 }, data, row) => out.float64(f64[(data >>> 3) + row]!) }; break;
    case "string": case "bytes":
      if (type.kind !== (field.type === "string" ? "string" : "binary")) break;
      return {
        isZero: ({ u32 }, data, row) => u32[(data >>> 2) + 4 * row] === 0,
        write: (out, { u32 }, data, row) => {
          const view = data + 16 * row, length = u32[view >>> 2]!;
          out.varint32(length);
          out.bytes(length <= 12 ? view + 4 : u32[(view >>> 2) + 2]!, length);
        },
      };
    case "enum": return enumOf(field, type, path);
    case "message": case "group": break;
  }
  throw unfit(type, field, path);
}

function enumOf(field: ProtoField, type: DataType, path: Path): Scalar {
  const { byName, byNumber } = field.enumeration!, known = new Map([...byName].map(([name, number]) => [Buffer.from(name).toString("latin1"), number]));
  const refused = (data: string, values: string): ExecutionError => new ExecutionError({
    condition: "CANNOT_CONVERT_SQL_VALUE_TO_PROTOBUF_ENUM_TYPE", sqlState: "42846", message: `Cannot convert SQL ${pathText(path)} to Protobuf ${pathText(path)} because ${data} is not in defined values for enum: ${values}.`,
    messageParameters: { sqlColumn: pathText(path), protobufColumn: pathText(path), data, enumString: values },
  });
  const numberAt = (memory: Memory, data: number, row: number): number => {
    if (type.kind === "int") {
      const number = memory.i32[(data >>> 2) + row]!;
      if (!byNumber.has(number)) throw refused(String(number), [...byNumber.keys()].join(", "));
      return number;
    }
    const view = data + 16 * row, length = memory.u32[view >>> 2]!, from = length <= 12 ? view + 4 : memory.u32[(view >>> 2) + 2]!, number = known.get(memory.bytes.toString("latin1", from, from + length));
    if (number === undefined) throw refused(memory.bytes.toString("utf8", from, from + length), [...byName.keys()].map(name => `"${name}"`).join(", "));
    return number;
  };
  if (type.kind !== "int" && type.kind !== "string") throw unfit(type, field, path);
  return { isZero: (memory, data, row) => numberAt(memory, data, row) === 0, write: (out, memory, data, row) => { const number = numberAt(memory, data, row); out.varint64(number, number >> 31); } };
}
