// Makes what is published: dist/ with bundled JavaScript in a few chunks (few files start fast) and declarations a file.
import { spawnSync } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
process.chdir(root);
spawn(process.execPath, ["scripts/setup.mjs"]);
rmSync("dist", { recursive: true, force: true });
await build({
  entryPoints: { index: "src/index.ts", functions: "src/functions.ts", alerts: "src/alerts.ts", http: "src/http.ts", kafka: "src/kafka.ts", postgres: "src/postgres.ts", "testing/index": "src/testing/index.ts", "cli/entry": "src/cli/entry.ts" },
  outdir: "dist", bundle: true, splitting: true, format: "esm", platform: "node", target: "node22", packages: "external",
  chunkNames: "chunks/[name]-[hash]", sourcemap: "linked", sourcesContent: false, logLevel: "warning",
});
spawn(process.execPath, ["node_modules/typescript/bin/tsc", "-p", "tsconfig.build.json"]);
if (!existsSync("build/kernels.wasm")) throw new Error("build/kernels.wasm is missing");

function spawn(command, args) {
  const result = spawnSync(command, args, { cwd: root, stdio: ["ignore", 2, 2] });
  if (result.status !== 0) process.exit(result.status ?? 1);
}
