/** One column of CSV: its fields, the buffers that the kernel fills, and values that JavaScript makes. */
import { VectorBuilder, viewText, writeView } from "../../columns/cells.ts";
import { storeText } from "../../columns/store-bytes.ts";
import { Vector, physicalOf, widthOf } from "../../columns/vector.ts";
import { CSV_KIND } from "../../kernels/csv.ts";
import { kernels } from "../../kernels/kernels.ts";
import type { Arena } from "../../memory/arena.ts";
import { linearMemory, type MemoryAccount } from "../../memory/linear-memory.ts";
import type { Cell } from "../../types/cell.ts";
import type { DataType, StructField } from "../../types/data-type.ts";
import { csvValue } from "./csv-values.ts";
import type { CsvValueOptions } from "./csv-options.ts";

export class CsvColumn {
  readonly field: StructField;
  /** A place and a length for each row; they are in a block that all columns share. */
  fields = 0;
  readonly #kind: number;
  readonly #type: DataType;
  readonly #dataBytes: number;
  readonly #data: number;
  readonly #valid: number;
  readonly #rows: number;
  readonly #options: CsvValueOptions;
  readonly #memory = linearMemory();

  constructor(field: StructField, rows: number, options: CsvValueOptions, account?: MemoryAccount) {
    this.field = field;
    this.#type = field.type;
    this.#rows = rows;
    this.#options = options;
    this.#kind = kindOf(field.type, options);
    this.#dataBytes = rows * (this.#kind === CSV_KIND.other ? 0 : widthOf(physicalOf(field.type)));
    this.#data = this.#dataBytes === 0 ? 0 : this.#memory.allocate(this.#dataBytes, account);
    this.#valid = this.#memory.allocate(rows, account);
  }

  release(account?: MemoryAccount): void {
    if (this.#data !== 0) this.#memory.free(this.#data, this.#dataBytes, account);
    this.#memory.free(this.#valid, this.#rows, account);
  }

  /** The column of the rows whose fields were put down. `isAscii`: all of the input is. `fail` is told of each field that is no value. */
  vector(context: number, rows: number, isAscii: boolean, arena: Arena, fail: (row: number, text: string) => void): Vector {
    const type = this.#type, { u8 } = this.#memory, scale = type.kind === "decimal" ? type.scale : 0, limit = type.kind === "decimal" ? 10n ** BigInt(Math.min(type.precision, 19)) : 0n;
    const open = kernels().csvColumn(context, this.#kind, this.fields, this.#data, this.#valid, rows, scale, limit);
    if (this.#kind === CSV_KIND.other) {
      const builder = new VectorBuilder(type, arena, rows);
      for (let row = 0; row < rows; row++) builder.append(u8[this.#valid + row] === 0 ? null : this.#convert(row, fail));
      return builder.finish();
    }
    if (this.#kind === CSV_KIND.string && !isAscii && kernels().viewsAreUtf8(this.#data, -1, this.#valid, 0, rows) === 0) this.#mend(rows, arena);
    if (open > 0) for (let row = 0; row < rows; row++) if (u8[this.#valid + row] === 2) this.#write(row, this.#convert(row, fail));
    return new Vector(type, this.#data, kernels().ndjsonFindZero(this.#valid, rows) >>> 0 < rows ? this.#valid : 0);
  }

  /** Bytes that aren't UTF-8 become replacement characters: a STRING is always UTF-8. */
  #mend(rows: number, arena: Arena): void {
    for (let row = 0; row < rows; row++) if (this.#memory.u8[this.#valid + row] !== 0) storeText(viewText(this.#data + 16 * row), this.#data + 16 * row, arena);
  }

  #convert(row: number, fail: (row: number, text: string) => void): Cell {
    const at = (this.fields >>> 2) + 2 * row, pointer = this.#memory.u32[at]!, text = this.#memory.bytes.toString("utf8", pointer, pointer + this.#memory.u32[at + 1]!);
    const cell = csvValue(text, this.#type, this.#options);
    if (cell !== undefined) return cell;
    fail(row, text);
    return null;
  }

  #write(row: number, cell: Cell): void {
    const { u8, i8, i16, i32, i64, f32, f64 } = this.#memory, data = this.#data;
    u8[this.#valid + row] = cell === null ? 0 : 1;
    switch (physicalOf(this.#type)) {
      case "u8": u8[data + row] = cell === true ? 1 : 0; break;
      case "i8": i8[data + row] = (cell as number | null) ?? 0; break;
      case "i16": i16[(data >>> 1) + row] = (cell as number | null) ?? 0; break;
      case "i32": i32[(data >>> 2) + row] = (cell as number | null) ?? 0; break;
      case "i64": i64[data / 8 + row] = (cell as bigint | null) ?? 0n; break;
      case "f32": f32[(data >>> 2) + row] = (cell as number | null) ?? 0; break;
      case "f64": f64[data / 8 + row] = (cell as number | null) ?? 0; break;
      default: writeView(data + 16 * row, data, 0);
    }
  }
}

/** How the kernel reads a type, where it does and no pattern says otherwise. */
function kindOf(type: DataType, { dateFormat, timestampFormat, timestampNtzFormat, decimalSeparators }: CsvValueOptions): number {
  switch (type.kind) {
    case "boolean": case "tinyint": case "smallint": case "int": case "bigint": case "float": case "double": return CSV_KIND[type.kind];
    case "string": case "char": case "varchar": return CSV_KIND.string;
    case "date": return dateFormat === undefined ? CSV_KIND.date : CSV_KIND.other;
    case "timestamp": return timestampFormat === undefined ? CSV_KIND.timestamp : CSV_KIND.other;
    case "timestamp_ntz": return timestampNtzFormat === undefined ? CSV_KIND.timestampNtz : CSV_KIND.other;
    case "decimal": return type.precision <= 18 && decimalSeparators === undefined ? CSV_KIND.decimal : CSV_KIND.other;
    default: return CSV_KIND.other;
  }
}
