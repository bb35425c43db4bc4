// State and timers: with a declared output, and with the output inferred from what is yielded.
import { mill, Trade, is } from "./common.ts";
import { bigint, date, double, listState, mapState, schema, string, timestamp, valueState } from "millrace";

const Alert = schema({ key: string().notNull(), n: bigint().notNull(), why: string().notNull() });
const trades = mill.readStream.schema(Trade).json("in").withWatermark("ts", "5 seconds");
const alerts = trades.groupBy("key").transformWithState({
  timeMode: "EventTime", output: Alert,
  state: { n: valueState(bigint()), seen: listState(timestamp(), { ttl: "1 hour" }), byDay: mapState(date(), double()) },
  *handleInputRows(key, rows, { state, timers }) {
    let n = state.n.get() ?? 0n;
    for (const row of rows) {
      n += 1n;
      state.seen.append(row.ts);
      if (row.day) state.byDay.set(row.day, (state.byDay.get(row.day) ?? 0) + (row.rate ?? 0));
      timers.register(row.ts.plus("10 seconds"));
    }
    state.n.update(n);
    yield { key: key.key ?? "", n, why: "data" };
  },
  *handleExpiredTimer(key, at, { state }) { yield { key: key.key ?? "", n: state.n.get() ?? 0n, why: `timer ${at}` }; state.n.clear(); },
});
is<{ key: string; n: bigint; why: string }>()(alerts, true);
const inferred = trades.groupBy("key").transformWithState({
  state: { n: valueState(bigint()) },
  *handleInputRows(key, rows, { state }) { for (const r of rows) yield { k: key.key, total: r.price, n: state.n.get() }; },
});
export const one: { k: string | null; total: bigint; n: bigint | null }[] = await inferred.collect();
