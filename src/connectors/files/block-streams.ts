/** Compressions without a decompressor in Node: Snappy and LZ4 in the blocks that Hadoop writes, and bzip2. */
import { Transform, type TransformCallback } from "node:stream";
import { bunzip2 } from "../../formats/bzip2.ts";
import { kernels } from "../../kernels/kernels.ts";
import { linearMemory } from "../../memory/linear-memory.ts";

/** Larger blocks are no blocks: writers make 64 to 256 KiB. */
const MAX_BLOCK_BYTES = 64 << 20;
/** bzip2 is decompressed at once. */
const MAX_BZIP2_BYTES = 256 << 20, MAX_BZIP2_OUTPUT = 1 << 30;

/**
 * A block is the number of bytes that it becomes, then parts until it has become so many: the part's length and its bytes. Lengths have four bytes, the
 * highest first.
 */
export class HadoopBlocks extends Transform {
  readonly #codec: "snappy" | "lz4";
  #held: Buffer = Buffer.alloc(0);
  /** Bytes that the current block still becomes. */
  #left = 0;

  constructor(codec: "snappy" | "lz4") {
    super();
    this.#codec = codec;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#held = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    try {
      let at = 0;
      for (let next = this.#part(at); next !== undefined; next = this.#part(at)) at = next;
      this.#held = this.#held.subarray(at);
      done();
    } catch (error) {
      done(error as Error);
    }
  }

  override _flush(done: TransformCallback): void { done(this.#held.length > 0 || this.#left > 0 ? new Error("the last block is cut") : null); }

  /** Takes a length of a block, or a part; where the next begins, or undefined if it isn't all there. */
  #part(at: number): number | undefined {
    const held = this.#held;
    if (held.length - at < 4) return undefined;
    const length = held.readUInt32BE(at);
    if (length > MAX_BLOCK_BYTES) throw new Error(`a block of ${length} bytes is none`);
    if (this.#left === 0) {
      this.#left = length;
      return at + 4;
    }
    if (held.length - at - 4 < length) return undefined;
    const bytes = this.#decompressed(held.subarray(at + 4, at + 4 + length), this.#left);
    this.#left -= bytes.length;
    this.push(bytes);
    return at + 4 + length;
  }

  #decompressed(bytes: Buffer, most: number): Buffer {
    const memory = linearMemory(), size = this.#codec === "snappy" ? snappySize(bytes) : most;
    if (size > most) throw new Error("a part becomes more than its block");
    const from = memory.allocate(bytes.length + 64), out = memory.allocate(size + 64);
    try {
      memory.u8.set(bytes, from);
      const { snappyDecompress, lz4Decompress } = kernels();
      const made = this.#codec === "snappy" ? (snappyDecompress(from, from + bytes.length, out, size) === 1 ? size : -1) : lz4Decompress(from, from + bytes.length, out, size);
      if (made <= 0 || made > size) throw new Error(`a part isn't compressed with ${this.#codec}`);
      return Buffer.from(memory.u8.slice(out, out + made));
    } finally {
      memory.free(from, bytes.length + 64);
      memory.free(out, size + 64);
    }
  }
}

/** What Snappy's first bytes say: seven bits a byte, the lowest first. */
function snappySize(bytes: Buffer): number {
  let size = 0;
  for (let i = 0; i < 5 && i < bytes.length; i++) {
    size += (bytes[i]! & 127) * 2 ** (7 * i);
    if (bytes[i]! < 128) return size;
  }
  throw new Error("a part doesn't begin as Snappy does");
}

export class WholeBzip2 extends Transform {
  readonly #held: Buffer[] = [];
  #bytes = 0;

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#held.push(chunk);
    this.#bytes += chunk.length;
    done(this.#bytes > MAX_BZIP2_BYTES ? new Error(`a file compressed with bzip2 may have ${MAX_BZIP2_BYTES} bytes at most`) : null);
  }

  override _flush(done: TransformCallback): void {
    try {
      if (this.#bytes > 0) this.push(Buffer.from(bunzip2(Buffer.concat(this.#held), MAX_BZIP2_OUTPUT)));
      done();
    } catch (error) {
      done(error as Error);
    }
  }
}

/** What one part of a block that is written becomes: readers of Hadoop hold 256 KiB. */
const PART_BYTES = 64 * 1024;

/** Bytes as blocks of one part each, as Hadoop writes them; blocks may follow one another. */
export function hadoopBlocks(bytes: Uint8Array, codec: "snappy" | "lz4"): Uint8Array {
  const memory = linearMemory(), kernel = kernels(), { snappyTableBytes, lz4TableBytes } = kernel, tableBytes = codec === "snappy" ? snappyTableBytes() : lz4TableBytes(), room = PART_BYTES + PART_BYTES / 4 + 64;
  const table = memory.allocate(tableBytes), from = memory.allocate(PART_BYTES), out = memory.allocate(room), blocks: Buffer[] = [];
  try {
    for (let at = 0; at < bytes.length; at += PART_BYTES) {
      const part = bytes.subarray(at, at + PART_BYTES), head = Buffer.alloc(8);
      memory.u8.set(part, from);
      const length = (codec === "snappy" ? kernel.snappyCompress(from, part.length, table, out) : kernel.lz4Compress(from, part.length, table, out)) - out;
      head.writeUInt32BE(part.length, 0);
      head.writeUInt32BE(length, 4);
      blocks.push(head, Buffer.from(memory.u8.slice(out, out + length)));
    }
    return Buffer.concat(blocks);
  } finally {
    memory.free(table, tableBytes);
    memory.free(from, PART_BYTES);
    memory.free(out, room);
  }
}
