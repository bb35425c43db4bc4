/**
 * What a spool keeps on disk, and how it is read back.
 *
 *     <epoch>-<index>.seg    records of payloads, one a group commit: storage/segment.ts
 *     <epoch>-<index>.keys   idempotency keys of a segment that was let go, while they are remembered
 *     <epoch>.claim          who owns the spool; the file of an owner is removed by the next one
 *
 * An owner writes, syncs, and looks whether its claim is still there before it acknowledges; the next one removes that
 * claim before it reads. So whatever was acknowledged is seen. The first segment of an epoch says with which record it
 * begins; records of older epochs from there on were never acknowledged.
 */
import { fileErrorCode, makeFolders, type Files } from "../../base/files.ts";
import { readCheckedJson, writeCheckedJson } from "../../storage/replace-file.ts";
import { parseSegmentName, readSegment, removeQuietly, segmentName, type SegmentContent } from "../../storage/segment.ts";
import { spoolDamaged } from "./spool-errors.ts";

/** Where the payload of a record lies. Records count from 0 over the life of the spool. */
export interface SpoolRecord {
  readonly number: number;
  readonly path: string;
  readonly offset: number;
  readonly bytes: number;
  readonly crc32c: number;
  readonly rows: number;
  /** Rows and bytes of all records before, since the spool was opened. */
  readonly rowsBefore: number;
  readonly bytesBefore: number;
}

/** A request that is known by its key: what it brought, and when. */
export interface KnownRequest { readonly key: string; readonly atMicros: number; readonly rows: number; readonly bytes: number; readonly crc32c: number; readonly record: number }

/** The metadata of a record: when it was taken, and of each request rows, bytes, checksum, and its key if it had one. */
export interface RecordMetadata { readonly at: number; readonly requests: readonly (readonly [rows: number, bytes: number, crc32c: number, key?: string])[] }

export interface SpoolSegment { readonly path: string; readonly first: number; last: number; readonly keys: string[] }

export interface SpoolContent {
  /** Tells the spool from any other; undefined while it has no segment. */
  readonly id: string | undefined;
  readonly epoch: number;
  readonly segments: SpoolSegment[];
  readonly records: SpoolRecord[];
  /** Oldest first. */
  readonly keys: KnownRequest[];
  readonly keyFiles: { readonly path: string; readonly newestMicros: number }[];
  /** The number of the next record. */
  readonly next: number;
  /** A record was being written when the machine stopped; it was not acknowledged. */
  readonly tornTail: boolean;
}

export const claimPath = (folder: string, epoch: number): string => `${folder}/${String(epoch).padStart(10, "0")}.claim`;
const CLAIM = /^(\d{10})\.claim$/;

