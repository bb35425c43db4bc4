/** Catches a show() or printSchema() that prints another table than Spark does: alignment, cuts, escapes, wide characters, NULLs inside. */
import assert from "node:assert/strict";
import test from "node:test";
import type { Cell } from "../types/cell.ts";
import { BINARY, BIGINT, DATE, DOUBLE, INT, STRING, TIMESTAMP, array, decimal, field, map, struct } from "../types/data-type.ts";
import { schemaTree } from "./schema-tree.ts";
import { showText } from "./show.ts";

const PEOPLE = struct([field("id", BIGINT), field("name", STRING)]);
const show = (rows: readonly (readonly Cell[])[], options: { numRows?: number; truncate?: number; vertical?: boolean } = {}, schema = PEOPLE, timeZone = "UTC"): string =>
  showText(schema, rows, { numRows: 20, truncate: 20, ...options, timeZone });

test("values stand right, and three characters are the least width", () => {
  assert.equal(show([[1n, "Alice"], [20n, null]]), `+---+-----+
| id| name|
+---+-----+
|  1|Alice|
| 20| NULL|
+---+-----+
`);
  assert.equal(show([]), `+---+----+
| id|name|
+---+----+
+---+----+
`);
});

test("one row more than is shown says that there are more", () => {
  assert.equal(show([[1n, "a"], [2n, "b"]], { numRows: 1 }), `+---+----+
| id|name|
+---+----+
|  1|   a|
+---+----+
only showing top 1 row
`);
  assert.match(show([[1n, "a"], [2n, "b"], [3n, "c"]], { numRows: 2 }), /only showing top 2 rows\n$/);
});

test("long values are cut, names are not; without cutting, values stand left", () => {
  const long = "abcdefghijklmnopqrstuvwxyz", schema = struct([field(long, STRING)]);
  assert.equal(show([[long]], {}, schema).split("\n")[3], `|      abcdefghijklmnopq...|`);
  assert.equal(show([[long]], { truncate: 3 }, schema).split("\n")[3], `|${" ".repeat(23)}abc|`);
  assert.equal(show([["a"], [long]], { truncate: 0 }, struct([field("s", STRING)])).split("\n").slice(3, 5).join("\n"), `|a                         |\n|${long}|`);
});

test("line breaks are escaped, and East Asian characters take two places", () => {
  assert.equal(show([["a\nb\t", "数据"]], {}, struct([field("x", STRING), field("y", STRING)])), `+------+----+
|     x|   y|
+------+----+
|a\\nb\\t|数据|
+------+----+
`);
});

test("one record below the other", () => {
  assert.equal(show([[1n, "Alice"]], { vertical: true }), `-RECORD 0-----
 id   | 1     
 name | Alice 
`);
  assert.equal(show([], { vertical: true }), "(0 rows)");
});

test("values print as CAST AS STRING, but for NULL inside and bytes", () => {
  const schema = struct([
    field("d", DOUBLE), field("c", decimal(10, 2)), field("b", BINARY), field("t", TIMESTAMP), field("day", DATE),
    field("s", struct([field("x", INT), field("y", STRING)])), field("xs", array(INT)), field("m", map(STRING, INT)),
  ]);
  const row: Cell[] = [1e10, 150n, new Uint8Array([1, 171]), 1_740_787_200_500_000n, 19_782, [1, null], [1, null], { entries: [["a", null]] }];
  const cells = show([row], { truncate: 0 }, schema, "Europe/Paris").split("\n")[3]!.split("|").slice(1, -1).map(cell => cell.trim());
  assert.deepEqual(cells, ["1.0E10", "1.50", "[01 AB]", "2025-03-01 01:00:00.5", "2024-02-29", "{1, NULL}", "[1, NULL]", "{a -> NULL}"]);
});

test("a schema prints as a tree", () => {
  const schema = struct([
    field("id", BIGINT, false), field("price", decimal(10, 2)), field("at", struct([field("x", INT)])), field("xs", array(array(INT, false))), field("m", map(STRING, struct([field("y", DOUBLE)]))),
  ]);
  assert.equal(schemaTree(schema), `root
 |-- id: long (nullable = false)
 |-- price: decimal(10,2) (nullable = true)
 |-- at: struct (nullable = true)
 |    |-- x: integer (nullable = true)
 |-- xs: array (nullable = true)
 |    |-- element: array (containsNull = true)
 |    |    |-- element: integer (containsNull = false)
 |-- m: map (nullable = true)
 |    |-- key: string
 |    |-- value: struct (valueContainsNull = true)
 |    |    |-- y: double (nullable = true)
`);
});
