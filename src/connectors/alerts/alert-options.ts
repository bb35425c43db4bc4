/** The options of alerts, checked. They come as one JSON text, since they nest. */
import { AnalysisError, nearest, unsupported } from "../../base/errors.ts";
import { durationMicros } from "../../types/duration.ts";
import { cleanPath } from "../files/listing.ts";
import type { Template } from "./alert-template.ts";
import type { RetryPolicy } from "./webhook.ts";

export interface AlertSettings {
  readonly url: string;
  /** What a page may show of the URL: its path may be a secret. */
  readonly host: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMillis: number;
  readonly template: Template | undefined;
  readonly key: readonly string[];
  readonly dedupeMicros: number | undefined;
  readonly rate: { readonly max: number; readonly micros: number } | undefined;
  readonly retry: RetryPolicy;
  readonly stateLocation: string | undefined;
  readonly deadLetterPath: string | undefined;
}

const NAMES = ["webhook", "key", "dedupe", "rateLimit", "retry", "stateLocation", "deadLetterPath"], WEBHOOK = ["url", "headers", "template", "timeout"], RETRY = ["attempts", "initial", "max"], RATE = ["max", "per"];
type Given = Readonly<Record<string, unknown>>;

/** @throws AnalysisError MILLRACE_INVALID_OPTION, UNSUPPORTED_FEATURE */
export function alertSettings(text: string | undefined): AlertSettings {
  const given = objectOf(text === undefined ? undefined : JSON.parse(text), "alerts");
  if (given["mail"] !== undefined) throw unsupported("Sending alerts by mail", "send them to a webhook");
  if (given["recovery"] !== undefined) throw unsupported("The notice that an alert is over", "let the query give a row for it, and send that");
  checkNames(given, NAMES, "");
  const webhook = objectOf(given["webhook"], "webhook"), retry = objectOf(given["retry"] ?? {}, "retry");
  checkNames(webhook, WEBHOOK, "webhook.");
  checkNames(retry, RETRY, "retry.");
  const url = typeof webhook["url"] === "string" && URL.canParse(webhook["url"]) ? new URL(webhook["url"]) : undefined;
  if (url === undefined || (url.protocol !== "http:" && url.protocol !== "https:")) throw invalid("webhook.url", "a URL that begins with http: or https:");
  const headers = objectOf(webhook["headers"] ?? {}, "webhook.headers");
  for (const [name, value] of Object.entries(headers)) if (typeof value !== "string" || !/^[\w!#$%&'*+.^`|~-]+$/.test(name) || /[\r\n]/.test(value)) throw invalid(`webhook.headers.${name}`, "the text of a header");
  const key = given["key"] === undefined ? [] : typeof given["key"] === "string" ? [given["key"]] : given["key"];
  if (!Array.isArray(key) || key.some(name => typeof name !== "string")) throw invalid("key", "the names of columns");
  const dedupeMicros = given["dedupe"] === undefined ? undefined : micros(given["dedupe"], "dedupe"), rate = rateOf(given["rateLimit"]), stateLocation = pathOf(given["stateLocation"], "stateLocation");
  if ((dedupeMicros !== undefined || rate !== undefined) && stateLocation === undefined) throw invalid("stateLocation", "a folder, in which what was sent lately outlasts a restart: dedupe and rateLimit need it");
  return {
    url: url.href, host: `${url.protocol}//${url.host}`, headers: headers as Record<string, string>, timeoutMillis: micros(webhook["timeout"] ?? "10 seconds", "webhook.timeout") / 1000,
    template: webhook["template"] as Template | undefined, key: key as string[], dedupeMicros, rate,
    retry: { attempts: whole(retry["attempts"] ?? 5, "retry.attempts"), initialMicros: micros(retry["initial"] ?? "1 second", "retry.initial"), maxMicros: micros(retry["max"] ?? "1 minute", "retry.max") },
    stateLocation, deadLetterPath: pathOf(given["deadLetterPath"], "deadLetterPath"),
  };
}

function rateOf(given: unknown): AlertSettings["rate"] {
  if (given === undefined) return undefined;
  const rate = objectOf(given, "rateLimit");
  checkNames(rate, RATE, "rateLimit.");
  const max = whole(rate["max"], "rateLimit.max");
  if (max > 10_000) throw invalid("rateLimit.max", "at most 10000");
  return { max, micros: micros(rate["per"], "rateLimit.per") };
}

function objectOf(value: unknown, name: string): Given {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw invalid(name, "an object");
  return value as Given;
}

function checkNames(given: Given, names: readonly string[], prefix: string): void {
  const wrong = Object.keys(given).find(name => !names.includes(name));
  if (wrong === undefined) return;
  const [suggestion] = nearest(wrong, names);
  throw new AnalysisError({
    condition: "MILLRACE_INVALID_OPTION", sqlState: "22023", message: `Alerts have no option '${prefix}${wrong}'.`, messageParameters: { option: prefix + wrong },
    hint: suggestion === undefined ? `they have ${names.map(name => prefix + name).join(", ")}` : `did you mean ${prefix}${suggestion}?`,
  });
}

function micros(value: unknown, name: string): number {
  const found = typeof value === "string" ? Number(durationMicros(value)) : 0;
  if (found <= 0) throw invalid(name, "a time greater than zero, as '10 minutes'");
  return found;
}

function whole(value: unknown, name: string): number {
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 1) throw invalid(name, "a positive whole number");
  return value;
}

function pathOf(value: unknown, name: string): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== "string" || value === "") throw invalid(name, "a folder");
  return cleanPath(value);
}

const invalid = (option: string, expected: string): AnalysisError => new AnalysisError({
  condition: "MILLRACE_INVALID_OPTION", sqlState: "22023", message: `The option ${option} of alerts must be ${expected}.`, messageParameters: { option },
});
