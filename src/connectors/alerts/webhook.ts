/**
 * One alert to one URL. What may pass (no connection, no answer in time, 408, 425, 429, 5xx) is tried again, after a
 * pause that doubles and of which chance takes up to a half, or as long as the server asks; anything else is final.
 */
import { sleep, type Clock, type Random } from "../../base/clock.ts";

export interface WebhookRequest { readonly url: string; readonly headers: Readonly<Record<string, string>>; readonly body: string; readonly timeoutMillis: number; readonly signal: AbortSignal }
export interface WebhookAnswer { readonly status: number; readonly retryAfter: string | null }
/** The network; tests give their own. Rejects when there is no answer. */
export type SendRequest = (request: WebhookRequest) => Promise<WebhookAnswer>;

export interface RetryPolicy { readonly attempts: number; readonly initialMicros: number; readonly maxMicros: number }

/** Redirections are not followed: headers with secrets must not go elsewhere. */
export const sendByFetch: SendRequest = async ({ url, headers, body, timeoutMillis, signal }) => {
  const response = await fetch(url, { method: "POST", headers, body, redirect: "manual", signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMillis)]) });
  await response.body?.cancel();
  return { status: response.status, retryAfter: response.headers.get("retry-after") };
};

const MAY_PASS = new Set([408, 425, 429]);

/** Undefined when it was taken, otherwise why not. @throws when `signal` aborts */
export async function deliverAlert(
  send: SendRequest, request: WebhookRequest, policy: RetryPolicy, clock: Clock, random: Random,
): Promise<string | undefined> {
  for (let attempt = 1, pause = policy.initialMicros; ; attempt++, pause = Math.min(pause * 2, policy.maxMicros)) {
    let reason: string, asked: number | undefined;
    try {
      const { status, retryAfter } = await send(request);
      if (status >= 200 && status < 300) return undefined;
      reason = `the answer was ${status}`;
      if (status < 500 && !MAY_PASS.has(status)) return reason;
      asked = askedMicros(retryAfter, clock.nowMicros());
    } catch (error) {
      request.signal.throwIfAborted();
      reason = `no answer: ${causeOf(error)}`;
    }
    if (attempt >= policy.attempts) return `${reason}, ${attempt} times`;
    const chance = pause * (1 - random.uint32() / 2 ** 33);
    await sleep(clock, Math.min(asked ?? chance, policy.maxMicros), request.signal);
    request.signal.throwIfAborted();
  }
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
