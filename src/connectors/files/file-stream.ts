/**
 * A folder (or pattern) as a stream. New files come in order of modification time and name; each byte is read once. A
 * file that still grows isn't torn: only whole lines are taken, and what is appended later is read as a further range.
 * A last line without a newline counts when it is a whole record by itself, or else once the file has been quiet for a
 * while. Which files were read is part of the query's checkpoint.
 */
import { dirname } from "node:path";
import type { Clock, Timer } from "../../base/clock.ts";
import { fileErrorCode, type Files } from "../../base/files.ts";
import type { BatchReceiver, Offset, ReadLimit, ReadRequest, SourceState, Split, StreamSource } from "../../io/source.ts";
import { MANIFEST_FOLDER } from "../../storage/manifest.ts";
import type { CleanSource } from "./file-options.ts";
import { cleanFile } from "./clean-source.ts";
import { listFiles, type ListOptions, type ListedFile } from "./listing.ts";
import { ManifestFollower, isManifestFolder } from "./manifest-folder.ts";
import type { Share } from "../shared-reads.ts";
import type { FileRange, FileReader } from "./file-reader.ts";
import { watchFolders, type Watch } from "./watch.ts";

/** A last line without a newline is taken when its file was not written to for this long, if a line can't tell that it is whole. */
const QUIET_MICROS = 1_000_000;
/** The same if it can tell, and isn't whole: whoever writes through a buffer may pause within a line. */
const SETTLED_MICROS = 60_000_000;
/** How often the folder is listed when nothing woke the source: notifications can be lost, and some systems have none. */
const POLL_MICROS = 500_000;
const TAIL_BYTES = 64 * 1024;
/** A longer last line is not looked into. */
const MAX_LAST_LINE_BYTES = 1 << 20;

interface FileOffset { readonly logOffset: number }
interface Seen { read: number; modifiedMicros: number }

export interface FileStreamOptions {
  readonly description: string;
  readonly files: Files;
  readonly clock: Clock;
  readonly paths: readonly string[];
  readonly listing: ListOptions;
  readonly warn: (text: string) => void;
  /** `positionOf`: up to where this query has read a file. */
  readonly openReader: (positionOf: (path: string) => number) => FileReader & { readonly share: Share | undefined };
  /** Whether a file may be read in pieces of whole lines. Else it is read once, as a whole. */
  readonly isCut: (path: string) => boolean;
  /** Newest files first. */
  readonly latestFirst: boolean;
  /** Whether a line without its newline is a whole record; undefined for a format that can't tell. */
  readonly isWhole: ((line: Uint8Array) => boolean) | undefined;
  readonly clean: CleanSource | undefined;
  readonly maxAgeMicros: number | undefined;
}

export class FileStream implements StreamSource {
  readonly replayable = true;
  readonly description: string;
  readonly state: SourceState;
  readonly #options: FileStreamOptions;
  readonly #seen = new Map<string, Seen>();
  /** Ranges of steps that are not committed. */
  readonly #steps = new Map<number, readonly FileRange[]>();
  /** Ranges that are there and not planned yet, in order. */
  #waiting: FileRange[] = [];
  /** Files with bytes that are planned and not read: where these begin. */
  readonly #unread = new Map<string, number>();
  readonly #reader: FileReader & { readonly share: Share | undefined };
  /** Of the newest file that was read. */
  #newestMicros = Number.NEGATIVE_INFINITY;
  readonly #followers = new Map<string, ManifestFollower>();
  #frozen = false;
  #watch: Watch | undefined;
  #changed = true;
  #lastListedMicros = Number.NEGATIVE_INFINITY;
  #timer: Timer | undefined;
  #wake: () => void = () => {};

