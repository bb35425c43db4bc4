/** A Parquet file that is being read: row groups are its parts, each decoded 4,096 rows at a time. */
import { ExecutionError } from "../../base/errors.ts";
import { BATCH_ROWS, Batch } from "../../columns/batch.ts";
import { Arena } from "../../memory/arena.ts";
import type { StructType } from "../../types/data-type.ts";
import type { FileBytes, FilePart, OpenFile } from "../file-format.ts";
import type { Narrowing } from "../narrowing.ts";
import { GroupColumns } from "./group-columns.ts";
import { parseMetadata, type ColumnChunk, type FileMetadata, type RowGroup } from "./metadata.ts";
import { planRead, type ReadPlan } from "./read-plan.ts";
import { fileColumns } from "./schema.ts";
import { Malformed } from "./thrift.ts";

/** Bytes from the end that are read first: most footers fit. */
const TAIL_BYTES = 64 * 1024;
const MAGIC = "PAR1", ENCRYPTED_MAGIC = "PARE";

/** @throws ExecutionError FAILED_READ_FILE.CANNOT_READ_FILE_FOOTER */
export async function readMetadata(file: FileBytes): Promise<FileMetadata> {
  try {
    const length = Math.min(file.size, TAIL_BYTES), tail = Buffer.from(await file.read(file.size - length, length));
    const magic = tail.toString("latin1", length - 4);
    if (length < 12 || magic !== MAGIC) throw new Malformed(magic === ENCRYPTED_MAGIC ? "the file is encrypted" : "the file doesn't end as a Parquet file does");
    const bytes = tail.readUInt32LE(length - 8), at = file.size - 8 - bytes;
    if (at < 4) throw new Malformed("the footer is longer than the file");
    return parseMetadata(bytes + 8 <= length ? tail.subarray(length - 8 - bytes, length - 8) : await file.read(at, bytes));
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    throw new ExecutionError({
      condition: "FAILED_READ_FILE.CANNOT_READ_FILE_FOOTER", sqlState: "KD001",
      message: `Encountered error while reading file ${file.path}. Could not read footer. Please ensure that the file is in either ORC or Parquet format. If not, please convert it to a valid format. If the file is in the valid format, please check if it is corrupt. If it is, you can choose to either ignore it or fix the corruption.`,
      messageParameters: { path: file.path }, hint: error.message, cause: error,
    });
  }
}

export class ParquetFile implements OpenFile {
  readonly #file: FileBytes;
  readonly #metadata: FileMetadata;
  readonly #wanted: StructType;
  readonly #plan: ReadPlan;
  readonly #arena = new Arena();
  readonly #reading = new Set<GroupColumns>();
  readonly parts: readonly FilePart[];

  /** @throws as planRead */
  constructor(file: FileBytes, metadata: FileMetadata, wanted: StructType, isWanted: (group: RowGroup) => boolean) {
    this.#file = file;
    this.#metadata = metadata;
    this.#wanted = wanted;
    this.#plan = planRead(fileColumns(metadata.schema), wanted, file.path);
    this.parts = metadata.rowGroups.filter(isWanted).map(group => new GroupPart(group, this.#chunksOf(group)));
  }

  get rows(): number { return this.#metadata.rows; }

  async *batches(part: FilePart, signal: AbortSignal, narrowing?: Narrowing): AsyncGenerator<Batch> {
    const { group, chunks } = part as GroupPart, arena = this.#arena, { fields } = this.#wanted, columns = new GroupColumns(this.#file, this.#plan, group, chunks, arena);
    const places = new Map(fields.map(({ name }, i) => [name, i] as const)), placeOf = (name: string): number => places.get(name)!;
    this.#reading.add(columns);
    try {
      for (let left = group.rows; left > 0;) {
        const rows = Math.min(left, BATCH_ROWS);
        narrowing?.reset();
        const found = await columns.next(rows, narrowing, placeOf);
        signal.throwIfAborted();
        left -= rows;
        if (found !== undefined) {
          const { vectors, selection } = found;
          for (const [i, { name, nullable }] of fields.entries()) if (!nullable && vectors[i]!.valid !== 0) throw nullIn(name, this.#file.path);
          yield new Batch(this.#wanted, vectors, rows, selection);
        }
        arena.reset();
      }
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      throw new ExecutionError({
        condition: "FAILED_READ_FILE.NO_HINT", sqlState: "KD001", message: `Encountered error while reading file ${this.#file.path}.`,
        messageParameters: { path: this.#file.path }, hint: error.message, cause: error,
      });
    } finally {
      this.release();
    }
  }

  release(): void {
    for (const columns of this.#reading) columns.release();
    this.#reading.clear();
    this.#arena.release();
  }

  /** The chunk of each leaf of the plan. */
  #chunksOf(group: RowGroup): ColumnChunk[] { return this.#plan.leaves.map(leaf => group.columns[leaf.column.node.column]!); }
}

class GroupPart implements FilePart {
  readonly group: RowGroup;
  readonly chunks: readonly ColumnChunk[];
  readonly offset: number;
  readonly length: number;
  readonly rows: number;

  constructor(group: RowGroup, chunks: readonly ColumnChunk[]) {
    this.group = group;
    this.chunks = chunks;
    this.rows = group.rows;
    this.offset = chunks.length === 0 ? 0 : Math.min(...chunks.map(chunk => chunk.offset));
    this.length = chunks.reduce((sum, chunk) => sum + chunk.bytes, 0);
  }
}

/** Of a column that the schema says is NOT NULL. */
function nullIn(column: string, path: string): ExecutionError {
  return new ExecutionError({
    condition: "NOT_NULL_ASSERT_VIOLATION", sqlState: "42000", message: `NULL value appeared in non-nullable field: ${column}, in the file ${path}.`,
    messageParameters: { walkedTypePath: column }, hint: "leave NOT NULL out of the schema",
  });
}
