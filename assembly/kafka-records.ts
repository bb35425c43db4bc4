// Records of a Kafka record batch (message format 2), as columns: keys and values are views into the batch's bytes.
// Layout: https://kafka.apache.org/documentation/#record

/** Where reading stands in a batch: u32 address of the next record, u32 end, u32 records left. */
let at: usize = 0;
let limit: usize = 0;

/** A zigzag varint of at most ten bytes; moves `at`. Past the end: `at` is behind `limit`. */
function varint(): i64 {
  let value: u64 = 0, shift: u64 = 0;
  while (at < limit && shift < 70) {
    const byte = <u64>load<u8>(at++);
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return <i64>(value >> 1) ^ -<i64>(value & 1);
    shift += 7;
  }
  at = limit + 1;
  return 0;
}

/** Bytes behind their length become a view; -1 is null. False: they pass the end. */
function bytesView(view: usize, valid: usize): bool {
  const length = varint();
  store<u64>(view, 0);
  store<u64>(view, 0, 8);
  store<u8>(valid, <u8>(length >= 0));
  if (at > limit || length < -1 || length > <i64>(limit - at)) return false;
  if (length <= 0) return true;
  store<u32>(view, <u32>length);
  if (length <= 12) memory.copy(view + 4, at, <usize>length);
  else { store<u32>(view, load<u32>(at), 4); store<u32>(view, <u32>at, 8); }
  at += <usize>length;
  return true;
}

/**
 * Reads records into rows from `row` up to `capacity`; those whose offset isn't in [low, high) are passed over. Times become
 * microseconds; with `appended` all have `time`. `headers` (0: not wanted) gets the address of each row's headers.
 * Returns the rows now there, or -1 when the bytes are no records.
 */
export function kafkaRecords(
  state: usize, baseOffset: i64, time: i64, appended: u32, low: i64, high: i64, row: u32, capacity: u32,
  keys: usize, keyValid: usize, values: usize, valueValid: usize, offsets: usize, times: usize, headers: usize,
): i32 {
  let next = <usize>load<u32>(state), left = load<u32>(state, 8);
  const end = <usize>load<u32>(state, 4);
  while (left > 0 && row < capacity) {
    at = next;
    limit = end;
    const length = varint();
    if (at > limit || length < 1 || length > <i64>(limit - at)) return -1;
    next = limit = at + <usize>length;
    at++; // attributes: none are defined
    const delta = varint(), offset = baseOffset + varint();
    left--;
    if (at > limit) return -1;
    if (offset < low || offset >= high) continue;
    const i = <usize>row;
    if (!bytesView(keys + (i << 4), keyValid + i) || !bytesView(values + (i << 4), valueValid + i)) return -1;
    store<i64>(offsets + (i << 3), offset);
    store<i64>(times + (i << 3), (appended != 0 ? time : time + delta) * 1000);
    if (headers != 0) store<u32>(headers + (i << 2), <u32>at);
    row++;
  }
  store<u32>(state, <u32>next);
  store<u32>(state, left, 8);
  return <i32>row;
}
