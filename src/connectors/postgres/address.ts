/** Where a PostgreSQL server is and who asks: the options that source, sink and check share. Secrets stay in this object. */
import { AnalysisError, nearest } from "../../base/errors.ts";
import { fromEnvironment, secretFile } from "../secrets.ts";

export interface PostgresAddress {
  /** Without password, for descriptions and errors: `postgresql://user@host:port/database`. */
  readonly display: string;
  /** With all that a client needs, also `sslmode` and certificates. */
  readonly url: string;
  readonly password: string | undefined;
  readonly connectTimeoutMillis: number;
}

export type Options = Readonly<Record<string, string>>;

/** Options by lower-case name: Spark's readers take any case. */
export function byLowerCase(options: Options): Options {
  return Object.fromEntries(Object.entries(options).map(([key, value]) => [key.toLowerCase(), value]));
}

/**
 * @param options `url` (postgresql://user@host:port/database?sslmode=..., also with `jdbc:` before it), `user`,
 * `password` (`$NAME`: of the environment) or `passwordFile`, `connectTimeout` in seconds. A secret that begins with `$`
 * and is not a name of the environment can only come from a file.
 */
export function addressOf(options: Options, known: readonly string[]): PostgresAddress {
  const given = byLowerCase(options);
  refuseUnknown(given, known);
  const text = fromEnvironment(given["url"] ?? "");
  if (text === "") throw invalidOption("url", "A PostgreSQL connector needs the address of a server.", "url: \"postgresql://user@host:5432/database\", with the password as password: \"$NAME\" or passwordFile: \"/path\"");
  let url: URL;
  try { url = new URL(text.replace(/^jdbc:/, "")); } catch { throw invalidOption("url", "The option url is no address of a PostgreSQL server.", "it has the form postgresql://user@host:5432/database; signs such as @ or / in a password are written as %40, %2F"); }
  if (!/^postgres(?:ql)?:$/.test(url.protocol)) throw invalidOption("url", `An address of a PostgreSQL server begins with postgresql://, not ${url.protocol}//.`);
  if (given["user"] !== undefined) url.username = encodeURIComponent(fromEnvironment(given["user"]));
  const password = given["passwordfile"] !== undefined ? secretFile(given["passwordfile"]) : given["password"] !== undefined ? fromEnvironment(given["password"]) : url.password === "" ? undefined : fromEnvironment(decodeURIComponent(url.password));
  url.password = "";
  const seconds = Number(given["connecttimeout"] ?? "10");
  if (!(seconds > 0)) throw invalidOption("connectTimeout", `The option connectTimeout is a number of seconds, not ${given["connecttimeout"]}.`);
  const display = new URL(url);
  display.search = "";
  return { display: display.toString(), url: url.toString(), password, connectTimeoutMillis: seconds * 1000 };
}
export const ADDRESS_OPTIONS = ["url", "user", "password", "passwordFile", "connectTimeout"] as const;

/** Options that stand beside a connector's own. */
const OF_THE_ENGINE = ["path", "deadLetterPath", "lateRowsPath", "refresh", "refreshInterval"];

function refuseUnknown(given: Options, known: readonly string[]): void {
  const names = new Set([...known, ...OF_THE_ENGINE].map(name => name.toLowerCase()));
  for (const name of Object.keys(given)) {
    if (names.has(name)) continue;
    const [suggestion] = nearest(name, known);
    throw invalidOption(name, `A PostgreSQL connector has no option ${name}.`, suggestion === undefined ? `it takes ${known.join(", ")}` : `did you mean ${suggestion}?`);
  }
}

export function invalidOption(option: string, message: string, hint?: string): AnalysisError {
  return new AnalysisError({ condition: "MILLRACE_INVALID_OPTION", sqlState: "22023", message, messageParameters: { option }, hint });
}

/** An option that is one of some words. */
export function wordOption<W extends string>(given: Options, option: string, words: readonly W[], byDefault: W): W {
  const value = given[option.toLowerCase()] ?? byDefault;
  if (!(words as readonly string[]).includes(value)) throw invalidOption(option, `The option ${option} is one of ${words.join(", ")}, not ${value}.`);
  return value as W;
}

/** A whole number from `least` on. */
export function wholeOption(given: Options, option: string, byDefault: number, least = 1): number {
  const text = given[option.toLowerCase()], value = text === undefined ? byDefault : Number(text);
  if (!Number.isSafeInteger(value) || value < least) throw invalidOption(option, `The option ${option} is a whole number from ${least} on, not ${text}.`);
  return value;
}

/** What becomes of a row with a value that its type can't hold. */
export type BadRow = "fail" | "deadLetter";
export const badRowOption = (given: Options): BadRow => wordOption(given, "badRow", ["fail", "deadLetter"], "fail");

/** Names of a list: JSON, as arrays of the API become, or words with commas between. */
export function listOption(given: Options, option: string): readonly string[] {
  const text = given[option.toLowerCase()]?.trim() ?? "";
  if (text === "") return [];
  if (text.startsWith("[")) return JSON.parse(text) as string[];
  return text.split(",").map(name => name.trim());
}

/** A name as PostgreSQL reads it literally. */
export const quoted = (name: string): string => `"${name.replaceAll("\"", "\"\"")}"`;

export const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** `schema.table`, `table`, each perhaps in quotes: the parts. Unquoted parts fold to lower case, as in SQL. */
export function tableParts(name: string): readonly string[] {
  const parts = [...name.matchAll(/\s*(?:"((?:[^"]|"")*)"|([^".\s]+))\s*(?:\.|$)/gy)].map(part => part[1]?.replaceAll("\"\"", "\"") ?? part[2]!.toLowerCase());
  const rebuilt = name.replaceAll(/\s/g, "").length;
  if (parts.length === 0 || parts.length > 2 || parts.reduce((sum, part) => sum + part.length, 0) > rebuilt) throw invalidOption("table", `${name} is no name of a table.`, "table, schema.table, or with quotes \"Schema\".\"Table\"");
  return parts;
}
export const tableName = (name: string): string => tableParts(name).map(quoted).join(".");
