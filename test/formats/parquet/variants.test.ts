/** Catches VARIANTs of files that are read otherwise than Spark reads them (variants/make-variants.py asked it), and such as don't come back as they were written. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { seededRandom } from "../../../src/base/clock.ts";
import { decodeVariant, variantNames } from "../../../src/formats/variant/decode.ts";
import { encodeVariant } from "../../../src/formats/variant/encode.ts";
import { session } from "../../../src/index.ts";
import { UTC } from "../../../src/types/time-zone.ts";
import { LocalDate, Timestamp, TimestampNtz, Decimal } from "../../../src/types/values.ts";
import { VariantDouble, variantObject, variantText } from "../../../src/types/variant.ts";

const here = join(import.meta.dirname, "variants"), folder = mkdtempSync(join(tmpdir(), "millrace-variants-"));
const expected = JSON.parse(readFileSync(join(here, "expected.json"), "utf8")) as [number, string | null][];
after(() => rmSync(folder, { recursive: true, force: true }));

for (const name of ["plain", "forced", "array", "dec"]) {
  test(`as Spark wrote it: ${name}`, async () => {
    await using spark = session();
    const rows = await spark.sql(`SELECT id, to_json(v) AS v FROM parquet.\`${join(here, `${name}.parquet`)}\` ORDER BY id`).collect();
    assert.deepEqual(rows, expected.map(([id, v]) => ({ id, v })));
  });
}

test("written and read again, also within other types, and asked about", async () => {
  await using spark = session();
  await spark.sql(`SELECT id, v, array(v, NULL) AS a, named_struct('x', v) AS s, map('k', v) AS m FROM parquet.\`${join(here, "forced.parquet")}\``).write.parquet(join(folder, "own"));
  const rows = await spark.sql(`SELECT id, to_json(v) AS v, to_json(a[0]) AS a, a[1] IS NULL AS n, to_json(s.x) AS s, to_json(m['k']) AS m FROM parquet.\`${join(folder, "own")}\` ORDER BY id`).collect();
  assert.deepEqual(rows, expected.map(([id, v]) => ({ id, v, a: v, n: true, s: v, m: v })));
  const found = await spark.sql(`SELECT id FROM parquet.\`${join(folder, "own")}\` WHERE variant_get(v, '$.a', 'string') = '1'`).collect();
  assert.deepEqual(found, [{ id: 0 }]);
});

test("random variants come back from their encoding", () => {
  const random = seededRandom(3), below = (end: number): number => random.uint32() % end;
  const one = (depth: number): unknown => {
    switch (below(depth > 3 ? 14 : 16)) {
      case 0: return null;
      case 1: return below(2) === 0;
      case 2: return below(200) - 100;
      case 3: return below(100_000) - 50_000;
      case 4: return Number(BigInt(below(2 ** 31)) * 4_000_000n);
      case 5: return -(2n ** 63n);
      case 6: return 10n ** BigInt(19 + below(18));
      case 7: return new VariantDouble(below(1000) / 7);
      case 8: return Decimal.of(-123n * 10n ** BigInt(below(30)) - 1n, 3);
      case 9: return "é".repeat(below(3) === 0 ? 31 + below(4) : below(5));
      case 10: return LocalDate.ofEpochDay(below(20_000));
      case 11: return Timestamp.ofMicros(-5n);
      case 12: return TimestampNtz.ofMicros(2n ** 50n);
      case 13: return new Uint8Array([1, 2, 3]);
      case 14: return Array.from({ length: below(20) === 0 ? 300 : below(4) }, () => one(depth + 1));
      default: return variantObject(Array.from({ length: below(30) === 0 ? 300 : below(4) }, (_, i): [string, unknown] => [`${"kéy".repeat(below(3))}${i}`, one(depth + 1)]));
    }
  };
  for (let round = 0; round < 1000; round++) {
    const value = one(0), { value: bytes, metadata } = encodeVariant(value);
    assert.equal(variantText(decodeVariant(bytes, variantNames(metadata)), UTC), variantText(value, UTC));
  }
});
