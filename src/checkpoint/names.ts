/** Where things lie in a checkpoint's folder. Every name but the first of an epoch carries a random part: none is used twice. */
import { segmentName } from "../storage/segment.ts";

export const LOG = "log", STATE = "state", SPARE = "spare";
export const IDENTITY = "identity.json", LEASE = "lease.json";

/** Relative to the checkpoint's folder. */
export const segmentFile = (epoch: number, index: number) => `${LOG}/${segmentName(epoch, index)}`;
export const stateFile = (batchId: number, epoch: number, unique: string, kind: "chg" | "snap") =>
  `${STATE}/${String(batchId).padStart(20, "0")}-${String(epoch).padStart(10, "0")}-${unique}.${kind}`;
export const spareFile = (epoch: number, unique: string, kind: "seg" | "json") =>
  `${SPARE}/${String(epoch).padStart(10, "0")}-${unique}.${kind}`;

/** The epoch in the name of a state file or a spare. */
export function epochOfName(name: string): number | undefined {
  const match = /^(?:\d{20}-)?(\d{10})-[0-9a-f-]{36}\.(?:chg|snap|seg|json)$/.exec(name);
  return match === null ? undefined : Number(match[1]);
}
