/** Catches kernels of dates, text and numbers that disagree with the functions' own rules, by value, in zones whose clocks change too. */
import test from "node:test";
import { KernelCheck, constant } from "../../test/kernels/kernel-check.ts";
import { BIGINT, BINARY, BOOLEAN, DATE, DOUBLE, FLOAT, INT, SMALLINT, STRING, TIMESTAMP, TIMESTAMP_NTZ, TINYINT, array, decimal, type DataType } from "../types/data-type.ts";
import { bindCall, makeCast } from "./bind.ts";

const ZONES = ["UTC", "Europe/Berlin", "America/St_Johns", "+05:30", "Australia/Lord_Howe"];
const DAYS: readonly string[] = ["dayofweek", "weekday", "dayofyear", "weekofyear", "last_day", "unix_date", "dayname"];
const text = (value: string) => constant(STRING, value);

test("parts of dates, and days apart", () => {
  const compare = new KernelCheck(1);
  for (const name of DAYS) compare.checkCall(name, [DATE]);
  for (const name of ["date_add", "date_sub", "add_months"]) { compare.checkCall(name, [DATE, INT]); compare.checkCall(name, [DATE, INT], true); }
  compare.checkCall("date_add", [DATE, SMALLINT]);
  compare.checkCall("datediff", [DATE, DATE]);
  compare.checkCall("date_from_unix_date", [INT]);
  for (const field of ["YEAR", "doy", "WEEK", "yearofweek", "dayofweek", "DAYOFWEEK_ISO", "month", "quarter"]) compare.checkCall("date_part", [text(field), DATE]);
  for (const unit of ["year", "QUARTER", "mm", "week", "hour"]) compare.checkCall("trunc", [DATE, text(unit)]);
  for (const day of ["MO", "sunday", " tu "]) compare.checkCall("next_day", [DATE, text(day)]);
});

test("instants by the clocks of zones", () => {
  for (const timeZone of ZONES) {
    const compare = new KernelCheck(2, { timeZone });
    for (const type of [TIMESTAMP, TIMESTAMP_NTZ]) {
      for (const name of ["hour", "minute", "second", "year", "dayofyear"]) compare.checkCall(name, [type]);
      compare.checkCall("extract", [text("HOUR"), type]);
      for (let round = 0; round < 4; round++) for (const to of [DATE, STRING, TIMESTAMP, TIMESTAMP_NTZ, BIGINT]) {
        if (type.kind === "timestamp_ntz" && to.kind === "bigint") continue;
        const columns = [compare.column(type, 50, round % 2 === 0, true)];
        compare.check(makeCast(columns[0]!.attribute, to, "ansi", timeZone, false), columns, 50);
      }
    }
    for (const unit of ["YEAR", "quarter", "MON", "week", "DD", "HOUR", "minute", "second", "millisecond", "microsecond", "no unit"]) compare.checkCall("date_trunc", [text(unit), TIMESTAMP]);
    for (const zone of ["Asia/Tokyo", "America/New_York", "UTC", "nowhere"]) for (const name of ["from_utc_timestamp", "to_utc_timestamp"]) compare.checkCall(name, [TIMESTAMP, text(zone)]);
    for (let round = 0; round < 4; round++) for (const to of [TIMESTAMP, TIMESTAMP_NTZ]) {
      const columns = [compare.column(DATE, 50, round % 2 === 0, true)];
      compare.check(makeCast(columns[0]!.attribute, to, "ansi", timeZone, false), columns, 50);
    }
  }
});

test("the hours around each change of the clocks, and years that are far away", () => {
  for (const timeZone of ZONES) {
    const compare = new KernelCheck(3, { timeZone }), hour = 3_600_000_000n, cells: bigint[] = [];
    for (const day of [-62_135_596_800n, -2_208_988_800n, 0n, 1_711_846_800n, 1_729_990_800n, 1_743_296_400n, 4_102_444_800n, 20_000_000_000n, 253_402_300_799n]) for (let i = -30n; i <= 30n; i++) cells.push(day * 1_000_000n + i * hour / 2n);
    for (let from = 0; from < cells.length; from += 61) for (const type of [TIMESTAMP, TIMESTAMP_NTZ]) {
      const some = cells.slice(from, from + 61), column = { attribute: { kind: "attribute" as const, id: 9_000_000, name: "t", type, nullable: false, qualifier: [] }, cells: some };
      for (const to of [DATE, type === TIMESTAMP ? TIMESTAMP_NTZ : TIMESTAMP]) compare.check(makeCast(column.attribute, to, "ansi", timeZone, false), [column], some.length);
    }
  }
});

