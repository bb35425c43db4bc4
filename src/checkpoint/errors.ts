/** The conditions under which a checkpoint can't be used or goes no further. */
import { CheckpointError } from "../base/errors.ts";
import { fileErrorCode } from "../base/files.ts";

/** A newer runner has the checkpoint. Nothing was done that it does not know of. */
export function fenced(what: string, parameters: Readonly<Record<string, string>> = {}): CheckpointError {
  return new CheckpointError({
    condition: "MILLRACE_FENCED", sqlState: "55006", message: `Another runner has taken over this checkpoint: ${what}.`,
    messageParameters: parameters, hint: "this run has stopped without effect; look for a second process with the same checkpoint location",
  });
}

export function inUse(path: string, host: string, processId: number, since: string): CheckpointError {
  return new CheckpointError({
    condition: "MILLRACE_CHECKPOINT_IN_USE", sqlState: "55006",
    message: `The checkpoint ${path} is in use by process ${processId} on ${host}, started ${since}.`,
    messageParameters: { path, host, processId: String(processId), since },
    hint: "stop that query first, or open with takeOver to fence it off",
  });
}

export function closed(): CheckpointError {
  return new CheckpointError({ condition: "MILLRACE_CHECKPOINT_CLOSED", sqlState: "55000", message: "The checkpoint is closed." });
}

/** Bytes were changed or files removed after they had been made durable. Never repaired silently. */
export function corrupt(file: string, reason: string, offset?: number, hint?: string): CheckpointError {
  const place = offset === undefined ? file : `${file} at byte ${offset}`;
  return new CheckpointError({
    condition: "MILLRACE_CHECKPOINT_CORRUPT", sqlState: "58030", message: `The checkpoint is damaged in ${place}: ${reason}.`,
    messageParameters: { file, reason, ...(offset === undefined ? {} : { offset: String(offset) }) },
    hint: hint ?? "restore the checkpoint's folder from a copy, or start with a new checkpoint location",
  });
}

/** SQLSTATE of the conditions that Spark has for a query that doesn't fit its checkpoint. */
const SPARK_STATES: Readonly<Record<string, string>> = {
  STATE_STORE_KEY_SCHEMA_NOT_COMPATIBLE: "XXKST", STATE_STORE_VALUE_SCHEMA_NOT_COMPATIBLE: "XXKST", STREAMING_STATEFUL_OPERATOR_NOT_MATCH_IN_STATE_METADATA: "42K03",
  STATE_STORE_INVALID_CONFIG_AFTER_RESTART: "42K06", STATE_STORE_INVALID_VARIABLE_TYPE_CHANGE: "42K06", STATE_STORE_INVALID_VALUE_SCHEMA_EVOLUTION: "XXKST",
  MILLRACE_STATE_SCHEMA_CHANGED: "42K07",
};

export function incompatible(reason: string, hint?: string, condition = "MILLRACE_CHECKPOINT_INCOMPATIBLE"): CheckpointError {
  return new CheckpointError({
    condition, sqlState: SPARK_STATES[condition] ?? "42K06",
    message: `The checkpoint belongs to another query: ${reason}.`, messageParameters: { reason },
    hint: hint ?? "use a new checkpoint location, or the query that made this one",
  });
}

export function networkFileSystem(path: string, kind: string): CheckpointError {
  return new CheckpointError({
    condition: "MILLRACE_CHECKPOINT_FILE_SYSTEM", sqlState: "0A000",
    message: `The checkpoint ${path} is on a ${kind} file system, where runners on two machines can't see each other's writes at once.`,
    messageParameters: { path, kind }, hint: "put the checkpoint on a local disk",
  });
}

export function sinkConflict(what: string, parameters: Readonly<Record<string, string>> = {}): CheckpointError {
  return new CheckpointError({
    condition: "MILLRACE_SINK_CONFLICT", sqlState: "40003", message: `The sink holds something else than this checkpoint: ${what}.`,
    messageParameters: parameters, hint: "write to a place that no other query writes to, or go on with the checkpoint that wrote there",
  });
}

export function behindSink(inSink: number, inLog: number): CheckpointError {
  return new CheckpointError({
    condition: "MILLRACE_CHECKPOINT_BEHIND_SINK", sqlState: "40003",
    message: `The sink has batch ${inSink}, the checkpoint ends with batch ${inLog}: it is an old copy, or its end is lost.`,
    messageParameters: { inSink: String(inSink), inLog: String(inLog) },
    hint: "restore the newest copy of the checkpoint; going on would write batches twice",
  });
}

export function sinkBehind(inSink: number, inLog: number): CheckpointError {
  return new CheckpointError({
    condition: "MILLRACE_SINK_BEHIND", sqlState: "40003",
    message: `The sink ends with batch ${inSink}, but the checkpoint knows that it had batch ${inLog}: the sink has lost data.`,
    messageParameters: { inSink: String(inSink), inLog: String(inLog) },
    hint: "restore the sink, or start with a new checkpoint location to fill it again",
  });
}

const noSpace = (code: string | undefined) => code === "ENOSPC" || code === "EDQUOT";
export const isDiskFull = (error: unknown) => noSpace(fileErrorCode(error));

/** An error of the file system in the words of the checkpoint; any other error as it is. */
export function inputOutput(error: unknown, what: string): unknown {
  const code = fileErrorCode(error);
  if (code === undefined) return error;
  const full = noSpace(code);
  return new CheckpointError({
    condition: full ? "MILLRACE_DISK_FULL" : "MILLRACE_CHECKPOINT_IO", sqlState: full ? "53100" : "58030",
    message: `The checkpoint could not ${what}: ${code}.`, messageParameters: { code, what }, cause: error,
    hint: full ? "make room on the disk; the query can be started again" : "nothing of the batch was acknowledged; reopening reads what did arrive",
  });
}
