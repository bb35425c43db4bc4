/** Catches an end of an alert that is told too early, twice, never, to who was not told of the alert, or otherwise after a restart. */
import assert from "node:assert/strict";
import test from "node:test";
import { seededRandom } from "../../base/clock.ts";
import type { Cell } from "../../types/cell.ts";
import { AlertWorld, HOOK, MAIL } from "../../testing/alert-world.ts";

const TEMPLATE = { url: HOOK, template: { who: "{{user}}", n: "{{n}}", is: "{{$status}}", from: "{{$startedAt}}", to: "{{$resolvedAt}}", rows: "{{$alerts}}" } };
const row = (user: string, n: bigint, ok: boolean | null = null, at: bigint | null = null): Cell[] => [user, n, ok, at];
const MINUTE = 60_000_000, START = 1_000_000_000_000_000, iso = (micros: number) => new Date(micros / 1000).toISOString().replace(".000Z", "Z");
const world = () => new AlertWorld(), at = (minutes: number) => BigInt(START + minutes * MINUTE);
const short = (alerts: AlertWorld) => alerts.bodies.map(body => { const { who, n, is } = body as { who: string; n: number; is: string }; return `${who} ${n} ${is}`; });

test("a row that says its key is fine ends the alert once, and is none itself", async () => {
  const alerts = world(), options = { webhook: TEMPLATE, key: "user", recovery: { when: "ok" } };
  let sink = await alerts.open(options, { folder: "/checkpoint/sink" });
  await alerts.deliver(sink, 0, row("ann", 7n), row("bob", 0n, true), row("ann", 8n, false));
  await alerts.clock.advance(MINUTE);
  sink = await alerts.open(options, { folder: "/checkpoint/sink" });
  await alerts.deliver(sink, 1, row("ann", 1n, true), row("ann", 0n, true));
  await alerts.deliver(sink, 2, row("ann", 9n), row("ann", 2n, true));
  assert.deepEqual(short(alerts), ["ann 7 firing", "ann 8 firing", "ann 1 resolved", "ann 9 firing", "ann 2 resolved"], "bob never alerted");
  assert.deepEqual(alerts.bodies[2], { who: "ann", n: 1, is: "resolved", from: iso(START), to: iso(START + MINUTE), rows: 2 });
  assert.deepEqual(alerts.requests.map(({ headers }) => headers["Idempotency-Key"]), ["q-0-0", "q-0-2", "q-0-0-resolved", "q-2-0", "q-2-0-resolved"]);
});

test("no alert for the time ends it; alerts that are held back keep it on", async () => {
  const alerts = world(), options = { webhook: TEMPLATE, key: "user", dedupe: "1 hour", recovery: { resolveAfter: "5 minutes" } };
  let sink = await alerts.open(options, { folder: "/sink" });
  assert.equal(sink.dueMicros!(), undefined);
  await alerts.deliver(sink, 0, row("ann", 1n));
  await alerts.clock.advance(3 * MINUTE);
  await alerts.deliver(sink, 1, row("ann", 2n));
  assert.deepEqual([short(alerts), sink.dueMicros!()], [["ann 1 firing"], START + 8 * MINUTE]);
  await alerts.clock.advance(4 * MINUTE);
  await alerts.deliver(sink, 2);
  sink = await alerts.open(options, { folder: "/sink" });
  assert.deepEqual([short(alerts).length, sink.dueMicros!()], [1, START + 8 * MINUTE], "it goes on over a restart");
  await alerts.clock.advance(20 * MINUTE);
  await alerts.deliver(sink, 3, row("ann", 3n));
  assert.deepEqual(short(alerts), ["ann 1 firing", "ann 2 resolved", "ann 3 firing"], "what comes after the end is a new alert, however long the key is to be quiet");
  assert.deepEqual(alerts.bodies[1], { who: "ann", n: 2, is: "resolved", from: iso(START), to: iso(START + 8 * MINUTE), rows: 2 });
  assert.equal(sink.dueMicros!(), START + 32 * MINUTE);
});

