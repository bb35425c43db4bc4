/** Catches rows written otherwise than Spark 4.3 writes them: expected bytes are what its JSON and CSV writers produced for the same rows. */
import assert from "node:assert/strict";
import test from "node:test";
import { Batch } from "../columns/batch.ts";
import { vectorOf } from "../columns/cells.ts";
import { Arena } from "../memory/arena.ts";
import type { Cell } from "../types/cell.ts";
import { parseSchemaDdl } from "../types/ddl.ts";
import { field, struct, VOID, BIGINT } from "../types/data-type.ts";
import { csvEncoder } from "./csv/csv-encoder.ts";
import { jsonEncoder } from "./json/json-encoder.ts";
import type { RowEncoder } from "./row-encoder.ts";

const arena = new Arena();
const batchOf = (ddl: string, rows: Cell[][]): Batch => {
  const schema = parseSchemaDdl(ddl);
  return new Batch(schema, schema.fields.map((f, i) => vectorOf(f.type, rows.map(row => row[i]!), arena)), rows.length);
};
const written = (encoder: RowEncoder, batch: Batch): string => Buffer.concat([encoder.header(), encoder.encode(batch)]).toString();
const micros = (iso: string): bigint => BigInt(Date.parse(iso)) * 1000n;

const WIDE = "t TINYINT, s SMALLINT, i INT, l BIGINT, f FLOAT, d DOUBLE, d2 DOUBLE, n DOUBLE, ni DOUBLE, fi FLOAT, dec DECIMAL(10,2), dec2 DECIMAL(20,10), st STRING, b BOOLEAN, dt DATE, ts TIMESTAMP, ntz TIMESTAMP_NTZ, bin BINARY, arr ARRAY<INT>, ea ARRAY<INT>, m MAP<STRING,INT>, st2 STRUCT<x:INT,y:INT,z:STRUCT<q:INT>>, iv INTERVAL DAY TO SECOND, ym INTERVAL YEAR TO MONTH, nul STRING";
const wideRow: Cell[] = [
  1, 2, 3, 2n ** 63n - 1n, Math.fround(1.1), 1e20, 100, NaN, -Infinity, Infinity, 1234560n, 1000n, "q\"\\ \n\t\u0001\u007f\u2028é😀/", true, 18263, micros("2020-01-02T03:04:05.123Z") + 456n,
  micros("2020-01-02T03:04:05.500Z"), new Uint8Array([0, 255, 16]), [1, null, 3], [], { entries: [["a", 1], ["b", null]] }, [1, null, [null]], 93784500000n, 14, null,
];

test("JSON of every type", () => {
  const batch = batchOf(WIDE, [wideRow]);
  const expected = "{\"t\":1,\"s\":2,\"i\":3,\"l\":9223372036854775807,\"f\":1.1,\"d\":1.0E20,\"d2\":100.0,\"n\":\"NaN\",\"ni\":\"-Infinity\",\"fi\":\"Infinity\",\"dec\":12345.60,\"dec2\":1.000E-7,\"st\":\"q\\\"\\\\ \\n\\t\\u0001\u007f\u2028é😀/\",\"b\":true,\"dt\":\"2020-01-02\",\"ts\":\"2020-01-02T03:04:05.123Z\",\"ntz\":\"2020-01-02T03:04:05.500\",\"bin\":\"AP8Q\",\"arr\":[1,null,3],\"ea\":[],\"m\":{\"a\":1,\"b\":null},\"st2\":{\"x\":1,\"z\":{}},\"iv\":\"INTERVAL '1 02:03:04.5' DAY TO SECOND\",\"ym\":\"INTERVAL '1-2' YEAR TO MONTH\"}\n";
  assert.equal(written(jsonEncoder(batch.schema, {}, "UTC"), batch), expected);
  assert.equal(written(jsonEncoder(batch.schema, { TimeZone: "Europe/Paris" }, "UTC"), batch), expected.replace("T03:04:05.123Z", "T04:04:05.123+01:00"));
  assert.match(written(jsonEncoder(batch.schema, { ignoreNullFields: "false" }, "UTC"), batch), /"st2":\{"x":1,"y":null,"z":\{"q":null\}\}.*"nul":null\}\n$/);
});

test("JSON of times far from now, in a zone", () => {
  const batch = batchOf("a TIMESTAMP, b TIMESTAMP, c TIMESTAMP, d DATE, e DATE, f DATE", [[
    micros("1900-01-01T00:00:00Z"), micros("2020-07-01T00:00:00Z"), 253402300799999999n, -719162, 3789391, -721354,
  ]]);
  assert.equal(written(jsonEncoder(batch.schema, {}, "America/New_York"), batch),
    "{\"a\":\"1899-12-31T19:00:00.000-05:00\",\"b\":\"2020-06-30T20:00:00.000-04:00\",\"c\":\"9999-12-31T18:59:59.999-05:00\",\"d\":\"0001-01-01\",\"e\":\"+12345-01-01\",\"f\":\"-0005-01-01\"}\n");
});

