// Puts the real services that test/services talks to where it finds them: a Kafka broker (jars from Maven) and PostgreSQL.
// What can't be had ends with an error: the tests then fail, they are not left out.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const say = text => process.stderr.write(`services: ${text}\n`);
const has = command => spawnSync("sh", ["-c", `command -v ${command}`]).status === 0;
const isRoot = process.getuid?.() === 0;

/** Outside the project, so that a fresh clone needn't fetch them again. */
export const cache = process.env.MILLRACE_SERVICES ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "millrace-services");
const KAFKA = "4.4.0";
export const kafkaJars = join(cache, `kafka-${KAFKA}`);

function apt(...packages) {
  if (!isRoot || !has("apt-get")) throw new Error(`${packages.join(", ")} is missing: install it with the system's packages`);
  say(`apt-get install ${packages.join(" ")}`);
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  if (spawnSync("apt-get", ["install", "-y", "-qq", ...packages], { stdio: ["ignore", 2, 2], env }).status === 0) return;
  execFileSync("apt-get", ["update", "-qq"], { stdio: ["ignore", 2, 2], env });
  execFileSync("apt-get", ["install", "-y", "-qq", ...packages], { stdio: ["ignore", 2, 2], env });
}

export function installKafka() {
  if (!has("java")) apt("openjdk-17-jre-headless");
  if (existsSync(join(kafkaJars, "complete"))) return;
  if (!has("mvn")) apt("maven");
  say(`Kafka ${KAFKA}`);
  const part = `${kafkaJars}.part-${process.pid}`;
  mkdirSync(part, { recursive: true });
  // The tools' API is in no repository, and a broker needs none of it.
  writeFileSync(join(part, "pom.xml"), `<project><modelVersion>4.0.0</modelVersion><groupId>millrace</groupId><artifactId>broker</artifactId><version>1</version><dependencies>
<dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>${KAFKA}</version><exclusions><exclusion><groupId>org.apache.kafka</groupId><artifactId>kafka-tools-api</artifactId></exclusion></exclusions></dependency>
<dependency><groupId>org.apache.logging.log4j</groupId><artifactId>log4j-slf4j-impl</artifactId><version>2.25.5</version></dependency>
</dependencies></project>`);
  execFileSync("mvn", ["-B", "-ntp", "-q", "dependency:copy-dependencies", "-DincludeScope=runtime", "-DoutputDirectory=libs"], { cwd: part, stdio: ["ignore", 2, 2] });
  writeFileSync(join(part, "complete"), "");
  rmSync(kafkaJars, { recursive: true, force: true });
  renameSync(part, kafkaJars);
}

const REGISTRY = "2.6.13.Final";
export const registryFolder = join(cache, `apicurio-registry-${REGISTRY}`);
export const registryJar = join(registryFolder, `apicurio-registry-app-${REGISTRY}-runner.jar`);

/** A schema registry that answers as Confluent's does. */
export function installRegistry() {
  if (!has("java")) apt("openjdk-17-jre-headless");
  if (existsSync(registryJar)) return;
  if (!has("mvn")) apt("maven");
  say(`Apicurio Registry ${REGISTRY}`);
  const part = `${registryFolder}.part-${process.pid}`;
  mkdirSync(part, { recursive: true });
  execFileSync("mvn", ["-B", "-ntp", "-q", "dependency:copy", `-Dartifact=io.apicurio:apicurio-registry-app:${REGISTRY}:tar.gz:all`, `-DoutputDirectory=${part}`], { cwd: part, stdio: ["ignore", 2, 2] });
  execFileSync("tar", ["xzf", join(part, `apicurio-registry-app-${REGISTRY}-all.tar.gz`), "-C", part]);
  rmSync(join(part, `apicurio-registry-app-${REGISTRY}-all.tar.gz`));
  rmSync(registryFolder, { recursive: true, force: true });
  renameSync(part, registryFolder);
}

/** For programs of tests that are written in Java. */
export function installJavaCompiler() {
  if (!has("javac")) apt("openjdk-17-jdk-headless");
}

/** The folder of PostgreSQL's programs, those of the newest version that is there. */
export function postgresPrograms() {
  const versions = "/usr/lib/postgresql";
  const found = existsSync(versions) ? readdirSync(versions).filter(name => existsSync(join(versions, name, "bin/initdb"))).sort((a, b) => Number(b) - Number(a)) : [];
  if (found.length > 0) return join(versions, found[0], "bin");
  const initdb = spawnSync("sh", ["-c", "command -v initdb"], { encoding: "utf8" }).stdout.trim();
  return initdb === "" ? undefined : dirname(initdb);
}

export function installPostgres() {
  if (postgresPrograms() === undefined) apt("postgresql");
  if (postgresPrograms() === undefined) throw new Error("PostgreSQL is not to be had");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.chdir(root);
  installKafka();
  installJavaCompiler();
  installPostgres();
}
