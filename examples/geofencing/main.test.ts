/** Catches entries and exits that are missed, false, or told again after a restart. */
import assert from "node:assert/strict";
import test from "node:test";
import { testSession } from "millrace/testing";
import { distance } from "../lib/distance.ts";
import { ZONES, positions } from "./data.ts";
import { Position, Zone, crossings } from "./main.ts";

test("a vehicle's crossings are those of measuring each of its positions against every zone", async () => {
  const sent = positions(8);
  await using mill = testSession();
  const input = mill.memoryStream(Position);
  await using run = await mill.run(crossings(input.df, mill.createDataFrame(ZONES, Zone)), { outputMode: "append" });
  const out: string[] = [];
  for (let from = 0; from < sent.length; from += 300) {
    input.add(...sent.slice(from, from + 300));
    if (from === 1_200) {
      await run.crashAt("sync");
      await run.restart();
    }
    out.push(...(await run.process() as { vehicle: string; at: object; zone: string; what: string }[]).map(row => `${row.vehicle} ${row.at} ${row.what} ${row.zone}`));
  }

  const expected: string[] = [];
  for (const [vehicle, all] of Map.groupBy(sent, position => position.vehicle)) {
    let inside: string[] = [];
    for (const position of all) {
      const now = ZONES.filter(zone => 1000 * distance(position, zone) <= zone.metres).map(zone => zone.zone), at = position.at.replace(/\.?0*Z$/, "Z");
      for (const zone of now) if (!inside.includes(zone)) expected.push(`${vehicle} ${at} enters ${zone}`);
      for (const zone of inside) if (!now.includes(zone)) expected.push(`${vehicle} ${at} leaves ${zone}`);
      inside = now;
    }
  }
  assert.ok(expected.length > 30);
  assert.deepEqual(out.sort(), expected.sort());
});
