/**
 * Rows that are sent by HTTP, as a stream: `POST` with lines of JSON or an array. A request is answered with 200 when its
 * rows are on disk in the spool, and they stay there until the query has delivered them.
 */
import { AnalysisError } from "../../base/errors.ts";
import { jsonFormat } from "../../formats/json/json-format.ts";
import { invalidOption, optionOf, positiveOption, type FormatOptions } from "../../formats/options.ts";
import type { ReadLimit, Table } from "../../io/source.ts";
import type { ReadDataSource } from "../../plan/relations.ts";
import { durationMicros } from "../../types/duration.ts";
import { struct } from "../../types/data-type.ts";
import type { ConnectorEnvironment } from "../environment.ts";
import { cleanPath } from "../files/listing.ts";
import { fromEnvironment } from "../secrets.ts";
import { SpoolSource } from "../spool/spool-source.ts";
import { Spool } from "../spool/spool.ts";
import { CsvBodies } from "./csv-body.ts";
import { ingestRoute } from "./ingest-route.ts";
import { addRoute } from "./ingest-server.ts";

const MAX_BODY_BYTES = 4 << 20, SPOOL_BYTES = 256 << 20, MAX_HELD_BYTES = 64 << 20, MIN_TOKEN_CHARS = 16;
const LOOPBACK = ["localhost", "127.0.0.1", "[::1]"];
const isLoopback = (host: string): boolean => LOOPBACK.includes(host) || host === "::1" || /^127(\.\d+){3}$/.test(host);

/** @throws AnalysisError MILLRACE_INVALID_OPTION, MILLRACE_INGEST_TOKEN_REQUIRED */
export function ingestTable(read: ReadDataSource, environment: ConnectorEnvironment): Table {
  const { options, schema } = read, { files, clock, random } = environment;
  const host = optionOf(options, "host") ?? "127.0.0.1", port = positiveOption(options, "port", 0), path = read.paths[0] ?? optionOf(options, "path") ?? "/", folder = optionOf(options, "spool");
  if (schema === undefined) throw missing("a schema", "schema");
  if (port < 1 || port > 65535) throw missing("a port from 1 to 65535", "port");
  if (folder === undefined || folder === "") throw missing("a folder for the spool", "spool");
  if (!/^\/[\w\-./~]*$/.test(path)) throw invalidOption("path", path, "a path that begins with /");
  const badRow = optionOf(options, "badRow") ?? "reject";
  if (badRow !== "reject" && badRow !== "deadLetter") throw invalidOption("badRow", badRow, "reject or deadLetter");
  const credentials = credentialsOf(options, host), hostNames = isLoopback(host) ? new Set([...LOOPBACK, host.includes(":") ? `[${host}]` : host, ...namesOf(options)]) : undefined;
  const maxBodyBytes = positiveOption(options, "maxBodyBytes", MAX_BODY_BYTES), maxBytes = positiveOption(options, "maxSpoolBytes", SPOOL_BYTES);
  const keyMicros = Math.max(micros(options, "idempotencyWindow", "10 minutes"), 2 * credentials.signatureWindowMicros);
  const description = `HttpIngest[${host}:${port}${path}]`;
  const nowMicros = () => BigInt(Math.round(environment.clock.nowMicros()));
  const makeFormat = (columns: readonly string[], mode: string) => jsonFormat(struct(columns.map(name => schema.fields.find(field => field.name === name)!)), { options: { ...jsonOptions(options), mode, maxRecordBytes: String(maxBodyBytes + 1) }, fullSchema: schema, timeZone: environment.timeZone, nowMicros });
  return {
    name: `http.\`${path}\``, description, schema, isStreaming: true, replayable: true, fingerprint: { http: path }, readLimit: readLimitOf(options),
    stream: () => new SpoolSource({
      description,
      open: () => Spool.open({ folder: cleanPath(folder), files, clock, random, maxBytes, keyMicros }),
      async listen(spool) {
        const checker = makeFormat(schema.fields.map(field => field.name), "DROPMALFORMED");
        const route = ingestRoute({ spool, clock, credentials, maxBodyBytes, maxHeldBytes: Math.max(MAX_HELD_BYTES, maxBodyBytes), hostNames, badRow, checker, csv: new CsvBodies(schema, { timeZone: environment.timeZone, nowMicros }, maxBodyBytes) });
        try {
          const added = await addRoute(host, port, path, route.handle);
          return { stop: () => { added.stop(); route.stop(); } };
        } catch (error) {
          route.stop();
          throw error;
        }
      },
      makeFormat: columns => makeFormat(columns, badRow === "deadLetter" ? "DROPMALFORMED" : optionOf(options, "mode") ?? "PERMISSIVE"),
    }),
  };
}

function credentialsOf(options: FormatOptions, host: string): { readonly token: string | undefined; readonly hmac: string | undefined; readonly signatureWindowMicros: number } {
  const [token, hmac] = ["token", "hmacSecret"].map(name => { const text = optionOf(options, name); return text === undefined ? undefined : fromEnvironment(text); });
  for (const [name, value] of [["token", token], ["hmacSecret", hmac]] as const) if (value !== undefined && value.length < MIN_TOKEN_CHARS) throw new AnalysisError({
    condition: "MILLRACE_INVALID_OPTION", sqlState: "22023", message: `The option ${name} needs at least ${MIN_TOKEN_CHARS} characters.`, messageParameters: { option: name },
  });
  if (token === undefined && hmac === undefined && !isLoopback(host)) throw new AnalysisError({
    condition: "MILLRACE_INGEST_TOKEN_REQUIRED", sqlState: "42000", message: `Rows can't be taken at ${host} from whoever sends them.`, messageParameters: { host }, hint: "give a token or an hmacSecret, or listen on 127.0.0.1",
  });
  return { token, hmac, signatureWindowMicros: micros(options, "signatureWindow", "5 minutes") };
}

const namesOf = (options: FormatOptions): readonly string[] => (optionOf(options, "hostNames") ?? "").split(",").map(name => name.trim().toLowerCase()).filter(name => name !== "");

function micros(options: FormatOptions, name: string, absent: string): number {
  const text = optionOf(options, name) ?? absent, value = Number(durationMicros(text));
  if (value <= 0) throw invalidOption(name, text, "a time greater than zero");
  return value;
}

function readLimitOf(options: FormatOptions): ReadLimit {
  return { maxRows: positiveOption(options, "maxRowsPerTrigger", Number.POSITIVE_INFINITY), maxBytes: positiveOption(options, "maxBytesPerTrigger", Number.POSITIVE_INFINITY) };
}

/** Of the options, those that the reader of JSON knows. */
function jsonOptions(options: FormatOptions): Record<string, string> {
  const names = ["columnnameofcorruptrecord", "timezone"];
  return Object.fromEntries(Object.entries(options).filter(([name]) => names.includes(name.toLowerCase())));
}

const missing = (what: string, option: string): AnalysisError => new AnalysisError({
  condition: "MILLRACE_INVALID_OPTION", sqlState: "22023", message: `Taking rows by HTTP needs ${what}.`, messageParameters: { option },
});
