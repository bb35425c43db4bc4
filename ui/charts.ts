/** The five charts of the flow with uPlot: one time axis, one cursor, scales that shrink slowly. */
import type uPlot from "uplot";
import { bytes, count, timeOfDay } from "../src/server/format.ts";
import type { ChartData } from "./chart-data.ts";

export type ChartName = "rates" | "batch" | "behind" | "stateRows" | "stateBytes";
export const chartHeights: Readonly<Record<ChartName, number>> = { rates: 114, batch: 114, behind: 106, stateRows: 52, stateBytes: 52 };
export const chartNames = Object.keys(chartHeights) as ChartName[];
const axisWidth = 58, timeHeight = 24, shrinkAfterMillis = 30_000, /** A capacity beyond this many times the input is off the chart, so that the input can be read. */ sparesShown = 5, padRight = 8, padTop = 8;

export interface Mark { readonly at: number; readonly text: string }

/** Values as a chart draws them: stacked, and negative below the clock. */
export function chartValues(name: ChartName, data: ChartData): uPlot.AlignedData {
  const { times, columns } = data;
  switch (name) {
    case "rates": return [times, columns.inputRowsPerSecond, columns.capacityRowsPerSecond];
    case "batch": {
      const phases = [columns.readMicros, columns.planMicros, columns.computeMicros, columns.commitMicros];
      const stacked: (number | null)[][] = [];
      phases.forEach((phase, i) => stacked.push(phase.map((value, at) => value === null ? null : value + (i === 0 ? 0 : stacked[i - 1]![at] ?? 0))));
      return [times, stacked[3]!, stacked[2]!, stacked[1]!, stacked[0]!, columns.batchP99Micros];
    }
    case "behind": return [times, times.map(() => 0), columns.newestEventBehindMicros.map(negative), columns.watermarkBehindMicros.map(negative)];
    case "stateRows": return [times, columns.stateRowsMax, columns.stateRowsMin];
    case "stateBytes": return [times, columns.stateBytesMax, columns.stateBytesMin];
  }
}

const negative = (value: number | null): number | null => value === null ? null : -value;

/** The least step of 1, 2, 2.5, 5 times a power of ten that makes at most `pieces` of `most`. */
export function niceStep(most: number, pieces: number): number {
  const power = 10 ** Math.floor(Math.log10(most / pieces));
  return [1, 2, 2.5, 5, 10, 20].map(factor => factor * power).find(step => Math.ceil(most / step - 1e-9) <= pieces) ?? most;
}

/** A scale from 0 that grows at once and shrinks only after 30 s. */
export function slowScale(pieces: number, unit: number, isTime = false): (most: number, now: number) => { top: number; step: number } {
  let held = { top: 0, step: 1 }, since = 0;
  return (most, now) => {
    const wanted = Math.max(most * 1.04, unit), grain = !isTime || wanted < 120e6 ? 1 : wanted < 7_200e6 ? 60e6 : wanted < 172_800e6 ? 3_600e6 : 86_400e6, step = niceStep(wanted / grain, pieces) * grain, top = Math.ceil(wanted / step - 1e-9) * step;
    if (top >= held.top) {
      held = { top, step };
      since = now;
    } else if (now - since > shrinkAfterMillis) {
      held = { top, step };
      since = now;
    }
    return held;
  };
}

const axisText: Readonly<Record<ChartName, (value: number) => string>> = {
  rates: value => count(value).replace(/\.0+(?=\D)/, ""),
  batch: value => value >= 1e6 || value <= -1e6 ? `${value / 1e6} s` : `${Math.round(value / 10) / 100} ms`,
  behind: value => value === 0 ? "now" : Math.abs(value) >= 172_800e6 ? `${count(Math.round(value / 86_400e6))} d` : Math.abs(value) >= 7_200e6 ? `${Math.round(value / 360e6) / 10} h` : Math.abs(value) >= 120e6 ? `${Math.round(value / 60e6)} min` : Math.abs(value) >= 1e6 ? `${Math.round(value / 1e5) / 10} s` : `${Math.round(value / 1e3)} ms`,
  stateRows: value => count(value).replace(/\.0+(?=\D)/, ""),
  stateBytes: value => value === 0 ? "0" : bytes(value),
};
const leastTop: Readonly<Record<ChartName, number>> = { rates: 10, batch: 1_000, behind: 2e6, stateRows: 10, stateBytes: 10_000 };

export interface Drawing {
  readonly zone: string;
  readonly marks: () => readonly Mark[];
  readonly onCursor: (index: number | null) => void;
  readonly onRange: (fromSeconds: number, toSeconds: number) => void;
}

