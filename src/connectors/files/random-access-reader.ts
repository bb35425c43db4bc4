/** Whole files of formats that go to places of a file. */
import { ExecutionError } from "../../base/errors.ts";
import type { FileHandle, Files } from "../../base/files.ts";
import type { FileBytes, FormatContext, RandomAccessFormat } from "../../formats/file-format.ts";
import type { FileFilter } from "../../formats/file-filter.ts";
import type { BatchReceiver, ReadRequest } from "../../io/source.ts";
import { struct, type StructType } from "../../types/data-type.ts";
import { Breath, fileChanged, inFile, openToRead, type FileRange, type FileReader } from "./file-reader.ts";

export class RandomAccessReader implements FileReader {
  readonly #files: Files;
  readonly #format: RandomAccessFormat;
  readonly #schema: StructType;
  readonly #filters: readonly FileFilter[];
  readonly #context: FormatContext;

  /** `schema`: the columns of the data. */
  constructor(files: Files, format: RandomAccessFormat, schema: StructType, filters: readonly FileFilter[], context: FormatContext) {
    this.#files = files;
    this.#format = format;
    this.#schema = schema;
    this.#filters = filters;
    this.#context = context;
  }

  async read(range: FileRange, request: ReadRequest, receiver: BatchReceiver): Promise<void> {
    const wanted = struct(request.columns.map(name => this.#schema.fields.find(one => one.name === name)!)), breath = new Breath();
    let isPushing = false;
    try {
      await withFile(this.#files, range, async bytes => {
        const file = await this.#format.open(bytes, wanted, this.#filters, this.#context);
        try {
          for (const part of file.parts) {
            for await (const batch of file.batches(part, request.signal, request.narrowing)) {
              if (batch.count === 0) continue;
              isPushing = true;
              if (!receiver.push(batch)) return;
              await breath.take(request, receiver);
              isPushing = false;
            }
          }
        } finally {
          file.release();
        }
      });
    } catch (error) {
      // What the query makes of the rows says nothing about the file.
      throw !isPushing && error instanceof ExecutionError && error.condition !== "MILLRACE_FILE_CHANGED" ? inFile(error, range.path) : error;
    }
  }

  release(): void { /* nothing is held between files */ }
}

/** Opens a file for as long as `use` needs it. */
export async function withFile<T>(files: Files, { path, to: size, modifiedMicros }: FileRange, use: (file: FileBytes) => Promise<T>): Promise<T> {
  const handle = openToRead(files, path);
  try {
    return await use({ path, size, modifiedMicros, read: (offset, length, target) => readBytes(handle, size, offset, target ?? new Uint8Array(length)) });
  } finally {
    handle.close();
  }
}

async function readBytes(handle: FileHandle, size: number, offset: number, target: Uint8Array): Promise<Uint8Array> {
  const { length } = target;
  if (offset < 0 || offset + length > size) throw new RangeError(`bytes ${offset} to ${offset + length} of ${handle.path}, which has ${size}`);
  // At once, as texts are read: what lies in the cache of the system costs less than a trip to another thread.
  const read = length === 0 ? 0 : handle.readAt(target, 0, length, offset);
  if (read < length) throw fileChanged(handle.path, size, offset + read);
  return target;
}
