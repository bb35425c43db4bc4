/**
 * The manifest of a folder that a streaming query writes files into: `_millrace/<batch, 20 digits>.json`, one entry a
 * batch, published by link(). Readers of the folder take the files of entries 0 to k without a gap and nothing else, so
 * that what a run that died left behind is never read. A query that comes to the folder later than at its batch 0 (it was
 * forked, or wrote elsewhere before) says in `first.json` where its entries begin.
 */
import { isDeepStrictEqual } from "node:util";
import type { Random } from "../base/clock.ts";
import { CheckpointError } from "../base/errors.ts";
import { fileErrorCode, makeFolders, type Files } from "../base/files.ts";
import { newerFormat, removeQuietly } from "./segment.ts";

export const MANIFEST_FOLDER = "_millrace";
const FIRST = "first.json";
const FORMAT = 1;

export interface ManifestFile {
  /** Relative to the folder. */
  readonly path: string;
  readonly bytes: number;
  readonly rows: number;
  readonly crc32c: number;
}

export interface ManifestEntry {
  readonly format: number;
  readonly queryId: string;
  /** The epoch under which the batch was decided. */
  readonly epoch: number;
  readonly batchId: number;
  readonly files: readonly ManifestFile[];
}

/** The writing side, of one query. */
export class Manifest {
  readonly #files: Files;
  readonly #folder: string;
  readonly #queryId: string;
  readonly #random: Random;

  /**
   * Opens the manifest of `folder`, making both if they are not there. Throws MILLRACE_SINK_CONFLICT when another query
   * writes there.
   */
  constructor(files: Files, folder: string, queryId: string, random: Random) {
    this.#files = files;
    this.#folder = folder;
    this.#queryId = queryId;
    this.#random = random;
    makeFolders(files, `${folder}/${MANIFEST_FOLDER}`);
    for (const name of entryNames(files, folder)) {
      const entry = readEntry(files, folder, name);
      if (entry.queryId !== queryId) {
        throw conflict(`the folder ${folder} is written by the query ${entry.queryId}`, { folder, queryId: entry.queryId });
      }
      break;
    }
  }

