/** All queries, worst first, and this process. */
import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";
import type { ProcessSummary, Summary } from "../src/server/api-types.ts";
import { age, bytes, count, duration, exact, fromIso, rate, span, times, timeOfDay, unknown } from "../src/server/format.ts";
import { Foot } from "./bar.tsx";
import { Big, Key, Mark } from "./parts.tsx";
import { pathOf } from "./route.ts";
import { Sparkline } from "./sparkline.tsx";
import { serverNow, shown } from "./store.ts";
import { errorPlace, isLate } from "./words.tsx";

type Filter = "all" | "look" | "running" | "ended";
const filters: readonly (readonly [Filter, string, (query: Summary) => boolean])[] = [
  ["all", "All", () => true], ["look", "Need a look", query => needsLook(query)],
  ["running", "Running", query => query.endedAt === null], ["ended", "Ended", query => query.endedAt !== null],
];
const rank = { bad: 0, warn: 1, ok: 2, off: 3 };
const pageSize = 100;
const needsLook = (query: Summary): boolean => query.verdict.level === "bad" || query.verdict.level === "warn";
export const nameOf = (query: { readonly name: string | null; readonly id: string }): string => query.name ?? query.id.slice(0, 8);

export function Overview(): JSX.Element {
  const { queries, process, about } = shown();
  const [filter, setFilter] = useState<Filter>("all"), [find, setFind] = useState(""), [pages, setPages] = useState(1);
  const all = useOrder([...queries.values()]), table = useRef<HTMLTableElement>(null);
  const inView = all.filter(filters.find(([key]) => key === filter)![2]).filter(query => find === "" || `${query.name ?? ""} ${query.id}`.toLowerCase().includes(find.toLowerCase()));
  document.title = `${headline(all)} · Millrace`;
  return (
    <>
      <h1 class="headline">{headline(all)}</h1>
      <p class="lead">{leadOf(all)}</p>
      {all.length === 0 ? <Empty /> : (
        <>
          <div class="toolbar">
            <h2>Queries</h2>
            <div class="choice" role="group" aria-label="Which queries">
              {filters.map(([key, text, keep]) => <button key={key} type="button" aria-pressed={filter === key} onClick={() => setFilter(key)}>{text} <small>{all.filter(keep).length}</small></button>)}
            </div>
            <label class="find"><span class="unseen">Find a query</span><input type="search" placeholder="Find a query" value={find} onInput={event => setFind(event.currentTarget.value)} /><Key text="/" /></label>
          </div>
          <table class="queries" ref={table} id="queries">
            <colgroup>{["level", "text", "in", "spark", "out", "batch", "behind", "state", "late", "dead"].map(name => <col key={name} class={`c-${name}`} />)}</colgroup>
            <thead><tr>
              <th scope="col" colSpan={2}>Worst first</th><th scope="col" colSpan={2} class="rates">Rows in/s, last 15 min</th><th scope="col">Rows out/s</th><th scope="col">Batch</th>
              <th scope="col">Watermark behind</th><th scope="col">State</th><th scope="col">Late rows</th><th scope="col">Dead letters</th>
            </tr></thead>
            {inView.slice(0, pages * pageSize).map(query => <Row key={query.id} query={query} />)}
          </table>
          {inView.length > pages * pageSize ? <button type="button" onClick={() => setPages(pages + 1)}>{inView.length - pages * pageSize} more</button> : null}
          {inView.length === 0 ? <p class="nothing">No query of this kind{find === "" ? "" : ` has “${find}” in its name`}.</p> : null}
        </>
      )}
      {process === null ? null : <ProcessStrip process={process} text={about === null ? "" : `${about.host}, pid ${exact(about.pid)}, Node ${about.node}, Millrace ${about.version}, up ${span(serverNow() - fromIso(about.startedAt))}`} />}
      <Foot>
        <span><Key text="J" /> <Key text="K" /> move</span><span><Key text="Enter" /> open</span><span><Key text="W" /> why no output</span><span><Key text="/" /> find</span>
      </Foot>
    </>
  );
}

/** Worst first. Rows change places only when a level changes, and never while someone points at the table. */
function useOrder(queries: readonly Summary[]): Summary[] {
  const order = useRef<string[]>([]), levels = useRef("");
  const sorted = [...queries].sort((a, b) => rank[a.verdict.level] - rank[b.verdict.level] || (nameOf(a) < nameOf(b) ? -1 : 1));
  const now = sorted.map(query => `${query.id}${query.verdict.level}`).join();
  const table = document.getElementById("queries"), held = table !== null && (table.matches(":hover") || table.contains(document.activeElement));
  if (now !== levels.current && !held) {
    levels.current = now;
    order.current = sorted.map(query => query.id);
  }
  const byId = new Map(queries.map(query => [query.id, query]));
  const kept = order.current.flatMap(id => byId.get(id) ?? []);
  return [...kept, ...sorted.filter(query => !order.current.includes(query.id))];
}

