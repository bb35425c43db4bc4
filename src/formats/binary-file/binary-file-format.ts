/** Whole files as rows: path, time, length and, if it is asked for, the content. Spark's binaryFile. */
import { resolve } from "node:path";
import { ExecutionError } from "../../base/errors.ts";
import { Batch } from "../../columns/batch.ts";
import { vectorOf } from "../../columns/cells.ts";
import { Arena } from "../../memory/arena.ts";
import type { Cell } from "../../types/cell.ts";
import { BIGINT, BINARY, STRING, TIMESTAMP, field, struct, type StructType } from "../../types/data-type.ts";
import type { FileBytes, FileFormat, OpenFile } from "../file-format.ts";

/** The most that Spark puts into one BINARY. */
const MAX_BYTES = 0x7fff_ffff;

export const BINARY_FILE_SCHEMA: StructType = struct([field("path", STRING), field("modificationTime", TIMESTAMP), field("length", BIGINT), field("content", BINARY)]);

export const binaryFileFormat: FileFormat = {
  kind: "random access", name: "binaryfile", endings: [], fixedSchema: BINARY_FILE_SCHEMA,
  open: async (file, wanted) => new WholeFile(file, wanted),
};

class WholeFile implements OpenFile {
  readonly rows = 1;
  readonly parts: OpenFile["parts"];
  readonly #file: FileBytes;
  readonly #wanted: StructType;
  readonly #arena = new Arena();

  constructor(file: FileBytes, wanted: StructType) {
    this.#file = file;
    this.#wanted = wanted;
    this.parts = [{ offset: 0, length: file.size, rows: 1 }];
  }

  async *batches(): AsyncGenerator<Batch> {
    const { path, size, modifiedMicros } = this.#file, columns = [];
    for (const { name, type } of this.#wanted.fields) columns.push(vectorOf(type, [await this.#value(name, path, size, modifiedMicros)], this.#arena));
    yield new Batch(this.#wanted, columns, 1);
  }

  async #value(name: string, path: string, size: number, modifiedMicros: number): Promise<Cell> {
    switch (name.toLowerCase()) {
      case "path": return `file:${resolve(path)}`;
      // Spark knows milliseconds.
      case "modificationtime": return BigInt(Math.floor(modifiedMicros / 1000)) * 1000n;
      case "length": return BigInt(size);
      case "content":
        if (size > MAX_BYTES) throw new ExecutionError({
          condition: "MILLRACE_FILE_TOO_LARGE", sqlState: "54000", message: `The length of ${path} is ${size}, which exceeds the max length allowed: ${MAX_BYTES}.`, messageParameters: { path, length: String(size), maxLength: String(MAX_BYTES) },
        });
        return await this.#file.read(0, size);
      default: return null;
    }
  }

  release(): void { this.#arena.release(); }
}
