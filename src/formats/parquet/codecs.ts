/** Compressed bytes of pages, as bytes in linear memory. Snappy and LZ4 are kernels; gzip, zstd and brotli are Node's. */
import zlib from "node:zlib";
import { kernels } from "../../kernels/kernels.ts";
import { linearMemory } from "../../memory/linear-memory.ts";
import { CODEC } from "./metadata.ts";
import { Malformed } from "./thrift.ts";

/** No page that fits the memory is larger. */
const MAX_PAGE_BYTES = 2 ** 30;
/** A step of three bytes makes at most 64 of Snappy's, a byte at most 255 of LZ4's. */
const SNAPPY_RATIO = 24, LZ4_RATIO = 256;

/** What a page becomes must be possible, so that no lie takes memory. @throws Malformed */
export function checkPageSize(codec: number, bytes: number, size: number): void {
  const most = codec === CODEC.uncompressed ? bytes : codec === CODEC.snappy ? bytes * SNAPPY_RATIO : codec === CODEC.lz4 || codec === CODEC.lz4Raw ? bytes * LZ4_RATIO : MAX_PAGE_BYTES;
  if (size > most || size > MAX_PAGE_BYTES) throw new Malformed(`a page of ${bytes} bytes can't become ${size}`);
}

/** Writes what `source`, which lies in linear memory, becomes: exactly `size` bytes at `out`. @throws Malformed */
export function decompress(codec: number, source: Uint8Array, size: number, out: number): void {
  const memory = linearMemory();
  switch (codec) {
    case CODEC.uncompressed:
      if (source.length !== size) throw new Malformed(`an uncompressed page has ${source.length} bytes and says ${size}`);
      memory.u8.set(source, out);
      return;
    case CODEC.snappy: case CODEC.lz4: case CODEC.lz4Raw: {
      const { byteOffset: from, length } = source, kernel = kernels();
      const isRight = codec === CODEC.snappy ? kernel.snappyDecompress(from, from + length, out, size) === 1
        : codec === CODEC.lz4Raw ? kernel.lz4Decompress(from, from + length, out, size) === size : framedLz4(from, length, out, size);
      if (!isRight) throw new Malformed(`a page isn't compressed with ${codec === CODEC.snappy ? "Snappy" : "LZ4"} as it says`);
      return;
    }
    default: {
      const bytes = inflate(codec, source, size);
      if (bytes.length !== size) throw new Malformed(`a page became ${bytes.length} bytes and not ${size}`);
      memory.u8.set(bytes, out);
    }
  }
}

/** LZ4 as Hadoop frames it: parts with two lengths of four bytes, big-endian. Some writers left the frame out. */
function framedLz4(from: number, bytes: number, out: number, size: number): boolean {
  const { view } = linearMemory(), kernel = kernels(), end = from + bytes;
  let at = from, done = 0;
  while (end - at >= 8) {
    const part = view.getUint32(at), packed = view.getUint32(at + 4);
    if (packed > end - at - 8 || part > size - done || kernel.lz4Decompress(at + 8, at + 8 + packed, out + done, part) !== part) break;
    at += 8 + packed;
    done += part;
  }
  return at === end && done === size || kernel.lz4Decompress(from, end, out, size) === size;
}

function inflate(codec: number, source: Uint8Array, size: number): Uint8Array {
  const limit = { maxOutputLength: Math.max(1, size) };
  try {
    switch (codec) {
      case CODEC.gzip: return zlib.gunzipSync(source, limit);
      case CODEC.zstd: return zlib.zstdDecompressSync(source, limit);
      case CODEC.brotli: return zlib.brotliDecompressSync(source, limit);
    }
  } catch (error) {
    throw new Malformed(`a page can't be decompressed: ${error instanceof Error ? error.message : String(error)}`);
  }
  throw new Malformed(codec === CODEC.lzo ? "pages are compressed with LZO, which isn't supported" : `there is no codec ${codec}`);
}
