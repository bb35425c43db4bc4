/** The package as users get it: packed, installed in a folder of its own, with the benchmark's scripts as JavaScript beside it. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { transformSync } from "esbuild";

export interface InstalledPackage {
  readonly folder: string;
  readonly bin: string;
  readonly packedBytes: number;
  /** The path of a script of bench/ without types, which sees the installed package. */
  script(name: string): string;
  remove(): void;
}

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Packs and installs into a new folder under `parent`. @throws Error when npm fails */
export function installPackage(parent: string): InstalledPackage {
  const folder = mkdtempSync(join(parent, "millrace-bench-"));
  const npm = (args: readonly string[], cwd: string): string => {
    const { status, stdout, stderr } = spawnSync("npm", args, { cwd, encoding: "utf8" });
    if (status !== 0) throw new Error(`npm ${args[0]}: ${stderr}`);
    return stdout;
  };
  const tarball = join(folder, npm(["pack", "--silent", "--pack-destination", folder], root).trim().split("\n").at(-1)!);
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "bench", private: true, type: "module" }));
  npm(["install", "--prefer-offline", "--no-audit", "--no-fund", "--silent", tarball], folder);
  const made = new Map<string, string>();
  return {
    folder, bin: join(folder, "node_modules", "millrace", "bin", "millrace.mjs"), packedBytes: statSync(tarball).size,
    script(name) {
      const known = made.get(name);
      if (known !== undefined) return known;
      const target = join(folder, "scripts", `${name}.mjs`);
      mkdirSync(dirname(target), { recursive: true });
      // Node would strip the types at each start, which takes as long as reading a million rows.
      writeFileSync(target, transformSync(readFileSync(join(root, "bench", `${name}.ts`), "utf8"), { loader: "ts", format: "esm", target: "node22" }).code);
      made.set(name, target);
      return target;
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
