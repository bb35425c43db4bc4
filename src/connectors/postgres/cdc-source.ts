/**
 * The changes of one table, or of several, as a stream: first what is there, then each change of a committed transaction, in
 * the order of commits. The offset is a position in the server's log, at the end of a transaction. See slot.ts for how changes are read
 * again after a crash. What was there at first can't be read again, as it is of the past: it stands in the checkpoint with the
 * first batch.
 */
import { deflateRawSync, inflateRawSync } from "node:zlib";
import { AnalysisError, ExecutionError } from "../../base/errors.ts";
import type { BatchReceiver, Offset, ReadLimit, ReadRequest, SourceContext, SourceState, Split, StreamSource, Table } from "../../io/source.ts";
import { VARIANT, field, sameTypeIgnoringNullability, struct, type StructType } from "../../types/data-type.ts";
import { ADDRESS_OPTIONS, addressOf, badRowOption, byLowerCase, invalidOption, listOption, literal, quoted, tableName, tableParts, wholeOption, wordOption, type Options, type PostgresAddress } from "./address.ts";
import { allArrayElements, jsonTypeOf, typeOf, type TypeRules } from "./catalog-types.ts";
import { ChangeRows, changeSchema, type ChangedTables, type SnapshotPart } from "./change-rows.ts";
import { rowsTypeOf } from "./change-sides.ts";
import { PostgresConnection } from "./connection.ts";
import { CopyOut } from "./copy.ts";
import { lsnOf, lsnText, type Relation } from "./pgoutput.ts";
import { Slot, type Changes } from "./slot.ts";

const OPTIONS = [...ADDRESS_OPTIONS, "table", "tables", "rowsAs", "jsonAs", "badRow", "slot", "publication", "snapshot", "maxChangesPerTrigger", "maxBytes"] as const;
/** The slot keeps the server's log: without changes of the tables its position moves on after so many bytes, by a batch without rows. */
const IDLE_BYTES = 16 << 20;

interface Settings {
  readonly address: PostgresAddress;
  readonly tables: ChangedTables;
  readonly slot: string | undefined;
  readonly publication: string | undefined;
  readonly withSnapshot: boolean;
  readonly maxChanges: number;
  readonly maxBytes: number;
}

/** @param known what a query's checkpoint says the rows are like; otherwise the database is asked */
export async function postgresCdcTable(options: Options, known: StructType | undefined): Promise<Table> {
  const given = byLowerCase(options), address = addressOf(options, OPTIONS), isList = given["tables"] !== undefined, asked = given["table"] !== undefined ? [given["table"]] : listOption(given, "tables"), slot = given["slot"];
  if (asked.length === 0 || (isList && given["table"] !== undefined)) throw invalidOption("table", "A source of changes needs a table, or tables.", "table: \"orders\", or tables: [\"orders\", \"items\"]");
  if (slot !== undefined && !/^[a-z0-9_]{1,63}$/.test(slot)) throw invalidOption("slot", `A slot's name has up to 63 small letters, digits and _: ${slot}.`);
  if (!isList && given["rowsas"] !== undefined) throw invalidOption("rowsAs", "The rows of one table have its columns: rowsAs goes with tables.");
  const rowsAs = wordOption(given, "rowsAs", ["variant", "json"], "variant"), connection = await PostgresConnection.open(address);
  try {
    const names: string[] = [];
    for (const table of asked) names.push(await placeOf(connection, table, address));
    const rules: TypeRules = { arrays: await allArrayElements(connection), json: isList ? VARIANT : jsonTypeOf(given) };
    const rowType = isList ? rowsTypeOf(rowsAs) : rowOf(known) ?? struct((await relationOf(connection, names[0]!)).columns.map(one => field(one.name, typeOf(one.oid, one.modifier, rules))));
    const list = [...new Set(names)].sort(), place = list.join(", "), description = `PostgresChanges[${address.display} ${place}]`, schema = changeSchema(rowType);
    if (isList && known !== undefined && !sameTypeIgnoringNullability(schema, known)) throw wrongSchema();
    const settings: Settings = {
      address, slot, publication: given["publication"], withSnapshot: wordOption(given, "snapshot", ["initial", "never"], "initial") === "initial",
      tables: { names: list, rowType, rules, badRowOrigin: badRowOption(given) === "deadLetter" ? description : undefined },
      maxChanges: wholeOption(given, "maxChangesPerTrigger", 100_000), maxBytes: wholeOption(given, "maxBytes", 256 << 20, 1 << 16),
    };
    return {
      name: place, description, schema, schemaIsInferred: true, isStreaming: true, replayable: true,
      fingerprint: { postgresCdc: address.display, table: place, slot: slot ?? null }, stream: context => new CdcSource(settings, context),
    };
  } finally {
    await connection.close();
  }
}

/** `schema.table` as the catalog has it. @throws AnalysisError MILLRACE_POSTGRES.OBJECT */
async function placeOf(connection: PostgresConnection, table: string, address: PostgresAddress): Promise<string> {
  const [place] = (await connection.query(`Looking for ${table}`, "SELECT n.nspname AS schema, c.relname AS table FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = to_regclass($1)", [tableName(table)])).rows;
  if (place === undefined) throw new AnalysisError({ condition: "MILLRACE_POSTGRES.OBJECT", sqlState: "42P01", message: `The database has no table ${tableParts(table).join(".")}.`, messageParameters: { table, server: address.display } });
  return `${place["schema"]}.${place["table"]}`;
}

const inSql = (place: string): string => place.split(".").map(quoted).join(".");

