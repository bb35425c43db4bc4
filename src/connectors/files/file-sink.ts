/**
 * Files in a folder, exactly once for readers of its manifest: a batch's file is durable before the batch is decided,
 * and visible when the manifest's entry is linked. What a run that died left behind is never read, and removed later.
 */
import { AnalysisError, unsupported } from "../../base/errors.ts";
import type { Random } from "../../base/clock.ts";
import { makeFolders, type Files } from "../../base/files.ts";
import type { Batch } from "../../columns/batch.ts";
import { csvEncoder } from "../../formats/csv/csv-encoder.ts";
import { jsonEncoder } from "../../formats/json/json-encoder.ts";
import type { Sink, SinkBatch, SinkContext, StagedFile } from "../../io/sink.ts";
import { Manifest, readManifest, stagedName, stagedOrphans } from "../../storage/manifest.ts";
import { StagedFileWriter } from "../../storage/staged-file.ts";
import type { StructType } from "../../types/data-type.ts";
import type { ConnectorEnvironment } from "../environment.ts";
import { cleanPath } from "./listing.ts";

/** Rows of a batch as bytes of a format. */
export interface RowEncoder {
  /** What a file begins with. */
  header(): Uint8Array;
  encode(batch: Batch): Uint8Array;
}

export interface FileSinkTarget { readonly path: string | undefined; readonly options: Readonly<Record<string, string>>; readonly partitionBy: readonly string[] }

export function encoderOf(format: "json" | "csv", schema: StructType, options: Readonly<Record<string, string>>, timeZone: string): RowEncoder {
  return format === "json" ? jsonEncoder(schema, options, timeZone) : csvEncoder(schema, options, timeZone);
}

export function fileSink(format: "json" | "csv", target: FileSinkTarget, environment: ConnectorEnvironment): Sink {
  if (target.path === undefined) throw new AnalysisError({ condition: "MILLRACE_INVALID_OPTION", sqlState: "22023", message: `Writing ${format} needs a path.`, messageParameters: { option: "path" }, hint: "write .option(\"path\", folder), or --path on the command line" });
  if (target.partitionBy.length > 0) throw unsupported("partitionBy() of a streaming query");
  if (target.options["compression"] !== undefined && target.options["compression"] !== "none") throw unsupported(`Compression of ${format} files`);
  return new FileSink(format, cleanPath(target.path), target.options, environment);
}

class FileSink implements Sink {
  readonly description: string;
  readonly sinkClass = "staged";
  readonly guarantee = "exactly once";
  readonly outputModes = ["append"] as const;
  readonly #format: "json" | "csv";
  readonly #folder: string;
  readonly #options: Readonly<Record<string, string>>;
  readonly #files: Files;
  readonly #random: Random;
  #manifest: Manifest | undefined;
  #encoder: RowEncoder | undefined;
  #epoch = 0;

  constructor(format: "json" | "csv", folder: string, options: Readonly<Record<string, string>>, environment: ConnectorEnvironment) {
    this.description = `FileSink[file:${folder}]`;
    this.#format = format;
    this.#folder = folder;
    this.#options = options;
    this.#files = environment.files;
    this.#random = environment.random;
  }

  async open(context: SinkContext): Promise<void> {
    makeFolders(this.#files, this.#folder);
    this.#manifest = new Manifest(this.#files, this.#folder, context.queryId, this.#random);
    this.#encoder = encoderOf(this.#format, context.schema, this.#options, context.timeZone);
    this.#epoch = context.epoch;
  }

  begin(batchId: number): SinkBatch {
    const files = this.#files, folder = this.#folder, encoder = this.#encoder!, name = stagedName("part", batchId, this.#epoch, this.#random.uuid(), `.${this.#format}`);
    let writer: StagedFileWriter | undefined;
    return {
      write(batch) {
        if (batch.count === 0) return;
        if (writer === undefined) {
          writer = new StagedFileWriter(files, folder, name);
          writer.write(encoder.header());
        }
        writer.write(encoder.encode(batch));
        writer.rows += batch.count;
      },
      async prepare() {
        if (writer === undefined) return [];
        const file = await writer.finish();
        await files.syncFolderAsync(folder);
        return [file];
      },
      async abort() { writer?.abort(); },
    };
  }

  async publish(batchId: number, files: readonly StagedFile[]): Promise<void> {
    this.#manifest!.publish(batchId, this.#epoch, files);
    if (this.#epoch > 1 && !this.#swept) this.#sweep(files);
  }
  #swept = false;

  /** Once a run, behind its first batch: removes what earlier runs staged and never published. */
  #sweep(pending: readonly StagedFile[]): void {
    this.#swept = true;
    this.#manifest!.removeLitter();
    for (const name of stagedOrphans(this.#files.list(this.#folder), readManifest(this.#files, this.#folder), pending, this.#epoch)) this.#files.unlink(`${this.#folder}/${name}`);
  }

  async stop(): Promise<void> { /* nothing is open between batches */ }
}
