/** Catches a table beside a stream whose files are read again too early, too late or never, and options that are taken though they mean nothing. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { bigint, schema, string } from "millrace";
import { testSession } from "millrace/testing";

const Name = schema({ id: bigint(), name: string() }), Id = schema({ id: bigint() });

async function names(options: { refresh?: "eachBatch" | "never"; refreshInterval?: string }, work: (step: (name: string | undefined, advance?: string) => Promise<string>) => Promise<void>, restart = false): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "millrace-refresh-"));
  try {
    await using mill = testSession();
    const input = mill.memoryStream(Id), write = (name: string) => writeFileSync(join(folder, "names.json"), `{"id": 1, "name": "${name}"}\n`);
    write("a");
    const joined = input.df.join(mill.read.schema(Name).json(folder, options), "id", "left").select(row => ({ name: row.name }));
    await using run = await mill.run(joined);
    let steps = 0;
    await work(async (name, advance) => {
      if (name !== undefined) write(name);
      if (advance !== undefined) await mill.clock.advance(advance as never);
      if (restart && steps++ === 2) await run.restart();
      input.add({ id: 1n });
      return (await run.process()).map(row => row.name).join(",");
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("each batch sees the files as they are, unless said otherwise", async () => {
  for (const options of [{}, { refresh: "eachBatch" as const }]) await names(options, async step => {
    assert.deepEqual([await step(undefined), await step("bb"), await step(undefined), await step("ccc")], ["a", "bb", "bb", "ccc"]);
  });
});

test("what was read first stays, until the query starts again", async () => {
  await names({ refresh: "never" }, async step => {
    assert.deepEqual([await step(undefined), await step("bb"), await step("ccc", "20 minutes"), await step(undefined)], ["a", "a", "a", "a"]);
  });
  await names({ refresh: "never" }, async step => {
    assert.deepEqual([await step(undefined), await step("bb"), await step("ccc"), await step("dddd")], ["a", "a", "ccc", "ccc"]);
  }, true);
});

test("after an interval the next batch looks again, and reads only what changed", async () => {
  await names({ refreshInterval: "10 minutes" }, async step => {
    assert.deepEqual(
      [await step(undefined), await step("bb", "9 minutes"), await step(undefined, "1 minute"), await step("ccc", "9 minutes"), await step(undefined, "59 seconds"), await step(undefined, "1 second"), await step("dddd", "10 minutes")],
      ["a", "a", "bb", "bb", "bb", "ccc", "dddd"]);
  });
});

test("options that mean nothing are refused", async () => {
  await using mill = testSession();
  const folder = mkdtempSync(join(tmpdir(), "millrace-refresh-"));
  try {
    for (const options of [{ refresh: "sometimes" }, { refreshInterval: "soon" }, { refreshInterval: "0 seconds" }, { refreshInterval: "1 month" }, { refresh: "never", refreshInterval: "1 hour" }]) {
      await assert.rejects(mill.read.schema(Name).json(folder, options as never).collect(), { condition: "MILLRACE_INVALID_OPTION" }, JSON.stringify(options));
    }
    await assert.rejects(mill.run(mill.readStream.schema(Name).json(folder, { refresh: "never" })), { condition: "MILLRACE_INVALID_OPTION" });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
