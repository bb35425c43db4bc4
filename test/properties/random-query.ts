/** Random tables and random queries over them, as SQL text that means the same over a stream and over a bounded table. */
import type { Random } from "../../src/base/clock.ts";
import type { Cell } from "../../src/types/cell.ts";
import { BIGINT, BINARY, BOOLEAN, DATE, DOUBLE, INT, STRING, TIMESTAMP, decimal, field, struct, type DataType } from "../../src/types/data-type.ts";

export type Rows = readonly (readonly Cell[])[];

/** A generator's choices. */
export class Choice {
  readonly random: Random;
  constructor(random: Random) { this.random = random; }
  /** From 0 up to but without `end`. */
  below(end: number): number { return this.random.uint32() % end; }
  between(least: number, greatest: number): number { return least + this.below(greatest - least + 1); }
  chance(of: number): boolean { return this.below(1000) < of * 1000; }
  one<T>(from: readonly T[]): T { return from[this.below(from.length)]!; }
  some<T>(from: readonly T[], least: number, greatest: number): T[] {
    const left = [...from], picked: T[] = [];
    for (let n = this.between(least, Math.min(greatest, left.length)); n > 0; n--) picked.push(left.splice(this.below(left.length), 1)[0]!);
    return picked;
  }
}

const LONG = "a text that is longer than twelve bytes, ";
/** Few values of each type, so that rows meet in groups; with those at which types are awkward. */
const COLUMNS: Readonly<Record<string, { readonly type: DataType; readonly values: readonly Cell[] }>> = {
  flag: { type: BOOLEAN, values: [true, false] },
  i: { type: INT, values: [0, 1, -1, 7, 2147483647, -2147483648] },
  n: { type: BIGINT, values: [0n, 1n, -5n, 1n << 40n, -(1n << 40n)] },
  x: { type: DOUBLE, values: [0, -0, 0.25, -1.5, 1024, Number.NaN, Number.POSITIVE_INFINITY] },
  y: { type: DOUBLE, values: [0, 0.25, -1.5, 1024, 3.75] },
  s: { type: STRING, values: ["", "a", "b", "twelve bytes", "thirteen byte", `${LONG}1`, `${LONG}2`, "é😀\u0000"] },
  d: { type: DATE, values: [0, -1, 20000, 20001] },
  m: { type: decimal(10, 2), values: [0n, 125n, -99n, 9999999999n] },
  w: { type: decimal(25, 3), values: [0n, 1n, -(10n ** 24n), 10n ** 24n] },
  b: { type: BINARY, values: [new Uint8Array(0), Uint8Array.of(0), Uint8Array.of(0, 0), new Uint8Array(20).fill(9)] },
};
const NAMES = Object.keys(COLUMNS);

/** `at` is the event time; `last` marks the row that only moves the watermark, and is in no group of the result. */
export const SCHEMA = struct([...NAMES.map(name => field(name, COLUMNS[name]!.type)), field("at", TIMESTAMP), field("last", BOOLEAN)]);

const START_MICROS = 1_700_000_000_000_000n;
/** Rows are out of order by at most this much. */
const JITTER_SECONDS = 30;
export const DELAY_SECONDS = 31;

/** Rows in about the order of their times, from `fromSecond` on. */
export function randomRows(choice: Choice, rows: number, fromSecond: number, secondsARow: number): Rows {
  return Array.from({ length: rows }, (_, i) => [
    ...NAMES.map(name => (choice.chance(0.15) ? null : choice.one(COLUMNS[name]!.values))),
    choice.chance(0.05) ? null : START_MICROS + BigInt(Math.round((fromSecond + i * secondsARow + choice.below(JITTER_SECONDS * 10) / 10) * 1e6)),
    false,
  ]);
}

/** The row that lets every window close. */
export const lastRow = (): readonly Cell[] => [...NAMES.map(name => LAST[name] ?? null), START_MICROS + 10n ** 15n, true];
/** It finds a partner in joins: an inner join's keys are looked at below the watermark. */
const LAST: Readonly<Record<string, Cell>> = { i: 7, s: "b", n: 1n << 40n };

export interface RandomQuery {
  readonly outputMode: "append" | "update" | "complete";
  /** SQL over the tables `t` and `u`, and the bounded `r`; as streams when `relation` says so. */
  text(relation: (name: "t" | "u") => string): string;
  readonly watermark: boolean;
  /** Columns of the result that identify a row in update mode; undefined without aggregation. */
  readonly keyCount: number | undefined;
  /** Duplicate rows of the result are dropped, as dropDuplicates() of a frame does. */
  readonly dropDuplicates?: boolean;
  /** A last row that moves the watermark brings out what waits; unless given, for groups in append mode. */
  readonly closes?: boolean;
  /** This column says that a row of the result comes of that last row. */
  readonly lastColumn?: number;
}

const JOINS = ["INNER", "LEFT OUTER", "LEFT SEMI", "LEFT ANTI"] as const;
/** A bounded table that streams are joined with. */
export const SIDE_SCHEMA = struct([field("k", INT), field("t", STRING)]);
export const SIDE_ROWS: Rows = [[0, "zero"], [1, "a"], [1, "a"], [-1, null], [7, "b"], [null, "b"], [null, null], [2147483647, `${LONG}1`]];

