/** The distinct values of a column chunk, each with its number, up to a limit of bytes. */
import { kernels } from "../../kernels/kernels.ts";
import { linearMemory } from "../../memory/linear-memory.ts";

const FIRST_SLOTS = 1024;
const STATE_BYTES = 8;

export class DictionaryWriter {
  /** 4, 8 or 16 bytes a value, or 0 for views. */
  readonly #kind: number;
  readonly #width: number;
  readonly #most: number;
  readonly #heapBytes: number;
  readonly #memory = linearMemory();
  readonly #state: number;
  #slotCount = 0;
  #slots = 0;
  #entries = 0;
  #capacity = 0;
  #heap = 0;

  /** `bytes`: what all entries may take as they are written. */
  constructor(kind: number, bytes: number) {
    this.#kind = kind;
    this.#width = kind === 0 ? 16 : kind;
    this.#most = Math.floor(bytes / (kind === 0 ? 4 : kind));
    this.#heapBytes = bytes;
    this.#state = this.#memory.allocateZeroed(STATE_BYTES);
    this.#grow(FIRST_SLOTS);
  }

  get count(): number { return this.#memory.u32[this.#state >>> 2]!; }
  /** Values as raw ones: numbers, or views. */
  get entries(): number { return this.#entries; }

  /** Writes the numbers of `count` raw values to `ids`; how many it did before the dictionary was full. */
  intern(values: number, count: number, ids: number): number {
    if (this.#kind === 0 && this.#heap === 0) this.#heap = this.#memory.allocate(this.#heapBytes);
    for (let done = 0;;) {
      const most = Math.min(this.#most, this.#slotCount / 2);
      done += kernels().parquetIntern(this.#kind, values + done * this.#width, count - done, this.#slots, this.#slotCount - 1, this.#entries, most, this.#heap, this.#heapBytes, this.#state, ids + 4 * done);
      if (done === count || this.count < most || most === this.#most) return done;
      this.#grow(4 * this.#slotCount);
    }
  }

  release(): void {
    this.#freeTable();
    if (this.#heap !== 0) this.#memory.free(this.#heap, this.#heapBytes);
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
