/**
 * What a person asks who sets up Kafka: does a broker answer, encrypted, does it let us in, is the topic there, may we read
 * and write it, and can its leaders be reached by the addresses that the brokers give for themselves?
 */
import { connect as connectPlain, type Socket } from "node:net";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { systemClock } from "../../base/clock.ts";
import { nodeFiles } from "../../base/files.ts";
import { MillraceError } from "../../base/errors.ts";
import { bad, good, note, type Finding } from "../finding.ts";
import { Cluster } from "./cluster.ts";
import { CODE } from "./errors.ts";
import { sourceOptions, type KafkaConnectionOptions } from "./options.ts";

export interface KafkaPlace {
  /** host:port, with commas. */
  readonly servers: string;
  readonly isEncrypted: boolean;
  readonly caFile: string | undefined;
  readonly sasl: { readonly mechanism: string; readonly username: string; readonly password: string } | undefined;
  readonly topic: string | undefined;
}

/** The protocol's AclOperation: bits of what a topic says may be done with it. */
const READ = 1 << 3, WRITE = 1 << 4;
const TIMEOUT_MILLIS = 5000;

/** Ends with the first thing that is wrong. @throws MILLRACE_PEER_MISSING, MILLRACE_INVALID_OPTION */
export async function checkKafka({ servers, isEncrypted, caFile, sasl, topic }: KafkaPlace): Promise<readonly Finding[]> {
  const { connection: options } = sourceOptions({
    "kafka.bootstrap.servers": servers, subscribe: topic ?? "any", "kafka.security.protocol": `${sasl === undefined ? "" : "SASL_"}${isEncrypted ? "SSL" : "PLAINTEXT"}`, "kafka.connect.timeout.ms": String(TIMEOUT_MILLIS), "kafka.request.timeout.ms": String(TIMEOUT_MILLIS),
    ...(isEncrypted && { tls: caFile === undefined ? "true" : JSON.stringify({ ca: new TextDecoder().decode(nodeFiles.readFile(caFile)) }) }), ...(sasl !== undefined && { sasl: JSON.stringify(sasl) }),
  }, false, nodeFiles);
  const findings: Finding[] = [];
  const reached = await firstReached(options, findings);
  if (reached === undefined) return findings;
  if (!isEncrypted) findings.push(note("encryption", "the connection is not encrypted; kafkas:// asks for it"));
  else {
    const { protocol, failure } = await handshake(reached, options);
    findings.push(failure === undefined ? good("encryption", `the connection is encrypted, ${protocol}`) : bad("encryption", failure));
    if (failure !== undefined) return findings;
  }
  const cluster = await Cluster.open(options, systemClock);
  try {
    await askBroker(cluster, sasl?.username, topic, findings);
  } finally {
    await cluster.close();
  }
  return findings;
}

type Server = KafkaConnectionOptions["servers"][number];

/** The first server that takes a connection; the others that don't are named. */
async function firstReached(options: KafkaConnectionOptions, findings: Finding[]): Promise<Server | undefined> {
  const failures: string[] = [];
  let reached: Server | undefined;
  for (const server of options.servers) {
    const failure = await failureOf(connectPlain({ host: server.host, port: server.port, timeout: TIMEOUT_MILLIS }), "connect");
    if (failure === undefined) reached ??= server;
    else failures.push(`${server.host}:${server.port} (${failure})`);
  }
  if (reached === undefined) findings.push(bad("address", `nobody answers at ${failures.join(", ")}`));
  else if (failures.length > 0) findings.push(bad("address", `${reached.host}:${reached.port} answers, and nobody at ${failures.join(", ")}`));
  else findings.push(good("address", options.servers.map(({ host, port }) => `${host}:${port}`).join(", ") + (options.servers.length === 1 ? " answers" : " answer")));
  return reached;
}

/** Why the socket did not come so far; undefined if it did. It is closed. */
function failureOf(socket: Socket, event: "connect" | "secureConnect", seen?: (socket: Socket) => void): Promise<string | undefined> {
  return new Promise(resolve => {
    const end = (failure: string | undefined): void => {
      if (failure === undefined) seen?.(socket);
      socket.removeAllListeners().on("error", () => { /* it is done with */ }).destroy();
      resolve(failure);
    };
    socket.once(event, () => end(undefined)).once("error", error => end((error as { code?: string }).code ?? error.message))
      .once("timeout", () => end(`no answer in ${TIMEOUT_MILLIS / 1000} s`)).once("close", () => end("it closed the connection"));
  });
}