function headline(queries: readonly Summary[]): string {
  if (queries.length === 0) return "No queries yet";
  const look = queries.filter(needsLook).length;
  if (look > 0) return `${look} of ${queries.length} ${queries.length === 1 ? "query needs" : look === 1 ? "queries needs" : "queries need"} a look`;
  const running = queries.filter(query => query.endedAt === null).length;
  if (running === 0) return queries.length === 1 ? "The query has ended" : "All queries have ended";
  return queries.length === 1 ? "The query is well" : queries.length === 2 ? "Both queries are well" : `All ${queries.length} queries are well`;
}

function leadOf(queries: readonly Summary[]): JSX.Element {
  const look = queries.filter(needsLook), named = look.slice(0, 4), rest = queries.filter(query => !needsLook(query));
  const kinds = new Set<string>(rest.map(query => query.endedAt !== null ? (query.state === "finished" ? "finished" : "stopped") : query.verdict.kind === "waiting" ? "waiting for data" : query.verdict.kind === "starting" ? "starting" : "keeping up"));
  const order = ["keeping up", "waiting for data", "starting", "finished", "stopped"].filter(kind => kinds.has(kind));
  const states = order.length < 2 ? order.join() : `${order.slice(0, -1).join(", ")} or ${order.at(-1)}`;
  return (
    <>
      {named.map(query => <span key={query.id}><b>{nameOf(query)}</b> {shortVerdict(query)}. </span>)}
      {look.length > named.length ? `${look.length - named.length} more. ` : ""}
      {rest.length === 0 ? "" : look.length > 0 ? `The rest are ${states}.` : queries.length === 1 ? `It is ${states}.` : `They are ${states}.`}
    </>
  );
}

function shortVerdict({ verdict, endedAt }: Summary): string {
  switch (verdict.kind) {
    case "failed": return `failed ${age(serverNow() - fromIso(endedAt))} ago`;
    case "behind": return "is falling behind";
    case "noOutput": return `has had no output for ${verdict.lead.replace("No output for ", "")}`;
    case "stuck": return `is stuck in a batch`;
    default: return verdict.lead.toLowerCase();
  }
}

function Row({ query }: { query: Summary }): JSX.Element {
  const { now, counts, verdict } = query, ended = query.endedAt !== null, error = query.lastError;
  const behind = verdict.kind === "behind";
  const late = isLate(now), old = (now.watermarkBehindMicros ?? 0) > 7 * 86_400e6 && now.delayMicros !== null;
  const silence = verdict.kind === "noOutput" ? verdict.lead.replace("No output ", "") : "";
  return (
    <tbody data-query={query.name ?? query.id}>
      <tr>
        <td class="level"><Mark kind={verdict.kind} level={verdict.level} /></td>
        <th scope="row"><a class="name" href={pathOf(query)}>{nameOf(query)}</a><p class="verdict"><VerdictText query={query} /></p></th>
        <Cell label="in/s" className="in" value={count(now.inputRowsPerSecond)} exactly={now.inputRowsPerSecond} sub={ended ? (query.lastInputRowsPerSecond === null ? "" : `was ${rate(query.lastInputRowsPerSecond)}`)
          : behind ? `reads ${count(now.readRowsPerSecond)}/s` : sourcesText(query)} />
        <td class="sparkcell"><Sparkline values={query.sparkline.inputRowsPerSecond} read={query.sparkline.readRowsPerSecond} ended={ended} /></td>
        <Cell label="out/s" value={count(now.outputRowsPerSecond)} exactly={now.outputRowsPerSecond} warn={silence !== ""} sub={ended && counts.runRowsOut > 0 ? `${exact(counts.runRowsOut)} rows` : silence} none={ended} />
        <Cell label="batch" value={now.batchMicros === null ? unknown : duration(now.batchMicros.p50)} sub={ended ? (query.state === "finished" ? `${exact(counts.batches)} batches` : "") : now.batchMicros === null ? "" : `p99 ${duration(now.batchMicros.p99)}`} none={ended} />
        <Cell label="behind" value={now.watermarkBehindMicros === null ? unknown : duration(now.watermarkBehindMicros)} warn={late} none={now.watermarkBehindMicros === null}
          sub={old ? `${span(now.delayMicros)} is your delay` : now.watermarkExpectedMicros !== null && !ended ? `${span(now.watermarkExpectedMicros)} is expected` : query.hasWatermark ? (ended ? query.state : "") : ended && query.state !== "failed" ? query.state : "no watermark"} />
        <Cell label="state" value={now.state === null ? "0" : count(now.state.rows)} exactly={now.state?.rows ?? null} sub={now.state === null || now.state.bytes === 0 ? "" : bytes(now.state.bytes)} />
        <Cell label="late rows" value={query.hasWatermark || ended && query.state !== "failed" ? exact(counts.lateRows) : unknown} sub={!query.hasWatermark ? (ended && query.state !== "failed" ? "" : "no watermark") : counts.lateRows > 0 && counts.rowsRead > 1e9 ? `of ${count(counts.rowsRead)}` : ""} none={!query.hasWatermark} />
        <Cell label="dead letters" value={exact(counts.deadLetters)} warn={counts.lastDeadLetterAt !== null && serverNow() - fromIso(counts.lastDeadLetterAt) < 60e6}
          sub={counts.lastDeadLetterAt !== null ? `last ${age(serverNow() - fromIso(counts.lastDeadLetterAt))} ago` : query.state === "failed" && !query.deadLettersKept ? "not set up" : ""} />
      </tr>
      {error === null ? null : (
        <tr class="error-row"><td /><td colSpan={9}>
          <div class="error"><div><code class="condition">{error.condition}</code><span>{error.message}</span><code class="sqlstate">SQLSTATE {error.sqlState}</code></div>
            <p>{errorPlace(error)}<a href={`${pathOf(query)}#error`}>Open the error</a></p></div>
        </td></tr>
      )}
    </tbody>
  );
}

