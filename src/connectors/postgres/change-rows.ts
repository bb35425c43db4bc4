/** Changes of tables as rows: messages of pgoutput, or lines of a snapshot, into batches. */
import { ExecutionError } from "../../base/errors.ts";
import { BATCH_ROWS, Batch } from "../../columns/batch.ts";
import { VectorBuilder } from "../../columns/cells.ts";
import type { BatchReceiver } from "../../io/source.ts";
import { Arena } from "../../memory/arena.ts";
import { BIGINT, STRING, TIMESTAMP, array, field, sameTypeIgnoringNullability, struct, typeToSql, type DataType, type StructType } from "../../types/data-type.ts";
import { badRowOf, GoodRows } from "./bad-rows.ts";
import { typeOf, type TypeRules } from "./catalog-types.ts";
import { StructSide, VariantSide, type ChangeSide } from "./change-sides.ts";
import { CopyLine, LINE_FEED } from "./copy-line.ts";
import { MESSAGE, OLD_KEY, OLD_ROW, TEXT, Tuple, lsnAt, microsAt, readRelation, type Relation } from "./pgoutput.ts";
import { TextColumn } from "./text-column.ts";

/** What is read: one table with the columns that it had when the query was planned, or several, each with those that it has. */
export interface ChangedTables {
  /** `schema.table`. */
  readonly names: readonly string[];
  /** Of `before` and `after`: a STRUCT for one table, else VARIANT or STRING. */
  readonly rowType: DataType;
  readonly rules: TypeRules;
  /** Where rows come from that can't be read and go to the dead letters; undefined: they end the query. */
  readonly badRowOrigin: string | undefined;
}

/** The rows that a table had at a position: lines of COPY with these columns. */
export interface SnapshotPart { readonly relation: Relation; readonly lines: Buffer }

/** What a row of a source of changes is. */
export const changeSchema = (rowType: DataType): StructType => struct([
  field("op", STRING, false), field("table", STRING, false), field("lsn", BIGINT, false), field("xid", BIGINT), field("committed_at", TIMESTAMP),
  field("before", rowType), field("after", rowType), field("unchanged", array(STRING)),
]);

const OPS = { snapshot: Buffer.from("snapshot"), insert: Buffer.from("insert"), update: Buffer.from("update"), delete: Buffer.from("delete"), truncate: Buffer.from("truncate") };
type Op = keyof typeof OPS;

/** The columns of a batch that is being filled. */
interface Filling { readonly op: TextColumn; readonly table: TextColumn; readonly lsn: TextColumn; readonly xid: TextColumn; readonly committed_at: TextColumn; readonly before: ChangeSide; readonly after: ChangeSide; readonly unchanged: VectorBuilder }
/** A table as it is from some message on. */
interface Known { readonly relation: Relation; readonly nameBytes: Buffer; /** For each column of the STRUCT the number of the table's. */ readonly order: readonly number[] }

export class ChangeRows {
  readonly #tables: ChangedTables;
  readonly #wanted: readonly string[];
  readonly #receiver: BatchReceiver;
  readonly #arena = new Arena();
  readonly #good = new GoodRows(this.#arena);
  readonly #known = new Map<number, Known>();
  readonly #old = new Tuple();
  readonly #new = new Tuple();
  #filling: Filling | undefined;
  #rows = 0;
  #lsn = 0;
  #xid: number | undefined;
  #committed: number | undefined;
  /** The transaction is one that is wanted. */
  #counts = false;

  constructor(tables: ChangedTables, wanted: readonly string[], receiver: BatchReceiver) {
    this.#tables = tables;
    this.#wanted = wanted;
    this.#receiver = receiver;
  }

