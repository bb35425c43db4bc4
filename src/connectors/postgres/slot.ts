/**
 * A replication slot: the server keeps its log from the slot's position on, and says again what was committed since, as often
 * as it is asked, until the position is moved. So the slot is the buffer of a stream, and the position moves only when
 * a batch is delivered and that is durable.
 */
import { ExecutionError } from "../../base/errors.ts";
import { literal, quoted, type PostgresAddress } from "./address.ts";
import { PostgresConnection } from "./connection.ts";
import { CopyOut } from "./copy.ts";
import { MESSAGE, lsnAt, lsnOf, lsnText } from "./pgoutput.ts";

/** Messages of whole transactions, one behind the other, each with 6 bytes before it of which the last 4 are its length. */
export interface Held {
  readonly bytes: Buffer;
  /** Where the first message and the end are. */
  readonly from: number;
  readonly to: number;
}
/** What a batch is to take. */
export interface Changes {
  /** The end of the last transaction. */
  readonly lsn: number;
  /** Undefined: it is one transaction, too large to be held, and read once more as it is taken. */
  readonly held: Held | undefined;
}
/** What binary COPY begins with: signature, flags, length of an extension, which is none. */
const COPY_SIGNATURE_BYTES = 19;
const MESSAGE_HEADER_BYTES = 6;
/** The slot is there, or is in use. */
const BEING_MADE: ReadonlySet<string> = new Set(["42710", "55006"]);
const MAX_TRIES = 300;

export class Slot {
  readonly #address: PostgresAddress;
  readonly name: string;
  readonly publication: string;
  /** As they are written in SQL. */
  readonly #tables: readonly string[];
  readonly #maxChanges: number;
  readonly #maxBytes: number;
  #connection: PostgresConnection | undefined;

  constructor(address: PostgresAddress, name: string, publication: string, tables: readonly string[], maxChanges: number, maxBytes: number) {
    this.#address = address;
    this.name = name;
    this.publication = publication;
    this.#tables = tables;
    this.#maxChanges = maxChanges;
    this.#maxBytes = maxBytes;
  }

