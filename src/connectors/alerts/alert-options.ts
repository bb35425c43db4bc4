/** The options of alerts, checked. They come as one JSON text, since they nest. */
import { cleanPath } from "../files/listing.ts";
import type { Template } from "./alert-template.ts";
import type { RetryPolicy } from "./attempts.ts";
import { mailSettings, type MailSettings } from "./mail-options.ts";
import { checkNames, invalid, micros, objectOf, optionalText, partOf, whole } from "./option-checks.ts";
import { webhookSettings, type WebhookSettings } from "./webhook-options.ts";

export interface AlertSettings {
  readonly webhook: WebhookSettings | undefined;
  readonly mail: MailSettings | undefined;
  readonly key: readonly string[];
  readonly dedupeMicros: number | undefined;
  readonly rate: { readonly max: number; readonly micros: number } | undefined;
  readonly recovery: RecoverySettings | undefined;
  readonly retry: RetryPolicy;
  readonly stateLocation: string | undefined;
  readonly deadLetterPath: string | undefined;
}

/** When a key that alerted is over, and how that is said. */
export interface RecoverySettings {
  /** A row that is true here says that its key is fine. */
  readonly when: string | undefined;
  /** A key without alerts for so long is fine. */
  readonly afterMicros: number | undefined;
  /** By the times of this column and the watermark; by the machine's clock if undefined. */
  readonly eventTime: string | undefined;
  /** Of the notice; undefined: as those of the alert. */
  readonly template: Template | undefined;
  readonly subject: string | undefined;
  readonly text: string | undefined;
  readonly html: string | undefined;
}

const NAMES = ["webhook", "mail", "key", "dedupe", "rateLimit", "recovery", "retry", "stateLocation", "deadLetterPath"];

/** @throws AnalysisError MILLRACE_INVALID_OPTION */
export function alertSettings(text: string | undefined): AlertSettings {
  const given = objectOf(text === undefined ? undefined : JSON.parse(text), "alerts");
  checkNames(given, NAMES, "");
  if (given["webhook"] === undefined && given["mail"] === undefined) throw invalid("webhook", "given, or mail: they say where alerts go");
  const key = given["key"] === undefined ? [] : typeof given["key"] === "string" ? [given["key"]] : given["key"];
  if (!Array.isArray(key) || key.some(name => typeof name !== "string")) throw invalid("key", "the names of columns");
  const retry = partOf(given["retry"] ?? {}, "retry", ["attempts", "initial", "max"]), recovery = given["recovery"] === undefined ? undefined : recoveryOf(given["recovery"]);
  const webhook = given["webhook"] === undefined ? undefined : webhookSettings(given["webhook"]);
  if (recovery !== undefined && recovery.template === undefined && webhook?.template !== undefined && !/\{\{\s*\$status\s*\}\}/.test(JSON.stringify(webhook.template))) {
    throw invalid("recovery.template", "given, or webhook.template must say {{$status}}: else the notice that an alert is over reads as an alert");
  }
  return {
    webhook, mail: given["mail"] === undefined ? undefined : mailSettings(given["mail"]), key: key as string[],
    dedupeMicros: given["dedupe"] === undefined ? undefined : micros(given["dedupe"], "dedupe"), rate: rateOf(given["rateLimit"]), recovery,
    retry: { attempts: whole(retry["attempts"] ?? 5, "retry.attempts"), initialMicros: micros(retry["initial"] ?? "1 second", "retry.initial"), maxMicros: micros(retry["max"] ?? "1 minute", "retry.max") },
    stateLocation: pathOf(given["stateLocation"], "stateLocation"), deadLetterPath: pathOf(given["deadLetterPath"], "deadLetterPath"),
  };
}

function rateOf(given: unknown): AlertSettings["rate"] {
  if (given === undefined) return undefined;
  const rate = partOf(given, "rateLimit", ["max", "per"]), max = whole(rate["max"], "rateLimit.max");
  if (max > 10_000) throw invalid("rateLimit.max", "at most 10000");
  return { max, micros: micros(rate["per"], "rateLimit.per") };
}

function recoveryOf(value: unknown): RecoverySettings {
  const given = partOf(value, "recovery", ["when", "resolveAfter", "eventTime", "template", "subject", "text", "html"]);
  const when = optionalText(given["when"], "recovery.when", "the name of a column"), eventTime = optionalText(given["eventTime"], "recovery.eventTime", "the name of a column");
  if (when === undefined && given["resolveAfter"] === undefined) throw invalid("recovery", "an object with when or resolveAfter: they say when an alert is over");
  return {
    when, eventTime, afterMicros: given["resolveAfter"] === undefined ? undefined : micros(given["resolveAfter"], "recovery.resolveAfter"),
    template: given["template"] as Template | undefined, subject: optionalText(given["subject"], "recovery.subject"), text: optionalText(given["text"], "recovery.text"), html: optionalText(given["html"], "recovery.html"),
  };
}

function pathOf(value: unknown, name: string): string | undefined {
  const path = optionalText(value, name, "a folder");
  return path === undefined ? undefined : cleanPath(path);
}
