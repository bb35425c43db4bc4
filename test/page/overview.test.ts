// Catches an overview that misses a query, shows other numbers than the API, moves while it updates, or does not fit a phone.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import test, { after, before } from "node:test";
import { gzipSync } from "node:zlib";
import type { Summary } from "../../src/server/api-types.ts";
import { bytes, count, duration, exact } from "../../src/server/format.ts";
import { long, Theatre, until } from "./support/browser.ts";
import { smallTargets, watchShifts } from "./support/measures.ts";

let theatre: Theatre;
before(async () => { theatre = await Theatre.open(); });
after(() => theatre.close());

/** Main numbers of each row of the table, by query. */
const tableScript = `Object.fromEntries([...document.querySelectorAll("table.queries tbody")].map(body => [body.querySelector("a.name").textContent,
  { verdict: body.querySelector(".verdict b").textContent, cells: [...body.querySelectorAll("td.number .main")].map(cell => cell.textContent) }]))`;

function rowOf(summary: Summary): unknown {
  const { now, counts } = summary, ended = summary.endedAt !== null, other = ended && summary.state !== "failed";
  return {
    verdict: summary.verdict.lead,
    cells: [count(now.inputRowsPerSecond), count(now.outputRowsPerSecond), now.batchMicros === null ? "–" : duration(now.batchMicros.p50), duration(now.watermarkBehindMicros), now.state === null ? "0" : count(now.state.rows),
      summary.hasWatermark || other ? exact(counts.lateRows) : "–", exact(counts.deadLetters)],
  };
}

test("a query that starts appears without reload, and all rows say what the API says", async () => {
  const page = await theatre.look("/");
  await page.evaluate("window.loadedOnce = true");
  const clicks = theatre.scene.engine.add({ name: "clicks" });
  for (let i = 0; i < 3; i++) {
    theatre.clock.advance(1e6);
    clicks.batch({ rows: 5_000, out: 40, state: { rows: 12_345, bytes: 402e6 }, newestMicros: theatre.clock.nowMicros() - 3e5, watermarkMicros: theatre.clock.nowMicros() - 4e6, late: i });
  }
  await until("the new row", () => page.evaluate("[...document.querySelectorAll('a.name')].some(link => link.textContent === 'clicks')") as Promise<boolean>);
  await theatre.agree(() => page.evaluate(tableScript), async () => {
    const seen = await page.evaluate(tableScript) as Record<string, unknown>, told = Object.fromEntries((await theatre.json<Summary[]>("/api/queries")).map(each => [each.name, rowOf(each)]));
    return Object.fromEntries(Object.keys(seen).map(name => [name, told[name]]));
  });
  assert.equal(await page.evaluate("window.loadedOnce"), true);
  assert.equal(await page.evaluate("document.querySelectorAll('a.name').length"), 7);
  theatre.scene.engine.remove(clicks);
  theatre.clock.advance(1e6);
  await until("the row is gone", () => page.evaluate("document.querySelectorAll('a.name').length === 6") as Promise<boolean>);
});

test("worst first: failed, then what needs a look, then by name; ended ones last", async () => {
  const page = await theatre.look("/");
  const levels = await page.evaluate("[...document.querySelectorAll('.queries .mark')].map(mark => mark.getAttribute('class').split(' ')[1])") as string[];
  const rank = ["bad", "warn", "ok", "off"];
  assert.deepEqual(levels, [...levels].sort((a, b) => rank.indexOf(a) - rank.indexOf(b)));
  assert.equal(levels.length, 6);
});

test("this process has the API's numbers", async () => {
  const page = await theatre.look("/");
  const { stateBytes } = await theatre.json<{ stateBytes: number }>("/api/process");
  const text = await page.evaluate("[...document.querySelectorAll('.process .cell')].find(cell => cell.querySelector('.label').textContent === 'State').querySelector('.value text').textContent") as string;
  assert.equal(text.replace(/\s/g, ""), bytes(stateBytes).replace(/\s/g, ""));
});

test("nothing moves but the data, from 9 rows/s to 9 M rows/s", async () => {
  const sweep = theatre.scene.engine.add({ name: "sweep" }), page = await theatre.look("/");
  await until("the row", () => page.evaluate("document.querySelectorAll('a.name').length === 7") as Promise<boolean>);
  for (let i = 0; i < 30; i++) {
    theatre.clock.advance(250e3);
    sweep.batch({ rows: 2, out: 1, state: { rows: 9, bytes: 900 } });
  }
  await wait(700);
  const shifts = await watchShifts(page, ".strip .cell, .queries thead th");
  const seconds = long ? 60 : 10, steps = seconds * 8;
  for (let i = 0; i < steps; i++) {
    const rate = 9 * 10 ** (6 * i / steps);
    theatre.scene.play(0.1);
    theatre.clock.advance(150e3);
    sweep.batch({ rows: Math.max(1, Math.round(rate / 4)), out: Math.round(rate / 40), state: { rows: Math.round(rate), bytes: Math.round(rate * 90) } });
    await wait(125);
  }
  assert.deepEqual(await shifts(), { shift: 0, moved: [] });
  theatre.scene.engine.remove(sweep);
});

for (const width of [320, 390]) {
  test(`fits ${width} px without sideways scroll, with targets for a thumb`, async () => {
    const page = await theatre.look("/", { width, height: 844, phone: true, scheme: "dark" });
    await wait(800);
    assert.equal(await page.evaluate("document.documentElement.scrollWidth"), width);
    assert.deepEqual(await smallTargets(page), []);
  });
}

test("weighs at most 60 KB, begins with 3 requests, asks no other host, breaks no policy", async () => {
  theatre.requests.length = 0;
  const page = await theatre.look("/");
  await wait(500);
  const paths = theatre.requests.map(url => new URL(url)), files = paths.filter(url => url.pathname !== "/events" && url.pathname !== "/icon.svg");
  assert.ok(files.length <= 3, String(files));
  await page.goto(`${theatre.address}/queries/machine_telemetry`);
  await page.waitForSelector(".uplot");
  assert.deepEqual([...new Set(theatre.requests.map(url => new URL(url).host))], [`127.0.0.1:${theatre.server.port}`]);
  const built = resolve(import.meta.dirname, "../../build/ui"), all = readdirSync(built).filter(name => /\.(js|css)$/.test(name)).reduce((sum, name) => sum + gzipSync(readFileSync(resolve(built, name)), { level: 9 }).length, 0);
  assert.ok(all <= 60_000, `${all} bytes`);
  assert.ok(!(await page.content()).includes("wheel-of-stone"));
  assert.deepEqual(theatre.violations, []);
});
