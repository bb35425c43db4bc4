// Catches a query view whose numbers are not the API's, whose ruler is not to scale, whose charts disagree, or that moves.
import assert from "node:assert/strict";
import { setTimeout as wait } from "node:timers/promises";
import test, { after, before } from "node:test";
import type { Page } from "playwright-core";
import type { EventTimeJson, QualityJson, Summary } from "../../src/server/api-types.ts";
import type { LaneFacts } from "../../src/server/engine-view.ts";
import { bytes, count, duration, exact, fromIso, span, times } from "../../src/server/format.ts";
import { long, Theatre, until } from "./support/browser.ts";
import { smallTargets, watchShifts } from "./support/measures.ts";

let theatre: Theatre;
before(async () => { theatre = await Theatre.open(); });
after(() => theatre.close());

const path = "/queries/machine_telemetry";
const stripScript = "Object.fromEntries([...document.querySelectorAll('.strip.seven .cell')].map(cell => [cell.querySelector('.label').textContent, [cell.querySelector('.value text').textContent, cell.querySelector('.sub').textContent]]))";
/** Formats without the space between value and unit, as the page parts them. */
const joined = (text: string): string => (text.match(/\u00a0/g) ?? []).length === 1 ? text.replace("\u00a0", "") : text;

test("verdict and key numbers are the API's, in their form", async () => {
  const page = await theatre.look(path);
  await page.waitForSelector(".strip.seven");
  await theatre.agree(() => page.evaluate(`[document.querySelector("h1").textContent, ${stripScript}]`), async () => {
    const query = await theatre.json<Summary>(`/api${path}`), { now, counts, verdict } = query;
    return [`${verdict.lead}: ${verdict.text}.`, {
      "Rows in": [`${count(now.inputRowsPerSecond)}/s`, `can do ${count(now.capacityRowsPerSecond)}, ${times(verdict.headroom)} times`],
      "Batch time, median": [joined(duration(now.batchMicros!.p50)), `p99 ${duration(now.batchMicros!.p99)}, ${count(Math.round(now.batchesPerSecond!))}/s`],
      "Behind event time": [joined(duration(now.watermarkBehindMicros)), `${span(now.delayMicros)} is your delay`],
      "Rows out": [`${count(now.outputRowsPerSecond)}/s`, `next in ${duration(now.nextWindowMicros)}`],
      State: [`${count(now.state!.rows)}rows`, `${bytes(now.state!.bytes)} of ${bytes(now.state!.limitBytes)}`],
      "Late rows, last hour": [exact(counts.lateRows), "all from partition 6"],
      "Dead letters": [exact(counts.deadLetters), (await page.evaluate(`${stripScript}["Dead letters"][1]`) as string)],
    }];
  });
});

test("the account is the API's and adds up on the page", async () => {
  const page = await theatre.look(path);
  await page.waitForSelector(".account");
  const read = () => page.evaluate("[...document.querySelectorAll('.account tr')].map(row => row.lastElementChild.textContent)") as Promise<string[]>;
  await theatre.agree(read, async () => {
    const quality = await theatre.json<QualityJson>(`/api${path}/quality`);
    return [quality.rowsRead, quality.filteredRows, quality.lateRows, quality.deadLetters, ...quality.expectations.map(each => each.dropped), quality.keptRows].map(value => exact(value));
  });
  const numbers = (await read()).map(text => Number(text.replaceAll(",", "")));
  assert.equal(numbers.slice(1).reduce((sum, value) => sum + value, 0), numbers[0]);
  assert.match(await page.evaluate("document.querySelector('.checked').textContent") as string, /Every row is accounted for/);
  theatre.scene.telemetry.batch({ rows: 100, kept: 88, state: { rows: 1, bytes: 1 } });
  theatre.clock.advance(2e6);
  await until("what is lost is told", async () => /12 rows unaccounted/.test(await page.evaluate("document.querySelector('.checked.bad')?.textContent ?? ''") as string));
});

