/** What did each batch do? Those that tell something, the newest, or the slowest. */
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { BatchJson } from "../src/server/api-types.ts";
import { duration, exact, fromIso, timeOfDay, unknown } from "../src/server/format.ts";
import { Card, Choice, Nothing, Value } from "./parts.tsx";
import { isPaused, shown } from "./store.ts";

type Order = "notable" | "newest" | "slowest";
const rows = 5, againMillis = 2_000, barWidth = 131;

export function Batches({ notable, path }: { notable: readonly BatchJson[]; path: string }): JSX.Element {
  const [order, setOrder] = useState<Order>("notable"), [fetched, setFetched] = useState<readonly BatchJson[] | null>(null), { zone } = shown();
  useEffect(() => {
    setFetched(null);
    if (order === "notable") return;
    let gone = false;
    const load = async () => {
      if (document.hidden || isPaused()) return;
      const response = await fetch(`/api/queries/${path}/batches?order=${order}&limit=${rows}`).catch(() => null);
      if (!gone && response?.ok === true) setFetched(await response.json() as BatchJson[]);
    };
    void load();
    const timer = setInterval(() => void load(), againMillis);
    return () => {
      gone = true;
      clearInterval(timer);
    };
  }, [order, path]);
  const list = order === "notable" ? notable : fetched ?? [], longest = Math.max(1, ...list.map(batch => batch.totalMicros));
  return (
    <Card id="batches" title="Batches" question="What did each do?" side={<Choice label="Order" options={[["notable", "Notable"], ["newest", "Newest"], ["slowest", "Slowest"]]} value={order} onChoose={setOrder} />}>
      {notable.length === 0 ? <Nothing text="No batch is done yet." /> : (
        <div class="scroll" tabIndex={0} role="region" aria-label="Batches">
          <table class="data batches">
            <thead><tr><th scope="col">Batch</th><th scope="col">Started</th><th scope="col" class="right">Rows in</th><th scope="col" class="right">Rows out</th><th scope="col" class="right">Time</th><th scope="col" class="bar-head">Where it went</th><th scope="col" class="right">Watermark</th><th scope="col" class="right">Late</th></tr></thead>
            <tbody>{list.map(batch => (
              <tr key={batch.batchId}>
                <th scope="row">{exact(batch.batchId)}</th><td class="quiet">{timeOfDay(fromIso(batch.startedAt), zone, 2)}</td><td class="right">{exact(batch.rowsIn)}</td><td class="right">{batch.rowsOut === null ? unknown : exact(batch.rowsOut)}</td><td class="right"><Value text={duration(batch.totalMicros)} /></td>
                <td><Parts batch={batch} longest={longest} /></td>
                <td class="right quiet">{batch.watermark === null ? unknown : timeOfDay(fromIso(batch.watermark), zone, 1)}</td><td class={batch.lateRows > 0 ? "right warn" : "right"}>{exact(batch.lateRows)}</td>
              </tr>
            ))}{Array.from({ length: Math.max(0, rows - list.length) }, (_, i) => <tr key={`empty${i}`}><td colSpan={8}>&nbsp;</td></tr>)}</tbody>
          </table>
        </div>
      )}
    </Card>
  );
}

function Parts({ batch, longest }: { batch: BatchJson; longest: number }): JSX.Element {
  let at = 0;
  const parts = ([["read", batch.readMicros], ["plan", batch.planMicros], ["compute", batch.computeMicros], ["commit", batch.commitMicros]] as const).map(([name, micros]) => {
    const x = at, width = micros / longest * barWidth;
    at += width;
    return { name, x, width };
  });
  return <svg class="parts" width={barWidth} height="8" role="img" aria-label={`read ${duration(batch.readMicros)}, plan ${duration(batch.planMicros)}, compute ${duration(batch.computeMicros)}, commit ${duration(batch.commitMicros)}`}>{parts.map(({ name, x, width }) => <rect key={name} class={name} x={x} width={width} height="8" />)}</svg>;
}
