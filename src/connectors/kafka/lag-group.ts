/**
 * Offsets of what is delivered, committed to a group for tools that show lag. Nothing is ever read from there: the query's checkpoint holds
 * the truth. One request is under way; of those that come meanwhile the newest is sent.
 */
import type { Cluster } from "./cluster.ts";
import { Coordinator, GROUP } from "./coordinator.ts";
import { partitionsIn, positionIn, type Positions } from "./positions.ts";

export class LagGroup {
  readonly #name: string;
  readonly #cluster: Cluster;
  readonly #coordinator: Coordinator;
  readonly #warn: (text: string) => void;
  readonly #signal: AbortSignal;
  #next: Positions | undefined;
  #sending: Promise<void> | undefined;
  #last = "";
  #warned = false;

  constructor(name: string, cluster: Cluster, signal: AbortSignal, warn: (text: string) => void) {
    this.#name = name;
    this.#cluster = cluster;
    this.#coordinator = new Coordinator(cluster, GROUP, name);
    this.#signal = signal;
    this.#warn = warn;
  }

  /** Is not waited for; what is there already is not sent again. */
  commit(positions: Positions): void {
    const text = JSON.stringify(positions);
    if (text === this.#last) return;
    this.#last = text;
    this.#next = positions;
    this.#sending ??= this.#send().finally(() => { this.#sending = undefined; });
  }

  /** Settles when the last one is there, or could not be sent. */
  async settled(): Promise<void> { await this.#sending; }

  async #send(): Promise<void> {
    for (let positions = this.#next; positions !== undefined; positions = this.#next) {
      this.#next = undefined;
      try {
        await this.#sendOne(positions);
      } catch (error) {
        if (this.#signal.aborted || this.#warned) continue;
        this.#warned = true;
        this.#warn(`Offsets can't be committed to the group ${this.#name}: ${error instanceof Error ? error.message : String(error)} The query goes on without.`);
      }
    }
  }

  async #sendOne(positions: Positions): Promise<void> {
    const cluster = this.#cluster, topics = [...Map.groupBy(partitionsIn(positions), ({ topic }) => topic)].map(([name, partitions]) => ({
      name, partitions: partitions.map(one => ({ partitionIndex: one.partition, committedOffset: BigInt(positionIn(positions, one)!), committedLeaderEpoch: -1, committedMetadata: null })),
    }));
    await this.#coordinator.asking(`Committing offsets to ${this.#name}`, async connection => {
      // Generation -1 and no member: the group must have no consumers of its own.
      const answer = await cluster.ask(connection, cluster.client.offsetCommitV8.api, this.#name, -1, "", null, topics);
      for (const topic of answer.topics) for (const { errorCode, partitionIndex } of topic.partitions) cluster.check(errorCode, `offset of ${topic.name}-${partitionIndex}`);
    }, this.#signal);
  }
}
