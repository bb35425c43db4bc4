/**
 * Counts the votes of a show. A phone that got no answer sends its vote again, and a voter may try to vote twice: the
 * first vote of a voter counts. The standing is the whole result anew with every batch, the leader first.
 */
import { schema, session, string, timestamp, type DataFrame, type Infer } from "millrace";
import { count } from "millrace/functions";
import { writeInput } from "../lib/input.ts";
import { votes } from "./data.ts";

export const Vote = schema({ voter: string().notNull(), candidate: string().notNull(), at: timestamp().notNull() });
export type Vote = Infer<typeof Vote>;

export const standing = (cast: DataFrame<Vote>) => cast
  .dropDuplicates("voter")
  .groupBy("candidate")
  .agg(() => ({ votes: count() }))
  .orderBy(r => [r.votes.desc(), r.candidate.asc()]);

if (import.meta.main) {
  await using mill = session({ timeZone: "UTC" });
  const cast = mill.readStream.schema(Vote).json(writeInput(".millrace/examples/votes", votes(5_000), 1_000), { maxFilesPerTrigger: 1 });
  const query = await standing(cast).writeStream.outputMode("complete").trigger({ availableNow: true }).format("console").start();
  await query.awaitTermination();
}
