/** The plant of the design's pictures: six queries of an airport and a factory, one of each kind of trouble. */
import type { LaneFacts } from "../../../src/server/engine-view.ts";
import type { ManualClock } from "./manual-clock.ts";
import { ScriptedEngine, type ScriptedQuery } from "./scripted-engine.ts";

export const sceneStart = Date.UTC(2026, 10, 21, 14, 31, 42) * 1e3;
export const sceneBegin = sceneStart - 26 * 60e6;
const minute = 60e6, hour = 3_600e6, day = 86_400e6;

/** Smooth noise between -1 and 1, the same for the same time. */
function wobble(micros: number, seed: number): number {
  const t = micros / 1e6;
  return (Math.sin(t / 7.3 + seed) + Math.sin(t / 2.9 + seed * 2.1) + Math.sin(t * 1.7 + seed * 3.7)) / 3;
}

export interface Scene {
  readonly engine: ScriptedEngine;
  /** Lets `seconds` go by, with batches every `stepMicros`. */
  play(seconds: number, stepMicros?: number): void;
  readonly telemetry: ScriptedQuery;
  readonly vibration: ScriptedQuery;
  readonly flights: ScriptedQuery;
}

/** The whole plant; the first `play(900)` leads from 15 min before `sceneStart` up to it. Make the clock at `sceneBegin`. */
export function plant(clock: ManualClock): Scene {
  const engine = new ScriptedEngine(clock), now = clock.nowMicros();
  engine.facts = { workers: 8, memoryLimitBytes: 12e9, stateLimitBytes: 8e9 };
  Object.assign(engine.about, { startedAtMicros: sceneStart - 3 * day - 4 * hour - 10 * minute });
  const telemetry = engine.add({
    name: "machine_telemetry", startedAtMicros: sceneStart - 3 * day - 4 * hour - 29.5 * minute, restarts: 2, lastRestartMicros: sceneStart - 3 * day - 4 * hour - 29.5 * minute,
    checkpointPath: "ckpt/telemetry", firstBatchId: 18_195_000, options: { "kafka.bootstrap.servers": "kafka:9092", "kafka.sasl.jaas.config": "PlainLoginModule password='wheel-of-stone'" },
    sqlText: "SELECT window, machine_id, count(*) AS n, avg(temp) AS temp_avg\nFROM STREAM telemetry WATERMARK ts DELAY OF INTERVAL 5 SECONDS\nWHERE status <> 'test'\nGROUP BY window(ts, '10 seconds'), machine_id",
    planText: "WriteTable PostgreSQL machine_10s\n+- Aggregate [window, machine_id], final\n   +- Exchange hash(machine_id), 4\n      +- Aggregate [window, machine_id], partial\n         +- EventTimeWatermark ts, 5 seconds\n            +- Filter (status <> 'test')\n               +- Scan Kafka telemetry",
  });
  telemetry.letters = {
    path: "ckpt/telemetry/dead", reasons: [{ reason: "MALFORMED_RECORD", count: 14, lastMicros: sceneStart - 189e6 }, { reason: "TOO_LONG", count: 3, lastMicros: sceneStart - 20 * minute }],
    newest: [{ reason: "MALFORMED_RECORD", atMicros: sceneStart - 189e6, place: "telemetry-6 @ 88,120,447,201", raw: "{\"machine_id\":\"M-2214\",\"ts\":\"2026-11-21T14:2", message: "JSON ends at byte 44, inside a string." }],
  };
  const vibration = engine.add({ name: "vibration_alerts", sink: "Webhook[pager.example]", startedAtMicros: sceneStart - 2 * day, firstBatchId: 96_000, checkpointPath: "ckpt/vibration" });
  const flights = engine.add({ name: "flight_delays", startedAtMicros: sceneStart - 9 * hour - 12 * minute, firstBatchId: 32_000, checkpointPath: "ckpt/flights" });
  const baggage = engine.add({ name: "baggage_matched", startedAtMicros: sceneStart - day, firstBatchId: 700_000, checkpointPath: "ckpt/baggage", stateLimitBytes: 4e9 });
  const invoices = engine.add({ name: "invoice_export", startedAtMicros: sceneStart - 5 * hour, firstBatchId: 1_500, source: "FileStreamSource[invoices]", sink: "FileSink[out]", triggerIntervalMicros: 1e6, trigger: "every 1 s" });
  const backfill = engine.add({ name: "weather_backfill", startedAtMicros: sceneStart - 89 * minute - 19.4e6, source: "FileStreamSource[weather]", sink: "FileSink[weather]", trigger: "once, with what is there" });
  flights.letters = { path: "ckpt/flights/dead", reasons: [{ reason: "MALFORMED_RECORD", count: 6, lastMicros: sceneStart - 2 * hour }], newest: [] };
  vibration.letters = { path: "dead", reasons: [], newest: [] };
  baggage.letters = { path: "dead", reasons: [], newest: [] };

  let telemetryClosed = 0, lateSoFar = 0, begun = false;
  const play = (seconds: number, stepMicros = 100e3) => {
    if (!begun) {
      begun = true;
      flights.batch({ rows: 2_871, out: 306, state: { rows: 1_484, bytes: 400_000 }, newestMicros: clock.nowMicros() - 400_000, watermarkMicros: held - 1e6 });
      clock.advance(sceneStart - 900e6 - clock.nowMicros());
    }
    for (let left = seconds * 1e6; left > 0; left -= stepMicros) {
      clock.advance(Math.min(stepMicros, left));
      const at = clock.nowMicros(), share = stepMicros / 1e6;
      stepTelemetry(at, share);
      stepVibration(at, share);
      stepFlights(at, share);
      if (Math.floor(at / 1e6) !== Math.floor((at - stepMicros) / 1e6)) baggage.batch({
        rows: Math.round(9_420 + 300 * wobble(at, 4)), out: 4_655, micros: { addBatch: 1_500 + 200 * wobble(at, 5) }, state: { rows: 68_200_000, bytes: 2.64e9 },
        newestMicros: at - 300_000, watermarkMicros: at - 124.2e6, backlog: 0, late: Math.floor(at / 29e6) !== Math.floor((at - 1e6) / 29e6) ? 1 : 0,
      });
      baggage.time = { policy: "min", watermarkMicros: at - 124.2e6, nextMicros: null, delayMicros: 120e6, lanes: [lane(0, "scans", null, at - 0.3e6, at - 3e6, 4_700, 0, at), lane(1, "flights", null, at - 4.2e6, at - 9e6, 4_720, 31, at)],
        windowLengthMicros: null, windowSlideMicros: null, windows: [], lateness: null };
      baggage.inputs = [source("Kafka", "scans", 4, at), source("Kafka", "flights", 4, at)];
      if (invoices.ended === null && Math.floor(at / 1e6) !== Math.floor((at - stepMicros) / 1e6)) {
        if (at > sceneStart - 6 * minute - 5e6) invoices.fail({ condition: "CAST_INVALID_INPUT", sqlState: "22018", message: "The value 'n/a' of the type \"STRING\" cannot be cast to \"DECIMAL(12,2)\" because it is malformed.",
          place: "invoices-2 @ 4,410,882, column amount", hint: "Use try_cast to read it as NULL, or send such rows to the dead letters." });
        else invoices.batch({ rows: Math.round(310 + 20 * wobble(at, 8)), out: 310, state: { rows: 18_204, bytes: 4.4e6 } });
      }
    }
    if (backfill.ended === null) {
      for (let i = 0; i < 204; i++) backfill.batch({ rows: i === 203 ? 214_318_442 - 203 * 1_050_580 : 1_050_580, out: i === 203 ? 1_204_880 - 203 * 5_906 : 5_906, state: { rows: 0, bytes: 0 } });
      backfill.finish("finished");
      backfill.ended = { ...backfill.ended!, atMicros: sceneStart - 89 * minute + 5e6 };
      Object.assign(backfill, { startedAtMicros: backfill.ended.atMicros - 19.4e6 });
    }
  };

  function stepTelemetry(at: number, share: number): void {
    const dip = Math.exp(-(((at - (sceneStart - 459e6)) / 22e6) ** 2)), rate = 1_210_000 * (1 + 0.04 * wobble(at, 1) + 0.25 * dip);
    const batches = Math.max(1, Math.round(share * 151)), newest = at - 900_000 - 500_000 * dip, watermark = newest - 5e6;
    for (let i = 0; i < batches; i++) {
      const ends = Math.floor(watermark / 10e6), rows = Math.round(rate * share / batches), closing = i === batches - 1 && ends !== telemetryClosed;
      const slowCommit = Math.max(0, 11_800 * dip * (i % 9 === 0 ? 1 : 0.5));
      const n = i % 50 === 7 ? 3.1 + 0.4 * wobble(at, 9) : 1;
      if (i === 0 && Math.floor(at / 37e6) !== Math.floor((at - share * 1e6) / 37e6)) lateSoFar += 11;
      telemetry.batch({
        rows, out: closing ? 2_140 : 0, filtered: Math.round(rows * 0.0224), late: Math.floor(at / 37e6) !== Math.floor((at - share * 1e6) / 37e6) && i === 0 ? 11 : 0,
        dead: Math.floor(at / 101e6) !== Math.floor((at - share * 1e6) / 101e6) && i === 0 ? 2 : 0, backlog: Math.round(6_310 + 400 * wobble(at, 3)),
        expectations: { temp_in_range: Math.floor(at / 301e6) !== Math.floor((at - share * 1e6) / 301e6) && i === 0 ? 1 : 0 },
        micros: { latestOffset: 40, getBatch: 300, queryPlanning: 90, addBatch: Math.round(1_520 + 630 * n + 80 * wobble(at, 2) + slowCommit), sinkCommit: Math.round(630 * n + slowCommit), walCommit: Math.round(410 * n * n), commitOffsets: 110 },
        state: { rows: 2_140 + Math.round(2_099 * Math.min(1, 0.2 + ((watermark % 10e6) / 10e6))), bytes: 480_000 + Math.round(460_000 * Math.min(1, 0.2 + ((watermark % 10e6) / 10e6))) },
        newestMicros: newest, watermarkMicros: watermark,
      });
      if (closing) {
        telemetryClosed = ends;
        const start = (ends - 1) * 10e6;
        telemetry.emitRows(telemetrySchema, telemetryRows(start), 2_140);
      }
    }
    const offsets = [0.5, 0.2, 0.7, 0, 0.4, 1.1, 2.9, 0.3], widths = [1.9, 1.7, 2.1, 1.6, 1.8, 2.3, 1.5, 1.8];
    const next = Math.floor(watermark / 10e6) * 10e6;
    telemetry.time = {
      policy: "min", watermarkMicros: watermark, nextMicros: null, delayMicros: 5e6,
      lanes: offsets.map((offset, i) => lane(0, "telemetry", String(i), newest - offset * 1e6, newest - (offset + widths[i]!) * 1e6, [152_100, 153_000, 151_200, 154_800, 152_500, 149_900, 143_600, 152_900][i]!, i === 6 ? lateSoFar : 0, at)),
      windowLengthMicros: 10e6, windowSlideMicros: 10e6,
      windows: [{ startMicros: next - 10e6, endMicros: next, rows: 2_140, state: "out" }, { startMicros: next, endMicros: next + 10e6, rows: 2_138, state: "next" }, { startMicros: next + 10e6, endMicros: next + 20e6, rows: 2_101, state: "fills" }],
      lateness: { stepMicros: 500_000, counts: [1_936_000_000, 1_140_000_000, 410_000_000, 120_000_000, 52_000_000, 61_000_000, 210_000_000, 190_000_000, 94_000_000, 2_800_000, 904, 241, 48, 9, 2], keepAllDelayMicros: 8e6 },
    };
    telemetry.graph = {
      operators: [
        { id: 1, kind: "scan", title: "Read Kafka telemetry", detail: "8 partitions, 312 MB/s", busy: 0.08, waiting: 0, stateRows: null },
        { id: 2, kind: "filter", title: "Decode JSON, filter", detail: "status <> 'test', 9 columns of 14", busy: 0.21, waiting: 0, stateRows: null },
        { id: 3, kind: "watermark", title: "Watermark ts, 5 s", detail: `${lateSoFar} late rows in the last hour`, busy: 0.01, waiting: 0, stateRows: null },
        { id: 4, kind: "aggregate", title: "Aggregate, partial", detail: "by machine_id, window 10 s", busy: 0.09, waiting: 0, stateRows: null },
        { id: 5, kind: "exchange", title: "Exchange by machine_id", detail: "4 workers, evenest 24 %, fullest 26 %", busy: 0.01, waiting: 0, stateRows: null },
        { id: 6, kind: "aggregate", title: "Aggregate, final", detail: "state 4,239 rows, 0.94 MB", busy: 0.03, waiting: 0, stateRows: 4_239 },
        { id: 7, kind: "sink", title: "Write PostgreSQL machine_10s", detail: "exactly once, ledger row in the transaction", busy: 0.04, waiting: 0, stateRows: null },
      ],
      edges: [
        { from: 1, to: 2, rowsPerSecond: rate }, { from: 2, to: 3, rowsPerSecond: rate * 0.9776, note: "2.2 % filtered out" }, { from: 3, to: 4, rowsPerSecond: rate * 0.9776 },
        { from: 4, to: 5, rowsPerSecond: rate * 0.261, note: "3.7 times fewer" }, { from: 5, to: 6, rowsPerSecond: rate * 0.261 }, { from: 6, to: 7, rowsPerSecond: 214, note: "when windows close" },
      ],
    };
    telemetry.inputs = [source("Kafka", "telemetry", 8, at, 1_210_000, 6_310), { ...source("Files", "machines/*.parquet", 0, at, null, 0), detail: "static", isStatic: true, position: "version 12, 09:00:04", guarantee: "read again each hour", fetchP99Micros: null, oldestMicros: null }];
    telemetry.outputs = [{ system: "PostgreSQL", name: "machine_10s", detail: "", position: `batch ${(telemetry.batchId - 1).toLocaleString("en")}`, rowsPerSecond: 214, commitP99Micros: 4_400, guarantee: "exactly once", options: { url: "postgres://writer:wheel-of-stone@db/plant" } }];
    telemetry.facts = {
      epoch: 14, records: [{ name: "PLAN", atMicros: at - 3_100 }, { name: "READY", atMicros: at - 1_200 }, { name: "sink", atMicros: at - 500 }, { name: "DONE", atMicros: at }], nextBatchId: telemetry.batchId,
      resumeMicros: 40_000, snapshotBytes: 900_000, snapshotAtMicros: at - 12e6, changesToApply: 71, rowsToReadAgain: 8_204, diskBytes: 31e6, batchesKept: 100, fsyncP99Micros: 1_200,
    };
  }

  let vibrationBacklog = 0, lastVibration = now;
  function stepVibration(at: number, share: number): void {
    const overloaded = at > sceneStart - 79e6, arriving = (overloaded ? 198_000 : 120_000) * (1 + 0.02 * wobble(at, 6)), reads = overloaded ? 137_000 : arriving;
    vibrationBacklog = overloaded ? vibrationBacklog + (arriving - reads) * share : 2_000;
    vibration.current = { batchId: vibration.batchId, startedAtMicros: lastVibration, phase: "commit" };
    if (at - lastVibration >= 1.8e6) {
      vibration.batch({ rows: Math.round(reads * 1.8), out: Math.round(3_106 * 1.8), dead: overloaded ? 5 : 0, backlog: Math.round(vibrationBacklog), state: { rows: 1_910_000, bytes: 402e6 },
        micros: { addBatch: Math.round(1_780_000 + 20_000 * wobble(at, 7)), sinkCommit: 1_500_000 }, newestMicros: at - 9e6 - (overloaded ? (at - sceneStart + 79e6) * 0.7 : 0), watermarkMicros: at - 19e6 - (overloaded ? (at - sceneStart + 79e6) * 0.7 : 0) });
      lastVibration = at;
    }
    vibration.time = { policy: "min", watermarkMicros: at - 19e6, nextMicros: null, delayMicros: 10e6, lanes: [lane(0, "vibration", null, at - 9e6, at - 12e6, reads, 0, at)], windowLengthMicros: null, windowSlideMicros: null, windows: [], lateness: null };
    vibration.inputs = [source("Kafka", "vibration", 4, at, reads, Math.round(vibrationBacklog))];
    vibration.graph = {
      operators: [
        { id: 1, kind: "scan", title: "Read Kafka vibration", detail: "4 partitions, limited by the sink", busy: 0.06, waiting: 0.81, stateRows: null },
        { id: 2, kind: "stateful", title: "Match anomalies", detail: "z-score over 5 min by machine_id", busy: 0.11, waiting: 0.77, stateRows: 1_910_000 },
        { id: 3, kind: "sink", title: "Webhook pager.example", detail: "577 ms an answer, 4 at once", busy: 0.97, waiting: 0, stateRows: null },
      ],
      edges: [{ from: 1, to: 2, rowsPerSecond: reads, note: "61.0 k/s stay in Kafka" }, { from: 2, to: 3, rowsPerSecond: 3_106 }],
    };
  }

  const silentSince = sceneStart - 23.5 * minute, held = Date.UTC(2026, 10, 21, 13, 53, 12) * 1e3;
  let lastFlights = 0;
  function stepFlights(at: number, share: number): void {
    if (at - lastFlights < 0.5e6) return;
    lastFlights = at;
    const rate = 1_842;
    flights.batch({ rows: Math.round(rate * Math.max(0.5, share)), out: 0, micros: { addBatch: 700, sinkCommit: 200, walCommit: 300 }, state: { rows: 1_484, bytes: 400_000 }, newestMicros: at - 400_000, watermarkMicros: held, backlog: 0 });
    flights.time = {
      policy: "min", watermarkMicros: held, nextMicros: null, delayMicros: 15 * minute,
      lanes: [lane(0, "arrivals", null, at - 400_000, at - 4.5 * minute, rate, 0, at), lane(1, "departures", null, held + 15 * minute, held + 11 * minute, 0, 0, silentSince)],
      windowLengthMicros: 10 * minute, windowSlideMicros: 10 * minute,
      windows: [0, 1, 2, 3, 4].map(i => ({ startMicros: held + 6.8 * minute - 10 * minute + i * 10 * minute, endMicros: held + 6.8 * minute + i * 10 * minute, rows: [306, 312, 311, 309, 246][i]!, state: i === 0 ? "next" as const : "fills" as const })), lateness: null,
    };
    flights.inputs = [source("Kafka", "arrivals", 6, at, rate, 0), { ...source("Kafka", "departures", 6, at, 0, 0), lastRowMicros: silentSince }];
    if (flights.outputs === null) flights.outputs = [];
  }

  return { engine, play, telemetry, vibration, flights };
}

