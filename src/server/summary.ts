/** The summary of one query, as the overview, the head of a query and the API show it, and the facts its verdict needs. */
import type { NowNumbers, Summary, VerdictJson } from "./api-types.ts";
import type { EventTimeFacts, QueryView } from "./engine-view.ts";
import { iso } from "./format.ts";
import { laneOfWatermark, nextWindow, silentAfterMicros } from "./event-time.ts";
import { accountSeconds, type QueryRecord } from "./recorder.ts";
import { redactJson, redactText } from "./redact.ts";
import { meanRate } from "./series.ts";
import type { Settled, VerdictFacts } from "./verdict.ts";

const known = (value: number): number | null => Number.isNaN(value) ? null : value;

/** What of the event time is fixed for a run, or found out only when a verdict needs it. */
export interface TimeFacts { readonly windowMicros: number; readonly delayMicros: number; readonly heldBy: string | null; readonly heldBySilence: boolean }

/** Facts for `judge`. `time` is asked only if rows came in and none came out for a while. */
export function verdictFacts(query: QueryView, record: QueryRecord, nowMicros: number, zone: string, time: () => TimeFacts): VerdictFacts {
  const state = query.state(), end = query.end();
  const rate = record.rate("arrivedRows", nowMicros), read = record.rate("flowRows", nowMicros), batches = record.rate("batches", nowMicros);
  const silent = nowMicros - (Number.isNaN(record.lastOutputMicros) ? query.startedAtMicros : record.lastOutputMicros);
  const { windowMicros, delayMicros, heldBy, heldBySilence } = record.rowsSinceOutput > 0 && silent > 60e6 ? time() : { windowMicros: 0, delayMicros: 0, heldBy: null, heldBySilence: false };
  const loading = record.batches === 0 ? query.loading?.() ?? null : null;
  const mean = record.backlogMeans(nowMicros, 7);
  return {
    nowMicros, zone, life: state === "starting" || state === "running" ? "active" : state,
    endedMicros: end?.atMicros ?? null, endBatchId: end?.batchId ?? null, errorCondition: end?.exception?.condition ?? null,
    startedMicros: query.startedAtMicros, batches: record.batches, rowsRead: record.run.rowsRead,
    loadingBytes: loading?.stateBytes ?? null, loadingLeftMicros: loading?.leftMicros ?? null,
    currentBatch: query.currentBatch?.() ?? null,
    batchP50Micros: known(record.batchPercentile(0.5)), batchP99Micros: known(record.batchPercentile(0.99)),
    backlogMeans: mean, backlogRows: mean.at(-1) ?? record.backlogRows,
    inputRowsPerSecond: rate, readRowsPerSecond: read, rowsPerBatch: read !== null && batches !== null && batches > 0 ? read / batches : record.lastBatch?.rowsIn ?? null,
    lastRowMicros: known(record.lastRowMicros), lastOutputMicros: known(record.lastOutputMicros), rowsSinceOutput: record.rowsSinceOutput,
    outputKnown: record.lastBatch !== null && record.lastBatch.rowsOut !== null, windowMicros, delayMicros, heldBy, heldBySilence,
    watermarkBehindMicros: Number.isNaN(record.watermarkMicros) ? null : nowMicros - record.watermarkMicros,
  };
}

export function verdictJson(settled: Settled, record: QueryRecord, nowMicros: number): VerdictJson {
  const { kind, level, sinceMicros, lead, text } = settled.shown;
  const rate = record.rate("arrivedRows", nowMicros), capacity = record.capacity(nowMicros);
  return {
    kind, level, since: iso(sinceMicros), lead, text: redactText(text),
    headroom: rate !== null && rate > 0 && capacity !== null ? Math.round(capacity / rate * 100) / 100 : null,
  };
}

export function nowNumbers(query: QueryView, record: QueryRecord, facts: EventTimeFacts | null, nowMicros: number): NowNumbers {
  const active = query.end() === null;
  const round = (value: number | null): number | null => value === null ? null : value >= 100 ? Math.round(value) : Math.round(value * 100) / 100;
  const whenActive = <T>(value: T): T | null => active ? value : null;
  const delay = facts?.delayMicros ?? null, onTheWay = record.usualTimeOnTheWay(nowMicros);
  const hasWatermark = !Number.isNaN(record.watermarkMicros);
  return {
    inputRowsPerSecond: whenActive(round(record.rate("arrivedRows", nowMicros))), readRowsPerSecond: whenActive(round(record.rate("flowRows", nowMicros))),
    capacityRowsPerSecond: round(record.capacity(nowMicros)),
    outputRowsPerSecond: record.lastBatch?.rowsOut === null ? null : whenActive(round(record.rate("outputRows", nowMicros, 30))),
    batchMicros: record.batches === 0 || !active ? null : { p50: Math.round(record.batchPercentile(0.5)), p99: Math.round(record.batchPercentile(0.99)) },
    batchesPerSecond: whenActive(round(record.rate("batches", nowMicros))), backlogRows: record.backlogRows,
    newestEventBehindMicros: active && !Number.isNaN(record.newestEventMicros) ? Math.round(nowMicros - record.newestEventMicros) : null,
    watermarkBehindMicros: active && hasWatermark ? Math.round(nowMicros - record.watermarkMicros) : null,
    watermarkExpectedMicros: hasWatermark && delay !== null ? expected(delay, onTheWay ?? 0) : null,
    delayMicros: delay, nextWindowMicros: active && facts !== null ? nextWindow(facts, record.watermarkSpeed(nowMicros)) : null,
    state: record.stateRows === null ? null : { rows: record.stateRows, bytes: record.stateBytes ?? 0, limitBytes: query.stateLimitBytes ?? null },
  };
}