  /** What was there at a position. */
  async snapshot(parts: readonly SnapshotPart[], lsn: number): Promise<void> {
    const line = new CopyLine();
    this.#lsn = lsn;
    this.#xid = this.#committed = undefined;
    for (const { relation, lines } of parts) {
      const nameBytes = Buffer.from(relation.name);
      for (let at = 0; at < lines.length;) {
        const end = lines.indexOf(LINE_FEED, at), { before, after, unchanged } = this.#begin("snapshot", nameBytes), start = at;
        this.#fill(() => {
          before.null();
          line.read(after.beginFields(relation), lines, start, end);
          after.endFields();
          unchanged.append(null);
        }, relation.name, () => lines.subarray(start, end));
        at = end + 1;
        if (this.#endRow()) await this.#receiver.ready?.();
      }
    }
    this.flush();
  }

  /**
   * A message of pgoutput. Transactions count that end after `from` and not after `to`; the others only say what tables are like.
   * Returns whether a batch was handed over. @throws MILLRACE_POSTGRES.SCHEMA, .VALUE
   */
  message(bytes: Buffer, at: number, from: number, to: number): boolean {
    switch (bytes[at]!) {
      case MESSAGE.begin:
        // The position of the commit, which is before its end: a transaction of an earlier batch has it before `from`.
        this.#lsn = lsnAt(bytes, at + 1);
        this.#committed = microsAt(bytes, at + 9);
        this.#xid = bytes.readUInt32BE(at + 17);
        this.#counts = this.#lsn >= from && this.#lsn < to;
        return false;
      case MESSAGE.relation:
        this.#learn(readRelation(bytes, at));
        return false;
      case MESSAGE.insert: case MESSAGE.update: case MESSAGE.delete: return this.#counts && this.#change(bytes, at);
      case MESSAGE.truncate: return this.#counts && this.#truncate(bytes, at);
      default: return false; // origins and types
    }
  }

  release(): void { this.#arena.release(); }

  /** Looks whether a table is still what the query was planned for. More columns are left out of a STRUCT. */
  #learn(relation: Relation): void {
    const { names, rowType, rules } = this.#tables;
    if (!names.includes(relation.name)) return;
    const order = rowType.kind !== "struct" ? [] : rowType.fields.map(({ name, type }) => {
      const i = relation.columns.findIndex(column => column.name === name), now = i < 0 ? undefined : typeOf(relation.columns[i]!.oid, relation.columns[i]!.modifier, rules);
      if (this.#counts && (now === undefined || !sameTypeIgnoringNullability(now, type))) throw new ExecutionError({
        condition: "MILLRACE_POSTGRES.SCHEMA", sqlState: "42703", message: `The column ${name} of ${relation.name} ${now === undefined ? "is gone" : `was ${typeToSql(type)} and is ${typeToSql(now)} now`}.`,
        messageParameters: { table: relation.name, column: name }, hint: "the query goes on from its checkpoint if the column is as it was; otherwise begin a new query with a new checkpoint and a new slot. With tables: [...] rows are VARIANT, and follow what the table is",
      });
      return i;
    });
    this.#known.set(relation.id, { relation, nameBytes: Buffer.from(relation.name), order });
  }

  #truncate(bytes: Buffer, at: number): boolean {
    let handed = false;
    const count = bytes.readUInt32BE(at + 1);
    for (let i = 0; i < count; i++) {
      const known = this.#known.get(bytes.readUInt32BE(at + 6 + 4 * i));
      if (known === undefined) continue;
      const { before, after, unchanged } = this.#begin("truncate", known.nameBytes);
      before.null();
      after.null();
      unchanged.append(null);
      handed = this.#endRow() || handed;
    }
    return handed;
  }

  #change(bytes: Buffer, message: number): boolean {
    const kind = bytes[message]!, known = this.#known.get(bytes.readUInt32BE(message + 1));
    if (known === undefined) return false;
    let at = message + 5, letter = bytes[at]!, old: Tuple | undefined, isKey = false;
    if (letter === OLD_KEY || letter === OLD_ROW) {
      isKey = letter === OLD_KEY;
      at = (old = this.#old).read(bytes, at + 1);
      letter = bytes[at]!;
    }
    const now = kind === MESSAGE.delete ? undefined : this.#new;
    now?.read(bytes, at + 1);
    const { relation, order, nameBytes } = known, { before, after, unchanged } = this.#begin(kind === MESSAGE.insert ? "insert" : kind === MESSAGE.update ? "update" : "delete", nameBytes);
    this.#fill(() => {
      if (old === undefined) before.null(); else before.row({ bytes, tuple: old, relation, order, isKey, whole: undefined });
      // A long value that was not touched is not sent; the old row has it, if it is whole.
      const missing = now === undefined ? (after.null(), []) : after.row({ bytes, tuple: now, relation, order, isKey: false, whole: isKey ? undefined : old });
      unchanged.append(missing.length === 0 ? null : missing);
    }, relation.name, () => tupleText(bytes, now ?? old!, relation));
    return this.#endRow();
  }

  /** Fills the sides of a row; one that can't be read is left out of the batch, if such rows go to the dead letters. */
  #fill(sides: () => void, table: string, raw: () => Uint8Array): void {
    try { sides(); } catch (error) {
      const { badRowOrigin } = this.#tables, { before, after, unchanged } = this.#filling!;
      if (badRowOrigin === undefined) throw error;
      this.#receiver.badRecord(badRowOf(error, `${badRowOrigin} ${table}`, this.#lsn, raw()));
      for (const side of [before, after]) side.padTo(this.#rows + 1);
      if (unchanged.length === this.#rows) unchanged.append(null);
      this.#good.leaveOut(this.#rows);
    }
  }

  #begin(op: Op, tableName: Buffer): Filling {
    const arena = this.#arena, text = (name: string, type: DataType = STRING): TextColumn => new TextColumn(name, type, arena, BATCH_ROWS), { rowType, rules } = this.#tables;
    const side = (): ChangeSide => (rowType.kind === "struct" ? new StructSide(rowType, arena) : new VariantSide(rowType, rules, arena));
    const filling = this.#filling ??= {
      op: text("op"), table: text("table"), lsn: text("lsn", BIGINT), xid: text("xid", BIGINT), committed_at: text("committed_at", TIMESTAMP),
      before: side(), after: side(), unchanged: new VectorBuilder(array(STRING), arena, BATCH_ROWS),
    };
    filling.op.text(OPS[op], 0, OPS[op].length);
    filling.table.text(tableName, 0, tableName.length);
    filling.lsn.whole(this.#lsn);
    if (this.#xid === undefined) filling.xid.null(); else filling.xid.whole(this.#xid);
    if (this.#committed === undefined) filling.committed_at.null(); else filling.committed_at.whole(this.#committed);
    return filling;
  }

  #endRow(): boolean {
    if (++this.#rows < BATCH_ROWS) return false;
    this.flush();
    return true;
  }

  /** Hands over the rows there are. */
  flush(): void {
    if (this.#rows === 0) return;
    const all = changeSchema(this.#tables.rowType), filling = this.#filling!;
    const columns = this.#wanted.map(name => filling[name as keyof Filling].finish());
    const batch = new Batch(struct(this.#wanted.map(name => all.fields.find(one => one.name === name)!)), columns, this.#rows, this.#good.selection(this.#rows));
    this.#rows = 0;
    this.#filling = undefined;
    if (batch.count > 0) this.#receiver.push(batch);
    this.#arena.reset();
  }
}

/** A tuple as JSON of texts, for a person to read. */
function tupleText(bytes: Buffer, tuple: Tuple, { columns }: Relation): Uint8Array {
  return Buffer.from(JSON.stringify(Object.fromEntries(columns.map(({ name }, i) => [name, tuple.kinds[i] === TEXT ? bytes.toString("utf8", tuple.from[i]!, tuple.to[i]!) : null]))));
}
