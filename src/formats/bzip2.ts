/** Bytes that bzip2 compressed, decompressed (its format as J. Seward's program writes it; checksums are checked). */

const BLOCK = 0x314159265359n, END = 0x177245385090n;
const MAX_SELECTORS = 18_002, GROUP = 50, MAX_LENGTH = 20;

/** @throws Error for bytes that are none, or that become more than `limit` */
export function bunzip2(source: Uint8Array, limit: number): Uint8Array {
  const out: Uint8Array[] = [];
  let total = 0;
  const bits = new Bits(source);
  do {
    if (bits.take(24) !== 0x425a68) throw new Error("it doesn't begin as bzip2 does");
    const level = bits.take(8) - 0x30;
    if (level < 1 || level > 9) throw new Error("it has no good size of blocks");
    let checksum = 0;
    for (;;) {
      const mark = (BigInt(bits.take(24)) << 24n) | BigInt(bits.take(24));
      if (mark === END) break;
      if (mark !== BLOCK) throw new Error("a block doesn't begin as one does");
      const expected = bits.word(), block = readBlock(bits, level * 100_000, limit - total), actual = crc(block);
      if (actual !== expected) throw new Error("a block has another checksum than it says");
      checksum = (((checksum << 1) | (checksum >>> 31)) ^ actual) >>> 0;
      total += block.length;
      out.push(block);
    }
    if (bits.word() !== checksum) throw new Error("it has another checksum than it says");
    bits.align();
  } while (bits.left > 0);
  return out.length === 1 ? out[0]! : Buffer.concat(out);
}

