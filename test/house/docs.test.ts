/**
 * Catches pages that say what is not so: links that lead nowhere, commands that are not there, programs and command lines
 * that don't compile, don't run or print something else than the page says.
 *
 * A fence marked `ts run` is a program and one marked `sh run` a script, in which `millrace` is the command of this
 * package; those of a page run in one folder, in order. A fence marked `text` right behind is what they print.
 */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import test from "node:test";

const root = resolve(import.meta.dirname, "../..");
const SKIPPED = new Set(["node_modules", ".git", "dist", "build", "data", "corpus"]);

const pages = pagesUnder(root), scripts = (JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { scripts: Record<string, string> }).scripts;

function pagesUnder(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap(entry =>
    SKIPPED.has(entry.name) ? [] : entry.isDirectory() ? pagesUnder(join(folder, entry.name)) : entry.name.endsWith(".md") ? [join(folder, entry.name)] : []);
}

const nameOf = (page: string): string => relative(root, page);
const withoutCode = (text: string): string => text.replaceAll(/^```[^]*?^```/gm, "").replaceAll(/`[^`\n]*`/g, "code");

/** The id that a heading gets on the usual hosts. */
function anchorsOf(page: string): Set<string> {
  return new Set([...readFileSync(page, "utf8").replaceAll(/^```[^]*?^```/gm, "").matchAll(/^#+ (.+)$/gm)].map(([, title]) => title!.toLowerCase().replaceAll(/[^\w\- ]/g, "").trim().replaceAll(" ", "-")));
}

test("relative links lead to a file, and to a heading in it", () => {
  const wrong: string[] = [];
  for (const page of pages) {
    for (const [, link] of withoutCode(readFileSync(page, "utf8")).matchAll(/\[[^\]]*\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(link!)) continue;
      const [path, anchor] = link!.split("#"), target = path === "" ? page : resolve(dirname(page), path!);
      if (!existsSync(target)) wrong.push(`${nameOf(page)}: ${link}`);
      else if (anchor !== undefined && target.endsWith(".md") && !anchorsOf(target).has(anchor)) wrong.push(`${nameOf(page)}: no heading ${link}`);
    }
  }
  assert.deepEqual(wrong, []);
});

test("commands of npm that are named are there", () => {
  const wrong = pages.flatMap(page => [...readFileSync(page, "utf8").matchAll(/npm run (?:-s )?([\w:-]+)/g)].filter(([, name]) => scripts[name!] === undefined).map(([text]) => `${nameOf(page)}: ${text}`));
  assert.deepEqual(wrong, []);
});

test("files of the project that are named are there", () => {
  const wrong = pages.flatMap(page => [...readFileSync(page, "utf8").matchAll(/`((?:src|test|bench|scripts|examples|docs|assembly|ui)\/[\w./-]*)`/g)].filter(([, path]) => !existsSync(join(root, path!))).map(([, path]) => `${nameOf(page)}: ${path}`));
  assert.deepEqual(wrong, []);
});

/** Paths of a machine, hosts of package registries, and numbers of threads elsewhere mean nothing to a reader. */
const FORBIDDEN = [/\/(?:home|Users|root|work)\/\w/, /(?<!schema\.)\bregistry\.(?!test\.)[\w-]+\.(?!ts\b)[a-z]{2,}/i, /(?<![\w&(`])#\d{1,5}\b/];

test("pages name no machine, no registry and no thread of a tracker", () => {
  const wrong = pages.flatMap(page => FORBIDDEN.flatMap(pattern => { const found = pattern.exec(readFileSync(page, "utf8")); return found === null ? [] : [`${nameOf(page)}: ${found[0]}`]; }));
  assert.deepEqual(wrong, []);
});

interface Program { readonly language: "ts" | "sh"; readonly text: string; readonly line: number; readonly prints: string | undefined }

function programsOf(page: string): Program[] {
  const source = readFileSync(page, "utf8");
  return [...source.matchAll(/^```(ts|sh) run\n([^]*?)^```\n(?:\n```text\n([^]*?)^```\n)?/gm)].map(({ index, 1: language, 2: text, 3: prints }) =>
    ({ language: language as "ts" | "sh", text: text!, prints, line: source.slice(0, index).split("\n").length }));
}

