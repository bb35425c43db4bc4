/**
 * Event time on a ruler: a lane a partition, the watermark with what is late left of it, and the windows that come out when the
 * line reaches their right edge.
 */
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { EventTimeJson, LaneJson, WindowJson } from "../src/server/api-types.ts";
import { age, count, duration, exact, fromIso, span, timeAndDay, timeOfDay, unknown } from "../src/server/format.ts";
import { shown } from "./store.ts";

/** Farther ahead than this many times what else is drawn, the clock is left out. */
const nowWithin = 8;
const laneStep = 22, laneTop = 90, windowHeight = 45;

/** The piece of event time that is drawn, in microseconds. Stands still while a window fills. */
export function rulerRange(time: EventTimeJson, small = false): readonly [from: number, to: number] {
  const now = fromIso(time.now), watermark = time.watermark === null ? now : fromIso(time.watermark);
  const oldest = Math.min(watermark, ...time.lanes.flatMap(lane => lane.p5 ?? lane.newest ?? []).map(fromIso));
  const next = time.windows.find(window => window.state === "next") ?? time.windows.find(window => window.state === "fills");
  if (next === undefined || time.windowLengthMicros === null) {
    const newest = Math.max(watermark, ...time.lanes.flatMap(lane => lane.newest ?? []).map(fromIso)), end = now - newest > nowWithin * Math.max(60e6, newest - oldest) ? newest : now;
    const around = Math.max(1e6, end - oldest);
    return [oldest - around * 0.35, end + around * 0.25];
  }
  const start = fromIso(next.start), end = fromIso(next.end), slide = time.windowSlideMicros ?? time.windowLengthMicros, length = Math.min(time.windowLengthMicros, slide * 2);
  const newest = Math.max(end, ...time.lanes.flatMap(lane => lane.newest ?? []).map(fromIso)), last = now - newest > nowWithin * Math.max(length, newest - start) ? newest : now;
  const more = Math.max(0, Math.ceil((last - end) / length - 0.5));
  return [Math.min(start - length * (small ? 0.25 : 0.7), oldest - length * 0.1), end + length * ((small ? 0.6 : 0.8) + more)];
}

/** Distance of the ticks: about one in 70 pixels, of a round length. */
export function tickStep(spanMicros: number, width: number): number {
  const wanted = spanMicros / Math.max(1, width / 120);
  const steps = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 21_600, 43_200, 86_400, 604_800, 2_592_000, 31_536_000, 315_360_000].map(seconds => seconds * 1e6);
  return steps.find(step => step >= wanted) ?? steps.at(-1)!;
}

export function Ruler({ time }: { time: EventTimeJson }): JSX.Element {
  const holder = useRef<HTMLDivElement>(null), [width, setWidth] = useState(0), { zone } = shown();
  useEffect(() => {
    const sizes = new ResizeObserver(entries => setWidth(Math.floor(entries[0]!.contentRect.width)));
    sizes.observe(holder.current!);
    return () => sizes.disconnect();
  }, []);
  return <div class="ruler" ref={holder}>{width === 0 ? null : <Drawing time={time} width={width} zone={zone} />}</div>;
}

