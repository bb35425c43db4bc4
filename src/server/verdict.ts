/**
 * The sentence over each query. `judge` is a pure function from facts to the first rule that holds; `settle` keeps it from
 * flickering. The page, the JSON, the command line and alerts all say what this says.
 */
import { age, bytes, count, dayAndTime, duration, exact, rate, span, timeOfDay } from "./format.ts";

export type VerdictKind = "failed" | "stopped" | "finished" | "starting" | "stuck" | "behind" | "catchingUp" | "noOutput" | "waiting" | "keepingUp";
export type Level = "bad" | "warn" | "ok" | "off";

export const levelOf: Readonly<Record<VerdictKind, Level>> = {
  failed: "bad", stopped: "off", finished: "off", starting: "off", stuck: "warn", behind: "warn", catchingUp: "ok", noOutput: "warn", waiting: "off", keepingUp: "ok",
};

/** All that a verdict depends on. `rate` and `backlog` are means over 10 s; null is not known. */
export interface VerdictFacts {
  readonly nowMicros: number;
  readonly zone: string;
  readonly life: "active" | "failed" | "stopped" | "finished";
  readonly endedMicros: number | null;
  /** Of the failure, or the one it would resume at. */
  readonly endBatchId: number | null;
  readonly errorCondition: string | null;
  readonly startedMicros: number;
  readonly batches: number;
  readonly rowsRead: number;
  readonly loadingBytes: number | null;
  readonly loadingLeftMicros: number | null;
  readonly currentBatch: { readonly batchId: number; readonly startedAtMicros: number; readonly phase: "read" | "plan" | "compute" | "commit" } | null;
  readonly batchP50Micros: number | null;
  readonly batchP99Micros: number | null;
  /** Means of the last seven steps of 10 s, oldest first, so that there are six differences. */
  readonly backlogMeans: readonly (number | null)[];
  readonly backlogRows: number | null;
  /** Rows that become available per second, and rows that are read. */
  readonly inputRowsPerSecond: number | null;
  readonly readRowsPerSecond: number | null;
  readonly rowsPerBatch: number | null;
  readonly lastRowMicros: number | null;
  readonly lastOutputMicros: number | null;
  readonly rowsSinceOutput: number;
  /** False: the sink doesn't say how many rows it got. */
  readonly outputKnown: boolean;
  /** Longest window and delay; 0 without. */
  readonly windowMicros: number;
  readonly delayMicros: number;
  /** Why rows wait, if it is known: `departures is silent and holds the watermark`. */
  readonly heldBy: string | null;
  /** The cause is a source that is silent: one window and delay is then enough to say so. */
  readonly heldBySilence: boolean;
  readonly watermarkBehindMicros: number | null;
}

export interface Judgement { readonly kind: VerdictKind; readonly lead: string; readonly text: string }
export interface Verdict extends Judgement { readonly level: Level; readonly sinceMicros: number }

export const thresholds = {
  stuckMicros: 10e6, stuckTimesP99: 20, behindBatches: 2, catchingUpSeconds: 10, noOutputMicros: 60e6, noOutputTimes: 2, waitingMicros: 30e6,
  /** Event times that are older are those of a replay: their distance from the clock says nothing. */
  historyMicros: 7 * 86_400e6,
  worseAfterMicros: 5e6, betterAfterMicros: 15e6,
};

