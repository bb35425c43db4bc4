/** What brokers answer, and what becomes of it: try again, or an error that names the topic, the broker and the way out. */
import { ExecutionError, MillraceError } from "../../base/errors.ts";

/** Codes of the protocol that something here depends on. */
export const CODE = {
  offsetOutOfRange: 1, unknownTopic: 3, notLeader: 6, messageTooLarge: 10, topicAuthorization: 29, groupAuthorization: 30, outOfOrderSequence: 45, duplicateSequence: 46,
  invalidProducerEpoch: 47, invalidTransactionState: 48, invalidProducerIdMapping: 49, concurrentTransactions: 51, transactionalIdAuthorization: 53, unknownProducerId: 59, saslAuthenticationFailed: 58,
  unstableOffsetCommit: 88, producerFenced: 90, unknownTopicId: 100, inconsistentTopicId: 103,
} as const;

/** Answers that pass: a leader moves, a coordinator loads, a transaction is being ended. */
const PASSING: ReadonlySet<number> = new Set([3, 5, 6, 7, 8, 9, 13, 14, 15, 16, 19, 20, 51, 56, 74, 75, 76, 78, 88, 100, 103]);

/** A broker refused a request. */
export class BrokerError extends Error {
  readonly code: number;
  constructor(code: number, name: string, what: string) {
    super(`${what}: ${name}`);
    this.code = code;
  }
}

export const isPassing = (error: unknown): boolean =>
  error instanceof BrokerError ? PASSING.has(error.code) : !(error instanceof MillraceError) && !isAuthentication(error) && !isDistrust(tlsReason(error)) && isNetworkError(error);

/** The client's errors of sockets and time, also inside others. */
function isNetworkError(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as { code?: string };
  if (code === "PLT_KFK_MULTIPLE" || code === "PLT_KFK_RESPONSE") return (error as AggregateError).errors.some(isNetworkError);
  return code === "PLT_KFK_NETWORK" || code === "PLT_KFK_TIMEOUT" || /^E[A-Z]+$/.test(code ?? "") || /socket|closed/i.test(error.message);
}

/** A connection that broke in the middle of it says nothing of the credentials. */
const isAuthentication = (error: unknown): boolean =>
  error instanceof Error && (((error as { code?: string }).code === "PLT_KFK_AUTHENTICATION" && (error.cause as { code?: string } | undefined)?.code !== "PLT_KFK_NETWORK") || (error instanceof AggregateError && error.errors.some(isAuthentication)) || (error.cause !== undefined && isAuthentication(error.cause)));

interface TlsReason { readonly code: string; readonly text: string }

/** What TLS has against the other side, or against the certificates that were given; undefined if it isn't TLS. */
function tlsReason(error: unknown): TlsReason | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code = "" } = error as { code?: string };
  if (/^(?:ERR_TLS_|ERR_SSL_|ERR_OSSL_|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_)|_CERT|CERTIFICATE/.test(code)) return { code, text: error.message };
  if (code === "PLT_KFK_USER" && /TLS handshake/.test(error.message)) return { code: "", text: "the broker broke off the handshake" };
  for (const inner of [error.cause, ...(error instanceof AggregateError ? error.errors : [])]) {
    const found = tlsReason(inner);
    if (found !== undefined) return found;
  }
  return undefined;
}
/** It would be the same at the next attempt. */
const isDistrust = (reason: TlsReason | undefined): boolean => reason !== undefined && reason.code !== "";

const FENCED: readonly number[] = [CODE.invalidProducerEpoch, CODE.producerFenced, CODE.invalidProducerIdMapping];

/** As the person who runs the query sees it. The client's own text is left out: it may repeat what it was given. */
export function kafkaError(error: unknown, doing: string, servers: string): MillraceError {
  if (error instanceof MillraceError) return error;
  if (isAuthentication(error)) return new ExecutionError({
    condition: "MILLRACE_KAFKA_AUTHENTICATION", sqlState: "28000", message: `${doing}: the broker refused the credentials.`, messageParameters: { servers },
    hint: "look at sasl.mechanism, sasl.username and sasl.password",
  });
  const tls = tlsReason(error);
  if (tls !== undefined) return new ExecutionError({
    condition: "MILLRACE_KAFKA_TLS", sqlState: "08001", message: `${doing}: no encrypted connection to ${servers}: ${tls.text}.`, messageParameters: { servers, reason: tls.code },
    hint: tls.code === "" ? "does this listener of the broker speak TLS?" : "tls.ca (kafka.ssl.truststore.certificates) must name the authority of the broker's certificate, and that the host; tls.cert and tls.key must belong together",
  });
  if (error instanceof BrokerError) {
    if (FENCED.includes(error.code)) return new ExecutionError({
      condition: "MILLRACE_SINK_FENCED", sqlState: "40001", message: `${doing}: another producer with the same transactional id has taken over, or the transaction took longer than transaction.timeout.ms.`,
      messageParameters: { servers }, hint: "let one run of the query write; or raise kafka.transaction.timeout.ms", cause: error,
    });
    const hint = error.code === CODE.messageTooLarge ? "raise max.message.bytes of the topic" : error.code === CODE.unknownTopic ? "create the topic first: nothing is created by itself"
      : error.code === CODE.topicAuthorization || error.code === CODE.groupAuthorization || error.code === CODE.transactionalIdAuthorization ? "the user needs a right (an ACL) for it" : undefined;
    return new ExecutionError({ condition: "MILLRACE_KAFKA_REQUEST", sqlState: "58000", message: `${doing}: ${error.message}.`, messageParameters: { servers, code: String(error.code) }, hint, cause: error });
  }
  return new ExecutionError({
    condition: "MILLRACE_KAFKA_CONNECTION", sqlState: "08001", message: `${doing}: no answer from ${servers}.`, messageParameters: { servers },
    hint: "look at bootstrapServers, at the network, and whether the broker's advertised.listeners can be reached from here; a broker that hangs up may want TLS, or the certificate of the client", cause: withoutText(error),
  });
}

function withoutText(error: unknown): unknown {
  const code = error instanceof Error ? (error as { code?: string }).code : undefined;
  return code === undefined ? undefined : new Error(code);
}

/** Offsets that a query knows of a topic mean other records now. */
export const recreated = (topic: string): ExecutionError => dataLoss("TOPIC_RECREATED", `Topic ${topic} was deleted and created again: the offsets of the query mean other records.`);

export function dataLoss(subclass: string, what: string): ExecutionError {
  return new ExecutionError({
    condition: `KAFKA_DATA_LOSS.${subclass}`, sqlState: "22000",
    message: `Some data may have been lost because they are not available in Kafka any more; either the data was aged out by Kafka or the topic may have been deleted before all the data in the topic was processed. ${what}`,
    hint: "to go on without these rows set the source option failOnDataLoss to false",
  });
}
