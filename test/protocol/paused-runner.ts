/** The worker of two-runners.test.ts: a runner on real files that stops dead at a chosen call until it is let go. */
import { parentPort, workerData } from "node:worker_threads";
import { nodeFiles } from "../../src/base/files.ts";
import { hookedFiles } from "./hooked-files.ts";
import { Outside, ReferenceRunner, type Setting } from "./reference-runner.ts";

/** Where to stop: at the `occurrence`-th call of this kind on such a path, or at a label of the runner. */
export interface PauseAt {
  readonly when: "before" | "after";
  readonly call: string;
  readonly path: string;
  readonly occurrence: number;
}
export interface PausedRun { readonly setting: Setting; readonly pauseAt: PauseAt; readonly gate: SharedArrayBuffer }
/** What the worker says at its end. */
export interface PausedEnd { readonly error: string | undefined; readonly message: string; readonly outside: Outside }

const { setting, pauseAt, gate } = workerData as PausedRun;
const flag = new Int32Array(gate);
let seen = 0;
const stop = (when: "before" | "after") => (call: string, path: string) => {
  if (when !== pauseAt.when || call !== pauseAt.call || !path.includes(pauseAt.path) || ++seen !== pauseAt.occurrence) return;
  parentPort!.postMessage("paused");
  Atomics.wait(flag, 0, 0);
};
const files = hookedFiles(nodeFiles, { before: stop("before"), after: stop("after") });
const outside = new Outside();
const runner = new ReferenceRunner({ outside, files: () => files }, files, setting, {
  pause: async (label, batchId) => stop("before")("runner", `${label} ${batchId}`),
}, {}, "A");
let failure: unknown;
try { await runner.run(); } catch (error) { failure = error; }
const error = failure === undefined ? undefined
  : failure instanceof Error && "condition" in failure ? String(failure.condition) : String(failure);
parentPort!.postMessage({ error, message: String(failure), outside } satisfies PausedEnd);
