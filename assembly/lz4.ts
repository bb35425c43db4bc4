// LZ4 blocks. Layout: https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md
import { copyBack } from "./snappy";

/** What `longLength` read. */
let length: usize = 0;

/** Reads the bytes behind a 15 in a token, which add up to a length. Returns where they end; 0: they don't, or it is above `size`. */
function longLength(from: usize, end: usize, size: usize): usize {
  let more: usize;
  length = 15;
  do {
    if (from >= end || length > size) return 0;
    more = <usize>load<u8>(from++);
    length += more;
  } while (more == 255);
  return from;
}

/** Undoes one LZ4 block into at most `size` bytes at `out`. Returns the bytes it has, or -1 when it is none or has more. */
export function lz4Decompress(from: usize, end: usize, out: usize, size: usize): f64 {
  const start = out, stop = out + size;
  while (from < end) {
    const token = <usize>load<u8>(from++);
    let bytes = token >> 4;
    if (bytes == 15) {
      from = longLength(from, end, size);
      if (from == 0) return -1;
      bytes = length;
    }
    if (bytes > end - from || bytes > stop - out) return -1;
    if (bytes <= 16 && stop - out >= 16) v128.store(out, v128.load(from));
    else memory.copy(out, from, bytes);
    from += bytes;
    out += bytes;
    if (from >= end) break; // the last sequence has literals only
    if (end - from < 2) return -1;
    const offset = <usize>load<u16>(from);
    from += 2;
    bytes = token & 15;
    if (bytes == 15) {
      from = longLength(from, end, size);
      if (from == 0) return -1;
      bytes = length;
    }
    bytes += 4;
    if (offset == 0 || offset > out - start || bytes > stop - out) return -1;
    copyBack(out, offset, bytes, stop);
    out += bytes;
  }
  return <f64>(out - start);
}

const HASH_BITS: u32 = 14;
/** Bytes that `lz4Compress` needs at `table`. */
export function lz4TableBytes(): u32 { return 4 << HASH_BITS; }

/** Compresses `size` bytes to one block; `out` has room for 16 + size + size / 255 bytes. Returns where the block ends. */
export function lz4Compress(from: usize, size: usize, table: usize, out: usize): usize {
  const end = from + size, start = from;
  let literal = from;
  if (size >= 13) {
    memory.fill(table, 0, 4 << HASH_BITS);
    // A match begins 12 bytes before the end at the latest and leaves 5 bytes of literals.
    const last = end - 12, matchEnd = end - 5;
    let at = from + 1, misses: usize = 64;
    while (at < last) {
      const word = load<u32>(at), slot = table + (<usize>(word * 2654435761 >> (32 - HASH_BITS)) << 2);
      const before = start + <usize>load<u32>(slot);
      store<u32>(slot, <u32>(at - start));
      if (load<u32>(before) != word || before >= at || at - before > 65535) {
        at += misses++ >> 6;
        continue;
      }
      misses = 64;
      let bytes: usize = 4;
      while (at + bytes < matchEnd && load<u8>(at + bytes) == load<u8>(before + bytes)) bytes++;
      out = emit(literal, at - literal, at - before, bytes, out);
      at += bytes;
      literal = at;
    }
  }
  return emit(literal, end - literal, 0, 0, out);
}

/** A sequence; without a match when `offset` is 0. */
function emit(from: usize, literals: usize, offset: usize, bytes: usize, out: usize): usize {
  const token = out++, extra = offset == 0 ? 0 : bytes - 4;
  store<u8>(token, <u8>(min<usize>(literals, 15) << 4 | min<usize>(extra, 15)));
  out = emitLength(literals, out);
  memory.copy(out, from, literals);
  out += literals;
  if (offset == 0) return out;
  store<u16>(out, <u16>offset);
  return emitLength(extra, out + 2);
}

function emitLength(length: usize, out: usize): usize {
  if (length < 15) return out;
  length -= 15;
  for (; length >= 255; length -= 255) store<u8>(out++, 255);
  store<u8>(out++, <u8>length);
  return out;
}
