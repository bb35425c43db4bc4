/** One engine's part of bench/parquet.ts, in a process of its own: `FILE PASSES`. Prints the groups, the rows in them and the CPU seconds of each pass as JSON. */
import { session } from "millrace";

const [file, passes] = process.argv.slice(2);
await using mill = session();
const seconds: number[] = [];
let row: unknown;
for (let i = 0; i < Number(passes); i++) {
  const start = process.cpuUsage();
  [row] = await mill.sql(`SELECT count(*) AS groups, sum(n) AS bids FROM (
    SELECT window.start, channel, count(*) AS n FROM parquet.\`${file}\` WHERE price > 10000 GROUP BY window(dateTime, '10 seconds'), channel)`).collect();
  const { user, system } = process.cpuUsage(start);
  seconds.push((user + system) / 1e6);
}
const { groups, bids } = row as { groups: bigint; bids: bigint };
process.stdout.write(`${JSON.stringify({ groups: Number(groups), bids: Number(bids), seconds })}\n`);