/** Runs a program to its end; gives what it printed. */
function run(program: Program, folder: string, number: number): Promise<{ readonly code: number | null; readonly out: string; readonly err: string }> {
  const file = join(folder, `.program-${number}.${program.language}`);
  writeFileSync(file, program.text);
  const child = program.language === "ts" ? spawn(process.execPath, ["--conditions=millrace-source", file], { cwd: folder, env: environment(folder) }) : spawn("bash", ["-e", file], { cwd: folder, env: environment(folder) });
  let out = "", err = "";
  child.stdin.end();
  child.stdout.setEncoding("utf8").on("data", (text: string) => { out += text; });
  child.stderr.setEncoding("utf8").on("data", (text: string) => { err += text; });
  return new Promise(done => { child.on("close", code => done({ code, out, err })); });
}

/** NODE_TEST_CONTEXT would make programs that are tests themselves report to this one's runner. */
function environment(folder: string): NodeJS.ProcessEnv {
  const { NODE_TEST_CONTEXT: _context, FORCE_COLOR: _color, ...rest } = process.env;
  return { ...rest, PATH: `${join(folder, ".bin")}:${rest["PATH"]}`, TZ: "UTC", NO_COLOR: "1" };
}

/** A folder outside of the project in which `millrace` is the package as it is here. */
function newPlace(): string {
  const folder = mkdtempSync(join(tmpdir(), "millrace-docs-"));
  mkdirSync(join(folder, "node_modules/@types"), { recursive: true });
  symlinkSync(root, join(folder, "node_modules/millrace"), "dir");
  symlinkSync(join(root, "node_modules/@types/node"), join(folder, "node_modules/@types/node"), "dir");
  writeFileSync(join(folder, "package.json"), "{\"type\":\"module\"}\n");
  return folder;
}

test("programs compile, those that are not run too", { timeout: 120_000 }, t => {
  const folder = newPlace(), lines = new Map<string, string>();
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  for (const page of pages) {
    const source = readFileSync(page, "utf8");
    for (const { index, 1: text } of source.matchAll(/^```ts(?: run)?\n([^]*?)^```$/gm)) {
      if (!/ from "millrace/.test(text!)) continue;
      const name = `program-${lines.size}.ts`;
      lines.set(name, `${nameOf(page)}:${source.slice(0, index).split("\n").length}`);
      writeFileSync(join(folder, name), `${text}\nexport {};\n`);
    }
  }
  assert.ok(lines.size > 5, `${lines.size} programs`);
  const { compilerOptions } = JSON.parse(readFileSync(join(root, "tsconfig.json"), "utf8")) as { compilerOptions: object };
  // A page may end before it uses a name.
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions: { ...compilerOptions, noUnusedLocals: false }, include: ["*.ts"] }));
  const { status, stdout } = spawnSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", folder], { encoding: "utf8", cwd: folder });
  assert.equal(status, 0, stdout.replaceAll(/program-\d+\.ts/g, name => lines.get(name) ?? name));
});

for (const page of pages) {
  const programs = programsOf(page);
  if (programs.length === 0) continue;
  test(`programs of ${nameOf(page)} print what it says`, { timeout: 120_000 }, async t => {
    const folder = newPlace();
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    mkdirSync(join(folder, ".bin"));
    writeFileSync(join(folder, ".bin/millrace"), `#!/bin/sh\nexec "${process.execPath}" --conditions=millrace-source "${join(root, "bin/millrace.mjs")}" "$@"\n`);
    chmodSync(join(folder, ".bin/millrace"), 0o755);
    for (const [number, program] of programs.entries()) {
      const { code, out, err } = await run(program, folder, number), where = `${nameOf(page)}:${program.line}`;
      assert.equal(code, 0, `${where} ended with ${code}: ${err}${out}`);
      if (program.prints !== undefined) assert.equal(plain(out), plain(program.prints), where);
    }
  });
}

/** Blanks at line ends and lines behind the last are no difference. */
const plain = (text: string): string => text.replaceAll(/[ \t]+$/gm, "").trimEnd();
