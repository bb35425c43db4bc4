/** All bytes of a body through a reader. */
import type { DecodedBatch, FormatReader } from "../../formats/format-reader.ts";
import { linearMemory } from "../../memory/linear-memory.ts";

/** `take` gets what was decoded, which is valid until it returns. */
export function feed(reader: FormatReader, body: Buffer, take: (decoded: DecodedBatch) => void): void {
  const memory = linearMemory();
  let at = 0;
  reader.reset(0);
  do {
    const { pointer, length } = reader.space(), part = body.subarray(at, at + length);
    memory.u8.set(part, pointer);
    at += part.length;
    reader.filled(part.length);
    if (at === body.length) reader.end();
    for (let decoded = reader.next(); decoded !== undefined; decoded = reader.next()) take(decoded);
  } while (at < body.length);
}
