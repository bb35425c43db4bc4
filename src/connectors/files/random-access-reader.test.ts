/** Catches files of random access that are read wrongly whole, filters that reach a format changed or not at all, and errors of the query blamed on a file. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { session } from "../../index.ts";
import { ExecutionError } from "../../base/errors.ts";
import { nodeFiles } from "../../base/files.ts";
import { rowsOf } from "../../columns/cells.ts";
import type { FileFilter } from "../../formats/file-filter.ts";
import { fileFilters } from "../../formats/file-filter.ts";
import { binaryFileFormat } from "../../formats/binary-file/binary-file-format.ts";
import type { RandomAccessFormat } from "../../formats/file-format.ts";
import type { ResolvedExpression } from "../../plan/resolved.ts";
import { BIGINT, INT, STRING, decimal, type DataType } from "../../types/data-type.ts";
import type { Cell } from "../../types/cell.ts";
import { RandomAccessReader } from "./random-access-reader.ts";

const folder = mkdtempSync(join(tmpdir(), "millrace-random-"));
after(() => rmSync(folder, { recursive: true, force: true }));
for (const [name, text] of [["a.bin", "hello"], ["b.bin", ""]] as const) {
  writeFileSync(join(folder, name), text);
  utimesSync(join(folder, name), 1_700_000_000, 1_700_000_000.123);
}
const format = binaryFileFormat as RandomAccessFormat, context = { options: {}, timeZone: "UTC", nowMicros: () => 0n };
const request = (columns: readonly string[]) => ({ columns, signal: new AbortController().signal });

describe("files that are read at places", () => {
  test("binaryFile gives a row a file, as a table", async () => {
    await using spark = session();
    const rows = await spark.read.format("binaryFile").load(folder).collect() as { path: string; length: bigint; content: Uint8Array; modificationTime: unknown }[];
    assert.deepEqual(rows.map(row => [row.path, row.length, Buffer.from(row.content).toString()]), [[`file:${folder}/a.bin`, 5n, "hello"], [`file:${folder}/b.bin`, 0n, ""]]);
    assert.equal(String(rows[0]!.modificationTime), "2023-11-14T22:13:20.123Z");
    assert.equal((await spark.sql(`SELECT count(*) AS n FROM binaryFile.\`${folder}\``).collect())[0]!["n"], 2n);
  });

  test("a file shorter than listed, or gone, is told; what the query throws stays as it is", async () => {
    const reader = new RandomAccessReader(nodeFiles, format, format.fixedSchema!, [], context), path = join(folder, "a.bin"), range = { path, from: 0, to: 5, modifiedMicros: 0 };
    const receiver = { push: () => true, badRecord: () => {} };
    await assert.rejects(reader.read({ ...range, to: 9 }, request(["content"]), receiver), { condition: "MILLRACE_FILE_CHANGED" });
    await assert.rejects(reader.read({ ...range, path: `${path}x` }, request(["content"]), receiver), { condition: "FAILED_READ_FILE.FILE_NOT_EXIST" });
    const own = new ExecutionError({ condition: "DIVIDE_BY_ZERO", sqlState: "22012", message: "Division by zero." });
    await assert.rejects(reader.read(range, request(["length"]), { ...receiver, push: () => { throw own; } }), (error: unknown) => error === own);
    const seen: Cell[][] = [];
    await reader.read(range, request([]), { ...receiver, push: batch => { assert.equal(batch.count, 1); seen.push(...rowsOf(batch)); return true; } });
    assert.deepEqual(seen, [[]]);
  });
});

describe("filters", () => {
  const attribute = (name: string, type: DataType): ResolvedExpression => ({ kind: "attribute", id: 1, name, type, nullable: true, qualifier: [] });
  const literal = (value: Cell, type: DataType): ResolvedExpression => ({ kind: "literal", value, type, nullable: value === null });
  const call = (name: string, ...args: ResolvedExpression[]) => ({ kind: "scalar_call", function: { name }, args, type: { kind: "boolean" }, nullable: true }) as unknown as ResolvedExpression;
  const wide = (child: ResolvedExpression, type: DataType) => ({ kind: "cast", child, type, nullable: true, evalMode: "ansi", timeZone: "UTC", implicit: true }) as ResolvedExpression;
  const of = (condition: ResolvedExpression): FileFilter[] => fileFilters([condition], name => name !== "hidden");

  test("say what conditions say, in the column's own type", () => {
    const a = attribute("a", INT);
    assert.deepEqual(of(call("<", literal(5, INT), a)), [{ kind: "compare", column: "a", type: INT, operator: ">", value: 5 }]);
    assert.deepEqual(of(call("=", wide(a, BIGINT), literal(7n, BIGINT))), [{ kind: "compare", column: "a", type: INT, operator: "=", value: 7 }]);
    assert.deepEqual(of(call(">=", attribute("d", decimal(10, 2)), literal(15n, decimal(10, 1)))), [{ kind: "compare", column: "d", type: decimal(10, 2), operator: ">=", value: 150n }]);
    assert.deepEqual(of(call("in", a, literal(1, INT), literal(null, INT))), [{ kind: "in", column: "a", type: INT, values: [1] }]);
    assert.deepEqual(of(call("startswith", attribute("s", STRING), literal("x", STRING))), [{ kind: "starts with", column: "s", type: STRING, prefix: "x" }]);
  });

  test("leave out what can't be said, and one side of OR never alone", () => {
    const a = attribute("a", INT), fine = call("=", a, literal(1, INT)), odd = call("=", call("abs", a), literal(1, INT));
    assert.deepEqual(of(odd), []);
    assert.deepEqual(of(call("=", wide(a, BIGINT), literal(1n << 40n, BIGINT))), []);
    assert.deepEqual(of(call("=", attribute("hidden", INT), literal(1, INT))), []);
    assert.deepEqual(of(call("=", a, literal(null, INT))), []);
    assert.deepEqual(of({ kind: "or", left: fine, right: odd, type: { kind: "boolean" }, nullable: true }), []);
    assert.equal(of({ kind: "and", left: fine, right: odd, type: { kind: "boolean" }, nullable: true }).length, 1);
    assert.deepEqual(of(call("=", attribute("s", { kind: "string", collation: "UTF8_LCASE" }), literal("x", { kind: "string", collation: "UTF8_LCASE" }))), []);
  });
});
