/**
 * Kernels of assembly/expression*.ts. Rows come as a selection (pointer to u32 row numbers, or 0 for the first `count`);
 * results are written at the row's own place. An argument's mask is ANDed with the row number: -1 for a column, 0 for a
 * constant. Validity pointers may be 0. Kernels that can fail return the first failing row, or -1.
 */
export interface ExpressionKernels {
  validAnd(a: number, b: number, sel: number, count: number, out: number): void;
  selectTrue(data: number, valid: number, mask: number, sel: number, count: number, out: number): number;
  selectNotTrue(data: number, valid: number, mask: number, sel: number, count: number, out: number): number;
  selectByValidity(valid: number, mask: number, wanted: number, sel: number, count: number, out: number): number;
  selectUndecided(isAnd: number, data: number, valid: number, mask: number, sel: number, count: number, out: number): number;
  combineLogical(isAnd: number, leftValid: number, leftMask: number, right: number, rightValid: number, rightMask: number, sel: number, count: number, data: number, valid: number): void;
  notRows(a: number, mask: number, sel: number, count: number, out: number): void;
  validityRows(valid: number, mask: number, flip: number, sel: number, count: number, out: number): void;
  nullSafe(equal: number, av: number, am: number, bv: number, bm: number, sel: number, count: number): void;
  copyRows(from: number, mask: number, width: number, sel: number, count: number, to: number): void;
  fillRows(byte: number, sel: number, count: number, to: number): void;
  orRows(a: number, b: number, sel: number, count: number): void;
  compare(kind: number, op: number, a: number, am: number, b: number, bm: number, sel: number, count: number, out: number): void;
  selectCompare(kind: number, op: number, a: number, am: number, av: number, b: number, bm: number, bv: number, sel: number, count: number, out: number): number;
  arithmetic(kind: number, op: number, a: number, am: number, b: number, bm: number, valid: number, sel: number, count: number, out: number): number;
  decimalSum(a: number, am: number, fa: bigint, b: number, bm: number, fb: bigint, sel: number, count: number, out: number): void;
  decimalProduct(a: number, am: number, b: number, bm: number, sel: number, count: number, out: number): void;
  decimalProductWide(a: number, am: number, b: number, bm: number, sel: number, count: number, out: number): void;
  decimalSumWide(aWide: number, a: number, am: number, fa: bigint, bWide: number, b: number, bm: number, fb: bigint, sel: number, count: number, out: number): void;
  decimalProductMixed(a: number, am: number, b: number, bm: number, sel: number, count: number, out: number): void;
  /** The products of decimals of 64 or 128 bits; the place in the selection of the first row that may not fit, or -1. */
  decimalProductChecked(aWide: number, a: number, am: number, bWide: number, b: number, bm: number, valid: number, sel: number, from: number, count: number, out: number): number;
  scaleUp(kind: number, wide: number, factor: bigint, a: number, am: number, sel: number, count: number, out: number): void;
  scaleDown(divisor: number, a: number, am: number, sel: number, count: number, out: number): void;
  dateField(field: number, days: number, mask: number, sel: number, count: number, out: number): void;
  clockField(unit: bigint, range: bigint, a: number, mask: number, sel: number, count: number, out: number): void;
  floorDivide(a: number, am: number, divisor: bigint, sel: number, count: number, out: number): void;
  convert(from: number, to: number, a: number, am: number, valid: number, sel: number, count: number, out: number): number;
  stringLength(inBytes: number, a: number, am: number, sel: number, count: number, out: number): void;
  longBytes(a: number, am: number, sel: number, count: number): number;
  changeCase(toLower: number, a: number, am: number, valid: number, sel: number, count: number, out: number, heap: number): number;
  substringViews(a: number, am: number, position: number, length: number, sel: number, count: number, out: number): void;
  stringTest(op: number, a: number, am: number, b: number, bm: number, sel: number, count: number, out: number): void;
  /** LIKE; `pattern`: bytes in which 0xff is any text and 0xfe one character. */
  likeViews(a: number, am: number, pattern: number, length: number, sel: number, count: number, out: number): void;
  joinedBytes(a: number, am: number, b: number, bm: number, sel: number, count: number): number;
  integersToViews(kind: number, a: number, am: number, sel: number, count: number, out: number, heap: number): void;
  timestampsToViews(a: number, am: number, valid: number, sel: number, count: number, out: number, heap: number): number;
  datesToViews(a: number, am: number, valid: number, sel: number, count: number, out: number): number;
  /** 1 if the bytes of all selected rows that aren't null are UTF-8. */
  viewsAreUtf8(a: number, am: number, valid: number, sel: number, count: number): number;
  viewsToIntegers(kind: number, a: number, am: number, valid: number, sel: number, count: number, out: number): number;
  joinStrings(a: number, am: number, b: number, bm: number, valid: number, sel: number, count: number, out: number, heap: number): void;
}

/** How kernels name the layouts they work on. */
export const KIND = { u8: 0, i8: 1, i16: 2, i32: 3, i64: 4, f32: 5, f64: 6, i128: 7, view: 8 } as const;
