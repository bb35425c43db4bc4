/** A scenario of the corpus with other rows, other cuts, other delays and other lengths in its query. */
import type { Scenario, ScenarioRow, ScenarioStep } from "../../conformance/scenario-format.ts";
import type { ScenarioGenerator } from "./generate.ts";

const LENGTHS = /(?<=')(\d+) (seconds?|minutes?)(?=')|(?<=INTERVAL )(\d+) (SECONDS?)/g, DELAYS = ["0 seconds", "1 second", "5 seconds", "10 seconds", "30 seconds", "1 minute"];

export function mutateScenario(random: ScenarioGenerator, { expect: _, resultSchema: __, error: ___, ...base }: Scenario, name: string): Scenario {
  const bend = (text: string): string => random.chance(2) ? text : text.replaceAll(LENGTHS, (all, a: string | undefined, unit: string | undefined) => random.chance(2) ? all : unit === undefined ? `${1 + random.below(20)} SECONDS` : `${Math.max(1, Number(a) + random.below(7) - 3)} ${unit}`);
  const sources = Object.fromEntries(Object.entries(base.sources).map(([view, source]) => [view, source.watermark === undefined || random.chance(2) ? source : { ...source, watermark: { ...source.watermark, delay: random.of(DELAYS) } }]));
  return {
    ...base, name, sources, query: { sql: bend(base.query.sql) }, outputMode: random.chance(6) ? random.of(["append", "update", "complete"] as const) : base.outputMode,
    steps: base.trigger === undefined ? mutateSteps(random, base.steps) : base.steps,
  };
}

function mutateSteps(random: ScenarioGenerator, steps: readonly ScenarioStep[]): ScenarioStep[] {
  const rows = steps.flatMap(step => Object.values(step.add ?? {}).flat());
  return steps.flatMap((step): ScenarioStep[] => {
    if (step.add !== undefined) {
      const add = Object.fromEntries(Object.entries(step.add).map(([view, list]) => [view, mutateRows(random, list, rows)])), both: ScenarioStep[] = [{ add }];
      if (random.chance(5)) both.push({ process: true });
      return both;
    }
    if (step.process === true && random.chance(6)) return [];
    if (step.process === true && random.chance(8)) return [step, { restart: true, ...random.chance(2) ? { loseLastCommit: true } : {} }];
    return [step];
  }).concat({ process: true });
}

/** Rows dropped, doubled, swapped, and single cells taken from another row of the scenario that fits or made null. */
function mutateRows(random: ScenarioGenerator, list: readonly ScenarioRow[], all: readonly ScenarioRow[]): ScenarioRow[] {
  return list.flatMap((row): ScenarioRow[] => {
    if (random.chance(10)) return [];
    const others = all.filter(other => other.length === row.length && other.every((cell, i) => cell === null || row[i] === null || typeof cell === typeof row[i]));
    const changed = row.map((cell, i) => random.chance(8) ? random.of(others)[i] : random.chance(40) ? null : cell);
    return random.chance(12) ? [changed, row] : [changed];
  });
}
