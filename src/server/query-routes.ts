/** What `/api/queries/:id` and the paths below it answer. */
import type { QueryDetail, SeriesJson, StateJson } from "./api-types.ts";
import { batchJson, checkpointJson, marksJson, operatorsJson, qualityJson, rowsJson, sinksJson, sourcesJson } from "./details.ts";
import type { QueryView } from "./engine-view.ts";
import { eventTimeJson } from "./event-time.ts";
import { fromIso, iso } from "./format.ts";
import type { Monitor } from "./monitor.ts";
import { redactJson, redactOptions, redactText } from "./redact.ts";
import { HttpError } from "./safety.ts";
import { series } from "./series.ts";

const rangeMicros = 900e6, dayMicros = 86_400e6;

/** `path`: id or name, percent-encoded, and what is below it. */
export async function answerQuery(monitor: Monitor, path: string, params: URLSearchParams): Promise<unknown> {
  const [encoded = "", part = "", below, ...rest] = path.split("/");
  const idOrName = decode(encoded), query = monitor.find(idOrName);
  if (query === undefined) throw new HttpError(404, "MILLRACE_NOT_FOUND", `There is no query ${idOrName}.`, "GET /api/queries lists them.");
  if (rest.length > 0 || (below !== undefined && part !== "batches")) throw nothing(part);
  const record = monitor.record(query), now = monitor.now();
  switch (part) {
    case "": return detail(monitor, query);
    case "progress": {
      const before = number(params, "before", Infinity), limit = number(params, "limit", 100);
      return redactJson(query.recentProgress().filter(progress => progress.batchId < before).slice(-limit));
    }
    case "series": return seriesJson(monitor, query, params);
    case "operators": return told(operatorsJson(query, record, now), "operators");
    case "event-time": return told(eventTimeJson(query, record, now), "a watermark");
    case "rows": {
      if (params.has("operator")) throw unbuilt("Rows at an operator");
      const limit = Math.min(1_000, number(params, "limit", 50)), output = told(query.rows?.(limit) ?? null, "rows");
      return rowsJson(output, output.seq - output.rows.length, limit);
    }
    case "batches": {
      if (below !== undefined) {
        const wanted = Number(below), batch = [...record.newest, ...record.notable, ...record.slowest].find(each => each.batchId === wanted);
        if (batch === undefined) throw new HttpError(404, "MILLRACE_NOT_FOUND", `Batch ${below} is not kept.`);
        return { ...batchJson(batch), progress: batch.progress === null ? null : redactJson(batch.progress) };
      }
      const order = params.get("order") ?? "newest";
      if (order !== "newest" && order !== "notable" && order !== "slowest") throw bad("order", "notable, newest or slowest");
      return record.batchesBy(order, Math.min(100, number(params, "limit", 20)), number(params, "before", Infinity)).map(batchJson);
    }
    case "checkpoint": return told(checkpointJson(query), "a checkpoint");
    case "quality": return qualityJson(query, record, now);
    case "sources": return sourcesJson(query, record);
    case "sinks": return sinksJson(query, record, now);
    case "dead-letters": {
      const letters = told(query.deadLetters?.() ?? null, "a dead-letter place"), reason = params.get("reason");
      return {
        path: letters.path === null ? null : redactText(letters.path), reasons: letters.reasons,
        rows: letters.newest.filter(each => reason === null || each.reason === reason)
          .map(({ atMicros, raw, message, ...each }) => ({ ...each, at: iso(atMicros), raw: redactText(raw), message: redactText(message) })),
      };
    }
    case "why": throw unbuilt("The explanation of missing output");
    case "state": return await stateJson(query, params);
    default: throw nothing(part);
  }
}

function detail(monitor: Monitor, query: QueryView): QueryDetail {
  const plan = query.plan?.() ?? null;
  return {
    ...monitor.summary(query), lastProgress: redactJson(query.lastProgress()), options: redactOptions(query.options ?? {}), schema: query.schema ?? [],
    sql: query.sqlText === null || query.sqlText === undefined ? null : redactText(query.sqlText), plan: plan === null ? null : redactText(plan),
  };
}

function seriesJson(monitor: Monitor, query: QueryView, params: URLSearchParams): SeriesJson {
  const now = monitor.now(), to = Math.min(now, time(params, "to", now)), from = time(params, "from", to - rangeMicros), points = Math.min(2_000, number(params, "points", 300));
  if (!(from < to)) throw bad("from", "a time before `to`");
  const record = monitor.record(query), answer = series(record.series, Math.max(from, to - 3 * dayMicros), to, points, now, record.knownUntil(now));
  return {
    from: iso(answer.from), step: answer.step, points: answer.points, columns: answer.columns,
    marks: marksJson(record).filter(mark => fromIso(mark.at) >= answer.from && fromIso(mark.at) <= to),
  };
}

/** `key`: JSON, or the text of a key of one field. */
async function stateJson(query: QueryView, params: URLSearchParams): Promise<StateJson> {
  if (query.end() !== null) throw new HttpError(409, "MILLRACE_QUERY_ENDED", "The query has ended, and its state is no longer in memory.", 'read.format("state") reads it from the checkpoint');
  const text = (name: string): string | undefined => params.get(name) ?? undefined, key = text("key");
  return told(await query.stateRows?.({
    operator: number(params, "operator", 0), store: text("store"), limit: Math.min(1_000, number(params, "limit", 100)), after: text("after"),
    ...(key !== undefined && { key: parsedKey(key) }), ...(params.has("from") && { from: text("from") }), ...(params.has("to") && { to: text("to") }),
  }) ?? null, "state");
}

function parsedKey(text: string): unknown {
  if (!/^\s*[{["]|^null$/.test(text)) return text;
  try { return JSON.parse(text); } catch { throw bad("key", "JSON, or plain text for a key of one field"); }
}

function told<T>(value: T | null, what: string): T {
  if (value === null) throw new HttpError(404, "MILLRACE_NOT_REPORTED", `This query has or reports no such thing: ${what}.`);
  return value;
}

function number(params: URLSearchParams, name: string, otherwise: number): number {
  const text = params.get(name);
  if (text === null) return otherwise;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) throw bad(name, "a whole number");
  return value;
}

function time(params: URLSearchParams, name: string, otherwise: number): number {
  const text = params.get(name);
  if (text === null) return otherwise;
  const micros = fromIso(text);
  if (Number.isNaN(micros)) throw bad(name, "an ISO 8601 time");
  return micros;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw bad("id", "percent-encoded UTF-8");
  }
}

const bad = (name: string, wanted: string) => new HttpError(400, "MILLRACE_BAD_PARAMETER", `${name} must be ${wanted}.`);
const nothing = (part: string) => new HttpError(404, "MILLRACE_NOT_FOUND", `A query has no ${part}.`);
const unbuilt = (what: string) => new HttpError(404, "MILLRACE_UNSUPPORTED", `${what} is not supported.`);
