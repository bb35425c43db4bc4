/** State out of a checkpoint that may be in use: nothing is claimed or written, and the log may move while it is read. */
import { MillraceError } from "../../base/errors.ts";
import { readCheckpoint, type CheckpointReading } from "../../checkpoint/inspect.ts";
import type { OperatorFingerprint, StateBlock } from "../../checkpoint/types.ts";
import { openStateView } from "../../operators/open-state-view.ts";
import { TIMERS } from "../../operators/program-view.ts";
import type { StateDescription, StateStore, StateView } from "../../operators/state-view.ts";
import type { ConnectorEnvironment } from "../environment.ts";
import { batchUnavailable, invalidValue, noCommittedBatch, noState, noStateSchema, requiredOption } from "./state-errors.ts";
import { optionsText, type StateOptions } from "./state-options.ts";

type World = Pick<ConnectorEnvironment, "files" | "clock">;

/** A running query may retire what is being read, so a read is tried so often before a verdict of damage stands. */
const ATTEMPTS = 5;
/** Spark's names of the operator with state variables. */
const PROGRAM_NAMES: ReadonlySet<string> = new Set(["transformWithStateExec", "transformWithStateInPandasExec", "transformWithStateInPySparkExec"]);

/** Reads with `work`; again from the start when the log moved under it. */
export async function readSteadily<T>({ files, clock }: World, path: string, work: (reading: CheckpointReading) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    const reading = await readCheckpoint(files, path, clock);
    if (reading === undefined || reading.lastBatchId < 0) throw noCommittedBatch(path);
    try { return await work(reading); } catch (error) {
      const mayBeGone = error instanceof MillraceError && error.condition === "MILLRACE_CHECKPOINT_CORRUPT";
      if (!mayBeGone || attempt === ATTEMPTS || !await hasMoved(files, clock, path, reading)) throw error;
    }
  }
}

async function hasMoved(files: World["files"], clock: World["clock"], path: string, before: CheckpointReading): Promise<boolean> {
  const now = await readCheckpoint(files, path, clock);
  return now !== undefined && (now.epoch !== before.epoch || now.lastBatchId !== before.lastBatchId || now.horizon !== before.horizon);
}

/** Batches whose state can be rebuilt. */
export function keptBatches(reading: CheckpointReading): { readonly from: number; readonly to: number } {
  return { from: Math.max(reading.horizon, reading.batchIds[0] ?? reading.lastBatchId), to: reading.lastBatchId };
}

/** The batch asked for, or the last one. */
export function batchToRead(reading: CheckpointReading, path: string, wanted: number | undefined): number {
  const { from, to } = keptBatches(reading), batchId = wanted ?? to;
  if (batchId < from || batchId > to) throw batchUnavailable(batchId, path, `batches ${from} to ${to} can be read`);
  return batchId;
}

/** The empty view of the operator that the options name, and its store. */
export function storeToRead(reading: CheckpointReading, options: StateOptions): { readonly view: StateView; readonly store: StateStore } {
  const { operators } = reading.query, operator = operators.find(({ operatorId }) => operatorId === options.operatorId);
  if (operators.length === 0) throw noState(optionsText(options));
  if (operator === undefined) throw noStateSchema(optionsText(options), `there is no operator ${options.operatorId}: those with state are ${operators.map(({ operatorId, name }) => `${operatorId} (${name})`).join(", ")}`);
  checkVariables(operator, options);
  const view = openStateView(descriptionOf(operator, options)), wanted = nameOf(options);
  const store = view.stores.find(({ name }) => name === wanted);
  if (store !== undefined) return { view, store: options.flattenCollectionTypes || options.changes !== undefined ? store : store.whole ?? store };
  const names = view.stores.map(({ name }) => name);
  if (options.readRegisteredTimers) throw invalidValue("readRegisteredTimers", "Registered timers are not available in TimeMode=None.");
  if (options.stateVarName !== undefined) throw invalidValue("stateVarName", `State variable ${options.stateVarName} is not defined for the transformWithState operator.`, `its variables are ${names.join(", ")}`);
  throw noStateSchema(optionsText(options), names.includes("left") ? "a join keeps two sides: say joinSide left or right" : `there is no store ${wanted}: operator ${operator.operatorId} (${operator.name}) has ${names.join(", ")}`);
}

function nameOf({ joinSide, stateVarName, readRegisteredTimers, storeName }: StateOptions): string {
  return joinSide ?? stateVarName ?? (readRegisteredTimers ? TIMERS : storeName);
}

/** Spark's checks of the options that are for programs alone. */
function checkVariables({ name }: OperatorFingerprint, { stateVarName, readRegisteredTimers }: StateOptions): void {
  if (stateVarName === undefined && !readRegisteredTimers) {
    if (PROGRAM_NAMES.has(name)) throw requiredOption("stateVarName");
    return;
  }
  if (!PROGRAM_NAMES.has(name)) throw invalidValue("stateVarName", `Providing state variable names is only supported with the transformWithState operator. Found operator=${name}. Please remove this option and re-run the query.`);
}

function descriptionOf(operator: OperatorFingerprint, options: StateOptions): StateDescription {
  if (operator.state !== undefined) return operator.state as StateDescription;
  throw noStateSchema(optionsText(options), `the checkpoint does not tell what the state of operator ${operator.operatorId} (${operator.name}) means: it was last opened by a version that did not write it down, or the operator can't be read yet; start the query once with this version`);
}

/** Brings a view to what it was after a batch. */
export async function loadView(view: StateView, reading: CheckpointReading, operatorId: number, batchId: number): Promise<void> {
  const { snapshots, changes } = reading.stateToLoad(batchId);
  for (const block of [...snapshots, ...changes]) if (block.operatorId === operatorId) view.load(await reading.readState(block));
}

/** The blocks of an operator that a batch changed, in order; undefined when they are gone. */
export function changesOf(reading: CheckpointReading, operatorId: number, batchId: number): readonly StateBlock[] | undefined {
  return reading.changesOf(batchId)?.filter(block => block.operatorId === operatorId);
}
