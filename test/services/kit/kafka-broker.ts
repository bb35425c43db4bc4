/**
 * A Kafka broker of its own for a test, on a free port, in a folder that goes with it. Its controller is a process of its own, as in
 * production, and lives on when the broker is killed: one node that is both takes itself for a leader when it is back, then for
 * none, and forgets the ends of transactions that are due in between (Kafka 4.4: "likely deleted already and hence can be skipped").
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { installKafka, kafkaJars } from "../../../scripts/install-services.mjs";
import { ServiceProcess, freePort } from "./service.ts";

const JAVA = ["-Xms128m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", join(kafkaJars, "libs", "*")];

const PROPERTIES = "server.properties";
const LOGGING = `appenders = out
appender.out.type = Console
appender.out.name = out
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = %d{ABSOLUTE} %p %c{1} %m%n
rootLogger.level = INFO
rootLogger.appenderRefs = out
rootLogger.appenderRef.out.ref = out
`;

/** Who may come in by the listener that asks for credentials: `plain` by PLAIN, `scram` by SCRAM-SHA-256. */
export const USERS = { plain: "a-password-of-plain", scram: "a-password-of-scram" } as const;

/** Listeners beside the plain one. */
export interface KafkaListeners {
  /** One that asks for credentials. */
  readonly sasl?: boolean;
  /** Two with TLS, of which the second asks for credentials too: a key and certificate, with their chain, as PEM. */
  readonly tls?: { readonly key: string; readonly certificates: string };
  /** One that tells clients to come by this port, where a proxy listens. */
  readonly proxyPort?: number;
}

/** A place among the nodes of a cluster. */
interface Member { readonly node: number; readonly nodes: number; readonly controller: KafkaController }

export class KafkaBroker implements AsyncDisposable {
  /** host:port */
  readonly address: string;
  /** Of the other listeners; empty where there is none. */
  saslAddress = "";
  tlsAddress = "";
  saslTlsAddress = "";
  /** Where the proxy is to send what it gets. */
  proxiedPort = 0;
  readonly node: number;
  readonly #folder: string;
  #process: ServiceProcess | undefined;
  #ownController: KafkaController | undefined;

  private constructor(folder: string, port: number, node: number) {
    this.#folder = folder;
    this.address = `127.0.0.1:${port}`;
    this.node = node;
  }

  /** `settings`: further lines of server.properties. */
  static async start(settings: Readonly<Record<string, string>> = {}, listeners: KafkaListeners = {}): Promise<KafkaBroker> {
    const controller = await KafkaController.start(settings, needsUsers(listeners)), broker = await KafkaBroker.join({ node: 1, nodes: 1, controller }, settings, listeners);
    broker.#ownController = controller;
    return broker;
  }

  /** One node of a cluster, over an empty folder. */
  static async join({ node, nodes, controller }: Member, settings: Readonly<Record<string, string>>, listeners: KafkaListeners): Promise<KafkaBroker> {
    const folder = mkdtempSync(join(tmpdir(), "millrace-kafka-")), broker = new KafkaBroker(folder, await freePort(), node), copies = String(Math.min(3, nodes));
    const properties: Readonly<Record<string, string>> = {
      "process.roles": "broker", "node.id": String(node), ...controller.knownBy, "inter.broker.listener.name": "PLAINTEXT",
      "log.dirs": join(folder, "logs"), "num.partitions": "4", "group.initial.rebalance.delay.ms": "0",
      "broker.session.timeout.ms": "1500", "broker.heartbeat.interval.ms": "300", "auto.create.topics.enable": "false",
      "offsets.topic.replication.factor": copies, "offsets.topic.num.partitions": "4", "transaction.state.log.replication.factor": copies, "transaction.state.log.min.isr": "1", "transaction.state.log.num.partitions": "4",
      "share.coordinator.state.topic.replication.factor": copies, "share.coordinator.state.topic.min.isr": "1", ...await broker.#listeners(listeners), ...settings,
    };
    format(folder, properties);
    await broker.resume();
    return broker;
  }