/** One chart in `box`. `last`: it carries the time axis. */
export function makeChart(Chart: typeof uPlot, name: ChartName, box: HTMLElement, width: number, data: ChartData, last: boolean, drawing: Drawing): uPlot {
  const color = (token: string) => {
    box.style.color = `var(--${token})`;
    return getComputedStyle(box).color;
  };
  const font = `11px ${getComputedStyle(document.body).fontFamily}`, height = chartHeights[name];
  const scale = slowScale(height > 80 ? 4 : 2, leastTop[name], name === "batch" || name === "behind"), sign = name === "behind" ? -1 : 1;
  let held = { top: 1, step: 1 };
  const splits = () => {
    const all: number[] = [];
    for (let i = 0; i * held.step <= held.top * 1.0001; i++) all.push(sign * i * held.step);
    return sign < 0 ? all.reverse() : all;
  };
  const line = (stroke: string, more: Partial<uPlot.Series> = {}): uPlot.Series => ({ stroke, width: 1.5, points: { show: false }, ...more });
  const seriesOf: Readonly<Record<ChartName, () => uPlot.Series[]>> = {
    rates: () => [line(color("in"), { fill: color("in-fill") }), line(color("capacity"), { dash: [3, 3], width: 1.25 })],
    batch: () => [...(["commit", "compute", "plan", "read"] as const).map(phase => line(color("surface"), { fill: color(`phase-${phase}`), width: 1 })), line(color("ink"), { width: 1.25 })],
    behind: () => [line(color("ink2"), { dash: [4, 3], width: 1.25 }), line(color("in")), line(color("accent"), { width: 2 })],
    stateRows: () => [line(color("state")), line(color("state"), { width: 0.75 })],
    stateBytes: () => [line(color("state")), line(color("state"), { width: 0.75 })],
  };
  const bands: uPlot.Band[] = name === "behind" ? [{ series: [2, 3], fill: color("delay-fill") }] : name === "stateRows" || name === "stateBytes" ? [{ series: [1, 2], fill: color("state-fill") }] : [];
  const options: uPlot.Options = {
    width, height: height + padTop + (last ? timeHeight : 4), padding: [padTop, padRight, last ? 0 : 4, 0], legend: { show: false }, bands,
    tzDate: seconds => Chart.tzDate(new Date(seconds * 1e3), drawing.zone),
    cursor: { sync: { key: "flow" }, drag: { x: true, y: false, setScale: false }, points: { show: false }, y: false },
    scales: {
      x: { time: true },
      y: { range: (chart, low, high) => {
        let most = Math.max(0, sign < 0 ? -(low ?? 0) : high ?? 0);
        if (name === "rates") {
          const arriving = Math.max(0, ...(chart.data[1] ?? []).map(value => value ?? 0));
          if (arriving > 0 && most > arriving * sparesShown) most = arriving * 1.3;
        }
        held = scale(most, performance.now());
        return sign < 0 ? [-held.top, 0] : [0, held.top];
      } },
    },
    axes: [
      { stroke: color("ink3"), font, grid: { stroke: color("line"), width: 1 }, ticks: { show: false }, size: last ? timeHeight : 0, space: 90, gap: 4,
        values: (_, splitsOf) => splitsOf.map(seconds => last ? timeOfDay(seconds * 1e6, drawing.zone).slice(0, 5) : "") },
      { stroke: color("ink3"), font, grid: { stroke: color("line"), width: 1 }, ticks: { show: false }, size: axisWidth, gap: 4, splits: () => splits(), values: (_, values) => values.map(axisText[name]) },
    ],
    series: [{}, ...seriesOf[name]()],
    hooks: {
      draw: [chart => drawMarks(chart, drawing.marks(), color("ink2"), font, name === "rates", drawing.zone)],
      setCursor: [chart => drawing.onCursor(chart.cursor.left === undefined || chart.cursor.left < 0 ? null : chart.cursor.idx ?? null)],
      setSelect: [chart => {
        if (chart.select.width < 4) return;
        const from = chart.posToVal(chart.select.left, "x"), to = chart.posToVal(chart.select.left + chart.select.width, "x");
        chart.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
        drawing.onRange(from, to);
      }],
    },
  };
  return new Chart(options, chartValues(name, data), box);
}

/** Dashed lines where something happened, with words in the first chart. */
function drawMarks(chart: uPlot, marks: readonly Mark[], color: string, font: string, words: boolean, zone: string): void {
  const { ctx } = chart, ratio = devicePixelRatio, { left, top, width, height } = chart.bbox;
  ctx.save();
  ctx.strokeStyle = ctx.fillStyle = color;
  ctx.lineWidth = ratio;
  ctx.font = font.replace("11px", `${11 * ratio}px`);
  ctx.textAlign = "left";
  ctx.textBaseline = "alphabetic";
  let free = Infinity;
  for (const mark of marks.toReversed()) {
    const x = Math.round(chart.valToPos(mark.at, "x", true));
    if (x < left || x > left + width) continue;
    ctx.setLineDash([2 * ratio, 3 * ratio]);
    ctx.beginPath();
    ctx.moveTo(x, top);
    ctx.lineTo(x, top + height);
    ctx.stroke();
    if (!words) continue;
    const text = `${timeOfDay(mark.at * 1e6, zone)} ${mark.text}`, size = ctx.measureText(text).width, toRight = x + 8 * ratio + size < Math.min(free, left + width);
    const start = toRight ? x + 6 * ratio : x - 6 * ratio - size;
    if (start < left || start + size > free) continue;
    ctx.fillText(text, start, top + height - 6 * ratio);
    free = Math.min(start, x) - 8 * ratio;
  }
  ctx.restore();
}
