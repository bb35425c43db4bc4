/** Is anything lost? Rows read, less each loss, against what was kept. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { QualityJson, QueryEventJson } from "../src/server/api-types.ts";
import { exact, fromIso, timeOfDay } from "../src/server/format.ts";
import { Card, Mark, Nothing } from "./parts.tsx";
import { shown } from "./store.ts";

interface DeadLetter { readonly reason: string; readonly at: string; readonly place: string; readonly raw: string; readonly message: string }

export function Quality({ quality, query }: { quality: QualityJson | undefined; query: QueryEventJson }): JSX.Element {
  const [letters, setLetters] = useState<readonly DeadLetter[] | null>(null), { zone } = shown();
  if (quality === undefined) return <Card id="quality" title="Quality" question="Is anything lost?"><Nothing text="" /></Card>;
  const see = async () => {
    if (letters !== null) return setLetters(null);
    const response = await fetch(`/api/queries/${encodeURIComponent(query.id)}/dead-letters`);
    if (response.ok) setLetters((await response.json() as { rows: DeadLetter[] }).rows);
  };
  const newest = quality.newestDeadLetter, reason = quality.deadLetterReasons.find(each => each.reason === newest?.reason);
  const all = quality.deadLetterReasons.reduce((sum, each) => sum + each.count, 0), lost = quality.unaccounted;
  return (
    <Card id="quality" title="Quality" question="Is anything lost?" side={<span>last hour</span>}>
      <table class="account"><tbody>
        <tr><td /><th scope="row">Rows read</th><td>{exact(quality.rowsRead)}</td></tr>
        <tr class="less"><td>−</td><th scope="row">filtered out by the query</th><td>{exact(quality.filteredRows)}</td></tr>
        <tr class="less"><td>−</td><th scope="row">late, dropped{quality.lateRows > 0 ? <> <a href="#event-time">see them</a></> : null}</th><td class={quality.lateRows > 0 ? "warn" : ""}>{exact(quality.lateRows)}</td></tr>
        <tr class="less"><td>−</td><th scope="row">dead letters{quality.deadLetters > 0 && query.deadLettersKept ? <> <button type="button" class="link" aria-expanded={letters !== null} onClick={see}>see them</button></> : null}</th><td class={quality.deadLetters > 0 ? "warn" : ""}>{exact(quality.deadLetters)}</td></tr>
        {quality.expectations.map(({ name, dropped }) => <tr class="less" key={name}><td>−</td><th scope="row">dropped by <code>{name}</code></th><td>{exact(dropped)}</td></tr>)}
        <tr class="sum"><td>=</td><th scope="row">{quality.keptAs === "windows" ? (query.eventTime?.windowLengthMicros == null ? "into state" : "into windows") : "written"}</th><td>{exact(quality.keptRows)}</td></tr>
      </tbody></table>
      {lost === null ? <p class="checked">The engine does not count what it keeps, so the last line is what is left.</p>
        : lost === 0 ? <p class="checked"><Mark kind="finished" level="off" />Every row is accounted for.</p>
          : <p class="checked bad"><Mark kind="failed" level="bad" />{exact(Math.abs(lost))} rows unaccounted{lost < 0 ? ": more were kept than were read" : ""}.</p>}
      {letters !== null ? <div class="letters">{letters.length === 0 ? <Nothing text="None is kept." /> : letters.toReversed().slice(0, 20).map((letter, i) => <Letter key={i} letter={letter} note={`at ${timeOfDay(fromIso(letter.at), zone)}`} />)}</div>
        : newest === null ? null : <Letter letter={newest} note={`${reason === undefined ? "" : `${exact(reason.count)} of ${exact(all)}, `}last ${timeOfDay(fromIso(newest.at), zone)}`} />}
    </Card>
  );
}

function Letter({ letter, note }: { letter: DeadLetter; note: string }): JSX.Element {
  return <div class="letter"><p><b>{letter.reason}</b> <span>{note}</span></p><code>{letter.place}</code><code class="raw">{letter.raw}</code><p>{letter.message}</p></div>;
}