test("counts of seconds as instants, and back", () => {
  const compare = new KernelCheck(4);
  for (const name of ["unix_seconds", "unix_millis", "unix_micros"]) compare.checkCall(name, [TIMESTAMP]);
  for (const name of ["timestamp_seconds", "timestamp_millis", "timestamp_micros"]) for (const type of [TINYINT, SMALLINT, INT, BIGINT]) { compare.checkCall(name, [type]); compare.checkCall(name, [type], true); }
});

test("text as dates, times and numbers", () => {
  const DATES = ["2024-02-29", "2009-07-30 04:17:52", "2009-07-30Tx", "1969-12-31", "0001-01-01", "9999-12-31"], ODD_DATES = ["2023-02-29", "2024-2-9", " 2024-01-01 ", "2024", "+12024-01-01", "2024-01-01T10", "x", "", "0000-01-01", "10000-01-01", "2024-01-01Z", "epoch"];
  const TIMES = ["2024-02-29 01:02:03", "2024-02-29T23:59:59.123456", "2024-03-31 02:30:00", "2024-10-27 02:30:00.5", "1950-01-01", "2024-01-01 00:00:00.123456789"];
  const ODD_TIMES = ["2024-02-29 1:2:3", "2024-02-29T01:02:03Z", "2024-02-29 01:02:03+02:00", "2024-02-30 00:00:00", "24:00", "", "2024-01-01 24:00:00", "2024-01-01 00:00:00.1234567891", "2024-01-01 00:00:00 "];
  const NUMBERS = ["0", "-0", "-0.0", "1", "1.5", "-2.25", "123456789.125", "1e10", "1E-3", "3.4028236e38", "0.1", "4.35", "9007199254740993"], ODD_NUMBERS = [" 1", "1.", ".5", "+1", "1d", "1.5f", "NaN", "Infinity", "-inf", "0x10", "", "abc", "1e400", "00", "01.5", "1_000", "123456789012345678901234567890"];
  const casts: readonly (readonly [readonly string[], readonly string[], readonly DataType[]])[] = [[DATES, ODD_DATES, [DATE]], [TIMES, ODD_TIMES, [TIMESTAMP, TIMESTAMP_NTZ]], [DATES, ODD_TIMES, [TIMESTAMP]], [NUMBERS, ODD_NUMBERS, [DOUBLE, FLOAT]], [["1", "-7", "120"], [...NUMBERS, ...ODD_NUMBERS], [INT, BIGINT, TINYINT]]];
  for (const timeZone of ZONES) for (const [plain, odd, types] of casts) for (const type of types) for (const words of [plain, [...plain, ...odd], ...odd.map(one => [one])]) for (const mode of ["ansi", "try"] as const) {
    const compare = new KernelCheck(5, { words, timeZone }), columns = [compare.column(STRING, 12, true, true)];
    compare.check(makeCast(columns[0]!.attribute, type, mode, timeZone, false), columns, 12);
  }
});


test("text cut, searched, replaced, filled and joined", () => {
  const words = ["", "a", "a.b", ".a..b.", "www.apache.org", "xxxx", "axxxb", "  blanks  ", "xyabyx", "naïve é", "日本語のテキスト", "\u{1F600} smile \u{1F600}", "exactly 12ch", "longer than twelve bytes, longer than twelve", "AbC-dEf gHI", "%_\\"];
  for (let seed = 0; seed < 5; seed++) {
    const compare = new KernelCheck(10 + seed, { words }), int = (n: number) => constant(INT, n);
    for (const name of ["trim", "ltrim", "rtrim"]) {
      compare.checkCall(name, [STRING]);
      for (const set of ["x", "xy ", "a.b", "é", ""]) compare.checkCall(name, [text(set), STRING]);
    }
    compare.checkCall("btrim", [STRING, text("xa")]);
    for (const wanted of ["", ".", "xx", "é", "twelve", "語"]) {
      compare.checkCall("instr", [STRING, text(wanted)]);
      compare.checkCall("locate", [text(wanted), STRING]);
      for (const n of [-3, -2, -1, 1, 2, 3]) {
        compare.checkCall("split_part", [STRING, text(wanted), int(n)]);
        compare.checkCall("substring_index", [STRING, text(wanted), int(n)]);
      }
      compare.checkCall("substring_index", [STRING, text(wanted), int(0)]);
      for (const other of ["", "y", "longer than what was there"]) compare.checkCall("replace", [STRING, text(wanted), text(other)]);
    }
    for (const name of ["instr", "locate", "concat_ws"]) compare.checkCall(name, [STRING, STRING]);
    compare.checkCall("replace", [STRING, STRING, STRING]);
    for (const n of [-2, 0, 1, 3, 12, 13, 30]) {
      for (const name of ["left", "right", "repeat"]) compare.checkCall(name, [STRING, int(n)]);
      for (const name of ["lpad", "rpad"]) { compare.checkCall(name, [STRING, int(n)]); for (const pad of ["x", "abc", "é", "", "longer than twelve"]) compare.checkCall(name, [STRING, int(n), text(pad)]); }
    }
    for (const name of ["reverse", "initcap", "ascii"]) compare.checkCall(name, [STRING]);
    for (const [from, to] of [["abc", "123"], ["ab", ""], ["aab", "12"], ["é", "e"], ["", "x"]] as const) compare.checkCall("translate", [STRING, text(from), text(to)]);
    for (const separator of ["", ", ", "a separator of many bytes"]) compare.checkCall("concat_ws", [text(separator), STRING, STRING, STRING]);
  }
  const ascii = new KernelCheck(20, { words: words.filter(word => /^[\x20-\x7e]*$/.test(word)) });
  for (const name of ["reverse", "initcap"]) ascii.checkCall(name, [STRING]);
  ascii.checkCall("translate", [STRING, text("abAB"), text("12")]);
});

