/** Bodies that came packed (RFC 9110, 8.4.1): what they hold, up to a bound, so that a small body can't fill the memory. */
import { promisify } from "node:util";
import { brotliDecompress, gunzip, inflate, inflateRaw, zstdDecompress } from "node:zlib";
import { IngestError } from "./ingest-errors.ts";

type Unpack = (body: Uint8Array, options: { readonly maxOutputLength: number }) => Promise<Buffer>;

const inflated = promisify(inflate) as Unpack, inflatedRaw = promisify(inflateRaw) as Unpack;
const UNPACKERS: Readonly<Record<string, Unpack>> = {
  gzip: promisify(gunzip) as Unpack, "x-gzip": promisify(gunzip) as Unpack, br: promisify(brotliDecompress) as Unpack, zstd: promisify(zstdDecompress) as Unpack,
  // By the standard a zlib stream; some senders leave its two bytes out.
  deflate: (body, options) => ((body[0]! & 0x0f) === 8 && (body[0]! * 256 + body[1]!) % 31 === 0 ? inflated : inflatedRaw)(body, options),
};

/** What a 415 says is taken (RFC 9110, 12.5.3). */
export const TAKEN_ENCODINGS = "gzip, deflate, br, zstd";

/** How to unpack a body of this Content-Encoding; undefined: it comes as it is. @throws IngestError 415, before the body is read */
export function unpackerOf(encoding: string | undefined): ((body: Buffer, maxBytes: number) => Promise<Buffer>) | undefined {
  const name = (encoding ?? "identity").trim().toLowerCase();
  if (name === "identity" || name === "") return undefined;
  const unpack = Object.hasOwn(UNPACKERS, name) ? UNPACKERS[name]! : undefined;
  if (unpack === undefined) throw new IngestError(415, "MILLRACE_UNSUPPORTED_ENCODING", `Bodies encoded as ${encoding} are not taken.`, { hint: `one of ${TAKEN_ENCODINGS}, or the body as it is` });
  return async (body, maxBytes) => {
    if (body.length === 0) return body;
    try {
      return await unpack(body, { maxOutputLength: maxBytes });
    } catch (error) {
      if ((error as { code?: string }).code === "ERR_BUFFER_TOO_LARGE") throw tooLarge(maxBytes);
      throw new IngestError(400, "MILLRACE_BAD_ENCODING", `The body is no whole ${name}.`, { messageParameters: { encoding: name } });
    }
  };
}

/** A body, packed or not. */
export const tooLarge = (maxBodyBytes: number): IngestError => new IngestError(413, "MILLRACE_BODY_TOO_LARGE", `A body has at most ${maxBodyBytes} bytes, also when it is unpacked.`, { messageParameters: { maxBodyBytes: String(maxBodyBytes) }, hint: "send the rows in several requests" });
