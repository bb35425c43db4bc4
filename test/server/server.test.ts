// Catches an API that answers the wrong thing, answers whom it should not, tells a secret, or loses an event.
import assert from "node:assert/strict";
import { request } from "node:http";
import { connect } from "node:net";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { after, before } from "node:test";
import type { Summary } from "../../src/server/api-types.ts";
import { type LivePage, startServer } from "../../src/server/server.ts";
import { ManualClock } from "../page/support/manual-clock.ts";
import { plant, type Scene, sceneBegin } from "../page/support/scenes.ts";
import { ScriptedEngine } from "../page/support/scripted-engine.ts";

let clock: ManualClock, scene: Scene, page: LivePage;
const secret = "wheel-of-stone";
/** A page with one file, so that the server's own part can be tested without a build. */
const uiFolder = mkdtempSync(join(tmpdir(), "millrace-page-"));

before(async () => {
  writeFileSync(join(uiFolder, "manifest.json"), JSON.stringify({ files: ["main-ABCDEFGH.js"], queryChunks: [] }));
  for (const suffix of ["", ".gz", ".br"]) writeFileSync(join(uiFolder, `main-ABCDEFGH.js${suffix}`), `built${suffix}`);
  writeFileSync(join(uiFolder, "index.html"), "<!--preload--><script type=\"application/json\"><!--first--></script>");
  clock = new ManualClock(sceneBegin);
  scene = plant(clock);
  page = await startServer({ engine: scene.engine, port: 0, clock, actions: true, uiFolder });
  scene.play(60);
});
after(async () => {
  await page.close();
  rmSync(uiFolder, { recursive: true });
});

interface Answer { readonly status: number; readonly headers: Record<string, string | string[] | undefined>; readonly text: string; readonly json: () => any }

function ask(path: string, options: { method?: string; headers?: Record<string, string>; body?: string; port?: number } = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: "127.0.0.1", port: options.port ?? page.port, path, method: options.method ?? "GET", headers: options.headers }, response => {
      let text = "";
      const done = () => resolve({ status: response.statusCode!, headers: response.headers, text, json: () => JSON.parse(text) });
      response.setEncoding("utf8").on("data", chunk => {
        text += chunk;
        if (!String(response.headers["content-type"]).startsWith("text/event-stream")) return;
        sent.destroy();
        text = "{\"error\":{}}";
        done();
      }).on("end", done);
    });
    sent.on("error", error => { if (!sent.destroyed) reject(error); });
    sent.end(options.body);
  });
}

test("the list and one query say the same", async () => {
  const list = (await ask("/api/queries")).json() as Summary[];
  assert.deepEqual(list.map(each => each.name), ["machine_telemetry", "vibration_alerts", "flight_delays", "baggage_matched", "invoice_export", "weather_backfill"]);
  const byName = (await ask("/api/queries/machine_telemetry")).json(), byId = (await ask(`/api/queries/${byName.id}`)).json();
  assert.deepEqual(byId, byName);
  assert.deepEqual(byName.now, list[0]!.now);
  assert.equal(byName.lastProgress.batchId, byName.lastBatchId);
  assert.equal((await ask("/api/queries?state=finished")).json().length, 1);
});

test("progress has Spark's fields in Spark's order", async () => {
  const progress = (await ask("/api/queries/machine_telemetry/progress?limit=3")).json();
  assert.equal(progress.length, 3);
  assert.ok(progress[0].batchId < progress[2].batchId);
  assert.deepEqual(Object.keys(progress[0]), ["id", "runId", "name", "timestamp", "batchId", "batchDuration", "numInputRows", "inputRowsPerSecond", "processedRowsPerSecond", "durationMs", "eventTime", "stateOperators", "sources", "sink", "millrace"]);
});

test("every section answers", async () => {
  for (const part of ["series", "operators", "event-time", "rows", "batches?order=notable", "batches?order=slowest", "checkpoint", "quality", "sources", "sinks", "dead-letters"]) {
    const answer = await ask(`/api/queries/machine_telemetry/${part}`);
    assert.equal(answer.status, 200, part);
    assert.equal(answer.headers["cache-control"], "no-store");
  }
  assert.equal((await ask("/api")).json().apiVersion, 1);
  assert.ok((await ask("/api/process")).json().memoryBytes > 1e6);
  assert.match((await ask("/metrics")).text, /^millrace_query_up\{query="machine_telemetry"\} 1$/m);
});

