/** Catches mail that a real server doesn't get, gets unencrypted, gets twice for no reason, and secrets that come to light. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { bigint, boolean, schema, session, string } from "millrace";
import { alerts, type AlertOptions, type MailOptions } from "millrace/alerts";
import { seededRandom } from "../../src/base/clock.ts";
import { runThroughKills } from "./kit/kills.ts";
import { makeCertificates, type Certificates } from "./kit/certificates.ts";
import { MAIL_PASSWORD, MAIL_USER, MailServer } from "./kit/mail-server.ts";

const Row = schema({ user: string(), n: bigint(), ok: boolean() });
type RowOf = { user: string | null; n: bigint | null; ok: boolean | null };
process.env["MAIL_PASSWORD"] = MAIL_PASSWORD;

class Place {
  readonly folder = mkdtempSync(join(tmpdir(), "millrace-mail-"));
  readonly certificates: Certificates;
  #files = 0;

  constructor(t: TestContext) {
    t.after(() => rmSync(this.folder, { recursive: true, force: true }));
    mkdirSync(join(this.folder, "in"));
    this.certificates = makeCertificates(this.folder);
  }

  add(...rows: object[]): void { writeFileSync(join(this.folder, "in", `${String(this.#files++).padStart(4, "0")}.json`), rows.map(row => `${JSON.stringify(row)}\n`).join("")); }

  mail(server: MailServer, more: Partial<MailOptions> = {}): MailOptions {
    return { host: "127.0.0.1", port: server.port, user: MAIL_USER, password: "$MAIL_PASSWORD", caFile: this.certificates.caFile, from: "Mill <mill@example.org>", to: "ops@example.org", subject: "{{user}} {{$status}}", text: "{{user}} has {{n}}", ...more };
  }

  /** Mails what lies there. */
  async run(mail: MailOptions, more: Partial<AlertOptions<RowOf>> = {}): Promise<void> {
    await using mill = session({ timeZone: "UTC" });
    const query = await mill.readStream.schema(Row).json(join(this.folder, "in"), { maxFilesPerTrigger: 1 }).writeStream.trigger({ availableNow: true })
      .to(alerts<RowOf>({ mail, retry: { attempts: 4, initial: "10 milliseconds" }, ...more })).start({ checkpointLocation: join(this.folder, "checkpoint") });
    await query.awaitTermination();
  }

  get letters(): { reason: string; body: { subject: string } }[] {
    const folder = join(this.folder, "letters");
    return readdirSync(folder).flatMap(name => readFileSync(join(folder, name), "utf8").trim().split("\n")).map(line => JSON.parse(line) as never);
  }
}

/** All that an error says, with its causes. */
function told(error: unknown): string {
  const texts: string[] = [];
  for (let one = error; one !== undefined && one !== null; one = (one as Error).cause) texts.push(String(one), JSON.stringify(one), (one as Error).stack ?? "");
  return texts.join("\n");
}

test("alerts and their ends are mailed, encrypted by STARTTLS and after a login", { timeout: 60_000 }, async t => {
  const place = new Place(t);
  await using server = await MailServer.start(place.certificates);
  place.add({ user: "ann", n: 5 }, { user: "bob", n: 6 });
  place.add({ user: "ann", n: 0, ok: true }, { user: "carl", n: 0, ok: true });
  await place.run(place.mail(server), { key: "user", recovery: { when: "ok", text: "{{user}} is fine again" } });
  assert.deepEqual(server.got.map(({ subject, text, encrypted, user, recipients }) => [subject, text, encrypted, user, recipients]), [
    ["ann firing", "ann has 5", true, MAIL_USER, ["ops@example.org"]], ["bob firing", "bob has 6", true, MAIL_USER, ["ops@example.org"]], ["ann resolved", "ann is fine again", true, MAIL_USER, ["ops@example.org"]],
  ]);
  assert.equal(server.connections, 2, "one for each batch");
});

test("TLS from the first byte; without encryption only where that is asked for", { timeout: 60_000 }, async t => {
  const place = new Place(t);
  await using secure = await MailServer.start(place.certificates, { secure: true });
  await using plain = await MailServer.start(undefined, { allowInsecureAuth: true });
  place.add({ user: "ann", n: 1 });
  await place.run(place.mail(secure, { secure: true }));
  assert.deepEqual(secure.got.map(({ encrypted }) => encrypted), [true]);
  place.add({ user: "bob", n: 1 });
  await assert.rejects(place.run(place.mail(plain), { retry: { attempts: 1 } }), /MILLRACE_ALERT_FAILED.*no encrypted connection/s);
  assert.equal(plain.got.length, 0);
  await place.run(place.mail(plain, { startTls: "never" }));
  assert.deepEqual(plain.got.map(({ encrypted, subject }) => [encrypted, subject]), [[false, "bob firing"]]);
});

