/** What readers of lines share: whole lines come from a framer, and are taken piece by piece. */
import type { DecodedBatch, FormatReader } from "./format-reader.ts";
import type { LineFrame, LineFramer, LongLine } from "./line-framer.ts";

export abstract class LineReader implements FormatReader {
  readonly #framer: LineFramer;
  #frame: LineFrame | undefined;
  /** Up to where lines of the frame were taken. */
  protected at = 0;

  constructor(framer: LineFramer) { this.#framer = framer; }

  /** `at` is where a new frame begins. */
  protected abstract begin(frame: LineFrame): void;
  /** Takes lines from `at` on, and moves it. */
  protected abstract take(frame: LineFrame): DecodedBatch;
  protected abstract longLine(line: LongLine): DecodedBatch;

  space(): { pointer: number; length: number } { return this.#framer.space(); }
  filled(bytes: number): void { this.#framer.filled(bytes); }
  end(): void { this.#framer.end(); }
  get boundary(): number | undefined { return this.#framer.offset; }

  reset(offset = 0): void {
    this.#framer.reset(offset);
    this.#frame = undefined;
  }

  next(): DecodedBatch | undefined {
    for (;;) {
      if (this.#frame === undefined) {
        const frame = this.#framer.next();
        if (frame === undefined) return undefined;
        if (frame.kind === "long") return this.longLine(frame);
        this.#frame = frame;
        this.at = frame.from;
        this.begin(frame);
      }
      const taken = this.take(this.#frame);
      if (this.at >= this.#frame.to) this.#frame = undefined;
      if (taken.batch.length > 0) return taken;
    }
  }

  release(): void { this.#framer.release(); }
}
