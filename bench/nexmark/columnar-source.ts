/**
 * The events as columns made in the process: what a columnar file without decoding would give. Only the columns that are
 * asked for are made; long strings are pieces of a pool that lies in linear memory. Offsets are numbers of events.
 */
import { BATCH_ROWS, Batch } from "../../src/columns/batch.ts";
import { Vector } from "../../src/columns/vector.ts";
import type { BatchReceiver, BatchTable, Offset, ReadLimit, ReadRequest, Split, StreamSource, Table } from "../../src/io/source.ts";
import { Arena } from "../../src/memory/arena.ts";
import { linearMemory } from "../../src/memory/linear-memory.ts";
import { BIGINT, STRING, TIMESTAMP, field as column, struct, type DataType, type StructType } from "../../src/types/data-type.ts";
import { MARKER_AFTER_MILLIS, MARKER_ID, eventOfRow, pieceLength, pieceOffset, rowsBefore, type Field, type Kind, type Model } from "./model.ts";

const TYPES = { bigint: BIGINT, timestamp: TIMESTAMP, string: STRING } as const;
const INLINE_BYTES = 12, WRITTEN_LIMIT_BYTES = 32;

export interface ColumnarOptions {
  readonly events: number;
  readonly eventsPerBatch: number;
  /** After all events comes one that closes every window. */
  readonly marker: boolean;
  readonly isStreaming: boolean;
}

/** A source value for `from(...)`: its rows are those of the files of the same model. */
export interface ColumnarTable extends Table { readonly format: string; readonly options: object }

/** Where a model's pool lies in linear memory; it stays there as long as the process. */
const pools = new WeakMap<Model, number>();

function poolAddress(model: Model): number {
  let at = pools.get(model);
  if (at === undefined) {
    at = linearMemory().allocate(model.pool.length);
    linearMemory().u8.set(model.pool, at);
    pools.set(model, at);
  }
  return at;
}

export function columnarTable(model: Model, kind: Kind, options: ColumnarOptions): ColumnarTable {
  const schema = struct(model.fields[kind].map(({ name, type }) => column(name, TYPES[type], true))), description = `Nexmark[${kind}]`;
  const rows = new ColumnarRows(model, kind, schema, options.events);
  return {
    format: "nexmark", options: {}, name: kind, description, schema, isStreaming: options.isStreaming, replayable: true, fingerprint: { nexmark: kind },
    readLimit: { maxRows: options.eventsPerBatch },
    ...(options.isStreaming
      ? { stream: () => new ColumnarStream(description, rows, options) }
      : { batch: (): BatchTable => ({ schema, description, planBatch: async () => [{ from: 0, to: options.events }], read: (split, request, receiver) => rows.read(split, request, receiver) }) }),
  };
}

class ColumnarRows {
  readonly #model: Model;
  readonly #kind: Kind;
  readonly #schema: StructType;
  readonly #events: number;

  constructor(model: Model, kind: Kind, schema: StructType, events: number) {
    this.#model = model;
    this.#kind = kind;
    this.#schema = schema;
    this.#events = events;
  }

