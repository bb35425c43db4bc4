/**
 * Whole lines out of chunks: bytes of a file are read into one buffer in linear memory, lines that are complete are
 * handed out in place, and the beginning of the next line is carried over. A line longer than the limit costs no more
 * than the limit: its rest is counted and passed over.
 */
import { linearMemory, type MemoryAccount } from "../memory/linear-memory.ts";
import { RAW_BYTES } from "./format-reader.ts";

/** Lines `[from, to)` in linear memory, that end in a line terminator; `offset` is where they start in the input. */
export interface LineFrame { readonly kind: "lines"; readonly from: number; readonly to: number; readonly offset: number }
/** The beginning of a line that is too long; `length` counts all of it. */
export interface LongLine { readonly kind: "long"; readonly from: number; readonly to: number; readonly offset: number; readonly length: number }

const LF = 10, CR = 13;
/** Of a line end of one's own: blocks have room for it behind them. */
export const MAX_SEPARATOR_BYTES = 32;
/** With the spare bytes that each block has, a power of two. */
export const CHUNK_BYTES = 512 * 1024 - 64;

export class LineFramer {
  readonly #memory = linearMemory();
  readonly #maxLineBytes: number;
  readonly #chunkBytes: number;
  readonly #account: MemoryAccount | undefined;
  /** What ends lines, if not LF or CR, and how many bytes that is. */
  readonly #separator: Uint8Array | undefined;
  readonly #width: number;
  #base: number;
  #capacity: number;
  /** What is in the buffer and not handed out: [head, tail). No terminator before `scanned`. */
  #head: number;
  #tail: number;
  #scanned: number;
  /** Offset of `head` in the input. */
  #offset = 0;
  #ended = false;
  /** Of a line that is too long: where its kept beginning lies, and how many bytes of it were passed over. */
  #long: { readonly prefixBytes: number; length: number; readonly offset: number } | undefined;

  /** `separator`: what ends lines, its bytes as characters, at most MAX_SEPARATOR_BYTES; LF or CR if left out. */
  constructor(maxLineBytes: number, chunkBytes = CHUNK_BYTES, account?: MemoryAccount, separator?: string) {
    this.#separator = separator === undefined ? undefined : Buffer.from(separator, "latin1");
    this.#width = separator?.length ?? 1;
    this.#maxLineBytes = maxLineBytes;
    this.#chunkBytes = chunkBytes;
    this.#account = account;
    this.#capacity = chunkBytes;
    this.#base = this.#memory.allocate(this.#capacity, account);
    this.#head = this.#tail = this.#scanned = this.#base;
  }

  reset(offset: number): void {
    this.#head = this.#tail = this.#scanned = this.#base;
    this.#offset = offset;
    this.#ended = false;
    this.#long = undefined;
  }

