/**
 * Columns that the names of folders hold: `year=2020/country=DE/`. Found, typed and read by Spark's rules (PartitioningUtils). A value is never
 * stored with a file: it is read from the file's path again.
 */
import { dirname, basename } from "node:path";
import { AnalysisError } from "../../base/errors.ts";
import { Batch } from "../../columns/batch.ts";
import { vectorOf } from "../../columns/cells.ts";
import { compilePredicate } from "../../eval/compile.ts";
import { cellCast } from "../../functions/cast/cast-cells.ts";
import { Arena } from "../../memory/arena.ts";
import type { Attribute, ResolvedExpression } from "../../plan/resolved.ts";
import { mapExpression, someExpression } from "../../plan/walk.ts";
import type { Cell } from "../../types/cell.ts";
import { BIGINT, DATE, DOUBLE, INT, STRING, TIMESTAMP, VOID, decimal, field, struct, type DataType, type StructField, type StructType } from "../../types/data-type.ts";
import { parseDate, parseTimestamp } from "../../types/datetime-text.ts";
import { isPair, widerInferred } from "../../types/inferred-types.ts";
import { parseDecimal } from "../../types/number-text.ts";
import { findTimeZone, UTC } from "../../types/time-zone.ts";
import { javaDouble, javaInteger } from "../../formats/csv/csv-values.ts";
import { linearMemory } from "../../memory/linear-memory.ts";
import { DEFAULT_PARTITION, partitionOf, unescapePathName } from "./partition-names.ts";

interface Folder { readonly base: string; readonly parts: readonly { readonly column: string; readonly raw: string }[] }

/** By folders that are partitions whatever they are called: the names that they would have, `p=1/q=x`. */
export type Elsewhere = ReadonlyMap<string, string>;
const NOWHERE: Elsewhere = new Map();

export class Partitioning {
  /** In the order of the folders. */
  readonly columns: readonly StructField[];
  readonly #bases: ReadonlySet<string>;
  readonly #timeZone: string;
  readonly #values = new Map<string, readonly Cell[]>();
  readonly #elsewhere: Elsewhere;

  /** `bases`: folders above which no name counts. */
  constructor(columns: readonly StructField[], bases: ReadonlySet<string>, timeZone: string, elsewhere: Elsewhere = NOWHERE) {
    this.columns = columns;
    this.#elsewhere = elsewhere;
    this.#bases = bases;
    this.#timeZone = timeZone;
  }

  /**
   * The partition columns of some files.
   * @param given types of columns that the user gave
   * @param infers whether other values are looked at; else they are STRING
   * @param elsewhere partitions that lie in other folders
   * @throws AnalysisError CONFLICTING_PARTITION_COLUMN_NAMES, CONFLICTING_DIRECTORY_STRUCTURES
   */
  static of(paths: readonly string[], bases: ReadonlySet<string>, given: StructType | undefined, infers: boolean, timeZone: string, elsewhere: Elsewhere = NOWHERE): Partitioning {
    const folders = new Map<string, Folder>();
    for (const path of paths) {
      const folder = dirname(path);
      if (!folders.has(folder)) folders.set(folder, folderOf(folder, bases, elsewhere));
    }
    const parted = [...folders.values()].filter(folder => folder.parts.length > 0);
    if (parted.length === 0) return new Partitioning([], bases, timeZone, elsewhere);
    const roots = [...new Set([...folders.values()].map(folder => folder.base))];
    if (roots.length > 1) throw new AnalysisError({
      condition: "CONFLICTING_DIRECTORY_STRUCTURES", sqlState: "KD009", message: `Conflicting directory structures detected.\nSuspicious paths:\n${roots.join("\n")}\nIf provided paths are partition directories, please set "basePath" in the options of the data source to specify the root directory of the table.`,
      messageParameters: { discoveredBasePaths: roots.join("\n") }, hint: "set the option basePath, or read the folders one by one and union them",
    });
    const names = parted[0]!.parts.map(part => part.column), other = parted.find(folder => folder.parts.length !== names.length || folder.parts.some((part, i) => part.column.toLowerCase() !== names[i]!.toLowerCase()));
    if (other !== undefined) throw new AnalysisError({
      condition: "CONFLICTING_PARTITION_COLUMN_NAMES", sqlState: "KD009", message: `Conflicting partition column names detected:\n${[names, other.parts.map(part => part.column)].map(list => list.join(", ")).join("\n")}.\nFor partitioned table directories, data files should only live in leaf directories. And directories at the same level should have the same partition column name.`,
      messageParameters: { distinctPartColLists: [names, other.parts.map(part => part.column)].map(list => list.join(", ")).join("\n") },
    });
    const columns = names.map((name, i) => {
      const own = given?.fields.find(one => one.name.toLowerCase() === name.toLowerCase());
      if (own !== undefined) return field(own.name, own.type);
      const type = parted.map(folder => valueType(folder.parts[i]!.raw, infers, timeZone)).reduce(wider);
      return field(name, type.kind === "void" ? STRING : type);
    });
    return new Partitioning(columns, bases, timeZone, elsewhere);
  }

