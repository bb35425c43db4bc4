/** What files say of their rows without being read through. */
import type { FileFormat, FormatContext } from "../../formats/file-format.ts";
import type { ColumnStatistics, TableStatistics } from "../../plan/statistics.ts";
import type { StructType } from "../../types/data-type.ts";
import type { ConnectorEnvironment } from "../environment.ts";
import type { ListedFile } from "./listing.ts";
import { withFile } from "./random-access-reader.ts";

/** Of more files than this, as many are asked, spread over the list; the rest are thought to be like them. */
const ASKED_FILES = 20;
/** Bytes that a value takes in text, beside its name where names are repeated. */
const TEXT_VALUE_BYTES = 10;

/** Estimates: a file that can't be asked says nothing, and the error comes when it is read. */
export async function fileStatistics(files: readonly ListedFile[], format: FileFormat, schema: StructType, context: FormatContext, environment: ConnectorEnvironment): Promise<TableStatistics | undefined> {
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  if (format.kind === "stream of bytes") {
    const perRow = schema.fields.reduce((sum, { name }) => sum + TEXT_VALUE_BYTES + (format.name === "json" ? name.length : 0), 1);
    return { rows: Math.ceil(bytes / perRow) };
  }
  if (format.statisticsOf === undefined) return undefined;
  const asked = files.length <= ASKED_FILES ? files : Array.from({ length: ASKED_FILES }, (_, i) => files[Math.floor(i * files.length / ASKED_FILES)]!);
  const found: TableStatistics[] = [];
  for (const { path, bytes: size, modifiedMicros } of asked) {
    try {
      found.push(await withFile(environment.files, { path, from: 0, to: size, modifiedMicros }, file => format.statisticsOf!(file, context)));
    } catch {
      return undefined;
    }
  }
  const rows = found.reduce((sum, one) => sum + one.rows, 0), askedBytes = asked.reduce((sum, file) => sum + file.bytes, 0);
  return { rows: Math.ceil(rows * bytes / Math.max(1, askedBytes)), columns: together(found) };
}

/** Ranges that hold for all of them. */
function together(all: readonly TableStatistics[]): ReadonlyMap<string, ColumnStatistics> {
  const columns = new Map<string, ColumnStatistics>();
  for (const name of all[0]?.columns?.keys() ?? []) {
    const ranges = all.map(one => one.columns?.get(name)?.range);
    if (ranges.some(range => range === undefined)) continue;
    columns.set(name, { range: { least: Math.min(...ranges.map(range => range!.least)), greatest: Math.max(...ranges.map(range => range!.greatest)) } });
  }
  return columns;
}
