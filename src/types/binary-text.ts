/** BINARY as text: the styles of `spark.sql.binaryOutputStyle` (Spark's ToStringBase), HEX_DISCRETE if nothing is said. */
import type { Cell } from "./cell.ts";

export const BINARY_STYLE = "spark.sql.binaryOutputStyle";

/** `[45 61]`, `4561`, `[69, 97]`, `RWE` or the bytes as UTF-8. */
export function binaryText(bytes: Uint8Array, style: string | undefined): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), digits = (): string => buffer.toString("hex").toUpperCase();
  switch (style?.toUpperCase()) {
    case "HEX": return digits();
    case "BASIC": return `[${buffer.join(", ")}]`;
    case "BASE64": return buffer.toString("base64").replace(/=+$/, "");
    case "UTF-8": return buffer.toString();
    default: return `[${(digits().match(/../g) ?? []).join(" ")}]`;
  }
}

/** The bytes of such a text; undefined: it is none. */
export function parseBinary(text: string, style: string | undefined): Cell | undefined {
  switch (style?.toUpperCase()) {
    case "UTF-8": return Uint8Array.from(Buffer.from(text));
    case "BASE64": return /^[A-Za-z0-9+/]*={0,2}$/.test(text) ? Uint8Array.from(Buffer.from(text, "base64")) : undefined;
    case "BASIC": {
      const numbers = text.replace(/^\[|\]$/g, "").split(",").map(part => part.trim()).filter(part => part !== "");
      return numbers.every(part => /^-?\d{1,3}$/.test(part)) ? Uint8Array.from(numbers, Number) : undefined;
    }
    default: {
      const digits = text.replace(/[[\] ]/g, "");
      return /^(?:[0-9a-fA-F]{2})*$/.test(digits) ? Uint8Array.from(Buffer.from(digits, "hex")) : undefined;
    }
  }
}
