/** Kernels of assembly/kafka-records.ts: record batches of Kafka as columns. */
export interface KafkaRecordsKernels {
  /**
   * Reads records into rows from `row` up to `capacity`; returns the rows now there, or -1 when the bytes are no records.
   * `state`: u32 address of the next record, u32 end, u32 records left; moved on. Only offsets in [low, high) become rows.
   */
  kafkaRecords(
    state: number, baseOffset: bigint, time: bigint, appended: number, low: bigint, high: bigint, row: number, capacity: number,
    keys: number, keyValid: number, values: number, valueValid: number, offsets: number, times: number, headers: number,
  ): number;
}

export interface PlainRecord { readonly key: Uint8Array | null; readonly value: Uint8Array | null; readonly offset: bigint; readonly micros: bigint; readonly headersAt: number }

/** The twin, over plain bytes. @throws RangeError when the bytes are no records */
export function plainKafkaRecords(bytes: Uint8Array, count: number, baseOffset: bigint, time: bigint, appended: boolean, low: bigint, high: bigint): PlainRecord[] {
  const records: PlainRecord[] = [];
  let at = 0, limit = bytes.length;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      if (at >= limit) throw new RangeError("a number is cut off");
      const byte = bytes[at++]!;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) {
        const unsigned = BigInt.asUintN(64, value);
        return BigInt.asIntN(64, (unsigned >> 1n) ^ -(unsigned & 1n));
      }
    }
    throw new RangeError("a number has more than ten bytes");
  };
  const part = (): Uint8Array | null => {
    const length = varint();
    if (length < -1n || length > BigInt(limit - at)) throw new RangeError("bytes pass the end");
    if (length < 0n) return null;
    return bytes.subarray(at, at += Number(length));
  };
  for (let i = 0, next = 0; i < count; i++) {
    at = next;
    limit = bytes.length;
    const length = varint();
    if (length < 1n || length > BigInt(limit - at)) throw new RangeError("a record passes the end");
    next = limit = at + Number(length);
    at++;
    const delta = varint(), offset = BigInt.asIntN(64, baseOffset + varint());
    if (offset < low || offset >= high) continue;
    const key = part(), value = part();
    records.push({ key, value, offset, micros: BigInt.asIntN(64, (appended ? time : time + delta) * 1000n), headersAt: at });
  }
  return records;
}