/** What a table is like now, as a message of its changes would say it. */
async function relationOf(connection: PostgresConnection, place: string): Promise<Relation> {
  const { fields } = await connection.query(`Reading the columns of ${place}`, `SELECT * FROM ${inSql(place)} LIMIT 0`);
  return { id: 0, name: place, columns: fields.map(one => ({ name: one.name, oid: one.dataTypeID, modifier: one.dataTypeModifier, isKey: false })) };
}

/** The table's columns in a row of changes. */
function rowOf(schema: StructType | undefined): StructType | undefined {
  if (schema === undefined) return undefined;
  const type = schema.fields.find(one => one.name === "after")?.type;
  if (type?.kind !== "struct" || !sameTypeIgnoringNullability(schema, changeSchema(type))) throw wrongSchema();
  return type;
}

const wrongSchema = (): AnalysisError => new AnalysisError({
  condition: "MILLRACE_INVALID_OPTION", sqlState: "22023", message: "The rows of a source of changes have columns of their own.", messageParameters: { option: "schema" }, hint: "leave schema() out, and cast with to(schema) afterwards",
});

class CdcSource implements StreamSource {
  readonly replayable = true;
  readonly description: string;
  readonly state: SourceState;
  readonly #settings: Settings;
  readonly #slot: Slot;
  /** What was there at first, as `packSnapshot` has it; undefined once it is of no more use. */
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
    this.description = `PostgresChanges[${settings.tables.names.join(", ")}, slot ${slot}]`;
    this.#slot = new Slot(settings.address, slot, settings.publication ?? slot, settings.tables.names.map(inSql), settings.maxChanges, settings.maxBytes);
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
    const { from, to } = split as { from: string | null; to: string }, rows = new ChangeRows(this.#settings.tables, columns, receiver);
    try {
      if (from === null) return await rows.snapshot(unpackSnapshot(this.#snapshot ?? Buffer.alloc(0)), lsnOf(to));
      const position = lsnOf(from), end = lsnOf(to);
      await this.#open(position);
      const held = this.#found?.from === position && this.#found.changes.lsn === end ? this.#found.changes.held : undefined;
      signal.throwIfAborted();
      if (held === undefined) await this.#slot.stream(end, signal, (bytes, at) => (rows.message(bytes, at, position, end) ? receiver.ready?.() : undefined));
      else for (let at = held.from; at < held.to; at += 6 + held.bytes.readInt32BE(at + 2)) if (rows.message(held.bytes, at + 6, position, end)) await receiver.ready?.();
      rows.flush();
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
    const slot = this.#slot, { withSnapshot } = this.#settings, isNamed = this.#settings.slot !== undefined, known = isNamed ? await slot.position() : undefined;
    if (known !== undefined && withSnapshot) throw slot.error(`The replication slot ${slot.name} is there already, so what was in the table at its position can't be read.`, "drop the slot (dropPostgresSlot), name another one, or snapshot: \"never\" to begin with the changes since its position");
    await slot.publish();
    this.#isOpen = true;
    if (known !== undefined) return known;
    const look = withSnapshot ? (connection: PostgresConnection, snapshot: string): Promise<void> => this.#look(connection, snapshot) : undefined;
    return await (isNamed ? slot.create(look) : slot.createAnew(look));
  }

  /** All rows of the tables, as the snapshot has them. */
  async #look(connection: PostgresConnection, snapshot: string): Promise<void> {
    const { tables: { names, rowType }, maxBytes } = this.#settings, parts: SnapshotPart[] = [];
    let bytes = 0;
    await connection.query("Reading what is there", "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    await connection.query("Reading what is there", `SET TRANSACTION SNAPSHOT ${literal(snapshot)}`);
    for (const name of names) {
      const doing = `Reading ${name}`, lines: Buffer[] = [], relation = await relationOf(connection, name), columns = (rowType.kind === "struct" ? rowType.fields : relation.columns).map(one => quoted(one.name)).join(", ");
      const copy: CopyOut = new CopyOut(connection, doing, `COPY (SELECT ${columns} FROM ${inSql(name)}) TO STDOUT`, line => {
        if ((bytes += line.length) > maxBytes) throw new ExecutionError({
          condition: "MILLRACE_POSTGRES.TOO_LARGE", sqlState: "54000", message: `${names.join(", ")}: there are more than ${maxBytes} bytes of rows, more than a first batch takes.`, messageParameters: { table: names.join(", "), limit: String(maxBytes) },
          hint: "raise maxBytes, or say snapshot: \"never\" and read what is there by read.format(\"postgres\")",
        });
        lines.push(Buffer.from(line));
      });
      connection.submit(copy);
      await copy.done;
      parts.push({ relation, lines: Buffer.concat(lines) });
    }
    await connection.query("Reading what is there", "COMMIT");
    this.#snapshot = packSnapshot(parts);
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

/** Each part: the lengths of two pieces, what the table is like as JSON, and its lines. */
function packSnapshot(parts: readonly SnapshotPart[]): Buffer {
  return Buffer.concat(parts.flatMap(({ relation, lines }) => {
    const head = Buffer.from(JSON.stringify(relation)), lengths = Buffer.alloc(8);
    lengths.writeUInt32LE(head.length, 0);
    lengths.writeUInt32LE(lines.length, 4);
    return [lengths, head, lines];
  }));
}

function unpackSnapshot(bytes: Buffer): readonly SnapshotPart[] {
  const parts: SnapshotPart[] = [];
  for (let at = 0; at < bytes.length;) {
    const head = at + 8, lines = head + bytes.readUInt32LE(at), end = lines + bytes.readUInt32LE(at + 4);
    parts.push({ relation: JSON.parse(bytes.toString("utf8", head, lines)) as Relation, lines: bytes.subarray(lines, end) });
    at = end;
  }
  return parts;
}

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
