/**
 * Kernels of assembly/expression-text.ts. Rows, masks and validity as in ExpressionKernels. Results share the bytes of their
 * strings or lie in `heap`, whose size the function named after them (`...Bytes`) tells, or the strings' own bytes.
 */
export interface TextKernels {
  /** `sides`: 1 front, 2 back; a set of ASCII characters as bits. */
  trimViews(sides: number, low: bigint, high: bigint, a: number, am: number, sel: number, count: number, out: number): void;
  positionViews(a: number, am: number, b: number, bm: number, sel: number, count: number, out: number): void;
  partViews(part: number, a: number, am: number, b: number, bm: number, sel: number, count: number, out: number): void;
  indexViews(wanted: number, a: number, am: number, b: number, bm: number, sel: number, count: number, out: number): void;
  replaceBytes(a: number, am: number, b: number, bm: number, c: number, cm: number, valid: number, sel: number, count: number): number;
  replaceViews(a: number, am: number, b: number, bm: number, c: number, cm: number, valid: number, sel: number, count: number, out: number, heap: number): void;
  padBytes(points: number, padBytesEach: number, a: number, am: number, sel: number, count: number): number;
  padViews(side: number, points: number, pad: number, a: number, am: number, sel: number, count: number, out: number, heap: number): void;
  repeatViews(times: number, a: number, am: number, valid: number, sel: number, count: number, out: number, heap: number): void;
  translateViews(table: number, a: number, am: number, valid: number, sel: number, count: number, out: number, heap: number): number;
  rearrangeViews(how: number, a: number, am: number, valid: number, sel: number, count: number, out: number, heap: number): number;
  firstPoints(a: number, am: number, sel: number, count: number, out: number): void;
  joinAllBytes(parts: number, partCount: number, separator: number, sel: number, count: number): number;
  joinAllViews(parts: number, partCount: number, separator: number, sel: number, count: number, out: number, heap: number): void;
}
