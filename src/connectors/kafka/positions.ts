/** Offsets by topic and partition: where reading begins and ends, what a batch may take, how far behind it is. */
import { AnalysisError } from "../../base/errors.ts";
import { EARLIEST, LATEST, type Cluster, type TopicPartition } from "./cluster.ts";
import { dataLoss } from "./errors.ts";
import type { KafkaSourceOptions, OffsetSpec, PartitionMap, Subscription } from "./options.ts";

export type Positions = PartitionMap<number>;

export const positionIn = (positions: Positions | null | undefined, { topic, partition }: TopicPartition): number | undefined => positions?.[topic]?.[String(partition)];
export const partitionName = ({ topic, partition }: TopicPartition): string => `${topic}-${partition}`;

/** Topics by name, partitions by number: equal positions are equal texts. */
export function positionsOf(partitions: readonly TopicPartition[], offsets: readonly number[]): Positions {
  const positions: Record<string, Record<string, number>> = {};
  const order = partitions.map((one, i) => [one, offsets[i]!] as const).sort(([a], [b]) => (a.topic < b.topic ? -1 : a.topic > b.topic ? 1 : a.partition - b.partition));
  for (const [{ topic, partition }, offset] of order) (positions[topic] ??= {})[String(partition)] = offset;
  return positions;
}

export const partitionsIn = (positions: PartitionMap<unknown> | null): TopicPartition[] =>
  Object.entries(positions ?? {}).flatMap(([topic, byPartition]) => Object.keys(byPartition).map(partition => ({ topic, partition: Number(partition) })));

/** Topics of Kafka's own, which a pattern leaves out as Java's consumer does. */
const INTERNAL: ReadonlySet<string> = new Set(["__consumer_offsets", "__transaction_state", "__share_group_state"]);

/** What a subscription names now, in order; topics that aren't there are left out. `ids` gets the topics' ids. Not retried. */
export async function subscribed(cluster: Cluster, subscription: Subscription, ids: Map<string, string>): Promise<TopicPartition[]> {
  const pattern = subscription.kind === "pattern" ? new RegExp(`^(?:${subscription.pattern})$`) : undefined;
  const topics = await cluster.topics(subscription.kind === "topics" ? subscription.topics : subscription.kind === "assign" ? Object.keys(subscription.partitions) : undefined);
  const partitions: TopicPartition[] = [];
  for (const { name: topic, id, leaders } of topics) {
    if (pattern !== undefined && (INTERNAL.has(topic) || !pattern.test(topic))) continue;
    ids.set(topic, id);
    leaders.forEach((_, partition) => {
      if (subscription.kind !== "assign" || subscription.partitions[topic]?.[String(partition)] === true) partitions.push({ topic, partition });
    });
  }
  return partitions;
}

/** The offsets that the options mean. Not retried. @throws AnalysisError when they don't name all partitions, or no others */
export async function resolve(cluster: Cluster, spec: OffsetSpec, partitions: readonly TopicPartition[], side: "starting" | "ending", options: KafkaSourceOptions): Promise<number[]> {
  const { committedOnly } = options;
  const at = (time: bigint): Promise<number[]> => cluster.listOffsets(partitions.map(one => ({ ...one, time })), committedOnly);
  if (spec.kind === "earliest") return await at(EARLIEST);
  if (spec.kind === "latest") return await at(LATEST);
  if (spec.kind === "each") {
    mustNameAll(spec.offsets, partitions, `${side}Offsets`, "Use -1 for latest, -2 for earliest.");
    const given = partitions.map(one => positionIn(spec.offsets, one)!), words = partitions.map((one, i) => ({ ...one, time: BigInt(given[i]!), i })).filter(one => one.time < 0n);
    (await cluster.listOffsets(words, committedOnly)).forEach((offset, j) => { given[words[j]!.i] = offset; });
    return given;
  }
  if (spec.kind === "times") mustNameAll(spec.millis, partitions, `${side}OffsetsByTimestamp`, "");
  const times = partitions.map(one => BigInt(spec.kind === "time" ? spec.millis : positionIn(spec.millis, one)!));
  const found = await cluster.listOffsets(partitions.map((one, i) => ({ ...one, time: times[i]! })), committedOnly), missing = found.flatMap((offset, i) => (offset < 0 ? [i] : []));
  if (missing.length === 0) return found;
  const first = missing[0]!;
  if (side === "starting" && options.noLaterRecord === "error") throw new AnalysisError({
    condition: "MILLRACE_KAFKA_NO_OFFSET_FOR_TIME", sqlState: "22023", message: `No offset matched from request of topic-partition ${partitionName(partitions[first]!)} and timestamp ${times[first]!}.`,
    messageParameters: { partition: partitionName(partitions[first]!), timestamp: String(times[first]!) }, hint: "set startingOffsetsByTimestampStrategy to latest to begin at the end",
  });
  const ends = await at(LATEST);
  return found.map((offset, i) => (offset < 0 ? ends[i]! : offset));
}

function mustNameAll(given: PartitionMap<number>, partitions: readonly TopicPartition[], option: string, how: string): void {
  const named = partitionsIn(given).map(partitionName).sort(), all = partitions.map(partitionName).sort();
  if (named.join() === all.join()) return;
  throw new AnalysisError({
    condition: "MILLRACE_INVALID_OPTION", sqlState: "22023", message: `If ${option} contains specific offsets, you must specify all TopicPartitions. ${how} Specified: ${named.join(", ")}; Assigned: ${all.join(", ")}`,
    messageParameters: { option },
  });
}

/** Ends of a batch of at most `limit` records, shared out by what there is in each partition, as Spark does. */
export function rateLimit(limit: number, partitions: readonly TopicPartition[], begins: readonly number[], ends: readonly number[]): number[] {
  const sizes = partitions.map((_, i) => Math.max(0, ends[i]! - begins[i]!)), total = sizes.reduce((a, b) => a + b, 0);
  if (total <= limit) return [...ends];
  return partitions.map((_, i) => {
    const share = limit * (sizes[i]! / total);
    // Where not even one record falls to a partition it gets one, so that it doesn't starve.
    return Math.min(ends[i]!, begins[i]! + (share < 1 ? Math.ceil(share) : Math.floor(share)));
  });
}

/** Where a partition went back, or what was asked for is behind its end. */
export function wentBack(one: TopicPartition, from: number, to: number): Error {
  return dataLoss("OFFSET_WENT_BACK", `Partition ${partitionName(one)}'s offset was changed from ${from} to ${to}.`);
}
