/**
 * Rows kept under keys, for joins of streams: found by key in the order in which they came, let go one by one or when
 * their time has passed, and written to the log as what was added, matched and removed. A block is a list of such
 * changes; a snapshot is a block of additions alone, so that both are loaded in one way.
 */
import { ByteReader, ByteWriter, readCell, writeCell } from "../columns/row-codec.ts";
import { ExecutionError } from "../base/errors.ts";
import type { Cell } from "../types/cell.ts";
import type { DataType } from "../types/data-type.ts";

export interface StoredRow {
  /** Grows with the order of coming. */
  readonly id: number;
  readonly key: string;
  readonly cells: readonly Cell[];
  /** When it may leave, microseconds; null: never. */
  readonly time: bigint | null;
  /** Of its encoded form. */
  readonly bytes: number;
  matched: boolean;
  isStored: boolean;
}

const ADD = 0, MATCH = 1, REMOVE = 2;
const KEY_GROUPS = 256;
/** Rows are held by the second of their time, so that those that leave are found without looking at all. */
const MICROS_PER_BUCKET = 1_000_000n;
/** A block of changes is closed when it reaches this. */
const BLOCK_BYTES = 1 << 20;
/** What a stored row takes beside its values, nearly, and how much more a value takes than its encoded form. */
const ROW_BYTES = 200, BYTES_PER_ENCODED = 4;

export class RowStore {
  readonly #types: readonly DataType[];
  readonly #rows = new Map<number, StoredRow>();
  readonly #byKey = new Map<string, Set<StoredRow>>();
  readonly #byTime = new Map<bigint, StoredRow[]>();
  readonly #log = new ByteWriter();
  #blocks: Uint8Array[] = [];
  #nextId = 0;
  #encodedBytes = 0;

