/**
 * The changes of a table as a stream: first what is there, then each change of a committed transaction, in the order of
 * commits. The offset is a position in the server's log, at the end of a transaction. See slot.ts for how changes are read
 * again after a crash. What was there at first can't be read again, as it is of the past: it stands in the checkpoint with the
 * first batch.
 */
import { deflateRawSync, inflateRawSync } from "node:zlib";
import { AnalysisError, ExecutionError, unsupported } from "../../base/errors.ts";
import type { BatchReceiver, Offset, ReadLimit, ReadRequest, SourceContext, SourceState, Split, StreamSource, Table } from "../../io/source.ts";
import { field, sameTypeIgnoringNullability, struct, type StructType } from "../../types/data-type.ts";
import { ADDRESS_OPTIONS, addressOf, byLowerCase, invalidOption, listOption, literal, quoted, tableName, tableParts, wholeOption, wordOption, type Options, type PostgresAddress } from "./address.ts";
import { arrayElements, typeOf, type ArrayElements } from "./catalog-types.ts";
import { ChangeRows, changeSchema } from "./change-rows.ts";
import { PostgresConnection } from "./connection.ts";
import { CopyOut } from "./copy.ts";
import { lsnOf, lsnText } from "./pgoutput.ts";
import { Slot, type Changes } from "./slot.ts";

const OPTIONS = [...ADDRESS_OPTIONS, "table", "tables", "slot", "publication", "snapshot", "maxChangesPerTrigger", "maxBytes"] as const;
/** The slot keeps the server's log: without changes of the table its position moves on after so many bytes, by a batch without rows. */
const IDLE_BYTES = 16 << 20;

interface Settings {
  readonly address: PostgresAddress;
  /** `schema.table`. */
  readonly table: string;
  readonly columns: StructType;
  readonly arrays: ArrayElements;
  readonly slot: string | undefined;
  readonly publication: string | undefined;
  readonly withSnapshot: boolean;
  readonly maxChanges: number;
  readonly maxBytes: number;
}

/** @param known what a query's checkpoint says the rows are like; otherwise the database is asked */
export async function postgresCdcTable(options: Options, known: StructType | undefined): Promise<Table> {
  const given = byLowerCase(options), address = addressOf(options, OPTIONS), tables = given["table"] !== undefined ? [given["table"]] : listOption(given, "tables");
  if (tables.length === 0) throw invalidOption("table", "A source of changes needs a table.", "table: \"orders\"");
  if (tables.length > 1) throw unsupported("A source of changes of several tables", "one source a table, each with a slot of its own");
  const slot = given["slot"];
  if (slot !== undefined && !/^[a-z0-9_]{1,63}$/.test(slot)) throw invalidOption("slot", `A slot's name has up to 63 small letters, digits and _: ${slot}.`);
  const name = tableName(tables[0]!), connection = await PostgresConnection.open(address), doing = `Reading the columns of ${tables[0]}`;
  try {
    const [place] = (await connection.query(doing, "SELECT n.nspname AS schema, c.relname AS table, c.relkind AS kind FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = to_regclass($1)", [name])).rows;
    if (place === undefined) throw new AnalysisError({ condition: "MILLRACE_POSTGRES.OBJECT", sqlState: "42P01", message: `The database has no table ${tableParts(tables[0]!).join(".")}.`, messageParameters: { table: tables[0]!, server: address.display } });
    const { fields } = await connection.query(doing, `SELECT * FROM ${name} LIMIT 0`), arrays = await arrayElements(connection, fields.map(one => one.dataTypeID));
    const columns = rowOf(known) ?? struct(fields.map(one => field(one.name, typeOf(one.dataTypeID, one.dataTypeModifier, arrays)))), table = `${place["schema"]}.${place["table"]}`;
    const settings: Settings = {
      address, table, columns, arrays, slot, publication: given["publication"], withSnapshot: wordOption(given, "snapshot", ["initial", "never"], "initial") === "initial",
      maxChanges: wholeOption(given, "maxChangesPerTrigger", 100_000), maxBytes: wholeOption(given, "maxBytes", 256 << 20, 1 << 16),
    };
    return {
      name: table, description: `PostgresChanges[${address.display} ${table}]`, schema: changeSchema(columns), schemaIsInferred: true, isStreaming: true, replayable: true,
      fingerprint: { postgresCdc: address.display, table, slot: slot ?? null }, stream: context => new CdcSource(settings, context),
    };
  } finally {
    await connection.close();
  }
}

