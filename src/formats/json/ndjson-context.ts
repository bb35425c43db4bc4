/** The state of one NDJSON decoder in linear memory: its key table and the lists that a call of the kernel fills. */
import type { Selection } from "../../columns/batch.ts";
import type { Vector } from "../../columns/vector.ts";
import { kernels } from "../../kernels/kernels.ts";
import {
  NDJSON_CONTEXT as AT, NDJSON_ENTRY, NDJSON_ERROR_BYTES, NDJSON_FIX_BYTES, NDJSON_KIND, NDJSON_SPECIAL_ENTRIES, powersOfFiveTable,
} from "../../kernels/ndjson.ts";
import { linearMemory, type MemoryAccount } from "../../memory/linear-memory.ts";
import type { TimeZone } from "../../types/time-zone.ts";
import type { ColumnBuffer } from "./column-buffers.ts";
import { steadyRange } from "./json-timestamps.ts";

/** Unknown keys that are remembered, and room for their text. */
const LEARNED_KEYS = 1024, LEARNED_BYTES = 64 * 1024 - 64;
const FIRST_HEAP_BYTES = 64 * 1024 - 64;
const FIX_CAPACITY = 8192;

export interface Fix {
  readonly row: number; readonly pointer: number; readonly length: number;
  readonly column: ColumnBuffer;
  /** Where the bytes of a repaired string go. */
  readonly heap: number;
  /** A later value of the key won: only an error counts. */
  readonly superseded: boolean;
  /** A later value of the STRUCT around it won. */
  readonly cleared: boolean;
}

export class NdjsonContext {
  readonly #memory = linearMemory();
  readonly #account: MemoryAccount | undefined;
  readonly #blocks: { readonly pointer: number; readonly bytes: number }[] = [];
  readonly #context: number;
  readonly #columnOfEntry = new Map<number, ColumnBuffer>();
  readonly #rowStarts: number;
  readonly #errors: number;
  readonly #zone: TimeZone;
  #fixes: number;
  #fixCapacity = FIX_CAPACITY;
  #heap: number;
  #heapBytes = FIRST_HEAP_BYTES;

