/** What a server or the way to it answers, in the words of Millrace: which of address, TLS, login, right, object or data is wrong. */
import { ExecutionError, MillraceError } from "../../base/errors.ts";
import type { PostgresAddress } from "./address.ts";

export type Fault = "ADDRESS" | "TLS" | "LOGIN" | "RIGHT" | "OBJECT" | "DATA" | "LOST" | "SERVER";

interface Raised { readonly code?: string; readonly message?: string; readonly detail?: string; readonly column?: string; readonly table?: string; readonly constraint?: string; readonly hint?: string; readonly where?: string; readonly errors?: readonly unknown[] }

const ADDRESS = new Set(["ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "EHOSTUNREACH", "ENETUNREACH", "ETIMEDOUT", "EADDRNOTAVAIL", "ENOENT"]);
const LOST = new Set(["ECONNRESET", "EPIPE", "57P01", "57P02", "57P03"]);

export function faultOf(error: Raised): Fault {
  const code = error.code ?? "", message = error.message ?? "";
  if (ADDRESS.has(code) || /timeout expired|timeout exceeded/.test(message)) return "ADDRESS";
  if (LOST.has(code) || /^08/.test(code) || /Connection terminated|Client has encountered a connection error/.test(message)) return "LOST";
  if (/CERT|TLS|SSL|SELF_SIGNED/.test(code) || /does not support SSL|no encryption|hostssl/.test(message)) return "TLS";
  if (/^28/.test(code) || /^SASL|password must be/.test(message)) return "LOGIN";
  if (code === "42501") return "RIGHT";
  if (/^(3D000|3F000|42P01|42703|42704|42883|42P10)$/.test(code)) return "OBJECT";
  if (/^(22|23|42804|42846|428C9)/.test(code)) return "DATA";
  return "SERVER";
}

const SQL_STATES: Readonly<Record<Fault, string>> = { ADDRESS: "08001", TLS: "08001", LOGIN: "28000", RIGHT: "42501", OBJECT: "42P01", DATA: "22000", LOST: "08006", SERVER: "58000" };
const WHAT: Readonly<Record<Fault, string>> = {
  ADDRESS: "can't be reached", TLS: "doesn't agree about encryption", LOGIN: "refuses the login", RIGHT: "doesn't allow it", OBJECT: "doesn't have it", DATA: "refuses the data", LOST: "is gone in the middle of it",
  SERVER: "answers with an error",
};
const HINTS: Partial<Readonly<Record<Fault, string>>> = {
  ADDRESS: "is the server up, are host and port right, does a firewall stand between?",
  TLS: "sslmode=disable, require or verify-full and sslrootcert=/path in the url say what is asked of the connection; pg_hba.conf of the server says what it asks",
  LOGIN: "check user and password (password: \"$NAME\" takes it from the environment, passwordFile from a file) and pg_hba.conf of the server",
};

/** The error as Millrace's; one that is so already stays. Nothing of a password is in it. */
export function postgresError(error: unknown, address: PostgresAddress, doing: string): MillraceError {
  if (error instanceof MillraceError) return error;
  const raised = ((error as Raised).errors?.[0] ?? error) as Raised, fault = faultOf(raised);
  const said = [raised.message || raised.code || String(error), raised.detail, raised.where?.split("\n")[0]].filter(text => text !== undefined).join("; ");
  return new ExecutionError({
    condition: `MILLRACE_POSTGRES.${fault}`, sqlState: /^[0-9A-Z]{5}$/.test(raised.code ?? "") ? raised.code! : SQL_STATES[fault],
    message: `${doing}: the server ${address.display} ${WHAT[fault]}: ${hide(said, address)}.`,
    messageParameters: { fault: fault.toLowerCase(), server: address.display, code: raised.code ?? "" }, hint: HINTS[fault] ?? raised.hint, cause: error,
  });
}

const hide = (text: string, { password }: PostgresAddress): string => (password === undefined || password === "" ? text : text.replaceAll(password, "***"));
