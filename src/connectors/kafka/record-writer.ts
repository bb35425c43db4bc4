/** Record batches (message format 2) as they are sent: rows are encoded straight from their columns. */
import { Buffer } from "node:buffer";
import { linearMemory } from "../../memory/linear-memory.ts";
import { crc32c } from "../../storage/crc32c.ts";
import type { KafkaClient } from "./client.ts";

const HEAD_BYTES = 61, TRANSACTIONAL = 16;
export const CODECS = ["none", "gzip", "snappy", "lz4", "zstd"] as const;
export type Codec = (typeof CODECS)[number];

export interface Header { readonly key: string; readonly value: Uint8Array | null }
/** Who sends, and the number of the first record: by these a broker knows a batch again that is sent twice. */
export interface ProducerState { readonly producerId: bigint; readonly epoch: number; readonly sequence: number; readonly isTransactional: boolean }

/** Gathers the records of one batch of one partition. All have one time. */
export class RecordBuilder {
  #bytes = Buffer.allocUnsafe(4096);
  #at = HEAD_BYTES;
  readonly #memory = linearMemory();
  readonly #millis: number;
  count = 0;

  constructor(millis: number) { this.#millis = millis; }

  /** Bytes so far, before compression. */
  get size(): number { return this.#at; }

  /** `key` and `value` are addresses of string views; 0 is null. Returns a CRC-32C over key, value and headers. */
  append(key: number, value: number, headers: readonly Header[] | undefined): number {
    const { u32 } = this.#memory, keyLength = key === 0 ? -1 : u32[key >>> 2]!, valueLength = value === 0 ? -1 : u32[value >>> 2]!;
    const encoded = headers === undefined || headers.length === 0 ? undefined : headerBytes(headers);
    const body = 2 + varintSize(this.count) + varintSize(keyLength) + Math.max(0, keyLength) + varintSize(valueLength) + Math.max(0, valueLength) + (encoded?.length ?? 1);
    this.#reserve(body + 5);
    this.#varint(body);
    this.#bytes[this.#at++] = 0; // attributes
    this.#bytes[this.#at++] = 0; // time, from the base time on
    this.#varint(this.count++);
    const content = this.#at;
    this.#varint(keyLength);
    this.#copy(key, keyLength);
    this.#varint(valueLength);
    this.#copy(value, valueLength);
    if (encoded === undefined) this.#bytes[this.#at++] = 0;
    else this.#at += encoded.copy(this.#bytes, this.#at);
    return crc32c(this.#bytes, content, this.#at);
  }

  /** The batch as it goes to a broker. */
  seal(client: KafkaClient, codec: Codec, { producerId, epoch, sequence, isTransactional }: ProducerState): Buffer {
    const mask = CODECS.indexOf(codec);
    let bytes = this.#bytes.subarray(0, this.#at);
    if (mask > 0) {
      const packed = client.compressionsAlgorithms[codec].compressSync(this.#bytes.subarray(HEAD_BYTES, this.#at));
      bytes = Buffer.allocUnsafe(HEAD_BYTES + packed.length);
      packed.copy(bytes, HEAD_BYTES);
    }
    bytes.writeBigInt64BE(0n, 0);
    bytes.writeInt32BE(bytes.length - 12, 8);
    bytes.writeInt32BE(-1, 12);
    bytes[16] = 2;
    bytes.writeInt16BE(mask | (isTransactional ? TRANSACTIONAL : 0), 21);
    bytes.writeInt32BE(this.count - 1, 23);
    bytes.writeBigInt64BE(BigInt(this.#millis), 27);
    bytes.writeBigInt64BE(BigInt(this.#millis), 35);
    bytes.writeBigInt64BE(producerId, 43);
    bytes.writeInt16BE(epoch, 51);
    bytes.writeInt32BE(sequence, 53);
    bytes.writeInt32BE(this.count, 57);
    bytes.writeUInt32BE(crc32c(bytes, 21), 17);
    return bytes;
  }

  #reserve(more: number): void {
    if (this.#at + more <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(2 * this.#bytes.length, this.#at + more));
    this.#bytes.copy(larger, 0, 0, this.#at);
    this.#bytes = larger;
  }

  #copy(view: number, length: number): void {
    if (length <= 0) return;
    const from = length <= 12 ? view + 4 : this.#memory.u32[(view >>> 2) + 2]!;
    this.#at += this.#memory.bytes.copy(this.#bytes, this.#at, from, from + length);
  }

  #varint(value: number): void {
    let left = value < 0 ? -2 * value - 1 : 2 * value;
    for (; left >= 0x80; left = Math.floor(left / 128)) this.#bytes[this.#at++] = (left & 0x7f) | 0x80;
    this.#bytes[this.#at++] = left;
  }
}

function varintSize(value: number): number {
  const left = value < 0 ? -2 * value - 1 : 2 * value;
  return left < 0x80 ? 1 : left < 0x4000 ? 2 : left < 0x200000 ? 3 : left < 0x10000000 ? 4 : 5;
}

function varintBytes(value: number): Buffer {
  const bytes: number[] = [];
  let left = value < 0 ? -2 * value - 1 : 2 * value;
  for (; left >= 0x80; left = Math.floor(left / 128)) bytes.push((left & 0x7f) | 0x80);
  return Buffer.from([...bytes, left]);
}

function headerBytes(headers: readonly Header[]): Buffer {
  const parts = [varintBytes(headers.length)];
  for (const { key, value } of headers) {
    const name = Buffer.from(key);
    parts.push(varintBytes(name.length), name, varintBytes(value === null ? -1 : value.length));
    if (value !== null) parts.push(Buffer.from(value));
  }
  return Buffer.concat(parts);
}