test("JSON map keys, doubles, and columns of nothing", () => {
  const maps = batchOf("a MAP<INT,INT>, b MAP<DATE,INT>, c MAP<TIMESTAMP,INT>, d MAP<DOUBLE,INT>, e MAP<BOOLEAN,INT>", [[
    { entries: [[1, 2]] }, { entries: [[18262, 1]] }, { entries: [[1577934245000000n, 1]] }, { entries: [[1.5, 2]] }, { entries: [[true, 1]] },
  ]]);
  assert.equal(written(jsonEncoder(maps.schema, {}, "UTC"), maps), "{\"a\":{\"1\":2},\"b\":{\"18262\":1},\"c\":{\"1577934245000000\":1},\"d\":{\"1.5\":2},\"e\":{\"true\":1}}\n");
  const doubles = batchOf("a DOUBLE, b DOUBLE, c DOUBLE, d DOUBLE, e DOUBLE, f FLOAT, g FLOAT, j DOUBLE, m FLOAT, n DOUBLE", [[
    0.1, 1e7, 1e-3, 9.999e-4, 12345678.9, 1e10, Math.fround(3.4028235e38), 1.7976931348623157e308, Math.fround(0.001), 123456789012345680,
  ]]);
  assert.equal(written(jsonEncoder(doubles.schema, {}, "UTC"), doubles),
    "{\"a\":0.1,\"b\":1.0E7,\"c\":0.001,\"d\":9.999E-4,\"e\":1.23456789E7,\"f\":1.0E10,\"g\":3.4028235E38,\"j\":1.7976931348623157E308,\"m\":0.001,\"n\":1.2345678901234568E17}\n");
  const schema = struct([field("a", VOID), field("b", BIGINT)]);
  const nothing = new Batch(schema, [vectorOf(VOID, [null], arena), vectorOf(BIGINT, [null], arena)], 1);
  assert.equal(written(jsonEncoder(schema, {}, "UTC"), nothing), "{}\n");
  assert.throws(() => jsonEncoder(parseSchemaDdl("v INTERVAL"), {}, "UTC"), /UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE.*`v`.*"INTERVAL"/);
});

test("only selected rows are written", () => {
  const batch = batchOf("a INT, b STRING", [[1, "x"], [2, "y"], [3, "z"]]);
  const pointer = arena.allocate(8);
  arena.memory.u32.set([0, 2], pointer >>> 2);
  const some = new Batch(batch.schema, batch.columns, 3, { pointer, count: 2 });
  assert.equal(written(jsonEncoder(batch.schema, {}, "UTC"), some), "{\"a\":1,\"b\":\"x\"}\n{\"a\":3,\"b\":\"z\"}\n");
  assert.equal(written(csvEncoder(batch.schema, {}, "UTC"), some), "1,x\n3,z\n");
});

const CSV = "i INT, a STRING, b STRING, c STRING, d STRING, e STRING, f STRING, g STRING, h STRING, j STRING, k STRING, l STRING, m STRING, o STRING, p STRING, q STRING, r STRING, d1 DOUBLE, d2 DOUBLE, d3 DECIMAL(5,2), b1 BOOLEAN, dt DATE, ts TIMESTAMP, ntz TIMESTAMP_NTZ, bin BINARY, fl FLOAT, iv INTERVAL DAY TO SECOND, ym INTERVAL YEAR TO MONTH, z INT";
const csvRow: Cell[] = [
  1, "plain", "com,ma", "quo\"te", "new\nline", "back\\slash", "", null, " lead", "trail ", "a\rb", "#x", "tab\tx", "both\\\"x", "\\", "\"", "'", 1e20, NaN, 150n, true, 18263,
  micros("2020-01-02T03:04:05.123Z") + 456n, micros("2020-01-02T03:04:05.500Z"), new Uint8Array([0x41, 0x42, 0xff]), Math.fround(1.1), 93784500000n, 14, null,
];
const CSV_TAIL = "1.0E20,NaN,1.50,true,2020-01-02,2020-01-02T03:04:05.123Z,2020-01-02T03:04:05.500,[41 42 FF],1.1,INTERVAL '1 02:03:04.5' DAY TO SECOND,INTERVAL '1-2' YEAR TO MONTH,";

