/**
 * Compactions of a folder with a manifest: `_millrace/compacted-<batch, 20 digits>.json` lists files with all rows of the entries up to that batch. It is
 * published as an entry is, by link(): before that readers see the entries' files, behind it those, and never both.
 */
import type { Random } from "../base/clock.ts";
import type { Files } from "../base/files.ts";
import { MANIFEST_FOLDER, linkWhole, readEntry, type ManifestEntry } from "./manifest.ts";

const NAME = /^compacted-\d{20}\.json$/;

/** All that were published, oldest first. */
export function readCompactions(files: Files, folder: string): ManifestEntry[] {
  return files.list(`${folder}/${MANIFEST_FOLDER}`).filter(name => NAME.test(name)).sort().map(name => readEntry(files, folder, name));
}

/** The files must be durable. Returns whether it was published: another may have been for the same batch. */
export function publishCompaction(files: Files, folder: string, entry: ManifestEntry, random: Random): boolean {
  const name = `compacted-${String(entry.batchId).padStart(20, "0")}.json`, place = `${folder}/${MANIFEST_FOLDER}`;
  if (files.status(`${place}/${name}`) === undefined) linkWhole(files, place, name, entry, random);
  files.syncFolder(place);
  const there = readEntry(files, folder, name);
  return JSON.stringify(there.files) === JSON.stringify(entry.files);
}
