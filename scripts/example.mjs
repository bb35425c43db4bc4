// Runs an example by its name.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url))), name = process.argv[2] ?? "";
const known = readdirSync(join(root, "examples")).filter(entry => existsSync(join(root, "examples", entry, "main.ts")));
if (!known.includes(name)) {
  console.error(`npm run example -- NAME, of ${known.join(", ")}`);
  process.exit(1);
}
process.exit(spawnSync(process.execPath, ["--conditions=millrace-source", join(root, "examples", name, "main.ts")], { stdio: "inherit" }).status ?? 1);
