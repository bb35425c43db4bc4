/**
 * Segments: files of fixed size that records are appended to. A segment is filled with zeros and synced before it gets
 * its name, so an append changes no metadata of the file, a full disk shows while a segment is prepared and never inside a
 * batch, and what was never written is recognisably zero.
 */
import type { FileHandle, Files } from "../base/files.ts";
import { CheckpointError } from "../base/errors.ts";
import { HEADER_BYTES, PAGE_BYTES, RECORD_FORMAT, align, RecordEncoder, RecordReader, type RecordHeader, type Section } from "./record.ts";

/** The names of one segment: `<epoch, 10 digits>-<index, 6 digits>.seg`. */
export const segmentName = (epoch: number, index: number) =>
  `${String(epoch).padStart(10, "0")}-${String(index).padStart(6, "0")}.seg`;

export function parseSegmentName(name: string): { readonly epoch: number; readonly index: number } | undefined {
  const match = /^(\d{10})-(\d{6})\.seg$/.exec(name);
  return match === null ? undefined : { epoch: Number(match[1]), index: Number(match[2]) };
}

const FILL_BYTES = 1024 * 1024;
const ZEROS = new Uint8Array(FILL_BYTES);

/**
 * Makes a file of `bytes` bytes: a header page with `metadata`, then zeros, synced. On an error the partial file is
 * removed and the error thrown. Returns undefined, with the file removed, when `stopped` says that nobody wants it any more. `gentle` syncs after each mebibyte, so that the sync of a batch
 * beside it never waits for the whole file.
 */
export async function prepareSegment(
  files: Files, path: string, bytes: number, epoch: number, index: number, metadata: object,
  options: { readonly gentle?: boolean; readonly stopped?: () => boolean } = {},
): Promise<FileHandle | undefined> {
  const stopped = options.stopped ?? (() => false);
  const handle = await files.openAsync(path, "create");
  try {
    const encoder = new RecordEncoder();
    encoder.begin(JSON.stringify({ ...metadata, segmentBytes: bytes }), 0);
    const header = encoder.finish(epoch, 0, index, 0);
    await handle.writeAtAsync(encoder.buffer, 0, header, 0);
    for (let at = header; at < bytes; at += FILL_BYTES) {
      if (stopped()) break;
      await handle.writeAtAsync(ZEROS, 0, Math.min(FILL_BYTES, bytes - at), at);
      if (options.gentle === true) await handle.syncDataAsync();
    }
    if (!stopped()) await handle.syncAsync();
  } catch (error) {
    handle.close();
    removeQuietly(files, path);
    throw error;
  }
  if (!stopped()) return handle;
  handle.close();
  removeQuietly(files, path);
  return undefined;
}

/** The checksum of the header page that `prepareSegment` writes, which the first record of an epoch chains to. */
export function readHeaderCrc(handle: FileHandle): number {
  const page = new Uint8Array(PAGE_BYTES);
  handle.readAt(page, 0, PAGE_BYTES, 0);
  const header = new RecordReader(page).header(0);
  return typeof header === "string" ? 0 : header.headerCrc;
}

/** The refusal of something that a newer Millrace wrote. */
export function newerFormat(what: string, found: number, known: number): CheckpointError {
  return new CheckpointError({
    condition: "MILLRACE_CHECKPOINT_FORMAT", sqlState: "0A000",
    message: `The checkpoint can't be read: ${what} has format version ${found}, this Millrace reads up to version ${known}.`,
    messageParameters: { found: String(found), known: String(known) }, hint: "use the newer Millrace that wrote it",
  });
}

/** For what is only litter if it stays: the next opening removes it. */
export function removeQuietly(files: Files, path: string): void {
  try { files.unlink(path); } catch { /* litter with a unique name */ }
}

export interface SegmentRecord {
  readonly header: RecordHeader;
  /** Position and padded length in the segment. */
  readonly offset: number;
  readonly bytes: number;
  readonly metadata: unknown;
  /** Without the metadata. */
  readonly sections: readonly Section[];
}

export type SegmentEnd =
  /** All after the last record was never written. */
  | { readonly kind: "clean" }
  /** A record was being written when the machine stopped; it was never acknowledged. */
  | { readonly kind: "torn"; readonly offset: number }
  /** Bytes were changed after they were written. */
  | { readonly kind: "corrupt"; readonly offset: number; readonly reason: string };

