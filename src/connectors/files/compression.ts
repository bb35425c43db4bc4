/** Compression of whole files: by their ending when they are read, by the option `compression` when they are written. Names are Spark's. */
import { createGunzip, createInflate, createZstdDecompress, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import type { Transform } from "node:stream";
import { AnalysisError, unsupported } from "../../base/errors.ts";
import { optionOf, type FormatOptions } from "../../formats/options.ts";
import { HadoopBlocks, WholeBzip2, hadoopBlocks } from "./block-streams.ts";
import { ZstdFrames } from "./zstd-frames.ts";

/** `cut`: pieces in which a chunk is to be written. */
export interface Decompression { readonly stream: Transform; readonly cut: (chunk: Uint8Array) => Iterable<Uint8Array> }

interface Codec {
  readonly ending: string;
  readonly open: () => Decompression;
  /** Whole blocks that may follow one another in a file. */
  readonly compress?: (bytes: Uint8Array) => Uint8Array;
}

const whole = (chunk: Uint8Array): Iterable<Uint8Array> => [chunk];
function zstd(): Decompression {
  const frames = new ZstdFrames();
  return { stream: createZstdDecompress(), cut: chunk => frames.cut(chunk) };
}

const CODECS: Readonly<Record<string, Codec>> = {
  gzip: { ending: ".gz", open: () => ({ stream: createGunzip(), cut: whole }), compress: bytes => gzipSync(bytes) },
  deflate: { ending: ".deflate", open: () => ({ stream: createInflate(), cut: whole }) },
  zstd: { ending: ".zst", open: zstd, compress: bytes => zstdCompressSync(bytes) },
  bzip2: { ending: ".bz2", open: () => ({ stream: new WholeBzip2(), cut: whole }) },
  lz4: { ending: ".lz4", open: () => ({ stream: new HadoopBlocks("lz4"), cut: whole }), compress: bytes => hadoopBlocks(bytes, "lz4") }, snappy: { ending: ".snappy", open: () => ({ stream: new HadoopBlocks("snappy"), cut: whole }), compress: bytes => hadoopBlocks(bytes, "snappy") },
};
const NAMES: readonly string[] = ["none", "uncompressed", ...Object.keys(CODECS)];

/** What decompresses a file with this path; undefined: nothing need to. */
export function decompressionOf(path: string): (() => Decompression) | undefined {
  const lower = path.toLowerCase(), found = Object.entries(CODECS).find(([, { ending }]) => lower.endsWith(ending)) ?? (lower.endsWith(".zstd") ? ["zstd", CODECS["zstd"]!] as const : undefined);
  return found?.[1].open;
}

export function isCompressed(path: string): boolean {
  const lower = path.toLowerCase();
  return lower.endsWith(".zstd") || Object.values(CODECS).some(({ ending }) => lower.endsWith(ending));
}

/** Compresses one file as it is written. */
export interface Compression {
  /** Behind that of the format. */
  readonly ending: string;
  start(): { write(bytes: Uint8Array): Uint8Array | undefined; finish(): Uint8Array | undefined };
}

/** Bytes that are compressed at a time: each piece is a member of the file by itself. */
const PIECE_BYTES = 1 << 20;

/** @throws AnalysisError CODEC_NOT_AVAILABLE.WITH_AVAILABLE_CODECS_SUGGESTION, UnsupportedError */
export function compressionOf(options: FormatOptions): Compression | undefined {
  const given = optionOf(options, "compression") ?? optionOf(options, "codec"), name = given?.toLowerCase();
  if (name === undefined || name === "none" || name === "uncompressed") return undefined;
  const codec = CODECS[name === "zstandard" ? "zstd" : name];
  if (codec === undefined) throw new AnalysisError({
    condition: "CODEC_NOT_AVAILABLE.WITH_AVAILABLE_CODECS_SUGGESTION", sqlState: "56038", message: `The codec ${given} is not available. Available codecs are ${NAMES.join(", ")}.`,
    messageParameters: { codecName: given!, availableCodecs: NAMES.join(", ") },
  });
  const { compress } = codec;
  if (name === "deflate") return { ending: codec.ending, start: wholeDeflate };
  if (compress === undefined) throw unsupported(`Writing files compressed with ${name}`, "gzip, deflate, zstd, lz4 and snappy can be written");
  return {
    ending: codec.ending,
    start: () => {
      let held: Uint8Array[] = [], bytes = 0, any = false;
      const flush = (): Uint8Array => {
        const piece = Buffer.concat(held);
        held = [];
        bytes = 0;
        any = true;
        return compress(piece);
      };
      return {
        write(chunk) {
          held.push(chunk.slice());
          bytes += chunk.length;
          return bytes < PIECE_BYTES ? undefined : flush();
        },
        finish: () => (bytes > 0 || !any ? flush() : undefined),
      };
    },
  };
}

/** A file is one zlib stream: all of it is held until the end. */
function wholeDeflate(): ReturnType<Compression["start"]> {
  const held: Uint8Array[] = [];
  return {
    write(chunk) {
      held.push(chunk.slice());
      return undefined;
    },
    finish: () => deflateSync(Buffer.concat(held)),
  };
}
