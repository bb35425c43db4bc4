/**
 * States of rare aggregates: JavaScript values beside the rows of a table. A row holds the number of its slot, given at
 * first use; slot n is place n of every aggregate's list.
 */
import { ByteReader, ByteWriter, encodeCell, readCell, writeCell } from "../columns/row-codec.ts";
import { GroupRow } from "../kernels/table.ts";
import { linearMemory } from "../memory/linear-memory.ts";
import type { Cell } from "../types/cell.ts";
import type { DataType } from "../types/data-type.ts";

/** How one aggregate's states are made, and stored in checkpoints as cells of `stateType`. */
export interface ObjectStateCodec<S = unknown> {
  readonly stateType: DataType;
  create(): S;
  encode(state: S): Cell;
  decode(cell: Cell): S;
}

/** What a small JavaScript object with its place in a list takes, nearly, and how much more a value takes than its encoded form. */
const OBJECT_BYTES = 64, BYTES_PER_ENCODED = 4;
/** States that are looked at to tell what all of them take. */
const SAMPLES = 32;

export class ObjectStates {
  readonly #codecs: readonly ObjectStateCodec[];
  readonly #lists: unknown[][];
  #free: number[] = [];
  #next = 1;

  constructor(codecs: readonly ObjectStateCodec[]) {
    this.#codecs = codecs;
    this.#lists = codecs.map(() => [undefined]);
  }

  /** JavaScript does not tell what values take: judged by the encoded size of some of them. */
  get estimatedBytes(): number {
    const live = this.#next - 1 - this.#free.length, step = Math.max(1, Math.floor((this.#next - 1) / SAMPLES));
    if (live === 0 || this.#codecs.length === 0) return 0;
    let encoded = 0, samples = 0;
    for (let slot = 1; slot < this.#next; slot += step) {
      if (this.#lists[0]![slot] === undefined) continue;
      samples++;
      this.#codecs.forEach((codec, k) => { encoded += encodeCell(codec.stateType, codec.encode(this.#lists[k]![slot])).length; });
    }
    return Math.round(live * (this.#codecs.length * OBJECT_BYTES + (samples === 0 ? 0 : BYTES_PER_ENCODED * encoded / samples)));
  }

  /** The states of aggregate `index`, by slot. */
  list(index: number): unknown[] { return this.#lists[index]!; }

  /** The slot of a group, made with fresh states if it has none. */
  slotOf(address: number): number {
    const words = linearMemory().u32, at = (address + GroupRow.object) >>> 2;
    if (words[at] !== 0) return words[at]!;
    const slot = this.#free.pop() ?? this.#next++;
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
      this.#free.push(slot);
    }
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
    this.#free = [];
    this.#next = 1;
  }
}