/** Delay and usual time on the way, in whole seconds; the way counts only where it is more than 2 % of the delay. */
function expected(delayMicros: number, onTheWayMicros: number): number {
  return onTheWayMicros < delayMicros * 0.02 ? delayMicros : Math.ceil((delayMicros + onTheWayMicros) / 1e6 - 1e-6) * 1e6;
}

export function summary(query: QueryView, record: QueryRecord, settled: Settled, nowMicros: number): Summary {
  const end = query.end(), facts = query.eventTime?.() ?? null, sources = (query.sources?.() ?? []).filter(source => source.isStatic !== true), hour = record.lastHour(nowMicros), current = query.currentBatch?.() ?? null;
  const verdict = verdictJson(settled, record, nowMicros);
  const exception = end?.exception ?? null;
  return {
    id: query.id, runId: query.runId, name: query.name, state: query.state(), outputMode: query.outputMode, trigger: query.trigger,
    startedAt: iso(query.startedAtMicros), endedAt: end === null ? null : iso(end.atMicros), restarts: query.restarts ?? 0,
    lastRestartAt: query.lastRestartMicros === undefined ? null : iso(query.lastRestartMicros),
    checkpoint: query.checkpointPath === null || query.checkpointPath === undefined ? null : redactText(query.checkpointPath),
    guarantee: query.guarantee, status: query.status(), verdict, now: nowNumbers(query, record, facts, nowMicros),
    counts: {
      windowSeconds: accountSeconds, rowsRead: hour.rowsRead, lateRows: hour.lateRows, deadLetters: hour.deadLetters,
      lastLateAt: isoOrNull(record.lastLateMicros), lastDeadLetterAt: isoOrNull(record.lastDeadLetterMicros), lateFrom: facts === null ? null : lateFrom(facts),
      batches: record.batches, runRowsRead: record.run.rowsRead, runRowsOut: record.run.outputRows,
    },
    deadLettersKept: (query.deadLetters?.() ?? null) !== null, hasWatermark: !Number.isNaN(record.watermarkMicros) || facts !== null,
    sources: {
      count: sources.length > 0 ? sources.length : record.lastBatch?.progress?.sources.length ?? 0, partitions: sources.reduce((sum, source) => sum + source.partitions, 0),
      silent: sources.filter(source => source.rowsPerSecond === 0 && source.lastRowMicros !== null && nowMicros - source.lastRowMicros > silentAfterMicros).length,
    },
    sparkline: sparkline(record, verdict.kind === "behind", nowMicros), lastInputRowsPerSecond: known(record.lastRate),
    lastBatchId: record.lastBatch?.batchId ?? null, lastError: exception === null ? null : redactJson({ ...exception }),
    currentBatch: current === null ? null : { batchId: current.batchId, phase: current.phase, startedAt: iso(current.startedAtMicros) },
  };
}

const isoOrNull = (micros: number): string | null => Number.isNaN(micros) ? null : iso(micros);

/** `partition 6` if all late rows are of one lane. */
function lateFrom(facts: EventTimeFacts): string | null {
  const late = facts.lanes.filter(lane => lane.lateRows > 0);
  if (late.length !== 1 || facts.lanes.length < 2) return null;
  return late[0]!.partition === null ? late[0]!.sourceName : `partition ${late[0]!.partition}`;
}

const sparkPoints = 40, sparkSeconds = 900;
/** 40 means over the last 15 min. */
function sparkline(record: QueryRecord, behind: boolean, nowMicros: number): Summary["sparkline"] {
  const ring = record.series.seconds, step = sparkSeconds / sparkPoints, end = ring.stepOf(nowMicros);
  const arrived: (number | null)[] = [], read: (number | null)[] = [], until = record.knownUntil(nowMicros);
  for (let i = 0; i < sparkPoints; i++) {
    const first = end - sparkSeconds + Math.floor(i * step), next = end - sparkSeconds + Math.floor((i + 1) * step);
    arrived.push(meanRate(ring, "arrivedRows", first, next - first, until));
    if (behind) read.push(meanRate(ring, "flowRows", first, next - first, until));
  }
  return { step, inputRowsPerSecond: arrived, ...(behind ? { readRowsPerSecond: read } : {}) };
}

/** Why windows wait, for the verdict. */
export function timeFacts(query: QueryView, nowMicros: number): TimeFacts {
  const facts = query.eventTime?.() ?? null;
  if (facts === null) return { windowMicros: 0, delayMicros: 0, heldBy: null, heldBySilence: false };
  const holder = laneOfWatermark(facts);
  const silent = holder !== null && holder.lastRowMicros !== null && nowMicros - holder.lastRowMicros > silentAfterMicros;
  const name = holder === null ? null : holder.partition === null || new Set(facts.lanes.map(lane => lane.source)).size > 1 ? holder.sourceName : `partition ${holder.partition}`;
  return {
    windowMicros: facts.windowLengthMicros ?? 0, delayMicros: facts.delayMicros, heldBySilence: silent,
    heldBy: silent ? `${name} is silent and holds the watermark` : facts.windowLengthMicros !== null && facts.windows.some(window => window.state !== "out")
      ? "the watermark has not passed the end of a window" : null,
  };
}
