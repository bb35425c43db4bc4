/** Who is behind? Sources and sinks with their positions and promises. */
import type { JSX } from "preact";
import type { SinkJson, SourceJson } from "../src/server/api-types.ts";
import { count, duration, exact, unknown } from "../src/server/format.ts";
import { Card, Nothing, Value } from "./parts.tsx";

export function Sources({ inputs, outputs }: { inputs: readonly SourceJson[]; outputs: readonly SinkJson[] }): JSX.Element {
  const system = (each: { system: string; name: string; detail: string }) => <>{each.system}{each.name === "" ? null : <> <code>{each.name}</code></>}{each.detail === "" ? "" : `, ${each.detail}`}</>;
  const time = (micros: number | null) => micros === null ? unknown : <Value text={duration(micros)} />;
  return (
    <Card id="sources" title="Sources and sinks" question="Who is behind?" className="full">
      {inputs.length + outputs.length === 0 ? <Nothing text="Nothing is known before the first batch." /> : (
        <div class="scroll" tabIndex={0} role="region" aria-label="Sources and sinks">
          <table class="data">
            <thead><tr><th scope="col"><span class="unseen">Direction</span></th><th scope="col">System</th><th scope="col">Position</th><th scope="col" class="right">Rows/s</th><th scope="col" class="right">Not read yet</th><th scope="col" class="right">Oldest of these</th><th scope="col" class="right">Fetch or commit, p99</th><th scope="col">Guarantee</th></tr></thead>
            <tbody>
              {inputs.map((each, i) => <tr key={`in${i}`}><td class="quiet">in</td><th scope="row">{system(each)}</th><td class="position"><code>{each.position}</code></td><td class="right">{count(each.rowsPerSecond)}</td><td class="right">{each.backlogRows === null ? unknown : exact(each.backlogRows)}</td><td class="right">{time(each.oldestMicros)}</td><td class="right">{time(each.fetchP99Micros)}</td><td>{each.guarantee}</td></tr>)}
              {outputs.map((each, i) => <tr key={`out${i}`}><td class="quiet">out</td><th scope="row">{system(each)}</th><td class="position"><code>{each.position}</code></td><td class="right">{count(each.rowsPerSecond)}</td><td class="right">{unknown}</td><td class="right">{unknown}</td><td class="right">{time(each.commitP99Micros)}</td><td>{each.guarantee}</td></tr>)}
            </tbody>
          </table>
        </div>
      )}
    </Card>
  );
}
