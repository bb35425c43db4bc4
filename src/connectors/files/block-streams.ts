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
