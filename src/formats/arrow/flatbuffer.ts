/** FlatBuffers as far as Arrow's metadata needs them (https://flatbuffers.dev/internals/): tables read at places, checked, and built from the end. */

/** Metadata or data that isn't what Arrow says. */
export class MalformedArrow extends Error {}

/** A table: its fields by their index. What is absent is the default. */
export class FlatTable {
  readonly #bytes: Buffer;
  readonly #at: number;
  readonly #fields: number;
  readonly #count: number;

  constructor(bytes: Buffer, at: number) {
    this.#bytes = bytes;
    this.#at = at;
    const fields = at - this.#read(() => bytes.readInt32LE(at));
    const size = this.#read(() => bytes.readUInt16LE(fields));
    this.#fields = fields;
    this.#count = (size - 4) >> 1;
  }

  static root(bytes: Uint8Array): FlatTable {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (buffer.length < 8) throw new MalformedArrow("metadata is too short");
    return new FlatTable(buffer, buffer.readUInt32LE(0));
  }

  #read<T>(read: () => T): T {
    try { return read(); } catch { throw new MalformedArrow("metadata points outside of itself"); }
  }
  /** Where a field lies; 0: absent. */
  #place(index: number): number {
    if (index >= this.#count) return 0;
    const offset = this.#read(() => this.#bytes.readUInt16LE(this.#fields + 4 + 2 * index));
    return offset === 0 ? 0 : this.#at + offset;
  }

  byte(index: number, absent = 0): number { const at = this.#place(index); return at === 0 ? absent : this.#read(() => this.#bytes.readUInt8(at)); }
  short(index: number, absent = 0): number { const at = this.#place(index); return at === 0 ? absent : this.#read(() => this.#bytes.readInt16LE(at)); }
  int(index: number, absent = 0): number { const at = this.#place(index); return at === 0 ? absent : this.#read(() => this.#bytes.readInt32LE(at)); }
  long(index: number, absent = 0): number { const at = this.#place(index); return at === 0 ? absent : this.#longAt(at); }
  flag(index: number): boolean { return this.byte(index) !== 0; }
  text(index: number): string | undefined {
    const at = this.#vector(index);
    if (at === 0) return undefined;
    const length = this.#read(() => this.#bytes.readUInt32LE(at));
    if (at + 4 + length > this.#bytes.length) throw new MalformedArrow("metadata points outside of itself");
    return this.#bytes.toString("utf8", at + 4, at + 4 + length);
  }
  table(index: number): FlatTable | undefined {
    const at = this.#vector(index);
    return at === 0 ? undefined : new FlatTable(this.#bytes, at);
  }
  tables(index: number): FlatTable[] {
    const at = this.#vector(index);
    return Array.from({ length: this.#length(at, 4) }, (_, i) => { const place = at + 4 + 4 * i; return new FlatTable(this.#bytes, place + this.#read(() => this.#bytes.readUInt32LE(place))); });
  }
  /** Structs of `size` bytes, as the longs in them at `offsets`. */
  structs(index: number, size: number, offsets: readonly number[]): number[][] {
    const at = this.#vector(index);
    return Array.from({ length: this.#length(at, size) }, (_, i) => offsets.map(offset => this.#longAt(at + 4 + size * i + offset)));
  }
  longs(index: number): number[] { return this.structs(index, 8, [0]).map(([value]) => value!); }

  #vector(index: number): number {
    const at = this.#place(index);
    return at === 0 ? 0 : at + this.#read(() => this.#bytes.readUInt32LE(at));
  }
  #length(at: number, size: number): number {
    if (at === 0) return 0;
    const length = this.#read(() => this.#bytes.readUInt32LE(at));
    if (at + 4 + length * size > this.#bytes.length) throw new MalformedArrow("metadata points outside of itself");
    return length;
  }
  #longAt(at: number): number {
    const value = Number(this.#read(() => this.#bytes.readBigInt64LE(at)));
    if (!Number.isSafeInteger(value)) throw new MalformedArrow("a number of the metadata is too large");
    return value;
  }
}

/** A field of a table that is built: numbers by their kind, or the place of something that was built before. */
export type FlatField = readonly ["byte" | "short" | "int" | "long" | "offset", number] | undefined;

/** Builds from the end to the beginning: what is pointed to comes before what points to it. Places count from the end. */
export class FlatBuilder {
  #bytes = Buffer.alloc(1024);
  #size = 0;

  #room(bytes: number, align: number): void {
    const pad = (align - ((this.#size + bytes) % align)) % align;
    while (this.#size + bytes + pad > this.#bytes.length) {
      const larger = Buffer.alloc(2 * this.#bytes.length);
      this.#bytes.copy(larger, larger.length - this.#size, this.#bytes.length - this.#size);
      this.#bytes = larger;
    }
    this.#size += pad;
  }
  get #at(): number { return this.#bytes.length - this.#size; }
  #int(value: number): void { this.#size += 4; this.#bytes.writeInt32LE(value, this.#at); }
  #long(value: number): void { this.#size += 8; this.#bytes.writeBigInt64LE(BigInt(value), this.#at); }

  text(value: string): number {
    const bytes = Buffer.from(value);
    this.#room(bytes.length + 1 + 4, 4);
    this.#size += bytes.length + 1;
    this.#bytes[this.#at + bytes.length] = 0;
    bytes.copy(this.#bytes, this.#at);
    this.#int(bytes.length);
    return this.#size;
  }
  offsets(places: readonly number[]): number {
    this.#room(4 * places.length + 4, 4);
    for (const place of places.toReversed()) this.#int(this.#size + 4 - place);
    this.#int(places.length);
    return this.#size;
  }
  /** Structs that are made of longs. */
  longs(structs: readonly (readonly number[])[]): number {
    this.#room(structs.length * 8 * (structs[0]?.length ?? 1), 8);
    for (const one of structs.toReversed()) for (const value of one.toReversed()) this.#long(value);
    this.#room(4, 4);
    this.#int(structs.length);
    return this.#size;
  }
  table(fields: readonly FlatField[]): number {
    this.#room(8 * fields.length + 8, 8);
    const end = this.#size, places = fields.map(field => {
      if (field === undefined) return 0;
      const [kind, value] = field, width = kind === "byte" ? 1 : kind === "short" ? 2 : kind === "long" ? 8 : 4;
      this.#room(width, width);
      if (kind === "long") this.#long(value);
      else if (kind === "int") this.#int(value);
      else if (kind === "offset") this.#int(this.#size + 4 - value);
      else {
        this.#size += width;
        if (kind === "byte") this.#bytes[this.#at] = value;
        else this.#bytes.writeInt16LE(value, this.#at);
      }
      return this.#size;
    });
    this.#room(4, 4);
    this.#size += 4;
    const table = this.#size;
    this.#room(2 * fields.length + 4, 2);
    for (const place of places.toReversed()) {
      this.#size += 2;
      this.#bytes.writeUInt16LE(place === 0 ? 0 : table - place, this.#at);
    }
    this.#size += 2;
    this.#bytes.writeUInt16LE(table - end, this.#at);
    this.#size += 2;
    this.#bytes.writeUInt16LE(2 * fields.length + 4, this.#at);
    this.#bytes.writeInt32LE(this.#size - table, this.#bytes.length - table);
    return table;
  }
  /** The bytes, a multiple of eight. */
  finish(root: number): Uint8Array {
    this.#room(4, 8);
    this.#int(this.#size + 4 - root);
    return this.#bytes.subarray(this.#at);
  }
}