  /**
   * Makes the files of a batch visible, durably. They must be durable themselves. Again with the same list: no effect.
   * Throws MILLRACE_SINK_CONFLICT when the entry is there with another list.
   */
  publish(batchId: number, epoch: number, list: readonly ManifestFile[]): void {
    const files = this.#files, name = entryName(batchId), folder = `${this.#folder}/${MANIFEST_FOLDER}`;
    const entry: ManifestEntry = {
      format: FORMAT, queryId: this.#queryId, epoch, batchId,
      files: list.map(({ path, bytes, rows, crc32c }) => ({ path, bytes, rows, crc32c })),
    };
    if (batchId > 0 && entryNames(files, this.#folder).length === 0) this.#link(FIRST, { format: FORMAT, batchId });
    if (files.status(`${folder}/${name}`) === undefined) this.#link(name, entry);
    const there = readEntry(files, this.#folder, name);
    // The epoch may differ: a run that was paused and its successor publish the same decided batch.
    if (there.queryId !== this.#queryId || there.batchId !== batchId || !isDeepStrictEqual(there.files, entry.files)) {
      throw conflict(`batch ${batchId} is published in ${this.#folder} with other files`, { folder: this.#folder, batchId: String(batchId) });
    }
    // Also when the entry was there: it may be one that a run published and could not sync.
    files.syncFolder(folder);
  }

  #link(name: string, content: object): void { linkWhole(this.#files, `${this.#folder}/${MANIFEST_FOLDER}`, name, content, this.#random); }

  /** Removes temporary entries that a run left which died while it published. */
  removeLitter(): void {
    const folder = `${this.#folder}/${MANIFEST_FOLDER}`;
    for (const name of this.#files.list(folder)) if (/^\.(?:(?:compacted-)?\d{20}|first)\.json\./.test(name)) removeQuietly(this.#files, `${folder}/${name}`);
  }
}

/** Makes a file of JSON that is whole or not there; one that is there stays. */
export function linkWhole(files: Files, folder: string, name: string, content: object, random: Random): void {
  const temporary = `${folder}/.${name}.${random.uuid()}`, bytes = new TextEncoder().encode(`${JSON.stringify(content)}\n`), handle = files.open(temporary, "create");
  try {
    handle.writeAt(bytes, 0, bytes.length, 0);
    handle.sync();
  } finally { handle.close(); }
  try { files.link(temporary, `${folder}/${name}`); } catch (error) {
    if (fileErrorCode(error) !== "EEXIST") throw error;
  } finally { removeQuietly(files, temporary); }
}

const entryName = (batchId: number) => `${String(batchId).padStart(20, "0")}.json`;

function entryNames(files: Files, folder: string): string[] {
  try { return files.list(`${folder}/${MANIFEST_FOLDER}`).filter(name => /^\d{20}\.json$/.test(name)); } catch (error) {
    if (fileErrorCode(error) === "ENOENT") return [];
    throw error;
  }
}

export function readEntry(files: Files, folder: string, name: string): ManifestEntry {
  const path = `${folder}/${MANIFEST_FOLDER}/${name}`;
  let value: unknown;
  try { value = JSON.parse(new TextDecoder().decode(files.readFile(path))); } catch (error) {
    if (fileErrorCode(error) !== undefined) throw error;
  }
  if (value === null || typeof value !== "object" || !("queryId" in value) || !("files" in value) || !Array.isArray(value.files)) {
    throw new CheckpointError({
      condition: "MILLRACE_SINK_CORRUPT", sqlState: "58030", message: `The manifest entry ${path} is damaged.`, messageParameters: { path },
    });
  }
  const entry = value as ManifestEntry;
  if (entry.format > FORMAT) throw newerFormat(path, entry.format, FORMAT);
  return entry;
}

function conflict(what: string, messageParameters: Readonly<Record<string, string>>): CheckpointError {
  return new CheckpointError({
    condition: "MILLRACE_SINK_CONFLICT", sqlState: "40003", message: `The sink holds something else than this checkpoint: ${what}.`,
    messageParameters, hint: "write to another folder, or restore the checkpoint that belongs to this one",
  });
}

/** Whether a folder has a manifest, so that its files are to be found there and not by listing. */
export function hasManifest(files: Files, folder: string): boolean {
  return files.status(`${folder}/${MANIFEST_FOLDER}`)?.isFolder === true;
}

/** The batch whose entry is the folder's first. */
export function firstBatchOf(files: Files, folder: string): number {
  const path = `${folder}/${MANIFEST_FOLDER}/${FIRST}`;
  if (files.status(path) === undefined) return 0;
  return (JSON.parse(new TextDecoder().decode(files.readFile(path))) as { readonly batchId: number }).batchId;
}

/** Entries without a gap, from `firstBatchId` on. A later entry after a gap is not visible yet. */
export function readManifest(files: Files, folder: string, firstBatchId = firstBatchOf(files, folder)): ManifestEntry[] {
  const names = new Set(entryNames(files, folder)), entries: ManifestEntry[] = [];
  for (let batchId = firstBatchId; names.has(entryName(batchId)); batchId++) entries.push(readEntry(files, folder, entryName(batchId)));
  return entries;
}

/** The files that a reader of the folder takes, in the order of their batches. */
export function publishedFiles(files: Files, folder: string): ManifestFile[] {
  return readManifest(files, folder).flatMap(entry => [...entry.files]);
}

/**
 * Data files are named `<anything>-<batch>-<epoch>-<uuid><ending>`, so that what a dead run staged can be told from what a
 * living one stages. Numbers are written without padding.
 */
export const stagedName = (prefix: string, batchId: number, epoch: number, unique: string, ending: string) =>
  `${prefix}-${batchId}-${epoch}-${unique}${ending}`;

/** Of these names, the staged files of epochs below `epoch` that neither the manifest nor `pending` names. */
export function stagedOrphans(names: readonly string[], entries: readonly ManifestEntry[], pending: readonly ManifestFile[], epoch: number): string[] {
  const named = new Set<string>();
  for (const file of pending) named.add(file.path);
  for (const entry of entries) for (const file of entry.files) named.add(file.path);
  return names.filter(name => {
    const match = /-(\d+)-(\d+)-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\.[^/]*$/.exec(name);
    return match !== null && Number(match[2]) < epoch && !named.has(name);
  });
}
