/** Formats of files by name. Each is loaded when it is named. */
import type { FileFormat } from "./file-format.ts";

const formats: Readonly<Record<string, () => Promise<FileFormat>>> = {
  json: async () => (await import("./json/json-file-format.ts")).jsonFileFormat,
  csv: async () => (await import("./csv/csv-file-format.ts")).csvFileFormat,
  xml: async () => (await import("./xml/xml-file-format.ts")).xmlFileFormat,
  text: async () => (await import("./text/text-file-format.ts")).textFileFormat,
  parquet: async () => (await import("./parquet/parquet-file-format.ts")).parquetFileFormat,
  avro: async () => (await import("./avro/avro-file-format.ts")).avroFileFormat,
  arrow: async () => (await import("./arrow/arrow-file-format.ts")).arrowFileFormat,
  binaryfile: async () => (await import("./binary-file/binary-file-format.ts")).binaryFileFormat,
};

export const FILE_FORMAT_NAMES: readonly string[] = Object.keys(formats);

/** Undefined for a name that is no format of files. */
export async function fileFormat(name: string): Promise<FileFormat | undefined> {
  const key = name.toLowerCase();
  return Object.hasOwn(formats, key) ? await formats[key]!() : undefined;
}
