// Snappy without framing. Layout: https://github.com/google/snappy/blob/main/format_description.txt

/** Undoes Snappy: exactly `size` bytes at `out`. Returns 1, or 0 when the bytes are something else. */
export function snappyDecompress(from: usize, end: usize, out: usize, size: usize): u32 {
  let length: u32 = 0, shift: u32 = 0;
  while (true) {
    if (from >= end || shift > 28) return 0;
    const byte = <u32>load<u8>(from++);
    length |= (byte & 0x7f) << shift;
    if (byte < 0x80) break;
    shift += 7;
  }
  if (<usize>length != size) return 0;
  const start = out, stop = out + size;
  while (from < end) {
    // Far from both ends the most frequent kinds need no look at them: a step reads at most 17 bytes and writes at most 64.
    while (end - from > 64 && stop - out > 80) {
      const tag = <u32>load<u8>(from), bytes = <usize>(tag >> 2) + 1;
      if ((tag & 3) == 0) {
        if (bytes > 16) break;
        v128.store(out, v128.load(from, 1));
        from += bytes + 1;
        out += bytes;
      } else if ((tag & 3) == 1) {
        const offset = <usize>(tag >> 5) << 8 | <usize>load<u8>(from, 1), length = <usize>(tag >> 2 & 7) + 4, back = out - offset;
        if (offset < 8 || offset > out - start) break;
        store<u64>(out, load<u64>(back));
        store<u64>(out, load<u64>(back, 8), 8);
        from += 2;
        out += length;
        if (offset != 8) continue;
        // Numbers of eight bytes that differ in the first few: a literal, then a copy of what stands eight bytes before. What was just
        // written is kept at hand, since reading it back from memory would wait until all of it has arrived there.
        let last = load<u64>(out - 8);
        while (end - from > 64 && stop - out > 80) {
          const tag = <u32>load<u8>(from), bytes = <usize>(tag >> 2) + 1, copy = <u32>load<u16>(from + bytes, 1);
          if ((tag & 3) != 0 || tag >= 28 || (copy & 0xffe3) != 0x0801) break;
          const literal = load<u64>(from, 1), length = (copy >> 2 & 7) + 4;
          last = last >> <u64>(bytes << 3) | literal << <u64>(64 - (bytes << 3));
          store<u64>(out, literal);
          store<u64>(out + bytes, last);
          store<u64>(out + bytes, last, 8);
          last = rotr<u64>(last, <u64>(length << 3));
          from += bytes + 3;
          out += bytes + <usize>length;
        }
      } else if ((tag & 3) == 2) {
        const offset = <usize>load<u16>(from, 1), back = out - offset;
        if (offset < 16 || offset > out - start) break;
        v128.store(out, v128.load(back));
        if (bytes > 16) {
          v128.store(out, v128.load(back, 16), 16);
          if (bytes > 32) { v128.store(out, v128.load(back, 32), 32); v128.store(out, v128.load(back, 48), 48); }
        }
        from += 3;
        out += bytes;
      } else break;
    }
    if (from >= end) break;
    const tag = <u32>load<u8>(from++), kind = tag & 3;
    let bytes: usize;
    if (kind == 0) {
      bytes = <usize>(tag >> 2) + 1;
      if (bytes > 60) {
        const extra = bytes - 60;
        if (end - from < extra) return 0;
        bytes = <usize>(load<u32>(from) & (extra == 4 ? 0xffffffff : (<u32>1 << <u32>(extra << 3)) - 1));
        if (bytes == 0xffffffff) return 0;
        bytes++;
        from += extra;
      }
      if (bytes > end - from || bytes > stop - out) return 0;
      if (bytes <= 16 && stop - out >= 16) v128.store(out, v128.load(from)); // what is too much is overwritten
      else memory.copy(out, from, bytes);
      from += bytes;
      out += bytes;
      continue;
    }
    let offset: usize;
    if (kind == 1) {
      if (from >= end) return 0;
      bytes = <usize>(tag >> 2 & 7) + 4;
      offset = <usize>(tag >> 5) << 8 | <usize>load<u8>(from);
      from++;
    } else {
      bytes = <usize>(tag >> 2) + 1;
      const wide: usize = kind == 2 ? 2 : 4;
      if (end - from < wide) return 0;
      offset = kind == 2 ? <usize>load<u16>(from) : <usize>load<u32>(from);
      from += wide;
    }
    if (offset == 0 || offset > out - start || bytes > stop - out) return 0;
    copyBack(out, offset, bytes, stop);
    out += bytes;
  }
  return u32(out == stop);
}

