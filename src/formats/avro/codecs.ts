/** How blocks of Avro files are compressed (https://avro.apache.org/docs/1.12.0/specification/#required-codecs). */
import zlib from "node:zlib";
import { AnalysisError, unsupported } from "../../base/errors.ts";
import { kernels } from "../../kernels/kernels.ts";
import { linearMemory } from "../../memory/linear-memory.ts";
import { bunzip2 } from "../bzip2.ts";

/** A block that would become larger is refused: Avro's writers make them of some kilobytes. */
const MAX_BLOCK_BYTES = 1 << 28;

export class MalformedBlock extends Error {}

/** The bytes of a block as linear memory has them, in room that `allocate` gives. @throws MalformedBlock */
export function decompressBlock(codec: string, block: Uint8Array, allocate: (bytes: number) => number): { readonly from: number; readonly length: number } {
  const memory = linearMemory(), place = (bytes: Uint8Array) => {
    const from = allocate(bytes.length);
    memory.u8.set(bytes, from);
    return { from, length: bytes.length };
  };
  const limit = { maxOutputLength: MAX_BLOCK_BYTES };
  try {
    switch (codec) {
      case "null": return place(block);
      case "deflate": return place(zlib.inflateRawSync(block, limit));
      case "zstandard": return place(zlib.zstdDecompressSync(block, limit));
      case "bzip2": return place(bunzip2(block, MAX_BLOCK_BYTES));
      case "snappy": return unsnappy(block, allocate);
    }
  } catch (error) {
    throw error instanceof MalformedBlock ? error : new MalformedBlock(`a block can't be decompressed: ${(error as Error).message}`);
  }
  throw unsupported(`Reading Avro files with the codec ${codec}`, "null, deflate, snappy, bzip2 and zstandard are read");
}

/** Snappy's bytes with a checksum behind. */
function unsnappy(block: Uint8Array, allocate: (bytes: number) => number): { readonly from: number; readonly length: number } {
  const { u8 } = linearMemory(), end = block.length - 4;
  let length = 0, at = 0;
  for (let shift = 0; ; shift += 7) {
    if (at >= end || shift > 28) throw new MalformedBlock("a block is no Snappy");
    const byte = block[at++]!;
    length += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) break;
  }
  // A step of three bytes makes at most 64.
  if (length > MAX_BLOCK_BYTES || length > 24 * end + 64) throw new MalformedBlock(`a block of ${end} bytes can't become ${length}`);
  const source = allocate(end), from = allocate(length);
  u8.set(block.subarray(0, end), source);
  if (kernels().snappyDecompress(source, source + end, from, length) !== 1) throw new MalformedBlock("a block is no Snappy");
  const checksum = (block[end]! << 24 | block[end + 1]! << 16 | block[end + 2]! << 8 | block[end + 3]!) >>> 0;
  if (zlib.crc32(u8.subarray(from, from + length)) !== checksum) throw new MalformedBlock("a block has another checksum than it says");
  return { from, length };
}

export interface BlockCodec {
  /** As the header of a file names it. */
  readonly name: string;
  compress(from: number, bytes: number): Uint8Array;
}
const view = (from: number, bytes: number): Uint8Array => linearMemory().u8.subarray(from, from + bytes);
const NONE: BlockCodec = { name: "null", compress: (from, bytes) => view(from, bytes).slice() };
const CODECS: Readonly<Record<string, BlockCodec>> = {
  uncompressed: NONE,
  deflate: { name: "deflate", compress: (from, bytes) => zlib.deflateRawSync(view(from, bytes)) },
  zstandard: { name: "zstandard", compress: (from, bytes) => zlib.zstdCompressSync(view(from, bytes)) },
  snappy: { name: "snappy", compress: snappy },
};

function snappy(from: number, bytes: number): Uint8Array {
  const memory = linearMemory(), kernel = kernels(), tableBytes = kernel.snappyTableBytes(), room = 40 + bytes + Math.ceil(bytes / 6), table = memory.allocate(tableBytes), out = memory.allocate(room);
  try {
    const end = kernel.snappyCompress(from, bytes, table, out);
    memory.view.setUint32(end, zlib.crc32(view(from, bytes)));
    return memory.u8.slice(out, end + 4);
  } finally {
    memory.free(table, tableBytes);
    memory.free(out, room);
  }
}

/** @throws AnalysisError CODEC_SHORT_NAME_NOT_FOUND, MILLRACE_UNSUPPORTED */
export function blockCodec(name: string): BlockCodec {
  const key = name.toLowerCase();
  if (Object.hasOwn(CODECS, key)) return CODECS[key]!;
  if (key === "bzip2" || key === "xz") throw unsupported(`Writing Avro files with the codec ${key}`, "uncompressed, deflate, snappy and zstandard are written");
  throw new AnalysisError({ condition: "CODEC_SHORT_NAME_NOT_FOUND", sqlState: "42704", message: `Cannot find a short name for the codec ${name}.`, messageParameters: { codecName: name } });
}
