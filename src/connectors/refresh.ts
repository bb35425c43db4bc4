/** The options of a table that is joined with a stream: how often the query looks whether it changed. */
import { invalidOption, optionOf, type FormatOptions } from "../formats/options.ts";
import type { TableRefresh } from "../io/source.ts";
import { durationMicros } from "../types/duration.ts";

/** `refresh`: eachBatch (as without it) or never; `refreshInterval`: a length of time. @throws MILLRACE_INVALID_OPTION */
export function refreshOf(options: FormatOptions, isStreaming: boolean): TableRefresh | undefined {
  const when = optionOf(options, "refresh"), interval = optionOf(options, "refreshInterval");
  if (isStreaming && when !== undefined) throw invalidOption("refresh", when, "left out for a stream");
  if (isStreaming && interval !== undefined) throw invalidOption("refreshInterval", interval, "left out for a stream");
  if (when !== undefined && interval !== undefined) throw invalidOption("refresh", when, "left out beside refreshInterval");
  if (interval !== undefined) {
    const micros = positiveMicros(interval);
    if (micros === undefined) throw invalidOption("refreshInterval", interval, "a length of time above zero, such as '10 minutes'");
    return { kind: "interval", micros };
  }
  switch (when?.toLowerCase()) {
    case undefined: case "eachbatch": return undefined;
    case "never": return { kind: "never" };
    default: throw invalidOption("refresh", when!, "eachBatch or never");
  }
}

function positiveMicros(text: string): bigint | undefined {
  try {
    const micros = BigInt(durationMicros(text));
    return micros > 0n ? micros : undefined;
  } catch { return undefined; }
}