function Drawing({ time, width, zone }: { time: EventTimeJson; width: number; zone: string }): JSX.Element {
  const small = width < 620, several = new Set(time.lanes.map(lane => lane.source)).size > 1, left = small ? (several ? 64 : 40) : 104, columns = small ? [width] : [width - 146, width - 76, width], right = small ? width - 66 : width - 206;
  const [from, to] = rulerRange(time, small), x = (micros: number) => left + (right - left) * (micros - from) / (to - from);
  const inside = (value: number) => Math.max(left, Math.min(right, value));
  const now = fromIso(time.now), watermark = time.watermark === null ? null : fromIso(time.watermark), far = now > to;
  const bottom = laneTop + time.lanes.length * laneStep - 4, windowTop = bottom + 9;
  const silent = time.lanes.some(lane => lane.trouble === "silent"), shorter = (text: string) => !small ? text : to - from > 600e6 ? text.slice(0, 5) : text.slice(5);
  const clock = (micros: number, decimals = 0) => shorter(timeOfDay(micros, zone, decimals));
  const setter = time.lanes.find(lane => lane.source === time.setBy?.source && lane.partition === time.setBy.partition), newest = setter?.newest === null || setter === undefined ? null : fromIso(setter.newest);
  const step = tickStep(to - from, right - left), ticks: number[] = [];
  for (let tick = Math.ceil(from / step) * step; tick < to; tick += step) ticks.push(tick);
  const xWatermark = watermark === null ? left : inside(x(watermark)), flag = watermark === null ? "no watermark yet" : `watermark ${far && !small ? timeAndDay(watermark, zone, now) : clock(watermark, small || to - from < 120e6 ? 1 : 0)}`;
  const flagLeft = xWatermark > flag.length * 7 + 9, xNow = inside(x(now)), covered = !flagLeft && xWatermark + flag.length * 7 + 20 > xNow, xNewest = newest === null ? null : inside(x(newest));
  const delayText = time.delayMicros === null ? "" : `${span(time.delayMicros)}${small ? "" : ", your delay"}`, xDelay = newest === null || time.delayMicros === null ? xWatermark : inside(x(newest - time.delayMicros)), wide = xNewest === null ? 0 : xNewest - xDelay;
  const way = setter === undefined || newest === null || setter.trouble === "silent" || far ? "" : `${onTheWay(now - newest)}${small ? "" : " on the way"}`;
  const hidden = (at: number) => watermark !== null && Math.abs(x(at) - xWatermark) < (small ? 26 : 46) || Math.abs(x(at) - xNow) < 40;
  const label = (lane: LaneJson) => several || lane.partition === null ? short(lane.sourceName, small ? 6 : 15) + (several && lane.partition !== null ? ` ${lane.partition}` : "") : small ? `p${lane.partition}` : `partition ${lane.partition}`;
  return (
    <svg width={width} height={time.windows.length > 0 ? windowTop + windowHeight + 3 : bottom + 4} role="img" aria-label={describe(time, zone)} data-from={from} data-to={to} data-left={left} data-right={right}>
      <defs>
        <pattern id="late-zone" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><path d="M0 0V7" class="late-line" /></pattern>
        <clipPath id="ruler-clip"><rect x={left} y="0" width={right - left} height={windowTop + windowHeight + 4} /></clipPath>
      </defs>
      {watermark === null ? null : <rect x={left} y={laneTop - 18} width={Math.max(0, xWatermark - left)} height={bottom - laneTop + 18} fill="url(#late-zone)" />}
      {ticks.map(tick => <path key={tick} class="grid" d={`M${x(tick)} ${laneTop - 18}V${bottom}`} />)}
      <path class="axis" d={`M${left} ${laneTop - 18.5}H${right}`} />
      {ticks.filter(tick => !hidden(tick) && x(tick) > left + 18 && x(tick) < right - 18).map(tick => <text key={tick} class="tick" x={x(tick)} y={laneTop - 26} text-anchor="middle">{step >= 60e6 ? timeOfDay(tick, zone).slice(0, 5) : clock(tick)}</text>)}
      {small ? null : ["newest", "rows/s", silent ? "last row" : "late, 1 h"].map((text, i) => <text key={text} class="tick" x={columns[i]} y={laneTop - 26} text-anchor="end">{text}</text>)}
      {time.lanes.map((lane, i) => {
        const y = laneTop + i * laneStep, bold = lane === setter, trouble = lane.trouble !== null;
        const head = lane.newest === null ? null : x(fromIso(lane.newest)), tail = lane.p5 === null || head === null ? head : Math.min(head, x(fromIso(lane.p5)));
        return (
          <g key={`${lane.source}/${lane.partition}`} class={trouble ? "lane trouble" : "lane"} data-lane={lane.partition ?? lane.sourceName}>
            <path class="grid" d={`M${left} ${y}H${right}`} />
            <text class={bold ? "name bold" : "name"} x="0" y={y + 4}>{label(lane)}</text>
            <g clip-path="url(#ruler-clip)">
              {head === null || tail === null ? null : <rect class="capsule" x={tail} y={y - 4} width={Math.max(0, head - tail)} height="8" rx="4" />}
              {lane.trouble === "silent" && head !== null ? <><path class="silence" d={`M${head + 8} ${y}H${xNow}`} />{xNow - head > 140 ? <text class="why" x={(head + xNow) / 2} y={y - 5} text-anchor="middle">silent since {timeOfDay(fromIso(lane.lastRowAt), zone)}</text> : null}</> : null}
            </g>
            {head === null || head < left || head > right ? null : trouble ? <path class="head" d={`M${head} ${y - 5.5}l5.5 5.5l-5.5 5.5l-5.5 -5.5Z`} data-x={head} /> : <circle class="head" cx={head} cy={y} r="4.5" data-x={head} />}
            <text class={small && trouble ? "value amber" : "value"} x={columns[0]} y={y + 4} text-anchor="end">{lane.newest === null ? unknown : to - from < 120e6 ? timeOfDay(fromIso(lane.newest), zone, 1).slice(6) : small ? timeOfDay(fromIso(lane.newest), zone).slice(0, 5) : timeOfDay(fromIso(lane.newest), zone)}</text>
            {small ? null : <text class="value quiet" x={columns[1]} y={y + 4} text-anchor="end">{count(lane.rowsPerSecond)}</text>}
            {small ? null : <text class={trouble ? "value amber" : "value quiet"} x={columns[2]} y={y + 4} text-anchor="end">{silent ? (lane.silentMicros === null ? unknown : `${age(lane.silentMicros)} ago`) : exact(lane.lateRows)}</text>}
          </g>
        );
      })}
      {time.windows.map((window, i) => <WindowBox key={window.start} window={window} before={time.windows[i - 1]} x={x} left={left} right={right} top={windowTop} watermark={watermark} zone={zone} small={small} newest={Math.max(...time.lanes.map(lane => lane.newest === null ? 0 : fromIso(lane.newest)))} />)}
      {time.windows.length === 0 || small ? null : <><text class="name" x="0" y={windowTop + 19}>Windows</text><text class="tick" x="0" y={windowTop + 37}>{windowText(time)}</text></>}
      {xNewest === null ? null : <path class="newest" d={`M${xNewest} 34V${bottom}`} />}
      {far ? null : <path class="now" d={`M${xNow} 22V${bottom}`} />}
      <text class="flag-now" x={xNow + 8 > right - 20 ? xNow : xNow + 8} y="16" text-anchor={xNow + 60 > width ? "end" : "start"}>{covered ? "" : far ? (small ? "" : `now is ${duration(now - to)} later`) : small ? "now" : `now ${timeOfDay(now, zone, to - from < 120e6 ? 1 : 0)}`}</text>
      {way === "" || xNewest === null ? null : <text class="dimension" x={xNow + 9} y="45">{way}</text>}
      {delayText !== "" && xNewest !== null && wide > delayText.length * 6 + 44 ? (
        <g class="dimension"><path d={`M${xDelay + 4} 41H${xDelay + wide / 2 - delayText.length * 3 - 8}M${xDelay + 9} 37l-5 4l5 4M${xNewest - 4} 41H${xDelay + wide / 2 + delayText.length * 3 + 8}M${xNewest - 9} 37l5 4l-5 4`} />
          <text x={xDelay + wide / 2} y="45" text-anchor="middle">{delayText}</text></g>
      ) : null}
      {time.next === null ? null : <g class="next-mark"><path d={`M${inside(x(fromIso(time.next)))} 18V${bottom}`} /><text x={inside(x(fromIso(time.next))) + 4} y="30">next</text></g>}
      {watermark === null ? null : <g class="watermark" data-x={xWatermark}><path class="wm-line" d={`M${xWatermark} 18V${time.windows.length > 0 ? windowTop - 4 : bottom}`} /><path class="wm-flag" d={`M${xWatermark - 6} 18h12l-6 8Z`} />
        <text x={flagLeft ? xWatermark - 9 : xWatermark + 9} y={flagLeft ? 16 : 14} text-anchor={flagLeft ? "end" : "start"}>{flag}</text></g>}
    </svg>
  );
}

