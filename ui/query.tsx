/** One query: verdict, numbers, and a section for each question, in the order in which they are asked. */
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { ErrorFacts } from "../src/server/engine-view.ts";
import type { QueryDetail, QueryEventJson } from "../src/server/api-types.ts";
import { age, bytes, count, dayAndTime, duration, exact, fromIso, percent, rate, span, times, unknown } from "../src/server/format.ts";
import { joint } from "../src/server/verdict.ts";
import { Foot } from "./bar.tsx";
import { Batches } from "./batches.tsx";
import { Checkpoint } from "./checkpoint.tsx";
import { EventTime } from "./event-time.tsx";
import { Flow } from "./flow.tsx";
import { Operators } from "./operators.tsx";
import { Output } from "./output.tsx";
import { Big, Key, Mark, Nothing } from "./parts.tsx";
import { Quality } from "./quality.tsx";
import { pathOf, type Route } from "./route.ts";
import { Sources } from "./sources.tsx";
import { serverNow, shown } from "./store.ts";
import { errorPlace, isLate } from "./words.tsx";

const lifeWords = { starting: "Starting", running: "Running", failed: "Failed", stopped: "Stopped", finished: "Finished" };

export function QueryPage({ route }: { route: Route }): JSX.Element {
  const { query, queries } = shown();
  const [missing, setMissing] = useState(false);
  useEffect(() => {
    setMissing(false);
    const timer = setTimeout(() => setMissing(true), 2_000);
    return () => clearTimeout(timer);
  }, [route.query]);
  if (query === null) {
    const known = [...queries.values()].some(each => each.name === route.query || each.id === route.query);
    return missing && !known ? <><h1 class="headline">There is no query {route.query}</h1><p class="lead">It may have had another name. <a href="/">All queries</a></p></> : <Loading />;
  }
  const name = query.name ?? query.id;
  document.title = `${query.verdict.lead}: ${name} · Millrace`;
  return (
    <>
      <Head query={query} name={name} />
      {route.view === "why" ? <section class="card" id="why"><p>The explanation of missing output is not there yet. The section <a href={`${pathOf(query)}#event-time`}>Event time</a> shows what holds the watermark.</p></section> : null}
      {query.lastError === null ? null : <ErrorCard error={query.lastError} />}
      <Strip query={query} />
      <Sections query={query} />
      <div class="cards">
        <Flow query={query} route={route} />
        <Operators graph={query.operators} />
        <EventTime time={query.eventTime} />
        <Output query={query} />
        <Quality quality={query.quality} query={query} />
        <Sources inputs={query.inputs ?? []} outputs={query.outputs ?? []} />
        <Batches notable={query.batches ?? []} path={encodeURIComponent(query.id)} />
        <Checkpoint facts={query.checkpointState} query={query} />
        <Folds query={query} />
      </div>
      <Foot><span>This page as JSON <a class="code" href={`/api${pathOf(query)}`}>/api{pathOf(query)}</a></span></Foot>
    </>
  );
}