test("what is not there is an error with a condition", async () => {
  const cases = [["/api/queries/none", 404, "MILLRACE_NOT_FOUND"], ["/api/queries/machine_telemetry/none", 404, "MILLRACE_NOT_FOUND"], ["/api/none", 404, "MILLRACE_NOT_FOUND"], ["/api/queries/machine_telemetry/why", 404, "MILLRACE_UNSUPPORTED"],
    ["/api/queries/invoice_export/operators", 404, "MILLRACE_NOT_REPORTED"], ["/api/queries/machine_telemetry/series?points=x", 400, "MILLRACE_BAD_PARAMETER"], ["/api/queries/machine_telemetry/series?from=never", 400, "MILLRACE_BAD_PARAMETER"],
    ["/api/queries/%E0%A4%A", 400, "MILLRACE_BAD_PARAMETER"], ["/../../package.json", 404, "MILLRACE_NOT_FOUND"]] as const;
  for (const [path, status, condition] of cases) {
    const answer = await ask(path);
    assert.deepEqual([answer.status, answer.json().error.condition], [status, condition], path);
  }
});

test("a password in an option or an address is in no answer", async () => {
  for (const path of ["/", "/api/queries", "/metrics", ...["", "/progress", "/series", "/operators", "/event-time", "/rows", "/batches", "/checkpoint", "/quality", "/sources", "/sinks", "/dead-letters"].map(part => `/api/queries/machine_telemetry${part}`)]) {
    assert.ok(!(await ask(path)).text.includes(secret), path);
  }
});

test("foreign hosts and origins are refused, and nothing is done", async () => {
  const stop = { method: "POST", body: "{}" };
  const refused = async (path: string, options: Parameters<typeof ask>[1], condition: string) => {
    const answer = await ask(path, options);
    assert.deepEqual([answer.status, answer.json().error.condition], [403, condition], JSON.stringify(options));
  };
  await refused("/api/queries", { headers: { Host: "evil.example" } }, "MILLRACE_UNKNOWN_HOST");
  await refused("/", { headers: { Host: `evil.example:${page.port}` } }, "MILLRACE_UNKNOWN_HOST");
  await refused("/events?topics=queries", { headers: { Origin: "http://evil.example" } }, "MILLRACE_FOREIGN_ORIGIN");
  await refused("/events?topics=queries", { headers: { Origin: "null" } }, "MILLRACE_FOREIGN_ORIGIN");
  await refused("/events", { headers: { "Sec-Fetch-Site": "cross-site" } }, "MILLRACE_FOREIGN_ORIGIN");
  await refused("/api/queries/flight_delays/stop", { ...stop, headers: { Origin: "http://evil.example", "X-Millrace": "1" } }, "MILLRACE_FOREIGN_ORIGIN");
  await refused("/api/queries/flight_delays/stop", stop, "MILLRACE_HEADER_REQUIRED");
  assert.deepEqual(scene.flights.stops, []);
  assert.equal((await ask("/api/queries", { headers: { Host: "localhost:9" } })).status, 200);
});

test("headers keep the page to itself", async () => {
  const { headers } = await ask("/");
  assert.match(String(headers["content-security-policy"]), /^default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; frame-ancestors 'none'/);
  assert.equal(headers["x-content-type-options"], "nosniff");
});

test("an action stops the query, once", async () => {
  const own = new ScriptedEngine(clock), query = own.add({ name: "q" }), other = await startServer({ engine: own, port: 0, clock, actions: true }), quiet = await startServer({ engine: own, port: 0, clock });
  const post = (port: number) => ask("/api/queries/q/stop", { method: "POST", headers: { "X-Millrace": "1" }, body: "{\"drain\":true}", port });
  assert.equal((await post(quiet.port)).json().error.condition, "MILLRACE_ACTIONS_OFF");
  assert.equal((await post(other.port)).json().state, "stopped");
  assert.deepEqual(query.stops, [{ drain: true }]);
  assert.equal((await post(other.port)).status, 409);
  await other.close();
  await quiet.close();
});

