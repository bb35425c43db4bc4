/**
 * A durable log between senders that can't be asked again and a query: what is appended is on disk when the append
 * returns, and stays until the query has delivered it. All that is waiting is written as one record with one sync, so
 * many senders cost as much as one. Positions are numbers of records; a record is read as a whole.
 */
import type { Clock, Random } from "../../base/clock.ts";
import { MillraceError } from "../../base/errors.ts";
import { fileErrorCode, type FileHandle, type Files } from "../../base/files.ts";
import { crc32c } from "../../storage/crc32c.ts";
import { PAGE_BYTES, RecordEncoder, SectionKind, align, recordBytes } from "../../storage/record.ts";
import { prepareSegment, removeQuietly } from "../../storage/segment.ts";
import { spoolBehind, spoolDamaged, spoolFull, spoolTakenOver, spoolUnavailable } from "./spool-errors.ts";
import { claimPath, openSpoolFiles, segmentPath, writeKeys, type KnownRequest, type RecordMetadata, type SpoolContent, type SpoolRecord, type SpoolSegment } from "./spool-files.ts";

export interface SpoolOptions {
  readonly folder: string;
  readonly files: Files;
  readonly clock: Clock;
  /** Gives a new spool its id. */
  readonly random: Random;
  /** Bytes of payload that may wait for the query. What it reads and what it delivered last come on top of that until it goes on. */
  readonly maxBytes: number;
  readonly segmentBytes?: number;
  /** How long a key is remembered, and how many at most. */
  readonly keyMicros: number;
  readonly maxKeys?: number;
}

/** What was taken. `duplicate`: it had been taken before, under the same key. */
export interface Receipt { readonly record: number; readonly rows: number; readonly duplicate: boolean }

interface Waiting { readonly body: Uint8Array; readonly rows: number; readonly crc32c: number; readonly key: string | undefined; readonly taken: PromiseWithResolvers<Receipt> }

interface OpenSegment { readonly handle: FileHandle; readonly segment: SpoolSegment; readonly index: number; readonly bytes: number; at: number; previousCrc: number }

const SEGMENT_BYTES = 8 << 20, MAX_GROUP_BYTES = 4 << 20, MAX_KEYS = 500_000;

export class Spool {
  readonly folder: string;
  /** Tells it from any other spool. */
  readonly id: string;
  readonly #options: SpoolOptions;
  readonly #epoch: number;
  readonly #claim: string;
  readonly #segments: SpoolSegment[];
  readonly #records: SpoolRecord[];
  readonly #keys = new Map<string, KnownRequest>();
  readonly #keysBeingTaken = new Map<string, { readonly crc32c: number; readonly taken: Promise<Receipt> }>();
  readonly #keyFiles: { readonly path: string; readonly newestMicros: number }[];
  readonly #encoder = new RecordEncoder();
  /** A crash had left a record that was not whole. */
  readonly tornTail: boolean;
  #next: number;
  /** The segment that is written; the one before an opening is never written again. */
  #open: OpenSegment | undefined;
  #index = 0;
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  #rows = 0;
  #bytes = 0;
  #bytesTaken = 0;
  #flushing: Promise<void> | undefined;
  #failure: MillraceError | undefined;
  #isClosed = false;
  /** The handle that was read from last. */
  #reading: FileHandle | undefined;
  /** Called when there is something new. */
  onAppend: () => void = () => {};

  static async open(options: SpoolOptions): Promise<Spool> { return new Spool(options, await openSpoolFiles(options.files, options.folder)); }

  private constructor(options: SpoolOptions, content: SpoolContent) {
    this.#options = options;
    this.folder = options.folder;
    this.id = content.id ?? options.random.uuid();
    this.#epoch = content.epoch;
    this.#claim = claimPath(options.folder, content.epoch);
    this.#segments = content.segments;
    this.#records = content.records;
    this.#keyFiles = content.keyFiles;
    this.#next = content.next;
    this.tornTail = content.tornTail;
    const last = content.records.at(-1);
    if (last !== undefined) {
      this.#rows = last.rowsBefore + last.rows;
      this.#bytes = last.bytesBefore + last.bytes;
    }
    for (const known of content.keys) this.#keys.set(known.key, known);
  }

