/**
 * Watches the engine: records each query's progress, judges once a second, and tells the events' hub what changed, as often as
 * section by section is of use to a reader. Nothing but counters and verdicts is computed while nobody looks.
 */
import type { Clock, Timer } from "../base/clock.ts";
import type { ProcessSummary, QueryEventJson, Summary } from "./api-types.ts";
import { batchJson, checkpointJson, marksJson, operatorsJson, qualityJson, rowsJson, sinksJson, sourcesJson } from "./details.ts";
import type { EngineView, QueryView } from "./engine-view.ts";
import { eventTimeJson } from "./event-time.ts";
import { type EventClient, EventHub } from "./events.ts";
import { iso } from "./format.ts";
import type { ProcessMeter } from "./process-meter.ts";
import { type QueryRecord, Recorder } from "./recorder.ts";
import { redactJson } from "./redact.ts";
import { point } from "./series.ts";
import { summary, timeFacts, verdictFacts } from "./summary.ts";
import { judge, settle, type Settled } from "./verdict.ts";

const second = 1e6, beat = 250e3, commentMicros = 15e6;
/** Rows of one event. */
const rowsPerEvent = 50;
/** More queries than this are told less often. */
const queriesPerBeat = 50;
export const notableShown = 5;

interface Watched {
  readonly query: QueryView;
  readonly record: QueryRecord;
  readonly unsubscribe: () => void;
  settled: Settled;
  rowsChanged: boolean;
  progressCount: number;
  sentSummary: string;
  sentVersion: number;
  dirty: boolean;
}

export class Monitor {
  readonly engine: EngineView;
  readonly hub: EventHub;
  readonly recorder = new Recorder();
  readonly #clock: Clock;
  readonly #meter: ProcessMeter;
  readonly #watched = new Map<string, Watched>();
  readonly #stopListening: () => void;
  #tickTimer: Timer;
  #beatTimer: Timer | null = null;
  #beats = 0;
  #lastComment = 0;
  #measuring = false;
  #sentIds = new Set<string>();
  #closed = false;
  readonly #told = new Set<string>();

  constructor(engine: EngineView, clock: Clock, meter: ProcessMeter, epoch: string) {
    this.engine = engine;
    this.hub = new EventHub(epoch);
    this.#clock = clock;
    this.#meter = meter;
    this.#stopListening = engine.onChange(() => this.#sync());
    this.#sync();
    this.#tickTimer = this.#clock.after(second, () => this.#tick(), { unref: true });
  }

