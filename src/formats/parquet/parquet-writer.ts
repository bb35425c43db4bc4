/** Writing Parquet files: row groups of pages, a footer with statistics, and the schema in Spark's words. */
import { AnalysisError } from "../../base/errors.ts";
import type { Batch } from "../../columns/batch.ts";
import { Arena } from "../../memory/arena.ts";
import { typeToSql, type DataType, type StructType } from "../../types/data-type.ts";
import { schemaToJson } from "../../types/schema-json.ts";
import type { FileWriter, FileWriting, FormatContext } from "../file-format.ts";
import { booleanOption, optionOf, positiveOption, refuseOptions } from "../options.ts";
import { bloomFor } from "./bloom-writer.ts";
import { codecOf, type Codec } from "./compress.ts";
import { footerBytes, type WrittenGroup } from "./footer.ts";
import { LeafWriter, type PageLimits } from "./leaf-writer.ts";
import { shredColumn } from "./shred.ts";
import { encodedVariants } from "./variant-columns.ts";
import { writeNodes } from "./write-schema.ts";

const MAGIC = Buffer.from("PAR1");
/** The sizes of parquet-java. */
const GROUP_BYTES = 128 << 20, PAGE_BYTES = 1 << 20, PAGE_ROWS = 20_000;

/** @throws AnalysisError UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE, EMPTY_SCHEMA_NOT_SUPPORTED_FOR_DATASOURCE, CODEC_NOT_AVAILABLE.WITH_AVAILABLE_CODECS_SUGGESTION, COLUMN_ALREADY_EXISTS */
export function parquetWriting(schema: StructType, { options }: FormatContext): FileWriting {
  checkWritable(schema);
  refuseOptions("parquet", options, {
    "spark.sql.parquet.outputTimestampType": ["timestamp_micros"], "spark.sql.parquet.writeLegacyFormat": ["false"],
    "spark.sql.parquet.datetimeRebaseModeInWrite": ["corrected", "exception"], "spark.sql.parquet.int96RebaseModeInWrite": ["corrected", "exception"],
  });
  const codec = codecOf(optionOf(options, "compression") ?? optionOf(options, "parquet.compression") ?? "snappy");
  const sizes = {
    pageBytes: positiveOption(options, "parquet.page.size", PAGE_BYTES), dictionaryBytes: positiveOption(options, "parquet.dictionary.page.size", PAGE_BYTES),
    pageRows: positiveOption(options, "parquet.page.row.count.limit", PAGE_ROWS), hasDictionary: booleanOption(options, "parquet.enable.dictionary", true),
  };
  const blooms = new Map(writeNodes(schema).leaves.map(leaf => [leaf.path.join("."), bloomFor(leaf, options)] as const));
  const limits: PageLimits = { ...sizes, bloomOf: leaf => blooms.get(leaf.path.join("."))?.() };
  const groupBytes = positiveOption(options, "parquet.block.size", GROUP_BYTES);
  return { ending: `${codec.ending}.parquet`, open: () => new ParquetWriter(schema, codec, limits, groupBytes) };
}

class ParquetWriter implements FileWriter {
  readonly #schema: StructType;
  readonly #codec: Codec;
  readonly #limits: PageLimits;
  readonly #groupBytes: number;
  readonly #columns: ReturnType<typeof writeNodes>;
  readonly #arena = new Arena();
  readonly #groups: WrittenGroup[] = [];
  #leaves: LeafWriter[] = [];
  #rows = 0;
  #groupRows = 0;
  #offset = 0;

  constructor(schema: StructType, codec: Codec, limits: PageLimits, groupBytes: number) {
    this.#schema = schema;
    this.#codec = codec;
    this.#limits = limits;
    this.#groupBytes = groupBytes;
    this.#columns = writeNodes(schema);
  }

