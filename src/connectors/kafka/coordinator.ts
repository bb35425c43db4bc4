/** The broker that keeps a group or a transactional id: asked for by name, and anew after each failure. */
import type { Connection } from "@platformatic/kafka";
import type { Cluster } from "./cluster.ts";
import { BrokerError, CODE } from "./errors.ts";

export const GROUP = 0, TRANSACTION = 1;

export class Coordinator {
  readonly #cluster: Cluster;
  readonly #keyType: number;
  readonly #key: string;
  #node: number | undefined;

  /** `keyType`: GROUP or TRANSACTION. */
  constructor(cluster: Cluster, keyType: number, key: string) {
    this.#cluster = cluster;
    this.#keyType = keyType;
    this.#key = key;
  }

  /** Tries until it works, as Cluster.retrying does. */
  async asking<T>(doing: string, attempt: (connection: Connection) => Promise<T>, signal?: AbortSignal): Promise<T> {
    const cluster = this.#cluster;
    return await cluster.retrying(doing, async () => {
      try {
        return await attempt(await cluster.connection(this.#node ??= await this.#find()));
      } catch (error) {
        if (!(error instanceof BrokerError) || error.code !== CODE.concurrentTransactions) this.#node = undefined;
        throw error;
      }
    }, signal);
  }

  async #find(): Promise<number> {
    const cluster = this.#cluster, answer = await cluster.ask(await cluster.anyConnection(), cluster.client.findCoordinatorV4.api, this.#keyType, [this.#key]), [found] = answer.coordinators;
    if (found === undefined) throw new BrokerError(15, "COORDINATOR_NOT_AVAILABLE", this.#key);
    cluster.check(found.errorCode, `coordinator of ${this.#key}`);
    cluster.addNode(found.nodeId, found);
    return found.nodeId;
  }
}
