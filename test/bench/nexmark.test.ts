/** Catches a Nexmark query whose stream gives another result than the same query at once, and a source that makes other rows than the files have. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { after } from "node:test";
import { KINDS, Model, eventOfRow, rowsBefore } from "../../bench/nexmark/model.ts";
import { nexmarkFolder } from "../../bench/nexmark/ndjson-writer.ts";
import { QUERIES, REFUSED, SHAPES } from "../../bench/nexmark/queries.ts";
import { checkQuery, refusals, type RunTask } from "../../bench/nexmark/run.ts";
import { createViews } from "../../bench/nexmark/views.ts";
import { session } from "../../src/index.ts";

const EVENTS = 5_000, EVENTS_PER_FILE = 1_000, MICROS_PER_EVENT = 8_000;
const scratch = mkdtempSync(join(tmpdir(), "nexmark-test-")), folder = nexmarkFolder(scratch, { events: EVENTS, eventsPerFile: EVENTS_PER_FILE, microsPerEvent: MICROS_PER_EVENT });
const base: Omit<RunTask, "query" | "source"> = { folder, scratch, events: EVENTS, eventsPerBatch: EVENTS_PER_FILE, eventsPerFile: EVENTS_PER_FILE, microsPerEvent: MICROS_PER_EVENT, times: 1 };
after(() => rmSync(scratch, { recursive: true, force: true }));

for (const { name } of [...QUERIES, ...SHAPES]) {
  test(`${name}: the stream gives what the batch query gives`, async () => {
    for (const source of ["files", "columns"] as const) {
      const { stream, batch } = await checkQuery({ ...base, query: name, source });
      assert.equal(stream, batch, source);
      assert.doesNotMatch(stream, /^0 rows/, "an empty result proves nothing");
    }
  });
}

test("the columns made in the process are those of the files", async () => {
  const digests = [];
  for (const kind of ["files", "columns"] as const) {
    await using mill = session({ timeZone: "UTC" });
    createViews(mill, { kind, folder, model: new Model({ microsPerEvent: MICROS_PER_EVENT }), events: EVENTS, eventsPerBatch: 1, eventsPerFile: 1, marker: false, isStreaming: false });
    digests.push(await Promise.all(KINDS.map(async name => String((await mill.sql(`SELECT count(*) || ' ' || sum(CAST(xxhash64(*) AS DECIMAL(20, 0))) AS d FROM ${name}`).collect())[0]!["d"]))));
  }
  assert.deepEqual(digests[0], digests[1]);
  assert.deepEqual(digests[0]!.map(text => Number(text.split(" ")[0])), [100, 300, 4600]);
});

test("the originals of the rewritten queries are refused", async () => {
  const found = await refusals({ ...base, source: "files" });
  for (const { name } of REFUSED) assert.match(found[name]!, /^(STREAMING_OUTPUT_MODE\.UNSUPPORTED_OPERATION|NON_TIME_WINDOW_NOT_SUPPORTED_IN_STREAMING)$/, name);
});

test("rows and events of a kind are numbered alike", () => {
  for (const kind of KINDS) for (let row = 0; row < 200; row++) {
    const event = eventOfRow(kind, row);
    assert.equal(rowsBefore(kind, event), row);
    assert.equal(rowsBefore(kind, event + 1), row + 1);
  }
});