const CONDITIONS = [
  "true", "i > 0", "n < 100 OR s = 'a'", "s >= 'b'", "s LIKE 'a%'", "x > y", "flag", "NOT flag", "m IS NOT NULL", "coalesce(i, 0) % 2 = 0", "s IN ('a', 'b', NULL)",
  "d >= DATE'2024-01-01'", "CASE WHEN flag THEN i > 0 ELSE n > 0 END", "length(s) > 5", "w <=> NULL", "false",
];
const VALUES = ["i", "n", "y", "m", "w", "s", "d", "flag", "upper(s)", "n + 1", "y * 2", "s = 'a'", "concat(s, '!')", "array(i, i)", "map('k', s)", "struct(w, b)", "CAST(i AS BIGINT)", "coalesce(s, 'none')"];
const AGGREGATES = [
  "count(*)", "count(i)", "count(s)", "sum(i)", "sum(m)", "sum(w)", "sum(y)", "sum(CAST(i AS BIGINT))", "avg(y)", "avg(i)", "avg(m)", "min(i)", "max(n)", "min(s)", "max(s)",
  "min(x)", "max(x)", "min(b)", "max(d)", "min(m)", "max(w)", "min(at)", "max(at)", "count(*) FILTER (WHERE flag)", "sum(i) FILTER (WHERE n > 0)", "bool_and(flag)", "sum(y + 1)",
  "max(length(s))", "percentile(i, 0.5)", "approx_count_distinct(s)",
];
/** What depends on the order of rows: two streams are taken in turns, two tables one after the other. */
const ORDERED = ["first(s)", "last(n)", "collect_list(i)", "first_value(m) IGNORE NULLS", "array_agg(s)", "collect_set(flag)", "max_by(n, at)", "round(stddev(y), 6)"];
const KEYS = [...NAMES.filter(name => name !== "y"), "i % 3", "upper(s)", "coalesce(d, DATE'1970-01-01')", "struct(i, s)", "named_struct('k', x)"];

/** Half a minute behind the first row a day begins in Paris, counted so. */
const DAY_BEGINS = "startTime => '23 hours 14 minutes', timeZone => 'Europe/Paris'";
const WINDOWS_OF_DAYS = [`window(at, '1 day', ${DAY_BEGINS})`, `window(at, '2 days', '1 day', ${DAY_BEGINS})`, `window(at, '1 week', startTime => '5 days 23 hours 14 minutes 40 seconds', timeZone => 'Europe/Paris')`];
const SESSIONS = ["session_window(at, '5 seconds')", "session_window(at, '500 milliseconds')", "session_window(at, CASE WHEN flag THEN INTERVAL 20 SECONDS ELSE INTERVAL 2 SECONDS END)", "session_window(at, concat(coalesce(length(s), -1), ' seconds'))"];
const WINDOWS_OF_WINDOWS = ["window(window_time(w0), '1 minute')", "window(w0, '30 seconds', '10 seconds')", "window(w0, '25 seconds', '25 seconds', '-3 seconds')", "session_window(window_time(w0), '7 seconds')", `window(w0, '1 day', ${DAY_BEGINS})`];

