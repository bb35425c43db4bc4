/**
 * What the page knows, in one place. Events change it; views read it; all that happens before the next frame is drawn once.
 */
import type { About, ProcessSummary, QueryEventJson, RowsJson, Summary } from "../src/server/api-types.ts";
import { fromIso } from "../src/server/format.ts";

export interface Connection {
  readonly state: "connecting" | "live" | "lost" | "ended";
  /** Page clock of the last event, in ms. */
  readonly lastEvent: number;
  /** Page clock of the next attempt, in ms. */
  readonly retryAt: number;
}

/** Newest first; `fresh` of them came last. */
export interface OutputTable extends RowsJson { readonly runId: string; readonly fresh: number }

export interface PageState {
  readonly about: About | null;
  readonly queries: ReadonlyMap<string, Summary>;
  readonly process: ProcessSummary | null;
  /** Of the query that is open. */
  readonly query: QueryEventJson | null;
  readonly output: OutputTable | null;
  readonly connection: Connection;
  readonly zone: string;
}

let state: PageState = {
  about: null, queries: new Map(), process: null, query: null, output: null, zone: "UTC",
  connection: { state: "connecting", lastEvent: 0, retryAt: 0 },
};
let frozen: PageState | null = null, batchesAtPause = 0;
let offsetMicros = 0;
const listeners = new Set<() => void>();
let scheduled = false;

/** What the views show: the live state, or that at the moment of Pause. The connection is always live. */
export function shown(): PageState {
  return frozen === null ? state : { ...frozen, connection: state.connection, zone: state.zone };
}

export function live(): PageState { return state; }

export function change(part: Partial<PageState>): void {
  state = { ...state, ...part };
  redraw();
}

export function redraw(): void {
  if (scheduled) return;
  scheduled = true;
  const draw = () => {
    if (!scheduled) return;
    scheduled = false;
    for (const listener of listeners) listener();
  };
  if (document.hidden) setTimeout(draw, 0);
  else requestAnimationFrame(draw);
}

export function onChange(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The server's clock, whatever the browser's says. */
export function serverNow(): number {
  return performance.now() * 1e3 + offsetMicros;
}

/** The server said what time it is. Small differences are the network's and stay out. */
export function setServerNow(iso: string): void {
  const offset = fromIso(iso) - performance.now() * 1e3;
  if (Math.abs(offset - offsetMicros) > 1e6) offsetMicros = offset;
}

export function isPaused(): boolean { return frozen !== null; }
export function batchesSincePause(): number { return allBatches() - batchesAtPause; }

export function togglePause(): void {
  frozen = frozen === null ? state : null;
  batchesAtPause = allBatches();
  redraw();
}

function allBatches(): number {
  let sum = 0;
  for (const query of state.queries.values()) sum += query.counts.batches;
  return sum;
}

/** The zone of all times: the session's at first. */
export function nextZone(): void {
  const session = state.about?.timeZone ?? "UTC", own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const zones = [...new Set([session, "UTC", own])];
  change({ zone: zones[(zones.indexOf(state.zone) + 1) % zones.length]! });
}
