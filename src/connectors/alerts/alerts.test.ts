/** Catches alerts that are lost, sent too often, sent with other bodies under one key, or held back for ever. */
import assert from "node:assert/strict";
import test from "node:test";
import { seededRandom } from "../../base/clock.ts";
import type { Batch } from "../../columns/batch.ts";
import { batchesOf } from "../../columns/row-batches.ts";
import type { Sink } from "../../io/sink.ts";
import { Arena } from "../../memory/arena.ts";
import { ManualClock } from "../../testing/manual-clock.ts";
import { SimulatedDisk } from "../../testing/simulated-files.ts";
import type { Cell } from "../../types/cell.ts";
import { BIGINT, STRING, field, struct } from "../../types/data-type.ts";
import type { ConnectorEnvironment } from "../environment.ts";
import { alertSink } from "./alert-sink.ts";
import type { SendRequest, WebhookAnswer, WebhookRequest } from "./webhook.ts";

const SCHEMA = struct([field("user", STRING), field("n", BIGINT)]), URL = "https://example.org/hook/secret";

class World {
  readonly disk = new SimulatedDisk();
  readonly clock = new ManualClock(1e15);
  readonly warnings: string[] = [];
  readonly requests: WebhookRequest[] = [];
  /** What the receiver answers, in turn; 200 when none is left. An Error: no connection. */
  answers: (Partial<WebhookAnswer> | Error)[] = [];
  readonly #arena = new Arena();

  readonly send: SendRequest = async request => {
    this.requests.push(request);
    const answer = this.answers.shift() ?? {};
    if (answer instanceof Error) throw answer;
    return { status: 200, retryAfter: null, ...answer };
  };

  async open(alerts: object, queryId = "q"): Promise<Sink> {
    const environment: ConnectorEnvironment = { clock: this.clock, random: seededRandom(1), files: this.disk.process(), timeZone: "UTC", print: () => {}, warn: text => { this.warnings.push(text); }, renderTable: () => "" };
    const sink = alertSink({ alerts: JSON.stringify({ webhook: { url: URL }, ...alerts }) }, environment, this.send);
    await sink.open({ queryId, queryName: null, epoch: 1, schema: SCHEMA, outputMode: "append", keyColumns: [], timeZone: "UTC" });
    return sink;
  }

