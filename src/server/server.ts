/**
 * The live page's server: HTTP on loopback (or with a token beyond it), the JSON API, server-sent events, Prometheus metrics
 * and the built page. It reads the engine only through `EngineView`.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { hostname } from "node:os";
import { gzipSync } from "node:zlib";
import { packageFile } from "../base/package-root.ts";
import { type Clock, systemClock } from "../base/clock.ts";
import { MillraceError } from "../base/errors.ts";
import { type About, apiVersion } from "./api-types.ts";
import { answerQuery } from "./query-routes.ts";
import type { EngineView } from "./engine-view.ts";
import { EventClient } from "./events.ts";
import { iso } from "./format.ts";
import { metricsText } from "./metrics.ts";
import { Monitor, split } from "./monitor.ts";
import { processMeter, type ProcessMeter } from "./process-meter.ts";
import { redactJson } from "./redact.ts";
import { Gate, HttpError, isLoopback, securityHeaders } from "./safety.ts";
import { StaticFiles } from "./static-files.ts";

export interface ServerOptions {
  readonly engine: EngineView;
  /** Any but a loopback address needs `token`. */
  readonly host?: string;
  /** If it is taken, the next free one of the 50 after it. 0: any. */
  readonly port?: number;
  /** At least 16 characters. */
  readonly token?: string;
  /** Further host names under which the page is reached. */
  readonly hostNames?: readonly string[];
  /** Lets the page stop queries. */
  readonly actions?: boolean;
  readonly clock?: Clock;
  readonly meter?: ProcessMeter;
  /** Where the built page is. */
  readonly uiFolder?: string;
  /** Keeps the process alive while the server listens. */
  readonly keepAlive?: boolean;
}

export interface LivePage {
  readonly host: string;
  readonly port: number;
  /** Where to open it; with a token, a link that works once. */
  readonly url: string;
  /** Another such link. */
  link(): string;
  readonly monitor: Monitor;
  /** Says `bye` to all pages and stops listening. */
  close(reason?: string): Promise<void>;
}

const builtPage = packageFile("build", "ui");
const bodyBytes = 1_000_000, portsTried = 50;