export function randomQuery(choice: Choice): RandomQuery {
  const where = (): string => (choice.chance(0.6) ? ` WHERE last OR (${choice.one(CONDITIONS)})` : "");
  const from = (relation: (name: "t" | "u") => string, shape: number, conditions: readonly string[]): string => {
    if (shape < 6) return `${relation("t")}${conditions[0]!}`;
    const all = "flag, i, n, x, y, s, d, m, w, b, at, last";
    if (shape === 9) return `(SELECT ${all} FROM ${relation("t")} WHERE last OR i IN (SELECT k FROM r))`;
    if (shape >= 10) {
      const kind = JOINS[shape - 10]!, right = kind === "INNER" || kind === "LEFT OUTER";
      return `(SELECT flag, i, n, x, y, ${right ? "coalesce(r.t, l.s) AS s" : "s"}, d, m, w, b, at, last FROM (SELECT * FROM ${relation("t")}${conditions[0]!}) AS l ${kind} JOIN r ON ${shape % 2 === 0 ? "l.i = r.k" : "l.s = r.t AND l.n > r.k"})`;
    }
    return `(SELECT ${all} FROM ${relation("t")}${conditions[0]!} UNION ALL SELECT ${all} FROM ${relation(shape < 8 ? "u" : "t")}${conditions[1]!})`;
  };
  const kind = choice.below(14), drawn = choice.below(10 + JOINS.length), shape = kind === 6 && drawn === 9 ? 0 : drawn, conditions = [where(), where()];
  if (kind < 2) {
    const values = choice.some(VALUES, 1, 4).map((value, i) => `${value} AS c${i}`).join(", ");
    return { outputMode: choice.one(["append", "update"]), watermark: choice.chance(0.3), keyCount: undefined, text: relation => `SELECT ${values} FROM ${from(relation, shape, conditions)}` };
  }
  if (kind < 3) {
    const keys = choice.some(NAMES, 1, 3), columns = keys.join(", "), asFrame = choice.chance(0.5);
    return {
      outputMode: asFrame ? "append" : choice.one(["update", "complete"]), watermark: false, keyCount: asFrame ? undefined : keys.length, dropDuplicates: asFrame,
      text: relation => `SELECT ${asFrame ? "" : "DISTINCT "}${columns} FROM ${from(relation, shape, conditions)}`,
    };
  }
  const some = (ordered: boolean) => choice.some([...AGGREGATES, ...(ordered && shape < 6 ? ORDERED : [])], 1, 5).map((aggregate, i) => `${aggregate} AS a${i}`);
  if (kind < 6) {
    const keys = choice.some(KEYS, choice.chance(0.15) ? 0 : 1, 3), aggregates = some(true), outputMode = choice.one(["update", "complete"] as const);
    // Groups differ in their keys, so that the order is one.
    const first = outputMode === "complete" && choice.chance(0.4) ? ` ORDER BY ${[...keys.map((_, i) => `k${i}${choice.one(["", " DESC", " NULLS LAST"])}`), "a0"].join(", ")} LIMIT ${choice.below(8)}` : "";
    return {
      outputMode, watermark: choice.chance(0.2), keyCount: keys.length,
      text: relation => `SELECT ${[...keys.map((key, i) => `${key} AS k${i}`), ...aggregates].join(", ")} FROM ${from(relation, shape, conditions)}${keys.length > 0 ? ` GROUP BY ${keys.join(", ")}` : ""}${first}`,
    };
  }
  if (kind >= 10 && kind < 12) {
    const isSession = kind === 10, time = choice.one(isSession ? SESSIONS : WINDOWS_OF_DAYS), keys = [time, ...choice.some(KEYS, isSession ? 1 : 0, 2)], aggregates = some(false);
    const having = choice.chance(0.2) ? " HAVING count(*) > 1" : "";
    return {
      outputMode: isSession || having !== "" ? choice.one(["append", "append", "complete"]) : choice.one(["append", "update", "complete"]), watermark: true, keyCount: keys.length,
      text: relation => `SELECT ${[...keys.map((key, i) => `${key} AS k${i}`), ...aggregates].join(", ")} FROM ${from(relation, shape, conditions)} GROUP BY ${keys.join(", ")}${having}`,
    };
  }
  if (kind >= 12) {
    const key = choice.one(KEYS), first = choice.one([...SESSIONS, ...WINDOWS_OF_DAYS, "window(at, '10 seconds')", "window(at, '20 seconds', '5 seconds', '2 seconds')", "window(at, '15 seconds', '15 seconds', '-4 seconds')"]);
    const second = choice.one(WINDOWS_OF_WINDOWS), third = choice.chance(0.3) ? choice.one(["window(window_time(w1), '2 minutes')", "window(w1, '40 seconds', '20 seconds')"]) : undefined, byKey = choice.chance(0.5) || second.startsWith("session");
    const upper = (from: string, time: string, name: string): string => `SELECT ${time} AS ${name}, k, count(*) AS groups, sum(n) AS n, min(v) AS v FROM (${from}) GROUP BY ${time}, k`;
    return {
      outputMode: "append", watermark: true, keyCount: 2,
      text: relation => {
        const one = `SELECT ${first} AS w0, ${key} AS k, count(*) AS n, max(i) AS v FROM ${from(relation, shape, conditions)} GROUP BY ${first}, ${key}`;
        const two = upper(byKey ? one : `SELECT w0, 1 AS k, n, v FROM (${one})`, second, "w1");
        return third === undefined ? two : upper(two, third, "w2");
      },
    };
  }
  const [size, slide, start] = choice.one([["10 seconds", undefined, undefined], ["1 minute", "20 seconds", undefined], ["30 seconds", "7 seconds", "3 seconds"], ["20 seconds", "20 seconds", "-4 seconds"], ["15 seconds", "15 seconds", "5 seconds"]]);
  const time = kind === 6 ? "at" : `window(at, '${size}'${slide === undefined ? "" : `, '${slide}'`}${start === undefined ? "" : `, '${start}'`})`;
  // A row of overlapping windows comes behind others of its batch in the older ones.
  const keys = [time, ...choice.some(KEYS, 0, 2)], aggregates = some(slide === undefined || slide === size);
  // A null time is never behind the watermark.
  if (kind === 6) conditions.fill(" WHERE at IS NOT NULL");
  const having = choice.chance(0.2) ? " HAVING count(*) > 1" : "";
  return {
    outputMode: having === "" ? choice.one(["append", "append", "update", "complete"]) : choice.one(["append", "complete"]), watermark: true, keyCount: keys.length,
    text: relation => `SELECT ${[...keys.map((key, i) => `${key} AS k${i}`), ...aggregates].join(", ")} FROM ${from(relation, shape, conditions)} GROUP BY ${keys.join(", ")}${having}`,
  };
}
