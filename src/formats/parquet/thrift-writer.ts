/** Structures in Thrift's compact protocol. Members are written in the order of their numbers. */
export class ThriftWriter {
  #bytes = Buffer.alloc(1024);
  #length = 0;
  /** The number of the member before, a structure. */
  readonly #last: number[] = [];

  static bytesOf(write: (writer: ThriftWriter) => void): Uint8Array {
    const writer = new ThriftWriter();
    writer.#body(() => write(writer));
    return writer.#bytes.subarray(0, writer.#length);
  }

  boolean(id: number, value: boolean): this { return this.#head(id, value ? 1 : 2); }
  byte(id: number, value: number): this { return this.#head(id, 3).#byte(value & 0xff); }
  i32(id: number, value: number | undefined): this { return value === undefined ? this : this.#head(id, 5).#zigzag(value); }
  i64(id: number, value: number | undefined): this { return value === undefined ? this : this.#head(id, 6).#zigzag(value); }
  text(id: number, value: string | undefined): this { return value === undefined ? this : this.bytes(id, Buffer.from(value)); }
  bytes(id: number, value: Uint8Array | undefined): this { return value === undefined ? this : this.#head(id, 8).#blob(value); }

  struct(id: number, write: () => void): this {
    this.#head(id, 12);
    return this.#body(write);
  }

  structs<T>(id: number, items: readonly T[], write: (item: T) => void): this {
    this.#list(id, 12, items.length);
    for (const item of items) this.#body(() => write(item));
    return this;
  }

  i32s(id: number, items: readonly number[]): this {
    this.#list(id, 5, items.length);
    for (const item of items) this.#zigzag(item);
    return this;
  }

  texts(id: number, items: readonly string[]): this {
    this.#list(id, 8, items.length);
    for (const item of items) this.#blob(Buffer.from(item));
    return this;
  }

  #body(write: () => void): this {
    this.#last.push(0);
    write();
    this.#last.pop();
    return this.#byte(0);
  }

  #list(id: number, kind: number, count: number): void {
    this.#head(id, 9);
    if (count < 15) this.#byte(count << 4 | kind);
    else this.#byte(0xf0 | kind).#varint(count);
  }

  #head(id: number, kind: number): this {
    const step = id - this.#last.at(-1)!;
    this.#last[this.#last.length - 1] = id;
    return step > 0 && step < 16 ? this.#byte(step << 4 | kind) : this.#byte(kind).#zigzag(id);
  }

  #blob(value: Uint8Array): this {
    this.#varint(value.length);
    this.#room(value.length);
    this.#bytes.set(value, this.#length);
    this.#length += value.length;
    return this;
  }

  /** Exact up to 2^52. */
  #zigzag(value: number): this { return this.#varint(value >= 0 ? value * 2 : -value * 2 - 1); }

  #varint(value: number): this {
    for (; value > 127; value = Math.floor(value / 128)) this.#byte(value % 128 | 0x80);
    return this.#byte(value);
  }

  #byte(value: number): this {
    this.#room(1);
    this.#bytes[this.#length++] = value;
    return this;
  }

  #room(more: number): void {
    if (this.#length + more <= this.#bytes.length) return;
    const bytes = Buffer.alloc(2 * (this.#length + more));
    this.#bytes.copy(bytes, 0, 0, this.#length);
    this.#bytes = bytes;
  }
}
