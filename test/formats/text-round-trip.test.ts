/**
 * Catches rows that are not what they were after they were written as text and read again with their schema: random columns of all types that
 * a format holds, nested where it nests, texts with all that is special to it, nulls, several files, codecs. Parquet, Avro and Arrow have tests
 * like it of their own.
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { seededRandom } from "../../src/base/clock.ts";
import { session } from "../../src/index.ts";

const root = mkdtempSync(join(tmpdir(), "millrace-text-round-trip-")), mill = session({ timeZone: "UTC" });
after(async () => {
  await mill.stop();
  rmSync(root, { recursive: true, force: true });
});
const seed = Number(process.env["MILLRACE_SEED"] ?? 20260811), rounds = Number(process.env["MILLRACE_RUNS"] ?? 12);

interface Column { readonly type: string; readonly sql: string }
/** `lists`: whether lists may stand in lists and in maps, and nulls in them: XML has no way to write that. */
interface Format { readonly texts: readonly string[]; readonly isNested: boolean; readonly lists?: boolean; readonly options: Readonly<Record<string, string>>; readonly codecs: readonly string[]; readonly without?: readonly string[] }

const PLAIN = ["a", "two words", "naïve", "日本語", "😀 smile", "x".repeat(300), "null", "NULL", "true", "1.5", "2024-01-01", "0x1F", "-", "a=b&c"];
const FORMATS: Readonly<Record<string, Format>> = {
  json: {
    texts: [...PLAIN, "", " ", "\"", "\\", "\\\\\"", "{\"a\":1}", "[1,", "line\nline", "\r\n", "tab\t", "\u0001\u001f", "\u2028", "  spaces  ", "é́"], isNested: true, lists: true,
    options: { timestampFormat: "yyyy-MM-dd'T'HH:mm:ss.SSSSSSXXX" }, codecs: ["none", "gzip", "zstd", "lz4", "snappy"],
  },
  csv: {
    // A text of nothing is written as two quotes; the option says that these are no null.
    texts: [...PLAIN, " ", "\"", "\"\"", "a,b", ",", "'", "#comment", "line\nline", "\"quoted\"", "tab\t", "  spaces  ", "a;b", "ends with \"", "\"begins"], isNested: false,
    options: { timestampFormat: "yyyy-MM-dd'T'HH:mm:ss.SSSSSSXXX", multiLine: "true", escape: "\"", ignoreLeadingWhiteSpace: "false", ignoreTrailingWhiteSpace: "false" }, codecs: ["none", "gzip", "zstd"], without: ["BINARY"],
  },
  xml: {
    texts: [...PLAIN, "<a>", "&amp;", "]]>", "a < b & c > d", "\"", "'"], isNested: true,
    options: { timestampFormat: "yyyy-MM-dd'T'HH:mm:ss.SSSSSSXXX", rowTag: "row" }, codecs: ["none", "gzip"], without: ["BINARY"],
  },
};

/** Columns by chance: what a row holds follows from its `id` and the number of the column. */
class Columns {
  readonly #random: ReturnType<typeof seededRandom>;
  readonly #format: Format;
  #number = 0;

  constructor(own: number, format: Format) {
    this.#random = seededRandom(own);
    this.#format = format;
  }

