/** The ruler: lanes, watermark, windows and lateness as the page draws them and `/event-time` gives them. */
import type { EventTimeJson, LaneJson } from "./api-types.ts";
import type { EventTimeFacts, LaneFacts, QueryView } from "./engine-view.ts";
import { fromIso, iso } from "./format.ts";
import type { QueryRecord } from "./recorder.ts";

export const silentAfterMicros = 30e6;
/** More than this many lanes are cut to those that matter. */
export const lanesShown = 12;

/**
 * The lane that sets the watermark. Within a source the one that is furthest ahead; over several sources the slowest of
 * those holds it (policy min) or the fastest sets it (max).
 */
export function laneOfWatermark(facts: Pick<EventTimeFacts, "lanes" | "policy">): LaneFacts | null {
  const heads = new Map<number, LaneFacts>();
  for (const lane of facts.lanes) {
    if (lane.newestMicros === null) continue;
    const head = heads.get(lane.source);
    if (head === undefined || lane.newestMicros > head.newestMicros!) heads.set(lane.source, lane);
  }
  let chosen: LaneFacts | null = null;
  for (const head of heads.values()) {
    if (chosen === null || (facts.policy === "min" ? head.newestMicros! < chosen.newestMicros! : head.newestMicros! > chosen.newestMicros!)) chosen = head;
  }
  return chosen;
}

/** Time until the next window comes out; null if the watermark stands or there is none. */
export function nextWindow(facts: EventTimeFacts, speed: number | null): number | null {
  const next = facts.windows.find(window => window.state === "next");
  return next === undefined ? null : timeLeft(facts, next.endMicros, speed);
}

/** 0: it comes out with the next batch. Null: the watermark stands. */
function timeLeft(facts: EventTimeFacts, endMicros: number, speed: number | null): number | null {
  if (facts.nextMicros !== null && facts.nextMicros >= endMicros) return 0;
  if (facts.watermarkMicros === null || speed === null || speed <= 0) return null;
  return Math.max(0, Math.round((endMicros - facts.watermarkMicros) / speed));
}

/** Null: the query has no watermark. */
export function eventTimeJson(query: QueryView, record: QueryRecord, nowMicros: number): EventTimeJson | null {
  const given = query.eventTime?.() ?? null, facts = given ?? fromProgress(record);
  if (facts === null) return null;
  const speed = record.watermarkSpeed(nowMicros), setBy = laneOfWatermark(facts), hour = record.lastHour(nowMicros);
  const lanes = chooseLanes(facts.lanes);
  return {
    now: iso(nowMicros), policy: facts.policy, watermark: isoOrNull(facts.watermarkMicros), next: isoOrNull(facts.nextMicros),
    setBy: setBy === null ? null : { source: setBy.source, partition: setBy.partition }, speed: speed === null ? null : Math.round(speed * 100) / 100,
    delayMicros: given === null ? null : facts.delayMicros, windowLengthMicros: facts.windowLengthMicros, windowSlideMicros: facts.windowSlideMicros,
    lanes: lanes.map(lane => laneJson(lane, nowMicros)), moreLanes: facts.lanes.length - lanes.length,
    windows: facts.windows.map(window => ({
      start: iso(window.startMicros), end: iso(window.endMicros), rows: window.rows, state: window.state,
      etaMicros: window.state === "out" ? null : timeLeft(facts, window.endMicros, speed),
    })),
    lateness: facts.lateness === null ? null : { ...facts.lateness, delayMicros: facts.delayMicros }, lateRows: hour.lateRows, rowsRead: hour.rowsRead,
  };
}

const isoOrNull = (micros: number | null): string | null => micros === null ? null : iso(micros);

/** All up to 12; else the 3 furthest ahead, the 6 slowest and those with late rows, in the order given. */
function chooseLanes(lanes: readonly LaneFacts[]): readonly LaneFacts[] {
  if (lanes.length <= lanesShown) return lanes;
  const byNewest = lanes.filter(lane => lane.newestMicros !== null).sort((a, b) => b.newestMicros! - a.newestMicros!);
  const late = lanes.filter(lane => lane.lateRows > 0).sort((a, b) => b.lateRows - a.lateRows).slice(0, 20);
  const chosen = new Set([...byNewest.slice(0, 3), ...byNewest.slice(-6), ...late]);
  return lanes.filter(lane => chosen.has(lane));
}

function laneJson(lane: LaneFacts, nowMicros: number): LaneJson {
  const silent = lane.lastRowMicros === null ? null : Math.max(0, nowMicros - lane.lastRowMicros);
  return {
    source: lane.source, sourceName: lane.sourceName, partition: lane.partition, newest: isoOrNull(lane.newestMicros), p5: isoOrNull(lane.p5Micros), p95: isoOrNull(lane.p95Micros),
    rowsPerSecond: lane.rowsPerSecond, lateRows: lane.lateRows, silentMicros: silent, lastRowAt: isoOrNull(lane.lastRowMicros),
    trouble: silent !== null && silent > silentAfterMicros ? "silent" : lane.lateRows > 0 ? "slow" : null,
  };
}

/** An engine that tells only progress has one lane: the batch's least and greatest event time. */
function fromProgress(record: QueryRecord): EventTimeFacts | null {
  const last = record.newest.findLast(batch => batch.progress?.eventTime?.["max"] !== undefined) ?? record.lastBatch;
  if (last === null || Number.isNaN(record.watermarkMicros)) return null;
  const min = fromIso(last.progress?.eventTime?.["min"]), source = last.progress?.sources[0]?.description.split("[")[0] ?? "source";
  return {
    policy: "min", watermarkMicros: record.watermarkMicros, nextMicros: null, delayMicros: 0, windowLengthMicros: null, windowSlideMicros: null, windows: [], lateness: null,
    lanes: Number.isNaN(record.newestEventMicros) ? [] : [{
      source: 0, sourceName: source, partition: null, newestMicros: record.newestEventMicros, p5Micros: Number.isNaN(min) ? null : min, p95Micros: null,
      rowsPerSecond: last.progress?.inputRowsPerSecond ?? 0, lateRows: 0, lastRowMicros: Number.isNaN(record.lastRowMicros) ? null : record.lastRowMicros,
    }],
  };
}
