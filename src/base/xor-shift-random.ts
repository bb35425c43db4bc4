/** The generator behind Spark's samples (XORShiftRandom): the same seed gives the same rows. 64 bits of state, in two halves. */
export class XorShiftRandom {
  #high: number;
  #low: number;

  constructor(seed: bigint) {
    // The seed is hashed first, so that neighbouring seeds have nothing in common.
    const bytes = new DataView(new ArrayBuffer(8));
    bytes.setBigInt64(0, BigInt.asIntN(64, seed));
    const words = [bytes.getUint32(0, true), bytes.getUint32(4, true)] as const;
    this.#low = murmur(words, ARRAY_SEED);
    this.#high = murmur(words, this.#low);
  }

  /** From 0 to 1, 1 excluded. */
  double(): number { return (this.#bits(26) * 2 ** 27 + this.#bits(27)) / 2 ** 53; }

  /** 32 bits, signed. */
  int(): number { return this.#bits(32); }

  #bits(count: number): number {
    let high = this.#high, low = this.#low;
    high ^= (high << 21) | (low >>> 11);
    low ^= low << 21;
    low ^= high >>> 3;
    high ^= (high << 4) | (low >>> 28);
    low ^= low << 4;
    this.#high = high;
    this.#low = low;
    return low & (2 ** count - 1);
  }
}

const ARRAY_SEED = 0x3c074a61;

/** MurmurHash3 of two words. */
function murmur(words: readonly [number, number], seed: number): number {
  let hash = seed;
  for (const word of words) {
    let k = Math.imul(word, 0xcc9e2d51);
    k = Math.imul((k << 15) | (k >>> 17), 0x1b873593);
    hash ^= k;
    hash = (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0;
  }
  hash ^= 8;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