  below(n: number): number { return this.#random.uint32() % n; }

  next(depth = this.#format.isNested ? 2 : 0): Column {
    const kind = depth === 0 ? 0 : this.below(6);
    if (kind < 3) return this.#leaf();
    const inner = kind !== 4 && this.#format.lists !== true ? this.#leaf(false) : this.next(depth - 1), k = ++this.#number;
    switch (kind) {
      case 3: return { type: `ARRAY<${inner.type}>`, sql: `transform(sequence(1, 1 + pmod(hash(id, ${k}), 3)), i -> ${inner.sql})` };
      case 4: { const other = this.next(depth - 1); return { type: `STRUCT<p: ${inner.type}, q: ${other.type}>`, sql: `named_struct('p', ${inner.sql}, 'q', ${other.sql})` }; }
      default: return { type: `MAP<STRING, ${inner.type}>`, sql: `map('k1', ${inner.sql}, concat('n', pmod(hash(id, ${k}), 9)), ${inner.sql})` };
    }
  }

  #leaf(hasNulls = true): Column {
    const k = ++this.#number, whole = `hash(id, ${k})`, wide = `xxhash64(id, ${k})`, texts = this.#format.texts;
    const leaves: readonly Column[] = [
      { type: "BOOLEAN", sql: `pmod(${whole}, 2) = 0` }, { type: "TINYINT", sql: `CAST(pmod(${whole}, 256) - 128 AS TINYINT)` }, { type: "SMALLINT", sql: `CAST(pmod(${whole}, 65536) - 32768 AS SMALLINT)` },
      { type: "INT", sql: whole }, { type: "BIGINT", sql: wide }, { type: "FLOAT", sql: `CAST(${whole} / 7 AS FLOAT)` }, { type: "DOUBLE", sql: `${wide} / 7` },
      { type: "DECIMAL(20,5)", sql: `CAST(pmod(${wide}, 1000000000000) / 1000 AS DECIMAL(20,5))` }, { type: "DECIMAL(38,10)", sql: `CAST(CAST(${wide} AS DECIMAL(20,0)) / 1000 AS DECIMAL(38,10))` },
      { type: "STRING", sql: `element_at(array(${texts.map(text => `from_json('${JSON.stringify({ t: text }).replaceAll("\\", "\\\\").replaceAll("'", "\\'")}', 't STRING').t`).join(", ")}), 1 + pmod(${whole}, ${texts.length}))` },
      { type: "DATE", sql: `date_add(DATE'1970-01-01', pmod(${whole}, 60000) - 20000)` }, { type: "TIMESTAMP", sql: `timestamp_micros(pmod(${wide}, 8000000000000000) - 2000000000000000)` }, { type: "BINARY", sql: `CAST(hex(${whole}) AS BINARY)` },
    ];
    const chosen = leaves.filter(({ type }) => !(this.#format.without ?? []).includes(type)), leaf = chosen[this.below(chosen.length)]!;
    return hasNulls && this.below(3) === 0 ? { type: leaf.type, sql: `IF(pmod(hash(id, ${k}, 'null'), 4) = 0, NULL, ${leaf.sql})` } : leaf;
  }
}

for (const [name, format] of Object.entries(FORMATS)) {
  test(`${name}: rows come back as they were`, async () => {
    for (let round = 0; round < rounds; round++) {
      const columns = new Columns(seed + 1000 * round, format), made = Array.from({ length: 1 + columns.below(5) }, () => columns.next());
      const frame = mill.sql(`SELECT id AS c, ${made.map(({ sql }, i) => `${sql} AS c${i}`).join(", ")} FROM range(${round === 0 ? 1 : 200})`);
      const schema = `c BIGINT, ${made.map(({ type }, i) => `c${i} ${type}`).join(", ")}`, folder = join(root, `${name}-${round}`), codec = format.codecs[round % format.codecs.length]!;
      await frame.write.format(name).options({ ...format.options, compression: codec }).save(folder);
      mill.read.format(name).options(format.options).schema(schema).load(folder).createOrReplaceTempView("back");
      frame.createOrReplaceTempView("made");
      // Maps can't be compared: as their entries they can.
      const shown = (view: string) => `SELECT to_json(struct(*)) AS row FROM ${view}`;
      const what = `seed ${seed + 1000 * round}, ${codec}: ${schema}`;
      assert.deepEqual(await mill.sql(`${shown("made")} EXCEPT ALL ${shown("back")}`).take(2), [], `${what}: rows that are missing`);
      assert.deepEqual(await mill.sql(`${shown("back")} EXCEPT ALL ${shown("made")}`).take(2), [], `${what}: rows that were not there`);
    }
  });
}

test("text: lines come back as they were", async () => {
  const folder = join(root, "text");
  await mill.sql("SELECT concat('line ', id, repeat('é', id % 50)) AS value FROM range(5000)").write.text(folder);
  mill.read.text(folder).createOrReplaceTempView("lines");
  assert.deepEqual(await mill.sql("SELECT count(*) AS n, count(DISTINCT value) AS d, sum(length(value)) AS l FROM lines").collect(), await mill.sql("SELECT count(*) AS n, count(DISTINCT id) AS d, sum(length(concat('line ', id, repeat('é', id % 50)))) AS l FROM range(5000)").collect());
});