  release(): void { this.#memory.free(this.#base, this.#capacity, this.#account); }

  /** Where the first line starts that was not handed out. */
  get offset(): number { return this.#long?.offset ?? this.#offset; }

  /** Room for the next bytes; what was handed out before is no longer valid. */
  space(): { pointer: number; length: number } {
    if (this.#long !== undefined) {
      // the kept beginning stays at the base, what comes behind it is thrown away when it has been looked at
      const from = this.#base + this.#long.prefixBytes;
      return { pointer: from, length: this.#base + this.#capacity - from };
    }
    const held = this.#tail - this.#head;
    if (this.#head !== this.#base) {
      this.#memory.u8.copyWithin(this.#base, this.#head, this.#tail);
      this.#scanned -= this.#head - this.#base;
      this.#head = this.#base;
      this.#tail = this.#base + held;
    }
    if (this.#capacity - held < this.#chunkBytes / 2) {
      const capacity = this.#capacity * 2, base = this.#memory.allocate(capacity, this.#account);
      this.#memory.u8.copyWithin(base, this.#base, this.#tail);
      this.#memory.free(this.#base, this.#capacity, this.#account);
      this.#scanned += base - this.#base;
      this.#base = this.#head = base;
      this.#tail = base + held;
      this.#capacity = capacity;
    }
    return { pointer: this.#tail, length: this.#base + this.#capacity - this.#tail };
  }

  filled(bytes: number): void {
    if (this.#long === undefined) { this.#tail += bytes; return; }
    const from = this.#base + this.#long.prefixBytes, to = from + bytes;
    const end = this.#firstTerminator(from, to);
    if (end < 0) { this.#long.length += bytes; return; }
    this.#long.length += end - from;
    this.#head = this.#scanned = end + this.#width;
    this.#tail = to;
  }

  /** No more bytes come. */
  end(): void { this.#ended = true; }

  next(): LineFrame | LongLine | undefined {
    if (this.#long !== undefined) {
      const long = this.#long;
      if (this.#tail <= this.#base + long.prefixBytes && !this.#ended) return undefined;
      this.#long = undefined;
      if (this.#tail <= this.#base + long.prefixBytes) this.#head = this.#tail = this.#scanned = this.#base + long.prefixBytes;
      this.#offset = long.offset + long.length + this.#width;
      return { kind: "long", from: this.#base, to: this.#base + long.prefixBytes, offset: long.offset, length: long.length };
    }
    let end = this.#lastTerminator(this.#scanned, this.#tail);
    if (end < 0) {
      // the beginning of a line end may be there already
      this.#scanned = Math.max(this.#head, this.#tail - this.#width + 1);
      if (this.#head === this.#tail) return undefined;
      if (!this.#ended) {
        if (this.#tail - this.#head > this.#maxLineBytes) this.#startLong();
        return undefined;
      }
      // the spare bytes behind a block leave room for the terminator
      if (this.#separator === undefined) this.#memory.u8[this.#tail] = LF; else this.#memory.u8.set(this.#separator, this.#tail);
      end = this.#tail;
      this.#tail += this.#width;
    }
    return end + this.#width - this.#head > this.#maxLineBytes ? this.#checkedLines(end) : this.#lines(end);
  }

  #lines(end: number): LineFrame {
    const next = end + this.#width, frame = { kind: "lines", from: this.#head, to: next, offset: this.#offset } as const;
    this.#offset += next - this.#head;
    this.#head = this.#scanned = next;
    return frame;
  }

  /** Lines up to the first that is too long, or that one. */
  #checkedLines(last: number): LineFrame | LongLine {
    let before = -1;
    for (let from = this.#head; from <= last;) {
      const end = this.#firstTerminator(from, last + this.#width);
      if (end - from > this.#maxLineBytes) {
        if (before >= 0) return this.#lines(before);
        const frame = { kind: "long", from, to: from + Math.min(end - from, RAW_BYTES), offset: this.#offset, length: end - from } as const;
        this.#lines(end);
        return frame;
      }
      before = end;
      from = end + this.#width;
    }
    return this.#lines(last);
  }

  #startLong(): void {
    const length = this.#tail - this.#head, prefixBytes = Math.min(length, RAW_BYTES, this.#chunkBytes / 2);
    this.#memory.u8.copyWithin(this.#base, this.#head, this.#head + prefixBytes);
    this.#long = { prefixBytes, length, offset: this.#offset };
    this.#head = this.#tail = this.#scanned = this.#base;
  }

  #firstTerminator(from: number, to: number): number {
    if (this.#separator !== undefined) {
      const at = this.#memory.bytes.subarray(from, to).indexOf(this.#separator);
      return at < 0 ? -1 : from + at;
    }
    const bytes = this.#memory.u8.subarray(from, to), lf = bytes.indexOf(LF);
    const cr = (lf < 0 ? bytes : bytes.subarray(0, lf)).indexOf(CR);
    return cr >= 0 ? from + cr : lf >= 0 ? from + lf : -1;
  }

  /** The last LF, or without any LF the last CR. */
  #lastTerminator(from: number, to: number): number {
    if (this.#separator !== undefined) {
      const at = this.#memory.bytes.subarray(from, to).lastIndexOf(this.#separator);
      return at < 0 ? -1 : from + at;
    }
    const bytes = this.#memory.u8.subarray(from, to), lf = bytes.lastIndexOf(LF);
    if (lf >= 0) return from + lf;
    const cr = bytes.lastIndexOf(CR);
    return cr >= 0 ? from + cr : -1;
  }
}
