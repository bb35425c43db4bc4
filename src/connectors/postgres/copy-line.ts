/** A line of COPY's text form: fields with tabs between, \\N for null, escapes behind backslashes. */

export const LINE_FEED = 10;
const TAB = 9, BACKSLASH = 0x5c;
const LETTERS: Readonly<Record<number, number>> = { 0x62: 8, 0x74: 9, 0x6e: 10, 0x76: 11, 0x66: 12, 0x72: 13 };

/** Takes the values of a column, one after the other. The bytes are valid until the call returns. */
export interface FieldReceiver { text(bytes: Buffer, from: number, to: number): void; null(): void }

export class CopyLine {
  #scratch = Buffer.allocUnsafeSlow(256);

  /** Fills one row of the columns from bytes [from, end), which is the line without its line feed. */
  read(columns: readonly FieldReceiver[], bytes: Buffer, from: number, end: number): void {
    let start = from;
    for (const column of columns) {
      let to = start, escapes = 0;
      for (let byte; to < end && (byte = bytes[to]!) !== TAB; to++) if (byte === BACKSLASH) { escapes++; to++; }
      if (escapes === 0) column.text(bytes, start, to);
      else if (to - start === 2 && bytes[start + 1] === 0x4e) column.null();
      else column.text(this.#scratch, 0, this.#unescape(bytes, start, to));
      start = to + 1;
    }
  }

  /** @returns the length of the value in the scratch */
  #unescape(bytes: Buffer, from: number, to: number): number {
    if (this.#scratch.length < to - from) this.#scratch = Buffer.allocUnsafeSlow(2 * (to - from));
    let length = 0;
    for (let at = from; at < to; at++) {
      let byte = bytes[at]!;
      if (byte === BACKSLASH) {
        byte = bytes[++at]!;
        byte = LETTERS[byte] ?? byte;
      }
      this.#scratch[length++] = byte;
    }
    return length;
  }
}
