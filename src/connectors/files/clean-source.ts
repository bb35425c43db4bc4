/** What becomes of a file of a stream whose rows are delivered. A file that can't be moved or removed stays, with a warning. */
import { dirname, resolve } from "node:path";
import { fileErrorCode, makeFolders, type Files } from "../../base/files.ts";
import type { CleanSource } from "./file-options.ts";
import type { FileRange } from "./file-reader.ts";

export function cleanFile(files: Files, { path, to }: FileRange, clean: CleanSource, warn: (text: string) => void): void {
  try {
    const status = files.status(path);
    // What was written since must be read first.
    if (status === undefined || status.bytes > to) return;
    if (clean.kind === "delete") return files.unlink(path);
    const target = `${clean.folder}${resolve(path)}`;
    makeFolders(files, dirname(target));
    files.rename(path, target);
  } catch (error) {
    if (fileErrorCode(error) === undefined) throw error;
    warn(`The file ${path} was read and could not be ${clean.kind === "delete" ? "removed" : "moved to the archive"}: ${(error as Error).message}`);
  }
}
