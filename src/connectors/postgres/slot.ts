/**
 * A replication slot: the server keeps its log from the slot's position on, and says again what was committed since, as often
 * as it is asked, until the position is moved. So the slot is the buffer of a stream, and the position moves only when
 * a batch is delivered and that is durable.
 */
import { ExecutionError } from "../../base/errors.ts";
import { literal, quoted, tableName, type PostgresAddress } from "./address.ts";
import { PostgresConnection } from "./connection.ts";
import { CopyOut } from "./copy.ts";
import { MESSAGE, lsnAt, lsnOf, lsnText } from "./pgoutput.ts";

/** Messages of whole transactions, one behind the other, each with 6 bytes before it of which the last 4 are its length. */
export interface Changes {
  readonly bytes: Buffer;
  /** Where the first message and the end are. */
  readonly from: number;
  readonly to: number;
  /** The end of the last transaction. */
  readonly lsn: number;
}
/** What binary COPY begins with: signature, flags, length of an extension, which is none. */
const COPY_SIGNATURE_BYTES = 19;
const MESSAGE_HEADER_BYTES = 6;

export class Slot {
  readonly #address: PostgresAddress;
  readonly name: string;
  readonly publication: string;
  readonly #table: string;
  readonly #maxChanges: number;
  readonly #maxBytes: number;
  #connection: PostgresConnection | undefined;

  constructor(address: PostgresAddress, name: string, publication: string, table: string, maxChanges: number, maxBytes: number) {
    this.#address = address;
    this.name = name;
    this.publication = publication;
    this.#table = table;
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
    if (row === undefined) return undefined;
    if (row["plugin"] !== "pgoutput" || row["here"] !== "t") throw this.error(`The replication slot ${this.name} is of another plugin or database.`, "name another slot");
    return lsnOf(row["lsn"]!);
  }

