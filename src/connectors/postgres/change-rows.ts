/** Changes of one table as rows: messages of pgoutput, or lines of a snapshot, into batches. */
import { ExecutionError } from "../../base/errors.ts";
import { BATCH_ROWS, Batch } from "../../columns/batch.ts";
import { VectorBuilder } from "../../columns/cells.ts";
import { Vector } from "../../columns/vector.ts";
import type { BatchReceiver } from "../../io/source.ts";
import { Arena } from "../../memory/arena.ts";
import { linearMemory } from "../../memory/linear-memory.ts";
import { BIGINT, STRING, TIMESTAMP, array, field, sameTypeIgnoringNullability, struct, typeToSql, type StructType } from "../../types/data-type.ts";
import { typeOf, type ArrayElements } from "./catalog-types.ts";
import { CopyLine, LINE_FEED } from "./copy-line.ts";
import { MESSAGE, OLD_KEY, OLD_ROW, TEXT, Tuple, UNCHANGED, lsnAt, microsAt, readRelation, type Relation } from "./pgoutput.ts";
import type { Changes } from "./slot.ts";
import { TextColumn } from "./text-column.ts";

/** What a row of a source of changes is, for a table with these columns. */
export const changeSchema = (columns: StructType): StructType => struct([
  field("op", STRING, false), field("table", STRING, false), field("lsn", BIGINT, false), field("xid", BIGINT), field("committed_at", TIMESTAMP),
  field("before", columns), field("after", columns), field("unchanged", array(STRING)),
]);

const OPS = { snapshot: Buffer.from("snapshot"), insert: Buffer.from("insert"), update: Buffer.from("update"), delete: Buffer.from("delete"), truncate: Buffer.from("truncate") };
type Op = keyof typeof OPS;

/** A row of the table within a row of changes; null as a whole, or a value a column. */
class RowColumn {
  readonly columns: readonly TextColumn[];
  readonly #type: StructType;
  readonly #valid: number;
  #rows = 0;

  constructor(type: StructType, arena: Arena) {
    this.#type = type;
    this.columns = type.fields.map(one => new TextColumn(one.name, one.type, arena, BATCH_ROWS));
    this.#valid = arena.allocate(BATCH_ROWS);
  }

