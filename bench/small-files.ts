/**
 * Many small files: `node --conditions=millrace-source bench/small-files.ts [--files N] [--rows N] [--passes N]`. The same rows in N files of CSV, of JSON and
 * of Parquet, read and grouped by Millrace, with the schema given and inferred, and by DuckDB on one thread where bench/peers/setup.sh put it; thousands of files a
 * CPU-second, the median of some passes after a first.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { session } from "../src/index.ts";
import { benchRoot, packageVersion, sitePackage, venv } from "./java.ts";
import { median } from "./measure.ts";

const { values } = parseArgs({ options: { files: { type: "string", default: "10000" }, rows: { type: "string", default: "20" }, passes: { type: "string", default: "3" } } });
const files = Number(values.files), rows = Number(values.rows), passes = Number(values.passes), root = join(benchRoot, "data", `small-${files}x${rows}`);
const SCHEMA = "id BIGINT, k STRING, v DOUBLE";
await using mill = session();

if (!existsSync(join(root, "done"))) {
  rmSync(root, { recursive: true, force: true });
  for (const format of ["csv", "json"]) mkdirSync(join(root, format), { recursive: true });
  for (let file = 0; file < files; file++) {
    const ids = Array.from({ length: rows }, (_, i) => file * rows + i), name = String(file).padStart(6, "0");
    writeFileSync(join(root, "csv", `${name}.csv`), ids.map(id => `${id},k${id % 7},${id / 4}\n`).join(""));
    writeFileSync(join(root, "json", `${name}.json`), ids.map(id => `{"id":${id},"k":"k${id % 7}","v":${id / 4}}\n`).join(""));
  }
  await mill.read.schema(SCHEMA).csv(join(root, "csv")).write.parquet(join(root, "parquet"), { maxRecordsPerFile: rows });
  writeFileSync(join(root, "done"), "");
}

async function measured(run: () => Promise<unknown>): Promise<number> {
  const seconds: number[] = [];
  for (let pass = 0; pass <= passes; pass++) {
    const start = process.cpuUsage();
    await run();
    const { user, system } = process.cpuUsage(start);
    if (pass > 0) seconds.push((user + system) / 1e6);
  }
  return median(seconds);
}

const rate = (seconds: number): string => (files / seconds / 1000).toFixed(1);
process.stdout.write(`${readdirSync(join(root, "parquet")).filter(name => name.endsWith(".parquet")).length} files of ${rows} rows; thousands of files a CPU-second\n| | csv | json | parquet |\n| --- | ---: | ---: | ---: |\n`);
const groups = async (read: ReturnType<typeof mill.read.csv>): Promise<void> => {
  const found = await read.groupBy("k").sum("v").collect();
  if (found.length !== 7) throw new Error(`${found.length} groups`);
};
const given = [await measured(() => groups(mill.read.schema(SCHEMA).csv(join(root, "csv")))), await measured(() => groups(mill.read.schema(SCHEMA).json(join(root, "json")))), await measured(() => groups(mill.read.schema(SCHEMA).parquet(join(root, "parquet"))))];
process.stdout.write(`| Millrace | ${given.map(rate).join(" | ")} |\n`);
const inferred = [await measured(() => groups(mill.read.csv(join(root, "csv"), { inferSchema: true }).toDF("id", "k", "v"))), await measured(() => groups(mill.read.json(join(root, "json")))), await measured(() => groups(mill.read.parquet(join(root, "parquet"))))];
process.stdout.write(`| Millrace, schema inferred | ${inferred.map(rate).join(" | ")} |\n`);
if (sitePackage("duckdb") !== undefined) {
  const program = `
import duckdb, json, resource, sys
con = duckdb.connect(config={"threads": 1})
con.execute("SET enable_progress_bar = false")
def cpu():
    r = resource.getrusage(resource.RUSAGE_SELF)
    return r.ru_utime + r.ru_stime
out = []
for source in sys.argv[2:]:
    times = []
    for p in range(int(sys.argv[1]) + 1):
        start = cpu()
        assert len(con.sql(f"select k, sum(v) from {source} group by k").fetchall()) == 7
        if p > 0: times.append(cpu() - start)
    out.append(sorted(times)[len(times) // 2])
print(json.dumps(out))`;
  const columns = "columns={'id': 'BIGINT', 'k': 'VARCHAR', 'v': 'DOUBLE'}", sources = [`read_csv('${root}/csv/*.csv', header=false, ${columns})`, `read_json('${root}/json/*.json', format='newline_delimited', ${columns})`, `read_parquet('${root}/parquet/*.parquet')`];
  const { stdout, stderr, status } = spawnSync(join(venv, "bin", "python"), ["-c", program, String(passes), ...sources], { encoding: "utf8" });
  if (status !== 0) throw new Error(stderr.trim().split("\n").at(-1));
  process.stdout.write(`| DuckDB ${packageVersion("duckdb")} | ${(JSON.parse(stdout) as number[]).map(rate).join(" | ")} |\n`);
}