  batch(...rows: Cell[][]): Batch[] { return [...batchesOf(SCHEMA, rows, this.#arena, { columns: ["user", "n"] })]; }
  get bodies(): unknown[] { return this.requests.map(request => JSON.parse(request.body) as unknown); }

  /** Delivers while the clock runs. */
  async deliver(sink: Sink, batchId: number, ...rows: Cell[][]): Promise<void> {
    let isDone = false;
    const delivered = sink.deliver!(batchId, this.batch(...rows)).finally(() => { isDone = true; });
    delivered.catch(() => {});
    for (let turn = 0; turn < 500 && !isDone; turn++) {
      await new Promise(resolve => setImmediate(resolve));
      if (!isDone) await this.clock.advance(1e6);
    }
    await delivered;
  }
}

test("a row is posted as it is, or as the template says, under a key that stays", async () => {
  const world = new World(), plain = await world.open({});
  await world.deliver(plain, 3, ["ann", 9007199254740993n], [null, null]);
  assert.deepEqual(world.requests.map(({ body, headers }) => [body, headers["Idempotency-Key"], headers["Content-Type"]]), [
    ['{"user":"ann","n":9007199254740993}', "q-3-0", "application/json"], ['{"user":null,"n":null}', "q-3-1", "application/json"],
  ]);
  const made = new World(), sink = await made.open({ webhook: { url: URL, headers: { Authorization: "Bearer x" }, template: { text: "{{user}} failed {{ N }} times\"", n: "{{n}}", list: [1, "{{$batchId}}.{{$row}}"], none: null } } });
  await made.deliver(sink, 3, ['a"b', 5n], [null, null]);
  assert.deepEqual(made.bodies, [
    { text: 'a"b failed 5 times"', n: 5, list: [1, "3.0"], none: null }, { text: ' failed  times"', n: null, list: [1, "3.1"], none: null },
  ]);
  assert.equal(made.requests[0]!.headers["Authorization"], "Bearer x");
});

test("what may pass is tried again, under the same key and body; what may not is final", async () => {
  const world = new World(), sink = await world.open({ deadLetterPath: "/letters" });
  world.answers = [new Error("no connection"), { status: 503 }, { status: 429, retryAfter: "7" }, { status: 200 }];
  const before = world.clock.nowMicros();
  await world.deliver(sink, 0, ["ann", 1n]);
  assert.deepEqual([world.requests.length, new Set(world.requests.map(({ body, headers }) => body + headers["Idempotency-Key"])).size], [4, 1]);
  assert.ok(world.clock.nowMicros() - before >= 8.5e6, "it waits as long as the receiver asks");
  world.answers = [{ status: 400 }];
  await world.deliver(sink, 1, ["bob", 2n]);
  assert.equal(world.requests.length, 5);
  const [path] = world.disk.paths().filter(name => name.startsWith("/letters/")), letter = JSON.parse(Buffer.from(world.disk.process().readFile(path!)).toString()) as { reason: string; body: unknown };
  assert.deepEqual([letter.reason, letter.body], ["the answer was 400", { user: "bob", n: 2 }]);
});

test("a receiver that is down costs its pauses once, not for each alert", async () => {
  const world = new World(), sink = await world.open({ deadLetterPath: "/letters", retry: { attempts: 3 } });
  world.answers = Array.from({ length: 6 }, () => ({ status: 500 }));
  await world.deliver(sink, 0, ["a", 1n], ["b", 1n], ["c", 1n], ["d", 1n], ["e", 1n]);
  assert.equal(world.requests.length, 3 + 1 + 1 + 1 + 1);
  assert.equal(world.bodies.length, 7);
});

test("without a place for it, an alert that can't be sent ends the query at once, and the error keeps the secret", async () => {
  const world = new World(), sink = await world.open({ retry: { attempts: 2 } });
  world.answers = Array.from({ length: 9 }, () => ({ status: 500 }));
  await assert.rejects(world.deliver(sink, 0, ["a", 1n], ["b", 1n]), error => (error as { condition: string }).condition === "MILLRACE_ALERT_FAILED" && !String(error).includes("secret"));
  assert.equal(world.requests.length, 2);
  assert.ok(!sink.description.includes("secret"));
});

test("a key is quiet for its time, also over a restart; the next alert says how many were held back", async () => {
  const world = new World(), options = { key: "user", dedupe: "10 minutes", stateLocation: "/state", webhook: { url: URL, template: { user: "{{user}}", held: "{{$suppressed}}" } } };
  let sink = await world.open(options);
  await world.deliver(sink, 0, ["ann", 1n], ["ann", 2n], ["bob", 1n]);
  sink = await world.open(options);
  await world.deliver(sink, 1, ["ann", 3n], ["carl", 1n]);
  await world.clock.advance(600e6);
  sink = await world.open(options);
  await world.deliver(sink, 2, ["ann", 4n], ["ann", 5n]);
  assert.deepEqual(world.bodies, [{ user: "ann", held: 0 }, { user: "bob", held: 0 }, { user: "carl", held: 0 }, { user: "ann", held: 2 }]);
});

test("a batch that was sent to its end is not sent again; one that was not is, under the same keys", async () => {
  const world = new World(), options = { dedupe: "1 minute", stateLocation: "/state", retry: { attempts: 1 } };
  let sink = await world.open(options);
  world.answers = [{}, { status: 500 }];
  await assert.rejects(world.deliver(sink, 0, ["a", 1n], ["b", 1n]));
  sink = await world.open(options);
  await world.deliver(sink, 0, ["a", 1n], ["b", 1n]);
  assert.deepEqual(world.requests.map(({ headers }) => headers["Idempotency-Key"]), ["q-0-0", "q-0-1", "q-0-0", "q-0-1"]);
  sink = await world.open(options);
  await world.deliver(sink, 0, ["a", 1n], ["b", 1n]);
  assert.equal(world.requests.length, 4);
});

test("the rate is held over restarts; what is beyond it goes to the dead letters", async () => {
  const world = new World(), options = { rateLimit: { max: 2, per: "1 minute" }, stateLocation: "/state", deadLetterPath: "/letters" };
  await world.deliver(await world.open(options), 0, ["a", 1n]);
  await world.deliver(await world.open(options), 1, ["b", 1n], ["c", 1n], ["d", 1n]);
  assert.equal(world.requests.length, 2);
  const letters = world.disk.paths().filter(name => name.startsWith("/letters/")).flatMap(path => Buffer.from(world.disk.process().readFile(path)).toString().trim().split("\n"));
  assert.deepEqual(letters.map(line => (JSON.parse(line) as { body: { user: string } }).body.user), ["c", "d"]);
  await world.clock.advance(60e6);
  await world.deliver(await world.open(options), 2, ["e", 1n]);
  assert.equal(world.requests.length, 3);
});

test("a folder is one query's, and a damaged one is said to be", async () => {
  const world = new World(), options = { dedupe: "1 minute", stateLocation: "/state" };
  await world.deliver(await world.open(options), 0, ["a", 1n]);
  await assert.rejects(world.open(options, "other"), error => (error as { condition: string }).condition === "MILLRACE_SINK_CONFLICT");
  const handle = world.disk.process().open("/state/alerts.json", "write");
  handle.writeAt(Buffer.from("x"), 0, 1, 20);
  await assert.rejects(world.open(options), error => (error as { condition: string }).condition === "MILLRACE_ALERT_STATE_DAMAGED");
});

test("options that are wrong, misspelled or not built are refused, names of columns too", async () => {
  const world = new World(), refused = (alerts: object, condition: string, text = /./) => assert.rejects(async () => world.open(alerts), error => (error as { condition: string }).condition === condition && text.test(String(error)));
  await refused({ mail: {} }, "MILLRACE_UNSUPPORTED");
  await refused({ recovery: "1 hour" }, "MILLRACE_UNSUPPORTED");
  await refused({ dedup: "1 minute" }, "MILLRACE_INVALID_OPTION", /did you mean dedupe/);
  await refused({ webhook: { url: "ftp://example.org" } }, "MILLRACE_INVALID_OPTION");
  await refused({ webhook: { url: URL, headers: { "X-A": "b\nc" } } }, "MILLRACE_INVALID_OPTION");
  await refused({ dedupe: "1 minute" }, "MILLRACE_INVALID_OPTION", /stateLocation/);
  await refused({ key: "usr" }, "UNRESOLVED_COLUMN.WITH_SUGGESTION", /`user`/);
  await refused({ webhook: { url: URL, template: { a: ["{{use}}"] } } }, "UNRESOLVED_COLUMN.WITH_SUGGESTION", /`user`/);
});