function Head({ query, name }: { query: QueryEventJson; name: string }): JSX.Element {
  const { verdict } = query, { about, zone } = shown();
  return (
    <div class="head">
      <div class="crumbs"><a href="/">Queries</a><span aria-hidden="true">/</span><b>{name}</b><span class={`life ${query.state === "running" ? "ok" : query.state === "failed" ? "bad" : "off"}`}><Mark kind={query.state === "failed" ? "failed" : query.state === "finished" ? "finished" : query.state === "running" ? "keepingUp" : "stopped"} level={query.state === "running" ? "ok" : query.state === "failed" ? "bad" : "off"} />{lifeWords[query.state]}</span></div>
      <div class="head-row">
        <h1 class="verdict-line"><span class={verdict.level}>{verdict.lead}</span>{`${joint(verdict.kind)}${verdict.text}.`}</h1>
        <div class="actions">
          <a class="button" href={`${pathOf(query)}/why`}>Why no output <Key text="W" /></a>
          <a class="button wide" href="#plan" onClick={() => document.querySelector<HTMLDetailsElement>("#plan")?.setAttribute("open", "")}>Plan</a>
          {about?.canAct === true && query.endedAt === null ? <Stop id={query.id} name={name} /> : null}
        </div>
      </div>
      <p class="facts">
        <span>{query.outputMode[0]!.toUpperCase() + query.outputMode.slice(1)} mode</span><span>runs {boldLast(query.trigger)}</span>
        {query.restarts > 0 ? <span>restarted <b>{exact(query.restarts)} {query.restarts === 1 ? "time" : "times"}</b>{query.lastRestartAt === null ? "" : `, last ${dayAndTime(fromIso(query.lastRestartAt), zone)}`}</span> : null}
        {query.checkpoint === null ? <span>no checkpoint</span> : <span class="wide">checkpoint <code>{query.checkpoint}</code></span>}
        <span class="wide" title={query.guarantee.reason}>{query.guarantee.kind}</span>
        <span class="running">{query.endedAt === null ? <>running for <b>{span(Math.max(1, Math.floor((serverNow() - fromIso(query.startedAt)) / 1e6)) * 1e6)}</b></> : <>ran for <b>{span(fromIso(query.endedAt) - fromIso(query.startedAt))}</b></>}</span>
        {query.lastBatchId === null ? null : <span>batch <b>{exact(query.lastBatchId)}</b></span>}
      </p>
    </div>
  );
}

/** `when data arrives` with what comes after its first word in bold. */
function boldLast(text: string): JSX.Element {
  const at = text.indexOf(" ");
  return at < 0 ? <b>{text}</b> : <>{text.slice(0, at)} <b>{text.slice(at + 1)}</b></>;
}

function Stop({ id, name }: { id: string; name: string }): JSX.Element {
  const [asked, setAsked] = useState(false), [error, setError] = useState("");
  const stop = async () => {
    const response = await fetch(`/api/queries/${encodeURIComponent(id)}/stop`, { method: "POST", headers: { "X-Millrace": "1", "Content-Type": "application/json" }, body: "{\"drain\":false}" });
    setAsked(false);
    if (!response.ok) setError((await response.json() as { error: { message: string } }).error.message);
  };
  if (error !== "") return <span class="warn">{error}</span>;
  return asked ? <span class="confirm">Stop {name}? <button type="button" onClick={stop}>Stop it</button><button type="button" onClick={() => setAsked(false)}>Let it run</button></span>
    : <button type="button" onClick={() => setAsked(true)}>Stop…</button>;
}