export function judge(facts: VerdictFacts, limits = thresholds): Judgement {
  const { nowMicros: now } = facts;
  const ended = facts.endedMicros ?? now;
  if (facts.life === "failed") {
    return { kind: "failed", lead: "Failed", text: `${age(now - ended)} ago${facts.endBatchId === null ? "" : ` in batch ${exact(facts.endBatchId)}`}${facts.errorCondition === null ? "" : `: ${facts.errorCondition}`}` };
  }
  if (facts.life === "stopped") {
    return { kind: "stopped", lead: "Stopped", text: `at ${timeOfDay(ended, facts.zone)}${facts.endBatchId === null ? "" : `; it would resume at batch ${exact(facts.endBatchId)}`}` };
  }
  if (facts.life === "finished") return { kind: "finished", lead: "Finished", text: `${exact(facts.rowsRead)} rows in ${duration(ended - facts.startedMicros)}` };

  const stuck = stuckText(facts, limits);
  if (facts.batches === 0 && stuck === null) {
    const left = facts.loadingLeftMicros === null ? "" : `, about ${span(Math.max(1, Math.round(facts.loadingLeftMicros / 1e6)) * 1e6)} left`;
    return { kind: "starting", lead: "Starting", text: facts.loadingBytes === null ? "the first batch is not done yet" : `loading ${bytes(facts.loadingBytes)} of state${left}` };
  }
  if (stuck !== null) return { kind: "stuck", ...stuck };

  const { backlogMeans: means } = facts;
  const grew = means.length >= 7 && means.every((mean, i) => mean !== null && (i === 0 || mean > means[i - 1]!));
  const backlog = facts.backlogRows ?? 0, oldest = means[0], newest = means.at(-1);
  if (grew && backlog > limits.behindBatches * (facts.rowsPerBatch ?? 0)) {
    const growth = (newest! - oldest!) / ((means.length - 1) * 10);
    return { kind: "behind", lead: "Falling behind", text: `backlog ${count(backlog)} rows, growing by ${rate(growth)}` };
  }
  const before = means.at(-2);
  if (backlog > limits.catchingUpSeconds * (facts.inputRowsPerSecond ?? 0) && newest !== null && newest !== undefined && before !== null && before !== undefined
    && newest < before && backlog > 0) {
    const seconds = backlog / ((before - newest) / 10);
    return { kind: "catchingUp", lead: "Catching up", text: `backlog ${count(backlog)} rows, none left in about ${roughly(seconds)}` };
  }
  const patience = Math.max(limits.noOutputMicros, (facts.heldBySilence ? 1 : limits.noOutputTimes) * (facts.windowMicros + facts.delayMicros));
  const silentSince = facts.lastOutputMicros ?? facts.startedMicros;
  if (facts.outputKnown && facts.rowsSinceOutput > 0 && now - silentSince > patience && facts.lastRowMicros !== null && now - facts.lastRowMicros < patience) {
    return { kind: "noOutput", lead: `No output for ${age(now - silentSince)}`, text: facts.heldBy ?? `${count(facts.rowsSinceOutput)} rows were read meanwhile` };
  }
  const lastRow = facts.lastRowMicros;
  if (backlog === 0 && (lastRow === null ? now - facts.startedMicros : now - lastRow) > limits.waitingMicros) {
    return { kind: "waiting", lead: "Waiting for data", text: lastRow === null ? "no row has come yet" : `the last row came ${age(now - lastRow)} ago` };
  }
  const clauses = [rate(facts.inputRowsPerSecond ?? 0)];
  if (facts.batchP50Micros !== null) clauses.push(`${duration(facts.batchP50Micros)} a batch`);
  const behind = facts.watermarkBehindMicros;
  if (behind !== null) clauses.push(behind < limits.historyMicros ? `${duration(behind)} behind event time` : `at event time ${dayAndTime(now - behind, facts.zone, now)}`);
  return { kind: "keepingUp", lead: "Keeping up", text: clauses.join(", ") };
}

function stuckText(facts: VerdictFacts, limits: typeof thresholds): Omit<Judgement, "kind"> | null {
  const batch = facts.currentBatch;
  if (batch === null) return null;
  const runs = facts.nowMicros - batch.startedAtMicros;
  if (runs <= Math.max(limits.stuckMicros, limits.stuckTimesP99 * (facts.batchP99Micros ?? 0))) return null;
  const since = age(runs);
  const text = batch.phase === "commit" ? `the sink has not answered for ${since}` : batch.phase === "read" ? `the source has not answered for ${since}`
    : `it has been computing for ${since}`;
  return { lead: `Stuck in batch ${exact(batch.batchId)}`, text };
}

/** A duration that is an estimate: 2 min 10 s, 40 s. */
function roughly(seconds: number): string {
  const grain = seconds < 20 ? 1 : seconds < 3_600 ? 10 : 60;
  return span(Math.max(grain, Math.round(seconds / grain) * grain) * 1e6);
}

/** What the hysteresis remembers. */
export interface Settled {
  readonly shown: Verdict;
  /** A judgement of another kind that does not hold long enough yet. */
  readonly waiting: { readonly kind: VerdictKind; readonly sinceMicros: number } | null;
}

const badness: Readonly<Record<Level, number>> = { bad: 2, warn: 1, ok: 0, off: 0 };

/**
 * The verdict to show: the judgement, once it held for 5 s against a better or equal one, or for 15 s against a worse one. Starting
 * and the three ends are events, not measurements, so that they, and what follows a start, show at once.
 */
export function settle(previous: Settled | null, judgement: Judgement, nowMicros: number, limits = thresholds): Settled {
  const level = levelOf[judgement.kind];
  if (previous !== null && previous.shown.kind === judgement.kind) {
    return { shown: { ...judgement, level, sinceMicros: previous.shown.sinceMicros }, waiting: null };
  }
  const since = previous?.waiting?.kind === judgement.kind ? previous.waiting.sinceMicros : nowMicros;
  const atOnce = previous === null || previous.shown.kind === "starting" || ["failed", "stopped", "finished", "starting"].includes(judgement.kind);
  const better = previous !== null && badness[level] < badness[previous.shown.level];
  if (atOnce || nowMicros - since >= (better ? limits.betterAfterMicros : limits.worseAfterMicros)) {
    return { shown: { ...judgement, level, sinceMicros: since }, waiting: null };
  }
  return { shown: previous!.shown, waiting: { kind: judgement.kind, sinceMicros: since } };
}

/** The whole sentence; failures and stops go on without a colon. */
export function sentence(verdict: Pick<Judgement, "kind" | "lead" | "text">): string {
  return `${verdict.lead}${joint(verdict.kind)}${verdict.text}`;
}

export function joint(kind: VerdictKind): string {
  return kind === "failed" || kind === "stopped" ? " " : ": ";
}