  constructor(options: FileStreamOptions) {
    this.#options = options;
    this.description = options.description;
    this.#reader = options.openReader(path => this.#unread.get(path) ?? this.#seen.get(path)?.read ?? 0);
    this.state = {
      changes: (from, to) => this.#encode(numberOf(from), numberOf(to)),
      snapshot: () => new TextEncoder().encode(JSON.stringify({ seen: [...this.#seen].map(([path, seen]) => [path, seen.read, seen.modifiedMicros]) })),
      load: block => this.#load(block),
    };
  }

  async latest(from: Offset, limit: ReadLimit): Promise<Offset> {
    const before = numberOf(from);
    if (this.#waiting.length === 0 && !this.#frozen) await this.#list(false);
    const taken: FileRange[] = [];
    let bytes = 0;
    while (this.#waiting.length > 0 && taken.length < (limit.maxFiles ?? Number.POSITIVE_INFINITY)) {
      const next = this.#waiting[0]!;
      if (taken.length > 0 && bytes + next.to - next.from > (limit.maxBytes ?? Number.POSITIVE_INFINITY)) break;
      bytes += next.to - next.from;
      taken.push(this.#waiting.shift()!);
    }
    if (taken.length === 0) return from;
    for (const range of taken) {
      this.#remember(range);
      if (!this.#unread.has(range.path)) this.#unread.set(range.path, range.from);
    }
    this.#steps.set(before + 1, taken);
    return { logOffset: before + 1 } satisfies FileOffset;
  }

  async freeze(): Promise<void> {
    await this.#list(true);
    this.#frozen = true;
  }

  async plan(from: Offset, to: Offset): Promise<readonly Split[]> {
    const splits: FileRange[] = [];
    for (let step = numberOf(from) + 1; step <= numberOf(to); step++) {
      const ranges = this.#steps.get(step);
      if (ranges === undefined) throw new Error(`the files of step ${step} of ${this.description} are not known`);
      splits.push(...ranges);
    }
    return splits;
  }

  async read(split: Split, request: ReadRequest, receiver: BatchReceiver): Promise<void> {
    await this.#reader.read(split as FileRange, request, receiver);
    this.#passed(split as FileRange);
  }

  /** Files of one folder come from one writer: their order of times is that of the folder. */
  partitionOf(split: Split): string { return dirname((split as FileRange).path); }

  committed(to: Offset): void {
    const { clean, files, warn } = this.#options;
    for (const [step, ranges] of this.#steps) {
      if (step > numberOf(to)) continue;
      this.#steps.delete(step);
      for (const range of ranges) {
        this.#passed(range); // also where a batch needed none of its rows
        if (clean !== undefined) cleanFile(files, range, clean, warn);
      }
    }
    this.#forget();
  }

  onData(wake: () => void): void {
    this.#wake = wake;
    const { files, paths } = this.#options;
    this.#watch = watchFolders(paths.flatMap(path => (isManifestFolder(files, path) ? [path, `${path}/${MANIFEST_FOLDER}`] : [path])), () => {
      this.#changed = true;
      wake();
    });
    this.#schedule();
  }

  refresh(): void { this.#changed = true; }

  metrics(): Readonly<Record<string, string>> {
    const { share } = this.#reader;
    return { numFilesOutstanding: String(this.#waiting.length), numBytesOutstanding: String(this.#waiting.reduce((sum, range) => sum + range.to - range.from, 0)), ...(share !== undefined && share.rows > 0 && { sharedRows: String(share.rows), sharedBytes: String(share.taken) }) };
  }

  stop(): void {
    this.#watch?.close();
    this.#timer?.cancel();
    this.#reader.release();
  }

  #schedule(): void {
    this.#timer = this.#options.clock.after(POLL_MICROS, () => {
      this.#wake();
      this.#schedule();
    }, { unref: true });
  }

  /** Finds new files and growth. `whole`: nobody will wait for the ends of last lines. */
  async #list(whole: boolean): Promise<void> {
    const { files, clock, paths, listing, latestFirst, isCut, maxAgeMicros } = this.#options, now = clock.nowMicros();
    // A listing takes time in a large folder, so one that nothing asked for waits for its turn.
    if (!whole && !this.#changed && now - this.#lastListedMicros < POLL_MICROS / 2) return;
    this.#changed = false;
    this.#lastListedMicros = now;
    const found: (FileRange & { readonly order: number })[] = [];
    const listed: ListedFile[] = [];
    for (const path of paths) if (isManifestFolder(files, path)) listed.push(...this.#published(path));
    listed.push(...listFiles(files, paths.filter(path => !isManifestFolder(files, path)), listing));
    const oldest = maxAgeMicros === undefined ? Number.NEGATIVE_INFINITY : this.#newestMicros - maxAgeMicros;
    for (const file of listed) {
      if (file.modifiedMicros < oldest) continue;
      const seen = this.#seen.get(file.path);
      const cut = isCut(file.path);
      if (seen !== undefined && (file.bytes <= seen.read || !cut)) continue;
      const from = seen?.read ?? 0, age = now - file.modifiedMicros;
      const to = !cut ? (whole || age >= QUIET_MICROS ? file.bytes : from) : age < SETTLED_MICROS ? this.#readableEnd(file, from, whole || age >= QUIET_MICROS) : file.bytes;
      if (to > from) found.push({ path: file.path, from, to, modifiedMicros: file.modifiedMicros, order: file.modifiedMicros });
      else if (from < file.bytes) this.#changed = true; // an unfinished line: look again
    }
    found.sort((a, b) => (latestFirst ? b.order - a.order : a.order - b.order) || (a.path < b.path ? -1 : 1));
    this.#waiting.push(...found.map(({ order: _order, ...range }) => range));
  }

  /** Up to where a file that may still grow is read. */
  #readableEnd({ path, bytes }: ListedFile, from: number, isQuiet: boolean): number {
    const { files, isWhole } = this.#options, end = lastLineEnd(files, path, from, bytes);
    if (end === bytes || (isWhole === undefined && isQuiet)) return bytes;
    if (isWhole === undefined || bytes - end > MAX_LAST_LINE_BYTES) return end;
    const line = readBytes(files, path, end, bytes);
    return line !== undefined && isWhole(line) ? bytes : end;
  }

  /** Of a folder that another query writes: what it published since the last look. Such files are whole. */
  #published(folder: string): ListedFile[] {
    let follower = this.#followers.get(folder);
    if (follower === undefined) this.#followers.set(folder, follower = new ManifestFollower(this.#options.files, folder));
    return follower.take(this.#options.listing.nameFilter, path => this.#seen.has(path));
  }

  /** These bytes will not be read again. */
  #passed({ path, to }: FileRange): void {
    if (to >= (this.#seen.get(path)?.read ?? 0)) this.#unread.delete(path);
    else if ((this.#unread.get(path) ?? to) < to) this.#unread.set(path, to);
    this.#reader.share?.passed(path, to);
  }

  /** Files that are too old to be taken again need not be known. */
  #forget(): void {
    const { maxAgeMicros } = this.#options;
    if (maxAgeMicros === undefined) return;
    for (const [path, { modifiedMicros }] of this.#seen) if (modifiedMicros < this.#newestMicros - maxAgeMicros && !this.#unread.has(path)) this.#seen.delete(path);
  }

  #remember(range: FileRange): void {
    this.#newestMicros = Math.max(this.#newestMicros, range.modifiedMicros);
    const seen = this.#seen.get(range.path);
    if (seen === undefined) this.#seen.set(range.path, { read: range.to, modifiedMicros: range.modifiedMicros });
    else Object.assign(seen, { read: Math.max(seen.read, range.to), modifiedMicros: range.modifiedMicros });
  }

  #encode(from: number, to: number): Uint8Array {
    const steps: [number, readonly FileRange[]][] = [];
    for (let step = from + 1; step <= to; step++) steps.push([step, this.#steps.get(step) ?? []]);
    return new TextEncoder().encode(JSON.stringify({ steps }));
  }

  #load(block: Uint8Array): void {
    const { seen, steps } = JSON.parse(new TextDecoder().decode(block)) as { seen?: [string, number, number][]; steps?: [number, FileRange[]][] };
    for (const [path, read, modifiedMicros] of seen ?? []) {
      this.#seen.set(path, { read, modifiedMicros });
      this.#newestMicros = Math.max(this.#newestMicros, modifiedMicros);
    }
    for (const [step, ranges] of steps ?? []) {
      this.#steps.set(step, ranges);
      for (const range of ranges) this.#remember(range);
    }
  }
}

const numberOf = (offset: Offset): number => (offset as FileOffset | null)?.logOffset ?? -1;

/** The end of the last whole line in [from, to), or `from`. */
function lastLineEnd(files: Files, path: string, from: number, to: number): number {
  for (let end = to; end > from;) {
    const start = Math.max(from, end - TAIL_BYTES), bytes = readBytes(files, path, start, end);
    if (bytes === undefined) return from;
    const newline = bytes.lastIndexOf(10);
    if (newline >= 0) return start + newline + 1;
    end = start;
  }
  return from;
}

/** Bytes [from, to) of a file, or what there is of them; undefined if it vanished. */
function readBytes(files: Files, path: string, from: number, to: number): Uint8Array | undefined {
  let handle;
  try { handle = files.open(path, "read"); } catch (error) {
    if (fileErrorCode(error) === "ENOENT") return undefined;
    throw error;
  }
  try {
    const bytes = new Uint8Array(to - from);
    return bytes.subarray(0, handle.readAt(bytes, 0, bytes.length, from));
  } finally {
    handle.close();
  }
}
