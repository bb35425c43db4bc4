/** Arrow data that is read: files, whose footer says where batches lie, and streams, which are read from the beginning. */
import { ExecutionError } from "../../base/errors.ts";
import type { Batch } from "../../columns/batch.ts";
import { concatenate } from "../../columns/pieces.ts";
import { Arena } from "../../memory/arena.ts";
import { linearMemory } from "../../memory/linear-memory.ts";
import type { StructType } from "../../types/data-type.ts";
import type { FileBytes, FilePart, OpenFile } from "../file-format.ts";
import { arrowFields, type ArrowField } from "./arrow-schema.ts";
import { ColumnPicker } from "./column-picker.ts";
import { FlatTable, MalformedArrow } from "./flatbuffer.ts";
import { RecordBatchReader, partsOfMessage, type Dictionaries } from "./record-batch.ts";

const MAGIC = "ARROW1", MAX_METADATA_BYTES = 64 << 20;
const HEADER = { schema: 1, dictionary: 2, batch: 3 } as const;

interface Message { readonly kind: number; readonly header: FlatTable; readonly bodyAt: number; readonly bodyBytes: number; readonly end: number }

/** The message that begins at `at`; undefined where the stream ends. */
async function messageAt(file: FileBytes, at: number): Promise<Message | undefined> {
  if (file.size - at < 8) return undefined;
  const head = Buffer.from(await file.read(at, 8)), isNew = head.readUInt32LE(0) === 0xffffffff, length = isNew ? head.readInt32LE(4) : head.readInt32LE(0), metadataAt = at + (isNew ? 8 : 4);
  if (length === 0) return undefined;
  if (length < 0 || length > MAX_METADATA_BYTES || metadataAt + length > file.size) throw new MalformedArrow("a message is longer than the file");
  const message = FlatTable.root(await file.read(metadataAt, length)), bodyBytes = message.long(3), bodyAt = metadataAt + length, header = message.table(2);
  if (header === undefined || bodyBytes < 0 || bodyAt + bodyBytes > file.size) throw new MalformedArrow("a message is longer than the file");
  return { kind: message.byte(1), header, bodyAt, bodyBytes, end: bodyAt + bodyBytes };
}

export interface ArrowLayout { readonly fields: readonly ArrowField[]; readonly batches: readonly number[] | undefined; readonly dictionaries: readonly number[]; readonly streamAt: number }

/** Where things lie: by the footer of a file, else from the schema that a stream begins with. @throws ExecutionError FAILED_READ_FILE.NO_HINT */
export async function readLayout(file: FileBytes): Promise<ArrowLayout> {
  try {
    const isFile = file.size >= 20 && Buffer.from(await file.read(0, 6)).toString("latin1") === MAGIC;
    if (!isFile) {
      const schema = await messageAt(file, 0);
      if (schema?.kind !== HEADER.schema) throw new MalformedArrow("it doesn't begin as Arrow data does");
      return { fields: arrowFields(schema.header), batches: undefined, dictionaries: [], streamAt: schema.end };
    }
    const tail = Buffer.from(await file.read(file.size - 10, 10)), length = tail.readInt32LE(0), at = file.size - 10 - length;
    if (tail.toString("latin1", 4) !== MAGIC || length <= 0 || length > MAX_METADATA_BYTES || at < 8) throw new MalformedArrow("it doesn't end as an Arrow file does");
    const footer = FlatTable.root(await file.read(at, length)), schema = footer.table(1);
    if (schema === undefined) throw new MalformedArrow("it has no schema");
    const places = (index: number): number[] => footer.structs(index, 24, [0]).map(([place]) => (place! >= 0 && place! < file.size ? place! : -1));
    const found = { fields: arrowFields(schema), batches: places(3), dictionaries: places(2), streamAt: 0 };
    if ([...found.batches, ...found.dictionaries].includes(-1)) throw new MalformedArrow("a batch lies outside of the file");
    return found;
  } catch (error) {
    throw failed(file, error);
  }
}

