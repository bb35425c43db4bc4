/** Alerts by mail hold what every connector must: kit/contract.ts. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { alerts } from "millrace/alerts";
import { makeCertificates } from "./kit/certificates.ts";
import { sinkContract, type Row } from "./kit/contract.ts";
import { linesBelow } from "./kit/contract-folders.ts";
import { MAIL_PASSWORD, MAIL_USER, MailServer } from "./kit/mail-server.ts";
import { ThrottledProxy } from "./kit/proxy.ts";

const SECRET = "not-the-password", MALFORMED = "malformed", MAX_BYTES = 1 << 20;

sinkContract("Alerts by mail", async () => {
  const folder = mkdtempSync(join(tmpdir(), "millrace-mail-contract-")), certificates = makeCertificates(folder), server = await MailServer.start(certificates, { size: MAX_BYTES });
  server.refusedText = MALFORMED;
  let proxy: ThrottledProxy | undefined;
  const placeOf = (name: string, port: number, password: string) => ({
    name, with: (other: string) => placeOf(name, port, other),
    end: {
      format: "alerts", options: { alerts: JSON.stringify(alerts<Row>({
        mail: { host: "127.0.0.1", port, user: MAIL_USER, password, caFile: certificates.caFile, from: "mill@example.org", to: `${name}@example.org`, subject: "{{id}}", text: "{{text}}" },
        retry: { attempts: 2, initial: "10 milliseconds", max: "100 milliseconds" }, ...(name === "malformed" && { deadLetterPath: join(folder, name) }),
      }).options["alerts" as never]) },
    },
    /** Each once under its Message-ID, as a reader shows them. */
    rows: async (): Promise<readonly Row[]> => {
      const rows = new Map<string, Row>();
      for (const { id, subject, text } of server.got.filter(({ recipients }) => recipients[0] === `${name}@example.org`)) {
        const row = { id: Number(subject), text }, before = rows.get(id);
        if (before !== undefined) assert.deepEqual(row, before, "another mail under the same Message-ID");
        rows.set(id, row);
      }
      return [...rows.values()];
    },
  });
  return {
    many: 1000, rowBytes: 100_000,
    async place(name, { bytesPerSecond }) {
      if (bytesPerSecond !== undefined) proxy ??= await ThrottledProxy.start(() => ({ host: "127.0.0.1", port: server.port }), bytesPerSecond);
      return placeOf(name.toLowerCase(), bytesPerSecond === undefined ? server.port : proxy!.port, MAIL_PASSWORD);
    },
    service: { crash: () => server.stop(), resume: () => server.resume(), isDown: /MILLRACE_ALERT_FAILED[^]*127\.0\.0\.1:\d+/ },
    credentials: { wrong: place => (place as ReturnType<typeof placeOf>).with(SECRET), secret: SECRET, refusal: /MILLRACE_ALERT_FAILED[^]*the login failed/ },
    tooLarge: { bytes: MAX_BYTES + 1, becomes: /MILLRACE_ALERT_FAILED[^]*(?:552|larger than allowed)/ },
    malformed: { row: { id: 99, text: MALFORMED }, letters: () => linesBelow(join(folder, "malformed")), says: /malformed/ },
    changes: { none: "an alert is what the row is" },
    async [Symbol.asyncDispose]() {
      await proxy?.[Symbol.asyncDispose]();
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
});
