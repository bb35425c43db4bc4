/**
 * Catches a tail that loses, repeats or misplaces what comes behind the positions, stops asking, or keeps memory: several leaders whose
 * logs grow at random, that move partitions, fail and answer late; positions that advance by all that came or by a part.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom, type Clock } from "../../base/clock.ts";
import { linearMemory } from "../../memory/linear-memory.ts";
import type { Cluster, Topic } from "./cluster.ts";
import { Frame } from "./fetch-connection.ts";
import { Tail } from "./tail.ts";

const SEED = Number(process.env["MILLRACE_SEED"] ?? "1"), NODES = 3, PARTITIONS = 5, ID = "00112233-4455-6677-8899-aabbccddeeff";
const turn = (): Promise<void> => new Promise(resolve => setImmediate(resolve));

/** Time goes by turns of the event loop: whoever sleeps wakes at the next one. */
class TurnClock implements Clock {
  turns = 0;
  nowMicros(): number { return this.turns * 100; }
  monotonicMicros(): number { return this.turns * 100; }
  after(_delay: number, call: () => void): { cancel(): void } {
    const timer = setImmediate(call);
    return { cancel: () => clearImmediate(timer) };
  }
}

interface Asked { readonly topicId: string; readonly partitions: readonly { readonly partition: number; readonly fetchOffset: bigint }[] }

/** Records are one byte each, the lowest of their offset; an answer has at most `most` of a partition. */
class Brokers {
  readonly leaders: number[];
  readonly ends = new Array<number>(PARTITIONS).fill(0);
  readonly #below: (n: number) => number;
  isFailing = false;
  isClosed = false;

  constructor(below: (n: number) => number) {
    this.#below = below;
    this.leaders = Array.from({ length: PARTITIONS }, () => below(NODES));
  }

  cluster(): Cluster {
    const known: { topic: Topic | undefined } = { topic: undefined };
    const topic = async (): Promise<Topic> => (known.topic ??= { name: "t", id: ID, leaders: [...this.leaders] });
    return {
      client: { fetchV13: { createRequest: (...args: unknown[]) => args } }, options: { requestTimeoutMillis: 1000 },
      topic, leaderNode: async ({ partition }: { partition: number }) => (await topic()).leaders[partition]!, forget: () => { known.topic = undefined; },
      check: (code: number) => { if (code !== 0) throw new Error(`code ${code}`); },
      fetchConnection: async (node: number) => ({ request: (_key: number, _version: number, args: unknown[]) => this.#answer(node, (args[6] as Asked[]).flatMap(one => one.partitions)) }),
      close: async () => { this.isClosed = true; },
    } as unknown as Cluster;
  }

  async #answer(node: number, asked: Asked["partitions"]): Promise<Frame> {
    for (let waited = 0; waited < 30; waited++) {
      if (this.isClosed || (this.isFailing && this.#below(2) === 0)) throw new Error("the connection is closed");
      if (asked.some(one => this.leaders[one.partition] !== node || this.ends[one.partition]! > Number(one.fetchOffset)) && this.#below(3) === 0) break;
      await turn();
    }
    const parts = asked.toReversed().map(({ partition, fetchOffset }) => {
      const isHere = this.leaders[partition] === node, from = Number(fetchOffset), end = this.ends[partition]!, records = Buffer.from(isHere ? Array.from({ length: Math.min(100, end - from) }, (_, i) => from + i & 0xff) : []);
      const head = Buffer.alloc(30);
      head.writeInt32BE(partition, 0);
      head.writeInt16BE(isHere ? 0 : 6, 4);
      for (const at of [6, 14]) head.writeBigInt64BE(BigInt(isHere ? end : -1), at);
      return Buffer.concat([head, Buffer.from([1]), Buffer.from([0xff, 0xff, 0xff, 0xff]), Buffer.from([records.length + 1]), records, Buffer.from([0])]);
    });
    const bytes = Buffer.concat([Buffer.alloc(5), Buffer.alloc(10), Buffer.from([2]), Buffer.from(ID.replaceAll("-", ""), "hex"), Buffer.from([parts.length + 1]), ...parts, Buffer.from([0, 0])]);
    const frame = new Frame(bytes.length);
    frame.bytes.set(bytes);
    return frame;
  }
}

async function follow(seed: number): Promise<{ readonly taken: number; readonly woken: number }> {
  const random = seededRandom(seed), below = (n: number): number => random.uint32() % n, brokers = new Brokers(below), clock = new TurnClock(), before = linearMemory().inUseBytes;
  let woken = 0, taken = 0;
  const tail = new Tail(async () => brokers.cluster(), { fetchBytes: 1000, committedOnly: below(2) === 0 }, clock, () => { woken++; });
  const at = new Array<number>(PARTITIONS).fill(0), TOTAL = 150;
  try {
    for (let round = 0; at.some(offset => offset < TOTAL); round++) {
      assert.ok(round < 20_000, `seed ${seed}: the tail stands still at ${at.join()} of ${brokers.ends.join()}`);
      if (below(3) === 0) {
        const partition = below(PARTITIONS);
        brokers.ends[partition] = Math.min(TOTAL, brokers.ends[partition]! + 1 + below(30));
      }
      if (below(60) === 0) brokers.leaders[below(PARTITIONS)] = below(NODES);
      brokers.isFailing = below(40) === 0;
      clock.turns += below(4);
      const positions = at.map((offset, partition) => ({ topic: "t", partition, offset }));
      await tail.follow(positions);
      const ends = await tail.ends(positions, 1000, below(10) === 0 ? 0 : 10_000);
      if (ends === undefined || ends.every((end, partition) => end === at[partition])) await turn();
      ends?.forEach((end, partition) => {
        assert.ok(end >= at[partition]! && end <= brokers.ends[partition]!, `seed ${seed}`);
        if (end === at[partition] || below(4) === 0) return;
        // Read by others.
        if (below(6) === 0) return void (at[partition]! += 1 + below(end - at[partition]!));
        const here = tail.take(positions[partition]!);
        if (here === undefined) return;
        taken++;
        assert.ok(here.bytes.length > 0 && here.bytes.every((byte, i) => byte === (at[partition]! + i & 0xff)), `seed ${seed}`);
        at[partition]! += below(3) === 0 ? 1 + below(here.bytes.length) : here.bytes.length;
        here.release();
      });
    }
    if (below(2) === 0) await tail.follow(at.map((offset, partition) => ({ topic: "t", partition, offset })));
  } finally {
    await tail.close();
  }
  for (let i = 0; i < 40; i++) await turn();
  assert.equal(linearMemory().inUseBytes, before, `seed ${seed}: memory is kept`);
  return { taken, woken };
}

test("what comes behind the positions is there once, whatever the leaders do", async () => {
  let taken = 0, woken = 0;
  for (let i = 0; i < 60; i++) {
    const one = await follow(SEED * 1000 + i);
    taken += one.taken;
    woken += one.woken;
  }
  assert.ok(taken > 500 && woken > 500, `${taken} taken, ${woken} woken`);
});
