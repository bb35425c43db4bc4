/**
 * Writes rows into files of a folder, and of its partitions: opens a file where the first row for it comes, begins another where one is full, and never
 * holds more than some open at a time. The files are durable when it is finished, and named by nobody but the caller.
 */
import { makeFolders, type Files } from "../../base/files.ts";
import { Batch } from "../../columns/batch.ts";
import { refuseSameNames } from "../../formats/column-names.ts";
import type { FileWriter, FileWriting, FormatContext } from "../../formats/file-format.ts";
import { booleanOption, positiveOption } from "../../formats/options.ts";
import { Arena } from "../../memory/arena.ts";
import type { ManifestFile } from "../../storage/manifest.ts";
import { StagedFileWriter } from "../../storage/staged-file.ts";
import { STRING, field, struct, type StructType } from "../../types/data-type.ts";
import { compressionOf, type Compression } from "./compression.ts";
import type { WritableFormat } from "./file-sink.ts";
import { PartitionColumns } from "./partition-values.ts";

/** A further partition closes the file that was written longest ago; its next row opens another. */
const MAX_OPEN = 256;
/** Bytes that formats hold until a part of a file is whole, of all open files; above, the file that holds most is closed. */
const MAX_HELD_BYTES = 512 << 20;

/** How a result is written: columns are checked, options are read. */
export interface FileSetPlan {
  readonly partitions: PartitionColumns;
  readonly writing: FileWriting;
  readonly compression: Compression | undefined;
  readonly maxRows: number;
  /** Of the files: the format's, and that of the compression. */
  readonly ending: string;
}

/** @throws AnalysisError for columns, types and options that can't be written so */
export async function planFileSet(format: WritableFormat, schema: StructType, partitionBy: readonly string[], context: FormatContext): Promise<FileSetPlan> {
  if (!booleanOption(context.options, "spark.sql.caseSensitive", false)) refuseSameNames(struct(schema.fields.map(({ name }) => field(name, STRING))));
  const partitions = new PartitionColumns(schema, partitionBy, context.timeZone), writing = await format.writing(partitions.dataSchema, context);
  const compression = format.kind === "stream of bytes" ? compressionOf(context.options) : undefined;
  return { partitions, writing, compression, maxRows: positiveOption(context.options, "maxRecordsPerFile", Number.POSITIVE_INFINITY), ending: `${writing.ending}${compression?.ending ?? ""}` };
}

interface OpenFile { readonly file: StagedFileWriter; readonly rows: FileWriter; readonly compress: ReturnType<Compression["start"]> | undefined; readonly folder: string; held: number }

export class FileSetWriter {
  readonly #files: Files;
  readonly #root: string;
  readonly #plan: FileSetPlan;
  readonly #nextName: () => string;
  readonly #arena = new Arena();
  /** By folder, the one written last at the end. */
  readonly #open = new Map<string, OpenFile>();
  readonly #folders = new Set<string>();
  readonly #done: Promise<ManifestFile>[] = [];
  /** Paths of all files that were made. */
  readonly #made: string[] = [];
  readonly #maxHeld: number;
  #held = 0;

  /** `nextName`: names that were never used, with the plan's ending. */
  constructor(files: Files, root: string, plan: FileSetPlan, nextName: () => string, maxHeldBytes = MAX_HELD_BYTES) {
    this.#maxHeld = maxHeldBytes;
    this.#files = files;
    this.#root = root;
    this.#plan = plan;
    this.#nextName = nextName;
  }

