/** Clients of connectors: optional peers of the package, which who doesn't use the connector doesn't install. */
import { AnalysisError } from "../base/errors.ts";

/** `install`: the package with the version that fits. */
export function peerMissing(what: string, name: string, install: string, cause: unknown): AnalysisError {
  return new AnalysisError({
    condition: "MILLRACE_PEER_MISSING", sqlState: "58000", message: `${what} needs the package ${name}, which could not be loaded.`,
    messageParameters: { package: name }, hint: `npm install ${install}`, cause,
  });
}
