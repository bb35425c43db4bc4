/**
 * Several queries of a session over the same data decode it once. A query that reads ahead of the others keeps a copy of
 * what it decodes, piece by piece, in a bounded cache; one that comes to the same place takes the piece instead of reading. Nobody
 * waits for another: a piece that isn't there, or that the bound has forced out, is read as if there were no cache.
 *
 * A source opts in by joining with the identity of its table, and by reading piece by piece through its share. Pieces are known by origin (a file, a partition of a topic), version, and the positions between
 * which they lie. They hold the columns that all readers together want. What is malformed depends on the columns that
 * are read, so a piece with a bad record is only for those who want the same columns.
 */
import { MillraceError } from "../base/errors.ts";
import { Batch } from "../columns/batch.ts";
import { KeptBatch } from "../columns/kept-batch.ts";
import type { BadRecord, BatchReceiver } from "../io/source.ts";
import { Arena } from "../memory/arena.ts";
import { linearMemory, type MemoryAccount } from "../memory/linear-memory.ts";
import { struct } from "../types/data-type.ts";

export const DEFAULT_SHARED_BYTES = 64 * 1024 * 1024;
/** Pieces for which, at most, wider columns are not tried again after they met bad records. */
const MAX_PAUSE = 1024;

/** Where a query stands in a source: from here up to `to` it is to read. */
export interface Place {
  readonly origin: string;
  /** The same bytes have the same version. */
  readonly version: string | number;
  readonly from: number;
  readonly to: number;
}

interface Piece extends Place {
  readonly group: Group;
  /** It ends because what was to be read ended, perhaps within a record. */
  readonly isLast: boolean;
  readonly columns: readonly string[];
  readonly isClean: boolean;
  /** In the order of reading. */
  readonly contents: readonly (KeptBatch | BadRecord)[];
  readonly bytes: number;
  readonly wantedBy: Set<Share>;
}

/** The queries that read one table. */
class Group {
  readonly members = new Set<Share>();
  /** By origin, then by where they begin. */
  readonly pieces = new Map<string, Map<number, Piece>>();
  /** Pieces for which columns beyond one's own are not tried. */
  narrow = 0;
  #pause = 0;

