/** What `import ... from "millrace/alerts"` gives: rows as alerts. Options and promises: docs/alerts.md. */
import type { Sink } from "./api/writer.ts";
import type { Template } from "./connectors/alerts/alert-template.ts";
import type { Duration } from "./types/duration.ts";

export type { Template } from "./connectors/alerts/alert-template.ts";

export interface AlertOptions<Row> {
  readonly webhook: {
    readonly url: string;
    readonly headers?: Readonly<Record<string, string>>;
    /** The body: JSON, with `{{column}}` in its texts. The row itself if left out. */
    readonly template?: Template;
    /** For one request; 10 seconds if left out. */
    readonly timeout?: Duration;
  };
  /** The columns that say which alerts are the same; all of them if left out. */
  readonly key?: (keyof Row & string) | readonly (keyof Row & string)[];
  /** For so long after an alert others of its key are held back. */
  readonly dedupe?: Duration;
  /** More alerts than that are not sent: they go to the dead letters. */
  readonly rateLimit?: { readonly max: number; readonly per: Duration };
  /** 5 attempts, 1 second before the second one, doubled up to 1 minute, if left out. */
  readonly retry?: { readonly attempts?: number; readonly initial?: Duration; readonly max?: Duration };
  /** The folder that remembers what was sent; `dedupe` and `rateLimit` need it. */
  readonly stateLocation?: string;
  /** The folder for alerts that could not be sent. Without one such an alert ends the query. */
  readonly deadLetterPath?: string;
}

/** A sink that posts each row: `writeStream.to(alerts({ webhook: { url, template: { text: "{{user}}: {{n}} failures" } } }))`. */
export function alerts<Row>(options: AlertOptions<Row>): Sink<Row> { return Object.freeze({ format: "alerts", options: { alerts: options } }); }
