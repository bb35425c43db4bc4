// Typed SQL, a function, from_json, foreachBatch, iterate, errors.
import { MillraceError, bigint, double, schema, string, timestamp, udf } from "millrace";
import { count, from_json } from "millrace/functions";
import { Trade, is, mill } from "./common.ts";

const Top = schema({ key: string(), n: bigint().notNull() });
const trades = mill.read.schema(Trade).json("t"), least = 5n;
const top = mill.sql(Top)`SELECT key, count(*) AS n FROM ${trades} WHERE price > ${least} GROUP BY key`;
is<{ key: string | null; n: bigint }>()(top, true);
export const declared = mill.sql`SELECT 1`.as(Top).where(r => r.n.gt(1));
const score = udf({ args: [string(), bigint()], returns: double().notNull() }, (name, n) => (name ?? "").length * Number(n ?? 0n));
is<{ s: number }>()(trades.select(r => ({ s: score(r.key, r.price) })), true);

const Click = schema({ user: string().notNull(), at: timestamp().notNull() });
const clicks = mill.readStream.text("in").select(r => ({ e: from_json(r.value, Click) })).select(r => ({ user: r.e.user, at: r.e.at }));
const query = await clicks.withWatermark("at", "1 minute").groupBy("user").agg(() => ({ n: count() }))
  .writeStream.outputMode("update").foreachBatch(async (batch, id) => {
    for (const row of await batch.collect()) console.log(row.user?.length, row.n + BigInt(id));
  }).start();
for await (const batch of clicks.writeStream.iterate()) {
  const users: (string | null)[] = batch.rows.map(row => row.user);
  console.log(users, batch.batchId);
}
export const rows: number | undefined = query.lastProgress?.sources[0]?.numInputRows;
try {
  await top.collect();
} catch (error) {
  if (error instanceof MillraceError && error.condition === "DIVIDE_BY_ZERO") console.log(error.hint);
}
