/** One HTTP server for each address of the process, with the routes of all sources that take requests there. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { AnalysisError } from "../../base/errors.ts";
import { IngestError, errorBody, statusOf } from "./ingest-errors.ts";
import { TAKEN_ENCODINGS } from "./unpack.ts";

/** Answers one request with a JSON value, or throws. */
export type RouteHandler = (request: IncomingMessage) => Promise<object>;

const REQUEST_MILLIS = 30_000, RETRY_AFTER_SECONDS = "1";
const servers = new Map<string, Promise<IngestServer>>();

/** Adds a route; the server starts with its first one and ends with its last. @throws AnalysisError MILLRACE_ROUTE_TAKEN; the system's error if the port is taken */
export async function addRoute(host: string, port: number, path: string, handler: RouteHandler): Promise<{ stop(): void }> {
  const address = `${host}:${port}`;
  for (;;) {
    const coming = servers.get(address) ?? startServer(address, host, port), server = await coming;
    if (!server.ended) return server.add(path, handler);
    await server.closed;
    if (servers.get(address) === coming) servers.delete(address);
  }
}

function startServer(address: string, host: string, port: number): Promise<IngestServer> {
  const server = new IngestServer();
  const started = server.listen(host, port).then(() => server);
  servers.set(address, started);
  started.catch(() => servers.delete(address));
  return started;
}

class IngestServer {
  readonly #routes = new Map<string, RouteHandler>();
  readonly #server: Server;
  readonly #closed = Promise.withResolvers<void>();
  ended = false;

  constructor() {
    this.#server = createServer((request, response) => void this.#answer(request, response));
    this.#server.requestTimeout = REQUEST_MILLIS;
    this.#server.on("close", () => this.#closed.resolve());
  }

  get closed(): Promise<void> { return this.#closed.promise; }

  async listen(host: string, port: number): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#server.once("error", reject);
    this.#server.listen(port, host, resolve);
    await promise;
    this.#server.off("error", reject);
  }

  add(path: string, handler: RouteHandler): { stop(): void } {
    if (this.#routes.has(path)) throw new AnalysisError({ condition: "MILLRACE_ROUTE_TAKEN", sqlState: "42710", message: `Another source takes requests at ${path} already.`, messageParameters: { path }, hint: "give each source its own path or port" });
    this.#routes.set(path, handler);
    return {
      stop: () => {
        if (this.#routes.get(path) !== handler) return;
        this.#routes.delete(path);
        if (this.#routes.size > 0) return;
        this.ended = true;
        // Requests that are being answered are answered to the end; connections that wait for another one go.
        this.#server.close();
        this.#server.closeIdleConnections();
      },
    };
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let status = 200, body: object;
    try {
      const path = new URL(request.url ?? "/", "http://ingest").pathname, handler = this.#routes.get(path);
      if (handler === undefined) throw this.ended ? new IngestError(503, "MILLRACE_SPOOL_UNAVAILABLE", "The query stops.") : new IngestError(404, "MILLRACE_NOT_FOUND", `Nothing is taken at ${path}.`);
      body = await handler(request);
    } catch (error) {
      status = statusOf(error);
      body = errorBody(error);
    }
    if (response.destroyed) return;
    const text = JSON.stringify(body), unread = !request.complete;
    response.writeHead(status, {
      "Content-Type": "application/json; charset=utf-8", "Content-Length": Buffer.byteLength(text), "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff",
      ...((status === 429 || status === 503) && { "Retry-After": RETRY_AFTER_SECONDS }),
      ...(status === 401 && { "WWW-Authenticate": "Bearer" }),
      ...(status === 405 && { Allow: "POST" }),
      ...(status === 415 && { "Accept-Encoding": TAKEN_ENCODINGS }),
      ...((this.ended || unread) && { Connection: "close" }),
    });
    response.end(text);
    if (unread) request.resume(); // what still comes is thrown away, until the request's time is over
  }
}
