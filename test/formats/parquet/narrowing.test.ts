/** Catches rows that a narrowing loses, keeps or mixes up: pages and row groups that are passed over, dictionaries, nulls, strings and lists beside them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "../../../src/base/clock.ts";
import { Batch, type Selection } from "../../../src/columns/batch.ts";
import { cellAt, rowsOf, vectorOf } from "../../../src/columns/cells.ts";
import type { FileBytes } from "../../../src/formats/file-format.ts";
import type { Narrowing, NarrowingStage } from "../../../src/formats/narrowing.ts";
import { parquetFileFormat } from "../../../src/formats/parquet/parquet-file-format.ts";
import { Arena } from "../../../src/memory/arena.ts";
import type { Cell } from "../../../src/types/cell.ts";
import { BIGINT, BOOLEAN, DOUBLE, INT, STRING, TINYINT, array, decimal, field, struct, type StructType } from "../../../src/types/data-type.ts";
import { CONTEXT, fileOfBytes, linearMemoryInUse } from "./support.ts";

const SEED = Number(process.env["MILLRACE_SEED"] ?? "1"), random = seededRandom(SEED), ROWS = 30_000;
const below = (end: number): number => random.uint32() % end;
const orNull = (cell: Cell): Cell => (below(6) === 0 ? null : cell);

const SCHEMA = struct([
  field("id", BIGINT, false), field("few", INT, false), field("gaps", INT), field("tiny", TINYINT), field("wide", DOUBLE), field("flag", BOOLEAN), field("kind", STRING, false), field("text", STRING),
  field("sum", decimal(30, 3)), field("list", array(INT)), field("late", BIGINT),
]);
const rowOf = (id: number): Cell[] => [
  BigInt(id), below(9), orNull(below(2000)), orNull(below(200) - 100), orNull(random.uint32() / 7), orNull(below(3) === 0), `kind ${below(40)}`, orNull(`a text of its own, number ${below(1_000_000)}`),
  orNull(BigInt(below(1_000_000)) * 10n ** 15n), orNull(Array.from({ length: below(4) }, () => orNull(below(100)))), id < ROWS / 2 ? null : BigInt(id * id),
];

async function fileWith(rows: readonly Cell[][], options: Record<string, string>): Promise<FileBytes> {
  const writer = (await parquetFileFormat.writing!(SCHEMA, { ...CONTEXT, options })).open(), chunks: Uint8Array[] = [...writer.open()], arena = new Arena();
  for (let from = 0; from < rows.length; from += 4096) {
    const some = rows.slice(from, from + 4096);
    chunks.push(...writer.write(new Batch(SCHEMA, SCHEMA.fields.map(({ type }, c) => vectorOf(type, some.map(row => row[c]!), arena)), some.length)).map(chunk => chunk.slice()));
    arena.reset();
  }
  chunks.push(...writer.finish());
  arena.release();
  return fileOfBytes(Buffer.concat(chunks));
}

interface Condition { readonly columns: readonly number[]; meets(cells: readonly Cell[]): boolean }

function condition(wanted: StructType): Condition {
  const at = (name: string): number => wanted.fields.findIndex(one => one.name === name), some = below(wanted.fields.length), from = below(ROWS), to = from + below(ROWS / 3), share = 1 + below(12);
  if (below(3) === 0) return { columns: [at("id")], meets: ([id]) => Number(id) >= from && Number(id) < to };
  if (below(4) === 0) return { columns: [at("id"), ...(at("id") === some ? [] : [some])], meets: ([id, other]) => Number(id) >= from || other === null };
  if (below(6) === 0) return { columns: [some], meets: ([cell]) => cell !== null };
  return { columns: [some], meets: ([cell]) => String(cell).split("").reduce((sum, c) => sum * 31 + c.charCodeAt(0) & 0xffff, 7) % share === 0 };
}

function narrowingOf(conditions: readonly Condition[], wanted: StructType): Narrowing & { readonly arena: Arena } {
  const arena = new Arena(), words = arena.memory.u32;
  const stages = conditions.map(({ columns, meets }): NarrowingStage => ({
    columns: columns.map(c => wanted.fields[c]!.name),
    select(vectors, _length, rows): Selection {
      const pointer = arena.allocate(4 * rows.count + 4);
      let count = 0;
      for (let i = 0; i < rows.count; i++) {
        const row = rows.pointer === 0 ? i : words[(rows.pointer >>> 2) + i]!;
        if (meets(vectors.map(vector => cellAt(vector, row)))) words[(pointer >>> 2) + count++] = row;
      }
      return { pointer, count };
    },
  }));
  return { stages, arena, reset: () => arena.reset() };
}

test("rows that meet a narrowing, and no others", async () => {
  const memory = linearMemoryInUse();
  for (let file = 0; file < 6; file++) {
    const rows = Array.from({ length: ROWS }, (_, id) => rowOf(id));
    const options = [{}, { "parquet.page.row.count.limit": "700" }, { "parquet.block.size": "300000" }, { "parquet.enable.dictionary": "false", "parquet.page.row.count.limit": "1500" }, { "parquet.dictionary.page.size": "4000" }, { "parquet.block.size": "200000", "parquet.page.size": "3000" }][file]!;
    const bytes = await fileWith(rows, { compression: below(2) === 0 ? "snappy" : "none", ...options });
    for (let round = 0; round < 12; round++) {
      const places = SCHEMA.fields.map((_, i) => i).filter(i => i === 0 || below(3) > 0), wanted = struct(places.map(i => SCHEMA.fields[i]!)), conditions = Array.from({ length: 1 + below(3) }, () => condition(wanted));
      const narrowing = narrowingOf(conditions, wanted), open = await parquetFileFormat.open(bytes, wanted, [], CONTEXT), got: Cell[][] = [];
      for (const part of open.parts) for await (const batch of open.batches(part, new AbortController().signal, narrowing)) got.push(...rowsOf(batch));
      open.release();
      narrowing.arena.release();
      const expected = rows.map(row => places.map(i => row[i]!)).filter(row => conditions.every(({ columns, meets }) => meets(columns.map(c => row[c]!))));
      assert.equal(got.length, expected.length, `seed ${SEED}, file ${file}, round ${round}`);
      for (const [i, row] of got.entries()) if (String(row) !== String(expected[i])) assert.deepEqual(row, expected[i], `seed ${SEED}, file ${file}, round ${round}, row ${i}`);
    }
  }
  assert.equal(linearMemoryInUse(), memory, "memory is given back");
});

test("pages of which no row is wanted are not decompressed", async () => {
  const rows = Array.from({ length: ROWS }, (_, id) => rowOf(id)), bytes = await fileWith(rows, { "parquet.page.row.count.limit": "1000", "parquet.enable.dictionary": "false" });
  // Behind the first rows the bytes of the texts are no Snappy any more: they may not be looked at.
  const wanted = struct([SCHEMA.fields[0]!, SCHEMA.fields[7]!]), whole = await bytes.read(0, bytes.size), broken = whole.slice(), mark = Buffer.from("a text of its own");
  let at = 0, marks = 0;
  const text = Buffer.from(whole);
  for (let found = text.indexOf(mark); found >= 0; found = text.indexOf(mark, found + 1)) if (++marks === 3) at = found;
  assert.ok(marks > 6, String(marks));
  broken.fill(0xff, at + 20_000, at + 24_000);
  const read = async (from: number, to: number): Promise<number> => {
    const narrowing = narrowingOf([{ columns: [0], meets: ([id]) => Number(id) >= from && Number(id) < to }], wanted), open = await parquetFileFormat.open(fileOfBytes(broken), wanted, [], CONTEXT);
    let count = 0;
    try {
      for (const part of open.parts) for await (const batch of open.batches(part, new AbortController().signal, narrowing)) count += batch.count;
    } finally {
      open.release();
      narrowing.arena.release();
    }
    return count;
  };
  assert.equal(await read(20_000, 20_500), 500);
  await assert.rejects(read(0, 20_500), { condition: "FAILED_READ_FILE.NO_HINT" });
});
