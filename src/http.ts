/** What `import ... from "millrace/http"` gives: rows that are sent by HTTP, as a source. */
import type { HttpReadOptions, Source } from "./api/reader.ts";
import { structTypeOf, type Schema } from "./api/schema.ts";

export { signatureOf } from "./connectors/http/authenticate.ts";
export type { HttpReadOptions } from "./api/reader.ts";

export interface HttpIngestOptions<Row> extends HttpReadOptions {
  readonly port: number;
  /** Rows that do not fit it are not taken. */
  readonly schema: Schema<Row>;
  readonly spool: string;
}

/** A stream of the rows that are sent to a path: `readStream.from(httpIngest({ port: 8080, path: "/clicks", schema: Click, spool: "spool/clicks" }))`. */
export function httpIngest<Row>({ schema, ...options }: HttpIngestOptions<Row>): Source<Row> {
  return { format: "http", options, schema: structTypeOf(schema as Schema<unknown>) } as unknown as Source<Row>;
}
