/** Groups of a state table as bytes without addresses: packed words, and the long strings of their keys. */
import { kernels } from "../kernels/kernels.ts";
import { linearMemory } from "../memory/linear-memory.ts";
import { damagedBlock } from "./block-head.ts";
import { withUnpacked } from "./packed-words.ts";

export class FlatRows {
  readonly #memory = linearMemory();
  readonly #kernels = kernels();
  readonly #header: number;
  readonly #keyStride: number;
  /** Bytes of a group with its state. */
  readonly rowStride: number;

  /** `header`: of the table. `keyStride`: bytes of a group's key alone. */
  constructor(header: number, keyStride: number, rowStride: number) {
    this.#header = header;
    this.#keyStride = keyStride;
    this.rowStride = rowStride;
  }

  /** `withState`: all of the groups, not their keys alone. */
  write(addresses: number, count: number, withState: boolean): { rows: Uint8Array; strings: Uint8Array } {
    const memory = this.#memory, bytes = count * (withState ? this.rowStride : this.#keyStride);
    const out = memory.allocate(bytes), packedBytes = bytes + (bytes >>> 4) + 16, packed = memory.allocate(packedBytes);
    const stringBytes = this.#kernels.tableWriteRows(this.#header, addresses, count, withState ? 1 : 0, out) >>> 0;
    const rows = memory.u8.slice(packed, packed + (this.#kernels.packWords(out, bytes >>> 3, packed) >>> 0));
    memory.free(out, bytes);
    memory.free(packed, packedBytes);
    if (stringBytes === 0) return { rows, strings: NO_BYTES };
    const area = memory.allocate(stringBytes);
    this.#kernels.tableWriteStrings(this.#header, addresses, count, area);
    const strings = memory.u8.slice(area, area + stringBytes);
    memory.free(area, stringBytes);
    return { rows, strings };
  }

  /** Lends what `write` made a place in linear memory, with its strings pointed at and its hashes. */
  lend(rows: Uint8Array, strings: Uint8Array, stride: number, count: number, use: (rows: number, hashes: number) => void): void {
    if (count === 0) return;
    const memory = this.#memory, area = memory.allocate(strings.length), hashes = memory.allocate(8 * count);
    try {
      memory.u8.set(strings, area);
      withUnpacked(rows, (count * stride) >>> 3, at => {
        if (this.#kernels.tablePointStrings(this.#header, at, stride, count, area, area + strings.length) !== strings.length) throw damagedBlock();
        this.#kernels.tableHashKeys(this.#header, at, stride, count, hashes);
        use(at, hashes);
      });
    } finally {
      memory.free(area, strings.length);
      memory.free(hashes, 8 * count);
    }
  }
}

const NO_BYTES = new Uint8Array(0);
