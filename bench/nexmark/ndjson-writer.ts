/** The events as NDJSON: a folder a kind, a file a range of events, read in the order of their times. */
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, utimesSync, writeFileSync, writeSync, copyFileSync, appendFileSync } from "node:fs";
import { join } from "node:path";
import { KINDS, MARKER_AFTER_MILLIS, MARKER_ID, Model, eventOfRow, pieceLength, pieceOffset, rowsBefore, type Field, type Kind, type ModelOptions } from "./model.ts";

export interface FolderOptions extends ModelOptions {
  /** A multiple of 50. */
  readonly events: number;
  readonly eventsPerFile: number;
  /** Also one file a kind with all of it, for engines that read files in no order. */
  readonly whole?: boolean;
}

/** Names of the files with events, and of the one whose row closes all windows. */
export const PARTS = "part-*.ndjson", ALL_FILES = "*.ndjson";
export const SIDE_KEYS = 10_000;
const VERSION = "1";
const BUFFER_BYTES = 1 << 20, ROW_LIMIT_BYTES = 4096;

/** The folder under `root`, made if it isn't there: person/, auction/, bid/, side/ and with `whole` also whole/. */
export function nexmarkFolder(root: string, options: FolderOptions): string {
  const { events, eventsPerFile, seed = 42, microsPerEvent = 100, whole = false } = options, name = `nexmark-${events}x${eventsPerFile}-${microsPerEvent}us-${seed}`;
  const folder = join(root, name), stamp = join(folder, ".made"), made = VERSION + (whole ? " whole" : "");
  if (existsSync(stamp) && readFileSync(stamp, "utf8").startsWith(made)) return folder;
  rmSync(folder, { recursive: true, force: true });
  const model = new Model(options), files = Math.ceil(events / eventsPerFile);
  for (const kind of KINDS) {
    const place = join(folder, kind), all = join(folder, "whole", `${kind}.ndjson`);
    mkdirSync(place, { recursive: true });
    if (whole) mkdirSync(join(folder, "whole"), { recursive: true });
    for (let file = 0; file < files; file++) {
      const path = join(place, `part-${String(file).padStart(5, "0")}.ndjson`), to = Math.min(events, (file + 1) * eventsPerFile);
      writeRows(model, kind, rowsBefore(kind, file * eventsPerFile), rowsBefore(kind, to), path);
      if (whole) file === 0 ? copyFileSync(path, all) : appendFileSync(all, readFileSync(path));
      utimesSync(path, 1_700_000_000 + file, 1_700_000_000 + file);
    }
    const path = join(place, "zz-marker.ndjson");
    writeFileSync(path, JSON.stringify(markerRow(model, kind, events)) + "\n");
    utimesSync(path, 1_700_000_000 + files, 1_700_000_000 + files);
  }
  mkdirSync(join(folder, "side"));
  writeFileSync(join(folder, "side", "side.ndjson"), Array.from({ length: SIDE_KEYS }, (_, key) => `{"key":${key},"value":"value-${key}"}\n`).join(""));
  writeFileSync(stamp, made);
  return folder;
}

/** The row that comes long after the last event. */
export function markerRow(model: Model, kind: Kind, events: number): Record<string, string | number> {
  const at = model.millis(events) + MARKER_AFTER_MILLIS;
  return Object.fromEntries(model.fields[kind].map(field => [field.name, field.type === "timestamp" ? new Date(at).toISOString() : field.type === "bigint" ? MARKER_ID : ""]));
}

function writeRows(model: Model, kind: Kind, from: number, to: number, path: string): void {
  const out = openSync(path, "w"), bytes = new Uint8Array(BUFFER_BYTES), fields = model.fields[kind].map(field => ({ field, head: Buffer.from(`"${field.name}":`) }));
  let at = 0;
  for (let row = from; row < to; row++) {
    const event = eventOfRow(kind, row);
    if (at > BUFFER_BYTES - ROW_LIMIT_BYTES) {
      writeSync(out, bytes, 0, at);
      at = 0;
    }
    bytes[at++] = 123;
    fields.forEach(({ field, head }, i) => {
      if (i > 0) bytes[at++] = 44;
      bytes.set(head, at);
      at = writeValue(model, field, event, bytes, at + head.length);
    });
    bytes[at++] = 125;
    bytes[at++] = 10;
  }
  writeSync(out, bytes, 0, at);
  closeSync(out);
}

function writeValue(model: Model, field: Field, event: number, bytes: Uint8Array, at: number): number {
  if (field.type === "bigint") return writeText(String(field.number(event)), bytes, at);
  if (field.type === "timestamp") return writeText(JSON.stringify(new Date(field.number(event)).toISOString()), bytes, at);
  bytes[at++] = 34;
  if ("write" in field) at = field.write(event, bytes, at);
  else if ("piece" in field) {
    const piece = field.piece(event), from = pieceOffset(piece), length = pieceLength(piece);
    for (let i = 0; i < length; i++) bytes[at++] = model.pool[from + i]!;
  }
  bytes[at++] = 34;
  return at;
}

function writeText(text: string, bytes: Uint8Array, at: number): number {
  for (let i = 0; i < text.length; i++) bytes[at++] = text.charCodeAt(i);
  return at;
}
