// Values in the place of rows.
import { bigint, schema, string } from "millrace";
import { Trade, is, mill } from "./common.ts";

const words = mill.parallelize(["a b", "b c"]).flatMap(line => line.split(" ")).mapToPair(word => [word, 1n]).reduceByKey((a, b) => a + b);
export const top: [string, bigint][] = await words.collect();
is<{ word: string; n: bigint }>()(words.map(([word, n]) => ({ word, n })).toDF(schema({ word: string().notNull(), n: bigint().notNull() })).where(r => r.n.gt(1)), true);

const trades = mill.read.schema(Trade).json("t");
export const byKey = await trades.map(row => ({ key: row.key ?? "?", twice: row.qty * 2, at: row.ts.toDate() })).filter(x => x.twice > 3)
  .groupByKey(x => x.key).mapGroups((key, rows) => ({ key, sum: rows.reduce((a, b) => a + b.twice, 0) })).collect();
export const first: number = byKey[0]!.sum;
export const joined: [string, [bigint, number]][] = await words.join(trades.mapAsync(async row => [row.key ?? "", row.qty] as const)).collect();
