/**
 * What making a batch durable costs: the checkpoint's whole `writeBatch` (encode, append, fdatasync, fence), in turn with the
 * bare append and fdatasync of the same bytes in the same folder, so that what else the machine does hits both alike.
 *
 *     node --conditions=millrace-source bench/checkpoint.ts [folder] [batches]
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock, systemRandom } from "../src/base/clock.ts";
import { nodeFiles, type FileHandle } from "../src/base/files.ts";
import { openCheckpoint, openTemporaryCheckpoint, thisHost, type BatchToWrite, type Checkpoint } from "../src/checkpoint/index.ts";

const root = mkdtempSync(join(process.argv[2] ?? tmpdir(), "millrace-bench-")), count = Number(process.argv[3] ?? 1500);
const micros = () => performance.now() * 1000;
const SEGMENT = 16 * 1024 * 1024;

function report(name: string, samples: number[]): void {
  samples.sort((a, b) => a - b);
  const at = (share: number) => samples[Math.min(samples.length - 1, Math.floor(samples.length * share))]!.toFixed(0).padStart(6);
  console.log(`${name.padEnd(58)} p50 ${at(0.5)}  p90 ${at(0.9)}  p99 ${at(0.99)} us`);
}

function batchOf(batchId: number, stateBytes: Uint8Array): BatchToWrite {
  return {
    batchId, digest: "1f2e3d4c5b6a7988", state: [{ operatorId: 0, groupFrom: 0, groupTo: 256, bytes: stateBytes }], output: { kind: "none" },
    plan: { sources: [{ from: { offset: batchId * 100 }, to: { offset: batchId * 100 + 100 } }], batchTimeMicros: 1_767_225_600_000_000 + batchId, seed: 7, watermarks: { used: 0, next: 0 } },
    rowCounts: { input: 100, output: 10 }, progress: { batchId, numInputRows: 100, sources: [{ description: "rate", numInputRows: 100 }], sink: { description: "memory", numOutputRows: 10 } },
  };
}

/** A file of zeros that bytes are appended to, round and round. */
function bareLog(): (bytes: Uint8Array) => void {
  const handle: FileHandle = nodeFiles.open(join(root, "bare.seg"), "create"), zeros = new Uint8Array(1 << 20);
  for (let at = 0; at < SEGMENT; at += zeros.length) handle.writeAt(zeros, 0, zeros.length, at);
  handle.sync();
  let at = 0;
  return bytes => {
    if (at + bytes.length > SEGMENT) at = 0;
    handle.writeAt(bytes, 0, bytes.length, at);
    handle.syncData();
    at += bytes.length;
  };
}

const open = (name: string, files = nodeFiles) => openCheckpoint({
  files, path: join(root, name), clock: systemClock, random: systemRandom, host: thisHost, constants: {},
  query: { sources: [], operators: [], settings: {} },
});

async function write(checkpoint: Checkpoint, batch: BatchToWrite): Promise<number> {
  const start = micros();
  await checkpoint.writeBatch(batch);
  const took = micros() - start;
  checkpoint.delivered(batch.batchId);
  return took;
}

try {
  const bare = bareLog();
  for (const kib of [1, 16, 256, 1024]) {
    const state = new Uint8Array(kib * 1024).fill(3), page = new Uint8Array(Math.ceil((state.length + 1200) / 4096) * 4096).fill(5);
    const batches = Math.max(100, Math.round(count * 16 / Math.max(16, kib * 4)));
    const checkpoint = await open(`kib${kib}`), ours: number[] = [], theirs: number[] = [];
    for (let batchId = 0; batchId < batches; batchId++) {
      ours.push(await write(checkpoint, batchOf(batchId, state)));
      const start = micros();
      bare(page);
      theirs.push(micros() - start);
    }
    report(`writeBatch, ${kib} KiB of state changes`, ours.slice(20));
    report("  bare append and fdatasync of as many bytes", theirs.slice(20));
    await checkpoint.close("measured");
  }
  // The same without a disk's part: what our own code costs.
  const state = new Uint8Array(1024).fill(3), own: number[] = [], none: number[] = [];
  const unsynced = await open("unsynced", new Proxy(nodeFiles, {
    get: (files, name, receiver) => name === "openAsync"
      ? async (path: string, mode: "create") => new Proxy(await files.openAsync(path, mode), { get: (handle, member) => member === "syncData" ? () => undefined : bound(handle, member) })
      : Reflect.get(files, name, receiver),
  }));
  const temporary = openTemporaryCheckpoint({ random: systemRandom });
  for (let batchId = 0; batchId < count * 2; batchId++) {
    own.push(await write(unsynced, batchOf(batchId, state)));
    none.push(await write(temporary, batchOf(batchId, state)));
  }
  report("writeBatch, 1 KiB, without the sync", own.slice(200));
  report("writeBatch of a temporary checkpoint", none.slice(200));
  unsynced.abandon();

  const opens: number[] = [];
  for (let i = 0; i < 10; i++) {
    const start = micros(), checkpoint = await open("kib1");
    opens.push(micros() - start);
    await checkpoint.close("measured");
  }
  report("opening an existing checkpoint", opens);
} finally { rmSync(root, { recursive: true, force: true }); }

function bound(target: object, name: string | symbol): unknown {
  const member: unknown = Reflect.get(target, name, target);
  return typeof member === "function" ? member.bind(target) : member;
}
