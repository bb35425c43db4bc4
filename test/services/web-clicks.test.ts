/** Catches carts that the shop is not told of, or told of twice, from the posted click to the alert, by webhook and by mail. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { session } from "millrace";
import { clicks } from "../../examples/clickstream/data.ts";
import { clicksByHttp, freePort, leftCarts, post, shop, toShop } from "../../examples/web-clicks/main.ts";
import { MailServer } from "./kit/mail-server.ts";

const GAP = 1_800_000, DELAY = 600_000;

test("carts that were left behind are told to the shop, over a restart in the middle", { timeout: 60_000 }, async t => {
  const clicked = clicks(150), folder = mkdtempSync(join(tmpdir(), "millrace-web-clicks-")), port = await freePort(), receiver = await shop();
  await using mails = await MailServer.start(undefined);
  const mail = { host: "127.0.0.1", port: mails.port, from: "shop@example.org", to: "owner@example.org" };
  t.after(() => { receiver.close(); rmSync(folder, { recursive: true, force: true }); });
  await using mill = session({ timeZone: "UTC" });
  const start = async () => {
    const query = await leftCarts(mill.readStream.from(clicksByHttp(port, folder))).writeStream.to(toShop(receiver.url, folder, mail)).start({ checkpointLocation: join(folder, "checkpoint") });
    await query.processAllAvailable();
    return query;
  };
  const first = await start(), half = clicked.slice(0, 500);
  assert.equal(await post(port, half), half.length);
  await first.stop();
  const second = await start();
  assert.equal(await post(port, half.slice(400)), 100, "sent again under its key");
  assert.equal(await post(port, clicked.slice(500)), clicked.length - 500);
  await second.processAllAvailable();
  await second.processAllAvailable();

  const expected: string[] = [], closed = Math.max(...clicked.map(click => Date.parse(click.at))) - DELAY;
  for (const [user, all] of Map.groupBy(clicked, click => click.user)) {
    all.sort((a, b) => (a.at < b.at ? -1 : 1));
    for (let from = 0, i = 1; i <= all.length; i++) {
      if (i < all.length && Date.parse(all[i]!.at) < Date.parse(all[i - 1]!.at) + GAP) continue;
      const visit = all.slice(from, i), last = Date.parse(visit.at(-1)!.at), pages = new Set(visit.map(click => click.page));
      if (last + GAP <= closed && pages.has("/cart") && !pages.has("/order")) expected.push(`${user} ${last} ${visit.length}`);
      from = i;
    }
  }
  assert.ok(expected.length > 20, `${expected.length}`);
  assert.deepEqual([...receiver.got.values()].map(({ user, last, clicks }) => `${user} ${Date.parse(last)} ${clicks}`).sort(), expected.sort());
  const told = new Map(mails.got.map(({ id, subject, text }) => [id, `${subject}: ${text}`]));
  assert.deepEqual([...told.values()].sort(), [...receiver.got.values()].map(({ user, last, clicks }) => `${user} left a cart behind: ${clicks} clicks, the last at ${last}`).sort());
});
