/** JavaScript twins of the kernels that undo what pages are packed with, over plain bytes: for tests. Undefined where the bytes are something else. */

/** The twin of parquetHybrid32 and parquetHybrid8. */
export function plainHybrid(bytes: Uint8Array, width: number, count: number): number[] | undefined {
  const values: number[] = [], bit = (from: number, i: number): number => (bytes[from + (i >>> 3)] ?? 0) >>> (i & 7) & 1;
  let at = 0;
  while (values.length < count) {
    let head = 0;
    for (let shift = 0;; shift += 7) {
      const byte = bytes[at++];
      if (byte === undefined || shift > 28) return undefined;
      head += (byte & 0x7f) * 2 ** shift % 2 ** 32;
      if (byte < 0x80) break;
    }
    head %= 2 ** 32;
    const n = Math.floor(head / 2);
    if (head % 2 === 1) {
      const there = bytes.length - at, all = 8 * n * width / 8 <= there || width === 0 ? 8 * n : Math.floor(8 * there / width);
      if (all === 0 && n > 0) return undefined;
      for (let i = 0; i < all && values.length < count; i++) {
        let value = 0;
        for (let b = 0; b < width; b++) value += bit(at, i * width + b) * 2 ** b;
        values.push(value);
      }
      at += Math.min(n * width, there);
    } else {
      const size = width + 7 >>> 3;
      if (n === 0) { if (bytes.length - at < size) return undefined; at += size; continue; }
      if (bytes.length - at < size) return undefined;
      let value = 0;
      for (let b = 0; b < size; b++) value += bytes[at++]! * 2 ** (8 * b);
      for (let i = 0; i < n && values.length < count; i++) values.push(value);
    }
  }
  return values;
}

/** The twin of parquetDelta. `end`: where the run ends. */
export function plainDelta(bytes: Uint8Array, count: number, bits: 32 | 64): { readonly values: bigint[]; readonly end: number } | undefined {
  let at = 0, isCut = false;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = bytes[at++];
      if (byte === undefined) break;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    isCut = true;
    return 0n;
  };
  const zigzag = (value: bigint): bigint => value >> 1n ^ -(value & 1n);
  const block = varint(), minis = varint(), total = varint(), first = varint();
  if (isCut || total !== BigInt(count) || minis === 0n || minis > 65536n || block === 0n || block > 1n << 24n || block % minis !== 0n || block / minis % 8n !== 0n) return undefined;
  if (count === 0) return { values: [], end: at };
  let value = zigzag(first);
  const values = [BigInt.asIntN(bits, value)], per = Number(block / minis);
  while (values.length < count) {
    const least = zigzag(varint()), widths = at;
    at += Number(minis);
    if (isCut || at > bytes.length) return undefined;
    for (let m = 0; m < Number(minis) && values.length < count; m++) {
      const width = bytes[widths + m]!, n = Math.min(per, count - values.length);
      if (width > 64 || bytes.length - at < Math.ceil(n * width / 8)) return undefined;
      for (let i = 0; i < n; i++) {
        let packed = 0n;
        for (let b = 0; b < width; b++) packed |= BigInt(bytes[at + (i * width + b >>> 3)]! >>> (i * width + b & 7) & 1) << BigInt(b);
        value += least + packed;
        values.push(BigInt.asIntN(bits, value));
      }
      at += Math.min(width * per / 8, bytes.length - at);
    }
  }
  return { values, end: at };
}

/** The twin of snappyDecompress. */
export function plainSnappy(bytes: Uint8Array, size: number): Uint8Array | undefined {
  const out: number[] = [];
  let at = 0, length = 0;
  for (let shift = 0;; shift += 7) {
    const byte = bytes[at++];
    if (byte === undefined || shift > 28) return undefined;
    length = (length + (byte & 0x7f) * 2 ** shift) % 2 ** 32;
    if (byte < 0x80) break;
  }
  if (length !== size) return undefined;
  while (at < bytes.length) {
    const tag = bytes[at++]!, kind = tag & 3, number = (width: number): number => {
      let value = 0;
      for (let b = 0; b < width; b++) value += bytes[at + b]! * 2 ** (8 * b);
      at += width;
      return value;
    };
    if (kind === 0) {
      let n = (tag >> 2) + 1;
      if (n > 60) {
        if (bytes.length - at < n - 60) return undefined;
        n = number(n - 60) + 1;
      }
      if (n > bytes.length - at || n > size - out.length) return undefined;
      for (let i = 0; i < n; i++) out.push(bytes[at++]!);
      continue;
    }
    if (bytes.length - at < [0, 1, 2, 4][kind]!) return undefined;
    const n = kind === 1 ? (tag >> 2 & 7) + 4 : (tag >> 2) + 1, offset = kind === 1 ? (tag >> 5) * 256 + number(1) : number(kind === 2 ? 2 : 4);
    if (offset === 0 || offset > out.length || n > size - out.length) return undefined;
    for (let i = 0; i < n; i++) out.push(out[out.length - offset]!);
  }
  return out.length === size ? Uint8Array.from(out) : undefined;
}

/** The twin of lz4Decompress. */
export function plainLz4(bytes: Uint8Array, size: number): Uint8Array | undefined {
  const out: number[] = [];
  let at = 0;
  const longer = (n: number): number | undefined => {
    if (n < 15) return n;
    for (;;) {
      const byte = bytes[at++];
      if (byte === undefined) return undefined;
      n += byte;
      if (byte < 255) return n;
    }
  };
  while (at < bytes.length) {
    const token = bytes[at++]!, literals = longer(token >> 4);
    if (literals === undefined || literals > bytes.length - at || literals > size - out.length) return undefined;
    for (let i = 0; i < literals; i++) out.push(bytes[at++]!);
    if (at >= bytes.length) break;
    if (bytes.length - at < 2) return undefined;
    const offset = bytes[at]! + 256 * bytes[at + 1]!;
    at += 2;
    const more = longer(token & 15);
    if (more === undefined || offset === 0 || offset > out.length || more + 4 > size - out.length) return undefined;
    for (let i = 0; i < more + 4; i++) out.push(out[out.length - offset]!);
  }
  return Uint8Array.from(out);
}

/** The twin of parquetLists and, where `element` is undefined, of parquetValidity. */
export function plainSlots(reps: readonly number[], defs: readonly number[], depth: number, there: number, present: number, element: number | undefined): { readonly valid: number[]; readonly offsets: number[] } {
  const valid: number[] = [], offsets = [0];
  let elements = 0;
  defs.forEach((level, i) => {
    const rep = reps[i] ?? 0;
    if (level >= there && rep <= depth) {
      valid.push(level >= present ? 1 : 0);
      offsets.push(elements);
    }
    if (element !== undefined && level >= element && rep <= depth + 1) elements++;
    offsets[offsets.length - 1] = elements;
  });
  return { valid, offsets };
}
