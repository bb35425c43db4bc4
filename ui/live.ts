/**
 * The one connection to the server: server-sent events of the topics that the view needs. Lost connections are tried again
 * after 1, 2, 5 and 10 s, and go on where they stopped; a page that nobody sees closes its own after 30 s.
 */
import type { About, ProcessSummary, QueryEventJson, RowsJson, Summary } from "../src/server/api-types.ts";
import { change, live, redraw, serverNow, setServerNow } from "./store.ts";

const retries = [1_000, 2_000, 5_000, 10_000], lostAfter = 3_000, endedAfter = 60_000, hiddenAfter = 30_000;
let source: EventSource | null = null, topics = "", lastEventId = "", attempt = 0, lastEvent = performance.now();
let retryTimer = 0, hiddenTimer = 0, bye = false;
const onTail = new Set<(event: QueryEventJson) => void>();
const onReset = new Set<() => void>();

/** Calls with each whole `query` event. */
export function listenToTail(call: (event: QueryEventJson) => void, reset: () => void): () => void {
  onTail.add(call);
  onReset.add(reset);
  return () => {
    onTail.delete(call);
    onReset.delete(reset);
  };
}

/** Listens to these topics from now on, in place of the last ones. */
export function listenTo(wanted: string): void {
  if (wanted === topics && source !== null) return;
  topics = wanted;
  lastEventId = "";
  connect();
}

export function tryNow(): void {
  attempt = 0;
  connect();
}

function connect(): void {
  clearTimeout(retryTimer);
  source?.close();
  const opened = new EventSource(`/events?topics=${encodeURIComponent(topics)}${lastEventId === "" ? "" : `&lastEventId=${encodeURIComponent(lastEventId)}`}`);
  source = opened;
  const on = <T>(name: string, take: (data: T) => void) => opened.addEventListener(name, event => {
    if (opened !== source) return;
    lastEventId = (event as MessageEvent<string>).lastEventId || lastEventId;
    seen();
    take(JSON.parse((event as MessageEvent<string>).data) as T);
  });
  on<{ now: string; about: About }>("hello", data => {
    attempt = 0;
    bye = false;
    setServerNow(data.now);
    const before = live().about;
    change({ about: data.about, ...(before === null ? { zone: data.about.timeZone } : {}) });
  });
  on<{ queries: Summary[]; removed: string[]; all?: boolean; now: string }>("queries", data => {
    setServerNow(data.now);
    const queries = new Map(data.all === true ? [] : live().queries);
    for (const query of data.queries) queries.set(query.id, query);
    for (const id of data.removed) queries.delete(id);
    change({ queries });
  });
  on<ProcessSummary>("process", process => change({ process }));
  on<QueryEventJson>("query", event => {
    const before = live().query;
    if (event.tail !== undefined) for (const call of onTail) call(event);
    change({ query: before !== null && before.runId === event.runId ? { ...before, ...event } : event });
  });
  on<RowsJson & { runId: string }>("rows", event => {
    const before = live().output, same = before !== null && before.runId === event.runId;
    const came = same ? event.seq - before.seq : event.rows.length, rows = event.rows.slice(Math.max(0, event.rows.length - came));
    if (came <= 0) return;
    change({ output: { ...event, rows: [...rows.toReversed(), ...(same ? before.rows : [])].slice(0, 50), fresh: rows.length } });
  });
  on("reset", () => {
    for (const call of onReset) call();
    lastEventId = "";
    connect();
  });
  on("bye", () => { bye = true; });
  opened.onerror = () => {
    if (opened !== source) return;
    opened.close();
    source = null;
    const wait = retries[Math.min(attempt++, retries.length - 1)]!;
    retryTimer = window.setTimeout(connect, wait);
    change({ connection: { ...live().connection, retryAt: performance.now() + wait } });
  };
}

function seen(): void {
  lastEvent = performance.now();
  if (live().connection.state !== "live") change({ connection: { state: "live", lastEvent, retryAt: 0 } });
}

/** Looks once a second whether the server still answers, and lets ages tick. */
export function watchConnection(): void {
  setInterval(() => {
    if (document.hidden) return;
    const silent = performance.now() - lastEvent, before = live().connection;
    const state = silent > endedAfter || (bye && silent > lostAfter) ? "ended" : silent > lostAfter ? "lost" : before.state === "connecting" ? "connecting" : "live";
    if (state !== before.state) change({ connection: { state, lastEvent, retryAt: before.retryAt } });
    redraw();
  }, 1_000);
  document.addEventListener("visibilitychange", () => {
    clearTimeout(hiddenTimer);
    if (document.hidden) {
      hiddenTimer = window.setTimeout(() => {
        clearTimeout(retryTimer);
        source?.close();
        source = null;
      }, hiddenAfter);
    } else if (source === null) {
      lastEvent = performance.now();
      connect();
    }
  });
}

/** How long the server has been silent, in microseconds. */
export function silentMicros(): number { return (performance.now() - lastEvent) * 1e3; }
/** Server time of the last event. */
export function lastSeenMicros(): number { return serverNow() - silentMicros(); }
