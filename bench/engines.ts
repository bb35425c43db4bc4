/** The engines that count bids, each as a program over the same folder, and what is missing where one can't be had. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
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

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const venv = join(root, "data", "bench-venv"), classes = join(root, "data", "bench-classes");
const SETUP = "run bench/peers/setup.sh";
/** What Spark needs of a JDK from 17 on. */
const OPEN_MODULES = ["java.lang", "java.lang.invoke", "java.lang.reflect", "java.io", "java.net", "java.nio", "java.util", "java.util.concurrent", "java.util.concurrent.atomic", "jdk.internal.ref", "sun.nio.ch", "sun.nio.cs", "sun.security.action", "sun.util.calendar"]
  .flatMap(name => ["--add-opens", `java.base/${name}=ALL-UNNAMED`]);

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
      key: "duckdb", title: `DuckDB ${version("duckdb")}, batch`, missing: sitePackage("duckdb") === undefined ? `the Python package duckdb: ${SETUP}` : undefined,
      command: ({ folder, closedBefore }) => ({ program: join(venv, "bin", "python"), args: [join(root, "bench", "peers", "duckdb_bids.py"), folder, String(closedBefore)] }),
    },
    spark(), flink(),
  ];
}

function spark(): Engine {
  const jars = sitePackage("pyspark/jars"), classPath = `${classes}:${jars}/*`;
  return {
    key: "spark", title: `Spark ${version("pyspark")}, stream with a checkpoint`, missing: jars === undefined ? `the jars of pyspark: ${SETUP}` : javaMissing("SparkBids", classPath),
    command: ({ folder, scratch }) => ({
      program: java("java"),
      args: ["-Xmx2g", "-XX:+IgnoreUnrecognizedVMOptions", ...OPEN_MODULES, "-Djdk.reflect.useDirectMethodHandle=false", `-Djava.io.tmpdir=${scratch}`, `-Dspark.local.dir=${scratch}`, "-cp", classPath, "SparkBids", folder, join(scratch, "checkpoint")],
    }),
  };
}

function flink(): Engine {
  const jars = sitePackage("pyflink/lib"), classPath = `${classes}:${jars}/*`;
  return {
    key: "flink", title: `Flink ${version("apache_flink_libraries")}, stream with a checkpoint`, missing: jars === undefined ? `the jars of apache-flink-libraries: ${SETUP}` : javaMissing("FlinkBids", classPath),
    command: ({ folder, closedBefore, scratch }) => ({
      program: java("java"),
      args: ["-Xmx2g", "--add-opens", "java.base/java.util=ALL-UNNAMED", "--add-opens", "java.base/java.lang=ALL-UNNAMED", `-Djava.io.tmpdir=${scratch}`, "-cp", classPath, "FlinkBids", folder, join(scratch, "checkpoint"), String(closedBefore)],
    }),
  };
}

/** Compiles the program if its source is newer; says what is missing. */
function javaMissing(name: string, classPath: string): string | undefined {
  const source = join(root, "bench", "peers", `${name}.java`), compiled = join(classes, `${name}.class`);
  if (spawnSync(java("java"), ["-version"]).status !== 0) return "no java 17";
  if (existsSync(compiled) && statSync(compiled).mtimeMs > statSync(source).mtimeMs) return undefined;
  mkdirSync(classes, { recursive: true });
  const { status, stderr } = spawnSync(java("javac"), ["-nowarn", "--release", "17", "-cp", classPath, "-d", classes, source], { encoding: "utf8" });
  return status === 0 ? undefined : `javac: ${(stderr ?? "not there").trim().split("\n")[0]}`;
}

const java = (tool: string): string => process.env["JAVA_HOME"] === undefined ? tool : join(process.env["JAVA_HOME"], "bin", tool);

function sitePackage(path: string): string | undefined {
  const lib = join(venv, "lib");
  if (!existsSync(lib)) return undefined;
  return readdirSync(lib).map(python => join(lib, python, "site-packages", path)).find(existsSync);
}

/** Of a Python package that is there. */
function version(name: string): string {
  const packages = sitePackage(".");
  return packages === undefined ? "" : readdirSync(packages).map(entry => new RegExp(`^${name}-(.*)\\.dist-info$`).exec(entry)?.[1]).find(found => found !== undefined) ?? "";
}

/** Calls `run` with a scratch folder and removes it. */
export async function withScratch<T>(parent: string, run: (scratch: string) => Promise<T>): Promise<T> {
  const scratch = mkdtempSync(join(parent, "run-"));
  try { return await run(scratch); } finally { rmSync(scratch, { recursive: true, force: true }); }
}
