/** The built page: files with a hash in their names, compressed beside, and the HTML with the first summaries in it. */
import { existsSync, readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { HttpError } from "./safety.ts";

const types: Readonly<Record<string, string>> = {
  ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml", ".html": "text/html; charset=utf-8",
};

/** What `scripts/build-ui.mjs` writes into `manifest.json`. */
interface Manifest { readonly files: readonly string[]; readonly queryChunks: readonly string[] }

export class StaticFiles {
  readonly #folder: string;
  readonly #cache = new Map<string, Buffer>();
  #manifest: Manifest | null = null;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Null: there is no such file. */
  serve(name: string, request: IncomingMessage, response: ServerResponse): boolean {
    if (!this.#list().files.includes(name)) return false;
    const accepted = request.headers["accept-encoding"] ?? "";
    const encoding = /\bbr\b/.test(accepted) ? "br" : /\bgzip\b/.test(accepted) ? "gzip" : null;
    const body = this.#read(encoding === "br" ? `${name}.br` : encoding === "gzip" ? `${name}.gz` : name);
    response.writeHead(200, {
      "Content-Type": types[name.slice(name.lastIndexOf("."))] ?? "application/octet-stream", "Content-Length": body.length, Vary: "Accept-Encoding",
      "Cache-Control": /-[A-Z0-9]{8}\./.test(name) ? "public, max-age=31536000, immutable" : "no-cache", ...(encoding === null ? {} : { "Content-Encoding": encoding }),
    });
    response.end(request.method === "HEAD" ? undefined : body);
    return true;
  }

  /** The page for any route, with `first` as the data that it begins with. */
  html(request: IncomingMessage, response: ServerResponse, first: object, isQuery: boolean): void {
    const manifest = this.#list();
    const preload = isQuery ? manifest.queryChunks.map(name => `<link rel="modulepreload" href="/${name}">`).join("") : "";
    const json = JSON.stringify(first).replace(/</g, "\\u003c").replace(/[\u2028\u2029]/g, character => `\\u${character.charCodeAt(0).toString(16)}`);
    const text = this.#read("index.html").toString("utf8").replace("<!--preload-->", () => preload).replace("<!--first-->", () => json);
    const zipped = /\bgzip\b/.test(request.headers["accept-encoding"] ?? "");
    const body = zipped ? gzipSync(text) : Buffer.from(text);
    response.writeHead(200, { "Content-Type": types[".html"], "Content-Length": body.length, "Cache-Control": "no-store", Vary: "Accept-Encoding", ...(zipped ? { "Content-Encoding": "gzip" } : {}) });
    response.end(request.method === "HEAD" ? undefined : body);
  }

  #list(): Manifest {
    const path = join(this.#folder, "manifest.json");
    if (this.#manifest === null) {
      if (!existsSync(path)) throw new HttpError(503, "MILLRACE_PAGE_NOT_BUILT", "The live page is not built.", "Run npm run setup; the JSON API under /api works without it.");
      this.#manifest = JSON.parse(readFileSync(path, "utf8")) as Manifest;
    }
    return this.#manifest;
  }

  #read(name: string): Buffer {
    let body = this.#cache.get(name);
    if (body === undefined) this.#cache.set(name, body = readFileSync(join(this.#folder, name)));
    return body;
  }
}