/** Where the ruler drew things, in pixels of its own. */
const rulerScript = `(() => {
  const svg = document.querySelector(".ruler svg"), at = svg.getBoundingClientRect().left, middle = element => { const box = element.getBoundingClientRect(); return (box.left + box.right) / 2 - at; };
  return { from: +svg.dataset.from, to: +svg.dataset.to, left: +svg.dataset.left, right: +svg.dataset.right, watermark: middle(svg.querySelector(".watermark .wm-flag")),
    lanes: Object.fromEntries([...svg.querySelectorAll(".lane")].map(lane => [lane.dataset.lane, middle(lane.querySelector(".head"))])), bold: [...svg.querySelectorAll(".lane .name.bold")].map(text => text.parentElement.dataset.lane),
    windows: Object.fromEntries([...svg.querySelectorAll(".window")].map(box => [box.dataset.window, { state: box.getAttribute("class").split(" ")[1], right: box.querySelector(".box").getBoundingClientRect().right - at }])) };
})()`;
interface Drawn { readonly from: number; readonly to: number; readonly left: number; readonly right: number; readonly watermark: number; readonly lanes: Record<string, number>; readonly bold: string[]; readonly windows: Record<string, { state: string; right: number }> }

test("the ruler is to scale within half a pixel", async () => {
  for (const look of [{ width: 1440, height: 900 }, { width: 390, height: 844, phone: true }]) {
    const page = await theatre.look(path, look);
    await page.waitForSelector(".ruler svg");
    let off: string[] = [];
    await theatre.agree(async () => {
      const drawn = await page.evaluate(rulerScript) as Drawn, told = await theatre.json<EventTimeJson>(`/api${path}/event-time`);
      const x = (iso: string) => drawn.left + (drawn.right - drawn.left) * (fromIso(iso) - drawn.from) / (drawn.to - drawn.from);
      off = [];
      const check = (what: string, seen: number, wanted: number) => { if (!(Math.abs(seen - wanted) <= 0.5)) off.push(`${what} at ${seen}, should be at ${wanted}`); };
      check("watermark", drawn.watermark, x(told.watermark!));
      for (const lane of told.lanes) check(`lane ${lane.partition}`, drawn.lanes[lane.partition!]!, x(lane.newest!));
      for (const window of told.windows) {
        const box = drawn.windows[window.start];
        if (box !== undefined && x(window.end) <= drawn.right) check(`window ${window.start}`, box.right + 1.5, x(window.end));
      }
      assert.equal(Object.keys(drawn.lanes).length, 8);
      return off;
    }, async () => []);
  }
});

test("a window turns grey in the batch in which its rows come out, and the right lane is bold", async () => {
  const { clock, scene } = theatre, own = scene.engine.add({ name: "windows" }), start = Math.floor(clock.nowMicros() / 10e6) * 10e6;
  const lane = (source: number, name: string, partition: string | null, newestMicros: number): LaneFacts => ({ source, sourceName: name, partition, newestMicros, p5Micros: newestMicros - 1e6, p95Micros: newestMicros, rowsPerSecond: 10, lateRows: 0, lastRowMicros: clock.nowMicros() });
  const show = (watermarkMicros: number, out: boolean, lanes: LaneFacts[]) => {
    own.time = { policy: "min", watermarkMicros, nextMicros: null, delayMicros: 5e6, lanes, windowLengthMicros: 10e6, windowSlideMicros: 10e6, lateness: null,
      windows: [{ startMicros: start, endMicros: start + 10e6, rows: 5, state: out ? "out" : "next" }, { startMicros: start + 10e6, endMicros: start + 20e6, rows: 5, state: out ? "next" : "fills" }] };
    own.batch({ rows: 10, out: out ? 5 : 0, watermarkMicros, newestMicros: watermarkMicros + 5e6 });
    clock.advance(1e6);
  };
  const one = (at: number) => [lane(0, "t", "0", at), lane(0, "t", "1", at + 2e6), lane(0, "t", "2", at + 1e6)];
  show(start + 8e6, false, one(start + 11e6));
  const page = await theatre.look("/queries/windows");
  await page.waitForSelector(".ruler svg");
  const key = new Date(start / 1e3).toISOString(), read = async () => await page.evaluate(rulerScript) as Drawn;
  await until("drawn", async () => (await read()).windows[key] !== undefined);
  assert.equal((await read()).windows[key]!.state, "next");
  assert.deepEqual((await read()).bold, ["1"]);
  show(start + 9.9e6, false, one(start + 12.9e6));
  await wait(400);
  assert.equal((await read()).windows[key]!.state, "next");
  show(start + 10.5e6, true, one(start + 13.5e6));
  await until("out", async () => (await read()).windows[key]!.state === "out");
  show(start + 10.5e6, true, [lane(0, "arrivals", null, start + 19e6), lane(1, "departures", null, start + 15.5e6)]);
  await until("two sources", async () => (await read()).bold.join() === "departures");
  scene.engine.remove(own);
});

