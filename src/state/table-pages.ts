/** The pages that a state table's rows lie in: kernels place rows, here pages are added where they lack one, and given back. */
import { ExecutionError } from "../base/errors.ts";
import { kernels } from "../kernels/kernels.ts";
import { PageRecord, TableHeader } from "../kernels/table.ts";
import { linearMemory, type MemoryAccount } from "../memory/linear-memory.ts";
import { PageList } from "./page-list.ts";

const FIRST_PAGE_BYTES = 4096, LAST_PAGE_BYTES = 256 * 1024, MAX_PAGES = 65536;
/** Spare bytes that LinearMemory adds: a request this much under a power of two fills its block. */
const SLACK = 64;

export class TablePages {
  readonly #memory = linearMemory();
  readonly #kernels = kernels();
  readonly #header: number;
  readonly #rowBytes: number;
  readonly #list: PageList;

  /** `header`: of the table. */
  constructor(header: number, rowBytes: number, account: MemoryAccount) {
    this.#header = header;
    this.#rowBytes = rowBytes;
    this.#list = new PageList(PageRecord, account);
  }

  /** Pages in which a group's time may be at most `bound`, and how many groups live there. */
  upTo(bound: bigint): ReturnType<PageList["upTo"]> { return this.#list.upTo(bound); }
  /** A lower bound of all groups' times; undefined where there is none. */
  minTime(): bigint | undefined { return this.#list.minTime(); }
  forEach(use: (number: number) => void): void { this.#list.forEach(use); }
  clear(): void { this.#list.clear(); }

  /** @throws ExecutionError MILLRACE_STATE_TOO_LARGE */
  add(): void {
    const pages = this.#list;
    if (pages.count >= MAX_PAGES) throw new ExecutionError({ condition: "MILLRACE_STATE_TOO_LARGE", sqlState: "54000", message: `The groups of one operator fill more than ${MAX_PAGES} pages of memory.`, hint: "let a watermark close groups, or group by fewer keys" });
    let block = FIRST_PAGE_BYTES;
    while (block < LAST_PAGE_BYTES && block < pages.bytes) block *= 2;
    while (block < 8 * this.#rowBytes) block *= 2;
    const { number } = pages.add(block - SLACK);
    this.#memory.u32[(pages.record(number) + PageRecord.capacity) >>> 2] = Math.floor((block - SLACK) / this.#rowBytes);
    this.#memory.u32[(this.#header + TableHeader.pages) >>> 2] = pages.records;
    this.#kernels.tableAddPage(this.#header, number);
  }

  /** Empty pages go back, but for one: a table that empties and fills in turn keeps it. */
  giveBack(): void {
    let kept = false;
    this.#list.forEach(number => {
      if (!this.#list.isEmpty(number)) return;
      this.#kernels.tableDropPage(this.#header, number);
      if (kept) this.#list.free(number);
      else this.#kernels.tableAddPage(this.#header, number);
      kept = true;
    });
  }
}
