/** The same count as bids-stream.ts without any engine: JSON.parse a line, a Map by window and channel. No checkpoint. */
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

const folder = process.argv[2]!, closedBefore = Number(process.argv[3]);
const atWork = process.cpuUsage();
const counts = new Map<string, { end: number; n: number }>();
let rows = 0;
for (const file of readdirSync(folder).sort()) {
  for (const line of readFileSync(join(folder, file), "utf8").split("\n")) {
    if (line === "") continue;
    const bid = JSON.parse(line) as { price: number; channel: string; dateTime: string };
    rows++;
    if (!(bid.price > 10_000)) continue;
    const start = Math.floor(Date.parse(bid.dateTime) / 10_000) * 10_000, key = `${start} ${bid.channel}`;
    const count = counts.get(key);
    if (count === undefined) counts.set(key, { end: start + 10_000, n: 1 });
    else count.n++;
  }
}
const { user, system } = process.cpuUsage(atWork);
let groups = 0, bids = 0, openGroups = 0;
for (const { end, n } of counts.values()) {
  if (end <= closedBefore) { groups++; bids += n; }
  else openGroups++;
}
process.stdout.write(JSON.stringify({ rows, groups, bids, openGroups, workSeconds: (user + system) / 1e6 }) + "\n");
