/** Notifications of the operating system that something in a folder changed. Only hints: the source also looks by itself. */
import { watch, type FSWatcher } from "node:fs";
import { cleanPath } from "./listing.ts";

export interface Watch { close(): void }

export function watchFolders(paths: readonly string[], changed: () => void): Watch {
  const watchers: FSWatcher[] = [];
  for (const path of paths.map(cleanPath)) {
    const folder = /[*?[{]/.test(path) ? path.slice(0, path.lastIndexOf("/", path.search(/[*?[{]/)) + 1) || "." : path;
    try {
      const watcher = watch(folder, { persistent: false }, changed);
      watcher.on("error", () => watcher.close());
      watchers.push(watcher);
    } catch {
      // The folder isn't there yet, or the system has no more watches to give: polling finds the files.
    }
  }
  return { close: () => watchers.forEach(watcher => watcher.close()) };
}
