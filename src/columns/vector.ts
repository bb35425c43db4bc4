/**
 * A Vector: the values of one column for the rows of a batch, as typed storage in linear memory. Layouts by type are in
 * physicalOf. A constant vector holds one value, at row 0, for all rows.
 */
import type { Cell } from "../types/cell.ts";
import type { DataType } from "../types/data-type.ts";

/** How values of a type are stored. `view`: 16-byte string view. `none`: children only. `object`: a JavaScript value per row, rare types only. */
export type Physical = "u8" | "i8" | "i16" | "i32" | "i64" | "i128" | "f32" | "f64" | "view" | "list" | "struct" | "object";

export class Vector {
  readonly type: DataType;
  readonly physical: Physical;
  /** Pointer to the values; for lists to rows + 1 offsets (i32) into the children; 0 for structs and objects. */
  readonly data: number;
  /** Pointer to one byte a row, 1 = not null; 0 = no nulls. */
  readonly valid: number;
  readonly isConstant: boolean;
  /** Struct: a vector a field. Array: the elements. Map: keys, values. */
  readonly children: readonly Vector[];
  /** Values of rare types (VARIANT, calendar interval). */
  readonly objects: Cell[] | undefined;

  constructor(type: DataType, data: number, valid: number, options?: { isConstant?: boolean; children?: readonly Vector[]; objects?: Cell[] }) {
    this.type = type;
    this.physical = physicalOf(type);
    this.data = data;
    this.valid = valid;
    this.isConstant = options?.isConstant ?? false;
    this.children = options?.children ?? NONE;
    this.objects = options?.objects;
  }

  /** The same storage under another type of the same physical layout. */
  retyped(type: DataType): Vector {
    return new Vector(type, this.data, this.valid, { isConstant: this.isConstant, children: this.children, ...(this.objects && { objects: this.objects }) });
  }

  withValid(valid: number): Vector {
    return new Vector(this.type, this.data, valid, { isConstant: this.isConstant, children: this.children, ...(this.objects && { objects: this.objects }) });
  }
}
const NONE: readonly Vector[] = Object.freeze([]);

export function physicalOf(type: DataType): Physical {
  switch (type.kind) {
    case "boolean": case "void": return "u8";
    case "tinyint": return "i8";
    case "smallint": return "i16";
    case "int": case "date": case "year_month_interval": return "i32";
    case "bigint": case "timestamp": case "timestamp_ntz": case "time": case "day_time_interval": return "i64";
    case "float": return "f32";
    case "double": return "f64";
    case "decimal": return type.precision <= 18 ? "i64" : "i128";
    case "string": case "char": case "varchar": case "binary": case "geometry": case "geography": return "view";
    case "array": case "map": return "list";
    case "struct": return "struct";
    case "calendar_interval": case "variant": return "object";
  }
}

/** Bytes a value; 0 for structs and objects. */
export function widthOf(physical: Physical): number {
  switch (physical) {
    case "u8": case "i8": return 1;
    case "i16": return 2;
    case "i32": case "f32": case "list": return 4;
    case "i64": case "f64": return 8;
    case "i128": case "view": return 16;
    case "struct": case "object": return 0;
  }
}