  now(): number { return this.#clock.nowMicros(); }

  /** What fails in the page never fails a query: it is told once, as a warning of the process. */
  #safely(work: () => void): void {
    try {
      work();
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      if (this.#told.has(text)) return;
      if (this.#told.size < 100) this.#told.add(text);
      process.emitWarning(error instanceof Error ? error.stack ?? text : text, { type: "LivePageWarning", code: "MILLRACE_PAGE" });
    }
  }

  /** The newest run of each query, in the engine's order. */
  queries(): QueryView[] {
    const newest = new Map<string, QueryView>();
    for (const query of this.engine.queries()) {
      const before = newest.get(query.id);
      if (before === undefined || query.startedAtMicros >= before.startedAtMicros) newest.set(query.id, query);
    }
    return [...newest.values()];
  }

  /** By id, or by a name that only one has; among ended and running ones of a name, the one that runs. */
  find(idOrName: string): QueryView | undefined {
    const all = this.queries(), byId = all.find(query => query.id === idOrName);
    if (byId !== undefined) return byId;
    const named = all.filter(query => query.name === idOrName);
    return named.length > 1 ? named.find(query => query.end() === null) ?? named.at(-1) : named[0];
  }

  record(query: QueryView): QueryRecord { return this.recorder.of(query); }

  summary(query: QueryView): Summary {
    const watched = this.#watched.get(query.runId) ?? this.#watch(query);
    return summary(query, watched.record, watched.settled, this.now());
  }

  summaries(): Summary[] { return this.queries().map(query => this.summary(query)); }

  process(summaries = this.summaries()): ProcessSummary {
    if (!this.#measuring) this.#meter.start();
    this.#measuring = true;
    const facts = this.engine.process(), active = summaries.filter(each => each.endedAt === null), sample = this.#meter.sample();
    const sum = (value: (each: Summary) => number | null | undefined) => active.reduce((total, each) => total + (value(each) ?? 0), 0);
    return {
      inputRowsPerSecond: sum(each => each.now.inputRowsPerSecond), outputRowsPerSecond: sum(each => each.now.outputRowsPerSecond),
      sources: sum(each => each.sources.count), sinks: active.length, stateRows: sum(each => each.now.state?.rows), stateBytes: sum(each => each.now.state?.bytes),
      stateLimitBytes: facts.stateLimitBytes ?? null, memoryLimitBytes: facts.memoryLimitBytes ?? null, workers: facts.workers, ...sample,
    };
  }

  /** A client came or went: run the beat only while someone looks. */
  clientsChanged(): void {
    if (this.hub.clients.size > 0 && this.#beatTimer === null && !this.#closed) this.#beatTimer = this.#clock.after(beat, () => this.#beat(), { unref: true });
    this.#tellWatched();
  }

  /** What a new client begins with. */
  snapshot(client: EventClient): void {
    const now = this.now();
    if (client.topics.has("queries")) this.hub.sendTo(client, "queries", { now: iso(now), queries: this.summaries(), removed: [], all: true });
    if (client.topics.has("process")) this.hub.sendTo(client, "process", this.process());
    for (const topic of client.topics) {
      const [kind, id] = split(topic), query = id === undefined ? undefined : this.find(id);
      if (query === undefined) continue;
      if (kind === "query") this.hub.sendTo(client, "query", this.#queryEvent(query, this.record(query), now, true));
      if (kind === "rows") this.#sendRows(client, topic, query);
    }
  }

  close(reason: string): void {
    this.#closed = true;
    this.#tickTimer.cancel();
    this.#beatTimer?.cancel();
    this.#stopListening();
    for (const watched of this.#watched.values()) watched.unsubscribe();
    this.#meter.stop();
    this.hub.close({ reason, at: iso(this.now()), lastBatches: Object.fromEntries(this.queries().map(query => [query.id, this.record(query).lastBatch?.batchId ?? null])) });
  }

  #sync(): void {
    const present = new Set<string>();
    for (const query of this.engine.queries()) {
      present.add(query.runId);
      if (!this.#watched.has(query.runId)) this.#watch(query);
    }
    for (const [runId, watched] of this.#watched) {
      if (present.has(runId)) continue;
      watched.unsubscribe();
      this.#watched.delete(runId);
      this.recorder.forget(runId);
    }
  }

  #watch(query: QueryView): Watched {
    const record = this.recorder.of(query), now = this.now();
    for (const progress of query.recentProgress()) if (record.batches === 0 || progress.batchId > (record.lastBatch?.batchId ?? -1)) record.record(progress, now);
    const watched: Watched = {
      query, record, settled: settle(null, this.#judge(query, record), now), rowsChanged: true, progressCount: 0, sentSummary: "", sentVersion: -1, dirty: true,
      unsubscribe: query.subscribe(event => this.#safely(() => {
        if (event.kind === "progress") {
          record.record(event.progress, this.now());
          watched.progressCount++;
          if (record.batches === 1) this.#settle(watched);
        } else if (event.kind === "rows") watched.rowsChanged = true;
        else this.#lifecycle(watched, event.what);
      })),
    };
    this.#watched.set(query.runId, watched);
    return watched;
  }

  #judge(query: QueryView, record: QueryRecord): ReturnType<typeof judge> {
    const now = this.now();
    return judge(verdictFacts(query, record, now, this.engine.about.timeZone, () => timeFacts(query, now)));
  }

  #settle(watched: Watched): void {
    watched.settled = settle(watched.settled, this.#judge(watched.query, watched.record), this.now());
  }

  /** Starts and ends are told at once. */
  #lifecycle(watched: Watched, what: string): void {
    this.#settle(watched);
    const { query } = watched, now = this.now();
    const data = { id: query.id, runId: query.runId, name: query.name, what, at: iso(now), error: redactJson(query.end()?.exception ?? null) };
    this.hub.send("queries", "lifecycle", data, now);
    if (this.hub.clients.size > 0) {
      this.#sendQueries(now);
      this.#sendQuery(watched, now, true);
    }
  }

  #tick(): void {
    if (this.#closed) return;
    const now = this.now();
    for (const watched of this.#watched.values()) {
      const { query, record } = watched;
      this.#safely(() => {
        record.tick(now, query.state() === "running", query.status().isTriggerActive);
        this.#settle(watched);
      });
    }
    this.#tickTimer = this.#clock.after(second - (now % second) % second, () => this.#tick(), { unref: true });
  }

