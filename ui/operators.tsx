/** The flow through the operators: the rail is as wide as the rate allows, the bars are the threads' time. */
import type { JSX } from "preact";
import type { OperatorsJson } from "../src/server/api-types.ts";
import { count, exact, percent } from "../src/server/format.ts";
import { Card, Nothing } from "./parts.tsx";

const top = 24, step = 76, middle = 13, widest = 16, narrowest = 1.5;

export function Operators({ graph }: { graph: OperatorsJson | null | undefined }): JSX.Element {
  if (graph === null || graph === undefined) return <Card id="operators" title="Operators" question="Where does time go?"><Nothing text="The engine does not report its operators." /></Card>;
  const { operators, edges } = graph, most = Math.max(1, ...edges.map(edge => edge.rowsPerSecond));
  const width = (rate: number) => rate <= 0 ? 0.8 : Math.max(narrowest, widest * (rate / most) ** 0.36);
  const place = new Map(operators.map((operator, i) => [operator.id, i]));
  const waits = operators.some(operator => operator.waiting > 0.005);
  const at = graph.text.indexOf(". ") + 1, lead = at > 0 ? graph.text.slice(0, at) : graph.text, rest = at > 0 ? graph.text.slice(at) : "";
  return (
    <Card id="operators" title="Operators" question="Where does time go?" side={waits
      ? <span class="legend-inline"><i class="swatch busy" /> busy <i class="swatch waits" /> waits for the next</span> : <span>{percent(graph.busy)} busy</span>}>
      <ol class="operators">
        <svg class="rail" width="26" height={operators.length * step} aria-hidden="true">
          {edges.map((edge, i) => {
            const from = place.get(edge.from), to = place.get(edge.to);
            if (from === undefined || to === undefined) return null;
            const parallel = edges.filter(each => each.to === edge.to), shift = (parallel.indexOf(edge) - (parallel.length - 1) / 2) * 7;
            const before = edges.filter(each => each.to === edge.from).reduce((sum, each) => sum + each.rowsPerSecond, 0) || edge.rowsPerSecond;
            return <path key={i} class="flow" d={rail(middle + shift, top + from * step, top + to * step, width(before), width(edge.rowsPerSecond))} />;
          })}
          {operators.map((operator, i) => operator.stateRows !== null ? <rect key={operator.id} class="node stateful" x={middle - 5.5} y={top + i * step - 5.5} width="11" height="11" rx="2" />
            : <circle key={operator.id} class="node" cx={middle} cy={top + i * step} r="5" />)}
        </svg>
        {operators.map(operator => {
          const out = edges.filter(edge => edge.from === operator.id), held = graph.bottleneck === operator.id;
          return (
            <li key={operator.id} class={held ? "held" : ""}>
              <div class="what"><b title={operator.title}>{operator.title}</b><span title={operator.detail}>{held ? `bottleneck: ${operator.detail}` : operator.detail}</span></div>
              <Bar busy={operator.busy} waiting={operator.waiting} id={operator.id} />
              <span class="share">{percent(operator.busy)}</span>
              {out.length === 0 ? null : <p class="rate" title={exact(out[0]!.rowsPerSecond)}><b>{count(out[0]!.rowsPerSecond)}</b> rows/s{out[0]!.note === undefined ? "" : `, ${out[0]!.note}`}</p>}
            </li>
          );
        })}
      </ol>
      <p class="conclusion"><b>{lead}</b>{rest}</p>
    </Card>
  );
}

/** From one width to another, eased over the first part of the way. */
function rail(x: number, y0: number, y1: number, before: number, after: number): string {
  const a = before / 2, b = after / 2, c0 = y0 + 6, c1 = y0 + 28;
  return `M${x - a} ${y0}L${x - a} ${c0}C${x - a} ${c1 - 8} ${x - b} ${c0 + 8} ${x - b} ${c1}L${x - b} ${y1}L${x + b} ${y1}L${x + b} ${c1}C${x + b} ${c0 + 8} ${x + a} ${c1 - 8} ${x + a} ${c0}L${x + a} ${y0}Z`;
}

function Bar({ busy, waiting, id }: { busy: number; waiting: number; id: number }): JSX.Element {
  const hatch = `wait-${id}`, solid = Math.min(1, busy) * 92, waits = Math.min(1 - Math.min(1, busy), waiting) * 92;
  return (
    <svg class="time-bar" width="92" height="8" viewBox="0 0 92 8" role="img" aria-label={`busy ${percent(busy)}${waiting > 0.005 ? `, waits ${percent(waiting)}` : ""}`}>
      <defs><pattern id={hatch} width="5" height="8" patternUnits="userSpaceOnUse" patternTransform="skewX(-35)"><rect width="2.5" height="8" class="hatch-warn" /></pattern></defs>
      <rect class="idle" x="0.5" y="0.5" width="91" height="7" rx="1.5" /><rect class="busy" width={busy > 0 ? Math.max(1, solid) : 0} height="8" rx="1.5" /><rect x={solid} width={waits} height="8" fill={`url(#${hatch})`} />
    </svg>
  );
}
