/** The codecs that pages are written with, by the names that Spark gives them. */
import zlib from "node:zlib";
import { AnalysisError } from "../../base/errors.ts";
import { kernels } from "../../kernels/kernels.ts";
import { linearMemory } from "../../memory/linear-memory.ts";
import { CODEC } from "./metadata.ts";

export interface Codec {
  readonly id: number;
  /** What stands before `.parquet` in names of files. */
  readonly ending: string;
  /** `head` of the length of the compressed bytes, and these behind it, in an array of their own. */
  compress(from: number, bytes: number, head: Head): Uint8Array;
}
export type Head = (compressedBytes: number) => Uint8Array;

const view = (from: number, bytes: number): Uint8Array => linearMemory().u8.subarray(from, from + bytes);

function joined(head: Head, bytes: Uint8Array): Uint8Array {
  const first = head(bytes.length), all = Buffer.allocUnsafeSlow(first.length + bytes.length);
  all.set(first);
  all.set(bytes, first.length);
  return all;
}

/** Runs a kernel that needs a table and room behind the bytes. */
function byKernel(tableBytes: number, room: number, head: Head, run: (table: number, out: number) => number): Uint8Array {
  const memory = linearMemory(), table = memory.allocate(tableBytes), out = memory.allocate(room);
  try {
    return joined(head, memory.u8.subarray(out, run(table, out)));
  } finally {
    memory.free(table, tableBytes);
    memory.free(out, room);
  }
}

/** `frame`: bytes of the lengths that Hadoop puts before a block. */
const lz4 = (from: number, bytes: number, head: Head, frame: number): Uint8Array => byKernel(kernels().lz4TableBytes(), frame + 16 + bytes + Math.ceil(bytes / 255), head, (table, out) => {
  const end = kernels().lz4Compress(from, bytes, table, out + frame), { view } = linearMemory();
  if (frame > 0) {
    view.setUint32(out, bytes);
    view.setUint32(out + 4, end - out - 8);
  }
  return end;
});
const NONE: Codec = { id: CODEC.uncompressed, ending: "", compress: (from, bytes, head) => joined(head, view(from, bytes)) };
const CODECS: Readonly<Record<string, Codec>> = {
  none: NONE, uncompressed: NONE,
  snappy: {
    id: CODEC.snappy, ending: ".snappy",
    compress: (from, bytes, head) => byKernel(kernels().snappyTableBytes(), 32 + bytes + Math.ceil(bytes / 6), head, (table, out) => kernels().snappyCompress(from, bytes, table, out)),
  },
  gzip: { id: CODEC.gzip, ending: ".gz", compress: (from, bytes, head) => joined(head, zlib.gzipSync(view(from, bytes))) },
  zstd: { id: CODEC.zstd, ending: ".zstd", compress: (from, bytes, head) => joined(head, zlib.zstdCompressSync(view(from, bytes))) },
  brotli: { id: CODEC.brotli, ending: ".br", compress: (from, bytes, head) => joined(head, zlib.brotliCompressSync(view(from, bytes), { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 5 } })) },
  lz4: { id: CODEC.lz4, ending: ".lz4hadoop", compress: (from, bytes, head) => lz4(from, bytes, head, 8) },
  lz4_raw: { id: CODEC.lz4Raw, ending: ".lz4raw", compress: (from, bytes, head) => lz4(from, bytes, head, 0) },
};

/** @throws AnalysisError CODEC_NOT_AVAILABLE.WITH_AVAILABLE_CODECS_SUGGESTION */
export function codecOf(name: string): Codec {
  const key = name.toLowerCase();
  if (Object.hasOwn(CODECS, key)) return CODECS[key]!;
  const availableCodecs = Object.keys(CODECS).join(", ");
  throw new AnalysisError({
    condition: "CODEC_NOT_AVAILABLE.WITH_AVAILABLE_CODECS_SUGGESTION", sqlState: "56038", message: `The codec ${name} is not available. Available codecs are ${availableCodecs}.`,
    messageParameters: { codecName: name, availableCodecs },
  });
}
