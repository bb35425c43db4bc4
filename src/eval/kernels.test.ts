/**
 * Catches vector kernels that disagree with the value-by-value kernels of the same function: over random columns with
 * nulls, constants on either side, full batches and selections, also in which row an error is raised for.
 */
import test from "node:test";
import { KernelCheck, constant, type Column } from "../../test/kernels/kernel-check.ts";
import { bindCall, makeCast } from "../functions/bind.ts";
import type { Attribute, ResolvedExpression } from "../plan/resolved.ts";
import type { Cell } from "../types/cell.ts";
import { BIGINT, BINARY, BOOLEAN, DATE, DOUBLE, FLOAT, INT, SMALLINT, STRING, TIMESTAMP, TIMESTAMP_NTZ, TINYINT, TIME_WINDOW, decimal, type DataType } from "../types/data-type.ts";

const random = new KernelCheck(20260117), { settings } = random;
const below = (n: number): number => random.below(n);
const pick = <T>(items: readonly T[]): T => random.pick(items);
const column = (type: DataType, rows: number, nulls: boolean, tame: boolean): Column => random.column(type, rows, nulls, tame);
const check = (expression: ResolvedExpression, columns: readonly Column[], rows: number): void => random.check(expression, columns, rows);
const checkCall = (name: string, types: readonly DataType[], tame = false): void => random.checkCall(name, types, tame);

const NUMBERS: readonly DataType[] = [TINYINT, SMALLINT, INT, BIGINT, FLOAT, DOUBLE];
const ALL: readonly DataType[] = [...NUMBERS, BOOLEAN, STRING, BINARY, DATE, TIMESTAMP, TIMESTAMP_NTZ, decimal(10, 2), decimal(30, 5)];

test("comparisons of all types", () => {
  for (const type of ALL) for (const name of ["=", "<>", "<", "<=", ">", ">=", "<=>"]) checkCall(name, [type, type]);
  checkCall("<", [INT, DOUBLE]);
  checkCall("=", [decimal(10, 2), INT]);
});

test("arithmetic of all numbers", () => {
  for (const type of NUMBERS) for (const name of ["+", "-", "*", "/", "%", "pmod", "try_add", "try_multiply"]) { checkCall(name, [type, type]); checkCall(name, [type, type], true); }
  for (const type of [TINYINT, INT, BIGINT]) checkCall("div", [type, type]);
  for (const name of ["+", "-", "*", "/", "%"]) { checkCall(name, [decimal(8, 2), decimal(7, 4)]); checkCall(name, [decimal(30, 5), decimal(10, 2)], true); }
  for (const type of [...NUMBERS, decimal(10, 2)]) { checkCall("negative", [type]); checkCall("abs", [type]); }
});

test("logic and tests of null", () => {
  for (const type of [BOOLEAN, INT, STRING]) { checkCall("isnull", [type]); checkCall("isnotnull", [type]); }
  checkCall("not", [BOOLEAN]);
  for (const kind of ["and", "or"] as const) for (let round = 0; round < 20; round++) {
    const rows = 1 + below(50), columns = [column(BOOLEAN, rows, round % 2 === 0, true), column(BOOLEAN, rows, round % 3 === 0, true)];
    check({ kind, left: columns[0]!.attribute, right: columns[1]!.attribute, type: BOOLEAN, nullable: true }, columns, rows);
  }
});

test("CASE, coalesce, time windows", () => {
  for (const type of [INT, BIGINT, STRING, DOUBLE, decimal(30, 5)]) for (let round = 0; round < 8; round++) {
    const rows = 1 + below(50), columns = [column(BOOLEAN, rows, true, true), column(type, rows, round % 2 === 0, true), column(type, rows, round % 3 === 0, true), column(BOOLEAN, rows, false, true)];
    const [a, b, c, d] = columns.map(col => col.attribute) as [Attribute, Attribute, Attribute, Attribute];
    check({ kind: "case_when", branches: [{ when: a, then: b }, { when: d, then: c }], otherwise: round % 2 === 0 ? undefined : b, type, nullable: true }, columns, rows);
    check({ kind: "coalesce", args: [b, c], type, nullable: true }, columns, rows);
  }
  for (let round = 0; round < 5; round++) {
    const rows = 40, columns = [column(TIMESTAMP, rows, round % 2 === 0, true)];
    check({ kind: "time_window", time: columns[0]!.attribute, sizeMicros: 10_000_000, slideMicros: 10_000_000, startMicros: 3_000_000, type: TIME_WINDOW, nullable: true }, columns, rows);
  }
});

