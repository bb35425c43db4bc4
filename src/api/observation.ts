/** What observe() tells: the aggregates over the rows of a frame, as soon as a query has run over it. */
import { callSite } from "./call-site.ts";
import { badArgument } from "./api-errors.ts";
import { entriesOf, named } from "./accessor.ts";
import type { FrameNode } from "./frame.ts";

declare const metrics: unique symbol;
export interface Observation<out M = unknown> {
  readonly name: string;
  /** Of the first run of a query that is not a stream; those of a stream are in its progress. */
  get(): Promise<M>;
  readonly [metrics]?: M;
}
class ObservationNode {
  readonly name: string;
  readonly #told: Promise<unknown>;
  readonly tell: (metrics: unknown) => void;

  constructor(name: string) {
    this.name = name;
    const { promise, resolve } = Promise.withResolvers<unknown>();
    this.#told = promise;
    this.tell = resolve;
    Object.freeze(this);
  }

  get(): Promise<unknown> { return this.#told; }
}

let unnamed = 0;
/** Made before the frame that it observes: `const seen = observation<{ n: bigint }>("seen")`. */
export const observation = <M = Record<string, unknown>>(name = `observation_${++unnamed}`): Observation<M> => new ObservationNode(name) as unknown as Observation<M>;

export function observed(frame: FrameNode, as: unknown, build: unknown): FrameNode {
  const name = typeof as === "string" ? as : as instanceof ObservationNode ? as.name : undefined;
  if (name === undefined || typeof build !== "function") throw badArgument("observe() takes a name or an observation, and a callback that returns aggregates.", 'observe("orders", r => ({ n: count(), most: max(r.total) }))');
  const list = entriesOf(frame.call(build), "observe").map(named);
  return frame.over({ kind: "collect_metrics", input: frame.relation, name, metrics: list, ...(as instanceof ObservationNode && { report: as.tell }), origin: callSite() });
}