test("by event time the watermark ends it, and rows act in the order of their time", async () => {
  const alerts = world(), options = { webhook: TEMPLATE, key: "user", recovery: { resolveAfter: "10 minutes", eventTime: "at" } };
  alerts.watermarkMicros = Number(at(0));
  const sink = await alerts.open(options, { folder: "/sink" });
  await alerts.deliver(sink, 0, row("ann", 1n, null, at(1)), row("bob", 1n, null, at(2)));
  await alerts.clock.advance(600 * MINUTE);
  await alerts.deliver(sink, 1);
  assert.deepEqual([short(alerts).length, sink.dueMicros!(), sink.dueWatermarkMicros!()], [2, undefined, Number(at(11))], "the machine's clock is nothing to it");
  alerts.watermarkMicros = Number(at(31));
  await alerts.deliver(sink, 2, row("ann", 3n, null, at(30)), row("ann", 2n, null, at(5)));
  assert.deepEqual(short(alerts).slice(2), ["ann 2 firing", "ann 2 resolved", "ann 3 firing", "bob 1 resolved"]);
  assert.deepEqual(alerts.bodies[3], { who: "ann", n: 2, is: "resolved", from: iso(Number(at(1))), to: iso(Number(at(15))), rows: 2 });
  assert.equal(sink.dueWatermarkMicros!(), Number(at(40)));
});

test("what is sent again after a crash is the same, and comes under the same key", async () => {
  const alerts = world(), options = { webhook: TEMPLATE, key: "user", retry: { attempts: 1 }, recovery: { resolveAfter: "5 minutes" } };
  let sink = await alerts.open(options, { folder: "/sink" });
  await alerts.deliver(sink, 0, row("ann", 1n), row("bob", 1n));
  await alerts.clock.advance(10 * MINUTE);
  alerts.answers = [{}, { status: 500 }];
  await assert.rejects(alerts.deliver(sink, 1), /MILLRACE_ALERT_FAILED/);
  await alerts.clock.advance(10 * MINUTE);
  sink = await alerts.open(options, { folder: "/sink" });
  assert.ok(sink.dueMicros!()! < alerts.clock.nowMicros());
  await alerts.deliver(sink, 1);
  const notices = alerts.requests.slice(2).map(({ body, headers }) => headers["Idempotency-Key"] + body);
  assert.deepEqual([notices.length, new Set(notices).size, notices[2], notices[3]], [4, 2, notices[0], notices[1]]);
  await alerts.deliver(sink, 2);
  assert.equal(alerts.requests.length, 6);
});

test("the end is told to those who were told of the alert", async () => {
  const alerts = world(), options = { webhook: TEMPLATE, mail: MAIL, key: "user", retry: { attempts: 1 }, deadLetterPath: "/letters", rateLimit: { max: 2, per: "1 hour" }, recovery: { when: "ok" } };
  const sink = await alerts.open(options, { folder: "/sink" });
  alerts.answers = [{ status: 400 }];
  await alerts.deliver(sink, 0, row("ann", 1n), row("bob", 1n), row("carl", 1n));
  assert.deepEqual([alerts.requests.length, alerts.mails.length, alerts.letters.map(({ channel, reason }) => `${channel}: ${reason}`)], [2, 2, ["webhook: the answer was 400", "webhook: more alerts than the rate limit allows", "mail: more alerts than the rate limit allows"]]);
  await alerts.deliver(sink, 1, row("ann", 0n, true), row("bob", 0n, true), row("carl", 0n, true));
  assert.deepEqual([short(alerts).slice(2), alerts.mails.length], [["bob 0 resolved"], 4], "a notice is no alert that the rate limit counts");
  const told = alerts.mails.slice(2).map(({ bytes }) => Buffer.from(bytes).toString());
  assert.match(told[0]!, /^Subject: Resolved: Alert: user ann\r$/m);
  assert.match(told[0]!, /^In-Reply-To: <q-0-0@example\.org>\r$/m);
  assert.match(told[0]!, /^Message-ID: <q-0-0-resolved@example\.org>\r$/m);
});

