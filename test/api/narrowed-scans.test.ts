/**
 * Catches rows that a scan leaves out although they count, because of a filter above it or of a join further up that would have had no
 * partner for them: every kind of join, outer ones and NOT IN too, keys close together and far apart, nulls, groups, windows, limits and
 * chance between the join and the scan. The same queries over the same rows in memory are the truth.
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { session, type Session } from "millrace";

const rows = async (mill: Session, sql: string): Promise<string[]> => (await mill.sql(sql).collect()).map(row => Object.values(row as Record<string, unknown>).map(String).join("|")).sort();

const FACTS = `SELECT id, IF(id % 11 = 0, NULL, id * 7919 % 5000) AS k, IF(id % 13 = 0, NULL, (id * 7919 % 5000) * 1000000007) AS far, CAST(id % 60 AS INT) AS day, concat('kind ', id % 9) AS kind, CAST(id % 1000 AS DECIMAL(12, 2)) AS price FROM range(30000)`;
const FEW = `SELECT id * 97 AS k, id * 97 * 1000000007 AS far, CAST(id AS INT) AS day, concat('kind ', id % 4) AS kind FROM range(40) UNION ALL SELECT NULL, NULL, NULL, NULL`;
const OTHERS = `SELECT id AS k, CAST(id % 50 AS INT) AS day, id % 3 AS third FROM range(6000)`;

const QUERIES: readonly string[] = [
  ...["JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN", "LEFT SEMI JOIN", "LEFT ANTI JOIN"].flatMap(kind => [
    `SELECT count(*), sum(f.id), count(f.k) FROM facts f ${kind} few ON f.k = few.k`,
    `SELECT count(*), sum(few.k) FROM few ${kind} facts f ON f.far = few.far`,
    `SELECT count(*) FROM (SELECT f.id FROM facts f ${kind} few ON f.k = few.k AND f.day > few.day WHERE f.price < 500 AND f.kind LIKE '%5')`,
    `SELECT count(*) FROM (SELECT * FROM facts WHERE day < 30) f ${kind} (SELECT k FROM few WHERE kind = 'kind 1') s ON f.k <=> s.k`,
    `SELECT count(*), max(third) FROM few JOIN (SELECT f.k, o.third FROM facts f ${kind === "LEFT SEMI JOIN" || kind === "LEFT ANTI JOIN" ? "JOIN" : kind} others o ON f.day = o.day AND f.id % 97 = 0) x ON few.k = x.k`,
  ]),
  "SELECT few.kind, sum(x.s) FROM few JOIN (SELECT k, sum(price) AS s, count(*) AS n FROM facts GROUP BY k) x ON few.k = x.k GROUP BY few.kind",
  "SELECT few.kind, sum(x.s) FROM few JOIN (SELECT k, day, sum(price) AS s FROM facts GROUP BY k, day HAVING count(*) < 3) x ON few.k = x.k AND few.day = x.day GROUP BY few.kind",
  "SELECT few.kind, x.s FROM few JOIN (SELECT k, id, row_number() OVER (ORDER BY id) AS s FROM facts) x ON few.k = x.k WHERE x.s % 50 = 0",
  "SELECT count(*) FROM few JOIN (SELECT k FROM facts ORDER BY id LIMIT 4000) x ON few.k = x.k",
  "SELECT few.k, x.r FROM few JOIN (SELECT id, rand(5) AS r FROM facts WHERE day < 20) x ON few.k = x.id",
  "SELECT count(*) FROM few JOIN (SELECT id FROM facts WHERE rand(7) < 0.5) x ON few.k = x.id",
  "SELECT count(*) FROM few JOIN (SELECT id, monotonically_increasing_id() AS n FROM facts) x ON few.k = x.id WHERE n % 2 = 0",
  "SELECT count(*) FROM few JOIN (SELECT id FROM facts TABLESAMPLE (50 PERCENT) REPEATABLE (3)) x ON few.k = x.id",
  "SELECT count(*) FROM few JOIN (SELECT k FROM facts UNION ALL SELECT k FROM others) x ON few.k = x.k",
  "SELECT count(*), sum(id) FROM facts WHERE k NOT IN (SELECT k FROM others WHERE third = 1)",
  "SELECT count(*), sum(id) FROM facts WHERE k NOT IN (SELECT k FROM few)",
  "SELECT count(*), sum(id) FROM facts WHERE k IN (SELECT k FROM few) OR day = 5",
  "SELECT count(*), sum(id) FROM facts f WHERE EXISTS (SELECT * FROM few WHERE few.k = f.k AND few.day <> f.day) AND NOT EXISTS (SELECT * FROM others o WHERE o.k = f.k AND o.third = 2)",
  "SELECT count(*) FROM few WHERE EXISTS (SELECT * FROM facts f WHERE f.k = few.k AND f.price > 600)",
  "SELECT few.k, (SELECT max(price) FROM facts f WHERE f.k = few.k) AS m FROM few",
  "SELECT count(*), sum(f.id) FROM facts f JOIN few ON f.k = few.k JOIN others o ON o.k = few.k AND o.day = f.day JOIN facts g ON g.k = o.k WHERE g.day = 3 AND o.third <> 1",
  "SELECT kind, count(*) FROM facts WHERE kind IN ('kind 1', 'kind 7') AND day BETWEEN 10 AND 20 AND (price > 100 OR k IS NULL) GROUP BY kind",
  "SELECT count(*) FROM facts WHERE k IS NULL AND day <> 4",
  "SELECT count(*) FROM facts WHERE upper(kind) = 'KIND 3' AND length(kind) = 6 AND k % 2 = 0",
  "SELECT count(*) FROM facts WHERE day <> 0 AND 100 / day > 5 AND kind > 'kind 2'",
  "SELECT count(*), count(DISTINCT part) FROM parted p JOIN few ON p.k = few.k WHERE part = 1 AND p.day > 3",
  "SELECT part, count(*) FROM parted WHERE part = day % 3 AND input_file_name() LIKE '%part=%' AND day > 10 GROUP BY part",
  "WITH RECURSIVE up(k, n) AS (SELECT CAST(97 AS BIGINT), 1 UNION ALL SELECT f.k + 97, n + 1 FROM up JOIN facts f ON f.k = up.k WHERE f.day < 50 AND n < 6) SELECT n, count(*), min(k) FROM up GROUP BY n",
];

test("scans that leave out rows give the same answers", async () => {
  const folder = mkdtempSync(join(tmpdir(), "millrace-narrowed-"));
  try {
    await using mill = session({ timeZone: "UTC" });
    const tables: Readonly<Record<string, string>> = { facts: FACTS, few: FEW, others: OTHERS };
    for (const [name, sql] of Object.entries(tables)) await mill.sql(sql).write.option("parquet.page.row.count.limit", "3000").parquet(join(folder, name));
    await mill.sql(`SELECT *, id % 3 AS part FROM (${FACTS})`).write.partitionBy("part").parquet(join(folder, "parted"));
    const asked = async (query: string, source: (name: string) => string): Promise<string[]> => {
      for (const name of [...Object.keys(tables), "parted"]) await mill.sql(`CREATE OR REPLACE TEMP VIEW ${name} AS ${source(name)}`).collect();
      return rows(mill, query);
    };
    for (const query of QUERIES) {
      const read = await asked(query, name => `SELECT * FROM parquet.\`${join(folder, name)}\``);
      const truth = await asked(query.replace("input_file_name() LIKE '%part=%'", "true"), name => (name === "parted" ? `SELECT *, id % 3 AS part FROM (${FACTS})` : tables[name]!));
      assert.deepEqual(read, truth, query);
      assert.ok(read.length > 0 && read.join() !== "0", `${query} finds something`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("a condition that can fail is only asked about rows that reach it", async () => {
  const folder = mkdtempSync(join(tmpdir(), "millrace-narrowed-"));
  try {
    await using mill = session({ timeZone: "UTC" });
    await mill.sql("SELECT id, CAST(id % 5 AS INT) AS n, concat('v', id) AS s FROM range(10000)").write.parquet(join(folder, "t"));
    const of = (where: string) => rows(mill, `SELECT count(*) FROM parquet.\`${join(folder, "t")}\` WHERE ${where}`);
    assert.deepEqual(await of("n <> 0 AND 10 / n > 3"), ["6000"]);
    await assert.rejects(of("10 / n > 3 AND n <> 0"), { condition: "DIVIDE_BY_ZERO" });
    await assert.rejects(rows(mill, `SELECT count(*) FROM range(3) r JOIN (SELECT * FROM parquet.\`${join(folder, "t")}\` WHERE 10 / (id - 9000) > 3) t ON r.id = t.id`), { condition: "DIVIDE_BY_ZERO" });
    assert.deepEqual(await of("s = 'v7' AND CAST(substr(s, 2) AS INT) = 7"), ["1"]);
    await assert.rejects(of("CAST(s AS INT) = 7"), { condition: "CAST_INVALID_INPUT" });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
