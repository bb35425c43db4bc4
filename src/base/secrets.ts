/** Secrets that options only point at. */
import type { Files } from "./files.ts";

/** `$NAME` is the variable of that name; anything else is meant as it stands. Undefined: the environment has no such variable. */
export function fromEnvironment(text: string): string | undefined {
  return /^\$[A-Za-z_][A-Za-z0-9_]*$/.test(text) ? process.env[text.slice(1)] : text;
}

/** The text of a file without the newline at its end. */
export function fromFile(files: Files, path: string): string {
  return Buffer.from(files.readFile(path)).toString("utf8").replace(/\r?\n$/, "");
}
