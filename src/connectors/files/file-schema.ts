/** The schema of files that none was given for. */
import { AnalysisError, ExecutionError } from "../../base/errors.ts";
import type { FileFormat, FormatContext } from "../../formats/file-format.ts";
import { booleanOption } from "../../formats/options.ts";
import type { StructType } from "../../types/data-type.ts";
import type { ConnectorEnvironment } from "../environment.ts";
import { inFile } from "./file-reader.ts";
import type { ListedFile } from "./listing.ts";
import { mergeSchemas } from "./merge-schemas.ts";
import { withFile } from "./random-access-reader.ts";

/** Inference looks at the beginning of this many files, and at this many bytes of each. */
const INFER_FILES = 10, INFER_BYTES = 1 << 20;

/** @throws AnalysisError UNABLE_TO_INFER_SCHEMA where there is no file, CANNOT_MERGE_SCHEMAS with `mergeSchema` */
export async function inferSchema(files: readonly ListedFile[], format: FileFormat, context: FormatContext, environment: ConnectorEnvironment, isStreaming: boolean): Promise<StructType> {
  if (files.length === 0) throw new AnalysisError({
    condition: "UNABLE_TO_INFER_SCHEMA", sqlState: "42KD9", message: `Unable to infer schema for ${format.name.toUpperCase()}. It must be specified manually.`,
    messageParameters: { format: format.name.toUpperCase() }, hint: isStreaming ? "there is no file yet: give a schema, .schema(...) or --schema" : "the path has no file with data: give a schema, .schema(...) or --schema",
  });
  if (format.kind === "stream of bytes") return format.inferSchema!(files.slice(0, INFER_FILES).map(file => sampleOf(file, environment)), context);
  let schema: StructType | undefined;
  for (const { path, bytes, modifiedMicros } of booleanOption(context.options, "mergeSchema", false) ? files : files.slice(0, 1)) {
    try {
      const one = await withFile(environment.files, { path, from: 0, to: bytes, modifiedMicros }, file => format.schemaOf!(file, context));
      schema = schema === undefined ? one : mergeSchemas(schema, one);
    } catch (error) {
      throw error instanceof ExecutionError ? inFile(error, path) : error;
    }
  }
  return schema!;
}

/** The beginning of a file, up to a line end. */
function sampleOf(file: ListedFile, { files }: ConnectorEnvironment): Uint8Array {
  const handle = files.open(file.path, "read");
  try {
    const bytes = new Uint8Array(Math.min(INFER_BYTES, file.bytes)), length = handle.readAt(bytes, 0, bytes.length, 0);
    // The last line of a sample may be cut: leave it out when there is another.
    const end = length < file.bytes ? bytes.lastIndexOf(10, length - 1) + 1 : length;
    return bytes.subarray(0, end > 0 ? end : length);
  } finally {
    handle.close();
  }
}
