/** `millrace check-connection URL`: says which of address, TLS, login, object or right is wrong. */
import { parseArgs } from "node:util";
import type { Finding } from "../connectors/finding.ts";
import { fromEnvironment, secretFile } from "../connectors/secrets.ts";
import { UsageError, type Terminal } from "./terminal.ts";

const OPTIONS = { table: { type: "string" }, topic: { type: "string" }, user: { type: "string" }, "password-file": { type: "string" }, "ca-file": { type: "string" }, mechanism: { type: "string" }, from: { type: "string" }, to: { type: "string", multiple: true } } as const;
type Given = { readonly [name in Exclude<keyof typeof OPTIONS, "to">]?: string | undefined } & { readonly to?: string[] | undefined };

/** By what an address begins with: which options go with it, and how it is checked. */
const KINDS: readonly { readonly scheme: RegExp; readonly options: readonly (keyof typeof OPTIONS)[]; readonly check: (url: string, given: Given) => Promise<readonly Finding[]> }[] = [
  { scheme: /^(?:jdbc:)?postgres(?:ql)?:$/, options: ["table", "user", "password-file"], check: postgres },
  { scheme: /^kafkas?:$/, options: ["topic", "user", "password-file", "ca-file", "mechanism"], check: kafka },
  { scheme: /^smtps?:$/, options: ["user", "password-file", "ca-file", "from", "to"], check: smtp },
];

/** Returns the exit code: 0 if nothing is wrong. */
export async function checkConnection(argv: readonly string[], terminal: Terminal): Promise<number> {
  let parsed;
  try {
    parsed = parseArgs({ args: [...argv], allowPositionals: true, options: OPTIONS });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
  const { positionals: [given, ...more], values } = parsed;
  if (given === undefined || more.length > 0) throw new UsageError("check-connection takes one address: postgresql://user@host:5432/database, kafka://host:9092/topic, smtp://user@host:587");
  const url = fromEnvironment(given), scheme = /^(?:jdbc:)?[a-z]+:(?=\/\/)/.exec(url)?.[0] ?? url.split(":")[0]!, kind = KINDS.find(one => one.scheme.test(scheme));
  if (kind === undefined) throw new UsageError(`check-connection knows postgresql://, kafka://, kafkas://, smtp:// and smtps://, not ${scheme.replace(/:$/, "")}:`);
  const foreign = (Object.keys(values) as (keyof typeof OPTIONS)[]).find(name => !kind.options.includes(name));
  if (foreign !== undefined) throw new UsageError(`--${foreign} has no meaning for ${scheme}//; there is ${kind.options.map(name => `--${name}`).join(", ")}`);
  const findings = await kind.check(url, values);
  for (const { what, isGood, detail } of findings) terminal.out(`${isGood === true ? "ok " : isGood === false ? "BAD" : "-  "} ${what.padEnd(14)} ${detail}\n`);
  return findings.some(({ isGood }) => isGood === false) ? 1 : 0;
}

async function postgres(url: string, { table, user, "password-file": passwordFile }: Given): Promise<readonly Finding[]> {
  const { ADDRESS_OPTIONS, addressOf } = await import("../connectors/postgres/address.ts"), { checkPostgres } = await import("../connectors/postgres/check.ts");
  return await checkPostgres(addressOf({ url, ...(user !== undefined && { user }), ...(passwordFile !== undefined && { passwordFile }) }, ADDRESS_OPTIONS), table);
}

async function kafka(url: string, { topic, user, "password-file": passwordFile, "ca-file": caFile, mechanism }: Given): Promise<readonly Finding[]> {
  const parts = /^(kafkas?):\/\/(?:([^@/:]*)(?::([^@/]*))?@)?([^@/?]+)(?:\/([^/?]*))?$/.exec(url);
  if (parts === null) throw new UsageError("an address of Kafka is kafka://user@host:9092,host:9092/topic, or kafkas:// with TLS");
  const [, scheme, ownUser, ownPassword, servers, ownTopic] = parts, username = user ?? (ownUser === undefined ? undefined : fromEnvironment(decodeURIComponent(ownUser)));
  const password = passwordFile !== undefined ? secretFile(passwordFile) : ownPassword === undefined ? undefined : fromEnvironment(decodeURIComponent(ownPassword));
  if ((username === undefined) !== (password === undefined)) throw new UsageError("a login is a user and a password: kafka://user:$PASSWORD@host:9092, where $PASSWORD is left to this command, or --password-file");
  const { checkKafka } = await import("../connectors/kafka/check.ts"), wanted = topic ?? ownTopic;
  return await checkKafka({
    servers: servers!, isEncrypted: scheme === "kafkas", caFile, topic: wanted === "" || wanted === undefined ? undefined : decodeURIComponent(wanted),
    sasl: username === undefined || password === undefined ? undefined : { mechanism: mechanism ?? "PLAIN", username, password },
  });
}

async function smtp(url: string, { user, "password-file": passwordFile, "ca-file": caFile, from, to }: Given): Promise<readonly Finding[]> {
  const { smtpAddress } = await import("../connectors/smtp/address.ts"), { checkSmtp } = await import("../connectors/smtp/check.ts");
  if ((from === undefined) !== (to === undefined)) throw new UsageError("--from and --to go together: may the one send to the other?");
  return await checkSmtp({ ...smtpAddress({ url, ...(user !== undefined && { user }), ...(passwordFile !== undefined && { passwordFile }), ...(caFile !== undefined && { caFile }) }), timeoutMillis: 5000 }, from, to ?? []);
}
