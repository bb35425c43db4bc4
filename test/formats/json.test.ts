/**
 * Catches JSON that is read or written otherwise than Spark 4.3 does: json-answers.json holds what it answered to several hundred combinations of
 * files and options (record-json.py asks it).
 */
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { MillraceError } from "../../src/base/errors.ts";
import { session } from "../../src/index.ts";
import { cellText } from "../../src/types/cell-text.ts";
import { jsonText } from "../../src/formats/json/json-encoder.ts";
import type { Cell } from "../../src/types/cell.ts";
import { typeToSql, type DataType } from "../../src/types/data-type.ts";
import { UTC } from "../../src/types/time-zone.ts";
import { recordedReads, type Failure, type Reading, type Rows } from "./recorded-reads.ts";

interface Writing { readonly sql: string; readonly options: Readonly<Record<string, string>>; readonly answer: { readonly base64: string } | Failure }
const { recorded, texts, reads, writes } = JSON.parse(readFileSync(join(import.meta.dirname, "json-answers.json"), "utf8")) as {
  recorded: number; texts: Record<string, { text?: string; base64?: string }>; reads: Reading[]; writes: Writing[];
};

const { folder, answerOf: readAnswer } = recordedReads({ format: "json", recorded, texts, typeText: type => simpleType(typeToSql(type)), cellText: (type, cell) => textOf(type, cell) });
/** A table without columns has no rows to show. */
async function answerOf(reading: Reading): Promise<Rows | Failure> {
  const answer = await readAnswer(reading);
  return "schema" in answer && answer.schema.length === 0 ? { ...answer, rows: [] } : answer;
}

const textOf = (type: DataType, cell: Exclude<Cell, null>): string => (type.kind === "variant" ? jsonText(type, cell, { zone: UTC, ignoreNullFields: true }) : cellText(type, cell, UTC));
const simpleType = (sql: string): string => sql.toLowerCase().replace(/: /g, ":").replace(/, /g, ",").replace(/^time$/, "time(6)");

/** Where it is known that another answer is given, and why. */
const KNOWN: readonly (readonly [RegExp, string])[] = [
  [/^utf(?:16|16le|32be) (?:\{\}|\{"primitives.*) $/, "Spark tells UTF-16 by the bytes of each line, with zeros of line ends at the lines' beginnings; a file of lines must name it here"],
  [/^dates \{"dateFormat":"YYYY"\} (?:t|n) /, "a pattern that is none is refused, also where no column needs it"],
  [/^dates \{"timestampFormat":"\{x"\}/, "the same; Spark gives nulls"],
  [/"locale":"nope"/, "a locale that is none is refused"],
  [/^(?:prefers|decimals|numbers) \{"prefersDecimal":"true"\} $/, "Spark fails on numbers such as 1e2"],
  [/^maps \{\} m MAP<(?:INT|DATE|BOOLEAN|DOUBLE), INT>/, "keys are read as their type; Spark fails within"],
  [/CHAR\(/, "CHAR and VARCHAR are read as they are written"],
  [/^(?:utf16le|latin1) \{"(?:encoding|charset)":"[^"]*"\} $/, "Spark asks for lineSep"],
];

describe("JSON as Spark reads it", () => {
  reads.forEach((one, i) => {
    const title = `${i}: ${one.name} ${JSON.stringify(one.options)} ${one.schema ?? ""}`;
    test(title, async () => {
      const actual = await answerOf(one), why = KNOWN.find(([titles]) => titles.test(title.replace(/^\d+: /, "")))?.[1];
      if (why !== undefined) assert.throws(() => assert.deepEqual(actual, one.answer), `now it is as in Spark, although ${why}`);
      else if ("error" in one.answer) assert.ok("error" in actual, `Spark fails with ${one.answer.error}, here there is ${JSON.stringify(actual)}`);
      else assert.deepEqual(actual, one.answer);
    });
  });
});

describe("JSON as Spark writes it", () => {
  writes.forEach((one, i) => {
    const title = `${i}: ${one.sql} ${JSON.stringify(one.options)}`;
    test(title, async () => {
      await using spark = session({ conf: { "spark.sql.timeType.enabled": "true" } });
      const target = join(folder, `out${i}`);
      const write = async (): Promise<Buffer> => {
        await spark.sql(one.sql).write.format("json").options(one.options).save(target);
        return readFileSync(join(target, readdirSync(target).find(name => name.startsWith("part-"))!));
      };
      if ("error" in one.answer) await assert.rejects(write, MillraceError, `Spark fails with ${one.answer.error}`);
      else assert.deepEqual((await write()).toString("latin1"), Buffer.from(one.answer.base64, "base64").toString("latin1"));
    });
  });
});
