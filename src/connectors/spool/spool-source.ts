/**
 * A stream over a spool: what senders push to a listener becomes records, and records become batches. It listens from
 * the first look of the query on until the query ends; what was taken and not read is read by the next run.
 */
import type { FormatReader } from "../../formats/format-reader.ts";
import type { BatchReceiver, Offset, ReadLimit, ReadRequest, Split, StreamSource } from "../../io/source.ts";
import { linearMemory } from "../../memory/linear-memory.ts";
import { otherSpool } from "./spool-errors.ts";
import type { Spool } from "./spool.ts";

export interface SpoolSourceOptions {
  readonly description: string;
  readonly open: () => Promise<Spool>;
  /** Begins to take what is sent; stops when called back. */
  readonly listen: (spool: Spool) => Promise<{ stop(): void }>;
  readonly makeFormat: (columns: readonly string[]) => FormatReader;
}

/** The number of the last record that was read, and of which spool. */
interface SpoolOffset { readonly spool: string; readonly record: number }
interface SpoolSplit { readonly from: number; readonly to: number }
interface Opened { readonly spool: Spool; readonly listener: { stop(): void } }

/** Other work of the thread comes in between this often. */
const YIELD_MILLIS = 20;

export class SpoolSource implements StreamSource {
  readonly replayable = true;
  readonly description: string;
  readonly #options: SpoolSourceOptions;
  #opening: Promise<Opened> | undefined;
  #opened: Opened | undefined;
  #end = Number.POSITIVE_INFINITY;
  #stopped = false;
  #wake: () => void = () => {};
  #format: FormatReader | undefined;
  #columns = "";

  constructor(options: SpoolSourceOptions) {
    this.#options = options;
    this.description = options.description;
  }

  async latest(from: Offset, limit: ReadLimit): Promise<Offset> {
    const spool = await this.#spool(), before = numberOf(from);
    if (spool.failure !== undefined) throw spool.failure;
    if (from !== null && (from as SpoolOffset).spool !== spool.id) throw otherSpool(spool.folder);
    spool.taken(before);
    const end = Math.min(spool.endWithin(before, limit.maxRows, limit.maxBytes), this.#end);
    return end <= before ? from : { spool: spool.id, record: end } satisfies SpoolOffset;
  }

  async available(): Promise<Offset> {
    const { last, id } = await this.#spool();
    return last < 0 ? null : { spool: id, record: last } satisfies SpoolOffset;
  }

  async freeze(): Promise<void> { this.#end = (await this.#spool()).last; }
  async plan(from: Offset, to: Offset): Promise<readonly Split[]> { return [{ from: numberOf(from) + 1, to: numberOf(to) } satisfies SpoolSplit]; }

  async read(split: Split, request: ReadRequest, receiver: BatchReceiver): Promise<void> {
    const { from, to } = split as SpoolSplit, spool = await this.#spool(), format = this.#formatFor(request.columns), memory = linearMemory();
    let last = performance.now();
    // A spool that was emptied before the checkpoint was new begins with a later record.
    for (let number = from === 0 ? Math.max(from, spool.first) : from; number <= to; number++) {
      const bytes = spool.read(number);
      format.reset(0);
      let at = 0;
      do {
        const { pointer, length } = format.space(), part = bytes.subarray(at, at + length);
        memory.u8.set(part, pointer);
        at += part.length;
        format.filled(part.length);
        if (at === bytes.length) format.end();
        for (let decoded = format.next(); decoded !== undefined; decoded = format.next()) {
          for (const bad of decoded.badRecords) {
            if (bad.outcome !== "kept") receiver.badRecord({ origin: `${this.description} record ${number}`, offset: bad.offset, length: bad.length, reason: bad.reason, raw: bad.raw(), ...(bad.column !== undefined && { column: bad.column }) });
          }
          if (decoded.batch.count > 0 && !receiver.push(decoded.batch)) return;
        }
        if (receiver.ready !== undefined) await receiver.ready();
        if (performance.now() - last > YIELD_MILLIS) {
          await new Promise<void>(resolve => setImmediate(resolve));
          request.signal.throwIfAborted();
          last = performance.now();
        }
      } while (at < bytes.length);
    }
  }

  committed(to: Offset): void { this.#opened?.spool.drop(numberOf(to)); }
  backlogRows(from: Offset, to: Offset): number | undefined { return this.#opened?.spool.rowsBetween(numberOf(from), numberOf(to)); }
  onData(wake: () => void): void { this.#wake = wake; }
  metrics(): Readonly<Record<string, string>> { return { spoolUnreadBytes: String(this.#opened?.spool.unreadBytes ?? 0) }; }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#format?.release();
    this.#format = undefined;
    const opened = await this.#opening?.catch(() => undefined);
    opened?.listener.stop();
    await opened?.spool.close();
  }

  async #spool(): Promise<Spool> {
    this.#opening ??= this.#start();
    return (await this.#opening).spool;
  }

  async #start(): Promise<Opened> {
    const spool = await this.#options.open();
    spool.onAppend = () => this.#wake();
    if (this.#stopped) return { spool, listener: { stop() { /* it never listened */ } } };
    try {
      return (this.#opened = { spool, listener: await this.#options.listen(spool) });
    } catch (error) {
      await spool.close();
      throw error;
    }
  }

  #formatFor(columns: readonly string[]): FormatReader {
    const key = JSON.stringify(columns);
    if (this.#format !== undefined && this.#columns === key) return this.#format;
    this.#format?.release();
    this.#columns = key;
    return (this.#format = this.#options.makeFormat(columns));
  }
}

const numberOf = (offset: Offset): number => (offset as SpoolOffset | null)?.record ?? -1;
