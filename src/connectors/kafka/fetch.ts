/**
 * Fetching raw record batches of one partition: no consumer group, no record decoded, and what aborted transactions wrote
 * left out. Fetch version 13 (topics by id): https://kafka.apache.org/protocol#The_Messages_Fetch
 */
import { ExecutionError } from "../../base/errors.ts";
import { kernels } from "../../kernels/kernels.ts";
import { linearMemory } from "../../memory/linear-memory.ts";
import { crc32c } from "../../storage/crc32c.ts";
import type { Cluster, Topic } from "./cluster.ts";
import { CODE } from "./errors.ts";
import type { FetchConnection, Frame } from "./fetch-connection.ts";

export interface Aborted { readonly producerId: bigint; readonly firstOffset: bigint }

/** What a broker answered for one partition. Its bytes lie in linear memory until it is given back. */
export interface Fetched {
  readonly code: number;
  readonly highWatermark: number;
  readonly lastStable: number;
  readonly logStart: number;
  readonly throttled: boolean;
  readonly aborted: readonly Aborted[];
  readonly bytes: Buffer;
  release(): void;
}

export interface FetchRequest { readonly maxBytes: number; readonly maxWaitMillis: number; readonly committedOnly: boolean }
export interface FetchPosition { readonly topic: Topic; readonly partition: number; readonly offset: number }

const API_KEY = 1, VERSION = 13;

/** What lies behind some positions at one broker, which waits until there is something; in the order asked, codes of partitions included. Not retried. */
export async function fetchAll(cluster: Cluster, connection: FetchConnection, positions: readonly FetchPosition[], { maxBytes, maxWaitMillis, committedOnly }: FetchRequest): Promise<Fetched[]> {
  const topics = [...Map.groupBy(positions, one => one.topic.id)].map(([topicId, members]) => ({
    topicId, partitions: members.map(({ partition, offset }) => ({ partition, currentLeaderEpoch: -1, fetchOffset: BigInt(offset), lastFetchedEpoch: -1, partitionMaxBytes: maxBytes })),
  }));
  const payload = cluster.client.fetchV13.createRequest(maxWaitMillis, 1, maxBytes, committedOnly ? 1 : 0, 0, -1, topics as never, [], "");
  const frame = await connection.request(API_KEY, VERSION, payload, maxWaitMillis + cluster.options.requestTimeoutMillis);
  try {
    const { code, answers } = parseAnswer(frame);
    cluster.check(code, "reading");
    return positions.map(({ topic, partition }) => {
      const found = answers.get(`${topic.id} ${partition}`);
      if (found === undefined) throw new Error(`the broker left ${topic.name}-${partition} out of its answer`);
      return found;
    });
  } catch (error) {
    frame.release();
    throw error;
  }
}

/** As fetchAll, of one partition. @throws BrokerError for codes other than "offset out of range" */
export async function fetchRecords(cluster: Cluster, connection: FetchConnection, position: FetchPosition, request: FetchRequest): Promise<Fetched> {
  const [fetched] = await fetchAll(cluster, connection, [position], request), { code } = fetched!, { topic, partition } = position;
  if (code !== 0 && code !== CODE.offsetOutOfRange) {
    fetched!.release();
    cluster.forget(topic.name);
    cluster.check(code, `reading ${topic.name}-${partition}`);
  }
  return fetched!;
}

/** By topic's id and partition. The frame is given back when all answers are. */
function parseAnswer(frame: Frame): { readonly code: number; readonly answers: ReadonlyMap<string, Fetched> } {
  const { bytes } = frame, answers = new Map<string, Fetched>();
  let at = 4, held = 0; // behind the request's number
  /** An unsigned varint; counts and lengths are one too large, 0 is null. */
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++]!;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  };
  const tags = (): void => { for (let left = varint(); left > 0; left--) { varint(); const length = varint(); at += length; } };
  tags();
  const throttled = bytes.readInt32BE(at) > 0, whole = bytes.readInt16BE(at + 4);
  at += 10;
  for (let topics = varint() - 1; topics > 0; topics--) {
    const id = bytes.toString("hex", at, at + 16).replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
    at += 16;
    for (let partitions = varint() - 1; partitions > 0; partitions--) {
      const partition = bytes.readInt32BE(at), code = bytes.readInt16BE(at + 4), [highWatermark, lastStable, logStart] = [6, 14, 22].map(offset => Number(bytes.readBigInt64BE(at + offset))) as [number, number, number];
      at += 30;
      const aborted = Array.from({ length: Math.max(0, varint() - 1) }, () => {
        const one = { producerId: bytes.readBigInt64BE(at), firstOffset: bytes.readBigInt64BE(at + 8) };
        at += 16;
        tags();
        return one;
      });
      at += 4; // a replica that would be nearer
      const length = Math.max(0, varint() - 1);
      let isHeld = true;
      answers.set(`${id} ${partition}`, {
        code, highWatermark, lastStable, logStart, throttled, aborted, bytes: bytes.subarray(at, at + length),
        release: () => { if (isHeld && --held === 0) frame.release(); isHeld = false; },
      });
      held++;
      at += length;
      tags();
    }
    tags();
  }
  return { code: whole, answers };
}