class Bits {
  readonly #bytes: Uint8Array;
  #at = 0;
  #held = 0;
  #count = 0;
  constructor(bytes: Uint8Array) { this.#bytes = bytes; }

  /** Up to 24 bits, highest first. */
  take(count: number): number {
    while (this.#count < count) {
      if (this.#at >= this.#bytes.length) throw new Error("it ends early");
      this.#held = ((this.#held << 8) | this.#bytes[this.#at++]!) >>> 0;
      this.#count += 8;
    }
    this.#count -= count;
    const value = (this.#held >>> this.#count) & ((1 << count) - 1);
    this.#held &= (1 << this.#count) - 1;
    return value;
  }
  word(): number { return ((this.take(16) << 16) | this.take(16)) >>> 0; }
  align(): void { this.#count = 0; this.#held = 0; }
  get left(): number { return this.#bytes.length - this.#at; }
}

function readBlock(bits: Bits, size: number, limit: number): Uint8Array {
  if (bits.take(1) === 1) throw new Error("randomised blocks are not supported");
  const start = bits.take(24), used = bits.take(16), symbols: number[] = [];
  for (let i = 0; i < 16; i++) {
    if (((used >> (15 - i)) & 1) === 0) continue;
    const inner = bits.take(16);
    for (let j = 0; j < 16; j++) if (((inner >> (15 - j)) & 1) === 1) symbols.push(16 * i + j);
  }
  const alphabet = symbols.length + 2, tables = bits.take(3), selectorCount = bits.take(15);
  if (symbols.length === 0 || tables < 2 || tables > 6 || selectorCount < 1 || selectorCount > MAX_SELECTORS) throw new Error("a block has no good tables");
  const order = Array.from({ length: tables }, (_, i) => i), selectors = new Uint8Array(selectorCount);
  for (let i = 0; i < selectorCount; i++) {
    let place = 0;
    while (bits.take(1) === 1) if (++place >= tables) throw new Error("a block has no good tables");
    const [chosen] = order.splice(place, 1);
    order.unshift(chosen!);
    selectors[i] = chosen!;
  }
  const codes = Array.from({ length: tables }, () => {
    const lengths = new Uint8Array(alphabet);
    let length = bits.take(5);
    for (let i = 0; i < alphabet; i++) {
      for (;;) {
        if (length < 1 || length > MAX_LENGTH) throw new Error("a block has no good codes");
        if (bits.take(1) === 0) break;
        length += bits.take(1) === 0 ? 1 : -1;
      }
      lengths[i] = length;
    }
    return new Huffman(lengths);
  });
  // Moves to the front, and runs of the first symbol, undone.
  const front = Uint8Array.from(symbols), words = new Uint32Array(size), counts = new Uint32Array(256), endOfBlock = alphabet - 1;
  let length = 0, group = 0, left = 0, code = codes[0]!, run = 0, bit = 1;
  const flush = (): void => {
    if (run === 0) return;
    if (length + run > size) throw new Error("a block is too long");
    words.fill(front[0]!, length, length + run);
    counts[front[0]!]! += run;
    length += run;
    run = 0;
    bit = 1;
  };
  for (;;) {
    if (left-- === 0) {
      if (group >= selectorCount) throw new Error("a block is too long");
      code = codes[selectors[group++]!]!;
      left = GROUP - 1;
    }
    const symbol = code.next(bits);
    if (symbol <= 1) {
      if (bit > size) throw new Error("a block is too long");
      run += bit << symbol;
      bit <<= 1;
      continue;
    }
    flush();
    if (symbol === endOfBlock) break;
    const place = symbol - 1, value = front[place]!;
    front.copyWithin(1, 0, place);
    front[0] = value;
    if (length >= size) throw new Error("a block is too long");
    words[length++] = value;
    counts[value]!++;
  }
  return unsorted(words, length, start, counts, limit);
}

/** The transform of Burrows and Wheeler undone, and runs of four and more behind it. */
function unsorted(words: Uint32Array, length: number, start: number, counts: Uint32Array, limit: number): Uint8Array {
  if (length === 0 || start >= length) throw new Error("a block begins nowhere");
  const places = new Uint32Array(256);
  for (let i = 1; i < 256; i++) places[i] = places[i - 1]! + counts[i - 1]!;
  for (let i = 0; i < length; i++) words[places[words[i]! & 0xff]!++]! |= i << 8;
  let out = new Uint8Array(Math.max(64, 2 * length)), size = 0, at = words[start]! >>> 8, previous = -1, repeated = 0;
  for (let i = 0; i < length; i++) {
    const word = words[at]!, value = word & 0xff;
    at = word >>> 8;
    const count = repeated === 4 ? value : 1;
    if (size + count > limit) throw new Error(`it becomes more than ${limit} bytes`);
    if (size + count > out.length) {
      const larger = new Uint8Array(2 * out.length + count);
      larger.set(out);
      out = larger;
    }
    if (repeated === 4) {
      out.fill(previous, size, size + count);
      size += count;
      repeated = 0;
      previous = -1;
      continue;
    }
    out[size++] = value;
    repeated = value === previous ? repeated + 1 : 1;
    previous = value;
  }
  return out.subarray(0, size);
}

/** Canonical codes of up to twenty bits. */
class Huffman {
  readonly #limit = new Int32Array(MAX_LENGTH + 2).fill(-1);
  readonly #base = new Int32Array(MAX_LENGTH + 2);
  readonly #symbols: number[];
  readonly #least: number;

  constructor(lengths: Uint8Array) {
    this.#symbols = [...lengths.keys()].sort((a, b) => lengths[a]! - lengths[b]! || a - b);
    this.#least = lengths[this.#symbols[0]!]!;
    let code = 0, index = 0;
    for (let length = this.#least; length <= MAX_LENGTH; length++) {
      this.#base[length] = index - code;
      while (index < lengths.length && lengths[this.#symbols[index]!] === length) {
        code++;
        index++;
      }
      this.#limit[length] = code - 1;
      code <<= 1;
    }
  }

  next(bits: Bits): number {
    let length = this.#least, code = bits.take(length);
    while (code > this.#limit[length]!) {
      if (++length > MAX_LENGTH) throw new Error("a code is none");
      code = (code << 1) | bits.take(1);
    }
    const symbol = this.#symbols[code + this.#base[length]!];
    if (symbol === undefined) throw new Error("a code is none");
    return symbol;
  }
}

const TABLE = Uint32Array.from({ length: 256 }, (_, i) => {
  let value = i << 24;
  for (let k = 0; k < 8; k++) value = (value & 0x80000000) !== 0 ? (value << 1) ^ 0x04c11db7 : value << 1;
  return value >>> 0;
});
/** The checksum of bzip2: highest bit first. */
function crc(bytes: Uint8Array): number {
  let value = 0xffffffff;
  for (const byte of bytes) value = ((value << 8) ^ TABLE[(value >>> 24) ^ byte]!) >>> 0;
  return ~value >>> 0;
}
