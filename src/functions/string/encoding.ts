/** Texts and bytes in other writings: hexadecimal, base64, character sets, URLs, formats of numbers. */
import type { ScalarFunction, SqlSettings } from "../../plan/function.ts";
import type { Cell } from "../../types/cell.ts";
import { BINARY, STRING } from "../../types/data-type.ts";
import { AS, oneOf, uncast } from "../coercion.ts";
import { constantCell } from "../constant-argument.ts";
import { scalar, type ScalarSpec } from "../define.ts";
import { executionError, mismatch, nonFoldable } from "../errors.ts";

const fail = (name: string): Error => Object.assign(executionError("MILLRACE_INVALID_ARGUMENT", "22023", `${name}: the text can't be read.`));

/** Bytes of hexadecimal digits; an odd number of them has a zero in front. Null if there is another character. */
export function parseHex(text: string): Uint8Array | null {
  return /^[0-9a-fA-F]*$/.test(text) ? Buffer.from(text.length % 2 === 1 ? `0${text}` : text, "hex") : null;
}
/**
 * Bytes of base64 as MIME reads it: other characters are skipped. Null if the digits don't end with a group. `strict`: spaces may
 * stand between digits only, and what fills the last group is written in one piece or left out (Spark's UnBase64.isValidBase64).
 */
function parseBase64(text: string, strict: boolean): Uint8Array | null {
  const digits = strict ? text.replace(/\s/g, "") : text.replace(/[^A-Za-z0-9+/=]/g, "");
  if (strict && (/=.*[^=]/s.test(text) || !/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?$/.test(digits))) return null;
  const body = digits.replace(/=+$/, "");
  if (digits.length > body.length && digits.length % 4 !== 0 || digits.length - body.length > 2) return null;
  return body.length % 4 === 1 || body.includes("=") ? null : Buffer.from(body, "base64");
}

const CHARSETS = ["iso-8859-1", "us-ascii", "utf-16", "utf-16be", "utf-16le", "utf-32", "utf-8"];

/** What the settings of encode and decode say: `anyCharset`, those of Java too; `replaces`, what can't be written becomes `?` and what can't be read U+FFFD. */
export interface Coding { readonly anyCharset: boolean; readonly replaces: boolean }
export function codingOf({ conf }: SqlSettings): Coding {
  const isOn = (key: string): boolean => conf.get(key)?.toLowerCase() === "true";
  return { anyCharset: isOn("spark.sql.legacy.javaCharsets"), replaces: isOn("spark.sql.legacy.codingErrorAction") };
}

function charsetOf(name: string, functionName: string, { anyCharset }: Coding): string {
  const charset = name.toLowerCase();
  if (CHARSETS.includes(charset)) return charset;
  if (anyCharset && (charset === "latin1" || charset === "iso8859-1")) return "iso-8859-1";
  if (anyCharset && otherCharset(charset) !== undefined) return charset;
  throw executionError("INVALID_PARAMETER_VALUE.CHARSET", "22023", `The value of parameter(s) \`charset\` in \`${functionName}\` is invalid: expects one of the ${CHARSETS.join(", ")}, but got ${name}.`,
    { parameter: "`charset`", functionName: `\`${functionName}\``, charset: name, charsets: CHARSETS.join(", ") });
}
const malformed = (functionName: string, charset: string): Error => executionError("MALFORMED_CHARACTER_CODING", "22000", `Invalid value found when performing \`${functionName}\` with ${charset}`, { function: `\`${functionName}\``, charset });

const others = new Map<string, ReadonlyMap<string, Uint8Array> | undefined>();
/** The bytes of the letters of a character set of the platform that has one or two a letter; undefined: there is none of that name. */
function otherCharset(name: string): ReadonlyMap<string, Uint8Array> | undefined {
  if (others.has(name)) return others.get(name);
  let found: ReadonlyMap<string, Uint8Array> | undefined;
  try {
    const decoder = new TextDecoder(name), bytes = new Map<string, Uint8Array>(), put = (code: Uint8Array): void => {
      const text = decoder.decode(code);
      if (!text.includes("\ufffd") && Array.from(text).length === 1 && !bytes.has(text)) bytes.set(text, code);
    };
    for (let one = 0; one < 256; one++) put(Uint8Array.of(one));
    if (!/^(?:windows|iso|koi8|ibm|macintosh|x-mac)/.test(decoder.encoding)) for (let one = 128; one < 256; one++) for (let two = 0x40; two < 256; two++) put(Uint8Array.of(one, two));
    found = bytes;
  } catch {
    found = undefined;
  }
  others.set(name, found);
  return found;
}

