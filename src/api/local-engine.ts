/** The engine in this process, in the real world: system clock, real files, standard output. */
import { systemClock, systemRandom } from "../base/clock.ts";
import { nodeFiles } from "../base/files.ts";
import type { EngineFactory } from "./engine.ts";
import type { EngineWorld } from "./local/engine-world.ts";
import { LocalEngine } from "./local/local-engine.ts";

export const systemWorld: EngineWorld = {
  clock: systemClock, random: systemRandom, files: nodeFiles,
  print: text => { process.stdout.write(`${text}\n`); },
  warn: text => { process.stderr.write(`millrace: ${text}\n`); },
};

export const localEngine: EngineFactory = context => new LocalEngine(context, systemWorld);
