/** Catches values, nulls or types of files of other writers that are read otherwise than Spark reads them. make-files.py made the files. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { parquetFileFormat } from "../../../src/formats/parquet/parquet-file-format.ts";
import { MillraceError } from "../../../src/base/errors.ts";
import type { Cell, MapCell } from "../../../src/types/cell.ts";
import { struct, typeToSql, type DataType } from "../../../src/types/data-type.ts";
import { CONTEXT, fileOf, linearMemoryInUse, rowsOfFile } from "./support.ts";

type Plain = null | boolean | string | Plain[];
interface Expected { readonly schema: string; readonly rows: readonly Plain[][] | string }
const expected = JSON.parse(readFileSync(new URL("expected.json", import.meta.url), "utf8")) as Record<string, Expected | { readonly error: string }>;

for (const [name, one] of Object.entries(expected)) {
  test(name, async () => {
    const file = fileOf(name), before = linearMemoryInUse();
    if (!("rows" in one)) {
      await assert.rejects(async () => parquetFileFormat.schemaOf!(file, CONTEXT), error => error instanceof MillraceError && error.condition === one.error);
      return;
    }
    if (one.schema.includes("time(9)")) {
      await assert.rejects(async () => parquetFileFormat.schemaOf!(file, CONTEXT), error => error instanceof MillraceError && error.condition === "PARQUET_TYPE_ILLEGAL");
      return;
    }
    const schema = await parquetFileFormat.schemaOf!(file, CONTEXT), rows = typeof one.rows === "string" ? (expected[one.rows] as Expected).rows as Plain[][] : one.rows;
    assert.equal(sparkText(schema), one.schema);
    const read = await rowsOfFile(file, schema);
    assert.equal(read.length, rows.length);
    read.forEach((row, i) => row.forEach((cell, c) => assert.deepEqual(plain(cell, schema.fields[c]!.type, rows[i]![c]!), rows[i]![c], `row ${i}, ${schema.fields[c]!.name}`)));
    assert.equal(linearMemoryInUse(), before, "memory is given back");
    // One column alone, and none.
    for (const field of schema.fields) assert.equal((await rowsOfFile(file, struct([field]))).length, rows.length, field.name);
    assert.equal((await rowsOfFile(file, struct([]))).length, rows.length);
  });
}

/** As Spark's simpleString. */
function sparkText(type: DataType): string {
  switch (type.kind) {
    case "struct": return `struct<${type.fields.map(field => `${field.name}:${sparkText(field.type)}`).join(",")}>`;
    case "array": return `array<${sparkText(type.element)}>`;
    case "map": return `map<${sparkText(type.key)},${sparkText(type.value)}>`;
    default: return typeToSql(type).toLowerCase();
  }
}

/** A cell in the words of expected.json; a float as `like` says it if that is the same number. */
function plain(cell: Cell, type: DataType, like: Plain): Plain {
  if (cell === null) return null;
  switch (type.kind) {
    case "boolean": return cell as boolean;
    case "string": return cell as string;
    case "binary": return Buffer.from(cell as Uint8Array).toString("hex");
    case "float": case "double": {
      const wanted = like === "inf" ? Infinity : like === "-inf" ? -Infinity : like === "nan" ? NaN : Number(like);
      return Object.is(type.kind === "float" ? Math.fround(wanted) : wanted, cell) ? like : String(cell);
    }
    case "time": {
      const micros = (cell as bigint) / 1000n, two = (n: bigint): string => String(n).padStart(2, "0");
      return `${two(micros / 3_600_000_000n)}:${two(micros / 60_000_000n % 60n)}:${two(micros / 1_000_000n % 60n)}.${String(micros % 1_000_000n).padStart(6, "0")}`;
    }
    case "struct": return (cell as Cell[]).map((inner, i) => plain(inner, type.fields[i]!.type, (like as Plain[] | null)?.[i] ?? null));
    case "array": return (cell as Cell[]).map((inner, i) => plain(inner, type.element, (like as Plain[] | null)?.[i] ?? null));
    case "map": return (cell as MapCell).entries.map(([key, value], i) => {
      const pair = (like as Plain[][] | null)?.[i];
      return [plain(key, type.key, pair?.[0] ?? null), plain(value, type.value, pair?.[1] ?? null)];
    });
    default: return String(cell);
  }
}