test("CSV quoting and escaping", () => {
  const batch = batchOf(CSV, [csvRow]), csv = (options: Record<string, string>): string => written(csvEncoder(batch.schema, options, "UTC"), batch);
  const plain = `1,plain,"com,ma","quo\\"te","new\nline",back\\slash,"",,lead,trail,"a\rb",#x,tab\tx,"both\\\\\\"x",\\,"\\"",',${CSV_TAIL}\n`;
  assert.equal(csv({}), plain);
  assert.equal(csv({ header: "true" }), `i,a,b,c,d,e,f,g,h,j,k,l,m,o,p,q,r,d1,d2,d3,b1,dt,ts,ntz,bin,fl,iv,ym,z\n${plain}`);
  assert.equal(csv({ quoteAll: "true" }), `"1","plain","com,ma","quo\\"te","new\nline","back\\\\slash","","","lead","trail","a\rb","#x","tab\tx","both\\\\\\"x","\\\\","\\"","'",${CSV_TAIL.split(",").map(value => `"${value}"`).join(",")}\n`);
  assert.equal(csv({ nullValue: "NULL", emptyValue: "E" }), `${plain.replace(",\"\",,", ",E,NULL,").slice(0, -1)}NULL\n`);
  assert.equal(csv({ escapeQuotes: "false" }), plain.replace("\"quo\\\"te\"", "quo\"te").replace("\"both\\\\\\\"x\"", "both\\\"x"));
  assert.match(csv({ sep: ";" }), /^1;plain;com,ma;"quo\\"te";/);
  assert.match(csv({ ignoreLeadingWhiteSpace: "false", ignoreTrailingWhiteSpace: "false" }), /,"",, lead,trail ,/);
});

test("CSV lines of one column, comment signs, names", () => {
  const first = batchOf("a STRING, b INT", [["#x", 1], ["", 2], ["a b", 3], [null, 4]]);
  assert.equal(written(csvEncoder(first.schema, { header: "true" }, "UTC"), first), "a,b\n\"#x\",1\n\"\",2\na b,3\n,4\n");
  const one = batchOf("a STRING", [["#x"], [""], [null], ["y"]]);
  assert.equal(written(csvEncoder(one.schema, { header: "true" }, "UTC"), one), "a\n\"#x\"\n\"\"\ny\n");
  const names = batchOf("`a,b` INT, `q\"` INT, ` sp ` INT", [[1, 2, 3]]);
  assert.equal(written(csvEncoder(names.schema, { header: "true" }, "UTC"), names), "\"a,b\",\"q\\\"\",sp\n1,2,3\n");
  const odd = batchOf("a STRING, b STRING, d STRING, e STRING, g STRING, h STRING, i STRING, j STRING, k STRING, l STRING", [["\"\"", "a\"b\"c", "\\\\", "x\\y,z", "ab\"", "\\\"", "a,\\", "  ", " \" ", "\n"]]);
  assert.equal(written(csvEncoder(odd.schema, {}, "UTC"), odd), "\"\\\"\\\"\",\"a\\\"b\\\"c\",\\\\,\"x\\\\y,z\",\"ab\\\"\",\"\\\\\\\"\",\"a,\\\\\",\"\",\"\\\"\",\"\"\n");
  assert.throws(() => csvEncoder(parseSchemaDdl("a ARRAY<INT>"), {}, "UTC"), /UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE.*`a`.*"ARRAY<INT>"/);
  assert.throws(() => csvEncoder(one.schema, { header: "yes" }, "UTC"), /MILLRACE_INVALID_OPTION/);
});

test("CSV by options: what Spark wrote of the same rows", () => {
  const batch = batchOf("s STRING, d DATE, t TIMESTAMP, n TIMESTAMP_NTZ, u STRING", [["x/\"\\y", 18263, micros("2020-01-02T03:04:05Z"), micros("2020-01-02T03:04:05Z"), "a,|| é"], ["#n", null, null, null, "b"]]);
  const of = (options: Record<string, string>): Buffer => { const encoder = csvEncoder(batch.schema, options, "UTC"); return Buffer.concat([encoder.header(), encoder.encode(batch)]); };
  const times = "2020-01-02T03:04:05.000Z,2020-01-02T03:04:05.000";
  assert.equal(of({ dateFormat: "dd/MM/yyyy", timestampFormat: "yy-MM-dd HH:mm", timestampNTZFormat: "HH:mm" }).toString(), '"x/\\"\\\\y",02/01/2020,20-01-02 03:04,03:04,"a,|| é"\n"#n",,,,b\n');
  assert.equal(of({ escape: "/", charToEscapeQuoteEscaping: "\\" }).toString(), `"x\\//"\\y",2020-01-02,${times},"a,|| é"\n"#n",,,,b\n`);
  assert.equal(of({ quote: "", sep: "||" }).toString(), `x/"\\y||2020-01-02||${times.replace(",", "||")}||\0a,|| é\0\n\0#n\0||||||||b\n`);
  assert.equal(of({ comment: "x", escape: "\"" }).toString(), `"x/""\\y",2020-01-02,${times},"a,|| é"\n#n,,,,b\n`);
  assert.equal(new TextDecoder("utf-16be").decode(of({ encoding: "UTF-16", header: "true" })), `s,d,t,n,u\n"x/\\"\\\\y",2020-01-02,${times},"a,|| é"\n"#n",,,,b\n`);
  assert.deepEqual([...of({ encoding: "UTF-16" }).subarray(0, 4)], [0xfe, 0xff, 0, 0x22]);
  assert.throws(() => of({ encoding: "nope" }), { condition: "INVALID_PARAMETER_VALUE.CHARSET" });
  assert.throws(() => of({ dateFormat: "qqqqqq" }), /INVALID_DATETIME_PATTERN/);
});