test("one cursor reads the same time in all charts; a range is in the address and survives a reload", async () => {
  const page = await theatre.look(path);
  await page.waitForSelector(".plot.stateBytes .uplot");
  await page.mouse.move(600, 420);
  const box = (await page.locator(".plot.rates .u-over").boundingBox())!;
  await page.mouse.move(box.x + box.width * 0.4, box.y + 30);
  await until("all cursors", async () => new Set(await page.evaluate("[...document.querySelectorAll('.uplot .u-cursor-x')].map(line => line.style.transform)") as string[]).size === 1);
  const lines = await page.evaluate("[...document.querySelectorAll('.uplot .u-cursor-x')].map(line => line.style.transform)") as string[];
  assert.equal(lines.length, 5);
  assert.ok(Math.abs(Number(/translate\((.*?)px/.exec(lines[0]!)![1]) - box.width * 0.4) < 3, lines[0]);
  assert.match(await page.locator(".at").textContent() ?? "", /^\d\d:\d\d:\d\d$/);

  await page.mouse.move(box.x + box.width * 0.3, box.y + 30);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.6, box.y + 30, { steps: 5 });
  await page.mouse.up();
  await until("the range is in the address", () => new URL(page.url()).searchParams.has("from"));
  const params = new URL(page.url()).searchParams, seconds = (fromIso(params.get("to")) - fromIso(params.get("from"))) / 1e6;
  assert.ok(Math.abs(seconds - 270) < 12, `${seconds} s`);
  const address = page.url();
  await page.reload();
  await page.waitForSelector(".plot.rates .uplot");
  assert.equal(page.url(), address);
  assert.match(await page.locator("#flow .choice button[aria-pressed=true]").textContent() ?? "", /^\d\d:\d\d:\d\d – \d\d:\d\d:\d\d$/);
  await page.keyboard.press("Escape");
  await until("back to live", () => !new URL(page.url()).searchParams.has("from"));
  await page.locator("#flow .choice button", { hasText: "1 h" }).click();
  await page.reload();
  await page.waitForSelector(".plot.rates .uplot");
  assert.equal(await page.locator("#flow .choice button[aria-pressed=true]").textContent(), "1 h");
});

test("20 s in which nothing is known are a gap, not a line", async () => {
  const { clock, scene } = theatre, own = scene.engine.add({ name: "gap" });
  const batches = (seconds: number) => {
    for (let i = 0; i < seconds * 2; i++) {
      clock.advance(0.5e6);
      own.batch({ rows: 500, state: { rows: 9, bytes: 900 } });
    }
  };
  batches(60);
  own.current = { batchId: 1, startedAtMicros: clock.nowMicros(), phase: "read" };
  clock.advance(20e6);
  own.current = null;
  batches(40);
  const page = await theatre.look("/queries/gap");
  await page.waitForSelector(".plot.rates .uplot");
  await wait(600);
  /** Is anything of the area drawn at this many seconds before now? */
  const filled = (page: Page, before: number) => page.evaluate(`(() => {
    const plot = document.querySelector(".plot.rates"), over = plot.querySelector(".u-over").getBoundingClientRect(), canvas = plot.querySelector("canvas"), box = canvas.getBoundingClientRect(), ratio = canvas.width / box.width;
    const x = Math.round((over.left - box.left + over.width * (1 - ${before} / 900)) * ratio), pixels = canvas.getContext("2d").getImageData(x, (over.top - box.top + over.height - 8) * ratio, 1, 3).data;
    return [...pixels].some((value, i) => i % 4 === 3 && value > 0 && pixels[i - 1] > pixels[i - 3]);
  })()`) as Promise<boolean>;
  assert.equal(await filled(page, 20), true);
  assert.equal(await filled(page, 52), false);
  assert.equal(await filled(page, 80), true);
  scene.engine.remove(own);
});

