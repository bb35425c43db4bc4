/** Catches a split at a plain delimiter, or an element taken from a column of arrays, that differs from what each row alone gives. */
import assert from "node:assert/strict";
import test from "node:test";
import { seededRandom } from "../../base/clock.ts";
import { schema, session, string, array, int, smallint, boolean, bigint, decimal } from "../../index.ts";

test("split at a character is split at a class of it, in any selection of rows", async () => {
  await using mill = session();
  const random = seededRandom(3), letters = ["a", ",", "é", "日", "xyzxyzxyzxyzxyz", ""];
  const rows = Array.from({ length: 3_000 }, (_, i) => ({ s: random.uint32() % 11 === 0 ? null : Array.from({ length: random.uint32() % 12 }, () => letters[random.uint32() % letters.length]!).join(""), keep: i % 3 !== 0 }));
  mill.createDataFrame(rows, schema({ s: string(), keep: boolean() })).createOrReplaceTempView("t");
  const [all] = await mill.sql(`SELECT count(*) AS n, count_if(split(s, ',') <=> split(s, '[,]')) AS same, count_if(get(split(s, ','), 1) <=> split(s, '[,]')[1]) AS second
    FROM (SELECT * FROM t WHERE keep AND (s IS NULL OR size(split(s, '[,]')) > 1))`).collect() as { n: bigint; same: bigint; second: bigint }[];
  assert.equal(all!.same, all!.n);
  assert.equal(all!.second, all!.n);
  assert.ok(all!.n > 900n, String(all!.n));
});

test("an element by a constant index is that by an index of the row", async () => {
  await using mill = session();
  const random = seededRandom(5), list = <T>(make: () => T) => (random.uint32() % 9 === 0 ? null : Array.from({ length: 2 + random.uint32() % 3 }, () => (random.uint32() % 5 === 0 ? null : make())));
  const rows = Array.from({ length: 2_000 }, (_, i) => ({
    b: list(() => random.uint32() % 2 === 0), h: list(() => random.uint32() % 1000 - 500), i: list(() => random.uint32() | 0), l: list(() => BigInt(random.uint32()) * 1_000_000_007n),
    d: list(() => `${random.uint32()}${random.uint32()}.25`), s: list(() => "x".repeat(random.uint32() % 20)), at: 1, keep: i % 4 !== 0,
  }));
  const type = schema({ b: array(boolean()), h: array(smallint()), i: array(int()), l: array(bigint()), d: array(decimal(30, 2)), s: array(string()), at: int(), keep: boolean() });
  mill.createDataFrame(rows as never[], type).createOrReplaceTempView("t");
  const names = ["b", "h", "i", "l", "d", "s"];
  const [found] = await mill.sql(`SELECT count(*) AS n, ${names.map(name => `count_if(${name}[1] <=> ${name}[at]) AS ${name}, count(${name}[1]) AS some_${name}`).join(", ")} FROM t WHERE keep`).collect() as Record<string, bigint>[];
  for (const name of names) {
    assert.equal(found![name], found!["n"], name);
    assert.ok(found![`some_${name}`]! > 800n && found![`some_${name}`]! < found!["n"]!);
  }
  await assert.rejects(mill.sql("SELECT s[7] FROM t WHERE keep").collect(), { condition: "INVALID_ARRAY_INDEX" });
});