test("beyond loopback there must be a token; its link works once", async () => {
  await assert.rejects(startServer({ engine: scene.engine, host: "0.0.0.0", port: 0, clock }), { condition: "MILLRACE_PAGE_TOKEN_REQUIRED" });
  const token = "a-token-of-enough-length", open = await startServer({ engine: scene.engine, host: "0.0.0.0", port: 0, clock, token, uiFolder }), port = open.port;
  assert.equal((await ask("/api", { port })).status, 401);
  assert.equal((await ask("/api", { port, headers: { Authorization: "Bearer wrong-token-wrong-tok" } })).status, 401);
  assert.equal((await ask("/api", { port, headers: { Authorization: `Bearer ${token}` } })).status, 200);
  const link = new URL(open.url), first = await ask(link.pathname + link.search, { port }), cookie = String(first.headers["set-cookie"]);
  assert.equal(first.status, 303);
  assert.match(cookie, /HttpOnly; SameSite=Strict/);
  assert.equal((await ask("/api", { port, headers: { Cookie: cookie.split(";")[0]! } })).status, 200);
  assert.equal((await ask(link.pathname + link.search, { port })).status, 401);
  await open.close();
});

test("files come compressed and for ever, the page with its first data, safe inside a script", async () => {
  scene.engine.add({ name: "</script><b>" });
  const file = await ask("/main-ABCDEFGH.js", { headers: { "Accept-Encoding": "gzip, br" } });
  assert.deepEqual([file.text, file.headers["content-encoding"], file.headers["cache-control"]], ["built.br", "br", "public, max-age=31536000, immutable"]);
  const html = await ask("/queries/machine_telemetry");
  assert.ok(!html.text.includes("</script><b>"));
  const first = JSON.parse(/<script type="application\/json">(.*)<\/script>/s.exec(html.text)![1]!);
  assert.equal(first.queries.at(-1).name, "</script><b>");
});

/** Reads events until `enough`. */
function listen(path: string, enough: (events: { id: string; event: string; data: any }[]) => boolean, headers: Record<string, string> = {}): Promise<{ id: string; event: string; data: any }[]> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: "127.0.0.1", port: page.port, path, headers }, response => {
      let text = "";
      response.setEncoding("utf8").on("data", chunk => {
        text += chunk;
        const events = text.split("\n\n").slice(0, -1).filter(block => block.includes("event: ")).map(block => ({ id: /^id: (.*)$/m.exec(block)![1]!, event: /^event: (.*)$/m.exec(block)![1]!, data: JSON.parse(/^data: (.*)$/m.exec(block)![1]!) }));
        if (enough(events)) {
          sent.destroy();
          resolve(events);
        }
      });
    });
    sent.on("error", error => { if (!sent.destroyed) reject(error); });
    sent.end();
  });
}
const moving = async (done: Promise<unknown>) => {
  let stop = false;
  void done.finally(() => { stop = true; });
  while (!stop) {
    scene.play(0.25);
    await new Promise(resolve => setImmediate(resolve));
  }
};

test("events begin with hello and a snapshot, then tell what changes", async () => {
  const coming = listen("/events?topics=queries,query:machine_telemetry,rows:machine_telemetry", events => events.filter(each => each.event === "query").length > 6 && events.some(each => each.event === "rows" && each.data.skipped > 0));
  await moving(coming);
  const events = await coming;
  assert.equal(events[0]!.event, "hello");
  assert.equal(events[1]!.event, "queries");
  const whole = events.filter(each => each.event === "query" && each.data.tail !== undefined);
  assert.ok(whole.length >= 2);
  assert.ok(whole[0]!.data.eventTime.lanes.length === 8 && whole[0]!.data.operators.operators.length === 7);
  const rows = events.filter(each => each.event === "rows");
  let seq = rows[0]!.data.seq;
  for (const { data } of rows.slice(1)) {
    assert.equal(data.seq, seq + data.rows.length + data.skipped);
    seq = data.seq;
  }
});

