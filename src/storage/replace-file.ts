/** Small files that are replaced as a whole: a reader sees the old content or the new, also after power was lost. */
import { removeQuietly } from "./segment.ts";
import { crc32c } from "./crc32c.ts";
import type { Files } from "../base/files.ts";

/** Makes the file, or puts it in the place of the one that is there. Its folder must be there. */
export function replaceFile(files: Files, path: string, bytes: Uint8Array): void {
  const partial = `${path}.new`;
  removeQuietly(files, partial);
  const handle = files.open(partial, "create");
  try {
    handle.writeAt(bytes, 0, bytes.length, 0);
    handle.sync();
  } finally {
    handle.close();
  }
  files.rename(partial, path);
  files.syncFolder(path.slice(0, path.lastIndexOf("/")));
}

/** A line with the checksum, a line of JSON. */
export function writeCheckedJson(files: Files, path: string, value: unknown): void {
  const json = Buffer.from(JSON.stringify(value));
  replaceFile(files, path, Buffer.concat([Buffer.from(`${crc32c(json)}\n`), json]));
}

/** The value; undefined when the checksum does not hold. The file must be there. */
export function readCheckedJson(files: Files, path: string): { readonly value: unknown } | undefined {
  const text = Buffer.from(files.readFile(path)), line = text.indexOf(10), json = text.subarray(line + 1);
  return line < 0 || Number(text.subarray(0, line).toString("latin1")) !== crc32c(json) ? undefined : { value: JSON.parse(json.toString("utf8")) as unknown };
}
