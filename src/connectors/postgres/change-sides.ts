/**
 * The sides of a change, `before` and `after`: of one table as a STRUCT of its columns, as the query was planned for; of
 * several tables as a VARIANT object (or its JSON) of the columns that the table had then.
 */
import { BATCH_ROWS } from "../../columns/batch.ts";
import { VectorBuilder } from "../../columns/cells.ts";
import { Vector } from "../../columns/vector.ts";
import type { Arena } from "../../memory/arena.ts";
import { linearMemory } from "../../memory/linear-memory.ts";
import { STRING, VARIANT, type DataType, type StructType } from "../../types/data-type.ts";
import { UTC } from "../../types/time-zone.ts";
import { cellToVariant, variantObject, variantText } from "../../types/variant.ts";
import { typeOf, type TypeRules } from "./catalog-types.ts";
import type { FieldReceiver } from "./copy-line.ts";
import { TEXT, UNCHANGED, type Relation, type Tuple } from "./pgoutput.ts";
import { cellOf } from "./text-cells.ts";
import { TextColumn } from "./text-column.ts";

/** A tuple, and of what table it is. */
export interface Row {
  readonly bytes: Buffer;
  readonly tuple: Tuple;
  readonly relation: Relation;
  /** Of the columns that the query was planned for, where the table has them now. */
  readonly order: readonly number[];
  /** It has only the columns of the key. */
  readonly isKey: boolean;
  /** Has the values that were not sent, as they were not touched. */
  readonly whole: Tuple | undefined;
}

export interface ChangeSide {
  null(): void;
  /** Adds a row; returns the columns whose values the server did not send. @throws MILLRACE_POSTGRES.VALUE */
  row(row: Row): readonly string[];
  /** Begins a row whose fields come one by one, as those of `columns` or of the relation; `endFields` ends it. */
  beginFields(relation: Relation): readonly FieldReceiver[];
  endFields(): void;
  /** Rows that could not be read become null. */
  padTo(rows: number): void;
  finish(): Vector;
}

export class StructSide implements ChangeSide {
  readonly #columns: readonly TextColumn[];
  readonly #type: StructType;
  readonly #valid: number;
  #rows = 0;

  constructor(type: StructType, arena: Arena) {
    this.#type = type;
    this.#columns = type.fields.map(one => new TextColumn(one.name, one.type, arena, BATCH_ROWS));
    this.#valid = arena.allocate(BATCH_ROWS);
  }

  null(): void {
    linearMemory().u8[this.#valid + this.#rows++] = 0;
    for (const column of this.#columns) column.null();
  }

  row({ bytes, tuple, order, whole }: Row): readonly string[] {
    linearMemory().u8[this.#valid + this.#rows++] = 1;
    const missing: string[] = [];
    this.#columns.forEach((column, c) => {
      const i = order[c]!, from = tuple.kinds[i] === UNCHANGED ? whole : tuple;
      if (from?.kinds[i] === TEXT) column.text(bytes, from.from[i]!, from.to[i]!);
      else {
        if (tuple.kinds[i] === UNCHANGED && whole === undefined) missing.push(column.name);
        column.null();
      }
    });
    return missing;
  }

  beginFields(): readonly FieldReceiver[] {
    linearMemory().u8[this.#valid + this.#rows++] = 1;
    return this.#columns;
  }

  endFields(): void { /* the columns have them */ }

  padTo(rows: number): void {
    while (this.#rows < rows) linearMemory().u8[this.#valid + this.#rows++] = 0;
    for (const column of this.#columns) column.padTo(rows);
  }

  finish(): Vector { return new Vector(this.#type, 0, this.#valid, { children: this.#columns.map(column => column.finish()) }); }
}

export class VariantSide implements ChangeSide {
  readonly #builder: VectorBuilder;
  readonly #isJson: boolean;
  readonly #rules: TypeRules;
  #entries: [string, unknown][] = [];

  constructor(type: DataType, rules: TypeRules, arena: Arena) {
    this.#builder = new VectorBuilder(type, arena, BATCH_ROWS);
    this.#isJson = type === STRING;
    this.#rules = rules;
  }

  null(): void { this.#builder.append(null); }

  row({ bytes, tuple, relation, isKey, whole }: Row): readonly string[] {
    const missing: string[] = [], entries: [string, unknown][] = [], types = this.#typesOf(relation);
    relation.columns.forEach(({ name, isKey: isOfKey }, i) => {
      if (isKey && !isOfKey) return;
      const from = tuple.kinds[i] === UNCHANGED ? whole : tuple;
      if (from === undefined) return void missing.push(name);
      entries.push([name, from.kinds[i] === TEXT ? valueOf(bytes.toString("utf8", from.from[i]!, from.to[i]!), types[i]!, name) : null]);
    });
    this.#append(entries);
    return missing;
  }

  beginFields(relation: Relation): readonly FieldReceiver[] {
    this.#entries = [];
    if (relation === this.#known && this.#fields.length > 0) return this.#fields;
    const types = this.#typesOf(relation);
    return (this.#fields = relation.columns.map(({ name }, i): FieldReceiver => ({
      text: (bytes, from, to) => { this.#entries.push([name, valueOf(bytes.toString("utf8", from, to), types[i]!, name)]); },
      null: () => { this.#entries.push([name, null]); },
    })));
  }
  #fields: readonly FieldReceiver[] = [];

  endFields(): void { this.#append(this.#entries); }

  padTo(rows: number): void { while (this.#builder.length < rows) this.#builder.append(null); }
  finish(): Vector { return this.#builder.finish(); }

  #append(entries: readonly (readonly [string, unknown])[]): void {
    const variant = variantObject(entries);
    this.#builder.append(this.#isJson ? variantText(variant, UTC) : { variant });
  }

  #known: Relation | undefined;
  #types: readonly DataType[] = [];
  #typesOf(relation: Relation): readonly DataType[] {
    if (relation !== this.#known) {
      this.#known = relation;
      this.#fields = [];
      this.#types = relation.columns.map(({ oid, modifier }) => typeOf(oid, modifier, this.#rules));
    }
    return this.#types;
  }
}

const valueOf = (text: string, type: DataType, column: string): unknown => cellToVariant(type, cellOf(text, type, column));

/** What several tables' rows are: VARIANT, or STRING with their JSON. */
export const rowsTypeOf = (rowsAs: "variant" | "json"): DataType => (rowsAs === "json" ? STRING : VARIANT);