async function handshake({ host, port }: Server, { tls }: KafkaConnectionOptions): Promise<{ protocol?: string; failure: string | undefined }> {
  let protocol = "TLS";
  const failure = await failureOf(connectTls({ host, port, servername: /^[\d.:]+$/.test(host) ? "" : host, timeout: TIMEOUT_MILLIS, ...tls }), "secureConnect", socket => { protocol = (socket as TLSSocket).getProtocol() ?? protocol; });
  const isOther = failure !== undefined && /WRONG_VERSION|PACKET_LENGTH|RECORD|closed|ECONNRESET|no answer/i.test(failure);
  return { protocol, failure: failure === undefined ? undefined : isOther ? `no TLS is spoken there (${failure}): perhaps kafka://, or another port` : `the broker's certificate is not trusted (${failure}): --ca-file names the authority` };
}

async function askBroker(cluster: Cluster, user: string | undefined, topic: string | undefined, findings: Finding[]): Promise<void> {
  try {
    await cluster.retrying("Asking the broker", async () => { await cluster.ask(await cluster.anyConnection(), cluster.client.metadataV12.api, [], false, false); });
  } catch (error) {
    const { condition } = error as MillraceError;
    if (condition === "MILLRACE_KAFKA_AUTHENTICATION") return void findings.push(bad("login", `the broker refused ${user ?? "who gave no name"}: user, password or mechanism (PLAIN, SCRAM-SHA-256, SCRAM-SHA-512) is another`));
    if (condition !== "MILLRACE_KAFKA_CONNECTION") throw error;
    return void findings.push(bad("login", user === undefined ? "the broker closes the connection or is silent: it wants TLS (kafkas://) or a login (kafka://user@...), or is no Kafka" : "the broker closes the connection or is silent: it wants TLS (kafkas://) or another mechanism, or is no Kafka"));
  }
  findings.push(user === undefined ? note("login", "none was given, and none was asked for") : good("login", `user ${user}`));
  if (topic !== undefined) await askTopic(cluster, topic, findings);
}

async function askTopic(cluster: Cluster, topic: string, findings: Finding[]): Promise<void> {
  const answer = await cluster.ask(await cluster.anyConnection(), cluster.client.metadataV12.api, [topic], false, true), [found] = answer.topics;
  if (found === undefined || found.errorCode === CODE.unknownTopic) return void findings.push(bad("object", `there is no topic ${topic}, or it may not be seen`));
  if (found.errorCode === CODE.topicAuthorization) return void findings.push(bad("right", `the topic ${topic} may not be seen: the user needs the ACLs Describe, and Read or Write`));
  if (found.errorCode !== 0) return void findings.push(bad("object", `${topic}: ${cluster.codeName(found.errorCode)}`));
  findings.push(good("object", `the topic ${topic} is there, with ${found.partitions.length} partitions`));
  const mayDo = found.topicAuthorizedOperations;
  findings.push((mayDo & READ) !== 0 ? good("right to read", "Read is granted") : bad("right to read", `the ACL Read on ${topic} is missing`));
  findings.push((mayDo & WRITE) !== 0 ? good("right to write", "Write is granted") : note("right to write", `the ACL Write on ${topic} is missing`));
  const leaders = new Set(found.partitions.map(({ leaderId }) => leaderId));
  for (const { nodeId, host, port } of answer.brokers) {
    if (!leaders.has(nodeId)) continue;
    const failure = await failureOf(connectPlain({ host, port, timeout: TIMEOUT_MILLIS }), "connect");
    if (failure !== undefined) findings.push(bad("address", `broker ${nodeId} leads partitions and says it is at ${host}:${port}, where nobody answers (${failure}): look at its advertised.listeners`));
  }
  if (leaders.has(-1)) findings.push(bad("object", `partitions of ${topic} have no leader`));
}
