/**
 * Catches CSV that is read otherwise than Spark 4.3 reads it: csv-answers.json holds what it answered to several hundred combinations of files and
 * options (record-csv.py asks it).
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { cellText } from "../../src/types/cell-text.ts";
import { typeToSql } from "../../src/types/data-type.ts";
import { UTC } from "../../src/types/time-zone.ts";
import { recordedReads, type Reading } from "./recorded-reads.ts";

type Answer = Reading["answer"];
const { recorded, texts, cases } = JSON.parse(readFileSync(join(import.meta.dirname, "csv-answers.json"), "utf8")) as { recorded: number; texts: Record<string, { text?: string; base64?: string }>; cases: Reading[] };

const { answerOf } = recordedReads({ format: "csv", recorded, texts, typeText: type => typeToSql(type).toLowerCase(), cellText: (type, cell) => cellText(type, cell, UTC) });

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
