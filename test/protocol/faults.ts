/** Running a world to its end, copying it at every step on the way, and striking each copy. */
import { seededRandom } from "../../src/base/clock.ts";
import type { PowerLoss } from "../../src/testing/simulated-files.ts";
import type { FileStep, ProcessHooks } from "../../src/testing/simulated-process.ts";
import { CHECKPOINT, OUTPUT, ReferenceRunner, SimulatedWorld, verify, type Outcome, type Setting } from "./reference-runner.ts";

export const long = process.env["MILLRACE_LONG"] === "1";

/** A moment in a run: what had just happened, and the world as it was then. */
export interface Moment { readonly label: string; readonly batchId: number; readonly world: SimulatedWorld }

/** Runs to the end and returns every moment on the way. */
export async function record(world: SimulatedWorld, setting: Setting): Promise<Moment[]> {
  const moments: Moment[] = [];
  let batchId = -1;
  const take = (label: string) => moments.push({ label, batchId, world: world.clone() });
  const hooks: ProcessHooks = { after: step => take(labelOf(step)) };
  const runner = new ReferenceRunner(world, world.disk.process(hooks), setting, {
    mark: (label, of) => {
      batchId = of;
      take(label);
    },
  });
  await runner.run();
  verify(world, setting, true);
  return moments;
}

/** The steps of the table by the name of the call and the file. */
export function labelOf(step: FileStep): string {
  // A segment in use keeps the path under which it was prepared.
  const inLog = step.path.endsWith(".seg"), inManifest = step.path.startsWith(`${OUTPUT}/_millrace`);
  if (inLog && step.call === "write") return "write record";
  if (inLog && step.call === "sync") return "fdatasync record";
  if (inLog && step.call === "status") return "check name";
  if (step.call === "links") return "check link count";
  if (inManifest && step.call === "link") return "link manifest";
  if (inManifest && step.call === "syncFolder") return "fsync manifest folder";
  if (step.path.startsWith(`${CHECKPOINT}/state`) || (step.path.startsWith(OUTPUT) && !inManifest)) {
    if (step.call === "write") return "write files";
    if (step.call === "syncFolder") return "fsync files, folder";
  }
  return `${step.call} ${step.path}`;
}

/** Goes on from a moment with a new runner, which cuts batches at other places, to the end. Returns what became of each batch. */
export async function goOn(world: SimulatedWorld, before: Setting): Promise<Map<number, Outcome>> {
  const setting = { ...before, batchRows: 3 - before.batchRows, parallelism: before.parallelism === 1 ? 2 : 1 };
  verify(world, setting, false);
  const runner = new ReferenceRunner(world, world.disk.process(), setting);
  await runner.run();
  verify(world, setting, true);
  return runner.outcomes;
}

export async function afterKill(moment: Moment, setting: Setting): Promise<Map<number, Outcome>> {
  return goOn(moment.world.clone(), setting);
}

/** All that an unsynced write may become: nothing, all, and `torn` mixtures. */
export async function afterPowerLoss(moment: Moment, setting: Setting, torn: number): Promise<Map<number, Outcome>[]> {
  const losses: PowerLoss[] = ["lost", "kept"];
  for (let seed = 0; seed < torn; seed++) {
    const random = seededRandom(seed * 7919 + 1);
    losses.push(() => random.uint32() % 2 === 0);
  }
  const found: Map<number, Outcome>[] = [];
  for (const [number, loss] of losses.entries()) {
    const world = moment.world.clone();
    world.disk.losePower(loss);
    try { found.push(await goOn(world, setting)); } catch (error) {
      throw new Error(`power lost after '${moment.label}' of batch ${moment.batchId}, way ${number}: ${(error as Error).message}`, { cause: error });
    }
  }
  return found;
}
