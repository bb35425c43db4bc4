/** Cuts the bytes of a file into pieces of whole lines, holding no more than a line. */

/** Of a longer line only the beginning is given. */
const MAX_LINE_BYTES = 64 << 20;

export class LinePieces {
  readonly #separator: Uint8Array | undefined;
  #held: Uint8Array[] = [];
  #bytes = 0;
  /** In a line of which enough was given. */
  #isPassing = false;

  /** `separator`: what ends lines; LF, CR or both if left out. */
  constructor(separator: string | undefined) { this.#separator = separator === undefined ? undefined : Buffer.from(separator); }

  /** The lines that end in these bytes, with what was held in front; undefined: none does. What is held is copied. */
  add(bytes: Uint8Array): Uint8Array | undefined {
    const chunk = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), end = this.#endOf(chunk, "lastIndexOf");
    const from = this.#isPassing ? this.#endOf(chunk, "indexOf") : 0;
    if (this.#isPassing && end === 0) return undefined;
    this.#isPassing = false;
    const whole = end > from ? Buffer.concat([...this.#held, chunk.subarray(from, end)]) : undefined;
    if (end > 0) this.#clear();
    if (end < chunk.length) {
      this.#held.push(bytes.slice(end));
      this.#bytes += bytes.length - end;
    }
    if (whole !== undefined || this.#bytes <= MAX_LINE_BYTES) return whole;
    this.#isPassing = true;
    return this.rest();
  }

  /** What is left at the end. */
  rest(): Uint8Array | undefined {
    const rest = this.#bytes === 0 ? undefined : Buffer.concat(this.#held);
    this.#clear();
    return rest;
  }

  #clear(): void {
    this.#held = [];
    this.#bytes = 0;
  }

  /** Behind the first or the last line end; 0 if there is none. A separator that lies in two chunks is found at the next. */
  #endOf(chunk: Buffer, find: "indexOf" | "lastIndexOf"): number {
    if (this.#separator !== undefined) {
      const at = chunk[find](this.#separator);
      return at < 0 ? 0 : at + this.#separator.length;
    }
    const lf = chunk[find](10);
    return (lf < 0 ? chunk[find](13) : lf) + 1;
  }
}
