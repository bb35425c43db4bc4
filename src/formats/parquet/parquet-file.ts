/** A Parquet file that is being read: row groups are its parts, each decoded 4,096 rows at a time. */
import { ExecutionError } from "../../base/errors.ts";
import { BATCH_ROWS, Batch } from "../../columns/batch.ts";
import { Arena } from "../../memory/arena.ts";
import { linearMemory } from "../../memory/linear-memory.ts";
import type { StructType } from "../../types/data-type.ts";
import type { FileBytes, FilePart, OpenFile } from "../file-format.ts";
import { Assembler } from "./assemble.ts";
import { ChunkBytes } from "./chunk-bytes.ts";
import { LeafReader } from "./leaf-reader.ts";
import { parseMetadata, type ColumnChunk, type FileMetadata, type RowGroup } from "./metadata.ts";
import { planRead, type ReadPlan } from "./read-plan.ts";
import { fileColumns } from "./schema.ts";
import { Malformed } from "./thrift.ts";

/** Bytes from the end that are read first: most footers fit. */
const TAIL_BYTES = 64 * 1024;
const MAGIC = "PAR1", ENCRYPTED_MAGIC = "PARE";
/** Chunks that lie so near are read at once, up to so many bytes. */
const GAP_BYTES = 64 * 1024, TOGETHER_BYTES = 8 << 20;

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
  readonly #pieces = new Arena();
  readonly #reading = new Set<LeafReader>();
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

  async *batches(part: FilePart, signal: AbortSignal): AsyncGenerator<Batch> {
    const { group, chunks } = part as GroupPart, arena = this.#arena, { leaves, columns } = this.#plan;
    try {
      const pieces = await this.#readTogether(chunks);
      const readers = leaves.map((leaf, i) => {
        const chunk = chunks[i]!, { node } = leaf.column;
        if (node.maxRep === 0 && chunk.values !== group.rows) throw new Malformed(`the column ${node.name} has ${chunk.values} values in ${group.rows} rows`);
        return new LeafReader(node, chunk, new ChunkBytes(this.#file, chunk.offset, chunk.bytes, pieces[i]), leaf.conversion);
      });
      for (const reader of readers) this.#reading.add(reader);
      const assembler = new Assembler(readers, arena);
      for (let left = group.rows; left > 0;) {
        const rows = Math.min(left, BATCH_ROWS);
        for (const reader of readers) {
          const loading = reader.prepare(rows);
          if (loading !== undefined) await loading;
        }
        signal.throwIfAborted();
        const vectors = assembler.columns(columns, rows);
        for (const [i, reader] of readers.entries()) if (leaves[i]!.conversion === undefined) reader.forget();
        for (const [i, { name, nullable }] of this.#wanted.fields.entries()) if (!nullable && vectors[i]!.valid !== 0) throw nullIn(name, this.#file.path);
        yield new Batch(this.#wanted, vectors, rows);
        arena.reset();
        left -= rows;
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
    for (const reader of this.#reading) reader.release();
    this.#reading.clear();
    this.#arena.release();
    this.#pieces.release();
  }

  /** The chunk of each leaf of the plan. */
  #chunksOf(group: RowGroup): ColumnChunk[] { return this.#plan.leaves.map(leaf => group.columns[leaf.column.node.column]!); }

  /** Chunks that are small and near each other, by one read each such run; undefined for those that are read alone. */
  async #readTogether(chunks: readonly ColumnChunk[]): Promise<(Uint8Array | undefined)[]> {
    const pieces = new Array<Uint8Array | undefined>(chunks.length).fill(undefined), { size } = this.#file;
    const order = [...chunks.keys()].filter(i => chunks[i]!.offset + chunks[i]!.bytes <= size).sort((a, b) => chunks[a]!.offset - chunks[b]!.offset);
    if (order.reduce((sum, i) => sum + chunks[i]!.bytes, 0) > TOGETHER_BYTES) return pieces;
    for (let first = 0, next = 0; first < order.length; first = next) {
      const from = chunks[order[first]!]!.offset;
      let to = from;
      for (next = first; next < order.length; next++) {
        const { offset, bytes } = chunks[order[next]!]!;
        if (offset > to + GAP_BYTES) break;
        to = Math.max(to, offset + bytes);
      }
      const at = this.#pieces.allocate(to - from), bytes = await this.#file.read(from, to - from, linearMemory().u8.subarray(at, at + to - from));
      for (const i of order.slice(first, next)) pieces[i] = bytes.subarray(chunks[i]!.offset - from, chunks[i]!.offset - from + chunks[i]!.bytes);
    }
    return pieces;
  }
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
