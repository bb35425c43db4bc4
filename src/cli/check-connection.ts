/** `millrace check-connection URL`: says which of address, TLS, login, object or right is wrong. */
import { parseArgs } from "node:util";
import { ADDRESS_OPTIONS, addressOf } from "../connectors/postgres/address.ts";
import { checkPostgres } from "../connectors/postgres/check.ts";
import { UsageError, type Terminal } from "./terminal.ts";

/** Returns the exit code: 0 if nothing is wrong. */
export async function checkConnection(argv: readonly string[], terminal: Terminal): Promise<number> {
  let parsed;
  try {
    parsed = parseArgs({ args: [...argv], allowPositionals: true, options: { table: { type: "string" }, user: { type: "string" }, "password-file": { type: "string" } } });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
  const { positionals: [url, ...more], values: { table, user, "password-file": passwordFile } } = parsed;
  if (url === undefined || more.length > 0) throw new UsageError("check-connection takes one address: postgresql://user@host:5432/database");
  if (!/^(?:jdbc:)?postgres(?:ql)?:\/\/|^\$/.test(url)) throw new UsageError(`check-connection knows postgresql://, not ${url.split(":")[0]}:`);
  const findings = await checkPostgres(addressOf({ url, ...(user !== undefined && { user }), ...(passwordFile !== undefined && { passwordFile }) }, ADDRESS_OPTIONS), table);
  for (const { what, isGood, detail } of findings) terminal.out(`${isGood === true ? "ok " : isGood === false ? "BAD" : "-  "} ${what.padEnd(14)} ${detail}\n`);
  return findings.some(({ isGood }) => isGood === false) ? 1 : 0;
}
