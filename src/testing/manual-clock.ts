/** A clock that a test owns: time stands still until it is moved. */
import type { Clock, Timer } from "../base/clock.ts";

interface Waiting { readonly dueMicros: number; readonly call: () => void; readonly order: number }

export class ManualClock implements Clock {
  #nowMicros: number;
  #monotonicMicros = 0;
  #orders = 0;
  readonly #waiting = new Set<Waiting>();

  constructor(nowMicros: number) { this.#nowMicros = nowMicros; }

  nowMicros(): number { return this.#nowMicros; }
  monotonicMicros(): number { return this.#monotonicMicros; }

  after(delayMicros: number, call: () => void): Timer {
    const waiting = { dueMicros: this.#monotonicMicros + Math.max(0, delayMicros), call, order: this.#orders++ };
    this.#waiting.add(waiting);
    return { cancel: () => { this.#waiting.delete(waiting); } };
  }

  /** Moves time on; timers that come due fire at their own time, earliest first, and what they start gets its turn. */
  async advance(byMicros: number): Promise<void> {
    const end = this.#monotonicMicros + byMicros;
    for (;;) {
      const next = [...this.#waiting].filter(w => w.dueMicros <= end).sort((a, b) => a.dueMicros - b.dueMicros || a.order - b.order)[0];
      if (next === undefined) break;
      this.#waiting.delete(next);
      this.#moveTo(Math.max(next.dueMicros, this.#monotonicMicros));
      next.call();
      await turn();
    }
    this.#moveTo(end);
    await turn();
  }

  /** Moves time on in one step, as a process that was suspended sees it; what came due fires afterwards. */
  async jump(byMicros: number): Promise<void> {
    this.#moveTo(this.#monotonicMicros + byMicros);
    await this.advance(0);
  }

  #moveTo(monotonicMicros: number): void {
    this.#nowMicros += monotonicMicros - this.#monotonicMicros;
    this.#monotonicMicros = monotonicMicros;
  }
}

const turn = (): Promise<void> => new Promise(resolve => { setImmediate(resolve); });
