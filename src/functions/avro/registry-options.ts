/** Options of a Confluent schema registry, beside those of Avro and Protobuf. Secrets may be `$NAME`, of the environment, or stand in a file. */
import { nearest } from "../../base/errors.ts";
import { fromEnvironment, fromFile } from "../../base/secrets.ts";
import type { Files } from "../../base/files.ts";
import { badOption, flagOption } from "../../formats/spark-options.ts";
import type { TextOptions } from "../records/arguments.ts";

export interface RegistryOptions {
  /** Where it is reached, without a slash at the end; the others are asked when one gives no answer. */
  readonly urls: readonly string[];
  readonly subject: string | undefined;
  readonly version: string;
  readonly autoRegister: boolean;
  readonly useLatest: boolean;
  readonly timeoutMillis: number;
  /** Where the secret comes from, as given: nothing that may be shown is read from it. */
  readonly auth: { readonly scheme: "Basic" | "Bearer"; readonly from: "option" | "file"; readonly given: string } | undefined;
}

const PREFIX = "schema.registry.";
const NAMES = ["url", "subject", "version", "auto.register.schemas", "use.latest.version", "request.timeout.ms", "basic.auth.user.info", "basic.auth.user.info.file", "bearer.auth.token", "bearer.auth.token.file"].map(name => PREFIX + name);

/** Undefined where no registry is named. @throws AnalysisError STDS_INVALID_OPTION_VALUE.WITH_MESSAGE */
export function registryOptions(options: TextOptions): RegistryOptions | undefined {
  const own = Object.keys(options).filter(name => name.startsWith(PREFIX));
  if (own.length === 0) return undefined;
  for (const name of own) if (!NAMES.includes(name)) {
    const [near] = nearest(name, NAMES);
    throw badOption(name, `A schema registry has no such option${near === undefined ? "" : `; did you mean ${near}?`}`);
  }
  const given = (name: string): string | undefined => options[PREFIX + name];
  const urls = (given("url") ?? "").split(",").map(one => one.trim()).filter(one => one !== "").map(one => {
    const text = environment("url", one);
    if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) throw badOption(`${PREFIX}url`, "It must be an address that begins with http: or https:.");
    const url = new URL(text);
    if (url.username !== "" || url.password !== "") throw badOption(`${PREFIX}url`, `Give user and password as ${PREFIX}basic.auth.user.info.`);
    return url.href.replace(/\/+$/, "");
  });
  if (urls.length === 0) throw badOption(`${PREFIX}url`, "It is needed beside the other options of a schema registry.");
  const version = given("version") ?? "latest", timeoutMillis = Number(given("request.timeout.ms") ?? "10000");
  if (!/^(latest|[1-9]\d*)$/.test(version)) throw badOption(`${PREFIX}version`, "It must be latest or the number of a version.");
  if (!(timeoutMillis > 0)) throw badOption(`${PREFIX}request.timeout.ms`, "It must be a number of milliseconds.");
  const auths = [
    ["Basic", "option", given("basic.auth.user.info")], ["Basic", "file", given("basic.auth.user.info.file")], ["Bearer", "option", given("bearer.auth.token")], ["Bearer", "file", given("bearer.auth.token.file")],
  ] as const, chosen = auths.filter(([, , value]) => value !== undefined);
  if (chosen.length > 1) throw badOption(`${PREFIX}bearer.auth.token`, "Only one way to authenticate can be given.");
  const [scheme, from, value] = chosen[0] ?? [];
  return {
    urls, subject: given("subject"), version, timeoutMillis, autoRegister: flagOption(options, `${PREFIX}auto.register.schemas`, true), useLatest: flagOption(options, `${PREFIX}use.latest.version`, false),
    auth: scheme === undefined ? undefined : { scheme, from: from!, given: value! },
  };
}

/** The header that says who asks. */
export function authorization({ auth }: RegistryOptions, files: Files): Readonly<Record<string, string>> {
  if (auth === undefined) return {};
  let secret: string;
  try {
    secret = auth.from === "file" ? fromFile(files, auth.given) : environment("auth", auth.given);
  } catch (error) {
    if (auth.from !== "file") throw error;
    throw badOption(`${PREFIX}${auth.scheme === "Basic" ? "basic.auth.user.info" : "bearer.auth.token"}.file`, `The file can't be read: ${(error as { code?: string }).code ?? "unknown"}.`);
  }
  if (/[\r\n]/.test(secret)) throw badOption(`${PREFIX}auth`, "The secret must be one line.");
  return { authorization: auth.scheme === "Basic" ? `Basic ${Buffer.from(secret).toString("base64")}` : `Bearer ${secret}` };
}

function environment(name: string, text: string): string {
  const value = fromEnvironment(text);
  if (value === undefined) throw badOption(`${PREFIX}${name}`, `The environment has no variable ${text.slice(1)}.`);
  return value;
}