  async connection(): Promise<PostgresConnection> {
    if (this.#connection?.isLost !== false) this.#connection = await PostgresConnection.open(this.#address, { name: `millrace ${this.name}` });
    return this.#connection;
  }

  /** The position up to which the slot has forgotten; undefined if there is no such slot. */
  async position(): Promise<number | undefined> {
    const [row] = (await (await this.connection()).query("Looking for the slot", "SELECT confirmed_flush_lsn::text AS lsn, plugin, database = current_database() AS here FROM pg_replication_slots WHERE slot_name = $1", [this.name])).rows;
    if (row?.["lsn"] === undefined || row["lsn"] === null) return undefined; // none, or one that is just being made
    if (row["plugin"] !== "pgoutput" || row["here"] !== "t") throw this.error(`The replication slot ${this.name} is of another plugin or database.`, "name another slot");
    return lsnOf(row["lsn"]!);
  }

  /** The publication names the tables; it is made if it isn't there. */
  async publish(): Promise<void> {
    const connection = await this.connection(), doing = `Publishing ${this.#tables.join(", ")}`;
    const known = (await connection.query(doing, "SELECT 1 FROM pg_publication WHERE pubname = $1", [this.publication])).rows.length > 0;
    if (!known) await connection.query(doing, `CREATE PUBLICATION ${quoted(this.publication)} FOR TABLE ${this.#tables.join(", ")}`);
    for (const table of this.#tables) {
      const covers = (await connection.query(doing, "SELECT 1 FROM pg_publication_tables WHERE pubname = $1 AND to_regclass(format('%I.%I', schemaname, tablename)) = to_regclass($2)", [this.publication, table])).rows.length > 0;
      if (!covers) throw this.error(`The publication ${this.publication} doesn't have the table ${table}.`, `ALTER PUBLICATION ${quoted(this.publication)} ADD TABLE ${table}`);
    }
  }

  /** Makes the slot; `look` reads what the database held at the position that is returned, by the snapshot it is given. */
  async create(look: ((connection: PostgresConnection, snapshot: string) => Promise<void>) | undefined): Promise<number> {
    const replication = await PostgresConnection.open(this.#address, { replication: true, name: `millrace ${this.name}` });
    try {
      const [made] = (await replication.query(`Making the slot ${this.name}`, `CREATE_REPLICATION_SLOT ${quoted(this.name)} LOGICAL pgoutput ${look === undefined ? "NOEXPORT_SNAPSHOT" : "EXPORT_SNAPSHOT"}`)).rows;
      await look?.(await this.connection(), made!["snapshot_name"]!);
      return lsnOf(made!["consistent_point"]!);
    } finally {
      await replication.close();
    }
  }

  async drop(): Promise<void> {
    await (await this.connection()).query(`Dropping the slot ${this.name}`, "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = $1", [this.name]);
  }

  /**
   * Makes the slot of a name that only this query has. One that is there is from a run that ended before its first batch was
   * decided; the server may still be at work for that run, and is waited for.
   */
  async createAnew(look: Parameters<Slot["create"]>[0]): Promise<number> {
    for (let tries = 0; ; tries++) {
      try {
        await this.drop();
        return await this.create(look);
      } catch (error) {
        if (!BEING_MADE.has((error as { sqlState?: string }).sqlState ?? "") || tries === MAX_TRIES) throw error;
        await (await this.connection()).query(`Waiting for the slot ${this.name}`, "SELECT pg_sleep(0.1)");
      }
    }
  }

  /** How far the server's log is on disk. */
  async serverPosition(): Promise<number> {
    return lsnOf((await (await this.connection()).query("Asking for the position of the log", "SELECT pg_current_wal_flush_lsn()::text AS lsn")).rows[0]!["lsn"]!);
  }

  /**
   * Committed transactions after a position, in the order of commits: up to one position, or so many that their changes and bytes
   * stay below the limits, but at least one. Undefined: there is none.
   */
  async changes(from: number): Promise<Changes | undefined> {
    for (let count = this.#maxChanges; ; count *= 4) {
      const gathering = new Gathering(from, this.#maxBytes, this.#maxChanges), messages = await this.#peek(`NULL, ${count}`, (chunk, copy) => { if (!gathering.add(chunk)) copy.giveUp(ENOUGH); });
      // All of it was read before: the slot's position is behind ours. Ask for more, unless that was all there is.
      if (gathering.found !== undefined || messages === undefined || messages < count) return gathering.found;
    }
  }

  /**
   * Each message up to a position, with what was read before, as it comes: `take` gets the bytes and where the message begins, and
   * may return a promise to be awaited before the next one.
   */
  async stream(upTo: number, signal: AbortSignal, take: (bytes: Buffer, at: number) => Promise<void> | undefined): Promise<void> {
    const { stream } = await this.connection();
    let isFirst = true;
    await this.#peek(`${literal(lsnText(upTo))}, NULL`, (chunk, copy) => {
      signal.throwIfAborted();
      const at = (isFirst ? COPY_SIGNATURE_BYTES : 0) + MESSAGE_HEADER_BYTES;
      isFirst = false;
      if (chunk.length <= at) return; // what binary COPY ends with
      const wait = take(chunk, at);
      if (wait === undefined) return;
      stream.pause();
      wait.then(() => { stream.resume(); }, error => { copy.giveUp(error); });
    });
  }

  /** Up to here nothing will be asked for again. */
  async forget(lsn: number): Promise<void> {
    await (await this.connection()).query(`Moving the slot ${this.name}`, "SELECT pg_replication_slot_advance($1, $2::pg_lsn)", [this.name, lsnText(lsn)]);
  }

  async close(): Promise<void> {
    await this.#connection?.close();
    this.#connection = undefined;
  }

  error(message: string, hint?: string): ExecutionError {
    return new ExecutionError({ condition: "MILLRACE_POSTGRES.SLOT", sqlState: "55000", message, messageParameters: { slot: this.name }, hint });
  }

  /** How many messages the server gave; undefined if not all were wanted. A message is one chunk. */
  async #peek(limits: string, take: (chunk: Buffer, copy: CopyOut) => void): Promise<number | undefined> {
    const sql = `COPY (SELECT data FROM pg_logical_slot_peek_binary_changes(${literal(this.name)}, ${limits}, 'proto_version', '1', 'publication_names', ${literal(quoted(this.publication))})) TO STDOUT (FORMAT binary)`;
    const copy: CopyOut = new CopyOut(await this.connection(), `Reading the changes of ${this.#tables.join(", ")}`, sql, chunk => { take(chunk, copy); });
    copy.connection.submit(copy);
    try {
      return await copy.done;
    } catch (error) {
      if ((error as { cause?: unknown }).cause === ENOUGH) return undefined;
      throw error;
    }
  }
}
const ENOUGH = new Error("a batch has no room for more");