  /** The batch is borrowed. */
  write(batch: Batch): void {
    if (batch.count === 0) return;
    for (const [folder, part] of this.#plan.partitions.parts(batch, this.#arena)) this.#put(folder, part);
    this.#arena.reset();
  }

  /** Makes a file without rows, as Spark does where there are none at all. */
  openEmpty(): void {
    if (this.#made.length === 0) this.#openIn("");
  }

  #put(folder: string, part: Batch): void {
    const { maxRows } = this.#plan;
    let open = this.#open.get(folder);
    if (open !== undefined && open.file.rows >= maxRows) {
      this.#close(open);
      open = undefined;
    }
    if (open === undefined) open = this.#openIn(folder);
    else {
      this.#open.delete(folder);
      this.#open.set(folder, open);
    }
    if (open.file.rows + part.count > maxRows) return this.#split(folder, part, maxRows - open.file.rows);
    this.#append(open, open.rows.write(part));
    open.file.rows += part.count;
    this.#held -= open.held;
    this.#held += open.held = open.rows.heldBytes;
    if (this.#held > this.#maxHeld && this.#open.size > 1) this.#close([...this.#open.values()].reduce((most, one) => (one.held > most.held ? one : most)));
  }

  /** A batch that a file has no room for. */
  #split(folder: string, part: Batch, first: number): void {
    const { selection } = part, { u32 } = this.#arena.memory, pointer = selection.pointer === 0 ? this.#arena.allocate(4 * selection.count) : selection.pointer;
    if (selection.pointer === 0) for (let i = 0; i < selection.count; i++) u32[(pointer >>> 2) + i] = i;
    const piece = (from: number, count: number): Batch => new Batch(part.schema, part.columns, part.length, { pointer: pointer + 4 * from, count });
    this.#put(folder, piece(0, first));
    this.#put(folder, piece(first, selection.count - first));
  }

  #openIn(folder: string): OpenFile {
    if (this.#open.size >= MAX_OPEN) this.#close(this.#open.values().next().value!);
    const path = folder === "" ? this.#root : `${this.#root}/${folder}`, name = this.#nextName();
    if (folder !== "" && !this.#folders.has(folder)) {
      makeFolders(this.#files, path);
      this.#folders.add(folder);
    }
    const open: OpenFile = { file: new StagedFileWriter(this.#files, path, name), rows: this.#plan.writing.open(), compress: this.#plan.compression?.start(), folder, held: 0 };
    this.#made.push(`${path}/${name}`);
    this.#open.set(folder, open);
    this.#append(open, open.rows.open());
    return open;
  }

  #append({ file, compress }: OpenFile, chunks: readonly Uint8Array[]): void {
    for (const chunk of chunks) {
      if (chunk.length === 0) continue;
      const bytes = compress === undefined ? chunk : compress.write(chunk);
      if (bytes !== undefined) file.write(bytes);
    }
  }

  #close(open: OpenFile): void {
    this.#open.delete(open.folder);
    this.#held -= open.held;
    this.#append(open, open.rows.finish());
    const rest = open.compress?.finish();
    if (rest !== undefined) open.file.write(rest);
    const prefix = open.folder === "" ? "" : `${open.folder}/`, done = open.file.finish().then(file => ({ ...file, path: `${prefix}${file.path}` }));
    done.catch(() => { /* told when it is finished */ });
    this.#done.push(done);
  }

  /** The files, with paths relative to the folder; they and their names are durable. */
  async finish(): Promise<ManifestFile[]> {
    for (const open of [...this.#open.values()]) this.#close(open);
    this.#arena.release();
    const done = await Promise.all(this.#done);
    for (const folder of this.#folders) await this.#files.syncFolderAsync(`${this.#root}/${folder}`);
    if (done.length > 0) await this.#files.syncFolderAsync(this.#root);
    return done;
  }

  /** Removes what was written. */
  async abort(): Promise<void> {
    this.#arena.release();
    const open = new Set<string>();
    for (const { rows, file } of this.#open.values()) {
      rows.abort();
      open.add(file.path);
      file.abort();
    }
    this.#open.clear();
    await Promise.allSettled(this.#done);
    for (const path of this.#made) if (!open.has(path) && this.#files.status(path) !== undefined) this.#files.unlink(path);
  }
}
