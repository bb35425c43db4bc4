/**
 * The pages of one side's rows in a join of streams: which page a row goes to is chosen by its time, through a ring of open
 * pages. Kernels place rows; here pages are added where they lack one, and given back.
 */
import { JoinHeader, JoinPage, JoinRing } from "../kernels/join-rows.ts";
import { kernels } from "../kernels/kernels.ts";
import { linearMemory, type MemoryAccount } from "../memory/linear-memory.ts";
import { PageList } from "./page-list.ts";

/** Buckets of a second at first: 2^20 microseconds. */
const FIRST_SHIFT = 20, LAST_SHIFT = 48;
const FIRST_PAGE_BYTES = 2048, LAST_PAGE_BYTES = 256 * 1024;
/** Spare bytes that LinearMemory adds: a request this much under a power of two fills its block. */
const SLACK = 64;
/** Buckets are widened when more pages than this are mostly empty. */
const MANY_PAGES = 256;
/** The place of rows that never leave, behind those by time. */
const NEVER_PLACE = JoinRing.places - 1;

export class JoinPages {
  readonly #memory = linearMemory();
  readonly #kernels = kernels();
  readonly #header: number;
  readonly #rowBytes: number;
  readonly #list: PageList;
  /** Bytes of the last page of each place of the ring. */
  readonly #placeBytes = new Uint32Array(JoinRing.places);
  /** Rows left since pages were last looked through. */
  #mayBeSparse = false;

  /** `header`: of the kernels, with the address of a zeroed ring. */
  constructor(header: number, rowBytes: number, account: MemoryAccount) {
    this.#header = header;
    this.#rowBytes = rowBytes;
    this.#list = new PageList(JoinPage, account);
    this.#set(JoinHeader.shift, FIRST_SHIFT);
  }

  /** Calls a kernel, from the row on that it returned last, until it lacks no page. */
  filling(kernel: (from: number) => number): void {
    for (let done = 0;;) {
      done = kernel(done) >>> 0;
      if (this.#get(JoinHeader.need) === 0) return;
      this.#add();
    }
  }

  /** Pages in which a row's time may be at most `bound`, and how many rows live there. */
  upTo(bound: bigint): ReturnType<PageList["upTo"]> { return this.#list.upTo(bound); }

  /** Rows have left: empty pages go back. */
  giveBack(): void {
    this.#mayBeSparse = true;
    this.#list.forEach(number => {
      if (!this.#list.isEmpty(number)) return;
      this.#close(number);
      this.#list.free(number);
    });
  }

  /** Rows of pages that hold little move to others, and the pages go back. Between batches: addresses change. */
  moveSparse(): void {
    if (!this.#mayBeSparse) return;
    const list = this.#list, { u32 } = this.#memory;
    this.#mayBeSparse = false;
    for (let number = 0, end = list.end; number < end; number++) {
      const bytes = list.sizeOf(number), record = list.record(number) >>> 2;
      if (bytes === 0 || u32[record + (JoinPage.live >> 2)]! * this.#rowBytes * 4 > bytes) continue;
      const used = u32[record + (JoinPage.used >> 2)]!, filled = bytes - (u32[record + (JoinPage.tail >> 2)]! - u32[record]! - used * this.#rowBytes);
      // A page that still fills is left alone, unless most of what it was given has gone.
      if (u32[record + (JoinPage.live >> 2)]! * 4 > used || filled * 2 < bytes && this.#placeOf(number) !== undefined) continue;
      this.#close(number);
      this.filling(from => this.#kernels.joinMove(this.#header, number, from));
      list.free(number);
    }
  }

  release(): void { this.#list.clear(); }

  #get(field: number): number { return this.#memory.u32[(this.#header + field) >>> 2]!; }
  #set(field: number, value: number): void { this.#memory.u32[(this.#header + field) >>> 2] = value; }

  /** The page that a kernel asked for. */
  #add(): void {
    const memory = this.#memory, place = this.#get(JoinHeader.needPlace), entry = this.#get(JoinHeader.ring) + place * JoinRing.placeBytes;
    if (this.#widen(place)) return;
    const isSameBucket = memory.u32[(entry + JoinRing.page) >>> 2] !== 0 && memory.i64[entry / 8]! >= memory.i64[(this.#header + JoinHeader.needBucket) / 8]!;
    let block = isSameBucket || place === NEVER_PLACE ? Math.min(LAST_PAGE_BYTES, Math.max(FIRST_PAGE_BYTES, 2 * this.#placeBytes[place]!)) : FIRST_PAGE_BYTES;
    while (block < this.#get(JoinHeader.needBytes) + SLACK) block *= 2;
    const { number, pointer } = this.#list.add(block - SLACK);
    this.#set(JoinHeader.pages, this.#list.records);
    this.#placeBytes[place] = block;
    this.#kernels.joinAddPage(this.#header, number, pointer, block - SLACK);
  }

  /** Twice as much time a page, if there are many pages and little in them. The row is then placed anew. */
  #widen(place: number): boolean {
    const shift = this.#get(JoinHeader.shift);
    if (place === NEVER_PLACE || this.#list.count < MANY_PAGES || shift === LAST_SHIFT || this.#get(JoinHeader.count) * this.#rowBytes * 4 > this.#list.bytes) return false;
    this.#set(JoinHeader.shift, shift + 1);
    const ring = this.#get(JoinHeader.ring);
    this.#memory.u8.fill(0, ring, ring + JoinRing.placeBytes * NEVER_PLACE);
    return true;
  }

  /** Takes a page out of the ring: nothing comes into it any more. */
  #close(number: number): void {
    const at = this.#placeOf(number);
    if (at !== undefined) this.#memory.u32[at] = 0;
  }

  /** Where the ring says that rows go to this page. */
  #placeOf(number: number): number | undefined {
    const { u32 } = this.#memory, first = (this.#get(JoinHeader.ring) + JoinRing.page) >>> 2, step = JoinRing.placeBytes >> 2;
    for (let at = first; at < first + JoinRing.places * step; at += step) if (u32[at] === number + 1) return at;
    return undefined;
  }
}
