/** `millrace sql`: a statement over files once, or over streams until it is stopped. */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { MillraceError } from "../base/errors.ts";
import { systemWorld } from "../api/local-engine.ts";
import { RuntimeConf } from "../api/conf.ts";
import type { StreamStart } from "../api/engine.ts";
import { LocalEngine } from "../api/local/local-engine.ts";
import { callbackSink } from "../connectors/callback/callback-sink.ts";
import type { OutputMode } from "../plan/output-mode.ts";
import type { Relation } from "../plan/relations.ts";
import { schemaOf, type ResolvedRelation } from "../plan/resolved.ts";
import { parseSchemaDdl } from "../types/ddl.ts";
import { durationMicros, type Duration } from "../types/duration.ts";
import { errorText } from "./error-text.ts";
import { sourceWith, withInputs } from "./inputs.ts";
import { ResultPrinter, type ResultFormat } from "./result-printer.ts";
import { StatusLine } from "./status-line.ts";
import { UsageError, type Terminal } from "./terminal.ts";

const OPTIONS = {
  schema: { type: "string" }, format: { type: "string" }, "output-mode": { type: "string" }, trigger: { type: "string" }, "available-now": { type: "boolean" },
  checkpoint: { type: "string" }, sink: { type: "string" }, path: { type: "string" }, file: { type: "string", short: "f" }, explain: { type: "boolean" },
  "time-zone": { type: "string" }, "no-page": { type: "boolean" },
} as const;

export async function sqlCommand(argv: readonly string[], terminal: Terminal): Promise<number> {
  const { values, positionals } = parse(argv);
  const text = values.file !== undefined ? readFile(values.file) : positionals.join(" ");
  if (text.trim() === "") throw new UsageError("sql needs a statement, or -f FILE");
  try {
    return await runStatement(text, values, terminal);
  } catch (error) {
    if (!(error instanceof MillraceError)) throw error;
    terminal.err(errorText(error, text));
    return 1;
  }
}

type Values = ReturnType<typeof parse>["values"];

async function runStatement(text: string, values: Values, terminal: Terminal): Promise<number> {
  const format = choice("format", values.format, ["table", "ndjson", "csv"]) ?? (terminal.outIsTerminal ? "table" : "ndjson");
  const conf = new RuntimeConf(values["time-zone"] === undefined ? {} : { "spark.sql.session.timeZone": values["time-zone"] });
  const engine = new LocalEngine({ settings: conf, memoryBytes: undefined, checkpointRoot: undefined },
    { ...systemWorld, print: line => terminal.out(`${line}\n`), warn: line => terminal.err(`millrace: ${line}\n`) });
  const schema = values.schema === undefined ? undefined : parseSchemaDdl(values.schema);
  const written = engine.sql(text, { named: {}, positional: [], views: [] }), plan = withInputs(written, schema);
  engine.catalog.standardInput = sourceWith(engine.catalog.standardInput, schema, written);
  const resolved = await engine.resolve(plan, await engine.streams.recordedSchemas(values.checkpoint));
  if (values.explain === true) {
    terminal.out(await engine.explain(plan, "extended"));
    return 0;
  }
  const printer = new ResultPrinter(format as ResultFormat, schemaOf(resolved), engine.sqlSettings.timeZone, terminal);
  if (!resolved.isStreaming) {
    for (const option of ["available-now", "trigger", "checkpoint", "output-mode", "sink"] as const) if (values[option] !== undefined) throw new UsageError(`--${option} is for streams; write FROM STREAM`);
    for await (const rows of engine.run(resolved, undefined).batches) {
      printer.rows(rows);
      await terminal.drained();
    }
    printer.end();
    return 0;
  }
  return await runStream(engine, plan, resolved, values, printer, terminal);
}

