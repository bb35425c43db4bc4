/**
 * Which files a path means, by Spark's rules: a file, the files of a folder with those of its partitions below, or what a pattern with
 * `*`, `?`, `[...]`, `{a,b}` (and, beyond Spark, `**`) names.
 */
import { basename, dirname } from "node:path";
import { AnalysisError } from "../../base/errors.ts";
import { fileErrorCode, type Files } from "../../base/files.ts";
import { isPartitionFolder } from "./partition-names.ts";

export interface ListedFile { readonly path: string; readonly bytes: number; readonly modifiedMicros: number }

export interface ListOptions {
  /** A path that isn't there is no error: a folder that a stream waits for. */
  readonly mayBeMissing?: boolean;
  /** A pattern over names of files. */
  readonly nameFilter?: string | undefined;
  /** All files below a folder, whatever its folders are called; then there are no partitions. */
  readonly recursive?: boolean;
  /** Files written after, and before, these times in microseconds. */
  readonly modifiedAfter?: number | undefined;
  readonly modifiedBefore?: number | undefined;
}

/** Spark's rule: names that begin with `_` or `.` are not data; unfinished copies of common tools neither. */
export function isHidden(name: string): boolean {
  return (name.startsWith("_") && !name.includes("=")) || name.startsWith(".") || name.endsWith("._COPYING_");
}

/**
 * The files of some paths, sorted by path. Files that vanish while they are listed are left out.
 * @throws AnalysisError PATH_NOT_FOUND for a path, or a pattern, that names nothing
 */
export function listFiles(files: Files, paths: readonly string[], options: ListOptions = {}): ListedFile[] {
  const found = new Map<string, ListedFile>(), takes = filterOf(options), take = (file: ListedFile): void => { if (takes(file)) found.set(file.path, file); };
  for (const path of paths.map(cleanPath)) {
    if (path.includes("**")) {
      walkPattern(files, path, take);
      continue;
    }
    const roots = expandPattern(files, path);
    if (roots.length === 0 && options.mayBeMissing !== true) throw pathNotFound(path);
    for (const root of roots) {
      const status = files.status(root);
      if (status === undefined) {
        if (options.mayBeMissing !== true) throw pathNotFound(root);
      } else if (status.isFolder) walk(files, root, take, options.recursive === true ? "all" : "partitions");
      else take({ path: root, bytes: status.bytes, modifiedMicros: status.modifiedMicros });
    }
  }
  return [...found.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** `file:/a//b/` as `/a/b`. */
export function cleanPath(path: string): string {
  const plain = path.replace(/^file:(?:\/\/)?/, "").replaceAll(/\/{2,}/g, "/");
  return plain.length > 1 ? plain.replace(/\/$/, "") : plain;
}

export function hasPattern(path: string): boolean { return /[*?[{]/.test(path); }

/** What the pattern of a path names: files and folders, sorted; the path itself if it has none. */
export function expandPattern(files: Files, path: string): string[] {
  return hasPattern(path) ? [...new Set(alternatives(path).flatMap(one => matches(files, one)))].sort() : [path];
}

/** `{a,b}` written out, from the inside. */
function alternatives(path: string): string[] {
  const inner = /\{([^{}]*)\}/.exec(path);
  if (inner === null) return [path];
  return inner[1]!.split(",").flatMap(part => alternatives(path.slice(0, inner.index) + part + path.slice(inner.index + inner[0].length)));
}

function matches(files: Files, path: string): string[] {
  const parts = path.split("/");
  let found = [path.startsWith("/") ? "/" : "."];
  parts.forEach((part, i) => {
    if (part === "" || part === ".") return;
    const join = (folder: string): string => (folder === "/" ? `/${part}` : folder === "." && !path.startsWith("./") ? part : `${folder}/${part}`);
    if (!hasPattern(part)) found = found.map(join).filter(one => files.status(one) !== undefined);
    else {
      const expression = globToRegExp(part), showsHidden = isHidden(part);
      found = found.flatMap(folder => namesIn(files, folder).filter(name => expression.test(name) && (showsHidden || !isHidden(name))).map(name => (folder === "/" ? `/${name}` : folder === "." && !path.startsWith("./") ? name : `${folder}/${name}`)));
    }
    if (i < parts.length - 1) found = found.filter(one => files.status(one)?.isFolder === true);
  });
  return found;
}

function filterOf({ nameFilter, modifiedAfter, modifiedBefore }: ListOptions): (file: ListedFile) => boolean {
  const name = nameFilter === undefined ? undefined : globToRegExp(nameFilter);
  return file => (name === undefined || name.test(basename(file.path))) && (modifiedAfter === undefined || file.modifiedMicros > modifiedAfter) && (modifiedBefore === undefined || file.modifiedMicros < modifiedBefore);
}

/** Names in a folder; none if it is gone. */
function namesIn(files: Files, folder: string): string[] {
  try { return files.list(folder); } catch (error) {
    if (fileErrorCode(error) === "ENOENT" || fileErrorCode(error) === "ENOTDIR") return [];
    throw error;
  }
}

function walk(files: Files, folder: string, take: (file: ListedFile) => void, which: "all" | "partitions"): void {
  for (const name of namesIn(files, folder)) {
    if (isHidden(name)) continue;
    const path = folder === "/" ? `/${name}` : `${folder}/${name}`, status = files.status(path);
    if (status === undefined) continue;
    if (!status.isFolder) take({ path, bytes: status.bytes, modifiedMicros: status.modifiedMicros });
    else if (which === "all" || isPartitionFolder(name)) walk(files, path, take, which);
  }
}

/** `**`: any folders in between. */
function walkPattern(files: Files, path: string, take: (file: ListedFile) => void): void {
  const root = dirname(`${path.slice(0, path.search(/[*?[{]/))}x`), whole = (one: string): string => (one.startsWith("/") || one.startsWith("./") ? one : `./${one}`), expression = globToRegExp(whole(path));
  const below = new RegExp(`${expression.source.slice(0, -1)}(?:/.*)?$`);
  walk(files, root, file => { if (below.test(whole(file.path))) take(file); }, "all");
}

/** A pattern as a regular expression over whole paths; `*` and `?` stay within a folder. */
export function globToRegExp(pattern: string): RegExp {
  let text = "^", depth = 0;
  for (let i = 0; i < pattern.length; i++) {
    const c = pattern[i]!;
    if (c === "*") {
      if (pattern[i + 1] === "*") { text += ".*"; i++; } else text += "[^/]*";
    } else if (c === "?") text += "[^/]";
    else if (c === "\\" && i + 1 < pattern.length) text += pattern[++i]!.replace(/[\\^$.|?*+()[\]{}]/, "\\$&");
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

function pathNotFound(path: string): AnalysisError {
  return new AnalysisError({ condition: "PATH_NOT_FOUND", sqlState: "42K03", message: `Path does not exist: ${path}.`, messageParameters: { path } });
}
