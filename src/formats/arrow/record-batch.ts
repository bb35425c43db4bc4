/** The buffers of a record batch as vectors (https://arrow.apache.org/docs/format/Columnar.html). What lies as the engine has it stays where it is. */
import { writeView } from "../../columns/cells.ts";
import { gather } from "../../columns/gather.ts";
import { Vector, physicalOf, widthOf } from "../../columns/vector.ts";
import { kernels } from "../../kernels/kernels.ts";
import type { Arena } from "../../memory/arena.ts";
import { linearMemory } from "../../memory/linear-memory.ts";
import type { Cell } from "../../types/cell.ts";
import { type DataType } from "../../types/data-type.ts";
import { sqlTypeOfArrow, type ArrowField, type ArrowType } from "./arrow-schema.ts";
import { decompressBuffer, type BufferCodec } from "./compression.ts";
import { MalformedArrow, type FlatTable } from "./flatbuffer.ts";

const MAX_ROWS = 2 ** 28;
const bad = (reason: string): never => { throw new MalformedArrow(reason); };
interface Piece { readonly from: number; readonly length: number }

/** Values of dictionaries by their ids, with how many they are. */
export type Dictionaries = Map<number, { readonly vector: Vector; readonly length: number }>;

/** Reads the batch whose body lies at `base`. */
export class RecordBatchReader {
  readonly rows: number;
  readonly #arena: Arena;
  readonly #memory = linearMemory();
  readonly #base: number;
  readonly #bodyBytes: number;
  readonly #nodes: readonly number[][];
  readonly #buffers: readonly number[][];
  readonly #variadic: readonly number[];
  readonly #codec: BufferCodec;
  readonly #dictionaries: Dictionaries;
  #node = 0;
  #buffer = 0;
  #variadicAt = 0;

  constructor(batch: FlatTable, base: number, bodyBytes: number, dictionaries: Dictionaries, arena: Arena) {
    this.rows = batch.long(0);
    if (this.rows < 0 || this.rows > MAX_ROWS) bad("a batch has no good number of rows");
    this.#arena = arena;
    this.#base = base;
    this.#bodyBytes = bodyBytes;
    this.#nodes = batch.structs(1, 16, [0, 8]);
    this.#buffers = batch.structs(2, 16, [0, 8]);
    this.#variadic = batch.longs(4);
    this.#dictionaries = dictionaries;
    const compression = batch.table(3);
    this.#codec = compression === undefined ? "none" : (["lz4", "zstd"] as const)[compression.byte(0)] ?? bad("a codec is unknown");
  }

