// Catches a page that hides a lost connection, shows a row twice after it, or lets a foreign page in.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import test, { after, before } from "node:test";
import { startServer } from "../../src/server/server.ts";
import { Theatre, until } from "./support/browser.ts";

let theatre: Theatre;
before(async () => { theatre = await Theatre.open(); });
after(() => theatre.close());

test("a lost server: a line after 3 s, grey numbers, the end after 60 s; when it is back, all goes on without reload", async () => {
  const { scene, clock } = theatre, few = scene.engine.add({ name: "few" }), schema = [{ name: "k", type: "STRING" }];
  few.batch({ rows: 10, out: 4 });
  few.emitRows(schema, [["a"], ["b"], ["c"], ["d"]]);
  const page = await theatre.look("/queries/few", {}, async page => { await page.clock.install(); });
  await page.waitForSelector(".strip.seven");
  await page.evaluate("window.loadedOnce = true");
  theatre.run();
  await page.clock.runFor(1_000);
  await wait(300);
  assert.equal(await page.locator(".line").count(), 0);
  const colour = () => page.evaluate("getComputedStyle(document.querySelector('.strip .digits')).color") as Promise<string>;
  const fresh = await colour(), { port } = theatre.server;
  await theatre.stop();
  await theatre.server.close("killed");
  await wait(200);
  await page.clock.runFor(2_000);
  assert.equal(await page.locator(".line").count(), 0);
  await page.clock.runFor(2_500);
  await until("the line", async () => await page.locator(".line").count() === 1);
  assert.match(await page.locator(".line").textContent() ?? "", /Not connected for \d+\u00a0s|The process has ended/);
  assert.notEqual(await colour(), fresh);
  await page.clock.runFor(61_000);
  await until("the end", async () => /The process has ended.*Last seen at .* in batch [\d,]+/.test(await page.locator(".line.ended").textContent() ?? ""));

  theatre.server = await startServer({ engine: scene.engine, port, clock });
  theatre.run();
  for (let i = 0; i < 12 && await page.locator(".line").count() > 0; i++) {
    await page.clock.runFor(2_000);
    await wait(150);
  }
  assert.equal(await page.locator(".line").count(), 0);
  assert.equal(await page.evaluate("window.loadedOnce"), true);
  few.batch({ rows: 10, out: 1 });
  few.emitRows(schema, [["e"]]);
  await wait(500);
  await page.clock.runFor(1_000);
  await theatre.stop();
  const rows = await page.evaluate("[...document.querySelectorAll('.output tbody tr')].map(row => row.textContent)") as string[];
  assert.deepEqual(rows, ["e", "d", "c", "b", "a"]);
  scene.engine.remove(few);
});

test("Hold stops the table, not the query", async () => {
  const page = await theatre.look("/queries/machine_telemetry");
  await page.waitForSelector(".output tbody tr");
  const table = () => page.locator(".output tbody").textContent();
  await page.locator("#output button").click();
  const held = await table();
  theatre.scene.play(11);
  await until("rows since", async () => /held, [1-9][\d,]* rows since/.test(await page.locator("#output .side").textContent() ?? ""));
  assert.equal(await table(), held);
  await page.locator("#output button").click();
  await until("new rows", async () => await table() !== held);
});

test("Pause freezes the numbers and counts the batches", async () => {
  const page = await theatre.look("/queries/machine_telemetry");
  await page.waitForSelector(".strip.seven");
  const strip = () => page.locator(".facts").textContent();
  await page.keyboard.press("p");
  await wait(100);
  const before = await strip();
  theatre.scene.play(2);
  await until("it counts", async () => /Paused, [1-9]\d* batches since/.test(await page.locator(".connection").textContent() ?? ""));
  assert.equal(await strip(), before);
  await page.keyboard.press("p");
  await until("it goes on", async () => await strip() !== before);
});

test("a foreign page can't listen, read or act", async () => {
  const foreign = createServer((_, response) => response.setHeader("Content-Type", "text/html").end("<h1>evil</h1>"));
  await new Promise<void>(resolve => foreign.listen(0, "127.0.0.1", resolve));
  const page = await theatre.look("/"), { port } = theatre.server;
  await page.goto(`http://127.0.0.1:${(foreign.address() as AddressInfo).port}/`);
  const outcome = await page.evaluate(`(async () => {
    const read = await fetch("http://127.0.0.1:${port}/api/queries").then(response => response.text(), error => "refused");
    const act = await fetch("http://127.0.0.1:${port}/api/queries/machine_telemetry/stop", { method: "POST", mode: "no-cors", body: "{}" }).then(() => "sent", () => "refused");
    const listen = await new Promise(resolve => { const source = new EventSource("http://127.0.0.1:${port}/events?topics=queries"); source.onopen = () => resolve("open"); source.onerror = () => resolve("refused"); });
    return { read, listen };
  })()`) as { read: string; listen: string };
  assert.deepEqual(outcome, { read: "refused", listen: "refused" });
  assert.deepEqual(theatre.scene.telemetry.stops, []);
  foreign.closeAllConnections();
  foreign.close();
});
