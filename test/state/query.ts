/** Queries with state for the tests of this folder: a stream that the test feeds, a checkpoint on the disk, and reads of it. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { localEngine } from "../../src/api/local-engine.ts";
import type { DataFrame } from "../../src/api/data-frame.ts";
import type { Source } from "../../src/api/reader.ts";
import { bigint, schema, string, structTypeOf, timestamp } from "../../src/api/schema.ts";
import { createSession, type Session } from "../../src/api/session.ts";
import type { StreamingQuery } from "../../src/api/streaming-query.ts";
import type { OutputMode } from "../../src/api/writer.ts";
import { MemoryTable } from "../../src/connectors/memory/memory-source.ts";

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };
export type StateRow = { readonly [name: string]: Json };
/** Seconds since the epoch, a name, a number. */
export type Input = readonly [at: number | null, name: string | null, n: bigint | null];

const Row = schema({ at: timestamp(), name: string(), n: bigint() });

/** SQL; or `distinct name`, `within name` for what SQL has no words for: dropDuplicates, and that within the watermark; or a frame. */
export type QueryText = string | ((mill: Session) => unknown);
type EngineFactory = Parameters<typeof createSession>[1];

export class StateQuery {
  readonly mill: Session;
  readonly path = mkdtempSync(join(tmpdir(), "millrace-state-"));
  readonly streams: Readonly<Record<string, MemoryTable>>;
  readonly #sql: QueryText;
  readonly #outputMode: OutputMode;
  query!: StreamingQuery;

  /** `names`: streams (at, name, n) with a watermark of ten seconds that the query may read. */
  constructor(sql: QueryText, outputMode: OutputMode, names: readonly string[] = ["t"], conf: Record<`spark.${string}`, string> = {}, engine: EngineFactory = localEngine) {
    this.mill = createSession({ timeZone: "UTC", conf }, engine);
    this.#sql = sql;
    this.#outputMode = outputMode;
    this.streams = Object.fromEntries(names.map(name => [name, new MemoryTable(name, structTypeOf(Row))]));
    for (const name of names) {
      this.mill.readStream.from(Object.assign(this.streams[name]!, { format: "memory", options: {} }) as unknown as Source<{ at: unknown }>).withWatermark("at", "10 seconds").createTempView(name);
    }
  }

  /** `sink`: called for each batch. */
  async start(sink: (batchId: number) => void = () => { /* only its state counts */ }): Promise<void> {
    const frame = frameOf(this.mill, this.#sql);
    this.query = await frame.writeStream.outputMode(this.#outputMode as "append").foreachBatch((_batch, batchId) => sink(batchId)).start({ checkpointLocation: this.path });
  }

  /** One batch of rows for a stream, and the batches without rows that it brings. Returns the last batch id. */
  async add(rows: readonly Input[], to = "t"): Promise<number> {
    this.streams[to]!.add(rows.map(([at, name, n]) => [at === null ? null : BigInt(at) * 1_000_000n, name, n]));
    await this.query.processAllAvailable();
    return this.query.lastProgress!.batchId;
  }

  /** Rows of a read of the checkpoint, in the order of their text. */
  async read(options: Record<string, string | number | boolean> = {}, format = "state"): Promise<StateRow[]> {
    const rows = await this.mill.read.format(format).options(options).load(this.path).collect();
    return rows.map(plain).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.mill.stop();
    rmSync(this.path, { recursive: true, force: true });
  }
}

function frameOf(mill: Session, text: QueryText): DataFrame<unknown> {
  if (typeof text === "function") return text(mill) as DataFrame<unknown>;
  if (text.startsWith("SELECT")) return mill.sql(text) as unknown as DataFrame<unknown>;
  const [kind, ...columns] = text.split(" "), frame = mill.table("t");
  return (kind === "within" ? frame.dropDuplicatesWithinWatermark(...columns as never[]) : frame.dropDuplicates(...columns as never[])) as unknown as DataFrame<unknown>;
}

/** A row as JSON: bigints as numbers, times as text. */
export function plain(row: unknown): StateRow {
  return JSON.parse(JSON.stringify(row, (_key, value: unknown) => (typeof value === "bigint" ? Number(value) : value))) as StateRow;
}
