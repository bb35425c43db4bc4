/**
 * Operators that may have had enough before their input ends: a limit that is met, a join whose kept side is empty. What lies below one is
 * neither read nor finished from then on, as nothing of it could come out: no file is opened, no build side is read, no group is evaluated.
 */
import type { Pipeline } from "./planner.ts";

export class Stop {
  /** The last pipeline below the operator, set when the plan is built: where it would have been finished. */
  last: Pipeline | undefined;
  readonly #isMet: () => boolean;
  readonly #finish: () => void;

  /** `finish`: of the operator; what it still holds comes out. */
  constructor(isMet: () => boolean, finish: () => void) {
    this.#isMet = isMet;
    this.#finish = finish;
  }

  get isMet(): boolean { return this.#isMet(); }
  finish(): void { this.#finish(); }
}

/** The outermost operator above a pipeline that has had enough. */
export const metAbove = ({ stops }: Pipeline): Stop | undefined => stops.find(stop => stop.isMet);
