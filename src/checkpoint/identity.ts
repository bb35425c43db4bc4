/** identity.json: the query id and the format of a checkpoint, written once by link() and never changed. */
import { fileErrorCode, type Files } from "../base/files.ts";
import { RECORD_FORMAT } from "../storage/record.ts";
import { newerFormat, removeQuietly } from "../storage/segment.ts";
import { corrupt } from "./errors.ts";
import { IDENTITY } from "./names.ts";

export interface Identity {
  readonly format: number;
  readonly queryId: string;
  readonly createdMicros: number;
}

export function readIdentity(files: Files, path: string): Identity | undefined {
  let text: string;
  try { text = new TextDecoder().decode(files.readFile(`${path}/${IDENTITY}`)); } catch (error) {
    if (fileErrorCode(error) === "ENOENT") return undefined;
    throw error;
  }
  const identity = parse(text);
  if (identity === undefined) throw corrupt(IDENTITY, "it is not what a Millrace wrote");
  if (identity.format > RECORD_FORMAT) throw newerFormat(IDENTITY, identity.format, RECORD_FORMAT);
  return identity;
}

function parse(text: string): Identity | undefined {
  let value: unknown;
  try { value = JSON.parse(text); } catch { return undefined; }
  if (value === null || typeof value !== "object") return undefined;
  const { format, queryId, createdMicros, check } = value as Record<string, unknown>;
  if (typeof format !== "number" || typeof queryId !== "string" || typeof createdMicros !== "number") return undefined;
  // A newer format may count its check differently: it is refused by its number.
  return check === checkOf(queryId, createdMicros) || format > RECORD_FORMAT ? { format, queryId, createdMicros } : undefined;
}

/** The same facts once more, so that a changed digit is seen. */
const checkOf = (queryId: string, createdMicros: number) => `${queryId} ${createdMicros}`;

/** Writes the identity unless it is there, durably. Returns the one that is there afterwards. */
export function ensureIdentity(files: Files, path: string, temporary: string, identity: Identity): Identity {
  const there = readIdentity(files, path);
  if (there !== undefined) return there;
  const text = { ...identity, check: checkOf(identity.queryId, identity.createdMicros) };
  const bytes = new TextEncoder().encode(JSON.stringify(text, undefined, 2));
  const handle = files.open(`${path}/${temporary}`, "create");
  try {
    handle.writeAt(bytes, 0, bytes.length, 0);
    handle.sync();
  } finally { handle.close(); }
  try { files.link(`${path}/${temporary}`, `${path}/${IDENTITY}`); } catch (error) {
    const code = fileErrorCode(error);
    // A newer runner has written it, and may have removed our spare as litter of an epoch below its own.
    if (code !== "EEXIST" && !(code === "ENOENT" && readIdentity(files, path) !== undefined)) throw error;
  }
  files.syncFolder(path);
  removeQuietly(files, `${path}/${temporary}`);
  return readIdentity(files, path)!;
}
