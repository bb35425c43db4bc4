// What a fresh clone needs before anything runs: dependencies, kernels.wasm and the live page.
// Plain JavaScript for any Node from 20 on. Does nothing when all is up to date.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const run = (command, args) => execFileSync(command, args, { cwd: root, stdio: ["ignore", 2, 2] });
const say = text => process.stderr.write(`setup: ${text}\n`);

const installed = join(root, "node_modules", ".package-lock.json");
if (!existsSync(join(root, "node_modules", ".bin", "node")) || !existsSync(installed)
  || statSync(installed).mtimeMs < statSync(join(root, "package-lock.json")).mtimeMs) {
  say("npm ci");
  run("npm", ["ci", "--no-fund", "--no-audit"]);
}

const node = join(root, "node_modules", ".bin", "node");
step("kernels", ["assembly", "scripts/build-kernels.mjs"], () => run(node, ["scripts/build-kernels.mjs"]));
if (existsSync(join(root, "ui"))) step("ui", ["ui", "scripts/build-ui.mjs"], () => run(node, ["scripts/build-ui.mjs"]));

/** Runs `build` if the contents of `inputs` differ from those of the last successful run. */
function step(name, inputs, build) {
  const hash = createHash("sha256");
  for (const input of inputs) for (const file of filesUnder(join(root, input))) hash.update(file.slice(root.length)).update(readFileSync(file));
  const digest = hash.digest("hex"), stamp = join(root, "build", `${name}.stamp`);
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === digest) return;
  say(`building ${name}`);
  mkdirSync(join(root, "build"), { recursive: true });
  build();
  writeFileSync(stamp, digest);
}

function filesUnder(path) {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))
    .filter(entry => entry.name !== "node_modules")
    .flatMap(entry => filesUnder(join(path, entry.name)));
}
