/** Folders that a streaming query wrote: their files are those of the manifest, and nothing else. */
import type { Files } from "../../base/files.ts";
import { hasManifest, publishedFiles } from "../../storage/manifest.ts";
import type { ListedFile } from "./listing.ts";

/** The published files of a folder with a manifest; undefined for any other path. */
export function manifestFiles(files: Files, path: string): ListedFile[] | undefined {
  if (/[*?[{]/.test(path) || !hasManifest(files, path)) return undefined;
  return publishedFiles(files, path).map(file => ({ path: `${path}/${file.path}`, bytes: file.bytes, modifiedMicros: 0 }));
}
