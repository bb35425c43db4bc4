/**
 * Small pieces of linear memory, many and of many sizes: pages hold pieces of one size; a page whose last piece was freed
 * goes back. Pieces larger than any size stand alone. A piece keeps, at `pageOffset`, which page it is of.
 */
import { linearMemory, type MemoryAccount } from "../memory/linear-memory.ts";

/** Eight sizes to a doubling: at most an eighth is spare. */
const SIZES: readonly number[] = (() => {
  const sizes: number[] = [];
  for (let size = 64, step = 8; size <= 8192; size += step) {
    sizes.push(size);
    if ((size & (size - 1)) === 0) step = size / 8;
  }
  return sizes;
})();
const LARGEST = SIZES.at(-1)!;
/** Which size a request takes, by its eights of bytes. */
const CLASS_OF = (() => {
  const classes = new Uint8Array(LARGEST / 8 + 1);
  for (let i = 0, size = 0; i < classes.length; i++) {
    while (SIZES[size]! < 8 * i) size++;
    classes[i] = size;
  }
  return classes;
})();
const ALONE = 0xffff_ffff;
const FIRST_PAGE_BYTES = 2048, LAST_PAGE_BYTES = 65_536, SLACK = 64;

interface Page { readonly pointer: number; readonly bytes: number; readonly size: number; readonly capacity: number; live: number; used: number; free: number; isOpen: boolean }

export class RecordSlab {
  readonly #pageOffset: number;
  readonly #sizeOffset: number;
  readonly #account: MemoryAccount;
  readonly #memory = linearMemory();
  #pages: (Page | undefined)[] = [];
  readonly #freeNumbers: number[] = [];
  /** Pages with room, by size. */
  #open: number[][] = SIZES.map(() => []);
  #pagesOfSize: number[] = SIZES.map(() => 0);
  readonly #alone = new Map<number, number>();

  /** Two u32 of each piece are the slab's: its page's number, and its size in bytes. */
  constructor(pageOffset: number, sizeOffset: number, account: MemoryAccount) {
    this.#pageOffset = pageOffset;
    this.#sizeOffset = sizeOffset;
    this.#account = account;
  }

  allocate(bytes: number): number {
    const memory = this.#memory;
    if (bytes > LARGEST) {
      const pointer = memory.allocate(bytes, this.#account);
      this.#alone.set(pointer, bytes);
      this.#mark(pointer, ALONE, bytes);
      return pointer;
    }
    const sizeClass = CLASS_OF[(bytes + 7) >>> 3]!, open = this.#open[sizeClass]!;
    const number = open.length > 0 ? open[open.length - 1]! : this.#addPage(sizeClass), page = this.#pages[number]!;
    let pointer = page.free;
    if (pointer !== 0) page.free = memory.u32[pointer >>> 2]!;
    else pointer = page.pointer + page.size * page.used++;
    page.live++;
    if (page.free === 0 && page.used === page.capacity) {
      open.pop();
      page.isOpen = false;
    }
    this.#mark(pointer, number, page.size);
    return pointer;
  }

  /** How many bytes a piece has: those asked for, or a few more. */
  sizeOf(pointer: number): number { return this.#memory.u32[(pointer + this.#sizeOffset) >>> 2]!; }

  free(pointer: number): void {
    const memory = this.#memory, number = memory.u32[(pointer + this.#pageOffset) >>> 2]!;
    if (number === ALONE) {
      memory.free(pointer, this.#alone.get(pointer)!, this.#account);
      this.#alone.delete(pointer);
      return;
    }
    const page = this.#pages[number]!, sizeClass = CLASS_OF[page.size >>> 3]!;
    memory.u32[pointer >>> 2] = page.free;
    page.free = pointer;
    page.live--;
    if (!page.isOpen) {
      page.isOpen = true;
      this.#open[sizeClass]!.push(number);
    }
    // A small page stays, so that a size that is used in turn doesn't make a page each time.
    if (page.live > 0 || page.bytes < FIRST_PAGE_BYTES && this.#pagesOfSize[sizeClass] === 1) return;
    memory.free(page.pointer, page.bytes, this.#account);
    this.#pages[number] = undefined;
    this.#freeNumbers.push(number);
    this.#pagesOfSize[sizeClass]!--;
    const open = this.#open[sizeClass]!;
    open.splice(open.indexOf(number), 1);
  }

  /** Gives all memory back. */
  release(): void {
    for (const page of this.#pages) if (page !== undefined) this.#memory.free(page.pointer, page.bytes, this.#account);
    for (const [pointer, bytes] of this.#alone) this.#memory.free(pointer, bytes, this.#account);
    this.#pages = [];
    this.#freeNumbers.length = 0;
    this.#open = SIZES.map(() => []);
    this.#pagesOfSize = SIZES.map(() => 0);
    this.#alone.clear();
  }

  #mark(pointer: number, page: number, size: number): void {
    const { u32 } = this.#memory;
    u32[(pointer + this.#pageOffset) >>> 2] = page;
    u32[(pointer + this.#sizeOffset) >>> 2] = size;
  }

  #addPage(sizeClass: number): number {
    const size = SIZES[sizeClass]!, pages = this.#pagesOfSize[sizeClass]!++;
    let block = FIRST_PAGE_BYTES;
    while (block < LAST_PAGE_BYTES && (block < pages * FIRST_PAGE_BYTES || block < 8 * size)) block *= 2;
    const bytes = block - SLACK, pointer = this.#memory.allocate(bytes, this.#account);
    const number = this.#freeNumbers.pop() ?? this.#pages.length;
    this.#pages[number] = { pointer, bytes, size, capacity: Math.floor(bytes / size), live: 0, used: 0, free: 0, isOpen: true };
    this.#open[sizeClass]!.push(number);
    return number;
  }
}
