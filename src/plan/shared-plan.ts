/** What a scan holds in place of a table where a part of a plan stands in it more than once: it is run once, and its rows are kept for all. */
import type { ResolvedRelation } from "./resolved.ts";

export class SharedPlan {
  readonly isStreaming = false;
  /** Its columns are those of the scans, by position. */
  readonly input: ResolvedRelation;
  /** Scans that read it. */
  readonly readers: number;
  readonly description: string;

  constructor(input: ResolvedRelation, number: number, readers: number) {
    this.input = input;
    this.readers = readers;
    this.description = `Shared ${number}`;
  }
}
