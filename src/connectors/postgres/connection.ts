/** One connection to a PostgreSQL server, by the client `pg`, which is loaded when the first one is opened. */
import type { Socket } from "node:net";
import type { MillraceError } from "../../base/errors.ts";
import { peerMissing } from "../peer.ts";
import type { PostgresAddress } from "./address.ts";
import { postgresError } from "./errors.ts";

export interface Field { readonly name: string; readonly dataTypeID: number; readonly dataTypeModifier: number; readonly tableID: number; readonly columnID: number }
export interface Result { readonly rows: readonly Readonly<Record<string, string | null>>[]; readonly rowCount: number | null; readonly fields: readonly Field[] }

/** What a piece of protocol sees of the connection below it. */
export interface Wire {
  readonly stream: Socket;
  query(text: string): void;
  on(event: "copyData", call: (message: { readonly chunk: Buffer }) => void): void;
  once(event: "replicationStart", call: () => void): void;
  removeAllListeners(event: "copyData"): void;
}

/** What the client drives in place of a plain query. */
export interface Submittable {
  submit(wire: Wire): void;
  handleError(error: unknown): void;
  handleCommandComplete(message: { readonly text: string }): void;
  handleReadyForQuery(): void;
  handleCopyInResponse?(wire: Wire): void;
  handleCopyData?(message: { readonly chunk: Buffer }, wire: Wire): void;
  handleRowDescription(): void;
  handleDataRow(): void;
  handleEmptyQuery(): void;
  handlePortalSuspended(): void;
}

interface Client {
  readonly connection: Wire;
  connect(): Promise<unknown>;
  query(text: string, values?: readonly unknown[]): Promise<Result>;
  query(submittable: Submittable): void;
  on(event: "error", call: (error: unknown) => void): void;
  end(): Promise<void>;
}

/** All text of values in one form, whatever the server's settings are; see value-text.ts. */
const SETTINGS = "-c TimeZone=UTC -c DateStyle=ISO,YMD -c IntervalStyle=iso_8601 -c extra_float_digits=3 -c bytea_output=hex -c client_encoding=UTF8 -c standard_conforming_strings=on";

async function loadClient(): Promise<new (config: object) => Client> {
  try {
    return (await import("pg")).default.Client as never;
  } catch (cause) {
    throw peerMissing("PostgreSQL", "pg", "pg@8", cause);
  }
}

function withPassword({ url, password }: PostgresAddress): string {
  const full = new URL(url);
  // sslmode then means what it does to PostgreSQL's own clients: require encrypts, verify-full also checks who answers.
  if (full.searchParams.has("sslmode") && !full.searchParams.has("uselibpqcompat")) full.searchParams.set("uselibpqcompat", "true");
  if (password !== undefined) full.password = encodeURIComponent(password);
  return full.toString();
}

const asText = { getTypeParser: () => (text: string) => text };

export class PostgresConnection {
  readonly address: PostgresAddress;
  readonly #client: Client;
  /** Why the connection is of no more use. */
  #lost: unknown;
  #isClosed = false;

  private constructor(address: PostgresAddress, client: Client) {
    this.address = address;
    this.#client = client;
    client.on("error", error => { this.#lost ??= error; });
  }

  /** @throws MILLRACE_POSTGRES.ADDRESS, .TLS, .LOGIN, .OBJECT (the database) */
  static async open(address: PostgresAddress, options: { readonly replication?: boolean; readonly name?: string } = {}): Promise<PostgresConnection> {
    const PgClient = await loadClient();
    let client: Client;
    try {
      client = new PgClient({
        connectionString: withPassword(address), connectionTimeoutMillis: address.connectTimeoutMillis, types: asText,
        options: SETTINGS, application_name: options.name ?? "millrace", keepAlive: true, ...(options.replication === true && { replication: "database" }),
      });
      const connection = new PostgresConnection(address, client);
      await client.connect();
      return connection;
    } catch (error) {
      throw postgresError(error, address, "Connecting");
    }
  }

  get isLost(): boolean { return this.#isClosed || this.#lost !== undefined; }
  /** The socket, or what encrypts it. */
  get stream(): Socket { return this.#client.connection.stream; }
  get wire(): Wire { return this.#client.connection; }

  /** @param doing what the error says was tried */
  async query(doing: string, text: string, values?: readonly unknown[]): Promise<Result> {
    if (this.#lost !== undefined) throw this.error(this.#lost, doing);
    try { return await this.#client.query(text, values); } catch (error) { throw this.error(error, doing); }
  }

  submit(submittable: Submittable): void { this.#client.query(submittable); }

  error(error: unknown, doing: string): MillraceError { return postgresError(error, this.address, doing); }

  /** Ends the session; what it had not committed is rolled back by the server. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#lost !== undefined) return void this.stream.destroy();
    await this.#client.end().catch(() => { this.stream.destroy(); });
  }

  /** Ends the session where it stands, in the middle of whatever it does. */
  destroy(): void {
    this.#isClosed = true;
    this.#client.end().catch(() => { /* it is gone */ });
    this.stream.destroy();
  }
}
