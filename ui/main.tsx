/** Starts the page: the first summaries are in the HTML, everything after comes as events. */
import { render, type JSX } from "preact";
import { useEffect, useReducer } from "preact/hooks";
import type { About, ProcessSummary, Summary } from "../src/server/api-types.ts";
import { Bar, ConnectionLine, Foot } from "./bar.tsx";
import { KeysPanel, listenToKeys } from "./keys.tsx";
import { listenTo, watchConnection } from "./live.ts";
import { Overview } from "./overview.tsx";
import { QueryPage } from "./query.tsx";
import { followLinks, route } from "./route.ts";
import { change, live, onChange, setServerNow, shown } from "./store.ts";
import "./style.css";

function Page(): JSX.Element {
  const [, redraw] = useReducer((version: number) => version + 1, 0);
  useEffect(() => onChange(() => redraw(undefined)), []);
  const now = route(), isQuery = now.view === "query" || now.view === "why";
  useEffect(() => {
    if (isQuery) {
      if (live().query?.name !== now.query && live().query?.id !== now.query) change({ query: null, output: null });
      listenTo(`queries,process,query:${now.query},rows:${now.query}`);
    } else listenTo("queries,process");
  }, [isQuery ? now.query : ""]);
  const { connection } = shown();
  return (
    <div class={connection.state === "lost" || connection.state === "ended" ? "stale" : ""}>
      <Bar route={now} />
      <ConnectionLine />
      <main id="main" tabIndex={-1}>
        <KeysPanel />
        {now.view === "overview" ? <Overview /> : isQuery ? <QueryPage route={now} /> : <NotThere view={now.view} />}
      </main>
      <LiveRegion />
    </div>
  );
}

function NotThere({ view }: { view: "sql" | "process" | string }): JSX.Element {
  return (
    <>
      <h1 class="headline">{view === "sql" ? "SQL" : "Process"}</h1>
      <p class="lead">{view === "sql" ? <>The console is not there yet. In a terminal, <code>millrace sql</code> runs a statement.</>
        : <>This view is not there yet. The numbers of the process stand under the <a href="/">queries</a>, and at <code>/api/process</code>.</>}</p>
      <Foot>{null}</Foot>
    </>
  );
}

let announced = "", announcedAt = 0;
/** Changes of verdict, politely, at most every 10 s; what is bad at once. */
function LiveRegion(): JSX.Element {
  const queries = [...live().queries.values()].filter(query => query.verdict.level === "bad" || query.verdict.level === "warn");
  const text = queries.map(query => `${query.name ?? query.id}: ${query.verdict.kind === "failed" ? "failed" : query.verdict.lead.replace(/\d.*$/, "")}`).join("; ");
  const bad = queries.some(query => query.verdict.level === "bad" && !announced.includes(query.name ?? query.id));
  if (text !== announced && (bad || performance.now() - announcedAt > 10_000)) {
    announced = text;
    announcedAt = performance.now();
  }
  return <div class="unseen" role="status" aria-live="polite">{announced}</div>;
}

const first = JSON.parse(document.getElementById("first")?.textContent || "{}") as { about?: About; queries?: Summary[]; process?: ProcessSummary };
if (first.about !== undefined) {
  setServerNow(first.about.now);
  change({ about: first.about, zone: first.about.timeZone, queries: new Map((first.queries ?? []).map(query => [query.id, query])), process: first.process ?? null });
}
followLinks();
listenToKeys();
watchConnection();
render(<Page />, document.getElementById("page")!);