/** The table's columns in a row of changes. */
function rowOf(schema: StructType | undefined): StructType | undefined {
  if (schema === undefined) return undefined;
  const type = schema.fields.find(one => one.name === "after")?.type;
  if (type?.kind !== "struct" || !sameTypeIgnoringNullability(schema, changeSchema(type))) throw new AnalysisError({
    condition: "MILLRACE_INVALID_OPTION", sqlState: "22023", message: "The rows of a source of changes have columns of their own.", messageParameters: { option: "schema" }, hint: "leave schema() out, and cast with to(schema) afterwards",
  });
  return type;
}

class CdcSource implements StreamSource {
  readonly replayable = true;
  readonly description: string;
  readonly state: SourceState;
  readonly #settings: Settings;
  readonly #slot: Slot;
  /** What was there at first: lines of COPY; undefined once it is of no more use. */
  #snapshot: Buffer | undefined;
  /** What `latest` found, for the read that follows. */
  #found: { readonly from: number; readonly changes: Changes } | undefined;
  /** How far the server's log was when there was nothing new. */
  #seen = -1;
  #isOpen = false;
  #end = Number.POSITIVE_INFINITY;
  /** The slot is moved one position after the other; an error is told by the next look. */
  #moving: Promise<void> = Promise.resolve();
  #failure: unknown;