/** The last part of a path or a name, cut to fit. */
function short(name: string, most: number): string {
  const last = name.replace(/[`"]/g, "").split("/").at(-1) || name;
  return last.length > most ? `${last.slice(0, most - 1)}…` : last;
}

/** Seconds with one decimal, also below one. */
const onTheWay = (micros: number): string => micros >= 50e3 && micros < 1e6 ? `${(micros / 1e6).toFixed(1)}\u00a0s` : duration(micros);

function WindowBox({ window, before, x, left, right, top, watermark, zone, small, newest }: {
  window: WindowJson; before: WindowJson | undefined; x: (micros: number) => number; left: number; right: number; top: number; watermark: number | null; zone: string; small: boolean; newest: number;
}): JSX.Element | null {
  const start = fromIso(window.start), end = fromIso(window.end), overlaps = before !== undefined && fromIso(before.end) > start;
  const a = Math.max(left, overlaps ? x(fromIso(before.end)) : x(start)) + 1.5, b = Math.min(right, x(end)) - 1.5;
  if (b - a < 6) return null;
  const line = watermark === null ? a : Math.max(a, Math.min(b, x(watermark))), seconds = (end - start) % 60e6 !== 0 || end - start < 60e6;
  const first = timeOfDay(start, zone).slice(small ? 5 : 0, seconds ? 8 : 5), last = seconds ? small ? timeOfDay(end, zone).slice(6) : (timeOfDay(start, zone).slice(0, 5) === timeOfDay(end, zone).slice(0, 5) ? timeOfDay(end, zone).slice(6) : timeOfDay(end, zone).slice(3)) : timeOfDay(end, zone).slice(0, 5);
  const text = `${first}${small ? "–" : " – "}${last}`, toRight = b - line > text.length * 6.2 + 14 || b - line > line - a, label = window.state !== "next" ? a + 10 : toRight ? line + 8 : a + 8, room = (window.state === "next" && !toRight ? line : b) - label;
  const waits = window.state === "fills" && end <= newest;
  const rows = `${count(window.rows)} ${window.rows === 1 ? "row" : "rows"}`;
  const sub = waits ? `${rows} wait` : window.state === "out" ? window.rows === 0 ? "out" : `out, ${rows}` : window.state === "next" ? (window.etaMicros === null ? `${rows} wait` : window.etaMicros === 0 ? "with the next batch" : `${small ? "in" : "closes in"} ${duration(window.etaMicros)}`) : small ? "fills" : `fills, ${rows}`;
  return (
    <g class={`window ${window.state}${waits ? " waits" : ""}`} data-window={window.start} data-from={a} data-to={b} data-edge={x(end)}>
      <rect class="box" x={a} y={top} width={b - a} height={windowHeight} rx="6" />
      {window.state === "next" && line > a ? <path class="filled" d={`M${line} ${top + 1}H${a + 6}a5 5 0 0 0 -5 5V${top + windowHeight - 6}a5 5 0 0 0 5 5H${line}Z`} /> : null}
      {window.state === "next" && line > a && line < b ? <path class="wm-line" d={`M${line} ${top}V${top + windowHeight}`} /> : null}
      {room < text.length * 6.2 ? null : <text class="span" x={label} y={top + 19}>{text}</text>}
      {room < sub.length * 5.6 ? null : <text class="sub" x={label} y={top + 37}>{sub}</text>}
    </g>
  );
}

function windowText({ windowLengthMicros: length, windowSlideMicros: slide }: EventTimeJson): string {
  return length === null ? "" : slide === null || slide === length ? `${span(length)}, tumbling` : `${span(length)} by ${span(slide)}`;
}

function describe(time: EventTimeJson, zone: string): string {
  const next = time.windows.find(window => window.state === "next");
  return `${time.lanes.length + time.moreLanes} lanes of event time; the watermark is ${time.watermark === null ? "not known" : timeOfDay(fromIso(time.watermark), zone, 1)}${next === undefined ? "" : `; the next window ends at ${timeOfDay(fromIso(next.end), zone)}`}.`;
}