/** Makes the spool ours and reads what it holds. @throws ExecutionError MILLRACE_SPOOL_DAMAGED */
export async function openSpoolFiles(files: Files, folder: string): Promise<SpoolContent> {
  makeFolders(files, folder);
  const epoch = claim(files, folder), names = files.list(folder);
  for (const name of names) if (name.endsWith(".new")) removeQuietly(files, `${folder}/${name}`);
  const found = names.flatMap(name => { const parsed = parseSegmentName(name); return parsed === undefined ? [] : [{ name, ...parsed }]; });
  const keyFiles: { path: string; newestMicros: number }[] = [], keys: KnownRequest[] = [];
  for (const name of names.filter(name => name.endsWith(".keys"))) {
    const known = readKeys(files, folder, name);
    keys.push(...known);
    keyFiles.push({ path: `${folder}/${name}`, newestMicros: Math.max(0, ...known.map(request => request.atMicros)) });
  }
  const segments: SpoolSegment[] = [], records: SpoolRecord[] = [];
  let next: number | undefined, tornTail = false, rowsBefore = 0, bytesBefore = 0;
  const contents: { readonly name: string; readonly of: number; readonly index: number; readonly content: SegmentContent }[] = [];
  for (const { name, epoch: of, index } of found) contents.push({ name, of, index, content: readSegment(aligned(await files.readFileAsync(`${folder}/${name}`)), of, index) });
  const headOf = ({ name, content }: (typeof contents)[number]): { readonly first: number; readonly spool: string } => {
    const head = content.head?.metadata as { readonly first?: unknown; readonly spool?: unknown } | undefined;
    if (typeof head?.first !== "number" || typeof head.spool !== "string") throw spoolDamaged(folder, name, "its first page can't be read");
    return { first: head.first, spool: head.spool };
  };
  const firstOf = (segment: (typeof contents)[number]): number => headOf(segment).first;
  const newest = contents.at(-1), id = newest === undefined ? undefined : headOf(newest).spool;
  for (const [at, segment] of contents.entries()) {
    const { name, of, content } = segment, first = firstOf(segment), path = `${folder}/${name}`;
    /** Records from here on were written by an owner that had been followed by another. */
    const bound = Math.min(Number.POSITIVE_INFINITY, ...contents.slice(at + 1).filter(later => later.of > of).map(firstOf));
    if (content.end.kind === "corrupt") throw spoolDamaged(folder, name, `at byte ${content.end.offset}: ${content.end.reason}`);
    if (content.end.kind === "torn") {
      if (contents[at + 1]?.of === of) throw spoolDamaged(folder, name, `at byte ${content.end.offset}: a record is not whole, and others follow in the next segment`);
      tornTail = true;
    }
    if (first >= bound) {
      files.unlink(path);
      files.syncFolder(folder);
      continue;
    }
    if (headOf(segment).spool !== id) throw spoolDamaged(folder, name, "it belongs to another spool");
    if (next !== undefined && first !== next) throw spoolDamaged(folder, name, `it begins with record ${first}, ${next} should follow`);
    next ??= first;
    const kept: SpoolSegment = { path, first, last: first - 1, keys: [] };
    for (const { header, metadata, sections } of content.records) {
      if (header.sequence >= bound) break;
      if (header.sequence !== next) throw spoolDamaged(folder, name, `record ${header.sequence} stands where ${next} should`);
      const { at: atMicros, requests } = metadata as RecordMetadata, rows = requests.reduce((sum, [rows]) => sum + rows, 0), { offset, bytes, crc32c: crc } = sections[0]!;
      records.push({ number: next, path, offset, bytes, crc32c: crc, rows, rowsBefore, bytesBefore });
      for (const [rows, bytes, bodyCrc, key] of requests) {
        if (key === undefined) continue;
        keys.push({ key, atMicros, rows, bytes, crc32c: bodyCrc, record: next });
        kept.keys.push(key);
      }
      rowsBefore += rows;
      bytesBefore += bytes;
      kept.last = next++;
    }
    segments.push(kept);
  }
  keys.sort((a, b) => a.atMicros - b.atMicros);
  return { id, epoch, segments, records, keys, keyFiles, next: next ?? 0, tornTail };
}

/** A new epoch is ours: claims of older ones are gone when this returns. */
function claim(files: Files, folder: string): number {
  for (;;) {
    const names = files.list(folder);
    const epoch = 1 + Math.max(0, ...names.map(name => Number(CLAIM.exec(name)?.[1] ?? parseSegmentName(name)?.epoch ?? 0)));
    try { files.open(claimPath(folder, epoch), "create").close(); } catch (error) {
      if (fileErrorCode(error) === "EEXIST") continue; // someone else opens it at this moment
      throw error;
    }
    for (const name of names) if (CLAIM.test(name)) try { files.unlink(`${folder}/${name}`); } catch (error) { if (fileErrorCode(error) !== "ENOENT") throw error; }
    files.syncFolder(folder);
    return epoch;
  }
}

/** Bytes that words can be read from. */
const aligned = (bytes: Uint8Array): Uint8Array => ((bytes.byteOffset & 3) === 0 ? bytes : bytes.slice());

/** Keeps keys for longer than the segment that they came with. */
export function writeKeys(files: Files, segment: string, known: readonly KnownRequest[]): string {
  const path = segment.replace(/seg$/, "keys");
  writeCheckedJson(files, path, known);
  return path;
}

function readKeys(files: Files, folder: string, name: string): readonly KnownRequest[] {
  const found = readCheckedJson(files, `${folder}/${name}`);
  if (found === undefined) throw spoolDamaged(folder, name, "its checksum does not hold");
  return found.value as KnownRequest[];
}

export const segmentPath = (folder: string, epoch: number, index: number): string => `${folder}/${segmentName(epoch, index)}`;
