/**
 * Numbered pages of rows in linear memory, with a record each that kernels read: where its rows are, how many live, a lower
 * bound of their times. The number of a page that went back is given out again.
 */
import { linearMemory, type MemoryAccount } from "../memory/linear-memory.ts";

/** Byte offsets of a record, and its size. */
export interface PageFields { readonly rows: number; readonly live: number; readonly minTime: number; readonly bytes: number }

export class PageList {
  readonly #memory = linearMemory();
  readonly #fields: PageFields;
  readonly #account: MemoryAccount;
  /** Bytes of each page by number; 0: the number is free. */
  #sizes: number[] = [];
  #capacity = 0;
  #count = 0;
  #bytes = 0;
  #records = 0;

  constructor(fields: PageFields, account: MemoryAccount) {
    this.#fields = fields;
    this.#account = account;
  }

  /** Address of the record of page 0; it may be another after `add`. */
  get records(): number { return this.#records; }
  /** Pages that there are. */
  get count(): number { return this.#count; }
  /** Of all pages. */
  get bytes(): number { return this.#bytes; }
  /** Above all numbers. */
  get end(): number { return this.#sizes.length; }

  /** Address of a page's record. */
  record(number: number): number { return this.#records + number * this.#fields.bytes; }
  /** Bytes of a page; 0: there is none. */
  sizeOf(number: number): number { return this.#sizes[number]!; }

  /** A page of `bytes`. Its record says where its rows are; the rest is the caller's. */
  add(bytes: number): { readonly number: number; readonly pointer: number } {
    let number = this.#sizes.indexOf(0);
    if (number < 0) number = this.#sizes.length;
    if (number >= this.#capacity) this.#grow();
    const pointer = this.#memory.allocate(bytes, this.#account);
    this.#sizes[number] = bytes;
    this.#count++;
    this.#bytes += bytes;
    this.#memory.u32[(this.record(number) + this.#fields.rows) >>> 2] = pointer;
    return { number, pointer };
  }

  /** Gives a page back. */
  free(number: number): void {
    const bytes = this.#sizes[number]!;
    this.#memory.free(this.#memory.u32[(this.record(number) + this.#fields.rows) >>> 2]!, bytes, this.#account);
    this.#sizes[number] = 0;
    this.#count--;
    this.#bytes -= bytes;
  }

  forEach(use: (number: number) => void): void {
    for (let number = 0; number < this.#sizes.length; number++) if (this.#sizes[number] !== 0) use(number);
  }

  isEmpty(number: number): boolean { return this.#live(number) === 0; }

  /** Pages in which a row's time may be at most `bound`, and how many rows live there. */
  upTo(bound: bigint): { readonly numbers: readonly number[]; readonly rows: number } {
    const numbers: number[] = [];
    let rows = 0;
    this.forEach(number => {
      if (this.#minTime(number) > bound) return;
      numbers.push(number);
      rows += this.#live(number);
    });
    return { numbers, rows };
  }

  /** A lower bound of the times of all rows; undefined where there is none. */
  minTime(): bigint | undefined {
    let least: bigint | undefined;
    this.forEach(number => {
      const time = this.#minTime(number);
      if (!this.isEmpty(number) && time !== NO_TIME && (least === undefined || time < least)) least = time;
    });
    return least;
  }

  /** Gives all pages back. */
  clear(): void {
    this.forEach(number => this.free(number));
    this.#sizes = [];
    if (this.#capacity > 0) this.#memory.free(this.#records, this.#capacity * this.#fields.bytes, this.#account);
    this.#capacity = 0;
  }

  #live(number: number): number { return this.#memory.u32[(this.record(number) + this.#fields.live) >>> 2]!; }
  #minTime(number: number): bigint { return this.#memory.i64[(this.record(number) + this.#fields.minTime) / 8]!; }

  #grow(): void {
    const { bytes } = this.#fields, memory = this.#memory, capacity = Math.max(16, 2 * this.#capacity), records = memory.allocate(capacity * bytes, this.#account);
    if (this.#capacity > 0) {
      memory.u8.copyWithin(records, this.#records, this.#records + this.#capacity * bytes);
      memory.free(this.#records, this.#capacity * bytes, this.#account);
    }
    this.#records = records;
    this.#capacity = capacity;
  }
}

/** What a record has where no row of the page has a time. */
const NO_TIME = 2n ** 63n - 1n;
