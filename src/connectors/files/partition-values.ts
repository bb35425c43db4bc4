/** Rows of a batch by the folder they belong into: `year=2020/country=DE`, by Spark's names. */
import { AnalysisError } from "../../base/errors.ts";
import { Batch, type Selection } from "../../columns/batch.ts";
import { cellAt, selectedRows } from "../../columns/cells.ts";
import type { Arena } from "../../memory/arena.ts";
import { cellText } from "../../types/cell-text.ts";
import type { Cell } from "../../types/cell.ts";
import { struct, typeToSql, type StructType } from "../../types/data-type.ts";
import { findTimeZone, UTC } from "../../types/time-zone.ts";
import { partitionFolder } from "./partition-names.ts";

/** Folders whose names are remembered. */
const MAX_KNOWN = 10_000;

export class PartitionColumns {
  /** What stands in the files. */
  readonly dataSchema: StructType;
  readonly #schema: StructType;
  readonly #places: readonly number[];
  readonly #dataPlaces: readonly number[];
  readonly #zone;
  /** Folders by the values of their columns, a level a column. */
  #known = new Map<Cell, unknown>();
  #knownCount = 0;

  /** @throws AnalysisError for columns that aren't there, come twice, can't be part of a name, or leave nothing for the files */
  constructor(schema: StructType, partitionBy: readonly string[], timeZone: string) {
    this.#schema = schema;
    this.#zone = findTimeZone(timeZone) ?? UTC;
    const twice = partitionBy.find((name, i) => partitionBy.findIndex(other => other.toLowerCase() === name.toLowerCase()) < i);
    if (twice !== undefined) throw new AnalysisError({ condition: "COLUMN_ALREADY_EXISTS", sqlState: "42711", message: `The column \`${twice}\` already exists. Choose another name or rename the existing column.`, messageParameters: { columnName: `\`${twice}\`` } });
    this.#places = partitionBy.map(name => {
      const place = schema.fields.findIndex(one => one.name.toLowerCase() === name.toLowerCase());
      if (place < 0) throw new AnalysisError({
        condition: "COLUMN_NOT_FOUND", sqlState: "42703", message: `The column \`${name}\` cannot be found. Verify the spelling and correctness of the column name according to the SQL config "spark.sql.caseSensitive".`,
        messageParameters: { colName: `\`${name}\``, caseSensitiveConfig: "\"spark.sql.caseSensitive\"" }, hint: `partitionBy() names columns of the result: ${schema.fields.map(one => one.name).join(", ")}`,
      });
      const { type } = schema.fields[place]!;
      if (["array", "map", "struct", "variant", "calendar_interval"].includes(type.kind)) throw new AnalysisError({ condition: "INVALID_PARTITION_COLUMN_DATA_TYPE", sqlState: "0A000", message: `Cannot use "${typeToSql(type)}" for partition column.`, messageParameters: { type: `"${typeToSql(type)}"` } });
      return place;
    });
    if (partitionBy.length > 0 && partitionBy.length === schema.fields.length) throw new AnalysisError({ condition: "ALL_PARTITION_COLUMNS_NOT_ALLOWED", sqlState: "KD005", message: "Cannot use all columns for partition columns." });
    this.#dataPlaces = schema.fields.map((_, i) => i).filter(i => !this.#places.includes(i));
    this.dataSchema = partitionBy.length === 0 ? schema : struct(this.#dataPlaces.map(i => schema.fields[i]!));
  }

  /** The batch in parts, each with its folder; "" without partition columns. Selections are made in the arena. */
  parts(batch: Batch, arena: Arena): readonly (readonly [folder: string, part: Batch])[] {
    if (this.#places.length === 0) return [["", batch]];
    const rowsOf = new Map<string, number[]>();
    for (const row of selectedRows(batch)) {
      const folder = this.#folderOf(batch, row), rows = rowsOf.get(folder);
      if (rows === undefined) rowsOf.set(folder, [row]); else rows.push(row);
    }
    const columns = this.#dataPlaces.map(i => batch.columns[i]!);
    return [...rowsOf].map(([folder, rows]) => {
      const pointer = arena.allocate(4 * rows.length), selection: Selection = { pointer, count: rows.length };
      arena.memory.u32.set(rows, pointer >>> 2);
      return [folder, new Batch(this.dataSchema, columns, batch.length, selection)] as const;
    });
  }

  #folderOf(batch: Batch, row: number): string {
    let level = this.#known;
    const last = this.#places.length - 1;
    for (let i = 0; i <= last; i++) {
      const cell = cellAt(batch.columns[this.#places[i]!]!, row), found = level.get(cell);
      if (found === undefined) return this.#learn(batch, row);
      if (i === last) return found as string;
      level = found as Map<Cell, unknown>;
    }
    return "";
  }

  #learn(batch: Batch, row: number): string {
    if (++this.#knownCount > MAX_KNOWN) {
      this.#known = new Map();
      this.#knownCount = 1;
    }
    const cells = this.#places.map(place => cellAt(batch.columns[place]!, row));
    const folder = this.#places.map((place, i) => {
      const { name, type } = this.#schema.fields[place]!, cell = cells[i]!;
      return partitionFolder(name, cell === null ? null : cellText(type, cell, this.#zone));
    }).join("/");
    let level = this.#known;
    cells.forEach((cell, i) => {
      if (i === cells.length - 1) level.set(cell, folder);
      else {
        if (!level.has(cell)) level.set(cell, new Map());
        level = level.get(cell) as Map<Cell, unknown>;
      }
    });
    return folder;
  }
}
