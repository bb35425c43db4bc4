/**
 * Who may send: the bearer of a token, or whoever signs with a shared secret.
 *
 * A signature is the header `X-Millrace-Signature: t=<seconds>,v1=<hex>`: HMAC-SHA256 over the decimal seconds since
 * 1970, LF, the Idempotency-Key or nothing, LF, and the body. It holds for a window around its time. Whoever sends a copy
 * within it adds nothing: the key can't be changed, and without one the signature is the key. Comparisons take the same
 * time whatever they are given.
 */
import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { IngestError } from "./ingest-errors.ts";

export interface Credentials { readonly token: string | undefined; readonly hmac: string | undefined; readonly signatureWindowMicros: number }

export const SIGNATURE_HEADER = "x-millrace-signature";

/** @throws IngestError 401 */
export function checkToken(headers: IncomingHttpHeaders, { token }: Credentials): void {
  if (token === undefined) return;
  const given = /^Bearer +(\S+)$/i.exec(headers.authorization ?? "")?.[1];
  if (given === undefined) throw new IngestError(401, "MILLRACE_TOKEN_REQUIRED", "A token is needed.", { hint: "send Authorization: Bearer <token>" });
  if (!same(given, token)) throw new IngestError(401, "MILLRACE_TOKEN_WRONG", "The token is not the one of this route.");
}

/** The signature, if the route wants one. @throws IngestError 401 */
export function checkSignature(headers: IncomingHttpHeaders, key: string | undefined, body: Uint8Array, { hmac, signatureWindowMicros }: Credentials, nowMicros: number): string | undefined {
  if (hmac === undefined) return undefined;
  const header = headers[SIGNATURE_HEADER], parts = /^t=(\d{1,12}),v1=([0-9a-f]{64})$/.exec(typeof header === "string" ? header : "");
  if (parts === null) throw new IngestError(401, "MILLRACE_SIGNATURE_REQUIRED", "The body must be signed.", { hint: "send X-Millrace-Signature: t=<seconds>,v1=<HMAC-SHA256 in hex of seconds, LF, Idempotency-Key or nothing, LF, body>" });
  const [, seconds, signature] = parts as unknown as [string, string, string];
  const expected = hmacOf(body, hmac, seconds, key);
  if (!same(signature, expected)) throw new IngestError(401, "MILLRACE_SIGNATURE_WRONG", "The signature does not fit the body, its key and its time.");
  if (Math.abs(Number(seconds) * 1e6 - nowMicros) > signatureWindowMicros) throw new IngestError(401, "MILLRACE_SIGNATURE_EXPIRED", "The time of the signature is too far from now.", { hint: "sign each request when it is sent, and set the clock" });
  return `${seconds}.${signature}`;
}

/** What the header holds for a body, and for the Idempotency-Key that it is sent with. `seconds`: since 1970. */
export const signatureOf = (body: Uint8Array | string, secret: string, seconds: number, key?: string): string => `t=${seconds},v1=${hmacOf(body, secret, String(seconds), key)}`;

const hmacOf = (body: Uint8Array | string, secret: string, seconds: string, key = ""): string => createHmac("sha256", secret).update(`${seconds}\n${key}\n`).update(body).digest("hex");

const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
const same = (a: string, b: string): boolean => timingSafeEqual(digest(a), digest(b));
