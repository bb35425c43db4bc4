/** What a watermark may do beyond Spark's, each off unless it is given. */
import { AnalysisError, nearest } from "../base/errors.ts";

export interface WatermarkOptions {
  /** The watermark of a source is the least over its partitions. */
  readonly perPartition?: boolean;
  /** A partition, or a source, that had no row for so long (processing time, microseconds) holds nothing back until its next one. */
  readonly idleMicros?: number;
  /** An event time that lies further than this (microseconds) ahead of processing time does not raise the watermark. */
  readonly futureSkewMicros?: number;
}

/** The same as it is written: durations as text. */
export interface WatermarkSettings {
  /** The watermark of a source is the least over its partitions, so that one that lags is waited for. */
  readonly perPartition?: boolean;
  /** A partition, or a source, that had no row for so long holds nothing back until its next one: `"30 seconds"`. */
  readonly idleTimeout?: string;
  /** An event time further ahead of the clock than this doesn't raise the watermark; its row is kept. */
  readonly maxFutureSkew?: string;
}

export const WATERMARK_SETTINGS = ["perPartition", "idleTimeout", "maxFutureSkew"] as const;

export function unknownWatermarkSetting(name: string): AnalysisError {
  const close = nearest(name, WATERMARK_SETTINGS)[0];
  return new AnalysisError({
    condition: "MILLRACE_WATERMARK_OPTION", sqlState: "42616", message: `A watermark has no option '${name}'.`, messageParameters: { option: name },
    hint: close === undefined ? `it has ${WATERMARK_SETTINGS.join(", ")}` : `did you mean ${close}?`,
  });
}
