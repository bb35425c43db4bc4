/** Buffers that are compressed one by one: LZ4 in frames (https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md) or zstd, behind eight bytes that say what they become. */
import zlib from "node:zlib";
import { kernels } from "../../kernels/kernels.ts";
import { linearMemory } from "../../memory/linear-memory.ts";
import { MalformedArrow } from "./flatbuffer.ts";

export type BufferCodec = "none" | "lz4" | "zstd";
const LZ4_MAGIC = 0x184d2204, LZ4_RATIO = 256, MAX_BUFFER_BYTES = 2 ** 31;
/** Blocks of frames that are written. */
const BLOCK_BYTES = 4 << 20;

/** What a buffer in linear memory becomes, in room that `allocate` gives. @throws MalformedArrow */
export function decompressBuffer(codec: BufferCodec, from: number, length: number, allocate: (bytes: number) => number): { readonly from: number; readonly length: number } {
  if (length === 0) return { from, length };
  if (length < 8) throw new MalformedArrow("a buffer is too short");
  const { u8, view } = linearMemory(), size = Number(view.getBigInt64(from, true));
  if (size === -1) return { from: from + 8, length: length - 8 };
  if (size < 0 || size > MAX_BUFFER_BYTES || (codec === "lz4" && size > LZ4_RATIO * length)) throw new MalformedArrow(`a buffer of ${length} bytes can't become ${size}`);
  if (codec === "lz4") {
    const out = allocate(size);
    if (unframe(u8, from + 8, from + length, out, size) !== size) throw new MalformedArrow("a buffer is no LZ4");
    return { from: out, length: size };
  }
  let bytes: Uint8Array;
  try {
    bytes = zlib.zstdDecompressSync(u8.subarray(from + 8, from + length), { maxOutputLength: Math.max(1, size) });
  } catch (error) {
    throw new MalformedArrow(`a buffer can't be decompressed: ${(error as Error).message}`);
  }
  if (bytes.length !== size) throw new MalformedArrow(`a buffer became ${bytes.length} bytes and not ${size}`);
  const out = allocate(size);
  u8.set(bytes, out);
  return { from: out, length: size };
}

/** Blocks of a frame; later ones may point into those before. Returns the bytes written. */
function unframe(u8: Uint8Array, start: number, end: number, out: number, size: number): number {
  const { view } = linearMemory(), short = (): never => { throw new MalformedArrow("a buffer ends early"); };
  let at = start, done = 0;
  while (end - at >= 7) {
    if (view.getUint32(at, true) !== LZ4_MAGIC) throw new MalformedArrow("a buffer is no LZ4");
    const flags = u8[at + 4]!;
    if (flags >> 6 !== 1 || (flags & 1) !== 0) throw new MalformedArrow("a buffer is no LZ4");
    at += 7 + ((flags & 8) !== 0 ? 8 : 0);
    for (;;) {
      if (end - at < 4) short();
      const word = view.getUint32(at, true), bytes = word & 0x7fffffff;
      at += 4;
      if (word === 0) break;
      if (bytes > end - at) short();
      if (word >>> 31 === 1) {
        if (bytes > size - done) short();
        u8.copyWithin(out + done, at, at + bytes);
        done += bytes;
      } else done = unpack(u8, at, at + bytes, out, done, size);
      at += bytes + ((flags & 16) !== 0 ? 4 : 0);
    }
    if ((flags & 4) !== 0) at += 4;
  }
  return done;
}

/** One block behind `done` bytes that matches may reach back to. */
function unpack(u8: Uint8Array, start: number, end: number, out: number, done: number, size: number): number {
  let at = start, to = done;
  const bad = (): never => { throw new MalformedArrow("a buffer is no LZ4"); }, more = (): number => {
    let sum = 0, byte = 255;
    while (byte === 255) {
      if (at >= end) bad();
      byte = u8[at++]!;
      sum += byte;
    }
    return sum;
  };
  while (at < end) {
    const token = u8[at++]!, literals = (token >> 4) + (token >> 4 === 15 ? more() : 0);
    if (literals > end - at || literals > size - to) bad();
    u8.copyWithin(out + to, at, at + literals);
    at += literals;
    to += literals;
    if (at === end) break;
    if (end - at < 2) bad();
    const distance = u8[at]! | (u8[at + 1]! << 8);
    at += 2;
    const length = 4 + (token & 15) + ((token & 15) === 15 ? more() : 0);
    if (distance === 0 || distance > to || length > size - to) bad();
    if (distance >= length) u8.copyWithin(out + to, out + to - distance, out + to - distance + length);
    else for (let i = 0; i < length; i++) u8[out + to + i] = u8[out + to + i - distance]!;
    to += length;
  }
  return to;
}

/** A buffer compressed, with its length before it. */
export function compressBuffer(codec: BufferCodec, bytes: Uint8Array): Uint8Array {
  if (bytes.length === 0 || codec === "none") return bytes;
  const packed = codec === "zstd" ? zlib.zstdCompressSync(bytes) : frame(bytes), head = Buffer.alloc(8), isSmaller = packed.length < bytes.length;
  head.writeBigInt64LE(isSmaller ? BigInt(bytes.length) : -1n);
  return Buffer.concat([head, isSmaller ? packed : bytes]);
}

function frame(bytes: Uint8Array): Uint8Array {
  // Version 1, blocks that don't depend on each other, of at most 4 MiB; then a byte of the checksum of these two.
  const head = Buffer.from([0x04, 0x22, 0x4d, 0x18, 0x60, 0x70, 0]), parts: Uint8Array[] = [head], memory = linearMemory(), kernel = kernels();
  head[6] = (xxh32(head.subarray(4, 6)) >>> 8) & 0xff;
  const most = Math.min(bytes.length, BLOCK_BYTES), room = 16 + most + Math.ceil(most / 255), tableBytes = kernel.lz4TableBytes();
  const source = memory.allocate(most), out = memory.allocate(room), table = memory.allocate(tableBytes);
  try {
    for (let from = 0; from < bytes.length; from += BLOCK_BYTES) {
      const block = bytes.subarray(from, Math.min(bytes.length, from + BLOCK_BYTES)), size = Buffer.alloc(4);
      memory.u8.set(block, source);
      const end = kernel.lz4Compress(source, block.length, table, out), packed = end - out < block.length ? memory.u8.slice(out, end) : undefined;
      size.writeUInt32LE(packed === undefined ? (block.length | 0x80000000) >>> 0 : packed.length);
      parts.push(size, packed ?? block);
    }
  } finally {
    memory.free(source, most);
    memory.free(out, room);
    memory.free(table, tableBytes);
  }
  return Buffer.concat([...parts, Buffer.alloc(4)]);
}

/** xxHash of 32 bits (Y. Collet) of fewer than sixteen bytes. */
function xxh32(bytes: Uint8Array): number {
  const turn = (value: number, by: number): number => (value << by) | (value >>> (32 - by));
  let hash = (0x165667b1 + bytes.length) | 0;
  for (const byte of bytes) hash = Math.imul(turn((hash + Math.imul(byte, 0x165667b1)) | 0, 11), 0x9e3779b1);
  hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca77);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae3d);
  return (hash ^ (hash >>> 16)) >>> 0;
}
