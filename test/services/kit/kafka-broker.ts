/** A Kafka broker of its own for a test: one node, on a free port, in a folder that goes with it. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { installKafka, kafkaJars } from "../../../scripts/install-services.mjs";
import { ServiceProcess, freePort } from "./service.ts";

const JAVA = ["-Xms128m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", join(kafkaJars, "libs", "*")];

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

export class KafkaBroker implements AsyncDisposable {
  /** host:port */
  readonly address: string;
  /** The listener that asks for credentials, if the broker was started with it. */
  saslAddress = "";
  readonly #folder: string;
  readonly #properties: string;
  #process: ServiceProcess | undefined;

  private constructor(folder: string, port: number) {
    this.#folder = folder;
    this.#properties = join(folder, "server.properties");
    this.address = `127.0.0.1:${port}`;
  }

  /** `settings`: further lines of server.properties. `withSasl`: a second listener, which asks for credentials. */
  static async start(settings: Readonly<Record<string, string>> = {}, withSasl = false): Promise<KafkaBroker> {
    installKafka();
    const port = await freePort(), controller = await freePort(), folder = mkdtempSync(join(tmpdir(), "millrace-kafka-")), broker = new KafkaBroker(folder, port);
    const properties: Readonly<Record<string, string>> = {
      "process.roles": "broker,controller", "node.id": "1", "controller.quorum.bootstrap.servers": `127.0.0.1:${controller}`,
      "listeners": `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controller}`, "advertised.listeners": `PLAINTEXT://127.0.0.1:${port}`,
      "controller.listener.names": "CONTROLLER", "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT", "inter.broker.listener.name": "PLAINTEXT",
      "log.dirs": join(folder, "logs"), "num.partitions": "4", "group.initial.rebalance.delay.ms": "0", "auto.create.topics.enable": "false",
      "offsets.topic.replication.factor": "1", "offsets.topic.num.partitions": "4", "transaction.state.log.replication.factor": "1", "transaction.state.log.min.isr": "1", "transaction.state.log.num.partitions": "4",
      "share.coordinator.state.topic.replication.factor": "1", "share.coordinator.state.topic.min.isr": "1", ...(withSasl && await broker.#sasl(port, controller)), ...settings,
    };
    writeFileSync(join(folder, "log4j2.properties"), LOGGING);
    writeFileSync(broker.#properties, Object.entries(properties).map(([key, value]) => `${key}=${value}\n`).join(""));
    // A cluster's id is 22 characters of base 64.
    const format = spawnSync("java", [`-Dlog4j2.configurationFile=${join(folder, "log4j2.properties")}`, ...JAVA, "kafka.tools.StorageTool", "format", "-t", "MkU3OEVBNTcwNTJENDM2Qg", "-c", broker.#properties, "--standalone", ...(withSasl ? ["--add-scram", `SCRAM-SHA-256=[name=scram,password=${USERS.scram}]`] : [])], { encoding: "utf8" });
    if (format.status !== 0) throw new Error(`the broker's folder could not be made: ${format.stdout}${format.stderr}`);
    await broker.resume();
    return broker;
  }

  async #sasl(port: number, controller: number): Promise<Readonly<Record<string, string>>> {
    const sasl = await freePort();
    this.saslAddress = `127.0.0.1:${sasl}`;
    return {
      "listeners": `PLAINTEXT://127.0.0.1:${port},SASL_PLAINTEXT://127.0.0.1:${sasl},CONTROLLER://127.0.0.1:${controller}`, "advertised.listeners": `PLAINTEXT://127.0.0.1:${port},SASL_PLAINTEXT://127.0.0.1:${sasl}`,
      "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT", "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-256",
      "listener.name.sasl_plaintext.plain.sasl.jaas.config": `org.apache.kafka.common.security.plain.PlainLoginModule required user_plain="${USERS.plain}";`,
      "listener.name.sasl_plaintext.scram-sha-256.sasl.jaas.config": "org.apache.kafka.common.security.scram.ScramLoginModule required;",
    };
  }

  /** Starts the process, over the data that is there. */
  async resume(): Promise<void> {
    this.#process = new ServiceProcess("Kafka", "java", [`-Dlog4j2.configurationFile=${join(this.#folder, "log4j2.properties")}`, ...JAVA, "kafka.Kafka", this.#properties], { cwd: this.#folder });
    await this.#process.says(/Kafka Server started/);
  }

  /** Ends the process and leaves the data. SIGKILL: as a crash. */
  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    await this.#process?.stop(signal);
    this.#process = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop("SIGKILL");
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