test("casts between numbers", () => {
  for (const from of [...NUMBERS, TIMESTAMP]) for (const to of NUMBERS) for (let round = 0; round < 6; round++) {
    const rows = 1 + below(40), columns = [column(from, rows, round % 2 === 0, round > 2)];
    check(makeCast(columns[0]!.attribute, to, round === 1 ? "try" : "ansi", "UTC", false), columns, rows);
  }
});

test("text, moments and wide decimals", () => {
  for (const name of ["length", "octet_length", "upper", "lower"]) checkCall(name, [STRING]);
  for (const name of ["startswith", "endswith", "contains", "concat", "||"]) checkCall(name, [STRING, STRING]);
  checkCall("concat", [STRING, STRING, STRING]);
  for (const type of [INT, BIGINT, STRING, DOUBLE]) checkIn(type);
  for (const position of [-30, -3, 0, 1, 2, 5]) for (const length of [-1, 0, 2, 2147483647]) {
    const columns = [column(STRING, 30, true, true)];
    check(bindCall("substring", [columns[0]!.attribute, constant(INT, position), constant(INT, length)], settings), columns, 30);
  }
  for (const pattern of ["%a%", "a%", "%e", "exactly 12ch", "%longer than twelve%"]) {
    const columns = [column(STRING, 40, true, true)];
    check(bindCall("like", [columns[0]!.attribute, constant(STRING, pattern)], settings), columns, 40);
  }
  for (const name of ["year", "month", "day", "quarter"]) { checkCall(name, [DATE]); checkCall(name, [TIMESTAMP]); }
  for (const name of ["hour", "minute", "second"]) { checkCall(name, [TIMESTAMP]); checkCall(name, [TIMESTAMP_NTZ]); }
  checkCall("to_date", [TIMESTAMP]);
  for (const unit of ["HOUR", "DAY", "SECOND", "WEEK"]) {
    const columns = [column(TIMESTAMP, 30, true, true)];
    check(bindCall("date_trunc", [constant(STRING, unit), columns[0]!.attribute], settings), columns, 30);
  }
  for (const [a, b] of [[decimal(18, 4), decimal(12, 2)], [decimal(30, 5), decimal(10, 2)], [decimal(20, 0), decimal(25, 5)], [decimal(10, 2), decimal(28, 4)]] as const) for (const name of ["+", "-", "*"]) { checkCall(name, [a, b]); checkCall(name, [a, b], true); }
});

function checkIn(type: DataType): void {
  for (let round = 0; round < 6; round++) {
    const columns = [column(type, 40, round % 2 === 0, true)];
    check(bindCall("in", [columns[0]!.attribute, ...columns[0]!.cells.filter(cell => cell !== null).slice(0, round).map(cell => constant(type, cell))], settings), columns, 40);
  }
}

test("structs from columns, and as JSON", () => {
  for (let round = 0; round < 10; round++) {
    const columns = [column(INT, 30, round % 2 === 0, false), column(STRING, 30, round % 3 === 0, true), column(DOUBLE, 30, true, true), column(TIMESTAMP, 30, false, true)];
    const made = bindCall("named_struct", columns.flatMap((c, i) => [constant(STRING, `f"${i}`), i === round % 4 ? constant(c.attribute.type, c.cells[0]!) : c.attribute]), settings);
    check(made, columns, 30);
    check(bindCall("to_json", [made], settings), columns, 30);
    check({ kind: "field_access", child: made, index: round % 4, name: "f", type: columns[round % 4]!.attribute.type, nullable: true }, columns, 30);
  }
});

