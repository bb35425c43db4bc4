/** Character sets of text files other than UTF-8: their bytes are turned into UTF-8 in front of a format's reader. */
import { AnalysisError } from "../base/errors.ts";
import { optionOf, type FormatOptions } from "./options.ts";

/** The character sets that Spark knows. */
const CHARSETS = ["iso-8859-1", "us-ascii", "utf-16", "utf-16be", "utf-16le", "utf-32", "utf-8"] as const;
type Charset = typeof CHARSETS[number];

/** Turns bytes into those of UTF-8; a character may be cut between two calls. */
export interface Transcoder { write(bytes: Uint8Array): Uint8Array; finish(): Uint8Array }

/** Undefined for UTF-8. @throws AnalysisError INVALID_PARAMETER_VALUE.CHARSET */
export function transcoderOf(options: FormatOptions): (() => Transcoder) | undefined {
  const charset = charsetOf(options);
  switch (charset) {
    case "utf-8": return undefined;
    case "iso-8859-1": return () => ({ write: bytes => Buffer.from(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1"), "utf8"), finish: () => new Uint8Array(0) });
    case "us-ascii": return () => ({ write: bytes => Buffer.from(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1").replace(/[\u0080-\u00ff]/g, "\ufffd"), "utf8"), finish: () => new Uint8Array(0) });
    case "utf-32": return () => utf32();
    default: return () => utf16(charset);
  }
}

/** For documents of JSON whose character set nobody named: their first four bytes tell it. */
export function detectingTranscoder(): Transcoder {
  let head = Buffer.alloc(0), inner: Transcoder | "none" | undefined;
  const decide = (): Transcoder | "none" => {
    const zeros = [0, 1, 2, 3].map(i => (i < head.length && head[i] === 0 ? "0" : "x")).join(""), mark = head.subarray(0, 2).toString("hex");
    if (zeros === "000x" || zeros === "x000" || zeros === "00xx" || mark === "fffe" && zeros === "xx00") return utf32(zeros.startsWith("x"));
    if (mark === "fffe" || mark === "feff") return utf16("utf-16");
    return zeros.startsWith("0x") ? utf16("utf-16be") : zeros.startsWith("x0") ? utf16("utf-16le") : "none";
  };
  const pass = (bytes: Uint8Array): Uint8Array => (inner === "none" ? bytes : (inner as Transcoder).write(bytes));
  return {
    write(bytes) {
      if (inner !== undefined) return pass(bytes);
      head = Buffer.concat([head, bytes]);
      if (head.length < 4) return new Uint8Array(0);
      inner = decide();
      return pass(head);
    },
    finish() {
      if (inner === undefined) {
        inner = decide();
        return Buffer.concat([pass(head), inner === "none" ? new Uint8Array(0) : inner.finish()]);
      }
      return inner === "none" ? new Uint8Array(0) : inner.finish();
    },
  };
}

export function charsetOf(options: FormatOptions): Charset {
  const given = optionOf(options, "encoding") ?? optionOf(options, "charset") ?? "utf-8", name = given.toLowerCase().replace(/^utf(?=\d)/, "utf-").replace(/^(?:latin1|iso8859-1|iso_8859_1)$/, "iso-8859-1");
  if ((CHARSETS as readonly string[]).includes(name)) return name as Charset;
  throw new AnalysisError({
    condition: "INVALID_PARAMETER_VALUE.CHARSET", sqlState: "22023", message: `The value of parameter(s) \`charset\` is invalid: expects one of the ${CHARSETS.join(", ")}, but got ${given}.`,
    messageParameters: { parameter: "`charset`", charset: given, charsets: CHARSETS.join(", ") },
  });
}

/** Text in the character set of the option `encoding`; `isFirst`: what a file begins with, even if it is empty. */
export function textEncoderOf(options: FormatOptions): (text: string, isFirst: boolean) => Uint8Array {
  const charset = charsetOf(options);
  const bigEndian = (text: string): Buffer => Buffer.from(text, "utf16le").swap16();
  switch (charset) {
    case "utf-8": return text => Buffer.from(text);
    case "iso-8859-1": return text => Buffer.from(text.replace(/[^\u0000-\u00ff]/gu, "?"), "latin1");
    case "us-ascii": return text => Buffer.from(text.replace(/[^\u0000-\u007f]/gu, "?"), "latin1");
    case "utf-16le": return text => Buffer.from(text, "utf16le");
    case "utf-16be": return bigEndian;
    case "utf-16": return (text, isFirst) => bigEndian(isFirst ? `\ufeff${text}` : text);
    case "utf-32": return text => {
      const codes = Array.from(text, c => c.codePointAt(0)!), bytes = Buffer.alloc(4 * codes.length);
      codes.forEach((code, i) => bytes.writeUInt32BE(code, 4 * i));
      return bytes;
    };
  }
}

/** Without a byte order in its name, the first two bytes say it; big end first, if they don't. */
function utf16(charset: Charset): Transcoder {
  let decoder = charset === "utf-16" ? undefined : new TextDecoder(charset), head = new Uint8Array(0);
  const encoder = new TextEncoder();
  return {
    write(bytes) {
      if (decoder === undefined) {
        head = Buffer.concat([head, bytes]);
        if (head.length < 2) return new Uint8Array(0);
        decoder = new TextDecoder(head[0] === 0xff && head[1] === 0xfe ? "utf-16le" : "utf-16be");
        return encoder.encode(decoder.decode(head, { stream: true }));
      }
      return encoder.encode(decoder.decode(bytes, { stream: true }));
    },
    finish: () => encoder.encode((decoder ?? new TextDecoder("utf-16be")).decode(decoder === undefined ? head : new Uint8Array(0))),
  };
}

function utf32(littleEnd?: boolean): Transcoder {
  let rest = Buffer.alloc(0), isLittle = littleEnd, isStart = true;
  return {
    write(bytes) {
      const all = Buffer.concat([rest, bytes]), whole = all.length - all.length % 4;
      let text = "", at = 0;
      if (isStart && whole >= 4) {
        isStart = false;
        isLittle ??= all.readUInt32LE(0) === 0xfeff;
        if ((isLittle ? all.readUInt32LE(0) : all.readUInt32BE(0)) === 0xfeff) at = 4;
      }
      for (; at < whole; at += 4) {
        const code = isLittle === true ? all.readUInt32LE(at) : all.readUInt32BE(at);
        text += code > 0x10ffff || code >= 0xd800 && code < 0xe000 ? "\ufffd" : String.fromCodePoint(code);
      }
      rest = Buffer.from(all.subarray(whole));
      return Buffer.from(text, "utf8");
    },
    finish: () => (rest.length === 0 ? new Uint8Array(0) : Buffer.from("\ufffd", "utf8")),
  };
}