export interface SegmentContent {
  readonly reader: RecordReader;
  /** The metadata of the header page: undefined when the page is damaged. */
  readonly head: { readonly metadata: unknown; readonly header: RecordHeader } | undefined;
  readonly records: readonly SegmentRecord[];
  readonly end: SegmentEnd;
}

/**
 * Reads all records of a segment in order. The first may have any sequence and any predecessor; each further one must
 * follow the one before it.
 */
export function readSegment(bytes: Uint8Array, epoch: number, index: number): SegmentContent {
  const reader = new RecordReader(bytes);
  const head = readRecord(reader, 0, epoch, index);
  if (typeof head === "string") {
    return { reader, head: undefined, records: [], end: { kind: "corrupt", offset: 0, reason: "the first page of the segment is damaged" } };
  }
  const first = { metadata: head.metadata, header: head.header };
  const records: SegmentRecord[] = [];
  const declared = head.metadata !== null && typeof head.metadata === "object" && "segmentBytes" in head.metadata
    ? Number(head.metadata.segmentBytes) : 0;
  if (declared !== bytes.length) {
    return { reader, head: first, records, end: { kind: "corrupt", offset: bytes.length, reason: `the segment has ${bytes.length} bytes, not ${declared}` } };
  }
  let at = head.bytes, before: RecordHeader | undefined = index === 0 ? head.header : undefined;
  for (;;) {
    const record = readRecord(reader, at, epoch, index);
    if (typeof record === "string") return { reader, head: first, records, end: judge(reader, at, record, epoch) };
    if (before !== undefined && (record.header.sequence !== before.sequence + 1 || record.header.previousCrc !== before.headerCrc)) {
      return { reader, head: first, records, end: { kind: "corrupt", offset: at, reason: `record ${record.header.sequence} does not follow the record before it` } };
    }
    records.push(record);
    before = record.header;
    at += record.bytes;
  }
}

/** One record of a segment, wherever it belongs; undefined when there is no good one at that place. */
export function readRecordAt(reader: RecordReader, at: number): SegmentRecord | undefined {
  const header = reader.header(at);
  if (typeof header === "string") return undefined;
  const record = readRecord(reader, at, header.epoch, header.segmentIndex);
  return typeof record === "string" ? undefined : record;
}

function readRecord(reader: RecordReader, at: number, epoch: number, index: number): SegmentRecord | "zero" | "torn" | "changed" | "bad" {
  const header = reader.header(at);
  if (typeof header === "string") return header;
  if (header.epoch !== epoch || header.segmentIndex !== index) return "bad";
  if (header.format > RECORD_FORMAT) throw newerFormat("the log", header.format, RECORD_FORMAT);
  const sections = reader.sections(at, header);
  if (typeof sections === "string") return sections;
  return {
    header, offset: at, bytes: align(HEADER_BYTES + header.bodyBytes, PAGE_BYTES),
    metadata: reader.json(sections[0]!), sections: sections.slice(1),
  };
}

/** What it means that no good record is at `at`. */
function judge(reader: RecordReader, at: number, found: "zero" | "torn" | "changed" | "bad", epoch: number): SegmentEnd {
  const corrupt = (reason: string): SegmentEnd => ({ kind: "corrupt", offset: at, reason });
  if (found === "bad") return corrupt("a sector holds neither a record's header nor the zeros that it was made with");
  if (found === "changed") return corrupt("a record's checksum does not hold and no sector of it is missing");
  const size = reader.bytes.length;
  if (found === "zero" && reader.isZero(at, size)) return { kind: "clean" };
  // Records follow one another only after a sync: a good one after a bad one shows that the bad one had been synced.
  // The pages of the torn record itself are its own content and may look like anything.
  const header = reader.header(at);
  const next = typeof header === "string" ? at + PAGE_BYTES : at + align(HEADER_BYTES + header.bodyBytes, PAGE_BYTES);
  for (let page = next; page < size; page += PAGE_BYTES) {
    const later = reader.header(page);
    if (typeof later === "object" && later.epoch === epoch) return corrupt(`a damaged record is followed by record ${later.sequence} at ${page}`);
    if (later === "bad" && found === "torn") return corrupt("a damaged record is followed by bytes that were never written by a log");
  }
  return { kind: "torn", offset: at };
}
