/** Options that say which files a table reads and what becomes of them: the same for all formats. Names are Spark's. */
import { booleanOption, invalidOption, optionOf, zoneOption, type FormatOptions } from "../../formats/options.ts";
import { durationMicros } from "../../types/duration.ts";
import { parseTimestamp } from "../../types/datetime-text.ts";
import { cleanPath, type ListOptions } from "./listing.ts";

export interface FileOptions {
  readonly listing: ListOptions;
  readonly basePath: string | undefined;
  readonly ignoreMissing: boolean;
  readonly ignoreCorrupt: boolean;
}

/** @throws AnalysisError MILLRACE_INVALID_OPTION */
export function fileOptions(options: FormatOptions, sessionZone: string): FileOptions {
  const basePath = optionOf(options, "basePath");
  return {
    listing: {
      nameFilter: optionOf(options, "pathGlobFilter"), recursive: booleanOption(options, "recursiveFileLookup", false),
      modifiedAfter: momentOption(options, "modifiedAfter", sessionZone), modifiedBefore: momentOption(options, "modifiedBefore", sessionZone),
    },
    basePath: basePath === undefined ? undefined : cleanPath(basePath),
    ignoreMissing: booleanOption(options, "ignoreMissingFiles", false), ignoreCorrupt: booleanOption(options, "ignoreCorruptFiles", false),
  };
}

function momentOption(options: FormatOptions, name: string, sessionZone: string): number | undefined {
  const text = optionOf(options, name);
  if (text === undefined) return undefined;
  const micros = parseTimestamp(text, zoneOption(options, sessionZone));
  if (micros === null) throw invalidOption(name, text, "a time such as 2020-06-01T13:00:00");
  return Number(micros);
}

/** What becomes of a stream's files when the batches that read them are delivered. */
export type CleanSource = { readonly kind: "delete" } | { readonly kind: "archive"; readonly folder: string };

export interface FileStreamCleaning {
  readonly clean: CleanSource | undefined;
  /** Files so much older than the newest are left out, and forgotten; undefined: none are. */
  readonly maxAgeMicros: number | undefined;
}

/** @throws AnalysisError MILLRACE_INVALID_OPTION */
export function cleaningOf(options: FormatOptions): FileStreamCleaning {
  const how = optionOf(options, "cleanSource")?.toLowerCase() ?? "off", folder = optionOf(options, "sourceArchiveDir"), age = optionOf(options, "maxFileAge");
  if (!["off", "delete", "archive"].includes(how)) throw invalidOption("cleanSource", how, "archive, delete or off");
  if (how === "archive" && folder === undefined) throw invalidOption("sourceArchiveDir", "", "a folder, where cleanSource is archive");
  return {
    clean: how === "delete" ? { kind: "delete" } : how === "archive" ? { kind: "archive", folder: cleanPath(folder!) } : undefined,
    maxAgeMicros: age === undefined ? undefined : ageOf(age),
  };
}

function ageOf(text: string): number {
  try {
    const micros = Number(durationMicros(text.replace(/^(\d+)\s*(d|h|m|s|ms)$/, (_, n: string, unit: string) => `${n} ${{ d: "days", h: "hours", m: "minutes", s: "seconds", ms: "milliseconds" }[unit]!}`) as never));
    if (micros > 0) return micros;
  } catch { /* told below */ }
  throw invalidOption("maxFileAge", text, "a length of time above zero, such as '7 days'");
}
