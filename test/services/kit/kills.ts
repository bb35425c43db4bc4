/** A worker that is killed again and again, and then let finish. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { join } from "node:path";
import type { Random } from "../../../src/base/clock.ts";

/** Runs `program` of test/services; `kills` times it is killed, up to 100 ms after it has had an effect, which `effects` counts. */
export async function runThroughKills(program: string, args: readonly string[], { kills, effects, random }: { readonly kills: number; readonly effects: () => number; readonly random: Random }): Promise<void> {
  for (let killed = 0; ; killed++) {
    const before = effects(), worker = spawn(process.execPath, ["--conditions=millrace-source", join(import.meta.dirname, "..", program), ...args], { stdio: ["ignore", "ignore", "inherit"] });
    const ended = new Promise<number | null>(resolve => worker.once("exit", resolve));
    if (killed === kills) {
      assert.equal(await ended, 0);
      return;
    }
    while (effects() === before && worker.exitCode === null) await new Promise(resolve => setTimeout(resolve, 1));
    await new Promise(resolve => setTimeout(resolve, random.uint32() % 100));
    worker.kill("SIGKILL");
    await ended;
  }
}
