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
test("a stream comes in pieces as rows are ready, and stops where nobody wants more", async () => {
  const pieces: Uint8Array[] = [];
  for await (const piece of frame.toArrowStream({ compression: "zstd" })) pieces.push(piece);
  assert.equal(pieces.length, 2 + Math.ceil(9000 / 4096));
  assert.equal(stringify(await (await mill.fromArrow(Buffer.concat(pieces))).collect()), stringify(await frame.collect()));
  assert.equal(stringify(await (await mill.fromArrow(Readable.from(frame.toArrowStream()))).collect()), stringify(await frame.collect()));
  let taken = 0;
  for await (const _piece of mill.range(1_000_000_000).toArrowStream()) if (++taken === 3) break;
  const abort = new AbortController();
  await assert.rejects(async () => { for await (const _piece of mill.range(1_000_000_000).toArrowStream({ signal: abort.signal })) abort.abort(); }, { condition: "OPERATION_CANCELED" });
  await assert.rejects(mill.sql("SELECT raise_error('no') AS x FROM range(3)").toArrow(), /no/);
  await assert.rejects(mill.sql("SELECT parse_json('1') AS v").toArrow(), { condition: "MILLRACE_UNSUPPORTED" });
  await assert.rejects(mill.readStream.format("rate").load().toArrow(), { condition: "MILLRACE_STREAMING_ACTION" });
});
