/**
 * Who may ask: the Host must be a known name (against DNS rebinding), the Origin our own where it matters, and beyond
 * loopback there must be a token.
 */
import { timingSafeEqual, createHash, randomBytes } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";
import { hostname } from "node:os";
import { MillraceError } from "../base/errors.ts";

export const securityHeaders: Readonly<Record<string, string>> = {
  "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Cross-Origin-Opener-Policy": "same-origin",
};

/** An answer that is an error: its HTTP status and the error as the API gives it. */
export class HttpError extends MillraceError {
  readonly status: 400 | 401 | 403 | 404 | 405 | 409 | 429 | 500 | 503;
  constructor(status: HttpError["status"], condition: string, message: string, hint?: string) {
    super({ condition, sqlState: "08000", message, hint });
    this.status = status;
  }
}

const loopback = new Set(["localhost", "127.0.0.1", "[::1]", "::1"]);
export const isLoopback = (host: string): boolean => loopback.has(host) || /^127(\.\d+){3}$/.test(host);

const cookieName = "millrace";

export class Gate {
  readonly #names: ReadonlySet<string>;
  readonly #anyAddress: boolean;
  readonly #token: string | null;
  readonly #links = new Set<string>();
  readonly #sessions = new Set<string>();

  /** `token` is required beyond loopback. `names`: further names under which the page is reached. */
  constructor(host: string, token: string | null, names: readonly string[] = []) {
    if (!isLoopback(host) && (token === null || token.length < 16)) {
      throw new HttpError(403, "MILLRACE_PAGE_TOKEN_REQUIRED", `The live page can't listen on ${host} without a token of at least 16 characters.`, "Give a token, or listen on 127.0.0.1.");
    }
    this.#anyAddress = !isLoopback(host);
    this.#names = new Set([...loopback, host, ...names, ...(this.#anyAddress ? [hostname()] : [])].map(name => name.toLowerCase()));
    this.#token = token;
  }

  /** Throws what is to be answered. `changes`: a request that does something; `sensitive`: one whose Origin matters. */
  check(request: IncomingMessage, changes: boolean, sensitive: boolean): void {
    const host = request.headers.host ?? "";
    if (!this.#knows(host)) throw new HttpError(403, "MILLRACE_UNKNOWN_HOST", "This name is not one of the live page's.", "Open it under the address that was printed at the start.");
    const origin = request.headers.origin;
    if (changes || sensitive) {
      if (origin !== undefined && !sameHost(origin, host)) throw new HttpError(403, "MILLRACE_FOREIGN_ORIGIN", "Only the live page itself may ask this.");
      const site = request.headers["sec-fetch-site"];
      if (site !== undefined && site !== "same-origin" && site !== "none") throw new HttpError(403, "MILLRACE_FOREIGN_ORIGIN", "Only the live page itself may ask this.");
    }
    if (changes && request.headers["x-millrace"] !== "1") throw new HttpError(403, "MILLRACE_HEADER_REQUIRED", "The header X-Millrace: 1 is missing.");
    if (this.#token !== null && !this.#authorized(request)) throw new HttpError(401, "MILLRACE_TOKEN_REQUIRED", "A token is needed.", "Open the link that was printed at the start, or send Authorization: Bearer.");
  }

  /** A link's secret that works once. */
  makeLink(): string {
    const secret = randomBytes(24).toString("base64url");
    this.#links.add(secret);
    return secret;
  }

  /** The cookie for a link that was not used yet, or null. */
  redeem(secret: string): string | null {
    if (!this.#links.delete(secret)) return null;
    const session = randomBytes(24).toString("base64url");
    this.#sessions.add(session);
    if (this.#sessions.size > 100) this.#sessions.delete(this.#sessions.values().next().value!);
    return `${cookieName}=${session}; HttpOnly; SameSite=Strict; Path=/`;
  }

  #knows(host: string): boolean {
    const name = host.replace(/:\d+$/, "").toLowerCase();
    return this.#names.has(name) || (this.#anyAddress && isIP(name.replace(/^\[|\]$/g, "")) !== 0);
  }

  #authorized(request: IncomingMessage): boolean {
    const bearer = /^Bearer (.+)$/.exec(request.headers.authorization ?? "")?.[1];
    if (bearer !== undefined && equal(bearer, this.#token!)) return true;
    const cookie = (request.headers.cookie ?? "").split(/;\s*/).find(part => part.startsWith(`${cookieName}=`))?.slice(cookieName.length + 1);
    return cookie !== undefined && this.#sessions.has(cookie);
  }
}

function sameHost(origin: string, host: string): boolean {
  try {
    return new URL(origin).host === host.toLowerCase();
  } catch {
    return false;
  }
}

/** In a time that doesn't depend on the contents. */
function equal(a: string, b: string): boolean {
  const hash = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(hash(a), hash(b));
}
