/**
 * Catches XML that is read or written otherwise than Spark 4.3 does: xml-answers.json holds what it answered to several hundred combinations of
 * files and options (record-xml.py asks it).
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

interface Writing { readonly sql: string; readonly options: Readonly<Record<string, string>>; readonly answer: { readonly text: string } | Failure }
const { recorded, texts, reads, writes } = JSON.parse(readFileSync(join(import.meta.dirname, "xml-answers.json"), "utf8")) as {
  recorded: number; texts: Record<string, { text?: string; base64?: string }>; reads: Reading[]; writes: Writing[];
};

const { folder, answerOf: readAnswer } = recordedReads({ format: "xml", recorded, texts, typeText: type => simpleType(type), cellText: (type, cell) => textOf(type, cell) });
/** A table without columns has no rows to show. */
async function answerOf(reading: Reading): Promise<Rows | Failure> {
  const answer = await readAnswer(reading);
  return "schema" in answer && answer.schema.length === 0 ? { ...answer, rows: [] } : answer;
}

const textOf = (type: DataType, cell: Exclude<Cell, null>): string => (type.kind === "variant" ? jsonText(type, cell, { zone: UTC, ignoreNullFields: true }) : cellText(type, cell, UTC));
/** As Spark's simpleString. */
function simpleType(type: DataType): string {
  switch (type.kind) {
    case "struct": return `struct<${type.fields.map(one => `${one.name}:${simpleType(one.type)}`).join(",")}>`;
    case "array": return `array<${simpleType(type.element)}>`;
    case "map": return `map<${simpleType(type.key)},${simpleType(type.value)}>`;
    default: return typeToSql(type).toLowerCase();
  }
}

/** Spark's column of corrupt records holds the whole file, here it holds the row: whether there is something counts. */
function withoutTexts(answer: Rows | Failure): Rows | Failure {
  if ("error" in answer) return answer;
  const corrupt = answer.schema.findIndex(([name]) => name === "_corrupt_record");
  return { ...answer, rows: answer.rows.map(row => row.map((cell, i) => (i === corrupt && cell !== null ? "..." : cell))) };
}

/** Where it is known that another answer is given, and why. */
const KNOWN: readonly (readonly [RegExp, string])[] = [
  [/^broken .*(?:"\} $|E"\} a INT|MALFORMED"\} a INT)/, "a row that is broken costs itself only; Spark reads nothing behind it"],
  [/^lines \{"rowTag":"row"(?!,"multiLine")/, "several roots are read; to Spark the file ends behind the first"],
  [/^latin1 \{"rowTag":"row"(?!,"encoding")/, "bytes that are no UTF-8 are replaced; Spark fails"],
  [/^lines .*"multiLine":"false"\}/, "a line that is no XML is malformed"],
  [/^latin1 .*"encoding"/, "Spark fails"],
  [/^many .*0\.1/, "other rows are chosen"],
  [/^cdata .*(?:singleVariantColumn|VARIANT)/, "text on both sides of a comment are two texts, as in a STRUCT"],
];

describe("XML as Spark reads it", () => {
  reads.forEach((one, i) => {
    const title = `${i}: ${one.name} ${JSON.stringify(one.options)} ${one.schema ?? ""}`;
    test(title, async () => {
      const actual = await answerOf(one), why = KNOWN.find(([titles]) => titles.test(title.replace(/^\d+: /, "")))?.[1];
      if (why !== undefined) assert.throws(() => assert.deepEqual(actual, one.answer), `now it is as in Spark, although ${why}`);
      else if ("error" in one.answer) assert.ok("error" in actual, `Spark fails with ${one.answer.error}, here there is ${JSON.stringify(actual)}`);
      else assert.deepEqual(withoutTexts(actual), withoutTexts(one.answer));
    });
  });
});

describe("XML as Spark writes it", () => {
  writes.forEach((one, i) => {
    const title = `${i}: ${one.sql} ${JSON.stringify(one.options)}`;
    test(title, async () => {
      await using spark = session({ conf: { "spark.sql.timeType.enabled": "true" } });
      const target = join(folder, `out${i}`);
      const write = async (): Promise<Buffer> => {
        await spark.sql(one.sql).write.format("xml").options(one.options).save(target);
        return readFileSync(join(target, readdirSync(target).find(name => name.startsWith("part-"))!));
      };
      if (one.sql.includes("parse_json")) await assert.rejects(write, { condition: "MILLRACE_UNSUPPORTED" });
      else if ("error" in one.answer) await assert.rejects(write, MillraceError, `Spark fails with ${one.answer.error}`);
      else assert.deepEqual((await write()).toString("latin1"), one.answer.text);
    });
  });
});
