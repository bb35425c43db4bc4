/** The bytes of a column chunk, read from the file in pieces. */
import type { FileBytes } from "../file-format.ts";
import { Malformed } from "./thrift.ts";

/** Bytes that are read at once. */
const PIECE_BYTES = 1 << 20;

export class ChunkBytes {
  readonly #file: FileBytes;
  readonly #end: number;
  /** The next byte that wasn't taken. */
  #at: number;
  #piece: Uint8Array;
  #pieceAt: number;

  /** `piece`: bytes of the file from `offset` on that were read already. @throws Malformed for bytes outside the file */
  constructor(file: FileBytes, offset: number, bytes: number, piece: Uint8Array = new Uint8Array(0)) {
    if (offset + bytes > file.size) throw new Malformed("a column chunk passes the end of the file");
    this.#file = file;
    this.#at = this.#pieceAt = offset;
    this.#end = offset + bytes;
    this.#piece = piece;
  }

  get left(): number { return this.#end - this.#at; }

  /** The next bytes, as many of `length` as there are; they stay the next. */
  async peek(length: number): Promise<Uint8Array> {
    const wanted = Math.min(length, this.left);
    if (this.#at + wanted > this.#pieceAt + this.#piece.length) {
      this.#piece = await this.#file.read(this.#at, Math.min(this.left, Math.max(wanted, PIECE_BYTES)));
      this.#pieceAt = this.#at;
    }
    const from = this.#at - this.#pieceAt;
    return this.#piece.subarray(from, from + wanted);
  }

  skip(bytes: number): void { this.#at += bytes; }
}
