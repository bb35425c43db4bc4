/** A PostgreSQL server of its own for a test, with logical replication, on a free port, in a folder that goes with it. */
import { spawnSync } from "node:child_process";
import { chownSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before } from "node:test";
import pg from "pg";
import { installPostgres, postgresPrograms } from "../../../scripts/install-services.mjs";
import { ServiceProcess, freePort } from "./service.ts";

/** PostgreSQL refuses to run as root: then as the account that its packages make. */
const account = (): { uid: number; gid: number } | undefined => {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string): number => Number(spawnSync("id", [flag, "postgres"], { encoding: "utf8" }).stdout.trim());
  return { uid: id("-u"), gid: id("-g") };
};

export const PASSWORD = "a-password-of-tests";

export class PostgresServer implements AsyncDisposable {
  readonly port: number;
  readonly #folder: string;
  readonly #programs: string;
  readonly #account: { uid: number; gid: number } | undefined;
  #process: ServiceProcess | undefined;

  private constructor(folder: string, programs: string, port: number) {
    this.#folder = folder;
    this.#programs = programs;
    this.port = port;
    this.#account = account();
  }

  /** The owner of the database `postgres`, by password. */
  get url(): string { return `postgresql://postgres:${PASSWORD}@127.0.0.1:${this.port}/postgres`; }

  /** `settings`: further lines of postgresql.conf. */
  static async start(settings: Readonly<Record<string, string>> = {}): Promise<PostgresServer> {
    installPostgres();
    const folder = mkdtempSync(join(tmpdir(), "millrace-postgres-")), server = new PostgresServer(folder, postgresPrograms()!, await freePort());
    const passwords = join(folder, "password");
    writeFileSync(passwords, PASSWORD);
    if (server.#account !== undefined) for (const path of [folder, passwords]) chownSync(path, server.#account.uid, server.#account.gid);
    const made = spawnSync(join(server.#programs, "initdb"), ["-D", join(folder, "data"), "-U", "postgres", `--pwfile=${passwords}`, "--auth=scram-sha-256", "-E", "UTF8", "--locale=C"], { encoding: "utf8", cwd: folder, ...server.#account });
    if (made.status !== 0) throw new Error(`the server's folder could not be made: ${made.stdout}${made.stderr}`);
    const all: Readonly<Record<string, string>> = {
      port: String(server.port), listen_addresses: "'127.0.0.1'", unix_socket_directories: "''", wal_level: "logical", max_wal_senders: "40", max_replication_slots: "40", shared_buffers: "32MB", ...settings,
    };
    writeFileSync(join(folder, "data/postgresql.auto.conf"), Object.entries(all).map(([key, value]) => `${key} = ${value}\n`).join(""));
    await server.resume();
    return server;
  }

  /** Starts the process, over the data that is there. */
  async resume(): Promise<void> {
    this.#process = new ServiceProcess("PostgreSQL", join(this.#programs, "postgres"), ["-D", join(this.#folder, "data")], { cwd: this.#folder, ...this.#account });
    await this.#process.says(/database system is ready to accept connections/);
  }

  /** Ends the process and leaves the data. SIGINT: at once and cleanly; SIGQUIT: as a crash. */
  async stop(signal: NodeJS.Signals = "SIGINT"): Promise<void> {
    await this.#process?.stop(signal);
    this.#process = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop("SIGQUIT");
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** What the tests of a file share: a server, a client of its owner, and a folder. */
export interface PostgresOfTests {
  readonly server: PostgresServer;
  readonly client: pg.Client;
  readonly folder: string;
  /** Rows of the client, their values with commas between. */
  readonly select: (sql: string) => Promise<string[]>;
  /** After the server was stopped. */
  readonly reconnect: () => Promise<void>;
}

/** Starts them before the first test, and lets them go after the last. `prepare`: what is to be there besides. */
export function postgresOfTests(prepare?: (client: pg.Client) => Promise<void>): PostgresOfTests {
  const folder = mkdtempSync(join(tmpdir(), "millrace-postgres-test-"));
  let server: PostgresServer | undefined, client: pg.Client | undefined;
  const reconnect = async (): Promise<void> => {
    client = new pg.Client({ connectionString: server!.url });
    client.on("error", () => { /* of a server that a test stops */ });
    await client.connect();
  };
  before(async () => {
    server = await PostgresServer.start();
    await reconnect();
    await prepare?.(client!);
  });
  after(async () => {
    await client?.end().catch(() => { /* it is gone */ });
    await server?.[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    get server() { return server!; },
    get client() { return client!; },
    folder, reconnect,
    select: async sql => (await client!.query({ text: sql, rowMode: "array" })).rows.map(row => (row as unknown[]).join(",")),
  };
}
