/**
 * Files in a folder, exactly once for readers of its manifest: a batch's file is durable before the batch is decided,
 * and visible when the manifest's entry is linked. What a run that died left behind is never read, and removed later.
 */
import { AnalysisError, unsupported } from "../../base/errors.ts";
import type { Clock, Random } from "../../base/clock.ts";
import { makeFolders, type Files } from "../../base/files.ts";
import type { FileFormat } from "../../formats/file-format.ts";
import type { FormatOptions } from "../../formats/options.ts";
import { fileFormat } from "../../formats/registry.ts";
import type { Sink, SinkBatch, SinkContext, StagedFile } from "../../io/sink.ts";
import { Manifest, readManifest, stagedName, stagedOrphans } from "../../storage/manifest.ts";
import type { ConnectorEnvironment } from "../environment.ts";
import { compressionOf } from "./compression.ts";
import { withFileSettings } from "./file-settings.ts";
import { FileSetWriter, planFileSet, type FileSetPlan } from "./file-set-writer.ts";
import { cleanPath } from "./listing.ts";
import { isPartitionFolder } from "./partition-names.ts";

export interface FileSinkTarget { readonly path: string | undefined; readonly options: Readonly<Record<string, string>>; readonly partitionBy: readonly string[] }

export async function fileSink(formatName: string, target: FileSinkTarget, environment: ConnectorEnvironment): Promise<Sink> {
  if (target.path === undefined) throw new AnalysisError({ condition: "MILLRACE_INVALID_OPTION", sqlState: "22023", message: `Writing ${formatName} needs a path.`, messageParameters: { option: "path" }, hint: "write .option(\"path\", folder), or --path on the command line" });
  const options = withFileSettings(target.options, formatName, environment.setting, "write"), format = await writableFormat(formatName, options);
  return new FileSink(format, cleanPath(target.path), { ...target, options }, environment);
}

/** @throws UnsupportedError for a format that is only read */
export async function writableFormat(name: string, options: FormatOptions): Promise<WritableFormat> {
  const format = (await fileFormat(name))!;
  if (format.writing === undefined) throw unsupported(`Writing ${name}`);
  if (format.kind === "stream of bytes") compressionOf(options);
  return format as WritableFormat;
}
export type WritableFormat = FileFormat & Required<Pick<FileFormat, "writing">>;

class FileSink implements Sink {
  readonly description: string;
  readonly sinkClass = "staged";
  readonly guarantee = "exactly once";
  readonly outputModes = ["append"] as const;
  readonly #format: WritableFormat;
  readonly #folder: string;
  readonly #options: Readonly<Record<string, string>>;
  readonly #partitionBy: readonly string[];
  readonly #files: Files;
  readonly #clock: Clock;
  readonly #random: Random;
  #manifest: Manifest | undefined;
  #plan: FileSetPlan | undefined;
  #epoch = 0;

  constructor(format: WritableFormat, folder: string, { options, partitionBy }: FileSinkTarget, environment: ConnectorEnvironment) {
    this.description = `FileSink[file:${folder}]`;
    this.#format = format;
    this.#folder = folder;
    this.#options = options;
    this.#partitionBy = partitionBy;
    this.#files = environment.files;
    this.#random = environment.random;
    this.#clock = environment.clock;
  }

  async open(context: SinkContext): Promise<void> {
    this.#plan = await planFileSet(this.#format, context.schema, this.#partitionBy, { options: this.#options, timeZone: context.timeZone, nowMicros: () => BigInt(Math.round(this.#clock.nowMicros())) });
    makeFolders(this.#files, this.#folder);
    this.#manifest = new Manifest(this.#files, this.#folder, context.queryId, this.#random);
    this.#epoch = context.epoch;
  }

  begin(batchId: number): SinkBatch {
    const plan = this.#plan!, writer = new FileSetWriter(this.#files, this.#folder, plan, () => stagedName("part", batchId, this.#epoch, this.#random.uuid(), plan.ending));
    return { write: batch => writer.write(batch), prepare: () => writer.finish(), abort: () => writer.abort() };
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
    for (const name of stagedOrphans(namesBelow(this.#files, this.#folder), readManifest(this.#files, this.#folder), pending, this.#epoch)) this.#files.unlink(`${this.#folder}/${name}`);
  }

  async stop(): Promise<void> { /* nothing is open between batches */ }
}

/** Paths of files in a folder and its partitions, relative to it. */
function namesBelow(files: Files, folder: string, prefix = ""): string[] {
  return files.list(folder).flatMap(name => {
    if (!isPartitionFolder(name)) return [`${prefix}${name}`];
    return files.status(`${folder}/${name}`)?.isFolder === true ? namesBelow(files, `${folder}/${name}`, `${prefix}${name}/`) : [`${prefix}${name}`];
  });
}
