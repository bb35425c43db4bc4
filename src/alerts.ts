/** What `import ... from "millrace/alerts"` gives: rows as alerts. Options and promises: docs/alerts.md. */
import type { Sink } from "./api/writer.ts";
import type { Template } from "./connectors/alerts/alert-template.ts";
import type { Duration } from "./types/duration.ts";

export type { Template } from "./connectors/alerts/alert-template.ts";

/** Where alerts go: a webhook, mail or both. */
export interface AlertOptions<Row> {
  readonly webhook?: WebhookOptions;
  readonly mail?: MailOptions;
  /** The columns that say which alerts are the same; all of them if left out. */
  readonly key?: (keyof Row & string) | readonly (keyof Row & string)[];
  /** For so long after an alert others of its key are held back. */
  readonly dedupe?: Duration;
  /** More alerts than that are not sent: they go to the dead letters. */
  readonly rateLimit?: { readonly max: number; readonly per: Duration };
  /** Tells once that an alert is over; needs `key`. */
  readonly recovery?: RecoveryOptions<Row>;
  /** 5 attempts, 1 second before the second one, doubled up to 1 minute, if left out. */
  readonly retry?: { readonly attempts?: number; readonly initial?: Duration; readonly max?: Duration };
  /** The folder that remembers what was sent, if it is not to be one of the checkpoint. */
  readonly stateLocation?: string;
  /** The folder for alerts that could not be sent. Without one such an alert ends the query. */
  readonly deadLetterPath?: string;
}

export interface WebhookOptions {
  /** `$NAME`: of the environment; headers likewise. */
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** The body: JSON, with `{{column}}` in its texts. The row itself if left out. */
  readonly template?: Template;
  /** For one request; 10 seconds if left out. */
  readonly timeout?: Duration;
}

export interface MailOptions {
  /** `smtp://user@host:587` or `smtps://user@host:465`; or host, port and secure. */
  readonly url?: string;
  readonly host?: string;
  readonly port?: number;
  /** TLS from the first byte. */
  readonly secure?: boolean;
  /** Whether a plain connection goes over to TLS: `required` with a login, `ifOffered` without one, if left out. */
  readonly startTls?: "required" | "ifOffered" | "never";
  readonly user?: string;
  /** `$NAME`: of the environment. */
  readonly password?: string;
  readonly passwordFile?: string;
  /** Certificates to trust in place of the machine's, as PEM. */
  readonly caFile?: string;
  readonly from: string;
  readonly to: string | readonly string[];
  readonly cc?: string | readonly string[];
  /** With `{{column}}`; `Alert: ` and the key if left out. */
  readonly subject?: string;
  /** With `{{column}}`; a line for each column if neither this nor `html` is given. */
  readonly text?: string;
  /** With `{{column}}`; values are escaped. */
  readonly html?: string;
  /** For a connection and for each mail; 30 seconds if left out. */
  readonly timeout?: Duration;
}

export interface RecoveryOptions<Row> {
  /** A BOOLEAN column: a row in which it is true says that its key is fine, and is no alert. */
  readonly when?: keyof Row & string;
  /** A key without alerts for so long is fine. */
  readonly resolveAfter?: Duration;
  /** `resolveAfter` goes by the times of this column and the watermark; by the machine's clock if left out. */
  readonly eventTime?: keyof Row & string;
  /** Of the webhook; its own one with `{{$status}}` if left out. */
  readonly template?: Template;
  /** Of the mail; the alert's with `Resolved: ` before it if left out. */
  readonly subject?: string;
  readonly text?: string;
  readonly html?: string;
}

/** A sink that sends each row: `writeStream.to(alerts({ webhook: { url, template: { text: "{{user}}: {{n}} failures" } } }))`. */
export function alerts<Row>(options: AlertOptions<Row>): Sink<Row> { return Object.freeze({ format: "alerts", options: { alerts: options } }); }