  /** Four times a second while someone looks; each topic at its own rate. */
  #beat(): void {
    this.#beatTimer = null;
    if (this.#closed) return;
    if (this.hub.clients.size === 0) {
      if (this.#measuring) this.#meter.stop();
      this.#measuring = false;
      this.#tellWatched();
      return;
    }
    const now = this.now();
    this.#beats++;
    if (now - this.#lastComment > commentMicros) {
      this.hub.comment();
      this.#lastComment = now;
    }
    if (this.#beats % (2 * Math.max(1, Math.ceil(this.#watched.size / queriesPerBeat))) === 0) this.#safely(() => this.#sendQueries(now));
    if (this.#beats % 4 === 0 && this.hub.wants("process")) this.#safely(() => this.hub.send("process", "process", this.process(), now));
    for (const watched of this.#current()) this.#safely(() => this.#sendQuery(watched, now, this.#beats % 4 === 0));
    this.#beatTimer = this.#clock.after(beat, () => this.#beat(), { unref: true });
  }

  #current(): Watched[] {
    return this.queries().flatMap(query => this.#watched.get(query.runId) ?? []);
  }

  /** Changed summaries, and ids that are gone. */
  #sendQueries(now: number): void {
    if (!this.hub.wants("queries")) return;
    const changed: string[] = [], ids = new Set<string>();
    for (const watched of this.#current()) {
      ids.add(watched.query.id);
      const text = JSON.stringify(this.summary(watched.query));
      if (text === watched.sentSummary) continue;
      watched.sentSummary = text;
      changed.push(text);
    }
    const removed = [...this.#sentIds].filter(id => !ids.has(id));
    this.#sentIds = ids;
    if (changed.length > 0 || removed.length > 0) this.hub.sendText("queries", "queries", `{"now":"${iso(now)}","queries":[${changed.join(",")}],"removed":${JSON.stringify(removed)}}`, now);
  }

  #sendQuery(watched: Watched, now: number, whole: boolean): void {
    const { query, record } = watched, topic = `query:${query.id}`;
    if (this.hub.wants(topic) && (whole || watched.sentVersion !== record.version)) {
      if (watched.sentVersion !== record.version && watched.progressCount > 0) {
        this.hub.send(topic, "progress", { progress: redactJson(record.lastBatch!.progress), skipped: watched.progressCount - 1 }, now);
        watched.progressCount = 0;
      }
      watched.sentVersion = record.version;
      this.hub.send(topic, "query", this.#queryEvent(query, record, now, whole), now);
      if (whole) record.rewrote = false;
    }
    if (!watched.rowsChanged) return;
    watched.rowsChanged = false;
    const rowsTopic = `rows:${query.id}`;
    for (const client of this.hub.clients) if (client.topics.has(rowsTopic)) this.#sendRows(client, rowsTopic, query);
  }

  /** Rows go to each client by what it has, so that `skipped` is exact for it. */
  #sendRows(client: EventClient, topic: string, query: QueryView): void {
    if (client.behind) return;
    const output = query.rows?.(rowsPerEvent) ?? null;
    if (output === null) return;
    const before = client.rowSeq.get(topic);
    if (before === output.seq) return;
    client.rowSeq.set(topic, output.seq);
    const json = rowsJson(output, before ?? output.seq - output.rows.length, rowsPerEvent);
    this.hub.sendTo(client, "rows", { id: query.id, runId: query.runId, ...json });
  }

  #queryEvent(query: QueryView, record: QueryRecord, now: number, whole: boolean): QueryEventJson {
    const { sparkline: _, ...base } = this.summary(query);
    if (!whole) return base;
    const ring = record.series.seconds, last = ring.stepOf(now) - 1;
    return {
      ...base, tail: { t: iso(last * 1e6), columns: point(ring, last, 1, record.knownUntil(now)) }, rewrote: record.rewrote, marks: marksJson(record),
      eventTime: eventTimeJson(query, record, now), operators: operatorsJson(query, record, now), quality: qualityJson(query, record, now),
      checkpointState: checkpointJson(query), inputs: sourcesJson(query, record), outputs: sinksJson(query, record, now),
      batches: record.batchesBy("notable", notableShown).map(batchJson),
    };
  }

  #tellWatched(): void {
    for (const { query } of this.#watched.values()) {
      query.watch?.({ rows: this.hub.wants(`rows:${query.id}`), detail: this.hub.wants(`query:${query.id}`) });
    }
  }
}

/** `query:5f0c` as kind and id. */
export function split(topic: string): [kind: string, id: string | undefined] {
  const at = topic.indexOf(":");
  return at < 0 ? [topic, undefined] : [topic.slice(0, at), topic.slice(at + 1)];
}
