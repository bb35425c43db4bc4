/** Compiles programs against the declarations that the package publishes, and tells what the compiler said. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const compiler = join(root, "node_modules/typescript/bin/tsc");
const ENTRIES = { millrace: "index", "millrace/functions": "functions", "millrace/testing": "testing/index" };

export interface Outcome {
  /** Type instantiations: the compiler's work, the same on every machine (with several threads it depends on how files are dealt out). */
  readonly instantiations: number;
  /** The first line of each error, without its place. */
  readonly errors: readonly CompileError[];
}
export interface CompileError { readonly file: string; readonly line: number; readonly text: string }

/** The package's declarations in a folder of their own. Removed at the end of the `using` block. */
export class Declarations implements Disposable {
  readonly #folder = mkdtempSync(join(tmpdir(), "millrace-types-"));

  constructor() {
    writeFileSync(join(this.#folder, "package.json"), '{ "type": "module" }');
    this.#run({
      extends: join(root, "tsconfig.json"), include: [], exclude: [], files: Object.values(ENTRIES).map(entry => join(root, `src/${entry}.ts`)),
      compilerOptions: { noEmit: false, declaration: true, emitDeclarationOnly: true, outDir: join(this.#folder, "out"), rootDir: join(root, "src"), typeRoots: [join(root, "node_modules/@types")] },
    });
  }

  compile(programs: readonly string[], { checkDeclarations = false } = {}): Outcome {
    const paths = Object.fromEntries(Object.entries(ENTRIES).map(([name, entry]) => [name, [join(this.#folder, `out/${entry}.d.ts`)]]));
    const output = this.#run({
      include: [], files: programs.map(program => join(root, "test/types/programs", program)),
      compilerOptions: {
        strict: true, target: "esnext", lib: ["esnext", "esnext.disposable"], module: "nodenext", types: ["node"], typeRoots: [join(root, "node_modules/@types")], noEmit: true,
        allowImportingTsExtensions: true, skipLibCheck: !checkDeclarations, erasableSyntaxOnly: true, verbatimModuleSyntax: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true, paths,
      },
    });
    const instantiations = Number(/^Instantiations:\s+(\d+)/m.exec(output)?.[1]);
    const errors = [...output.matchAll(/^(.+)\((\d+),\d+\): error (TS\d+: .+)$/gm)].map(([, file, line, text]) => ({ file: file!.replace(/^.*\//, ""), line: Number(line), text: text! }));
    return { instantiations, errors };
  }

  #run(config: object): string {
    const file = join(this.#folder, "tsconfig.json");
    writeFileSync(file, JSON.stringify(config));
    const { stdout, error } = spawnSync(process.execPath, [compiler, "-p", file, "--extendedDiagnostics", "--singleThreaded"], { encoding: "utf8" });
    if (error !== undefined) throw error;
    return stdout;
  }

  [Symbol.dispose](): void { rmSync(this.#folder, { recursive: true }); }
}