/**
 * Transactions as they come: those that were read before are dropped, but for what they say tables are like. Of one that is too
 * large only the end is looked for.
 */
class Gathering {
  readonly #after: number;
  readonly #maxBytes: number;
  #bytes = Buffer.allocUnsafeSlow(1 << 16);
  #end = 0;
  #begin = 0;
  #to = 0;
  #lsn = 0;
  readonly #maxChanges: number;
  /** Changes of transactions that are wanted, and of the one that is coming. */
  #changes = 0;
  #coming = 0;
  #isTooLarge = false;
  #isFirst = true;

  constructor(after: number, maxBytes: number, maxChanges: number) {
    this.#after = after;
    this.#maxBytes = maxBytes;
    this.#maxChanges = maxChanges;
  }

  get found(): Changes | undefined {
    return this.#lsn === 0 ? undefined : { lsn: this.#lsn, held: this.#isTooLarge ? undefined : { bytes: this.#bytes, from: 0, to: this.#to } };
  }

  /** A message, perhaps behind what binary COPY begins with. False: there is no room for more, and at least one transaction. */
  add(chunk: Buffer): boolean {
    const from = this.#isFirst ? COPY_SIGNATURE_BYTES : 0, message = from + MESSAGE_HEADER_BYTES;
    this.#isFirst = false;
    if (chunk.length <= message) return true; // what it ends with
    // What comes beyond the limit is for the next batch.
    if (this.#changes >= this.#maxChanges) return true;
    const kind = chunk[message]!, start = this.#end;
    if (!this.#isTooLarge) {
      if (start + chunk.length - from > this.#maxBytes) {
        if (this.#to > 0) return false;
        this.#drop();
        this.#isTooLarge = true;
      } else this.#keep(chunk, from);
    }
    if (this.#isTooLarge && kind === MESSAGE.relation) this.#keep(chunk, from);
    if (kind === MESSAGE.begin) {
      this.#begin = start;
      this.#coming = 0;
    } else if (kind === MESSAGE.commit) {
      const end = lsnAt(chunk, message + 10);
      if (end > this.#after) {
        this.#lsn = end;
        this.#to = this.#end;
        this.#changes += this.#coming;
        return !this.#isTooLarge;
      }
      if (!this.#isTooLarge) this.#drop();
      this.#isTooLarge = false;
    } else if (kind !== MESSAGE.relation) this.#coming++;
    return true;
  }

  #keep(chunk: Buffer, from: number): void {
    const wanted = this.#end + chunk.length - from;
    if (wanted > this.#bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(2 * this.#bytes.length, wanted));
      this.#bytes.copy(larger, 0, 0, this.#end);
      this.#bytes = larger;
    }
    chunk.copy(this.#bytes, this.#end, from);
    this.#end = wanted;
  }

  /** Of the last transaction only what it says tables are like stays: that is said once, and holds for those that follow. */
  #drop(): void {
    const bytes = this.#bytes;
    let kept = this.#begin;
    for (let at = this.#begin; at < this.#end;) {
      const next = at + MESSAGE_HEADER_BYTES + bytes.readInt32BE(at + 2);
      if (bytes[at + MESSAGE_HEADER_BYTES] === MESSAGE.relation) {
        bytes.copyWithin(kept, at, next);
        kept += next - at;
      }
      at = next;
    }
    this.#end = kept;
  }
}
