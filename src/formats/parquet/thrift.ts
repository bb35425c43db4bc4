/**
 * Thrift's compact protocol, in which Parquet keeps all that isn't values. Structures are read as they are, members by
 * number; what they mean is for metadata.ts. https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
 */

/** The bytes of a file are not what they say. The reader of files makes it an error that names the file. */
export class Malformed extends Error {}

export type ThriftValue = boolean | number | Uint8Array | ThriftStruct | readonly ThriftValue[];

/** Members by their number; what has another type than asked for is malformed. */
export class ThriftStruct {
  readonly members: readonly (ThriftValue | undefined)[];
  constructor(members: readonly (ThriftValue | undefined)[]) { this.members = members; }

  has(id: number): boolean { return this.members[id] !== undefined; }

  number(id: number): number | undefined {
    const value = this.members[id];
    if (value === undefined || typeof value === "number") return value;
    throw new Malformed(`member ${id} of a structure is no number`);
  }

  /** A number that must be there. */
  needed(id: number): number {
    const value = this.number(id);
    if (value === undefined) throw new Malformed(`a structure lacks member ${id}`);
    return value;
  }

  /** A length, count or place: a whole number from 0 to 2^53. */
  size(id: number): number {
    const value = this.needed(id);
    if (!Number.isSafeInteger(value) || value < 0) throw new Malformed(`${value} is no size`);
    return value;
  }

  boolean(id: number): boolean | undefined {
    const value = this.members[id];
    if (value === undefined || typeof value === "boolean") return value;
    throw new Malformed(`member ${id} of a structure is no boolean`);
  }

  bytes(id: number): Uint8Array | undefined {
    const value = this.members[id];
    if (value === undefined || value instanceof Uint8Array) return value;
    throw new Malformed(`member ${id} of a structure is no text`);
  }

  text(id: number): string | undefined {
    const bytes = this.bytes(id);
    return bytes === undefined ? undefined : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
  }

  struct(id: number): ThriftStruct | undefined {
    const value = this.members[id];
    if (value === undefined || value instanceof ThriftStruct) return value;
    throw new Malformed(`member ${id} of a structure is no structure`);
  }

  list(id: number): readonly ThriftValue[] {
    const value = this.members[id];
    if (value === undefined) return [];
    if (Array.isArray(value)) return value as readonly ThriftValue[];
    throw new Malformed(`member ${id} of a structure is no list`);
  }

  structs(id: number): readonly ThriftStruct[] {
    return this.list(id).map(value => {
      if (value instanceof ThriftStruct) return value;
      throw new Malformed(`a list in member ${id} of a structure has no structures`);
    });
  }
}

const TRUE = 1, FALSE = 2, BYTE = 3, I16 = 4, I32 = 5, I64 = 6, DOUBLE = 7, BINARY = 8, LIST = 9, SET = 10, MAP = 11, STRUCT = 12, UUID = 13;
const MAX_DEPTH = 32, MAX_MEMBER = 4096;

export class ThriftReader {
  readonly #bytes: Uint8Array;
  /** Where reading stands. */
  at: number;
  #depth = 0;

  constructor(bytes: Uint8Array, at = 0) {
    this.#bytes = bytes;
    this.at = at;
  }

  /** @throws Malformed */
  struct(): ThriftStruct {
    if (++this.#depth > MAX_DEPTH) throw new Malformed("structures lie too deep in each other");
    const members: (ThriftValue | undefined)[] = [];
    for (let id = 0;;) {
      const head = this.#byte();
      if (head === 0) break;
      id = head >> 4 === 0 ? this.#zigzag() : id + (head >> 4);
      if (id < 0 || id > MAX_MEMBER) throw new Malformed(`a structure has a member numbered ${id}`);
      const kind = head & 15;
      members[id] = kind === TRUE ? true : kind === FALSE ? false : this.#value(kind);
    }
    this.#depth--;
    return new ThriftStruct(members);
  }

  #value(kind: number): ThriftValue {
    switch (kind) {
      case TRUE: case FALSE: return this.#byte() === TRUE;
      case BYTE: return this.#byte() << 24 >> 24;
      case I16: case I32: case I64: return this.#zigzag();
      case DOUBLE: return new DataView(this.#take(8).slice().buffer).getFloat64(0, true);
      case BINARY: return this.#take(this.#varint());
      case LIST: case SET: {
        const head = this.#byte(), count = head >> 4 === 15 ? this.#varint() : head >> 4;
        return this.#values(count, [head & 15]);
      }
      case MAP: {
        const count = this.#varint();
        if (count === 0) return [];
        const kinds = this.#byte();
        return this.#values(2 * count, [kinds >> 4, kinds & 15]);
      }
      case STRUCT: return this.struct();
      case UUID: return this.#take(16);
      default: throw new Malformed(`there is no type ${kind} of values`);
    }
  }

  #values(count: number, kinds: readonly number[]): ThriftValue[] {
    if (count > this.#bytes.length - this.at) throw new Malformed("a list has more values than there are bytes");
    if (++this.#depth > MAX_DEPTH) throw new Malformed("lists lie too deep in each other");
    const values: ThriftValue[] = [];
    for (let i = 0; i < count; i++) values.push(this.#value(kinds[i % kinds.length]!));
    this.#depth--;
    return values;
  }

  #byte(): number {
    const byte = this.#bytes[this.at++];
    if (byte === undefined) throw new Malformed("a structure is cut off");
    return byte;
  }

  #take(length: number): Uint8Array {
    if (length > this.#bytes.length - this.at) throw new Malformed("a text is cut off");
    return this.#bytes.subarray(this.at, this.at += length);
  }

  /** Exact up to 2^53. */
  #varint(): number {
    let value = 0;
    for (let unit = 1, i = 0; i < 10; i++, unit *= 128) {
      const byte = this.#byte();
      value += (byte & 0x7f) * unit;
      if (byte < 0x80) return value;
    }
    throw new Malformed("a number has more than ten bytes");
  }

  #zigzag(): number {
    const value = this.#varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }
}
