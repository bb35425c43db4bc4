/** Is it keeping up? Five charts on one time axis; the labels on the left are legend and read-out in one. */
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type uPlot from "uplot";
import type { QueryEventJson, SeriesJson } from "../src/server/api-types.ts";
import { bytes, count, duration, fromIso, iso, rate, timeOfDay, unknown } from "../src/server/format.ts";
import { ChartData, type Points } from "./chart-data.ts";
import { type ChartName, chartNames, chartValues, makeChart } from "./charts.ts";
import { listenToTail } from "./live.ts";
import { Card, Choice, Nothing } from "./parts.tsx";
import { type Route, setParams } from "./route.ts";
import { isPaused, serverNow, shown } from "./store.ts";

const ranges = { "15m": 900, "1h": 3_600, "6h": 21_600, "3d": 259_200 } as const;
type RangeName = keyof typeof ranges;
const rangeTexts: readonly (readonly [RangeName, string])[] = [["15m", "15 min"], ["1h", "1 h"], ["6h", "6 h"], ["3d", "3 d"]];
const refetchMillis = 5_000;

interface Entry { readonly mark: string; readonly text: string; readonly value: string }
const groups: readonly (readonly [ChartName, string, (at: (name: keyof Points) => number | null) => Entry[]])[] = [
  ["rates", "Rows per second", at => [{ mark: "in", text: "arriving", value: count(at("inputRowsPerSecond")) }, { mark: "capacity dashed", text: "could process", value: count(at("capacityRowsPerSecond")) }]],
  ["batch", "Batch time", at => [{ mark: "commit", text: "commit, log", value: millis(at("commitMicros")) }, { mark: "compute", text: "compute", value: millis(at("computeMicros")) }, { mark: "plan", text: "plan", value: millis(at("planMicros")) },
    { mark: "read", text: "read", value: millis(at("readMicros")) }, { mark: "p99 stroke", text: "p99, whole", value: duration(at("batchP99Micros")) }]],
  ["behind", "Behind the clock", at => [{ mark: "clock dashed", text: "wall clock", value: `0\u00a0s` }, { mark: "in stroke", text: "newest event", value: duration(at("newestEventBehindMicros")) }, { mark: "accent stroke", text: "watermark", value: duration(at("watermarkBehindMicros")) }]],
  ["stateRows", "State", at => [{ mark: "state", text: "rows", value: count(at("stateRowsMax")) }]],
  ["stateBytes", "", at => [{ mark: "state", text: "memory", value: bytes(at("stateBytesMax")) }]],
];
/** Two decimals below 10 ms, since the parts are small. */
const millis = (micros: number | null): string => micros === null ? unknown : micros < 10_000 ? `${(micros / 1e3).toFixed(2)}\u00a0ms` : duration(micros);

