/** Operators, batches, account, sources, sinks and checkpoint of one query, as the API gives them. */
import type { BatchJson, CheckpointJson, OperatorsJson, QualityJson, RowsJson, SeriesJson, SinkJson, SourceJson } from "./api-types.ts";
import type { OutputRows, QueryView } from "./engine-view.ts";
import { iso, percent, times } from "./format.ts";
import { accountSeconds, type QueryRecord } from "./recorder.ts";
import type { BatchFacts } from "./batch-facts.ts";
import { redactOptions, redactText } from "./redact.ts";

const busyFrom = 0.8, waitsFrom = 0.5;

/**
 * The operator that holds up the others: the last in order that is busy for more than 80 % of its time, or whose
 * predecessor waits for more than 50 %. Null if none is.
 */
export function bottleneck(graph: Pick<OperatorsJson, "operators" | "edges">): number | null {
  const waits = new Map(graph.operators.map(operator => [operator.id, operator.waiting > waitsFrom]));
  const found = graph.operators.findLast(operator => operator.busy > busyFrom
    || (operator.waiting <= waitsFrom && graph.edges.some(edge => edge.to === operator.id && waits.get(edge.from) === true)));
  return found?.id ?? null;
}

/** Null: the engine doesn't tell. */
export function operatorsJson(query: QueryView, record: QueryRecord, nowMicros: number): OperatorsJson | null {
  const graph = query.operators?.() ?? null;
  if (graph === null) return null;
  const operators = graph.operators.map(operator => ({ ...operator, title: redactText(operator.title), detail: redactText(operator.detail) }));
  const busy = operators.reduce((sum, operator) => sum + operator.busy, 0), held = bottleneck(graph);
  const rate = record.rate("arrivedRows", nowMicros), capacity = record.capacity(nowMicros);
  return { operators, edges: graph.edges, bottleneck: held, busy, text: operatorsText(operators, held, busy, rate !== null && rate > 0 && capacity !== null ? capacity / rate : null) };
}

function operatorsText(operators: OperatorsJson["operators"], held: number | null, busy: number, headroom: number | null): string {
  const slow = operators.find(operator => operator.id === held);
  if (slow !== undefined) {
    const waiting = operators.filter(operator => operator.waiting > waitsFrom).length;
    return `${slow.title} is the bottleneck. ${waiting === 0 ? `It is busy ${percent(slow.busy)} of the time.` : waiting === 1 ? "One operator before it waits for it." : "Everything before it waits for it."}`;
  }
  const most = operators.reduce<OperatorsJson["operators"][number] | undefined>((top, next) => top === undefined || next.busy > top.busy ? next : top, undefined);
  if (most === undefined || busy === 0) return "Nothing waits.";
  const share = `Nothing waits. ${most.title} takes most of the time, ${percent(most.busy).replace(/\s%$/, "")} of ${percent(busy)}.`;
  return headroom === null ? share : `${share} At this rate it can take ${times(headroom)} times the input.`;
}

export function batchJson(batch: BatchFacts): BatchJson {
  const { progress: _, startedAtMicros, watermarkMicros, ...numbers } = batch;
  return { ...numbers, startedAt: iso(startedAtMicros), watermark: watermarkMicros === null ? null : iso(watermarkMicros) };
}