/** The head of a record batch, and where its records lie. */
export interface RecordBatch {
  readonly firstOffset: number;
  readonly lastOffset: number;
  readonly attributes: number;
  readonly baseTime: bigint;
  readonly maxTime: bigint;
  readonly producerId: bigint;
  readonly count: number;
  readonly records: Buffer;
}
const HEAD_BYTES = 61, CODEC = 7, APPEND_TIME = 8, TRANSACTIONAL = 16, CONTROL = 32;

export const codecOf = (batch: RecordBatch): number => batch.attributes & CODEC;
/** The broker's time instead of the producer's. */
export const hasAppendTime = (batch: RecordBatch): boolean => (batch.attributes & APPEND_TIME) !== 0;
export const isControl = (batch: RecordBatch): boolean => (batch.attributes & CONTROL) !== 0;

/** The whole batches in what was fetched; the last one may be cut off and is left out. @throws MILLRACE_KAFKA_RECORDS */
export function* recordBatches(bytes: Buffer, origin: string, checkCrcs: boolean): Generator<RecordBatch> {
  for (let at = 0; at + HEAD_BYTES <= bytes.length;) {
    const end = at + 12 + bytes.readInt32BE(at + 8), firstOffset = Number(bytes.readBigInt64BE(at));
    if (end > bytes.length) return;
    if (bytes[at + 16] !== 2) throw badRecords(origin, firstOffset, `message format ${bytes[at + 16]} is older than Kafka 0.11`);
    if (end < at + HEAD_BYTES) throw badRecords(origin, firstOffset, "a record batch is shorter than its head");
    if (checkCrcs && checksum(bytes, at + 21, end) !== bytes.readUInt32BE(at + 17)) throw badRecords(origin, firstOffset, "the checksum of a record batch is wrong");
    yield {
      firstOffset, lastOffset: firstOffset + bytes.readInt32BE(at + 23), attributes: bytes.readInt16BE(at + 21), baseTime: bytes.readBigInt64BE(at + 27), maxTime: bytes.readBigInt64BE(at + 35),
      producerId: bytes.readBigInt64BE(at + 43), count: bytes.readInt32BE(at + 57), records: bytes.subarray(at + HEAD_BYTES, end),
    };
    at = end;
  }
}

/** The offset behind the whole batches in what was fetched, as far as `to` needs them; `from` if there are none. */
export function offsetBehind(bytes: Buffer, from: number, to: number): number {
  let next = from;
  for (let at = 0; at + HEAD_BYTES <= bytes.length && next < to;) {
    const end = at + 12 + bytes.readInt32BE(at + 8);
    if (end > bytes.length || end < at + HEAD_BYTES) break;
    next = Math.max(next, Number(bytes.readBigInt64BE(at)) + bytes.readInt32BE(at + 23) + 1);
    at = end;
  }
  return next;
}

function checksum(bytes: Buffer, from: number, to: number): number {
  return bytes.buffer === linearMemory().memory.buffer ? kernels().crc32cOf(bytes.byteOffset + from, bytes.byteOffset + to) >>> 0 : crc32c(bytes, from, to);
}

export function badRecords(origin: string, offset: number, why: string): ExecutionError {
  return new ExecutionError({
    condition: "MILLRACE_KAFKA_RECORDS", sqlState: "58030", message: `Records of ${origin} from offset ${offset} on can't be read: ${why}.`, messageParameters: { origin, offset: String(offset) },
  });
}

/** Tells which batches of one answer belong to transactions that were aborted. Batches must come in their order. */
export class AbortedFilter {
  readonly #ranges: readonly Aborted[];
  readonly #open = new Set<bigint>();
  #next = 0;

  constructor(aborted: readonly Aborted[]) { this.#ranges = aborted.toSorted((a, b) => (a.firstOffset < b.firstOffset ? -1 : a.firstOffset > b.firstOffset ? 1 : 0)); }

  /** Whether the rows of a batch count; control batches never do. */
  takes(batch: RecordBatch): boolean {
    for (; this.#next < this.#ranges.length && this.#ranges[this.#next]!.firstOffset <= BigInt(batch.lastOffset); this.#next++) this.#open.add(this.#ranges[this.#next]!.producerId);
    if (isControl(batch)) {
      if (controlType(batch) === ABORT) this.#open.delete(batch.producerId);
      return false;
    }
    return (batch.attributes & TRANSACTIONAL) === 0 || !this.#open.has(batch.producerId);
  }
}
const ABORT = 0, COMMIT = 1;

/** Of a control batch: it ends a transaction by a commit. */
export const isCommit = (batch: RecordBatch): boolean => controlType(batch) === COMMIT;

/** Of the one record of a control batch: length, attributes, time, offset, length of the key (all one byte or more), then version and type. */
function controlType({ records }: RecordBatch): number {
  let at = 0;
  const skip = (): void => { while (records[at++]! >= 0x80); };
  skip();
  at++;
  skip();
  skip();
  skip();
  return records.readInt16BE(at + 2);
}
