/**
 * What programs keep for their keys: for each group of a state table and each variable a chain of entries, in the order
 * in which they came. A value is a chain of one; entries of maps are found by their keys through an index. Entries lie in
 * linear memory as encoded bytes, so all they take is counted.
 *
 * An entry: u32 next, previous, group's address, place in the heap; i64 time (when it ends, or a timer's; NO_TIME: never);
 * u32 bytes of its key, bytes of its value, hash, next with the same slot of the index; u32 variable, page, size; then key
 * and value.
 */
import { linearMemory, type MemoryAccount } from "../memory/linear-memory.ts";
import { SegmentPool } from "./segment-pool.ts";
import { RecordSlab } from "./record-slab.ts";
import { NOWHERE, TimeHeap } from "./time-heap.ts";

export const NO_TIME = 2n ** 63n - 1n;
const NEXT = 0, PREVIOUS = 4, GROUP = 8, PLACE = 12, TIME = 16, KEY_BYTES = 24, VALUE_BYTES = 28, HASH = 32, SAME_SLOT = 36, VARIABLE = 40, PAGE = 44, SIZE = 48;
const DATA = 56;
const SEGMENTS = 256, FIRST_SLOTS = 16;
const NOTHING = new Uint8Array(0);

export class EntryStore {
  readonly #memory = linearMemory();
  readonly #chains: number;
  readonly #slab: RecordSlab;
  /** Which heap the entries of a variable with times are in. */
  readonly #heapOf: readonly TimeHeap[];
  readonly #pool: SegmentPool;
  /** The index, in parts that grow one at a time: pointer to slots, their number, entries. */
  #slots = new Uint32Array(SEGMENTS);
  #sizes = new Uint32Array(SEGMENTS);
  #held = new Uint32Array(SEGMENTS);
  /** Entries, by variable. */
  readonly counts: number[];
  /** Groups with entries, by variable. */
  readonly groups: number[];

  /** `chains`: bytes from a group's address to its chains, two u32 a variable, zero in new groups. `heaps`: one a variable, shared by some. */
  constructor(chains: number, heaps: readonly TimeHeap[], account: MemoryAccount) {
    this.#chains = chains;
    this.#heapOf = heaps;
    this.#slab = new RecordSlab(PAGE, SIZE, account);
    this.#pool = new SegmentPool(account);
    this.counts = heaps.map(() => 0);
    this.groups = heaps.map(() => 0);
  }

  static heap(account: MemoryAccount): TimeHeap { return new TimeHeap(TIME, PLACE, account); }

