/** What the peers written in Java and Python need: where they are installed, and their programs compiled. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const benchRoot = dirname(dirname(fileURLToPath(import.meta.url)));
export const venv = join(benchRoot, "data", "bench-venv");
export const classesFolder = join(benchRoot, "data", "bench-classes");
/** What Spark needs of a JDK from 17 on. */
export const openModules: readonly string[] = ["java.lang", "java.lang.invoke", "java.lang.reflect", "java.io", "java.net", "java.nio", "java.util", "java.util.concurrent", "java.util.concurrent.atomic", "jdk.internal.ref", "sun.nio.ch", "sun.nio.cs", "sun.security.action", "sun.util.calendar"]
  .flatMap(name => ["--add-opens", `java.base/${name}=ALL-UNNAMED`]);

/** Undefined where the jars are not installed. */
export const sparkClassPath = (): string | undefined => classPathOf("pyspark/jars");
export const flinkClassPath = (): string | undefined => classPathOf("pyflink/lib");

function classPathOf(path: string): string | undefined {
  const jars = sitePackage(path);
  return jars === undefined ? undefined : `${classesFolder}:${jars}/*`;
}

/** Compiles the program if its source is newer; says what is missing. */
export function javaMissing(name: string, classPath: string): string | undefined {
  const source = join(benchRoot, "bench", "peers", `${name}.java`), compiled = join(classesFolder, `${name}.class`);
  if (spawnSync(java("java"), ["-version"]).status !== 0) return "no java 17";
  if (existsSync(compiled) && statSync(compiled).mtimeMs > statSync(source).mtimeMs) return undefined;
  mkdirSync(classesFolder, { recursive: true });
  const { status, stderr } = spawnSync(java("javac"), ["-nowarn", "--release", "17", "-cp", classPath, "-d", classesFolder, source], { encoding: "utf8" });
  return status === 0 ? undefined : `javac: ${(stderr ?? "not there").trim().split("\n")[0]}`;
}

export const java = (tool: string): string => process.env["JAVA_HOME"] === undefined ? tool : join(process.env["JAVA_HOME"], "bin", tool);

/** A file or folder among the installed Python packages. */
export function sitePackage(path: string): string | undefined {
  const lib = join(venv, "lib");
  if (!existsSync(lib)) return undefined;
  return readdirSync(lib).map(python => join(lib, python, "site-packages", path)).find(existsSync);
}

/** Of a Python package that is there. */
export function packageVersion(name: string): string {
  const packages = sitePackage(".");
  return packages === undefined ? "" : readdirSync(packages).map(entry => new RegExp(`^${name}-(.*)\\.dist-info$`).exec(entry)?.[1]).find(found => found !== undefined) ?? "";
}
