/** SQL cases: one golden file is one session; rows and types, or the error condition and SQLSTATE, must be Spark's. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { MillraceError } from "../../src/base/errors.ts";
import { parseSchemaDdl } from "../../src/sql/parser.ts";
import type { StructType } from "../../src/types/data-type.ts";
import type { Session } from "../../src/api/session.ts";
import type { LocalEngine } from "../../src/api/local/local-engine.ts";
import { bareSchema, encode, sameRows } from "./cells.ts";
import type { Outcome } from "./main.ts";
import { conformanceSession } from "./world.ts";

interface Case {
  readonly id: string;
  readonly sql: string;
  readonly conf?: Readonly<Record<string, string>>;
  readonly ordered?: boolean;
  readonly schema?: string;
  readonly nullable?: readonly boolean[];
  readonly rows?: readonly (readonly unknown[])[];
  readonly error?: string;
  readonly sqlState?: string;
}

const TIMEOUT_MILLIS = 10_000;

export async function runSqlFile(path: string): Promise<Outcome[]> {
  const lines = readFileSync(path, "utf8").split("\n").filter(line => line !== "").map(line => JSON.parse(line) as Case | { readonly setup: readonly string[] });
  const warehouse = mkdtempSync(join(tmpdir(), "millrace-warehouse-"));
  const { session, engine } = conformanceSession({ "spark.sql.warehouse.dir": warehouse });
  const outcomes: Outcome[] = [];
  for (const line of lines) {
    if ("setup" in line) {
      for (const sql of line.setup) await runSql(engine, sql).catch(() => undefined); // what fails here shows in the cases
      continue;
    }
    outcomes.push(await runCase(session, engine, line, basename(path, ".jsonl")));
  }
  await session.stop();
  rmSync(warehouse, { recursive: true, force: true });
  return outcomes;
}

async function runCase(session: Session, engine: LocalEngine, test: Case, file: string): Promise<Outcome> {
  const id = test.id ?? file, before = new Map(Object.keys(test.conf ?? {}).map(key => [key, session.conf.get(key)]));
  try {
    for (const [key, value] of Object.entries(test.conf ?? {})) session.conf.set(key as `spark.${string}`, value);
    const actual = await Promise.race([runSql(engine, test.sql), new Promise<never>((_, reject) => setTimeout(() => reject(new Error("timeout")), TIMEOUT_MILLIS).unref())]);
    if (test.error !== undefined) return failed(id, test, { rows: actual.rows });
    const expectedSchema = parseSchemaDdl(withoutDefaults(test.schema ?? ""));
    const schema = bareSchema(actual.schema), wanted = bareSchema(expectedSchema);
    if (schema !== wanted) return failed(id, test, { schema, wanted, rows: actual.rows });
    if (!sameRows(test.rows ?? [], actual.rows, expectedSchema, test.ordered === true)) return failed(id, test, { rows: actual.rows });
    return { id, passed: true };
  } catch (error) {
    if (test.error === undefined) return failed(id, test, { error: describe(error) });
    // Plain Java exceptions, legacy names and internal errors need only fail.
    if (/^(?:JAVA:|_LEGACY_ERROR_TEMP_|INTERNAL_ERROR)/.test(test.error)) return error instanceof MillraceError && error.condition === "MILLRACE_UNSUPPORTED" ? failed(id, test, { error: describe(error) }) : { id, passed: true };
    if (error instanceof MillraceError && error.condition === test.error && (test.sqlState === undefined || error.sqlState === test.sqlState)) return { id, passed: true };
    return failed(id, test, { error: describe(error) });
  } finally {
    for (const [key, value] of before) if (value === undefined) session.conf.unset(key as `spark.${string}`); else session.conf.set(key as `spark.${string}`, value);
  }
}

/** A statement's result in the encoding of the golden files. */
export async function runSql(engine: LocalEngine, sql: string): Promise<{ schema: StructType; rows: unknown[][] }> {
  const result = await engine.execute(engine.sql(sql, { named: {}, positional: [], views: [] }), { signal: undefined });
  const rows: unknown[][] = [];
  for await (const part of result.batches) for (const row of part) rows.push(row.map((cell, i) => encode(cell, result.schema.fields[i]!.type)));
  return { schema: result.schema, rows };
}

/** Spark writes the default of a table's column into the schema of a query that shows it. */
function withoutDefaults(schema: string): string {
  let text = "", depth = 0, isDefault = false;
  for (const [piece] of schema.matchAll(/'(?:[^'\\]|\\.)*'|`(?:[^`]|``)*`| DEFAULT | COMMENT |[\s\S]/g)) {
    if (piece === " DEFAULT " && !isDefault) { isDefault = true; depth = 0; }
    else if (isDefault && depth === 0 && (piece === "," || piece === " COMMENT ")) isDefault = false;
    depth += piece === "(" ? 1 : piece === ")" ? -1 : 0;
    if (!isDefault) text += piece;
  }
  return text;
}

function failed(id: string, test: Case, actual: object): Outcome {
  return { id, passed: false, detail: { sql: test.sql, expected: test.error === undefined ? { schema: test.schema, rows: test.rows } : { error: test.error, sqlState: test.sqlState }, actual } };
}

export function describe(error: unknown): string {
  return error instanceof MillraceError ? `${error.condition} ${error.sqlState} ${error.text.slice(0, 300)}` : error instanceof Error ? `${error.name}: ${error.message}\n${(error.stack ?? "").split("\n").slice(1, 4).join("\n")}` : String(error);
}
