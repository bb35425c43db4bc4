/** The header of a state table, which its kernels read and write; behind it the kinds of the words of keys. */
import { TableHeader } from "../kernels/table.ts";
import { linearMemory, type MemoryAccount } from "../memory/linear-memory.ts";
import type { KeyLayout } from "./key-layout.ts";

export interface TableShape {
  readonly layout: KeyLayout;
  /** Address of the directory. */
  readonly directory: number;
  readonly rowBytes: number;
  /** Those of a row that its changes have. */
  readonly loggedBytes: number;
  /** Bits of the hash that count; all if left out. */
  readonly hashMask: bigint | undefined;
}

export class TableHead {
  readonly #memory = linearMemory();
  readonly #account: MemoryAccount;
  readonly #shape: TableShape;
  readonly pointer: number;

  constructor(shape: TableShape, account: MemoryAccount) {
    this.#shape = shape;
    this.#account = account;
    this.pointer = this.#memory.allocateZeroed(this.#bytes, account);
    this.#memory.u8.set(shape.layout.kinds, this.pointer + TableHeader.bytes);
  }

  get #bytes(): number { return TableHeader.bytes + this.#shape.layout.kinds.length; }

  get(field: number): number { return this.#memory.u32[(this.pointer + field) >>> 2]!; }
  set(field: number, value: number): void { this.#memory.u32[(this.pointer + field) >>> 2] = value; }

  /** Where in a row the time lies that closes its group. */
  setTime({ offset, nullOffset, nullBit }: ReturnType<KeyLayout["timeOffset"]>): void {
    this.set(TableHeader.timeOffset, offset);
    this.set(TableHeader.timeNullOffset, nullOffset);
    this.set(TableHeader.timeNullBit, nullBit);
  }

  /** Of an empty table; its time stays. */
  initialise(): void {
    const { layout, directory, rowBytes, loggedBytes, hashMask = 0xffff_ffff_ffff_ffffn } = this.#shape;
    const keep = [TableHeader.timeOffset, TableHeader.timeNullBit, TableHeader.timeNullOffset].map(field => [field, this.get(field)] as const);
    this.#memory.u8.fill(0, this.pointer, this.pointer + TableHeader.bytes);
    for (const [field, value] of keep) this.set(field, value);
    this.set(TableHeader.directory, directory);
    this.set(TableHeader.keyWords, layout.words);
    this.set(TableHeader.kinds, this.pointer + TableHeader.bytes);
    this.set(TableHeader.rowBytes, rowBytes);
    this.set(TableHeader.loggedBytes, loggedBytes);
    this.set(TableHeader.epoch, 2);
    this.set(TableHeader.hasViews, layout.hasViews ? 1 : 0);
    this.#memory.u64[(this.pointer + TableHeader.hashMask) / 8] = hashMask;
  }

  release(): void { this.#memory.free(this.pointer, this.#bytes, this.#account); }
}
