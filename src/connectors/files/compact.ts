/**
 * Makes few large files of the many small ones that a streaming query wrote. New files are written beside the old ones, made durable, and then published at once
 * by the manifest: a crash leaves either all old files or all new ones to readers. Rows and their order within a partition stay.
 */
import { basename, dirname } from "node:path";
import { AnalysisError, unsupported } from "../../base/errors.ts";
import type { Random } from "../../base/clock.ts";
import { fileErrorCode, type Files } from "../../base/files.ts";
import type { FileFormat } from "../../formats/file-format.ts";
import { booleanOption, type FormatOptions } from "../../formats/options.ts";
import { FILE_FORMAT_NAMES, fileFormat } from "../../formats/registry.ts";
import { publishCompaction, readCompactions } from "../../storage/compaction.ts";
import { hasManifest, readManifest, type ManifestEntry, type ManifestFile } from "../../storage/manifest.ts";
import { StagedFileWriter } from "../../storage/staged-file.ts";
import { struct, sameType } from "../../types/data-type.ts";
import { openToRead } from "./file-reader.ts";
import { withFile } from "./random-access-reader.ts";

export interface CompactOptions {
  /** Files become about so large: 128 MiB unless said otherwise. */
  readonly targetBytes?: number;
  /** Removes files that the new ones replace. A stream that has not read them yet can't go on then. */
  readonly removeReplaced?: boolean;
  /** Options that the files were written with: `header` of csv. */
  readonly format?: FormatOptions;
}
export interface CompactResult { readonly filesBefore: number; readonly filesAfter: number; readonly bytes: number; readonly rows: number; readonly removed: number }

const CHUNK_BYTES = 1 << 20;
/** What a run that died left behind is removed when it is so old. */
const LITTER_MICROS = 24 * 3600 * 1e6;

/** @throws AnalysisError MILLRACE_NOT_A_SINK for a folder that no streaming query wrote */
export async function compactFolder(files: Files, random: Random, nowMicros: number, folder: string, options: CompactOptions = {}): Promise<CompactResult> {
  if (!hasManifest(files, folder)) throw new AnalysisError({
    condition: "MILLRACE_NOT_A_SINK", sqlState: "42K03", message: `No streaming query wrote ${folder}: it has no manifest, by which new files could take the place of old ones at once.`, messageParameters: { folder },
    hint: "read the folder and write it elsewhere, or with mode overwrite",
  });
  const compactions = readCompactions(files, folder), last = compactions.at(-1), entries = readManifest(files, folder, last === undefined ? undefined : last.batchId + 1), now = [...(last === undefined ? [] : [last]), ...entries];
  const before = now.flatMap(entry => [...entry.files]), target = options.targetBytes ?? 128 << 20;
  const remove = (): number => (options.removeReplaced === true ? removeReplaced(files, folder) : 0);
  if (entries.length === 0 || before.length < 2) return { filesBefore: before.length, filesAfter: before.length, bytes: 0, rows: 0, removed: remove() };
  removeLitter(files, folder, nowMicros, compactions);
  const made: ManifestFile[] = [];
  try {
    for (const [below, group] of groupsOf(before, target)) made.push(group.length === 1 ? group[0]! : await joined(files, folder, below, group, random, options.format ?? {}));
    for (const below of new Set(made.map(file => dirname(file.path)))) files.syncFolder(below === "." ? folder : `${folder}/${below}`);
    const entry: ManifestEntry = { ...entries.at(-1)!, files: made };
    if (!publishCompaction(files, folder, entry, random)) throw new AnalysisError({ condition: "MILLRACE_SINK_CONFLICT", sqlState: "40003", message: `${folder} was compacted by someone else meanwhile.`, messageParameters: { folder } });
  } catch (error) {
    const old = new Set(before.map(file => file.path));
    for (const { path } of made) if (!old.has(path)) files.unlink(`${folder}/${path}`);
    throw error;
  }
  return { filesBefore: before.length, filesAfter: made.length, bytes: made.filter(file => !before.includes(file)).reduce((sum, file) => sum + file.bytes, 0), rows: made.reduce((sum, file) => sum + file.rows, 0), removed: remove() };
}

/** Removes files that the newest compaction has replaced, also those of runs before. */
function removeReplaced(files: Files, folder: string): number {
  const compactions = readCompactions(files, folder), newest = compactions.at(-1);
  if (newest === undefined) return 0;
  const kept = new Set(newest.files.map(file => file.path)), old = [...readManifest(files, folder).filter(entry => entry.batchId <= newest.batchId), ...compactions.slice(0, -1)];
  const paths = new Set(old.flatMap(entry => entry.files.map(file => file.path)).filter(path => !kept.has(path)));
  return [...paths].reduce((count, path) => count + unlinked(files, `${folder}/${path}`), 0);
}

/** Files that become one: of one partition, of one kind, in their order. */
function groupsOf(before: readonly ManifestFile[], target: number): [below: string, group: ManifestFile[]][] {
  const groups: [string, ManifestFile[]][] = [], open = new Map<string, ManifestFile[]>();
  for (const file of before) {
    const below = dirname(file.path), key = `${below}\0${endingOf(file.path)}`, group = open.get(key);
    if (group !== undefined && group.reduce((sum, one) => sum + one.bytes, 0) + file.bytes <= target) group.push(file);
    else {
      const fresh = [file];
      open.set(key, fresh);
      groups.push([below, fresh]);
    }
  }
  return groups;
}

const endingOf = (path: string): string => basename(path).replace(/^[^.]*/, "");

async function formatOf(path: string): Promise<FileFormat> {
  const endings = endingOf(path).toLowerCase().split(".");
  for (const name of FILE_FORMAT_NAMES) {
    const format = await fileFormat(name);
    if (format!.endings.some(ending => endings.includes(ending.slice(1)))) return format!;
  }
  throw unsupported(`Compacting ${path}, whose ending is of no known format`);
}

