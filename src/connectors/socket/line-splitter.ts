/**
 * Lines out of chunks of bytes, ended as java.io.BufferedReader ends them: by LF, CR or CR LF. Bytes that aren't UTF-8
 * become U+FFFD. Of a line that is too long only the beginning is kept.
 */
const LF = 10, CR = 13;

export interface Line { readonly text: string; readonly bytes: number }
export interface LongLine { readonly start: Uint8Array; readonly bytes: number }

export class LineSplitter {
  readonly #maxBytes: number;
  readonly #keptBytes: number;
  /** The beginning of a line, in pieces. */
  #pieces: Buffer[] = [];
  #bytes = 0;
  #afterReturn = false;

  constructor(maxBytes: number, keptBytes: number) {
    this.#maxBytes = maxBytes;
    this.#keptBytes = keptBytes;
  }

  /** Bytes of a line that has not come to its end. */
  get heldBytes(): number { return this.#pieces.reduce((sum, piece) => sum + piece.length, 0); }

  push(chunk: Buffer, take: (line: Line | LongLine) => void): void {
    let from = 0;
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at];
      if (byte === LF && this.#afterReturn) from = at + 1;
      else if (byte === LF || byte === CR) {
        this.#add(chunk.subarray(from, at));
        this.end(take, true);
        from = at + 1;
      }
      this.#afterReturn = byte === CR;
    }
    // A copy: the chunk may be part of a larger buffer that would be held with it.
    if (from < chunk.length) this.#add(Buffer.from(chunk.subarray(from)));
  }

  /** The line is over; at the end of the input only if something of it is there. */
  end(take: (line: Line | LongLine) => void, hasEnd = false): void {
    if (!hasEnd && this.#bytes === 0) return;
    const start = this.#pieces.length === 1 ? this.#pieces[0]! : Buffer.concat(this.#pieces);
    take(this.#bytes > this.#maxBytes ? { start: Uint8Array.from(start.subarray(0, this.#keptBytes)), bytes: this.#bytes } : { text: start.toString("utf8"), bytes: this.#bytes });
    this.#pieces = [];
    this.#bytes = 0;
  }

  #add(piece: Buffer): void {
    this.#bytes += piece.length;
    if (this.#bytes <= this.#maxBytes) this.#pieces.push(piece);
    else if (this.heldBytes < this.#keptBytes) this.#pieces = [Buffer.concat([...this.#pieces, piece]).subarray(0, this.#keptBytes)];
    else if (this.heldBytes > this.#keptBytes) this.#pieces = [Buffer.from(Buffer.concat(this.#pieces).subarray(0, this.#keptBytes))];
  }
}
