/** Where a mail server is and how it lets us in. Secrets stay in this object. */
import { readFileSync } from "node:fs";
import { AnalysisError } from "../../base/errors.ts";
import { fromEnvironment, secretFile } from "../secrets.ts";

export interface SmtpAddress {
  /** For descriptions and errors, without login: `smtp://host:port`. */
  readonly display: string;
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte. */
  readonly secure: boolean;
  /** Whether a connection that begins without TLS goes over to it. */
  readonly startTls: "required" | "ifOffered" | "never";
  readonly user: string | undefined;
  readonly password: string | undefined;
  /** Certificates that are trusted in place of the machine's, as PEM. */
  readonly ca: string | undefined;
  /** For a connection and for each mail. */
  readonly timeoutMillis: number;
}

export const SMTP_OPTIONS = ["url", "host", "port", "secure", "startTls", "user", "password", "passwordFile", "caFile"] as const;

/**
 * @param options `url` (`smtp://user@host:587`, `smtps://host:465`) or `host`, `port` and `secure`; `startTls`, by default
 * `required` where there is a login, else `ifOffered`; `user`, `password` (`$NAME`: of the environment) or `passwordFile`; `caFile`
 * @throws AnalysisError MILLRACE_INVALID_OPTION
 */
export function smtpAddress(options: Readonly<Partial<Record<(typeof SMTP_OPTIONS)[number], string>>>, prefix = ""): SmtpAddress {
  const text = options.url === undefined ? undefined : fromEnvironment(options.url);
  const url = text === undefined ? undefined : URL.canParse(text) ? new URL(text) : undefined;
  if (text !== undefined && (url === undefined || !/^smtps?:$/.test(url.protocol) || url.hostname === "" || !/^\/?$/.test(url.pathname) || url.search !== "")) {
    throw invalid(`${prefix}url`, "is no address of a mail server", "smtp://user@host:587 or smtps://user@host:465; signs such as @ or / in a password are written as %40, %2F");
  }
  const host = options.host ?? url?.hostname.replace(/^\[|\]$/g, "");
  if (host === undefined || host === "") throw invalid(`${prefix}url`, "is missing", "the address of a mail server, as smtp://user@host:587, or host and port");
  const secure = options.secure === undefined ? url?.protocol === "smtps:" : options.secure === "true";
  if (options.secure !== undefined && !["true", "false"].includes(options.secure)) throw invalid(`${prefix}secure`, "is true or false");
  const port = Number(options.port ?? (url?.port || (secure ? 465 : 587)));
  if (!Number.isInteger(port) || port < 1 || port > 65535) throw invalid(`${prefix}port`, `is a port, not ${options.port}`);
  const user = options.user !== undefined ? fromEnvironment(options.user) : url === undefined || url.username === "" ? undefined : decodeURIComponent(url.username);
  const password = options.passwordFile !== undefined ? secretFile(options.passwordFile, `${prefix}passwordFile`)
    : options.password !== undefined ? fromEnvironment(options.password) : url === undefined || url.password === "" ? undefined : fromEnvironment(decodeURIComponent(url.password));
  if ((user === undefined) !== (password === undefined)) throw invalid(`${prefix}${user === undefined ? "user" : "password"}`, "is missing", "a login is a user with password: \"$NAME\" or passwordFile: \"/path\"");
  const startTls = options.startTls ?? (user === undefined ? "ifOffered" : "required");
  if (startTls !== "required" && startTls !== "ifOffered" && startTls !== "never") throw invalid(`${prefix}startTls`, `is one of required, ifOffered, never, not ${startTls}`);
  return {
    display: `${secure ? "smtps" : "smtp"}://${host.includes(":") ? `[${host}]` : host}:${port}`, host, port, secure, startTls, user, password,
    ca: options.caFile === undefined ? undefined : certificates(options.caFile, `${prefix}caFile`), timeoutMillis: 30_000,
  };
}

function certificates(path: string, option: string): string {
  try { return readFileSync(path, "utf8"); } catch (error) {
    throw invalid(option, `can't be read: ${(error as { code?: string }).code ?? "unknown"}`);
  }
}

const invalid = (option: string, what: string, hint?: string): AnalysisError => new AnalysisError({
  condition: "MILLRACE_INVALID_OPTION", sqlState: "22023", message: `The option ${option} ${what}.`, messageParameters: { option }, hint,
});