function sourcesText({ sources }: Summary): string {
  if (sources.count > 1) return sources.silent > 0 ? `${sources.count} sources, ${sources.silent} silent` : `${sources.count} sources`;
  return sources.partitions > 1 ? `${sources.partitions} partitions` : "";
}

function Cell({ label, value, sub, warn = false, none = false, exactly, className = "" }: {
  label: string; value: string; sub: string; warn?: boolean; none?: boolean; exactly?: number | null; className?: string;
}): JSX.Element {
  return (
    <td class={`number ${className}${none && value === unknown ? " none" : ""}`} data-label={label}>
      <span class={warn ? "main warn" : "main"} title={exactly === null || exactly === undefined ? undefined : exact(exactly)}>{value}</span><span class="sub">{sub}</span>
    </td>
  );
}

/** The verdict as a row says it: what the columns show already is left out. */
function VerdictText({ query }: { query: Summary }): JSX.Element {
  const { verdict, endedAt, lastBatchId } = query, { zone } = shown();
  const lead = <b class={verdict.level}>{verdict.lead}</b>;
  switch (verdict.kind) {
    case "keepingUp": return <>{lead}{verdict.headroom === null ? "." : ` with ${times(verdict.headroom)} times to spare.`}</>;
    case "failed": return <>{lead} {verdict.text.replace(/: .*$/s, "")}. It is stopped; nothing was written {lastBatchId === null ? "at all" : `after batch ${exact(lastBatchId)}`}.</>;
    case "finished": return <>{lead} at {timeOfDay(fromIso(endedAt), zone)}. Read everything that was there: {verdict.text}.</>;
    case "stopped": return <>{lead} {verdict.text}.</>;
    case "noOutput": return <>{lead}: {verdict.text}. <a href={`${pathOf(query)}/why`}>Why?</a></>;
    default: return <>{lead}: {verdict.text}.</>;
  }
}

function Empty(): JSX.Element {
  return (
    <section class="card empty">
      <p>This process has not started a query. Start one, and it appears here at once:</p>
      <pre>await df.writeStream.queryName("clicks").start()</pre>
    </section>
  );
}

function ProcessStrip({ process, text }: { process: ProcessSummary; text: string }): JSX.Element {
  const cell = (label: string, value: JSX.Element, sub: string) => <div class="cell"><span class="label">{label}</span>{value}<span class="sub">{sub}</span></div>;
  const of = (limit: number | null, rest: string) => limit === null ? rest : `of ${bytes(limit)}${rest === "" ? "" : `, ${rest}`}`;
  return (
    <section class="process" aria-labelledby="process-title">
      <div class="process-head"><h2 id="process-title">This process</h2><p>{text}</p></div>
      <div class="strip six">
        {cell("Rows in", <Big text={count(process.inputRowsPerSecond)} unit="/s" />, `from ${process.sources} ${process.sources === 1 ? "source" : "sources"}`)}
        {cell("Rows out", <Big text={count(process.outputRowsPerSecond)} unit="/s" />, `to ${process.sinks} ${process.sinks === 1 ? "sink" : "sinks"}`)}
        {cell("State", <Big text={bytes(process.stateBytes)} />, of(process.stateLimitBytes, `${count(process.stateRows)} rows`))}
        {cell("Memory", <Big text={bytes(process.memoryBytes)} />, process.memoryLimitBytes === null ? "resident" : `of ${bytes(process.memoryLimitBytes)} allowed`)}
        {cell("CPU", <Big text={process.cpuCores === null ? unknown : process.cpuCores.toFixed(1)} unit="cores" />, `of ${process.cpuAvailable}, ${process.workers} ${process.workers === 1 ? "worker" : "workers"}`)}
        {cell("Event loop delay, p99", <Big text={duration(process.eventLoopDelayP99Micros)} />, "your code shares this thread")}
      </div>
    </section>
  );
}
