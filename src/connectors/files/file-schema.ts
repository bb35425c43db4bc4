/** The schema of files that none was given for. */
import { AnalysisError, ExecutionError } from "../../base/errors.ts";
import { transcoderFor, type FileFormat, type FormatContext, type SchemaInference, type StreamFormat } from "../../formats/file-format.ts";
import { booleanOption, optionOf } from "../../formats/options.ts";
import type { StructType } from "../../types/data-type.ts";
import type { ConnectorEnvironment } from "../environment.ts";
import { inFile } from "./file-reader.ts";
import { LinePieces } from "./line-pieces.ts";
import type { ListedFile } from "./listing.ts";
import { mergeSchemas } from "./merge-schemas.ts";
import { withFile } from "./random-access-reader.ts";
import { fileBytes } from "./whole-file-reader.ts";

/** For a stream inference looks at the beginning of this many files, and at this many bytes of each; of files that are no lines at more. */
const INFER_FILES = 10, INFER_BYTES = 1 << 20, INFER_WHOLE_BYTES = 64 << 20;
/** Of a file that is no lines so much is looked at; its reader takes no more. */
const MAX_DOCUMENT_BYTES = 1 << 30;
/** Other work of the thread comes in between this often. */
const YIELD_MILLIS = 20;

/** @throws AnalysisError UNABLE_TO_INFER_SCHEMA where there is no file, CANNOT_MERGE_SCHEMAS with `mergeSchema` */
export async function inferSchema(listed: readonly ListedFile[], format: FileFormat, context: FormatContext, environment: ConnectorEnvironment, isStreaming: boolean): Promise<StructType> {
  if (listed.length === 0) throw new AnalysisError({
    condition: "UNABLE_TO_INFER_SCHEMA", sqlState: "42KD9", message: `Unable to infer schema for ${format.name.toUpperCase()}. It must be specified manually.`,
    messageParameters: { format: format.name.toUpperCase() }, hint: isStreaming ? "there is no file yet: give a schema, .schema(...) or --schema" : "the path has no file with data: give a schema, .schema(...) or --schema",
  });
  const skips = booleanOption(context.options, "ignoreCorruptFiles", false);
  if (format.kind === "stream of bytes") {
    const inference = format.inference!(context);
    for (const file of isStreaming ? listed.slice(0, INFER_FILES) : listed) {
      try {
        if (isStreaming) inference.add(await sampleOf(file, format, context, environment), true);
        else await addFile(file, format, inference, context, environment);
      } catch (error) { if (!skips) throw error instanceof ExecutionError ? inFile(error, file.path) : error; }
      if (inference.isDone) break;
    }
    return inference.schema();
  }
  const merges = booleanOption(context.options, "mergeSchema", false);
  let schema: StructType | undefined;
  for (const { path, bytes, modifiedMicros } of listed) {
    try {
      const one = await withFile(environment.files, { path, from: 0, to: bytes, modifiedMicros }, file => format.schemaOf!(file, context));
      schema = schema === undefined ? one : mergeSchemas(schema, one);
      if (!merges) break;
    } catch (error) {
      if (skips && error instanceof ExecutionError) continue;
      throw error instanceof ExecutionError ? inFile(error, path) : error;
    }
  }
  return schema ?? await inferSchema([], format, context, environment, isStreaming);
}

/** All of a file, by pieces of whole lines where it has lines. */
async function addFile({ path, bytes: size, modifiedMicros }: ListedFile, format: StreamFormat, inference: SchemaInference, { options }: FormatContext, { files }: ConnectorEnvironment): Promise<void> {
  const lines = format.isSplittable(options) ? new LinePieces(optionOf(options, "lineSep")) : undefined, whole: Uint8Array[] = [];
  let isFirst = true, length = 0, yielded = performance.now();
  const add = (bytes: Uint8Array | undefined): void => {
    if (bytes === undefined) return;
    inference.add(bytes, isFirst);
    isFirst = false;
  };
  for await (const piece of fileBytes(files, { path, from: 0, to: size, modifiedMicros }, transcoderFor(format, options)?.())) {
    if (lines !== undefined) add(lines.add(piece));
    else if ((length += piece.length) > MAX_DOCUMENT_BYTES) break;
    else whole.push(piece.slice());
    if (inference.isDone) return;
    if (performance.now() - yielded <= YIELD_MILLIS) continue;
    await new Promise<void>(resolve => setImmediate(resolve));
    yielded = performance.now();
  }
  add(lines === undefined ? Buffer.concat(whole) : lines.rest());
}

/** The beginning of a file, up to a line end. */
async function sampleOf({ path, bytes: size, modifiedMicros }: ListedFile, format: StreamFormat, { options }: FormatContext, { files }: ConnectorEnvironment): Promise<Uint8Array> {
  const limit = format.isSplittable(options) ? INFER_BYTES : INFER_WHOLE_BYTES, pieces: Uint8Array[] = [];
  let length = 0, isCut = false;
  for await (const piece of fileBytes(files, { path, from: 0, to: size, modifiedMicros }, transcoderFor(format, options)?.())) {
    pieces.push(piece.slice());
    length += piece.length;
    if (length > limit) { isCut = true; break; }
  }
  const bytes = Buffer.concat(pieces);
  // The last line of a sample may be cut: leave it out when there is another.
  const lineEnd = optionOf(options, "lineSep") ?? "\n", end = isCut ? bytes.lastIndexOf(lineEnd, Math.min(limit, bytes.length) - 1) : -1;
  return end < 0 ? bytes : bytes.subarray(0, end + Buffer.byteLength(lineEnd));
}
