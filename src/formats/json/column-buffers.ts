/** Buffers of one column that the NDJSON kernel fills, and writing single repaired values to them. */
import { VectorBuilder } from "../../columns/cells.ts";
import { Vector, physicalOf, widthOf } from "../../columns/vector.ts";
import { NDJSON_KIND } from "../../kernels/ndjson.ts";
import type { Arena } from "../../memory/arena.ts";
import { linearMemory, type MemoryAccount } from "../../memory/linear-memory.ts";
import { unsupported } from "../../base/errors.ts";
import type { Cell } from "../../types/cell.ts";
import type { DataType } from "../../types/data-type.ts";
import { hasOwnForm, type JsonForms } from "./json-scalars.ts";

/** How the kernel reads a type; raw where JavaScript makes the values. */
export function ndjsonKindOf(type: DataType, forms: Partial<JsonForms> = {}): number {
  if (hasOwnForm(type, forms)) return NDJSON_KIND.raw;
  switch (type.kind) {
    case "boolean": case "tinyint": case "smallint": case "int": case "bigint": case "float": case "double": case "date": case "timestamp":
      return NDJSON_KIND[type.kind];
    case "timestamp_ntz": return NDJSON_KIND.timestampNtz;
    case "string": case "char": case "varchar": return NDJSON_KIND.string;
    case "decimal": return type.precision <= 18 ? NDJSON_KIND.decimal : NDJSON_KIND.raw;
    case "geometry": case "geography": throw unsupported(`Reading ${type.kind.toUpperCase()} from JSON`);
    case "array": ndjsonKindOf(type.element, forms); return NDJSON_KIND.raw;
    case "map": {
      if (isNested(type.key)) throw unsupported(`A MAP in JSON whose keys are ${type.key.kind.toUpperCase()}`);
      ndjsonKindOf(type.value, forms);
      return NDJSON_KIND.raw;
    }
    case "struct": for (const field of type.fields) ndjsonKindOf(field.type, forms); return NDJSON_KIND.struct;
    default: return NDJSON_KIND.raw;
  }
}

const isNested = ({ kind }: DataType): boolean => kind === "struct" || kind === "array" || kind === "map" || kind === "variant";

export class ColumnBuffer {
  readonly name: string;
  /** The name of the column that this is, or is a field in. */
  readonly columnName: string;
  readonly type: DataType;
  /** Of a STRUCT. */
  readonly fields: readonly ColumnBuffer[];
  readonly kind: number;
  readonly data: number;
  readonly valid: number;
  readonly #dataBytes: number;
  readonly #rows: number;
  readonly #memory = linearMemory();

  constructor(name: string, type: DataType, rows: number, forms: JsonForms, account?: MemoryAccount, columnName = name) {
    this.name = name;
    this.columnName = columnName;
    this.type = type;
    this.fields = type.kind === "struct" ? type.fields.map(field => new ColumnBuffer(field.name, field.type, rows, forms, account, columnName)) : [];
    this.kind = ndjsonKindOf(type, forms);
    this.#rows = rows;
    this.#dataBytes = rows * (this.kind === NDJSON_KIND.raw ? 16 : widthOf(physicalOf(type)));
    this.data = this.#memory.allocate(this.#dataBytes, account);
    this.valid = this.#memory.allocateZeroed(rows, account);
  }

  /** This and all fields in it. */
  flattened(): ColumnBuffer[] { return [this, ...this.fields.flatMap(field => field.flattened())]; }

  release(account?: MemoryAccount): void {
    for (const field of this.fields) field.release(account);
    this.#memory.free(this.data, this.#dataBytes, account);
    this.#memory.free(this.valid, this.#rows, account);
  }

  /** Writes a fixed-width value, or null. */
  write(row: number, cell: Cell): void {
    const { u8, i8, i16, i32, i64, f32, f64 } = this.#memory, data = this.data;
    u8[this.valid + row] = cell === null ? 0 : 1;
    if (cell === null) return;
    switch (physicalOf(this.type)) {
      case "u8": u8[data + row] = cell === true ? 1 : 0; break;
      case "i8": i8[data + row] = cell as number; break;
      case "i16": i16[(data >>> 1) + row] = cell as number; break;
      case "i32": i32[(data >>> 2) + row] = cell as number; break;
      case "i64": i64[data / 8 + row] = cell as bigint; break;
      case "f32": f32[(data >>> 2) + row] = cell as number; break;
      case "f64": f64[data / 8 + row] = cell as number; break;
      default: throw new Error(`a repaired ${this.type.kind} has no fixed width`);
    }
  }

  /** Pointer and length of the JSON text that the kernel kept of a raw column. */
  rawText(row: number): { readonly pointer: number; readonly length: number } {
    const view = (this.data >>> 2) + 4 * row;
    return { pointer: this.#memory.u32[view + 2]!, length: this.#memory.u32[view]! };
  }

  isNull(row: number): boolean { return this.#memory.u8[this.valid + row] === 0; }

  /** The vector of a raw column; `convert` makes the value of a row. */
  buildRaw(count: number, arena: Arena, convert: (row: number) => Cell): Vector {
    const builder = new VectorBuilder(this.type, arena, count);
    for (let row = 0; row < count; row++) builder.append(convert(row));
    return builder.finish();
  }

  /** The vector of any other column, over the buffers themselves. */
  vector(hasNulls: boolean, children: readonly Vector[]): Vector {
    return new Vector(this.type, this.kind === NDJSON_KIND.struct ? 0 : this.data, hasNulls ? this.valid : 0, { children });
  }
}