function failed(file: FileBytes, error: unknown): unknown {
  if (!(error instanceof MalformedArrow)) return error;
  return new ExecutionError({ condition: "FAILED_READ_FILE.NO_HINT", sqlState: "KD001", message: `Encountered error while reading file ${file.path}.`, messageParameters: { path: file.path }, hint: error.message, cause: error });
}

export class ArrowFile implements OpenFile {
  readonly rows = undefined;
  readonly parts: readonly FilePart[];
  readonly #file: FileBytes;
  readonly #layout: ArrowLayout;
  readonly #columns: ColumnPicker;
  readonly #arena = new Arena();
  readonly #dictionaryArena = new Arena();

  /** @throws ExecutionError MILLRACE_ARROW_TYPE_MISMATCH where a column has another type than is wanted */
  constructor(file: FileBytes, layout: ArrowLayout, wanted: StructType) {
    this.#file = file;
    this.#layout = layout;
    this.#columns = new ColumnPicker(file.path, layout.fields, wanted);
    const from = layout.batches === undefined ? layout.streamAt : 0;
    this.parts = [{ offset: from, length: file.size - from, rows: undefined }];
  }

  async *batches(_part: FilePart, signal: AbortSignal): AsyncGenerator<Batch> {
    const { batches, dictionaries, streamAt } = this.#layout, values: Dictionaries = new Map();
    try {
      for (const at of dictionaries) await this.#dictionary(await messageAt(this.#file, at), values);
      if (batches !== undefined) for (const at of batches) yield* this.#batch(await messageAt(this.#file, at), values, signal);
      else for (let at = streamAt; ;) {
        const message = await messageAt(this.#file, at);
        if (message === undefined) break;
        if (message.kind === HEADER.dictionary) await this.#dictionary(message, values);
        else yield* this.#batch(message, values, signal);
        at = message.end;
      }
    } catch (error) {
      throw failed(this.#file, error);
    } finally {
      this.release();
    }
  }

  async *#batch(message: Message | undefined, dictionaries: Dictionaries, signal: AbortSignal): AsyncGenerator<Batch> {
    if (message?.kind !== HEADER.batch) throw new MalformedArrow("a message is no batch of rows");
    yield* this.#columns.batches(partsOfMessage(message.header, await this.#body(message, this.#arena), message.bodyBytes), dictionaries, this.#arena, signal);
    this.#arena.reset();
  }

  async #dictionary(message: Message | undefined, values: Dictionaries): Promise<void> {
    if (message?.kind !== HEADER.dictionary) throw new MalformedArrow("a message is no dictionary");
    const id = message.header.long(0), batch = message.header.table(1), one = fieldWith(id, this.#layout.fields);
    if (batch === undefined || one === undefined) throw new MalformedArrow("a dictionary is of no column");
    const arena = this.#dictionaryArena, reader = new RecordBatchReader(partsOfMessage(batch, await this.#body(message, arena), message.bodyBytes), values, arena);
    const more = { vector: reader.column({ ...one, dictionary: undefined }, true)!, length: reader.rows }, before = message.header.flag(2) ? values.get(id) : undefined;
    values.set(id, before === undefined ? more : { vector: concatenate([before, more], arena), length: before.length + more.length });
  }

  async #body({ bodyAt, bodyBytes }: Message, arena: Arena): Promise<number> {
    const at = arena.allocate(Math.max(1, bodyBytes));
    if (bodyBytes > 0) await this.#file.read(bodyAt, bodyBytes, linearMemory().u8.subarray(at, at + bodyBytes));
    return at;
  }

  release(): void {
    this.#arena.release();
    this.#dictionaryArena.release();
  }
}

function fieldWith(id: number, fields: readonly ArrowField[]): ArrowField | undefined {
  for (const one of fields) {
    const found = one.dictionary?.id === id ? one : fieldWith(id, one.children);
    if (found !== undefined) return found;
  }
  return undefined;
}
