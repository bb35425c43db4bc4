/** Streaming scenarios: drives a query step by step and compares every micro-batch with what Spark's gave. */
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import type { Outcome } from "./main.ts";
import { compareRun, summary } from "./scenario-compare.ts";
import { ScenarioDriver, type DriverOptions } from "./scenario-driver.ts";
import type { Scenario } from "./scenario-format.ts";
import { describe } from "./sql-cases.ts";

const TIMEOUT_MILLIS = 20_000;

export function readScenario(path: string): Scenario {
  const scenario = JSON.parse(readFileSync(path, "utf8")) as Scenario;
  return { ...scenario, name: scenario.name ?? basename(path, ".json") };
}

export async function runScenario(path: string): Promise<Outcome> {
  const scenario = readScenario(path), id = scenario.name, { expect: expected, error } = scenario;
  const { problem, driver } = await drive(scenario);
  return problem === undefined ? { id, passed: true } : { id, passed: false, detail: { expected, ...(error && { error }), actual: driver.batches.map(summary), problem } };
}

/** Runs a scenario to its end and compares, unless told not to; `problem` is the first thing that is wrong. */
export async function drive(scenario: Scenario, { compare = true, ...options }: DriverOptions & { readonly compare?: boolean } = {}): Promise<{ readonly problem: string | undefined; readonly driver: ScenarioDriver }> {
  const driver = new ScenarioDriver(scenario, options);
  const whole = async () => {
    const problem = await driver.run();
    return problem ?? (scenario.error?.when === "start" || !compare ? undefined : compareRun(scenario, driver.batches, driver.schema));
  };
  try {
    return { problem: await Promise.race([whole(), new Promise<string>(resolve => setTimeout(() => resolve("timeout"), TIMEOUT_MILLIS).unref())]), driver };
  } catch (error) {
    return { problem: describe(error), driver };
  } finally {
    await driver.close();
  }
}