  null(): void {
    linearMemory().u8[this.#valid + this.#rows++] = 0;
    for (const column of this.columns) column.null();
  }

  /** The caller fills the columns. */
  begin(): void { linearMemory().u8[this.#valid + this.#rows++] = 1; }

  finish(): Vector { return new Vector(this.#type, 0, this.#valid, { children: this.columns.map(column => column.finish()) }); }
}

/** The columns of a batch that is being filled. */
interface Filling { readonly op: TextColumn; readonly table: TextColumn; readonly lsn: TextColumn; readonly xid: TextColumn; readonly committed_at: TextColumn; readonly before: RowColumn; readonly after: RowColumn; readonly unchanged: VectorBuilder }

export class ChangeRows {
  readonly #table: string;
  readonly #tableBytes: Buffer;
  readonly #columns: StructType;
  readonly #wanted: readonly string[];
  readonly #receiver: BatchReceiver;
  readonly #arrays: ArrayElements;
  readonly #arena = new Arena();
  #filling: Filling | undefined;
  #rows = 0;
  readonly #old = new Tuple();
  readonly #new = new Tuple();
  /** Of the table, once it has told what it is like: for each of our columns the number of its. */
  #relation: Relation | undefined;
  #order: readonly number[] = [];
  #lsn = 0;
  #xid: number | undefined;
  #committed: number | undefined;

  constructor(table: string, columns: StructType, arrays: ArrayElements, wanted: readonly string[], receiver: BatchReceiver) {
    this.#table = table;
    this.#tableBytes = Buffer.from(table);
    this.#columns = columns;
    this.#arrays = arrays;
    this.#wanted = wanted;
    this.#receiver = receiver;
  }

  /** Lines of COPY with all columns: what was there at a position. */
  async snapshot(lines: Buffer, lsn: number): Promise<void> {
    const line = new CopyLine();
    this.#lsn = lsn;
    this.#xid = this.#committed = undefined;
    for (let at = 0; at < lines.length;) {
      const end = lines.indexOf(LINE_FEED, at), { before, after, unchanged } = this.#begin("snapshot");
      before.null();
      after.begin();
      line.read(after.columns, lines, at, end);
      unchanged.append(null);
      at = end + 1;
      if (this.#endRow()) await this.#receiver.ready?.();
    }
    this.#flush();
  }

  /** Transactions that end after `from` and not after `to`. @throws MILLRACE_POSTGRES.SCHEMA, .VALUE */
  async changes({ bytes, from: start, to: end }: Changes, from: number, to: number): Promise<void> {
    let counts = false;
    for (let at = start; at < end;) {
      const message = at + 6, next = message + bytes.readInt32BE(at + 2);
      switch (bytes[message]!) {
        case MESSAGE.begin:
          // The position of the commit, which is before its end: a transaction of an earlier batch has it before `from`.
          this.#lsn = lsnAt(bytes, message + 1);
          this.#committed = microsAt(bytes, message + 9);
          this.#xid = bytes.readUInt32BE(message + 17);
          counts = this.#lsn >= from && this.#lsn < to;
          break;
        case MESSAGE.relation: this.#learn(readRelation(bytes, message), counts); break;
        case MESSAGE.insert: case MESSAGE.update: case MESSAGE.delete: case MESSAGE.truncate:
          if (counts && this.#change(bytes, message)) await this.#receiver.ready?.();
          break;
        default: break; // origins and types
      }
      at = next;
    }
    this.#flush();
  }

  release(): void { this.#arena.release(); }

  /** Looks whether the table is still what the query was planned for. More columns are left out. */
  #learn(relation: Relation, counts: boolean): void {
    if (relation.name !== this.#table) return;
    this.#relation = relation;
    this.#order = this.#columns.fields.map(({ name, type }) => {
      const i = relation.columns.findIndex(column => column.name === name), now = i < 0 ? undefined : typeOf(relation.columns[i]!.oid, relation.columns[i]!.modifier, this.#arrays);
      if (counts && (now === undefined || !sameTypeIgnoringNullability(now, type))) throw new ExecutionError({
        condition: "MILLRACE_POSTGRES.SCHEMA", sqlState: "42703", message: `The column ${name} of ${this.#table} ${now === undefined ? "is gone" : `was ${typeToSql(type)} and is ${typeToSql(now)} now`}.`,
        messageParameters: { table: this.#table, column: name }, hint: "the query goes on from its checkpoint if the column is as it was; otherwise begin a new query with a new checkpoint and a new slot",
      });
      return i;
    });
  }

  /** @returns whether a batch was handed over */
  #change(bytes: Buffer, message: number): boolean {
    const kind = bytes[message]!;
    if (kind === MESSAGE.truncate) {
      const count = bytes.readUInt32BE(message + 1);
      for (let i = 0; i < count; i++) if (bytes.readUInt32BE(message + 6 + 4 * i) === this.#relation?.id) return this.#row("truncate", bytes, undefined, undefined, false);
      return false;
    }
    if (bytes.readUInt32BE(message + 1) !== this.#relation?.id) return false;
    let at = message + 5, letter = bytes[at]!, old: Tuple | undefined, isWhole = false;
    if (letter === OLD_KEY || letter === OLD_ROW) {
      isWhole = letter === OLD_ROW;
      at = (old = this.#old).read(bytes, at + 1);
      letter = bytes[at]!;
    }
    if (kind === MESSAGE.delete) return this.#row("delete", bytes, old, undefined, isWhole);
    this.#new.read(bytes, at + 1);
    return this.#row(kind === MESSAGE.insert ? "insert" : "update", bytes, old, this.#new, isWhole);
  }

  #row(op: Op, bytes: Buffer, old: Tuple | undefined, now: Tuple | undefined, oldIsWhole: boolean): boolean {
    const { before, after, unchanged } = this.#begin(op), missing: string[] = [];
    if (old === undefined) before.null();
    else {
      before.begin();
      before.columns.forEach((column, c) => fill(column, bytes, old, this.#order[c]!));
    }
    if (now === undefined) after.null();
    else {
      after.begin();
      after.columns.forEach((column, c) => {
        const i = this.#order[c]!;
        if (now.kinds[i] !== UNCHANGED) return fill(column, bytes, now, i);
        // A long value that was not touched is not sent; the old row has it, if it is whole.
        if (oldIsWhole && old!.kinds[i] === TEXT) return fill(column, bytes, old!, i);
        missing.push(column.name);
        column.null();
      });
    }
    unchanged.append(missing.length === 0 ? null : missing);
    return this.#endRow();
  }

  #begin(op: Op): Filling {
    const arena = this.#arena, text = (name: string, type = STRING as TextColumn["type"]): TextColumn => new TextColumn(name, type, arena, BATCH_ROWS);
    const filling = this.#filling ??= {
      op: text("op"), table: text("table"), lsn: text("lsn", BIGINT), xid: text("xid", BIGINT), committed_at: text("committed_at", TIMESTAMP),
      before: new RowColumn(this.#columns, arena), after: new RowColumn(this.#columns, arena), unchanged: new VectorBuilder(array(STRING), arena, BATCH_ROWS),
    };
    filling.op.text(OPS[op], 0, OPS[op].length);
    filling.table.text(this.#tableBytes, 0, this.#tableBytes.length);
    filling.lsn.whole(this.#lsn);
    if (this.#xid === undefined) filling.xid.null(); else filling.xid.whole(this.#xid);
    if (this.#committed === undefined) filling.committed_at.null(); else filling.committed_at.whole(this.#committed);
    return filling;
  }

  #endRow(): boolean {
    if (++this.#rows < BATCH_ROWS) return false;
    this.#flush();
    return true;
  }

  #flush(): void {
    if (this.#rows === 0) return;
    const all = changeSchema(this.#columns), filling = this.#filling!;
    const columns = this.#wanted.map(name => { const column = filling[name as keyof Filling]; return column.finish(); });
    const batch = new Batch(struct(this.#wanted.map(name => all.fields.find(one => one.name === name)!)), columns, this.#rows);
    this.#rows = 0;
    this.#filling = undefined;
    this.#receiver.push(batch);
    this.#arena.reset();
  }
}

function fill(column: TextColumn, bytes: Buffer, tuple: Tuple, i: number): void {
  if (tuple.kinds[i] === TEXT) column.text(bytes, tuple.from[i]!, tuple.to[i]!);
  else column.null();
}
