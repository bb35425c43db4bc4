/**
 * The Kafka client: an optional peer, loaded at first use. Only its wire layer is used (connections with TLS and SASL, the
 * form of requests and answers, codecs); what is read and written, and when, is decided here.
 */
import { AnalysisError } from "../../base/errors.ts";

export type KafkaClient = typeof import("@platformatic/kafka");

let loaded: Promise<KafkaClient> | undefined;

/** @throws MILLRACE_PEER_MISSING with the line that installs it */
export function kafkaClient(): Promise<KafkaClient> {
  return (loaded ??= import("@platformatic/kafka").catch((error: unknown) => {
    loaded = undefined;
    throw peerMissing(error);
  }));
}

export function peerMissing(cause: unknown): AnalysisError {
  return new AnalysisError({
    condition: "MILLRACE_PEER_MISSING", sqlState: "58000", message: "Kafka needs the package @platformatic/kafka, which could not be loaded.",
    messageParameters: { package: "@platformatic/kafka" }, hint: "npm install @platformatic/kafka@2", cause,
  });
}
