/**
 * The one linear memory of a thread, shared by all kernels: 4 GiB of address space of which only what is touched
 * becomes resident, so its buffer never moves and views of it stay valid. Blocks come from pools by size class,
 * last in first out (a block just freed is warm and resident); pages never go back to the system, so reuse matters.
 */
import { Buffer } from "node:buffer";
import { getHeapStatistics } from "node:v8";
import { ExecutionError } from "../base/errors.ts";
import { wasm } from "./webassembly.ts";

const PAGES = 65536;
/** Below: static data of the kernels. */
const HEAP_BASE = 1 << 20;
const HEAP_END = 2 ** 32 - 65536;
/** Blocks are aligned to this, and this many readable bytes follow each block's requested size. */
const SLACK = 64;
const MIN_CLASS = 7; // 128 bytes

/** Accounts of memory by owner, so that progress can say what state really takes. */
export interface MemoryAccount { readonly name: string; bytes: number }

export class LinearMemory {
  readonly memory = new wasm.Memory({ initial: PAGES, maximum: PAGES });
  readonly u8 = new Uint8Array(this.memory.buffer);
  readonly i8 = new Int8Array(this.memory.buffer);
  readonly u16 = new Uint16Array(this.memory.buffer);
  readonly i16 = new Int16Array(this.memory.buffer);
  readonly u32 = new Uint32Array(this.memory.buffer);
  readonly i32 = new Int32Array(this.memory.buffer);
  readonly f32 = new Float32Array(this.memory.buffer);
  readonly f64 = new Float64Array(this.memory.buffer);
  readonly i64 = new BigInt64Array(this.memory.buffer);
  readonly u64 = new BigUint64Array(this.memory.buffer);
  readonly view = new DataView(this.memory.buffer);
  readonly bytes = Buffer.from(this.memory.buffer);
  readonly #free: number[][] = Array.from({ length: 33 }, () => []);
  #top = HEAP_BASE;
  #inUse = 0;
  #limit = Number.POSITIVE_INFINITY;
  #reserved = 0;
  /** The garbage collector needs room, too. */
  readonly #heapLimit = Math.floor(0.7 * getHeapStatistics().heap_size_limit);
  /** Called before a request fails: they give back what is only held to save work. */
  readonly reclaimers = new Set<() => void>();

  /** Bytes in blocks handed out now. */
  get inUseBytes(): number { return this.#inUse; }
  /** Bytes of address space ever handed out: an upper bound of what is resident. */
  get highWaterBytes(): number { return this.#top - HEAP_BASE; }

  /** Requests that would pass this many bytes in use fail with a clear error. */
  setLimit(bytes: number): void { this.#limit = bytes; }

  /** The size of the block that a request of `bytes` gets, slack included. */
  blockSize(bytes: number): number { return 2 ** classOf(bytes); }

  /**
   * A block of at least `bytes` (plus 64 readable spare bytes), aligned to 64. Contents are undefined.
   * Throws `MILLRACE_OUT_OF_MEMORY` when the session's limit or the 4 GiB are passed.
   */
  allocate(bytes: number, account?: MemoryAccount): number {
    const sizeClass = classOf(bytes), size = 2 ** sizeClass;
    if (this.#inUse + size > this.#limit) {
      for (const reclaim of this.reclaimers) reclaim();
      if (this.#inUse + size > this.#limit) throw outOfMemory(bytes, this.#limit, this.#inUse);
    }
    let block = this.#free[sizeClass]!.pop();
    if (block === undefined) {
      if (this.#top + size > HEAP_END) throw outOfMemory(bytes, HEAP_END - HEAP_BASE, this.#inUse);
      block = this.#top;
      this.#top += size;
    }
    this.#inUse += size;
    if (account !== undefined) account.bytes += size;
    return block;
  }

  /** As allocate, zero-filled. */
  allocateZeroed(bytes: number, account?: MemoryAccount): number {
    const block = this.allocate(bytes, account);
    this.u8.fill(0, block, block + bytes);
    return block;
  }

  /**
   * Counts values that are held on JavaScript's heap for a query, about so many bytes, against the same limit; and against what that
   * heap can hold, whose end would be the process's. @throws MILLRACE_OUT_OF_MEMORY
   */
  reserve(bytes: number): void {
    if (this.#inUse + bytes > this.#limit) {
      for (const reclaim of this.reclaimers) reclaim();
      if (this.#inUse + bytes > this.#limit) throw outOfMemory(bytes, this.#limit, this.#inUse);
    }
    if (this.#reserved + bytes > this.#heapLimit) throw outOfMemory(bytes, this.#heapLimit, this.#reserved, "raise --max-old-space-size of Node, or let the query keep less: smaller groups, fewer values in them");
    this.#inUse += bytes;
    this.#reserved += bytes;
  }

  unreserve(bytes: number): void {
    this.#inUse -= bytes;
    this.#reserved -= bytes;
  }

  /** Gives a block back; `bytes` as asked for. */
  free(block: number, bytes: number, account?: MemoryAccount): void {
    const sizeClass = classOf(bytes), size = 2 ** sizeClass;
    this.#free[sizeClass]!.push(block);
    this.#inUse -= size;
    if (account !== undefined) account.bytes -= size;
  }
}

function classOf(bytes: number): number {
  const needed = bytes + SLACK;
  return Math.max(MIN_CLASS, needed <= 1 ? 0 : 32 - Math.clz32(needed - 1) + (needed > 2 ** 31 ? 1 : 0));
}

function outOfMemory(bytes: number, limit: number, inUse: number, remedy = "raise memoryBytes of the session, or let the query keep less: a condition, fewer columns or groups, a LIMIT; of a stream a watermark or a smaller batch"): ExecutionError {
  return new ExecutionError({
    condition: "MILLRACE_OUT_OF_MEMORY", sqlState: "53200",
    message: `A request of ${bytes} bytes would pass the memory limit of ${limit} bytes, of which ${inUse} are in use.`,
    messageParameters: { bytes: String(bytes), limit: String(limit), inUse: String(inUse) }, hint: remedy,
  });
}

let shared: LinearMemory | undefined;
/** The thread's memory, made at first use. */
export function linearMemory(): LinearMemory { return (shared ??= new LinearMemory()); }
