/** The distinct values of a column chunk, each with its number, up to a limit of bytes. */
import { kernels } from "../../kernels/kernels.ts";
import { linearMemory } from "../../memory/linear-memory.ts";

const FIRST_SLOTS = 1024, FIRST_HEAP = 8192;
const STATE_BYTES = 8;

export class DictionaryWriter {
  /** 4, 8 or 16 bytes a value, or 0 for views. */
  readonly #kind: number;
  readonly #width: number;
  readonly #most: number;
  /** For long strings: what all of them may take, and blocks, of which the last has room. */
  readonly #mostHeap: number;
  readonly #heaps: { readonly pointer: number; readonly bytes: number }[] = [];
  readonly #memory = linearMemory();
  readonly #state: number;
  #slotCount = 0;
  #slots = 0;
  #entries = 0;
  #capacity = 0;

  /** `bytes`: what all entries may take as they are written. */
  constructor(kind: number, bytes: number) {
    this.#kind = kind;
    this.#width = kind === 0 ? 16 : kind;
    this.#most = Math.floor(bytes / (kind === 0 ? 4 : kind));
    this.#mostHeap = bytes;
    this.#state = this.#memory.allocateZeroed(STATE_BYTES);
    this.#grow(FIRST_SLOTS);
  }

  get count(): number { return this.#memory.u32[this.#state >>> 2]!; }
  /** Values as raw ones: numbers, or views. */
  get entries(): number { return this.#entries; }

  /** Writes the numbers of `count` raw values to `ids`; how many it did before the dictionary was full. */
  intern(values: number, count: number, ids: number): number {
    for (let done = 0;;) {
      const most = Math.min(this.#most, this.#slotCount / 2), { pointer, bytes } = this.#heaps.at(-1) ?? { pointer: 0, bytes: 0 };
      done += kernels().parquetIntern(this.#kind, values + done * this.#width, count - done, this.#slots, this.#slotCount - 1, this.#entries, most, pointer, bytes, this.#state, ids + 4 * done);
      if (done === count) return done;
      if (this.count < most) {
        if (!this.#addHeap(this.#memory.u32[(values + done * this.#width) >>> 2]!)) return done;
      } else if (most === this.#most) return done;
      else this.#grow(4 * this.#slotCount);
    }
  }

  /** A block in which so many bytes have room; false: the dictionary is large enough. */
  #addHeap(length: number): boolean {
    const held = this.#heaps.reduce((sum, heap) => sum + heap.bytes, 0), bytes = Math.max(FIRST_HEAP, held, length);
    if (held + length > this.#mostHeap) return false;
    this.#heaps.push({ pointer: this.#memory.allocate(bytes), bytes });
    this.#memory.u32[(this.#state >>> 2) + 1] = 0;
    return true;
  }

  release(): void {
    this.#freeTable();
    for (const { pointer, bytes } of this.#heaps) this.#memory.free(pointer, bytes);
    this.#memory.free(this.#state, STATE_BYTES);
  }

  #grow(slots: number): void {
    const memory = this.#memory, { count } = this, capacity = Math.min(this.#most, slots / 2) + 1, entries = memory.allocate(capacity * this.#width), table = memory.allocateZeroed(4 * slots);
    if (this.#slotCount > 0) {
      memory.u8.copyWithin(entries, this.#entries, this.#entries + count * this.#width);
      this.#freeTable();
    }
    this.#entries = entries;
    this.#capacity = capacity;
    this.#slots = table;
    this.#slotCount = slots;
    kernels().parquetRehash(this.#kind, entries, count, table, slots - 1);
  }

  #freeTable(): void {
    this.#memory.free(this.#entries, this.#capacity * this.#width);
    this.#memory.free(this.#slots, 4 * this.#slotCount);
  }
}
