/** Where a webhook is and what it gets. */
import { fromEnvironment } from "../secrets.ts";
import type { Template } from "./alert-template.ts";
import { invalid, micros, objectOf, partOf } from "./option-checks.ts";

export interface WebhookSettings {
  readonly url: string;
  /** What a page may show of the URL: its path may be a secret. */
  readonly place: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMillis: number;
  readonly template: Template | undefined;
}

export function webhookSettings(value: unknown): WebhookSettings {
  const given = partOf(value, "webhook", ["url", "headers", "template", "timeout"]);
  const text = typeof given["url"] === "string" ? fromEnvironment(given["url"]) : "", url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== "http:" && url.protocol !== "https:")) throw invalid("webhook.url", "a URL that begins with http: or https:");
  const headers: Record<string, string> = {};
  for (const [name, content] of Object.entries(objectOf(given["headers"] ?? {}, "webhook.headers"))) {
    const header = typeof content === "string" ? fromEnvironment(content) : "\n";
    if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name) || /[\r\n]/.test(header)) throw invalid(`webhook.headers.${name}`, "the text of a header");
    headers[name] = header;
  }
  return { url: url.href, place: `${url.protocol}//${url.host}`, headers, timeoutMillis: micros(given["timeout"] ?? "10 seconds", "webhook.timeout") / 1000, template: given["template"] as Template | undefined };
}
