/**
 * Catches XML that is read or written otherwise than Spark 4.3 does: xml-answers.json holds what it answered to several hundred combinations of
 * files and options (record-xml.py asks it).
 */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { MillraceError } from "../../src/base/errors.ts";
import { seededRandom } from "../../src/base/clock.ts";
import { nodeFiles } from "../../src/base/files.ts";
import { rowsOf } from "../../src/columns/cells.ts";
import type { ConnectorEnvironment } from "../../src/connectors/environment.ts";
import { openTable } from "../../src/connectors/registry.ts";
import { session } from "../../src/index.ts";
import { ManualClock } from "../../src/testing/manual-clock.ts";
import { cellText } from "../../src/types/cell-text.ts";
import { jsonText } from "../../src/formats/json/json-encoder.ts";
import type { Cell } from "../../src/types/cell.ts";
import { typeToSql, type DataType } from "../../src/types/data-type.ts";
import { parseSchemaDdl } from "../../src/types/ddl.ts";
import { UTC } from "../../src/types/time-zone.ts";

type Failure = { readonly error: string };
type Rows = { readonly schema: readonly (readonly [string, string])[]; readonly rows: readonly (readonly (string | null)[])[] };
interface Reading { readonly name: string; readonly options: Readonly<Record<string, string>>; readonly schema: string | null; readonly answer: Rows | Failure }
interface Writing { readonly sql: string; readonly options: Readonly<Record<string, string>>; readonly answer: { readonly text: string } | Failure }
const { recorded, texts, reads, writes } = JSON.parse(readFileSync(join(import.meta.dirname, "xml-answers.json"), "utf8")) as {
  recorded: number; texts: Record<string, { text?: string; base64?: string }>; reads: Reading[]; writes: Writing[];
};

const folder = mkdtempSync(join(tmpdir(), "millrace-xml-"));
const paths = new Map(Object.entries(texts).map(([name, { text, base64 }], i) => {
  const path = join(folder, `${i}.xml`);
  writeFileSync(path, base64 === undefined ? text! : Buffer.from(base64, "base64"));
  return [name, path];
}));
after(() => rmSync(folder, { recursive: true, force: true }));
const environment: ConnectorEnvironment = { clock: new ManualClock(recorded * 1_000_000), random: seededRandom(1), files: nodeFiles, timeZone: "UTC", print: () => {}, warn: () => {}, renderTable: () => "" };

async function answerOf({ name, options, schema }: Reading): Promise<Rows | Failure> {
  try {
    const table = await openTable({ kind: "read_data_source", format: "xml", options, paths: [paths.get(name)!], isStreaming: false, ...(schema !== null && { schema: parseSchemaDdl(schema) }) }, environment);
    const { fields } = table.schema, reader = table.batch!(), rows: (string | null)[][] = [];
    try {
      for (const split of await reader.planBatch()) {
        await reader.read(split, { columns: fields.map(field => field.name), signal: new AbortController().signal }, {
          badRecord: () => {},
          push: batch => {
            for (const row of rowsOf(batch)) rows.push(row.map((cell, i) => (cell === null ? null : textOf(fields[i]!.type, cell))));
            return true;
          },
        });
      }
    } finally {
      reader.close?.();
    }
    // a table without columns has no rows to show
    return { schema: fields.map(field => [field.name, simpleType(field.type)]), rows: fields.length === 0 ? [] : rows };
  } catch (error) {
    if (!(error instanceof MillraceError)) throw error;
    return { error: error.condition };
  }
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
