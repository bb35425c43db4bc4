/** Certificates of a test: an authority of its own, and whom it vouches for. Made by openssl, as PEM. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Identity { readonly key: string; readonly certificate: string }

const KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "key.pem"];

export class Authority {
  readonly certificate: string;
  readonly #key: string;

  constructor(name: string) {
    ({ key: this.#key, certificate: this.certificate } = inFolder(openssl => openssl("req", "-x509", ...KEY, "-days", "3650", "-subj", `/CN=${name}`, "-out", "certificate.pem")));
  }

  /** `names`: by which it may be reached, `DNS:localhost` or `IP:127.0.0.1`. */
  vouchFor(name: string, names: readonly string[] = []): Identity {
    return inFolder((openssl, folder) => {
      for (const [file, text] of [["ca.key", this.#key], ["ca.pem", this.certificate], ["names.cnf", names.length === 0 ? "" : `subjectAltName=${names.join()}\n`]] as const) writeFileSync(join(folder, file), text);
      openssl("req", ...KEY, "-subj", `/CN=${name}`, "-out", "request.pem");
      openssl("x509", "-req", "-in", "request.pem", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "3650", "-extfile", "names.cnf", "-out", "certificate.pem");
    });
  }
}

function inFolder(make: (openssl: (...args: string[]) => void, folder: string) => void): Identity {
  const folder = mkdtempSync(join(tmpdir(), "millrace-certificates-"));
  try {
    make((...args) => { execFileSync("openssl", args, { cwd: folder, stdio: "pipe" }); }, folder);
    return { key: readFileSync(join(folder, "key.pem"), "utf8"), certificate: readFileSync(join(folder, "certificate.pem"), "utf8") };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export interface Certificates { readonly key: string; readonly cert: string; readonly ca: string; readonly caFile: string }

/** A certificate for 127.0.0.1 and localhost, and the authority that signed it, also as a file in a folder of the test. */
export function makeCertificates(folder: string): Certificates {
  const authority = new Authority("Tests"), { key, certificate: cert } = authority.vouchFor("localhost", ["DNS:localhost", "IP:127.0.0.1"]), caFile = join(folder, "ca.pem");
  writeFileSync(caFile, authority.certificate);
  return { key, cert, ca: authority.certificate, caFile };
}
