/** Catches rows that change on their way through Arrow, and things that are taken for Arrow data and aren't. */
import assert from "node:assert/strict";
import { Readable } from "node:stream";
import test from "node:test";
import { session, stringify } from "../index.ts";

const mill = session({ timeZone: "UTC" });
test.after(() => mill.stop());
const frame = mill.sql("SELECT id, concat('text number ', id) AS s, array(id, NULL) AS xs, named_struct('a', id % 3 = 0) AS st, timestamp_seconds(id) AS ts FROM range(9000)");

test("rows come back as they were, from bytes, buffers and streams", async () => {
  const expected = stringify(await frame.collect()), bytes = await frame.toArrow(), packed = await frame.toArrow({ compression: "lz4" });
  assert.ok(packed.length < bytes.length / 2);
  const pieces = Array.from({ length: Math.ceil(packed.length / 1000) }, (_, i) => packed.slice(1000 * i, 1000 * i + 1000));
  for (const data of [bytes, bytes.slice().buffer as ArrayBuffer, pieces, Readable.from(pieces)]) assert.equal(stringify(await (await mill.fromArrow(data)).collect()), expected);
  const again = await mill.fromArrow(bytes);
  assert.deepEqual(await again.where("id = 7").select("s").collect(), [{ s: "text number 7" }]);
  assert.equal(await again.count(), 9000);
});
test("no rows have a schema", async () => {
  const none = await mill.fromArrow(await frame.where("id < 0").toArrow());
  assert.deepEqual([await none.collect(), (await none.schema()).toDDL()], [[], (await frame.schema()).toDDL()]);
});
test("what is no Arrow data is refused", async () => {
  await assert.rejects(mill.fromArrow(Buffer.from("ARROW1 and then nothing of it")), { condition: "FAILED_READ_FILE.NO_HINT" });
  await assert.rejects(mill.fromArrow({ schema: {}, batches: [] } as never), /tableToIPC/);
  await assert.rejects(mill.fromArrow(["text"] as never), /tableToIPC/);
});
