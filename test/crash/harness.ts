/** Starts the worker as a process of its own, kills it, and reads what a reader of its output sees. */
import { spawn, type ChildProcess } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { seededRandom } from "../../src/base/clock.ts";
import { nodeFiles } from "../../src/base/files.ts";
import { readManifest } from "../../src/storage/manifest.ts";

const worker = resolve(import.meta.dirname, "worker.ts");

export interface Places { readonly root: string; readonly input: string; readonly output: string; readonly checkpoint: string }

/** Files of events in the order of time, with some late ones; the same for the same seed. */
export function makeInput(folder: string, files: number, rows: number, seed = 1): void {
  const random = seededRandom(seed), start = Date.UTC(2026, 2, 1);
  mkdirSync(folder, { recursive: true });
  for (let file = 0; file < files; file++) {
    let text = "";
    for (let row = 0; row < rows; row++) {
      const late = random.uint32() % 20 === 0 ? random.uint32() % 30_000 : 0;
      text += JSON.stringify({ at: new Date(start + (file * rows + row) * 100 - late).toISOString(), key: `key-${random.uint32() % 7}`, v: random.uint32() % 1000 }) + "\n";
    }
    const path = join(folder, `events-${String(file).padStart(4, "0")}.json`);
    writeFileSync(path, text);
    utimesSync(path, 1_700_000_000 + file, 1_700_000_000 + file);
  }
}

export function newPlaces(input: string): Places {
  const root = mkdtempSync(join(tmpdir(), "millrace-crash-"));
  return { root, input, output: join(root, "out"), checkpoint: join(root, "checkpoint") };
}

export const remove = (places: Places): void => rmSync(places.root, { recursive: true, force: true });

export interface Ending { readonly code: number | null; readonly signal: string | null; readonly out: string; readonly err: string }
export interface Run { readonly process: ChildProcess; readonly started: Promise<void>; readonly ended: Promise<Ending> }

export function startWorker({ input, output, checkpoint }: Places): Run {
  const child = spawn(process.execPath, [worker, input, output, checkpoint], { stdio: ["ignore", "pipe", "pipe"] });
  let out = "", err = "";
  const started = Promise.withResolvers<void>(), ended = Promise.withResolvers<Ending>();
  child.stdout.on("data", (chunk: Buffer) => {
    out += chunk.toString();
    if (out.includes("started")) started.resolve();
  });
  child.stderr.on("data", (chunk: Buffer) => { err += chunk.toString(); });
  child.on("close", (code, signal) => {
    started.resolve();
    ended.resolve({ code, signal, out, err });
  });
  return { process: child, started: started.promise, ended: ended.promise };
}

/** The rows that a reader of the manifest sees, sorted; and the files, a batch each. */
export function readOutput({ output }: Places): { readonly rows: string[]; readonly batches: string[] } {
  const batches = readManifest(nodeFiles, output).map(entry => entry.files.map(file => {
    const bytes = readFileSync(join(output, file.path));
    if (bytes.length !== file.bytes) throw new Error(`${file.path} has ${bytes.length} bytes, the manifest says ${file.bytes}`);
    return bytes.toString("utf8");
  }).join(""));
  return { rows: batches.join("").split("\n").filter(line => line !== "").sort(), batches };
}
