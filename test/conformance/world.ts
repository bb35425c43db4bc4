/** A session for the conformance runs: the public API over the engine in this process, with a clock and a disk of its own. */
import { createSession, type Session } from "../../src/api/session.ts";
import { LocalEngine } from "../../src/api/local/local-engine.ts";
import { seededRandom, type Clock } from "../../src/base/clock.ts";
import { nodeFiles } from "../../src/base/files.ts";
import { systemClock } from "../../src/base/clock.ts";
import type { AskHttp } from "../../src/base/http.ts";
import type { CrashPoint } from "../../src/testing/hooks.ts";
import { SimulatedDisk } from "../../src/testing/simulated-files.ts";
import { SimulatedProcess } from "../../src/testing/simulated-process.ts";

interface WorldOptions {
  readonly clock?: Clock;
  readonly disk?: SimulatedDisk;
  /** The network; left out: there is none. */
  readonly http?: AskHttp;
  /** Called after each step of a batch; may throw to end the run as a kill would. */
  readonly onStep?: (step: CrashPoint, batchId: number) => void;
}
export interface ConformanceSession { readonly session: Session; readonly engine: LocalEngine }

export function conformanceSession(conf: Readonly<Record<string, string>>, options: WorldOptions = {}): ConformanceSession {
  let engine: LocalEngine | undefined;
  const session = createSession({ timeZone: "UTC", conf: { "spark.sql.ansi.enabled": true, ...conf } }, context => (engine = new LocalEngine(context, {
    clock: options.clock ?? systemClock, random: seededRandom(7), files: options.disk === undefined ? nodeFiles : new SimulatedProcess(options.disk, {}), print: () => {}, warn: () => {},
    http: options.http ?? (() => Promise.reject(new Error("there is no network"))),
    ...(options.onStep && { onStep: (_name, step, batchId) => options.onStep!(step, batchId) }),
  })));
  return { session, engine: engine! };
}
