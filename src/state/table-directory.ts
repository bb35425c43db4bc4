/** The directory of a state table: a segment of slots a key group, that grows and shrinks alone. An entry is segment u32, slots - 1 u32, groups u32. */
import { kernels } from "../kernels/kernels.ts";
import { KEY_GROUPS } from "../kernels/table.ts";
import { linearMemory, type MemoryAccount } from "../memory/linear-memory.ts";
import { SegmentPool } from "./segment-pool.ts";

const FIRST_SLOTS = 16, SLOT_BYTES = 8, ENTRY_BYTES = 16;
/** As LinearMemory's blocks have it to spare. */
const BYTES = KEY_GROUPS * ENTRY_BYTES - 64;

export class TableDirectory {
  readonly #memory = linearMemory();
  readonly #segments: SegmentPool;
  readonly #account: MemoryAccount;
  readonly pointer: number;

  constructor(account: MemoryAccount) {
    this.#account = account;
    this.#segments = new SegmentPool(account);
    this.pointer = this.#memory.allocate(BYTES, account);
  }

  /** Segments of the least size for an empty table; `clear` comes before if there are any. */
  initialise(): void {
    const { u32 } = this.#memory;
    for (let group = 0; group < KEY_GROUPS; group++) {
      const entry = this.#entry(group);
      u32[entry] = this.#segments.allocate(FIRST_SLOTS * SLOT_BYTES);
      u32[entry + 1] = FIRST_SLOTS - 1;
      u32[entry + 2] = 0;
    }
  }

  /** Groups of the table whose keys are of a key group. */
  groupsIn(group: number): number { return this.#memory.u32[this.#entry(group) + 2]!; }

  /** `table`: its header. */
  resize(table: number, group: number, factor: number): void {
    const { u32 } = this.#memory, entry = this.#entry(group), old = u32[entry]!, oldSlots = u32[entry + 1]! + 1, slots = oldSlots * factor;
    const segment = this.#segments.allocate(slots * SLOT_BYTES);
    kernels().tableMoveSegment(table, group, segment, slots - 1);
    this.#segments.free(old, oldSlots * SLOT_BYTES);
  }

  /** Shrinks segments that hold little. */
  shrink(table: number): void {
    for (let group = 0; group < KEY_GROUPS; group++) {
      const slots = this.#memory.u32[this.#entry(group) + 1]! + 1, groups = this.groupsIn(group);
      let smaller = slots;
      while (smaller > FIRST_SLOTS && groups * 8 < smaller) smaller /= 2;
      // Halves once more than needed would grow again at the next insert.
      if (smaller * 4 <= slots) this.resize(table, group, (smaller * 2) / slots);
    }
  }

  /** Gives all segments back. */
  clear(): void { this.#segments.release(); }

  release(): void {
    this.clear();
    this.#memory.free(this.pointer, BYTES, this.#account);
  }

  #entry(group: number): number { return (this.pointer + ENTRY_BYTES * group) >>> 2; }
}
