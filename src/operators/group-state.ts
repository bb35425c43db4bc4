/** The state of a group as flatMapGroupsWithState sees it. The rules of timeouts are those of Spark's GroupState. */
import { ExecutionError } from "../base/errors.ts";
import type { ProgramApi } from "../plan/stateful-program.ts";
import { NO_TIME } from "../state/entry-store.ts";
import { valueReader, valueToCell } from "../types/edge-values.ts";
import { durationMicros } from "../types/duration.ts";
import { Timestamp, type TimestampLike } from "../types/values.ts";
import type { ProgramScope } from "./program-scope.ts";

const wrong = (condition: string, message: string, hint?: string): ExecutionError => new ExecutionError({ condition, sqlState: "42802", message, hint });

/** One object for all calls; `begin` and `end` stand around each. */
export class GroupState {
  readonly #scope: ProgramScope;
  readonly #api: ProgramApi;
  readonly #read: (cell: Parameters<ReturnType<typeof valueReader>>[0]) => unknown;
  #isTimeout = false;
  #exists = false;
  #isUpdated = false;
  #isRemoved = false;
  #value: unknown = undefined;
  #isRead = false;
  #timeout: bigint | undefined;

  constructor(scope: ProgramScope, api: ProgramApi) {
    this.#scope = scope;
    this.#api = api;
    this.#read = valueReader(scope.state.variables[0]!.type);
  }

  begin(isTimeout: boolean): void {
    this.#isTimeout = isTimeout;
    this.#exists = this.#scope.state.entries.first(this.#scope.group, 0) !== 0;
    this.#isUpdated = this.#isRemoved = this.#isRead = false;
    this.#timeout = undefined;
  }

  /** Writes what the call changed. A timeout that was not set anew is gone. */
  end(): void {
    const { state, group } = this.#scope, before = state.timersOf(group)[0], changed = before !== this.#timeout;
    if (this.#isUpdated) state.setValue(group, 0, valueToCell(this.#value, state.variables[0]!.type, "state"), NO_TIME);
    else if (this.#isRemoved) state.clear(group, 0);
    if (changed && before !== undefined) state.deleteTimer(group, before);
    if (changed && this.#timeout !== undefined) state.setTimer(group, this.#timeout);
    if (this.#isRemoved && this.#timeout === undefined) this.#scope.removed++;
    else if (this.#isUpdated || changed) this.#scope.updated++;
    this.#value = undefined;
  }

  exists(): boolean {
    this.#scope.here("exists");
    return this.#exists;
  }

  get(): unknown {
    if (this.exists()) return this.getOption();
    throw wrong("MILLRACE_NO_GROUP_STATE", "State is either not defined or has already been removed.", "ask exists() first, or use getOption()");
  }

  /** Null where there is no state. */
  getOption(): unknown {
    const { state } = this.#scope, group = this.#scope.here("get");
    if (!this.#exists) return null;
    if (!this.#isUpdated && !this.#isRead) {
      this.#value = this.#read(state.read(state.entries.first(group, 0), state.variables[0]!.type));
      this.#isRead = true;
    }
    return this.#value;
  }

  update(value: unknown): void {
    const { state } = this.#scope;
    this.#scope.here("update");
    if (value === null || value === undefined) throw wrong("MILLRACE_NULL_GROUP_STATE", "'null' is not a valid state value.", "remove() removes the state");
    valueToCell(value, state.variables[0]!.type, "state");
    this.#value = value;
    this.#exists = this.#isUpdated = true;
    this.#isRemoved = false;
  }

  remove(): void {
    this.#scope.here("remove");
    this.#exists = this.#isUpdated = false;
    this.#isRemoved = true;
    this.#value = undefined;
  }

  hasTimedOut(): boolean {
    this.#scope.here("hasTimedOut");
    return this.#isTimeout;
  }

  /** Milliseconds, or a text such as `"10 minutes"`. */
  setTimeoutDuration(duration: number | string): void {
    const scope = this.#scope;
    scope.here("setTimeoutDuration");
    if (scope.timeMode !== "ProcessingTime") throw wrong("MILLRACE_NO_PROCESSING_TIME_TIMEOUT", `Cannot set timeout duration without enabling processing time timeout in ${this.#api}.`, 'say timeout: "ProcessingTimeTimeout"');
    const micros = typeof duration === "number" ? BigInt(Math.trunc(duration)) * 1000n : durationMicros(duration);
    if (micros <= 0n) throw wrong("MILLRACE_INVALID_TIMEOUT", "Timeout duration must be positive.");
    this.#timeout = scope.batchTimeMicros + micros;
  }

  /** Milliseconds since the epoch, or a moment. */
  setTimeoutTimestamp(at: number | TimestampLike, additional?: string): void {
    const scope = this.#scope;
    scope.here("setTimeoutTimestamp");
    if (scope.timeMode !== "EventTime") throw wrong("MILLRACE_NO_EVENT_TIME_TIMEOUT", `Cannot set timeout timestamp without enabling event time timeout in ${this.#api}.`, 'say timeout: "EventTimeTimeout"');
    // To the millisecond, as the watermark is.
    const given = (typeof at === "number" ? BigInt(Math.trunc(at)) * 1000n : Timestamp.from(at).epochMicros) + (additional === undefined ? 0n : durationMicros(additional)), micros = given - ((given % 1000n) + 1000n) % 1000n;
    if (micros <= 0n) throw wrong("MILLRACE_INVALID_TIMEOUT", "Timeout timestamp must be positive.");
    if (micros < scope.watermarkMicros) {
      throw wrong("MILLRACE_INVALID_TIMEOUT", `Timeout timestamp (${micros / 1000n}) cannot be earlier than the current watermark (${scope.watermarkMicros / 1000n}).`, "add to getCurrentWatermarkMs()");
    }
    this.#timeout = micros;
  }

  getCurrentWatermarkMs(): number {
    this.#scope.here("getCurrentWatermarkMs");
    return Number(this.#scope.watermarkMicros / 1000n);
  }

  getCurrentProcessingTimeMs(): number {
    this.#scope.here("getCurrentProcessingTimeMs");
    return Number(this.#scope.batchTimeMicros / 1000n);
  }
}
