/** Rows judged by a schema of another library: it sees each row as JSON has it, and what it gives are the columns. */
import { AnalysisError, ExecutionError } from "../base/errors.ts";
import type { RowCheck, RowRefusal } from "../plan/row-check.ts";
import type { Cell, MapCell, VariantCell } from "../types/cell.ts";
import { struct, type DataType, type StructType } from "../types/data-type.ts";
import { cellToValue, rowToCells } from "../types/edge-values.ts";
import { Decimal } from "../types/values.ts";

/** JSON Schema of a value without its null, as far as it says how a cell is to look: `required` of objects. */
export interface JsonShape {
  readonly type: string | undefined;
  readonly fields?: Readonly<Record<string, JsonShape>>;
  readonly required?: readonly string[];
  /** Elements of arrays, values of maps. */
  readonly inner?: JsonShape;
}
type Issue = { readonly message: string; readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined };
export type Validate = (value: unknown) => { readonly value?: unknown; readonly issues?: readonly Issue[] | undefined } | Promise<unknown>;

/** `kept`: columns of types that were given, whose cells stay as they are. */
export function standardCheck({ input, output, shape, validate, kept }: { readonly input: StructType; readonly output: StructType; readonly shape: JsonShape; readonly validate: Validate; readonly kept: ReadonlySet<string> }): RowCheck {
  const judged = (value: unknown): { readonly value: unknown } | RowRefusal => {
    const result = validate(value);
    if (result instanceof Promise) throw new ExecutionError({ condition: "MILLRACE_ASYNC_VALIDATION", sqlState: "0A000", message: "The schema checks rows asynchronously, which a source can't wait for.", messageParameters: {}, hint: "leave out async refinements, or check rows with mapAsync()" });
    if (result.issues === undefined) return { value: result.value };
    const [first] = result.issues, key = first?.path?.[0], column = key === undefined ? undefined : String(typeof key === "object" ? key.key : key);
    return { reason: result.issues.map(({ message, path = [] }) => `${path.map(part => String(typeof part === "object" ? part.key : part)).join(".")}${path.length === 0 ? "" : ": "}${message}`).join("; "), column };
  };
  const places = output.fields.map(({ name }) => (kept.has(name) ? input.fields.findIndex(one => one.name === name) : -1)), own = struct(output.fields.filter((_, i) => places[i]! < 0));
  const made = (row: readonly Cell[], value: unknown): Cell[] | RowRefusal => {
    const given = value as Record<string, unknown>, cells = cellsOf(Object.fromEntries(own.fields.map(({ name }) => [name, given[name]])), own);
    if ("reason" in cells) return cells;
    let next = 0;
    return places.map(place => (place < 0 ? cells[next++]! : row[place]!));
  };
  return {
    input, output,
    cells(row) {
      const result = judged(jsonOf(row, input, shape));
      if ("reason" in result) return result;
      return made(row, result.value);
    },
    row(row) {
      const cells = cellsOf(row, input);
      if ("reason" in cells) return cells;
      const result = judged(jsonOf(cells, input, shape));
      if ("reason" in result) return result;
      return made(cells, result.value);
    },
  };
}

/** What the columns can't hold is refused as well. */
function cellsOf(row: object, type: StructType): Cell[] | RowRefusal {
  try {
    return rowToCells(mapsOf(row, type), type);
  } catch (error) {
    if (!(error instanceof AnalysisError)) throw error;
    return { reason: error.text, column: error.messageParameters["field_name"] };
  }
}

/** A value that a program or a schema gives, with objects as Maps where a column is one. */
function edge(value: unknown, type: DataType): unknown {
  if (typeof value !== "object" || value === null) return value;
  switch (type.kind) {
    case "map": return value instanceof Map ? value : new Map(Object.entries(value).map(([key, inner]) => [key, edge(inner, type.value)]));
    case "array": return Array.isArray(value) ? value.map(item => edge(item, type.element)) : value;
    case "struct": return Array.isArray(value) ? value : mapsOf(value, type);
    default: return value;
  }
}
const mapsOf = (row: object, type: StructType): object => Object.fromEntries(Object.entries(row).flatMap(([name, value]) => { const found = type.fields.find(one => one.name === name); return found === undefined ? [[name, value]] : [[name, edge(value, found.type)]]; }));

/** A struct as the schema expects it: a field that isn't required is left out where it is null. */
function jsonOf(cells: readonly Cell[], { fields }: StructType, shape: JsonShape): object {
  const row: Record<string, unknown> = {};
  for (const [i, { name, type }] of fields.entries()) {
    const cell = cells[i] ?? null;
    if (cell !== null) row[name] = valueOf(cell, type, shape.fields?.[name]);
    else if (shape.required?.includes(name) === true) row[name] = null;
  }
  return row;
}

function valueOf(cell: NonNullable<Cell>, type: DataType, shape: JsonShape | undefined): unknown {
  if (type.kind === "variant") return (cell as VariantCell).variant;
  switch (shape?.type) {
    case "string": return String(cellToValue(cell, type));
    case "number": case "integer": {
      const value = cellToValue(cell, type);
      return Decimal.is(value) ? value.toNumber() : Number(value);
    }
    case "array": if (type.kind === "array") return (cell as readonly Cell[]).map(item => (item === null ? null : valueOf(item, type.element, shape.inner))); break;
    case "object":
      if (type.kind === "struct") return jsonOf(cell as readonly Cell[], type, shape);
      if (type.kind === "map") return Object.fromEntries((cell as MapCell).entries.map(([key, value]) => [String(key), value === null ? null : valueOf(value, type.value, shape.inner)]));
      break;
  }
  return cellToValue(cell, type);
}