  constructor(settings: Settings, { queryId, sourceIndex }: SourceContext) {
    this.#settings = settings;
    const slot = settings.slot ?? `millrace_${queryId.replaceAll("-", "")}_${sourceIndex}`.slice(0, 63);
    this.description = `PostgresChanges[${settings.table}, slot ${slot}]`;
    this.#slot = new Slot(settings.address, slot, settings.publication ?? slot, settings.table.split(".").map(quoted).join("."), settings.maxChanges, settings.maxBytes);
    this.state = {
      changes: from => (from === null && this.#snapshot !== undefined ? deflateRawSync(this.#snapshot, { level: 1 }) : new Uint8Array(0)),
      snapshot: () => new Uint8Array(0),
      load: block => { if (block.length > 0) this.#snapshot = inflateRawSync(block); },
    };
  }

  async latest(from: Offset, _limit: ReadLimit): Promise<Offset> {
    if (this.#failure !== undefined) throw this.#failure;
    if (from === null) return { lsn: lsnText(await this.#first()) };
    this.#snapshot = undefined;
    const position = positionOf(from);
    await this.#open(position);
    const server = await this.#slot.serverPosition();
    if (server === this.#seen || position >= this.#end) return from;
    const changes = await this.#slot.changes(position);
    if (changes !== undefined && changes.lsn <= this.#end) {
      this.#found = { from: position, changes };
      return { lsn: lsnText(changes.lsn) };
    }
    this.#seen = server;
    return server - position > IDLE_BYTES && server <= this.#end ? { lsn: lsnText(server) } : from;
  }

  async available(): Promise<Offset> { return { lsn: lsnText(await this.#slot.serverPosition()) }; }

  async freeze(from: Offset): Promise<void> { if (from !== null) this.#end = await this.#slot.serverPosition(); }

  async plan(from: Offset, to: Offset): Promise<readonly Split[]> { return [{ from: from === null ? null : lsnText(positionOf(from)), to: lsnText(positionOf(to)) }]; }

  async read(split: Split, { columns, signal }: ReadRequest, receiver: BatchReceiver): Promise<void> {
    const { from, to } = split as { from: string | null; to: string }, { table, columns: fields, arrays } = this.#settings;
    const rows = new ChangeRows(table, fields, arrays, columns, receiver);
    try {
      if (from === null) return await rows.snapshot(this.#snapshot ?? Buffer.alloc(0), lsnOf(to));
      const position = lsnOf(from), end = lsnOf(to);
      await this.#open(position);
      const changes = this.#found?.from === position && this.#found.changes.lsn === end ? this.#found.changes : await this.#slot.changes(position, end);
      signal.throwIfAborted();
      if (changes !== undefined) await rows.changes(changes, position, end);
    } finally {
      rows.release();
    }
  }

  committed(to: Offset): void {
    const position = positionOf(to);
    if (this.#found !== undefined && this.#found.changes.lsn <= position) this.#found = undefined;
    this.#moving = this.#moving.then(() => this.#slot.forget(position)).catch((error: unknown) => { this.#failure ??= error; });
  }

  async stop(): Promise<void> {
    await this.#moving;
    await this.#slot.close();
  }

  /** A new query: makes the slot, and reads what is there at its position. */
  async #first(): Promise<number> {
    const slot = this.#slot, { withSnapshot } = this.#settings, known = await slot.position();
    if (known !== undefined) {
      if (this.#settings.slot !== undefined && withSnapshot) throw slot.error(`The replication slot ${slot.name} is there already, so what was in the table at its position can't be read.`, "drop the slot (dropPostgresSlot), name another one, or snapshot: \"never\" to begin with the changes since its position");
      // One of our own name is from a run that ended before its first batch was decided.
      if (this.#settings.slot === undefined) await slot.drop();
    }
    await slot.publish();
    this.#isOpen = true;
    if (this.#settings.slot !== undefined && known !== undefined) return known;
    return await slot.create(withSnapshot ? (connection, snapshot) => this.#look(connection, snapshot) : undefined);
  }

  /** All rows of the table, as the snapshot has them. */
  async #look(connection: PostgresConnection, snapshot: string): Promise<void> {
    const { table, columns, maxBytes } = this.#settings, doing = `Reading ${table}`, parts: Buffer[] = [];
    let bytes = 0;
    await connection.query(doing, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    await connection.query(doing, `SET TRANSACTION SNAPSHOT ${literal(snapshot)}`);
    const copy: CopyOut = new CopyOut(connection, doing, `COPY (SELECT ${columns.fields.map(one => quoted(one.name)).join(", ")} FROM ${table.split(".").map(quoted).join(".")}) TO STDOUT`, line => {
      if ((bytes += line.length) > maxBytes) throw new ExecutionError({
        condition: "MILLRACE_POSTGRES.TOO_LARGE", sqlState: "54000", message: `The table ${table} has more than ${maxBytes} bytes, more than a first batch takes.`, messageParameters: { table, limit: String(maxBytes) },
        hint: "raise maxBytes, or say snapshot: \"never\" and read what is there by read.format(\"postgres\")",
      });
      parts.push(Buffer.from(line));
    });
    connection.submit(copy);
    await copy.done;
    await connection.query(doing, "COMMIT");
    this.#snapshot = Buffer.concat(parts);
  }

  /** An old query: the slot must be there, and must not have forgotten anything that is still to be read. */
  async #open(position: number): Promise<void> {
    if (this.#isOpen) return;
    const slot = this.#slot, known = await slot.position();
    if (known === undefined) throw slot.error(`The replication slot ${slot.name} is gone, and with it the changes since ${lsnText(position)}.`, "begin a new query with a new checkpoint");
    if (known > position) throw slot.error(`The replication slot ${slot.name} was moved to ${lsnText(known)} by someone else; the changes since ${lsnText(position)} are gone.`, "a slot belongs to one query; begin a new one with a new checkpoint");
    this.#isOpen = true;
  }
}

const positionOf = (offset: Offset): number => lsnOf((offset as { lsn: string }).lsn);

/** Drops a slot, and the publication of its name if that is there. */
export async function dropSlot(options: Options): Promise<void> {
  const given = byLowerCase(options), address = addressOf(options, [...ADDRESS_OPTIONS, "slot", "publication"]), slot = given["slot"];
  if (slot === undefined) throw invalidOption("slot", "Which slot?");
  const connection = await PostgresConnection.open(address);
  try {
    await connection.query(`Dropping the slot ${slot}`, "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = $1", [slot]);
    await connection.query(`Dropping the publication of ${slot}`, `DROP PUBLICATION IF EXISTS ${quoted(given["publication"] ?? slot)}`);
  } finally {
    await connection.close();
  }
}