function encode(text: string, name: string, coding: Coding): Uint8Array {
  const charset = charsetOf(name, "encode", coding);
  switch (charset) {
    case "utf-8": return Buffer.from(text);
    case "utf-16le": return Buffer.from(text, "utf16le");
    case "utf-16be": return Buffer.from(text, "utf16le").swap16();
    case "utf-16": return Buffer.concat([Buffer.from([0xfe, 0xff]), Buffer.from(text, "utf16le").swap16()]);
    case "utf-32": return Buffer.concat(Array.from(text, c => { const b = Buffer.alloc(4); b.writeUInt32BE(c.codePointAt(0)!); return b; }));
    default: {
      const limit = charset === "us-ascii" ? 127 : 255, bytes = charset === "us-ascii" || charset === "iso-8859-1" ? undefined : otherCharset(charset)!;
      return Buffer.concat(Array.from(text, c => {
        const code = bytes === undefined ? c.codePointAt(0)! <= limit ? Buffer.from(c, "latin1") : undefined : bytes.get(c);
        if (code === undefined && !coding.replaces) throw malformed("encode", name);
        return code ?? Buffer.from("?");
      }));
    }
  }
}
export function decode(bytes: Uint8Array, name: string, coding: Coding): string {
  const charset = charsetOf(name, "decode", coding), buffer = Buffer.from(bytes), fatal = !coding.replaces;
  try {
    switch (charset) {
      case "utf-8": return new TextDecoder("utf-8", { fatal, ignoreBOM: true }).decode(bytes);
      case "utf-16le": return new TextDecoder("utf-16le", { fatal, ignoreBOM: true }).decode(bytes);
      case "utf-16be": return new TextDecoder("utf-16be", { fatal, ignoreBOM: true }).decode(bytes);
      case "utf-16": return new TextDecoder(bytes[0] === 0xff && bytes[1] === 0xfe ? "utf-16le" : "utf-16be", { fatal }).decode(bytes);
      case "utf-32": {
        if (fatal && bytes.length % 4 !== 0) throw malformed("decode", name);
        return Array.from({ length: Math.ceil(bytes.length / 4) }, (_, i) => 4 * i + 4 > bytes.length ? "\ufffd" : String.fromCodePoint(buffer.readUInt32BE(4 * i))).join("");
      }
      case "us-ascii": if (fatal && bytes.some(b => b > 127)) throw malformed("decode", name); return buffer.toString("latin1").replace(/[\x80-\xff]/g, "\ufffd");
      case "iso-8859-1": return buffer.toString("latin1");
      default: return new TextDecoder(charset, { fatal }).decode(bytes);
    }
  } catch {
    throw malformed("decode", name);
  }
}

function toBinary(name: string, isTry: boolean, cases: ScalarSpec["cases"]): ScalarFunction {
  return scalar({
    name, usage: `${name}(str[, fmt])`, description: "Bytes of text written as hex, utf-8 or base64.", cases, params: [AS.string, AS.string], optional: 1, returns: BINARY, canRaise: !isTry,
    make: call => {
      const format = call.args.length === 1 ? "hex" : constantCell(call.args[1]!);
      if (format === undefined) throw nonFoldable(name, call.args, 1, "fmt", call.origin);
      if (format === null) return { row: () => null, nullable: true };
      if (typeof format !== "string" || !["hex", "utf-8", "utf8", "base64"].includes(format.toLowerCase())) {
        if (isTry) return { row: () => null, nullable: true };
        throw mismatch("INVALID_ARG_VALUE", "to_binary", call.args, "The `fmt` value must be 'hex', 'utf-8', 'utf8', or 'base64'.", { inputName: "fmt", inputValue: `'${String(format)}'`, requireType: "case-insensitive \"STRING\"", validValues: "'hex', 'utf-8', 'utf8', or 'base64'" }, call.origin);
      }
      return {
        nullable: isTry, row: ([text]): Cell => {
          const found = format.toLowerCase() === "hex" ? parseHex(text as string) : format.toLowerCase() === "base64" ? parseBase64(text as string, true) : Buffer.from(text as string);
          if (found !== null || isTry) return found;
          throw executionError("CONVERSION_INVALID_INPUT", "22018", `The value '${text as string}' (${format.toUpperCase()}) cannot be converted to "BINARY" because it is malformed.`, { str: `'${text as string}'`, fmt: `'${format.toUpperCase()}'`, targetType: "\"BINARY\"", suggestion: "`try_to_binary`" });
        },
      };
    },
  });
}

