/** The bytes of a column chunk, read from the file in pieces that lie in linear memory. */
import { linearMemory } from "../../memory/linear-memory.ts";
import type { FileBytes } from "../file-format.ts";
import { Malformed } from "./thrift.ts";

/** Bytes that are read at once. */
const PIECE_BYTES = 512 * 1024;

export class ChunkBytes {
  readonly #file: FileBytes;
  readonly #end: number;
  /** The next byte that wasn't taken. */
  #at: number;
  #piece: Uint8Array;
  #pieceAt: number;
  /** Of this object, for pieces. */
  #block = 0;
  #blockBytes = 0;

  /** `piece`: bytes of the file from `offset` on that were read already, in linear memory. @throws Malformed for bytes outside the file */
  constructor(file: FileBytes, offset: number, bytes: number, piece: Uint8Array = linearMemory().u8.subarray(0, 0)) {
    if (offset + bytes > file.size) throw new Malformed("a column chunk passes the end of the file");
    this.#file = file;
    this.#at = this.#pieceAt = offset;
    this.#end = offset + bytes;
    this.#piece = piece;
  }

  get left(): number { return this.#end - this.#at; }

  /** The next bytes, as many of `length` as there are, in linear memory until the next peek; they stay the next. Undefined: they must be read first. */
  peek(length: number): Uint8Array | undefined {
    const wanted = Math.min(length, this.left), from = this.#at - this.#pieceAt;
    return from + wanted > this.#piece.length ? undefined : this.#piece.subarray(from, from + wanted);
  }

  /** Reads so that so many bytes can be peeked at. */
  async fill(length: number): Promise<void> {
    const memory = linearMemory(), bytes = Math.min(this.left, Math.max(length, PIECE_BYTES));
    if (bytes > this.#blockBytes) {
      this.release();
      this.#block = memory.allocate(bytes);
      this.#blockBytes = bytes;
    }
    this.#piece = await this.#file.read(this.#at, bytes, memory.u8.subarray(this.#block, this.#block + bytes));
    this.#pieceAt = this.#at;
  }

  skip(bytes: number): void { this.#at += bytes; }

  release(): void {
    if (this.#blockBytes > 0) linearMemory().free(this.#block, this.#blockBytes);
    this.#blockBytes = 0;
    this.#piece = linearMemory().u8.subarray(0, 0);
  }
}
