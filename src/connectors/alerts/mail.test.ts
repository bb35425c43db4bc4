/** Catches mail that says another thing than its row, is sent twice to who has it, is given up too early or too late, or tells a secret. */
import assert from "node:assert/strict";
import test from "node:test";
import { SmtpFailure } from "../smtp/session.ts";
import { smtpAddress } from "../smtp/address.ts";
import { AlertWorld, MAIL } from "../../testing/alert-world.ts";
import { mailSettings } from "./mail-options.ts";

const textOf = (mail: { readonly bytes: Uint8Array }): string => Buffer.from(mail.bytes).toString().replaceAll("=\r\n", "");

test("a row is a mail of its values; a template says it otherwise, and values do not become markup or headers", async () => {
  const world = new AlertWorld(), plain = await world.open({ mail: { ...MAIL, to: ["ops@example.org", "Ann <ann@example.org>"], cc: "bob@example.org" }, key: "user" });
  await world.deliver(plain, 3, ["ann", 9007199254740993n], ["x\r\nBcc: evil@example.org", null]);
  const [first, second] = world.mails.map(textOf);
  assert.deepEqual(world.mails[0]!.recipients, ["ops@example.org", "ann@example.org", "bob@example.org"]);
  assert.match(first!, /^From: Millrace <mill@example\.org>\r\nTo: ops@example\.org, Ann <ann@example\.org>\r\nCc: bob@example\.org\r\nSubject: Alert: user ann\r\nMessage-ID: <q-3-0@example\.org>\r\n/m);
  assert.match(first!, /user: ann\r?\nn: 9007199254740993\r?\n/);
  assert.match(first!, /^Auto-Submitted: auto-generated\r$/m);
  assert.doesNotMatch(second!.split("\r\n\r\n")[0]!, /^Bcc/m);
  const templates = await world.open({ mail: { ...MAIL, subject: "{{user}} has {{n}}", text: "batch {{$batchId}}", html: "<b>{{user}}</b> {{n}}" } });
  await world.deliver(templates, 0, ["<i>&\"'", 2n]);
  const made = textOf(world.mails[2]!);
  assert.match(made, /^Subject: =\?UTF-8\?Q\?=3Ci=3E=26=22=27_has_2\?/m);
  assert.match(made, /batch 0\r?\n/);
  assert.match(made, /<b>&lt;i&gt;&amp;&quot;&#39;<\/b> 2\r?\n/);
});

test("a mail that is sent again is the same to the byte", async () => {
  const world = new AlertWorld(), options = { mail: { ...MAIL, text: "{{user}}", html: "<p>{{user}}</p>" } };
  world.replies = [new SmtpFailure("mail", "the server said 451 later", 451, false)];
  await world.deliver(await world.open(options), 0, ["ann", 1n]);
  const moment = { batchTimeMicros: 1e15, watermarkMicros: null };
  assert.deepEqual([world.mails.length, Buffer.compare(world.mails[0]!.bytes, world.mails[1]!.bytes), world.connections], [2, 0, 2]);
  assert.match(textOf(world.mails[0]!), new RegExp(`^Date: ${new Date(moment.batchTimeMicros / 1000).toUTCString().replace("GMT", "\\+0000")}`, "m"));
});

test("4xx and no connection are tried again, 5xx is final; one connection serves a batch", async () => {
  const world = new AlertWorld(), sink = await world.open({ mail: MAIL, deadLetterPath: "/letters", retry: { attempts: 3 } });
  world.replies = [new SmtpFailure("address", "connect ECONNREFUSED", undefined, false), new SmtpFailure("mail", "the server said 421 closing", 421, false)];
  await world.deliver(sink, 0, ["ann", 1n], ["bob", 1n]);
  assert.deepEqual([world.mails.length, world.connections, world.letters.length], [4, 3, 0]);
  world.replies = [new SmtpFailure("mail", "the server said 552 too large", 552, true)];
  await world.deliver(sink, 1, ["carl", 1n]);
  world.replies = [new SmtpFailure("login", "the server said 535 no", 535, true)];
  await world.deliver(sink, 2, ["dora", 1n]);
  assert.equal(world.mails.length, 6);
  assert.deepEqual(world.letters.map(({ channel, reason }) => [channel, reason]), [["mail", "the server said 552 too large"], ["mail", "the login failed: the server said 535 no"]]);
  assert.deepEqual(world.letters[0]!.body, { subject: "Alert: user carl, n 1", text: "user: carl\nn: 1\n" });
});

test("who has the mail doesn't get it again; who can't get it is among the dead letters", async () => {
  const world = new AlertWorld(), sink = await world.open({ mail: { ...MAIL, to: ["a@x.org", "b@x.org", "c@x.org"] }, deadLetterPath: "/letters" });
  world.replies = [[{ recipient: "b@x.org", code: 450, text: "450 greylisted" }, { recipient: "c@x.org", code: 550, text: "550 no such user" }]];
  await world.deliver(sink, 0, ["ann", 1n]);
  assert.deepEqual(world.mails.map(({ recipients }) => recipients), [["a@x.org", "b@x.org", "c@x.org"], ["b@x.org"]]);
  assert.deepEqual(world.letters.map(({ reason }) => reason), ["not taken for c@x.org (550 no such user)"]);
  world.replies = [new SmtpFailure("mail", "all refused", 450, false, [{ recipient: "a@x.org", code: 550, text: "550 no" }, { recipient: "b@x.org", code: 550, text: "550 no" }, { recipient: "c@x.org", code: 550, text: "550 no" }])];
  await world.deliver(sink, 1, ["bob", 1n]);
  assert.equal(world.mails.length, 3);
});

test("options that are wrong are refused; a login wants an encrypted connection", () => {
  const refused = (mail: object, text: RegExp) => assert.throws(() => mailSettings({ ...MAIL, ...mail }), text);
  refused({ url: "http://x" }, /mail\.url is no address of a mail server/);
  refused({ url: undefined }, /mail\.url is missing/);
  refused({ to: "nobody" }, /mail\.to .* "nobody" is none/);
  refused({ to: "a@x.org, b@x.org" }, /several are a list/);
  refused({ from: "a@x.org\r\nBcc: b@x.org" }, /mail\.from/);
  refused({ form: "a@x.org" }, /did you mean mail\.from/);
  refused({ user: "me" }, /mail\.password is missing/);
  refused({ user: "me", password: "$NO_SUCH_VARIABLE" }, /no variable NO_SUCH_VARIABLE/);
  refused({ startTls: "maybe" }, /required, ifOffered, never/);
  process.env["MAIL_TEST_PASSWORD"] = "hidden";
  const address = smtpAddress({ url: "smtp://me@mail.example.org", password: "$MAIL_TEST_PASSWORD" });
  assert.deepEqual([address.display, address.port, address.startTls, address.password], ["smtp://mail.example.org:587", 587, "required", "hidden"]);
  assert.deepEqual([smtpAddress({ url: "smtps://mail.example.org" }).port, smtpAddress({ host: "h", port: "25" }).startTls], [465, "ifOffered"]);
});