test("a template of its own says the end; without any it is the row and what the end is", async () => {
  const alerts = world(), own = await alerts.open({ webhook: { url: HOOK, template: { text: "{{user}}!" } }, key: "user", recovery: { when: "ok", template: { text: "{{user}} is fine after {{$alerts}}" } } }, { folder: "/own" });
  await alerts.deliver(own, 0, row("ann", 1n), row("ann", 0n, true));
  const plain = await alerts.open({ key: "user", recovery: { when: "ok" } }, { folder: "/plain" });
  await alerts.deliver(plain, 0, row("ann", 1n), row("ann", 0n, true));
  assert.deepEqual(alerts.bodies, [{ text: "ann!" }, { text: "ann is fine after 1" }, { user: "ann", n: 1, ok: null, at: null }, { user: "ann", n: 0, ok: true, at: null, $status: "resolved", $startedAt: iso(START), $resolvedAt: iso(START) }]);
});

test("of too many alerts that are not over the oldest are let go, and that is said", async () => {
  const alerts = world(), sink = await alerts.open({ key: "user", recovery: { resolveAfter: "5 minutes" } }, { folder: "/sink" });
  await alerts.deliver(sink, 0, ...Array.from({ length: 10_003 }, (_, i) => row(`user ${i}`, 1n)));
  assert.match(alerts.warnings.at(-1)!, /the end of 3 alerts will not be told/);
  await alerts.clock.advance(5 * MINUTE);
  await alerts.deliver(sink, 1);
  assert.equal(alerts.requests.length, 20_003);
});

/** The messages of random batches, by their key; `fails` says which sends fail and end the run, which then begins again. */
async function messages(seed: number, eventTime: boolean, fails: () => boolean): Promise<Map<string, string>> {
  const alerts = world(), { uint32 } = seededRandom(seed), options = { webhook: TEMPLATE, key: "user", retry: { attempts: 1 }, recovery: { when: "ok", resolveAfter: "5 minutes", ...(eventTime && { eventTime: "at" }) } };
  const sent = new Map<string, string>();
  let now = 0;
  alerts.watermarkMicros = eventTime ? Number(at(0)) : null;
  let sink = await alerts.open(options, { folder: "/sink" });
  for (let batchId = 0; batchId < 40; batchId++) {
    now += uint32() % 4;
    if (eventTime) alerts.watermarkMicros = Number(at(now));
    const rows = Array.from({ length: uint32() % 4 }, () => row(`user ${uint32() % 3}`, BigInt(uint32() % 10), uint32() % 4 === 0, at(now - (uint32() % 3))));
    for (let isDone = false; !isDone;) {
      alerts.answers = Array.from({ length: 20 }, () => (fails() ? { status: 500 } : {}));
      const before = alerts.requests.length;
      try {
        await alerts.deliverAt(sink, batchId, Number(at(now)), rows);
        isDone = true;
      } catch (error) {
        assert.equal((error as { condition: string }).condition, "MILLRACE_ALERT_FAILED");
        sink = await alerts.open(options, { folder: "/sink" });
      }
      for (const { headers, body } of alerts.requests.slice(before)) {
        const key = headers["Idempotency-Key"]!;
        assert.equal(sent.get(key) ?? body, body, `seed ${seed}: another body under ${key}`);
        sent.set(key, body);
      }
      // A run that is begun anew between batches knows all that the one before knew.
      if (isDone && fails()) sink = await alerts.open(options, { folder: "/sink" });
    }
  }
  return sent;
}

test("whatever fails and begins anew, the messages are those of a run that nothing disturbed", async () => {
  for (let seed = 1; seed <= 60; seed++) {
    const eventTime = seed % 2 === 0, { uint32 } = seededRandom(seed + 1000), calm = await messages(seed, eventTime, () => false);
    assert.deepEqual(await messages(seed, eventTime, () => uint32() % 5 === 0), calm, `seed ${seed}`);
    assert.ok([...calm.values()].some(body => body.includes("resolved")), `seed ${seed} ends nothing`);
  }
});

test("of each key alerts and ends take turns: an end has an alert before it, and only one", async () => {
  for (let seed = 1; seed <= 30; seed++) {
    const isOn = new Map<string, boolean>();
    for (const body of (await messages(seed, seed % 2 === 0, () => false)).values()) {
      const { who, is } = JSON.parse(body) as { who: string; is: string };
      assert.ok(is === "firing" || isOn.get(who) === true, `seed ${seed}: ${body}`);
      isOn.set(who, is === "firing");
    }
  }
});
