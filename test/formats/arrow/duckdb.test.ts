/** Catches rows that change on the way to DuckDB and back by Arrow. Needs Python with duckdb and pyarrow, as `bench/peers/setup.sh` makes it. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { session, stringify } from "millrace";

const python = join(import.meta.dirname, "../../../data/bench-venv/bin/python"), mill = session({ timeZone: "UTC" });
after(() => mill.stop());

function inDuckDb(query: string, rows: Uint8Array): Uint8Array {
  const { status, stdout, stderr } = spawnSync(python, [join(import.meta.dirname, "duckdb.py"), query], { input: rows, maxBuffer: 1 << 28 });
  assert.equal(status, 0, String(stderr));
  return stdout;
}
const rowsOf = async (frame: { collect(): Promise<unknown[]> }): Promise<string[]> => (await frame.collect()).map(row => stringify(row));

test("rows of all types go there and come back", { skip: !existsSync(python) && "no Python with DuckDB" }, async () => {
  const frame = mill.sql(`SELECT id, CAST(id % 100 AS TINYINT) AS t, CAST(id AS SMALLINT) AS sm, CAST(id AS INT) AS i, CAST(id AS FLOAT) AS f, id / 7.0D AS d, id % 2 = 0 AS b, IF(id % 3 = 0, NULL, concat('text number ', id)) AS s, CAST(concat('b', id) AS BINARY) AS raw,
    CAST(id AS DECIMAL(12, 3)) AS dec, CAST(id * 1000000007 AS DECIMAL(38, 10)) AS wide, timestamp_micros(id * 1000003) AS ts, CAST(timestamp_micros(id * 1000003) AS TIMESTAMP_NTZ) AS ntz, date_add(DATE'1960-01-01', CAST(id AS INT)) AS day,
    make_interval(0, 1, 0, CAST(id AS INT)) AS ci, array(id, NULL) AS xs, map('k', id) AS m, IF(id % 5 = 0, NULL, named_struct('p', id, 'q', array(named_struct('z', 'w')))) AS st FROM range(5000) WHERE id % 7 <> 1`);
  const back = await mill.fromArrow(inDuckDb("SELECT * FROM given", await frame.toArrow()));
  assert.deepEqual(await rowsOf(back.orderBy("id")), await rowsOf(frame));
  const answer = "SELECT id % 3 AS k, count(*) AS n, CAST(sum(dec) AS DECIMAL(20, 3)) AS total, max(ts) AS last, max(s) AS text FROM given GROUP BY id % 3 ORDER BY k";
  frame.createOrReplaceTempView("given");
  assert.deepEqual(await rowsOf(await mill.fromArrow(inDuckDb(answer, await frame.toArrow({ compression: "zstd" })))), await rowsOf(mill.sql(answer)));
});