export function Flow({ query, route }: { query: QueryEventJson; route: Route }): JSX.Element {
  const range = (route.range in ranges ? route.range : "15m") as RangeName, boxes = useRef(new Map<ChartName, HTMLElement>()), holder = useRef<HTMLDivElement>(null);
  const data = useRef<ChartData | null>(null), charts = useRef<Map<ChartName, uPlot>>(new Map()), marks = useRef<SeriesJson["marks"]>([]);
  const [version, setVersion] = useState(0), [cursor, setCursor] = useState<number | null>(null), [error, setError] = useState(""), [table, setTable] = useState(false);
  const [Chart, setChart] = useState<typeof uPlot | null>(null), [theme, setTheme] = useState(0), [width, setWidth] = useState(0), { zone } = shown();
  marks.current = query.marks ?? marks.current;

  useEffect(() => {
    let gone = false, last = 0, timer = 0;
    const load = async () => {
      last = performance.now();
      const now = serverNow(), from = route.from ?? iso(now - ranges[range] * 1e6), to = route.to;
      const perSecond = query.now.batchesPerSecond ?? 1, fewest = perSecond < 0.5 && perSecond > 0 ? Math.ceil(ranges[range] * perSecond / 1.5) : Infinity;
      const points = Math.min(fewest, Math.max(60, Math.floor(((boxes.current.get("rates")?.clientWidth ?? 660) - 66) / 2)));
      try {
        const response = await fetch(`/api/queries/${encodeURIComponent(query.id)}/series?from=${encodeURIComponent(from)}${to === null ? "" : `&to=${encodeURIComponent(to)}`}&points=${points}`);
        const body = await response.json() as SeriesJson & { error?: { message: string } };
        if (gone) return;
        if (body.error !== undefined) return setError(body.error.message);
        data.current = new ChartData(body, to === null ? serverNow() : fromIso(to));
        setError("");
        setVersion(before => before + 1);
      } catch (reason) {
        if (!gone && data.current === null) setError(String(reason));
      }
    };
    void load();
    const again = () => {
      clearTimeout(timer);
      timer = window.setTimeout(() => void load(), Math.max(0, refetchMillis - (performance.now() - last)));
    };
    const stop = listenToTail(event => {
      if (event.id !== query.id || data.current === null || isPaused() || route.to !== null) return;
      data.current.add(event.tail!);
      if (event.rewrote === true) again();
      setVersion(before => before + 1);
    }, again);
    return () => {
      gone = true;
      clearTimeout(timer);
      stop();
    };
  }, [query.id, query.runId, range, route.from, route.to]);

  useEffect(() => {
    void import("uplot").then(module => setChart(() => module.default));
    const sizes = new ResizeObserver(() => setWidth(boxes.current.get("rates")?.clientWidth ?? 0));
    if (holder.current !== null) sizes.observe(holder.current);
    const dark = matchMedia("(prefers-color-scheme: dark)"), change = () => setTheme(before => before + 1);
    dark.addEventListener("change", change);
    return () => {
      sizes.disconnect();
      dark.removeEventListener("change", change);
    };
  }, []);

  const ready = data.current !== null;
  useEffect(() => {
    const points = data.current;
    if (points === null || width === 0 || Chart === null) return;
    for (const name of chartNames) {
      const box = boxes.current.get(name);
      if (box === undefined) continue;
      charts.current.set(name, makeChart(Chart, name, box, width, points, name === chartNames.at(-1), {
        zone, marks: () => marks.current.map(mark => ({ at: fromIso(mark.at) / 1e6, text: mark.text })), onCursor: setCursor,
        onRange: (from, to) => setParams({ from: iso(Math.round(from) * 1e6), to: iso(Math.round(to) * 1e6), range: null }),
      }));
    }
    return () => {
      for (const chart of charts.current.values()) chart.destroy();
      charts.current.clear();
    };
  }, [ready, Chart, width, theme, zone]);

  useEffect(() => {
    const points = data.current;
    if (points !== null) for (const [name, chart] of charts.current) chart.setData(chartValues(name, points));
  }, [version]);

  const points = data.current, last = points === null ? -1 : points.times.length - 1;
  const at = (name: keyof Points): number | null => {
    if (points === null) return null;
    if (cursor !== null) return points.columns[name][cursor] ?? null;
    return points.columns[name][last] ?? points.columns[name][last - 1] ?? null;
  };
  const drawn = route.from !== null;
  return (
    <Card id="flow" title="Flow" question="Is it keeping up?" side={<>
      {cursor !== null && points !== null ? <span class="at">{timeOfDay((points.times[cursor] ?? 0) * 1e6, zone)}</span> : null}
      <Choice label="Range" options={drawn ? [["drawn", `${timeOfDay(fromIso(route.from), zone)} – ${timeOfDay(fromIso(route.to), zone)}`], ...rangeTexts] as const : rangeTexts} value={drawn ? "drawn" : range}
        onChoose={chosen => { if (chosen !== "drawn") setParams({ range: chosen === "15m" ? null : chosen, from: null, to: null }); }} />
    </>}>
      {error === "" ? null : <p class="bad">{error}</p>}
      <div class="charts" ref={holder} onDblClick={() => drawn && setParams({ from: null, to: null })}>
        {groups.map(([name, title, entries]) => (
          <div class={`chart-row ${name}`} key={name}>
            <div class="labels">{title === "" ? null : <h3>{title}</h3>}
              <dl>{entries(at).map(entry => <div key={entry.text}><dt><i class={`swatch ${entry.mark}`} />{entry.text}</dt><dd>{entry.value}</dd></div>)}</dl></div>
            <div class={`plot ${name}`} role="img" aria-label={describe(name, points)} ref={element => { if (element !== null) boxes.current.set(name, element); }} />
          </div>
        ))}
      </div>
      <button type="button" class="plain small" aria-expanded={table} onClick={() => setTable(!table)}>{table ? "Hide the table" : "Show as table"}</button>
      {table && points !== null ? <PointsTable points={points} zone={zone} /> : null}
      {!query.hasWatermark && query.now.state === null ? <Nothing text="This query has no watermark and keeps no state." /> : null}
    </Card>
  );
}

function describe(name: ChartName, points: ChartData | null): string {
  if (points === null) return "Not loaded";
  const of = (column: keyof Points) => points.columns[column].filter(value => value !== null);
  const line = (column: keyof Points, text: string, format: (value: number) => string) => {
    const values = of(column);
    return values.length === 0 ? `${text} is not known` : `${text} from ${format(Math.min(...values))} to ${format(Math.max(...values))}, now ${format(values.at(-1)!)}`;
  };
  switch (name) {
    case "rates": return `${line("inputRowsPerSecond", "Arriving rows", rate)}; ${line("capacityRowsPerSecond", "could process", rate)}.`;
    case "batch": return `${line("batchP99Micros", "Batch time, p99,", duration)}; ${line("commitMicros", "mean of commit", duration)}; ${line("computeMicros", "mean of compute", duration)}.`;
    case "behind": return `${line("newestEventBehindMicros", "Newest event behind the clock", duration)}; ${line("watermarkBehindMicros", "watermark", duration)}.`;
    case "stateRows": return `${line("stateRowsMax", "State rows", count)}.`;
    case "stateBytes": return `${line("stateBytesMax", "State memory", bytes)}.`;
  }
}

function PointsTable({ points, zone }: { points: ChartData; zone: string }): JSX.Element {
  const { columns, times } = points;
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label="Points of the charts">
      <table class="data"><thead><tr>{["Time", "Arriving /s", "Could process /s", "Read", "Plan", "Compute", "Commit", "p99", "Newest event", "Watermark", "State rows", "Memory"].map(text => <th scope="col" key={text}>{text}</th>)}</tr></thead>
        <tbody>{times.map((time, i) => (
          <tr key={time}><th scope="row">{timeOfDay(time * 1e6, zone)}</th><td>{count(columns.inputRowsPerSecond[i])}</td><td>{count(columns.capacityRowsPerSecond[i])}</td>
            {(["readMicros", "planMicros", "computeMicros", "commitMicros"] as const).map(name => <td key={name}>{millis(columns[name][i] ?? null)}</td>)}
            {(["batchP99Micros", "newestEventBehindMicros", "watermarkBehindMicros"] as const).map(name => <td key={name}>{duration(columns[name][i])}</td>)}
            <td>{count(columns.stateRowsMax[i])}</td><td>{bytes(columns.stateBytesMax[i])}</td></tr>
        )).reverse()}</tbody></table>
    </div>
  );
}
