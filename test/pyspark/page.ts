/** Makes docs/pyspark.md of the names of PySpark (names.txt, see list_names.py) and of what is really there; checked by page.test.ts. */
import { readFileSync, writeFileSync } from "node:fs";
import * as functions from "millrace/functions";
import { observation, session } from "millrace";
import { RunningQuery } from "../../src/api/streaming-query.ts";
import { STATES, CLASSES } from "./states.ts";

const PAGE = new URL("../../docs/pyspark.md", import.meta.url);

/** An object of each class. */
async function objects(): Promise<Record<string, object>> {
  const mill = session({ timeZone: "UTC" }), frame = mill.range(1), column = functions.col("x");
  return {
    SparkSession: mill, DataFrame: frame, Column: { has: (name: string) => typeof (column as unknown as Record<string, unknown>)[name] === "function" }, GroupedData: frame.groupBy("id"), DataFrameNaFunctions: frame.na, DataFrameStatFunctions: frame.stat,
    Window: functions.Window, WindowSpec: functions.Window.orderBy("x"), Catalog: mill.catalog, DataFrameReader: mill.read, DataStreamReader: mill.readStream, DataFrameWriter: frame.write, DataFrameWriterV2: frame.writeTo("t"),
    DataStreamWriter: mill.readStream.format("rate").load().writeStream, StreamingQuery: RunningQuery.prototype, StreamingQueryManager: mill.streams, Observation: observation(), UDFRegistration: mill.udf, RuntimeConfig: mill.conf, functions,
  };
}

export interface Named { readonly owner: string; readonly name: string; readonly state: "there" | "other name" | "not built" | "not meaningful"; readonly says: string }

export async function namedStates(): Promise<Named[]> {
  const all = await objects(), lines = readFileSync(new URL("names.txt", import.meta.url), "utf8").trim().split("\n");
  return lines.map(line => {
    const [owner, name] = line.split(".") as [string, string], of = all[owner], given = STATES[line] ?? CLASSES[owner];
    const isThere = of !== undefined && ("has" in of && owner === "Column" ? (of as { has(name: string): boolean }).has(name) : name in of);
    if (isThere && STATES[line] === undefined) return { owner, name, state: "there", says: "" };
    if (given === undefined) return { owner, name, state: "not built", says: "" };
    const state = given.startsWith("= ") ? "other name" : given.startsWith("~ ") ? "not meaningful" : "not built";
    return { owner, name, state, says: given.slice(2) };
  });
}

export async function page(): Promise<string> {
  const all = await namedStates(), owners = [...new Set(all.map(one => one.owner))], count = (state: Named["state"], of = all): number => of.filter(one => one.state === state).length;
  const rows = owners.map(owner => { const of = all.filter(one => one.owner === owner); return `| ${owner} | ${of.length} | ${count("there", of)} | ${count("other name", of)} | ${count("not built", of)} | ${count("not meaningful", of)} |`; });
  const sections = owners.map(owner => {
    const of = all.filter(one => one.owner === owner), there = of.filter(one => one.state === "there").map(one => `\`${one.name}\``);
    const rest = of.filter(one => one.state !== "there").map(one => `| \`${one.name}\` | ${one.state} | ${one.says} |`);
    return [`## ${owner}`, ...(there.length === 0 ? [] : [there.join(" ")]), ...(rest.length === 0 ? [] : [`| name | state | |\n| --- | --- | --- |\n${rest.join("\n")}`])].join("\n\n");
  });
  return `# PySpark 4.3, name by name

What there is of PySpark's SQL and streaming API. Methods take a callback \`r => ...\` or columns where PySpark takes columns, and options as
an object where it takes keywords; [from-spark.md](from-spark.md) shows how that reads. This page is made by \`npm run docs:pyspark\` from
PySpark's own list of names and from what the package really has.

| of | names | there | other name | not built | not meaningful |
| --- | --- | --- | --- | --- | --- |
${rows.join("\n")}
| all | ${all.length} | ${count("there")} | ${count("other name")} | ${count("not built")} | ${count("not meaningful")} |

${sections.join("\n\n")}
`;
}

if (process.argv[1] === new URL(import.meta.url).pathname) writeFileSync(PAGE, await page());