export const telemetrySchema = [
  { name: "window.start", type: "TIMESTAMP" }, { name: "machine_id", type: "STRING" }, { name: "n", type: "BIGINT" }, { name: "temp_avg", type: "DOUBLE" },
  { name: "vib_rms", type: "DOUBLE" }, { name: "vib_p99", type: "DOUBLE" }, { name: "load_kw", type: "DECIMAL(6,1)" },
];

function telemetryRows(startMicros: number): unknown[][] {
  const ids = [147, 148, 152, 160, 161, 173, 175, 190, 191, 204], start = new Date(startMicros / 1e3).toISOString().replace("Z", "000Z");
  return ids.map((id, i) => [start, `M-${String(id).padStart(4, "0")}`, String(5_480 + (i * 37) % 60), 74.25 + (i * 7.3) % 12, 1.18 + (i * 0.71) % 2.5, 6.281 - (i * 1.13) % 5, i === 3 ? null : (24.2 + (i * 1.7) % 6).toFixed(1)]);
}

function lane(source: number, sourceName: string, partition: string | null, newestMicros: number, p5Micros: number, rowsPerSecond: number, lateRows: number, lastRowMicros: number): LaneFacts {
  return { source, sourceName, partition, newestMicros, p5Micros, p95Micros: newestMicros - 100_000, rowsPerSecond, lateRows, lastRowMicros };
}

function source(system: string, name: string, partitions: number, at: number, rowsPerSecond: number | null = 0, backlogRows: number | null = 0) {
  return { system, name, detail: partitions > 0 ? `${partitions} partitions` : "", partitions, position: `p0…p${partitions - 1} @ 88.1 G`, rowsPerSecond, backlogRows, oldestMicros: 5_200, fetchP99Micros: 2_100, guarantee: "replays from offsets", lastRowMicros: at, options: {} };
}