  /** The number of the last record, -1 before the first. */
  get last(): number { return this.#next - 1; }
  /** The first record that is still there; `last + 1` when none is. */
  get first(): number { return this.#records[0]?.number ?? this.#next; }
  /** Bytes that the query has not taken. */
  get unreadBytes(): number { return this.#bytes - this.#bytesTaken; }
  /** Why nothing can be appended any more. */
  get failure(): MillraceError | undefined { return this.#failure; }

  /** Rows in records after `from` up to and with `to`. */
  rowsBetween(from: number, to: number): number {
    const after = this.#records[Math.max(from + 1, this.first) - this.first], end = this.#records[to - this.first];
    return after === undefined || end === undefined ? 0 : end.rowsBefore + end.rows - after.rowsBefore;
  }

  /** The last record for which what comes after `from` stays in the limits; at least one, if there is one. */
  endWithin(from: number, maxRows = Number.POSITIVE_INFINITY, maxBytes = Number.POSITIVE_INFINITY): number {
    if (maxRows === Number.POSITIVE_INFINITY && maxBytes === Number.POSITIVE_INFINITY) return this.last;
    const start = this.#records[Math.max(from + 1, this.first) - this.first];
    if (start === undefined) return from;
    let end = start.number;
    for (let at = end + 1; at <= this.last; end = at++) {
      const record = this.#records[at - this.first]!;
      if (record.rowsBefore + record.rows - start.rowsBefore > maxRows || record.bytesBefore + record.bytes - start.bytesBefore > maxBytes) break;
    }
    return end;
  }

  /**
   * Durable when it resolves. `body` ends with a line end and is not changed until then. A body that came before under
   * the same key is not taken again.
   * @throws ExecutionError MILLRACE_SPOOL_FULL, MILLRACE_SPOOL_UNAVAILABLE, MILLRACE_SPOOL_TAKEN_OVER; MILLRACE_KEY_REUSED if another body came with the key
   */
  async append(body: Uint8Array, rows: number, key?: string): Promise<Receipt> {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#isClosed) throw spoolUnavailable(this.folder, "the query stops");
    const crc = crc32c(body);
    if (key !== undefined) {
      this.#forgetKeys();
      const known = this.#keys.get(key), coming = this.#keysBeingTaken.get(key);
      if ((known ?? coming) !== undefined && (known ?? coming)!.crc32c !== crc) throw keyReused(key);
      if (known !== undefined) return { record: known.record, rows: known.rows, duplicate: true };
      if (coming !== undefined) return { ...await coming.taken, duplicate: true };
      if (this.#keys.size + this.#keysBeingTaken.size >= (this.#options.maxKeys ?? MAX_KEYS)) throw spoolFull(this.folder, this.#options.maxBytes);
    }
    if (this.unreadBytes + this.#waitingBytes + body.length > this.#options.maxBytes) throw spoolFull(this.folder, this.#options.maxBytes);
    const taken = Promise.withResolvers<Receipt>();
    this.#waiting.push({ body, rows, crc32c: crc, key, taken });
    this.#waitingBytes += body.length;
    if (key !== undefined) this.#keysBeingTaken.set(key, { crc32c: crc, taken: taken.promise });
    this.#flushing ??= this.#flush();
    try {
      return await taken.promise;
    } finally {
      this.#waitingBytes -= body.length;
      if (key !== undefined) this.#keysBeingTaken.delete(key);
    }
  }

  /** The payload of a record. @throws ExecutionError MILLRACE_SPOOL_DAMAGED, MILLRACE_SPOOL_BEHIND */
  read(number: number): Uint8Array {
    const record = this.#records[number - this.first];
    if (record === undefined) {
      if (number > this.last) throw spoolBehind(this.folder, number, this.last);
      throw spoolDamaged(this.folder, `record ${number}`, "it is no longer there");
    }
    if (this.#reading?.path !== record.path) {
      this.#reading?.close();
      this.#reading = this.#options.files.open(record.path, "read");
    }
    const bytes = new Uint8Array(record.bytes), read = this.#reading.readAt(bytes, 0, record.bytes, record.offset);
    if (read < record.bytes || crc32c(bytes) !== record.crc32c) throw spoolDamaged(this.folder, record.path, `the checksum of record ${number} does not hold`);
    return bytes;
  }

  /** The query has read up to and with this record: it no longer counts as waiting. */
  taken(to: number): void {
    const record = this.#records[to - this.first];
    if (record !== undefined) this.#bytesTaken = Math.max(this.#bytesTaken, record.bytesBefore + record.bytes);
    if (to > this.last) throw spoolBehind(this.folder, to, this.last);
  }

  /** Lets go of segments whose records were all delivered. Keys that are still to be remembered stay in a file of their own. */
  drop(to: number): void {
    const { files } = this.#options, now = this.#options.clock.nowMicros();
    this.#forgetKeys();
    while (this.#segments.length > 1 && this.#segments[0]!.last <= to) {
      const segment = this.#segments[0]!, known = segment.keys.flatMap(key => this.#keys.get(key) ?? []);
      try {
        if (known.length > 0) this.#keyFiles.push({ path: writeKeys(files, segment.path, known), newestMicros: Math.max(...known.map(request => request.atMicros)) });
      } catch (error) {
        if (fileErrorCode(error) === undefined) throw error;
        return; // no room for the keys: the segment stays until there is
      }
      if (this.#reading?.path === segment.path) {
        this.#reading.close();
        this.#reading = undefined;
      }
      files.unlink(segment.path);
      files.syncFolder(this.folder); // one by one: a name that came back after a loss of power must not leave a gap behind it
      this.#segments.shift();
      const kept = this.#records.findIndex(record => record.number > segment.last);
      this.#records.splice(0, kept < 0 ? this.#records.length : kept);
    }
    while (this.#keyFiles.length > 0 && this.#keyFiles[0]!.newestMicros < now - this.#options.keyMicros) removeQuietly(files, this.#keyFiles.shift()!.path);
  }

  /** Takes nothing more, and ends when all that waits is on disk. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#flushing;
    this.#open?.handle.close();
    this.#open = undefined;
    this.#reading?.close();
    this.#reading = undefined;
  }

  #forgetKeys(): void {
    const before = this.#options.clock.nowMicros() - this.#options.keyMicros;
    for (const [key, { atMicros }] of this.#keys) {
      if (atMicros >= before) break;
      this.#keys.delete(key);
    }
  }

  async #flush(): Promise<void> {
    await Promise.resolve(); // requests of one turn of the loop go together
    while (this.#waiting.length > 0) {
      let bytes = 0, count = 0;
      while (count < this.#waiting.length && (count === 0 || bytes + this.#waiting[count]!.body.length <= MAX_GROUP_BYTES)) bytes += this.#waiting[count++]!.body.length;
      const group = this.#waiting.splice(0, count);
      try {
        await this.#commit(group);
      } catch (error) {
        for (const { taken } of group) taken.reject(error);
        continue;
      }
      this.onAppend();
    }
    this.#flushing = undefined;
  }

  async #commit(group: readonly Waiting[]): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    const { files, clock } = this.#options, atMicros = clock.nowMicros(), number = this.#next;
    const metadata: RecordMetadata = { at: atMicros, requests: group.map(({ rows, body, crc32c, key }) => (key === undefined ? [rows, body.length, crc32c] : [rows, body.length, crc32c, key])) };
    const payload = group.length === 1 ? group[0]!.body : Buffer.concat(group.map(({ body }) => body)), encoder = this.#encoder;
    const size = recordBytes(encoder.begin(JSON.stringify(metadata), 1), [payload.length]);
    encoder.add(SectionKind.payload, 0, 0, 0, payload);
    const open = await this.#room(size);
    encoder.finish(this.#epoch, number, open.index, open.previousCrc);
    try {
      await open.handle.writeAtAsync(encoder.buffer, 0, size, open.at);
      await open.handle.syncDataAsync();
    } catch (error) {
      // What a failed sync leaves on disk is not known: only opening the spool again can tell.
      throw (this.#failure = spoolUnavailable(this.folder, `writing failed: ${(error as Error).message}`, error));
    }
    if (files.status(this.#claim) === undefined) throw (this.#failure = spoolTakenOver(this.folder));
    const section = encoder.section(1), rows = group.reduce((sum, one) => sum + one.rows, 0);
    this.#records.push({ number, path: open.handle.path, offset: open.at + section.offset, bytes: section.bytes, crc32c: section.crc32c, rows, rowsBefore: this.#rows, bytesBefore: this.#bytes });
    this.#rows += rows;
    this.#bytes += section.bytes;
    this.#next++;
    open.at += size;
    open.previousCrc = encoder.headerCrc;
    open.segment.last = number;
    for (const { body, rows, crc32c, key, taken } of group) {
      if (key !== undefined) {
        this.#keys.delete(key);
        this.#keys.set(key, { key, atMicros, rows, bytes: body.length, crc32c, record: number });
        open.segment.keys.push(key);
      }
      taken.resolve({ record: number, rows, duplicate: false });
    }
  }

  /** The segment that is written, with room for a record of so many bytes. A full disk shows here, where nothing is lost. */
  async #room(size: number): Promise<OpenSegment> {
    if (this.#open !== undefined && this.#open.at + size <= this.#open.bytes) return this.#open;
    const { files } = this.#options, index = ++this.#index, bytes = Math.max(this.#options.segmentBytes ?? SEGMENT_BYTES, PAGE_BYTES + align(size, PAGE_BYTES)), path = segmentPath(this.folder, this.#epoch, index);
    try {
      const prepared = await prepareSegment(files, `${path}.new`, bytes, this.#epoch, index, { spool: this.id, first: this.#next });
      prepared!.close();
      files.rename(`${path}.new`, path);
      files.syncFolder(this.folder);
    } catch (error) {
      throw spoolUnavailable(this.folder, `no new segment: ${(error as Error).message}`, error);
    }
    this.#open?.handle.close();
    const segment: SpoolSegment = { path, first: this.#next, last: this.#next - 1, keys: [] };
    this.#segments.push(segment);
    return (this.#open = { handle: files.open(path, "write"), segment, index, bytes, at: PAGE_BYTES, previousCrc: 0 });
  }
}

function keyReused(key: string): MillraceError {
  return new MillraceError({ condition: "MILLRACE_KEY_REUSED", sqlState: "23505", message: `Another body came with the idempotency key '${key}'.`, messageParameters: { key }, hint: "a key stands for one body: use a new one" });
}