  constructor(types: readonly DataType[]) { this.#types = types; }

  get count(): number { return this.#rows.size; }
  /** JavaScript does not tell what values take: judged by their encoded size. */
  get estimatedBytes(): number { return this.#rows.size * ROW_BYTES + this.#encodedBytes * BYTES_PER_ENCODED; }

  beginBatch(): void {
    this.#blocks = [];
    this.#log.length = 0;
  }

  /** Rows of a key, in the order in which they came. */
  rowsOf(key: string): Iterable<StoredRow> { return this.#byKey.get(key) ?? []; }

  add(key: string, cells: readonly Cell[], time: bigint | null, matched: boolean): void {
    const from = this.#log.length, id = this.#nextId++;
    this.#writeRow(this.#log, id, key, cells, time, matched);
    this.#keep({ id, key, cells, time, matched, isStored: true, bytes: this.#log.length - from });
    this.#closeBlock();
  }

  /** Notes that a row has found a partner. */
  match(row: StoredRow): void {
    if (row.matched) return;
    row.matched = true;
    this.#logId(MATCH, row.id);
  }

  remove(row: StoredRow): void {
    if (!row.isStored) return;
    this.#drop(row);
    this.#logId(REMOVE, row.id);
  }

  /** Rows whose time is not after `bound`, in the order in which they came. They stay until they are removed. */
  expired(bound: bigint): readonly StoredRow[] {
    const last = bound / MICROS_PER_BUCKET, found: StoredRow[] = [];
    for (const [bucket, rows] of this.#byTime) {
      if (bucket > last) continue;
      const left = rows.filter(row => row.isStored);
      for (const row of left) if (row.time! <= bound) found.push(row);
      if (left.length === 0) this.#byTime.delete(bucket);
      else this.#byTime.set(bucket, left);
    }
    return found.sort((a, b) => a.id - b.id);
  }

  /** What changed since beginBatch. */
  changes(): readonly Uint8Array[] {
    if (this.#log.length > 0) this.#blocks.push(this.#log.take());
    return this.#blocks;
  }

  snapshot(fromKeyGroup: number, toKeyGroup: number): Uint8Array {
    const writer = new ByteWriter();
    for (const row of this.#rows.values()) {
      const group = rowKeyGroup(row.key);
      if (group >= fromKeyGroup && group < toKeyGroup) this.#writeRow(writer, row.id, row.key, row.cells, row.time, row.matched);
    }
    return writer.take();
  }

  /** All rows, in the order in which they came. */
  rows(): Iterable<StoredRow> { return this.#rows.values(); }

  load(block: Uint8Array): void {
    const reader = new ByteReader(block);
    while (reader.position < reader.end) {
      const change = this.#readChange(reader, id => this.#rows.get(id));
      if (change.kind === ADD) {
        this.#keep(change.row);
        this.#nextId = Math.max(this.#nextId, change.row.id + 1);
      } else if (change.kind === MATCH) change.row.matched = true;
      else this.#drop(change.row);
    }
  }

  /** The rows that a block adds and removes, and that were not both; nothing changes. */
  read(block: Uint8Array): { readonly added: Iterable<StoredRow>; readonly removed: Iterable<StoredRow> } {
    const reader = new ByteReader(block), added = new Map<number, StoredRow>(), removed = new Map<number, StoredRow>();
    while (reader.position < reader.end) {
      const { kind, row } = this.#readChange(reader, id => added.get(id) ?? this.#rows.get(id));
      if (kind === ADD) added.set(row.id, row);
      else if (kind === REMOVE && !added.delete(row.id)) removed.set(row.id, row);
    }
    return { added: added.values(), removed: removed.values() };
  }

  #readChange(reader: ByteReader, rowOf: (id: number) => StoredRow | undefined): { readonly kind: number; readonly row: StoredRow } {
    const from = reader.position, kind = reader.byte(), id = reader.varint();
    if (kind === ADD) {
      const key = latin1(reader.bytes(reader.varint())), time = reader.byte() === 0 ? null : reader.i64(), matched = reader.byte() !== 0;
      const cells = this.#types.map(type => readCell(reader, type));
      return { kind, row: { id, key, cells, time, matched, isStored: true, bytes: reader.position - from } };
    }
    const row = rowOf(id);
    if (row === undefined || kind !== MATCH && kind !== REMOVE) throw new ExecutionError({ condition: "MILLRACE_DAMAGED_ROW", sqlState: "XX001", message: "The stored rows of a join do not fit together." });
    return { kind, row };
  }

  clear(): void {
    this.#rows.clear();
    this.#byKey.clear();
    this.#byTime.clear();
    this.beginBatch();
    this.#encodedBytes = 0;
  }

  #keep(row: StoredRow): void {
    this.#rows.set(row.id, row);
    this.#encodedBytes += row.bytes;
    const rows = this.#byKey.get(row.key);
    if (rows === undefined) this.#byKey.set(row.key, new Set([row]));
    else rows.add(row);
    if (row.time === null) return;
    const bucket = row.time / MICROS_PER_BUCKET, others = this.#byTime.get(bucket);
    if (others === undefined) this.#byTime.set(bucket, [row]);
    else others.push(row);
  }

  #drop(row: StoredRow): void {
    row.isStored = false;
    this.#rows.delete(row.id);
    this.#encodedBytes -= row.bytes;
    const rows = this.#byKey.get(row.key)!;
    rows.delete(row);
    if (rows.size === 0) this.#byKey.delete(row.key);
  }

  #writeRow(writer: ByteWriter, id: number, key: string, cells: readonly Cell[], time: bigint | null, matched: boolean): void {
    writer.byte(ADD);
    writer.varint(id);
    writer.varint(key.length);
    writer.bytes(Buffer.from(key, "latin1"));
    writer.byte(time === null ? 0 : 1);
    if (time !== null) writer.i64(time);
    writer.byte(matched ? 1 : 0);
    cells.forEach((cell, i) => writeCell(writer, this.#types[i]!, cell));
  }

  #logId(change: number, id: number): void {
    this.#log.byte(change);
    this.#log.varint(id);
    this.#closeBlock();
  }

  #closeBlock(): void {
    if (this.#log.length >= BLOCK_BYTES) this.#blocks.push(this.#log.take());
  }
}

/** Values as a key that equal values share: as SQL has it, -0 is 0 and all NaN are one. */
export function keyText(types: readonly DataType[], cells: readonly Cell[], writer: ByteWriter): string {
  writer.length = 0;
  cells.forEach((cell, i) => writeCell(writer, types[i]!, normalized(types[i]!, cell)));
  return latin1(writer.view());
}

function normalized(type: DataType, cell: Cell): Cell {
  if (cell === null) return null;
  switch (type.kind) {
    case "float": case "double": return Number.isNaN(cell as number) ? Number.NaN : (cell as number) + 0;
    case "struct": return (cell as readonly Cell[]).map((item, i) => normalized(type.fields[i]!.type, item));
    case "array": return (cell as readonly Cell[]).map(item => normalized(type.element, item));
    default: return cell;
  }
}

const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");

/** The key group of a key's text: FNV-1a, folded. */
export function rowKeyGroup(key: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
  return ((hash >>> 16) ^ (hash & 0xffff)) & (KEY_GROUPS - 1);
}