/** Rows read, less each loss, against what was kept: counters that do not know of each other. */
export function qualityJson(query: QueryView, record: QueryRecord, nowMicros: number): QualityJson {
  const hour = record.lastHour(nowMicros), letters = query.deadLetters?.() ?? null, newest = letters?.newest.at(-1);
  const expectations = Object.entries(hour.expectations).map(([name, dropped]) => ({ name, dropped }));
  const left = hour.rowsRead - hour.filteredRows - hour.lateRows - hour.deadLetters - expectations.reduce((sum, { dropped }) => sum + dropped, 0);
  return {
    windowSeconds: accountSeconds, rowsRead: hour.rowsRead, filteredRows: hour.filteredRows, lateRows: hour.lateRows, deadLetters: hour.deadLetters, expectations,
    keptRows: hour.keptKnown ? hour.keptRows : left, keptAs: record.stateRows === null ? "written" : "windows", unaccounted: hour.keptKnown ? left - hour.keptRows : null,
    deadLetterReasons: letters?.reasons ?? [],
    newestDeadLetter: newest === undefined ? null : { reason: newest.reason, at: iso(newest.atMicros), place: newest.place, raw: redactText(newest.raw.slice(0, 2_000)), message: redactText(newest.message) },
  };
}

export function sourcesJson(query: QueryView, record: QueryRecord): SourceJson[] {
  const told = query.sources?.();
  if (told !== undefined) {
    return told.map(({ lastRowMicros, options, ...source }) => ({
      ...source, name: redactText(source.name), position: redactText(source.position), lastRowAt: lastRowMicros === null ? null : iso(lastRowMicros), options: redactOptions(options ?? {}),
    }));
  }
  return (record.lastBatch?.progress?.sources ?? []).map(source => ({
    ...described(source.description), partitions: 0, position: short(source.endOffset), rowsPerSecond: source.inputRowsPerSecond ?? null, backlogRows: null, oldestMicros: null,
    fetchP99Micros: null, guarantee: "", lastRowAt: null, options: {},
  }));
}

export function sinksJson(query: QueryView, record: QueryRecord, nowMicros: number): SinkJson[] {
  const told = query.sinks?.();
  if (told !== undefined) return told.map(({ options, rowsPerSecond, ...sink }) => ({ ...sink, rowsPerSecond: rowsPerSecond ?? record.rate("outputRows", nowMicros, 30), name: redactText(sink.name), options: redactOptions(options ?? {}) }));
  const last = record.lastBatch, description = last?.progress?.sink.description;
  if (last === null || description === undefined) return [];
  return [{
    ...described(description), position: `batch ${last.batchId}`, rowsPerSecond: record.rate("outputRows", nowMicros, 30), commitP99Micros: null,
    guarantee: query.guarantee.kind, options: {},
  }];
}

/** `KafkaV2[Subscribe[telemetry]]` as a system and what is in it. */
function described(description: string): { system: string; name: string; detail: string } {
  const [, system, inner] = /^([^[]*)\[?(.*?)\]*$/s.exec(description) ?? [];
  return { system: system ?? description, name: redactText(inner ?? ""), detail: "" };
}

function short(offset: unknown): string {
  const text = redactText(typeof offset === "string" ? offset : JSON.stringify(offset) ?? "");
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}

export function checkpointJson(query: QueryView): CheckpointJson | null {
  const facts = query.checkpoint?.() ?? null;
  if (facts === null) return null;
  const { records, snapshotBytes, snapshotAtMicros, ...rest } = facts;
  return {
    ...rest, records: records.map(({ name, atMicros }) => ({ name, at: iso(atMicros) })),
    snapshot: { bytes: snapshotBytes, at: snapshotAtMicros === null ? null : iso(snapshotAtMicros) },
  };
}

/** Output from `afterSeq` on, at most `limit` rows; `skipped` is exactly how many came and are not in it. */
export function rowsJson(output: OutputRows, afterSeq: number, limit: number): RowsJson {
  const fresh = Math.max(0, Math.min(output.rows.length, output.seq - afterSeq, limit));
  const { atMicros, rows, ...rest } = output;
  return { ...rest, at: iso(atMicros), rows: fresh === 0 ? [] : rows.slice(-fresh), skipped: Math.max(0, output.seq - afterSeq - fresh) };
}

export function marksJson(record: QueryRecord): SeriesJson["marks"] {
  return record.marks.map(({ atMicros, kind, text }) => ({ at: iso(atMicros), kind, text: redactText(text) }));
}
