/**
 * Carts that were left behind: a shop's pages post their clicks, and visits that came to the cart and ended without an
 * order become alerts. Clicks are acknowledged when they are on disk; an alert comes again after a crash under the same key.
 *
 * Alerts go to a webhook, and by mail as well where a server is named: MAIL=smtp://user:$MAIL_PASSWORD@host MAIL_TO=you@example.org
 */
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bigint, schema, session, string, timestamp, type DataFrame, type Infer } from "millrace";
import { alerts, type MailOptions } from "millrace/alerts";
import { count, count_if, max, session_window } from "millrace/functions";
import { httpIngest } from "millrace/http";
import { clicks } from "../clickstream/data.ts";

export const Click = schema({ at: timestamp().notNull(), user: string().notNull(), page: string().notNull() });
export type Click = Infer<typeof Click>;

export const clicksByHttp = (port: number, folder: string) => httpIngest({ port, path: "/clicks", schema: Click, spool: `${folder}/spool` });

export const leftCarts = (clicked: DataFrame<Click>) => clicked
  .withWatermark("at", "10 minutes")
  .groupBy(r => ({ visit: session_window(r.at, "30 minutes"), user: r.user }))
  .agg(r => ({ clicks: count(), last: max(r.at), carts: count_if(r.page.eq("/cart")), orders: count_if(r.page.eq("/order")) }))
  .where(r => r.carts.gt(0).and(r.orders.eq(0)))
  .select(r => ({ user: r.user, last: r.last, clicks: r.clicks }));

export const toShop = (url: string, folder: string, mail?: MailOptions) => alerts<{ user: string; last: object | null; clicks: bigint }>({
  webhook: { url, template: { user: "{{user}}", last: "{{last}}", clicks: "{{clicks}}", text: "{{user}} left a cart behind after {{clicks}} clicks" } },
  ...(mail && { mail: { subject: "{{user}} left a cart behind", text: "{{clicks}} clicks, the last at {{last}}\n", ...mail } }),
  deadLetterPath: `${folder}/undelivered`,
});

export interface Alert { readonly user: string; readonly last: string; readonly clicks: number; readonly text: string }

/** A shop that gets alerts and drops those whose key it knows. */
export async function shop(): Promise<{ readonly url: string; readonly got: Map<string, Alert>; close(): void }> {
  const got = new Map<string, Alert>(), server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (text: string) => { body += text; }).on("end", () => {
      got.set(String(request.headers["idempotency-key"]), JSON.parse(body) as Alert);
      response.end();
    });
  });
  const port = await listen(server);
  return { url: `http://127.0.0.1:${port}/carts`, got, close: () => { server.closeAllConnections(); server.close(); } };
}

/** Posts clicks by the hundred; each request has a key, so it may be sent again when nobody knows what became of it. */
export async function post(port: number, all: readonly object[], size = 100): Promise<number> {
  let rows = 0;
  for (let from = 0; from < all.length; from += size) {
    const response = await fetch(`http://127.0.0.1:${port}/clicks`, {
      method: "POST", headers: { "content-type": "application/json", "idempotency-key": `clicks from ${JSON.stringify(all[from])}` }, body: JSON.stringify(all.slice(from, from + size)),
    });
    const answer = await response.json() as { rows: number };
    if (response.status !== 200) throw new Error(JSON.stringify(answer));
    rows += answer.rows;
  }
  return rows;
}

/** A port that is free now. */
export async function freePort(): Promise<number> {
  const server = createServer(), port = await listen(server);
  await new Promise(closed => server.close(closed));
  return port;
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>(listening => server.listen(0, "127.0.0.1", listening));
  return (server.address() as AddressInfo).port;
}

if (import.meta.main) {
  const folder = mkdtempSync(join(tmpdir(), "millrace-web-clicks-")), port = await freePort(), receiver = await shop();
  const { MAIL, MAIL_TO } = process.env, mail = MAIL === undefined || MAIL_TO === undefined ? undefined : { url: MAIL, from: MAIL_TO, to: MAIL_TO };
  await using mill = session({ timeZone: "UTC" });
  const query = await leftCarts(mill.readStream.from(clicksByHttp(port, folder))).writeStream.to(toShop(receiver.url, folder, mail)).start({ checkpointLocation: `${folder}/checkpoint` });
  await query.processAllAvailable();
  console.log(`${await post(port, clicks(200))} clicks were acknowledged`);
  await query.processAllAvailable();
  await query.stop();
  receiver.close();
  rmSync(folder, { recursive: true });
  await mill.createDataFrame([...receiver.got.values()].map(({ user, last, clicks }) => ({ user, last, clicks: BigInt(clicks) })), schema({ user: string(), last: string(), clicks: bigint() })).show();
}
