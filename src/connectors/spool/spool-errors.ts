/** What can go wrong with a spool, as errors that name it. */
import { ExecutionError } from "../../base/errors.ts";

/** More rows wait than the spool may hold: whoever sends must wait. */
export function spoolFull(folder: string, maxBytes: number): ExecutionError {
  return new ExecutionError({
    condition: "MILLRACE_SPOOL_FULL", sqlState: "53100", message: `The spool ${folder} holds its ${maxBytes} bytes: the query does not keep up.`,
    messageParameters: { spool: folder, maxBytes: String(maxBytes) }, hint: "send again later, or give the spool more room",
  });
}

/** Nothing can be taken now: the disk is full or failed, or the spool is being closed. */
export function spoolUnavailable(folder: string, reason: string, cause?: unknown): ExecutionError {
  return new ExecutionError({
    condition: "MILLRACE_SPOOL_UNAVAILABLE", sqlState: "58030", message: `The spool ${folder} can't take anything: ${reason}.`, messageParameters: { spool: folder, reason }, cause,
  });
}

/** Another process opened the spool after us: what we wrote since is not part of it. */
export function spoolTakenOver(folder: string): ExecutionError {
  return new ExecutionError({
    condition: "MILLRACE_SPOOL_TAKEN_OVER", sqlState: "55006", message: `The spool ${folder} was opened by another query or process.`, messageParameters: { spool: folder },
    hint: "a spool belongs to one running query: give each its own folder",
  });
}

/** Bytes that were acknowledged are not what they were. */
export function spoolDamaged(folder: string, file: string, reason: string): ExecutionError {
  return new ExecutionError({
    condition: "MILLRACE_SPOOL_DAMAGED", sqlState: "XX001", message: `The spool ${folder} is damaged: ${file}: ${reason}.`, messageParameters: { spool: folder, file, reason },
    hint: "put the folder back from a copy; to give up what was not read yet, start with another, empty spool and a new checkpoint",
  });
}

/** The checkpoint belongs to another spool. */
export function otherSpool(folder: string): ExecutionError {
  return new ExecutionError({
    condition: "MILLRACE_SPOOL_BEHIND", sqlState: "XX001", message: `The checkpoint has read another spool than ${folder}.`, messageParameters: { spool: folder }, hint: "a spool and its checkpoint belong together: give the folder that it had, or begin with a new checkpoint",
  });
}

/** The checkpoint has read what the spool does not hold. */
export function spoolBehind(folder: string, wanted: number, last: number): ExecutionError {
  return new ExecutionError({
    condition: "MILLRACE_SPOOL_BEHIND", sqlState: "XX001", message: `The checkpoint has read record ${wanted}; the spool ${folder} ends at record ${last}.`,
    messageParameters: { spool: folder, wanted: String(wanted), last: String(last) }, hint: "the folder is another one, or an old copy: a spool and its checkpoint belong together",
  });
}
