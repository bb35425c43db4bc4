/** A clock that stands until it is told to go on; timers fire in their order on the way. */
import type { Clock, Timer } from "../../../src/base/clock.ts";

export class ManualClock implements Clock {
  #now: number;
  #timers: { at: number; call: () => void }[] = [];

  constructor(startMicros: number) {
    this.#now = startMicros;
  }

  nowMicros(): number { return this.#now; }
  monotonicMicros(): number { return this.#now; }
  get pending(): number { return this.#timers.length; }

  after(delayMicros: number, call: () => void): Timer {
    const timer = { at: this.#now + Math.max(0, delayMicros), call };
    this.#timers.push(timer);
    return { cancel: () => { this.#timers = this.#timers.filter(each => each !== timer); } };
  }

  advance(micros: number): void {
    const end = this.#now + micros;
    for (;;) {
      let next: { at: number; call: () => void } | undefined;
      for (const timer of this.#timers) if (timer.at <= end && (next === undefined || timer.at < next.at)) next = timer;
      if (next === undefined) break;
      this.#timers = this.#timers.filter(each => each !== next);
      this.#now = Math.max(this.#now, next.at);
      next.call();
    }
    this.#now = end;
  }
}
