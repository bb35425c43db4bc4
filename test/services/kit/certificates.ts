/** A certificate for 127.0.0.1 and localhost, and the authority that signed it. */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface Certificates { readonly key: string; readonly cert: string; readonly ca: string; readonly caFile: string }

/** Into a folder of the test. */
export function makeCertificates(folder: string): Certificates {
  const at = (name: string): string => join(folder, name), openssl = (...args: string[]): void => { execFileSync("openssl", args, { stdio: "pipe" }); };
  writeFileSync(at("names.cnf"), "subjectAltName=DNS:localhost,IP:127.0.0.1\n");
  openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "3650", "-subj", "/CN=Tests", "-keyout", at("ca.key"), "-out", at("ca.pem"));
  openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=localhost", "-keyout", at("server.key"), "-out", at("server.csr"));
  openssl("x509", "-req", "-in", at("server.csr"), "-CA", at("ca.pem"), "-CAkey", at("ca.key"), "-CAcreateserial", "-days", "3650", "-extfile", at("names.cnf"), "-out", at("server.pem"));
  const text = (name: string): string => readFileSync(at(name), "utf8");
  return { key: text("server.key"), cert: text("server.pem"), ca: text("ca.pem"), caFile: at("ca.pem") };
}