/** Copies bytes from `offset` before `out`; where they overlap, what was copied is copied again. */
// @ts-ignore: decorator
@inline export function copyBack(out: usize, offset: usize, bytes: usize, stop: usize): void {
  const last = out + bytes;
  if (offset >= 16 && stop - out >= bytes + 16) {
    let from = out - offset;
    do { v128.store(out, v128.load(from)); out += 16; from += 16; } while (out < last);
  } else if (offset >= 8 && stop - out >= bytes + 8) {
    let from = out - offset;
    do { store<u64>(out, load<u64>(from)); out += 8; from += 8; } while (out < last);
  } else if (offset >= bytes) memory.copy(out, out - offset, bytes);
  else if (offset == 1) memory.fill(out, load<u8>(out - 1), bytes);
  else for (; out < last; out++) store<u8>(out, load<u8>(out - offset));
}

/** Positions by hash of four bytes, u16 each, in the part of 64 KiB that is compressed. */
const HASH_BITS: u32 = 14;
/** Bytes that `snappyCompress` needs at `table`. */
export function snappyTableBytes(): u32 { return 2 << HASH_BITS; }

/** Compresses `size` bytes; `out` has room for 32 + size + size / 6 bytes. Returns where the compressed bytes end. */
export function snappyCompress(from: usize, size: usize, table: usize, out: usize): usize {
  let left = size, length = size;
  while (length > 127) { store<u8>(out++, <u8>(length | 0x80)); length >>= 7; }
  store<u8>(out++, <u8>length);
  while (left > 0) {
    const part = min<usize>(left, 65536);
    out = compressPart(from, part, table, out);
    from += part;
    left -= part;
  }
  return out;
}

function compressPart(start: usize, size: usize, table: usize, out: usize): usize {
  const end = start + size;
  let at = start, literal = start;
  if (size >= 15) {
    memory.fill(table, 0, 2 << HASH_BITS);
    const last = end - 15;
    let misses: usize = 32;
    at++;
    while (at < last) {
      const word = load<u32>(at), slot = table + (<usize>(word * 0x1e35a7bd >> (32 - HASH_BITS)) << 1);
      const before = start + <usize>load<u16>(slot);
      store<u16>(slot, <u16>(at - start));
      if (load<u32>(before) != word || before >= at) {
        at += misses++ >> 5; // what doesn't compress is passed over faster and faster
        continue;
      }
      misses = 32;
      let bytes: usize = 4;
      while (at + bytes + 8 <= end) {
        const differ = load<u64>(at + bytes) ^ load<u64>(before + bytes);
        if (differ != 0) { bytes += <usize>(ctz(differ) >> 3); break; }
        bytes += 8;
      }
      if (at + bytes + 8 > end) while (at + bytes < end && load<u8>(at + bytes) == load<u8>(before + bytes)) bytes++;
      out = emitLiteral(literal, at - literal, out);
      out = emitCopy(at - before, bytes, out);
      at += bytes;
      literal = at;
    }
  }
  return literal < end ? emitLiteral(literal, end - literal, out) : out;
}

function emitLiteral(from: usize, bytes: usize, out: usize): usize {
  if (bytes == 0) return out;
  const n = bytes - 1;
  if (n < 60) store<u8>(out++, <u8>(n << 2));
  else if (n < 256) { store<u8>(out, 60 << 2); store<u8>(out, <u8>n, 1); out += 2; }
  else { store<u8>(out, 61 << 2); store<u16>(out, <u16>n, 1); out += 3; }
  memory.copy(out, from, bytes);
  return out + bytes;
}

function emitCopy(offset: usize, bytes: usize, out: usize): usize {
  while (bytes >= 68) { out = emitCopy64(offset, 64, out); bytes -= 64; }
  if (bytes > 64) { out = emitCopy64(offset, 60, out); bytes -= 60; }
  if (bytes >= 12 || offset >= 2048) return emitCopy64(offset, bytes, out);
  store<u8>(out, <u8>(1 | bytes - 4 << 2 | offset >> 8 << 5));
  store<u8>(out, <u8>offset, 1);
  return out + 2;
}

function emitCopy64(offset: usize, bytes: usize, out: usize): usize {
  store<u8>(out, <u8>(2 | bytes - 1 << 2));
  store<u16>(out, <u16>offset, 1);
  return out + 3;
}