  /** The next field; undefined: gone over. */
  column(one: ArrowField, isWanted: boolean): Vector | undefined { return this.#field(one, this.rows, isWanted); }

  #field(one: ArrowField, rows: number, isWanted: boolean): Vector | undefined {
    const node = this.#nodes[this.#node++] ?? bad("a batch has too few columns"), nulls = node[1]!;
    if (node[0] !== rows) bad("a column has another number of values than its batch");
    if (one.dictionary !== undefined) return this.#indexed(one, rows, nulls, isWanted);
    const type = sqlTypeOfArrow(one);
    if (one.type.kind === "null") return isWanted ? new Vector(type, this.#zeroed(rows), this.#zeroed(rows)) : undefined;
    const validity = this.#next(), valid = isWanted && nulls !== 0 ? this.#validity(validity, rows) : 0;
    switch (one.type.kind) {
      case "struct": {
        const children = one.children.map(child => this.#field(child, rows, isWanted));
        return isWanted ? new Vector(type, 0, valid, { children: children as Vector[] }) : undefined;
      }
      case "fixedList": {
        const { size } = one.type, [child] = [this.#field(one.children[0]!, rows * size, isWanted)];
        if (!isWanted) return undefined;
        const offsets = this.#arena.allocate(4 * (rows + 1)), at = offsets >>> 2;
        for (let i = 0; i <= rows; i++) this.#memory.i32[at + i] = i * size;
        return new Vector(type, offsets, valid, { children: [child!] });
      }
      case "list": case "map": {
        const offsets = this.#offsets(this.#piece(this.#next(), isWanted), rows, one.type.large, isWanted);
        // Children may have more values than the lists reach.
        const values = this.#nodes[this.#node]?.[0] ?? bad("a batch has too few columns");
        if (values < 0 || values > MAX_ROWS) bad("a list has no good number of values");
        const child = this.#field(one.children[0]!, values, isWanted);
        if (!isWanted) return undefined;
        this.#checkOffsets(offsets, rows, values);
        return new Vector(type, offsets, valid, { children: one.type.kind === "map" ? child!.children : [child!] });
      }
      case "bytes": return this.#bytes(one.type, type, rows, valid, isWanted);
      default: {
        const data = this.#piece(this.#next(), isWanted);
        return isWanted ? this.#values(one.type, type, data, rows, valid) : undefined;
      }
    }
  }

  #zeroed(bytes: number): number { return this.#arena.allocateZeroed(Math.max(1, bytes)); }
  #next(): readonly number[] { return this.#buffers[this.#buffer++] ?? bad("a batch has too few buffers"); }

  /** A buffer in linear memory, at a multiple of eight. */
  #piece([offset, length]: readonly number[], isWanted: boolean): Piece {
    if (offset! < 0 || length! < 0 || offset! + length! > this.#bodyBytes) bad("a buffer lies outside of its batch");
    if (!isWanted || length === 0) return { from: 0, length: 0 };
    let { from, length: bytes } = this.#codec === "none" ? { from: this.#base + offset!, length: length! } : decompressBuffer(this.#codec, this.#base + offset!, length!, size => this.#arena.allocate(size));
    if (from % 8 !== 0) {
      const aligned = this.#arena.allocate(bytes);
      this.#memory.u8.copyWithin(aligned, from, from + bytes);
      from = aligned;
    }
    return { from, length: bytes };
  }

  #validity(buffer: readonly number[], rows: number): number {
    const { from, length } = this.#piece(buffer, true);
    if (length === 0) return 0;
    if (length * 8 < rows) bad("a buffer is too short");
    return this.#bits(from, rows);
  }
  /** Bits as bytes. */
  #bits(from: number, rows: number): number {
    const { u8 } = this.#memory, to = this.#arena.allocate(rows);
    for (let i = 0; i < rows; i++) u8[to + i] = (u8[from + (i >> 3)]! >> (i & 7)) & 1;
    return to;
  }

  /** Offsets of 32 bits; rows + 1 of them. */
  #offsets({ from, length }: Piece, rows: number, large: boolean, isWanted: boolean): number {
    if (!isWanted) return 0;
    if (length === 0 && rows === 0) return this.#zeroed(4);
    if (length < (rows + 1) * (large ? 8 : 4)) bad("a buffer is too short");
    if (!large) return from;
    const to = this.#arena.allocate(4 * (rows + 1)), { i32, u32 } = this.#memory;
    for (let i = 0; i <= rows; i++) {
      if (u32[(from >>> 2) + 2 * i + 1] !== 0) bad("an offset is too large");
      i32[(to >>> 2) + i] = u32[(from >>> 2) + 2 * i]!;
    }
    return to;
  }
  #checkOffsets(offsets: number, rows: number, end: number): void {
    const { i32 } = this.#memory;
    let before = i32[offsets >>> 2]!;
    if (before < 0) bad("offsets go back");
    for (let i = 1; i <= rows; i++) {
      const next = i32[(offsets >>> 2) + i]!;
      if (next < before) bad("offsets go back");
      before = next;
    }
    if (before > end) bad("an offset points behind the values");
  }

  #bytes({ layout, isText }: ArrowType & { readonly kind: "bytes" }, type: DataType, rows: number, valid: number, isWanted: boolean): Vector | undefined {
    const { u8, u32, i32 } = this.#memory, first = this.#piece(this.#next(), isWanted), count = layout === "view" ? this.#variadic[this.#variadicAt++] ?? bad("a batch has too few buffers") : 1;
    if (count < 0 || count > this.#buffers.length) bad("a batch has too few buffers");
    const data = Array.from({ length: count }, () => this.#piece(this.#next(), isWanted));
    if (!isWanted) return undefined;
    const views = this.#arena.allocate(16 * Math.max(1, rows));
    if (layout === "view") {
      if (first.length < 16 * rows) bad("a buffer is too short");
      for (let i = 0; i < rows; i++) {
        const at = (first.from >>> 2) + 4 * i, length = valid !== 0 && u8[valid + i] === 0 ? 0 : i32[at]!;
        if (length < 0) bad("a length is negative");
        if (length <= 12) {
          writeView(views + 16 * i, first.from + 16 * i + 4, length);
          continue;
        }
        const buffer = data[i32[at + 2]!] ?? bad("a value lies in no buffer"), offset = i32[at + 3]!;
        if (offset < 0 || offset + length > buffer.length) bad("a value lies outside of its buffer");
        writeView(views + 16 * i, buffer.from + offset, length);
      }
    } else {
      const [{ from, length }] = data as [Piece], offsets = this.#offsets(first, rows, layout === "large", true);
      this.#checkOffsets(offsets, rows, length);
      for (let i = 0; i < rows; i++) writeView(views + 16 * i, from + u32[(offsets >>> 2) + i]!, u32[(offsets >>> 2) + i + 1]! - u32[(offsets >>> 2) + i]!);
    }
    if (isText && rows > 0 && kernels().viewsAreUtf8(views, -1, valid, 0, rows) !== 1) bad("a text is no UTF-8");
    return new Vector(type, views, valid);
  }

  #indexed(one: ArrowField, rows: number, nulls: number, isWanted: boolean): Vector | undefined {
    const { index, id } = one.dictionary!, validity = this.#next(), valid = isWanted && nulls !== 0 ? this.#validity(validity, rows) : 0, { from, length } = this.#piece(this.#next(), isWanted);
    if (!isWanted) return undefined;
    const size = index.bits / 8, { u8, u32, view } = this.#memory, dictionary = this.#dictionaries.get(id) ?? bad("a dictionary is missing"), numbers = this.#arena.allocate(4 * Math.max(1, rows));
    if (length < size * rows) bad("a buffer is too short");
    let anyNull = false;
    for (let i = 0; i < rows; i++) {
      const at = from + size * i, isNull = valid !== 0 && u8[valid + i] === 0;
      const place = isNull ? 0 : size === 1 ? u8[at]! : size === 2 ? view.getUint16(at, true) : size === 4 ? view.getUint32(at, true) : view.getUint32(at + 4, true) === 0 ? view.getUint32(at, true) : Infinity;
      if (place >= dictionary.length && !isNull) bad("a value is not in its dictionary");
      anyNull ||= isNull;
      u32[(numbers >>> 2) + i] = place;
    }
    if (dictionary.length === 0) {
      const empty = new Vector(dictionary.vector.type, this.#zeroed(16 * (rows + 1)), this.#zeroed(rows), { children: dictionary.vector.children });
      return empty;
    }
    const picked = gather(dictionary.vector, numbers, rows, this.#arena);
    if (!anyNull) return picked;
    const both = this.#arena.allocate(rows);
    for (let i = 0; i < rows; i++) u8[both + i] = u8[valid + i]! & (picked.valid === 0 ? 1 : u8[picked.valid + i]!);
    return picked.withValid(both);
  }

  /** Values of a fixed width. */
  #values(type: ArrowType, sql: DataType, { from, length }: Piece, rows: number, valid: number): Vector {
    const memory = this.#memory, { u8, i32, u32, f32, view } = memory, width = widthOfArrow(type);
    if (length < (type.kind === "bool" ? Math.ceil(rows / 8) : width * rows)) bad("a buffer is too short");
    const to = (bytes: number): number => this.#arena.allocate(Math.max(1, bytes * rows));
    const each = (bytes: number, write: (out: number, at: number, row: number) => void): Vector => {
      const out = to(bytes);
      for (let i = 0; i < rows; i++) write(out + bytes * i, from + width * i, i);
      return new Vector(sql, out, valid);
    };
    /** A long of 64 bits times or by a power of ten, as times are. */
    const scaled = (times: number, by: number): Vector => each(8, (out, at) => {
      const low = u32[at >>> 2]!, high = i32[(at >>> 2) + 1]!, value = high * 4294967296 + low, product = by === 1 ? value * times : Math.floor(value / by);
      if (Number.isSafeInteger(value) && Number.isSafeInteger(product)) {
        i32[out >>> 2] = product | 0;
        i32[(out >>> 2) + 1] = Math.floor(product / 4294967296);
      } else {
        const exact = memory.i64[at / 8]!, big = by === 1 ? exact * BigInt(times) : (exact - (((exact % BigInt(by)) + BigInt(by)) % BigInt(by))) / BigInt(by);
        memory.i64[out / 8] = BigInt.asIntN(64, big) === big ? big : 0n;
        if (BigInt.asIntN(64, big) !== big && (valid === 0 || u8[valid + (at - from) / width] !== 0)) bad("a time is out of range");
      }
    });
    switch (type.kind) {
      case "bool": return new Vector(sql, this.#bits(from, rows), valid);
      case "int":
        if (type.signed) return new Vector(sql, from, valid);
        switch (type.bits) {
          case 8: return each(2, (out, at) => { memory.i16[out >>> 1] = u8[at]!; });
          case 16: return each(4, (out, at) => { i32[out >>> 2] = memory.u16[at >>> 1]!; });
          case 32: return each(8, (out, at) => { u32[out >>> 2] = u32[at >>> 2]!; u32[(out >>> 2) + 1] = 0; });
          default: return each(16, (out, at) => { u32[out >>> 2] = u32[at >>> 2]!; u32[(out >>> 2) + 1] = u32[(at >>> 2) + 1]!; u32[(out >>> 2) + 2] = u32[(out >>> 2) + 3] = 0; });
        }
      case "float16": return each(4, (out, at) => { f32[out >>> 2] = halfOf(memory.u16[at >>> 1]!); });
      case "float32": case "float64": case "date32": case "months": return new Vector(sql, from, valid);
      case "date64": return each(4, (out, at) => { i32[out >>> 2] = Math.floor((i32[(at >>> 2) + 1]! * 4294967296 + u32[at >>> 2]!) / 86_400_000); });
      case "timestamp": case "duration": return type.unit === 6 ? new Vector(sql, from, valid) : type.unit === 9 ? scaled(1, 1000) : scaled(10 ** (6 - type.unit), 1);
      case "time": {
        const times = 10 ** (9 - type.unit);
        if (type.bits === 64) return type.unit === 9 ? new Vector(sql, from, valid) : scaled(times, 1);
        return each(8, (out, at) => { const value = i32[at >>> 2]! * times; i32[out >>> 2] = value | 0; i32[(out >>> 2) + 1] = Math.floor(value / 4294967296); });
      }
      case "dayMillis": return each(8, (out, at) => { const value = (i32[at >>> 2]! * 86_400_000 + i32[(at >>> 2) + 1]!) * 1000; if (!Number.isSafeInteger(value)) bad("an interval is out of range"); i32[out >>> 2] = value | 0; i32[(out >>> 2) + 1] = Math.floor(value / 4294967296); });
      case "monthDayNanos": {
        const objects = Array.from({ length: rows }, (_, i): Cell => valid !== 0 && u8[valid + i] === 0 ? null : ({ months: i32[(from >>> 2) + 4 * i]!, days: i32[(from >>> 2) + 4 * i + 1]!, micros: view.getBigInt64(from + 16 * i + 8, true) / 1000n }));
        return new Vector(sql, 0, valid, { objects });
      }
      case "fixed": {
        const { size } = type, views = to(16);
        for (let i = 0; i < rows; i++) writeView(views + 16 * i, from + size * i, size);
        return new Vector(sql, views, valid);
      }
      case "decimal": {
        const wide = widthOf(physicalOf(sql)) === 16;
        if (type.bits === 128 && wide) return new Vector(sql, from, valid);
        return each(wide ? 16 : 8, (out, at) => {
          const low = i32[at >>> 2]!, high = type.bits === 32 ? low >> 31 : i32[(at >>> 2) + 1]!;
          i32[out >>> 2] = low;
          i32[(out >>> 2) + 1] = high;
          if (wide) i32[(out >>> 2) + 2] = i32[(out >>> 2) + 3] = high >> 31;
        });
      }
      default: throw new Error(`a ${type.kind} has no fixed width`);
    }
  }
}

function widthOfArrow(type: ArrowType): number {
  switch (type.kind) {
    case "int": case "decimal": case "time": return type.bits / 8;
    case "float16": return 2;
    case "float32": case "date32": case "months": return 4;
    case "monthDayNanos": return 16;
    case "fixed": return type.size;
    case "bool": return 0;
    default: return 8;
  }
}

function halfOf(bits: number): number {
  const sign = bits >> 15 === 1 ? -1 : 1, exponent = (bits >> 10) & 31, fraction = bits & 1023;
  return exponent === 0 ? sign * fraction * 2 ** -24 : exponent === 31 ? (fraction === 0 ? sign * Infinity : NaN) : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** Rows from `from` on, as a vector that begins with them. */
export function rowsFrom(vector: Vector, from: number): Vector {
  if (from === 0) return vector;
  const { type, data, valid, physical } = vector, width = widthOf(physical);
  return new Vector(type, data === 0 ? 0 : data + width * from, valid === 0 ? 0 : valid + from, {
    children: physical === "struct" ? vector.children.map(child => rowsFrom(child, from)) : vector.children, ...(vector.objects && { objects: vector.objects.slice(from) }),
  });
}