async function joined(files: Files, folder: string, below: string, group: readonly ManifestFile[], random: Random, options: FormatOptions): Promise<ManifestFile> {
  const format = await formatOf(group[0]!.path);
  if (format.name === "xml") throw unsupported("Compacting files of XML, each of which is a document");
  const place = below === "." ? folder : `${folder}/${below}`, writer = new StagedFileWriter(files, place, `compacted-${random.uuid()}${endingOf(group[0]!.path)}`);
  try {
    if (format.kind === "random access") await rewritten(files, folder, group, format, { ...compressionIn(group[0]!.path), ...options }, writer);
    else appended(files, folder, group, booleanOption(options, "header", false), writer);
    writer.rows = group.reduce((sum, file) => sum + file.rows, 0);
    const file = await writer.finish();
    return { ...file, path: below === "." ? file.path : `${below}/${file.path}` };
  } catch (error) {
    writer.abort();
    throw error;
  }
}

const CODECS: Readonly<Record<string, string>> = { gz: "gzip", br: "brotli", lz4hadoop: "lz4", lz4raw: "lz4_raw" };
/** The compression that the name of a file of Parquet says: what is made of it has the same name. */
function compressionIn(path: string): FormatOptions {
  const codec = /\.([a-z0-9]+)\.parquet$/i.exec(path)?.[1]?.toLowerCase();
  return codec === undefined ? /\.parquet$/i.test(path) ? { compression: "none" } : {} : { compression: CODECS[codec] ?? codec };
}

/** Lines behind lines: nothing is read as a value, so nothing can change. Compressed files are members one after the other. */
function appended(files: Files, folder: string, group: readonly ManifestFile[], hasHeader: boolean, writer: StagedFileWriter): void {
  const isCompressed = !/\.(?:json|jsonl|ndjson|csv|txt)$/i.test(group[0]!.path);
  if (isCompressed && (hasHeader || /\.deflate$/i.test(group[0]!.path))) throw unsupported("Compacting compressed files with headers, or of deflate");
  const buffer = new Uint8Array(CHUNK_BYTES);
  group.forEach(({ path, bytes: size }, i) => {
    const handle = openToRead(files, `${folder}/${path}`);
    let lastByte = 10, isHeader = hasHeader && i > 0;
    try {
      for (let at = 0; at < size;) {
        const read = handle.readAt(buffer, 0, Math.min(buffer.length, size - at), at);
        if (read === 0) throw new Error(`${path} is shorter than its manifest says`);
        at += read;
        lastByte = buffer[read - 1]!;
        let from = 0;
        if (isHeader) {
          const end = buffer.subarray(0, read).indexOf(10), line = end < 0 ? undefined : Buffer.from(buffer.subarray(0, end)).toString("latin1");
          if (line === undefined || (line.match(/"/g)?.length ?? 0) % 2 === 1) throw unsupported("Compacting csv whose header goes over lines");
          isHeader = false;
          from = end + 1;
        }
        writer.write(buffer.subarray(from, read));
      }
      if (!isCompressed && lastByte !== 10 && i < group.length - 1) writer.write(Uint8Array.of(10));
    } finally {
      handle.close();
    }
  });
}

/** Rows are read and written again, all in one schema. */
async function rewritten(files: Files, folder: string, group: readonly ManifestFile[], format: Extract<FileFormat, { kind: "random access" }>, options: FormatOptions, writer: StagedFileWriter): Promise<void> {
  const context = { options, timeZone: "UTC", nowMicros: () => 0n }, ranges = group.map(file => ({ path: `${folder}/${file.path}`, from: 0, to: file.bytes, modifiedMicros: 0 }));
  const schemas = [];
  for (const range of ranges) schemas.push(await withFile(files, range, file => format.schemaOf!(file, context)));
  const schema = struct(schemas[0]!.fields);
  if (schemas.some(one => !sameType(one, schema))) throw unsupported("Compacting files of several schemas");
  const rows = (await format.writing!(schema, context)).open(), put = (chunks: readonly Uint8Array[]): void => { for (const chunk of chunks) writer.write(chunk); };
  let isDone = false;
  try {
    put(rows.open());
    for (const range of ranges) {
      await withFile(files, range, async bytes => {
        const file = await format.open(bytes, schema, [], context);
        try {
          for (const part of file.parts) for await (const batch of file.batches(part, new AbortController().signal)) put(rows.write(batch));
        } finally {
          file.release();
        }
      });
    }
    put(rows.finish());
    isDone = true;
  } finally {
    if (!isDone) rows.abort();
  }
}

/** Removes files of compactions that were never published, if nobody can be writing them any more. */
function removeLitter(files: Files, folder: string, nowMicros: number, compactions: readonly ManifestEntry[]): void {
  const named = new Set(compactions.flatMap(entry => entry.files.map(file => file.path)));
  const walk = (prefix: string): void => {
    for (const name of files.list(prefix === "" ? folder : `${folder}/${prefix}`)) {
      const path = `${prefix}${name}`, status = files.status(`${folder}/${path}`);
      if (status?.isFolder === true) { if (name.includes("=")) walk(`${path}/`); } else if (/^compacted-[0-9a-f-]{36}\./.test(name) && !named.has(path) && status !== undefined && nowMicros - status.modifiedMicros > LITTER_MICROS) files.unlink(`${folder}/${path}`);
    }
  };
  walk("");
}

function unlinked(files: Files, path: string): number {
  try {
    files.unlink(path);
    return 1;
  } catch (error) {
    if (fileErrorCode(error) === "ENOENT") return 0;
    throw error;
  }
}
