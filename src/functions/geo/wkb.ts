/**
 * Well-known binary (OGC 06-103r4, ISO 13249-3): shapes as bytes, checked and written anew in one byte order. Types from 1,000 on
 * have a height, from 2,000 a measure, from 3,000 both.
 */

export class WkbError extends Error {
  readonly offset: number;
  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

export interface WkbOptions {
  /** Longitudes and latitudes: within 180 and 90 degrees. */
  readonly isGeography: boolean;
  readonly littleEndian: boolean;
}

const POINT = 1, LINE = 2, POLYGON = 3, COLLECTION = 7;
const NAMES = ["", "Point", "LineString", "Polygon", "MultiPoint", "MultiLineString", "MultiPolygon", "GeometryCollection"];
const MAX_DEPTH = 100;

/** The shape in the wanted byte order; what stands behind it is left out. @throws WkbError */
export function rewriteWkb(bytes: Uint8Array, options: WkbOptions): Uint8Array {
  const rewriter = new Rewriter(bytes, options);
  rewriter.shape(0);
  return rewriter.written;
}

class Rewriter {
  readonly #in: DataView;
  readonly #out: DataView;
  readonly #options: WkbOptions;
  #at = 0;
  #littleEndian = true;

  constructor(bytes: Uint8Array, options: WkbOptions) {
    this.#in = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#out = new DataView(new ArrayBuffer(bytes.byteLength));
    this.#options = options;
  }

  get written(): Uint8Array { return new Uint8Array(this.#out.buffer, 0, this.#at); }

  shape(depth: number, wanted?: number): void {
    if (depth > MAX_DEPTH) throw new WkbError("Shapes are nested too deep", this.#at);
    const start = this.#at;
    this.#need(5, start);
    const order = this.#in.getUint8(start);
    if (order > 1) throw new WkbError(`Invalid byte order ${order}`, start);
    this.#littleEndian = order === 1;
    this.#out.setUint8(this.#at++, this.#options.littleEndian ? 1 : 0);
    const type = this.#count(), kind = type % 1000, dimensions = Math.floor(type / 1000);
    if (kind < POINT || kind > COLLECTION || dimensions > 3) throw new WkbError(`Invalid or unsupported type ${type}`, start + 1);
    if (wanted !== undefined && kind !== wanted) throw new WkbError(`Expected ${NAMES[wanted]!} in ${NAMES[wanted + 3]!}`, start);
    const width = dimensions === 0 ? 2 : dimensions === 3 ? 4 : 3;
    switch (kind) {
      case POINT: this.#point(width, true); return;
      case LINE: this.#line(width, "linestring", 2, false); return;
      case POLYGON: for (let rings = this.#count(); rings > 0; rings--) this.#line(width, "ring", 4, true); return;
      default: for (let parts = this.#count(); parts > 0; parts--) this.shape(depth + 1, kind === COLLECTION ? undefined : kind - 3);
    }
  }

  #need(bytes: number, start: number): void { if (this.#at + bytes > this.#in.byteLength) throw new WkbError("Unexpected end of WKB buffer", start); }

  #count(): number {
    this.#need(4, this.#at);
    const value = this.#in.getUint32(this.#at, this.#littleEndian);
    this.#out.setUint32(this.#at, value, this.#options.littleEndian);
    this.#at += 4;
    return value;
  }

  /** A point none of whose coordinates is a number is empty. */
  #point(width: number, mayBeEmpty: boolean): readonly number[] {
    const start = this.#at, values: number[] = [];
    this.#need(8 * width, start);
    for (let i = 0; i < width; i++) {
      const value = this.#in.getFloat64(this.#at, this.#littleEndian);
      this.#out.setFloat64(this.#at, value, this.#options.littleEndian);
      this.#at += 8;
      values.push(value);
    }
    if (mayBeEmpty && values.every(Number.isNaN)) return values;
    const [x, y] = values as [number, number];
    if (!values.every(Number.isFinite) || this.#options.isGeography && (Math.abs(x) > 180 || Math.abs(y) > 90)) throw new WkbError("Invalid coordinate value found", start);
    return values;
  }

  #line(width: number, what: string, least: number, isClosed: boolean): void {
    const start = this.#at, points = this.#count();
    if (points > 0 && points < least) throw new WkbError(`Too few points in ${what}`, start);
    let first: readonly number[] | undefined, last: readonly number[] | undefined;
    for (let i = 0; i < points; i++) {
      last = this.#point(width, false);
      first ??= last;
    }
    if (isClosed && first !== undefined && first.some((value, i) => value !== last![i])) throw new WkbError("Ring is not closed", start);
  }
}
