/**
 * Alerts as mail. A mail has the same Message-ID, date and bytes whenever it is sent, and the notice that an alert is over
 * answers to it (RFC 5322, In-Reply-To), so a reader shows both together. No connection and replies of 4xx may pass; 5xx
 * is final (RFC 5321, 4.2.1). Recipients that the server took the mail for are not given it again.
 */
import { createHash } from "node:crypto";
import { mailClient } from "../smtp/client.ts";
import { SmtpFailure, type OpenSmtp, type Refusal, type SmtpSession } from "../smtp/session.ts";
import { compileText, known, textOf, type AlertValues } from "./alert-template.ts";
import type { RecoverySettings } from "./alert-options.ts";
import type { Answer, Attempt } from "./attempts.ts";
import type { AlertChannel, Envelope } from "./channel.ts";
import { bareAddress, type MailSettings } from "./mail-options.ts";

interface Content { readonly subject: string; readonly text?: string; readonly html?: string }
type Compose = (values: AlertValues) => string;

const MAX_SUBJECT = 200;

export class MailChannel implements AlertChannel {
  readonly kind = "mail";
  readonly place: string;
  readonly #settings: MailSettings;
  readonly #recovery: RecoverySettings | undefined;
  readonly #open: OpenSmtp;
  #subject: readonly [alert: Compose, notice: Compose] = [() => "", () => ""];
  #text: readonly [alert: Compose | undefined, notice: Compose | undefined] = [undefined, undefined];
  #html: readonly [alert: Compose | undefined, notice: Compose | undefined] = [undefined, undefined];
  #session: SmtpSession | undefined;

  constructor(settings: MailSettings, recovery: RecoverySettings | undefined, open: OpenSmtp) {
    this.#settings = settings;
    this.#recovery = recovery;
    this.#open = open;
    this.place = settings.server.display;
  }

  open(columns: readonly string[], key: readonly string[]): void {
    const { subject, text, html } = this.#settings, recovery = this.#recovery;
    const compile = (template: string | undefined, show?: (value: unknown) => string) => (template === undefined ? undefined : compileText(template, columns, show));
    const aboutKey: Compose = values => `Alert: ${key.map(name => `${name} ${textOf(values[known(name, columns)])}`).join(", ")}`.slice(0, MAX_SUBJECT), alert = compile(subject) ?? aboutKey;
    const saysStatus = subject !== undefined && /\{\{\s*\$status\s*\}\}/.test(subject);
    this.#subject = [alert, compile(recovery?.subject) ?? (saysStatus ? alert : values => `Resolved: ${alert(values)}`)];
    const rows: Compose = values => columns.map(name => `${name}: ${textOf(values[name])}\n`).join("");
    const all: Compose = values => rows(values) + (values["$status"] === "resolved" ? `\nBegan ${textOf(values["$startedAt"])}, over since ${textOf(values["$resolvedAt"])}.\n` : "");
    const alertText = compile(text) ?? (html === undefined ? all : undefined), alertHtml = compile(html, escaped);
    const ownNotice = recovery?.text !== undefined || recovery?.html !== undefined;
    this.#text = [alertText, ownNotice ? compile(recovery?.text) : alertText];
    this.#html = [alertHtml, ownNotice ? compile(recovery?.html, escaped) : alertHtml];
  }

  messageOf(values: AlertValues): string {
    const which = values["$status"] === "resolved" ? 1 : 0, text = this.#text[which]?.(values), html = this.#html[which]?.(values);
    // A line end in a subject would begin another header.
    const content: Content = { subject: this.#subject[which](values).replaceAll(/\s*[\r\n]+\s*/g, " "), ...(text !== undefined && { text }), ...(html !== undefined && { html }) };
    return JSON.stringify(content);
  }

  attempt(message: string, envelope: Envelope): Attempt {
    const { from, to, cc } = this.#settings, sender = bareAddress(from), refused: Refusal[] = [];
    let bytes: Promise<Uint8Array> | undefined, waiting = [...new Set([...to, ...cc].map(bareAddress))], taken = 0;
    return async (signal): Promise<Answer> => {
      try {
        bytes ??= this.#compose(JSON.parse(message) as Content, envelope);
        this.#session ??= await this.#open(this.#settings.server, signal);
        const refusals = await this.#session.send({ from: sender, recipients: waiting, bytes: await bytes }, signal);
        taken += waiting.length - refusals.length;
        waiting = sortOut(refusals, refused);
        if (waiting.length === 0) return { isTaken: true, missed: refused.length === 0 ? undefined : said(refused) };
        this.rest();
        return { isTaken: false, reason: said(refusals), isFinal: false, isPartly: taken > 0 };
      } catch (error) {
        this.rest();
        if (!(error instanceof SmtpFailure)) throw error;
        const before = waiting.length;
        if (error.refusals.length === before) waiting = sortOut(error.refusals, refused);
        const isFinal = error.refusals.length === before ? waiting.length === 0 : error.isFinal;
        return { isTaken: false, reason: error.refusals.length > 0 ? said(error.refusals) : `${WHERE[error.stage]}${error.message}`, isFinal, isPartly: taken > 0 };
      }
    };
  }

  rest(): void {
    this.#session?.close();
    this.#session = undefined;
  }

  async #compose({ subject, text, html }: Content, { key, answersTo, atMicros }: Envelope): Promise<Uint8Array> {
    const { MailComposer } = await mailClient(), { from, to, cc } = this.#settings, domain = bareAddress(from).split("@")[1]!;
    const idOf = (of: string): string => `<${of}@${domain}>`;
    return await new MailComposer({
      from, to: [...to], cc: [...cc], subject, text, html, messageId: idOf(key), date: new Date(atMicros / 1000), baseBoundary: createHash("sha256").update(key).digest("hex").slice(0, 24),
      ...(answersTo !== undefined && { inReplyTo: idOf(answersTo), references: idOf(answersTo) }),
      headers: { "Auto-Submitted": "auto-generated" }, disableFileAccess: true, disableUrlAccess: true,
    }).compile().build();
  }
}

const WHERE: Readonly<Record<SmtpFailure["stage"], string>> = { address: "no connection: ", encryption: "no encrypted connection: ", login: "the login failed: ", mail: "" };

/** Those that may be taken later; the others are put with the refused ones. */
function sortOut(refusals: readonly Refusal[], refused: Refusal[]): string[] {
  refused.push(...refusals.filter(({ code }) => code >= 500));
  return refusals.filter(({ code }) => code < 500).map(({ recipient }) => recipient);
}

const said = (refusals: readonly Refusal[]): string => `not taken for ${refusals.map(({ recipient, text }) => `${recipient} (${text})`).join(", ")}`;

const ESCAPES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", "\"": "&quot;", "'": "&#39;" };
const escaped = (value: unknown): string => textOf(value).replaceAll(/[&<>"']/g, sign => ESCAPES[sign]!);
