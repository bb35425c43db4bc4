/** Queries whose memory memory.test.ts measures: each operator with state, with all that it may keep. */
import { bigint, schema, string } from "../../src/api/schema.ts";
import type { Session } from "../../src/api/session.ts";
import { listState, mapState, valueState } from "../../src/api/state-types.ts";
import type { OutputMode } from "../../src/api/writer.ts";
import type { Input, QueryText } from "./query.ts";

export interface Measured { readonly reported: number; readonly linear: number; readonly heap: number; readonly rows: number }
export interface MemoryCase { readonly text: QueryText; readonly streams?: readonly string[]; readonly mode?: OutputMode }

export const FILL = { from: 1_000_000, to: 1_060_000 };

/** Rows `from` to `to` - 1, each with a name of its own, all within a few seconds. */
export function rows(from: number, to: number): Input[] {
  const start = from >= FILL.from ? 5_000_000 : 10;
  return Array.from({ length: to - from }, (_, i): Input => [start + (from + i) % 5, `a name of more than twelve bytes, ${from + i}`, BigInt(from + i)]);
}

const grouped = (aggregates: string): string => `SELECT window(at, '10 seconds') w, name, ${aggregates} FROM t GROUP BY window(at, '10 seconds'), name`;

export const cases: Readonly<Record<string, MemoryCase>> = {
  "groups": { text: grouped("count(*) c, sum(n) s, avg(n) a") },
  "groups with strings": { text: grouped("max(name) m, count(*) c"), mode: "append" },
  "groups with lists": { text: grouped("collect_list(n) l, collect_set(name) s") },
  "groups with sketches": { text: grouped("approx_count_distinct(name) d") },
  "slices of overlapping windows": { text: "SELECT window(at, '10 seconds', '5 seconds') w, name, count(*) c FROM t GROUP BY window(at, '10 seconds', '5 seconds'), name" },
  "sessions": { text: "SELECT session_window(at, '5 seconds') w, name, count(*) c FROM t GROUP BY session_window(at, '5 seconds'), name", mode: "append" },
  "keys that were seen": { text: "distinct name at", mode: "append" },
  "keys that were seen within the watermark": { text: "within name", mode: "append" },
  "rows of a join": {
    text: "SELECT l.name, l.n ln, r.n rn FROM l JOIN r ON l.name = r.name AND r.at BETWEEN l.at - INTERVAL 5 SECONDS AND l.at + INTERVAL 5 SECONDS", streams: ["l", "r"], mode: "append",
  },
  "a program": {
    mode: "append",
    text: (mill: Session) => mill.table("t").groupBy("name").transformWithState({
      output: schema({ name: string() }), timeMode: "EventTime",
      state: { n: valueState(bigint()), names: listState(string()), byName: mapState(string(), bigint()) },
      *handleInputRows({ name }: any, input: any, { state, timers }: any) {
        for (const row of input) {
          state.n.update(row.n);
          state.names.append(name);
          state.byName.set(name, row.n);
          timers.register(row.at.plus("30 seconds"));
        }
      },
      *handleExpiredTimer(_key: any, _at: any, { state }: any) {
        state.n.clear();
        state.names.clear();
        state.byName.clear();
      },
    } as never),
  },
};
