/**
 * States of rare aggregates: JavaScript values beside the rows of a table. A row holds the number of its slot, given at
 * first use; slot n is place n of every aggregate's list.
 */
import { encodeCell, readCell, writeCell } from "../columns/row-codec.ts";
import { ByteReader, ByteWriter } from "../columns/byte-stream.ts";
import { GroupRow } from "../kernels/table.ts";
import { linearMemory } from "../memory/linear-memory.ts";
import type { Cell } from "../types/cell.ts";
import type { DataType } from "../types/data-type.ts";
import { heapBytes } from "./heap-size.ts";

/** How one aggregate's states are made, and stored in checkpoints as cells of `stateType`. */
export interface ObjectStateCodec<S = unknown> {
  readonly stateType: DataType;
  create(): S;
  encode(state: S): Cell;
  decode(cell: Cell): S;
}

/** What an instance of a class takes beside its encoded form, nearly. */
const INSTANCE_BYTES = 400;
/** A place in a list, which grows by half. */
const PLACE_BYTES = 10;
/** Lists as short as this stay as they are. */
const LEAST_SLOTS = 1024;
/** States that are looked at to tell what all of them take. */
const SAMPLES = 32;

export class ObjectStates {
  readonly #codecs: readonly ObjectStateCodec[];
  #lists: unknown[][];
  /** The address of the row of each slot; 0: the slot is free. */
  #owners: Uint32Array;
  #free: number[] = [];
  #next = 1;

  constructor(codecs: readonly ObjectStateCodec[]) {
    this.#codecs = codecs;
    this.#lists = codecs.map(() => [undefined]);
    this.#owners = new Uint32Array(codecs.length === 0 ? 0 : LEAST_SLOTS);
  }

  get #live(): number { return this.#next - 1 - this.#free.length; }

  /** JavaScript does not tell what values take: judged by the look of some of them. */
  get estimatedBytes(): number {
    const live = this.#live, step = Math.max(1, Math.floor((this.#next - 1) / SAMPLES));
    if (live === 0 || this.#codecs.length === 0) return 0;
    let bytes = 0, samples = 0;
    for (let slot = 1; slot < this.#next; slot += step) {
      if (this.#owners[slot] === 0) continue;
      samples++;
      this.#codecs.forEach((codec, k) => {
        const state = this.#lists[k]![slot];
        bytes += heapBytes(state) ?? INSTANCE_BYTES + encodeCell(codec.stateType, codec.encode(state)).length;
      });
    }
    return Math.round(this.#codecs.length * PLACE_BYTES * (this.#next - 1) + this.#owners.byteLength + (samples === 0 ? 0 : live * bytes / samples));
  }

  /** The states of aggregate `index`, by slot. */
  list(index: number): unknown[] { return this.#lists[index]!; }

  /** The slot of a group, made with fresh states if it has none. */
  slotOf(address: number): number {
    const words = linearMemory().u32, at = (address + GroupRow.object) >>> 2;
    if (words[at] !== 0) return words[at]!;
    const slot = this.#free.pop() ?? this.#next++;
    if (slot >= this.#owners.length) {
      const owners = new Uint32Array(2 * this.#owners.length);
      owners.set(this.#owners);
      this.#owners = owners;
    }
    this.#owners[slot] = address;
    this.#codecs.forEach((codec, i) => { this.#lists[i]![slot] = codec.create(); });
    words[at] = slot;
    return slot;
  }

  removeRows(addresses: number, count: number): void {
    if (this.#codecs.length === 0) return;
    const words = linearMemory().u32;
    for (let i = 0; i < count; i++) {
      const slot = words[(words[(addresses >>> 2) + i]! + GroupRow.object) >>> 2]!;
      if (slot === 0) continue;
      for (const list of this.#lists) list[slot] = undefined;
      this.#owners[slot] = 0;
      this.#free.push(slot);
    }
    if (4 * this.#live < this.#next - 1 && this.#next > LEAST_SLOTS) this.#compact();
  }

  /** Moves what is left into the first slots, and gives the rest back. */
  #compact(): void {
    const words = linearMemory().u32, to = Array.from(this.#lists, (): unknown[] => [undefined]), owners = new Uint32Array(Math.max(LEAST_SLOTS, 2 * this.#live));
    let next = 1;
    for (let slot = 1; slot < this.#next; slot++) {
      const owner = this.#owners[slot]!;
      if (owner === 0) continue;
      this.#lists.forEach((list, i) => { to[i]!.push(list[slot]); });
      owners[next] = owner;
      words[(owner + GroupRow.object) >>> 2] = next++;
    }
    this.#lists = to;
    this.#owners = owners;
    this.#free = [];
    this.#next = next;
  }

  /** States of groups, in order, for a block. */
  encodeRows(addresses: number, count: number): Uint8Array {
    if (this.#codecs.length === 0) return new Uint8Array(0);
    const words = linearMemory().u32, writer = new ByteWriter();
    for (let i = 0; i < count; i++) {
      const slot = this.slotOf(words[(addresses >>> 2) + i]!);
      this.#codecs.forEach((codec, k) => writeCell(writer, codec.stateType, codec.encode(this.#lists[k]![slot])));
    }
    return writer.take();
  }

  decodeRows(bytes: Uint8Array, addresses: number, count: number): void {
    if (this.#codecs.length === 0) return;
    const words = linearMemory().u32, reader = new ByteReader(bytes);
    for (let i = 0; i < count; i++) {
      const slot = this.slotOf(words[(addresses >>> 2) + i]!);
      this.#codecs.forEach((codec, k) => { this.#lists[k]![slot] = codec.decode(readCell(reader, codec.stateType)); });
    }
  }

  clear(): void {
    for (const list of this.#lists) list.length = 1;
    this.#owners.fill(0);
    this.#free = [];
    this.#next = 1;
  }
}
