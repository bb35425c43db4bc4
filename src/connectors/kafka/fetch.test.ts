/** Catches aborted records that are taken for committed ones, and damaged batches that are read. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "../../base/clock.ts";
import { crc32c } from "../../storage/crc32c.ts";
import { AbortedFilter, offsetBehind, recordBatches, type Aborted, type RecordBatch } from "./fetch.ts";

const SEED = Number(process.env["MILLRACE_SEED"] ?? "1"), random = seededRandom(SEED), below = (end: number): number => random.uint32() % end;

/** A batch with `records`; for a control batch one record whose key is version and type. */
function bytesOf(firstOffset: number, count: number, attributes: number, producerId: number, records: Buffer): Buffer {
  const bytes = Buffer.alloc(61 + records.length);
  bytes.writeBigInt64BE(BigInt(firstOffset), 0);
  bytes.writeInt32BE(bytes.length - 12, 8);
  bytes[16] = 2;
  bytes.writeInt16BE(attributes, 21);
  bytes.writeInt32BE(count - 1, 23);
  bytes.writeBigInt64BE(BigInt(producerId), 43);
  bytes.writeInt32BE(count, 57);
  records.copy(bytes, 61);
  bytes.writeUInt32BE(crc32c(bytes, 21), 17);
  return bytes;
}
const control = (isCommit: boolean): Buffer => Buffer.from([32, 0, 0, 0, 8, 0, 0, 0, isCommit ? 1 : 0, 12, 0, 0, 0, 0, 0, 0, 0]);

interface Transaction { readonly producerId: number; readonly isAborted: boolean; readonly firstOffset: number; lastOffset: number }

/** A log of several producers that take turns, some without transactions; each batch with the transaction it belongs to. */
function someLog(): { readonly batches: { readonly bytes: Buffer; readonly isTaken: boolean }[]; readonly transactions: Transaction[] } {
  const open = new Map<number, Transaction>(), transactions: Transaction[] = [], batches: { bytes: Buffer; isTaken: boolean }[] = [];
  let offset = below(5);
  for (let i = 0; i < 40; i++) {
    const producerId = 1 + below(4), count = 1 + below(5), transaction = open.get(producerId), what = below(4);
    if (what === 0) batches.push({ bytes: bytesOf(offset, count, 0, below(2) === 0 ? -1 : producerId + 10, Buffer.alloc(0)), isTaken: true });
    else if (what === 1 && transaction !== undefined) {
      batches.push({ bytes: bytesOf(offset, 1, 16 | 32, producerId, control(!transaction.isAborted)), isTaken: false });
      transaction.lastOffset = offset++;
      open.delete(producerId);
      continue;
    } else {
      const of = transaction ?? { producerId, isAborted: below(2) === 0, firstOffset: offset, lastOffset: Number.POSITIVE_INFINITY };
      if (transaction === undefined) {
        open.set(producerId, of);
        transactions.push(of);
      }
      batches.push({ bytes: bytesOf(offset, count, 16, producerId, Buffer.alloc(0)), isTaken: !of.isAborted });
    }
    offset += count;
  }
  return { batches, transactions };
}

test("of any part of a log just what aborted transactions wrote is left out", () => {
  for (let i = 0; i < 500; i++) {
    const { batches, transactions } = someLog(), from = below(batches.length), to = from + 1 + below(batches.length - from), part = batches.slice(from, to);
    const read = [...recordBatches(Buffer.concat(part.map(batch => batch.bytes)), "t-0", true)], low = read[0]!.firstOffset, high = read.at(-1)!.lastOffset;
    // What a broker sends: the transactions that meet the part, in any order.
    const aborted: Aborted[] = transactions.filter(one => one.isAborted && one.lastOffset >= low && one.firstOffset <= high).map(one => ({ producerId: BigInt(one.producerId), firstOffset: BigInt(one.firstOffset) })).sort(() => below(3) - 1);
    const filter = new AbortedFilter(aborted);
    assert.deepEqual(read.map(batch => filter.takes(batch)), part.map(batch => batch.isTaken), `seed ${SEED}, ${i}`);
  }
});

test("a batch that is cut off is left out; damage, and formats that are too old, are errors", () => {
  const one = bytesOf(7, 2, 0, -1, Buffer.from("some records")), offsets = (bytes: Buffer): number[] => [...recordBatches(bytes, "t-0", true)].map((batch: RecordBatch) => batch.firstOffset);
  assert.deepEqual(offsets(Buffer.concat([one, one.subarray(0, one.length - 1)])), [7]);
  assert.deepEqual(offsets(Buffer.concat([one, one.subarray(0, 20)])), [7]);
  for (const bytes of [one, Buffer.concat([one, one.subarray(0, 60)]), Buffer.concat([one, one.subarray(0, one.length - 1)])]) assert.equal(offsetBehind(bytes, 3, 100), 9);
  assert.equal(offsetBehind(one.subarray(0, one.length - 1), 3, 100), 3);
  assert.equal(offsetBehind(Buffer.concat([one, bytesOf(9, 5, 0, -1, Buffer.from("more"))]), 3, 100), 14);
  assert.equal(offsetBehind(Buffer.concat([one, bytesOf(9, 5, 0, -1, Buffer.from("more"))]), 3, 9), 9);
  const damaged = Buffer.from(one);
  damaged[65]! ^= 1;
  assert.throws(() => offsets(damaged), { condition: "MILLRACE_KAFKA_RECORDS" });
  assert.equal([...recordBatches(damaged, "t-0", false)].length, 1);
  const old = Buffer.from(one);
  old[16] = 1;
  assert.throws(() => offsets(old), /older than Kafka 0.11/);
});