async function runStream(engine: LocalEngine, plan: Relation, resolved: ResolvedRelation, values: Values, printer: ResultPrinter, terminal: Terminal): Promise<number> {
  if (values.sink !== undefined && values.path === undefined) throw new UsageError("--sink needs --path DIR");
  const sink = choice("sink", values.sink, ["json", "csv"]);
  const outputMode = (choice("output-mode", values["output-mode"], ["append", "update", "complete"]) ?? defaultMode(resolved)) as OutputMode;
  const start: StreamStart = {
    plan, outputMode, trigger: triggerOf(values), queryName: null, partitionBy: [], checkpointLocation: values.checkpoint, options: values.path === undefined ? {} : { path: values.path }, signal: undefined,
    target: sink !== undefined ? { kind: "format", format: sink, path: values.path! } : {
      kind: "sink", sink: callbackSink("StandardOutput", async (batchId, rows) => {
        printer.batch(batchId, rows);
        await terminal.drained();
      }),
    },
  };
  const handle = await engine.start(start);
  const [query] = engine.streams.queries, status = new StatusLine(terminal, query!.execution);
  handle.observe({ progress: progress => status.progress(progress) });
  let interrupted = false;
  terminal.onInterrupt(() => {
    interrupted = true;
    void handle.stop(true); // what is there now still comes out; asked again, the process ends where it stands
  });
  const page = terminal.outIsTerminal && values["no-page"] !== true ? await openPage(engine, terminal) : undefined;
  await handle.terminated;
  status.end();
  printer.end();
  await page?.close();
  if (handle.exception !== null) throw handle.exception;
  if (interrupted && values.checkpoint !== undefined && terminal.errIsTerminal) terminal.err(`Stopped. Started again with --checkpoint ${values.checkpoint} it goes on at batch ${query!.execution.batchId}.\n`);
  return 0;
}

async function openPage(engine: LocalEngine, terminal: Terminal): Promise<{ close(): Promise<void> } | undefined> {
  const { servePage } = await import("../server/serve-page.ts");
  const page = await servePage(engine);
  terminal.err(`Live page: ${page.url}\n`);
  return page;
}

/** Update, if the query aggregates and has no watermark; complete, if it aggregates by sessions, which update mode doesn't know. */
function defaultMode(resolved: ResolvedRelation): OutputMode {
  const hasSessions = (relation: ResolvedRelation): boolean => relation.kind === "aggregate" && relation.keys.some(key => key.expression.kind === "session_window") || inputsOf(relation).some(hasSessions);
  const has = (relation: ResolvedRelation, kind: ResolvedRelation["kind"]): boolean => relation.kind === kind || inputsOf(relation).some(input => has(input, kind));
  return has(resolved, "aggregate") && !has(resolved, "event_time_watermark") ? hasSessions(resolved) ? "complete" : "update" : "append";
}

function inputsOf(relation: ResolvedRelation): readonly ResolvedRelation[] {
  if ("input" in relation) return [relation.input];
  if ("inputs" in relation) return relation.inputs;
  if ("left" in relation) return [relation.left, relation.right];
  return [];
}

function triggerOf(values: Values): StreamStart["trigger"] {
  if (values["available-now"] === true) return { availableNow: true };
  if (values.trigger === undefined) return undefined;
  if (values.trigger === "once") return { once: true };
  try { durationMicros(values.trigger); } catch { throw new UsageError(`--trigger takes a duration such as '5 seconds', or once; not '${values.trigger}'`); }
  return { processingTime: values.trigger as Duration };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new UsageError((error as Error).message.replace(/\. To specify a positional.*$/s, ""));
  }
}

function choice(name: string, value: string | undefined, allowed: readonly string[]): string | undefined {
  if (value === undefined || allowed.includes(value)) return value;
  throw new UsageError(`--${name} takes ${allowed.join(", ")}; not '${value}'`);
}

function readFile(path: string): string {
  try { return readFileSync(path, "utf8"); } catch (error) { throw new UsageError(`the file ${path} can't be read: ${(error as Error).message}`); }
}
