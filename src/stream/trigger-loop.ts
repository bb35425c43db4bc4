/** When batches run: waits for the trigger or for a source, and ends when the query is to stop or has seen all there is. */
import type { BatchRunner } from "./batch-runner.ts";
import type { OpenQuery } from "./open-query.ts";
import type { RunReport, StreamExecutionOptions } from "./options.ts";
import { nextStartMicros } from "./trigger.ts";
import type { Turns } from "./turns.ts";

/** Sources that can't wake the query are asked this often. */
const POLL_MICROS = 10_000;
const IDLE_DONE_MICROS = 1_000_000;

export class TriggerLoop {
  readonly #options: StreamExecutionOptions;
  readonly #report: RunReport;
  #stopping = false;
  #draining = false;
  #wake = Promise.withResolvers<void>();
  #woken = true;
  #waiters: { readonly resolve: () => void; round: number }[] = [];
  #round = 0;
  #lastStartMicros: number | undefined;
  #idleSinceMicros = 0;

  constructor(options: StreamExecutionOptions, report: RunReport) {
    this.#options = options;
    this.#report = report;
  }

  /** It was told to end at once. */
  get isStopping(): boolean { return this.#stopping; }

  /** It was told to end, at once or after what is there. */
  get isEnding(): boolean { return this.#stopping || this.#draining; }

  /** `drain`: first all that is in the sources now; what comes later isn't waited for. */
  stop(drain: boolean): void {
    if (drain) this.#draining = true;
    else this.#stopping = true;
    this.wakeUp();
  }

  wakeUp(): void {
    this.#woken = true;
    this.#wake.resolve();
  }

  /** Settles when all that is there at the call has been processed and there is nothing to do, or when the run has ended. */
  processed(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiters.push({ resolve, round: this.#round + 1 });
    this.wakeUp();
    return promise;
  }

  /** The run has ended: nobody waits for it any more. */
  letGo(): void {
    for (const waiter of this.#waiters) waiter.resolve();
    this.#waiters = [];
  }

  /** Waits between two runs; false when the query is to stop. Who wants it drained does not want to wait. */
  async pause(micros: number): Promise<boolean> {
    await this.#sleep(this.#options.clock.nowMicros() + micros, () => this.#draining);
    return !this.#stopping;
  }

  /** `turns`: others look into the state between batches. */
  async run(query: OpenQuery, runner: BatchRunner, turns: Turns): Promise<void> {
    const { trigger, clock } = this.#options, { sources } = query;
    while (!this.#stopping) {
      if (!await this.#untilDue()) break;
      this.#lastStartMicros = clock.nowMicros();
      const waiting = ++this.#round;
      this.#woken = false;
      if (trigger.kind === "availableNow" || this.#draining) await runner.freeze();
      const ran = await turns.take(() => runner.next()), drained = this.#draining && runner.isFrozen;
      if (ran === "batch") {
        this.#idleSinceMicros = 0;
        if (trigger.kind === "once" || (drained && sources.some(({ source }) => source.freeze === undefined))) break;
        continue;
      }
      this.#waiters = this.#waiters.filter(waiter => {
        if (waiter.round > waiting) return true;
        waiter.resolve();
        return false;
      });
      if (trigger.kind === "once" || drained) break;
      if (trigger.kind === "availableNow" && sources.every(({ source }) => source.freeze !== undefined || source.ended !== false)) break;
      if (sources.every(({ source }) => source.ended === true)) break;
      if (ran === "nothing") await this.#idle(query);
    }
  }

  /** Waits for the trigger's next moment; false when the query is to stop. */
  async #untilDue(): Promise<boolean> {
    const { trigger, clock } = this.#options;
    const next = nextStartMicros(trigger, this.#lastStartMicros, clock);
    // Someone waits for all to be processed: the pause that saves CPU is not for them.
    await this.#sleep(next, () => this.#draining || (trigger.kind !== "processingTime" && this.#waiters.length > 0));
    return !this.#stopping;
  }

  /** Nothing to do: wait for a source, or for the trigger. */
  async #idle(query: OpenQuery): Promise<void> {
    const { trigger, clock, listeners } = this.#options, { checkpoint, sources, tracker } = query;
    this.#report.status = { message: "Waiting for data to arrive", isDataAvailable: false, isTriggerActive: false };
    if (this.#idleSinceMicros === 0) {
      this.#idleSinceMicros = clock.nowMicros();
      listeners.idle();
    } else if (clock.nowMicros() - this.#idleSinceMicros > IDLE_DONE_MICROS) await checkpoint.idle();
    if (trigger.kind === "processingTime") return;
    const polled = sources.some(({ source }) => source.onData === undefined);
    const now = clock.nowMicros();
    await this.#sleep(Math.min(now + (polled ? POLL_MICROS : IDLE_DONE_MICROS), tracker.nextIdleMicros(now), query.dueMicros), () => this.#woken || this.#draining);
  }

  /** Until that moment, until `enough` holds after a wake-up, or until the query is to stop. */
  async #sleep(untilMicros: number, enough: () => boolean): Promise<void> {
    const { clock } = this.#options;
    while (!this.#stopping && !enough()) {
      const left = untilMicros - clock.nowMicros();
      if (left <= 0) return;
      const timer = clock.after(left, () => this.#wake.resolve());
      await this.#wake.promise;
      timer.cancel();
      this.#wake = Promise.withResolvers<void>();
    }
  }
}
