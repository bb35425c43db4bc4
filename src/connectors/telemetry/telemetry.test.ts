/** Catches figures of the machine that are computed from the wrong fields, counted twice, or stop a query where they are missing; and samples without bound. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { rowsOf } from "../../columns/cells.ts";
import type { Offset } from "../../io/source.ts";
import { ManualClock } from "../../testing/manual-clock.ts";
import type { Cell } from "../../types/cell.ts";
import { MachineSampler } from "./counters.ts";
import { telemetryTable } from "./telemetry-source.ts";

/** As a kernel of 2024 prints them; the second moment is a second later. */
const FILES: Readonly<Record<string, readonly [string, string]>> = {
  "/proc/stat": [
    `cpu  1000 10 500 8000 200 0 40 0 30 0\ncpu0 600 5 250 4000 100 0 20 0 30 0\ncpu1 400 5 250 4000 100 0 20 0 0 0\nintr 123 4 5\nctxt 99\nbtime 1700000000\n`,
    `cpu  1060 10 520 8100 220 0 40 0 40 0\ncpu0 650 5 260 4030 110 0 20 0 40 0\ncpu1 410 5 260 4070 110 0 20 0 0 0\nintr 130 4 5\nctxt 120\nbtime 1700000000\n`,
  ],
  "/proc/meminfo": ["MemTotal:        8000000 kB\nMemFree:          100000 kB\nMemAvailable:    4976000 kB\nBuffers:           1000 kB\n", "MemTotal:        8000000 kB\nMemFree:          100000 kB\nMemAvailable:    4464000 kB\n"],
  "/proc/diskstats": [
    `   8       0 sda 100 0 2000 50 300 0 4000 90 0 0 0 0 0 0 0 0 0\n   8       1 sda1 100 0 2000 50 300 0 4000 90 0 0 0 0 0 0 0 0 0\n   7       0 loop0 1 0 9 0 0 0 9 0 0 0 0\n 259       0 nvme0n1 1 0 0 0 0 0 0 0 0 0 0\n 259       1 nvme0n1p1 1 0 0 0 0 0 0 0 0 0 0\n`,
    `   8       0 sda 150 0 6000 50 300 0 14000 90 0 0 0 0 0 0 0 0 0\n   8       1 sda1 150 0 6000 50 300 0 14000 90 0 0 0 0 0 0 0 0 0\n   7       0 loop0 1 0 999 0 0 0 999 0 0 0 0\n 259       0 nvme0n1 1 0 0 0 0 0 0 0 0 0 0\n 259       1 nvme0n1p1 1 0 0 0 0 0 0 0 0 0 0\n`,
  ],
  "/proc/net/dev": [
    `Inter-|   Receive                                                |  Transmit\n face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed\n    lo:       0       0    0    0    0     0          0         0        0       0    0    0    0     0       0          0\n  eth0: 1000000    1000    0    0    0     0          0         0  2000000     900    0    0    0     0       0          0\n`,
    `Inter-|   Receive                                                |  Transmit\n face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed\n    lo:       0       0    0    0    0     0          0         0        0       0    0    0    0     0       0          0\n  eth0: 3500000    1000    0    0    0     0          0         0  2250000     900    0    0    0     0       0          0\n`,
  ],
};
let moment: 0 | 1 = 0;
const read = (path: string): string | undefined => FILES[path]?.[moment];

test("rates come from what counters grew by; memory is there at once", () => {
  moment = 0;
  const sampler = new MachineSampler(read);
  assert.deepEqual(sampler.sample(5_000_000), [{ metric: "memory", device: "used", value: 2953.125, unit: "MiB" }]);
  moment = 1;
  assert.deepEqual(sampler.sample(6_000_000), [
    { metric: "memory", device: "used", value: 3453.125, unit: "MiB" },
    // 200 ticks went by, 120 of them idle or waiting for a disk; guests are part of users.
    { metric: "cpu", device: "all", value: 40, unit: "%" }, { metric: "cpu", device: "cpu0", value: 60, unit: "%" }, { metric: "cpu", device: "cpu1", value: 20, unit: "%" },
    { metric: "disk", device: "sda read", value: 2.048, unit: "MB/s" }, { metric: "disk", device: "sda write", value: 5.12, unit: "MB/s" },
    { metric: "disk", device: "nvme0n1 read", value: 0, unit: "MB/s" }, { metric: "disk", device: "nvme0n1 write", value: 0, unit: "MB/s" },
    { metric: "network", device: "eth0 received", value: 2.5, unit: "MB/s" }, { metric: "network", device: "eth0 sent", value: 0.25, unit: "MB/s" },
  ]);
  moment = 0;
  const back = sampler.sample(7_000_000);
  assert.ok(back.every(one => one.value >= 0), "a counter that was set back is no negative rate");
  assert.deepEqual(sampler.sample(7_000_000).map(one => one.metric), ["memory"], "no time went by");
});

test("files that a container hides are left out", () => {
  assert.deepEqual(new MachineSampler(() => undefined).sample(1), []);
  const some = new MachineSampler(path => (path === "/proc/stat" ? read(path) : ""));
  some.sample(0);
  assert.deepEqual(some.sample(1).map(one => one.metric), [], "no tick went by");
});

test("as a stream: samples at their times, each once, and no more than a bound waits", async () => {
  moment = 0;
  const clock = new ManualClock(1_000_000), table = telemetryTable({ samplesPerSecond: "10" }, clock, read), source = table.stream!({ queryId: "q", sourceIndex: 0 });
  assert.deepEqual([table.replayable, source.replayable], [false, false]);
  let position: Offset = 41; // an earlier run stopped here
  const next = async (): Promise<Cell[][]> => {
    const from = position, rows: Cell[][] = [];
    position = await source.latest(from, {});
    if (position === from) return rows;
    for (const split of await source.plan(from, position)) await source.read(split, { columns: ["at", "metric", "value"], signal: new AbortController().signal }, { push: batch => { rows.push(...rowsOf(batch)); return true; }, badRecord: () => assert.fail() });
    source.committed(position);
    return rows;
  };
  assert.deepEqual([await next(), position], [[], 41]);
  await clock.advance(250_000);
  const rows = await next();
  assert.deepEqual(rows.filter(row => row[1] === "memory"), [[1_100_000n, "memory", 2953.125], [1_200_000n, "memory", 2953.125]]);
  assert.deepEqual([await next(), position], [[], 43]);
  await clock.advance(400 * 1_000_000);
  assert.deepEqual(source.metrics!(), { skippedSamples: "1000" });
  assert.equal((await next()).filter(row => row[1] === "memory").length, 3000);
  await clock.advance(100_000);
  assert.equal((await next()).filter(row => row[1] === "memory").length, 1);
  await source.stop();
  await clock.advance(1_000_000);
  assert.deepEqual(await next(), [], "it sleeps when it is stopped");
});

test("a run that ends with what is there keeps the place of the one before", async () => {
  const source = telemetryTable({}, new ManualClock(0), read).stream!({ queryId: "q", sourceIndex: 0 });
  await source.freeze?.(7);
  const end = await source.latest(7, {});
  assert.ok(typeof end === "number" && end >= 7);
  await source.stop();
});