test("from_json by lines and value by value", () => {
  const pieces = ['{"a":1,"b":"x","c":{"d":2.5}}', '{"b":"longer than twelve bytes","a":-7}', '{"a":"x","b":3}', "{}", '{"a":1', "", " ", "[1]", '{"a":5,"a":6}', '{"t":"2024-02-29T01:02:03Z","c":{"d":1e3}}', 'null', '{"a":1}\n{"a":2}', '{"b":"é\\u00e9"} tail'];
  const good = pieces.filter(piece => piece.startsWith("{") && !piece.includes("\n")), schema = constant(STRING, "a INT, b STRING, c STRUCT<d: DOUBLE>, t TIMESTAMP");
  for (let round = 0; round < 20; round++) {
    const from = round % 4 === 3 ? pieces : good, cells = Array.from({ length: 60 }, (): Cell => (round % 2 === 0 && below(4) === 0 ? null : pick(from)));
    const attribute: Attribute = { kind: "attribute", id: 1_000_000 + round, name: "j", type: STRING, nullable: true, qualifier: [] };
    check(bindCall("from_json", [attribute, schema], settings), [{ attribute, cells }], 60);
  }
});

test("moments as text", () => {
  for (const type of [DATE, TIMESTAMP, TIMESTAMP_NTZ]) for (let round = 0; round < 8; round++) {
    const columns = [column(type, 40, round % 2 === 0, true)];
    check(makeCast(columns[0]!.attribute, STRING, "ansi", "UTC", false), columns, 40);
  }
  for (const cells of [[-719528, -719529, 2932896, 0], [2932897, 1]]) check(makeCast({ ...column(DATE, 0, false, true).attribute, id: 777 }, STRING, "ansi", "UTC", false), [{ attribute: { kind: "attribute", id: 777, name: "d", type: DATE, nullable: false, qualifier: [] }, cells }], cells.length);
  const far = { attribute: { kind: "attribute" as const, id: 778, name: "t", type: TIMESTAMP, nullable: false, qualifier: [] }, cells: [253_402_300_799_999_999n, -62_167_219_200_000_000n, -1n, 1_700_000_000_100_000n, 1_700_000_000_000_010n] };
  check(makeCast(far.attribute, STRING, "ansi", "UTC", false), [far], 5);
});

test("whole numbers as text and back", () => {
  for (const type of [TINYINT, SMALLINT, INT, BIGINT]) for (let round = 0; round < 6; round++) {
    const columns = [column(type, 40, round % 2 === 0, false)], text = makeCast(columns[0]!.attribute, STRING, "ansi", "UTC", false);
    check(text, columns, 40);
    check(makeCast(text, type, "ansi", "UTC", false), columns, 40);
    check(makeCast(text, TINYINT, "ansi", "UTC", false), columns, 40);
    const words = [column(STRING, 40, true, false)];
    check(makeCast(words[0]!.attribute, type, round % 2 === 0 ? "try" : "ansi", "UTC", false), words, 40);
  }
});

test("DECIMALs from whole numbers, from each other and to DOUBLE", () => {
  const decimals = [decimal(3, 0), decimal(10, 2), decimal(18, 4), decimal(20, 0), decimal(25, 3), decimal(38, 10)];
  for (const to of [...decimals, DOUBLE, FLOAT]) for (const from of [TINYINT, INT, BIGINT, ...decimals.slice(1)]) for (let round = 0; round < 3; round++) {
    const columns = [column(from, 20, round % 2 === 0, round === 1)];
    check(makeCast(columns[0]!.attribute, to, "try", "UTC", false), columns, 20);
    check(makeCast(columns[0]!.attribute, to, "ansi", "UTC", false), columns, 20);
  }
  for (const [a, b] of [[decimal(3, 3), decimal(20, 0)], [decimal(20, 0), decimal(3, 3)], [BIGINT, decimal(10, 2)]] as const) checkCall("*", [a, b]);
});

test("a guarded error isn't raised", () => {
  const rows = 20, numbers = column(INT, rows, true, true), { attribute } = numbers;
  const zero: ResolvedExpression = { kind: "literal", type: INT, value: 0, nullable: false };
  const guard = bindCall("<>", [attribute, zero], settings), quotient = bindCall("div", [zero, attribute], settings), positive = bindCall(">=", [quotient, { ...zero, type: BIGINT, value: 0n }], settings);
  check({ kind: "and", left: guard, right: positive, type: BOOLEAN, nullable: true }, [numbers], rows);
  check({ kind: "case_when", branches: [{ when: guard, then: quotient }], otherwise: undefined, type: BIGINT, nullable: true }, [numbers], rows);
});
