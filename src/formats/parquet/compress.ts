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
  /** The compressed bytes, in an array of their own. */
  compress(from: number, bytes: number): Uint8Array;
}

const copy = (from: number, to: number): Uint8Array => linearMemory().u8.slice(from, to);

/** Runs a kernel that needs a table and room behind the bytes. */
function byKernel(tableBytes: number, room: number, run: (table: number, out: number) => number): Uint8Array {
  const memory = linearMemory(), table = memory.allocate(tableBytes), out = memory.allocate(room);
  try {
    return copy(out, run(table, out));
  } finally {
    memory.free(table, tableBytes);
    memory.free(out, room);
  }
}

const lz4 = (from: number, bytes: number, head: number): Uint8Array => byKernel(kernels().lz4TableBytes(), head + 16 + bytes + Math.ceil(bytes / 255), (table, out) => {
  const end = kernels().lz4Compress(from, bytes, table, out + head), { view } = linearMemory();
  if (head > 0) {
    view.setUint32(out, bytes);
    view.setUint32(out + 4, end - out - 8);
  }
  return end;
});
const view = (from: number, bytes: number): Uint8Array => linearMemory().u8.subarray(from, from + bytes);

const NONE: Codec = { id: CODEC.uncompressed, ending: "", compress: (from, bytes) => copy(from, from + bytes) };
const CODECS: Readonly<Record<string, Codec>> = {
  none: NONE, uncompressed: NONE,
  snappy: {
    id: CODEC.snappy, ending: ".snappy",
    compress: (from, bytes) => byKernel(kernels().snappyTableBytes(), 32 + bytes + Math.ceil(bytes / 6), (table, out) => kernels().snappyCompress(from, bytes, table, out)),
  },
  gzip: { id: CODEC.gzip, ending: ".gz", compress: (from, bytes) => zlib.gzipSync(view(from, bytes)) },
  zstd: { id: CODEC.zstd, ending: ".zstd", compress: (from, bytes) => zlib.zstdCompressSync(view(from, bytes)) },
  brotli: { id: CODEC.brotli, ending: ".br", compress: (from, bytes) => zlib.brotliCompressSync(view(from, bytes), { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 5 } }) },
  lz4: { id: CODEC.lz4, ending: ".lz4hadoop", compress: (from, bytes) => lz4(from, bytes, 8) },
  lz4_raw: { id: CODEC.lz4Raw, ending: ".lz4raw", compress: (from, bytes) => lz4(from, bytes, 0) },
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
