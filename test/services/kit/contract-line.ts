/** A query of a contract with both its ends: rows are put in at one and looked for at the other. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { session, type Session, type StreamingQuery } from "millrace";
import type { Row, SinkPlace, SourcePlace } from "./contract.ts";
import { ROW, startQuery, type QueryText } from "./contract-query.ts";

export interface Line<Place> {
  readonly place: Place;
  readonly query: QueryText;
  put(rows: readonly Row[]): Promise<void>;
  rows(): Promise<readonly Row[]>;
}

export const rowsOf = (from: number, count: number, bytes = 0): Row[] => Array.from({ length: count }, (_, i) => ({ id: from + i, text: textOf(from + i, bytes) }));
const textOf = (id: number, bytes: number): string => `row ${id} `.padEnd(bytes, `${id}.`);
export const pause = (millis: number): Promise<void> => new Promise(resolve => { setTimeout(resolve, millis); });

export function sourceLine(place: SourcePlace, folder: string): Line<SourcePlace> {
  const out = join(folder, "out");
  return {
    place, query: { source: place.end, sink: { format: "json", options: { path: out } }, checkpoint: join(folder, "checkpoint"), restarts: false },
    put: rows => place.put(rows),
    async rows() {
      if (!existsSync(out)) return [];
      await using mill = session({ timeZone: "UTC" });
      return (await mill.read.schema(ROW).json(out).collect()).map(({ id, text }) => ({ id: Number(id), text: String(text) }));
    },
  };
}

export function sinkLine(place: SinkPlace, folder: string): Line<SinkPlace> {
  const input = join(folder, "in");
  let files = 0;
  mkdirSync(input, { recursive: true });
  return {
    place, query: { source: { format: "json", options: { path: input, maxFilesPerTrigger: "1" }, ddl: ROW }, sink: place.end, checkpoint: join(folder, "checkpoint"), restarts: false },
    async put(rows) {
      const name = `${String(files++).padStart(6, "0")}.json`;
      writeFileSync(join(folder, name), rows.map(row => `${JSON.stringify(row)}\n`).join(""));
      renameSync(join(folder, name), join(input, name));
    },
    rows: () => place.rows(),
  };
}

/** Runs the query of a line in this process as long as `body` takes. */
export async function running<T>({ query: text }: Line<unknown>, body: (query: StreamingQuery) => Promise<T>, change: Partial<QueryText> = {}): Promise<T> {
  await using mill: Session = session({ timeZone: "UTC" });
  const query = await startQuery(mill, { ...text, ...change });
  try { return await body(query); } finally { await query.stop(); }
}

/** What the line ends with: an error of the query, or of who puts rows in. Undefined if it goes on for so long. */
export async function failureOf(line: Line<unknown>, rows: readonly Row[], change: Partial<QueryText> = {}, millis = 30_000): Promise<unknown> {
  const failed = Promise.withResolvers<unknown>(), timer = setTimeout(() => failed.resolve(undefined), millis);
  line.put(rows).catch(failed.resolve);
  try {
    return await running(line, async query => {
      query.awaitTermination().catch(failed.resolve);
      return await failed.promise;
    }, change);
  } catch (error) {
    return error;
  } finally {
    clearTimeout(timer);
  }
}

/** An error with all its causes and parameters, as whoever sees it may read it. */
export function textOfError(error: unknown): string {
  const texts: string[] = [];
  for (let one = error; one !== undefined; one = one instanceof Error ? one.cause : undefined) texts.push(String(one), JSON.stringify(one, (_, value: unknown) => (typeof value === "bigint" ? String(value) : value)));
  return texts.join("\n");
}

/** Until the rows are there; then they must be just these. `repeats`: some may be there twice. */
export async function arrived(line: Line<unknown>, expected: readonly Row[], { query, repeats = false, millis = 90_000 }: { readonly query?: StreamingQuery | undefined; readonly repeats?: boolean; readonly millis?: number } = {}): Promise<void> {
  const until = performance.now() + millis;
  let found: readonly Row[] = [];
  for (;;) {
    found = await line.rows();
    if (new Set(found.map(row => row.id)).size >= expected.length) break;
    const failure = query?.exception() ?? null;
    if (failure !== null) throw failure;
    if (performance.now() > until) break;
    await pause(100);
  }
  check(found, expected, repeats);
}

/** The rows are just these, each with its text. */
export function check(found: readonly Row[], expected: readonly Row[], repeats: boolean): void {
  const texts = new Map(expected.map(row => [row.id, row.text])), times = new Map<number, number>();
  for (const { id, text } of found) {
    assert.equal(text.slice(0, 200), texts.get(id)?.slice(0, 200), `row ${id} is not what was put in`);
    assert.equal(text.length, texts.get(id)?.length);
    times.set(id, (times.get(id) ?? 0) + 1);
  }
  const missing = expected.filter(row => !times.has(row.id)).map(row => row.id), doubled = [...times].filter(([, n]) => n > 1).map(([id]) => id);
  assert.deepEqual({ missing: missing.length, first: missing.slice(0, 10) }, { missing: 0, first: [] });
  if (!repeats) assert.deepEqual({ doubled: doubled.length, first: doubled.slice(0, 10) }, { doubled: 0, first: [] });
}