test("nothing moves but the data", async () => {
  const own = theatre.scene.engine.add({ name: "calm" });
  const batch = (rate: number) => {
    theatre.clock.advance(250e3);
    const now = theatre.clock.nowMicros();
    own.batch({ rows: Math.max(1, Math.round(rate / 4)), out: Math.round(rate / 40), late: rate > 1e4 ? 1 : 0, filtered: Math.round(rate / 100), backlog: 0, state: { rows: Math.round(rate), bytes: Math.round(rate * 90) }, newestMicros: now - 9e5, watermarkMicros: now - 5.9e6 });
    own.time = { policy: "min", watermarkMicros: now - 5.9e6, nextMicros: null, delayMicros: 5e6, windowLengthMicros: 10e6, windowSlideMicros: 10e6, lateness: null,
      lanes: [{ source: 0, sourceName: "t", partition: "0", newestMicros: now - 9e5, p5Micros: now - 2e6, p95Micros: now - 1e6, rowsPerSecond: rate, lateRows: 0, lastRowMicros: now }], windows: [] };
    own.emitRows([{ name: "k", type: "STRING" }, { name: "n", type: "BIGINT" }], [[`key-${Math.round(rate)}`, String(Math.round(rate))]]);
  };
  for (let i = 0; i < 60; i++) batch(9);
  const page = await theatre.look("/queries/calm");
  await page.waitForSelector(".plot.rates .uplot");
  await wait(1_000);
  const shifts = await watchShifts(page, ".strip .cell");
  const steps = (long ? 60 : 10) * 8;
  for (let i = 0; i < steps; i++) {
    batch(9 * 10 ** (6 * i / steps));
    await wait(125);
  }
  assert.deepEqual(await shifts(), { shift: 0, moved: [] });
  theatre.scene.engine.remove(own);
});

test("hours of updates leave the page as large as it was", async () => {
  const { clock, scene } = theatre, own = scene.engine.add({ name: "hours" });
  const step = async () => {
    clock.advance(10e6);
    const now = clock.nowMicros();
    own.time = { policy: "min", watermarkMicros: now - 6e6, nextMicros: null, delayMicros: 5e6, windowLengthMicros: 10e6, windowSlideMicros: 10e6, lateness: null, lanes: [{ source: 0, sourceName: "t", partition: "0", newestMicros: now - 1e6, p5Micros: now - 2e6, p95Micros: now - 1e6, rowsPerSecond: 9, lateRows: 0, lastRowMicros: now }],
      windows: [{ startMicros: Math.floor(now / 10e6) * 10e6 - 10e6, endMicros: Math.floor(now / 10e6) * 10e6, rows: 3, state: "next" }] };
    own.batch({ rows: 500, out: 1, state: { rows: 9, bytes: 900 }, newestMicros: now - 1e6, watermarkMicros: now - 6e6 });
    own.emitRows([{ name: "k", type: "STRING" }], [[`row ${now}`]]);
    await wait(20);
  };
  for (let i = 0; i < 60; i++) await step();
  const page = await theatre.look("/queries/hours"), session = await page.context().newCDPSession(page);
  await page.waitForSelector(".plot.rates .uplot");
  await session.send("Performance.enable");
  const measure = async () => {
    await session.send("HeapProfiler.collectGarbage");
    const { metrics } = await session.send("Performance.getMetrics"), of = (name: string) => metrics.find(metric => metric.name === name)!.value;
    return { heap: of("JSHeapUsedSize"), listeners: of("JSEventListeners"), canvases: await page.locator("canvas").count() };
  };
  for (let i = 0; i < 60; i++) await step();
  const before = await measure();
  for (let i = 0; i < (long ? 2_880 : 120); i++) await step();
  const later = await measure();
  assert.equal(later.canvases, 5);
  assert.deepEqual([later.listeners, later.canvases], [before.listeners, before.canvases]);
  assert.ok(later.heap < before.heap + 2e6, `${before.heap} bytes became ${later.heap}`);
  assert.ok(later.heap < 60e6);
  scene.engine.remove(own);
});

for (const width of [320, 390]) {
  test(`fits ${width} px without sideways scroll, with targets for a thumb`, async () => {
    const page = await theatre.look(path, { width, height: 844, phone: true });
    await page.waitForSelector(".plot.rates .uplot");
    await wait(500);
    assert.equal(await page.evaluate("document.documentElement.scrollWidth"), width);
    assert.deepEqual(await smallTargets(page), []);
  });
}

test("no policy is broken and no secret shown, with the plan open", async () => {
  const page = await theatre.look(path, { scheme: "dark" });
  await page.locator("#plan summary").click();
  await page.waitForSelector(".plan-text");
  const content = await page.content();
  assert.ok(content.includes("kafka.sasl.jaas.config") && !content.includes("wheel-of-stone"));
  assert.deepEqual(theatre.violations.filter(text => !text.startsWith("Failed to load resource")), []);
});
