/**
 * The Kafka client: an optional peer, loaded at first use. Only its wire layer is used (connections with TLS and SASL, the
 * form of requests and answers, codecs); what is read and written, and when, is decided here.
 */
import { peerMissing } from "../peer.ts";

export type KafkaClient = typeof import("@platformatic/kafka");

let loaded: Promise<KafkaClient> | undefined;

/** @throws MILLRACE_PEER_MISSING with the line that installs it */
export function kafkaClient(): Promise<KafkaClient> {
  return (loaded ??= import("@platformatic/kafka").catch((error: unknown) => {
    loaded = undefined;
    throw peerMissing("Kafka", "@platformatic/kafka", "@platformatic/kafka@2", error);
  }));
}
