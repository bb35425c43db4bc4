/** What subjects of the contract need of the file system. */
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** Lines of all `.ndjson` files below a folder. */
export function linesBelow(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile() && entry.name.endsWith(".ndjson")).flatMap(entry => readFileSync(join(entry.parentPath, entry.name), "utf8").split("\n").filter(line => line !== ""));
}
