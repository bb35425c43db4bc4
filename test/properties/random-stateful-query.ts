/**
 * Random queries with more state than groups of rows: joins of two streams, sessions, rows of a kind once, and operators
 * with state behind others. Rows without a time are left out where they would wait for ever.
 */
import type { Choice, RandomQuery } from "./random-query.ts";

const JOINS = ["INNER", "LEFT OUTER", "RIGHT OUTER", "FULL OUTER", "LEFT SEMI"] as const;
/** Columns of which the row that closes all has values. */
const EQUALITIES = ["i", "s", "n"] as const;
const VALUES = ["i", "n", "s", "d", "m", "w", "at"] as const;
const AGGREGATES = ["count(*)", "count(i)", "sum(m)", "sum(CAST(i AS BIGINT))", "min(s)", "max(at)", "max(x)", "min(d)", "bool_and(flag)", "avg(m)"];
const WINDOWS = ["window(at, '10 seconds')", "window(at, '20 seconds', '20 seconds', '-4 seconds')", "window(at, '30 seconds', '10 seconds')"];

type Relation = Parameters<RandomQuery["text"]>[0];
const timed = (of: string, columns = "*"): string => `(SELECT ${columns} FROM ${of} WHERE at IS NOT NULL)`;
const aggregates = (choice: Choice, from: readonly string[] = AGGREGATES): string => choice.some(from, 1, 4).map((aggregate, i) => `${aggregate} AS a${i}`).join(", ");
/** The row that closes all is in no group that comes out: its time is far ahead. */
const base = { outputMode: "append", watermark: true, keyCount: undefined, closes: true } as const;

export function randomStatefulQuery(choice: Choice): RandomQuery {
  const kind = choice.below(10);
  if (kind < 4) return join(choice);
  if (kind < 6) return sessions(choice);
  if (kind < 7) return distinct(choice);
  return chain(choice);
}

/** How two streams are bound to each other, in a form that lets their rows leave. */
function bound(choice: Choice): string {
  if (choice.chance(0.15)) return "l.at = r.at";
  const from = choice.one([-12, -3, 0, 4]), to = from + choice.one([0, 2, 9, 25]);
  return `r.at ${choice.one([">=", ">"])} l.at + INTERVAL ${from} SECONDS AND r.at ${choice.one(["<=", "<"])} l.at + INTERVAL ${to} SECONDS`;
}

function join(choice: Choice): RandomQuery {
  const kind = choice.one(JOINS), key = choice.one(EQUALITIES), isSemi = kind === "LEFT SEMI", isWindow = choice.chance(0.2);
  const left = choice.some(VALUES, 1, 4).map((name, i) => `l.${name} AS l${i}`), right = isSemi ? [] : choice.some(VALUES, 1, 4).map((name, i) => `r.${name} AS r${i}`);
  const last = kind === "RIGHT OUTER" ? "r.last" : kind === "FULL OUTER" ? "coalesce(l.last, r.last)" : "l.last";
  const on = [`l.${key} = r.${key}`, isWindow ? "l.span = r.span" : bound(choice), ...(choice.chance(0.3) ? ["l.n <= r.n"] : [])].join(" AND ");
  const columns = isWindow ? "*, window(at, '10 seconds') AS span" : "*", used = isWindow ? [...left, ...right].map(text => text.replace(/\.at\b/, ".span")) : [...left, ...right];
  // A full join matches null keys where a batch would not.
  const where = kind === "FULL OUTER" ? ` AND ${key} IS NOT NULL` : "", side = (name: "t" | "u", relation: Relation) => timed(relation(name), columns).replace(/\)$/, `${where})`);
  return { ...base, lastColumn: 0, text: relation => `SELECT ${last} AS last, ${used.join(", ")} FROM ${side("t", relation)} AS l ${kind} JOIN ${side("u", relation)} AS r ON ${on}` };
}

function sessions(choice: Choice): RandomQuery {
  const window = `session_window(at, '${choice.one([1, 3, 10])} seconds')`, keys = choice.some(["i", "s", "d", "flag", "w"], 1, 2), all = aggregates(choice);
  const outputMode = choice.one(["append", "append", "complete"] as const);
  return {
    ...base, outputMode, closes: outputMode === "append", keyCount: keys.length + 1,
    text: relation => `SELECT ${[window, ...keys].map((key, i) => `${key} AS k${i}`).join(", ")}, ${all} FROM ${relation("t")} GROUP BY ${[window, ...keys].join(", ")}`,
  };
}

function distinct(choice: Choice): RandomQuery {
  const columns = [choice.one(["at", "window(at, '10 seconds') AS span"]), ...choice.some(["i", "s", "x", "d", "m"], 0, 2)].join(", ");
  return { ...base, closes: false, dropDuplicates: true, text: relation => `SELECT ${columns} FROM ${relation("t")}${columns.startsWith("at") ? "" : " WHERE at IS NOT NULL"}` };
}

function chain(choice: Choice): RandomQuery {
  const size = choice.one([20, 30, 60]), over = (time: string, from: (relation: Relation) => string, values: string): RandomQuery => {
    const window = `window(${time}, '${size} seconds')`;
    return { ...base, keyCount: 1, text: relation => `SELECT ${window} AS k0, ${values} FROM ${from(relation)} GROUP BY ${window}` };
  };
  const inner = choice.one(WINDOWS), keys = choice.some(["i", "flag", "s"], 0, 1);
  const grouped = (relation: Relation) => `(SELECT ${[`${inner} AS w`, ...keys].join(", ")}, count(*) AS n, max(at) AS newest FROM ${timed(relation("t"))} GROUP BY ${[inner, ...keys].join(", ")})`;
  const joined = (kind: string, on: string) => (relation: Relation) => `(SELECT l.at, r.i, r.m FROM ${timed(relation("t"))} AS l ${kind} JOIN ${timed(relation("u"))} AS r ON l.i = r.i AND ${on})`;
  switch (choice.below(5)) {
    case 0: return over("window_time(w)", grouped, "count(*) AS a0, sum(n) AS a1, max(newest) AS a2");
    case 1: return over("at", relation => `(SELECT DISTINCT at, i, s FROM ${timed(relation("t"))})`, "count(*) AS a0, max(s) AS a1");
    case 2: return over("window_time(w)", relation => `(SELECT session_window(at, '3 seconds') AS w, i, count(*) AS n FROM ${timed(relation("t"))} GROUP BY session_window(at, '3 seconds'), i)`, "count(*) AS a0, sum(n) AS a1");
    case 3: {
      const from = joined(choice.one(["INNER", "LEFT OUTER"]), bound(choice).replace("l.at = r.at", "r.at BETWEEN l.at AND l.at + INTERVAL 5 SECONDS"));
      return over("at", from, "count(*) AS a0, count(i) AS a1, sum(m) AS a2");
    }
    default: {
      const side = (name: "t" | "u", relation: Relation) => `(SELECT ${inner} AS w, count(*) AS n FROM ${timed(relation(name))} GROUP BY ${inner})`;
      return { ...base, keyCount: 1, text: relation => `SELECT l.w AS k0, l.n, r.n AS m FROM ${side("t", relation)} AS l JOIN ${side("u", relation)} AS r ON l.w = r.w` };
    }
  }
}
