/** By which server mail goes, to whom, and what it says. */
import { AnalysisError } from "../../base/errors.ts";
import { smtpAddress, SMTP_OPTIONS, type SmtpAddress } from "../smtp/address.ts";
import { invalid, micros, optionalText, partOf } from "./option-checks.ts";

export interface MailSettings {
  readonly server: SmtpAddress;
  readonly from: string;
  readonly to: readonly string[];
  readonly cc: readonly string[];
  readonly subject: string | undefined;
  readonly text: string | undefined;
  readonly html: string | undefined;
}

const MAX_RECIPIENTS = 100;

/** @throws AnalysisError MILLRACE_INVALID_OPTION */
export function mailSettings(value: unknown): MailSettings {
  const given = partOf(value, "mail", [...SMTP_OPTIONS, "from", "to", "cc", "subject", "text", "html", "timeout"]);
  const [from, ...more] = addresses(given["from"], "mail.from"), to = addresses(given["to"], "mail.to"), cc = given["cc"] === undefined ? [] : addresses(given["cc"], "mail.cc");
  if (from === undefined || more.length > 0) throw invalid("mail.from", "one address");
  if (to.length + cc.length > MAX_RECIPIENTS) throw invalid("mail.to", `at most ${MAX_RECIPIENTS} addresses with mail.cc`);
  return {
    server: serverOf(given), from, to, cc,
    subject: optionalText(given["subject"], "mail.subject"), text: optionalText(given["text"], "mail.text"), html: optionalText(given["html"], "mail.html"),
  };
}

function serverOf(given: Readonly<Record<string, unknown>>): SmtpAddress {
  const options: Record<string, string> = {};
  for (const name of SMTP_OPTIONS) {
    const value = given[name];
    if (value === undefined) continue;
    if (typeof value !== "string" && typeof value !== "number" && typeof value !== "boolean") throw invalid(`mail.${name}`, "a text, a number or true");
    options[name] = String(value);
  }
  const server = smtpAddress(options, "mail.");
  return { ...server, timeoutMillis: micros(given["timeout"] ?? "30 seconds", "mail.timeout") / 1000 };
}

/** `ann@example.org` or `Ann <ann@example.org>`: one, or a list. */
function addresses(value: unknown, name: string): readonly string[] {
  const list = (Array.isArray(value) ? value : [value]) as readonly unknown[];
  if (list.length === 0) throw invalid(name, "an address as ann@example.org");
  for (const address of list) {
    if (typeof address !== "string" || !/^[^\r\n]*$/.test(address) || !/^(?:[^<>@,;\s]+@[^<>@,;\s]+|[^<>@,;]*<[^<>@,;\s]+@[^<>@,;\s]+>)$/.test(address.trim())) throw new AnalysisError({
      condition: "MILLRACE_INVALID_OPTION", sqlState: "22023", message: `The option ${name} of alerts must be an address, and ${JSON.stringify(address)} is none.`, messageParameters: { option: name },
      hint: "ann@example.org or Ann <ann@example.org>; several are a list",
    });
  }
  return (list as readonly string[]).map(address => address.trim());
}

/** The address alone, as the server wants it. */
export const bareAddress = (address: string): string => /<([^<>]+)>$/.exec(address)?.[1] ?? address;
