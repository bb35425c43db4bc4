/** The options of `read.format("state")`, checked as Spark checks those of its state data source. */
import { nearest, unsupported } from "../../base/errors.ts";
import { optionOf, type FormatOptions } from "../../formats/options.ts";
import { conflictingOptions, emptyValue, invalidValue, negativeValue, requiredOption } from "./state-errors.ts";

export interface StateOptions {
  readonly path: string;
  /** Undefined: the last one. */
  readonly batchId: number | undefined;
  readonly operatorId: number;
  readonly storeName: string;
  readonly joinSide: "left" | "right" | undefined;
  /** Set: the changes of these batches; without `to` up to the last one. */
  readonly changes: { readonly from: number; readonly to: number | undefined } | undefined;
  readonly stateVarName: string | undefined;
  readonly readRegisteredTimers: boolean;
  readonly flattenCollectionTypes: boolean;
}

const NAMES = [
  "path", "batchId", "operatorId", "storeName", "joinSide", "snapshotStartBatchId", "snapshotPartitionId", "readChangeFeed", "changeStartBatchId",
  "changeEndBatchId", "stateVarName", "readRegisteredTimers", "flattenCollectionTypes",
] as const;
export const DEFAULT_STORE = "default";

/** `paths`: as given to load(). */
export function stateOptions(paths: readonly string[], options: FormatOptions): StateOptions {
  refuseUnknown(options, NAMES);
  const path = pathOf(paths, options), operatorId = number(options, "operatorId") ?? 0;
  const storeName = (optionOf(options, "storeName") ?? DEFAULT_STORE).trim(), side = optionOf(options, "joinSide") ?? "none";
  if (storeName === "") throw emptyValue("storeName");
  const stateVarName = optionOf(options, "stateVarName")?.trim(), readRegisteredTimers = boolean(options, "readRegisteredTimers", false);
  if (readRegisteredTimers && stateVarName !== undefined) throw conflictingOptions("readRegisteredTimers", "stateVarName");
  if (side !== "left" && side !== "right" && side !== "none") throw invalidValue("joinSide", "Valid values are left,right,none");
  if (side !== "none" && storeName !== DEFAULT_STORE) throw conflictingOptions("joinSide", "storeName");
  const batchId = number(options, "batchId"), snapshotStart = number(options, "snapshotStartBatchId"), snapshotPartition = number(options, "snapshotPartitionId");
  const shared = {
    path, operatorId, storeName, batchId, joinSide: side === "none" ? undefined : side, stateVarName, readRegisteredTimers,
    flattenCollectionTypes: boolean(options, "flattenCollectionTypes", true),
  } as const;
  if (boolean(options, "readChangeFeed", false)) {
    if (side !== "none") throw conflictingOptions("joinSide", "readChangeFeed");
    if (batchId !== undefined) throw conflictingOptions("batchId", "readChangeFeed");
    if (snapshotStart !== undefined) throw conflictingOptions("snapshotStartBatchId", "readChangeFeed");
    if (snapshotPartition !== undefined) throw conflictingOptions("snapshotPartitionId", "readChangeFeed");
    const from = number(options, "changeStartBatchId"), to = number(options, "changeEndBatchId");
    if (from === undefined) throw requiredOption("changeStartBatchId");
    if (to !== undefined && to < from) throw endBeforeStart(to, from);
    return { ...shared, changes: { from, to } };
  }
  for (const name of ["changeStartBatchId", "changeEndBatchId"]) {
    if (optionOf(options, name) !== undefined) throw invalidValue(name, "Only specify this option when 'readChangeFeed' is set to true.");
  }
  if (snapshotStart !== undefined && snapshotPartition === undefined) throw requiredOption("snapshotPartitionId");
  if (snapshotPartition !== undefined && snapshotStart === undefined) throw requiredOption("snapshotStartBatchId");
  // A snapshot here is of all key groups, and each batch that is kept can be rebuilt by its checksums: there is nothing to choose.
  if (snapshotStart !== undefined) throw unsupported("Reading state from a snapshot of one's choice (snapshotStartBatchId, snapshotPartitionId)");
  return { ...shared, changes: undefined };
}

export function endBeforeStart(to: number, from: number): Error {
  return invalidValue("changeEndBatchId", `changeEndBatchId cannot be smaller than changeStartBatchId. Please check the input to changeEndBatchId, or if you are using its default value, make sure that changeStartBatchId is less than ${to + 1}. changeStartBatchId: ${from}, changeEndBatchId: ${to}.`);
}

/** The options of `read.format("state-metadata")`. */
export function metadataOptions(paths: readonly string[], options: FormatOptions): { readonly path: string; readonly batchId: number | undefined } {
  refuseUnknown(options, ["path", "batchId"]);
  return { path: pathOf(paths, options), batchId: number(options, "batchId") };
}

/** Options as an error tells them. */
export function optionsText({ path, batchId, operatorId, storeName, joinSide, stateVarName }: StateOptions): string {
  return `StateSourceOptions(checkpointLocation=${path}, batchId=${batchId ?? "last"}, operatorId=${operatorId}, storeName=${storeName}, joinSide=${joinSide ?? "none"}, stateVarName=${stateVarName ?? "None"})`;
}

function pathOf(paths: readonly string[], options: FormatOptions): string {
  const path = paths[0] ?? optionOf(options, "path");
  if (path === undefined) throw requiredOption("path");
  if (paths.length > 1) throw invalidValue("path", "a read of state takes one checkpoint location");
  return path.startsWith("file:") ? path.replace(/^file:(\/\/)?/, "") : path;
}

function number(options: FormatOptions, name: string): number | undefined {
  const text = optionOf(options, name);
  if (text === undefined) return undefined;
  const value = text.trim() === "" ? Number.NaN : Number(text);
  if (!Number.isSafeInteger(value)) throw invalidValue(name, `'${text}' is not a whole number.`);
  if (value < 0) throw negativeValue(name);
  return value;
}

function boolean(options: FormatOptions, name: string, absent: boolean): boolean {
  const text = optionOf(options, name)?.toLowerCase();
  if (text === undefined) return absent;
  if (text !== "true" && text !== "false") throw invalidValue(name, "Boolean value is expected");
  return text === "true";
}

/** A misspelt option would silently read something else. */
function refuseUnknown(options: FormatOptions, names: readonly string[]): void {
  for (const given of Object.keys(options)) {
    if (names.some(name => name.toLowerCase() === given.toLowerCase())) continue;
    const [near] = nearest(given, names);
    throw invalidValue(given, "there is no such option.", near === undefined ? `known are ${names.join(", ")}` : `did you mean ${near}?`);
  }
}
