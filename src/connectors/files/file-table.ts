/** Files as a table: `read.json(path)`, `` json.`path` ``, and the same as streams. */
import { dirname } from "node:path";
import { AnalysisError } from "../../base/errors.ts";
import type { FormatContext } from "../../formats/file-format.ts";
import { fileFilters, type FileFilter } from "../../formats/file-filter.ts";
import { booleanOption, optionOf, positiveOption } from "../../formats/options.ts";
import { fileFormat } from "../../formats/registry.ts";
import type { BatchTable, ReadLimit, SourceContext, Table } from "../../io/source.ts";
import type { FileLayout, ReadDataSource } from "../../plan/relations.ts";
import type { ResolvedExpression } from "../../plan/resolved.ts";
import { struct, type StructType } from "../../types/data-type.ts";
import type { ConnectorEnvironment } from "../environment.ts";
import { METADATA_COLUMN } from "./file-columns.ts";
import { cleaningOf, fileOptions, type FileOptions } from "./file-options.ts";
import type { FileRange } from "./file-reader.ts";
import { inferSchema } from "./file-schema.ts";
import { withFileSettings } from "./file-settings.ts";
import { fileStatistics } from "./file-statistics.ts";
import { FileStream } from "./file-stream.ts";
import { cutting, openFileReader, type FileTableParts } from "./format-file-reader.ts";
import { cleanPath, expandPattern, hasPattern, listFiles, type ListedFile } from "./listing.ts";
import { isManifestFolder, manifestFiles } from "./manifest-folder.ts";
import { Partitioning } from "./partitions.ts";

/** Opens what `read` names: finds partitions by their folders, and a schema, if none is given, by looking at files. */
export async function fileTable(given: ReadDataSource, environment: ConnectorEnvironment): Promise<Table> {
  const format = (await fileFormat(given.format))!, options = withFileSettings(given.options, given.format, environment.setting, "read"), read = { ...given, options }, path = optionOf(options, "path"), paths = [...read.paths, ...(path === undefined ? [] : [path])].map(cleanPath);
  // Read once, nowhere is an empty table, if a schema is given.
  if (paths.length === 0 && read.isStreaming) throw new AnalysisError({ condition: "MILLRACE_INVALID_OPTION", sqlState: "22023", message: `Reading ${format.name} needs a path.`, messageParameters: { option: "path" } });
  const context: FormatContext = { options, timeZone: environment.timeZone, nowMicros: () => BigInt(Math.round(environment.clock.nowMicros())) }, files = fileOptions(options, environment.timeZone);
  // A schema may give the column of text another name.
  const known = format.checkSchema === undefined ? format.fixedSchema ?? read.schema : read.schema ?? format.fixedSchema;
  // With a schema only the folders must be known, and only where there are any.
  const { layout } = read, needsFiles = known === undefined || layout !== undefined && Object.keys(layout.partitions).length > 0 || (!files.listing.recursive && paths.some(one => mayBePartitioned(one, environment)));
  const listed = needsFiles ? filesOf(paths, environment, { ...files, listing: { ...files.listing, mayBeMissing: read.isStreaming } }, layout) : [];
  const partitioning = partitioningOf(paths, listed, files, read.schema, environment, booleanOption(options, "inferPartitionColumns", true), layout);
  const found = known ?? await inferSchema(partitioning.within(listed), format, context, environment, read.isStreaming);
  if (read.schema !== undefined) format.checkSchema?.(struct(read.schema.fields.filter(one => !isAmong(partitioning, one.name))), context);
  const { schema, dataSchema } = withPartitions(found, partitioning, known !== undefined);
  const table: FileTableParts = { format, context, schema, dataSchema, partitioning, options: files, ...(layout !== undefined && { layout }) };
  const hidden = schema.fields.some(one => one.name.toLowerCase() === METADATA_COLUMN.name) ? {} : { hiddenColumns: [METADATA_COLUMN] };
  const shared = { name: `${format.name}.\`${paths.join(",")}\``, schema, ...hidden, schemaIsInferred: known === undefined, replayable: true, fingerprint: { files: paths, format: format.name } };
  return read.isStreaming ? streamTable(read, table, paths, shared, environment) : batchTable(table, paths, shared, environment);
}

type Shared = Omit<Table, "description" | "isStreaming">;

function batchTable(table: FileTableParts, paths: readonly string[], shared: Shared, environment: ConnectorEnvironment): Table {
  const { format, schema, partitioning, dataSchema, layout } = table, description = `${format.name} ${paths.join(", ")}`;
  // Of a column that some files have not, those say nothing.
  const isInFiles = (name: string): boolean => dataSchema.fields.some(one => one.name === name) && layout?.defaults.some(one => one.column === name) !== true;
  const batch = (conditions: readonly ResolvedExpression[], filters: readonly FileFilter[]): BatchTable => {
    const reader = openFileReader(table, filters, environment);
    return {
      schema, description, splitsAreVersioned: true,
      planBatch: async () => partitioning.kept(partitioning.within(filesOf(paths, environment, table.options, layout)), conditions).map(file => ({ path: file.path, from: 0, to: file.bytes, modifiedMicros: file.modifiedMicros }) satisfies FileRange),
      read: (split, request, receiver) => reader.read(split as FileRange, request, receiver),
      close: () => reader.release(),
    };
  };
  const filtered = (conditions: readonly ResolvedExpression[]): Table => ({
    ...shared, description, isStreaming: false,
    ...(format.kind === "random access" && format.narrows && { narrows: (name: string) => !isAmong(partitioning, name) && isInFiles(name) }),
    batch: () => batch(conditions, format.kind === "random access" ? fileFilters(conditions, isInFiles) : []),
    statistics: () => fileStatistics(partitioning.kept(partitioning.within(filesOf(paths, environment, table.options, layout)), conditions), format, dataSchema, table.context, environment),
  });
  return format.kind === "random access" || partitioning.columns.length > 0 ? { ...filtered([]), filtered } : filtered([]);
}

