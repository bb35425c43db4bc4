/** What comes out? The newest rows at the sink. Hold stops the table, not the query. */
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { QueryEventJson } from "../src/server/api-types.ts";
import { exact, fromIso, timeAndDay, timeOfDay } from "../src/server/format.ts";
import { onHoldKey } from "./keys.tsx";
import { Card, Key, Nothing } from "./parts.tsx";
import { type OutputTable, serverNow, shown } from "./store.ts";

const visible = 10, longest = 200, columnsShown = 60;
const numeric = /^(TINYINT|SMALLINT|INT|BIGINT|FLOAT|DOUBLE|DECIMAL)/;

export function Output({ query }: { query: QueryEventJson }): JSX.Element {
  const [held, setHeld] = useState<OutputTable | null>(null), { output: latest, zone } = shown();
  useEffect(() => onHoldKey(() => setHeld(before => before === null ? shown().output : null)), []);
  useEffect(() => setHeld(null), [query.runId]);
  const output = held ?? latest;
  const rowsSince = held === null || latest === null ? 0 : latest.seq - held.seq;
  return (
    <Card id="output" title="Output" question="What comes out?" side={<>
      <span>{output === null ? "" : held !== null ? `held, ${exact(rowsSince)} rows since` : `${exact(output.batchRows)} rows at ${timeOfDay(fromIso(output.at), zone, 1)}`}</span>
      <button type="button" aria-pressed={held !== null} disabled={output === null} onClick={() => setHeld(held === null ? latest : null)}>{held === null ? "Hold" : "Go on"} <Key text="H" /></button></>}>
      {output === null ? <Nothing text={query.counts.runRowsOut > 0 ? "The sink does not show its rows." : "No row has come out yet."} /> : (
        <>
          <div class="scroll" tabIndex={0} role="region" aria-label="Newest rows">
            <table class="data output">
              <thead><tr>{output.schema.slice(0, columnsShown).map(column => <th scope="col" key={column.name} class={numeric.test(column.type) ? "right" : ""}>{column.name}<small>{column.type}</small></th>)}</tr></thead>
              <tbody>{output.rows.slice(0, visible).map((row, i) => (
                <tr key={output.seq - i} class={held === null && i < Math.min(3, output.fresh) ? "new" : ""}>{output.schema.slice(0, columnsShown).map((column, c) => <td key={column.name} class={numeric.test(column.type) ? "right" : column.type === "STRING" ? "text" : ""}><Cell value={row[c]} type={column.type} zone={zone} /></td>)}</tr>
              ))}</tbody>
            </table>
          </div>
          {output.schema.length > columnsShown ? <p class="sub">{output.schema.length - columnsShown} more columns at /rows</p> : null}
        </>
      )}
    </Card>
  );
}

/** The date only if it is not today's. */
function time(text: string, zone: string): string {
  const micros = fromIso(text);
  return Number.isNaN(micros) ? text : timeAndDay(micros, zone, serverNow(), micros % 1e6 === 0 ? 0 : 3);
}

function Cell({ value, type, zone }: { value: unknown; type: string; zone: string }): JSX.Element {
  const [open, setOpen] = useState(false);
  if (value === null || value === undefined) return <span class="null">NULL</span>;
  const full = typeof value === "string" ? value : typeof value === "object" ? JSON.stringify(value) : String(value);
  if (type === "TIMESTAMP") {
    return <span title={full}>{time(full, zone)}</span>;
  }
  if (Array.isArray(value) && type.startsWith("STRUCT<start: TIMESTAMP, end: TIMESTAMP")) return <span title={full}>{time(String(value[0]), zone)} – {time(String(value[1]), zone)}</span>;
  if (type === "BIGINT" || type === "INT" || type === "SMALLINT") return <>{full.replace(/\B(?=(\d{3})+$)/g, ",")}</>;
  if ((type === "DOUBLE" || type === "FLOAT") && typeof value === "number") return <span title={full}>{Number.isInteger(value) || Math.abs(value) >= 1e9 || (Math.abs(value) < 1e-3 && value !== 0) ? full : value.toFixed(Math.abs(value) >= 10 ? 2 : 3)}</span>;
  if (full.length <= longest) return <>{full}</>;
  return <>{open ? full : `${full.slice(0, longest)}…`} <button type="button" class="link" onClick={() => setOpen(!open)}>{open ? "less" : "show"}</button></>;
}
