/** The rate of the last 15 min in 86 by 26 pixels; while it falls behind, what is read is dashed below what arrives. */
import type { JSX } from "preact";
import { rate } from "../src/server/format.ts";

const width = 86, height = 26, inset = 3;

export function Sparkline({ values, read, ended }: { values: readonly (number | null)[]; read?: readonly (number | null)[] | undefined; ended: boolean }): JSX.Element {
  const top = Math.max(1, ...values.map(value => value ?? 0)), known = values.filter(value => value !== null);
  const x = (i: number) => inset + (width - 2 * inset) * i / Math.max(1, values.length - 1);
  const y = (value: number) => height - 2 - (height - 6) * value / top;
  const runs = pieces(values), last = values.findLastIndex(value => value !== null);
  const line = (run: readonly [number, number][]) => run.map(([i, value], n) => `${n === 0 ? "M" : "L"}${x(i).toFixed(1)} ${y(value).toFixed(1)}`).join("");
  const area = (run: readonly [number, number][]) => `${line(run)}L${x(run.at(-1)![0]).toFixed(1)} ${height - 2}L${x(run[0]![0]).toFixed(1)} ${height - 2}Z`;
  const gap = read === undefined ? [] : pieces(values.map((value, i) => value !== null && read[i] !== null && read[i] !== undefined && read[i]! < value * 0.98 ? value : null));
  return (
    <svg class={ended ? "spark ended" : "spark"} width={width} height={height} viewBox={`0 0 ${width} ${height}`} role="img"
      aria-label={known.length === 0 ? "No rate is known" : `Rows in over the last 15 minutes, at most ${rate(top)}`}>
      <path class="base" d={`M${inset} ${height - 1.5}H${width - inset}`} />
      {runs.map((run, i) => <path key={`a${i}`} class="area" d={area(run)} />)}
      {gap.map((run, i) => <path key={`g${i}`} class="gap" d={`${line(run)}${run.toReversed().map(([at]) => `L${x(at).toFixed(1)} ${y(read![at]!).toFixed(1)}`).join("")}Z`} />)}
      {gap.map((run, i) => <path key={`r${i}`} class="read" d={run.map(([at], n) => `${n === 0 ? "M" : "L"}${x(at).toFixed(1)} ${y(read![at]!).toFixed(1)}`).join("")} />)}
      {runs.map((run, i) => <path key={`l${i}`} class="rate" d={line(run)} />)}
      {last < 0 ? null : <circle class="last" cx={x(last)} cy={y(values[last]!)} r="2" />}
    </svg>
  );
}

/** Runs of known values; a gap in the data is a gap in the line. */
function pieces(values: readonly (number | null)[]): [number, number][][] {
  const runs: [number, number][][] = [];
  let open: [number, number][] | null = null;
  values.forEach((value, i) => {
    if (value === null) { open = null; return; }
    if (open === null) runs.push(open = []);
    open.push([i, value]);
  });
  return runs;
}