test("a wrong password, a certificate of a stranger: final, said, and kept secret", { timeout: 60_000 }, async t => {
  const place = new Place(t);
  await using server = await MailServer.start(place.certificates);
  place.add({ user: "ann", n: 1 });
  await assert.rejects(place.run(place.mail(server, { password: "a-wrong-password" })), error => {
    assert.match(String(error), /the login failed: the server said 535/);
    assert.ok(!/a-wrong-password|YS13cm9uZy1wYXNzd29yZA/.test(told(error)), told(error));
    return true;
  });
  assert.equal(server.connections, 1, "a refused login is not tried again");
  const { caFile: _, ...untrusting } = place.mail(server);
  await assert.rejects(place.run(untrusting, { retry: { attempts: 1 } }), /no encrypted connection: /);
  assert.equal(server.got.length, 0);
  for (const name of readdirSync(join(place.folder, "checkpoint"), { recursive: true, withFileTypes: true })) {
    if (name.isFile()) assert.ok(!readFileSync(join(name.parentPath, name.name)).includes(MAIL_PASSWORD), `${name.name} holds the password`);
  }
});

test("a server that is down at first, goes away, hangs up, is silent, or says later: the mail comes", { timeout: 60_000 }, async t => {
  const place = new Place(t);
  await using server = await MailServer.start(place.certificates);
  await server.stop();
  place.add({ user: "ann", n: 1 });
  const running = place.run(place.mail(server, { timeout: "1 second" }), { retry: { attempts: 50, initial: "20 milliseconds", max: "50 milliseconds" } });
  await new Promise(resolve => setTimeout(resolve, 200));
  await server.resume();
  await running;
  assert.deepEqual(server.got.map(({ subject }) => subject), ["ann firing"]);
  server.answers.push("hang up", 451, "silence", "taken");
  place.add({ user: "bob", n: 1 });
  await place.run(place.mail(server, { timeout: "300 milliseconds" }));
  assert.deepEqual([server.got.map(({ subject }) => subject), server.tries], [["ann firing", "bob firing"], 5]);
});

test("5xx and what is too large go to the dead letters, at once; the others are sent", { timeout: 60_000 }, async t => {
  const place = new Place(t);
  await using server = await MailServer.start(place.certificates, { size: 20_000 });
  server.answers.push(554);
  server.refused.set("gone@example.org", 550);
  place.add({ user: "ann", n: 1 }, { user: "x".repeat(30_000), n: 2 }, { user: "bob", n: 3 });
  await place.run(place.mail(server, { subject: "{{n}}", cc: ["gone@example.org"] }), { deadLetterPath: join(place.folder, "letters") });
  assert.deepEqual(server.got.map(({ subject, recipients }) => [subject, recipients]), [["3", ["ops@example.org"]]]);
  assert.deepEqual(place.letters.map(({ body, reason }) => [body.subject, reason.slice(0, 30)]), [["1", "the server said 554 not this o"], ["2", "Message size larger than allow"], ["3", "not taken for gone@example.org"]]);
});

const KILLS = Number(process.env["MILLRACE_KILLS"] ?? "3"), FILES = 60;

test(`${KILLS} kills: each row is mailed under one id, with one content`, { timeout: 120_000 }, async t => {
  const place = new Place(t), seed = Number(process.env["MILLRACE_SEED"] ?? Date.now() % 1_000_000), random = seededRandom(seed);
  await using server = await MailServer.start(place.certificates);
  for (let i = 0; i < FILES; i++) place.add({ id: 2 * i }, { id: 2 * i + 1 });
  await runThroughKills("mail-worker.ts", [String(server.port), place.folder, place.certificates.caFile], { kills: KILLS, effects: () => server.got.length, random });
  const subjects = new Map<string, string>();
  for (const { id, subject } of server.got) assert.equal(subjects.get(id) ?? subject, (subjects.set(id, subject), subject), `seed ${seed}: ${id}`);
  assert.deepEqual([...subjects.values()].map(Number).sort((a, b) => a - b), Array.from({ length: 2 * FILES }, (_, i) => i), `seed ${seed}`);
  console.log(`${server.got.length} mails for ${subjects.size} alerts, seed ${seed}`);
});
