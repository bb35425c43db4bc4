/** Runs tasks in this process, some times each; a line of JSON for each with the CPU time of its runs and its rows. */
import { session, type Session } from "millrace";

export interface RunTask { readonly name: string; readonly sql: string }
export interface RunOrder { readonly folder: string; readonly scale: string; readonly times: number; readonly tasks: readonly RunTask[] }
export interface RunAnswer { readonly name: string; readonly cpuSeconds: readonly number[]; readonly wallSeconds: readonly number[]; readonly rows?: readonly (readonly unknown[])[]; readonly error?: string }

const TPCH = ["lineitem", "orders", "customer", "part", "supplier", "partsupp", "nation", "region"];

/** Opens the tables that tasks name. */
function views(mill: Session, { folder, scale, tasks }: RunOrder): void {
  const asked = (names: readonly string[]): readonly string[] => names.filter(name => tasks.some(({ sql }) => new RegExp(`\\b${name}\\b`).test(sql)));
  for (const name of asked(["m", "d", "n", "b"])) mill.read.parquet(`${folder}/${name}.parquet`).createOrReplaceTempView(name);
  if (asked(["c"]).length > 0) mill.read.schema("id BIGINT, k10 INT, s STRING, v DOUBLE, day DATE").csv(`${folder}/c.csv`, { header: true }).createOrReplaceTempView("c");
  if (Number(scale) > 0) for (const name of asked(TPCH)) mill.read.parquet(`${folder}/tpch-${scale}/${name}.parquet`).createOrReplaceTempView(name);
}

const order = JSON.parse(process.argv[2]!) as RunOrder, mill = session({ timeZone: "UTC" });
views(mill, order);
for (const { name, sql } of order.tasks) {
  const cpuSeconds: number[] = [], wallSeconds: number[] = [];
  try {
    let rows: readonly object[] = [];
    for (let i = 0; i < order.times; i++) {
      const before = process.cpuUsage(), start = performance.now();
      rows = await mill.sql(sql).collect() as readonly object[];
      const { user, system } = process.cpuUsage(before);
      cpuSeconds.push((user + system) / 1e6);
      wallSeconds.push((performance.now() - start) / 1e3);
    }
    console.log(JSON.stringify({ name, cpuSeconds, wallSeconds, rows: rows.map(row => Object.values(row)) } satisfies RunAnswer, (_, value: unknown) => typeof value === "bigint" ? String(value) : value));
  } catch (error) {
    console.log(JSON.stringify({ name, cpuSeconds, wallSeconds, error: String(error).split("\n")[0]! } satisfies RunAnswer));
  }
}
await mill.stop();
