/**
 * Alerts as requests to one URL. No connection, no answer in time, 408, 425, 429 and 5xx may pass; any other answer that
 * is not 2xx is final. Redirections are not followed: headers with secrets must not go elsewhere.
 */
import type { Clock } from "../../base/clock.ts";
import { stringify } from "../../types/values.ts";
import { compileTemplate, type AlertValues, type Template } from "./alert-template.ts";
import type { Answer, Attempt } from "./attempts.ts";
import type { AlertChannel, Envelope } from "./channel.ts";
import type { WebhookSettings } from "./webhook-options.ts";

export interface WebhookRequest { readonly url: string; readonly headers: Readonly<Record<string, string>>; readonly body: string; readonly timeoutMillis: number; readonly signal: AbortSignal }
export interface WebhookAnswer { readonly status: number; readonly retryAfter: string | null }
/** The network; tests give their own. Rejects when there is no answer. */
export type SendRequest = (request: WebhookRequest) => Promise<WebhookAnswer>;

export const sendByFetch: SendRequest = async ({ url, headers, body, timeoutMillis, signal }) => {
  const response = await fetch(url, { method: "POST", headers, body, redirect: "manual", signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMillis)]) });
  await response.body?.cancel();
  return { status: response.status, retryAfter: response.headers.get("retry-after") };
};

const MAY_PASS = new Set([408, 425, 429]);

export class WebhookChannel implements AlertChannel {
  readonly kind = "webhook";
  readonly place: string;
  readonly #settings: WebhookSettings;
  readonly #recoveryTemplate: Template | undefined;
  readonly #clock: Clock;
  readonly #send: SendRequest;
  #alert: (values: AlertValues) => unknown = () => null;
  #recovery: (values: AlertValues) => unknown = () => null;

  constructor(settings: WebhookSettings, recoveryTemplate: Template | undefined, clock: Clock, send: SendRequest) {
    this.#settings = settings;
    this.#recoveryTemplate = recoveryTemplate;
    this.#clock = clock;
    this.#send = send;
    this.place = settings.place;
  }

  open(columns: readonly string[]): void {
    const { template } = this.#settings, recovery = this.#recoveryTemplate ?? template, row = (values: AlertValues) => Object.fromEntries(columns.map(name => [name, values[name]]));
    this.#alert = template === undefined ? row : compileTemplate(template, columns);
    this.#recovery = recovery !== undefined ? compileTemplate(recovery, columns)
      : values => ({ ...row(values), $status: values["$status"], $startedAt: values["$startedAt"], $resolvedAt: values["$resolvedAt"] });
  }

  messageOf(values: AlertValues): string { return stringify(values["$status"] === "resolved" ? this.#recovery(values) : this.#alert(values)); }

  attempt(body: string, { key }: Envelope): Attempt {
    const { url, headers, timeoutMillis } = this.#settings, all = { "Content-Type": "application/json", ...headers, "Idempotency-Key": key };
    return async (signal): Promise<Answer> => {
      try {
        const { status, retryAfter } = await this.#send({ url, headers: all, body, timeoutMillis, signal });
        if (status >= 200 && status < 300) return { isTaken: true };
        return { isTaken: false, reason: `the answer was ${status}`, isFinal: status < 500 && !MAY_PASS.has(status), waitMicros: askedMicros(retryAfter, this.#clock.nowMicros()) };
      } catch (error) {
        signal.throwIfAborted();
        return { isTaken: false, reason: `no answer: ${causeOf(error)}`, isFinal: false };
      }
    };
  }

  rest(): void { /* connections are kept by the platform */ }
}

/** A Retry-After as seconds or as a date. */
function askedMicros(retryAfter: string | null, nowMicros: number): number | undefined {
  if (retryAfter === null) return undefined;
  if (/^\d+$/.test(retryAfter)) return Number(retryAfter) * 1e6;
  const at = Date.parse(retryAfter);
  return Number.isNaN(at) ? undefined : Math.max(0, at * 1000 - nowMicros);
}

function causeOf(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error ? (cause as NodeJS.ErrnoException).code ?? cause.message : message;
}
