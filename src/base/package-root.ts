/** Where the package lies on disk: the folder of its package.json, found from this module, whether it is bundled or not. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

let root: string | undefined;

/** The absolute path of a file of the package. */
export function packageFile(...parts: readonly string[]): string {
  if (root === undefined) {
    let folder = dirname(fileURLToPath(import.meta.url));
    while (!existsSync(join(folder, "package.json")) && dirname(folder) !== folder) folder = dirname(folder);
    root = folder;
  }
  return join(root, ...parts);
}
