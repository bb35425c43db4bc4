/**
 * The columns of a file table that are not in the files: those of partitions, `_metadata`, and such as were added later with a default.
 * They are constant over a file, and put beside what the format reads.
 */
import { resolve } from "node:path";
import { inputFile, noInputFile } from "../../base/input-file.ts";
import { Batch } from "../../columns/batch.ts";
import { constantVector, vectorOf } from "../../columns/cells.ts";
import { Vector } from "../../columns/vector.ts";
import type { BatchReceiver, ReadRequest } from "../../io/source.ts";
import { Arena } from "../../memory/arena.ts";
import type { FileLayout } from "../../plan/relations.ts";
import type { Cell } from "../../types/cell.ts";
import { BIGINT, STRING, TIMESTAMP, field, struct, type StructField, type StructType } from "../../types/data-type.ts";
import type { FileRange, FileReader } from "./file-reader.ts";
import type { Partitioning } from "./partitions.ts";

/** What `_metadata` holds: Spark's names and types. */
export const METADATA_COLUMN: StructField = field("_metadata", struct([
  field("file_path", STRING, false), field("file_name", STRING, false), field("file_size", BIGINT, false), field("file_block_start", BIGINT, false), field("file_block_length", BIGINT, false), field("file_modification_time", TIMESTAMP, false),
]), false);

/** An absolute path as a URI's, as Java writes it: what means something in one is escaped, letters beyond ASCII are not. */
export function uriPath(path: string): string {
  return resolve(path).replace(/[\x00-\x20"#%<>?[\\\]^`{|}\x7f]/g, c => `%${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`);
}

export class FileColumns implements FileReader {
  readonly #inner: FileReader;
  readonly #schema: StructType;
  readonly #partitioning: Partitioning;

  /** By column: its value in files that are older than it. */
  readonly #defaults: ReadonlyMap<string, { readonly value: Cell; readonly files: ReadonlySet<string> }>;

  /** `schema`: all columns of the table, in which those of partitions stand. */
  constructor(inner: FileReader, schema: StructType, partitioning: Partitioning, defaults: FileLayout["defaults"] = []) {
    this.#defaults = new Map(defaults.map(({ column, value, files }) => [column, { value, files: new Set(files) }] as const));
    this.#inner = inner;
    this.#schema = schema;
    this.#partitioning = partitioning;
  }

  get inner(): FileReader { return this.#inner; }

  async read(range: FileRange, request: ReadRequest, receiver: BatchReceiver): Promise<void> {
    const { columns } = this.#partitioning, places = request.columns.map(name => columns.findIndex(one => one.name === name));
    const defaults = request.columns.map(name => { const known = this.#defaults.get(name); return known?.files.has(range.path) === true ? known : undefined; });
    const isOwn = request.columns.map((name, i) => places[i]! >= 0 || defaults[i] !== undefined || name === METADATA_COLUMN.name && !this.#schema.fields.some(one => one.name === name));
    const fields = request.columns.map((name, i) => (places[i]! >= 0 ? columns[places[i]!]! : isOwn[i]! && defaults[i] === undefined ? METADATA_COLUMN : this.#schema.fields.find(one => one.name === name)!));
    const arena = new Arena(), schema = struct(fields), values = columns.length === 0 ? [] : this.#partitioning.valuesOf(range.path), name = `file://${uriPath(range.path)}`;
    const constants = isOwn.map((own, i) => (!own ? undefined : places[i]! >= 0 ? constantVector(fields[i]!.type, values[places[i]!]!, arena) : defaults[i] !== undefined ? constantVector(fields[i]!.type, defaults[i]!.value, arena) : metadataVector(range, arena)));
    let at = 0;
    const sources = isOwn.map(own => (own ? -1 : at++)), isPlain = at === request.columns.length;
    try {
      await this.#inner.read(range, isPlain ? request : { ...request, columns: request.columns.filter((_, i) => !isOwn[i]) }, {
        ...receiver,
        badRecord: record => receiver.badRecord(record),
        push: batch => {
          inputFile.name = name;
          inputFile.start = BigInt(range.from);
          inputFile.length = BigInt(range.to - range.from);
          try {
            return receiver.push(isPlain ? batch : new Batch(schema, sources.map((source, i) => (source < 0 ? constants[i]! : batch.columns[source]!)), batch.length, batch.selection));
          } finally {
            noInputFile();
          }
        },
        ...(receiver.ready !== undefined && { ready: () => receiver.ready!() }),
      });
    } finally {
      arena.release();
    }
  }

  release(): void { this.#inner.release(); }
}

function metadataVector({ path, from, to, modifiedMicros, bytes }: FileRange, arena: Arena): Vector {
  const uri = uriPath(path), values: Cell[] = [`file:${uri}`, uri.slice(uri.lastIndexOf("/") + 1), BigInt(bytes ?? to), BigInt(from), BigInt(to - from), BigInt(Math.floor(modifiedMicros / 1000)) * 1000n];
  const type = METADATA_COLUMN.type as StructType;
  return new Vector(type, 0, 0, { isConstant: true, children: type.fields.map((one, i) => vectorOf(one.type, [values[i]!], arena)) });
}
