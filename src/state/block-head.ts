/** How blocks of state begin: version u32, then, but for those of programs, length u32 and UTF-8 of the fingerprint, which says what types they hold. */
import { CheckpointError } from "../base/errors.ts";
import { ByteReader, type ByteWriter } from "../columns/byte-stream.ts";

const encoder = new TextEncoder(), decoder = new TextDecoder();

export function writeHead(writer: ByteWriter, version: number, fingerprint: string): void {
  const text = encoder.encode(fingerprint);
  writer.u32(version);
  writer.u32(text.length);
  writer.bytes(text);
}

/** A reader behind the version of a block. Throws `MILLRACE_STATE_FORMAT_TOO_NEW` for another version. */
export function readVersion(block: Uint8Array, version: number): ByteReader {
  const reader = new ByteReader(block), found = reader.u32();
  if (found !== version) {
    throw new CheckpointError({
      condition: "MILLRACE_STATE_FORMAT_TOO_NEW", sqlState: "55000", message: `State of format ${found} can't be read by this version, which knows format ${version}.`,
      messageParameters: { version: String(found) }, hint: "go on with the version of Millrace that wrote the checkpoint, or a newer one",
    });
  }
  return reader;
}

/** A reader behind the head of a block. Throws `MILLRACE_STATE_SCHEMA_CHANGED` for a block of another schema. */
export function readHead(block: Uint8Array, version: number, fingerprint: string): ByteReader {
  const reader = readVersion(block, version), found = decoder.decode(reader.bytes(reader.u32()));
  if (found === fingerprint) return reader;
  throw new CheckpointError({
    condition: "MILLRACE_STATE_SCHEMA_CHANGED", sqlState: "42K07", message: `The state in the checkpoint is of another schema: ${found}; the query has ${fingerprint}.`,
    messageParameters: { stored: found, provided: fingerprint }, hint: "start the changed query with a new checkpoint location",
  });
}

export function damagedBlock(): CheckpointError {
  return new CheckpointError({
    condition: "MILLRACE_DAMAGED_STATE", sqlState: "XX001", message: "A block of state is damaged: its parts don't have the length they should.",
    hint: "restore the checkpoint's folder from a copy, or start with a new checkpoint location",
  });
}
