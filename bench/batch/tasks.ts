/** What the batch benchmark asks: each task as SQL for all engines, with what one of them writes otherwise. Polars has programs of its own (peers/batch_polars.py). */
import { queries, queryAt } from "./tpch-queries.ts";

export interface Task {
  readonly name: string;
  readonly title: string;
  /** Rows that the task reads, for figures as rows a second. */
  readonly rows: number;
  readonly sql: string;
  /** Where a dialect differs. */
  readonly duckdb?: string;
}

/** Rows of the table `m`; `d` and `n` are joined with it; `c` is a file of CSV, `b` has bids. */
export const MICRO_ROWS = 10_000_000, CSV_ROWS = 3_000_000, BID_ROWS = 3_000_000, KEYS = 1_000_000;

export const microTasks: readonly Task[] = [
  { name: "scan", title: "sum of one column", rows: MICRO_ROWS, sql: "SELECT sum(v) AS x FROM m" },
  { name: "filter", title: "two conditions, count", rows: MICRO_ROWS, sql: "SELECT count(*) AS x FROM m WHERE v > 0.5 AND k10 = 3" },
  { name: "group-few", title: "group by 10 keys", rows: MICRO_ROWS, sql: "SELECT k10, sum(v) AS x, count(*) AS n FROM m GROUP BY k10" },
  { name: "group-many", title: "group by a million keys", rows: MICRO_ROWS, sql: "SELECT count(*) AS x, max(s) AS y FROM (SELECT k1m, sum(id) AS s FROM m GROUP BY k1m)" },
  { name: "group-text", title: "group by 1,000 strings", rows: MICRO_ROWS, sql: "SELECT s, count(*) AS n FROM m GROUP BY s" },
  { name: "group-texts", title: "group by a million strings", rows: MICRO_ROWS, sql: "SELECT count(*) AS x, max(c) AS y FROM (SELECT sm, count(*) AS c FROM m GROUP BY sm)" },
  { name: "join-small", title: "join with 1,000 rows", rows: MICRO_ROWS, sql: "SELECT sum(w) AS x FROM m JOIN d ON m.k1k = d.k" },
  { name: "join-large", title: "join with a million rows", rows: MICRO_ROWS, sql: "SELECT sum(w) AS x FROM m JOIN n ON m.k1m = n.k" },
  { name: "join-text", title: "join by 1,000 strings", rows: MICRO_ROWS, sql: "SELECT sum(w) AS x FROM m JOIN d ON m.s = d.s" },
  { name: "sort", title: "sort of all rows, the middle shown", rows: MICRO_ROWS, sql: "SELECT id, v FROM m ORDER BY v, id LIMIT 5 OFFSET 5000000" },
  { name: "top", title: "first 100 rows in an order", rows: MICRO_ROWS, sql: "SELECT id, v FROM m ORDER BY v DESC, id LIMIT 100" },
  { name: "window", title: "running sum in 1,000 partitions", rows: MICRO_ROWS, sql: "SELECT max(x) AS x FROM (SELECT sum(k10) OVER (PARTITION BY k1k ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS x FROM m)" },
  { name: "rank", title: "row_number in 1,000 partitions", rows: MICRO_ROWS, sql: "SELECT sum(x) AS x FROM (SELECT row_number() OVER (PARTITION BY k1k ORDER BY v) AS x FROM m) WHERE x < 10" },
  { name: "csv", title: "CSV with types, sums by key", rows: CSV_ROWS, sql: "SELECT k10, sum(v) AS x, count(*) AS n FROM c GROUP BY k10" },
  {
    name: "bids", title: "bids by channel and 10 seconds", rows: BID_ROWS,
    sql: "SELECT count(*) AS x, sum(n) AS y FROM (SELECT channel, window(dateTime, '10 seconds').start AS w, count(*) AS n FROM b WHERE price > 10000 GROUP BY channel, w)",
    duckdb: "SELECT count(*) AS x, sum(n) AS y FROM (SELECT channel, time_bucket(INTERVAL '10 seconds', dateTime) AS w, count(*) AS n FROM b WHERE price > 10000 GROUP BY channel, w)",
  },
];

/** `scale`: gigabytes of the data, as text. */
export function tpchTasks(scale: number): readonly Task[] {
  return Object.keys(queries).map(name => ({ name, title: `TPC-H ${name.slice(1)}`, rows: Math.round(6_001_215 * scale), sql: queryAt(name, scale) }));
}
