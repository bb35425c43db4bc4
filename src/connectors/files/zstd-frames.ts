/**
 * Finds where frames of Zstandard end (RFC 8878, 3.1), without decompressing: the decompressor of Node takes a further frame only if it begins
 * with a write of its own.
 */
type Part = "magic" | "descriptor" | "header" | "block" | "content" | "checksum" | "size" | "skipped";

export class ZstdFrames {
  /** Bytes of what is being walked over that are still to come, and what follows. */
  #left = 4;
  #next: Part = "magic";
  /** The field that is being read, little end first. */
  #value = 0;
  #shift = 0;
  #hasChecksum = false;
  #isLast = false;

  /** The chunk in pieces, cut behind the last byte of each frame. */
  *cut(chunk: Uint8Array): Generator<Uint8Array> {
    let from = 0;
    for (let at = 0; at < chunk.length;) {
      if (this.#isPassed()) {
        const passed = Math.min(this.#left, chunk.length - at);
        at += passed;
        this.#left -= passed;
      } else {
        this.#value += chunk[at++]! * 2 ** this.#shift;
        this.#shift += 8;
        this.#left--;
      }
      let ended = false;
      while (this.#left === 0 && !ended) ended = this.#step();
      if (!ended) continue;
      yield chunk.subarray(from, at);
      from = at;
    }
    if (from < chunk.length) yield chunk.subarray(from);
  }

  #isPassed(): boolean { return this.#next === "header" || this.#next === "content" || this.#next === "checksum" || this.#next === "skipped"; }

  #expect(next: Part, bytes: number): false {
    this.#next = next;
    this.#left = bytes;
    this.#value = this.#shift = 0;
    return false;
  }

  /** A field is whole. True: a frame ends here. */
  #step(): boolean {
    const value = this.#value;
    switch (this.#next) {
      // Another magic number is the decompressor's matter.
      case "magic": return value >= 0x184d2a50 && value <= 0x184d2a5f ? this.#expect("size", 4) : value === 0xfd2fb528 ? this.#expect("descriptor", 1) : this.#expect("skipped", Number.POSITIVE_INFINITY);
      case "size": return this.#expect("skipped", value);
      case "descriptor": {
        const isSingle = (value >> 5 & 1) === 1;
        this.#hasChecksum = (value >> 2 & 1) === 1;
        return this.#expect("header", (isSingle ? 0 : 1) + [0, 1, 2, 4][value & 3]! + [isSingle ? 1 : 0, 2, 4, 8][value >> 6]!);
      }
      case "header": return this.#expect("block", 3);
      case "block":
        this.#isLast = (value & 1) === 1;
        return this.#expect("content", (value >> 1 & 3) === 1 ? 1 : value >> 3);
      case "content": return this.#isLast ? this.#expect("checksum", this.#hasChecksum ? 4 : 0) : this.#expect("block", 3);
      case "checksum": case "skipped":
        this.#expect("magic", 4);
        return true;
    }
  }
}
