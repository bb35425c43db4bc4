/** The engines that run the queries, each as a program of one process, and what is missing where one can't be had. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { buildSync } from "esbuild";
import { benchRoot, flinkClassPath, java, javaMissing, openModules, packageVersion, sparkClassPath } from "../java.ts";
import type { Command } from "../measure.ts";
import { DELAY, DDL, SIDE_DDL } from "./views.ts";
import { REFUSED, type NexmarkQuery } from "./queries.ts";
import type { RunTask } from "./run.ts";

export interface NexmarkEngine {
  readonly key: string;
  readonly title: string;
  readonly missing: string | undefined;
  /** Undefined: the engine has no text of this query. */
  command(query: NexmarkQuery, task: RunTask): Command | undefined;
}

const OUR_FOLDER = join(benchRoot, "build", "bench");

/** Bundles the program with the engine, as the package is bundled: a program starts fast from few files. */
export function bundleOurs(): string {
  buildSync({
    entryPoints: { run: join(benchRoot, "bench/nexmark/run.ts"), steady: join(benchRoot, "bench/steady-run.ts") }, outdir: OUR_FOLDER, outExtension: { ".js": ".mjs" },
    bundle: true, packages: "external", splitting: true, format: "esm", platform: "node", target: "node22", chunkNames: "chunks/[name]-[hash]", logLevel: "warning",
    alias: { "millrace/functions": join(benchRoot, "src/functions.ts"), millrace: join(benchRoot, "src/index.ts") },
  });
  return OUR_FOLDER;
}

export function engines(): readonly NexmarkEngine[] {
  return [ours("columns", "Millrace, columns made in the process"), ours("files", "Millrace, NDJSON"), spark("memory"), spark("rocksdb"), flink()];
}

function ours(source: "files" | "columns", title: string): NexmarkEngine {
  return {
    key: source === "files" ? "millrace" : "millrace-columns", title, missing: undefined,
    command: (query, task) => ({ program: process.execPath, args: [join(OUR_FOLDER, "run.mjs"), JSON.stringify({ ...task, query: query.name, source } satisfies RunTask)] }),
  };
}

/** Reads Parquet, which `prepareParquet` makes. */
function spark(store: "memory" | "rocksdb"): NexmarkEngine {
  const classPath = sparkClassPath();
  return {
    key: `spark-${store}`, title: `Spark ${packageVersion("pyspark")}, Parquet, state in ${store === "memory" ? "memory" : "RocksDB"}`,
    missing: classPath === undefined ? "run bench/peers/setup.sh" : javaMissing("SparkNexmark", classPath),
    command: (query, task) => sparkCommand(task.scratch, {
      program: "run", folder: join(task.folder, "parquet"), scratch: task.scratch, store, sql: query.sql, outputMode: query.outputMode ?? "append", times: task.times,
      filesPerTrigger: Math.max(1, Math.round(task.eventsPerBatch / task.eventsPerFile)), glob: query.closes === true ? "*.parquet" : "part-*.parquet",
    }),
  };
}

type SparkTask = { readonly program: "run" | "prepare" | "refused"; readonly [name: string]: string | number };

export function sparkCommand(scratch: string, task: SparkTask): Command {
  const options = { ...DDL, side_input: SIDE_DDL, delay: DELAY, ...task };
  return {
    program: java("java"),
    args: ["-Xmx3g", "-XX:+IgnoreUnrecognizedVMOptions", ...openModules, "-Djdk.reflect.useDirectMethodHandle=false", `-Djava.io.tmpdir=${scratch}`, `-Dspark.local.dir=${scratch}`,
      "-cp", sparkClassPath()!, "SparkNexmark", ...Object.entries(options).map(([name, value]) => `${name}=${value}`)],
  };
}

/** The files of the folder as Parquet, one for one, with the same times. */
export function prepareParquet(folder: string, scratch: string): Command | undefined {
  const classPath = sparkClassPath();
  if (classPath === undefined || existsSync(join(folder, "parquet", ".made")) || javaMissing("SparkNexmark", classPath) !== undefined) return undefined;
  return sparkCommand(scratch, { program: "prepare", folder, scratch });
}

/** Says which condition refuses each original of the queries that were rewritten. */
export const sparkRefusals = (folder: string, scratch: string): Command =>
  sparkCommand(scratch, { program: "refused", folder: join(folder, "parquet"), scratch, ...Object.fromEntries(REFUSED.map(({ name, sql }) => [`query:${name}`, sql])) });

/** Reads one NDJSON file a kind; its streams end, which closes all windows. */
function flink(): NexmarkEngine {
  const classPath = flinkClassPath();
  return {
    key: "flink", title: `Flink ${packageVersion("apache_flink_libraries")}, NDJSON, state on the heap`, missing: classPath === undefined ? "run bench/peers/setup.sh" : javaMissing("FlinkNexmark", classPath),
    command: (query, task) => query.flink === undefined ? undefined : {
      program: java("java"),
      args: ["-Xmx3g", "--add-opens", "java.base/java.util=ALL-UNNAMED", "--add-opens", "java.base/java.lang=ALL-UNNAMED", `-Djava.io.tmpdir=${task.scratch}`,
        "-cp", classPath!, "FlinkNexmark", `folder=${join(task.folder, "whole")}`, `side=${join(task.folder, "side")}`, `scratch=${task.scratch}`, `times=${task.times}`, `sql=${query.flink}`],
    },
  };
}
