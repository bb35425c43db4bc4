/** Files as a table: `read.json(path)`, `` json.`path` ``, and the same as streams. */
import { AnalysisError } from "../../base/errors.ts";
import type { FileFormat, FormatContext } from "../../formats/file-format.ts";
import { fileFilters, type FileFilter } from "../../formats/file-filter.ts";
import { optionOf, positiveOption } from "../../formats/options.ts";
import { fileFormat } from "../../formats/registry.ts";
import type { BatchTable, ReadLimit, SourceContext, Table } from "../../io/source.ts";
import type { ReadDataSource } from "../../plan/relations.ts";
import { struct, type StructType } from "../../types/data-type.ts";
import type { ConnectorEnvironment } from "../environment.ts";
import type { FileRange, FileReader } from "./file-reader.ts";
import { inferSchema } from "./file-schema.ts";
import { fileStatistics } from "./file-statistics.ts";
import { FileStream } from "./file-stream.ts";
import { cleanPath, listFiles, type ListedFile } from "./listing.ts";
import { manifestFiles } from "./manifest-folder.ts";
import { RandomAccessReader } from "./random-access-reader.ts";
import { RangeReader } from "./range-reader.ts";

/** Opens what `read` names; looks at files only if no schema is given. */
export async function fileTable(read: ReadDataSource, environment: ConnectorEnvironment): Promise<Table> {
  const { options } = read, format = (await fileFormat(read.format))!, path = optionOf(options, "path"), paths = [...read.paths, ...(path === undefined ? [] : [path])].map(cleanPath);
  if (paths.length === 0) throw new AnalysisError({ condition: "MILLRACE_INVALID_OPTION", sqlState: "22023", message: `Reading ${format.name} needs a path.`, messageParameters: { option: "path" } });
  const context: FormatContext = { options, timeZone: environment.timeZone, nowMicros: () => BigInt(Math.round(environment.clock.nowMicros())) };
  const nameFilter = optionOf(options, "pathGlobFilter");
  const schema = format.fixedSchema ?? read.schema ?? await inferSchema(filesOf(paths, environment, nameFilter), format, context, environment, read.isStreaming);
  if (read.schema !== undefined) format.checkSchema?.(read.schema, context);
  const shared = { name: `${format.name}.\`${paths.join(",")}\``, schema, schemaIsInferred: format.fixedSchema === undefined && read.schema === undefined, replayable: true, fingerprint: { files: paths, format: format.name } };
  if (read.isStreaming) {
    const description = `FileStreamSource[${paths.map(one => `file:${one}`).join(",")}]`;
    const isWhole = format.kind === "stream of bytes" && format.isWhole !== undefined ? (line: Uint8Array) => format.isWhole!(line, options) : undefined;
    return {
      ...shared, description, isStreaming: true, readLimit: readLimitOf(options),
      stream: source => new FileStream({
        description, files: environment.files, clock: environment.clock, paths, nameFilter, isWhole, latestFirst: optionOf(options, "latestFirst") === "true",
        isCut: format.kind === "stream of bytes" && format.isSplittable(options),
        openReader: positionOf => readerOf(format, schema, [], context, environment, () => joined(read, paths, schema, environment, source, positionOf)),
      }),
    };
  }
  const batch = (filters: readonly FileFilter[]): BatchTable => {
    const reader = readerOf(format, schema, filters, context, environment);
    return {
      schema, description: `${format.name} ${paths.join(", ")}`, splitsAreVersioned: true,
      planBatch: async () => filesOf(paths, environment, nameFilter).map(file => ({ path: file.path, from: 0, to: file.bytes, modifiedMicros: file.modifiedMicros }) satisfies FileRange),
      read: (split, request, receiver) => reader.read(split as FileRange, request, receiver),
      close: () => reader.release(),
    };
  };
  const table = (filters: readonly FileFilter[]): Table => ({ ...shared, description: `${format.name} ${paths.join(", ")}`, isStreaming: false, batch: () => batch(filters), statistics: () => fileStatistics(filesOf(paths, environment, nameFilter), format, schema, context, environment) });
  const plain = table([]);
  return format.kind === "stream of bytes" ? plain : { ...plain, filtered: conditions => table(fileFilters(conditions, name => schema.fields.some(one => one.name === name))) };
}

function readerOf(format: FileFormat, schema: StructType, filters: readonly FileFilter[], context: FormatContext, { files }: ConnectorEnvironment, join?: () => ReturnType<typeof joined>): FileReader {
  if (format.kind === "random access") return new RandomAccessReader(files, format, schema, filters, context);
  return new RangeReader(files, columns => format.reader(struct(columns.map(name => schema.fields.find(one => one.name === name)!)), schema, context), join?.());
}

/** Joins the queries that read the same; `positionOf`: up to where this one has read a file. */
function joined(read: ReadDataSource, paths: readonly string[], schema: StructType, environment: ConnectorEnvironment, source: SourceContext, positionOf: (path: string) => number) {
  return environment.sharedReads?.join(identityOf(read, paths, schema, environment), source.columns ?? [], positionOf);
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

export function readLimitOf(options: Readonly<Record<string, string>>): ReadLimit {
  const maxFiles = positiveOption(options, "maxFilesPerTrigger", Number.POSITIVE_INFINITY), maxBytes = positiveOption(options, "maxBytesPerTrigger", Number.POSITIVE_INFINITY);
  return { maxFiles, maxBytes };
}