  /** The first entry of a variable, 0 if there is none. */
  first(group: number, variable: number): number { return this.#memory.u32[(group + this.#chains + 8 * variable) >>> 2]!; }
  next(entry: number): number { return this.#memory.u32[(entry + NEXT) >>> 2]!; }
  groupOf(entry: number): number { return this.#memory.u32[(entry + GROUP) >>> 2]!; }
  variableOf(entry: number): number { return this.#memory.u32[(entry + VARIABLE) >>> 2]!; }
  timeOf(entry: number): bigint { return this.#memory.i64[(entry + TIME) / 8]!; }
  keyAt(entry: number): number { return entry + DATA; }
  keyBytes(entry: number): number { return this.#memory.u32[(entry + KEY_BYTES) >>> 2]!; }
  valueAt(entry: number): number { return entry + DATA + this.#memory.u32[(entry + KEY_BYTES) >>> 2]!; }
  valueBytes(entry: number): number { return this.#memory.u32[(entry + VALUE_BYTES) >>> 2]!; }
  /** A view of encoded bytes, valid until the entry changes. */
  key(entry: number): Uint8Array { return this.#memory.u8.subarray(entry + DATA, entry + DATA + this.keyBytes(entry)); }
  value(entry: number): Uint8Array { const at = this.valueAt(entry); return this.#memory.u8.subarray(at, at + this.valueBytes(entry)); }

  isEmpty(group: number): boolean {
    const { u32 } = this.#memory, at = (group + this.#chains) >>> 2;
    for (let i = 0; i < this.counts.length; i++) if (u32[at + 2 * i] !== 0) return false;
    return true;
  }

  /** Puts an entry behind the others of its variable. */
  append(group: number, variable: number, value: Uint8Array, time: bigint): number {
    return this.#append(group, variable, NOTHING, 0, value, time);
  }

  /** The entry of a map under a key; 0 if there is none. */
  find(group: number, variable: number, key: Uint8Array): number {
    const hash = hashOf(group, variable, key), segment = hash >>> 24, slots = this.#sizes[segment]!;
    if (slots === 0) return 0;
    const { u32, u8 } = this.#memory;
    let entry = u32[(this.#slots[segment]! >>> 2) + (hash & (slots - 1))]!;
    for (; entry !== 0; entry = u32[(entry + SAME_SLOT) >>> 2]!) {
      if (u32[(entry + HASH) >>> 2] !== hash || u32[(entry + GROUP) >>> 2] !== group || u32[(entry + VARIABLE) >>> 2] !== variable || u32[(entry + KEY_BYTES) >>> 2] !== key.length) continue;
      let i = 0;
      while (i < key.length && u8[entry + DATA + i] === key[i]) i++;
      if (i === key.length) return entry;
    }
    return 0;
  }

  /** Puts an entry under a key that has none. */
  insert(group: number, variable: number, key: Uint8Array, value: Uint8Array, time: bigint): number {
    const entry = this.#append(group, variable, key, hashOf(group, variable, key), value, time);
    this.#index(entry);
    return entry;
  }

  /** Another value in the place of an entry's own. Returns where the entry is from now on. */
  replace(entry: number, value: Uint8Array, time: bigint): number {
    const { u32, u8 } = this.#memory, keyBytes = this.keyBytes(entry);
    if (DATA + keyBytes + value.length <= this.#slab.sizeOf(entry) && this.#slab.sizeOf(entry) <= 4 * (DATA + keyBytes + value.length)) {
      u8.set(value, entry + DATA + keyBytes);
      u32[(entry + VALUE_BYTES) >>> 2] = value.length;
      this.#setTime(entry, time);
      return entry;
    }
    const variable = this.variableOf(entry), group = this.groupOf(entry), previous = u32[(entry + PREVIOUS) >>> 2]!, next = u32[(entry + NEXT) >>> 2]!;
    const isIndexed = keyBytes > 0;
    if (isIndexed) this.#unindex(entry);
    this.#leaveHeap(entry);
    const fresh = this.#make(group, variable, this.key(entry), u32[(entry + HASH) >>> 2]!, value);
    u32[(fresh + PREVIOUS) >>> 2] = previous;
    u32[(fresh + NEXT) >>> 2] = next;
    const chain = (group + this.#chains + 8 * variable) >>> 2;
    if (previous === 0) u32[chain] = fresh; else u32[(previous + NEXT) >>> 2] = fresh;
    if (next === 0) u32[chain + 1] = fresh; else u32[(next + PREVIOUS) >>> 2] = fresh;
    this.#slab.free(entry);
    this.#setTime(fresh, time);
    if (isIndexed) this.#index(fresh);
    return fresh;
  }

  remove(entry: number): void {
    const { u32 } = this.#memory, variable = this.variableOf(entry), chain = (this.groupOf(entry) + this.#chains + 8 * variable) >>> 2;
    const previous = u32[(entry + PREVIOUS) >>> 2]!, next = u32[(entry + NEXT) >>> 2]!;
    if (this.keyBytes(entry) > 0) this.#unindex(entry);
    this.#leaveHeap(entry);
    if (previous === 0) u32[chain] = next; else u32[(previous + NEXT) >>> 2] = next;
    if (next === 0) u32[chain + 1] = previous; else u32[(next + PREVIOUS) >>> 2] = previous;
    this.counts[variable]!--;
    if (previous === 0 && next === 0) this.groups[variable]!--;
    this.#slab.free(entry);
  }

  /** Removes all entries of a variable; returns their number. */
  clear(group: number, variable: number): number {
    let removed = 0;
    for (let entry = this.first(group, variable); entry !== 0; removed++) {
      const next = this.next(entry);
      this.remove(entry);
      entry = next;
    }
    return removed;
  }

  /** Gives all memory back; groups must be gone with it. */
  release(): void {
    for (const heap of new Set(this.#heapOf)) heap.clear();
    this.#slab.release();
    this.#pool.release();
    this.#slots = new Uint32Array(SEGMENTS);
    this.#sizes = new Uint32Array(SEGMENTS);
    this.#held = new Uint32Array(SEGMENTS);
    this.counts.fill(0);
    this.groups.fill(0);
  }

  #append(group: number, variable: number, key: Uint8Array, hash: number, value: Uint8Array, time: bigint): number {
    const { u32 } = this.#memory, entry = this.#make(group, variable, key, hash, value), chain = (group + this.#chains + 8 * variable) >>> 2, last = u32[chain + 1]!;
    u32[(entry + NEXT) >>> 2] = 0;
    u32[(entry + PREVIOUS) >>> 2] = last;
    if (last === 0) {
      u32[chain] = entry;
      this.groups[variable]!++;
    } else u32[(last + NEXT) >>> 2] = entry;
    u32[chain + 1] = entry;
    this.counts[variable]!++;
    this.#setTime(entry, time);
    return entry;
  }

  #make(group: number, variable: number, key: Uint8Array, hash: number, value: Uint8Array): number {
    const entry = this.#slab.allocate(DATA + key.length + value.length), { u32, i64, u8 } = this.#memory, at = entry >>> 2;
    u32[at + GROUP / 4] = group;
    u32[at + PLACE / 4] = NOWHERE;
    i64[(entry + TIME) / 8] = NO_TIME;
    u32[at + KEY_BYTES / 4] = key.length;
    u32[at + VALUE_BYTES / 4] = value.length;
    u32[at + HASH / 4] = hash;
    u32[at + VARIABLE / 4] = variable;
    if (key.length > 0) u8.set(key, entry + DATA);
    u8.set(value, entry + DATA + key.length);
    return entry;
  }

  #setTime(entry: number, time: bigint): void {
    const { u32, i64 } = this.#memory;
    if (time === NO_TIME && u32[(entry + PLACE) >>> 2] === NOWHERE) return;
    this.#leaveHeap(entry);
    i64[(entry + TIME) / 8] = time;
    if (time !== NO_TIME) this.#heapOf[this.variableOf(entry)]!.add(entry);
  }

  #leaveHeap(entry: number): void {
    if (this.#memory.u32[(entry + PLACE) >>> 2] !== NOWHERE) this.#heapOf[this.variableOf(entry)]!.remove(entry);
  }

  #index(entry: number): void {
    const { u32 } = this.#memory, hash = u32[(entry + HASH) >>> 2]!, segment = hash >>> 24;
    if (this.#held[segment]! >= this.#sizes[segment]!) this.#grow(segment);
    const slot = (this.#slots[segment]! >>> 2) + (hash & (this.#sizes[segment]! - 1));
    u32[(entry + SAME_SLOT) >>> 2] = u32[slot]!;
    u32[slot] = entry;
    this.#held[segment]!++;
  }

  #unindex(entry: number): void {
    const { u32 } = this.#memory, hash = u32[(entry + HASH) >>> 2]!, segment = hash >>> 24;
    let at = (this.#slots[segment]! >>> 2) + (hash & (this.#sizes[segment]! - 1));
    while (u32[at] !== entry) at = (u32[at]! + SAME_SLOT) >>> 2;
    u32[at] = u32[(entry + SAME_SLOT) >>> 2]!;
    if (--this.#held[segment]! > 0) return;
    this.#pool.free(this.#slots[segment]!, 4 * this.#sizes[segment]!);
    this.#slots[segment] = this.#sizes[segment] = 0;
  }

  #grow(segment: number): void {
    const { u32 } = this.#memory, old = this.#slots[segment]!, oldSize = this.#sizes[segment]!, size = Math.max(FIRST_SLOTS, 2 * oldSize);
    const slots = this.#pool.allocate(4 * size);
    for (let i = 0; i < oldSize; i++) {
      for (let entry = u32[(old >>> 2) + i]!; entry !== 0;) {
        const next = u32[(entry + SAME_SLOT) >>> 2]!, slot = (slots >>> 2) + (u32[(entry + HASH) >>> 2]! & (size - 1));
        u32[(entry + SAME_SLOT) >>> 2] = u32[slot]!;
        u32[slot] = entry;
        entry = next;
      }
    }
    if (oldSize > 0) this.#pool.free(old, 4 * oldSize);
    this.#slots[segment] = slots;
    this.#sizes[segment] = size;
  }
}

function hashOf(group: number, variable: number, key: Uint8Array): number {
  let hash = Math.imul(group ^ Math.imul(variable + 1, 0x9e3779b1), 0x85ebca6b) ^ 0x811c9dc5;
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key[i]!, 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  hash = Math.imul(hash ^ (hash >>> 12), 0x297a2d39);
  return (hash ^ (hash >>> 15)) >>> 0;
}
