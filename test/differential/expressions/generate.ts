/**
 * Expressions by chance: each has a form with places, and some rows of arguments for them. Arguments are chosen by the meaning
 * of a parameter's name, by the examples of a function's documentation, or freely; now and then their number is wrong.
 */
import type { Random } from "../../../src/base/clock.ts";
import type { Signature } from "./signatures.ts";
import { OPTIONS, TEXTS, TYPES, VALUES } from "./values.ts";

/** An argument's place: values of one kind, so that they can be a column; `constant` ones stay in the text. */
interface Place { readonly constant: boolean; readonly draw: () => string }
export interface Trial {
  readonly signature: Signature;
  /** The expression with these arguments. */
  readonly write: (args: readonly string[]) => string;
  readonly rows: readonly (readonly string[])[];
  readonly constant: readonly boolean[];
}

const KINDS = Object.keys(VALUES), NUMBERS = ["int", "int", "int", "bigint", "double", "decimal", "tinyint", "float", "smallint"], MOMENTS = ["date", "timestamp", "timestamp_ntz"], ARRAYS = KINDS.filter(kind => kind.startsWith("array")), MAPS = KINDS.filter(kind => kind.startsWith("map")), STRUCTS = KINDS.filter(kind => kind.startsWith("struct"));
const LAMBDAS = ["x -> x", "x -> x + 1", "x -> x IS NULL", "x -> x > 1", "x -> length(x) > 1", "x -> NULL", "(x, i) -> i", "(x, i) -> x + i", "(k, v) -> v", "(k, v) -> k", "(k, v) -> v IS NOT NULL", "(k, v) -> upper(k)", "(a, x) -> a + x", "(a, x) -> coalesce(a, x)", "(a, b) -> CASE WHEN a < b THEN 1 WHEN a > b THEN -1 ELSE 0 END", "(a, b) -> NULL", "(k, a, b) -> coalesce(a, b)", "(x, y) -> struct(x, y)", "x -> array(x)", "x -> CAST(x AS STRING)", "acc -> acc", "(x, y) -> concat(x, y)", "x -> 1 / x", "x -> x = 'b'"];
const SMALL = ["0", "1", "2", "3", "5", "-1", "-2", "10", "100", "NULL", "CAST(NULL AS INT)"];

export class Generator {
  readonly #random: Random;
  constructor(random: Random) { this.#random = random; }

  below(end: number): number { return this.#random.uint32() % end; }
  of<T>(list: readonly T[]): T { return list[this.below(list.length)]!; }
  chance(one: number): boolean { return this.below(one) === 0; }

  /** A call of a function, with `count` rows of arguments. */
  trial(signature: Signature, count: number): Trial {
    const { params, optional, many } = signature;
    let arity = params.length - (optional > 0 ? this.below(optional + 1) : 0) + (many ? this.below(3) : 0);
    if (signature.template === undefined && this.chance(25)) arity = Math.max(0, arity + this.of([-1, 1, 2]));
    const example = signature.examples.length > 0 && !this.chance(3) ? this.of(signature.examples) : undefined;
    const places = example !== undefined && !this.chance(8) ? this.#around(example, signature) : Array.from({ length: arity }, (_, i) => this.#place(params[Math.min(i, params.length - 1)] ?? "expr", signature.name));
    const rows = Array.from({ length: count }, () => places.map(place => place.draw()));
    const template = signature.template, name = this.chance(20) ? signature.name.toUpperCase() : signature.name;
    return {
      signature, rows, constant: places.map(place => place.constant),
      write: args => template === undefined ? `${name}(${args.join(", ")})` : template.replace(/\{(\d)\}/g, (_, i: string) => args[Number(i)] ?? ""),
    };
  }

  /** The example with some of its arguments drawn anew. */
  #around(example: readonly string[], signature: Signature): Place[] {
    const changed = example.length === 0 ? -1 : this.below(example.length);
    return example.map((arg, i) => i === changed || this.chance(3) ? this.#near(arg, signature.params[Math.min(i, signature.params.length - 1)] ?? "expr", signature.name) : { constant: this.chance(2), draw: () => arg });
  }

  /** Of the kind of an argument that is there, or of its parameter. */
  #near(arg: string, param: string, name: string): Place {
    if (/->/.test(arg)) return this.#lambda();
    const named = this.#meaning(param, name);
    if (named !== undefined && !this.chance(4)) return named;
    const kind = kindOf(arg);
    return kind === undefined || this.chance(4) ? this.#any() : this.#kind(kind);
  }

  #kind(kind: string): Place { return { constant: false, draw: () => this.of(VALUES[kind]!) }; }
  #any(): Place { return this.#kind(this.of([...KINDS, ...NUMBERS, "string", "string"])); }
  #lambda(): Place { const text = this.of(LAMBDAS); return { constant: true, draw: () => text }; }
  #text(key: string, constant = 3): Place { return { constant: this.chance(constant), draw: () => this.chance(15) ? "CAST(NULL AS STRING)" : `'${this.of(TEXTS[key]!).replaceAll("'", "''")}'` }; }
  #small(): Place { return { constant: this.chance(2), draw: () => this.of(SMALL) }; }
  #bare(list: readonly string[]): Place { const text = this.of(list); return { constant: true, draw: () => text }; }
  #quoted(key: string): Place { const text = `'${this.of(TEXTS[key]!).replaceAll("'", "''")}'`; return { constant: true, draw: () => text }; }

  #place(param: string, name: string): Place {
    if (/^[A-Z]+$/.test(param) || !this.chance(8)) return this.#meaning(param, name) ?? this.#free();
    return this.#any();
  }