  get heldBytes(): number { return this.#leaves.reduce((sum, leaf) => sum + leaf.heldBytes, 0); }

  open(): readonly Uint8Array[] {
    this.#offset = MAGIC.length;
    return [MAGIC];
  }

  write({ columns, selection, count, length }: Batch): readonly Uint8Array[] {
    if (count === 0) return [];
    if (this.#leaves.length === 0) this.#leaves = this.#columns.leaves.map(leaf => new LeafWriter(leaf, this.#codec, this.#limits));
    let next = 0;
    for (const [i, node] of this.#columns.nodes.entries()) {
      shredColumn(node, encodedVariants(columns[i]!, length, this.#arena), selection, this.#arena, rows => this.#leaves[next++]!.append(rows, count));
      this.#arena.reset();
    }
    this.#groupRows += count;
    return this.heldBytes >= this.#groupBytes ? this.#endGroup() : [];
  }

  finish(): readonly Uint8Array[] {
    const chunks = this.#groupRows > 0 ? this.#endGroup() : [], blooms = this.#groups.flatMap(group => group.chunks.flatMap(({ bloom }) => bloom ?? []));
    this.#arena.release();
    for (const bloom of blooms) {
      bloom.offset = this.#offset;
      this.#offset += bloom.bytes.length;
    }
    const footer = footerBytes(this.#columns, this.#groups, this.#rows, this.#codec.id, schemaToJson(this.#schema)), end = Buffer.alloc(8);
    end.writeUInt32LE(footer.length);
    MAGIC.copy(end, 4);
    return [...chunks, ...blooms.map(bloom => bloom.bytes), footer, end];
  }

  abort(): void {
    for (const leaf of this.#leaves) leaf.release();
    this.#arena.release();
  }

  #endGroup(): readonly Uint8Array[] {
    const chunks = this.#leaves.map(leaf => leaf.finish()), offset = this.#offset;
    this.#groups.push({ chunks, offset, rows: this.#groupRows });
    this.#offset += chunks.reduce((sum, chunk) => sum + chunk.bytes, 0);
    this.#rows += this.#groupRows;
    this.#groupRows = 0;
    this.#leaves = [];
    return chunks.flatMap(chunk => chunk.pages);
  }
}

function checkWritable(schema: StructType): void {
  if (isEmpty(schema)) throw new AnalysisError({
    condition: "EMPTY_SCHEMA_NOT_SUPPORTED_FOR_DATASOURCE", sqlState: "0A000", messageParameters: { format: "Parquet" },
    message: "The Parquet datasource does not support writing empty or nested empty schemas. Please make sure the data schema has at least one or more column(s).",
  });
  const met = new Set<string>();
  for (const { name, type } of schema.fields) {
    const columnName = `\`${name.toLowerCase()}\``, columnType = `"${typeToSql(type)}"`;
    if (has(type, kind => kind === "calendar_interval")) throw new AnalysisError({
      condition: "UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE", sqlState: "0A000", message: `The Parquet datasource doesn't support the column \`${name}\` of the type ${columnType}.`,
      messageParameters: { format: "Parquet", columnName: `\`${name}\``, columnType },
    });
    if (met.has(columnName)) throw new AnalysisError({ condition: "COLUMN_ALREADY_EXISTS", sqlState: "42711", message: `The column ${columnName} already exists. Choose another name or rename the existing column.`, messageParameters: { columnName } });
    met.add(columnName);
  }
}

function isEmpty(type: DataType): boolean {
  switch (type.kind) {
    case "struct": return type.fields.length === 0 || type.fields.some(one => isEmpty(one.type));
    case "array": return isEmpty(type.element);
    case "map": return isEmpty(type.key) || isEmpty(type.value);
    default: return false;
  }
}

function has(type: DataType, isIt: (kind: DataType["kind"]) => boolean): boolean {
  switch (type.kind) {
    case "struct": return type.fields.some(one => has(one.type, isIt));
    case "array": return has(type.element, isIt);
    case "map": return has(type.key, isIt) || has(type.value, isIt);
    default: return isIt(type.kind);
  }
}
