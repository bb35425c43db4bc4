/** Split block Bloom filters of columns that are written, by the options of parquet-java. */
import { kernels } from "../../kernels/kernels.ts";
import type { Arena } from "../../memory/arena.ts";
import { invalidOption, optionOf, positiveOption, type FormatOptions } from "../options.ts";
import { BLOCK_BYTES, SALTS } from "./bloom.ts";
import { PHYSICAL } from "./metadata.ts";
import { ThriftWriter } from "./thrift-writer.ts";
import type { WriteLeaf } from "./write-schema.ts";

const NAME = "parquet.bloom.filter", MAX_BYTES = 1 << 20, RATE = 0.01;
/** How the kernel takes values: bytes of a view, words of 8 and of 4 bytes. */
const KIND_VIEW = 8, KIND_WORD = 4, KIND_HALF = 3;

/** Makes the filter of a leaf in a row group; undefined if options ask for none, or the leaf's values are booleans or fixed bytes. @throws AnalysisError for wrong values */
export function bloomFor(leaf: WriteLeaf, options: FormatOptions): (() => BloomBuilder) | undefined {
  const column = leaf.path.join("."), option = (name: string): string | undefined => optionOf(options, `${NAME}.${name}#${column}`) ?? optionOf(options, `${NAME}.${name}`);
  const enabled = option("enabled")?.toLowerCase();
  if (enabled !== undefined && enabled !== "true" && enabled !== "false") throw invalidOption(`${NAME}.enabled`, enabled, "a boolean");
  if (enabled !== "true" || leaf.physical === PHYSICAL.boolean || leaf.physical === PHYSICAL.fixed) return undefined;
  const rate = Number(option("fpp") ?? RATE), distinct = option("expected.ndv"), most = positiveOption(options, `${NAME}.max.bytes`, MAX_BYTES);
  if (!(rate > 0 && rate < 1)) throw invalidOption(`${NAME}.fpp`, String(rate), "between 0 and 1");
  if (distinct !== undefined && !(Number(distinct) >= 1)) throw invalidOption(`${NAME}.expected.ndv`, distinct, "a positive number");
  const wanted = distinct === undefined ? most : -8 * Number(distinct) / Math.log(1 - rate ** (1 / 8)) / 8, bytes = 2 ** Math.ceil(Math.log2(Math.min(Math.max(wanted, BLOCK_BYTES), most)));
  return () => new BloomBuilder(leaf, Math.max(BLOCK_BYTES, bytes > most ? bytes / 2 : bytes), rate);
}

export class BloomBuilder {
  readonly #kind: number;
  readonly #rate: number;
  #words: Uint32Array;

  /** `bytes`: a power of two. */
  constructor({ physical, rawWidth }: WriteLeaf, bytes: number, rate: number) {
    this.#kind = physical === PHYSICAL.byteArray ? KIND_VIEW : rawWidth === 8 ? KIND_WORD : KIND_HALF;
    this.#words = new Uint32Array(bytes / 4);
    this.#rate = rate;
  }

  /** Values as pages have them: views, or numbers of 4 or 8 bytes. */
  add(raw: number, count: number, arena: Arena): void {
    const hashes = arena.allocateZeroed(8 * count), words = this.#words, blocks = words.length / 8, { u32 } = arena.memory;
    kernels().xxhashRows(this.#kind, raw, 0xffffffff, 0, 0, count, hashes);
    for (let i = 0, at = hashes >>> 2; i < count; i++, at += 2) {
      const key = u32[at]!, block = 8 * Math.floor(u32[at + 1]! * blocks / 2 ** 32);
      for (let k = 0; k < 8; k++) words[block + k]! |= 1 << (Math.imul(key, SALTS[k]!) >>> 27);
    }
  }

  /** Its head and bits, made as small as the rate of wrong answers allows: neighbouring blocks are put together while few bits are set. */
  finish(): Uint8Array {
    const limit = this.#rate ** (1 / 8);
    for (let words = this.#words; words.length > 8;) {
      const half = new Uint32Array(words.length / 2);
      let ones = 0;
      for (let i = 0; i < half.length; i++) {
        const from = (i >>> 3) * 16 + (i & 7), both = words[from]! | words[from + 8]!;
        half[i] = both;
        ones += bitsIn(both);
      }
      if (ones > limit * 32 * half.length) break;
      this.#words = words = half;
    }
    const bits = Buffer.alloc(4 * this.#words.length);
    this.#words.forEach((word, i) => bits.writeUInt32LE(word, 4 * i));
    const one = (head: ThriftWriter, id: number): ThriftWriter => head.struct(id, () => head.struct(1, () => { /* no members */ }));
    return Buffer.concat([ThriftWriter.bytesOf(head => { one(one(one(head.i32(1, bits.length), 2), 3), 4); }), bits]);
  }
}

function bitsIn(word: number): number {
  let v = word - ((word >>> 1) & 0x55555555);
  v = (v & 0x33333333) + ((v >>> 2) & 0x33333333);
  return Math.imul((v + (v >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
