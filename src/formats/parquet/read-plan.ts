/** Which parts of a file make the columns that are wanted: by name without regard to case, structs field by field. */
import { AnalysisError, ExecutionError } from "../../base/errors.ts";
import { typeToSql, type DataType, type StructType } from "../../types/data-type.ts";
import { conversionFor, type Conversion } from "./conversions.ts";
import { PHYSICAL_NAMES } from "./metadata.ts";
import { structOf, type FileColumn } from "./schema.ts";

/** `levels`: the leaf of the plan (by its place in `leaves`) whose levels say what is null and where lists end. */
export type ReadNode =
  | { readonly kind: "leaf"; readonly type: DataType; readonly column: FileColumn; readonly levels: number; readonly conversion: Conversion }
  /** A variant has one child: the struct that its group is. */
  | { readonly kind: "struct" | "list" | "map" | "variant"; readonly type: DataType; readonly column: FileColumn; readonly levels: number; readonly children: readonly ReadNode[] }
  | { readonly kind: "missing"; readonly type: DataType };

/** `conversion` undefined: only its levels are read. */
export interface PlannedLeaf { readonly column: FileColumn; readonly conversion: Conversion | undefined }

export interface ReadPlan { readonly columns: readonly ReadNode[]; readonly leaves: readonly PlannedLeaf[] }

/** @throws AnalysisError for a name that several columns have, ExecutionError FAILED_READ_FILE for a type that values can't be read as */
export function planRead(columns: readonly FileColumn[], wanted: StructType, path: string): ReadPlan {
  const leaves: PlannedLeaf[] = [];
  const lookUp = (fields: readonly FileColumn[]): (name: string) => FileColumn | undefined => {
    const byName = Map.groupBy(fields, one => one.name.toLowerCase());
    return name => {
      const found = byName.get(name.toLowerCase());
      if (found !== undefined && found.length > 1) throw duplicateField(name, found);
      return found?.[0];
    };
  };
  const plan = (column: FileColumn | undefined, type: DataType, at: readonly string[]): ReadNode => {
    if (column === undefined || type.kind === "void") return { kind: "missing", type };
    const mismatch = (): ExecutionError => wrongType(path, at, type, column);
    if (column.kind === "leaf") {
      const conversion = conversionFor(column.node, type);
      if (conversion === undefined) throw mismatch();
      return { kind: "leaf", type, column, conversion, levels: leaves.push({ column, conversion }) - 1 };
    }
    if (column.kind === "struct" && type.kind === "variant") {
      const inner = plan(column, structOf(column.children), at) as Extract<ReadNode, { readonly children: readonly ReadNode[] }>;
      return { kind: "variant", type, column, children: [inner], levels: inner.levels };
    }
    let children: ReadNode[];
    if (column.kind === "struct" && type.kind === "struct") {
      const find = lookUp(column.children);
      children = type.fields.map(one => plan(find(one.name), one.type, [...at, one.name]));
    } else if (column.kind === "list" && type.kind === "array") children = [plan(column.children[0], type.element, [...at, "element"])];
    else if (column.kind === "map" && type.kind === "map") children = [plan(column.children[0], type.key, [...at, "key"]), plan(column.children[1], type.value, [...at, "value"])];
    else throw mismatch();
    const found = children.filter(child => child.kind !== "missing").map(child => child.levels);
    // What repeats least has the fewest levels.
    const levels = found.length > 0 ? found.reduce((best, one) => (leaves[one]!.column.depth < leaves[best]!.column.depth ? one : best)) : leaves.push({ column: cheapestLeaf(column), conversion: undefined }) - 1;
    return { kind: column.kind, type, column, children, levels };
  };
  const find = lookUp(columns);
  return { columns: wanted.fields.map(one => plan(find(one.name), one.type, [one.name])), leaves };
}

function cheapestLeaf(column: FileColumn): FileColumn {
  return column.kind === "leaf" ? column : column.children.map(cheapestLeaf).reduce((best, one) => (one.depth < best.depth ? one : best));
}

function duplicateField(name: string, found: readonly FileColumn[]): AnalysisError {
  const fields = found.map(one => one.name).join(", ");
  return new AnalysisError({
    condition: "_LEGACY_ERROR_TEMP_2093", sqlState: "XXKCM", message: `Found duplicate field(s) "${name}": [${fields}] in case-insensitive mode.`,
    messageParameters: { requiredFieldName: name, matchedOrcFields: `[${fields}]` },
  });
}

function wrongType(path: string, at: readonly string[], type: DataType, column: FileColumn): ExecutionError {
  const name = `[${at.join(", ")}]`, expected = typeToSql(type).toLowerCase(), actual = column.kind === "leaf" ? PHYSICAL_NAMES[column.node.physical!]! : column.kind;
  return new ExecutionError({
    condition: "FAILED_READ_FILE.PARQUET_COLUMN_DATA_TYPE_MISMATCH", sqlState: "KD001",
    message: `Encountered error while reading file ${path}. Data type mismatches when reading Parquet column ${name}. Expected Spark type ${expected}, actual Parquet type ${actual}.`,
    messageParameters: { path, column: name, expectedType: expected, actualType: actual },
  });
}
