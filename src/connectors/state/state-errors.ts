/** What can be wrong with a read of state: Spark's conditions of its state data source. */
import { AnalysisError } from "../../base/errors.ts";

export function invalidValue(option: string, message: string, hint?: string): AnalysisError {
  return new AnalysisError({
    condition: "STDS_INVALID_OPTION_VALUE.WITH_MESSAGE", sqlState: "42616", message: `Invalid value for source option '${option}': ${message}`,
    messageParameters: { optionName: option, message }, hint,
  });
}

export function negativeValue(option: string): AnalysisError {
  return new AnalysisError({ condition: "STDS_INVALID_OPTION_VALUE.IS_NEGATIVE", sqlState: "42616", message: `Invalid value for source option '${option}': cannot be negative.`, messageParameters: { optionName: option } });
}

export function emptyValue(option: string): AnalysisError {
  return new AnalysisError({ condition: "STDS_INVALID_OPTION_VALUE.IS_EMPTY", sqlState: "42616", message: `Invalid value for source option '${option}': cannot be empty.`, messageParameters: { optionName: option } });
}

export function requiredOption(option: string): AnalysisError {
  return new AnalysisError({ condition: "STDS_REQUIRED_OPTION_UNSPECIFIED", sqlState: "42601", message: `'${option}' must be specified.`, messageParameters: { optionName: option } });
}

export function conflictingOptions(...options: readonly string[]): AnalysisError {
  const list = `[${options.map(option => `'${option}'`).join(", ")}]`;
  return new AnalysisError({ condition: "STDS_CONFLICT_OPTIONS", sqlState: "42613", message: `The options ${list} cannot be specified together. Please specify the one.`, messageParameters: { options: list } });
}

export function noCommittedBatch(path: string): AnalysisError {
  return new AnalysisError({
    condition: "STDS_COMMITTED_BATCH_UNAVAILABLE", sqlState: "KD006",
    message: `No committed batch found, checkpoint location: ${path}. Ensure that the query has run and committed any microbatch before stopping.`, messageParameters: { checkpointLocation: path },
  });
}

/** `kept`: the batches that can be read, in words. */
export function batchUnavailable(batchId: number, path: string, kept: string): AnalysisError {
  return new AnalysisError({
    condition: "STDS_OFFSET_LOG_UNAVAILABLE", sqlState: "KD006",
    message: `The offset log for ${batchId} does not exist, checkpoint location: ${path}. Please specify the batch ID which is available for querying - you can query the available batch IDs via using state metadata data source.`,
    messageParameters: { batchId: String(batchId), checkpointLocation: path }, hint: kept,
  });
}

export function noStateSchema(options: string, hint: string): AnalysisError {
  return new AnalysisError({
    condition: "STDS_FAILED_TO_READ_STATE_SCHEMA", sqlState: "42K03",
    message: `Failed to read the state schema. Either the file does not exist, or the file is corrupted. options: ${options}. Rerun the streaming query to construct the state schema, and report to the corresponding communities or vendors if the error persists.`,
    messageParameters: { sourceOptions: options }, hint,
  });
}

/** The query keeps no state at all. */
export function noState(options: string): AnalysisError {
  return new AnalysisError({
    condition: "STDS_NO_PARTITION_DISCOVERED_IN_STATE_STORE", sqlState: "KD006",
    message: `The state does not have any partition. Please double check that the query points to the valid state. options: ${options}`,
    messageParameters: { sourceOptions: options }, hint: "the query of this checkpoint has no operator with state",
  });
}
