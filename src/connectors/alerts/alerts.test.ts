/** Catches alerts that are lost, sent too often, sent with other bodies under one key, or held back for ever. */
import assert from "node:assert/strict";
import test from "node:test";
import { AlertWorld as World, HOOK as URL } from "../../testing/alert-world.ts";

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
  const [letter] = world.letters;
  assert.deepEqual([letter!.reason, letter!.body], ["the answer was 400", { user: "bob", n: 2 }]);
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
  assert.deepEqual(world.letters.map(({ body }) => (body as { user: string }).user), ["c", "d"]);
  await world.clock.advance(60e6);
  await world.deliver(await world.open(options), 2, ["e", 1n]);
  assert.equal(world.requests.length, 3);
});

test("a folder is one query's, and a damaged one is said to be", async () => {
  const world = new World(), options = { dedupe: "1 minute", stateLocation: "/state" };
  await world.deliver(await world.open(options), 0, ["a", 1n]);
  await assert.rejects(world.open(options, { queryId: "other" }), error => (error as { condition: string }).condition === "MILLRACE_SINK_CONFLICT");
  const handle = world.disk.process().open("/state/alerts.json", "write");
  handle.writeAt(Buffer.from("x"), 0, 1, 20);
  await assert.rejects(world.open(options), error => (error as { condition: string }).condition === "MILLRACE_ALERT_STATE_DAMAGED");
});

test("options that are wrong, misspelled or not built are refused, names of columns too", async () => {
  const world = new World(), refused = (alerts: object, condition: string, text = /./) => assert.rejects(async () => world.open(alerts), error => (error as { condition: string }).condition === condition && text.test(String(error)));
  await refused({ recovery: {}, key: "user" }, "MILLRACE_INVALID_OPTION", /when or resolveAfter/);
  await refused({ recovery: { when: "ok" }, stateLocation: "/state" }, "MILLRACE_INVALID_OPTION", /option key/);
  await refused({ recovery: { when: "n" }, key: "user", stateLocation: "/state" }, "MILLRACE_INVALID_OPTION", /BOOLEAN/);
  await refused({ recovery: { resolveAfter: "1 hour", eventTime: "at" }, key: "user", stateLocation: "/state" }, "MILLRACE_INVALID_OPTION", /watermark/);
  await refused({ recovery: { when: "ok" }, key: "user" }, "MILLRACE_INVALID_OPTION", /checkpoint/);
  await refused({ recovery: { when: "ok" }, key: "user", stateLocation: "/state", webhook: { url: URL, template: { text: "{{user}}" } } }, "MILLRACE_INVALID_OPTION", /\$status/);
  await refused({ dedup: "1 minute" }, "MILLRACE_INVALID_OPTION", /did you mean dedupe/);
  await refused({ webhook: { url: "ftp://example.org" } }, "MILLRACE_INVALID_OPTION");
  await refused({ webhook: { url: URL, headers: { "X-A": "b\nc" } } }, "MILLRACE_INVALID_OPTION");
  await refused({ dedupe: "1 minute" }, "MILLRACE_INVALID_OPTION", /stateLocation/);
  await refused({ key: "usr" }, "UNRESOLVED_COLUMN.WITH_SUGGESTION", /`user`/);
  await refused({ webhook: { url: URL, template: { a: ["{{use}}"] } } }, "UNRESOLVED_COLUMN.WITH_SUGGESTION", /`user`/);
});

test("a URL and headers may name a variable of the environment, which is then there", async () => {
  const world = new World();
  Object.assign(process.env, { ALERT_TEST_URL: "https://example.org/hidden", ALERT_TEST_TOKEN: "Bearer hidden" });
  await world.deliver(await world.open({ webhook: { url: "$ALERT_TEST_URL", headers: { Authorization: "$ALERT_TEST_TOKEN" } } }), 0, ["ann", 1n]);
  assert.deepEqual([world.requests[0]!.url, world.requests[0]!.headers["Authorization"]], ["https://example.org/hidden", "Bearer hidden"]);
  await assert.rejects(world.open({ webhook: { url: URL, headers: { Authorization: "$ALERT_TEST_NOBODY" } } }), /no variable ALERT_TEST_NOBODY/);
});