function streamTable(read: ReadDataSource, table: FileTableParts, paths: readonly string[], shared: Shared, environment: ConnectorEnvironment): Table {
  const { format, options, context } = table, description = `FileStreamSource[${paths.map(one => `file:${one}`).join(",")}]`, cleaning = cleaningOf(read.options);
  const isWhole = format.kind === "stream of bytes" && format.isWhole !== undefined ? (line: Uint8Array) => format.isWhole!(line, read.options) : undefined;
  return {
    ...shared, description, isStreaming: true, readLimit: readLimitOf(read.options),
    stream: source => new FileStream({
      description, files: environment.files, clock: environment.clock, warn: environment.warn, paths, listing: { ...options.listing, mayBeMissing: true }, isWhole, latestFirst: optionOf(read.options, "latestFirst") === "true", ...cleaning,
      isCut: cutting({ format, context }),
      openReader: positionOf => openFileReader(table, [], environment, () => joined(read, paths, table, environment, source, positionOf)),
    }),
  };
}

/** Joins the queries that read the same; `positionOf`: up to where this one has read a file. */
function joined(read: ReadDataSource, paths: readonly string[], { dataSchema }: FileTableParts, environment: ConnectorEnvironment, { columns = [] }: SourceContext, positionOf: (path: string) => number) {
  return environment.sharedReads?.join(identityOf(read, paths, dataSchema, environment), columns.filter(name => dataSchema.fields.some(one => one.name === name)), positionOf);
}

/** Options that say what a batch takes, not what is in it. */
const PLANNING = ["path", "maxfilespertrigger", "maxbytespertrigger", "latestfirst", "maxfileage", "cleansource", "sourcearchivedir"];

/** Streams with the same identity get the same rows from the same bytes. */
function identityOf({ format, options }: ReadDataSource, paths: readonly string[], schema: StructType, { timeZone }: ConnectorEnvironment): string {
  const mattering = Object.entries(options).map(([name, value]) => [name.toLowerCase(), value]).filter(([name]) => !PLANNING.includes(name!)).sort();
  return JSON.stringify([format.toLowerCase(), paths, mattering, schema, timeZone]);
}

/** Files to read at once: of a folder that a sink wrote, those of its manifest. */
function filesOf(paths: readonly string[], { files }: ConnectorEnvironment, { listing, ignoreMissing }: FileOptions, layout?: FileLayout): ListedFile[] {
  const options = ignoreMissing ? { ...listing, mayBeMissing: true } : listing;
  const found = paths.flatMap(path => manifestFiles(files, path, listing.nameFilter) ?? listFiles(files, [path], options)), elsewhere = Object.entries(layout?.partitions ?? {});
  if (elsewhere.length === 0) return found;
  const own = elsewhere.flatMap(([folder]) => paths.map(path => `${path}/${folder}/`));
  return [...found.filter(file => !own.some(folder => file.path.startsWith(folder))), ...listFiles(files, elsewhere.map(([, location]) => location), { ...options, mayBeMissing: true })];
}

/** Whether partitions may lie below a path: looks at one folder. */
function mayBePartitioned(path: string, { files }: ConnectorEnvironment): boolean {
  if (hasPattern(path) || path.includes("=")) return true;
  return files.status(path)?.isFolder === true && files.list(path).some(name => name.includes("="));
}

function partitioningOf(paths: readonly string[], listed: readonly ListedFile[], { basePath, listing }: FileOptions, given: StructType | undefined, { files, timeZone }: ConnectorEnvironment, infers: boolean, layout: FileLayout | undefined): Partitioning {
  if (listing.recursive === true) return new Partitioning([], new Set(), timeZone);
  const roots = paths.flatMap(path => (path.includes("**") ? [] : isManifestFolder(files, path) ? [path] : expandPattern(files, path)));
  const bases = new Set(basePath !== undefined ? [basePath] : roots.map(root => (files.status(root)?.isFolder === false ? dirname(root) : root)));
  return Partitioning.of(listed.map(file => file.path), bases, given, infers, timeZone, new Map(Object.entries(layout?.partitions ?? {}).map(([folder, location]) => [location, folder] as const)));
}

const isAmong = ({ columns }: Partitioning, name: string): boolean => columns.some(one => one.name.toLowerCase() === name.toLowerCase());

/** Columns of partitions stand behind those of the data; one that the data has too keeps its place, and the folder's value counts. */
function withPartitions(found: StructType, partitioning: Partitioning, isGiven: boolean): { readonly schema: StructType; readonly dataSchema: StructType } {
  if (partitioning.columns.length === 0) return { schema: found, dataSchema: found };
  const own = (name: string) => partitioning.columns.find(one => one.name.toLowerCase() === name.toLowerCase());
  if (isGiven) {
    const data = found.fields.filter(one => own(one.name) === undefined);
    return { schema: struct([...data, ...partitioning.columns]), dataSchema: struct(data) };
  }
  const rest = partitioning.columns.filter(one => !found.fields.some(other => other.name.toLowerCase() === one.name.toLowerCase()));
  return { schema: struct([...found.fields.map(one => own(one.name) ?? one), ...rest]), dataSchema: found };
}

export function readLimitOf(options: Readonly<Record<string, string>>): ReadLimit {
  const maxFiles = positiveOption(options, "maxFilesPerTrigger", Number.POSITIVE_INFINITY), maxBytes = positiveOption(options, "maxBytesPerTrigger", Number.POSITIVE_INFINITY);
  return { maxFiles, maxBytes };
}
