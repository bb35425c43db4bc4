// What the files of the NDJSON decoder share: the place and kind of the error that ended a value, byte tables, and
// helpers on raw bytes. All input ends in a line terminator with 64 readable bytes behind it, so a 16-byte load at
// any byte of a line stays inside.

/** Why a line can't become a row. These end the whole line; values of a wrong type are left to the caller's repairs. */
export const ERROR_SYNTAX: u32 = 1;
export const ERROR_UTF8: u32 = 2;
export const ERROR_ESCAPE: u32 = 3;
export const ERROR_CONTROL: u32 = 4;
export const ERROR_DEPTH: u32 = 5;
export const ERROR_NAME_LENGTH: u32 = 6;
export const ERROR_NUMBER_LENGTH: u32 = 7;

export let errorCode: u32 = 0;
export let errorAt: usize = 0;

/** Notes an error; the 0 it gives is what every parser here returns for "no value". */
export function fail(code: u32, at: usize): usize {
  errorCode = code;
  errorAt = at;
  return 0;
}

/** MASKS + 16 n: n bytes of ones, then zeros. */
export const MASKS: usize = memory.data(16 * 17, 16);
/** Powers of ten, 10^0 to 10^19. */
export const POWERS_OF_TEN: usize = memory.data<u64>([
  1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000, 10000000000, 100000000000, 1000000000000,
  10000000000000, 100000000000000, 1000000000000000, 10000000000000000, 100000000000000000, 1000000000000000000,
  10000000000000000000,
]);

export function fillMasks(): void {
  for (let n: usize = 0; n <= 16; n++) for (let i: usize = 0; i < 16; i++) store<u8>(MASKS + n * 16 + i, i < n ? 0xff : 0);
}

@inline export function isDigit(byte: u32): bool { return byte - 48 < 10; }
@inline export function isLineEnd(byte: u32): bool { return byte == 10 || byte == 13; }

/** The first byte at or after p that is neither space nor tab. Line terminators stop it: a record never spans lines. */
export function skipSpace(p: usize): usize {
  let c = load<u8>(p);
  while (c == 32 || c == 9) c = load<u8>(++p);
  return p;
}

/** The first line terminator at or after p. */
export function findLineEnd(p: usize): usize {
  while (true) {
    const v = v128.load(p);
    const m = i8x16.bitmask(v128.or(i8x16.eq(v, i8x16.splat(10)), i8x16.eq(v, i8x16.splat(13))));
    if (m) return p + ctz(m);
    p += 16;
  }
}

/** Writes a string view: bytes inline up to 12, else prefix and pointer. */
@inline export function storeView(out: usize, p: usize, length: u32): void {
  if (length <= 12) {
    const v = v128.and(v128.load(p), v128.load(MASKS + (<usize>length << 4)));
    v128.store(out, i32x4.replace_lane(v128.shuffle<u8>(v, v, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11), 0, length));
  } else {
    store<u64>(out, <u64>length | (<u64>load<u32>(p) << 32));
    store<u64>(out, <u64>p, 8);
  }
}
