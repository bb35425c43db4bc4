/** Hashes and checksums. */
import { createHmac, hash as digestOf } from "node:crypto";
import { crc32 } from "node:zlib";
import type { Binding, ScalarFunction } from "../../plan/function.ts";
import type { Cell } from "../../types/cell.ts";
import { BIGINT, INT, STRING, type DataType } from "../../types/data-type.ts";
import { AS } from "../coercion.ts";
import { custom, scalar, type ScalarSpec } from "../define.ts";
import { invalidParameter, mismatch, wrongNumberOfArguments } from "../errors.ts";
import { hashVector } from "../math/number-vectors.ts";
import { murmurHash, xxHash64 } from "./murmur.ts";

const HMACS = ["SHA-224", "SHA-256", "SHA-384", "SHA-512", "SHA-1", "MD5"];
const hasMap = (type: DataType): boolean => type.kind === "map" || (type.kind === "array" && hasMap(type.element)) || (type.kind === "struct" && type.fields.some(f => hasMap(f.type)));

function hashOf(name: string, type: DataType, hash: (types: readonly DataType[], cells: readonly Cell[]) => Cell, description: string, cases: ScalarSpec["cases"]): ScalarFunction {
  return custom({
    name, usage: `${name}(expr1, ...)`, description, cases,
    bind: (args, _settings, origin): Binding => {
      if (args.length === 0) throw wrongNumberOfArguments(name, 0, "> 0", origin);
      const types = args.map(arg => arg.type);
      if (types.some(hasMap)) throw mismatch("HASH_MAP_TYPE", name, args, `Input to the function \`${name}\` cannot contain elements of the "MAP" type.`, { functionName: `\`${name}\`` }, origin);
      const vector = hashVector(types, type.kind === "bigint");
      return { type, nullAware: true, nullable: false, ...(vector && { vector }), row: cells => hash(types, cells) };
    },
  });
}

const digest = (name: string, algorithm: string, aliases: readonly string[], cases: ScalarSpec["cases"]): ScalarFunction => scalar({
  name, aliases, usage: `${name}(expr)`, description: `The ${algorithm.toUpperCase()} checksum in hexadecimal digits.`, cases, params: [AS.binary], returns: STRING, row: ([b]) => digestOf(algorithm, b as Uint8Array, "hex"),
});
const SHA2: Readonly<Record<number, string>> = { 0: "sha256", 224: "sha224", 256: "sha256", 384: "sha384", 512: "sha512" };

export const hashFunctions: readonly ScalarFunction[] = [
  hashOf("hash", INT, murmurHash, "A 32-bit hash (Murmur3) of the values; nulls don't count.", [["hash('Spark', array(123), 2)", "-1321691492"]]),
  hashOf("xxhash64", BIGINT, xxHash64, "A 64-bit hash (XXH64) of the values; nulls don't count.", [["xxhash64('Spark', array(123), 2)", "5602566077635097486"]]),
  digest("md5", "md5", [], [["md5('Spark')", "8cde774d6f7333752ed72cacddb05126"]]),
  digest("sha1", "sha1", ["sha"], [["sha1('Spark')", "85f5955f4b27a9a4c2aab6ffe5d7189fc298b92c"]]),
  scalar({
    name: "sha2", usage: "sha2(expr, bitLength)", description: "The SHA-2 checksum of 224, 256, 384 or 512 bits in hexadecimal digits; null for other lengths.", cases: [["sha2('Spark', 256)", "529bc3b07127ecb7e53a4dcf1991d9152c24537d919178022b2c42657f79a26b"]], params: [AS.binary, AS.int], returns: STRING, nullable: true,
    row: ([b, bits]) => { const algorithm = SHA2[bits as number]; return algorithm === undefined ? null : digestOf(algorithm, b as Uint8Array, "hex"); },
  }),
  scalar({ name: "crc32", usage: "crc32(expr)", description: "The cyclic redundancy check.", cases: [["crc32('Spark')", "1557323817"]], params: [AS.binary], returns: BIGINT, row: ([b]) => BigInt(crc32(b as Uint8Array)) }),
  scalar({
    name: "hmac", usage: "hmac(key, message[, algorithm])", description: "A keyed hash of a message.", cases: [], params: [AS.binary, AS.binary, AS.string], optional: 1, returns: { kind: "binary" }, canRaise: true,
    row: ([key, message, algorithm]) => {
      const name = ((algorithm as string | undefined) ?? "SHA-256").toUpperCase(), digest = HMACS.find(known => name === known || name === known.replace("-", ""));
      if (digest === undefined) throw invalidParameter("HMAC_ALGORITHM", "hmac", "algorithm", `expects one of the algorithms ${HMACS.map(known => `'${known}'`).join(", ")}, but got ${String(algorithm)}.`);
      if ((key as Uint8Array).length === 0) throw invalidParameter("HMAC_CRYPTO_ERROR", "hmac", "key", "detail message: Empty key", { detailMessage: "Empty key" });
      return createHmac(digest.replace("-", "").toLowerCase(), key as Uint8Array).update(message as Uint8Array).digest();
    },
  }),
];