  constructor(columns: readonly ColumnBuffer[], maxRows: number, zone: TimeZone, account?: MemoryAccount) {
    this.#account = account;
    this.#zone = zone;
    const memory = this.#memory;
    const all = columns.flatMap(column => column.flattened());
    const capacity = 2 * all.length + LEARNED_KEYS + NDJSON_SPECIAL_ENTRIES, slots = 2 ** Math.ceil(Math.log2(4 * capacity));
    this.#context = this.#block(AT.bytes);
    memory.u8.fill(0, this.#context, this.#context + AT.bytes);
    this.#rowStarts = this.#block(4 * maxRows);
    this.#errors = this.#block(NDJSON_ERROR_BYTES * maxRows);
    const learned = this.#block(LEARNED_BYTES);
    this.#set(AT.entries, this.#block(capacity * NDJSON_ENTRY.bytes));
    this.#set(AT.entryCapacity, capacity);
    this.#set(AT.hash, this.#block(4 * slots));
    this.#set(AT.hashMask, slots - 1);
    this.#set(AT.learn, learned);
    this.#set(AT.learnEnd, learned + LEARNED_BYTES);
    this.#set(AT.powersOfFive, powersOfFiveTable());
    this.#set(AT.rowStarts, this.#rowStarts);
    this.#set(AT.errors, this.#errors);
    kernels().ndjsonReset(this.#context);
    for (const column of columns) this.#add(column, 0);
    const list = this.#block(4 * all.length);
    [...this.#columnOfEntry.keys()].forEach((entry, i) => { memory.u32[(list >>> 2) + i] = entry; });
    this.#set(AT.columns, list);
    this.#set(AT.columnCount, all.length);
    this.#fixes = memory.allocate(this.#fixCapacity * NDJSON_FIX_BYTES, account);
    this.#heap = memory.allocate(this.#heapBytes, account);
    this.learnZone(0n);
  }

  #add(column: ColumnBuffer, parent: number): void {
    const memory = this.#memory, key = new TextEncoder().encode(column.name), pointer = this.#block(key.length + 16);
    memory.u8.set(key, pointer);
    const { type, kind } = column, isDecimal = type.kind === "decimal" && kind === NDJSON_KIND.decimal;
    const entry = kernels().ndjsonAddColumn(this.#context, parent, pointer, key.length, kind, isDecimal ? type.scale : 0, isDecimal ? 10n ** BigInt(type.precision) : 0n) >>> 0;
    memory.u32[(entry + NDJSON_ENTRY.out) >>> 2] = column.data;
    memory.u32[(entry + NDJSON_ENTRY.valid) >>> 2] = column.valid;
    this.#columnOfEntry.set(entry, column);
    for (const field of column.fields) this.#add(field, entry);
  }

  release(): void {
    for (const { pointer, bytes } of this.#blocks) this.#memory.free(pointer, bytes, this.#account);
    this.#memory.free(this.#fixes, this.#fixCapacity * NDJSON_FIX_BYTES, this.#account);
    this.#memory.free(this.#heap, this.#heapBytes, this.#account);
  }

  /** Decodes lines; the columns' validity bytes must be zero. Gives rows; see the getters for the rest. */
  decode(from: number, to: number, maxRows: number): number {
    this.#set(AT.heap, this.#heap);
    this.#set(AT.heapEnd, this.#heap + this.#heapBytes);
    this.#set(AT.fixes, this.#fixes);
    this.#set(AT.fixCapacity, this.#fixCapacity);
    return kernels().ndjsonDecode(this.#context, from, to, maxRows) >>> 0;
  }

  /** As decode, of a text a row; what is unescaped goes to `heap`. Gives how many rows went to `left`. */
  decodeTexts(text: Vector, rows: Selection, kind: number, heap: number, heapBytes: number, left: number): number {
    this.#set(AT.heap, heap);
    this.#set(AT.heapEnd, heap + heapBytes);
    this.#set(AT.fixes, this.#fixes);
    this.#set(AT.fixCapacity, this.#fixCapacity);
    return kernels().ndjsonDecodeTexts(this.#context, text.data, text.valid, rows.pointer, rows.count, kind, left) >>> 0;
  }

  get heapBytes(): number { return this.#heapBytes; }
  get consumed(): number { return this.#get(AT.consumed); }
  get stop(): number { return this.#get(AT.stop); }
  get errorCount(): number { return this.#get(AT.errorCount); }
  get fixCount(): number { return this.#get(AT.fixCount); }
  rowStart(row: number): number { return this.#memory.u32[(this.#rowStarts >>> 2) + row]!; }

  error(index: number): { readonly row: number; readonly at: number; readonly code: number } {
    const { u32 } = this.#memory, i = (this.#errors + index * NDJSON_ERROR_BYTES) >>> 2;
    return { row: u32[i]!, at: u32[i + 1]!, code: u32[i + 2]! };
  }

  fix(index: number): Fix {
    const { u32 } = this.#memory, i = (this.#fixes + index * NDJSON_FIX_BYTES) >>> 2;
    return { row: u32[i]!, column: this.#columnOfEntry.get(u32[i + 1]!)!, pointer: u32[i + 2]!, length: u32[i + 3]!, heap: u32[i + 4]!, superseded: u32[i + 5] !== 0, cleared: u32[i + 5] === 2 };
  }

  growHeap(): void {
    this.#memory.free(this.#heap, this.#heapBytes, this.#account);
    this.#heapBytes = 2 * this.#heapBytes + 64;
    this.#heap = this.#memory.allocate(this.#heapBytes, this.#account);
  }

  growFixes(): void {
    this.#memory.free(this.#fixes, this.#fixCapacity * NDJSON_FIX_BYTES, this.#account);
    this.#fixCapacity *= 2;
    this.#fixes = this.#memory.allocate(this.#fixCapacity * NDJSON_FIX_BYTES, this.#account);
  }

  /** Lets the kernel turn wall-clock times near this one into instants. */
  learnZone(localMicros: bigint): void {
    const range = steadyRange(this.#zone, localMicros), at = this.#context / 8;
    this.#memory.i64[at + AT.zoneFrom / 8] = range?.from ?? 0n;
    this.#memory.i64[at + AT.zoneTo / 8] = range?.to ?? 0n;
    this.#memory.i64[at + AT.zoneOffset / 8] = range?.offset ?? 0n;
  }

  #block(bytes: number): number {
    const pointer = this.#memory.allocate(bytes, this.#account);
    this.#blocks.push({ pointer, bytes });
    return pointer;
  }

  #set(field: number, value: number): void { this.#memory.u32[(this.#context + field) >>> 2] = value; }
  #get(field: number): number { return this.#memory.u32[(this.#context + field) >>> 2]!; }
}
