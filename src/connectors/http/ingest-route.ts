/** What a route does with a request: who sends, what kind of body, how large, is each row right; then it goes to the spool. */
import type { IncomingMessage } from "node:http";
import type { Clock } from "../../base/clock.ts";
import type { FormatReader } from "../../formats/format-reader.ts";
import type { Receipt, Spool } from "../spool/spool.ts";
import { checkSignature, checkToken, type Credentials } from "./authenticate.ts";
import { withPlainLineEnds, type CsvBodies } from "./csv-body.ts";
import { feed } from "./feed.ts";
import { IngestError } from "./ingest-errors.ts";
import type { RouteHandler } from "./ingest-server.ts";
import { tooLarge, unpackerOf } from "./unpack.ts";

export interface RouteOptions {
  readonly spool: Spool;
  readonly clock: Clock;
  readonly credentials: Credentials;
  readonly maxBodyBytes: number;
  /** Bytes of bodies that are being read or written, of all requests together. */
  readonly maxHeldBytes: number;
  /** Host names under which requests may come; undefined: any. */
  readonly hostNames: ReadonlySet<string> | undefined;
  /** What a row that does not fit the schema does: the request is refused, or the row goes to the dead letters of the query. */
  readonly badRow: "reject" | "deadLetter";
  /** Reads all columns and leaves out what is bad. */
  readonly checker: FormatReader;
  readonly csv: CsvBodies;
}

const MAX_KEY_CHARS = 200, NEWLINE = 10, RETURN = 13, BLANK = 32;
const LINES = new Set(["application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines"]);

/** `stop` gives the checker's memory back; requests that come to their end after it are told to come again. */
export function ingestRoute(options: RouteOptions): { readonly handle: RouteHandler; stop(): void } {
  const { spool, clock, credentials } = options;
  let held = 0, stopped = false;

  const handle: RouteHandler = async request => {
    checkAddress(request, options.hostNames);
    checkToken(request.headers, credentials);
    if (request.method !== "POST") throw new IngestError(405, "MILLRACE_METHOD_NOT_ALLOWED", `${request.method} is not used here: rows are sent by POST.`);
    const kind = kindOf(request), unpack = unpackerOf(request.headers["content-encoding"]), key = keyOf(request);
    let size = 0;
    try {
      const chunks: Buffer[] = [], announced = Number(request.headers["content-length"] ?? 0);
      if (announced > options.maxBodyBytes) throw tooLarge(options.maxBodyBytes);
      for await (const chunk of request as AsyncIterable<Buffer>) {
        size += chunk.length;
        held += chunk.length;
        if (size > options.maxBodyBytes) throw tooLarge(options.maxBodyBytes);
        if (held > options.maxHeldBytes) throw tooMany();
        chunks.push(chunk);
      }
      if (!request.complete) throw new IngestError(400, "MILLRACE_BODY_INCOMPLETE", "The connection ended within the body.");
      const sent = Buffer.concat(chunks), signature = checkSignature(request.headers, key, sent, credentials, clock.nowMicros()), plain = unpack === undefined ? sent : await unpack(sent, options.maxBodyBytes);
      if (plain !== sent) {
        size += plain.length;
        held += plain.length;
        if (held > options.maxHeldBytes) throw tooMany();
      }
      if (stopped) throw new IngestError(503, "MILLRACE_SPOOL_UNAVAILABLE", "The query stops.", { hint: "send again later" });
      const body = kind === "array" ? lineOfArray(plain) : kind === "lines" ? withLineEnd(plain) : linesOfCsv(plain, kind === "csv with header", options), { rows, bad } = check(body, { ...options, badRow: kind.startsWith("csv") ? "deadLetter" : options.badRow });
      const receipt: Receipt = rows + bad === 0 ? { record: spool.last, rows: 0, duplicate: false } : await spool.append(body, rows + bad, key ?? signature);
      return { rows: receipt.rows, record: receipt.record, duplicate: receipt.duplicate, ...(bad > 0 && { bad }) };
    } finally {
      held -= size;
    }
  };
  return {
    handle,
    stop() {
      if (!stopped) {
        options.checker.release();
        options.csv.release();
      }
      stopped = true;
    },
  };
}

