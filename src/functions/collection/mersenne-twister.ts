/**
 * MT19937 (Matsumoto and Nishimura, ACM Transactions on Modeling and Computer Simulation 8, 1998), seeded with a 64-bit number as
 * Apache Commons Math does: Spark's shuffle(array, seed) draws from it.
 */
const N = 624, M = 397;

export class MersenneTwister {
  readonly #state = new Uint32Array(N);
  #at = N;

  constructor(seed: bigint) {
    const key = [Number(BigInt.asUintN(32, seed >> 32n)), Number(BigInt.asUintN(32, seed))], state = this.#state;
    state[0] = 19_650_218;
    for (let i = 1; i < N; i++) state[i] = Math.imul(1_812_433_253, state[i - 1]! ^ (state[i - 1]! >>> 30)) + i;
    let i = 1, j = 0;
    for (let k = N; k > 0; k--) {
      state[i] = (state[i]! ^ Math.imul(state[i - 1]! ^ (state[i - 1]! >>> 30), 1_664_525)) + key[j]! + j;
      if (++i >= N) { state[0] = state[N - 1]!; i = 1; }
      if (++j >= key.length) j = 0;
    }
    for (let k = N - 1; k > 0; k--) {
      state[i] = (state[i]! ^ Math.imul(state[i - 1]! ^ (state[i - 1]! >>> 30), 1_566_083_941)) - i;
      if (++i >= N) { state[0] = state[N - 1]!; i = 1; }
    }
    state[0] = 0x8000_0000;
  }

  /** 32 bits, unsigned. */
  next(): number {
    const state = this.#state;
    if (this.#at >= N) {
      for (let k = 0; k < N; k++) {
        const y = (state[k]! & 0x8000_0000) | (state[(k + 1) % N]! & 0x7fff_ffff);
        state[k] = state[(k + M) % N]! ^ (y >>> 1) ^ ((y & 1) === 0 ? 0 : 0x9908_b0df);
      }
      this.#at = 0;
    }
    let y = state[this.#at++]!;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c_5680;
    y ^= (y << 15) & 0xefc6_0000;
    y ^= y >>> 18;
    return y >>> 0;
  }

  /** A whole number from 0, below `n`. */
  below(n: number): number {
    if ((n & -n) === n) return Math.floor(n * (this.next() >>> 1) / 2 ** 31);
    for (;;) {
      const bits = this.next() >>> 1, value = bits % n;
      if (bits - value + (n - 1) < 2 ** 31) return value;
    }
  }
}
