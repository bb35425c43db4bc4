/** Which files a path means: a file, a folder with all below it, or a pattern with `*`, `?`, `[...]`, `{a,b}` and `**`. */
import { basename } from "node:path";
import { AnalysisError } from "../../base/errors.ts";
import { fileErrorCode, type Files } from "../../base/files.ts";

export interface ListedFile { readonly path: string; readonly bytes: number; readonly modifiedMicros: number }

/** Spark's rule: names that begin with `_` or `.` are not data; unfinished copies of common tools neither. */
export function isHidden(name: string): boolean {
  return name.startsWith("_") || name.startsWith(".") || name.endsWith("._COPYING_");
}

/**
 * The files of some paths, sorted by path. Files that vanish while they are listed are left out. A path without a
 * pattern that doesn't exist is `PATH_NOT_FOUND`, unless `mayBeMissing` (a folder that a stream waits for).
 */
export function listFiles(files: Files, paths: readonly string[], options?: { mayBeMissing?: boolean; nameFilter?: string }): ListedFile[] {
  const found = new Map<string, ListedFile>();
  const nameFilter = options?.nameFilter === undefined ? undefined : globToRegExp(options.nameFilter);
  for (const path of paths.map(cleanPath)) {
    const pattern = /[*?[{]/.exec(path);
    if (pattern !== null) {
      const root = path.slice(0, path.lastIndexOf("/", pattern.index) + 1) || "./";
      const expression = globToRegExp(path.startsWith("/") || path.startsWith("./") ? path : `./${path}`);
      const below = new RegExp(`${expression.source.slice(0, -1)}(?:/.*)?$`);
      walk(files, root.length > 1 ? root.replace(/\/$/, "") : root, file => { if (below.test(file.path.startsWith("/") || file.path.startsWith("./") ? file.path : `./${file.path}`)) found.set(file.path, file); }, nameFilter);
      continue;
    }
    const status = files.status(path);
    if (status === undefined) {
      if (options?.mayBeMissing !== true) throw new AnalysisError({ condition: "PATH_NOT_FOUND", sqlState: "42K03", message: `Path does not exist: ${path}.`, messageParameters: { path } });
    } else if (status.isFolder) walk(files, path, file => found.set(file.path, file), nameFilter);
    else found.set(path, { path, bytes: status.bytes, modifiedMicros: status.modifiedMicros });
  }
  return [...found.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** `file:/a//b/` as `/a/b`. */
export function cleanPath(path: string): string {
  const plain = path.replace(/^file:(?:\/\/)?/, "").replaceAll(/\/{2,}/g, "/");
  return plain.length > 1 ? plain.replace(/\/$/, "") : plain;
}

function walk(files: Files, folder: string, take: (file: ListedFile) => void, nameFilter: RegExp | undefined): void {
  let names: string[];
  try { names = files.list(folder); } catch (error) {
    if (fileErrorCode(error) === "ENOENT" || fileErrorCode(error) === "ENOTDIR") return;
    throw error;
  }
  for (const name of names) {
    if (isHidden(name)) continue;
    const path = folder === "/" ? `/${name}` : `${folder}/${name}`, status = files.status(path);
    if (status === undefined) continue;
    if (status.isFolder) walk(files, path, take, nameFilter);
    else if (nameFilter === undefined || nameFilter.test(basename(path))) take({ path, bytes: status.bytes, modifiedMicros: status.modifiedMicros });
  }
}

/** A pattern as a regular expression over whole paths; `*` and `?` stay within a folder. */
export function globToRegExp(pattern: string): RegExp {
  let text = "^", depth = 0;
  for (let i = 0; i < pattern.length; i++) {
    const c = pattern[i]!;
    if (c === "*") {
      if (pattern[i + 1] === "*") { text += ".*"; i++; } else text += "[^/]*";
    } else if (c === "?") text += "[^/]";
    else if (c === "[") {
      const end = pattern.indexOf("]", i + 1);
      if (end < 0) { text += "\\["; continue; }
      text += `[${pattern.slice(i + 1, end).replace(/^!/, "^").replaceAll("\\", "\\\\")}]`;
      i = end;
    } else if (c === "{") { text += "(?:"; depth++; } else if (c === "}" && depth > 0) { text += ")"; depth--; } else if (c === "," && depth > 0) text += "|";
    else text += /[\\^$.|+()[\]{}]/.test(c) ? `\\${c}` : c;
  }
  return new RegExp(`${text}${")".repeat(depth)}$`);
}