function Strip({ query }: { query: QueryEventJson }): JSX.Element {
  const { now, counts } = query, ended = query.endedAt !== null;
  const headroom = query.verdict.headroom, late = isLate(now);
  const cell = (label: string, value: JSX.Element, sub: string, warn = false, tone = "") => <div class="cell"><span class="label">{label}</span><span class={tone}>{value}</span><span class={warn ? "sub warn" : "sub"}>{sub}</span></div>;
  return (
    <div class="strip seven" role="group" aria-label="Key numbers">
      {cell("Rows in", <Big text={count(now.inputRowsPerSecond)} unit="/s" title={exact(now.inputRowsPerSecond)} />,
        ended ? (query.lastInputRowsPerSecond === null ? "" : `was ${rate(query.lastInputRowsPerSecond)}`) : now.capacityRowsPerSecond === null ? "" : `can do ${count(now.capacityRowsPerSecond)}${headroom === null ? "" : `, ${times(headroom)} times`}`)}
      {cell("Batch time, median", <Big text={now.batchMicros === null ? unknown : duration(now.batchMicros.p50)} />, now.batchMicros === null ? "" : `p99 ${duration(now.batchMicros.p99)}${now.batchesPerSecond === null ? "" : `, ${perSecond(now.batchesPerSecond)}`}`)}
      {cell("Behind event time", <Big text={now.watermarkBehindMicros === null ? unknown : duration(now.watermarkBehindMicros)} />, !query.hasWatermark ? "no watermark"
        : late ? `${span(now.watermarkExpectedMicros)} is expected` : now.delayMicros === null ? "" : `${span(now.delayMicros)} is your delay`, false, late ? "warn" : "")}
      {cell("Rows out", <Big text={count(now.outputRowsPerSecond)} unit="/s" title={exact(now.outputRowsPerSecond)} />, query.verdict.kind === "noOutput" ? query.verdict.lead.replace("No output ", "") : now.nextWindowMicros === null ? (counts.runRowsOut > 0 ? `${count(counts.runRowsOut)} in this run` : "") : now.nextWindowMicros === 0 ? "next with the next batch" : `next in ${duration(now.nextWindowMicros)}`, false, query.verdict.kind === "noOutput" ? "warn" : "")}
      {cell("State", now.state === null ? <Big text="0" unit="rows" /> : <Big text={count(now.state.rows)} unit="rows" title={exact(now.state.rows)} />, now.state === null ? "no operator keeps any" : now.state.limitBytes === null ? bytes(now.state.bytes) : `${bytes(now.state.bytes)} of ${bytes(now.state.limitBytes)}`)}
      {cell("Late rows, last hour", <Big text={query.hasWatermark ? exact(counts.lateRows) : unknown} />, !query.hasWatermark ? "no watermark" : counts.lateFrom !== null && counts.lateRows > 0 ? `all from ${counts.lateFrom}` : counts.lateRows > 0 ? `${percent(counts.lateRows / Math.max(1, counts.rowsRead))} of all` : "none was dropped", counts.lateFrom !== null && counts.lateRows > 0)}
      {cell("Dead letters", <Big text={exact(counts.deadLetters)} />, counts.lastDeadLetterAt === null ? (query.deadLettersKept ? "all rows could be read" : "not set up") : `last ${age(serverNow() - fromIso(counts.lastDeadLetterAt))} ago`)}
    </div>
  );
}

const perSecond = (value: number): string => value >= 1 ? `${count(Math.round(value))}/s` : `${count(value * 60)}/min`;

function Sections({ query }: { query: QueryEventJson }): JSX.Element {
  const list: (readonly [id: string, text: string, count: number, warn: boolean])[] = [
    ["flow", "Flow", 0, false], ["event-time", "Event time", query.eventTime?.lanes.filter(lane => lane.trouble !== null).length ?? 0, true], ["output", "Output", 0, false],
    ["quality", "Quality", query.counts.deadLetters, false], ["sources", "Sources and sinks", 0, false], ["batches", "Batches", 0, false], ["checkpoint", "Checkpoint", 0, false], ["state", "State", 0, false], ["plan", "Plan", 0, false],
  ];
  const current = useCurrent(list.map(([id]) => id));
  return (
    <nav class="sections" aria-label="Sections">
      {list.map(([id, text, number, warn]) => (
        <a key={id} href={`#${id}`} aria-current={current === id ? "true" : undefined} onClick={event => jump(event, id)}>{text}{number > 0 ? <small class={warn ? "count warn" : "count"}>{exact(number)}</small> : null}</a>
      ))}
    </nav>
  );
}

function jump(event: MouseEvent, id: string): void {
  const target = document.getElementById(id);
  if (target === null) return;
  event.preventDefault();
  if (target instanceof HTMLDetailsElement) target.open = true;
  history.replaceState(null, "", `${location.pathname}${location.search}#${id}`);
  target.scrollIntoView({ block: "start" });
  target.focus({ preventScroll: true });
}

