/** Catches the quick look at lines of CSV saying that one changes nothing when it does: random files give the types that the tokenizer alone gives. */
import assert from "node:assert/strict";
import test from "node:test";
import { seededRandom } from "../../base/clock.ts";
import { typeToSql } from "../../types/data-type.ts";
import { csvOptions } from "./csv-options.ts";
import { CsvInference } from "./infer-csv.ts";

const VALUES = [
  ["", "\"\"", "NA"], ["1", "-7", "007", "123456789", "2147483648", "+5", " 3"], ["123456789012", "9223372036854775807", "12345678901234567890", "1234567890123456789012"], ["1.5", "2.", ".5", "1e3", "NaN", "-0.25", "1d"],
  ["2020-01-02", "2020-02-30", "2020-1-2", "2020-01-31"], ["2020-01-02T03:04:05", "2020-01-02 03:04:05.123456Z", "2020-01-02 25:00:00", "2020-01-02T03:04:05+01:00"], ["true", "FALSE", "yes"],
  ["x", "\"a,b\"", "\"say \"\"hi\"\"\"", "\"back\\\"slash\"", "it\"s", "é", "\"5\"", "\"x\" y"],
];
const OPTIONS: readonly Record<string, string>[] = [
  { header: "true" }, { header: "false" }, { header: "true", nullValue: "NA" }, { header: "true", preferDate: "false" }, { header: "true", sep: ";" }, { header: "true", comment: "#" }, { header: "true", escape: "\"" },
  { header: "true", multiLine: "true" }, { header: "true", dateFormat: "yyyy-MM-dd" }, { header: "true", quote: "" }, { header: "true", ignoreLeadingWhiteSpace: "true" },
];

test("random files", () => {
  const random = seededRandom(5), below = (limit: number): number => random.uint32() % limit;
  for (let round = 0; round < 400; round++) {
    const options: Record<string, string> = { inferSchema: "true", ...OPTIONS[round % OPTIONS.length]! }, separator = options["sep"] ?? ",", columns = 1 + below(5), kinds = Array.from({ length: columns }, () => below(VALUES.length));
    const lines = Array.from({ length: 40 }, () => {
      const roll = below(60);
      if (roll < 3) return ["", "  ", "#1,2"][roll]!;
      const width = below(30) === 0 ? columns + 1 - below(3) : columns;
      return Array.from({ length: width }, (_, i) => {
        const values = VALUES[below(25) === 0 ? below(VALUES.length) : kinds[i % columns]!]!;
        return values[below(3) === 0 ? below(values.length) : 0]!;
      }).join(separator);
    });
    const text = Array.from({ length: columns }, (_, i) => `c${i}`).join(separator) + (["\n", "\r\n"][below(2)]!) + lines.join(below(5) === 0 ? "\r\n" : "\n") + (below(2) === 0 ? "\n" : "");
    const schemaOf = (cut: boolean): string => {
      const inference = new CsvInference(csvOptions(options, "UTC", () => 0n)), bytes = Buffer.from(text);
      // a line at a time begins anew with what is known: the quick look then has nothing to say before the types are settled
      if (cut) for (let from = 0; from < bytes.length;) {
        const end = bytes.indexOf(10, from) < 0 ? bytes.length : bytes.indexOf(10, from) + 1;
        inference.add(bytes.subarray(from, end), from === 0);
        from = end;
      } else inference.add(bytes, true);
      return typeToSql(inference.schema());
    };
    const slow = (): string => {
      const inference = new CsvInference({ ...csvOptions(options, "UTC", () => 0n), samplingRatio: 0.9999999 });
      inference.add(Buffer.from(text), true);
      return typeToSql(inference.schema());
    };
    assert.equal(schemaOf(false), slow(), text);
    if (options["multiLine"] === undefined) assert.equal(schemaOf(true), slow(), text);
  }
});
