/** Catches a check of a connection that finds nothing wrong where something is, or says the wrong thing is, or tells a password. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test, type TestContext } from "node:test";
import { createServer as createTlsServer } from "node:tls";
import { main } from "../../src/cli/main.ts";
import type { Terminal } from "../../src/cli/terminal.ts";
import { makeCertificates, type Certificates } from "./kit/certificates.ts";
import { KafkaBroker, USERS } from "./kit/kafka-broker.ts";
import { KafkaClient } from "./kit/kafka-client.ts";
import { MAIL_PASSWORD, MAIL_USER, MailServer } from "./kit/mail-server.ts";
import { freePort } from "./kit/service.ts";

let folder: string, certificates: Certificates, broker: KafkaBroker;
before(async () => {
  folder = mkdtempSync(join(tmpdir(), "millrace-check-"));
  certificates = makeCertificates(folder);
  // Rights are asked for: whoever comes without a login may do all, `plain` nothing.
  broker = await KafkaBroker.start({ "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer", "super.users": "User:ANONYMOUS;User:scram" }, { sasl: true });
  await using client = new KafkaClient(broker.address);
  await client.createTopic("orders", 3);
});
after(async () => {
  await broker?.[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

async function check(...args: string[]): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  let out = "", err = "";
  const code = await main(["check-connection", ...args], { out: (text: string) => { out += text; }, err: (text: string) => { err += text; } } as unknown as Terminal);
  assert.doesNotMatch(out + err, new RegExp(`${MAIL_PASSWORD}|${USERS.plain}|not-this-one`));
  return { code, out, err };
}

/** The last finding is the one that is wrong, if the check ends with it. */
async function finds(expected: RegExp, ...args: string[]): Promise<void> {
  const { code, out, err } = await check(...args), isBad = expected.source.startsWith("BAD");
  assert.equal(code, isBad ? 1 : 0, out + err);
  assert.match(out, expected);
  assert.equal(out.match(/^BAD/gm)?.length ?? 0, isBad ? 1 : 0, out);
}

/** What takes TLS off and sends the rest to the broker, or is silent. */
async function listener(t: TestContext, kind: "tls" | "silent"): Promise<number> {
  const [host, port] = broker.address.split(":") as [string, string];
  const server = kind === "silent" ? createServer(socket => { socket.on("error", () => {}); }) : createTlsServer({ key: certificates.key, cert: certificates.cert }, socket => {
    const behind = connect(Number(port), host);
    socket.on("error", () => behind.destroy()).pipe(behind).on("error", () => socket.destroy()).pipe(socket);
  });
  server.on("tlsClientError", () => {});
  await new Promise<void>(resolve => server.listen(0, "127.0.0.1", resolve));
  t.after(() => { server.close(); });
  return (server.address() as AddressInfo).port;
}

test("Kafka: each of address, TLS, login, object and right", { timeout: 120_000 }, async t => {
  await finds(/^ok {2}address[^]*- {3}encryption[^]*- {3}login[^]*ok {2}object +the topic orders is there, with 3 partitions\nok {2}right to read[^]*ok {2}right to write/, `kafka://${broker.address}/orders`);
  await finds(/BAD object +there is no topic ordres/, `kafka://${broker.address}`, "--topic", "ordres");
  await finds(/BAD address +nobody answers at 127\.0\.0\.1:\d+ \(ECONNREFUSED\)/, `kafka://127.0.0.1:${await freePort()}`);
  const passwordFile = join(folder, "password");
  writeFileSync(passwordFile, `${USERS.scram}\n`);
  await finds(/^ok {2}address[^]*ok {2}login +user scram[^]*ok {2}right to write/, `kafka://scram@${broker.saslAddress}/orders`, "--mechanism", "SCRAM-SHA-256", "--password-file", passwordFile);
  await finds(/BAD login +the broker refused plain/, `kafka://plain:not-this-one@${broker.saslAddress}/orders`);
  process.env["KAFKA_PASSWORD"] = USERS.plain;
  await finds(/BAD right +the topic orders may not be seen/, `kafka://plain:$KAFKA_PASSWORD@${broker.saslAddress}/orders`);
  await finds(/BAD login +the broker closes the connection or is silent: it wants TLS/, `kafka://127.0.0.1:${await listener(t, "tls")}`);
  const encrypted = `kafkas://127.0.0.1:${await listener(t, "tls")}/orders`;
  await finds(/^ok {2}address[^]*ok {2}encryption +the connection is encrypted, TLSv1\.3/, encrypted, "--ca-file", certificates.caFile);
  await finds(/BAD encryption +the broker's certificate is not trusted/, encrypted);
  await finds(/BAD encryption +no TLS is spoken there/, `kafkas://${broker.address}`);
});

test("mail: each of address, TLS, login and right", { timeout: 120_000 }, async () => {
  await using server = await MailServer.start(certificates);
  await using plain = await MailServer.start(undefined);
  server.refused.set("gone@example.org", 550);
  process.env["MAIL_PASSWORD"] = MAIL_PASSWORD;
  const url = `smtp://${MAIL_USER}:$MAIL_PASSWORD@127.0.0.1:${server.port}`, trusted = ["--ca-file", certificates.caFile];
  await finds(/^ok {2}address[^]*ok {2}encryption +the connection is encrypted, TLSv1\.3\nok {2}login +user mill\nok {2}right +a@example\.org may send to b@example\.org\n$/, url, ...trusted, "--from", "a@example.org", "--to", "b@example.org");
  await finds(/BAD right +a@example\.org may not send to gone@example\.org: 550/, url, ...trusted, "--from", "a@example.org", "--to", "b@example.org", "--to", "gone@example.org");
  assert.deepEqual([server.tries, server.got.length], [0, 0], "nothing is sent");
  await finds(/BAD login +user mill was refused: the server said 535/, `smtp://${MAIL_USER}:not-this-one@127.0.0.1:${server.port}`, ...trusted);
  await finds(/BAD encryption +STARTTLS was not agreed on: .*certificate/, url);
  await finds(/BAD encryption +TLS was not agreed on/, `smtps://127.0.0.1:${server.port}`);
  await finds(/BAD encryption +STARTTLS was not agreed on/, `smtp://${MAIL_USER}:$MAIL_PASSWORD@127.0.0.1:${plain.port}`);
  await finds(/^ok {2}address[^]*- {3}encryption +the connection is not encrypted/, `smtp://127.0.0.1:${plain.port}`);
  await finds(/- {3}login +none was given\nok {2}right/, `smtp://127.0.0.1:${plain.port}`, "--from", "a@example.org", "--to", "b@example.org");
  await finds(/BAD address +no mail server answers at smtp:\/\/127\.0\.0\.1:\d+: .*ECONNREFUSED/, `smtp://127.0.0.1:${await freePort()}`);
});

test("an address of another kind, and options that don't go with it, are refused", async () => {
  assert.match((await check("amqp://localhost")).err, /knows postgresql:\/\/, kafka:\/\/.*, not amqp:/);
  assert.match((await check("smtp://localhost", "--table", "t")).err, /--table has no meaning for smtp:\/\//);
  assert.match((await check("kafka://me@localhost")).err, /a login is a user and a password/);
  assert.match((await check("smtp://localhost", "--from", "a@b.org")).err, /--from and --to go together/);
});
