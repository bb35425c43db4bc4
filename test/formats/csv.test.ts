/**
 * Catches CSV that is read otherwise than Spark 4.3 reads it: csv-answers.json holds what it answered to several hundred combinations of files and
 * options (record-csv.py asks it).
 */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { MillraceError } from "../../src/base/errors.ts";
import { seededRandom } from "../../src/base/clock.ts";
import { nodeFiles } from "../../src/base/files.ts";
import { rowsOf } from "../../src/columns/cells.ts";
import type { ConnectorEnvironment } from "../../src/connectors/environment.ts";
import { openTable } from "../../src/connectors/registry.ts";
import { ManualClock } from "../../src/testing/manual-clock.ts";
import { cellText } from "../../src/types/cell-text.ts";
import { typeToSql } from "../../src/types/data-type.ts";
import { parseSchemaDdl } from "../../src/types/ddl.ts";
import { UTC } from "../../src/types/time-zone.ts";

type Answer = { readonly schema: readonly (readonly [string, string])[]; readonly rows: readonly (readonly (string | null)[])[] } | { readonly error: string };
interface Case { readonly name: string; readonly options: Readonly<Record<string, string>>; readonly schema: string | null; readonly answer: Answer }
const { recorded, texts, cases } = JSON.parse(readFileSync(join(import.meta.dirname, "csv-answers.json"), "utf8")) as { recorded: number; texts: Record<string, { text?: string; base64?: string }>; cases: Case[] };

const folder = mkdtempSync(join(tmpdir(), "millrace-csv-"));
const paths = new Map(Object.entries(texts).map(([name, { text, base64 }], i) => {
  const path = join(folder, `${i}.csv`);
  writeFileSync(path, base64 === undefined ? text! : Buffer.from(base64, "base64"));
  return [name, path];
}));
after(() => rmSync(folder, { recursive: true, force: true }));
const environment: ConnectorEnvironment = { clock: new ManualClock(recorded * 1_000_000), random: seededRandom(1), files: nodeFiles, timeZone: "UTC", print: () => {}, warn: () => {}, renderTable: () => "" };

async function answerOf({ name, options, schema }: Case): Promise<Answer> {
  try {
    const table = await openTable({ kind: "read_data_source", format: "csv", options, paths: [paths.get(name)!], isStreaming: false, ...(schema !== null && { schema: parseSchemaDdl(schema) }) }, environment);
    const { fields } = table.schema, reader = table.batch!(), rows: (string | null)[][] = [];
    try {
      for (const split of await reader.planBatch()) {
        await reader.read(split, { columns: fields.map(field => field.name), signal: new AbortController().signal }, {
          badRecord: () => {},
          push: batch => {
            for (const row of rowsOf(batch)) rows.push(row.map((cell, i) => (cell === null ? null : cellText(fields[i]!.type, cell, UTC))));
            return true;
          },
        });
      }
    } finally {
      reader.close?.();
    }
    return { schema: fields.map(field => [field.name, typeToSql(field.type).toLowerCase()]), rows };
  } catch (error) {
    if (!(error instanceof MillraceError)) throw error;
    return { error: error.condition };
  }
}

/** Spark's Java prints some of FLOAT and DOUBLE with more digits than tell the value. */
function plain(answer: Answer): Answer {
  return "error" in answer ? answer : { ...answer, rows: answer.rows.map(row => row.map((cell, i) => (cell !== null && /^(?:float|double)$/.test(answer.schema[i]![1]) ? String(Math.fround(Number(cell))) : cell))) };
}

/** Where it is known that another answer is given, and why. */
const KNOWN: Readonly<Record<string, string>> = {
  'spaces {"ignoreTrailingWhiteSpace":"true"} a STRING, b STRING, _corrupt_record STRING': "Spark's parser fails with an index out of bounds on a line of space and separators",
  'spaces {"ignoreTrailingWhiteSpace":"true","nullValue":"N","emptyValue":"E"} a STRING, b STRING, _corrupt_record STRING': "the same",
  'odd quotes {"unescapedQuoteHandling":"BACK_TO_DELIMITER","multiLine":"true"} a STRING, b STRING, _corrupt_record STRING': "Spark loses rows where an unescaped quote gives several lines back; here each line is a row",
  'utf16 {"encoding":"UTF-16","lineSep":"\\n","header":"true"} ': "Spark looks for a line end with a byte order mark in it, and so finds no lines",
};

describe("CSV as Spark reads it", () => {
  cases.forEach((one, i) => {
    const title = `${i}: ${one.name} ${JSON.stringify(one.options)} ${one.schema ?? ""}`;
    test(title, async () => {
      const actual = await answerOf(one), why = KNOWN[title.replace(/^\d+: /, "")];
      if (why !== undefined) assert.throws(() => assert.deepEqual(plain(actual), plain(one.answer)), `now it is as in Spark, although ${why}`);
      else if ("error" in one.answer) assert.ok("error" in actual, `Spark fails with ${one.answer.error}, here there is ${JSON.stringify(actual)}`);
      else assert.deepEqual(plain(actual), plain(one.answer));
    });
  });
});