  /** The publication names the table; it is made if it isn't there. */
  async publish(): Promise<void> {
    const connection = await this.connection(), doing = `Publishing ${this.#table}`, table = tableName(this.#table);
    const known = (await connection.query(doing, "SELECT 1 FROM pg_publication WHERE pubname = $1", [this.publication])).rows.length > 0;
    if (!known) await connection.query(doing, `CREATE PUBLICATION ${quoted(this.publication)} FOR TABLE ${table}`);
    const covers = (await connection.query(doing, "SELECT 1 FROM pg_publication_tables WHERE pubname = $1 AND to_regclass(format('%I.%I', schemaname, tablename)) = to_regclass($2)", [this.publication, table])).rows.length > 0;
    if (!covers) throw this.error(`The publication ${this.publication} doesn't have the table ${this.#table}.`, `ALTER PUBLICATION ${quoted(this.publication)} ADD TABLE ${table}`);
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

  /** How far the server's log is on disk. */
  async serverPosition(): Promise<number> {
    return lsnOf((await (await this.connection()).query("Asking for the position of the log", "SELECT pg_current_wal_flush_lsn()::text AS lsn")).rows[0]!["lsn"]!);
  }

  /**
   * Whole transactions that ended after `from`, up to `upTo` if it is given; otherwise so many that their changes and bytes stay
   * below the limits, but at least one. Undefined: there is none. @throws MILLRACE_POSTGRES.TOO_LARGE
   */
  async changes(from: number, upTo?: number): Promise<Changes | undefined> {
    for (let count = this.#maxChanges; ; count *= 4) {
      const gathering = new Gathering(from, this.#maxBytes, this.#table), messages = await this.#peek(gathering, upTo, count);
      // All of it was read before: the slot's position is behind ours. Ask for more, unless that was all there is.
      if (gathering.found !== undefined || upTo !== undefined || messages < count) return gathering.found;
    }
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

  /** @returns how many messages the server gave */
  async #peek(gathering: Gathering, upTo: number | undefined, count: number): Promise<number> {
    const connection = await this.connection(), [position, limit] = upTo === undefined ? ["NULL", String(count)] : [literal(lsnText(upTo)), "NULL"];
    const sql = `COPY (SELECT data FROM pg_logical_slot_peek_binary_changes(${literal(this.name)}, ${position}, ${limit}, 'proto_version', '1', 'publication_names', ${literal(quoted(this.publication))})) TO STDOUT (FORMAT binary)`;
    const copy: CopyOut = new CopyOut(connection, `Reading the changes of ${this.#table}`, sql, chunk => {
      if (!gathering.add(chunk)) copy.giveUp(ENOUGH);
    });
    connection.submit(copy);
    try {
      return await copy.done;
    } catch (error) {
      if ((error as { cause?: unknown }).cause === ENOUGH) return count;
      throw error;
    }
  }
}
const ENOUGH = new Error("a batch has no room for more");

/** Transactions as they come: those that were read before are dropped, but for what they say tables are like. */
class Gathering {
  readonly #after: number;
  readonly #maxBytes: number;
  readonly #table: string;
  #bytes = Buffer.allocUnsafeSlow(1 << 16);
  #end = 0;
  /** Up to here messages are whole and looked at. */
  #at = COPY_SIGNATURE_BYTES;
  #begin = COPY_SIGNATURE_BYTES;
  #to = 0;
  #lsn = 0;

  constructor(after: number, maxBytes: number, table: string) {
    this.#after = after;
    this.#maxBytes = maxBytes;
    this.#table = table;
  }

  get found(): Changes | undefined { return this.#to === 0 ? undefined : { bytes: this.#bytes, from: COPY_SIGNATURE_BYTES, to: this.#to, lsn: this.#lsn }; }

  /** False: there is no room, and at least one transaction. @throws MILLRACE_POSTGRES.TOO_LARGE */
  add(chunk: Buffer): boolean {
    if (this.#end + chunk.length > this.#maxBytes) {
      if (this.#to > 0) return false;
      throw new ExecutionError({
        condition: "MILLRACE_POSTGRES.TOO_LARGE", sqlState: "54000", message: `A transaction on ${this.#table} has changes of more than ${this.#maxBytes} bytes, and a batch can't cut it.`,
        messageParameters: { table: this.#table, limit: String(this.#maxBytes) }, hint: "the option maxBytes is the limit; the changes of a batch are held in memory",
      });
    }
    if (this.#end + chunk.length > this.#bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(2 * this.#bytes.length, this.#end + chunk.length));
      this.#bytes.copy(larger, 0, 0, this.#end);
      this.#bytes = larger;
    }
    chunk.copy(this.#bytes, this.#end);
    this.#end += chunk.length;
    while (this.#at + MESSAGE_HEADER_BYTES <= this.#end && this.#bytes.readInt16BE(this.#at) === 1) {
      const start = this.#at + MESSAGE_HEADER_BYTES, next = start + this.#bytes.readInt32BE(this.#at + 2);
      if (next > this.#end) break;
      if (this.#bytes[start] === MESSAGE.begin) this.#begin = this.#at;
      this.#at = next;
      if (this.#bytes[start] === MESSAGE.commit) this.#commit(lsnAt(this.#bytes, start + 10));
    }
    return true;
  }

  #commit(end: number): void {
    if (end > this.#after) {
      this.#to = this.#at;
      this.#lsn = end;
      return;
    }
    const bytes = this.#bytes;
    let kept = this.#begin;
    for (let at = this.#begin; at < this.#at;) {
      const next = at + MESSAGE_HEADER_BYTES + bytes.readInt32BE(at + 2);
      if (bytes[at + MESSAGE_HEADER_BYTES] === MESSAGE.relation) {
        bytes.copyWithin(kept, at, next);
        kept += next - at;
      }
      at = next;
    }
    bytes.copyWithin(kept, this.#at, this.#end);
    this.#end -= this.#at - kept;
    this.#at = kept;
  }
}
