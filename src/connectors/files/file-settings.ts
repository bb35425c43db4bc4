/** Settings of a session that are options of files where none is given: names are Spark's. */
import { TIME_PARSER_POLICY } from "../../types/datetime-pattern.ts";
import { optionOf, type FormatOptions } from "../../formats/options.ts";

type Use = "read" | "write";
/** The option that a setting stands for; where Spark has none, its own name. */
interface FileSetting { readonly setting: string; readonly option: string; readonly uses: readonly Use[]; readonly formats?: readonly string[] }

const read = (setting: string, option: string = setting, ...formats: string[]): FileSetting => ({ setting, option, uses: ["read"], ...(formats.length > 0 && { formats }) });
const write = (setting: string, option: string = setting, ...formats: string[]): FileSetting => ({ setting, option, uses: ["write"], ...(formats.length > 0 && { formats }) });
const parquet = "spark.sql.parquet";

const SETTINGS: readonly FileSetting[] = [
  read("spark.sql.files.ignoreCorruptFiles", "ignoreCorruptFiles"), read("spark.sql.files.ignoreMissingFiles", "ignoreMissingFiles"), read("spark.sql.sources.partitionColumnTypeInference.enabled", "inferPartitionColumns"),
  read("spark.sql.columnNameOfCorruptRecord", "columnNameOfCorruptRecord", "json", "csv", "xml"), write("spark.sql.files.maxRecordsPerFile", "maxRecordsPerFile"), write("spark.sql.jsonGenerator.ignoreNullFields", "ignoreNullFields", "json"),
  { setting: TIME_PARSER_POLICY, option: TIME_PARSER_POLICY, uses: ["read", "write"], formats: ["json", "csv", "xml"] },
  { setting: "spark.sql.caseSensitive", option: "spark.sql.caseSensitive", uses: ["read", "write"] },
  read(`${parquet}.mergeSchema`, "mergeSchema", "parquet"), ...["filterPushdown", "binaryAsString", "int96AsTimestamp", "inferTimestampNTZ.enabled"].map(name => read(`${parquet}.${name}`, undefined, "parquet")),
  read("spark.sql.legacy.parquet.nanosAsLong", undefined, "parquet"), read(`${parquet}.datetimeRebaseModeInRead`, "datetimeRebaseMode", "parquet"), read(`${parquet}.int96RebaseModeInRead`, "int96RebaseMode", "parquet"),
  write(`${parquet}.compression.codec`, "compression", "parquet"), ...["outputTimestampType", "writeLegacyFormat", "datetimeRebaseModeInWrite", "int96RebaseModeInWrite"].map(name => write(`${parquet}.${name}`, undefined, "parquet")),
  write("spark.sql.avro.compression.codec", "compression", "avro"),
];

/** The options that were given, and behind them what settings say; names of formats are in lower case. */
export function withFileSettings(options: FormatOptions, format: string, setting: ((name: string) => string | undefined) | undefined, use: Use): FormatOptions {
  if (setting === undefined) return options;
  const added: Record<string, string> = {};
  for (const { setting: name, option, uses, formats } of SETTINGS) {
    if (!uses.includes(use) || formats !== undefined && !formats.includes(format.toLowerCase()) || optionOf(options, option) !== undefined) continue;
    if (option === "compression" && (optionOf(options, "codec") !== undefined || optionOf(options, "parquet.compression") !== undefined)) continue;
    const value = setting(name);
    if (value !== undefined) added[option] = value;
  }
  return Object.keys(added).length === 0 ? options : { ...options, ...added };
}
