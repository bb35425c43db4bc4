/** Is it late? A sentence, the ruler, and how late rows are. */
import type { JSX } from "preact";
import type { EventTimeJson, LaneJson } from "../src/server/api-types.ts";
import { count, duration, exact, fromIso, percent, span, timeAndDay, timeOfDay } from "../src/server/format.ts";
import { Card, Nothing } from "./parts.tsx";
import { Ruler } from "./ruler.tsx";
import { shown } from "./store.ts";

export function EventTime({ time }: { time: EventTimeJson | null | undefined }): JSX.Element {
  if (time === null || time === undefined) return <Card id="event-time" title="Event time" question="Is it late?" className="full"><Nothing text="This query has no watermark, so no row is late and nothing waits for one." /></Card>;
  return (
    <Card id="event-time" title="Event time" question="Is it late?" className="full">
      <p class="sentence">{sentence(time, shown().zone)}</p>
      <div class={time.lateness === null ? "time-parts alone" : "time-parts"}>
        <div><Ruler time={time} />{time.moreLanes > 0 ? <p class="sub">and {exact(time.moreLanes)} like these</p> : null}</div>
        {time.lateness === null ? null : <Lateness lateness={time.lateness} time={time} />}
      </div>
    </Card>
  );
}

const laneName = (lane: LaneJson, several: boolean): string => several || lane.partition === null ? lane.sourceName : `partition ${lane.partition}`;
const upper = (text: string): string => text[0]!.toUpperCase() + text.slice(1);

function sentence(time: EventTimeJson, zone: string): JSX.Element {
  if (time.watermark === null) return <>There is no watermark yet: no batch with rows is done.</>;
  const watermark = fromIso(time.watermark), several = new Set(time.lanes.map(lane => lane.source)).size > 1;
  const setter = time.lanes.find(lane => lane.source === time.setBy?.source && lane.partition === time.setBy.partition);
  const newest = setter?.newest === null || setter === undefined ? null : fromIso(setter.newest);
  const late = time.lanes.filter(lane => lane.lateRows > 0), silent = setter?.trouble === "silent";
  const before = newest === null ? "" : `${span(Math.round((newest - watermark) / 1e5) * 1e5)} before the newest event`;
  return (
    <>
      The watermark is {timeAndDay(watermark, zone, fromIso(time.now), time.windowLengthMicros !== null && time.windowLengthMicros < 60e6 ? 1 : 0)}{newest === null || setter === undefined ? "." : <>: <b>{before}{time.lanes.length > 1 ? several ? ` of ${setter.sourceName}` : `, which is in ${laneName(setter, several)}` : ""}.</b></>}
      {time.next === null ? "" : ` It moves to ${timeAndDay(fromIso(time.next), zone, fromIso(time.now))} with the next batch.`}{silent ? <> <b>{laneName(setter, several)}</b> has sent nothing since {timeOfDay(fromIso(setter.lastRowAt), zone)} and holds it.</> : null}
      {late.length === 1 && newest !== null && setter !== undefined && late[0] !== setter ? <> {upper(laneName(late[0]!, several))} runs {duration(newest - fromIso(late[0]!.newest))} behind {laneName(setter, several)}, so its slowest rows come after the watermark and are dropped: {lateText(time)}.</>
        : time.lateRows > 0 ? <> {time.lateRows === 1 ? "One row came after it in the last hour and was" : `${exact(time.lateRows)} rows came after it in the last hour and were`} dropped, {percent(time.lateRows / Math.max(1, time.rowsRead))} of all.</> : <> No row was late in the last hour.</>}
    </>
  );
}

const lateText = (time: EventTimeJson): string => `${exact(time.lateRows)} in the last hour, ${percent(time.lateRows / Math.max(1, time.rowsRead))} of all`;

const width = 300, height = 196, plotTop = 22, base = height - 2, scaleLeft = 44;

/** Rows by how far they were behind the newest event, on a log scale; those past the delay were dropped. */
function Lateness({ lateness, time }: { lateness: NonNullable<EventTimeJson["lateness"]>; time: EventTimeJson }): JSX.Element {
  const { counts, stepMicros, delayMicros, keepAllDelayMicros: keep } = lateness, shownMicros = Math.max(counts.length * stepMicros, delayMicros * 2);
  const most = Math.max(10, ...counts), top = Math.log10(most) * 1.06, x = (micros: number) => micros / shownMicros * width, y = (rows: number) => base - (base - plotTop) * Math.log10(Math.max(1, rows * 1.6)) / top;
  const powers = Array.from({ length: Math.ceil(top) }, (_, i) => i + 1).filter(power => power < top && power % (top > 5 ? 2 : 1) === 0), total = counts.reduce((sum, rows) => sum + rows, 0);
  const late = counts.reduce((sum, rows, i) => i * stepMicros >= delayMicros ? sum + rows : sum, 0), culprit = time.lanes.filter(lane => lane.lateRows > 0);
  return (
    <div class="lateness">
      <h3>How late rows are</h3><p class="sub">last hour, {count(total)} rows, log scale</p>
      <svg width={width + scaleLeft - 44} height={height + 18} viewBox={`0 0 ${width} ${height + 18}`} role="img" aria-label={`Of ${exact(total)} rows, ${exact(late)} came more than ${span(delayMicros)} behind the newest event.`}>
        <defs><pattern id="late-bar" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="5" height="5" class="late-ground" /><path d="M0 0V5" class="late-mark" /></pattern></defs>
        {powers.map(power => <g key={power}><path class="grid" d={`M0 ${y(10 ** power / 1.6)}H${width}`} /><text class="tick" x={width} y={y(10 ** power / 1.6) - 4} text-anchor="end">{count(10 ** power).replace(/\.0+(?=\D)/, "")}</text></g>)}
        {counts.map((rows, i) => rows === 0 ? null : <rect key={i} class={i * stepMicros >= delayMicros ? "late" : "on-time"} fill={i * stepMicros >= delayMicros ? "url(#late-bar)" : undefined} x={x(i * stepMicros) + 0.5} y={y(rows)} width={Math.max(1, x(stepMicros) - 1)} height={base - y(rows)}><title>{`${duration(i * stepMicros)} to ${duration((i + 1) * stepMicros)}: ${exact(rows)} rows`}</title></rect>)}
        <path class="axis" d={`M0 ${base}H${width}`} />
        <path class="wm-line" d={`M${x(delayMicros)} 8V${base + 4}`} /><text class="delay" x={x(delayMicros) + 7} y="17">delay {span(delayMicros)}</text>
        {[0, 0.2, 0.4, 0.6, 0.8, 1].map(share => <text key={share} class="tick" x={share * width} y={height + 14} text-anchor={share === 0 ? "start" : share === 1 ? "end" : "middle"}>{share === 0 ? "0 s" : span(Math.round(share * shownMicros / 1e5) * 1e5)}</text>)}
      </svg>
      <p class="sub under">behind the newest event when read</p>
      <p class="advice">{late === 0 ? "No row was behind your delay." : <>{culprit.length === 1 && time.lanes.length > 1 ? `The late rows are of ${laneName(culprit[0]!, new Set(time.lanes.map(lane => lane.source)).size > 1)}. ` : ""}{keep === null ? "" : <>A delay of <b>{span(keep)}</b> would have kept all {exact(late)}, for {span(keep - delayMicros)} more wait.</>}</>}</p>
    </div>
  );
}