/** Pages of a browser don't send here: a foreign page could make one that trusts this machine do so. */
function checkAddress(request: IncomingMessage, hostNames: ReadonlySet<string> | undefined): void {
  if (request.headers.origin !== undefined || request.headers["sec-fetch-site"] !== undefined) throw new IngestError(403, "MILLRACE_FOREIGN_ORIGIN", "Pages of a browser can't send rows here.");
  const name = (request.headers.host ?? "").replace(/:\d+$/, "").toLowerCase();
  if (hostNames !== undefined && !hostNames.has(name)) throw new IngestError(403, "MILLRACE_UNKNOWN_HOST", "This name is not one of the server's.", { hint: "the option hostNames lists further ones" });
}

function kindOf({ headers }: IncomingMessage): "lines" | "array" | "csv" | "csv with header" {
  const type = (headers["content-type"] ?? "").split(";")[0]!.trim().toLowerCase(), charset = /charset="?([\w-]+)/i.exec(headers["content-type"] ?? "")?.[1]?.toLowerCase();
  if (charset !== undefined && charset !== "utf-8" && charset !== "utf8") throw new IngestError(415, "MILLRACE_UNSUPPORTED_CHARSET", `Bodies are UTF-8, not ${charset}.`);
  if (LINES.has(type)) return "lines";
  if (type === "application/json") return "array";
  if (type === "text/csv") return /;\s*header="?present/i.test(headers["content-type"]!) ? "csv with header" : "csv";
  throw new IngestError(415, "MILLRACE_UNSUPPORTED_TYPE", type === "" ? "The body needs a Content-Type." : `Bodies of ${type} are not taken.`, { hint: "application/x-ndjson with a row a line, application/json with an array of rows or one row, or text/csv, perhaps with ; header=present" });
}

function keyOf({ headers }: IncomingMessage): string | undefined {
  const key = headers["idempotency-key"];
  if (key === undefined) return undefined;
  if (typeof key !== "string" || key.length === 0 || key.length > MAX_KEY_CHARS) throw new IngestError(400, "MILLRACE_BAD_KEY", `An Idempotency-Key has 1 to ${MAX_KEY_CHARS} characters.`);
  return key;
}

function withLineEnd(body: Buffer): Buffer { return body.length === 0 || body.at(-1) === NEWLINE ? body : Buffer.concat([body, Buffer.of(NEWLINE)]); }

/** The reader takes a row, or an array of rows, on one line. Within JSON a line end is a blank: in strings it is escaped. */
function lineOfArray(body: Buffer): Buffer {
  const line = Buffer.alloc(body.length + 1, NEWLINE);
  for (let i = 0; i < body.length; i++) line[i] = body[i] === NEWLINE || body[i] === RETURN ? BLANK : body[i]!;
  return line;
}

/** @throws IngestError 400, with the line, for a record that is no row when the request is to be refused for it */
function linesOfCsv(body: Buffer, hasHeader: boolean, { csv, badRow }: RouteOptions): Buffer {
  const plain = withPlainLineEnds(body);
  return csv.lines(plain, hasHeader, ({ offset, column, reason }) => { if (badRow === "reject") throw badLine(plain, offset, column, reason); });
}

/** Counts rows. @throws IngestError 400, with the line, when one does not fit and the request is to be refused for it */
function check(body: Buffer, { checker, badRow }: RouteOptions): { readonly rows: number; readonly bad: number } {
  let rows = 0, bad = 0;
  feed(checker, body, ({ batch, badRecords: [first, ...more] }) => {
    rows += batch.count;
    if (first === undefined) return;
    bad += 1 + more.length;
    if (badRow === "reject") throw badLine(body, first.offset, first.column, first.reason);
  });
  return { rows, bad };
}

function badLine(body: Buffer, offset: number, column: string | undefined, reason: string): IngestError {
  let line = 1;
  for (let at = body.indexOf(NEWLINE); at >= 0 && at < offset; at = body.indexOf(NEWLINE, at + 1)) line++;
  return new IngestError(400, "MILLRACE_BAD_ROW", `Line ${line} does not fit: ${reason}`, {
    messageParameters: { line: String(line), offset: String(offset), reason, ...(column !== undefined && { column }) }, hint: "no row of this request was taken",
  });
}

const tooMany = (): IngestError => new IngestError(429, "MILLRACE_TOO_MANY_REQUESTS", "Too many bodies come at the same time.", { hint: "send again later" });