  async read(split: Split, { columns }: ReadRequest, receiver: BatchReceiver): Promise<void> {
    const { from, to } = split as { from: number; to: number }, arena = new Arena(), kind = this.#kind;
    const schema = struct(columns.map(name => this.#schema.fields.find(field => field.name === name)!));
    const fields = columns.map(name => this.#model.fields[kind].find(field => field.name === name)!);
    try {
      const last = rowsBefore(kind, Math.min(to, this.#events));
      for (let row = rowsBefore(kind, from); row < last; row += BATCH_ROWS) {
        const count = Math.min(BATCH_ROWS, last - row);
        const more = receiver.push(new Batch(schema, fields.map(field => this.#vector(field, row, count, arena)), count));
        arena.reset();
        if (!more) return;
        await receiver.ready?.();
      }
      if (to > this.#events) receiver.push(new Batch(schema, fields.map(field => this.#marker(field, arena)), 1));
    } finally {
      arena.release();
    }
  }

  #vector(field: Field, first: number, count: number, arena: Arena): Vector {
    const data = field.type === "string" ? this.#strings(field, first, count, arena) : this.#numbers(field.number, field.type === "timestamp" ? 1000 : 1, first, count, arena);
    return new Vector(TYPES[field.type], data, 0);
  }

  #numbers(number: (event: number) => number, scale: number, first: number, count: number, arena: Arena): number {
    const data = arena.allocate(8 * count), words = arena.memory.u32, kind = this.#kind;
    for (let i = 0, at = data >>> 2; i < count; i++, at += 2) {
      const value = number(eventOfRow(kind, first + i)) * scale;
      words[at] = value >>> 0;
      words[at + 1] = Math.floor(value / 4_294_967_296);
    }
    return data;
  }

  #strings(field: Field & { type: "string" }, first: number, count: number, arena: Arena): number {
    const data = arena.allocate(16 * count), { u8, u32 } = arena.memory, kind = this.#kind, pool = poolAddress(this.#model);
    const heap = "write" in field ? arena.allocate(WRITTEN_LIMIT_BYTES * count) : 0;
    for (let i = 0, to = heap, at = data >>> 2; i < count; i++, at += 4) {
      const event = eventOfRow(kind, first + i);
      let from = to, length = 0;
      if ("write" in field) {
        to = field.write(event, u8, from);
        length = to - from;
      } else {
        const piece = field.piece(event);
        from = pool + pieceOffset(piece);
        length = pieceLength(piece);
      }
      setView(u8, u32, at, from, length);
    }
    return data;
  }

  #marker(field: Field, arena: Arena): Vector {
    const data = arena.allocateZeroed(16);
    if (field.type !== "string") arena.memory.i64[data >>> 3] = field.type === "bigint" ? BigInt(MARKER_ID) : BigInt(this.#model.millis(this.#events) + MARKER_AFTER_MILLIS) * 1000n;
    return new Vector(TYPES[field.type] as DataType, data, 0);
  }
}

/** A view of 16 bytes at word `at`: length, then the bytes themselves or the first four and the address. */
function setView(u8: Uint8Array, u32: Uint32Array, at: number, from: number, length: number): void {
  u32[at] = length;
  if (length > INLINE_BYTES) {
    u32[at + 1] = u8[from]! | u8[from + 1]! << 8 | u8[from + 2]! << 16 | u8[from + 3]! << 24;
    u32[at + 2] = from;
    u32[at + 3] = 0;
    return;
  }
  u32[at + 1] = u32[at + 2] = u32[at + 3] = 0;
  for (let i = 0; i < length; i++) u8[4 * at + 4 + i] = u8[from + i]!;
}

class ColumnarStream implements StreamSource {
  readonly replayable = true;
  readonly ended = true;
  readonly description: string;
  readonly #rows: ColumnarRows;
  readonly #options: ColumnarOptions;

  constructor(description: string, rows: ColumnarRows, options: ColumnarOptions) {
    this.description = description;
    this.#rows = rows;
    this.#options = options;
  }

  get #end(): number { return this.#options.events + (this.#options.marker ? 1 : 0); }

  async latest(from: Offset, { maxRows = Number.POSITIVE_INFINITY }: ReadLimit): Promise<Offset> {
    const before = from as number | null ?? 0, to = Math.min(before + maxRows, before < this.#options.events ? this.#options.events : this.#end);
    return to === before ? from : to;
  }
  async plan(from: Offset, to: Offset): Promise<readonly Split[]> { return [{ from: from ?? 0, to }]; }
  read(split: Split, request: ReadRequest, receiver: BatchReceiver): Promise<void> { return this.#rows.read(split, request, receiver); }
  async freeze(): Promise<void> { /* it never grows */ }
  committed(): void { /* nothing is kept */ }
  stop(): void { /* nothing is open */ }
}