test("a client that comes back goes on where it was, without a row twice; one that was away too long gets reset", async () => {
  const path = "/events?topics=query:machine_telemetry";
  const first = listen(path, events => events.length > 12);
  await moving(first);
  const last = (await first).at(-1)!.id;
  const again = listen(path, events => events.length > 6, { "Last-Event-ID": last });
  await moving(again);
  const ids = (await again).filter(each => each.event === "query" || each.event === "progress").map(each => Number(each.id.split(".")[1]));
  assert.ok(!(await again).some(each => each.event === "reset"));
  assert.ok(ids.every((id, i) => id > Number(last.split(".")[1]) && (i === 0 || id > ids[i - 1]!)));
  const holding = listen(path, events => events.length > 400);
  await Promise.race([moving(holding), new Promise(resolve => setTimeout(resolve, 20_000).unref())]);
  await holding;
  const late = listen(path, events => events.length > 2, { "Last-Event-ID": last });
  await moving(late);
  assert.ok((await late).some(each => each.event === "reset"));
});

test("a slow reader is left behind with reset, and holds nothing up", async () => {
  const socket = connect(page.port, "127.0.0.1");
  await new Promise<void>(resolve => socket.once("connect", () => resolve()));
  socket.pause();
  socket.write(`GET /events?topics=queries,query:machine_telemetry HTTP/1.1\r\nHost: localhost\r\n\r\n`);
  await new Promise(resolve => setTimeout(resolve, 50));
  const clients = page.monitor.hub.clients;
  for (let i = 0; i < 4_000 && ![...clients].some(client => client.behind); i++) {
    scene.play(0.25, 250e3);
    if (i % 50 === 0) await new Promise(resolve => setImmediate(resolve));
  }
  const slow = [...clients].find(client => client.behind);
  assert.ok(slow !== undefined && slow.waitingBytes <= 256 * 1024, `${slow?.waitingBytes}`);
  let text = "";
  socket.on("data", chunk => { text += chunk.toString("latin1"); });
  socket.resume();
  for (let i = 0; i < 200 && !text.includes("event: reset"); i++) await new Promise(resolve => setTimeout(resolve, 10));
  assert.ok(text.includes("event: reset"));
  socket.destroy();
});

test("nothing runs for nobody but the tick", async () => {
  for (let i = 0; i < 100 && page.monitor.hub.clients.size > 0; i++) await new Promise(resolve => setTimeout(resolve, 10));
  scene.play(2);
  assert.equal(page.monitor.hub.clients.size, 0);
  assert.equal(clock.pending, 1);
});

test("an engine that throws while it is looked at costs no batch", async () => {
  const own = new ScriptedEngine(clock), query = own.add({ name: "q" }), warnings: Error[] = [];
  const take = (warning: Error) => { if (warning.name === "LivePageWarning") warnings.push(warning); };
  process.on("warning", take);
  const other = await startServer({ engine: own, port: 0, clock });
  query.batch({ rows: 1 });
  query.status = () => { throw new Error("the view is broken"); };
  clock.advance(3e6);
  query.batch({ rows: 1 });
  await new Promise(resolve => setImmediate(resolve));
  assert.equal(other.monitor.record(query).batches, 2);
  assert.equal(warnings.length, 1);
  assert.match(warnings[0]!.message, /the view is broken/);
  process.off("warning", take);
  await other.close();
});

test("the end says bye", async () => {
  const own = new ScriptedEngine(clock);
  own.add({ name: "q" }).batch({ rows: 1 });
  const other = await startServer({ engine: own, port: 0, clock });
  let text = "";
  const ended = new Promise<void>(resolve => {
    request({ host: "127.0.0.1", port: other.port, path: "/events?topics=queries" }, response => response.on("data", chunk => { text += chunk; }).on("close", resolve)).end();
  });
  await new Promise(resolve => setTimeout(resolve, 50));
  await other.close("restarting");
  await ended;
  assert.match(text, /event: bye\ndata: \{"reason":"restarting"/);
  assert.equal(own.listeners, 0);
  assert.equal(own.list[0]!.listeners, 0);
});
