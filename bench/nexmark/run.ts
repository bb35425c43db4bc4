/**
 * One query in one process and thread: streams it once or more and says what each run took, or compares its result with
 * the same query over the same data at once. The argument is JSON; a line of JSON comes out.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { session, type Session, type UntypedRow, type DataFrame } from "millrace";
import { Model } from "./model.ts";
import { QUERIES, REFUSED, SHAPES, type NexmarkQuery } from "./queries.ts";
import { createViews, type ViewOptions } from "./views.ts";

export interface RunTask {
  readonly query: string;
  readonly source: "files" | "columns";
  readonly folder: string;
  readonly scratch: string;
  readonly events: number;
  readonly eventsPerBatch: number;
  readonly eventsPerFile: number;
  readonly microsPerEvent?: number;
  /** Streams the query so often, each time with a new checkpoint. */
  readonly times: number;
  /** Instead: compares with the batch query. */
  readonly check?: boolean;
}

export interface RunResult {
  /** User and system time of the process since it started, when the first run had ended. */
  readonly wholeSeconds: number;
  /** Of the last run alone. */
  readonly warmSeconds: number;
  readonly rowsOut: number;
  readonly rowsIn: number;
}
export interface CheckResult { readonly stream: string; readonly batch: string }

const cpuSeconds = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

export async function runQuery(task: RunTask): Promise<RunResult> {
  const query = find(task.query), mill = session({ timeZone: "UTC" });
  createViews(mill, viewsOf(task, query, true));
  let wholeSeconds = 0, warmSeconds = 0, rowsOut = 0, rowsIn = 0;
  mill.streams.addListener({
    onQueryProgress({ progress }) {
      rowsOut += progress.sink.numOutputRows;
      rowsIn += progress.numInputRows;
    },
  });
  for (let i = 0; i < task.times; i++) {
    const before = cpuSeconds(), checkpoint = mkdtempSync(join(task.scratch, "checkpoint-"));
    rowsOut = rowsIn = 0;
    const running = await mill.sql(query.sql).writeStream.outputMode(query.outputMode ?? "append").trigger({ availableNow: true })
      .format("noop").start({ checkpointLocation: checkpoint });
    await running.awaitTermination();
    warmSeconds = cpuSeconds() - before;
    if (i === 0) wholeSeconds = cpuSeconds();
    rmSync(checkpoint, { recursive: true });
  }
  await mill.stop();
  return { wholeSeconds, warmSeconds, rowsOut, rowsIn };
}

/** Count and a sum over hashes of all rows, of the stream and of the batch query. */
export async function checkQuery(task: RunTask): Promise<CheckResult> {
  const query = find(task.query), mill = session({ timeZone: "UTC" }), out = mkdtempSync(join(task.scratch, "out-"));
  try {
    createViews(mill, viewsOf(task, query, false));
    const expected = mill.sql(query.sql), ddl = (await expected.schema()).toDDL();
    const batch = await digest(mill, expected, query);
    createViews(mill, viewsOf(task, query, true));
    const parts: DataFrame<UntypedRow>[] = [];
    const running = await mill.sql(query.sql).writeStream.outputMode(query.outputMode ?? "append").trigger({ availableNow: true })
      .foreachBatch(async (rows, id) => {
        const path = join(out, String(id));
        await rows.write.json(path);
        parts.push(mill.read.schema(ddl).json(path) as DataFrame<UntypedRow>);
      }).start({ checkpointLocation: join(out, "checkpoint") });
    await running.awaitTermination();
    const all = parts.reduce((sum, one) => sum.union(one));
    return { stream: await digest(mill, all, query), batch };
  } finally {
    await mill.stop();
    rmSync(out, { recursive: true });
  }
}

async function digest(mill: Session, rows: DataFrame<UntypedRow>, { compare }: NexmarkQuery): Promise<string> {
  rows.createOrReplaceTempView("result");
  const compared = compare ?? "SELECT * FROM result";
  const [{ n, hash } = { n: 0, hash: null }] = await mill.sql(`SELECT count(*) AS n, sum(CAST(xxhash64(*) AS DECIMAL(20, 0))) AS hash FROM (${compared})`).collect();
  return `${String(n)} rows, hash ${String(hash)}`;
}

const viewsOf = (task: RunTask, query: NexmarkQuery, isStreaming: boolean): ViewOptions => ({
  kind: task.source, folder: task.folder, model: new Model(task.microsPerEvent === undefined ? {} : { microsPerEvent: task.microsPerEvent }), events: task.events, eventsPerBatch: task.eventsPerBatch, eventsPerFile: task.eventsPerFile,
  marker: isStreaming && query.closes === true, isStreaming,
});

function find(name: string): NexmarkQuery {
  const found = [...QUERIES, ...SHAPES].find(query => query.name === name);
  if (found === undefined) throw new Error(`no query ${name}; known are ${[...QUERIES, ...SHAPES].map(query => query.name).join(", ")}`);
  return found;
}

/** The condition with which each original that was rewritten is refused. */
export async function refusals(task: Omit<RunTask, "query">): Promise<Record<string, string>> {
  const mill = session({ timeZone: "UTC" }), found: Record<string, string> = {};
  createViews(mill, viewsOf({ ...task, query: "q0" }, find("q0"), true));
  for (const { name, sql } of REFUSED) {
    try {
      const running = await mill.sql(sql).writeStream.format("noop").start({ checkpointLocation: mkdtempSync(join(task.scratch, "refused-")) });
      await running.stop();
      found[name] = "not refused";
    } catch (error) {
      found[name] = (error as { condition?: string }).condition ?? String(error);
    }
  }
  await mill.stop();
  return found;
}

if (import.meta.main === true) {
  const task = JSON.parse(process.argv[2]!) as RunTask;
  const result = task.query === "refused" ? await refusals(task) : task.check === true ? await checkQuery(task) : await runQuery(task);
  process.stdout.write(JSON.stringify(result) + "\n");
}