/** Starts to listen. Throws MILLRACE_PAGE_TOKEN_REQUIRED, or the system's error if no port is free. */
export async function startServer(options: ServerOptions): Promise<LivePage> {
  const { engine, host = "127.0.0.1", port = 4040, token, clock = systemClock, actions = false } = options;
  const gate = new Gate(host, token ?? null, options.hostNames);
  const monitor = new Monitor(engine, clock, options.meter ?? processMeter(), Math.floor(clock.nowMicros() / 1e3).toString(36));
  const files = new StaticFiles(options.uiFolder ?? builtPage);
  const about = (): About => ({
    apiVersion, version: engine.about.version, node: process.versions.node, host: hostname(), pid: process.pid, startedAt: iso(engine.about.startedAtMicros),
    now: iso(clock.nowMicros()), timeZone: engine.about.timeZone, canAct: actions,
  });
  const server = createServer((request, response) => {
    handle(request, response).catch(error => sendError(request, response, error));
  });
  server.requestTimeout = 30_000;

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    for (const [name, value] of Object.entries(securityHeaders)) response.setHeader(name, value);
    const url = new URL(request.url ?? "/", "http://page"), path = url.pathname, changes = request.method !== "GET" && request.method !== "HEAD";
    const once = url.searchParams.get("once");
    if (once !== null && !changes) {
      const cookie = gate.redeem(once);
      if (cookie !== null) {
        response.writeHead(303, { Location: path, "Set-Cookie": cookie, "Cache-Control": "no-store" });
        response.end();
        return;
      }
    }
    gate.check(request, changes, path === "/events");
    if (changes) return await change(request, response, path);
    if (path === "/events") return events(request, response, url);
    if (path === "/metrics") {
      const summaries = monitor.summaries();
      response.writeHead(200, { "Content-Type": "text/plain; version=0.0.4; charset=utf-8", "Cache-Control": "no-store" });
      response.end(metricsText(summaries, monitor.process(summaries)));
      return;
    }
    if (path === "/api") return sendJson(request, response, 200, about());
    if (path === "/api/process") return sendJson(request, response, 200, monitor.process());
    if (path === "/api/queries") {
      const state = url.searchParams.get("state");
      return sendJson(request, response, 200, monitor.summaries().filter(summary => state === null || summary.state === state));
    }
    if (path.startsWith("/api/queries/")) return sendJson(request, response, 200, await answerQuery(monitor, path.slice("/api/queries/".length), url.searchParams));
    if (path.startsWith("/api/")) throw new HttpError(404, "MILLRACE_NOT_FOUND", `There is no ${path}.`, "GET /api/queries lists the queries.");
    if (files.serve(path.slice(1), request, response)) return;
    if (/\.\w+$/.test(path) && !path.startsWith("/queries/")) throw new HttpError(404, "MILLRACE_NOT_FOUND", `There is no ${path}.`);
    files.html(request, response, { about: about(), queries: monitor.summaries(), process: monitor.process() }, path.startsWith("/queries/"));
  }

  function events(request: IncomingMessage, response: ServerResponse, url: URL): void {
    const topics = new Set((url.searchParams.get("topics") ?? "queries").split(",").filter(topic => topic !== "").slice(0, 20).map(topic => {
      const [kind, id] = split(topic), query = id === undefined ? undefined : monitor.find(id);
      return query === undefined ? topic : `${kind}:${query.id}`;
    }));
    response.writeHead(200, { "Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-store", "X-Accel-Buffering": "no" });
    response.socket?.setNoDelay(true);
    const client = new EventClient(response, topics);
    response.on("close", () => monitor.clientsChanged());
    const last = request.headers["last-event-id"] ?? url.searchParams.get("lastEventId") ?? undefined;
    monitor.hub.join(client, response, typeof last === "string" ? last : undefined, { apiVersion, now: iso(clock.nowMicros()), topics: [...topics], about: about() }, () => monitor.snapshot(client));
    monitor.clientsChanged();
  }

  async function change(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
    if (request.method !== "POST" && request.method !== "DELETE") throw new HttpError(405, "MILLRACE_METHOD_NOT_ALLOWED", `${request.method} is not used here.`);
    const body = await readBody(request);
    if (!actions) throw new HttpError(403, "MILLRACE_ACTIONS_OFF", "This page may only look.", "session({ page: { actions: true } }) lets it act.");
    const [, idOrName] = /^\/api\/queries\/([^/]+)\/stop$/.exec(path) ?? [];
    if (idOrName === undefined) throw new HttpError(404, "MILLRACE_NOT_FOUND", `There is no action ${path}.`);
    const query = monitor.find(decodeURIComponent(idOrName));
    if (query === undefined) throw new HttpError(404, "MILLRACE_NOT_FOUND", `There is no query ${decodeURIComponent(idOrName)}.`);
    if (query.end() !== null) throw new HttpError(409, "MILLRACE_QUERY_ENDED", "The query has ended already.");
    if (query.stop === undefined) throw new HttpError(409, "MILLRACE_UNSUPPORTED", "This query can't be stopped from the page.");
    await query.stop({ drain: (body as { drain?: unknown }).drain === true });
    sendJson(request, response, 200, monitor.summary(query));
  }

  const listening = await listen(server, host, port).catch(error => {
    monitor.close("could not listen");
    throw error;
  });
  if (options.keepAlive !== true) server.unref();
  const shown = host === "0.0.0.0" || host === "::" ? hostname() : host.includes(":") ? `[${host}]` : host;
  const base = `http://${shown}:${listening}`;
  const link = () => token === undefined ? `${base}/` : `${base}/?once=${gate.makeLink()}`;
  return {
    host, port: listening, url: link(), link, monitor,
    close(reason = "the process ended") {
      monitor.close(reason);
      return new Promise(resolve => {
        server.close(() => resolve());
        server.closeIdleConnections();
        setImmediate(() => server.closeAllConnections());
      });
    },
  };

}

async function listen(server: Server, host: string, port: number): Promise<number> {
  for (let tried = 0; ; tried++) {
    try {
      await new Promise<void>((resolve, reject) => {
        server.once("error", reject);
        server.listen(port === 0 ? 0 : port + tried, host, () => {
          server.off("error", reject);
          resolve();
        });
      });
      const address = server.address();
      return typeof address === "object" && address !== null ? address.port : port;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE" || port === 0 || tried + 1 >= portsTried) throw error;
    }
  }
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    if (size > bodyBytes) throw new HttpError(400, "MILLRACE_BODY_TOO_LARGE", `A body has at most ${bodyBytes} bytes.`);
    chunks.push(chunk as Buffer);
  }
  if (size === 0) return {};
  try {
    const body: unknown = JSON.parse(Buffer.concat(chunks).toString("utf8"));
    if (typeof body === "object" && body !== null) return body;
  } catch { /* told below */ }
  throw new HttpError(400, "MILLRACE_MALFORMED_BODY", "The body must be a JSON object.");
}

export function sendJson(request: IncomingMessage, response: ServerResponse, status: number, value: unknown): void {
  const text = Buffer.from(JSON.stringify(value)), zip = text.length > 1_000 && /\bgzip\b/.test(request.headers["accept-encoding"] ?? "");
  const body = zip ? gzipSync(text, { level: 1 }) : text;
  response.writeHead(status, {
    "Content-Type": "application/json; charset=utf-8", "Content-Length": body.length, "Cache-Control": "no-store", Vary: "Accept-Encoding", ...(zip ? { "Content-Encoding": "gzip" } : {}),
  });
  response.end(request.method === "HEAD" ? undefined : body);
}

function sendError(request: IncomingMessage, response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const known = error instanceof MillraceError ? error : new HttpError(500, "MILLRACE_INTERNAL", error instanceof Error ? error.message : String(error));
  const status = known instanceof HttpError ? known.status : 400;
  sendJson(request, response, status, { error: redactJson(known.toJSON()) });
}

export { isLoopback };