test("numbers: signs, bits, extremes, whole parts, logarithms and hashes", () => {
  const whole = [TINYINT, SMALLINT, INT, BIGINT];
  for (let seed = 0; seed < 3; seed++) {
    const compare = new KernelCheck(30 + seed);
    for (const type of [...whole, FLOAT, DOUBLE]) { compare.checkCall("abs", [type]); compare.checkCall("abs", [type], true); }
    for (const type of whole) {
      for (const name of ["&", "|", "^"]) compare.checkCall(name, [type, type]);
      for (const name of ["pmod", "try_mod", "try_add", "try_multiply", "try_subtract"]) { compare.checkCall(name, [type, type]); compare.checkCall(name, [type, type], true); }
      compare.checkCall("~", [type]);
      compare.checkCall("bit_count", [type]);
    }
    compare.checkCall("bit_count", [BOOLEAN]);
    for (const type of [INT, BIGINT]) for (const name of ["shiftleft", "shiftright", "shiftrightunsigned"]) compare.checkCall(name, [type, INT]);
    for (const type of [...whole, FLOAT, DOUBLE, DATE, TIMESTAMP, BOOLEAN, STRING, decimal(10, 2), decimal(30, 5)]) for (const name of ["greatest", "least"]) { compare.checkCall(name, [type, type]); compare.checkCall(name, [type, type, type], true); }
    for (const name of ["sqrt", "cbrt", "exp", "sin", "tan", "ln", "log2", "log10", "log1p", "asinh", "rint", "sign", "degrees", "isnan"]) compare.checkCall(name, [DOUBLE]);
    for (const name of ["pow", "atan2", "hypot", "log", "nanvl"]) compare.checkCall(name, [DOUBLE, DOUBLE]);
    for (const type of [DOUBLE, FLOAT, INT, BIGINT, decimal(10, 2), decimal(18, 0), decimal(30, 5)]) {
      for (const name of ["ceil", "floor", "round", "bround"]) compare.checkCall(name, [type]);
      for (const digits of [-2, 0, 1, 2, 5]) for (const name of ["ceil", "floor", "round", "bround"]) compare.checkCall(name, [type, constant(INT, digits)]);
    }
    for (const name of ["is_true", "is_false", "is_not_true", "is_not_false"]) compare.checkCall(name, [BOOLEAN]);
    for (const name of ["hash", "xxhash64"]) {
      for (const type of [...whole, FLOAT, DOUBLE, BOOLEAN, DATE, TIMESTAMP, STRING, BINARY, decimal(10, 2), decimal(30, 5)]) compare.checkCall(name, [type]);
      compare.checkCall(name, [STRING, BIGINT, DOUBLE, DATE, STRING]);
    }
  }
  const long = new KernelCheck(40, { words: Array.from({ length: 80 }, (_, i) => "añ日".repeat(40).slice(0, i)) });
  for (const name of ["hash", "xxhash64"]) long.checkCall(name, [STRING]);
});

