/** Files as a table: `read.json(path)`, `` json.`path` ``, and the same as streams. */
import { AnalysisError } from "../../base/errors.ts";
import type { BatchTable, ReadLimit, Table } from "../../io/source.ts";
import type { ReadDataSource } from "../../plan/relations.ts";
import type { StructType } from "../../types/data-type.ts";
import { TEXT_SCHEMA } from "../../formats/text/text-format.ts";
import { optionOf, positiveOption } from "../../formats/options.ts";
import { manifestFiles } from "./manifest-folder.ts";
import type { ConnectorEnvironment } from "../environment.ts";
import { FileStream } from "./file-stream.ts";
import { formatReader } from "./formats.ts";
import { inferSchemaOf } from "./infer-schema.ts";
import { cleanPath, listFiles, type ListedFile } from "./listing.ts";
import { RangeReader, type FileRange, type FormatFactory } from "./range-reader.ts";

/** Inference looks at the beginning of this many files, and at this many bytes of each. */
const INFER_FILES = 10, INFER_BYTES = 1 << 20;

export async function fileTable(read: ReadDataSource, environment: ConnectorEnvironment): Promise<Table> {
  const format = read.format.toLowerCase(), { options } = read, paths = [...read.paths, ...(optionOf(options, "path") === undefined ? [] : [optionOf(options, "path")!])].map(cleanPath);
  if (paths.length === 0) throw new AnalysisError({ condition: "MILLRACE_INVALID_OPTION", sqlState: "22023", message: `Reading ${format} needs a path.`, messageParameters: { option: "path" } });
  const schema = format === "text" ? TEXT_SCHEMA : read.schema ?? inferSchema(paths, read, environment);
  const makeFormat: FormatFactory = columns => formatReader(format, columns, schema, options, environment);
  const nameFilter = optionOf(options, "pathGlobFilter");
  const description = `FileStreamSource[${paths.map(path => `file:${path}`).join(",")}]`;
  const shared = { name: `${format}.\`${paths.join(",")}\``, schema, schemaIsInferred: format !== "text" && read.schema === undefined, replayable: true, fingerprint: { files: paths, format } };
  if (read.isStreaming) return {
    ...shared, description, isStreaming: true, readLimit: readLimitOf(options),
    stream: context => new FileStream({
      description, files: environment.files, clock: environment.clock, paths, nameFilter, makeFormat,
      join: positionOf => environment.sharedReads?.join(identityOf(read, paths, schema, environment), context.columns ?? [], positionOf),
      latestFirst: optionOf(options, "latestFirst") === "true", isWhole: format === "json" ? isJsonObject : undefined,
    }),
  };
  const batch = (): BatchTable => {
    const reader = new RangeReader(environment.files, makeFormat);
    return {
      schema, description, splitsAreVersioned: true,
      planBatch: async () => filesOf(paths, environment, nameFilter).map(file => ({ path: file.path, from: 0, to: file.bytes, modifiedMicros: file.modifiedMicros }) satisfies FileRange),
      async read(split, request, receiver) {
        await reader.read(split as FileRange, request, receiver);
      },
      close: () => reader.release(),
    };
  };
  return { ...shared, description: `${format} ${paths.join(", ")}`, isStreaming: false, batch };
}

/** Options that say what a batch takes, not what is in it. */
const PLANNING = ["path", "maxfilespertrigger", "maxbytespertrigger", "latestfirst"];

/** Streams with the same identity get the same rows from the same bytes. */
function identityOf({ format, options }: ReadDataSource, paths: readonly string[], schema: StructType, { timeZone }: ConnectorEnvironment): string {
  const mattering = Object.entries(options).map(([name, value]) => [name.toLowerCase(), value]).filter(([name]) => !PLANNING.includes(name!)).sort();
  return JSON.stringify([format.toLowerCase(), paths, mattering, schema, timeZone]);
}

/** Files to read at once: of a folder that a sink wrote, those of its manifest. */
function filesOf(paths: readonly string[], environment: ConnectorEnvironment, nameFilter: string | undefined): ListedFile[] {
  return paths.flatMap(path => manifestFiles(environment.files, path, nameFilter) ?? listFiles(environment.files, [path], { ...(nameFilter !== undefined && { nameFilter }) }));
}

function inferSchema(paths: readonly string[], read: ReadDataSource, environment: ConnectorEnvironment): StructType {
  const files = filesOf(paths, environment, optionOf(read.options, "pathGlobFilter"));
  if (files.length === 0) throw new AnalysisError({
    condition: "UNABLE_TO_INFER_SCHEMA", sqlState: "42KD9", message: `Unable to infer schema for ${read.format.toUpperCase()}. It must be specified manually.`,
    messageParameters: { format: read.format.toUpperCase() }, hint: read.isStreaming ? "there is no file yet: give a schema, .schema(...) or --schema" : "the path has no file with data: give a schema, .schema(...) or --schema",
  });
  const samples = files.slice(0, INFER_FILES).map(file => {
    const handle = environment.files.open(file.path, "read");
    try {
      const bytes = new Uint8Array(Math.min(INFER_BYTES, file.bytes)), length = handle.readAt(bytes, 0, bytes.length, 0);
      // The last line of a sample may be cut: leave it out when there is another.
      const end = length < file.bytes ? bytes.lastIndexOf(10, length - 1) + 1 : length;
      return bytes.subarray(0, end > 0 ? end : length);
    } finally {
      handle.close();
    }
  });
  return inferSchemaOf(samples, read.options, environment.timeZone);
}

export function readLimitOf(options: Readonly<Record<string, string>>): ReadLimit {
  const maxFiles = positiveOption(options, "maxFilesPerTrigger", Number.POSITIVE_INFINITY), maxBytes = positiveOption(options, "maxBytesPerTrigger", Number.POSITIVE_INFINITY);
  return { maxFiles, maxBytes };
}

/** Whether a line is a whole record: what stands in JSON behind an object's last brace doesn't count. */
function isJsonObject(line: Uint8Array): boolean {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(line));
    return typeof value === "object" && value !== null;
  } catch {
    return false;
  }
}
