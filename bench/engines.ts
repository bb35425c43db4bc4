/** The engines that count bids, each as a program over the same folder, and what is missing where one can't be had. */
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { benchRoot, flinkClassPath, java, javaMissing, openModules, packageVersion, sitePackage, sparkClassPath, venv } from "./java.ts";
import type { Command } from "./measure.ts";
import type { InstalledPackage } from "./package.ts";

export interface Task {
  readonly folder: string;
  /** Windows that end here or before are closed by the watermark at the end of the input, in milliseconds. */
  readonly closedBefore: number;
  /** Scratch space that is removed after the run. */
  readonly scratch: string;
}

export interface Engine {
  readonly key: string;
  readonly title: string;
  /** Undefined when it can run, else why it can't. */
  readonly missing: string | undefined;
  command(task: Task): Command;
}

const SETUP = "run bench/peers/setup.sh";

export function engines(installed: InstalledPackage): readonly Engine[] {
  return [
    {
      key: "millrace", title: "Millrace, stream with a checkpoint", missing: undefined,
      command: ({ folder }) => ({ program: process.execPath, args: [installed.script("bids-stream"), folder] }),
    },
    {
      key: "json", title: "JSON.parse and a Map, batch", missing: undefined,
      command: ({ folder, closedBefore }) => ({ program: process.execPath, args: [installed.script("peers/json-loop"), folder, String(closedBefore)] }),
    },
    {
      key: "duckdb", title: `DuckDB ${packageVersion("duckdb")}, batch`, missing: sitePackage("duckdb") === undefined ? `the Python package duckdb: ${SETUP}` : undefined,
      command: ({ folder, closedBefore }) => ({ program: join(venv, "bin", "python"), args: [join(benchRoot, "bench", "peers", "duckdb_bids.py"), folder, String(closedBefore)] }),
    },
    spark(), flink(),
  ];
}

function spark(): Engine {
  const classPath = sparkClassPath();
  return {
    key: "spark", title: `Spark ${packageVersion("pyspark")}, stream with a checkpoint`, missing: classPath === undefined ? `the jars of pyspark: ${SETUP}` : javaMissing("SparkBids", classPath),
    command: ({ folder, scratch }) => ({
      program: java("java"),
      args: ["-Xmx2g", "-XX:+IgnoreUnrecognizedVMOptions", ...openModules, "-Djdk.reflect.useDirectMethodHandle=false", `-Djava.io.tmpdir=${scratch}`, `-Dspark.local.dir=${scratch}`, "-cp", classPath!, "SparkBids", folder, join(scratch, "checkpoint")],
    }),
  };
}

function flink(): Engine {
  const classPath = flinkClassPath();
  return {
    key: "flink", title: `Flink ${packageVersion("apache_flink_libraries")}, stream with a checkpoint`, missing: classPath === undefined ? `the jars of apache-flink-libraries: ${SETUP}` : javaMissing("FlinkBids", classPath),
    command: ({ folder, closedBefore, scratch }) => ({
      program: java("java"),
      args: ["-Xmx2g", "--add-opens", "java.base/java.util=ALL-UNNAMED", "--add-opens", "java.base/java.lang=ALL-UNNAMED", `-Djava.io.tmpdir=${scratch}`, "-cp", classPath!, "FlinkBids", folder, join(scratch, "checkpoint"), String(closedBefore)],
    }),
  };
}

/** Calls `run` with a scratch folder and removes it. */
export async function withScratch<T>(parent: string, run: (scratch: string) => Promise<T>): Promise<T> {
  const scratch = mkdtempSync(join(parent, "run-"));
  try { return await run(scratch); } finally { rmSync(scratch, { recursive: true, force: true }); }
}
