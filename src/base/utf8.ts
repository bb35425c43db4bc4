/** UTF-8 of JavaScript strings without a byte array for each: most are short and ASCII. A surrogate that stands alone becomes U+FFFD. */

/** Up to here a loop is faster than the call that does any length. */
const SHORT = 24;

/** Writes `text` at `at`, where three bytes a UTF-16 unit must have room, and gives the number of bytes. */
export function writeUtf8(text: string, bytes: Buffer, at: number): number {
  const length = text.length;
  if (length > SHORT) return bytes.write(text, at, "utf8");
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    if (code > 127) return bytes.write(text, at, "utf8");
    bytes[at + i] = code;
  }
  return length;
}

/** Bytes that `text` takes. */
export const utf8Length = (text: string): number => Buffer.byteLength(text, "utf8");
