/**
 * How a transaction ended, from a partition that it wrote to: behind its records stands a control record that says so.
 * https://kafka.apache.org/documentation/#controlbatch
 */
import type { Cluster } from "./cluster.ts";
import { BrokerError, CODE } from "./errors.ts";
import { isCommit, isControl, fetchRecords, recordBatches } from "./fetch.ts";

/** Where some of a transaction's records were stored, and by whom. */
export interface TransactionPlace { readonly topic: string; readonly partition: number; readonly offset: number; readonly producerId: bigint }
export type Outcome = "committed" | "aborted";

const FETCH_BYTES = 1 << 20, FETCH_WAIT_MILLIS = 100;

export const placeToText = ({ topic, partition, offset, producerId }: TransactionPlace): string => `${topic}/${partition}/${offset}/${producerId}`;

/** Undefined if it is no place's text. */
export function placeFromText(text: string): TransactionPlace | undefined {
  const found = /^([\w.-]+)\/(\d+)\/(\d+)\/(\d+)$/.exec(text);
  return found === null ? undefined : { topic: found[1]!, partition: Number(found[2]), offset: Number(found[3]), producerId: BigInt(found[4]!) };
}

/**
 * Undefined if its records are not there any more. Waits for an end that isn't written yet: the coordinator writes it when
 * it opens the next producer of the same transactional id, if not before.
 */
export async function outcomeOf(cluster: Cluster, place: TransactionPlace): Promise<Outcome | undefined> {
  const { partition, producerId } = place, name = `${place.topic}-${partition}`;
  let next = place.offset, isFound = false;
  return await cluster.retrying(`Looking how a transaction of ${name} ended`, async () => {
    const [topic] = await cluster.topics([place.topic]);
    if (topic?.leaders[partition] === undefined) return undefined;
    for (;;) {
      const connection = await cluster.fetchConnection(await cluster.leaderNode(place)), from = next;
      const fetched = await fetchRecords(cluster, connection, { topic, partition, offset: from }, { maxBytes: FETCH_BYTES, maxWaitMillis: FETCH_WAIT_MILLIS, committedOnly: false });
      try {
        if (fetched.code === CODE.offsetOutOfRange) return undefined;
        for (const batch of recordBatches(fetched.bytes, name, true)) {
          // They were deleted, or the topic is another one of the same name.
          if (!isFound && (batch.firstOffset > place.offset || batch.producerId !== producerId)) return undefined;
          isFound = true;
          if (isControl(batch) && batch.producerId === producerId) return isCommit(batch) ? "committed" : "aborted";
          next = batch.lastOffset + 1;
        }
        if (next === from && from >= fetched.highWatermark) throw new BrokerError(CODE.concurrentTransactions, cluster.codeName(CODE.concurrentTransactions), `the transaction at offset ${place.offset} of ${name}`);
      } finally {
        fetched.release();
      }
    }
  });
}
