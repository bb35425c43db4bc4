/** Writes the rows of a bounded query: into a folder, where files appear under their names only when all of them are whole, or into a sink. */
import { AnalysisError, unsupported } from "../../base/errors.ts";
import { makeFolders, removeTree, type Files } from "../../base/files.ts";
import type { Batch } from "../../columns/batch.ts";
import { batchesOf } from "../../columns/row-batches.ts";
import { writableFormat } from "../../connectors/files/file-sink.ts";
import { cleanPath, isHidden } from "../../connectors/files/listing.ts";
import { openSink } from "../../connectors/registry.ts";
import { FILE_FORMAT_NAMES } from "../../formats/registry.ts";
import { Arena } from "../../memory/arena.ts";
import { hasManifest } from "../../storage/manifest.ts";
import { StagedFileWriter } from "../../storage/staged-file.ts";
import type { BatchWrite } from "../engine.ts";
import type { LocalEngine } from "./local-engine.ts";

export async function writeBatch(engine: LocalEngine, write: BatchWrite, signal: AbortSignal | undefined): Promise<void> {
  const { format, options } = write, { files, random, clock } = engine.world;
  if (write.partitionBy.length > 0) throw unsupported("partitionBy()");
  if (format === "noop") {
    for await (const rows of (await engine.executeNow(write.plan, { signal })).batches) void rows;
    return;
  }
  if (!FILE_FORMAT_NAMES.includes(format)) return await writeToSink(engine, write, signal);
  const fileFormat = await writableFormat(format, options);
  if (write.path === undefined) throw new AnalysisError({ condition: "MILLRACE_INVALID_OPTION", sqlState: "22023", message: `Writing ${format} needs a path.`, messageParameters: { option: "path" } });
  const folder = cleanPath(write.path), exists = files.status(folder) !== undefined && files.list(folder).length > 0;
  if (exists && write.mode === "ignore") return;
  if (exists && write.mode === "error") throw new AnalysisError({
    condition: "PATH_ALREADY_EXISTS", sqlState: "42K04", message: `Path file:${folder} already exists. Set mode as "overwrite" to overwrite the existing path.`, messageParameters: { outputPath: `file:${folder}` },
  });
  if (hasManifest(files, folder)) throw new AnalysisError({
    condition: "MILLRACE_SINK_CONFLICT", sqlState: "40003", message: `A streaming query writes into ${folder}: what else is put there would not be read.`, messageParameters: { folder }, hint: "write to another folder",
  });
  const result = await engine.executeNow(write.plan, { signal });
  const writing = await fileFormat.writing(result.schema, { options, timeZone: engine.sqlSettings.timeZone, nowMicros: () => BigInt(Math.round(clock.nowMicros())) });
  const staging = `${folder}/_temporary-${random.uuid()}`, name = `part-00000-${random.uuid()}${writing.ending}`;
  makeFolders(files, staging);
  try {
    const file = new StagedFileWriter(files, staging, name), arena = new Arena(), writer = writing.open();
    const put = (chunks: readonly Uint8Array[]): void => { for (const chunk of chunks) file.write(chunk); };
    put(writer.open());
    for await (const rows of result.batches) {
      for (const batch of batchesOf(result.schema, rows, arena)) {
        put(writer.write(batch));
        arena.reset();
      }
    }
    arena.release();
    put(writer.finish());
    await file.finish();
    if (write.mode === "overwrite") clear(files, folder);
    files.rename(`${staging}/${name}`, `${folder}/${name}`);
    const success = new StagedFileWriter(files, staging, "_SUCCESS");
    await success.finish();
    if (files.status(`${folder}/_SUCCESS`) === undefined) files.rename(`${staging}/_SUCCESS`, `${folder}/_SUCCESS`);
    files.syncFolder(folder);
  } finally {
    removeTree(files, staging);
  }
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

/** Removes the data of a folder, not what is hidden in it. */
function clear(files: Files, folder: string): void {
  for (const name of files.list(folder)) if (!isHidden(name)) removeTree(files, `${folder}/${name}`);
}
