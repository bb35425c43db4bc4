/** The bar on top, the line about the connection, and the foot. */
import type { ComponentChildren, JSX } from "preact";
import { duration, span, timeOfDay } from "../src/server/format.ts";
import { Key, Logo, Mark } from "./parts.tsx";
import { lastSeenMicros, silentMicros, tryNow } from "./live.ts";
import type { Route } from "./route.ts";
import { batchesSincePause, isPaused, nextZone, serverNow, shown, togglePause } from "./store.ts";
import { toggleKeys } from "./keys.tsx";

export function Bar({ route }: { route: Route }): JSX.Element {
  const { queries, connection, zone } = shown(), paused = isPaused();
  const inQueries = route.view === "overview" || route.view === "query" || route.view === "why";
  return (
    <header class="bar">
      <a class="skip" href="#main">Skip to the content</a>
      <a class="brand" href="/"><Logo /><span>Millrace</span></a>
      <nav aria-label="Views">
        <a href="/" aria-current={inQueries ? "page" : undefined}>Queries <small>{queries.size}</small></a>
        <a href="/sql" aria-current={route.view === "sql" ? "page" : undefined}>SQL</a>
        <a href="/process" class="wide" aria-current={route.view === "process" ? "page" : undefined}>Process</a>
      </nav>
      <div class="bar-end">
        <span class={`connection ${connection.state}`}><i aria-hidden="true" />{paused ? `Paused, ${batchesSincePause()} batches since` : connection.state === "live" ? "Live" : connection.state === "connecting" ? "Connecting" : connection.state === "lost" ? "Not connected" : "Ended"}</span>
        <span class="bar-clock wide">{timeOfDay(serverNow(), zone)} {zone}</span>
        <button type="button" class="plain wide" aria-pressed={paused} onClick={togglePause}>{paused ? "Go on" : "Pause"} <Key text="P" /></button>
        <button type="button" class="plain wide" onClick={toggleKeys}>Keys <Key text="?" /></button>
      </div>
    </header>
  );
}

export function ConnectionLine(): JSX.Element | null {
  const { connection, zone } = shown(), { query, queries } = shown();
  if (connection.state !== "lost" && connection.state !== "ended") return null;
  const since = timeOfDay(lastSeenMicros(), zone);
  if (connection.state === "ended") {
    const batch = query?.lastBatchId ?? [...queries.values()].find(each => each.endedAt === null)?.lastBatchId;
    return (
      <div class="line ended" role="status"><Mark kind="failed" level="bad" /><b>The process has ended</b>
        <span>Last seen at {since}{batch === null || batch === undefined ? "" : ` in batch ${batch.toLocaleString("en")}`}. <button type="button" class="link" onClick={tryNow}>Try now</button></span></div>
    );
  }
  const wait = Math.max(0, connection.retryAt - performance.now());
  return (
    <div class="line lost" role="status"><Mark kind="behind" level="warn" /><b>Not connected for {span(Math.floor(silentMicros() / 1e6) * 1e6)}</b>
      <span>What you see is from {since}. The queries may still run. {wait > 0 ? `Trying again in ${duration(Math.ceil(wait / 1e3) * 1e6).replace(".0", "")}. ` : ""}<button type="button" class="link" onClick={tryNow}>Try now</button></span></div>
  );
}

export function Foot({ children }: { children: ComponentChildren }): JSX.Element {
  return <footer class="foot"><div class="foot-keys">{children}</div><button type="button" class="plain" onClick={nextZone} title="Show times in another zone">Times are {shown().zone}</button></footer>;
}
