/** Encryption of bytes by AES. */
import { createCipheriv, createDecipheriv, randomBytes, type CipherGCM, type DecipherGCM } from "node:crypto";
import { AnalysisError } from "../../base/errors.ts";
import type { ScalarFunction } from "../../plan/function.ts";
import type { Cell } from "../../types/cell.ts";
import { BINARY } from "../../types/data-type.ts";
import { AS } from "../coercion.ts";
import { scalar } from "../define.ts";
import { executionError } from "../errors.ts";

const TAG_BYTES = 16;

function algorithmOf(name: string, key: Uint8Array, mode: string, padding: string): { readonly algorithm: string; readonly mode: string; readonly ivBytes: number } {
  if (![16, 24, 32].includes(key.length)) {
    throw executionError("INVALID_PARAMETER_VALUE.AES_KEY_LENGTH", "22023", `The value of parameter(s) \`key\` in \`${name}\` is invalid: expects a binary value with 16, 24 or 32 bytes, but got ${key.length} bytes.`, { parameter: "`key`", functionName: `\`${name}\``, actualLength: String(key.length) });
  }
  const upper = mode.toUpperCase(), pad = padding.toUpperCase();
  const known = (upper === "GCM" && (pad === "DEFAULT" || pad === "NONE")) || ((upper === "ECB" || upper === "CBC") && (pad === "DEFAULT" || pad === "PKCS"));
  if (!known) throw executionError("UNSUPPORTED_FEATURE.AES_MODE", "0A000", `The feature is not supported: AES-${mode} with the padding ${padding} by the \`${name}\` function.`, { mode, padding, functionName: `\`${name}\`` });
  return { algorithm: `aes-${8 * key.length}-${upper.toLowerCase()}`, mode: upper, ivBytes: upper === "GCM" ? 12 : upper === "CBC" ? 16 : 0 };
}

function encrypt(args: readonly Cell[]): Uint8Array {
  const [input, key, mode = "GCM", padding = "DEFAULT", given, aad] = args as [Uint8Array, Uint8Array, string | undefined, string | undefined, Uint8Array | undefined, Uint8Array | undefined];
  const { algorithm, mode: upper, ivBytes } = algorithmOf("aes_encrypt", key, mode, padding), iv = given === undefined || given.length === 0 ? randomBytes(ivBytes) : given;
  if (iv.length !== ivBytes) throw executionError("INVALID_PARAMETER_VALUE.AES_IV_LENGTH", "22023", `Supports ${ivBytes}-byte initialization vectors, but got ${iv.length} bytes.`, { mode: upper, parameter: "`iv`", functionName: "`aes_encrypt`", actualLength: String(iv.length) });
  const cipher = createCipheriv(algorithm, key, ivBytes === 0 ? null : iv);
  if (upper === "GCM" && aad !== undefined) (cipher as CipherGCM).setAAD(aad);
  const body = Buffer.concat([cipher.update(input), cipher.final()]);
  return Buffer.concat([ivBytes === 0 ? new Uint8Array(0) : iv, body, upper === "GCM" ? (cipher as CipherGCM).getAuthTag() : new Uint8Array(0)]);
}

function decrypt(args: readonly Cell[]): Uint8Array {
  const [input, key, mode = "GCM", padding = "DEFAULT", aad] = args as [Uint8Array, Uint8Array, string | undefined, string | undefined, Uint8Array | undefined];
  const { algorithm, mode: upper, ivBytes } = algorithmOf("aes_decrypt", key, mode, padding);
  try {
    const decipher = createDecipheriv(algorithm, key, ivBytes === 0 ? null : input.subarray(0, ivBytes)), tag = upper === "GCM" ? TAG_BYTES : 0;
    if (upper === "GCM") {
      if (aad !== undefined) (decipher as DecipherGCM).setAAD(aad);
      (decipher as DecipherGCM).setAuthTag(input.subarray(input.length - tag));
    }
    return Buffer.concat([decipher.update(input.subarray(ivBytes, input.length - tag)), decipher.final()]);
  } catch (error) {
    const detailMessage = error instanceof Error ? error.message : String(error);
    throw executionError("INVALID_PARAMETER_VALUE.AES_CRYPTO_ERROR", "22023", `The value of parameter(s) \`expr\`, \`key\` in \`aes_decrypt\` is invalid: ${detailMessage}`, { parameter: "`expr`, `key`", functionName: "`aes_decrypt`", detailMessage });
  }
}

const decryption = (name: string, isTry: boolean): ScalarFunction => scalar({
  name, usage: `${name}(expr, key[, mode[, padding[, aad]]])`, description: "Bytes that aes_encrypt made unreadable.", cases: [[`CAST(${name}(aes_encrypt('Spark', '0000111122223333'), '0000111122223333') AS STRING)`, "Spark"]],
  params: [AS.binary, AS.binary, AS.string, AS.string, AS.binary], optional: 3, returns: BINARY, nullable: isTry, canRaise: !isTry,
  row: args => {
    try {
      return decrypt(args);
    } catch (error) {
      if (isTry && !(error instanceof AnalysisError)) return null;
      throw error;
    }
  },
});

export const aesFunctions: readonly ScalarFunction[] = [
  scalar({
    name: "aes_encrypt", usage: "aes_encrypt(expr, key[, mode[, padding[, iv[, aad]]]])", description: "Bytes encrypted with a key of 16, 24 or 32 bytes; GCM by default, with the initialization vector in front.", cases: [["hex(aes_encrypt('Spark', '0000111122223333', 'ECB'))", "348FF37EBDE05B7880BA339068FBDA5E"]],
    params: [AS.binary, AS.binary, AS.string, AS.string, AS.binary, AS.binary], optional: 4, returns: BINARY, canRaise: true, deterministic: false, row: encrypt,
  }),
  decryption("aes_decrypt", false), decryption("try_aes_decrypt", true),
];