  /** Wider columns met a bad record: that was decoded for nothing. */
  metBadRecord(): void { this.narrow = this.#pause = Math.min(MAX_PAUSE, 4 * this.#pause + 4); }
  wasClean(): void { this.#pause = 0; }
}

export class SharedReads {
  readonly account: MemoryAccount = { name: "shared reads", bytes: 0 };
  readonly scratch = new Arena(this.account);
  readonly #limitNow: () => number;
  #limit = 0;
  readonly #groups = new Map<string, Group>();
  /** Least recently used first. */
  readonly #pieces = new Set<Piece>();
  readonly #evict = () => this.#makeRoom(Number.POSITIVE_INFINITY);
  #bytes = 0;

  /** `limit`: bytes that pieces may take, asked when a query joins; 0: it shares nothing. */
  constructor(limit: () => number = () => DEFAULT_SHARED_BYTES) { this.#limitNow = limit; }

  /** What pieces take now. */
  get bytes(): number { return this.#bytes; }

  /**
   * `identity`: what must be the same for two queries to get the same rows from the same bytes. `columns`: those that this
   * one will ask for. `positionOf`: up to where it has read an origin.
   */
  join(identity: string, columns: readonly string[], positionOf: (origin: string) => number): Share | undefined {
    this.#limit = this.#limitNow();
    if (this.#limit === 0) return undefined;
    if (this.#groups.size === 0) linearMemory().reclaimers.add(this.#evict);
    let group = this.#groups.get(identity);
    if (group === undefined) this.#groups.set(identity, group = new Group());
    const share = new Share(this, group, columns, positionOf);
    group.members.add(share);
    return share;
  }

  leave(share: Share, group: Group): void {
    if (!group.members.delete(share)) return;
    for (const pieces of group.pieces.values()) for (const piece of pieces.values()) this.unwant(piece, share);
    if (group.members.size > 0) return;
    for (const [identity, one] of this.#groups) if (one === group) this.#groups.delete(identity);
    if (this.#groups.size > 0) return;
    linearMemory().reclaimers.delete(this.#evict);
    this.scratch.release();
  }

  /** Takes a piece over, unless nobody wants it or there is no room. */
  keep(piece: Piece): void {
    const { group, origin, from, bytes, wantedBy } = piece;
    if (wantedBy.size === 0 || bytes > this.#limit) return release(piece);
    let pieces = group.pieces.get(origin);
    const before = pieces?.get(from);
    if (before !== undefined) release(this.remove(before));
    this.#makeRoom(this.#bytes + bytes - this.#limit);
    if (!group.pieces.has(origin)) group.pieces.set(origin, pieces = new Map());
    group.pieces.get(origin)!.set(from, piece);
    this.#pieces.add(piece);
    this.#bytes += bytes;
  }

  /** Out of the cache, into the hands of the caller. */
  remove(piece: Piece): Piece {
    const { group, origin, from, bytes } = piece, pieces = group.pieces.get(origin)!;
    pieces.delete(from);
    if (pieces.size === 0) group.pieces.delete(origin);
    this.#pieces.delete(piece);
    this.#bytes -= bytes;
    return piece;
  }

  unwant(piece: Piece, share: Share): void {
    if (piece.wantedBy.delete(share) && piece.wantedBy.size === 0) release(this.remove(piece));
  }

  #makeRoom(bytes: number): void {
    for (const piece of this.#pieces) {
      if (bytes <= 0) return;
      bytes -= piece.bytes;
      for (const share of piece.wantedBy) share.isBehind = true;
      release(this.remove(piece));
    }
  }
}

/**
 * Reads the piece at a place. `ended` is told where it ends, as soon as that is known; if it isn't told, the receiver wants
 * no more.
 */
export type ReadPiece = (columns: readonly string[], receiver: PieceReceiver, ended: (at: number) => void) => Promise<void>;

export interface PieceReceiver extends BatchReceiver {
  /** To be told before a batch in which something could not be read as it should, whatever becomes of it. False: no more is wanted. */
  metBadRecord?(): boolean;
}

/** The part of one query. */
export class Share {
  /** Rows, and bytes or other units of positions, that this query took instead of reading them. */
  rows = 0;
  taken = 0;
  /** What was kept for it was forced out: until it reads on, nothing more is kept for it alone. */
  isBehind = false;
  readonly columns: readonly string[];
  readonly #reads: SharedReads;
  readonly #group: Group;
  readonly #positionOf: (origin: string) => number;
  /** There was no memory to read for others. */
  #isShort = false;
  #reading: { readonly origin: string; readonly from: number } | undefined;

  constructor(reads: SharedReads, group: Group, columns: readonly string[], positionOf: (origin: string) => number) {
    this.#reads = reads;
    this.#group = group;
    this.columns = columns;
    this.#positionOf = positionOf;
  }

  /**
   * Delivers the piece that begins here: one that another query has read, or what `readPiece` reads, which may be asked for more
   * columns than these. Gives where it ends; undefined: the receiver wants no more.
   */
  async read(place: Place, columns: readonly string[], receiver: BatchReceiver, readPiece: ReadPiece): Promise<number | undefined> {
    let end = this.#take(place, columns, receiver);
    const recording = end === undefined ? this.#begin(place, columns) : undefined;
    if (recording !== undefined) {
      try {
        await readPiece(recording.columns, recording, at => {
          end = at; // at once: another query may be about to look for it
          this.#finish(recording, at, columns, receiver);
        });
      } catch (error) {
        if (end !== undefined) throw error;
        // Reading alone says what is wrong, and may do with less memory.
        if (error instanceof MillraceError && error.condition === "MILLRACE_OUT_OF_MEMORY") this.#isShort = true;
        else recording.metBadRecord();
      }
      if (end === undefined) this.#giveUp(recording);
    }
    if (end === undefined) await readPiece(columns, receiver, at => { end = at; });
    return end;
  }

  /** What another query has read from here on, and where that ends. */
  #take(place: Place, columns: readonly string[], receiver: BatchReceiver): number | undefined {
    this.#reading = place;
    this.isBehind = false;
    const piece = this.#group.pieces.get(place.origin)?.get(place.from);
    if (piece === undefined || piece.version !== place.version || (piece.to === place.to ? false : piece.isLast || piece.to > place.to)) return undefined;
    if (piece.isClean ? !isWithin(columns, piece.columns) : !isSame(columns, piece.columns)) return undefined;
    // While it is read nobody may take its memory.
    this.#reads.remove(piece);
    try {
      this.rows += deliver(piece, columns, receiver);
      this.taken += piece.to - piece.from;
    } finally {
      piece.wantedBy.delete(this);
      this.#reads.keep(piece);
    }
    return piece.to;
  }

  /** To keep what is read from here on; undefined: nobody else will want it. */
  #begin(place: Place, columns: readonly string[]): Recording | undefined {
    if (this.#group.members.size < 2 || this.#isShort) return undefined;
    this.#reading = place;
    const readers = this.#whoWants(place);
    if (readers.length === 0) return undefined;
    const all = this.#group.narrow > 0 ? columns : [...new Set([...columns, ...readers.flatMap(reader => reader.columns)])].sort();
    if (this.#group.narrow > 0) this.#group.narrow--;
    const isExact = isSame(columns, all);
    // Readers of other columns can't use what is read too narrowly.
    if (isExact && !readers.some(reader => isWithin(reader.columns, columns))) return undefined;
    return new Recording(this.#reads, place, isExact ? columns : all, isExact);
  }

  /** Delivers what was recorded, and leaves it to the others. */
  #finish(recording: Recording, to: number, columns: readonly string[], receiver: BatchReceiver): void {
    const { place, contents, bytes, isClean } = recording;
    if (isClean && !recording.isExact) this.#group.wasClean();
    const piece: Piece = {
      ...place, to, group: this.#group, isLast: to === place.to, columns: recording.columns, isClean, contents, bytes, wantedBy: new Set(this.#whoWants(place)),
    };
    try {
      deliver(piece, columns, receiver);
    } catch (error) {
      piece.wantedBy.clear();
      throw error;
    } finally {
      this.#reads.keep(piece);
    }
  }

  /** What was recorded can't be used: it is to be read with one's own columns. */
  #giveUp(recording: Recording): void {
    if (!recording.isClean && !recording.isExact) this.#group.metBadRecord();
    recording.release();
  }

  /** All of an origin before this position is behind this query. */
  passed(origin: string, position: number): void {
    this.#reading = undefined;
    for (const [from, piece] of this.#group.pieces.get(origin) ?? []) if (from < position) this.#reads.unwant(piece, this);
  }

  leave(): void { this.#reads.leave(this, this.#group); }

  #whoWants({ origin, from }: Place): Share[] {
    return [...this.#group.members].filter(share => share !== this && !share.isBehind && share.#next(origin) <= from);
  }

  #next(origin: string): number { return this.#reading?.origin === origin ? this.#reading.from : this.#positionOf(origin); }
}

/** What is read of a piece, copied. */
class Recording implements PieceReceiver {
  readonly place: Place;
  readonly columns: readonly string[];
  /** The columns are those that this query wants. */
  readonly isExact: boolean;
  readonly contents: (KeptBatch | BadRecord)[] = [];
  bytes = 0;
  isClean = true;
  readonly #reads: SharedReads;

  constructor(reads: SharedReads, place: Place, columns: readonly string[], isExact: boolean) {
    this.#reads = reads;
    this.place = place;
    this.columns = columns;
    this.isExact = isExact;
  }

  /** @throws MILLRACE_OUT_OF_MEMORY */
  push(batch: Batch): boolean {
    try {
      const kept = new KeptBatch(batch, this.#reads.scratch, this.#reads.account);
      this.contents.push(kept);
      this.bytes += kept.bytes;
    } finally {
      this.#reads.scratch.reset();
    }
    return true;
  }

  badRecord(record: BadRecord): void {
    this.contents.push(record);
    this.bytes += record.raw.length;
  }

  metBadRecord(): boolean {
    this.isClean = false;
    return this.isExact;
  }

  release(): void {
    release(this);
    this.contents.length = 0;
  }
}

function deliver(piece: Piece, columns: readonly string[], receiver: BatchReceiver): number {
  let rows = 0, picked: readonly number[] | undefined;
  for (const content of piece.contents) {
    if (!(content instanceof KeptBatch)) {
      receiver.badRecord(content);
      continue;
    }
    const { batch } = content, { schema } = batch;
    picked ??= columns.map(name => schema.fields.findIndex(field => field.name === name));
    rows += batch.count;
    receiver.push(new Batch(struct(picked.map(i => schema.fields[i]!)), picked.map(i => batch.columns[i]!), batch.length));
  }
  return rows;
}

function release({ contents }: Pick<Piece, "contents">): void {
  for (const content of contents) if (content instanceof KeptBatch) content.release();
}

const isWithin = (some: readonly string[], all: readonly string[]): boolean => some.every(name => all.includes(name));
const isSame = (some: readonly string[], others: readonly string[]): boolean => some.length === others.length && isWithin(some, others);