  #free(): Place { return this.chance(3) ? this.#any() : this.#kind(this.of([...NUMBERS, "string", "date", "timestamp", "decimal", "day_time", "year_month", "array_int", "struct"])); }

  /** What a parameter's name says; undefined if it says nothing. */
  #meaning(param: string, name: string): Place | undefined {
    switch (param) {
      case "TYPE": return this.#bare(TYPES);
      case "FIELD": return this.#bare(TEXTS["field"]!.filter(text => text !== ""));
      case "UNIT": return this.#bare(["YEAR", "QUARTER", "MONTH", "WEEK", "DAY", "DAYOFYEAR", "HOUR", "MINUTE", "SECOND", "MILLISECOND", "MICROSECOND", "days", "nonsense"]);
      case "COLLATION": return this.#bare(TEXTS["collation"]!);
      case "INTERVALTEXT": return this.#bare(["1 DAY", "'1' DAY", "'1-2' YEAR TO MONTH", "1 YEAR 2 MONTHS", "-1 HOUR", "'1 02:03:04.567' DAY TO SECOND", "'1 day 2 hours'", "2 WEEKS 3 DAYS", "'-1:30' MINUTE TO SECOND", "1.5 SECONDS", "'1.5' DAY", "'x' DAY", "1 MONTH 1 DAY", "'13' MONTH", "'1-13' YEAR TO MONTH", "'25:00' HOUR TO MINUTE", "100 MILLISECOND", "'1' SECOND", "'178956971' YEAR", "'1 2' DAY TO HOUR", "-'1' DAY", "'' DAY", "'1' DAY '2' HOUR"]);
      case "dateText": return this.#quoted("date");
      case "timestampText": return this.#quoted("timestamp");
      case "timeText": return this.#quoted("time");
      case "hexText": return this.#quoted("hex");
      case "castText": return this.#text(this.of(["number", "number", "date", "timestamp", "time", "interval"]));
      case "str": case "left": case "right": case "input": case "str1": case "str2": case "search": case "replace": case "substr": case "rep_": case "text_": case "from": case "to": case "message":
        return this.chance(6) ? this.#any() : name === "sentences" ? this.#text("sentence") : name === "luhn_check" ? this.#text("card") : name.includes("url_") ? this.#text("urlText") : name.includes("base32") ? this.#text("base32") : name.includes("base64") ? this.#text("base64") : name === "unhex" || name.includes("to_binary") ? this.#text(this.of(["hex", "base64"])) : name.includes("to_time") ? this.#text("time") : name === "split_part" || name === "find_in_set" ? this.#text("list") : this.#kind("string");
      case "str_array": return this.#text("list");
      case "text": return this.#text("pairs");
      case "pairDelim": case "keyValueDelim": case "delim": case "delimiter": case "sep": case "separator": case "nullReplacement": return this.#text("delimiter", 2);
      case "pad": case "characters": return this.#text("delimiter");
      case "regexp": case "regex": return this.#text("regexp", 2);
      case "rep": return this.#text("replacement", 2);
      case "like": case "pattern": return this.#text("like", 2);
      case "jsonStr": case "json": case "json_txt": case "jsonArray": case "json_object": return this.chance(10) ? this.#any() : this.#text("json");
      case "csvStr": case "csv": return this.#text("csv");
      case "xmlStr": case "xml": return this.#text("xml");
      case "xpath": return this.#text("xpath", 1);
      case "path": return name.includes("variant") ? this.#text("variantPath", 2) : this.#text(name.startsWith("get_json") ? "jsonPath" : "xpath", 2);
      case "schema": return this.#text("schema", 1);
      case "options": return this.#bare(OPTIONS);
      case "url": return this.#text("url");
      case "partToExtract": return this.#text("urlPart");
      case "charset": return name === "decode" && this.chance(3) ? this.#any() : this.#text("charset", 2);
      case "timezone": case "sourceTz": case "targetTz": return this.#text("timezone", 2);
      case "unit": return this.#text("unit", 2);
      case "field": return this.#text("field", 1);
      case "day_of_week": return this.#text("weekday");
      case "type": return this.#text("type", 1);
      case "mode": return name.includes("aes") ? this.#text("aesMode") : undefined;
      case "padding": return this.#text("aesPadding");
      case "key": return name.includes("aes") || name === "hmac" ? this.#text("aesKey") : name.startsWith("map_") ? this.#any() : name.endsWith("_by") ? undefined : this.#text("key");
      case "algorithm": return this.#text("algorithm");
      case "strfmt": return this.#text("format", 2);
      case "collationName": return this.#text("collation", 1);
      case "fmt": case "format":
        if (name === "trunc" || name === "date_trunc") return this.#text("unit", 2);
        if (name.includes("number")) return this.#text("numberFormat", 2);
        if (name.includes("char")) return this.#text(this.of(["numberFormat", "datePattern", "datetimeBinary"]), 2);
        if (name.includes("binary")) return this.#text("binaryFormat", 2);
        return this.#text(name.includes("to_time") && !name.includes("timestamp") ? "timePattern" : "datePattern", 2);
      case "date": case "start_date": case "endDate": case "startDate": case "ts": case "timestamp": case "timestamp1": case "timestamp2": case "sourceTs": case "startTs": case "endTs": case "source": case "moment": case "timeExp":
        return this.chance(6) ? this.#any() : this.chance(4) ? this.#text(this.of(["date", "timestamp"])) : this.#kind(this.of([...MOMENTS, ...MOMENTS, "time", "day_time", "year_month"]));
      case "time": case "end": return this.#kind("time");
      case "origin": return this.#kind(this.of(MOMENTS));
      case "bucketSize": case "interval": return this.#kind(this.of(["day_time", "year_month", "calendar"]));
      case "array": case "array1": case "array2": case "vector": case "arrayOfArrays": case "x": case "arrayOfEntries": case "keys": case "values":
        if (!/^(?:array|vector|slice|flatten|map|sort|shuffle|arrays|collect)/.test(name)) return undefined;
        return this.chance(8) ? this.#any() : this.#kind(name.startsWith("vector") ? "array_float" : name === "map_from_entries" ? "array_struct" : name === "flatten" ? "array_array" : this.of([...ARRAYS, "array_int", "array_string"]));
      case "map": case "map1": case "map2": return this.chance(8) ? this.#any() : this.#kind(this.of(MAPS));
      case "struct": return this.#kind(this.of(STRUCTS));
      case "structs": return this.#kind(this.of(["array_struct", "array_struct", "array_int"]));
      case "collection": return this.#kind(this.of([...ARRAYS, ...MAPS]));
      case "v": case "variant": return this.chance(8) ? this.#any() : this.#kind("variant");
      case "func": case "pred": case "merge": case "finish": return this.#lambda();
      case "condition": return this.chance(6) ? this.#any() : this.#kind("boolean");
      case "n": case "count": case "len": case "length": case "limit": case "idx": case "pos": case "position": case "index": case "partNum": case "scale": case "d": case "num_months": case "num_days": case "days": case "offset": case "rows": case "threshold": case "bitLength": case "quantity": case "bins": case "srid": case "degree":
        return this.chance(10) ? this.#any() : name === "repeat" || name === "space" || name === "array_repeat" || name.endsWith("pad") || this.chance(2) ? this.#small() : this.#kind(this.of(NUMBERS));
      case "from_base": case "to_base": { const base = this.of(["2", "8", "10", "16", "36", "-10", "-16", "1", "37", "0"]); return { constant: false, draw: () => base }; }
      case "num": return this.chance(2) ? this.#text("number") : this.#kind(this.of(NUMBERS));
      case "start": case "stop": case "step": return name === "sequence" ? (this.chance(2) ? this.#small() : this.#kind(this.of(["date", "day_time", "year_month", "timestamp"]))) : name === "time_diff" ? this.#kind("time") : name === "slice" ? this.#small() : this.#kind(this.of(["int", "string", "double"]));
      case "percentage": return this.#bare(["0.5", "0", "1", "0.25D", "array(0.1, 0.9)", "array(0.5)", "1.5", "-0.1", "NULL", "array()", "'0.5'", "array(0.5, NULL)"]);
      case "accuracy": case "frequency": case "buckets": case "k": return this.#small();
      case "ignoreNulls": case "roundOff": case "ascendingOrder": return this.#bare(["true", "false", "NULL", "1"]);
      case "year": case "years": case "months": case "weeks": case "hours": case "mins": case "month": case "day": case "hour": case "min": case "minute": return this.chance(8) ? this.#any() : { constant: false, draw: () => this.of(["1", "2", "12", "0", "-1", "23", "24", "29", "31", "59", "60", "1970", "2024", "9999", "10000", "2147483647", "CAST(NULL AS INT)"]) };
      case "sec": case "secs": case "second": return this.chance(8) ? this.#any() : { constant: false, draw: () => this.of(["0", "1.5", "59.999999", "60", "60.5", "-1", "61", "100.123456", "0.0000001", "CAST(NULL AS DECIMAL(16,6))", "'7.5'", "1e1"]) };
      case "seconds": case "milliseconds": case "microseconds": case "unix_time": return this.#kind(this.of(["bigint", "int", "double", "decimal", "float"]));
      case "bin": return this.chance(3) ? this.#any() : this.#kind("binary");
      case "wkb": return { constant: false, draw: () => this.of(["X'0101000000000000000000F03F0000000000000040'", "X''", "X'01'", "CAST(NULL AS BINARY)", "X'00000000013FF00000000000004000000000000000'"]) };
      case "number": case "base": return this.chance(6) ? this.#any() : this.#kind(this.of(NUMBERS));
      default:
        if (name.includes("to_number")) return this.#text("numberText");
        if (/to_date|to_timestamp/.test(name)) return this.chance(4) ? this.#any() : this.#text(this.of(["date", "timestamp"]));
        if (param === "expr1" || param === "expr2") return undefined;
        return undefined;
    }
  }
}

/** The kind of values that a text is one of, by its looks. */
function kindOf(arg: string): string | undefined {
  for (const [pattern, kind] of [[/^-?\d+$/, "int"], [/^-?\d+L$/, "bigint"], [/^-?\d*\.\d+$/, "decimal"], [/^-?[\d.]+D$|^-?[\d.]+e\d+$/i, "double"], [/^'/, "string"], [/^DATE\s?'/i, "date"], [/^TIMESTAMP\s?'/i, "timestamp"], [/^TIMESTAMP_NTZ\s?'/i, "timestamp_ntz"], [/^TIME\s?'/i, "time"], [/^X'/i, "binary"], [/^(?:true|false)$/i, "boolean"], [/^array\('/, "array_string"], [/^array\(array/, "array_array"], [/^array\((?:named_)?struct/, "array_struct"], [/^array\(/, "array_int"], [/^map\('/, "map_si"], [/^map\(/, "map_is"], [/^(?:named_)?struct\(/, "struct"], [/^parse_json/, "variant"], [/^INTERVAL.*(?:YEAR|MONTH)/i, "year_month"], [/^INTERVAL/i, "day_time"], [/^make_interval/, "calendar"]] as const) if (pattern.test(arg)) return kind;
  return undefined;
}
