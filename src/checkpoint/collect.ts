/** Deleting what nothing needs any more. It is an act like any other: only after a durable, checked record gave it up. */
import { fileErrorCode, type Files } from "../base/files.ts";
import { PAGE_BYTES } from "../storage/record.ts";
import { listSegments, type SegmentPlace } from "./log-reader.ts";
import { epochOfName, segmentFile, SPARE, STATE } from "./names.ts";

/**
 * Which segments may go, in the order in which they must. A first segment of an epoch is its claim, and the fence of a
 * runner that was paused for long looks whether its own claim still has its name: so a claim goes only after all
 * claims before it. One that is superfluous but must wait for an older one with live state is cut to its header page.
 */
export function superfluousSegments(
  places: readonly SegmentPlace[], live: ReadonlySet<string>, epoch: number, rootIndex: number,
): { readonly unlink: readonly string[]; readonly cut: readonly string[] } {
  const unlink: string[] = [], cut: string[] = [];
  let claimKept = false;
  for (const place of places) {
    const file = segmentFile(place.epoch, place.index);
    if (place.epoch > epoch) break;
    if (place.epoch === epoch) {
      if (place.index > 0 && place.index < rootIndex && !live.has(file)) unlink.push(file);
    } else if (place.index > 0) {
      if (!live.has(file)) unlink.push(file);
    } else if (live.has(file)) {
      claimKept = true;
    } else {
      (claimKept ? cut : unlink).push(file);
    }
  }
  return { unlink, cut };
}

/** Unlinks and cuts superfluous segments. Returns how many could not be. */
export async function collectSegments(files: Files, path: string, live: ReadonlySet<string>, epoch: number, rootIndex: number): Promise<number> {
  const { unlink, cut } = superfluousSegments(listSegments(files, path), live, epoch, rootIndex);
  for (const file of cut) {
    const status = files.status(`${path}/${file}`);
    if (status === undefined || status.bytes <= PAGE_BYTES) continue;
    const handle = files.open(`${path}/${file}`, "write");
    try { handle.truncate(PAGE_BYTES); } finally { handle.close(); }
  }
  // In order: when one can't be unlinked, those after it wait.
  for (const [number, file] of unlink.entries()) {
    if ((await unlinkAll(files, path, [file])).length > 0) return unlink.length - number;
  }
  return 0;
}

/** Unlinks files; one that is gone already is no error. Returns those that could not be. */
export async function unlinkAll(files: Files, path: string, names: Iterable<string>): Promise<string[]> {
  const failed: string[] = [];
  for (const name of names) {
    try { await files.unlinkAsync(`${path}/${name}`); } catch (error) {
      const code = fileErrorCode(error);
      if (code === undefined) throw error;
      if (code !== "ENOENT") failed.push(name);
    }
  }
  return failed;
}

/** State files and spares of earlier epochs that nothing points to: what a run that died had not come to use. Never one of a later epoch. */
export function orphans(files: Files, path: string, live: ReadonlySet<string>, epoch: number): string[] {
  const found: string[] = [];
  for (const folder of [STATE, SPARE]) {
    for (const name of files.list(`${path}/${folder}`)) {
      const file = `${folder}/${name}`, of = epochOfName(name);
      if (of !== undefined && of < epoch && !live.has(file)) found.push(file);
    }
  }
  return found;
}
