/** Writes the rows of a bounded query: into a folder, where files appear under their names only when all of them are whole, or into a sink. */
import { basename, dirname } from "node:path";
import { AnalysisError, unsupported } from "../../base/errors.ts";
import { makeFolders, removeTree, type Files } from "../../base/files.ts";
import type { Batch } from "../../columns/batch.ts";
import { batchesOf } from "../../columns/row-batches.ts";
import { FileSetWriter, planFileSet } from "../../connectors/files/file-set-writer.ts";
import { writableFormat } from "../../connectors/files/file-sink.ts";
import { cleanPath, isHidden } from "../../connectors/files/listing.ts";
import { openSink } from "../../connectors/registry.ts";
import { invalidOption, optionOf } from "../../formats/options.ts";
import { withFileSettings } from "../../connectors/files/file-settings.ts";
import { FILE_FORMAT_NAMES } from "../../formats/registry.ts";
import { Arena } from "../../memory/arena.ts";
import { hasManifest } from "../../storage/manifest.ts";
import { StagedFileWriter } from "../../storage/staged-file.ts";
import type { BatchWrite } from "../engine.ts";
import type { LocalEngine } from "./local-engine.ts";

export async function writeBatch(engine: LocalEngine, write: BatchWrite, signal: AbortSignal | undefined): Promise<void> {
  const { format } = write, { files, random, clock } = engine.world;
  if (format === "noop") {
    await (await engine.prepareBatch(write.plan)).run({ push: () => true, finish() { /* nothing is held */ } }, signal);
    return;
  }
  if (!FILE_FORMAT_NAMES.includes(format.toLowerCase())) return await writeToSink(engine, write, signal);
  const options = withFileSettings(write.options, format, name => engine.setting(name), "write"), fileFormat = await writableFormat(format, options);
  if (write.path === undefined) throw new AnalysisError({ condition: "MILLRACE_INVALID_OPTION", sqlState: "22023", message: `Writing ${format} needs a path.`, messageParameters: { option: "path" } });
  const folder = cleanPath(write.path), exists = files.status(folder) !== undefined && files.list(folder).length > 0;
  if (exists && write.mode === "ignore") return;
  if (exists && write.mode === "error") throw new AnalysisError({
    condition: "PATH_ALREADY_EXISTS", sqlState: "42K04", message: `Path file:${folder} already exists. Set mode as "overwrite" to overwrite the existing path.`, messageParameters: { outputPath: `file:${folder}` },
  });
  if (hasManifest(files, folder)) throw new AnalysisError({
    condition: "MILLRACE_SINK_CONFLICT", sqlState: "40003", message: `A streaming query writes into ${folder}: what else is put there would not be read.`, messageParameters: { folder }, hint: "write to another folder",
  });
  const query = await engine.prepareBatch(write.plan), nowMicros = (): bigint => BigInt(Math.round(clock.nowMicros()));
  const plan = await planFileSet(fileFormat, query.schema, write.partitionBy, { options, timeZone: engine.sqlSettings.timeZone, nowMicros });
  const isDynamic = write.mode === "overwrite" && write.partitionBy.length > 0 && overwriteMode(options, engine) === "dynamic";
  const staging = `${folder}/_temporary-${random.uuid()}`, unique = random.uuid();
  makeFolders(files, staging);
  try {
    let count = 0;
    const writer = new FileSetWriter(files, staging, plan, () => `part-${String(count++).padStart(5, "0")}-${unique}${plan.ending}`);
    try {
      await query.run({ push(batch) { writer.write(batch); return true; }, finish() { /* the writer is finished when the query is */ } }, signal);
    } catch (error) {
      await writer.abort();
      throw error;
    }
    if (write.partitionBy.length === 0) writer.openEmpty();
    const written = await writer.finish(), targets = [...new Set(written.map(file => dirname(file.path)))];
    const { locations = {} } = write, placeOf = (target: string): string => locations[target] ?? (target === "." ? folder : `${folder}/${target}`);
    // What is to go is known before anything comes; it goes last, so that a crash loses nothing.
    const old = write.mode !== "overwrite" ? [] : isDynamic ? targets.flatMap(target => dataIn(files, placeOf(target))) : [folder, ...Object.values(locations)].flatMap(one => dataIn(files, one));
    const pathOf = (path: string): string => `${placeOf(dirname(path))}/${basename(path)}`;
    for (const target of targets) if (target !== ".") makeFolders(files, placeOf(target));
    for (const { path } of written) files.rename(`${staging}/${path}`, pathOf(path));
    for (const target of targets) files.syncFolder(placeOf(target));
    const kept = new Set(written.map(file => pathOf(file.path)));
    for (const path of old) removeOld(files, path, kept);
    const success = new StagedFileWriter(files, staging, "_SUCCESS");
    await success.finish();
    if (files.status(`${folder}/_SUCCESS`) === undefined) files.rename(`${staging}/_SUCCESS`, `${folder}/_SUCCESS`);
    files.syncFolder(folder);
  } finally {
    removeTree(files, staging);
  }
}

/** @throws AnalysisError MILLRACE_INVALID_OPTION */
function overwriteMode(options: Readonly<Record<string, string>>, engine: LocalEngine): "static" | "dynamic" {
  const given = optionOf(options, "partitionOverwriteMode") ?? engine.sqlSettings.conf.get("spark.sql.sources.partitionOverwriteMode") ?? "static", mode = given.toLowerCase();
  if (mode !== "static" && mode !== "dynamic") throw invalidOption("partitionOverwriteMode", given, "static or dynamic");
  return mode;
}

async function writeToSink(engine: LocalEngine, { plan, format, path, mode, options, partitionBy }: BatchWrite, signal: AbortSignal | undefined): Promise<void> {
  const { description, batch: target } = await openSink(format, { path, options, partitionBy }, engine.environment);
  if (target === undefined) throw unsupported(`Writing a batch query to ${format}`, "collect() the rows, or write a stream");
  if (!target.saveModes.includes(mode)) throw new AnalysisError({
    condition: "MILLRACE_SAVE_MODE", sqlState: "0A000", message: `Save mode ${mode} is not allowed for ${description}. Allowed are ${target.saveModes.join(" and ")}.`, messageParameters: { mode, sink: description },
  });
  const { schema, batches } = await engine.execute(plan, { signal }), arena = new Arena();
  try {
    await target.write(schema, columnsOf(), mode);
  } finally {
    arena.release();
  }
  async function* columnsOf(): AsyncGenerator<Batch> {
    for await (const rows of batches) {
      for (const batch of batchesOf(schema, rows, arena)) {
        yield batch;
        arena.reset();
      }
    }
  }
}

/** What stands in a folder and is data. */
function dataIn(files: Files, folder: string): string[] {
  return files.status(folder) === undefined ? [] : files.list(folder).filter(name => !isHidden(name)).map(name => `${folder}/${name}`);
}

/** Removes a file, or all of a folder but what was just written into it. */
function removeOld(files: Files, path: string, kept: ReadonlySet<string>): void {
  if (files.status(path)?.isFolder !== true) {
    if (!kept.has(path)) files.unlink(path);
    return;
  }
  for (const name of files.list(path)) removeOld(files, `${path}/${name}`, kept);
  if (files.list(path).length === 0) files.removeFolder(path);
}