/** The section that is at the top of the view. */
function useCurrent(ids: readonly string[]): string {
  const [current, setCurrent] = useState(ids[0]!);
  useEffect(() => {
    let waiting = false;
    const look = () => {
      waiting = false;
      let found = ids[0]!;
      for (const id of ids) {
        const top = document.getElementById(id)?.getBoundingClientRect().top;
        if (top !== undefined && top < 140) found = id;
      }
      setCurrent(found);
    };
    const onScroll = () => {
      if (!waiting) requestAnimationFrame(look);
      waiting = true;
    };
    addEventListener("scroll", onScroll, { passive: true });
    if (location.hash !== "") requestAnimationFrame(() => document.getElementById(location.hash.slice(1))?.scrollIntoView());
    return () => removeEventListener("scroll", onScroll);
  }, []);
  return current;
}

function ErrorCard({ error }: { error: ErrorFacts }): JSX.Element {
  return (
    <section class="card error-card" id="error" aria-labelledby="error-title">
      <div class="error"><div><code class="condition" id="error-title">{error.condition}</code><span>{error.message}</span><code class="sqlstate">SQLSTATE {error.sqlState}</code></div>
        <p>{errorPlace(error)}</p>
        {(error.queryContext ?? []).map((place, i) => <pre key={i}>{place.callSite ?? place.fragment}</pre>)}</div>
    </section>
  );
}

function Loading(): JSX.Element {
  const [visible, setVisible] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setVisible(true), 200);
    return () => clearTimeout(timer);
  }, []);
  return <div class={visible ? "loading" : "loading hidden"} aria-busy="true"><span class="block line-1" /><span class="block line-2" /><span class="block strip-block" /><span class="block card-block" /></div>;
}

function Folds({ query }: { query: QueryEventJson }): JSX.Element {
  const [detail, setDetail] = useState<QueryDetail | null>(null), [error, setError] = useState("");
  const load = (event: Event) => {
    if (!(event.currentTarget as HTMLDetailsElement).open || detail !== null) return;
    fetch(`/api/queries/${encodeURIComponent(query.id)}`).then(async response => {
      if (response.ok) setDetail(await response.json() as QueryDetail);
      else setError((await response.json() as { error: { message: string } }).error.message);
    }).catch((reason: unknown) => setError(String(reason)));
  };
  const state = query.now.state, stateful = query.operators?.operators.filter(operator => operator.stateRows !== null).length ?? 0;
  const windows = query.eventTime?.windows.filter(window => window.state !== "out").length ?? 0;
  const options = Object.entries(detail?.options ?? {});
  return (
    <section class="card folds" aria-label="State and plan">
      <details id="state" tabIndex={-1}>
        <summary><h2>State</h2> <span>{state === null ? "no operator keeps any" : [stateful > 0 ? `${stateful} ${stateful === 1 ? "operator" : "operators"}` : "", windows > 0 ? `${windows} open ${windows === 1 ? "window" : "windows"}` : "", `${count(state.rows)} rows`, bytes(state.bytes)].filter(part => part !== "").join(", ")}</span></summary>
        <Nothing text="Reading state as rows is not there yet." />
      </details>
      <details id="plan" tabIndex={-1} onToggle={load}>
        <summary><h2>Plan</h2> <span>SQL{query.operators === null || query.operators === undefined ? "" : `, ${query.operators.operators.length} operators`}, options, schema</span></summary>
        {error !== "" ? <p class="bad">{error}</p> : detail === null ? null : (
          <div class="plan-text">
            {detail.sql === null ? null : <><h3>SQL</h3><pre>{detail.sql}</pre></>}
            <h3>Plan</h3>{detail.plan === null ? <Nothing text="The engine gives no plan for this query." /> : <pre>{detail.plan}</pre>}
            {options.length === 0 ? null : <><h3>Options</h3><table class="plain-table"><tbody>{options.map(([key, value]) => <tr key={key}><th scope="row"><code>{key}</code></th><td><code>{value}</code></td></tr>)}</tbody></table></>}
            {detail.schema.length === 0 ? null : <><h3>Schema</h3><table class="plain-table"><tbody>{detail.schema.map(({ name, type }) => <tr key={name}><th scope="row"><code>{name}</code></th><td><code>{type}</code></td></tr>)}</tbody></table></>}
          </div>
        )}
      </details>
    </section>
  );
}