  /** The values of a file's path, by column. Fewer folders than columns: null. */
  valuesOf(path: string): readonly Cell[] {
    const folder = dirname(path);
    let values = this.#values.get(folder);
    if (values === undefined) {
      const { parts } = folderOf(folder, this.#bases, this.#elsewhere);
      values = this.columns.map(({ name, type }) => {
        const raw = parts.find(part => part.column.toLowerCase() === name.toLowerCase())?.raw;
        return raw === undefined || raw === DEFAULT_PARTITION ? null : valueOf(unescapePathName(raw), type, name, this.#timeZone);
      });
      if (this.#values.size > 100_000) this.#values.clear();
      this.#values.set(folder, values);
    }
    return values;
  }

  /** Those files that lie in a folder for each column: others are no part of the table. */
  within<T extends { readonly path: string }>(files: readonly T[]): readonly T[] {
    return this.columns.length === 0 ? files : files.filter(file => folderOf(dirname(file.path), this.#bases, this.#elsewhere).parts.length >= this.columns.length);
  }

  /** Of these files, those that may have rows for which all conditions hold. A condition that can't be told from the path, or fails, leaves all. */
  kept<T extends { readonly path: string }>(files: readonly T[], conditions: readonly ResolvedExpression[]): readonly T[] {
    const own = new Set(this.columns.map(({ name }) => name.toLowerCase()));
    const about = conditions.filter(one => someExpression(one, e => e.kind === "attribute") && !someExpression(one, e => e.kind === "attribute" && !own.has(e.name.toLowerCase()) || e.kind === "scalar_call" && (e.binding.deterministic === false || e.binding.canRaise === true) || e.kind === "cast" && e.evalMode === "ansi" && !e.implicit || e.kind === "subquery" || e.kind === "user_call"));
    if (about.length === 0 || files.length === 0) return files;
    const folders = [...new Set(files.map(file => dirname(file.path)))], arena = new Arena(), schema = struct(this.columns);
    const attributes = this.columns.map(({ name, type }, id): Attribute => ({ kind: "attribute", id, name, type, nullable: true, qualifier: [] }));
    const byPlace = (condition: ResolvedExpression): ResolvedExpression => mapExpression(condition, e => (e.kind === "attribute" ? attributes.find(a => a.name.toLowerCase() === e.name.toLowerCase())! : e));
    try {
      const rows = folders.map(folder => this.valuesOf(`${folder}/x`)), batch = new Batch(schema, this.columns.map(({ type }, i) => vectorOf(type, rows.map(row => row[i]!), arena)), rows.length);
      const context = { arena, settings: { timeZone: this.#timeZone, ansi: true, conf: { get: () => undefined } }, batchTimeMicros: 0n, seed: 0 };
      const selection = about.reduce((selected, condition) => compilePredicate(byPlace(condition), attributes)(batch, selected, context), batch.selection), taken = new Set<string>();
      for (let i = 0; i < selection.count; i++) taken.add(folders[selection.pointer === 0 ? i : linearMemory().u32[(selection.pointer >>> 2) + i]!]!);
      return files.filter(file => taken.has(dirname(file.path)));
    } catch {
      return files;
    } finally {
      arena.release();
    }
  }
}

/** What a folder's path says, down from the base, or from the last name that is no `column=value`. */
function folderOf(folder: string, bases: ReadonlySet<string>, elsewhere: Elsewhere): Folder {
  const known = elsewhere.get(folder);
  if (known !== undefined) return { base: [...bases][0]!, parts: known.split("/").map(name => partitionOf(name)!) };
  const parts: { column: string; raw: string }[] = [];
  let at = folder;
  for (; !bases.has(at) && dirname(at) !== at; at = dirname(at)) {
    const part = partitionOf(basename(at));
    if (part === undefined) break;
    parts.unshift(part);
  }
  return { base: at, parts };
}

/** The type of a value as it is written in a name. */
function valueType(raw: string, infers: boolean, timeZone: string): DataType {
  if (raw === DEFAULT_PARTITION) return VOID;
  if (!infers) return STRING;
  const whole = javaInteger(raw);
  if (whole !== undefined && BigInt.asIntN(32, whole) === whole) return INT;
  if (whole !== undefined && BigInt.asIntN(64, whole) === whole) return BIGINT;
  const parts = /^[\x00-\x20]|[\x00-\x20]$/.test(raw) ? null : parseDecimal(raw);
  if (parts !== null && parts.scale <= 0) {
    const digits = (parts.unscaled < 0n ? -parts.unscaled : parts.unscaled).toString().length - parts.scale;
    if (digits <= 38) return decimal(digits, 0);
  }
  if (javaDouble(raw) !== undefined) return DOUBLE;
  const text = unescapePathName(raw);
  if (/^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}(?:\.\d)?$/.test(text) && parseTimestamp(text, findTimeZone(timeZone) ?? UTC) !== null) return TIMESTAMP;
  return /^\d{4}-\d{2}-\d{2}$/.test(raw) && parseDate(raw) !== null ? DATE : STRING;
}

function wider(a: DataType, b: DataType): DataType {
  return widerInferred(a, b) ?? (isPair(a, b, "int", "double") ? DOUBLE : isPair(a, b, "date", "timestamp") ? TIMESTAMP : STRING);
}

/** @throws AnalysisError INVALID_PARTITION_VALUE for text that the column's type can't hold */
function valueOf(text: string, type: DataType, column: string, timeZone: string): Cell {
  if (type.kind === "string" || type.kind === "char" || type.kind === "varchar") return text;
  try { return cellCast(STRING, type, "ansi", timeZone)(text); } catch {
    throw new AnalysisError({
      condition: "INVALID_PARTITION_VALUE", sqlState: "42846", message: `Failed to cast value '${text}' to data type "${type.kind.toUpperCase()}" for partition column \`${column}\`. Ensure the value matches the expected data type for this partition column.`,
      messageParameters: { value: `'${text}'`, dataType: `"${type.kind.toUpperCase()}"`, columnName: `\`${column}\`` },
    });
  }
}
