/** Kernels of assembly/expression-numbers.ts. Kinds as in KIND; rows, masks and validity as in ExpressionKernels; those that can fail return the first failing row, or -1. */
export interface NumberKernels {
  absolute(kind: number, a: number, am: number, valid: number, sel: number, count: number, out: number): number;
  /** 0 and, 1 or, 2 exclusive or, 3 not a. */
  bitsOfRows(kind: number, op: number, a: number, am: number, b: number, bm: number, sel: number, count: number, out: number): void;
  /** 0 left, 1 right, 2 right without the sign; b: i32. */
  shiftBits(kind: number, op: number, a: number, am: number, b: number, bm: number, sel: number, count: number, out: number): void;
  countBits(kind: number, a: number, am: number, sel: number, count: number, out: number): void;
  positiveRemainder(kind: number, a: number, am: number, b: number, bm: number, valid: number, sel: number, count: number, out: number): number;
  /** The greater (1) or lesser (-1) of two; writes validity for each row. */
  extremeRows(kind: number, sign: number, a: number, am: number, av: number, b: number, bm: number, bv: number, sel: number, count: number, out: number, outValid: number): void;
  /** ceil (`up` 1) and floor of doubles as i64. */
  wholeParts(up: number, a: number, am: number, valid: number, sel: number, count: number, out: number): number;
  /** i64 by a divisor: 0 half up, 1 half even, 2 up, 3 down. */
  divideRounded(how: number, divisor: bigint, a: number, am: number, sel: number, count: number, out: number): void;
  /** `a * factor / b` of decimals, halves away from zero, below a limit; fails for values beyond 64 bits, by zero and at the limit. */
  decimalQuotient(aWide: number, a: number, am: number, bWide: number, b: number, bm: number, factor: bigint, limitLow: bigint, limitHigh: bigint, outWide: number, valid: number, sel: number, count: number, out: number): number;
  /** Decimals of at most 18 digits behind the point as text; 24 bytes of `heap` a row. Fails for values beyond 64 bits. */
  decimalsToViews(wide: number, scale: number, a: number, am: number, valid: number, sel: number, count: number, out: number, heap: number): number;
  /** Chains a column into hashes of 32 bits. */
  murmurRows(kind: number, a: number, am: number, valid: number, sel: number, count: number, hashes: number): void;
  /** Chains a column into hashes of 64 bits. */
  xxhashRows(kind: number, a: number, am: number, valid: number, sel: number, count: number, hashes: number): void;
}