  async #listeners({ sasl, tls, proxyPort }: KafkaListeners): Promise<Readonly<Record<string, string>>> {
    /** Name, protocol, own port, and the port that clients are told. */
    const all: (readonly [string, string, number, number])[] = [], add = async (name: string, protocol: string, told?: number): Promise<number> => {
      const port = await freePort();
      all.push([name, protocol, port, told ?? port]);
      return port;
    };
    const own = Number(this.address.split(":")[1]);
    all.push(["PLAINTEXT", "PLAINTEXT", own, own]);
    if (sasl === true) this.saslAddress = `127.0.0.1:${await add("SASL", "SASL_PLAINTEXT")}`;
    if (tls !== undefined) {
      this.tlsAddress = `localhost:${await add("TLS", "SSL")}`;
      this.saslTlsAddress = `localhost:${await add("SASLTLS", "SASL_SSL")}`;
    }
    if (proxyPort !== undefined) this.proxiedPort = await add("PROXIED", "PLAINTEXT", proxyPort);
    const url = (told: boolean) => ([name, , port, toldPort]: readonly [string, string, number, number]): string => `${name}://${name.endsWith("TLS") ? "localhost" : "127.0.0.1"}:${told ? toldPort : port}`;
    const asking = all.filter(([, protocol]) => protocol.startsWith("SASL")).map(([name]) => name.toLowerCase());
    return {
      "listeners": all.map(url(false)).join(), "advertised.listeners": all.map(url(true)).join(),
      "listener.security.protocol.map": [...all.map(([name, protocol]) => `${name}:${protocol}`), "CONTROLLER:PLAINTEXT"].join(),
      ...(asking.length > 0 && { "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-256" }),
      ...Object.fromEntries(asking.flatMap(name => [
        [`listener.name.${name}.plain.sasl.jaas.config`, `org.apache.kafka.common.security.plain.PlainLoginModule required user_plain="${USERS.plain}";`],
        [`listener.name.${name}.scram-sha-256.sasl.jaas.config`, "org.apache.kafka.common.security.scram.ScramLoginModule required;"],
      ])),
      ...(tls !== undefined && { "ssl.keystore.type": "PEM", "ssl.keystore.key": oneLine(tls.key), "ssl.keystore.certificate.chain": oneLine(tls.certificates) }),
    };
  }

  /** Starts the process, over the data that is there. */
  async resume(): Promise<void> { this.#process = await run(this.#folder); }

  /** Ends the process and leaves the data. SIGKILL: as a crash. */
  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    await this.#process?.stop(signal);
    this.#process = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop("SIGKILL");
    rmSync(this.#folder, { recursive: true, force: true });
    await this.#ownController?.[Symbol.asyncDispose]();
  }
}

/** Who knows which brokers are there and which of them lead. */
class KafkaController implements AsyncDisposable {
  /** Settings of a broker that belongs to it. */
  readonly knownBy: Readonly<Record<string, string>>;
  readonly #folder = mkdtempSync(join(tmpdir(), "millrace-kafka-controller-"));
  #process: ServiceProcess | undefined;

  private constructor(port: number) { this.knownBy = { "controller.quorum.bootstrap.servers": `127.0.0.1:${port}`, "controller.listener.names": "CONTROLLER" }; }

  static async start(settings: Readonly<Record<string, string>>, hasUsers: boolean): Promise<KafkaController> {
    installKafka();
    const port = await freePort(), controller = new KafkaController(port), folder = controller.#folder;
    format(folder, {
      ...controller.knownBy, "process.roles": "controller", "node.id": "1000", "log.dirs": join(folder, "logs"), "listeners": `CONTROLLER://127.0.0.1:${port}`, "listener.security.protocol.map": "CONTROLLER:PLAINTEXT",
      // A broker that was killed is taken back when it is there again, and not only when it has been missed for long.
      "broker.session.timeout.ms": "1500", ...settings,
    }, ["--standalone", ...(hasUsers ? ["--add-scram", `SCRAM-SHA-256=[name=scram,password=${USERS.scram}]`] : [])]);
    controller.#process = await run(folder);
    return controller;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process?.stop("SIGKILL");
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

const needsUsers = ({ sasl, tls }: KafkaListeners): boolean => sasl === true || tls !== undefined;

/** Makes a node's folder. */
function format(folder: string, properties: Readonly<Record<string, string>>, flags: readonly string[] = []): void {
  writeFileSync(join(folder, "log4j2.properties"), LOGGING);
  writeFileSync(join(folder, PROPERTIES), Object.entries(properties).map(([key, value]) => `${key}=${value}\n`).join(""));
  // A cluster's id is 22 characters of base 64.
  const { status, stdout, stderr } = spawnSync("java", [`-Dlog4j2.configurationFile=${join(folder, "log4j2.properties")}`, ...JAVA, "kafka.tools.StorageTool", "format", "-t", "MkU3OEVBNTcwNTJENDM2Qg", "-c", join(folder, PROPERTIES), ...flags], { encoding: "utf8" });
  if (status !== 0) throw new Error(`the folder of a node could not be made: ${stdout}${stderr}`);
}

/** A node over its folder, when it has started. */
async function run(folder: string): Promise<ServiceProcess> {
  const node = new ServiceProcess("Kafka", "java", [`-Dlog4j2.configurationFile=${join(folder, "log4j2.properties")}`, ...JAVA, "kafka.Kafka", join(folder, PROPERTIES)], { cwd: folder });
  await node.says(/Kafka Server started/);
  return node;
}

/** PEM as a value of server.properties. */
const oneLine = (pem: string): string => pem.trim().replaceAll("\n", "\\n");

/** Several brokers, each a process, that are one cluster. */
export class KafkaCluster implements AsyncDisposable {
  readonly brokers: readonly KafkaBroker[];
  readonly #controller: KafkaController;

  private constructor(brokers: readonly KafkaBroker[], controller: KafkaController) {
    this.brokers = brokers;
    this.#controller = controller;
  }

  get addresses(): string { return this.brokers.map(broker => broker.address).join(","); }

  static async start(nodes: number, settings: Readonly<Record<string, string>> = {}): Promise<KafkaCluster> {
    const controller = await KafkaController.start(settings, false), brokers: KafkaBroker[] = [];
    for (let node = 1; node <= nodes; node++) brokers.push(await KafkaBroker.join({ node, nodes, controller }, settings, {}));
    return new KafkaCluster(brokers, controller);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const broker of this.brokers) await broker[Symbol.asyncDispose]();
    await this.#controller[Symbol.asyncDispose]();
  }
}
