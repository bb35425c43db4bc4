/** The changes of a PostgreSQL table as a source, and a table as a sink, hold what every connector must: kit/contract.ts. */
import pg from "pg";
import { sinkContract, sourceContract, type Row, type SinkPlace, type SourcePlace, type Subject, type Wish } from "./kit/contract.ts";
import { pause } from "./kit/contract-line.ts";
import { PASSWORD, PostgresServer } from "./kit/postgres-server.ts";
import { ThrottledProxy } from "./kit/proxy.ts";

const SECRET = "not-the-password";

/** A server, and what reading and writing have in common. `ask`: the rows of a statement, over a connection of its own. */
async function service<Place extends SourcePlace | SinkPlace>(placeOf: (table: string, url: string, wish: Wish, ask: Ask) => Place, primaryKey: string): Promise<Omit<Subject<Place>, "tooLarge" | "malformed" | "changes"> & { readonly ask: Ask }> {
  const server = await PostgresServer.start();
  let proxy: ThrottledProxy | undefined;
  const ask: Ask = async (sql, values) => {
    const client = new pg.Client({ connectionString: server.url });
    await client.connect();
    try { return (await client.query(sql, values as unknown[])).rows as Row[]; } finally { await client.end(); }
  };
  return {
    ask,
    async place(name, wish) {
      const table = name.replaceAll("-", "_").toLowerCase();
      await ask(`CREATE TABLE ${table} (id bigint${primaryKey}, text text)`);
      if (wish.bytesPerSecond !== undefined) proxy ??= await ThrottledProxy.start(() => ({ host: "127.0.0.1", port: server.port }), wish.bytesPerSecond);
      return placeOf(table, wish.bytesPerSecond === undefined ? server.url : server.url.replace(`:${server.port}/`, `:${proxy!.port}/`), wish, ask);
    },
    service: { crash: () => server.stop("SIGQUIT"), resume: () => server.resume(), isDown: /MILLRACE_POSTGRES\.ADDRESS[^]*127\.0\.0\.1:\d+/ },
    credentials: { wrong: place => ({ ...place, end: { ...place.end, options: { ...place.end.options, url: place.end.options["url"]!.replace(PASSWORD, SECRET) } } }), secret: SECRET, refusal: /MILLRACE_POSTGRES\.LOGIN/ },
    async [Symbol.asyncDispose]() {
      await proxy?.[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}
type Ask = (sql: string, values?: readonly unknown[]) => Promise<readonly Row[]>;

sourceContract("PostgreSQL's changes", async () => {
  const common = await service<SourcePlace>((name, url, { perBatch, bytesPerSecond }, ask) => ({
    name,
    end: {
      format: "postgres-cdc", columns: ["after.id AS id", "after.text AS text"],
      options: { url, table: name, slot: name, maxBytes: "5000000", ...(bytesPerSecond !== undefined && { maxChangesPerTrigger: "2000", maxBytes: "20000000" }), ...(perBatch !== undefined && { maxChangesPerTrigger: String(perBatch) }) },
    },
    async put(rows) {
      // Rows that are there at the first look are one batch; what is to be many must come behind it.
      while (bytesPerSecond !== undefined && (await ask("SELECT 1 FROM pg_replication_slots WHERE slot_name = $1 AND confirmed_flush_lsn IS NOT NULL", [name])).length === 0) await pause(50);
      for (let from = 0; from < rows.length; from += 1000) {
        const part = rows.slice(from, from + 1000);
        await ask(`INSERT INTO ${name} SELECT * FROM unnest($1::bigint[], $2::text[])`, [part.map(row => row.id), part.map(row => row.text)]);
      }
    },
  }), " PRIMARY KEY");
  return {
    ...common,
    tooLarge: { bytes: 10_000_000, becomes: "a row" },
    malformed: { none: "a row has the types of its table" },
    changes: [
      { what: "a column is added", change: async ({ name }) => { await common.ask(`ALTER TABLE ${name} ADD COLUMN more int`); }, becomes: "the query goes on" },
      { what: "a column changes its type", change: async ({ name }) => { await common.ask(`ALTER TABLE ${name} ALTER COLUMN id TYPE numeric`); }, becomes: /MILLRACE_POSTGRES\.SCHEMA/ },
    ],
  };
});

sinkContract("PostgreSQL", async () => {
  const common = await service<SinkPlace>((name, url, _wish, ask) => ({
    name, end: { format: "postgres", options: { url, table: name } },
    rows: async () => (await ask(`SELECT id, text FROM ${name}`)).map(({ id, text }) => ({ id: Number(id), text })),
  }), "");
  return {
    ...common,
    tooLarge: { bytes: 10_000_000, becomes: "a row" },
    malformed: { none: "a row that the table refuses ends the query, before anything of its batch is written" },
    changes: [
      { what: "a column is added", change: async ({ name }) => { await common.ask(`ALTER TABLE ${name} ADD COLUMN more int`); }, becomes: "the query goes on" },
      { what: "a column is gone", change: async ({ name }) => { await common.ask(`ALTER TABLE ${name} DROP COLUMN text`); }, becomes: /MILLRACE_POSTGRES\.(?:OBJECT|SCHEMA)/ },
    ],
  };
});
