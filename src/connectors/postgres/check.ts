/** What a person asks who sets up a connection: is the server there, does it let us in, and may we do what we want to? */
import type { Finding } from "../finding.ts";
import { tableName, type PostgresAddress } from "./address.ts";
import { PostgresConnection } from "./connection.ts";

/** @throws MILLRACE_POSTGRES.ADDRESS, .TLS, .LOGIN, .OBJECT when there is no connection to ask over */
export async function checkPostgres(address: PostgresAddress, table: string | undefined): Promise<readonly Finding[]> {
  const connection = await PostgresConnection.open(address, { name: "millrace check-connection" }), doing = "Asking the server";
  try {
    const [server] = (await connection.query(doing, `SELECT current_setting('server_version') AS version, current_user AS "user", current_database() AS database, current_setting('wal_level') AS wal_level,
      rolreplication OR rolsuper AS replication, has_database_privilege(current_database(), 'TEMPORARY') AS temporary, (SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()) AS encrypted FROM pg_roles WHERE rolname = current_user`)).rows;
    const findings: Finding[] = [
      { what: "address", isGood: true, detail: `PostgreSQL ${server!["version"]}` },
      { what: "encryption", isGood: server!["encrypted"] === "t" ? true : null, detail: server!["encrypted"] === "t" ? "the connection is encrypted" : "the connection is not encrypted; ?sslmode=verify-full in the address asks for it" },
      { what: "login", isGood: true, detail: `user ${server!["user"]} in the database ${server!["database"]}` },
      ...(table === undefined ? [] : await tableFindings(connection, table, doing)),
      { what: "upsert", isGood: server!["temporary"] === "t" ? true : null, detail: server!["temporary"] === "t" ? "temporary tables may be made" : "needs TEMPORARY on the database" },
    ];
    const missing = [...(server!["wal_level"] === "logical" ? [] : [`wal_level is ${server!["wal_level"]}, not logical`]), ...(server!["replication"] === "t" ? [] : [`${server!["user"]} has not REPLICATION`])];
    findings.push({ what: "changes", isGood: missing.length === 0 ? true : null, detail: missing.length === 0 ? "replication slots may be made" : missing.join("; ") });
    return findings;
  } finally {
    await connection.close();
  }
}

async function tableFindings(connection: PostgresConnection, table: string, doing: string): Promise<Finding[]> {
  const name = tableName(table);
  const [known] = (await connection.query(doing, "SELECT to_regclass($1) IS NOT NULL AS there", [name])).rows;
  if (known!["there"] !== "t") return [{ what: "object", isGood: false, detail: `there is no table ${table} (or its schema may not be used)` }];
  const [rights] = (await connection.query(doing, "SELECT has_table_privilege($1, 'SELECT') AS read, has_table_privilege($1, 'INSERT') AS write", [name])).rows;
  return [
    { what: "object", isGood: true, detail: `the table ${table} is there` },
    { what: "right to read", isGood: rights!["read"] === "t", detail: rights!["read"] === "t" ? "SELECT is granted" : `GRANT SELECT ON ${table} is missing` },
    { what: "right to write", isGood: rights!["write"] === "t" ? true : null, detail: rights!["write"] === "t" ? "INSERT is granted" : `INSERT on ${table} is not granted` },
  ];
}