function urlDecode(text: string): string | null {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    if (/%(?![0-9a-fA-F]{2})/.test(text)) return null;
    // Bytes that are no UTF-8 are replaced.
    const bytes = text.replaceAll("+", " ").split(/((?:%[0-9a-fA-F]{2})+)/).map((part, i) => (i % 2 === 1 ? Buffer.from(part.replaceAll("%", ""), "hex") : Buffer.from(part)));
    return Buffer.concat(bytes).toString();
  }
}
const urlEncode = (text: string): string => encodeURIComponent(text).replace(/[!'()~]/g, c => `%${c.charCodeAt(0).toString(16).toUpperCase()}`).replaceAll("%20", "+");

const URL = /^(?:([A-Za-z][A-Za-z0-9+.-]*):)?(?:\/\/((?:([^@/?#]*)@)?(\[[^\]]*\]|[^:/?#]*)(?::(\d*))?))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/;
/** A part of a URL; undefined for text that is none. */
function urlPart(url: string, part: string, key: string | undefined): string | null | undefined {
  const parts = URL.exec(url);
  if (parts === null || /[\s<>"{}|\\^`]/.test(url)) return undefined;
  const [, protocol, authority, user, host, , path, query, ref] = parts as unknown as (string | undefined)[];
  if (key !== undefined && part !== "QUERY") return null;
  // An address of another kind, as of mail, has no parts but these.
  if (protocol !== undefined && authority === undefined && !(path ?? "").startsWith("/") && part !== "PROTOCOL" && part !== "REF") return null;
  switch (part) {
    case "HOST": return host === undefined || host === "" ? null : host;
    case "PATH": return path ?? "";
    case "QUERY": return key === undefined ? query ?? null : new RegExp(`(?:^|&)${key.replace(/[\^$\\.*+?()[\]{}|/]/g, "\\$&")}=([^&]*)`).exec(query ?? "")?.[1] ?? null;
    case "REF": return ref ?? null;
    case "PROTOCOL": return protocol ?? null;
    case "FILE": return query === undefined ? path ?? "" : `${path ?? ""}?${query}`;
    case "AUTHORITY": return authority === undefined || authority === "" ? null : authority;
    case "USERINFO": return user ?? null;
    default: return null;
  }
}
function parseUrl(name: string, isTry: boolean, cases: ScalarSpec["cases"]): ScalarFunction {
  return scalar({
    name, usage: `${name}(url, partToExtract[, key])`, description: "A part of a URL: HOST, PATH, QUERY, REF, PROTOCOL, FILE, AUTHORITY, USERINFO.", cases, params: [uncast(AS.string), uncast(AS.string), uncast(AS.string)], optional: 1, returns: STRING, nullable: true, canRaise: !isTry,
    row: ([url, part, key]) => {
      const found = urlPart(url as string, part as string, key as string | undefined);
      if (found === undefined && !isTry) throw executionError("INVALID_URL", "22P02", `The url is invalid: ${url as string}.`, { url: url as string });
      return found ?? null;
    },
  });
}

const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
function base32(bytes: Uint8Array): string {
  let bits = "", text = "";
  for (const b of bytes) bits += b.toString(2).padStart(8, "0");
  for (let i = 0; i < bits.length; i += 5) text += BASE32[parseInt(bits.slice(i, i + 5).padEnd(5, "0"), 2)];
  return text.padEnd(Math.ceil(text.length / 8) * 8, "=");
}
function fromBase32(text: string): Uint8Array {
  const bits = Array.from(text.toUpperCase(), c => { const at = BASE32.indexOf(c); return at < 0 ? "" : at.toString(2).padStart(5, "0"); }).join("");
  return Uint8Array.from({ length: Math.floor(bits.length / 8) }, (_, i) => parseInt(bits.slice(8 * i, 8 * i + 8), 2));
}

const hexOf = ([bytes]: readonly Cell[]): string => Buffer.from(bytes as Uint8Array).toString("hex").toUpperCase();

export const encodingFunctions: readonly ScalarFunction[] = [
  scalar({
    name: "hex", usage: "hex(expr)", description: "Hexadecimal digits of a whole number, of text or of bytes.", cases: [["hex(17)", "11"], ["hex('Spark SQL')", "537061726B2053514C"], ["hex(-1)", "FFFFFFFFFFFFFFFF"]], params: [oneOf(AS.bigint, AS.binary, AS.string)], returns: STRING,
    make: call => (call.types[0]!.kind === "bigint" ? { row: ([n]) => BigInt.asUintN(64, n as bigint).toString(16).toUpperCase() } : { row: hexOf, ...(call.types[0]!.kind === "string" && { ofBytes: { type: STRING, row: hexOf } }) }),
  }),
  scalar({ name: "unhex", usage: "unhex(expr)", description: "Bytes of hexadecimal digits; null if there is another character.", cases: [["unhex('537061726B')", "Spark"]], params: [AS.string], returns: BINARY, nullable: true, row: ([s]) => parseHex(s as string) }),
  scalar({ name: "base64", usage: "base64(bin)", description: "Base64 of bytes.", cases: [["base64('Spark SQL')", "U3BhcmsgU1FM"]], params: [AS.binary], returns: STRING, row: ([b]) => Buffer.from(b as Uint8Array).toString("base64") }),
  scalar({ name: "unbase64", usage: "unbase64(str)", description: "Bytes of base64.", cases: [["unbase64('U3BhcmsgU1FM')", "Spark SQL"]], params: [AS.string], returns: BINARY, canRaise: true, row: ([s]) => { const found = parseBase64(s as string, false); if (found === null) throw fail("unbase64"); return found; } }),
  scalar({ name: "to_base32", usage: "to_base32(bin)", description: "Base32 of bytes.", cases: [["to_base32('hello')", "NBSWY3DP"]], params: [AS.binary], returns: STRING, row: ([b]) => base32(b as Uint8Array) }),
  scalar({ name: "from_base32", usage: "from_base32(str)", description: "Bytes of base32.", cases: [["from_base32('NBSWY3DP')", "hello"]], params: [AS.string], returns: BINARY, canRaise: true, row: ([s]) => fromBase32(s as string) }),
  scalar({ name: "encode", usage: "encode(str, charset)", description: "Bytes of text in a character set.", cases: [["encode('abc', 'utf-8')", "abc"]], params: [AS.string, AS.string], returns: BINARY, canRaise: true, make: ({ settings }) => { const coding = codingOf(settings); return { row: ([s, c]) => encode(s as string, c as string, coding) }; } }),
  toBinary("to_binary", false, [["to_binary('abc', 'utf-8')", "abc"]]), toBinary("try_to_binary", true, [["try_to_binary('a!', 'base64')", "NULL"]]),
  scalar({ name: "url_encode", usage: "url_encode(str)", description: "Text as it stands in a URL's query.", cases: [["url_encode('https://spark.apache.org')", "https%3A%2F%2Fspark.apache.org"]], params: [AS.string], returns: STRING, row: ([s]) => urlEncode(s as string) }),
  scalar({
    name: "url_decode", usage: "url_decode(str)", description: "Text of a URL's query.", cases: [["url_decode('https%3A%2F%2Fspark.apache.org')", "https://spark.apache.org"]], params: [AS.string], returns: STRING, canRaise: true,
    row: ([s]) => { const found = urlDecode(s as string); if (found === null) throw executionError("CANNOT_DECODE_URL", "22546", `The provided URL cannot be decoded: ${s as string}.`, { url: s as string }); return found; },
  }),
  scalar({ name: "try_url_decode", usage: "try_url_decode(str)", description: "As url_decode; null where it fails.", cases: [["try_url_decode('%zz')", "NULL"]], params: [AS.string], returns: STRING, nullable: true, row: ([s]) => urlDecode(s as string) }),
  parseUrl("parse_url", false, [["parse_url('http://spark.apache.org/path?query=1', 'HOST')", "spark.apache.org"], ["parse_url('http://spark.apache.org/path?query=1', 'QUERY', 'query')", "1"]]), parseUrl("try_parse_url", true, []),
];