test("moments by pattern, and back", () => {
  const PATTERNS = ["yyyy-MM-dd", "yyyy-MM-dd HH:mm:ss", "dd/MM/yyyy", "yyyyMMddHHmmss", "yyyy-MM-dd'T'HH:mm:ss.SSS", "HH:mm", "yyyy-MM-dd HH:mm:ss.SSSSSS", "d MMM yy", "yyyy-MM-dd[ HH]", "EEE", "yyyy-MM-dd HH:mm:ss XXX", "'o''clock' HH"];
  for (const timeZone of ["UTC", "Europe/Berlin"]) for (const pattern of PATTERNS) {
    const compare = new KernelCheck(50, { timeZone });
    for (const name of ["date_format"]) compare.checkCall(name, [TIMESTAMP, text(pattern)], true);
    compare.checkCall("from_unixtime", [BIGINT, text(pattern)], true);
    compare.checkCall("from_unixtime", [BIGINT], false);
    const words = ["2024-02-29", "2024-02-29 23:59:59", "31/12/1999", "20240101010203", "2024-03-31T02:30:00.125", "12:34", "2024-02-29 01:02:03.123456", "1 Feb 24", "2024-02-29 12", "2024-02-30", "2024-13-01", "0000-01-01", "x"];
    for (const chosen of [words, ...words.map(word => [word])]) for (const name of ["to_date", "to_timestamp", "try_to_timestamp", "unix_timestamp", "to_timestamp_ntz"]) {
      if (/E/.test(pattern)) continue;
      new KernelCheck(51, { timeZone, words: chosen }).checkCall(name, [STRING, text(pattern)]);
    }
  }
  new KernelCheck(52, { words: ["2024-02-29 23:59:59", "1969-12-31 23:59:59"] }).checkCall("unix_timestamp", [STRING]);
  new KernelCheck(53).checkCall("unix_timestamp", [TIMESTAMP]);
});

test("arrays: sizes, elements and members", () => {
  const compare = new KernelCheck(60);
  for (const element of [INT, BIGINT, SMALLINT, BOOLEAN, STRING, DOUBLE, DATE, decimal(30, 5)]) {
    const type = array(element);
    for (const name of ["size", "array_size"]) compare.checkCall(name, [type]);
    for (const index of [-3, -1, 0, 1, 2, 9]) for (const name of ["element_at", "try_element_at", "get"]) compare.checkCall(name, [type, constant(INT, index)]);
    for (let i = 0; i < 4; i++) compare.checkCall("array_contains", [type, constant(element, compare.value(element, true))], true);
    compare.checkCall("array_contains", [type, element], true);
  }
});

test("quotients of decimals, and decimals as text", () => {
  for (let seed = 0; seed < 8; seed++) {
    const compare = new KernelCheck(70 + seed);
    for (const [a, b] of [[decimal(10, 2), decimal(5, 2)], [decimal(18, 4), decimal(12, 2)], [decimal(20, 0), decimal(2, 1)], [decimal(30, 5), decimal(10, 2)], [decimal(5, 0), decimal(38, 10)], [decimal(18, 0), decimal(18, 0)], [decimal(8, 2), INT], [BIGINT, decimal(3, 1)]] as const) {
      for (const name of ["/", "try_divide"]) { compare.checkCall(name, [a, b]); compare.checkCall(name, [a, b], true); }
    }
    for (const type of [decimal(10, 2), decimal(18, 18), decimal(18, 0), decimal(20, 0), decimal(30, 5), decimal(38, 20)]) {
      const columns = [compare.column(type, 40, seed % 2 === 0, seed > 3)];
      compare.check(makeCast(columns[0]!.attribute, STRING, "ansi", "UTC", false), columns, 40);
    }
  }
});

/** Quotients whose digits decide: close to a half, of many bits, at the ends of 64. */
test("quotients that round", () => {
  const small = [1n, 2n, 3n, 5n, 6n, 7n, 8n, 11n, 999n, 1_000_007n, 65_535n, 65_536n, 4_294_967_295n, 4_294_967_296n, 4_294_967_297n, 99_999_999_999n], large = [...small, 999_999_999_999_999_999n, 500_000_000_000_000_001n, 2n ** 62n, 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n];
  const signed = (values: readonly bigint[]) => values.flatMap(value => [value, -value]), compare = new KernelCheck(80);
  const column = (id: number, type: DataType, cells: readonly bigint[]) => ({ attribute: { kind: "attribute" as const, id, name: `c${id}`, type, nullable: false, qualifier: [] }, cells });
  for (const [dividend, divisor] of [[decimal(20, 0), decimal(11, 0)], [decimal(20, 0), decimal(17, 0)], [decimal(38, 0), decimal(11, 0)], [decimal(20, 4), decimal(11, 6)]] as const) {
    for (const y of signed(small)) {
      const a = column(1, dividend, signed(large).filter(value => value > -(2n ** 63n) && value < 2n ** 63n)), b = column(2, divisor, a.cells.map(() => y));
      compare.check(bindCall("/", [a.attribute, b.attribute], compare.settings), [a, b], a.cells.length);
    }
    const a = column(3, dividend, signed(large)), b = column(4, divisor, a.cells.map(() => 3n));
    compare.check(bindCall("/", [a.attribute, b.attribute], compare.settings), [a, b], a.cells.length);
  }
});
